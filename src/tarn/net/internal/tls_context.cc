#include "tarn/net/internal/tls_context.h"

#include <sys/stat.h>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "tarn/base/error.h"
#include "tarn/base/logging.h"
#include "tarn/net/internal/tls_stream.h"

namespace tarn::net::internal {
namespace {

struct ContextDeleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

/// The reason of the oldest error in OpenSSL's queue, which is emptied.
std::string TakeReason() {
  const unsigned long error = ERR_get_error();
  const char* const reason = ERR_reason_error_string(error);
  std::string text = ERR_SYSTEM_ERROR(error)
                         ? std::generic_category().message(ERR_GET_REASON(error))
                     : reason == nullptr ? "unknown reason"
                                         : reason;
  ERR_clear_error();
  return text;
}

/// Changes whenever one of the files does, also when a link is moved to another file.
std::string StampOf(const TlsOptions& options) {
  std::string stamp;
  for (const std::string& file :
       {options.certificate_file, options.key_file, options.client_ca_file}) {
    if (file.empty()) {
      continue;
    }
    struct stat info = {};
    if (::stat(file.c_str(), &info) != 0) {
      stamp += "missing;";
      continue;
    }
    stamp += fmt::format("{}:{}:{}.{};", info.st_ino, info.st_size, info.st_mtim.tv_sec,
                         info.st_mtim.tv_nsec);
  }
  return stamp;
}

int ChooseOf(const unsigned char* ours, unsigned int ours_size,
             const unsigned char** chosen, unsigned char* chosen_size,
             const unsigned char* offered, unsigned int offered_size) {
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, chosen_size, ours, ours_size, offered,
                            offered_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

int ChooseHttp11(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                 const unsigned char* offered, unsigned int offered_size, void*) {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  return ChooseOf(kHttp11, sizeof(kHttp11) - 1, chosen, chosen_size, offered,
                  offered_size);
}

int ChooseHttp2(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                const unsigned char* offered, unsigned int offered_size, void*) {
  static constexpr unsigned char kHttp2[] = "\x02h2";
  return ChooseOf(kHttp2, sizeof(kHttp2) - 1, chosen, chosen_size, offered, offered_size);
}

Status NotUsable(const std::string& file) {
  return MakeError(ErrorCode::kInvalidArgument,
                   fmt::format("Cannot use {} for TLS: {}", file, TakeReason()));
}

/// Has clients asked for certificates, which are checked in each handshake anew.
Status AskForCertificates(const TlsOptions& options, SSL_CTX* context) {
  if (options.client_ca_file.empty()) {
    return Status::OK();
  }
  const char* const file = options.client_ca_file.c_str();
  STACK_OF(X509_NAME)* const names = SSL_load_client_CA_file(file);
  if (names == nullptr || SSL_CTX_load_verify_file(context, file) != 1) {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    return NotUsable(options.client_ca_file);
  }
  SSL_CTX_set_client_CA_list(context, names);  // which takes them
  SSL_CTX_set_verify(
      context,
      SSL_VERIFY_PEER |
          (options.needs_client_certificate ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
      nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context, 0);
  return Status::OK();
}

}  // namespace

struct TlsContext::Loaded {
  std::unique_ptr<SSL_CTX, ContextDeleter> context;

  static Result<std::shared_ptr<const Loaded>> From(const TlsOptions& options,
                                                    Protocol protocol) {
    ERR_clear_error();
    auto loaded = std::make_shared<Loaded>();
    loaded->context.reset(SSL_CTX_new(TLS_server_method()));
    SSL_CTX* const context = loaded->context.get();
    if (context == nullptr) {
      return MakeError(ErrorCode::kOutOfMemory, "OpenSSL could not start");
    }
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(
        context, protocol == Protocol::kHttp2 ? ChooseHttp2 : ChooseHttp11, nullptr);
    if (SSL_CTX_use_certificate_chain_file(context, options.certificate_file.c_str()) !=
        1) {
      return NotUsable(options.certificate_file);
    }
    if (SSL_CTX_use_PrivateKey_file(context, options.key_file.c_str(),
                                    SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1) {
      return NotUsable(options.key_file);
    }
    RETURN_NOT_OK(AskForCertificates(options, context));
    return loaded;
  }
};

TlsContext::TlsContext(TlsOptions options, Protocol protocol)
    : options_(std::move(options)), protocol_(protocol) {}
TlsContext::~TlsContext() = default;

Result<std::unique_ptr<TlsContext>> TlsContext::Load(const TlsOptions& options,
                                                     Protocol protocol) {
  std::unique_ptr<TlsContext> context(new TlsContext(options, protocol));
  context->seen_ = StampOf(options);
  ARROW_ASSIGN_OR_RAISE(context->loaded_, Loaded::From(options, protocol));
  return context;
}

Status TlsContext::Read() {
  seen_ = StampOf(options_);
  auto read = Loaded::From(options_, protocol_);
  if (!read.ok()) {
    LogWarn("The changed TLS certificate is not used",
            {{"reason", read.status().message()}});
    return read.status();
  }
  loaded_ = *std::move(read);
  LogInfo("Read the TLS certificate again", {{"file", options_.certificate_file}});
  return Status::OK();
}

Status TlsContext::Reload() {
  const std::lock_guard lock(mutex_);
  return Read();
}

std::unique_ptr<ByteStream> TlsContext::MakeStream(int fd) {
  std::shared_ptr<const Loaded> loaded;
  {
    const std::lock_guard lock(mutex_);
    if (StampOf(options_) != seen_) {
      static_cast<void>(Read());  // which logs what is wrong
    }
    loaded = loaded_;
  }
  return MakeTlsStream(loaded->context.get(), fd);
}

}  // namespace tarn::net::internal
