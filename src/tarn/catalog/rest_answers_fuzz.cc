// Answers of REST servers from anywhere: read without a crash.
#include <cstdint>
#include <string>
#include <string_view>

#include "tarn/catalog/internal/rest_answers.h"
#include "tarn/catalog/internal/rest_auth.h"
#include "tarn/catalog/internal/rest_error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace std::literals;
  const std::string body(reinterpret_cast<const char*>(data), size);
  const auto table = tarn::catalog::internal::ParseTableAnswer(body);
  if (table.ok()) {
    static_cast<void>(tarn::catalog::internal::GrantOf(*table->metadata, table->config,
                                                       table->credentials));
  }
  static_cast<void>(tarn::catalog::internal::ParseViewAnswer(body).ok());
  static_cast<void>(tarn::catalog::internal::ParseCredentials(body).ok());
  static_cast<void>(tarn::catalog::internal::ParseNamespacePage(body).ok());
  static_cast<void>(tarn::catalog::internal::ParseIdentPage(body).ok());
  static_cast<void>(tarn::catalog::internal::ExpiryOfToken(body));
  static_cast<void>(tarn::catalog::internal::RestFailureOf(
      {.status = 404, .headers = {}, .body = body, .url = ""s},
      tarn::catalog::internal::RestEffect::kRead, tarn::ErrorCode::kNoSuchTable));
  return 0;
}
