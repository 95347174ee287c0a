#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <string>

#include "tarn/base/error.h"
#include "tarn/storage/internal/column_options.h"
#include "tarn/storage/table_writer.h"

namespace tarn::storage {
namespace {

constexpr int64_t kIntMax = std::numeric_limits<int32_t>::max();
constexpr int64_t kLongMax = std::numeric_limits<int64_t>::max();
/// The least that a bloom filter can have.
constexpr int64_t kFilterBytesMin = 32;

/// Sets `*number` from the property `key` if the table has it.
Status ReadInteger(const iceberg::TableMetadata& metadata, const std::string& key,
                   int64_t min, int64_t max, int64_t* number) {
  const auto it = metadata.properties.find(key);
  if (it == metadata.properties.end()) {
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(*number, IntegerProperty(key, it->second, min, max));
  return Status::OK();
}

Status ReadPageVersion(const iceberg::TableMetadata& metadata, const std::string& key,
                       PageVersion* version) {
  const auto it = metadata.properties.find(key);
  if (it == metadata.properties.end()) {
    return Status::OK();
  }
  if (it->second == "v1" || it->second == "V1") {
    *version = PageVersion::kV1;
  } else if (it->second == "v2" || it->second == "V2") {
    *version = PageVersion::kV2;
  } else {
    return BadProperty(key, "v1 or v2", it->second);
  }
  return Status::OK();
}

/// The codec and level below `prefix`; `*choice` says so if there is a codec.
Status ReadCodec(const iceberg::TableMetadata& metadata, const std::string& prefix,
                 Codec* codec, CodecChoice* choice) {
  const auto it = metadata.properties.find(prefix + "compression-codec");
  if (it != metadata.properties.end()) {
    ARROW_ASSIGN_OR_RAISE(const Codec named, CodecProperty(it->first, it->second));
    if (named.compression != codec->compression) {
      *codec = named;
    }
    *choice = CodecChoice::kTable;
  }
  const std::string level_key = prefix + "compression-level";
  const std::optional<CodecLevels> levels = LevelsOf(codec->compression);
  if (!levels || !metadata.properties.contains(level_key)) {
    return Status::OK();
  }
  int64_t level = 0;
  ARROW_RETURN_NOT_OK(ReadInteger(metadata, level_key, levels->min, levels->max, &level));
  codec->level = static_cast<int32_t>(level);
  return Status::OK();
}

/// What stands below "write." or "write.delete." for the whole table.
Status ReadTable(const iceberg::TableMetadata& metadata, const std::string& prefix,
                 TableWriterOptions* options, CodecChoice* choice) {
  ParquetOptions& parquet = options->parquet;
  ARROW_RETURN_NOT_OK(ReadInteger(metadata, prefix + "target-file-size-bytes", 1,
                                  kLongMax, &options->file_bytes_max));
  const std::string parquet_prefix = prefix + "parquet.";
  struct Number {
    const char* name;
    int64_t min;
    int64_t max;
    int64_t* value;
  };
  const Number numbers[] = {
      {"row-group-size-bytes", 1, kLongMax, &parquet.row_group_bytes_max},
      {"page-size-bytes", 1, kIntMax, &parquet.page_bytes},
      {"page-row-limit", 1, kIntMax, &parquet.page_rows_max},
      {"dict-size-bytes", 1, kIntMax, &parquet.dictionary_bytes_max},
      {"bloom-filter-max-bytes", kFilterBytesMin, kIntMax,
       &parquet.bloom_filter_bytes_max},
  };
  for (const Number& number : numbers) {
    ARROW_RETURN_NOT_OK(ReadInteger(metadata, parquet_prefix + number.name, number.min,
                                    number.max, number.value));
  }
  ARROW_RETURN_NOT_OK(
      ReadPageVersion(metadata, parquet_prefix + "page-version", &parquet.page_version));
  return ReadCodec(metadata, parquet_prefix, &parquet.codec, choice);
}

Result<TableWriterOptions> OptionsFor(const iceberg::TableMetadata& metadata,
                                      TableWriterOptions options,
                                      std::span<const std::string> prefixes) {
  CodecChoice choice = CodecChoice::kSettings;
  for (const std::string& prefix : prefixes) {
    ARROW_RETURN_NOT_OK(ReadTable(metadata, prefix, &options, &choice));
  }
  // A row group is held in memory until it is whole.
  options.parquet.row_group_bytes_max =
      std::min(options.parquet.row_group_bytes_max, options.memory_bytes_max / 2);
  ARROW_ASSIGN_OR_RAISE(options.parquet.columns,
                        ColumnOptionsOf(metadata, options.parquet, choice));
  return options;
}

}  // namespace

Result<TableWriterOptions> TableWriterOptionsFor(const iceberg::TableMetadata& metadata,
                                                 TableWriterOptions defaults) {
  const std::array<std::string, 1> prefixes = {"write."};
  return OptionsFor(metadata, std::move(defaults), prefixes);
}

Result<TableWriterOptions> DeleteWriterOptionsFor(const iceberg::TableMetadata& metadata,
                                                  TableWriterOptions defaults) {
  const std::array<std::string, 2> prefixes = {"write.", "write.delete."};
  return OptionsFor(metadata, std::move(defaults), prefixes);
}

}  // namespace tarn::storage
