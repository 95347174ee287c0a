#include "tarn/gateway/flight/internal/bulk_ingest.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/base/error.h"
#include "tarn/ingest/load.h"

namespace tarn::gateway::flight {
namespace {

constexpr char kSchemaOfClients[] = "default";  // where names without a schema lead

class UploadSource : public ingest::Source {
 public:
  UploadSource(std::shared_ptr<arrow::Schema> schema, Upload& upload)
      : schema_(std::move(schema)), upload_(upload) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  ingest::Format format() const override { return ingest::Format::kArrow; }
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override { return upload_.Next(); }
  Result<std::vector<engine::RejectedRow>> Rejects() override {
    return std::vector<engine::RejectedRow>();
  }
  std::optional<double> progress() const override { return std::nullopt; }

 private:
  const std::shared_ptr<arrow::Schema> schema_;
  Upload& upload_;
};

Status Check(const table::Context& context, const StatementIngest& ingest) {
  const auto refuse = [](const char* what) {
    return MakeError(ErrorCode::kNotSupported, what);
  };
  if (ingest.table.empty()) {
    return MakeError(ErrorCode::kInvalidArgument, "The ingestion names no table");
  }
  if (ingest.is_temporary) {
    return refuse("Rows cannot be ingested into temporary tables");
  }
  if (!ingest.transaction.empty()) {
    return refuse(
        "Bulk ingestion is a commit of its own: it cannot be part of a transaction");
  }
  if (ingest.catalog && !ingest.catalog->empty() &&
      *ingest.catalog != context.catalog.name()) {
    return refuse("Rows are ingested into the warehouse's own catalog only");
  }
  return Status::OK();
}

Result<bool> Exists(const table::Context& context, const iceberg::TableIdent& ident) {
  const auto loaded = context.catalog.LoadTable(ident);
  if (loaded.ok()) {
    return true;
  }
  const ErrorCode code = CodeOf(loaded.status());
  if (code == ErrorCode::kNoSuchTable || code == ErrorCode::kNoSuchNamespace) {
    return false;
  }
  return loaded.status();
}

/// The table may come or go meanwhile: Load looks again.
Result<ingest::LoadMode> ModeOf(const StatementIngest& ingest, bool exists) {
  if (!exists) {
    if (ingest.if_missing == IfMissing::kFail) {
      return MakeError(ErrorCode::kNoSuchTable, "Table does not exist: " + ingest.table);
    }
    return ingest::LoadMode::kCreate;
  }
  switch (ingest.if_exists) {
    case IfExists::kAppend:
      return ingest::LoadMode::kAppend;
    case IfExists::kReplace:
      return ingest::LoadMode::kReplace;
    case IfExists::kUnspecified:
    case IfExists::kFail:
      break;
  }
  return MakeError(ErrorCode::kAlreadyExists, "Table already exists: " + ingest.table);
}

}  // namespace

Result<int64_t> Ingest(const table::Context& context, const Caller& caller,
                       const StatementIngest& ingest, Upload& upload) {
  RETURN_NOT_OK(Check(context, ingest));
  ingest::LoadRequest request;
  request.into = {
      .ns = iceberg::NamespaceFromString(ingest.schema.value_or(kSchemaOfClients)),
      .name = ingest.table};
  request.source = "the client's rows";
  ARROW_ASSIGN_OR_RAISE(const bool exists, Exists(context, request.into));
  ARROW_ASSIGN_OR_RAISE(request.mode, ModeOf(ingest, exists));
  request.summary["tarn.source-format"] = "flight-sql";
  request.cancelled = caller.is_gone;
  ARROW_ASSIGN_OR_RAISE(auto schema, upload.schema());
  UploadSource source(std::move(schema), upload);
  ARROW_ASSIGN_OR_RAISE(const auto loaded, ingest::Load(context, source, request));
  return loaded.rows_loaded;
}

}  // namespace tarn::gateway::flight
