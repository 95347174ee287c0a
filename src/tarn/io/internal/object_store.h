// FileIO over one of Arrow's object-store file systems.
#pragma once

#include <memory>
#include <string>

#include "tarn/io/file_io.h"
#include "tarn/io/internal/upload_stream.h"

namespace arrow::fs {
class FileSystem;
}  // namespace arrow::fs

namespace tarn::io {

/// What differs between stores. Thread-safe.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  /// "bucket/key" of a location, nothing percent-decoded. Errors: kInvalidArgument.
  virtual Result<std::string> KeyOf(const std::string& location) const = 0;
  virtual arrow::fs::FileSystem& file_system() = 0;
  /// How a file is written; `open` and `discard` may outlive the store.
  virtual Upload UploadTo(const std::string& location, const std::string& key) = 0;
};

/// WriteNew asks first and writes then: none of Arrow's clients can make a PUT
/// conditional. Two writers of one name within the same few milliseconds are therefore
/// not told apart. Nothing in Tarn depends on it: names of metadata files hold a random
/// UUID, and the catalog's compare-and-swap decides who wins.
std::unique_ptr<FileIO> MakeObjectStoreFileIO(std::unique_ptr<ObjectStore> store);

/// "bucket/key" of "scheme://bucket/key"; kInvalidArgument, naming `store`, for what has
/// no bucket, an empty part or a NUL.
Result<std::string> BucketAndKey(std::string_view store, const std::string& location);

}  // namespace tarn::io
