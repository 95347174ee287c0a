#include "tarn/ingest/lineage_columns.h"

#include <algorithm>

#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include "tarn/base/error.h"

namespace tarn::ingest {
namespace {

constexpr int64_t kRowsMin = 2'048;

std::string Folded(std::string_view name) {
  std::string folded(name);
  std::ranges::transform(folded, folded.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return folded;
}

bool HasColumn(const arrow::Schema& schema, const std::string& name) {
  return std::ranges::any_of(schema.fields(), [&](const auto& field) {
    return Folded(field->name()) == Folded(name);
  });
}

struct Constant {
  std::shared_ptr<arrow::Field> field;
  std::shared_ptr<arrow::Scalar> value;
  std::shared_ptr<arrow::Array> rows = nullptr;  // as many as were ever wanted
};

class LineageSource final : public Source {
 public:
  LineageSource(std::unique_ptr<Source> source, std::vector<Constant> constants)
      : source_(std::move(source)), constants_(std::move(constants)) {
    SetSchema();
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  Format format() const override { return source_->format(); }
  Result<std::vector<engine::RejectedRow>> Rejects() override {
    return source_->Rejects();
  }
  std::optional<double> progress() const override { return source_->progress(); }
  std::string note() const override { return source_->note(); }

  Status ReadAs(const arrow::Schema& wanted) override {
    RETURN_NOT_OK(source_->ReadAs(wanted));
    SetSchema();
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    ARROW_ASSIGN_OR_RAISE(const auto batch, source_->Next());
    if (batch == nullptr) {
      return batch;
    }
    arrow::ArrayVector columns = batch->columns();
    for (Constant& constant : constants_) {
      ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), Rows(&constant, batch->num_rows()));
    }
    return arrow::RecordBatch::Make(schema_, batch->num_rows(), std::move(columns));
  }

 private:
  void SetSchema() {
    arrow::FieldVector fields = source_->schema()->fields();
    for (const Constant& constant : constants_) {
      fields.push_back(constant.field);
    }
    schema_ = arrow::schema(std::move(fields), source_->schema()->metadata());
  }

  static Result<std::shared_ptr<arrow::Array>> Rows(Constant* constant, int64_t count) {
    if (constant->rows == nullptr || constant->rows->length() < count) {
      ARROW_ASSIGN_OR_RAISE(
          constant->rows,
          arrow::MakeArrayFromScalar(*constant->value, std::max(count, kRowsMin)));
    }
    return constant->rows->Slice(0, count);
  }

  std::unique_ptr<Source> source_;
  std::vector<Constant> constants_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

Lineage LineageOf(const std::string& shown, const std::string& load_id,
                  std::chrono::milliseconds now) {
  Lineage lineage{.times = {"loaded_at"}, .loaded_at = now};
  const size_t scheme_end = shown.find("://");
  const std::string scheme =
      scheme_end == std::string::npos ? "" : Folded(shown.substr(0, scheme_end));
  const bool is_postgres = scheme == "postgresql" || scheme == "postgres";
  const bool is_mysql = scheme == "mysql" || scheme == "mariadb";
  const bool is_database = is_postgres || is_mysql || scheme == "odbc";
  const bool is_web = scheme == "http" || scheme == "https";
  if (is_database) {
    lineage.texts = {
        {"source_system", is_postgres ? "postgresql" : (is_mysql ? "mysql" : "odbc")},
        {"source_url", shown}};
    lineage.times = {"scraped_at", "loaded_at"};
  } else if (is_web) {
    lineage.texts = {{"source_system", "http"}, {"source_url", shown}};
  } else if (scheme.empty() || scheme == "file" || scheme == "upload") {
    lineage.texts = {{"source_system", scheme.empty() ? "file" : scheme},
                     {"source_file", shown}};
  } else {
    const std::string place = shown.substr(scheme_end + 3);
    const size_t slash = std::min(place.find('/'), place.size());
    const bool is_s3 = scheme == "s3" || scheme == "s3a" || scheme == "s3n";
    lineage.texts = {{"source_system", is_s3 ? "s3" : scheme},
                     {"source_bucket", place.substr(0, slash)},
                     {"source_key", place.substr(std::min(slash + 1, place.size()))}};
  }
  lineage.texts.emplace_back("load_id", load_id);
  return lineage;
}

std::vector<std::string> ColumnsOf(const Lineage& lineage) {
  std::vector<std::string> names;
  for (const auto& [name, value] : lineage.texts) {
    names.push_back(name);
  }
  names.insert(names.end(), lineage.times.begin(), lineage.times.end());
  return names;
}

std::unique_ptr<Source> WithLineage(std::unique_ptr<Source> source,
                                    const Lineage& lineage,
                                    const iceberg::Schema* table) {
  std::vector<Constant> constants;
  const auto add = [&](const std::string& name, std::shared_ptr<arrow::Scalar> value) {
    const bool is_wanted =
        !HasColumn(*source->schema(), name) &&
        (table == nullptr || table->FindByNameIgnoringCase(name) != nullptr);
    if (is_wanted) {
      constants.push_back(
          {.field = arrow::field(name, value->type), .value = std::move(value)});
    }
  };
  for (const auto& [name, text] : lineage.texts) {
    add(name, std::make_shared<arrow::StringScalar>(text));
  }
  const auto instant = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  const int64_t micros =
      std::chrono::duration_cast<std::chrono::microseconds>(lineage.loaded_at).count();
  for (const std::string& name : lineage.times) {
    add(name, std::make_shared<arrow::TimestampScalar>(micros, instant));
  }
  return std::make_unique<LineageSource>(std::move(source), std::move(constants));
}

}  // namespace tarn::ingest
