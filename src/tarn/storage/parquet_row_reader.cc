#include "tarn/storage/parquet_row_reader.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <parquet/metadata.h>
#include <parquet/schema.h>
#include <parquet/types.h>

#include "tarn/base/error.h"
#include "tarn/storage/internal/parquet_input.h"

namespace tarn::storage {
namespace {

constexpr int64_t kBatchRowsMax = 32'768;
constexpr double kBatchBytesMax = 16 << 20;

bool IsPlainLeaf(const parquet::ColumnDescriptor& leaf) {
  if (leaf.physical_type() == parquet::Type::INT96) {
    return false;
  }
  const auto& logical = leaf.logical_type();
  if (logical == nullptr || logical->is_none()) {
    return leaf.physical_type() != parquet::Type::FIXED_LEN_BYTE_ARRAY;
  }
  if (logical->is_timestamp()) {
    return static_cast<const parquet::TimestampLogicalType&>(*logical).time_unit() !=
           parquet::LogicalType::TimeUnit::NANOS;
  }
  return logical->is_string() || logical->is_int() || logical->is_date() ||
         logical->is_decimal();
}

/// Of the types that Arrow makes of plain leaves; a writer may have noted others.
bool IsPlainType(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::LIST:
    case arrow::Type::STRUCT:
    case arrow::Type::MAP:
      return std::ranges::all_of(
          type.fields(), [](const auto& field) { return IsPlainType(*field->type()); });
    case arrow::Type::TIMESTAMP: {
      const std::string& zone = static_cast<const arrow::TimestampType&>(type).timezone();
      return zone.empty() || zone == "UTC";
    }
    case arrow::Type::BOOL:
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
    case arrow::Type::DECIMAL128:
    case arrow::Type::DATE32:
      return true;
    default:
      return arrow::is_integer(type.id());
  }
}

bool NamesDiffer(const arrow::FieldVector& fields) {
  std::set<std::string> names;
  return std::ranges::all_of(fields, [&](const auto& field) {
    std::string name = field->name();
    std::ranges::transform(name, name.begin(), [](unsigned char c) {
      return static_cast<char>(std::tolower(c));
    });
    return names.insert(std::move(name)).second && NamesDiffer(field->type()->fields());
  });
}

/// What the columns mean, without metadata.
std::shared_ptr<arrow::Schema> WithoutDictionaries(const arrow::Schema& schema) {
  arrow::FieldVector fields = schema.fields();
  for (auto& field : fields) {
    if (field->type()->id() == arrow::Type::DICTIONARY) {
      field = field->WithType(
          static_cast<const arrow::DictionaryType&>(*field->type()).value_type());
    }
  }
  return arrow::schema(std::move(fields));
}

class ParquetRowReaderImpl final : public ParquetRowReader {
 public:
  explicit ParquetRowReaderImpl(std::unique_ptr<ParquetInput> input)
      : input_(std::move(input)) {}

  Status Init() {
    return input_->Run([&]() -> Status {
      std::shared_ptr<arrow::Schema> schema;
      ARROW_RETURN_NOT_OK(input_->reader().GetSchema(&schema));
      const parquet::SchemaDescriptor& columns = *input_->footer().schema();
      schema = WithoutDictionaries(*schema);
      is_plain_ = NamesDiffer(schema->fields());
      for (int i = 0; i < columns.num_columns(); ++i) {
        is_plain_ = is_plain_ && IsPlainLeaf(*columns.Column(i));
      }
      for (const auto& field : schema->fields()) {
        is_plain_ = is_plain_ && IsPlainType(*field->type());
      }
      schema_ = std::move(schema);
      leaves_.resize(static_cast<size_t>(columns.num_columns()));
      std::iota(leaves_.begin(), leaves_.end(), 0);
      return Status::OK();
    });
  }

  const std::shared_ptr<arrow::Schema>& schema() const override { return schema_; }
  bool is_plain() const override { return is_plain_; }
  int64_t num_rows() const override { return input_->footer().num_rows(); }

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    while (true) {
      if (batches_ == nullptr) {
        if (++row_group_ >= input_->footer().num_row_groups()) {
          return std::shared_ptr<arrow::RecordBatch>();
        }
        ARROW_RETURN_NOT_OK(input_->Run([&] { return OpenRowGroup(); }));
      }
      std::shared_ptr<arrow::RecordBatch> batch;
      ARROW_RETURN_NOT_OK(input_->Run([&] { return batches_->ReadNext(&batch); }));
      if (batch == nullptr) {
        batches_.reset();
      } else if (batch->num_rows() > 0) {
        return batch;
      }
    }
  }

 private:
  Status OpenRowGroup() {
    const auto group = input_->footer().RowGroup(row_group_);
    const auto rows = static_cast<double>(std::max<int64_t>(group->num_rows(), 1));
    const double row_bytes =
        std::max(static_cast<double>(group->total_byte_size()) / rows, 1.0);
    input_->reader().set_batch_size(std::clamp<int64_t>(
        static_cast<int64_t>(kBatchBytesMax / row_bytes), 1, kBatchRowsMax));
    return input_->reader().GetRecordBatchReader({row_group_}, leaves_).Value(&batches_);
  }

  const std::unique_ptr<ParquetInput> input_;
  std::shared_ptr<arrow::Schema> schema_;
  bool is_plain_ = false;
  std::vector<int> leaves_;
  int row_group_ = -1;
  std::unique_ptr<arrow::RecordBatchReader> batches_;
};

}  // namespace

Result<std::unique_ptr<ParquetRowReader>> ParquetRowReader::Open(
    io::FileIO& io, const std::string& location) {
  ARROW_ASSIGN_OR_RAISE(auto input,
                        ParquetInput::Open(io, location, std::nullopt, std::nullopt,
                                           ParquetInput::Dictionaries::kKept));
  auto reader = std::make_unique<ParquetRowReaderImpl>(std::move(input));
  ARROW_RETURN_NOT_OK(reader->Init());
  return reader;
}

}  // namespace tarn::storage
