#include "tarn/service/work/reject_table.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/table_builder.h>
#include <arrow/type.h>

#include "tarn/base/error.h"
#include "tarn/ingest/load.h"
#include "tarn/ingest/source.h"
#include "tarn/service/work/job_snapshot.h"

namespace tarn::service {
namespace {

constexpr size_t kBatchRows = 8'192;

class RejectSource final : public ingest::Source {
 public:
  explicit RejectSource(const RejectedLoad& rejected)
      : rejected_(rejected),
        schema_(arrow::schema(
            {arrow::field("load_id", arrow::utf8()),
             arrow::field("source", arrow::utf8()), arrow::field("line", arrow::int64()),
             arrow::field("column_name", arrow::utf8()),
             arrow::field("value", arrow::utf8()), arrow::field("reason", arrow::utf8()),
             arrow::field("rejected_at",
                          arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"))})) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  ingest::Format format() const override { return ingest::Format::kArrow; }
  std::optional<double> progress() const override { return std::nullopt; }
  Result<std::vector<engine::RejectedRow>> Rejects() override {
    return std::vector<engine::RejectedRow>();
  }

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    if (at_ == rejected_.rows.size()) {
      return std::shared_ptr<arrow::RecordBatch>();
    }
    ARROW_ASSIGN_OR_RAISE(const auto builder,
                          arrow::RecordBatchBuilder::Make(
                              schema_, arrow::default_memory_pool(), kBatchRows));
    const size_t end = std::min(at_ + kBatchRows, rejected_.rows.size());
    const int64_t micros =
        std::chrono::duration_cast<std::chrono::microseconds>(rejected_.at).count();
    for (; at_ < end; ++at_) {
      const engine::RejectedRow& row = rejected_.rows[at_];
      RETURN_NOT_OK(Text(*builder, 0, rejected_.load_id));
      RETURN_NOT_OK(Text(*builder, 1, row.file));
      RETURN_NOT_OK(builder->GetFieldAs<arrow::Int64Builder>(2)->Append(row.line));
      RETURN_NOT_OK(Text(*builder, 3, row.column));
      RETURN_NOT_OK(Text(*builder, 4, row.text));
      RETURN_NOT_OK(Text(*builder, 5, row.message));
      RETURN_NOT_OK(builder->GetFieldAs<arrow::TimestampBuilder>(6)->Append(micros));
    }
    return builder->Flush();
  }

 private:
  static Status Text(arrow::RecordBatchBuilder& builder, int column,
                     const std::string& text) {
    return builder.GetFieldAs<arrow::StringBuilder>(column)->Append(text);
  }

  const RejectedLoad& rejected_;
  const std::shared_ptr<arrow::Schema> schema_;
  size_t at_ = 0;
};

}  // namespace

iceberg::TableIdent RejectTableOf(const iceberg::TableIdent& table) {
  return {.ns = table.ns, .name = table.name + "__rejects"};
}

Status KeepRejects(const table::Context& context, const iceberg::TableIdent& table,
                   const RejectedLoad& rejected) {
  ingest::LoadRequest request;
  request.into = RejectTableOf(table);
  request.source = "rejected rows of " + table.ToString();
  request.summary = {{kJobIdProperty, rejected.load_id}};
  // Another load may make the table meanwhile.
  for (int attempt = 0;; ++attempt) {
    ARROW_ASSIGN_OR_RAISE(const auto kept, FindJobSnapshot(context.catalog, request.into,
                                                           rejected.load_id));
    if (kept) {
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(const bool exists, context.catalog.TableExists(request.into));
    request.mode = exists ? ingest::LoadMode::kAppend : ingest::LoadMode::kCreate;
    RejectSource source(rejected);
    const Status status = ingest::Load(context, source, request).status();
    if (status.ok() || CodeOf(status) != ErrorCode::kAlreadyExists || attempt > 0) {
      return status;
    }
  }
}

}  // namespace tarn::service
