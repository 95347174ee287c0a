#include "tarn/engine/internal/result_stream.h"

#include <arrow/array/builder_binary.h>
#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <duckdb/common/arrow/arrow_appender.hpp>
#include <duckdb/common/arrow/arrow_converter.hpp>
#include <duckdb/common/arrow/arrow_util.hpp>
#include <duckdb/common/vector_operations/vector_operations.hpp>
#include <duckdb/function/table/arrow/arrow_duck_schema.hpp>
#include <duckdb/main/chunk_scan_state/query_result.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/main/materialized_query_result.hpp>
#include <duckdb/main/stream_query_result.hpp>

#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/query_meter.h"
#include "tarn/engine/internal/transaction.h"
#include "tarn/engine/internal/value_encoder.h"

namespace tarn::engine {
namespace {

constexpr duckdb::idx_t kBatchRows = 16'384;

/// The count of rows that INSERT and the like give; CREATE TABLE AS gives one too, but
/// DuckDB's properties deny it.
std::optional<int64_t> CountOf(duckdb::QueryResult& result) {
  if (result.type != duckdb::QueryResultType::MATERIALIZED_RESULT) {
    return {};
  }
  if (result.properties.return_type == duckdb::StatementReturnType::QUERY_RESULT) {
    return {};
  }
  auto& rows = result.Cast<duckdb::MaterializedQueryResult>();
  if (rows.RowCount() != 1 || rows.ColumnCount() != 1) {
    return {};
  }
  const duckdb::Value count = rows.GetValue(0, 0);
  if (count.IsNull() || !count.type().IsIntegral()) {
    return {};
  }
  return count.GetValue<int64_t>();
}

/// DuckDB's cast of a VARIANT that is NULL gives the JSON text "null".
void KeepNulls(duckdb::Vector& from, duckdb::idx_t count, duckdb::Vector* to) {
  duckdb::UnifiedVectorFormat format;
  from.ToUnifiedFormat(count, format);
  to->Flatten(count);
  for (duckdb::idx_t row = 0; row < count; ++row) {
    if (!format.validity.RowIsValid(format.sel->get_index(row))) {
      duckdb::FlatVector::SetNull(*to, row, true);
    }
  }
}

class QueryStream final : public ResultStream {
 public:
  QueryStream(std::shared_ptr<SessionConnection> connection,
              duckdb::unique_ptr<duckdb::QueryResult> result, std::string statement_type,
              std::string sql)
      : connection_(std::move(connection)),
        statement_(connection_->statement),
        result_(std::move(result)),
        statement_type_(std::move(statement_type)),
        sql_(std::move(sql)),
        meter_(MeterState::Of(*connection_->duckdb.context)) {}

  ~QueryStream() override {
    if (ended_ || result_->type != duckdb::QueryResultType::STREAM_RESULT) {
      return;
    }
    if (connection_->statement != statement_) {
      return;  // DuckDB has ended it for the newer one
    }
    // Reading on after an interrupt is what makes DuckDB end the query and its
    // transaction.
    connection_->duckdb.Interrupt();
    try {
      while (result_->Fetch() != nullptr) {
      }
    } catch (const std::exception&) {
      ended_ = true;  // the interrupt, as asked for
    }
  }

  Status Open(const std::vector<TrinoColumn>& columns) {
    duckdb::ClientContext& context = *connection_->duckdb.context;
    for (const duckdb::LogicalType& type : result_->types) {
      types_.push_back(WithJson(type));
    }
    ArrowSchema exported;
    duckdb::ArrowConverter::ToArrowSchema(&exported, types_, result_->names,
                                          result_->client_properties);
    ARROW_ASSIGN_OR_RAISE(schema_, arrow::ImportSchema(&exported));
    RETURN_NOT_OK(SetTrinoTypes(columns));
    rows_changed_ = CountOf(*result_);
    context.RunFunctionInTransaction(
        [&] {
          extensions_ =
              duckdb::ArrowTypeExtensionData::GetExtensionTypes(context, types_);
        },
        /*requires_valid_transaction=*/false);
    scan_ = duckdb::make_uniq<duckdb::QueryResultChunkScanState>(*result_);
    return Status::OK();
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  std::optional<int64_t> rows_changed() const override { return rows_changed_; }
  const std::string& statement_type() const override { return statement_type_; }

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    if (ended_) {
      return nullptr;
    }
    if (connection_->statement != statement_) {
      return MakeError(ErrorCode::kCancelled,
                       "The result ended when the session's next statement began");
    }
    const MeteredTurn turn(*meter_);
    const bool has_variants = types_ != result_->types;
    auto batch =
        CatchDuckDb(sql_, [&] { return has_variants ? FetchAsJson() : Fetch(); });
    if (!batch.ok() || *batch == nullptr) {
      ended_ = true;
    }
    return batch;
  }

 private:
  Status SetTrinoTypes(const std::vector<TrinoColumn>& columns) {
    for (size_t i = 0; i < columns.size(); ++i) {
      auto facts = arrow::key_value_metadata({"trino.type"}, {columns[i].type});
      if (!columns[i].zone.empty()) {
        facts->Append("trino.zone", columns[i].zone);
      }
      const int index = static_cast<int>(i);
      const auto& field = schema_->field(index);
      ARROW_ASSIGN_OR_RAISE(schema_,
                            schema_->SetField(index, field->WithMergedMetadata(facts)));
    }
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::RecordBatch>> Fetch() {
    ArrowArray array;
    duckdb::idx_t rows = 0;
    duckdb::ErrorData error;
    const bool ok = duckdb::ArrowUtil::TryFetchChunk(
        *scan_, result_->client_properties, kBatchRows, &array, rows, error, extensions_);
    if (!ok) {
      return connection_->ErrorOf(error, sql_);
    }
    if (rows == 0) {
      if (result_->HasError()) {
        return connection_->ErrorOf(result_->GetErrorObject(), sql_);
      }
      return nullptr;
    }
    return arrow::ImportRecordBatch(&array, schema_);
  }

  /// Arrow has no variants of DuckDB's kind: clients get them as JSON.
  Result<std::shared_ptr<arrow::RecordBatch>> FetchAsJson() {
    const auto rows = result_->Fetch();
    if (result_->HasError()) {
      return connection_->ErrorOf(result_->GetErrorObject(), sql_);
    }
    if (rows == nullptr || rows->size() == 0) {
      return nullptr;
    }
    duckdb::ClientContext& context = *connection_->duckdb.context;
    duckdb::DataChunk converted;
    converted.InitializeEmpty(types_);
    for (duckdb::idx_t i = 0; i < rows->ColumnCount(); ++i) {
      if (types_[i] == result_->types[i]) {
        converted.data[i].Reference(rows->data[i]);
        continue;
      }
      duckdb::Vector json(types_[i], rows->size());
      duckdb::VectorOperations::Cast(context, rows->data[i], json, rows->size());
      KeepNulls(rows->data[i], rows->size(), &json);
      converted.data[i].Reference(json);
    }
    converted.SetCardinality(rows->size());
    duckdb::ArrowAppender appender(types_, rows->size(), result_->client_properties,
                                   extensions_);
    appender.Append(converted, 0, rows->size(), rows->size());
    ArrowArray array = appender.Finalize();
    return arrow::ImportRecordBatch(&array, schema_);
  }

  std::shared_ptr<SessionConnection> connection_;
  uint64_t statement_;
  duckdb::unique_ptr<duckdb::QueryResult> result_;
  std::string statement_type_;
  std::string sql_;
  std::shared_ptr<QueryMeter> meter_;
  duckdb::vector<duckdb::LogicalType> types_;  // those of the result, VARIANT as JSON
  std::shared_ptr<arrow::Schema> schema_;
  duckdb::unordered_map<duckdb::idx_t,
                        const duckdb::shared_ptr<duckdb::ArrowTypeExtensionData>>
      extensions_;
  duckdb::unique_ptr<duckdb::QueryResultChunkScanState> scan_;
  std::optional<int64_t> rows_changed_;
  bool ended_ = false;
};

class BatchResult final : public ResultStream {
 public:
  BatchResult(std::string statement_type, std::shared_ptr<arrow::Schema> schema,
              std::shared_ptr<arrow::RecordBatch> batch)
      : statement_type_(std::move(statement_type)),
        schema_(std::move(schema)),
        batch_(std::move(batch)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    return std::exchange(batch_, nullptr);
  }
  std::optional<int64_t> rows_changed() const override { return {}; }
  const std::string& statement_type() const override { return statement_type_; }

 private:
  std::string statement_type_;
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::RecordBatch> batch_;
};

}  // namespace

Status SessionConnection::ErrorOf(const duckdb::ErrorData& data, std::string_view sql) {
  auto commit =
      duckdb.context->registered_state->GetOrCreate<CommitError>(CommitError::kKey);
  if (auto status = commit->Take()) {
    return *status;
  }
  return StatusOf(data, sql);
}

Result<std::unique_ptr<ResultStream>> StreamOf(
    std::shared_ptr<SessionConnection> connection,
    duckdb::unique_ptr<duckdb::QueryResult> result, std::string statement_type,
    std::string sql, const std::vector<TrinoColumn>& columns) {
  if (result->HasError()) {
    return connection->ErrorOf(result->GetErrorObject(), sql);
  }
  if (result->properties.return_type == duckdb::StatementReturnType::NOTHING &&
      !CountOf(*result).has_value()) {
    return EmptyResult(std::move(statement_type));
  }
  auto stream = std::make_unique<QueryStream>(std::move(connection), std::move(result),
                                              std::move(statement_type), std::move(sql));
  RETURN_NOT_OK(stream->Open(columns));
  return stream;
}

std::unique_ptr<ResultStream> EmptyResult(std::string statement_type) {
  return std::make_unique<BatchResult>(std::move(statement_type), arrow::schema({}),
                                       nullptr);
}

Result<std::unique_ptr<ResultStream>> TextResult(std::string statement_type,
                                                 const std::vector<std::string>& columns,
                                                 const std::vector<TextRow>& rows) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (size_t i = 0; i < columns.size(); ++i) {
    fields.push_back(arrow::field(columns[i], arrow::utf8()));
    arrow::StringBuilder builder;
    for (const TextRow& row : rows) {
      RETURN_NOT_OK(row[i].has_value() ? builder.Append(*row[i]) : builder.AppendNull());
    }
    ARROW_ASSIGN_OR_RAISE(auto array, builder.Finish());
    arrays.push_back(std::move(array));
  }
  auto schema = arrow::schema(std::move(fields));
  auto batch = rows.empty()
                   ? nullptr
                   : arrow::RecordBatch::Make(schema, static_cast<int64_t>(rows.size()),
                                              std::move(arrays));
  return std::make_unique<BatchResult>(std::move(statement_type), std::move(schema),
                                       std::move(batch));
}

std::unique_ptr<ResultStream> RowsResult(std::string statement_type,
                                         std::shared_ptr<arrow::RecordBatch> rows) {
  auto schema = rows->schema();
  return std::make_unique<BatchResult>(std::move(statement_type), std::move(schema),
                                       rows->num_rows() == 0 ? nullptr : std::move(rows));
}

}  // namespace tarn::engine
