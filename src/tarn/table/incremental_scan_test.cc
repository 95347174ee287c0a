#include "tarn/table/incremental_scan.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/table/delta_files_test.h"
#include "tarn/table/manifest_cache.h"

namespace tarn::table {
namespace {

using iceberg::DataFile;
using iceberg::FileContent;
using iceberg::Operation;
using iceberg::SnapshotId;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

SnapshotId Head(FakeTable& table) { return *table.Metadata()->current_snapshot_id; }

IncrementalRequest Range(FakeTable& table, std::optional<SnapshotId> from,
                         std::optional<SnapshotId> to,
                         StartOfRange start = StartOfRange::kExclusive) {
  return {.metadata = table.Metadata(), .from = from, .start = start, .to = to};
}

std::vector<std::string> Appended(FakeTable& table, const IncrementalRequest& request) {
  std::vector<std::string> paths;
  const auto plan = PlanAppends(table.memory, request);
  EXPECT_OK(plan);
  if (plan.ok()) {
    for (const FileScanTask& task : plan->tasks) {
      EXPECT_TRUE(task.deletes.empty());
      paths.push_back(task.file.file_path);
    }
  }
  return paths;
}

TEST(PlanAppends, GivesFilesOfAppendsInTheRange) {
  FakeTable table;
  ASSERT_OK(table.Create());
  std::vector<SnapshotId> ids;
  std::vector<std::string> paths;
  for (int32_t day = 0; day < 4; ++day) {
    const DataFile file = table.NewFile(day);
    ASSERT_OK(table.Append({file}));
    paths.push_back(file.file_path);
    ids.push_back(Head(table));
  }
  const auto inclusive = StartOfRange::kInclusive;
  EXPECT_THAT(Appended(table, Range(table, {}, {})), ::testing::ElementsAreArray(paths));
  EXPECT_THAT(Appended(table, Range(table, ids[1], {})), ElementsAre(paths[2], paths[3]));
  EXPECT_THAT(Appended(table, Range(table, ids[1], ids[2])), ElementsAre(paths[2]));
  EXPECT_THAT(Appended(table, Range(table, ids[1], ids[2], inclusive)),
              ElementsAre(paths[1], paths[2]));
  EXPECT_THAT(Appended(table, Range(table, ids[3], ids[3], inclusive)),
              ElementsAre(paths[3]));
  EXPECT_THAT(Appended(table, Range(table, {}, ids[0])), ElementsAre(paths[0]));
  IncrementalRequest filtered = Range(table, ids[0], {});
  filtered.filter =
      Predicate(Operation::kEqual, "day", iceberg::Type::Date(), {int32_t{2}});
  EXPECT_THAT(Appended(table, filtered), ElementsAre(paths[2]));
}

TEST(PlanAppends, PassesOverOtherOperations) {
  FakeTable table;
  ASSERT_OK(table.Create());
  const DataFile a = table.NewFile(int32_t{1});
  const DataFile b = table.NewFile(int32_t{2});
  const DataFile c = table.NewFile(int32_t{3});
  ASSERT_OK(table.Append({a}));
  const SnapshotId first = Head(table);
  ASSERT_OK(table.Append({b}));
  WriteRequest rewrite = table.Request({c}, WriteMode::kRewrite);
  rewrite.removed_files = {b};
  ASSERT_OK(Write(table.context, rewrite));
  WriteRequest update = table.Request({table.NewFile(int32_t{1})}, WriteMode::kRowDelta);
  update.removed_files = {a};
  ASSERT_OK(Write(table.context, update));
  EXPECT_THAT(Appended(table, Range(table, first, {})), ElementsAre(b.file_path));
}

TEST(PlanAppends, MergedManifestsDoNotHideOrRepeatFiles) {
  FakeTable table;
  ASSERT_OK(table.Create({{"commit.manifest.min-count-to-merge", "2"}}));
  std::vector<std::string> paths;
  std::vector<SnapshotId> ids;
  for (int32_t day = 0; day < 6; ++day) {
    const DataFile file = table.NewFile(day);
    ASSERT_OK(table.Append({file}));
    paths.push_back(file.file_path);
    ids.push_back(Head(table));
  }
  EXPECT_THAT(Appended(table, Range(table, {}, {})),
              ::testing::UnorderedElementsAreArray(paths));
  EXPECT_THAT(Appended(table, Range(table, ids[2], ids[4])),
              UnorderedElementsAre(paths[3], paths[4]));
}

TEST(PlanAppends, RefusesRangesThatAreNone) {
  FakeTable table;
  ASSERT_OK(table.Create());
  EXPECT_THAT(Appended(table, Range(table, {}, {})), IsEmpty());
  const SnapshotId nowhere{{5}};
  EXPECT_ERROR(PlanAppends(table.memory, Range(table, nowhere, {})),
               ErrorCode::kInvalidArgument, "no current snapshot");
  ASSERT_OK(table.Append({table.NewFile(int32_t{1})}));
  const SnapshotId first = Head(table);
  ASSERT_OK(table.Append({table.NewFile(int32_t{2})}));
  const SnapshotId second = Head(table);
  const auto inclusive = StartOfRange::kInclusive;
  EXPECT_ERROR(PlanAppends(table.memory, Range(table, nowhere, {}, inclusive)),
               ErrorCode::kNoSuchSnapshot, "starting");
  EXPECT_ERROR(PlanAppends(table.memory, Range(table, {}, nowhere)),
               ErrorCode::kNoSuchSnapshot, "end");
  EXPECT_ERROR(PlanAppends(table.memory, Range(table, nowhere, {})),
               ErrorCode::kInvalidArgument, "(exclusive) 5");
  EXPECT_ERROR(PlanAppends(table.memory, Range(table, second, first)),
               ErrorCode::kInvalidArgument, "ancestor");
  EXPECT_ERROR(PlanAppends(table.memory, Range(table, second, first, inclusive)),
               ErrorCode::kInvalidArgument, "(inclusive)");
  EXPECT_ERROR(PlanAppends(table.memory, Range(table, second, second)),
               ErrorCode::kInvalidArgument, "ancestor");
}

TEST(PlanAppends, AnExclusiveStartMayBeExpired) {
  FakeTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK(table.Append({table.NewFile(int32_t{1})}));
  const SnapshotId first = Head(table);
  const DataFile second = table.NewFile(int32_t{2});
  ASSERT_OK(table.Append({second}));
  IncrementalRequest request = Range(table, first, {});
  auto metadata = std::make_shared<iceberg::TableMetadata>(*request.metadata);
  metadata->snapshots.erase(metadata->snapshots.begin());
  request.metadata = metadata;
  EXPECT_THAT(Appended(table, request), ElementsAre(second.file_path));
}

/// Rows by (id, position in history) as they should be: the model that plans are held
/// against. Ids are unique; a row is its id.
using Rows = std::multiset<int64_t>;

class ChangingTable {
 public:
  ChangingTable(int32_t version, uint32_t seed) : version_(version), engine_(seed) {
    EXPECT_OK(table_.Create({{"format-version", std::to_string(version)}}));
  }

  /// One random commit.
  void Step() {
    switch (live_.empty() ? 0 : Below(7)) {
      case 0:
      case 1:
        return Append();
      case 2:
        return RemoveFile();
      case 3:
        return DeletePositions();
      case 4:
        return DeleteEqual();
      case 5:
        return CopyOnWrite();
      default:
        return Rewrite();
    }
  }

  /// What each commit changed, without replaces: (deleted, inserted) by ordinal.
  struct Change {
    SnapshotId id;
    Rows deleted;
    Rows inserted;
    bool operator==(const Change&) const = default;
  };
  const std::vector<Change>& changes() const { return changes_; }
  FakeTable& table() { return table_; }

  /// What the tasks of a plan say, read by the model's knowledge of the files.
  std::vector<Change> Read(const ChangelogPlan& plan) const {
    std::vector<Change> result;
    for (const SnapshotId id : plan.snapshots) {
      result.push_back({id, {}, {}});
    }
    std::vector<std::pair<ChangedRow, int64_t>> rows;
    std::vector<std::string> keys;
    for (const ChangelogTask& task : plan.tasks) {
      EXPECT_EQ(plan.snapshots[static_cast<size_t>(task.ordinal)],
                task.commit_snapshot_id);
      for (const int64_t id : RowsOf(task)) {
        rows.push_back({{task.operation, task.ordinal, {}}, id});
        keys.push_back(std::to_string(id));
      }
    }
    std::vector<ChangedRow> changed;
    for (size_t i = 0; i < rows.size(); ++i) {
      rows[i].first.row = keys[i];
      changed.push_back(rows[i].first);
    }
    for (const size_t i : RemoveCarryOvers(changed)) {
      Change& change = result[static_cast<size_t>(changed[i].ordinal)];
      const bool inserted = changed[i].operation == ChangeOperation::kInsert;
      (inserted ? change.inserted : change.deleted).insert(rows[i].second);
    }
    return result;
  }

 private:
  struct File {
    DataFile file;
    int64_t first = 0;
    std::set<int64_t> live;  // positions
    std::optional<DataFile> vector;
  };
  using Positions = std::map<std::string, std::set<int64_t>>;  // by data file

  int64_t Below(int64_t end) {
    return std::uniform_int_distribution<int64_t>(0, end - 1)(engine_);
  }
  std::string AnyFile() {
    return std::next(live_.begin(), Below(static_cast<int64_t>(live_.size())))->first;
  }

  Rows AllRows() const {
    Rows rows;
    for (const auto& [path, file] : live_) {
      for (const int64_t position : file.live) {
        rows.insert(ids_.at(path)[static_cast<size_t>(position)]);
      }
    }
    return rows;
  }

  DataFile NewFile(int32_t day, std::vector<int64_t> ids) {
    const auto count = static_cast<int64_t>(ids.size());
    DataFile file = table_.NewFile(day, count, ids.empty() ? 0 : ids.front());
    file.columns.clear();
    File& known = live_[file.file_path];
    known.file = file;
    for (int64_t i = 0; i < count; ++i) {
      known.live.insert(i);
    }
    ids_[file.file_path] = std::move(ids);
    return file;
  }

  std::vector<int64_t> FreshIds() {
    std::vector<int64_t> ids;
    for (int i = 0; i < 6; ++i) {
      ids.push_back(next_id_++);
    }
    return ids;
  }

  /// Commits and writes down what the model says that it changed.
  void Commit(const WriteRequest& request, const Rows& before) {
    ASSERT_OK(Write(table_.context, request));
    const auto metadata = table_.Metadata();
    if (metadata->current_snapshot()->operation == "replace") {
      ASSERT_EQ(before, AllRows());
      return;
    }
    const Rows after = AllRows();
    Change change{metadata->current_snapshot()->id, {}, {}};
    std::ranges::set_difference(before, after,
                                std::inserter(change.deleted, change.deleted.end()));
    std::ranges::set_difference(after, before,
                                std::inserter(change.inserted, change.inserted.end()));
    changes_.push_back(std::move(change));
  }

  void Append() {
    const Rows before = AllRows();
    Commit(table_.Request({NewFile(Day(), FreshIds())}), before);
  }

  int32_t Day() { return static_cast<int32_t>(Below(3)); }

  void Remove(const std::string& path, WriteRequest* request) {
    const File& file = live_.at(path);
    request->removed_files.push_back(file.file);
    live_.erase(path);
  }

  void RemoveFile() {
    const Rows before = AllRows();
    WriteRequest request = table_.Request({}, WriteMode::kRowDelta);
    Remove(AnyFile(), &request);
    Commit(request, before);
  }

  /// Rows of one file, and perhaps new rows in another: an UPDATE.
  void DeletePositions() {
    const Rows before = AllRows();
    WriteRequest request = table_.Request({}, WriteMode::kRowDelta);
    File& file = live_.at(AnyFile());
    std::set<int64_t> positions;
    for (int i = 0; i < 2; ++i) {  // at times of rows that are gone already
      positions.insert(Below(file.file.record_count));
    }
    const auto count = static_cast<int64_t>(positions.size());
    DataFile deletes = version_ < 3 ? NewPositionDeletes(table_, file.file, count)
                                    : NewVector(table_, file.file, count);
    std::set<int64_t> held = positions;
    if (version_ >= 3) {
      if (file.vector) {
        request.removed_files.push_back(*file.vector);
        held.merge(std::set<int64_t>(
            contents_.at(NameOf(*file.vector)).at(file.file.file_path)));
      }
      deletes.record_count = static_cast<int64_t>(held.size());
      file.vector = deletes;
    }
    contents_[NameOf(deletes)][file.file.file_path] = held;
    for (const int64_t position : positions) {
      file.live.erase(position);
    }
    request.delete_files = {deletes};
    if (Below(2) == 0) {
      request.files = {NewFile(Day(), FreshIds())};
    }
    Commit(request, before);
  }

  void DeleteEqual() {
    const Rows before = AllRows();
    const int32_t day = Day();
    WriteRequest request = table_.Request({}, WriteMode::kRowDelta);
    DataFile deletes = NewEqualityDeletes(table_, day, 3);
    deletes.columns.clear();
    std::set<int64_t>& ids = equal_[deletes.file_path];
    for (int i = 0; i < 3; ++i) {
      ids.insert(Below(next_id_));
    }
    for (auto& [path, file] : live_) {
      if (file.file.partition != iceberg::PartitionTuple{day}) {
        continue;
      }
      std::erase_if(file.live, [&](int64_t position) {
        return ids.contains(ids_.at(path)[static_cast<size_t>(position)]);
      });
    }
    request.delete_files = {deletes};
    // Rows of the same commit stay, whatever their ids.
    request.files = {NewFile(day, FreshIds())};
    Commit(request, before);
  }

  std::vector<int64_t> LiveIds(const std::string& path) const {
    std::vector<int64_t> ids;
    for (const int64_t position : live_.at(path).live) {
      ids.push_back(ids_.at(path)[static_cast<size_t>(position)]);
    }
    return ids;
  }

  /// A file written again without one of its rows.
  void CopyOnWrite() {
    const std::string path = AnyFile();
    std::vector<int64_t> ids = LiveIds(path);
    if (ids.size() < 2) {
      return RemoveFile();
    }
    const Rows before = AllRows();
    ids.erase(ids.begin());
    const int32_t day = std::get<int32_t>(live_.at(path).file.partition.front());
    WriteRequest request = table_.Request({}, WriteMode::kRowDelta);
    Remove(path, &request);
    request.files = {NewFile(day, std::move(ids))};
    Commit(request, before);
  }

  /// Compaction of one file with its deletes.
  void Rewrite() {
    const std::string path = AnyFile();
    std::vector<int64_t> ids = LiveIds(path);
    if (ids.empty()) {
      return RemoveFile();
    }
    const Rows before = AllRows();
    const int32_t day = std::get<int32_t>(live_.at(path).file.partition.front());
    WriteRequest request = table_.Request({}, WriteMode::kRewrite);
    request.checks.base = HeadOf(table_);
    Remove(path, &request);
    request.files = {NewFile(day, std::move(ids))};
    Commit(request, before);
  }

  /// Positions of `file` that an entry takes away.
  std::set<int64_t> DeletedBy(const iceberg::ManifestEntry& entry,
                              const DataFile& file) const {
    if (entry.file.content == FileContent::kPositionDeletes) {
      const Positions& positions = contents_.at(NameOf(entry.file));
      const auto found = positions.find(file.file_path);
      return found == positions.end() ? std::set<int64_t>() : found->second;
    }
    std::set<int64_t> result;
    const std::vector<int64_t>& ids = ids_.at(file.file_path);
    for (size_t i = 0; i < ids.size(); ++i) {
      if (equal_.at(entry.file.file_path).contains(ids[i])) {
        result.insert(static_cast<int64_t>(i));
      }
    }
    return result;
  }

  std::vector<int64_t> RowsOf(const ChangelogTask& task) const {
    std::set<int64_t> gone;
    for (const auto& entry : task.existing_deletes) {
      gone.merge(DeletedBy(*entry, task.file));
    }
    std::set<int64_t> chosen;
    for (const auto& entry : task.added_deletes) {
      chosen.merge(DeletedBy(*entry, task.file));
    }
    const std::vector<int64_t>& ids = ids_.at(task.file.file_path);
    std::vector<int64_t> rows;
    for (int64_t i = 0; i < static_cast<int64_t>(ids.size()); ++i) {
      const bool whole = task.added_deletes.empty();
      if (!gone.contains(i) && (whole || chosen.contains(i))) {
        rows.push_back(ids[static_cast<size_t>(i)]);
      }
    }
    return rows;
  }

  int32_t version_;
  std::mt19937 engine_;
  FakeTable table_;
  int64_t next_id_ = 1;
  std::map<std::string, File> live_;
  std::map<std::string, std::vector<int64_t>> ids_;  // of all files there ever were
  std::map<std::string, Positions> contents_;        // of position deletes and vectors
  std::map<std::string, std::set<int64_t>> equal_;   // ids in equality deletes
  std::vector<Change> changes_;
};

TEST(PlanChangelog, AgreesWithAModelOverEveryKindOfDelete) {
  for (const int32_t version : {2, 3}) {
    for (uint32_t seed = 0; seed < 6; ++seed) {
      SCOPED_TRACE("v" + std::to_string(version) + " seed " + std::to_string(seed));
      ChangingTable model(version, seed);
      for (int step = 0; step < 25 && !::testing::Test::HasFatalFailure(); ++step) {
        model.Step();
      }
      const auto& expected = model.changes();
      ManifestCache cache(64 << 20);
      IncrementalRequest request = Range(model.table(), {}, {});
      request.manifests = seed % 2 == 0 ? &cache : nullptr;
      ASSERT_OK_AND_ASSIGN(const ChangelogPlan all,
                           PlanChangelog(model.table().memory, request));
      const auto changes = model.Read(all);
      ASSERT_EQ(changes.size(), expected.size());
      for (size_t i = 0; i < expected.size(); ++i) {
        SCOPED_TRACE("change " + std::to_string(i));
        EXPECT_EQ(changes[i].id, expected[i].id);
        EXPECT_EQ(changes[i].deleted, expected[i].deleted);
        EXPECT_EQ(changes[i].inserted, expected[i].inserted);
      }
      // Each change alone, its parent expired.
      for (size_t i = 0; i < expected.size(); i += 3) {
        SCOPED_TRACE("alone: change " + std::to_string(i));
        const auto inclusive = StartOfRange::kInclusive;
        request = Range(model.table(), expected[i].id, expected[i].id, inclusive);
        auto metadata = std::make_shared<iceberg::TableMetadata>(*request.metadata);
        std::erase_if(metadata->snapshots, [&](const iceberg::Snapshot& snapshot) {
          return snapshot.id != expected[i].id;
        });
        request.metadata = metadata;
        ASSERT_OK_AND_ASSIGN(const ChangelogPlan one,
                             PlanChangelog(model.table().memory, request));
        EXPECT_THAT(model.Read(one), ElementsAre(expected[i]));
      }
    }
  }
}

TEST(PlanChangelog, FiltersFilesOfDeletesAndInserts) {
  FakeTable table;
  ASSERT_OK(table.Create());
  const DataFile a = table.NewFile(int32_t{1}, 10, 0);
  const DataFile b = table.NewFile(int32_t{2}, 10, 10);
  ASSERT_OK(table.Append({a, b}));
  WriteRequest request = table.Request({}, WriteMode::kRowDelta);
  request.removed_files = {a, b};
  ASSERT_OK(Write(table.context, request));
  IncrementalRequest range = Range(table, {}, {});
  range.filter = Predicate(Operation::kLess, "id", iceberg::Type::Long(), {int64_t{5}});
  ASSERT_OK_AND_ASSIGN(const ChangelogPlan plan, PlanChangelog(table.memory, range));
  ASSERT_EQ(plan.tasks.size(), 2u);
  EXPECT_EQ(plan.tasks[0].operation, ChangeOperation::kInsert);
  EXPECT_EQ(plan.tasks[1].operation, ChangeOperation::kDelete);
  EXPECT_EQ(plan.tasks[1].ordinal, 1);
  EXPECT_EQ(plan.tasks[0].file.file_path, a.file_path);
  EXPECT_EQ(plan.tasks[1].file.file_path, a.file_path);
}

constexpr ChangeOperation kIn = ChangeOperation::kInsert;
constexpr ChangeOperation kOut = ChangeOperation::kDelete;

TEST(ChangedRows, CarryOversCancelWithinASnapshot) {
  const std::vector<ChangedRow> rows = {
      {kOut, 0, "a"}, {kOut, 0, "b"}, {kIn, 0, "a"},   // a was carried over
      {kIn, 0, "c"},  {kIn, 1, "b"},                   // b came back later
      {kOut, 2, "d"}, {kOut, 2, "d"}, {kIn, 2, "d"}};  // one of two
  EXPECT_THAT(RemoveCarryOvers(rows), ElementsAre(1, 3, 4, 5));
}

TEST(ChangedRows, NetChangesCancelOverSnapshots) {
  const std::vector<ChangedRow> rows = {
      {kOut, 0, "a"}, {kIn, 1, "a"},                  // back again
      {kIn, 0, "b"},  {kOut, 1, "b"}, {kIn, 2, "b"},  // there in the end
      {kIn, 0, "c"},  {kIn, 1, "c"},  {kOut, 2, "c"}, {kOut, 3, "e"}};
  EXPECT_THAT(NetChanges(rows), ElementsAre(4, 5, 8));
}

}  // namespace
}  // namespace tarn::table
