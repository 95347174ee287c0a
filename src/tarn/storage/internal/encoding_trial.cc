#include "tarn/storage/internal/encoding_trial.h"

#include <utility>

#include <arrow/io/memory.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/file_writer.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>
#include <parquet/schema.h>
#include <parquet/statistics.h>

#include "tarn/storage/arrow_schema.h"
#include "tarn/storage/internal/catch_parquet.h"
#include "tarn/storage/internal/encoder_properties.h"
#include "tarn/storage/internal/footer_figures.h"
#include "tarn/storage/internal/parquet_schema.h"
#include "tarn/storage/internal/stored_columns.h"

namespace tarn::storage {
namespace {

using SteadyClock = std::chrono::steady_clock;

std::map<iceberg::FieldId, int64_t> NullsOf(const parquet::FileMetaData& footer) {
  std::map<iceberg::FieldId, int64_t> nulls;
  for (int i = 0; i < footer.num_columns(); ++i) {
    const iceberg::FieldId id = FieldIdOf(*footer.schema()->Column(i)->schema_node());
    for (int group = 0; group < footer.num_row_groups(); ++group) {
      const auto statistics = footer.RowGroup(group)->ColumnChunk(i)->statistics();
      if (statistics != nullptr && statistics->HasNullCount()) {
        nulls[id] += statistics->null_count();
      }
    }
  }
  return nulls;
}

}  // namespace

int64_t TrialFigures::encoded_bytes() const {
  int64_t bytes = 0;
  for (const auto& [id, column] : columns) {
    bytes += column.encoded_bytes;
  }
  return bytes;
}

int64_t TrialFigures::compressed_bytes() const {
  int64_t bytes = 0;
  for (const auto& [id, column] : columns) {
    bytes += column.compressed_bytes;
  }
  return bytes;
}

Result<TrialRows> TrialRows::Make(
    const std::shared_ptr<const iceberg::Schema>& schema,
    const std::vector<std::shared_ptr<arrow::RecordBatch>>& pieces) {
  TrialRows rows;
  ARROW_ASSIGN_OR_RAISE(const auto stored, StoredSchemaOf(schema));
  ARROW_ASSIGN_OR_RAISE(rows.arrow_schema_, ArrowSchemaOf(*stored));
  ARROW_ASSIGN_OR_RAISE(
      rows.parquet_schema_,
      ParquetSchemaOf(*stored, *rows.arrow_schema_,
                      *EncoderPropertiesOf({}, {}, {}, arrow::default_memory_pool(),
                                           /*key=*/nullptr)));
  const bool changes = ChangesStoredColumns(*schema);
  for (const auto& piece : pieces) {
    rows.pieces_.push_back(piece);
    if (changes) {
      ARROW_ASSIGN_OR_RAISE(rows.pieces_.back(),
                            StoredColumnsOf(*piece, *schema, rows.arrow_schema_));
    }
  }
  return rows;
}

Result<TrialFigures> TrialRows::Try(const ParquetOptions& options) const {
  TrialFigures figures;
  arrow::MemoryPool* pool = arrow::default_memory_pool();
  ARROW_ASSIGN_OR_RAISE(auto sink, arrow::io::BufferOutputStream::Create());
  ARROW_RETURN_NOT_OK(CatchParquet([&]() -> Status {
    const auto start = SteadyClock::now();
    auto encoder = parquet::ParquetFileWriter::Open(
        sink, parquet_schema_,
        EncoderPropertiesOf(options, {}, EncodedColumnsOf(parquet_schema_, options), pool,
                            /*key=*/nullptr));
    std::unique_ptr<parquet::arrow::FileWriter> writer;
    ARROW_RETURN_NOT_OK(parquet::arrow::FileWriter::Make(
        pool, std::move(encoder), arrow_schema_,
        parquet::ArrowWriterProperties::Builder().build(), &writer));
    for (const auto& piece : pieces_) {
      ARROW_RETURN_NOT_OK(writer->NewBufferedRowGroup());
      ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(*piece));
    }
    ARROW_RETURN_NOT_OK(writer->Close());
    figures.write = SteadyClock::now() - start;
    figures.columns = ColumnFiguresOf(*writer->metadata());
    figures.nulls = NullsOf(*writer->metadata());
    return Status::OK();
  }));
  ARROW_ASSIGN_OR_RAISE(const auto file, sink->Finish());
  ARROW_RETURN_NOT_OK(CatchParquet([&]() -> Status {
    const auto start = SteadyClock::now();
    ARROW_ASSIGN_OR_RAISE(
        auto reader,
        parquet::arrow::OpenFile(std::make_shared<arrow::io::BufferReader>(file), pool));
    ARROW_RETURN_NOT_OK(reader->ReadTable().status());
    figures.read = SteadyClock::now() - start;
    return Status::OK();
  }));
  return figures;
}

}  // namespace tarn::storage
