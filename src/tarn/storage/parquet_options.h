// How data files are encoded: codecs, pages, row groups, dictionaries, bloom filters.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/ids.h"
#include "tarn/iceberg/type.h"

namespace tarn::storage {

enum class Compression : uint8_t { kNone, kSnappy, kGzip, kZstd, kBrotli, kLz4 };

/// A codec and its level; unset: DefaultLevelOf().
struct Codec {
  Compression compression = Compression::kSnappy;
  std::optional<int32_t> level = {};

  bool operator==(const Codec&) const = default;
};

/// The codec that "snappy", "zstd", "gzip", "brotli", "lz4" or "none" names, in any case,
/// with its level behind a colon if one is wanted: "zstd:9". Errors: kInvalidArgument
/// with what is valid.
Result<Codec> CodecFromString(std::string_view text);
/// As a setting has it: "zstd:9".
std::string ToString(const Codec& codec);
/// The name of the codec without its level.
std::string_view NameOf(Compression compression);

struct CodecLevels {
  int32_t min;
  int32_t max;
};
/// nullopt for codecs that have no levels.
std::optional<CodecLevels> LevelsOf(Compression compression);
/// What a codec without a level is run with: zstd 1, gzip 6, brotli 5.
std::optional<int32_t> DefaultLevelOf(Compression compression);

/// What values of a column are written as when it has no dictionary. (Values for which a
/// dictionary has become too large are plain, whatever this says.)
enum class Encoding : uint8_t {
  kPlain,
  kDelta,            // integers: DELTA_BINARY_PACKED; text: DELTA_BYTE_ARRAY
  kDeltaLength,      // text and binary: DELTA_LENGTH_BYTE_ARRAY
  kByteStreamSplit,  // floats and doubles
};

/// "plain", "delta", "delta-length", "byte-stream-split".
std::string_view ToString(Encoding encoding);
/// In any case. Errors: kInvalidArgument with what is valid.
Result<Encoding> EncodingFromString(std::string_view text);
/// The encodings that columns of a primitive type can have, plain first: those that the
/// engines read, which is less than the format allows.
std::vector<Encoding> EncodingsOf(const iceberg::Type& type);

/// The class of a primitive type in ParquetOptions::codec_overrides.
std::string_view TypeClassOf(const iceberg::Type& type);
/// All of them, for messages.
std::vector<std::string> TypeClasses();

enum class PageVersion : uint8_t { kV1, kV2 };

struct BloomFilterOptions {
  double false_positives = 0.01;         // above 0, below 1
  std::optional<int64_t> distinct = {};  // of a row group; unset: as many as it has rows

  bool operator==(const BloomFilterOptions&) const = default;
};

/// Of one column, by the field id of the primitive it is about.
struct ColumnOptions {
  std::optional<Codec> codec = {};
  std::optional<bool> dictionary = {};
  std::optional<Encoding> encoding = {};
  std::optional<BloomFilterOptions> bloom_filter = {};
  std::optional<bool> statistics = {};  // in footer and page index

  bool operator==(const ColumnOptions&) const = default;
};

struct ParquetOptions {
  Codec codec = {};
  int64_t row_group_rows_max = 122'880 * 8;
  /// A row group also ends once its encoders hold this much memory.
  int64_t row_group_bytes_max = int64_t{128} << 20;
  int64_t page_bytes = int64_t{1} << 20;
  int64_t page_rows_max = 20'000;
  PageVersion page_version = PageVersion::kV1;
  int64_t dictionary_bytes_max = int64_t{2} << 20;
  int64_t bloom_filter_bytes_max = int64_t{1} << 20;  // of one column in one row group
  bool page_index = true;
  /// Codecs by column ("address.zip") or by class of type, which is lower in rank: "text"
  /// (string, uuid, fixed, binary, variant, geometry, geography), "numeric" (int, long,
  /// decimal), "float" (float, double), "time" (date, time, timestamps), "boolean".
  /// TableWriterOptionsFor resolves them against a table into `columns`.
  std::map<std::string, Codec, std::less<>> codec_overrides = {};
  std::map<iceberg::FieldId, ColumnOptions> columns = {};
};

}  // namespace tarn::storage
