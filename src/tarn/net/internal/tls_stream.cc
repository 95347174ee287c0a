#include "tarn/net/internal/tls_stream.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <sys/socket.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace tarn::net::internal {
namespace {

using Outcome = IoResult::Outcome;

/// The most that one TLS record holds; head and body of a small answer go into one.
constexpr size_t kRecordBytes = 16 << 10;

/// A flag of a BIO that OpenSSL has no use for: the socket has reached its end.
constexpr int kSawEnd = 0x10000;

// OpenSSL's own socket BIO writes without MSG_NOSIGNAL: a client that goes away would end
// the program.

int FdOf(BIO* bio) {
  return static_cast<int>(reinterpret_cast<intptr_t>(BIO_get_data(bio)));
}

bool WouldBlock() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

int BioWrite(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t count = ::send(FdOf(bio), data, static_cast<size_t>(size), MSG_NOSIGNAL);
  if (count < 0 && WouldBlock()) {
    BIO_set_retry_write(bio);
  }
  return static_cast<int>(count);
}

int BioRead(BIO* bio, char* buffer, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t count = ::recv(FdOf(bio), buffer, static_cast<size_t>(size), 0);
  if (count < 0 && WouldBlock()) {
    BIO_set_retry_read(bio);
  }
  if (count == 0) {
    BIO_set_flags(bio, kSawEnd);
  }
  return static_cast<int>(count);
}

long BioControl(BIO* bio, int command, long, void*) {
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_EOF:
      return BIO_test_flags(bio, kSawEnd) != 0 ? 1 : 0;
    default:
      return 0;
  }
}

int BioCreate(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

/// Lives as long as the process.
BIO_METHOD* SocketMethod() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* const made = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "socket without SIGPIPE");
    if (made != nullptr) {
      BIO_meth_set_write(made, BioWrite);
      BIO_meth_set_read(made, BioRead);
      BIO_meth_set_ctrl(made, BioControl);
      BIO_meth_set_create(made, BioCreate);
    }
    return made;
  }();
  return method;
}

struct SslDeleter {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslPtr = std::unique_ptr<SSL, SslDeleter>;

class TlsStream : public ByteStream {
 public:
  explicit TlsStream(SslPtr ssl) : ssl_(std::move(ssl)) {}

  IoResult Handshake() override {
    ERR_clear_error();
    return ResultOf(SSL_accept(ssl_.get()), 0);
  }

  PeerCertificate peer_certificate() const override {
    X509* const certificate = SSL_get0_peer_certificate(ssl_.get());
    const bool is_good =
        certificate != nullptr && SSL_get_verify_result(ssl_.get()) == X509_V_OK;
    return is_good ? PeerCertificateOf(*certificate) : PeerCertificate();
  }

  std::string refusal() const override { return refusal_; }

  IoResult Read(std::span<char> buffer) override {
    ERR_clear_error();
    size_t count = 0;
    const int returned = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &count);
    return ResultOf(returned, count);
  }

  IoResult Write(std::string_view first, std::string_view second) override {
    std::array<char, kRecordBytes> joined;
    std::string_view bytes = first.empty() ? second : first;
    if (!first.empty() && !second.empty() && first.size() < joined.size()) {
      const size_t more = std::min(second.size(), joined.size() - first.size());
      std::memcpy(joined.data(), first.data(), first.size());
      std::memcpy(joined.data() + first.size(), second.data(), more);
      bytes = std::string_view(joined.data(), first.size() + more);
    }
    if (bytes.empty()) {
      return {.outcome = Outcome::kDone};
    }
    ERR_clear_error();
    size_t count = 0;
    const int returned = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
    return ResultOf(returned, count);
  }

  bool HasBuffered() const override { return SSL_has_pending(ssl_.get()) == 1; }

  void EndWriting() override {
    if (!is_broken_) {
      ERR_clear_error();
      SSL_shutdown(ssl_.get());
    }
    ::shutdown(FdOf(SSL_get_wbio(ssl_.get())), SHUT_WR);
  }

 private:
  IoResult ResultOf(int returned, size_t bytes) {
    if (returned == 1) {
      return {.outcome = Outcome::kDone, .bytes = bytes};
    }
    switch (SSL_get_error(ssl_.get(), returned)) {
      case SSL_ERROR_WANT_READ:
        return {.outcome = Outcome::kWantRead};
      case SSL_ERROR_WANT_WRITE:
        return {.outcome = Outcome::kWantWrite};
      case SSL_ERROR_ZERO_RETURN:
        return {.outcome = Outcome::kEnd};
      default:
        is_broken_ = true;  // SSL_shutdown() must not be called any more
        refusal_ = RefusalOf(ERR_peek_error());
        ERR_clear_error();
        return {.outcome = Outcome::kFailed};
    }
  }

  std::string RefusalOf(unsigned long error) const {
    const long verified = SSL_get_verify_result(ssl_.get());
    if (verified != X509_V_OK) {
      return X509_verify_cert_error_string(verified);
    }
    return ERR_GET_REASON(error) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE
               ? "it has shown none"
               : "";
  }

  SslPtr ssl_;
  bool is_broken_ = false;
  std::string refusal_;
};

}  // namespace

std::unique_ptr<ByteStream> MakeTlsStream(ssl_ctx_st* context, int fd) {
  SslPtr ssl(SSL_new(context));
  BIO* const bio = SocketMethod() == nullptr ? nullptr : BIO_new(SocketMethod());
  if (ssl == nullptr || bio == nullptr) {
    BIO_free(bio);
    return nullptr;
  }
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<intptr_t>(fd)));
  SSL_set_bio(ssl.get(), bio, bio);
  return std::make_unique<TlsStream>(std::move(ssl));
}

}  // namespace tarn::net::internal
