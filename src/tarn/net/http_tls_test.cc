// TLS: the handshake, large bodies both ways, and certificates that change.
#include <cstdio>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "tarn/net/http_client.h"
#include "tarn/net/raw_client_test.h"

namespace tarn::net {
namespace {

/// A certificate for 127.0.0.1 that signs itself, and its key.
struct Identity {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();

  explicit Identity(long serial) {
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* const name = X509_get_subject_name(certificate);
    const std::string text = "tarn test " + std::to_string(serial);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(text.c_str()), -1,
                               -1, 0);
    X509_set_issuer_name(certificate, name);
    AddExtension(NID_subject_alt_name, "IP:127.0.0.1");
    AddExtension(NID_basic_constraints, "critical,CA:TRUE");
    X509_sign(certificate, key, EVP_sha256());
  }
  Identity(const Identity&) = delete;
  Identity& operator=(const Identity&) = delete;
  ~Identity() {
    EVP_PKEY_free(key);
    X509_free(certificate);
  }

  void WriteKey(const std::string& path) const {
    std::FILE* const file = std::fopen(path.c_str(), "w");
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
  }
  void WriteCertificate(const std::string& path) const {
    std::FILE* const file = std::fopen(path.c_str(), "w");
    PEM_write_X509(file, certificate);
    std::fclose(file);
  }

 private:
  void AddExtension(int nid, const char* value) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
};

class HttpTlsTest : public HttpServerFixture {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("tarn-tls-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    first_.WriteCertificate(File("server.pem"));
    first_.WriteKey(File("server.key"));
    first_.WriteCertificate(File("first.pem"));
    second_.WriteCertificate(File("second.pem"));
    router_.Add("GET", "/scheme", [](const HttpRequest& request) {
      return Text(request.is_tls ? "https" : "http");
    });
    router_.Add("POST", "/echo",
                [](const HttpRequest& request) { return Text(request.body); });
    router_.Add("GET", "/stream", [](const HttpRequest&) {
      return HttpResponse{.stream = [](HttpBodyWriter& writer) {
        for (int i = 0; i < 100; ++i) {
          ARROW_RETURN_NOT_OK(writer.Write(std::string(50'000, 's')));
        }
        return Status::OK();
      }};
    });
  }
  void TearDown() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string File(const std::string& name) const { return folder_ / name; }
  TlsOptions Files() const {
    return {.certificate_file = File("server.pem"), .key_file = File("server.key")};
  }
  std::string Url(const std::string& path) const {
    return "https://127.0.0.1:" + std::to_string(port()) + path;
  }
  /// One call on a connection of its own, by a client that trusts `certificate`.
  Result<HttpClientResponse> Get(const std::string& certificate,
                                 const std::string& path = "/scheme") {
    HttpClient client({.ca_file = File(certificate), .proxy = ""});
    return client.Send({.url = Url(path)});
  }

  Identity first_{1};
  Identity second_{2};
  std::filesystem::path folder_;
};

TEST_F(HttpTlsTest, RequestsAndKeptConnections) {
  Start({.tls = Files()});
  HttpClient client({.ca_file = File("first.pem"), .proxy = ""});
  for (int i = 0; i < 5; ++i) {
    ASSERT_OK_AND_ASSIGN(const auto answer, client.Send({.url = Url("/scheme")}));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "https");
  }
  EXPECT_EQ(server_->counts().connections, 1);
}

TEST_F(HttpTlsTest, LargeBodiesBothWays) {
  Start({.tls = Files()});
  HttpClient client({.ca_file = File("first.pem"), .proxy = ""});
  std::string body;
  for (int i = 0; i < 6'000'000; ++i) {
    body += static_cast<char>('a' + i % 23);
  }
  ASSERT_OK_AND_ASSIGN(
      const auto echoed,
      client.Send({.method = "POST", .url = Url("/echo"), .body = body}));
  EXPECT_EQ(echoed.status, 200);
  EXPECT_TRUE(echoed.body == body);
  ASSERT_OK_AND_ASSIGN(const auto streamed, client.Send({.url = Url("/stream")}));
  EXPECT_EQ(streamed.body.size(), 5'000'000U);
}

TEST_F(HttpTlsTest, ACertificateThatIsReplacedIsUsed) {
  Start({.tls = Files()});
  EXPECT_OK(Get("first.pem"));
  EXPECT_ERROR(Get("second.pem"), ErrorCode::kForbidden, "GET https://127.0.0.1");
  // Half of the change: the last pair that fits stays in use.
  second_.WriteCertificate(File("server.pem"));
  EXPECT_OK(Get("first.pem"));
  second_.WriteKey(File("server.key"));
  EXPECT_OK(Get("second.pem"));
  EXPECT_ERROR(Get("first.pem"), ErrorCode::kForbidden, "");
  std::filesystem::remove(File("server.key"));
  EXPECT_OK(Get("second.pem"));
}

TEST_F(HttpTlsTest, ACertificateIsReadAgainWhenAsked) {
  Start({.tls = Files()});
  EXPECT_OK(server_->ReloadCertificate());
  second_.WriteCertificate(File("server.pem"));
  EXPECT_ERROR(server_->ReloadCertificate(), ErrorCode::kInvalidArgument, "server.key");
  EXPECT_OK(Get("first.pem"));
  second_.WriteKey(File("server.key"));
  EXPECT_OK(server_->ReloadCertificate());
  EXPECT_OK(Get("second.pem"));
}

TEST_F(HttpTlsTest, FilesThatDoNotBelongTogether) {
  second_.WriteKey(File("other.key"));
  EXPECT_ERROR(HttpServer::Start(
                   {.tls = TlsOptions{File("server.pem"), File("other.key")}}, router_),
               ErrorCode::kInvalidArgument, "other.key");
}

TEST_F(HttpTlsTest, ClientsThatSpeakSomethingElse) {
  Start({.header_timeout = std::chrono::milliseconds(100), .tls = Files()});
  RawClient plain(port());
  plain.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(plain.Read().status, 0);
  RawClient silent(port());
  EXPECT_TRUE(silent.IsEnded());
  RawClient gone(port());
  gone.Send("\x16\x03\x01");
  gone.Abort();
  EXPECT_OK(Get("first.pem"));
  EXPECT_TRUE(Eventually([&] { return server_->counts().connections == 0; }));
}

TEST_F(HttpTlsTest, ManyConnections) {
  Start({.io_threads = 2, .tls = Files()});
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      HttpClient client({.ca_file = File("first.pem"), .proxy = ""});
      for (int i = 0; i < 20; ++i) {
        const auto answer = client.Send({.url = Url("/scheme")});
        wrong += !answer.ok() || answer->body != "https";
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace tarn::net
