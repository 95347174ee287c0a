// The server's certificate, and TLS over a connected socket.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "tarn/base/result.h"
#include "tarn/net/http_server.h"
#include "tarn/net/internal/byte_stream.h"

namespace tarn::net::internal {

/// TLS 1.2 and 1.3, HTTP/1.1 by ALPN. Thread-safe.
class TlsContext {
 public:
  /// Errors: kInvalidArgument (files that cannot be read, or do not belong together).
  static Result<std::unique_ptr<TlsContext>> Load(const TlsOptions& options);
  ~TlsContext();

  /// For a new connection, with the certificate as it is in the files now; with the last
  /// one that could be read if they are broken, which is logged once per change. nullptr
  /// when memory is short.
  std::unique_ptr<ByteStream> MakeStream(int fd);

  /// Reads the files now. Errors: as Load(); what was read before stays in use.
  Status Reload();

 private:
  struct Loaded;
  explicit TlsContext(TlsOptions options);

  /// With the lock.
  Status Read();

  TlsOptions options_;
  std::mutex mutex_;
  std::shared_ptr<const Loaded> loaded_;
  std::string seen_;  // sizes and times of the files that were tried last
};

}  // namespace tarn::net::internal
