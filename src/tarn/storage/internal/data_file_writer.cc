#include "tarn/storage/internal/data_file_writer.h"

#include <chrono>
#include <unordered_set>
#include <utility>

#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/thread_pool.h>
#include <parquet/arrow/writer.h>
#include <parquet/file_writer.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>
#include <parquet/schema.h>

#include "tarn/base/error.h"
#include "tarn/iceberg/encryption.h"
#include "tarn/storage/arrow_schema.h"
#include "tarn/storage/internal/catch_parquet.h"
#include "tarn/storage/internal/distinct_columns.h"
#include "tarn/storage/internal/file_sink.h"
#include "tarn/storage/internal/footer_figures.h"
#include "tarn/storage/internal/footer_metrics.h"
#include "tarn/storage/internal/journal_entry.h"
#include "tarn/storage/internal/parquet_schema.h"
#include "tarn/storage/internal/stored_columns.h"
#include "tarn/storage/internal/stored_footer.h"

namespace tarn::storage {
namespace {

/// Adds the time until it goes to `*total`.
class Stopwatch {
 public:
  explicit Stopwatch(std::chrono::nanoseconds* total) : total_(total) {}
  ~Stopwatch() { *total_ += std::chrono::steady_clock::now() - start_; }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  std::chrono::nanoseconds* total_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Passes everything on to Parquet's own writer and remembers the current row group,
/// which parquet::arrow::FileWriter does not show: only through it can a row group be
/// ended without the next one being begun, and its size be seen.
struct WatchedContents : parquet::ParquetFileWriter::Contents {
  WatchedContents(std::unique_ptr<parquet::ParquetFileWriter> writer,
                  std::shared_ptr<parquet::schema::GroupNode> schema)
      : Contents(std::move(schema), nullptr), inner(std::move(writer)) {}

  void Close() override {
    inner->Close();
    file_metadata_ = inner->metadata();
  }
  parquet::RowGroupWriter* AppendRowGroup() override {
    return row_group = inner->AppendRowGroup();
  }
  parquet::RowGroupWriter* AppendBufferedRowGroup() override {
    return row_group = inner->AppendBufferedRowGroup();
  }
  int64_t num_rows() const override { return inner->num_rows(); }
  int num_columns() const override { return inner->num_columns(); }
  int num_row_groups() const override { return inner->num_row_groups(); }
  const std::shared_ptr<parquet::WriterProperties>& properties() const override {
    return inner->properties();
  }
  void AddKeyValueMetadata(
      const std::shared_ptr<const arrow::KeyValueMetadata>& key_value_metadata) override {
    inner->AddKeyValueMetadata(key_value_metadata);
  }

  std::unique_ptr<parquet::ParquetFileWriter> inner;
  parquet::RowGroupWriter* row_group = nullptr;  // owned by `inner`
};

class ParquetDataFileWriter : public DataFileWriter {
 public:
  ParquetDataFileWriter(io::FileIO& io, std::string location,
                        std::shared_ptr<const DataFileLayout> layout)
      : io_(io),
        location_(std::move(location)),
        layout_(std::move(layout)),
        journal_(layout_->journal, location_),
        pool_(arrow::default_memory_pool()),
        sink_(std::make_shared<FileSink>(io, location_)) {}
  ~ParquetDataFileWriter() override { Abort(); }

  Status Init() {
    ARROW_RETURN_NOT_OK(journal_.Open(layout_->table_location));
    if (layout_->key_bytes) {
      ARROW_ASSIGN_OR_RAISE(key_, iceberg::NewFileKey(*layout_->key_bytes));
    }
    return Status::OK();
  }

  /// `first`: the first rows as they are stored, by which columns are judged; nullptr for
  /// a file without rows.
  Status BeginEncoding(const arrow::RecordBatch* first) {
    std::vector<std::string> without_dictionary;
    if (first != nullptr) {
      ARROW_ASSIGN_OR_RAISE(const std::vector<bool> unrepeated,
                            ColumnsWithoutRepeats(*first));
      for (size_t i = 0; i < unrepeated.size(); ++i) {
        if (unrepeated[i]) {
          without_dictionary.push_back(
              layout_->parquet_schema->field(static_cast<int>(i))->path()->ToDotString());
        }
      }
    }
    return CatchParquet([&]() -> Status {
      auto inner = parquet::ParquetFileWriter::Open(
          sink_, layout_->parquet_schema,
          EncoderPropertiesOf(layout_->parquet, without_dictionary,
                              layout_->encoded_columns, &pool_, key_ ? &*key_ : nullptr));
      auto contents =
          std::make_unique<WatchedContents>(std::move(inner), layout_->parquet_schema);
      contents_ = contents.get();
      auto outer = std::make_unique<parquet::ParquetFileWriter>();
      outer->Open(std::move(contents));
      parquet::ArrowWriterProperties::Builder arrow_properties;
      arrow_properties.set_use_threads(layout_->encode_in_parallel);
      return parquet::arrow::FileWriter::Make(&pool_, std::move(outer),
                                              layout_->stored_arrow_schema,
                                              arrow_properties.build(), &writer_);
    });
  }

  Status Write(const arrow::RecordBatch& batch) override {
    if (batch.num_rows() == 0) {
      return Status::OK();
    }
    const Stopwatch watch(&encoding_time_);
    ARROW_RETURN_NOT_OK(layout_->scan_plan.Scan(batch, &scanned_));
    std::shared_ptr<arrow::RecordBatch> stored;
    if (!layout_->keeps_dictionary.empty()) {
      ARROW_ASSIGN_OR_RAISE(stored, dictionaries_.Fit(batch));
    } else if (layout_->changes_stored_columns) {
      ARROW_ASSIGN_OR_RAISE(
          stored, StoredColumnsOf(batch, *layout_->schema, layout_->stored_arrow_schema));
    }
    const arrow::RecordBatch& rows = stored == nullptr ? batch : *stored;
    if (writer_ == nullptr) {
      ARROW_RETURN_NOT_OK(BeginEncoding(&rows));
    }
    ARROW_RETURN_NOT_OK(CatchParquet([&]() -> Status {
      if (!in_row_group_) {
        ARROW_RETURN_NOT_OK(writer_->NewBufferedRowGroup());
      }
      return writer_->WriteRecordBatch(rows);
    }));
    num_row_groups_ = contents_->num_row_groups();
    in_row_group_ = true;
    num_rows_ += batch.num_rows();
    journal_.Progress(sink_->Tell().ValueOr(0), num_rows_);
    if (layout_->reuse != nullptr) {
      layout_->reuse->Taken();
    }
    return Status::OK();
  }

  Status EndRowGroup() override {
    if (!in_row_group_) {
      return Status::OK();
    }
    const Stopwatch watch(&encoding_time_);
    in_row_group_ = false;
    ARROW_RETURN_NOT_OK(CatchParquet([&] {
      contents_->row_group->Close();
      return Status::OK();
    }));
    dictionaries_.EndRowGroup();
    filter_bytes_ = pool_.bytes_allocated();
    TellFreed();
    return Status::OK();
  }

  Status OpenFile() override { return sink_->Open(); }
  bool is_file_open() const override { return sink_->is_open(); }
  const std::string& location() const override { return location_; }
  int64_t num_rows() const override { return num_rows_; }
  int64_t encoder_bytes() const override {
    return in_row_group_ ? pool_.bytes_allocated() - filter_bytes_ : 0;
  }
  int64_t buffered_bytes() const override { return sink_->buffered_bytes(); }
  int64_t filter_bytes() const override { return filter_bytes_; }

  int64_t upload_bytes() const override { return sink_->upload_bytes(); }
  int64_t num_row_groups() const override { return num_row_groups_; }

  int64_t settled_bytes() const override {
    return sink_->Tell().ValueOr(0) +
           (in_row_group_ ? contents_->row_group->total_compressed_bytes_written() : 0);
  }

  int64_t unsettled_bytes() const override {
    if (!in_row_group_) {
      return 0;
    }
    const auto pending = contents_->row_group->estimated_buffered_stats();
    return contents_->row_group->total_compressed_bytes() + pending.def_level_bytes +
           pending.rep_level_bytes + pending.value_bytes + pending.dict_bytes;
  }

  Result<iceberg::DataFile> Close() override {
    is_closing_ = true;
    journal_.Closing();
    Result<iceberg::DataFile> file = CloseFile();
    if (!file.ok()) {
      Abort();
      return file;
    }
    is_done_ = true;
    journal_.Closed(file->file_size_bytes, file->record_count);
    return file;
  }

  void Abort() override {
    const Status aborted = sink_->Abort();
    ReleaseWriter();
    if (is_done_) {
      return;
    }
    is_done_ = true;
    // A close that failed may have left the file under its name.
    if (aborted.ok() && (!is_closing_ || io_.Delete(location_).ok())) {
      journal_.Removed();
    }
  }

 private:
  Result<iceberg::DataFile> CloseFile() {
    iceberg::DataFile file;
    file.file_path = location_;
    file.record_count = num_rows_;
    std::optional<Stopwatch> watch(std::in_place, &encoding_time_);
    if (key_) {
      file.key_metadata = iceberg::FileKeyToBytes(*key_);
    }
    if (writer_ == nullptr) {
      ARROW_RETURN_NOT_OK(BeginEncoding(nullptr));
    }
    ARROW_RETURN_NOT_OK(CatchParquet([&]() -> Status {
      ARROW_RETURN_NOT_OK(writer_->Close());
      contents_ = nullptr;  // gone with the close
      const parquet::FileMetaData& footer = *writer_->metadata();
      if (footer.num_rows() != num_rows_) {
        return MakeError(ErrorCode::kInternal, "The footer of " + location_ + " counts " +
                                                   std::to_string(footer.num_rows()) +
                                                   " rows of " +
                                                   std::to_string(num_rows_));
      }
      ARROW_ASSIGN_OR_RAISE(file.columns, ColumnStatsOf(footer, *layout_->schema,
                                                        layout_->modes, scanned_));
      file.split_offsets = SplitOffsetsOf(footer);
      if (layout_->figures != nullptr) {
        figures_.columns = ColumnFiguresOf(footer);
      }
      return Status::OK();
    }));
    ARROW_ASSIGN_OR_RAISE(file.file_size_bytes, sink_->Tell());
    ARROW_RETURN_NOT_OK(sink_->Close());
    if (layout_->check_closed_files) {
      ARROW_RETURN_NOT_OK(CheckStoredFile(io_, file, *writer_->metadata()));
    }
    in_row_group_ = false;
    ReleaseWriter();
    watch.reset();
    Report(file);
    return file;
  }

  /// Parquet's writers try to end the file when they go away; the sink refuses that by
  /// then.
  void ReleaseWriter() {
    contents_ = nullptr;
    writer_.reset();
    filter_bytes_ = 0;
    TellFreed();
  }

  void TellFreed() {
    if (layout_->reuse != nullptr) {
      layout_->reuse->Freed();
    }
  }

  void Report(const iceberg::DataFile& file) {
    if (layout_->figures == nullptr) {
      return;
    }
    figures_.location = location_;
    figures_.rows = file.record_count;
    figures_.file_bytes = file.file_size_bytes;
    figures_.encoding = encoding_time_;
    layout_->figures->Add(figures_);
  }

  io::FileIO& io_;
  std::string location_;
  std::shared_ptr<const DataFileLayout> layout_;
  JournalEntry journal_;
  arrow::ProxyMemoryPool pool_;  // counts what the encoders hold
  std::shared_ptr<FileSink> sink_;
  std::optional<iceberg::FileKey> key_;  // of an encrypted file
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  WatchedContents* contents_ = nullptr;  // owned by `writer_`
  ValueScanPlan::Columns scanned_;
  ChunkDictionaries dictionaries_;
  FileFigures figures_;
  std::chrono::nanoseconds encoding_time_{0};
  int64_t num_rows_ = 0;
  int64_t num_row_groups_ = 0;
  int64_t filter_bytes_ = 0;
  bool in_row_group_ = false;
  bool is_closing_ = false;
  bool is_done_ = false;  // closed or aborted
};

/// Columns of text without options of their own; none if columns are changed on their
/// way.
std::vector<bool> KeptDictionaries(const iceberg::Schema& schema,
                                   const ParquetOptions& options) {
  std::vector<bool> kept;
  bool any = false;
  for (const iceberg::Field& field : schema.fields()) {
    kept.push_back(field.type.id() == iceberg::TypeId::kString &&
                   !options.columns.contains(field.id));
    any = any || kept.back();
  }
  return any && !ChangesStoredColumns(schema) ? kept : std::vector<bool>();
}

/// Columns whose statistics are switched off.
std::unordered_set<iceberg::FieldId> WithoutStatistics(const ParquetOptions& options) {
  std::unordered_set<iceberg::FieldId> ids;
  for (const auto& [id, column] : options.columns) {
    if (!column.statistics.value_or(true)) {
      ids.insert(id);
    }
  }
  return ids;
}

}  // namespace

Result<std::shared_ptr<const DataFileLayout>> DataFileLayout::Make(
    io::FileIO& io, const iceberg::TableMetadata& metadata,
    std::shared_ptr<const iceberg::Schema> schema,
    std::unordered_map<iceberg::FieldId, MetricsMode> modes,
    const TableWriterOptions& options, RowFlow flow) {
  ARROW_ASSIGN_OR_RAISE(auto arrow_schema, ArrowSchemaOf(*schema));
  ARROW_ASSIGN_OR_RAISE(auto stored_schema, StoredSchemaOf(schema));
  ARROW_ASSIGN_OR_RAISE(auto stored_arrow_schema, ArrowSchemaOf(*stored_schema));
  ARROW_ASSIGN_OR_RAISE(const auto key_bytes,
                        iceberg::ParquetKeyBytes(metadata, io.keys()));
  // Parquet's ciphers are not made for several threads. One column is as much as the
  // others together in many tables: with few of them threads only wait.
  constexpr size_t kColumnsMin = 4;
  const bool parallel = options.columns_in_parallel && flow != RowFlow::kManyFiles &&
                        !key_bytes && schema->fields().size() >= kColumnsMin &&
                        arrow::GetCpuThreadPoolCapacity() > 1;
  auto layout = std::make_shared<DataFileLayout>(DataFileLayout{
      .schema = schema,
      .arrow_schema = std::move(arrow_schema),
      .stored_schema = std::move(stored_schema),
      .stored_arrow_schema = std::move(stored_arrow_schema),
      .changes_stored_columns = ChangesStoredColumns(*schema),
      .num_leaves = 0,
      .parquet_schema = nullptr,
      .modes = modes,
      .scan_plan = ValueScanPlan(*schema, modes, WithoutStatistics(options.parquet)),
      .parquet = options.parquet,
      .encoded_columns = {},
      .encode_in_parallel = parallel,
      .keeps_dictionary = flow == RowFlow::kAsGiven
                              ? KeptDictionaries(*schema, options.parquet)
                              : std::vector<bool>(),
      .key_bytes = key_bytes,
      .table_location = metadata.location,
      .journal = options.journal,
      .check_closed_files = options.check_closed_files,
      .figures = options.figures,
      .reuse = options.reuse});
  ARROW_ASSIGN_OR_RAISE(
      layout->parquet_schema,
      ParquetSchemaOf(*layout->stored_schema, *layout->stored_arrow_schema,
                      *EncoderPropertiesOf(layout->parquet, {}, {},
                                           arrow::default_memory_pool(), nullptr)));
  parquet::SchemaDescriptor columns;
  columns.Init(layout->parquet_schema);
  layout->num_leaves = columns.num_columns();
  layout->encoded_columns = EncodedColumnsOf(layout->parquet_schema, layout->parquet);
  return layout;
}

Result<std::unique_ptr<DataFileWriter>> DataFileWriter::Open(
    io::FileIO& io, std::string location, std::shared_ptr<const DataFileLayout> layout) {
  auto writer =
      std::make_unique<ParquetDataFileWriter>(io, std::move(location), std::move(layout));
  ARROW_RETURN_NOT_OK(writer->Init());
  return writer;
}

}  // namespace tarn::storage
