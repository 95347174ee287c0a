// Puffin files: statistics and deletion vectors as blobs behind a footer (spec: Puffin).
// Bytes in, values out; no I/O.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/ids.h"

namespace tarn::iceberg {

inline constexpr char kDeletionVectorBlob[] = "deletion-vector-v1";
inline constexpr char kThetaSketchBlob[] = "apache-datasketches-theta-v1";

struct PuffinBlob {
  std::string type;
  std::vector<FieldId> fields = {};  // inputs, in order
  SnapshotId snapshot_id{-1};        // -1 in deletion vectors
  SequenceNumber sequence_number{-1};
  int64_t offset = 0;
  int64_t length_bytes = 0;
  std::optional<std::string> compression_codec = {};  // "lz4", "zstd"; unset: none
  std::map<std::string, std::string> properties = {};

  bool operator==(const PuffinBlob&) const = default;
};

struct PuffinFooter {
  std::vector<PuffinBlob> blobs;
  std::map<std::string, std::string> properties;  // "created-by"
};

/// How many bytes at the end of the file hold the whole footer, from any `tail` of at
/// least 12 bytes. Errors: kInvalidData.
Result<int64_t> PuffinFooterLength(std::string_view tail, int64_t file_bytes);
/// The footer from the last PuffinFooterLength bytes (or more) of the file. Blobs lie
/// inside the file and do not reach into the footer. A compressed footer (LZ4) is read.
/// Errors: kInvalidData, kNotSupported.
Result<PuffinFooter> ReadPuffinFooter(std::string_view tail, int64_t file_bytes);
/// What a blob's bytes hold once they are decompressed, at most `bytes_max`. Errors:
/// kInvalidData, kNotSupported, kResourceLimit.
Result<std::string> DecodePuffinBlob(const PuffinBlob& blob, std::string_view stored,
                                     int64_t bytes_max = int64_t{1} << 30);

/// Builds one file in memory. Thread-compatible.
class PuffinWriter {
 public:
  PuffinWriter();
  /// Appends `bytes`, compressed by `blob.compression_codec` ("zstd", "lz4" or none); the
  /// result is `blob` with offset and length filled in.
  Result<PuffinBlob> Add(PuffinBlob blob, std::string_view bytes);
  /// The file with its footer; `created_by` goes into the footer's properties.
  std::string Finish(const std::string& created_by);

 private:
  std::string bytes_;
  std::vector<PuffinBlob> blobs_;
};

}  // namespace tarn::iceberg
