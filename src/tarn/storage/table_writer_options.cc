#include <algorithm>
#include <array>
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

Result<Compression> CompressionNamed(std::string_view name) {
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

constexpr char kCodecKey[] = "write.parquet.compression-codec";
constexpr char kLevelKey[] = "write.parquet.compression-level";

}  // namespace

Result<Codec> CodecFromString(std::string_view text) {
  const size_t colon = text.find(':');
  Codec codec;
  ARROW_ASSIGN_OR_RAISE(codec.compression, CompressionNamed(text.substr(0, colon)));
  if (colon == std::string_view::npos) {
    return codec;
  }
  const std::string_view digits = text.substr(colon + 1);
  const std::optional<LevelRange> levels = LevelsOf(codec.compression);
  int32_t level = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), level);
  if (!levels || error != std::errc() || end != digits.data() + digits.size() ||
      level < levels->min || level > levels->max) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        levels ? fmt::format("The level of codec {} is a number from {} to "
                             "{}, got: {}",
                             text.substr(0, colon), levels->min, levels->max, digits)
               : fmt::format("Codec {} has no levels, got: {}", text.substr(0, colon),
                             text));
  }
  codec.level = level;
  return codec;
}

std::string ToString(const Codec& codec) {
  constexpr std::array<const char*, 6> kNames = {"none", "snappy", "gzip",
                                                 "zstd", "brotli", "lz4"};
  const std::string name = kNames.at(static_cast<size_t>(codec.compression));
  return codec.level ? fmt::format("{}:{}", name, *codec.level) : name;
}

Result<TableWriterOptions> TableWriterOptionsFor(const iceberg::TableMetadata& metadata,
                                                 TableWriterOptions defaults) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  TableWriterOptions options = std::move(defaults);
  ARROW_RETURN_NOT_OK(ReadInteger(metadata, "write.target-file-size-bytes", 1, kMax,
                                  &options.file_bytes_max));
  ARROW_RETURN_NOT_OK(ReadInteger(metadata, "write.parquet.row-group-size-bytes", 1, kMax,
                                  &options.parquet.row_group_bytes_max));
  // A row group is held in memory until it is whole.
  options.parquet.row_group_bytes_max =
      std::min(options.parquet.row_group_bytes_max, options.memory_bytes_max / 2);
  if (const auto it = metadata.properties.find(kCodecKey);
      it != metadata.properties.end()) {
    auto codec = CodecFromString(it->second);
    if (!codec.ok()) {
      return WithContext(fmt::format("Table property {}: ", kCodecKey), codec.status());
    }
    if (codec->compression != options.parquet.codec.compression || codec->level) {
      options.parquet.codec = *codec;
    }
  }
  const std::optional<LevelRange> levels = LevelsOf(options.parquet.codec.compression);
  if (!levels) {
    options.parquet.codec.level.reset();
  } else if (metadata.properties.contains(kLevelKey)) {
    int64_t level = 0;
    ARROW_RETURN_NOT_OK(
        ReadInteger(metadata, kLevelKey, levels->min, levels->max, &level));
    options.parquet.codec.level = static_cast<int32_t>(level);
  }
  return options;
}

}  // namespace tarn::storage
