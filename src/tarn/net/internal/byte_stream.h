// A connected socket, plain or with TLS, that never blocks.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "tarn/net/internal/peer_certificate.h"

namespace tarn::net::internal {

struct IoResult {
  enum class Outcome {
    kDone,       // `bytes` were moved
    kWantRead,   // try again once the socket is readable
    kWantWrite,  // … writable
    kEnd,        // the other side has sent all it will send
    kFailed,     // the connection is broken
  };
  Outcome outcome = Outcome::kFailed;
  size_t bytes = 0;
};

/// One thread at a time. Does not own the descriptor.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// kDone once bytes may be exchanged.
  virtual IoResult Handshake() = 0;
  virtual IoResult Read(std::span<char> buffer) = 0;
  /// Sends from `first` and then `second`, in one packet where they fit. After kWantRead
  /// or kWantWrite the next call must offer the same bytes.
  virtual IoResult Write(std::string_view first, std::string_view second) = 0;
  /// Whether Read() has something although the socket may not be readable.
  virtual bool HasBuffered() const = 0;
  /// Says that no more bytes will be sent.
  virtual void EndWriting() = 0;
  /// What the other side has shown and was checked, once the handshake is done.
  virtual PeerCertificate peer_certificate() const { return {}; }
  /// Why its certificate was refused, once the handshake has failed; empty: it was not.
  virtual std::string refusal() const { return {}; }
};

std::unique_ptr<ByteStream> MakePlainStream(int fd);

}  // namespace tarn::net::internal
