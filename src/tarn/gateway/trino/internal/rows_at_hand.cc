#include "tarn/gateway/trino/internal/rows_at_hand.h"

#include <string>
#include <utility>

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>

#include "tarn/gateway/trino/trino_type.h"

namespace tarn::gateway::trino::internal {
namespace {

class RowsAtHand final : public engine::ResultStream {
 public:
  explicit RowsAtHand(std::shared_ptr<arrow::RecordBatch> rows)
      : schema_(rows->schema()), rows_(std::move(rows)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    return std::exchange(rows_, nullptr);
  }
  std::optional<int64_t> rows_changed() const override { return std::nullopt; }
  const std::string& statement_type() const override { return type_; }

 private:
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::RecordBatch> rows_;
  const std::string type_ = "DESCRIBE";
};

Result<std::unique_ptr<engine::ResultStream>> Rows(const arrow::FieldVector& fields,
                                                   int64_t count,
                                                   arrow::ArrayVector arrays) {
  return std::make_unique<RowsAtHand>(
      arrow::RecordBatch::Make(arrow::schema(fields), count, std::move(arrays)));
}

/// Bytes of a value of fixed size; 0 for the others.
int32_t FixedBytes(const TrinoType& type) {
  constexpr std::pair<const char*, int32_t> kSizes[] = {
      {"boolean", 1}, {"tinyint", 1}, {"smallint", 2}, {"integer", 4}, {"date", 4},
      {"real", 4},    {"bigint", 8},  {"double", 8},   {"time", 8},    {"uuid", 16}};
  for (const auto& [name, size] : kSizes) {
    if (type.name == name) {
      return size;
    }
  }
  if (type.name == "decimal") {
    return type.numbers.front() <= 18 ? 8 : 16;
  }
  if (type.name.starts_with("timestamp")) {
    const bool has_zone = type.name != "timestamp";
    const bool is_short = type.SecondDigits() <= (has_zone ? 3 : 6);
    return is_short ? 8 : 12;
  }
  return 0;
}

/// "decimal(2, 1)" as listings of Trino have it: "decimal(2,1)".
std::string ListedType(std::string type) {
  constexpr std::string_view kDecimal = "decimal(";
  for (size_t at = type.find(kDecimal); at != std::string::npos;
       at = type.find(kDecimal, at + 1)) {
    const size_t comma = type.find(", ", at);
    if (comma < type.find(')', at)) {
      type.erase(comma + 1, 1);
    }
  }
  return type;
}

/// What DESCRIBE OUTPUT says of a statement that is no query.
Result<std::shared_ptr<arrow::RecordBatch>> CountColumn() {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const char* text : {"rows", "", "", "", "bigint"}) {
    arrow::StringBuilder builder;
    RETURN_NOT_OK(builder.Append(text));
    ARROW_ASSIGN_OR_RAISE(arrays.emplace_back(), builder.Finish());
    fields.push_back(arrow::field("", arrow::utf8()));
  }
  arrow::BooleanBuilder aliased;
  RETURN_NOT_OK(aliased.Append(false));
  ARROW_ASSIGN_OR_RAISE(arrays.emplace_back(), aliased.Finish());
  fields.push_back(arrow::field("", arrow::boolean()));
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), 1, std::move(arrays));
}

}  // namespace

Result<std::unique_ptr<engine::ResultStream>> InputRows(
    const std::vector<std::string>& parameters) {
  arrow::Int32Builder positions;
  arrow::StringBuilder types;
  for (size_t i = 0; i < parameters.size(); ++i) {
    RETURN_NOT_OK(positions.Append(static_cast<int32_t>(i)));
    RETURN_NOT_OK(types.Append(parameters[i]));
  }
  arrow::ArrayVector arrays(2);
  ARROW_ASSIGN_OR_RAISE(arrays[0], positions.Finish());
  ARROW_ASSIGN_OR_RAISE(arrays[1], types.Finish());
  return Rows(
      {arrow::field("Position", arrow::int32()), arrow::field("Type", arrow::utf8())},
      static_cast<int64_t>(parameters.size()), std::move(arrays));
}

Result<std::unique_ptr<engine::ResultStream>> OutputRows(
    engine::ResultStream& described) {
  ARROW_ASSIGN_OR_RAISE(auto batch, described.Next());
  if (batch == nullptr || batch->num_rows() == 0) {
    ARROW_ASSIGN_OR_RAISE(batch, CountColumn());
  }
  const auto& said = static_cast<const arrow::StringArray&>(*batch->column(4));
  arrow::StringBuilder types;
  arrow::Int32Builder sizes;
  for (int64_t i = 0; i < batch->num_rows(); ++i) {
    const TrinoType type = TypeOfField(*arrow::field(
        "", arrow::null(),
        arrow::KeyValueMetadata::Make({"trino.type"}, {said.GetString(i)})));
    RETURN_NOT_OK(types.Append(ListedType(type.Display())));
    RETURN_NOT_OK(sizes.Append(FixedBytes(type)));
  }
  arrow::ArrayVector arrays = {batch->column(0), batch->column(1), batch->column(2),
                               batch->column(3), nullptr,          nullptr,
                               batch->column(5)};
  ARROW_ASSIGN_OR_RAISE(arrays[4], types.Finish());
  ARROW_ASSIGN_OR_RAISE(arrays[5], sizes.Finish());
  return Rows(
      {arrow::field("Column Name", arrow::utf8()), arrow::field("Catalog", arrow::utf8()),
       arrow::field("Schema", arrow::utf8()), arrow::field("Table", arrow::utf8()),
       arrow::field("Type", arrow::utf8()), arrow::field("Type Size", arrow::int32()),
       arrow::field("Aliased", arrow::boolean())},
      batch->num_rows(), std::move(arrays));
}

Result<std::unique_ptr<engine::ResultStream>> SessionRows(
    const std::vector<SessionRow>& rows) {
  constexpr std::array<const char*, 5> kNames = {"Name", "Value", "Default", "Type",
                                                 "Description"};
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (size_t i = 0; i < kNames.size(); ++i) {
    arrow::StringBuilder builder;
    for (const SessionRow& row : rows) {
      RETURN_NOT_OK(builder.Append(row.at(i)));
    }
    ARROW_ASSIGN_OR_RAISE(arrays.emplace_back(), builder.Finish());
    fields.push_back(arrow::field(kNames.at(i), arrow::utf8()));
  }
  return Rows(fields, static_cast<int64_t>(rows.size()), std::move(arrays));
}

}  // namespace tarn::gateway::trino::internal
