#include "tarn/iceberg/encryption.h"

#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tarn/base/aes_gcm.h"
#include "tarn/iceberg/encrypted_key_json.h"
#include "tarn/iceberg/internal/byte_text.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

using std::chrono::milliseconds;

constexpr int64_t kBlock = 1 << 20;
constexpr int64_t kOverhead = 28;
const milliseconds kNow{1'800'000'000'000};

std::string Bytes(std::string_view hex) { return internal::BytesFromHex(hex).value(); }

/// Keeps keys in memory and counts what it is asked.
class FakeKeys : public KeyManagement {
 public:
  Result<std::string> Wrap(std::string_view key, const std::string& id) override {
    ++wraps;
    return id + ":" + std::string(key.rbegin(), key.rend());
  }
  Result<std::string> Unwrap(std::string_view wrapped, const std::string& id) override {
    if (!wrapped.starts_with(id + ":")) {
      return MakeError(ErrorCode::kForbidden, "no such key: " + id);
    }
    wrapped.remove_prefix(id.size() + 1);
    return std::string(wrapped.rbegin(), wrapped.rend());
  }
  int wraps = 0;
};

TableMetadata Table() {
  TableMetadata table;
  table.format_version = 3;
  table.location = "s3://b/t";
  table.properties = {{kEncryptionKeyIdProperty, "master"}};
  return table;
}

/// The key 00 01 … 0f with the prefix "file".
FileKey FixedKey() {
  return {.encryption_key = Bytes("000102030405060708090a0b0c0d0e0f"),
          .aad_prefix = "file"};
}

TEST(FileKey, StandardKeyMetadataByteForByte) {
  FileKey key = FixedKey();
  EXPECT_EQ(internal::BytesToHex(FileKeyToBytes(key)),
            "01"
            "20"
            "000102030405060708090a0b0c0d0e0f"
            "02"
            "08"
            "66696c65"
            "00");
  key.file_length = 1000;
  EXPECT_EQ(internal::BytesToHex(FileKeyToBytes(key)),
            "01"
            "20"
            "000102030405060708090a0b0c0d0e0f"
            "02"
            "08"
            "66696c65"
            "02"
            "d00f");
  ASSERT_OK_AND_ASSIGN(const FileKey again, FileKeyFromBytes(FileKeyToBytes(key)));
  EXPECT_EQ(again, key);
  key.aad_prefix.clear();
  ASSERT_OK_AND_ASSIGN(const FileKey bare, FileKeyFromBytes(FileKeyToBytes(key)));
  EXPECT_EQ(bare, key);
}

TEST(FileKey, WrongKeyMetadataIsRefused) {
  const std::string good = FileKeyToBytes(FixedKey());
  for (size_t i = 0; i < good.size(); ++i) {
    EXPECT_ERROR(FileKeyFromBytes(good.substr(0, i)), ErrorCode::kInvalidData, "");
  }
  EXPECT_ERROR(FileKeyFromBytes(good + "x"), ErrorCode::kInvalidData, "after its end");
  EXPECT_ERROR(FileKeyFromBytes("\x02" + good.substr(1)), ErrorCode::kNotSupported,
               "version 2");
  EXPECT_ERROR(FileKeyFromBytes(Bytes("01"
                                      "06"
                                      "000102"
                                      "00"
                                      "00")),
               ErrorCode::kInvalidData, "3 bytes");
  EXPECT_ERROR(FileKeyFromBytes(Bytes("01"
                                      "20"
                                      "000102030405060708090a0b0c0d0e0f"
                                      "04")),
               ErrorCode::kInvalidData, "union");
  ASSERT_OK_AND_ASSIGN(const FileKey one, NewFileKey(24));
  ASSERT_OK_AND_ASSIGN(const FileKey two, NewFileKey(24));
  EXPECT_EQ(one.encryption_key.size(), 24U);
  EXPECT_NE(one.encryption_key, two.encryption_key);
  EXPECT_NE(one.aad_prefix, two.aad_prefix);
  EXPECT_ERROR(NewFileKey(20), ErrorCode::kInvalidArgument, "20");
}

TEST(EncryptedStream, BlocksAreAsTheSpecificationHasThem) {
  struct Case {
    const char* name;
    int64_t plain;
    int64_t blocks;
  };
  const Case cases[] = {{"empty", 0, 1},
                        {"one byte", 1, 1},
                        {"a block less a byte", kBlock - 1, 1},
                        {"a block", kBlock, 1},
                        {"a block and a byte", kBlock + 1, 2},
                        {"two blocks", 2 * kBlock, 2}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    FileKey key = FixedKey();
    std::string plain;
    for (int64_t i = 0; i < c.plain; ++i) {
      plain.push_back(static_cast<char>(i * 31 >> 7));
    }
    ASSERT_OK_AND_ASSIGN(const std::string stored, EncryptStream(plain, key));
    EXPECT_EQ(static_cast<int64_t>(stored.size()), 8 + c.plain + c.blocks * kOverhead);
    EXPECT_EQ(internal::BytesToHex(stored.substr(0, 8)), "4147533100001000");
    EXPECT_TRUE(IsEncryptedStream(stored));
    // The first block, by hand.
    std::string first;
    ASSERT_OK(AesGcmOpen(key.encryption_key,
                         std::string_view(stored).substr(8, kBlock + kOverhead),
                         std::string("file\0\0\0\0", 8), &first));
    EXPECT_TRUE(first == plain.substr(0, kBlock));
    key.file_length = static_cast<int64_t>(stored.size());
    ASSERT_OK_AND_ASSIGN(const std::string again, DecryptStream(stored, key));
    EXPECT_TRUE(again == plain);
  }
}

TEST(EncryptedStream, DamageOfAnyKindIsSeen) {
  FileKey key = FixedKey();
  const std::string plain(2 * kBlock + 100, 'p');
  ASSERT_OK_AND_ASSIGN(const std::string stored, EncryptStream(plain, key));
  EXPECT_ERROR(DecryptStream(stored, key), ErrorCode::kInvalidData, "length");
  const auto decrypt = [&](const std::string& bytes) {
    FileKey trusting = key;
    trusting.file_length = static_cast<int64_t>(bytes.size());
    return DecryptStream(bytes, trusting);
  };
  ASSERT_OK(decrypt(stored));
  key.file_length = static_cast<int64_t>(stored.size());
  const std::string cut = stored.substr(0, 8 + 2 * (kBlock + kOverhead));
  EXPECT_ERROR(DecryptStream(cut, key), ErrorCode::kInvalidData, "when it was written");
  EXPECT_OK(decrypt(cut));  // which is why the length must be trusted
  for (const size_t at :
       {size_t{0}, size_t{4}, size_t{8}, size_t{500}, stored.size() - 1}) {
    std::string changed = stored;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_ERROR(decrypt(changed), ErrorCode::kInvalidData, "") << at;
  }
  const size_t block = kBlock + kOverhead;
  const std::string swapped = stored.substr(0, 8) + stored.substr(8 + block, block) +
                              stored.substr(8, block) + stored.substr(8 + 2 * block);
  EXPECT_ERROR(decrypt(swapped), ErrorCode::kInvalidData, "decrypt");
  key.aad_prefix = "another file";
  EXPECT_ERROR(decrypt(stored), ErrorCode::kInvalidData, "decrypt");
  EXPECT_ERROR(decrypt("AGS1"), ErrorCode::kInvalidData, "");
  EXPECT_ERROR(decrypt(plain), ErrorCode::kInvalidData, "Not an AES GCM stream");
}

TEST(OpenStoredFile, ClearAndEncryptedFilesAreNeverMixedUp) {
  const TableMetadata table = Table();
  ASSERT_OK_AND_ASSIGN(const SealedFile sealed, SealFile(table, "Obj\1 a manifest"));
  EXPECT_EQ(sealed.bytes.find("manifest"), std::string::npos);
  ASSERT_OK_AND_ASSIGN(const std::string plain,
                       OpenStoredFile(sealed.bytes, sealed.key_metadata));
  EXPECT_EQ(plain, "Obj\1 a manifest");
  ASSERT_OK_AND_ASSIGN(const std::string clear, OpenStoredFile("Obj\1 clear", {}));
  EXPECT_EQ(clear, "Obj\1 clear");
  EXPECT_ERROR(OpenStoredFile(sealed.bytes, {}), ErrorCode::kForbidden, "no key");
  EXPECT_ERROR(OpenStoredFile("Obj\1 exchanged", sealed.key_metadata),
               ErrorCode::kInvalidData, "");
  ASSERT_OK_AND_ASSIGN(const SealedFile other, SealFile(table, "Obj\1 a manifest"));
  EXPECT_NE(other.key_metadata, sealed.key_metadata);
  EXPECT_ERROR(OpenStoredFile(sealed.bytes, other.key_metadata), ErrorCode::kInvalidData,
               "");
}

Snapshot WithKey(const std::string& key_id) {
  Snapshot snapshot;
  snapshot.key_id = key_id;
  return snapshot;
}

TEST(TableEncryption, ManifestListsOpenWithTheTablesKeys) {
  FakeKeys keys;
  TableMetadata table = Table();
  EXPECT_TRUE(IsEncrypted(table));
  EXPECT_FALSE(IsEncrypted(TableMetadata()));
  ASSERT_OK_AND_ASSIGN(const SealedManifestList first,
                       SealManifestList(table, "list 1", &keys, kNow));
  ASSERT_EQ(first.added_keys.size(), 2U);  // of the key encryption key and of the list
  EXPECT_EQ(first.added_keys[0].encrypted_by_id, "master");
  EXPECT_EQ(first.added_keys[0].properties.at("KEY_TIMESTAMP"), "1800000000000");
  EXPECT_EQ(first.added_keys[1].encrypted_by_id, first.added_keys[0].key_id);
  EXPECT_EQ(first.added_keys[1].key_id, first.key_id);
  table.encryption_keys = first.added_keys;
  // The second list uses the same key encryption key.
  ASSERT_OK_AND_ASSIGN(const SealedManifestList second,
                       SealManifestList(table, "list 2", &keys, kNow + milliseconds(5)));
  ASSERT_EQ(second.added_keys.size(), 1U);
  EXPECT_EQ(keys.wraps, 1);
  table.encryption_keys.push_back(second.added_keys[0]);

  for (const auto& [sealed, text] :
       {std::pair(first, "list 1"), std::pair(second, "list 2")}) {
    ASSERT_OK_AND_ASSIGN(
        const std::string plain,
        OpenManifestList(table, WithKey(sealed.key_id), sealed.bytes, &keys));
    EXPECT_EQ(plain, text);
  }
  EXPECT_ERROR(OpenManifestList(table, WithKey(first.key_id), second.bytes, &keys),
               ErrorCode::kInvalidData, "");
  EXPECT_ERROR(OpenManifestList(table, WithKey("none"), first.bytes, &keys),
               ErrorCode::kInvalidData, "no encryption key none");
  EXPECT_ERROR(OpenManifestList(table, WithKey(first.key_id), first.bytes, nullptr),
               ErrorCode::kForbidden, "encryption.key-file");
  EXPECT_ERROR(OpenManifestList(table, Snapshot(), first.bytes, &keys),
               ErrorCode::kForbidden, "no key");
  // A timestamp that was tampered with.
  table.encryption_keys[0].properties["KEY_TIMESTAMP"] = "1800000000001";
  EXPECT_ERROR(OpenManifestList(table, WithKey(first.key_id), first.bytes, &keys),
               ErrorCode::kInvalidData, "decrypt");
}

/// testdata/encryption/README.md says how the files were made.
std::string Fixture(const std::string& name) {
  std::ifstream file("src/tarn/iceberg/testdata/encryption/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

TEST(TableEncryption, TheReferenceImplementationsListIsRead) {
  class JavaKeys : public FakeKeys {
   public:
    Result<std::string> Unwrap(std::string_view wrapped, const std::string& id) override {
      EXPECT_EQ(id, "keyA");
      std::string key;
      ARROW_RETURN_NOT_OK(AesGcmOpen("0123456789012345", wrapped, "", &key));
      return key;
    }
  };
  const auto json = nlohmann::json::parse(Fixture("java-keys.json"));
  TableMetadata table = Table();
  table.properties[kEncryptionKeyIdProperty] = "keyA";
  for (const auto& key : json["encryption-keys"]) {
    ASSERT_OK_AND_ASSIGN(table.encryption_keys.emplace_back(), EncryptedKeyFromJson(key));
  }
  JavaKeys keys;
  ASSERT_OK_AND_ASSIGN(
      const std::string list,
      OpenManifestList(table, WithKey(json["key-id"]), Fixture("java-list.bin"), &keys));
  EXPECT_EQ(list, "manifest list of java");
}

TEST(TableEncryption, KeyEncryptionKeysAreReplacedAfterTwoYears) {
  FakeKeys keys;
  TableMetadata table = Table();
  ASSERT_OK_AND_ASSIGN(const SealedManifestList first,
                       SealManifestList(table, "x", &keys, kNow));
  table.encryption_keys = first.added_keys;
  const auto lifetime = std::chrono::hours(24 * 730);
  ASSERT_OK_AND_ASSIGN(
      const SealedManifestList late,
      SealManifestList(table, "x", &keys, kNow + lifetime - milliseconds(1)));
  EXPECT_EQ(late.added_keys.size(), 1U);
  ASSERT_OK_AND_ASSIGN(const SealedManifestList later,
                       SealManifestList(table, "x", &keys, kNow + lifetime));
  EXPECT_EQ(later.added_keys.size(), 2U);
}

TEST(TableEncryption, NothingIsSealedWithoutAKeyOrInOldVersions) {
  FakeKeys keys;
  TableMetadata table = Table();
  EXPECT_ERROR(SealManifestList(table, "x", nullptr, kNow), ErrorCode::kForbidden,
               "key master: configure encryption.key-file");
  table.properties[kDataKeyLengthProperty] = "17";
  EXPECT_ERROR(SealManifestList(table, "x", &keys, kNow), ErrorCode::kInvalidArgument,
               "17");
  EXPECT_ERROR(SealFile(table, "x"), ErrorCode::kInvalidArgument, "17");
  EXPECT_ERROR(ParquetKeyBytes(table, &keys), ErrorCode::kInvalidArgument, "17");
  EXPECT_ERROR(ParquetKeyBytes(table, nullptr), ErrorCode::kForbidden, "key master");
  table.properties[kDataKeyLengthProperty] = "32";
  ASSERT_OK_AND_ASSIGN(const auto key_bytes, ParquetKeyBytes(table, &keys));
  EXPECT_EQ(key_bytes, 32);
  ASSERT_OK_AND_ASSIGN(const auto none, ParquetKeyBytes(TableMetadata(), nullptr));
  EXPECT_EQ(none, std::nullopt);
  EXPECT_OK(SealManifestList(table, "x", &keys, kNow));
  table.format_version = 2;
  EXPECT_ERROR(SealManifestList(table, "x", &keys, kNow), ErrorCode::kInvalidArgument,
               "format version 3");
}

}  // namespace
}  // namespace tarn::iceberg
