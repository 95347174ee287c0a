// Keys of single files and the AES GCM stream (spec: AES GCM Stream file format):
//
//   magic AGS1, block length (uint32 little-endian), then for each block of plain text
//   nonce, ciphertext, tag; its additional data is the file's prefix and the block's
//   number (uint32 little-endian).
#include "tarn/iceberg/encryption.h"

#include <algorithm>
#include <utility>

#include "tarn/base/aes_gcm.h"
#include "tarn/base/byte_order.h"
#include "tarn/base/error.h"
#include "tarn/iceberg/avro/decoder.h"
#include "tarn/iceberg/avro/encoder.h"

namespace tarn::iceberg {
namespace {

constexpr std::string_view kMagic = "AGS1";
constexpr size_t kHeaderBytes = kMagic.size() + sizeof(uint32_t);
constexpr size_t kPlainBlockBytes = size_t{1} << 20;
constexpr size_t kCipherBlockBytes = kPlainBlockBytes + kAesGcmOverheadBytes;
constexpr char kKeyMetadataVersion = 1;
constexpr size_t kAadPrefixBytes = 16;
/// Branches of an optional Avro field.
constexpr int64_t kNull = 0;
constexpr int64_t kPresent = 1;

Status Corrupt(const std::string& why) { return MakeError(ErrorCode::kInvalidData, why); }

std::string BlockAad(const FileKey& key, size_t block) {
  std::string aad = key.aad_prefix;
  AppendLittle(static_cast<uint32_t>(block), &aad);
  return aad;
}

bool IsKeyLength(size_t bytes) { return bytes == 16 || bytes == 24 || bytes == 32; }

/// True if an optional field is there.
bool IsPresent(avro::Decoder* decoder) {
  const int64_t branch = decoder->Long();
  if (branch != kNull && branch != kPresent) {
    decoder->Fail("a union has two branches");
  }
  return branch == kPresent;
}

}  // namespace

Result<FileKey> NewFileKey(int32_t key_bytes) {
  if (key_bytes < 0 || !IsKeyLength(static_cast<size_t>(key_bytes))) {
    return MakeError(ErrorCode::kInvalidArgument, std::string(kDataKeyLengthProperty) +
                                                      " must be 16, 24 or 32, not " +
                                                      std::to_string(key_bytes));
  }
  FileKey key;
  ARROW_ASSIGN_OR_RAISE(key.encryption_key,
                        NewSecretBytes(static_cast<size_t>(key_bytes)));
  ARROW_ASSIGN_OR_RAISE(key.aad_prefix, NewSecretBytes(kAadPrefixBytes));
  return key;
}

std::string FileKeyToBytes(const FileKey& key) {
  std::string bytes(1, kKeyMetadataVersion);
  avro::Encoder encoder(&bytes);
  encoder.Bytes(key.encryption_key);
  if (key.aad_prefix.empty()) {
    encoder.Branch(kNull);
  } else {
    encoder.Branch(kPresent);
    encoder.Bytes(key.aad_prefix);
  }
  if (key.file_length) {
    encoder.Branch(kPresent);
    encoder.Long(*key.file_length);
  } else {
    encoder.Branch(kNull);
  }
  return bytes;
}

Result<FileKey> FileKeyFromBytes(std::string_view bytes) {
  if (bytes.empty()) {
    return Corrupt("Empty key metadata");
  }
  if (bytes[0] != kKeyMetadataVersion) {
    return MakeError(ErrorCode::kNotSupported,
                     "Key metadata is of version " +
                         std::to_string(static_cast<unsigned char>(bytes[0])) +
                         ", only the standard one, 1, is known");
  }
  avro::Decoder decoder(bytes.substr(1));
  FileKey key;
  key.encryption_key = decoder.Bytes();
  if (IsPresent(&decoder)) {
    key.aad_prefix = decoder.Bytes();
  }
  if (IsPresent(&decoder)) {
    key.file_length = decoder.Long();
  }
  if (decoder.failed() || decoder.bytes_left() > 0) {
    return Corrupt(std::string("Corrupt key metadata: ") +
                   (decoder.failed() ? decoder.failure() : "bytes after its end"));
  }
  if (!IsKeyLength(key.encryption_key.size())) {
    return Corrupt("Corrupt key metadata: a key of " +
                   std::to_string(key.encryption_key.size()) + " bytes");
  }
  return key;
}

bool IsEncryptedStream(std::string_view bytes) { return bytes.starts_with(kMagic); }

Result<std::string> EncryptStream(std::string_view plain, const FileKey& key) {
  std::string stored(kMagic);
  AppendLittle(static_cast<uint32_t>(kPlainBlockBytes), &stored);
  // An empty file has one empty block, so that its emptiness is authentic.
  const size_t blocks =
      std::max<size_t>((plain.size() + kPlainBlockBytes - 1) / kPlainBlockBytes, 1);
  stored.reserve(kHeaderBytes + plain.size() + blocks * kAesGcmOverheadBytes);
  for (size_t i = 0; i < blocks; ++i) {
    ARROW_RETURN_NOT_OK(AesGcmSeal(key.encryption_key,
                                   plain.substr(i * kPlainBlockBytes, kPlainBlockBytes),
                                   BlockAad(key, i), &stored));
  }
  return stored;
}

Result<std::string> DecryptStream(std::string_view stored, const FileKey& key) {
  if (!key.file_length) {
    return Corrupt("The key of an encrypted file does not tell the file's length");
  }
  if (static_cast<int64_t>(stored.size()) != *key.file_length) {
    return Corrupt("An encrypted file has " + std::to_string(stored.size()) +
                   " bytes and had " + std::to_string(*key.file_length) +
                   " when it was written");
  }
  if (stored.size() < kHeaderBytes + kAesGcmOverheadBytes || !IsEncryptedStream(stored)) {
    return Corrupt("Not an AES GCM stream, though there is a key for it");
  }
  const auto block_bytes = LoadLittle<uint32_t>(stored, kMagic.size());
  if (block_bytes != kPlainBlockBytes) {
    return Corrupt("An AES GCM stream has blocks of " + std::to_string(block_bytes) +
                   " bytes, not of " + std::to_string(kPlainBlockBytes));
  }
  stored.remove_prefix(kHeaderBytes);
  std::string plain;
  plain.reserve(stored.size());
  for (size_t i = 0; !stored.empty(); ++i) {
    const std::string_view block = stored.substr(0, kCipherBlockBytes);
    ARROW_RETURN_NOT_OK(AesGcmOpen(key.encryption_key, block, BlockAad(key, i), &plain));
    stored.remove_prefix(block.size());
  }
  return plain;
}

Result<std::string> OpenStoredFile(std::string stored,
                                   const std::optional<std::string>& key_metadata) {
  if (!key_metadata) {
    if (IsEncryptedStream(stored)) {
      return MakeError(ErrorCode::kForbidden,
                       "It is encrypted, and there is no key for it");
    }
    return stored;
  }
  ARROW_ASSIGN_OR_RAISE(const FileKey key, FileKeyFromBytes(*key_metadata));
  return DecryptStream(stored, key);
}

}  // namespace tarn::iceberg
