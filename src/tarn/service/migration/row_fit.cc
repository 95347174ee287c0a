#include "tarn/service/migration/row_fit.h"

#include <algorithm>
#include <utility>

#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/compute/cast.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/base/error.h"
#include "tarn/storage/arrow_schema.h"

namespace tarn::service {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool SameName(const std::string& left, const std::string& right) {
  return std::ranges::equal(left, right, {}, Lower, Lower);
}

int FindColumn(const iceberg::Schema& schema, const std::string& name) {
  const auto& fields = schema.fields();
  auto found = std::ranges::find(fields, name, &iceberg::Field::name);
  if (found == fields.end()) {
    found = std::ranges::find_if(
        fields, [&](const iceberg::Field& field) { return SameName(field.name, name); });
  }
  return found == fields.end() ? -1 : static_cast<int>(found - fields.begin());
}

Result<std::shared_ptr<arrow::Array>> Convert(const std::shared_ptr<arrow::Array>& array,
                                              const arrow::Field& to) {
  if (array->type()->Equals(*to.type()) ||
      !arrow::compute::CanCast(*array->type(), *to.type())) {
    return array;  // the writer knows more conversions, and names what it refuses
  }
  Result<std::shared_ptr<arrow::Array>> cast =
      arrow::compute::Cast(*array, to.type(), arrow::compute::CastOptions::Safe());
  if (!cast.ok()) {
    return MakeError(ErrorCode::kTypeMismatch,
                     "Column " + to.name() + " of the destination is " +
                         to.type()->ToString() +
                         ": a value does not fit: " + cast.status().message());
  }
  return cast;
}

}  // namespace

Result<RowFit> RowFit::Make(const arrow::Schema& source,
                            const iceberg::Schema& destination) {
  RowFit fit;
  ARROW_ASSIGN_OR_RAISE(fit.schema_, storage::ArrowSchemaOf(destination));
  fit.sources_.assign(destination.fields().size(), -1);
  for (int i = 0; i < source.num_fields(); ++i) {
    const std::string& name = source.field(i)->name();
    const int place = FindColumn(destination, name);
    if (place < 0) {
      return MakeError(ErrorCode::kNoSuchColumn,
                       "The destination has no column for the source's " + name +
                           "; mode replace takes the source's schema");
    }
    int& taken = fit.sources_[static_cast<size_t>(place)];
    if (taken >= 0) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Two columns of the source go to the destination's " +
                           destination.fields()[static_cast<size_t>(place)].name);
    }
    taken = i;
  }
  for (size_t i = 0; i < fit.sources_.size(); ++i) {
    const iceberg::Field& field = destination.fields()[i];
    if (fit.sources_[i] >= 0) {
      fit.columns_.push_back(field.name);
    } else if (field.required) {
      return MakeError(ErrorCode::kConstraintViolated,
                       "The source has no column for the destination's " + field.name +
                           ", which must not be null");
    }
  }
  return fit;
}

Result<RowFit::Rows> RowFit::Apply(const arrow::RecordBatch& batch) const {
  arrow::ArrayVector all;
  arrow::ArrayVector given;
  arrow::FieldVector fields;
  arrow::FieldVector all_fields;
  for (size_t i = 0; i < sources_.size(); ++i) {
    const std::shared_ptr<arrow::Field>& field = schema_->field(static_cast<int>(i));
    if (sources_[i] < 0) {
      ARROW_ASSIGN_OR_RAISE(all.emplace_back(),
                            arrow::MakeArrayOfNull(field->type(), batch.num_rows()));
      all_fields.push_back(field);
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(auto column, Convert(batch.column(sources_[i]), *field));
    fields.push_back(arrow::field(field->name(), column->type()));
    all_fields.push_back(fields.back());
    given.push_back(column);
    all.push_back(std::move(column));
  }
  return Rows{arrow::RecordBatch::Make(arrow::schema(std::move(all_fields)),
                                       batch.num_rows(), std::move(all)),
              arrow::RecordBatch::Make(arrow::schema(std::move(fields)), batch.num_rows(),
                                       std::move(given))};
}

}  // namespace tarn::service
