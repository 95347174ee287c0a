#include "tarn/net/internal/peer_certificate.h"

#include <ctime>
#include <memory>

#include <openssl/bio.h>
#include <openssl/x509.h>

namespace tarn::net::internal {
namespace {

struct BioDeleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
};

std::string TextOf(const X509_NAME* name) {
  constexpr unsigned long kFlags =
      (XN_FLAG_RFC2253 & ~XN_FLAG_SEP_MASK & ~ASN1_STRFLGS_ESC_MSB) |
      XN_FLAG_SEP_CPLUS_SPC;
  const std::unique_ptr<BIO, BioDeleter> text(BIO_new(BIO_s_mem()));
  if (text == nullptr || X509_NAME_print_ex(text.get(), name, 0, kFlags) < 0) {
    return {};
  }
  const char* bytes = nullptr;
  const long size = BIO_get_mem_data(text.get(), &bytes);
  return size <= 0 ? std::string() : std::string(bytes, static_cast<size_t>(size));
}

}  // namespace

PeerCertificate PeerCertificateOf(X509& certificate) {
  PeerCertificate shown{.subject = TextOf(X509_get_subject_name(&certificate))};
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &end) == 1) {
    shown.valid_until = std::chrono::seconds(timegm(&end));
  }
  return shown;
}

}  // namespace tarn::net::internal
