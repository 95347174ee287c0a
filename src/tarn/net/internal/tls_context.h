// The server's certificate, and TLS over a connected socket.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "tarn/base/result.h"
#include "tarn/net/http_server.h"
#include "tarn/net/internal/byte_stream.h"

namespace tarn::net::internal {

/// What is offered by ALPN.
enum class Protocol : uint8_t { kHttp11, kHttp2 };

/// TLS 1.2 and 1.3. Thread-safe.
class TlsContext {
 public:
  /// Errors: kInvalidArgument (files that cannot be read, or do not belong together).
  static Result<std::unique_ptr<TlsContext>> Load(const TlsOptions& options,
                                                  Protocol protocol = Protocol::kHttp11);
  ~TlsContext();

  /// For a new connection, with the certificate as it is in the files now; with the last
  /// one that could be read if they are broken, which is logged once per change. nullptr
  /// when memory is short.
  std::unique_ptr<ByteStream> MakeStream(int fd);

  /// Reads the files now. Errors: as Load(); what was read before stays in use.
  Status Reload();

 private:
  struct Loaded;
  TlsContext(TlsOptions options, Protocol protocol);

  /// With the lock.
  Status Read();

  const TlsOptions options_;
  const Protocol protocol_;
  std::mutex mutex_;
  std::shared_ptr<const Loaded> loaded_;
  std::string seen_;  // sizes and times of the files that were tried last
};

}  // namespace tarn::net::internal
