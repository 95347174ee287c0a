#include "tarn/storage/internal/encoder_properties.h"

#include <algorithm>

#include <arrow/util/compression.h>
#include <parquet/bloom_filter.h>
#include <parquet/properties.h>
#include <parquet/schema.h>
#include <parquet/types.h>

#include "tarn/storage/internal/file_encryption.h"
#include "tarn/storage/internal/value_scan.h"

namespace tarn::storage {
namespace {

using PropertiesBuilder = parquet::WriterProperties::Builder;

constexpr char kCreatedBy[] = "tarn";

arrow::Compression::type CodecOf(Compression compression) {
  switch (compression) {
    case Compression::kNone:
      return arrow::Compression::UNCOMPRESSED;
    case Compression::kSnappy:
      return arrow::Compression::SNAPPY;
    case Compression::kGzip:
      return arrow::Compression::GZIP;
    case Compression::kZstd:
      return arrow::Compression::ZSTD;
    case Compression::kBrotli:
      return arrow::Compression::BROTLI;
    case Compression::kLz4:
      return arrow::Compression::LZ4;  // LZ4_RAW in the file, as every reader expects
                                       // today
  }
  return arrow::Compression::UNCOMPRESSED;
}

int LevelOf(const Codec& codec) {
  const std::optional<int32_t> level =
      codec.level ? codec.level : DefaultLevelOf(codec.compression);
  return level.value_or(arrow::util::kUseDefaultCompressionLevel);
}

parquet::Encoding::type EncodingOf(Encoding encoding, bool is_text) {
  switch (encoding) {
    case Encoding::kPlain:
      return parquet::Encoding::PLAIN;
    case Encoding::kDelta:
      return is_text ? parquet::Encoding::DELTA_BYTE_ARRAY
                     : parquet::Encoding::DELTA_BINARY_PACKED;
    case Encoding::kDeltaLength:
      return parquet::Encoding::DELTA_LENGTH_BYTE_ARRAY;
    case Encoding::kByteStreamSplit:
      return parquet::Encoding::BYTE_STREAM_SPLIT;
  }
  return parquet::Encoding::PLAIN;
}

/// The filter that fits into the limit of bytes: with more values than it is made for it
/// lets more pass, and is never wrong.
parquet::BloomFilterOptions FilterOf(const BloomFilterOptions& wanted,
                                     const ParquetOptions& options) {
  const auto bytes_max =
      std::max<int64_t>(options.bloom_filter_bytes_max,
                        parquet::BlockSplitBloomFilter::kMinimumBloomFilterBytes);
  int64_t distinct = std::min(wanted.distinct.value_or(options.row_group_rows_max),
                              options.row_group_rows_max);
  while (distinct > 1 &&
         parquet::BlockSplitBloomFilter::OptimalNumOfBytes(
             static_cast<uint64_t>(distinct), wanted.false_positives) > bytes_max) {
    distinct -= std::max<int64_t>(distinct / 16, 1);
  }
  return {.ndv = distinct, .fpp = wanted.false_positives, .fold = true};
}

void AddColumn(const EncodedColumn& column, const ParquetOptions& options,
               bool is_encrypted, PropertiesBuilder* builder) {
  const ColumnOptions& own = column.options;
  if (own.codec) {
    builder->compression(column.path, CodecOf(own.codec->compression));
    builder->compression_level(column.path, LevelOf(*own.codec));
  }
  if (own.encoding) {
    builder->encoding(column.path, EncodingOf(*own.encoding, column.is_text));
  }
  if (own.dictionary.value_or(false)) {
    builder->enable_dictionary(column.path);
  } else if (own.dictionary || own.encoding) {
    builder->disable_dictionary(column.path);
  }
  if (!own.statistics.value_or(true)) {
    builder->disable_statistics(column.path);
    builder->disable_write_page_index(column.path);
  }
  if (own.bloom_filter && !is_encrypted) {
    builder->enable_bloom_filter(column.path, FilterOf(*own.bloom_filter, options));
  }
}

}  // namespace

iceberg::FieldId FieldIdOf(const parquet::schema::Node& leaf) {
  const parquet::schema::Node* node = &leaf;
  while (node != nullptr && node->field_id() < 0) {
    node = node->parent();
  }
  return node == nullptr ? -1 : node->field_id();
}

std::vector<EncodedColumn> EncodedColumnsOf(
    const std::shared_ptr<parquet::schema::GroupNode>& schema,
    const ParquetOptions& options) {
  std::vector<EncodedColumn> columns;
  if (options.columns.empty()) {
    return columns;
  }
  parquet::SchemaDescriptor descriptor;
  descriptor.Init(schema);
  for (int i = 0; i < descriptor.num_columns(); ++i) {
    const parquet::ColumnDescriptor& column = *descriptor.Column(i);
    const auto own = options.columns.find(FieldIdOf(*column.schema_node()));
    if (own != options.columns.end()) {
      columns.push_back({.path = column.path()->ToDotString(),
                         .is_text = column.physical_type() == parquet::Type::BYTE_ARRAY,
                         .options = own->second});
    }
  }
  return columns;
}

std::shared_ptr<parquet::WriterProperties> EncoderPropertiesOf(
    const ParquetOptions& options, const std::vector<std::string>& without_dictionary,
    const std::vector<EncodedColumn>& columns, arrow::MemoryPool* pool,
    const iceberg::FileKey* key) {
  // Of an encrypted page of version 2 the encoder encrypts the levels too, where
  // parquet-mr expects them in clear and reads nothing.
  const bool has_v2_pages = options.page_version == PageVersion::kV2 && key == nullptr;
  PropertiesBuilder builder;
  builder.memory_pool(pool)
      ->version(parquet::ParquetVersion::PARQUET_2_6)
      ->data_page_version(has_v2_pages ? parquet::ParquetDataPageVersion::V2
                                       : parquet::ParquetDataPageVersion::V1)
      ->created_by(kCreatedBy)
      ->max_row_group_length(options.row_group_rows_max)
      ->data_pagesize(options.page_bytes)
      ->max_rows_per_page(options.page_rows_max)
      ->dictionary_pagesize_limit(options.dictionary_bytes_max)
      ->max_statistics_size(static_cast<size_t>(kFooterStatisticBytesMax))
      ->enable_store_decimal_as_integer()
      ->compression(CodecOf(options.codec.compression))
      ->compression_level(LevelOf(options.codec));
  if (!options.page_index) {
    builder.disable_write_page_index();
  }
  for (const std::string& path : without_dictionary) {
    builder.disable_dictionary(path);
  }
  for (const EncodedColumn& column : columns) {
    AddColumn(column, options, key != nullptr, &builder);
  }
  if (key != nullptr) {
    builder.encryption(EncryptionOf(*key));
  }
  return builder.build();
}

}  // namespace tarn::storage
