#include "tarn/storage/internal/data_file_writer.h"

#include <utility>

#include <arrow/extension/uuid.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/thread_pool.h>
#include <parquet/arrow/schema.h>
#include <parquet/arrow/writer.h>
#include <parquet/file_writer.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>
#include <parquet/schema.h>

#include "tarn/base/error.h"
#include "tarn/storage/arrow_schema.h"
#include "tarn/storage/internal/catch_parquet.h"
#include "tarn/storage/internal/file_sink.h"
#include "tarn/storage/internal/footer_metrics.h"

namespace tarn::storage {
namespace {

using iceberg::Field;
using iceberg::TypeId;

constexpr char kCreatedBy[] = "tarn";
/// Larger minima and maxima stay out of the footer; manifests have their own, truncated.
constexpr size_t kFooterStatisticBytesMax = 256;
constexpr int kParallelColumnsMin = 4;

arrow::Compression::type CodecOf(Compression compression) {
  switch (compression) {
    case Compression::kNone:
      return arrow::Compression::UNCOMPRESSED;
    case Compression::kSnappy:
      return arrow::Compression::SNAPPY;
    case Compression::kGzip:
      return arrow::Compression::GZIP;
    case Compression::kZstd:
      return arrow::Compression::ZSTD;
    case Compression::kBrotli:
      return arrow::Compression::BROTLI;
    case Compression::kLz4:
      return arrow::Compression::LZ4;  // LZ4_RAW in the file, as every reader expects
                                       // today
  }
  return arrow::Compression::UNCOMPRESSED;
}

/// Data page v1, format 2.6 without INT96: what every engine of the last years reads.
std::shared_ptr<parquet::WriterProperties> PropertiesOf(const DataFileLayout& layout,
                                                        arrow::MemoryPool* pool) {
  parquet::WriterProperties::Builder builder;
  builder.memory_pool(pool)
      ->version(parquet::ParquetVersion::PARQUET_2_6)
      ->data_page_version(parquet::ParquetDataPageVersion::V1)
      ->created_by(kCreatedBy)
      ->max_row_group_length(layout.row_group_rows_max)
      ->max_statistics_size(kFooterStatisticBytesMax)
      ->enable_store_decimal_as_integer()
      ->compression(CodecOf(layout.compression));
  if (layout.compression_level) {
    builder.compression_level(*layout.compression_level);
  }
  return builder.build();
}

/// `type` with Arrow's uuid type in place of fixed_size_binary(16) where `iceberg` says
/// uuid, for which Parquet's own schema needs it (trap 50); the rows keep the plain type.
std::shared_ptr<arrow::Field> WithUuid(const Field& iceberg,
                                       const std::shared_ptr<arrow::Field>& field) {
  const std::vector<Field>& children = iceberg.type.fields();
  const auto child = [&](size_t i, const std::shared_ptr<arrow::Field>& of) {
    return WithUuid(children[i], of);
  };
  switch (iceberg.type.id()) {
    case TypeId::kUuid:
      return field->WithType(arrow::extension::uuid());
    case TypeId::kStruct: {
      arrow::FieldVector fields;
      for (size_t i = 0; i < children.size(); ++i) {
        fields.push_back(child(i, field->type()->field(static_cast<int>(i))));
      }
      return field->WithType(arrow::struct_(fields));
    }
    case TypeId::kList:
      return field->WithType(arrow::list(child(0, field->type()->field(0))));
    case TypeId::kMap: {
      const auto& map = static_cast<const arrow::MapType&>(*field->type());
      return field->WithType(std::make_shared<arrow::MapType>(
          child(0, map.key_field()), child(1, map.item_field())));
    }
    default:
      return field;
  }
}

Result<std::shared_ptr<parquet::schema::GroupNode>> ParquetSchemaOf(
    const iceberg::Schema& schema, const arrow::Schema& arrow_schema,
    const parquet::WriterProperties& properties) {
  arrow::FieldVector fields;
  for (size_t i = 0; i < schema.fields().size(); ++i) {
    fields.push_back(
        WithUuid(schema.fields()[i], arrow_schema.field(static_cast<int>(i))));
  }
  std::shared_ptr<parquet::SchemaDescriptor> descriptor;
  ARROW_RETURN_NOT_OK(CatchParquet([&] {
    return parquet::arrow::ToParquetSchema(arrow::schema(fields).get(), properties,
                                           &descriptor);
  }));
  // The descriptor owns its root: the nodes are shared under a new one that outlives it.
  const auto* root =
      static_cast<const parquet::schema::GroupNode*>(descriptor->schema_root().get());
  parquet::schema::NodeVector nodes;
  for (int i = 0; i < root->field_count(); ++i) {
    nodes.push_back(root->field(i));
  }
  return std::static_pointer_cast<parquet::schema::GroupNode>(
      parquet::schema::GroupNode::Make("table", parquet::Repetition::REQUIRED, nodes));
}

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
      : location_(std::move(location)),
        layout_(std::move(layout)),
        pool_(arrow::default_memory_pool()),
        sink_(std::make_shared<FileSink>(io, location_)) {}
  ~ParquetDataFileWriter() override { Abort(); }

  Status Init() {
    return CatchParquet([&]() -> Status {
      auto inner = parquet::ParquetFileWriter::Open(sink_, layout_->parquet_schema,
                                                    PropertiesOf(*layout_, &pool_));
      auto contents =
          std::make_unique<WatchedContents>(std::move(inner), layout_->parquet_schema);
      contents_ = contents.get();
      auto outer = std::make_unique<parquet::ParquetFileWriter>();
      outer->Open(std::move(contents));
      parquet::ArrowWriterProperties::Builder arrow_properties;
      arrow_properties.set_use_threads(layout_->encode_in_parallel);
      return parquet::arrow::FileWriter::Make(&pool_, std::move(outer),
                                              layout_->arrow_schema,
                                              arrow_properties.build(), &writer_);
    });
  }

  Status Write(const arrow::RecordBatch& batch) override {
    if (batch.num_rows() == 0) {
      return Status::OK();
    }
    ARROW_RETURN_NOT_OK(layout_->scan_plan.Scan(batch, &scanned_));
    ARROW_RETURN_NOT_OK(CatchParquet([&]() -> Status {
      if (!in_row_group_) {
        ARROW_RETURN_NOT_OK(writer_->NewBufferedRowGroup());
      }
      return writer_->WriteRecordBatch(batch);
    }));
    in_row_group_ = true;
    num_rows_ += batch.num_rows();
    return Status::OK();
  }

  Status EndRowGroup() override {
    if (!in_row_group_) {
      return Status::OK();
    }
    in_row_group_ = false;
    return CatchParquet([&] {
      contents_->row_group->Close();
      return Status::OK();
    });
  }

  Status OpenFile() override { return sink_->Open(); }
  bool is_file_open() const override { return sink_->is_open(); }
  const std::string& location() const override { return location_; }
  int64_t num_rows() const override { return num_rows_; }
  int64_t encoder_bytes() const override {
    return in_row_group_ ? pool_.bytes_allocated() : 0;
  }
  int64_t buffered_bytes() const override { return sink_->buffered_bytes(); }

  int64_t file_bytes() const override {
    const int64_t written = sink_->Tell().ValueOr(0);
    if (!in_row_group_) {
      return written;
    }
    const auto pending = contents_->row_group->estimated_buffered_stats();
    return written + contents_->row_group->total_compressed_bytes() +
           pending.def_level_bytes + pending.rep_level_bytes + pending.value_bytes +
           pending.dict_bytes;
  }

  Result<iceberg::DataFile> Close() override {
    iceberg::DataFile file;
    file.file_path = location_;
    file.record_count = num_rows_;
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
      return Status::OK();
    }));
    ARROW_ASSIGN_OR_RAISE(file.file_size_bytes, sink_->Tell());
    ARROW_RETURN_NOT_OK(sink_->Close());
    in_row_group_ = false;
    ReleaseWriter();
    return file;
  }

  void Abort() override {
    static_cast<void>(sink_->Abort());
    ReleaseWriter();
  }

 private:
  /// Parquet's writers try to end the file when they go away; the sink refuses that by
  /// then.
  void ReleaseWriter() {
    contents_ = nullptr;
    writer_.reset();
  }

  std::string location_;
  std::shared_ptr<const DataFileLayout> layout_;
  arrow::ProxyMemoryPool pool_;  // counts what the encoders hold
  std::shared_ptr<FileSink> sink_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  WatchedContents* contents_ = nullptr;  // owned by `writer_`
  ValueScanPlan::Columns scanned_;
  int64_t num_rows_ = 0;
  bool in_row_group_ = false;
};

}  // namespace

Result<std::shared_ptr<const DataFileLayout>> DataFileLayout::Make(
    std::shared_ptr<const iceberg::Schema> schema,
    std::unordered_map<iceberg::FieldId, MetricsMode> modes,
    const TableWriterOptions& options, bool may_encode_in_parallel) {
  ARROW_ASSIGN_OR_RAISE(auto arrow_schema, ArrowSchemaOf(*schema));
  const bool parallel = may_encode_in_parallel &&
                        schema->fields().size() >= kParallelColumnsMin &&
                        arrow::GetCpuThreadPoolCapacity() > 1;
  auto layout = std::make_shared<DataFileLayout>(
      DataFileLayout{.schema = schema,
                     .arrow_schema = std::move(arrow_schema),
                     .parquet_schema = nullptr,
                     .modes = modes,
                     .scan_plan = ValueScanPlan(*schema, modes),
                     .compression = options.compression,
                     .compression_level = options.compression_level,
                     .row_group_rows_max = options.row_group_rows_max,
                     .encode_in_parallel = parallel});
  ARROW_ASSIGN_OR_RAISE(
      layout->parquet_schema,
      ParquetSchemaOf(*schema, *layout->arrow_schema,
                      *PropertiesOf(*layout, arrow::default_memory_pool())));
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
