// Planning of scans over many data files, without their bytes.
//
//   tarn_bench_plan --make DIR [--files 100000] [--manifests 1000] [--codec deflate]
//   tarn_bench_plan --table DIR [--threads 2] [--runs 5]
//
// The first writes a table's metadata: synthetic data files of a table of twelve columns,
// partitioned by day and by a bucket of the customer, a day for each manifest. The second
// plans it cold and warm, in full and selective, and prints one JSON object of
// milliseconds; bench/plan_bench.py runs both and compares with other engines.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/error.h"
#include "tarn/iceberg/manifest_columns.h"
#include "tarn/iceberg/table_update.h"
#include "tarn/iceberg/value.h"
#include "tarn/io/file_io.h"
#include "tarn/table/manifest_cache.h"
#include "tarn/table/scan.h"

namespace tarn {
namespace {

using iceberg::Expression;
using iceberg::FieldId;
using iceberg::Operation;
using iceberg::Type;
using iceberg::Value;

constexpr iceberg::SnapshotId kSnapshot{{7'000'000'000'000'000'001}};
constexpr int32_t kFirstDay = 19'000;
constexpr int64_t kRowsPerFile = 250'000;

struct Options {
  std::string make;
  std::string table;
  int files = 100'000;
  int manifests = 1'000;
  std::string codec = "deflate";
  int threads = 2;
  int runs = 5;
};

std::vector<iceberg::Field> Fields() {
  const std::vector<std::pair<const char*, Type>> columns = {
      {"id", Type::Long()},         {"ts", Type::TimestampTz()},
      {"day", Type::Date()},        {"customer_id", Type::Long()},
      {"quantity", Type::Int()},    {"price", Type::Decimal(12, 2)},
      {"discount", Type::Double()}, {"tax", Type::Float()},
      {"region", Type::String()},   {"status", Type::String()},
      {"comment", Type::String()},  {"flag", Type::Boolean()}};
  std::vector<iceberg::Field> fields;
  for (const auto& [name, type] : columns) {
    fields.push_back({.id = static_cast<FieldId>(fields.size() + 1),
                      .name = name,
                      .type = type,
                      .required = fields.empty()});
  }
  return fields;
}

Result<std::shared_ptr<const iceberg::TableMetadata>> NewTable(
    const std::string& location) {
  iceberg::NewTable table;
  table.fields = Fields();
  table.spec.fields = {
      {.source_ids = {3}, .name = "day", .transform = iceberg::Identity{}},
      {.source_ids = {4}, .name = "customer_bucket", .transform = iceberg::Bucket{16}}};
  table.location = location;
  table.table_uuid = "7d7a8a9c-3c4e-4b6f-8d2b-0d4f7b1c9e11";
  table.now = std::chrono::milliseconds(1'700'000'000'000);
  return iceberg::MakeTableMetadata(table);
}

/// The bounds of column `id` in file number `file`, whose rows are of `day`.
std::pair<Value, Value> BoundsOf(FieldId id, int file, int32_t day) {
  const int64_t first = int64_t{file} * kRowsPerFile;
  const int64_t midnight = int64_t{day} * 86'400'000'000;
  const auto text = [&](const char* word, int n) {
    return std::string(word) + std::to_string(n);
  };
  switch (id) {
    case 1:
      return {first, first + kRowsPerFile - 1};
    case 2:
      return {midnight + file % 1000, midnight + 86'399'000'000 - file % 1000};
    case 3:
      return {day, day};
    case 4:
      return {int64_t{file % 97}, int64_t{1'000'000} + file % 89};
    case 5:
      return {int32_t{1}, int32_t{50}};
    case 6:
      return {iceberg::int128_t{90'000 + file % 1000}, iceberg::int128_t{10'494'950}};
    case 7:
      return {0.0, 0.1};
    case 8:
      return {0.0F, 0.08F + static_cast<float>(file % 3)};
    case 9:
      return {text("AFRICA", file % 3), text("MIDDLE EAST", file % 5)};
    case 10:
      return {std::string("F"), std::string("P")};
    case 11:
      return {text("about the furi", file % 10), text("zzle. carefull", file % 10)};
    default:
      return {false, true};
  }
}

iceberg::DataFile MakeFile(const std::string& location,
                           const std::vector<iceberg::Field>& fields, int number,
                           int32_t day) {
  iceberg::DataFile file;
  const int32_t bucket = number % 16;
  char name[160];
  std::snprintf(name, sizeof name,
                "/data/day=%s/customer_bucket=%d/%05d-%d-2f6c1b1e-9a54-4d38-b9c3-"
                "%012x.parquet",
                iceberg::ValueToString(Type::Date(), day).c_str(), bucket, number % 1000,
                number, static_cast<unsigned>(number) * 2654435761u);
  file.file_path = location + name;
  file.partition = {day, bucket};
  file.record_count = kRowsPerFile - number % 7;
  file.file_size_bytes = 20'000'000 + (number * 7919) % 1'000'000;
  file.split_offsets = {4};
  for (const iceberg::Field& field : fields) {
    iceberg::ColumnStats stats{.field_id = field.id};
    stats.column_size = 1'000'000 + (number * 31 + field.id * 977) % 500'000;
    stats.value_count = file.record_count;
    stats.null_count = field.id == 11 ? number % 100 : 0;
    if (field.id == 7 || field.id == 8) {
      stats.nan_count = 0;
    }
    const auto [lower, upper] = BoundsOf(field.id, number, day);
    stats.lower_bound = iceberg::ValueToBytes(field.type, lower);
    stats.upper_bound = iceberg::ValueToBytes(field.type, upper);
    file.columns.push_back(std::move(stats));
  }
  return file;
}

Result<iceberg::AvroCompression> CodecNamed(const std::string& name) {
  if (name == "deflate") {
    return iceberg::AvroCompression::kDeflate;
  }
  if (name == "zstd") {
    return iceberg::AvroCompression::kZstd;
  }
  if (name == "none") {
    return iceberg::AvroCompression::kNone;
  }
  return MakeError(ErrorCode::kUsage, "--codec is deflate, zstd or none: " + name);
}

Result<std::vector<iceberg::ManifestFile>> WriteManifests(
    io::FileIO& io, const Options& options, const iceberg::TableMetadata& table) {
  ARROW_ASSIGN_OR_RAISE(const auto codec, CodecNamed(options.codec));
  std::vector<iceberg::ManifestFile> manifests;
  int number = 0;
  for (int m = 0; m < options.manifests; ++m) {
    iceberg::ManifestWriter writer({.format_version = table.format_version,
                                    .snapshot_id = kSnapshot,
                                    .compression = codec},
                                   table.schema_ptr(), table.spec());
    const int end =
        static_cast<int>(int64_t{options.files} * (m + 1) / options.manifests);
    for (; number < end; ++number) {
      iceberg::ManifestEntry entry;
      entry.snapshot_id = kSnapshot;
      entry.file =
          MakeFile(table.location, table.schema().fields(), number, kFirstDay + m);
      RETURN_NOT_OK(writer.Add(entry));
    }
    ARROW_ASSIGN_OR_RAISE(auto finished, writer.Finish());
    finished.manifest.path =
        table.location + "/metadata/manifest-" + std::to_string(m) + ".avro";
    RETURN_NOT_OK(io.WriteNew(finished.manifest.path, finished.avro));
    manifests.push_back(std::move(finished.manifest));
  }
  return manifests;
}

Status Make(const Options& options) {
  const auto io = io::MakeFileIO({});
  const std::string location = io::AbsoluteLocation(options.make);
  ARROW_ASSIGN_OR_RAISE(const auto empty, NewTable(location));
  ARROW_ASSIGN_OR_RAISE(const auto manifests, WriteManifests(*io, options, *empty));
  ARROW_ASSIGN_OR_RAISE(
      const auto list,
      iceberg::WriteManifestList({.format_version = empty->format_version,
                                  .snapshot_id = kSnapshot,
                                  .sequence_number = iceberg::SequenceNumber{{1}}},
                                 manifests));
  iceberg::Snapshot snapshot;
  snapshot.id = kSnapshot;
  snapshot.sequence_number = iceberg::SequenceNumber{{1}};
  snapshot.timestamp = std::chrono::milliseconds(1'700'000'001'000);
  snapshot.manifest_list = location + "/metadata/snap-1.avro";
  snapshot.operation = "append";
  snapshot.schema_id = empty->schema().id();
  RETURN_NOT_OK(io->WriteNew(snapshot.manifest_list, list.avro));
  ARROW_ASSIGN_OR_RAISE(
      const auto table,
      iceberg::ApplyUpdates(*empty, "",
                            {iceberg::update::AddSnapshot{snapshot},
                             iceberg::update::SetSnapshotRef{iceberg::kMainBranch,
                                                             {.snapshot_id = kSnapshot}}},
                            std::chrono::milliseconds(1'700'000'001'000)));
  RETURN_NOT_OK(io->WriteNew(location + "/metadata/version-hint.text", "1"));
  return io->WriteNew(location + "/metadata/v1.metadata.json",
                      iceberg::TableMetadataToJson(*table));
}

/// Processor time of the calling thread.
double CpuMilliseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double Milliseconds(const std::function<Status()>& work, Status* status) {
  const auto began = std::chrono::steady_clock::now();
  *status = work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() -
                                                   began)
      .count();
}

/// Times one way to plan; each line is printed as it is known.
class Report {
 public:
  explicit Report(int runs) : runs_(runs) { std::printf("{"); }
  ~Report() { std::printf("}\n"); }
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;

  void Number(const char* name, double value) {
    std::printf("%s\"%s\": %.3f", first_ ? "" : ", ", name, value);
    first_ = false;
  }
  /// The median processor time of the runs, of work on this thread.
  Result<double> CpuTime(const std::function<Status()>& work) const {
    std::vector<double> times;
    for (int run = 0; run < runs_; ++run) {
      const double began = CpuMilliseconds();
      RETURN_NOT_OK(work());
      times.push_back(CpuMilliseconds() - began);
    }
    std::ranges::sort(times);
    return times[times.size() / 2];
  }
  /// The median of the runs.
  Result<double> Time(const char* name, const std::function<Status()>& work) {
    std::vector<double> times;
    for (int run = 0; run < runs_; ++run) {
      Status status;
      times.push_back(Milliseconds(work, &status));
      RETURN_NOT_OK(status);
    }
    std::ranges::sort(times);
    const double median = times[times.size() / 2];
    Number(name, median);
    return median;
  }

 private:
  int runs_;
  bool first_ = true;
};

struct Query {
  const char* name;
  Expression filter;
};

/// Decoding alone: one thread, bytes in memory.
Status TimeDecoding(io::FileIO& io, const iceberg::TableMetadata& metadata,
                    Report* report) {
  ARROW_ASSIGN_OR_RAISE(const auto manifests,
                        table::LoadManifests(io, metadata, *metadata.current_snapshot()));
  const size_t count = std::min<size_t>(manifests.size(), 1000);
  std::vector<std::string> bytes;
  for (size_t i = 0; i < count; ++i) {
    ARROW_ASSIGN_OR_RAISE(bytes.emplace_back(), io.ReadAll(manifests[i].path));
  }
  size_t entries = 0;
  size_t memory = 0;
  iceberg::ManifestReader reader;
  ARROW_ASSIGN_OR_RAISE(const double milliseconds, report->CpuTime([&]() -> Status {
    entries = 0;
    memory = 0;
    for (size_t i = 0; i < count; ++i) {
      ARROW_ASSIGN_OR_RAISE(const auto columns, reader.Read(bytes[i], manifests[i]));
      entries += columns->size();
      memory += columns->memory_bytes();
    }
    return Status::OK();
  }));
  const auto total = static_cast<double>(entries);
  report->Number("decode_us_per_entry", milliseconds * 1000 / total);
  report->Number("cached_bytes_per_entry", static_cast<double>(memory) / total);
  ARROW_ASSIGN_OR_RAISE(const double rows, report->CpuTime([&]() -> Status {
    for (size_t i = 0; i < count; ++i) {
      RETURN_NOT_OK(iceberg::ReadManifest(bytes[i], manifests[i]).status());
    }
    return Status::OK();
  }));
  report->Number("rowwise_us_per_entry", rows * 1000 / total);
  return Status::OK();
}

Status Run(const Options& options) {
  const auto io = io::MakeFileIO({});
  const std::string location = io::AbsoluteLocation(options.table);
  ARROW_ASSIGN_OR_RAISE(const std::string json,
                        io->ReadAll(location + "/metadata/v1.metadata.json"));
  ARROW_ASSIGN_OR_RAISE(const auto metadata, iceberg::TableMetadataFromJson(json));
  const int64_t middle = int64_t{options.files} / 2;
  const int32_t day = kFirstDay + options.manifests / 2;
  const auto on_day =
      iceberg::Predicate(Operation::kEqual, "day", Type::Date(), {Value(day)});
  const auto of_id = iceberg::Predicate(Operation::kEqual, "id", Type::Long(),
                                        {Value(middle * kRowsPerFile)});
  const Query queries[] = {{"full", iceberg::AlwaysTrue()},
                           {"partition", on_day},
                           {"bounds", of_id},
                           {"both", And(on_day, of_id)}};
  Report report(options.runs);
  std::vector<size_t> tasks;
  const auto plan = [&](const Query& query, table::ManifestCache* cache) -> Status {
    table::ScanRequest request{.metadata = metadata,
                               .filter = query.filter,
                               .threads_max = options.threads,
                               .manifests = cache};
    ARROW_ASSIGN_OR_RAISE(const table::ScanPlan planned, table::PlanScan(*io, request));
    tasks.push_back(planned.tasks.size());
    return Status::OK();
  };
  for (const Query& query : queries) {
    RETURN_NOT_OK(report.Time((std::string("cold_") + query.name).c_str(),
                              [&] { return plan(query, nullptr); }));
  }
  table::ManifestCache cache(int64_t{8} << 30);
  RETURN_NOT_OK(plan(queries[0], &cache));
  for (const Query& query : queries) {
    RETURN_NOT_OK(report.Time((std::string("warm_") + query.name).c_str(),
                              [&] { return plan(query, &cache); }));
    report.Number((std::string("tasks_") + query.name).c_str(),
                  static_cast<double>(tasks.back()));
  }
  return TimeDecoding(*io, *metadata, &report);
}

Options Parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view flag = argv[i];
    const std::string value = argv[i + 1];
    const auto number = [&] { return std::atoi(value.c_str()); };
    if (flag == "--make") {
      options.make = value;
    } else if (flag == "--table") {
      options.table = value;
    } else if (flag == "--files") {
      options.files = number();
    } else if (flag == "--manifests") {
      options.manifests = number();
    } else if (flag == "--codec") {
      options.codec = value;
    } else if (flag == "--threads") {
      options.threads = number();
    } else if (flag == "--runs") {
      options.runs = number();
    }
  }
  return options;
}

}  // namespace
}  // namespace tarn

int main(int argc, char** argv) {
  const tarn::Options options = tarn::Parse(argc, argv);
  const tarn::Status status =
      options.make.empty() ? tarn::Run(options) : tarn::Make(options);
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
    return 1;
  }
  return 0;
}
