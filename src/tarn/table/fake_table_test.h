// A table in a fake catalog with its files in memory: what the tests of this module work
// on.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tarn/table/scan.h"
#include "tarn/table/write.h"
#include "tarn/testing/fake_catalog.h"
#include "tarn/testing/fake_clock.h"
#include "tarn/testing/faulty_file_io.h"
#include "tarn/testing/memory_file_io.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::table {

struct FakeTable {
  testing::FakeClock clock;
  testing::SeededRandom random{7};
  testing::MemoryFileIO memory{clock};
  testing::FaultyFileIO io{memory};
  testing::FakeCatalog catalog{clock};
  Context context{catalog, io, clock, random};
  iceberg::TableIdent ident{{{"ns"}}, "t"};
  int num_files = 0;

  FakeTable() { EXPECT_OK(catalog.CreateNamespace(ident.ns, {})); }

  /// id long, day date; partitioned by day unless `transform` says otherwise.
  Result<std::shared_ptr<const iceberg::TableMetadata>> Describe(
      std::map<std::string, std::string> properties = {},
      const iceberg::Transform& transform = iceberg::Identity{}) {
    iceberg::NewTable table;
    table.fields = {{.id = 1, .name = "id", .type = iceberg::Type::Long()},
                    {.id = 2, .name = "day", .type = iceberg::Type::Date()}};
    table.spec.fields = {
        {.source_ids = {2}, .field_id = 1000, .name = "p", .transform = transform}};
    table.location = "/warehouse/" + ident.name;
    table.properties = std::move(properties);
    table.table_uuid = NewUuid(random);
    table.now = clock.Now();
    return iceberg::MakeTableMetadata(table);
  }

  Status Create(std::map<std::string, std::string> properties = {},
                const iceberg::Transform& transform = iceberg::Identity{}) {
    ARROW_ASSIGN_OR_RAISE(auto metadata, Describe(std::move(properties), transform));
    WriteRequest request;
    request.ident = ident;
    request.create = metadata;
    return Write(context, request).status();
  }

  /// A data file of `day` with `rows` rows whose ids are in [first, first + rows).
  iceberg::DataFile NewFile(iceberg::Value day, int64_t rows = 10, int64_t first = 0) {
    iceberg::DataFile file;
    file.file_path =
        "/warehouse/" + ident.name + "/data/" + std::to_string(num_files++) + ".parquet";
    file.partition = {std::move(day)};
    file.record_count = rows;
    file.file_size_bytes = 100;
    iceberg::ColumnStats ids{.field_id = 1, .value_count = rows, .null_count = 0};
    ids.lower_bound = iceberg::ValueToBytes(iceberg::Type::Long(), first);
    ids.upper_bound = iceberg::ValueToBytes(iceberg::Type::Long(), first + rows - 1);
    file.columns = {ids};
    memory.Put(file.file_path, std::string(100, 'x'));
    return file;
  }

  WriteRequest Request(std::vector<iceberg::DataFile> files,
                       WriteMode mode = WriteMode::kAppend) {
    WriteRequest request;
    request.ident = ident;
    request.mode = mode;
    request.files = std::move(files);
    return request;
  }

  Result<catalog::LoadedTable> Append(std::vector<iceberg::DataFile> files) {
    return Write(context, Request(std::move(files)));
  }

  std::shared_ptr<const iceberg::TableMetadata> Metadata() {
    return catalog.LoadTable(ident).ValueOrDie().metadata;
  }

  Result<ScanPlan> Plan(iceberg::Expression filter = iceberg::AlwaysTrue()) {
    ScanRequest request;
    request.metadata = Metadata();
    request.filter = std::move(filter);
    return PlanScan(memory, request);
  }

  /// Rows of the current snapshot by its manifests.
  int64_t NumRows() {
    int64_t rows = 0;
    for (const FileScanTask& task : Plan().ValueOrDie().tasks) {
      rows += task.file.record_count;
    }
    return rows;
  }

  std::vector<iceberg::ManifestFile> HeadManifests() {
    const auto metadata = Metadata();
    return LoadManifests(memory, *metadata, *metadata->current_snapshot()).ValueOrDie();
  }

  /// Files of the metadata folder that nothing refers to.
  size_t NumOrphans() {
    clock.Advance(std::chrono::hours(1));
    const auto loaded = catalog.LoadTable(ident).ValueOrDie();
    const auto files = ListUnreferencedFiles(memory, loaded.metadata_location,
                                             *loaded.metadata, clock.Now());
    size_t count = 0;
    for (const io::FileInfo& file : files.ValueOrDie()) {
      if (file.location.find("/metadata/") != std::string::npos) {
        ++count;
      }
    }
    return count;
  }
};

}  // namespace tarn::table
