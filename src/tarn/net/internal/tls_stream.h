// TLS over a connected socket, the server's side.
#pragma once

#include <memory>

#include "tarn/net/internal/byte_stream.h"

struct ssl_ctx_st;

namespace tarn::net::internal {

/// Keeps a reference of its own to `context`. nullptr when memory is short.
std::unique_ptr<ByteStream> MakeTlsStream(ssl_ctx_st* context, int fd);

}  // namespace tarn::net::internal
