// A listener for protocols that are not HTTP: one thread for each connection, blocking
// reads and writes with time-outs.
//
//   ARROW_ASSIGN_OR_RAISE(auto server, StreamServer::Start(options, &Answer));
//   server->Shutdown(std::chrono::seconds(30));
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tarn/base/result.h"

namespace tarn::net {

/// What a reader waits for: a shutdown ends the wait for a new request, not that for the
/// rest of one.
enum class ReadPoint : uint8_t { kBetweenRequests, kWithinRequest };

/// One connection; for one thread.
class Stream {
 public:
  virtual ~Stream() = default;
  /// One byte at least and `size` at most; 0 at the end of what the client sends. Errors:
  /// kTimeout, kCancelled (the server is shutting down), kIoFailed.
  virtual Result<size_t> Read(char* data, size_t size, ReadPoint point,
                              std::chrono::milliseconds timeout) = 0;
  /// All of `bytes`. Errors: kTimeout (nothing was taken for so long), kCancelled,
  /// kIoFailed.
  virtual Status Write(std::string_view bytes, std::chrono::milliseconds timeout) = 0;
  virtual const std::string& remote_address() const = 0;
  /// The socket, non-blocking, for who waits for it in another way; it stays the
  /// stream's.
  virtual int descriptor() const = 0;
};

struct StreamServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 0;              // 0: one that the system gives
  int32_t connections_max = 256;  // more are closed at once
};

/// Thread-safe.
class StreamServer {
 public:
  /// `handler` is called on a thread of its own for each connection, which is closed when
  /// it returns; what it throws is logged. Errors: kInvalidArgument (address),
  /// kAlreadyExists (the port is taken), kIoFailed.
  using Handler = std::function<void(Stream& stream)>;
  static Result<std::unique_ptr<StreamServer>> Start(StreamServerOptions options,
                                                     Handler handler);
  virtual ~StreamServer() = default;  // as Shutdown(0)

  virtual uint16_t port() const = 0;
  /// No new connections; those that wait for a request end, others when theirs is
  /// answered or `grace` is over. Returns when every handler has.
  virtual void Shutdown(std::chrono::milliseconds grace) = 0;

  struct Counts {
    int64_t connections = 0;  // now
    int64_t accepted = 0;     // ever
    int64_t refused = 0;      // by connections_max
  };
  virtual Counts counts() const = 0;
};

}  // namespace tarn::net
