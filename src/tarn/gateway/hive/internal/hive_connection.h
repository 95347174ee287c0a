// What happens on one connection: sign-in, then call after call.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/gateway/hive/hive_server.h"
#include "tarn/gateway/hive/internal/hive_call.h"
#include "tarn/gateway/hive/internal/thrift_binary.h"
#include "tarn/net/stream_server.h"

namespace tarn::gateway::hive {

/// The answer's bytes; empty for a call that wants none. Whatever is asked for, there is
/// an answer: the method's result, one of its exceptions, or Thrift's own.
std::string AnswerCall(const ThriftMessage& message, const HiveServices& services,
                       std::vector<int64_t>& connection_locks);

/// One connection; for one thread.
class HiveConnection {
 public:
  /// All outlive it.
  HiveConnection(net::Stream& stream, const HiveServerOptions& options,
                 const HiveServices& services);
  ~HiveConnection();
  HiveConnection(const HiveConnection&) = delete;
  HiveConnection& operator=(const HiveConnection&) = delete;

  /// Until the client has gone, is told off, or the server shuts down.
  void Run();

 private:
  Status Serve();
  Result<size_t> Read(char* data, size_t size, bool is_first);
  Result<size_t> ReadStream(char* data, size_t size, bool is_first);
  Status Write(std::string bytes);
  Status RefuseUnsigned();

  Status SignIn();
  Status SendSasl(uint8_t status, const std::string& text);
  struct SaslMessage {
    uint8_t status = 0;
    std::string text;
  };
  Result<SaslMessage> ReadSasl();

  net::Stream& stream_;
  const HiveServerOptions& options_;
  const HiveServices& services_;
  ThriftReader reader_;
  bool is_framed_ = false;  // after a sign-in each message comes in frames
  size_t frame_left_ = 0;
  std::chrono::steady_clock::time_point call_began_;
  std::vector<int64_t> locks_;
};

}  // namespace tarn::gateway::hive
