#include "tarn/ingest/internal/column_mapping.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/compute/cast.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>

#include "tarn/base/error.h"

namespace tarn::ingest::internal {
namespace {

enum class Fit { kAsIs, kCast, kNo };

bool SameIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) {
                      return std::tolower(x) == std::tolower(y);
                    });
}

bool IsText(const arrow::DataType& type) {
  return arrow::is_string(type.id()) || type.id() == arrow::Type::STRING_VIEW;
}
bool IsBytes(const arrow::DataType& type) {
  return arrow::is_binary(type.id()) || type.id() == arrow::Type::BINARY_VIEW;
}

bool HasZone(const arrow::DataType& type) {
  return !static_cast<const arrow::TimestampType&>(type).timezone().empty();
}

const arrow::DataType& ValueTypeOf(const arrow::DataType& type) {
  if (type.id() == arrow::Type::DICTIONARY) {
    return *static_cast<const arrow::DictionaryType&>(type).value_type();
  }
  if (type.id() == arrow::Type::EXTENSION) {
    return *static_cast<const arrow::ExtensionType&>(type).storage_type();
  }
  return type;
}

Fit FitNumber(const arrow::DataType& from, const arrow::DataType& to) {
  const bool to_float = arrow::is_floating(to.id());
  if (arrow::is_integer(from.id())) {
    // A safe cast refuses single values that do not fit, so a narrower integer is fine
    // too.
    return arrow::is_integer(to.id()) || to_float || arrow::is_decimal(to.id())
               ? Fit::kCast
               : Fit::kNo;
  }
  if (arrow::is_floating(from.id())) {
    return to_float && to.id() >= from.id() ? Fit::kCast : Fit::kNo;
  }
  return arrow::is_decimal(to.id()) ? Fit::kCast : Fit::kNo;
}

Fit FitTime(const arrow::DataType& from, const arrow::DataType& to) {
  if (to.id() != arrow::Type::TIMESTAMP) {
    if (arrow::is_date(from.id())) {
      return arrow::is_date(to.id()) ? Fit::kCast : Fit::kNo;
    }
    return arrow::is_time(from.id()) && arrow::is_time(to.id()) ? Fit::kCast : Fit::kNo;
  }
  if (from.id() == arrow::Type::TIMESTAMP) {
    return HasZone(from) == HasZone(to) ? Fit::kCast : Fit::kNo;
  }
  return arrow::is_date(from.id()) && !HasZone(to) ? Fit::kCast : Fit::kNo;
}

Fit FitOf(const arrow::DataType& source, const arrow::DataType& to) {
  if (source.Equals(to)) {
    return Fit::kAsIs;
  }
  if (source.id() == arrow::Type::NA) {
    return Fit::kCast;
  }
  const arrow::DataType& from = ValueTypeOf(source);
  if (from.Equals(to)) {
    return Fit::kCast;
  }
  if (from.id() == arrow::Type::DURATION) {
    return to.id() == arrow::Type::INT64 ? Fit::kCast : Fit::kNo;
  }
  if (IsText(from)) {
    return IsText(to) ? Fit::kCast : Fit::kNo;
  }
  if (IsBytes(from)) {
    return IsBytes(to) || to.id() == arrow::Type::FIXED_SIZE_BINARY ? Fit::kCast
                                                                    : Fit::kNo;
  }
  if (arrow::is_numeric(from.id()) || arrow::is_decimal(from.id())) {
    return FitNumber(from, to);
  }
  if (arrow::is_temporal(from.id())) {
    return FitTime(from, to);
  }
  // Nested: the writer decides, it knows the rules for fields by name.
  if (arrow::is_nested(from.id())) {
    return from.id() == to.id() || arrow::is_list_like(from.id()) ? Fit::kAsIs : Fit::kNo;
  }
  return Fit::kNo;
}

/// Index of the table's column that a source column named `name` fills.
Result<std::optional<size_t>> FindColumn(const std::vector<iceberg::Field>& fields,
                                         const std::string& name) {
  std::optional<size_t> found;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == name) {
      return i;
    }
    if (!SameIgnoringCase(fields[i].name, name)) {
      continue;
    }
    if (found) {
      return MakeError(
          ErrorCode::kNoSuchColumn,
          "The table has several columns that differ from the source's only in case: " +
              name);
    }
    found = i;
  }
  return found;
}

std::string NamesOf(const std::vector<iceberg::Field>& fields) {
  constexpr size_t kShown = 20;
  std::string names;
  for (size_t i = 0; i < std::min(fields.size(), kShown); ++i) {
    names += (i == 0 ? "" : ", ") + fields[i].name;
  }
  return fields.size() > kShown ? names + ", …" : names;
}

}  // namespace

ColumnMapping::ColumnMapping(std::vector<Column> columns,
                             std::shared_ptr<arrow::Schema> target,
                             std::string table_name)
    : columns_(std::move(columns)),
      target_(std::move(target)),
      table_name_(std::move(table_name)) {}

Result<ColumnMapping> ColumnMapping::Make(const arrow::Schema& source,
                                          const iceberg::Schema& table,
                                          std::shared_ptr<arrow::Schema> target,
                                          std::string table_name) {
  const std::vector<iceberg::Field>& fields = table.fields();
  std::vector<Column> columns(fields.size());
  for (int i = 0; i < source.num_fields(); ++i) {
    const std::string& name = source.field(i)->name();
    ARROW_ASSIGN_OR_RAISE(const std::optional<size_t> at, FindColumn(fields, name));
    if (!at) {
      return MakeError(ErrorCode::kNoSuchColumn,
                       "The source has a column that table " + table_name +
                           " does not have (it has " + NamesOf(fields) + "): " + name);
    }
    if (columns[*at].source >= 0) {
      return MakeError(ErrorCode::kNoSuchColumn,
                       "Two columns of the source go to one column of table " +
                           table_name + ": " + fields[*at].name);
    }
    const arrow::DataType& from = *source.field(i)->type();
    const arrow::DataType& to = *target->field(static_cast<int>(*at))->type();
    const Fit fit = FitOf(from, to);
    if (fit == Fit::kNo) {
      return MakeError(
          ErrorCode::kTypeMismatch,
          "Column " + name + " of table " + table_name + " is " +
              fields[*at].type.ToString() +
              "; the source's values of this type do not go there without loss: " +
              from.ToString());
    }
    columns[*at] = {.source = i, .cast = fit == Fit::kCast};
  }
  for (size_t i = 0; i < fields.size(); ++i) {
    if (columns[i].source < 0 && fields[i].required) {
      return MakeError(
          ErrorCode::kConstraintViolated,
          "Table " + table_name +
              " requires a column that the source does not have: " + fields[i].name);
    }
  }
  return ColumnMapping(std::move(columns), std::move(target), std::move(table_name));
}

Result<std::shared_ptr<arrow::RecordBatch>> ColumnMapping::Apply(
    const arrow::RecordBatch& batch) const {
  std::vector<std::shared_ptr<arrow::Array>> arrays(columns_.size());
  std::vector<std::shared_ptr<arrow::Field>> fields(columns_.size());
  for (size_t i = 0; i < columns_.size(); ++i) {
    const auto& field = target_->field(static_cast<int>(i));
    const Column& column = columns_[i];
    if (column.source < 0) {
      ARROW_ASSIGN_OR_RAISE(arrays[i],
                            arrow::MakeArrayOfNull(field->type(), batch.num_rows()));
    } else if (column.cast) {
      const auto cast =
          arrow::compute::Cast(arrow::Datum(batch.column(column.source)), field->type(),
                               arrow::compute::CastOptions::Safe());
      if (!cast.ok()) {
        return MakeError(
            ErrorCode::kTypeMismatch,
            "Column " + field->name() + " of table " + table_name_ +
                " cannot take a value of the source: " + cast.status().message());
      }
      arrays[i] = cast->make_array();
    } else {
      arrays[i] = batch.column(column.source);
    }
    fields[i] = field->WithType(arrays[i]->type());
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), batch.num_rows(),
                                  std::move(arrays));
}

}  // namespace tarn::ingest::internal
