#include "tarn/storage/advise.h"

#include <algorithm>
#include <utility>

#include <arrow/record_batch.h>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/storage/internal/column_trials.h"
#include "tarn/storage/internal/encoding_trial.h"
#include "tarn/storage/internal/sample_rows.h"

namespace tarn::storage {
namespace {

using iceberg::Field;
using iceberg::TableMetadata;

constexpr char kCodecKey[] = "write.parquet.compression-codec";
constexpr char kLevelKey[] = "write.parquet.compression-level";
constexpr char kEncodingKey[] = "write.parquet.encoding";
constexpr char kDictionaryKey[] = "write.parquet.dict-encoding-enabled";

std::string KeyOf(const char* key, const std::string& column) {
  return fmt::format("{}.column.{}", key, column);
}

/// Turns what is advised for columns into as few properties as will do.
class PropertyWriter {
 public:
  PropertyWriter(const TableMetadata& metadata, const TableWriterOptions& defaults,
                 TableAdvice* advice)
      : changed_(metadata), defaults_(defaults), advice_(advice) {}

  /// The options that the table has with the properties.
  Result<ParquetOptions> Write(const Codec& codec_today) {
    const Codec codec = CommonCodec();
    if (codec != codec_today) {
      SetCodec(kCodecKey, kLevelKey, codec);
    }
    ARROW_ASSIGN_OR_RAISE(ParquetOptions options, Resolved());
    for (const ColumnAdvice& column : advice_->columns) {
      const ColumnEncoding now = EncodingIn(options, column.id);
      const ColumnEncoding& wanted = column.advised.how;
      if (now.codec != wanted.codec) {
        SetCodec(KeyOf(kCodecKey, column.name), KeyOf(kLevelKey, column.name),
                 wanted.codec);
      }
      if (now.encoding != wanted.encoding) {
        SetEncoding(column.name, wanted.encoding);
      }
    }
    return Resolved();
  }

 private:
  /// The codec by which most bytes are written.
  Codec CommonCodec() const {
    std::map<std::string, int64_t> bytes;
    Codec common;
    int64_t most = -1;
    for (const ColumnAdvice& column : advice_->columns) {
      const Codec& codec = column.advised.how.codec;
      int64_t& sum = bytes[ToString(codec)];
      sum += column.today.bytes;
      if (sum > most) {
        most = sum;
        common = codec;
      }
    }
    return common;
  }

  void Set(const std::string& key, const std::string& value) {
    advice_->properties[key] = value;
    changed_.properties[key] = value;
  }

  void SetCodec(const std::string& codec_key, const std::string& level_key,
                const Codec& codec) {
    Set(codec_key, std::string(NameOf(codec.compression)));
    if (codec.level) {
      Set(level_key, std::to_string(*codec.level));
    }
  }

  void SetEncoding(const std::string& column, std::optional<Encoding> encoding) {
    const std::string key = KeyOf(kEncodingKey, column);
    const std::string dictionary_key = KeyOf(kDictionaryKey, column);
    if (!encoding && changed_.properties.erase(key) > 0) {
      advice_->removed_properties.push_back(key);
    }
    // Plain by Iceberg's own property, which other engines know.
    if (encoding &&
        (*encoding != Encoding::kPlain || changed_.properties.contains(key))) {
      Set(key, std::string(ToString(*encoding)));
    }
    if (encoding == Encoding::kPlain || changed_.properties.contains(dictionary_key)) {
      Set(dictionary_key, encoding ? "false" : "true");
    }
  }

  Result<ParquetOptions> Resolved() const {
    ARROW_ASSIGN_OR_RAISE(const TableWriterOptions options,
                          TableWriterOptionsFor(changed_, defaults_));
    return options.parquet;
  }

  TableMetadata changed_;
  const TableWriterOptions& defaults_;
  TableAdvice* advice_;
};

/// Bloom filters cost the same whatever columns are encoded as.
ParquetOptions WithoutFilters(ParquetOptions options) {
  for (auto& [id, column] : options.columns) {
    column.bloom_filter.reset();
  }
  return options;
}

Status TryColumns(const TableMetadata& metadata, const SampledRows& sample,
                  const ParquetOptions& today, TableAdvice* advice) {
  const iceberg::Schema& schema = metadata.schema();
  for (size_t i = 0; i < schema.fields().size(); ++i) {
    const Field& field = schema.fields()[i];
    if (field.type.id() == iceberg::TypeId::kUnknown) {
      continue;  // is not stored
    }
    std::vector<std::shared_ptr<arrow::RecordBatch>> pieces;
    for (const auto& piece : sample.pieces) {
      ARROW_ASSIGN_OR_RAISE(pieces.emplace_back(),
                            piece->SelectColumns({static_cast<int>(i)}));
    }
    ARROW_ASSIGN_OR_RAISE(auto own_schema,
                          iceberg::Schema::MakeForFile(schema.id(), {field}));
    ARROW_ASSIGN_OR_RAISE(const TrialRows rows, TrialRows::Make(own_schema, pieces));
    ARROW_ASSIGN_OR_RAISE(std::vector<ColumnAdvice> columns,
                          TryEncodings(rows, field, schema, today));
    for (ColumnAdvice& column : columns) {
      if (const auto it = sample.in_files.find(column.id); it != sample.in_files.end()) {
        column.in_files = it->second;
      }
      advice->columns.push_back(std::move(column));
    }
  }
  return Status::OK();
}

/// Writes the whole sample both ways. Advice by which it does not shrink is withdrawn.
Status Verify(const TableMetadata& metadata, const SampledRows& sample,
              const ParquetOptions& today, const ParquetOptions& advised,
              TableAdvice* advice) {
  ARROW_ASSIGN_OR_RAISE(const TrialRows rows,
                        TrialRows::Make(metadata.schema_ptr(), sample.pieces));
  ARROW_ASSIGN_OR_RAISE(const TrialFigures before, rows.Try(today));
  ARROW_ASSIGN_OR_RAISE(const TrialFigures after, rows.Try(advised));
  advice->today_bytes = before.compressed_bytes();
  advice->advised_bytes = after.compressed_bytes();
  if (advice->advised_bytes < advice->today_bytes) {
    return Status::OK();
  }
  advice->advised_bytes = advice->today_bytes;
  advice->properties.clear();
  advice->removed_properties.clear();
  for (ColumnAdvice& column : advice->columns) {
    column.advised = column.today;
  }
  return Status::OK();
}

}  // namespace

std::string ToString(const ColumnEncoding& how) {
  return fmt::format("{} {}", how.encoding ? ToString(*how.encoding) : "dictionary",
                     ToString(how.codec));
}

Result<TableAdvice> AdviseEncodings(io::FileIO& io, const TableMetadata& metadata,
                                    const std::vector<iceberg::DataFile>& files,
                                    const TableWriterOptions& defaults,
                                    const AdviseOptions& options) {
  if (options.sample_bytes_max < 1 || options.files_max < 1) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        fmt::format("A sample needs at least one byte and one file, got: {}, {}",
                    options.sample_bytes_max, options.files_max));
  }
  TableAdvice advice{.num_files = static_cast<int64_t>(files.size())};
  ARROW_ASSIGN_OR_RAISE(const TableWriterOptions writing,
                        TableWriterOptionsFor(metadata, defaults));
  const ParquetOptions today = WithoutFilters(writing.parquet);
  ARROW_ASSIGN_OR_RAISE(const SampledRows sample,
                        SampleRows(io, metadata, files, options));
  advice.files_sampled = sample.files;
  advice.rows_sampled = sample.rows;
  if (sample.pieces.empty()) {
    return advice;
  }
  ARROW_RETURN_NOT_OK(TryColumns(metadata, sample, today, &advice));
  const bool changes = std::any_of(
      advice.columns.begin(), advice.columns.end(),
      [](const ColumnAdvice& column) { return column.advised.how != column.today.how; });
  ParquetOptions advised = today;
  if (changes) {
    ARROW_ASSIGN_OR_RAISE(
        advised,
        PropertyWriter(metadata, defaults, &advice).Write(WithLevel(today.codec)));
  }
  ARROW_RETURN_NOT_OK(
      Verify(metadata, sample, today, WithoutFilters(std::move(advised)), &advice));
  return advice;
}

}  // namespace tarn::storage
