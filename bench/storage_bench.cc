// The write path against Arrow's own Parquet writer, on rows that are in memory, in one
// process and in turn; with the time that checking the rows takes by itself.
//
//   tarn_bench_storage --data lineitem.parquet --work DIR [--runs 3] [--rows 6000000]
//   [--batch 65536] [--codec snappy] [--ways arrow_1,tarn_1,…]
//
// Prints one JSON object: seconds of each run by way, the bytes of the files, the rows.
// Ways: arrow_1, tarn_1 (one thread), arrow_2, tarn_2 (columns of a batch on both cores),
// writers_2 (two writers with half of the rows each), check (AcceptBatch alone).
//
// Files of both sides go to DIR and are synced. Arrow's writer gets the settings of ours:
// codec, pages, row groups, dictionaries, statistics, page index, decimals as integers.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/util/compression.h>
#include <arrow/util/thread_pool.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>
#include <unistd.h>

#include "tarn/base/clock.h"
#include "tarn/base/error.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/io/file_io.h"
#include "tarn/storage/arrow_schema.h"
#include "tarn/storage/internal/accept_batch.h"
#include "tarn/storage/table_writer.h"

namespace tarn {
namespace {

using Batches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

struct Options {
  std::string data;
  std::string work;
  std::string codec = "snappy";
  std::string ways = "arrow_1,tarn_1,arrow_2,tarn_2,writers_2,check";
  int64_t rows = 6'000'000;
  int64_t batch = 65'536;
  int runs = 3;
};

Options ReadOptions(int argc, char** argv) {
  Options options;
  const std::map<std::string, std::string*> texts = {{"--data", &options.data},
                                                     {"--work", &options.work},
                                                     {"--codec", &options.codec},
                                                     {"--ways", &options.ways}};
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i];
    const std::string value = argv[i + 1];
    if (const auto text = texts.find(flag); text != texts.end()) {
      *text->second = value;
    } else if (flag == "--runs") {
      options.runs = std::stoi(value);
    } else if (flag == "--rows") {
      options.rows = std::stoll(value);
    } else if (flag == "--batch") {
      options.batch = std::stoll(value);
    }
  }
  return options;
}

Result<Batches> ReadRows(const Options& options) {
  ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(options.data));
  ARROW_ASSIGN_OR_RAISE(auto reader,
                        parquet::arrow::OpenFile(file, arrow::default_memory_pool()));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Table> table, reader->ReadTable());
  ARROW_ASSIGN_OR_RAISE(table, table->Slice(0, options.rows)->CombineChunks());
  arrow::TableBatchReader batches(*table);
  batches.set_chunksize(options.batch);
  return batches.ToRecordBatches();
}

class StorageBench {
 public:
  explicit StorageBench(const Options& options) : options_(options) {}

  Status Run() {
    ARROW_ASSIGN_OR_RAISE(batches_, ReadRows(options_));
    io_ = io::MakeFileIO({});
    ARROW_RETURN_NOT_OK(MakeTable());
    for (int run = 0; run < options_.runs; ++run) {
      for (const auto& [name, way] : ways_) {
        if (("," + options_.ways + ",").find("," + name + ",") == std::string::npos) {
          continue;
        }
        std::filesystem::create_directories(options_.work);
        const auto start = std::chrono::steady_clock::now();
        ARROW_RETURN_NOT_OK(way());
        const std::chrono::duration<double> took =
            std::chrono::steady_clock::now() - start;
        seconds_[name].push_back(took.count());
        RememberBytes(name);
        std::filesystem::remove_all(options_.work);
      }
    }
    Print();
    return Status::OK();
  }

 private:
  using Way = std::pair<std::string, std::function<Status()>>;

  Status MakeTable() {
    iceberg::NewTable table;
    ARROW_ASSIGN_OR_RAISE(table.fields,
                          storage::FieldsFromArrow(*batches_.at(0)->schema()));
    table.location = io::AbsoluteLocation(options_.work + "/table");
    table.table_uuid = "9c12d441-03fe-4693-9a96-a0705ddf69c1";
    table.now = SystemClock().Now();
    ARROW_ASSIGN_OR_RAISE(metadata_, iceberg::MakeTableMetadata(table));
    ARROW_ASSIGN_OR_RAISE(writer_options_.parquet.codec,
                          storage::CodecFromString(options_.codec));
    writer_options_.memory_bytes_max = int64_t{512} << 20;
    return Status::OK();
  }

  Status WithThreads(int threads, const std::function<Status()>& work) {
    ARROW_RETURN_NOT_OK(arrow::SetCpuThreadPoolCapacity(threads));
    return work();
  }

  Status ByTarn(size_t begin, size_t end) {
    ARROW_ASSIGN_OR_RAISE(auto writer,
                          storage::TableWriter::Open(*io_, metadata_, writer_options_,
                                                     SystemClock(), SystemRandom()));
    for (size_t i = begin; i < end; ++i) {
      ARROW_RETURN_NOT_OK(writer->Append(*batches_[i]));
    }
    return writer->Finish().status();
  }

  Status ByTwoWriters() {
    const size_t half = batches_.size() / 2;
    Status other;
    std::thread thread([&] { other = ByTarn(0, half); });
    const Status own = ByTarn(half, batches_.size());
    thread.join();
    return own & other;
  }

  Result<arrow::Compression::type> ArrowCodec() const {
    using storage::Compression;
    switch (writer_options_.parquet.codec.compression) {
      case Compression::kNone:
        return arrow::Compression::UNCOMPRESSED;
      case Compression::kLz4:
        return arrow::Compression::LZ4;
      default:
        return arrow::util::Codec::GetCompressionType(
            options_.codec.substr(0, options_.codec.find(':')));
    }
  }

  Result<std::shared_ptr<parquet::WriterProperties>> ArrowProperties() const {
    const storage::ParquetOptions& parquet = writer_options_.parquet;
    ARROW_ASSIGN_OR_RAISE(const auto codec, ArrowCodec());
    parquet::WriterProperties::Builder builder;
    builder.version(parquet::ParquetVersion::PARQUET_2_6)
        ->data_page_version(parquet::ParquetDataPageVersion::V1)
        ->max_row_group_length(parquet.row_group_rows_max)
        ->data_pagesize(parquet.page_bytes)
        ->max_rows_per_page(parquet.page_rows_max)
        ->dictionary_pagesize_limit(parquet.dictionary_bytes_max)
        ->enable_store_decimal_as_integer()
        ->compression(codec);
    if (parquet.codec.level) {
      builder.compression_level(*parquet.codec.level);
    }
    if (parquet.page_index) {
      builder.enable_write_page_index();
    }
    return builder.build();
  }

  Status ByArrow(bool use_threads) {
    const std::string path = options_.work + "/arrow.parquet";
    ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::FileOutputStream::Open(path));
    ARROW_ASSIGN_OR_RAISE(const auto properties, ArrowProperties());
    parquet::ArrowWriterProperties::Builder arrow_properties;
    arrow_properties.set_use_threads(use_threads);
    ARROW_ASSIGN_OR_RAISE(auto writer,
                          parquet::arrow::FileWriter::Open(
                              *batches_[0]->schema(), arrow::default_memory_pool(), file,
                              properties, arrow_properties.build()));
    ARROW_RETURN_NOT_OK(writer->NewBufferedRowGroup());
    for (const auto& batch : batches_) {
      ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(*batch));
    }
    ARROW_RETURN_NOT_OK(writer->Close());
    if (fsync(file->file_descriptor()) != 0) {
      return Status::IOError("fsync failed: " + path);
    }
    return file->Close();
  }

  Status Check() {
    ARROW_ASSIGN_OR_RAISE(const auto schema, storage::ArrowSchemaOf(metadata_->schema()));
    int64_t rows = 0;
    for (const auto& batch : batches_) {
      // A copy: what an array has counted once it remembers.
      const auto fresh = arrow::RecordBatch::Make(batch->schema(), batch->num_rows(),
                                                  FreshColumns(*batch));
      ARROW_ASSIGN_OR_RAISE(const auto accepted,
                            storage::AcceptBatch(*fresh,
                                                 {.fields = metadata_->schema().fields(),
                                                  .schema = schema,
                                                  .reject = nullptr},
                                                 rows));
      rows += accepted->num_rows();
    }
    return Status::OK();
  }

  static arrow::ArrayVector FreshColumns(const arrow::RecordBatch& batch) {
    arrow::ArrayVector columns;
    for (const auto& column : batch.columns()) {
      auto data = column->data()->Copy();
      data->null_count = data->buffers[0] == nullptr ? 0 : arrow::kUnknownNullCount;
      columns.push_back(arrow::MakeArray(data));
    }
    return columns;
  }

  void RememberBytes(const std::string& name) {
    uintmax_t bytes = 0;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(options_.work)) {
      bytes += entry.is_regular_file() ? entry.file_size() : 0;
    }
    bytes_[name] = bytes;
  }

  void Print() const {
    int64_t rows = 0;
    for (const auto& batch : batches_) {
      rows += batch->num_rows();
    }
    std::string text = fmt::format("{{\"rows\": {}, \"seconds\": {{", rows);
    std::string comma;
    for (const auto& [name, took] : seconds_) {
      text += fmt::format("{}\"{}\": [{:.4f}]", comma, name, fmt::join(took, ", "));
      comma = ", ";
    }
    text += "}, \"bytes\": {";
    comma.clear();
    for (const auto& [name, bytes] : bytes_) {
      text += fmt::format("{}\"{}\": {}", comma, name, bytes);
      comma = ", ";
    }
    std::puts((text + "}}").c_str());
  }

  const Options options_;
  Batches batches_;
  std::unique_ptr<io::FileIO> io_;
  std::shared_ptr<const iceberg::TableMetadata> metadata_;
  storage::TableWriterOptions writer_options_;
  std::map<std::string, std::vector<double>> seconds_;
  std::map<std::string, uintmax_t> bytes_;
  const std::vector<Way> ways_ = {
      {"arrow_1", [this] { return WithThreads(1, [this] { return ByArrow(false); }); }},
      {"tarn_1",
       [this] { return WithThreads(1, [this] { return ByTarn(0, batches_.size()); }); }},
      {"arrow_2", [this] { return WithThreads(2, [this] { return ByArrow(true); }); }},
      {"tarn_2",
       [this] { return WithThreads(2, [this] { return ByTarn(0, batches_.size()); }); }},
      {"writers_2", [this] { return WithThreads(1, [this] { return ByTwoWriters(); }); }},
      {"check", [this] { return WithThreads(1, [this] { return Check(); }); }},
  };
};

}  // namespace
}  // namespace tarn

int main(int argc, char** argv) {
  const tarn::Options options = tarn::ReadOptions(argc, argv);
  if (options.data.empty() || options.work.empty() || options.batch < 1) {
    std::fputs(
        "usage: tarn_bench_storage --data FILE.parquet --work DIR [--runs N] "
        "[--rows N] [--batch N] [--codec NAME] [--ways LIST]\n",
        stderr);
    return 2;
  }
  const tarn::Status status = tarn::StorageBench(options).Run();
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.message().c_str());
    return 1;
  }
  return 0;
}
