// Writing rows like those of TPC-H's lineitem as they come and sorted, with the same
// memory, in one process and in turn.
//
//   tarn_bench_sort [--rows 2000000] [--memory 64MB] [--dir DIR]
//   [--by COLUMN,...] [--runs 1]
//
// Rows are made in the program; that is not timed. Prints the seconds of both, the memory
// of writers at its peak and that of the process so far, and the ratio; then reads the
// sorted files back and checks that they are sorted, each and one after the other, and
// hold as many rows. Files and spilled rows are in DIR, which is to be on a real disk.

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <vector>

#include <arrow/api.h>

#include "tarn/base/clock.h"
#include "tarn/base/error.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/io/file_io.h"
#include "tarn/storage/arrow_schema.h"
#include "tarn/storage/clustering.h"
#include "tarn/storage/data_file_reader.h"
#include "tarn/storage/table_writer.h"

namespace tarn {
namespace {

using iceberg::Type;
using Batch = std::shared_ptr<arrow::RecordBatch>;

constexpr int64_t kBatchRows = 65'536;

struct Options {
  int64_t rows = 2'000'000;
  int64_t memory = int64_t{64} << 20;
  std::string directory;
  std::vector<std::string> by = {"l_shipdate", "l_orderkey", "l_linenumber"};
  int runs = 1;
};

/// The same rows in every run: a counter hashed.
class Numbers {
 public:
  explicit Numbers(uint64_t seed) : state_(seed) {}
  uint64_t Next() {
    uint64_t bits = state_ += 0x9e37'79b9'7f4a'7c15;
    bits = (bits ^ (bits >> 30U)) * 0xbf58'476d'1ce4'e5b9;
    bits = (bits ^ (bits >> 27U)) * 0x94d0'49bb'1331'11eb;
    return bits ^ (bits >> 31U);
  }
  int64_t Below(int64_t limit) {
    return static_cast<int64_t>(Next() % static_cast<uint64_t>(limit));
  }

 private:
  uint64_t state_;
};

std::vector<iceberg::Field> LineitemColumns() {
  const std::pair<const char*, Type> columns[] = {
      {"l_orderkey", Type::Long()},         {"l_partkey", Type::Long()},
      {"l_suppkey", Type::Long()},          {"l_linenumber", Type::Int()},
      {"l_quantity", Type::Decimal(15, 2)}, {"l_extendedprice", Type::Decimal(15, 2)},
      {"l_discount", Type::Decimal(15, 2)}, {"l_tax", Type::Decimal(15, 2)},
      {"l_returnflag", Type::String()},     {"l_linestatus", Type::String()},
      {"l_shipdate", Type::Date()},         {"l_commitdate", Type::Date()},
      {"l_receiptdate", Type::Date()},      {"l_shipinstruct", Type::String()},
      {"l_shipmode", Type::String()},       {"l_comment", Type::String()}};
  std::vector<iceberg::Field> fields;
  for (const auto& [name, type] : columns) {
    fields.push_back({.id = static_cast<iceberg::FieldId>(fields.size() + 1),
                      .name = name,
                      .type = type});
  }
  return fields;
}

/// Makes rows in the order of l_orderkey, as dbgen does.
class Lineitem {
 public:
  explicit Lineitem(std::shared_ptr<arrow::Schema> schema) : schema_(std::move(schema)) {}

  Result<Batch> Next(int64_t rows) {
    arrow::ArrayVector columns;
    ARROW_RETURN_NOT_OK(Keys(rows, columns));
    for (const int64_t limit : {5'000, 10'000'000, 10, 8}) {
      ARROW_RETURN_NOT_OK(Add<arrow::Decimal128Builder>(
          rows, columns, [&] { return arrow::Decimal128(numbers_.Below(limit)); }));
    }
    ARROW_RETURN_NOT_OK(Choice({"N", "R", "A"}, rows, columns));
    ARROW_RETURN_NOT_OK(Choice({"O", "F"}, rows, columns));
    ARROW_RETURN_NOT_OK(Dates(rows, columns));
    ARROW_RETURN_NOT_OK(Choice(
        {"DELIVER IN PERSON", "COLLECT COD", "NONE", "TAKE BACK RETURN"}, rows, columns));
    ARROW_RETURN_NOT_OK(Choice({"TRUCK", "MAIL", "SHIP", "AIR", "RAIL", "FOB", "REG AIR"},
                               rows, columns));
    ARROW_RETURN_NOT_OK(Comments(rows, columns));
    return arrow::RecordBatch::Make(schema_, rows, std::move(columns));
  }

 private:
  template <typename Builder, typename Make>
  Status Add(int64_t rows, arrow::ArrayVector& columns, Make make) {
    Builder builder(schema_->field(static_cast<int>(columns.size()))->type(),
                    arrow::default_memory_pool());
    ARROW_RETURN_NOT_OK(builder.Reserve(rows));
    for (int64_t row = 0; row < rows; ++row) {
      ARROW_RETURN_NOT_OK(builder.Append(make()));
    }
    ARROW_ASSIGN_OR_RAISE(auto column, builder.Finish());
    columns.push_back(std::move(column));
    return Status::OK();
  }

  Status Keys(int64_t rows, arrow::ArrayVector& columns) {
    std::vector<int32_t> lines;
    ARROW_RETURN_NOT_OK(Add<arrow::Int64Builder>(rows, columns, [&] {
      if (line_ == lines_of_order_) {
        ++order_;
        line_ = 0;
        lines_of_order_ = static_cast<int32_t>(1 + numbers_.Below(7));
      }
      lines.push_back(++line_);
      return order_;
    }));
    for (const int64_t limit : {2'000'000, 100'000}) {
      ARROW_RETURN_NOT_OK(Add<arrow::Int64Builder>(
          rows, columns, [&] { return 1 + numbers_.Below(limit); }));
    }
    size_t next = 0;
    return Add<arrow::Int32Builder>(rows, columns, [&] { return lines[next++]; });
  }

  Status Dates(int64_t rows, arrow::ArrayVector& columns) {
    constexpr int32_t kFirstDay = 8'036;  // 1992-01-02
    for (int i = 0; i < 3; ++i) {
      ARROW_RETURN_NOT_OK(Add<arrow::Date32Builder>(rows, columns, [&] {
        return kFirstDay + static_cast<int32_t>(numbers_.Below(2'526));
      }));
    }
    return Status::OK();
  }

  Status Choice(const std::vector<std::string_view>& texts, int64_t rows,
                arrow::ArrayVector& columns) {
    return Add<arrow::StringBuilder>(rows, columns, [&] {
      return texts[static_cast<size_t>(
          numbers_.Below(static_cast<int64_t>(texts.size())))];
    });
  }

  /// Some words, 10 to 43 letters, cut anywhere.
  Status Comments(int64_t rows, arrow::ArrayVector& columns) {
    constexpr std::string_view kWords[] = {
        "furiously ", "carefully ", "regular ", "express ",  "deposits ",
        "packages ",  "requests ",  "final ",   "pending ",  "accounts ",
        "quickly ",   "ironic ",    "slyly ",   "blithely ", "theodolites "};
    std::string text;
    return Add<arrow::StringBuilder>(rows, columns, [&]() -> std::string_view {
      const auto length = static_cast<size_t>(10 + numbers_.Below(34));
      text.clear();
      while (text.size() < length) {
        text += kWords[numbers_.Below(15)];
      }
      text.resize(length);
      return text;
    });
  }

  std::shared_ptr<arrow::Schema> schema_;
  Numbers numbers_{42};
  int64_t order_ = 0;
  int32_t line_ = 0;
  int32_t lines_of_order_ = 0;
};

int64_t PeakBytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1'024;
}

/// Of all threads.
double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double Megabytes(int64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

class Bench {
 public:
  explicit Bench(Options options) : options_(std::move(options)) {}

  Status Run() {
    io_ = io::MakeFileIO({});
    ARROW_RETURN_NOT_OK(MakeTable());
    double best[2] = {0, 0};
    for (int run = 0; run < options_.runs; ++run) {
      for (const auto ordering :
           {storage::RowOrdering::kGiven, storage::RowOrdering::kTable}) {
        ARROW_ASSIGN_OR_RAISE(const double seconds, Write(ordering));
        double& least = best[ordering == storage::RowOrdering::kTable ? 1 : 0];
        least = run == 0 ? seconds : std::min(least, seconds);
      }
    }
    std::printf("sorted / unsorted: %.2f\n", best[1] / best[0]);
    return CheckSorted();
  }

 private:
  Status MakeTable() {
    iceberg::NewTable table;
    table.fields = LineitemColumns();
    table.location = options_.directory + "/lineitem";
    table.table_uuid = NewUuid(SystemRandom());
    table.now = SystemClock().Now();
    iceberg::SortOrder order{.id = iceberg::SortOrderId{1}};
    std::vector<iceberg::Field> of_order;
    for (const std::string& name : options_.by) {
      const auto field =
          std::find_if(table.fields.begin(), table.fields.end(),
                       [&](const auto& column) { return column.name == name; });
      if (field == table.fields.end()) {
        return MakeError(ErrorCode::kNoSuchColumn, "No such column: " + name);
      }
      order.fields.push_back({.source_ids = {field->id}});
      of_order.push_back(*field);
    }
    table.sort_order = order;
    ARROW_ASSIGN_OR_RAISE(order_schema_, iceberg::Schema::MakeForFile({}, of_order));
    ARROW_ASSIGN_OR_RAISE(metadata_, iceberg::MakeTableMetadata(table));
    ARROW_ASSIGN_OR_RAISE(schema_, storage::ArrowSchemaOf(metadata_->schema()));
    return Status::OK();
  }

  Result<double> Write(storage::RowOrdering ordering) {
    Remove();
    const auto memory = std::make_shared<storage::WriteMemory>(options_.memory);
    storage::TableWriterOptions writing;
    writing.file_bytes_max = int64_t{512} << 20;
    writing.memory = memory;
    writing.memory_bytes_max = options_.memory;
    writing.spill_directory = options_.directory + "/spill";
    writing.ordering = ordering;
    ARROW_ASSIGN_OR_RAISE(const auto writer,
                          storage::TableWriter::Open(*io_, metadata_, writing,
                                                     SystemClock(), SystemRandom()));
    Lineitem source(schema_);
    std::chrono::duration<double> took{0};  // without making the rows
    double cpu = 0;
    for (int64_t row = 0; row < options_.rows; row += kBatchRows) {
      ARROW_ASSIGN_OR_RAISE(const Batch batch,
                            source.Next(std::min(kBatchRows, options_.rows - row)));
      const auto start = std::chrono::steady_clock::now();
      const double cpu_start = CpuSeconds();
      ARROW_RETURN_NOT_OK(writer->Append(*batch));
      cpu += CpuSeconds() - cpu_start;
      took += std::chrono::steady_clock::now() - start;
    }
    const auto start = std::chrono::steady_clock::now();
    const double cpu_start = CpuSeconds();
    ARROW_ASSIGN_OR_RAISE(files_, writer->Finish());
    cpu += CpuSeconds() - cpu_start;
    took += std::chrono::steady_clock::now() - start;
    int64_t bytes = 0;
    for (const iceberg::DataFile& file : files_) {
      bytes += file.file_size_bytes;
    }
    std::printf(
        "%-8s %8.2f s (%.2f s of CPU), %5.2f M rows/s, %zu files of %.0f MB, writers' "
        "memory %.0f MB, process %.0f MB\n",
        ordering == storage::RowOrdering::kTable ? "sorted" : "unsorted", took.count(),
        cpu, static_cast<double>(options_.rows) / took.count() / 1e6, files_.size(),
        Megabytes(bytes), Megabytes(memory->usage().peak), Megabytes(PeakBytes()));
    std::fflush(stdout);
    return took.count();
  }

  void Remove() {
    for (const auto& file : files_) {
      const Status ignored = io_->Delete(file.file_path);
    }
    files_.clear();
  }

  Status CheckSorted() {
    int64_t rows = 0;
    Batch last;
    for (const auto& file : files_) {
      ARROW_ASSIGN_OR_RAISE(const auto reader, storage::DataFileReader::Open(
                                                   *io_, *metadata_, file, {}, nullptr,
                                                   {.schema = order_schema_}));
      while (true) {
        ARROW_ASSIGN_OR_RAISE(const Batch batch, reader->Next());
        if (batch == nullptr) {
          break;
        }
        if (batch->num_rows() == 0) {
          continue;
        }
        ARROW_RETURN_NOT_OK(CheckBatch(last, batch, file.file_path));
        rows += batch->num_rows();
        last = batch->Slice(batch->num_rows() - 1);
      }
    }
    if (rows != options_.rows) {
      return Status::Invalid("Rows written and read differ: ", options_.rows, ", ", rows);
    }
    std::printf("verified: %lld rows in %zu files are sorted\n",
                static_cast<long long>(rows), files_.size());
    Remove();
    return Status::OK();
  }

  /// A sort of rows that are sorted, the last one of the rows before among them, changes
  /// nothing.
  Status CheckBatch(const Batch& last, const Batch& batch,
                    const std::string& file) const {
    storage::RecordBatches together = {batch};
    if (last != nullptr) {
      together.insert(together.begin(), last);
    }
    ARROW_ASSIGN_OR_RAISE(const auto sorted,
                          storage::SortRows(together, *order_schema_,
                                            metadata_->sort_order(), int64_t{1} << 30));
    ARROW_ASSIGN_OR_RAISE(const Batch given, arrow::ConcatenateRecordBatches(together));
    ARROW_ASSIGN_OR_RAISE(const Batch expected, arrow::ConcatenateRecordBatches(sorted));
    for (int column = 0; column < given->num_columns(); ++column) {
      if (!given->column(column)->Equals(*expected->column(column))) {
        return Status::Invalid("Rows are not sorted: ", file);
      }
    }
    return Status::OK();
  }

  const Options options_;
  std::unique_ptr<io::FileIO> io_;
  std::shared_ptr<const iceberg::TableMetadata> metadata_;
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<const iceberg::Schema> order_schema_;  // the order's columns
  std::vector<iceberg::DataFile> files_;
};

Result<int64_t> NumberOf(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, text.data() + text.size());
  if (error != std::errc() || number < 1 || (!unit.empty() && unit != "MB")) {
    return Status::Invalid("Not a number: ", text);
  }
  return unit.empty() ? number : number << 20;
}

Result<Options> ParseOptions(int argc, char** argv) {
  Options options;
  options.directory =
      (std::filesystem::temp_directory_path() / "tarn-bench-sort").string();
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--rows") {
      ARROW_ASSIGN_OR_RAISE(options.rows, NumberOf(value));
    } else if (name == "--memory") {
      ARROW_ASSIGN_OR_RAISE(options.memory, NumberOf(value));
    } else if (name == "--dir") {
      options.directory = io::AbsoluteLocation(value);
    } else if (name == "--runs") {
      ARROW_ASSIGN_OR_RAISE(const int64_t runs, NumberOf(value));
      options.runs = static_cast<int>(runs);
    } else if (name == "--by") {
      options.by.clear();
      for (size_t begin = 0; begin <= value.size();) {
        const size_t end = std::min(value.find(',', begin), value.size());
        options.by.push_back(value.substr(begin, end - begin));
        begin = end + 1;
      }
    } else {
      return Status::Invalid("Unknown option: ", name);
    }
  }
  return options;
}

Status Main(int argc, char** argv) {
  ARROW_ASSIGN_OR_RAISE(const Options options, ParseOptions(argc, argv));
  return Bench(options).Run();
}

}  // namespace
}  // namespace tarn

int main(int argc, char** argv) {
  const arrow::Status status = tarn::Main(argc, argv);
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
    return 1;
  }
  return 0;
}
