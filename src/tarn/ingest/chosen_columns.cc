#include "tarn/ingest/chosen_columns.h"

#include <algorithm>
#include <set>
#include <utility>

#include <arrow/array.h>
#include <arrow/compute/cast.h>
#include <arrow/datum.h>
#include <arrow/extension_type.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/base/error.h"
#include "tarn/storage/arrow_schema.h"

namespace tarn::ingest {
namespace {

std::string Folded(std::string_view name) {
  std::string folded(name);
  std::ranges::transform(folded, folded.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return folded;
}

/// Exact, else the only one but for case; -1 if there is none.
int FindColumn(const arrow::Schema& schema, const std::string& name) {
  const int exact = schema.GetFieldIndex(name);
  if (exact >= 0) {
    return exact;
  }
  int found = -1;
  for (int i = 0; i < schema.num_fields(); ++i) {
    if (Folded(schema.field(i)->name()) != Folded(name)) {
      continue;
    }
    if (found >= 0) {
      return -1;
    }
    found = i;
  }
  return found;
}

std::string NamesOf(const arrow::Schema& schema) {
  constexpr int kShownMax = 20;
  std::string names;
  for (int i = 0; i < std::min(schema.num_fields(), kShownMax); ++i) {
    names += (i == 0 ? "" : ", ") + schema.field(i)->name();
  }
  return schema.num_fields() > kShownMax ? names + ", …" : names;
}

std::shared_ptr<arrow::DataType> StorageOf(const std::shared_ptr<arrow::DataType>& type) {
  return type->id() == arrow::Type::EXTENSION
             ? static_cast<const arrow::ExtensionType&>(*type).storage_type()
             : type;
}

/// Bytes of a UUID are not the letters of one: Arrow would take 16 letters as they are.
bool CanBecome(const arrow::DataType& from, const arrow::DataType& to) {
  const bool is_fixed = to.id() == arrow::Type::FIXED_SIZE_BINARY;
  return arrow::compute::CanCast(from, to) &&
         (!is_fixed || from.id() == arrow::Type::FIXED_SIZE_BINARY);
}

struct Column {
  ChosenColumn chosen;
  std::string source;                               // as the source writes it
  std::shared_ptr<arrow::DataType> type = nullptr;  // unset: as the source has it
  int at = -1;
  bool is_cast = false;
};

class ChosenSource final : public Source {
 public:
  static Result<std::unique_ptr<Source>> Make(std::unique_ptr<Source> source,
                                              std::vector<ChosenColumn> chosen) {
    std::unique_ptr<ChosenSource> made(new ChosenSource(std::move(source)));
    RETURN_NOT_OK(made->Choose(std::move(chosen)));
    RETURN_NOT_OK(made->source_->ReadAs(*made->WantedOf(nullptr)));
    RETURN_NOT_OK(made->SetSchema());
    return made;
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  Format format() const override { return source_->format(); }
  Result<std::vector<engine::RejectedRow>> Rejects() override {
    return source_->Rejects();
  }
  std::optional<double> progress() const override { return source_->progress(); }
  std::string note() const override { return source_->note(); }

  Status ReadAs(const arrow::Schema& wanted) override {
    RETURN_NOT_OK(source_->ReadAs(*WantedOf(&wanted)));
    return SetSchema();
  }

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    ARROW_ASSIGN_OR_RAISE(const auto batch, source_->Next());
    if (batch == nullptr) {
      return batch;
    }
    arrow::ArrayVector arrays;
    for (const Column& column : columns_) {
      std::shared_ptr<arrow::Array> array = batch->column(column.at);
      if (column.is_cast) {
        ARROW_ASSIGN_OR_RAISE(array, Cast(column, array));
      }
      arrays.push_back(std::move(array));
    }
    return arrow::RecordBatch::Make(schema_, batch->num_rows(), std::move(arrays));
  }

 private:
  explicit ChosenSource(std::unique_ptr<Source> source) : source_(std::move(source)) {}

  Status Choose(std::vector<ChosenColumn> chosen) {
    const std::shared_ptr<arrow::Schema> schema = source_->schema();
    std::set<std::string> names;
    for (ChosenColumn& one : chosen) {
      const int at = FindColumn(*schema, one.source);
      if (at < 0) {
        return MakeError(ErrorCode::kNoSuchColumn,
                         "The source has no such column (it has " + NamesOf(*schema) +
                             "): " + one.source);
      }
      if (!names.insert(Folded(one.name)).second) {
        return MakeError(ErrorCode::kInvalidArgument,
                         "Two columns would have one name: " + one.name);
      }
      Column column{.chosen = std::move(one), .source = schema->field(at)->name()};
      if (column.chosen.type) {
        ARROW_ASSIGN_OR_RAISE(column.type, storage::ArrowTypeOf(*column.chosen.type));
      }
      columns_.push_back(std::move(column));
    }
    return Status::OK();
  }

  /// What the source shall read its columns as: as was chosen, else as `table` has them.
  std::shared_ptr<arrow::Schema> WantedOf(const arrow::Schema* table) const {
    arrow::FieldVector fields;
    for (const Column& column : columns_) {
      std::shared_ptr<arrow::DataType> type = column.type;
      if (type == nullptr && table != nullptr) {
        const int at = FindColumn(*table, column.chosen.name);
        type = at < 0 ? nullptr : table->field(at)->type();
      }
      if (type != nullptr) {
        fields.push_back(arrow::field(column.source, std::move(type)));
      }
    }
    return arrow::schema(std::move(fields));
  }

  Status SetSchema() {
    const std::shared_ptr<arrow::Schema> schema = source_->schema();
    arrow::FieldVector fields;
    for (Column& column : columns_) {
      column.at = schema->GetFieldIndex(column.source);
      if (column.at < 0) {  // the source changed under us, or has two of that name
        return MakeError(
            ErrorCode::kNoSuchColumn,
            "The source has no single column of this name: " + column.source);
      }
      const std::shared_ptr<arrow::Field>& field = schema->field(column.at);
      column.is_cast = column.type != nullptr && !column.type->Equals(*field->type());
      if (column.is_cast && !CanBecome(*StorageOf(field->type()), *column.type)) {
        return MakeError(ErrorCode::kTypeMismatch,
                         "Column " + column.chosen.name + " cannot become " +
                             column.chosen.type->ToString() +
                             "; the source's values are of type " +
                             field->type()->ToString());
      }
      fields.push_back(field->WithName(column.chosen.name)
                           ->WithType(column.is_cast ? column.type : field->type()));
    }
    schema_ = arrow::schema(std::move(fields));
    return Status::OK();
  }

  static Result<std::shared_ptr<arrow::Array>> Cast(
      const Column& column, const std::shared_ptr<arrow::Array>& array) {
    const bool is_extension = array->type_id() == arrow::Type::EXTENSION;
    const auto plain = is_extension
                           ? static_cast<const arrow::ExtensionArray&>(*array).storage()
                           : array;
    const auto cast = arrow::compute::Cast(arrow::Datum(plain), column.type,
                                           arrow::compute::CastOptions::Safe());
    if (!cast.ok()) {
      return MakeError(ErrorCode::kTypeMismatch, "Column " + column.chosen.name +
                                                     " cannot become " +
                                                     column.chosen.type->ToString() +
                                                     ": " + cast.status().message());
    }
    return cast->make_array();
  }

  std::unique_ptr<Source> source_;
  std::vector<Column> columns_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

Result<std::unique_ptr<Source>> WithChosenColumns(std::unique_ptr<Source> source,
                                                  std::vector<ChosenColumn> columns) {
  if (columns.empty()) {
    return source;
  }
  return ChosenSource::Make(std::move(source), std::move(columns));
}

}  // namespace tarn::ingest
