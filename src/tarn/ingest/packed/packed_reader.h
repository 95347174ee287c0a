// Files within an archive (zip, tar) or behind a compression (gzip, bzip2, xz, zstd,
// lz4).
//
//   ARROW_ASSIGN_OR_RAISE(auto packed, PackedReader::Open(file, PackingByContent(head)));
//   while (… member = packed->Next()) { while (packed->Read(buffer) > 0) … }
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <arrow/io/type_fwd.h>

#include "tarn/base/result.h"

namespace tarn::ingest::packed {

enum class Packing : uint8_t { kNone, kCompressed, kZip, kTar };

/// By the first bytes of a file; 512 of them tell a tar.
Packing PackingByContent(std::string_view head);

/// The name of what `name` holds: "a.csv" of "a.csv.bz2", "a.tar" of "a.tgz"; `name`
/// itself if its end is no compression's.
std::string_view NameWithin(std::string_view name);

struct Member {
  std::string name;  // as the archive has it; empty for what is only compressed
};

/// Thread-compatible.
class PackedReader {
 public:
  /// A compressed tar has the tar's members. `packing` is not kNone. Errors:
  /// kInvalidData.
  static Result<std::unique_ptr<PackedReader>> Open(
      std::shared_ptr<arrow::io::RandomAccessFile> file, Packing packing);
  virtual ~PackedReader() = default;

  /// The next member that is a file; unset after the last. Errors: kInvalidData (damaged,
  /// or protected by a password), those of the file.
  virtual Result<std::optional<Member>> Next() = 0;
  /// Bytes of this member put into `into`; 0 at its end. Errors: as Next().
  virtual Result<int64_t> Read(std::span<char> into) = 0;
};

}  // namespace tarn::ingest::packed
