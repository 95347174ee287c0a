#include "tarn/table/maintenance/remove_orphan_files.h"

#include "tarn/table/maintenance/maintained_table_test.h"

namespace tarn::table {
namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr char kOrphan[] = "/warehouse/t/data/orphan.parquet";

/// A table with a live file and one from an unfinished write, ten days old.
struct OrphanedTable : MaintainedTable {
  explicit OrphanedTable(std::map<std::string, std::string> properties = {}) {
    EXPECT_OK(Create(std::move(properties)));
    AppendDay(1);
    memory.Put(kOrphan, "left behind");
    clock.Advance(days(10));
  }

  std::set<std::string> Remove(RemoveOrphanFilesOptions options = {}) {
    const auto result = RemoveOrphanFiles(context, ident, options);
    EXPECT_OK(result);
    std::set<std::string> removed;
    if (result.ok()) {
      for (const io::FileInfo& file : result->orphan_files) {
        removed.insert(file.location);
      }
    }
    return removed;
  }
};

using Locations = std::set<std::string>;

TEST(RemoveOrphanFiles, RemovesWhatNothingRefersTo) {
  OrphanedTable table;
  table.memory.Put("/warehouse/t/metadata/left-m0.avro", "left");
  table.clock.Advance(days(4));
  RemoveOrphanFilesOptions options;
  options.dry_run = DryRun::kYes;
  const Locations expected = {kOrphan, "/warehouse/t/metadata/left-m0.avro"};
  EXPECT_EQ(table.Remove(options), expected);
  EXPECT_TRUE(table.Exists(kOrphan));
  ASSERT_OK_AND_ASSIGN(const auto result, RemoveOrphanFiles(table.context, table.ident));
  EXPECT_EQ(result.orphan_files.size(), 2U);
  EXPECT_EQ(result.orphan_bytes, 15);
  EXPECT_FALSE(table.Exists(kOrphan));
  table.ExpectNoDanglingReference();
  EXPECT_EQ(table.NumRows(), 10);
  EXPECT_TRUE(table.Remove().empty());
}

TEST(RemoveOrphanFiles, LooksAtAGivenListOnly) {
  OrphanedTable table;
  table.memory.Put("/warehouse/t/data/other.parquet", "left behind");
  table.memory.Put("/elsewhere/x.parquet", "not this table's");
  table.clock.Advance(days(10));
  const auto old = table.clock.Now() - days(9);
  RemoveOrphanFilesOptions options;
  options.file_list = std::vector<io::FileInfo>{
      {.location = kOrphan, .modified = old},
      {.location = "/elsewhere/x.parquet", .modified = old},
      {.location = "/warehouse/t/data/fresh.parquet", .modified = table.clock.Now()}};
  for (const FileScanTask& task : table.Plan().ValueOrDie().tasks) {
    options.file_list->push_back({.location = task.file.file_path, .modified = old});
  }
  EXPECT_EQ(table.Remove(options), Locations{kOrphan});
  EXPECT_TRUE(table.Exists("/warehouse/t/data/other.parquet"));
  EXPECT_TRUE(table.Exists("/elsewhere/x.parquet"));
  table.ExpectNoDanglingReference();
  EXPECT_EQ(table.NumRows(), 10);
}

TEST(RemoveOrphanFiles, Trap35_FilesOfWritersAtWorkStay) {
  OrphanedTable table;
  table.memory.Put("/warehouse/t/data/in-flight.parquet", "being written");
  table.clock.Advance(hours(71));
  EXPECT_EQ(table.Remove(), Locations{kOrphan});
  EXPECT_TRUE(table.Exists("/warehouse/t/data/in-flight.parquet"));

  RemoveOrphanFilesOptions options;
  options.older_than = table.clock.Now() - hours(23);
  EXPECT_ERROR(RemoveOrphanFiles(table.context, table.ident, options),
               ErrorCode::kInvalidArgument, "24 hours");
  EXPECT_TRUE(table.Exists("/warehouse/t/data/in-flight.parquet"));
  options.dry_run = DryRun::kYes;  // looking is always allowed
  EXPECT_EQ(table.Remove(options).size(), 1U);
  options.dry_run = DryRun::kNo;
  options.allow_recent = true;
  EXPECT_EQ(table.Remove(options).size(), 1U);
}

TEST(RemoveOrphanFiles, Trap35_AllThatMetadataNamesStays) {
  OrphanedTable table;
  const iceberg::SnapshotId id = table.HeadId();
  const std::string folder = "/warehouse/t/metadata/";
  for (const char* name : {"s.stats", "p.stats", "version-hint.text"}) {
    table.memory.Put(folder + name, "x");
  }
  ASSERT_OK(table.Commit(
      {iceberg::update::SetStatistics{{.snapshot_id = id, .path = folder + "s.stats"}},
       iceberg::update::SetPartitionStatistics{
           {.snapshot_id = id, .path = "file:" + folder + "p.stats"}}}));
  table.OverwriteDay(2);  // the old snapshot still reads the file of day 1
  for (const auto& entry : table.Metadata()->metadata_log) {
    table.memory.Put(entry.metadata_file, "{}");
  }
  table.memory.Put(table.catalog.LoadTable(table.ident)->metadata_location, "{}");
  table.clock.Advance(days(10));
  EXPECT_EQ(table.Remove(), Locations{kOrphan});
  table.ExpectNoDanglingReference();
}

TEST(RemoveOrphanFiles, HiddenFilesStay) {
  OrphanedTable table;
  for (const char* name : {"data/_SUCCESS", "data/.crc", "_tmp/a", ".git/x",
                           "data/.tarn-tmp-1-2-3", "data/_p=1/a.parquet"}) {
    table.memory.Put(std::string("/warehouse/t/") + name, "x");
  }
  table.clock.Advance(days(4));
  EXPECT_EQ(table.Remove(), (Locations{kOrphan, "/warehouse/t/data/.tarn-tmp-1-2-3"}));
}

TEST(RemoveOrphanFiles, Trap35_FilesNamedUnderAnotherPrefix) {
  // The table was moved: what its manifests name lies elsewhere, with the same names.
  OrphanedTable table;
  iceberg::DataFile file = table.NewFile(int32_t{2});
  const std::string real = file.file_path;
  file.file_path = "s3://old-bucket/t" + real.substr(std::string("/warehouse/t").size());
  ASSERT_OK(table.Append({file}));
  table.clock.Advance(days(10));
  EXPECT_ERROR(RemoveOrphanFiles(table.context, table.ident), ErrorCode::kInvalidArgument,
               real);
  EXPECT_TRUE(table.Exists(kOrphan));  // nothing at all was deleted
  RemoveOrphanFilesOptions options;
  options.prefix_mismatch_mode = PrefixMismatchMode::kIgnore;
  EXPECT_EQ(table.Remove(options), Locations{kOrphan});
  options.prefix_mismatch_mode = PrefixMismatchMode::kDelete;
  EXPECT_EQ(table.Remove(options), Locations{real});
}

TEST(RemoveOrphanFiles, Trap35_EqualSchemesAreOnePrefix) {
  MaintainedTable table;
  ASSERT_OK_AND_ASSIGN(const auto described, table.Describe());
  iceberg::TableMetadata metadata = *described;
  metadata.location = "s3://bucket/t";
  WriteRequest create;
  create.ident = table.ident;
  create.create = std::make_shared<const iceberg::TableMetadata>(metadata);
  ASSERT_OK(Write(table.context, create));
  iceberg::DataFile file = table.NewFile(int32_t{1});
  file.file_path = "s3a://bucket//t/data/a.parquet";
  table.memory.Put("s3://bucket/t/data/a.parquet", "rows");
  ASSERT_OK(table.Append({file}));
  table.memory.Put("s3://bucket/t/data/b.parquet", "orphan");
  table.clock.Advance(days(10));
  ASSERT_OK_AND_ASSIGN(const auto result, RemoveOrphanFiles(table.context, table.ident));
  ASSERT_EQ(result.orphan_files.size(), 1U);
  EXPECT_EQ(result.orphan_files[0].location, "s3://bucket/t/data/b.parquet");
}

TEST(RemoveOrphanFiles, AnUnreadableManifestEndsIt) {
  OrphanedTable table;
  table.memory.Put(table.HeadManifests().front().path, "not Avro");
  EXPECT_ERROR(RemoveOrphanFiles(table.context, table.ident), ErrorCode::kInvalidData,
               "");
  EXPECT_TRUE(table.Exists(kOrphan));
}

TEST(RemoveOrphanFiles, RefusedWhereFilesBelongToOthers) {
  OrphanedTable table(std::map<std::string, std::string>{{"gc.enabled", "false"}});
  EXPECT_ERROR(RemoveOrphanFiles(table.context, table.ident), ErrorCode::kInvalidArgument,
               "gc.enabled");
  EXPECT_TRUE(table.Exists(kOrphan));
}

/// A second table beside the first, at `location`.
Status CreateSecond(MaintainedTable& table, const std::string& location,
                    std::map<std::string, std::string> properties = {}) {
  ARROW_ASSIGN_OR_RAISE(const auto described, table.Describe(std::move(properties)));
  iceberg::TableMetadata metadata = *described;
  metadata.location = location;
  WriteRequest create;
  create.ident = {{{"ns"}}, "second"};
  create.create = std::make_shared<const iceberg::TableMetadata>(metadata);
  create.files = {table.NewFile(int32_t{5})};
  EXPECT_OK(table.memory.Delete(create.files[0].file_path));
  create.files[0].file_path = location + "/data/second.parquet";
  table.memory.Put(create.files[0].file_path, "rows");
  table.memory.Put(location + "/data/second-orphan.parquet", "rows");
  return Write(table.context, create).status();
}

TEST(RemoveOrphanFiles, Trap35_TablesThatShareALocationKeepTheirFiles) {
  const struct {
    const char* name;
    const char* location;
    Locations removed;
  } cases[] = {
      {"the same location",
       "/warehouse/t",
       {kOrphan, "/warehouse/t/data/second-orphan.parquet"}},
      {"inside, spelled otherwise", "file:///warehouse/t/nested", {kOrphan}},
      {"beside", "/warehouse/t2", {kOrphan}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    OrphanedTable table;
    ASSERT_OK(CreateSecond(table, c.location));
    table.clock.Advance(days(10));
    EXPECT_EQ(table.Remove(), c.removed);
    EXPECT_TRUE(table.Exists(std::string(c.location) + "/data/second.parquet"));
    ASSERT_OK(table.catalog.DropTable({{{"ns"}}, "second"}));
  }
}

TEST(RemoveOrphanFiles, Trap35_ATableThatCannotBeReadEndsIt) {
  OrphanedTable table;
  ASSERT_OK(CreateSecond(table, "/warehouse/t"));
  ASSERT_OK_AND_ASSIGN(const auto second, table.catalog.LoadTable({{{"ns"}}, "second"}));
  table.clock.Advance(days(10));
  table.memory.Put(second.metadata->current_snapshot()->manifest_list, "not Avro");
  EXPECT_ERROR(RemoveOrphanFiles(table.context, table.ident), ErrorCode::kInvalidData,
               "second");
  EXPECT_TRUE(table.Exists(kOrphan));
}

TEST(RemoveOrphanFiles, ChosenDirectoryOnly) {
  OrphanedTable table;
  table.memory.Put("/warehouse/t/staging/left.parquet", "x");
  table.clock.Advance(days(10));
  RemoveOrphanFilesOptions options;
  options.location = "file:/warehouse/t/staging";
  EXPECT_EQ(table.Remove(options).size(), 1U);
  EXPECT_TRUE(table.Exists(kOrphan));
}

TEST(RemoveOrphanFiles, FilesThatCannotBeDeletedAreNamed) {
  OrphanedTable table;
  table.memory.Put("/warehouse/t/data/orphan2.parquet", "left behind");
  table.clock.Advance(days(10));
  RemoveOrphanFilesOptions options;
  options.max_concurrent_deletes = 1;
  for (int64_t at = 0;; ++at) {
    ASSERT_LT(at, 100);
    table.io.FailOperation(at);
    const auto result = RemoveOrphanFiles(table.context, table.ident, options);
    ASSERT_TRUE(table.io.fault_fired());
    if (!result.ok()) {
      EXPECT_TRUE(table.Exists(kOrphan));
      continue;
    }
    ASSERT_EQ(result->failed_files, std::vector<std::string>{kOrphan});
    EXPECT_FALSE(result->first_failure.empty());
    EXPECT_FALSE(table.Exists("/warehouse/t/data/orphan2.parquet"));
    break;
  }
}

}  // namespace
}  // namespace tarn::table
