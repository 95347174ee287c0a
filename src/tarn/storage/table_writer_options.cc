#include <algorithm>
#include <cctype>
#include <charconv>
#include <limits>
#include <string>

#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/storage/table_writer.h"

namespace tarn::storage {
namespace {

/// Sets `*value` from the property `key` if the table has it.
Status ReadInteger(const iceberg::TableMetadata& metadata, const std::string& key,
                   int64_t min, int64_t max, int64_t* value) {
  const auto it = metadata.properties.find(key);
  if (it == metadata.properties.end()) {
    return Status::OK();
  }
  const std::string& text = it->second;
  int64_t parsed = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), parsed);
  if (error != std::errc() || end != text.data() + text.size() || parsed < min ||
      parsed > max) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        fmt::format("Table property {} must be a number from {} to {}, got: {}", key, min,
                    max, text));
  }
  *value = parsed;
  return Status::OK();
}

struct LevelRange {
  int64_t min;
  int64_t max;
};

/// nullopt for codecs that have no levels.
std::optional<LevelRange> LevelsOf(Compression compression) {
  switch (compression) {
    case Compression::kGzip:
      return LevelRange{1, 9};
    case Compression::kZstd:
      return LevelRange{1, 22};
    case Compression::kBrotli:
      return LevelRange{0, 11};
    default:
      return std::nullopt;
  }
}

constexpr char kCodecKey[] = "write.parquet.compression-codec";
constexpr char kLevelKey[] = "write.parquet.compression-level";

}  // namespace

Result<Compression> CompressionFromString(std::string_view name) {
  std::string folded(name);
  std::transform(folded.begin(), folded.end(), folded.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (folded == "none" || folded == "uncompressed") {
    return Compression::kNone;
  }
  if (folded == "snappy") {
    return Compression::kSnappy;
  }
  if (folded == "gzip") {
    return Compression::kGzip;
  }
  if (folded == "zstd") {
    return Compression::kZstd;
  }
  if (folded == "brotli") {
    return Compression::kBrotli;
  }
  if (folded == "lz4" || folded == "lz4_raw") {
    return Compression::kLz4;
  }
  return MakeError(
      ErrorCode::kInvalidArgument,
      fmt::format("A compression codec is none, snappy, gzip, zstd, brotli or lz4, "
                  "got: {}",
                  name));
}

Result<TableWriterOptions> TableWriterOptionsFor(const iceberg::TableMetadata& metadata,
                                                 TableWriterOptions defaults) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  TableWriterOptions options = std::move(defaults);
  ARROW_RETURN_NOT_OK(ReadInteger(metadata, "write.target-file-size-bytes", 1, kMax,
                                  &options.file_bytes_max));
  ARROW_RETURN_NOT_OK(ReadInteger(metadata, "write.parquet.row-group-size-bytes", 1, kMax,
                                  &options.row_group_bytes_max));
  // A row group is held in memory until it is whole.
  options.row_group_bytes_max =
      std::min(options.row_group_bytes_max, options.memory_bytes_max / 2);
  if (const auto it = metadata.properties.find(kCodecKey);
      it != metadata.properties.end()) {
    auto compression = CompressionFromString(it->second);
    if (!compression.ok()) {
      return WithContext(fmt::format("Table property {}: ", kCodecKey),
                         compression.status());
    }
    if (*compression != options.compression) {
      options.compression_level.reset();
    }
    options.compression = *compression;
  }
  const std::optional<LevelRange> levels = LevelsOf(options.compression);
  if (!levels) {
    options.compression_level.reset();
  } else if (metadata.properties.contains(kLevelKey)) {
    int64_t level = 0;
    ARROW_RETURN_NOT_OK(
        ReadInteger(metadata, kLevelKey, levels->min, levels->max, &level));
    options.compression_level = static_cast<int32_t>(level);
  }
  return options;
}

}  // namespace tarn::storage
