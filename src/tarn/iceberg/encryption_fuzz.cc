// Any bytes as key metadata, and as a stored file whose key is known: nothing is accepted
// that was not sealed.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tarn/base/error.h"
#include "tarn/iceberg/encryption.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using tarn::iceberg::FileKey;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto key = tarn::iceberg::FileKeyFromBytes(input); key.ok()) {
    const auto again =
        tarn::iceberg::FileKeyFromBytes(tarn::iceberg::FileKeyToBytes(*key));
    TARN_CHECK(again.ok() && *again == *key);
  }
  const FileKey key{.encryption_key = std::string(16, 'k'),
                    .aad_prefix = "prefix",
                    .file_length = static_cast<int64_t>(size)};
  TARN_CHECK(!tarn::iceberg::DecryptStream(input, key).ok());
  const auto opened = tarn::iceberg::OpenStoredFile(std::string(input), std::nullopt);
  TARN_CHECK(opened.ok() != tarn::iceberg::IsEncryptedStream(input));
  return 0;
}
