// Encrypted tables (spec: Encryption Keys, AES GCM Stream; the key hierarchy is that of
// the reference implementation's standard encryption):
//
//   KeyManagement    keeps the table's key (property encryption.key-id) and wraps …
//   encryption-keys  … key encryption keys in the table's metadata, which encrypt …
//   encryption-keys  … the key of each manifest list (Snapshot::key_id names it);
//   manifest list    has the key of each manifest (ManifestFile::key_metadata),
//   manifest         the key of each data and delete file (DataFile::key_metadata).
//
// Parquet files use Parquet's own encryption with that key; all others are AES GCM
// streams. Bytes in, bytes out; no I/O.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/key_management.h"
#include "tarn/base/result.h"
#include "tarn/iceberg/snapshot.h"
#include "tarn/iceberg/table_metadata.h"

namespace tarn::iceberg {

/// Set for a table whose files are encrypted; fixed once the table has a snapshot.
inline constexpr char kEncryptionKeyIdProperty[] = "encryption.key-id";
/// 16 (default), 24 or 32 bytes, for the keys of files.
inline constexpr char kDataKeyLengthProperty[] = "encryption.data-key-length";

/// What it takes to decrypt one file.
struct FileKey {
  std::string encryption_key;
  std::string aad_prefix;  // the file's identity, authenticated with each block
  /// Stored length of an AES GCM stream, from a trusted place: a shorter file was cut.
  std::optional<int64_t> file_length = {};

  bool operator==(const FileKey&) const = default;
};

/// A key that nothing else has. Errors: kInvalidArgument (not 16, 24, 32 bytes),
/// kInternal.
Result<FileKey> NewFileKey(int32_t key_bytes);
/// The standard key metadata, version 1.
std::string FileKeyToBytes(const FileKey& key);
/// Errors: kInvalidData, kNotSupported (another version).
Result<FileKey> FileKeyFromBytes(std::string_view bytes);

/// True if `bytes` begin as an AES GCM stream does.
bool IsEncryptedStream(std::string_view bytes);
/// `plain` as an AES GCM stream. Errors: kInvalidArgument, kInternal.
Result<std::string> EncryptStream(std::string_view plain, const FileKey& key);
/// The plain text of a whole stream, whose length must be key.file_length. Errors:
/// kInvalidData.
Result<std::string> DecryptStream(std::string_view stored, const FileKey& key);

/// What the whole file `stored` says in clear: decrypted with the key that its parent has
/// for it, or itself if there is none. Errors: kInvalidData (also for a file that is in
/// clear though there is a key: somebody exchanged it), kForbidden (encrypted, and its
/// parent has no key).
Result<std::string> OpenStoredFile(std::string stored,
                                   const std::optional<std::string>& key_metadata);

/// True if the table's files are to be encrypted.
bool IsEncrypted(const TableMetadata& table);

struct SealedFile {
  std::string bytes;         // to be stored
  std::string key_metadata;  // for the parent
};
/// `plain`, encrypted with a new key of the table's key length. Errors: kInvalidArgument
/// (a senseless property), kInternal.
Result<SealedFile> SealFile(const TableMetadata& table, std::string_view plain);
/// How long the keys of an encrypted table's Parquet files are (for NewFileKey, whose key
/// and prefix Parquet's own encryption gets as footer key and prefix that is not stored);
/// unset if the table is not encrypted. Asked before anything is written: errors are also
/// kForbidden if `keys` is nullptr, as no commit could follow.
Result<std::optional<int32_t>> ParquetKeyBytes(const TableMetadata& table,
                                               const KeyManagement* keys);

struct SealedManifestList {
  std::string bytes;
  std::string key_id;                    // Snapshot::key_id
  std::vector<EncryptedKey> added_keys;  // to be added with the snapshot
};
/// `plain`, encrypted; its key is encrypted with the table's newest key encryption key,
/// or a new one once that is two years old. `keys` is nullptr where none is configured:
/// the error is then kForbidden. Errors: also kInvalidArgument (a table below format
/// version 3), those of `keys`.
Result<SealedManifestList> SealManifestList(const TableMetadata& table,
                                            std::string_view plain, KeyManagement* keys,
                                            std::chrono::milliseconds now);
/// The manifest list of `snapshot` in clear. Errors: as OpenStoredFile, those of `keys`,
/// kForbidden if `keys` is nullptr and needed.
Result<std::string> OpenManifestList(const TableMetadata& table, const Snapshot& snapshot,
                                     std::string stored, KeyManagement* keys);

}  // namespace tarn::iceberg
