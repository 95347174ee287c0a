#include "tarn/engine/internal/arrow_rows.h"

#include <algorithm>

#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <duckdb/common/arrow/arrow_converter.hpp>
#include <duckdb/common/type_visitor.hpp>
#include <duckdb/common/types/vector.hpp>
#include <duckdb/function/table/arrow/arrow_duck_schema.hpp>
#include <duckdb/main/client_context.hpp>

namespace tarn::engine {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;

constexpr int64_t kBatchRows = 65'536;
/// Nested texts are not counted, so that batches with some are kept short.
constexpr int64_t kNestedBatchRows = 8'192;

bool IsText(const LogicalType& type) {
  return type.InternalType() == duckdb::PhysicalType::VARCHAR;
}

bool Contains(const LogicalType& type, LogicalTypeId id) {
  return duckdb::TypeVisitor::Contains(type, id);
}

int64_t TextBytes(duckdb::Vector& column, duckdb::idx_t count) {
  duckdb::UnifiedVectorFormat format;
  column.ToUnifiedFormat(count, format);
  const auto* texts = duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(format);
  int64_t bytes = 0;
  for (duckdb::idx_t i = 0; i < count; ++i) {
    const auto at = format.sel->get_index(i);
    if (format.validity.RowIsValid(at)) {
      bytes += static_cast<int64_t>(texts[at].GetSize());
    }
  }
  return bytes;
}

}  // namespace

ArrowRows::ArrowRows(duckdb::ClientContext& context,
                     const duckdb::vector<LogicalType>& types,
                     const duckdb::vector<std::string>& names)
    : context_(context), names_(names), properties_(context.GetClientProperties()) {
  for (const LogicalType& type : types) {
    types_.push_back(EncodedTypeOf(type));
  }
  if (types_ != types) {
    encoder_ = duckdb::make_uniq<ValueEncoder>(context);
  }
  properties_.time_zone = "UTC";
  properties_.arrow_offset_size = duckdb::ArrowOffsetSize::REGULAR;
  properties_.arrow_use_list_view = false;
  properties_.produce_arrow_string_view = false;
  // Else UUIDs become text.
  properties_.arrow_lossless_conversion = std::any_of(
      types_.begin(), types_.end(),
      [](const LogicalType& type) { return Contains(type, LogicalTypeId::UUID); });
  const bool nested =
      std::any_of(types_.begin(), types_.end(),
                  [](const LogicalType& type) { return type.IsNested(); });
  rows_max_ = nested ? kNestedBatchRows : kBatchRows;
}

duckdb::DataChunk& ArrowRows::Encode(duckdb::DataChunk& chunk) {
  if (encoder_ == nullptr) {
    return chunk;
  }
  encoded_.Destroy();
  encoded_.Initialize(context_, types_, std::max<duckdb::idx_t>(1, chunk.size()));
  for (duckdb::idx_t i = 0; i < chunk.ColumnCount(); ++i) {
    encoder_->Encode(chunk.data[i], encoded_.data[i], chunk.size());
  }
  encoded_.SetCardinality(chunk.size());
  return encoded_;
}

void ArrowRows::Append(duckdb::DataChunk& rows) {
  duckdb::DataChunk& chunk = Encode(rows);
  if (appender_ == nullptr) {
    appender_ = duckdb::make_uniq<duckdb::ArrowAppender>(
        types_, static_cast<duckdb::idx_t>(rows_max_), properties_,
        duckdb::ArrowTypeExtensionData::GetExtensionTypes(context_, types_));
  }
  for (duckdb::idx_t i = 0; i < chunk.ColumnCount(); ++i) {
    if (IsText(types_[i])) {
      text_bytes_ += TextBytes(chunk.data[i], chunk.size());
    }
  }
  appender_->Append(chunk, 0, chunk.size(), chunk.size());
  rows_ += static_cast<int64_t>(chunk.size());
}

Result<std::shared_ptr<arrow::RecordBatch>> ArrowRows::Take() {
  if (schema_ == nullptr) {
    ArrowSchema exported;
    duckdb::ArrowConverter::ToArrowSchema(&exported, types_, names_, properties_);
    ARROW_ASSIGN_OR_RAISE(schema_, arrow::ImportSchema(&exported));
  }
  ArrowArray array = appender_->Finalize();
  appender_.reset();
  rows_ = 0;
  text_bytes_ = 0;
  return arrow::ImportRecordBatch(&array, schema_);
}

}  // namespace tarn::engine
