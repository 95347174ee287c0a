// Writes gigabytes into a thousand partitions at once, into nothing, and says how much
// memory that took.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <vector>

#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>

#include "tarn/base/clock.h"
#include "tarn/storage/arrow_schema.h"
#include "tarn/storage/table_writer.h"
#include "tarn/testing/null_file_io.h"

namespace tarn {
namespace {

constexpr int64_t kMiB = int64_t{1} << 20;
constexpr int64_t kBatchRows = 8'192;
constexpr int64_t kTextBytes = 1'000;

struct Options {
  int64_t gigabytes = 50;
  int64_t partitions = 1'000;
  int64_t memory_mb = 256;
  int64_t open_files = 1'000;
};

Result<std::shared_ptr<const iceberg::TableMetadata>> MakeTable() {
  iceberg::NewTable table;
  table.fields = {iceberg::Field{.id = 1, .name = "k", .type = iceberg::Type::Long()},
                  iceberg::Field{.id = 2, .name = "n", .type = iceberg::Type::Long()},
                  iceberg::Field{.id = 3, .name = "t", .type = iceberg::Type::String()}};
  table.spec.fields.push_back(
      {.source_ids = {1}, .name = "k", .transform = iceberg::Identity{}});
  table.location = "/nowhere/partitions";
  table.table_uuid = "9c12d441-03fe-4693-9a96-a0705ddf69c1";
  return iceberg::MakeTableMetadata(table);
}

/// Rows whose keys go round and whose texts do not compress.
Result<std::shared_ptr<arrow::RecordBatch>> MakeBatch(
    const std::shared_ptr<arrow::Schema>& schema, int64_t first, int64_t partitions) {
  arrow::Int64Builder keys;
  arrow::Int64Builder numbers;
  arrow::StringBuilder texts;
  uint64_t random = static_cast<uint64_t>(first) + 1;
  std::string text(static_cast<size_t>(kTextBytes), ' ');
  for (int64_t n = first; n < first + kBatchRows; ++n) {
    RETURN_NOT_OK(keys.Append(n % partitions));
    RETURN_NOT_OK(numbers.Append(n));
    for (char& c : text) {
      random = random * 6364136223846793005 + 1442695040888963407;
      c = static_cast<char>('0' + (random >> 58U));
    }
    RETURN_NOT_OK(texts.Append(text));
  }
  return arrow::RecordBatch::Make(schema, kBatchRows,
                                  {*keys.Finish(), *numbers.Finish(), *texts.Finish()});
}

Status Run(const Options& options) {
  ARROW_ASSIGN_OR_RAISE(const auto metadata, MakeTable());
  ARROW_ASSIGN_OR_RAISE(const auto schema, storage::ArrowSchemaOf(metadata->schema()));
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  for (int64_t i = 0; i < 8; ++i) {
    ARROW_ASSIGN_OR_RAISE(batches.emplace_back(),
                          MakeBatch(schema, i * kBatchRows, options.partitions));
  }
  const auto memory = std::make_shared<storage::WriteMemory>(options.memory_mb * kMiB);
  storage::TableWriterOptions writing;
  writing.memory = memory;
  writing.open_files_max = static_cast<int32_t>(options.open_files);
  writing.check_closed_files = false;  // there is nothing to read again
  writing.parquet.codec = {storage::Compression::kNone, {}};
  writing.parquet.columns[iceberg::FieldId{3}].dictionary = false;
  testing::NullFileIO sink;
  ARROW_ASSIGN_OR_RAISE(
      auto writer,
      storage::TableWriter::Open(sink, metadata, writing, SystemClock(), SystemRandom()));
  const auto start = std::chrono::steady_clock::now();
  const int64_t bytes_max = options.gigabytes * 1'000'000'000;
  int64_t bytes = 0;
  for (size_t i = 0; bytes < bytes_max; ++i) {
    RETURN_NOT_OK(writer->Append(*batches[i % batches.size()]));
    bytes += kBatchRows * (kTextBytes + 16);
  }
  ARROW_ASSIGN_OR_RAISE(const auto files, writer->Finish());
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  rusage resources = {};
  ::getrusage(RUSAGE_SELF, &resources);
  const storage::WriteMemory::Usage usage = memory->usage();
  std::cout << fmt::format(
      "{} partitions, {:.1f} GB of rows in {:.1f} s, {} files of {:.2f} MB\n"
      "peak of the process {} MiB, of the budget {} of {} MiB; row groups ended early: "
      "{}\n",
      options.partitions, static_cast<double>(bytes) / 1e9, seconds.count(), files.size(),
      static_cast<double>(sink.bytes_written()) / 1e6 / static_cast<double>(files.size()),
      resources.ru_maxrss / 1024, usage.peak / kMiB, usage.bytes_max / kMiB,
      usage.early_flushes);
  return Status::OK();
}

int Main(int argc, char** argv) {
  Options options;
  const std::vector<int64_t*> settings = {&options.gigabytes, &options.partitions,
                                          &options.memory_mb, &options.open_files};
  for (int i = 1; i < argc; ++i) {
    const int64_t value = std::atoll(argv[i]);
    if (value < 1 || static_cast<size_t>(i) > settings.size()) {
      std::cerr << "usage: tarn_bench_partitions [GB [PARTITIONS [MEMORY_MIB "
                   "[OPEN_FILES]]]]\n";
      return 2;
    }
    *settings[static_cast<size_t>(i) - 1] = value;
  }
  const Status status = Run(options);
  if (!status.ok()) {
    std::cerr << status.ToString() << '\n';
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace tarn

int main(int argc, char** argv) { return tarn::Main(argc, argv); }
