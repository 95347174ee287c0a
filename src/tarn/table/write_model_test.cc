// Eight writers append, delete, update and rewrite at once; a model of the rows says what
// must be left. Commits are lost and refused on the way.
#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tarn/catalog/sqlite_catalog.h"
#include "tarn/table/delta_files_test.h"
#include "tarn/table/manifest_cache.h"

namespace tarn::table {
namespace {

using iceberg::DataFile;
using testing::Applied;

using RowId = int64_t;
using Positions = std::set<int64_t>;

/// What the files hold: the rows of data files, the positions of delete files.
class FileContents {
 public:
  void PutRows(const std::string& path, std::vector<RowId> rows) {
    const std::lock_guard lock(mutex_);
    rows_[path] = std::move(rows);
  }
  void PutPositions(const std::string& name, Positions positions) {
    const std::lock_guard lock(mutex_);
    positions_[name] = std::move(positions);
  }
  std::vector<RowId> Rows(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    return rows_.at(path);
  }
  Positions PositionsOf(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    return positions_.at(name);
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<RowId>> rows_;
  std::map<std::string, Positions> positions_;
};

/// Rows that commits have added and removed.
class Model {
 public:
  void Commit(const std::vector<RowId>& added, const std::vector<RowId>& removed) {
    const std::lock_guard lock(mutex_);
    added_.insert(added.begin(), added.end());
    removed_.insert(removed.begin(), removed.end());
  }
  std::multiset<RowId> Rows() const {
    const std::lock_guard lock(mutex_);
    std::multiset<RowId> rows(added_.begin(), added_.end());
    for (const RowId id : removed_) {
      rows.erase(id);
    }
    return rows;
  }

 private:
  mutable std::mutex mutex_;
  std::multiset<RowId> added_;
  std::set<RowId> removed_;
};

struct Arena {
  Context context;
  iceberg::TableIdent ident;
  io::FileIO& files;
  bool is_v3;
  FileContents contents = {};
  Model model = {};
  std::atomic<int64_t> next_row{0};
  std::atomic<int64_t> next_file{0};
  std::atomic<int64_t> commits{0};
  std::atomic<int64_t> conflicts{0};
};

/// One thread's random operations.
class Writer {
 public:
  Writer(Arena& arena, uint32_t seed) : arena_(arena), random_(seed) {}

  void Run(int operations) {
    for (int i = 0; i < operations; ++i) {
      const int choice = Random(10);
      const Status status = choice < 4   ? Append()
                            : choice < 7 ? Delete(/*is_update=*/false)
                            : choice < 9 ? Delete(/*is_update=*/true)
                                         : Rewrite();
      if (status.ok()) {
        ++arena_.commits;
        continue;
      }
      ASSERT_ERROR(status, ErrorCode::kCommitConflict, "");
      ++arena_.conflicts;
    }
  }

 private:
  int Random(int bound) {
    return std::uniform_int_distribution<int>(0, bound - 1)(random_);
  }

  std::vector<RowId> NewRows(int count) {
    std::vector<RowId> rows;
    for (int i = 0; i < count; ++i) {
      rows.push_back(arena_.next_row++);
    }
    return rows;
  }

  DataFile NewDataFile(int32_t day, const std::vector<RowId>& rows) {
    DataFile file;
    file.file_path =
        "/warehouse/t/data/" + std::to_string(arena_.next_file++) + ".parquet";
    file.partition = {day};
    file.record_count = static_cast<int64_t>(rows.size());
    file.file_size_bytes = 100;
    arena_.contents.PutRows(file.file_path, rows);
    return file;
  }

  DataFile NewDeletes(const DataFile& target, const Positions& positions) {
    DataFile file;
    file.content = iceberg::FileContent::kPositionDeletes;
    file.file_path =
        "/warehouse/t/data/" + std::to_string(arena_.next_file++) + ".deletes";
    file.partition = target.partition;
    file.record_count = static_cast<int64_t>(positions.size());
    file.file_size_bytes = 50;
    file.referenced_data_file = target.file_path;
    if (arena_.is_v3) {
      file.format = iceberg::FileFormat::kPuffin;
      file.content_offset = 4;
      file.content_size_bytes = 20;
    }
    arena_.contents.PutPositions(NameOf(file), positions);
    return file;
  }

  WriteRequest Request(WriteMode mode) {
    WriteRequest request;
    request.ident = arena_.ident;
    request.mode = mode;
    return request;
  }

  Status Append() {
    const std::vector<RowId> rows = NewRows(1 + Random(5));
    WriteRequest request =
        Request(Random(2) == 0 ? WriteMode::kAppend : WriteMode::kFastAppend);
    request.files = {NewDataFile(Random(3), rows)};
    RETURN_NOT_OK(Write(arena_.context, request));
    arena_.model.Commit(rows, {});
    return Status::OK();
  }

  struct Head {
    std::optional<iceberg::SnapshotId> id;
    ScanPlan plan;
  };
  Result<Head> Plan() {
    ARROW_ASSIGN_OR_RAISE(const catalog::LoadedTable loaded,
                          arena_.context.catalog.LoadTable(arena_.ident));
    ScanRequest request;
    request.metadata = loaded.metadata;
    Head head;
    head.id = loaded.metadata->current_snapshot_id;
    ARROW_ASSIGN_OR_RAISE(head.plan, PlanScan(arena_.files, request));
    return head;
  }

  Positions DeletedIn(const FileScanTask& task) {
    Positions deleted;
    for (const auto& entry : task.deletes) {
      deleted.merge(arena_.contents.PositionsOf(NameOf(entry->file)));
    }
    return deleted;
  }

  /// Deletes about half of the rows of one file; an update writes them anew.
  Status Delete(bool is_update) {
    ARROW_ASSIGN_OR_RAISE(const Head head, Plan());
    if (head.plan.tasks.empty()) {
      return Append();
    }
    const FileScanTask& task =
        head.plan
            .tasks[static_cast<size_t>(Random(static_cast<int>(head.plan.tasks.size())))];
    const Positions before = DeletedIn(task);
    const std::vector<RowId> rows = arena_.contents.Rows(task.file.file_path);
    Positions positions;
    std::vector<RowId> removed;
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto position = static_cast<int64_t>(i);
      if (!before.contains(position) && Random(2) == 0) {
        positions.insert(position);
        removed.push_back(rows[i]);
      }
    }
    if (removed.empty()) {
      return Append();
    }
    WriteRequest request = Request(WriteMode::kRowDelta);
    request.checks = {.isolation = Isolation::kSnapshot, .base = head.id};
    const bool removes_file = before.size() + positions.size() == rows.size();
    if (removes_file) {
      request.removed_files = {task.file};
    } else {
      AddDeletes(task, before, positions, &request);
    }
    std::vector<RowId> added;
    if (is_update) {
      added = NewRows(static_cast<int>(removed.size()));
      request.files = {NewDataFile(Random(3), added)};
    }
    RETURN_NOT_OK(Write(arena_.context, request));
    arena_.model.Commit(added, removed);
    return Status::OK();
  }

  void AddDeletes(const FileScanTask& task, const Positions& before, Positions positions,
                  WriteRequest* request) {
    if (arena_.is_v3) {
      positions.insert(before.begin(), before.end());
      for (const auto& entry : task.deletes) {
        request->removed_files.push_back(entry->file);
      }
    }
    request->delete_files = {NewDeletes(task.file, positions)};
  }

  /// Compacts the files of one day.
  Status Rewrite() {
    ARROW_ASSIGN_OR_RAISE(const Head head, Plan());
    const int32_t day = Random(3);
    WriteRequest request = Request(WriteMode::kRewrite);
    request.checks.base = head.id;
    std::vector<RowId> rows;
    for (const FileScanTask& task : head.plan.tasks) {
      if (task.file.partition[0] != iceberg::Value(day)) {
        continue;
      }
      const Positions deleted = DeletedIn(task);
      const std::vector<RowId> all = arena_.contents.Rows(task.file.file_path);
      for (size_t i = 0; i < all.size(); ++i) {
        if (!deleted.contains(static_cast<int64_t>(i))) {
          rows.push_back(all[i]);
        }
      }
      request.removed_files.push_back(task.file);
      const iceberg::SequenceNumber sequence = task.data_sequence_number;
      request.data_sequence_number =
          std::min(request.data_sequence_number.value_or(sequence), sequence);
    }
    if (request.removed_files.size() < 2) {
      return Append();
    }
    request.files = {NewDataFile(day, rows)};
    return Write(arena_.context, request).status();
  }

  Arena& arena_;
  std::mt19937 random_;
};

/// Rows that a reader of main sees.
std::multiset<RowId> RowsOf(Arena& arena) {
  const auto loaded = arena.context.catalog.LoadTable(arena.ident).ValueOrDie();
  ScanRequest request;
  request.metadata = loaded.metadata;
  const ScanPlan plan = PlanScan(arena.files, request).ValueOrDie();
  std::multiset<RowId> rows;
  for (const FileScanTask& task : plan.tasks) {
    Positions deleted;
    for (const auto& entry : task.deletes) {
      EXPECT_EQ(entry->file.referenced_data_file, task.file.file_path);
      deleted.merge(arena.contents.PositionsOf(NameOf(entry->file)));
    }
    const std::vector<RowId> all = arena.contents.Rows(task.file.file_path);
    for (size_t i = 0; i < all.size(); ++i) {
      if (!deleted.contains(static_cast<int64_t>(i))) {
        rows.insert(all[i]);
      }
    }
  }
  return rows;
}

/// Totals of the head's summary agree with its manifests; no delete is without its data.
void CheckHead(Arena& arena) {
  const auto loaded = arena.context.catalog.LoadTable(arena.ident).ValueOrDie();
  const iceberg::Snapshot& head = *loaded.metadata->current_snapshot();
  int64_t records = 0;
  int64_t deletes = 0;
  std::set<std::string> data_files;
  std::vector<std::string> referenced;
  for (const iceberg::ManifestFile& manifest :
       LoadManifests(arena.files, *loaded.metadata, head).ValueOrDie()) {
    const std::string avro = arena.files.ReadAll(manifest.path).ValueOrDie();
    for (const auto& entry : iceberg::ReadManifest(avro, manifest).ValueOrDie().entries) {
      if (!entry.is_live()) {
        continue;
      }
      if (entry.file.content == iceberg::FileContent::kData) {
        records += entry.file.record_count;
        EXPECT_TRUE(data_files.insert(entry.file.file_path).second);
      } else {
        deletes += entry.file.record_count;
        referenced.push_back(*entry.file.referenced_data_file);
      }
    }
  }
  EXPECT_EQ(SummaryOf(head, "total-records"), std::to_string(records));
  EXPECT_EQ(SummaryOf(head, "total-position-deletes"), std::to_string(deletes));
  for (const std::string& path : referenced) {
    EXPECT_TRUE(data_files.contains(path)) << path;
  }
}

void RunWriters(Arena& arena, int operations, const std::function<void()>& disturb) {
  std::vector<std::thread> threads;
  for (uint32_t i = 0; i < 8; ++i) {
    threads.emplace_back([&arena, i, operations] { Writer(arena, i).Run(operations); });
  }
  if (disturb) {
    disturb();
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(RowsOf(arena), arena.model.Rows());
  CheckHead(arena);
  EXPECT_GT(arena.commits.load(), operations);
}

TEST(WriteModel, Trap33_NothingIsLostOrResurrected) {
  for (const char* version : {"2", "3"}) {
    SCOPED_TRACE(version);
    FakeTable table;
    ASSERT_OK(table.Create({{"format-version", version},
                            {"commit.retry.num-retries", "1000"},
                            {"commit.manifest.min-count-to-merge", "8"}}));
    ManifestCache cache(int64_t{1} << 20);
    Context context = table.context;
    context.manifests = &cache;
    const bool is_v3 = std::string(version) == "3";
    Arena arena{is_v3 ? context : table.context, table.ident, table.memory, is_v3};
    RunWriters(arena, 25, [&] {
      // Commits whose outcome nobody hears of, and refused ones.
      for (int i = 0; i < 40; ++i) {
        const bool is_refusal = i % 4 == 3;
        table.catalog.FailNextCommit(
            MakeError(
                is_refusal ? ErrorCode::kCommitConflict : ErrorCode::kCommitStateUnknown,
                "lost"),
            i % 2 == 0 ? Applied::kYes : Applied::kNo);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      }
    });
    EXPECT_EQ(table.NumOrphans(), 0U);
  }
}

TEST(WriteModel, Trap33_NothingIsLostOrResurrectedOnSqlite) {
  std::string directory = "/tmp/tarn-model-XXXXXX";
  ASSERT_NE(::mkdtemp(directory.data()), nullptr);
  FakeTable table;  // its files; the catalog is a real one
  catalog::SqliteCatalogOptions options;
  options.path = directory + "/catalog.db";
  options.warehouse = "/warehouse";
  ASSERT_OK_AND_ASSIGN(
      const auto catalog,
      catalog::OpenSqliteCatalog(options, table.memory, table.clock, table.random));
  ASSERT_OK(catalog->CreateNamespace(table.ident.ns, {}));
  ASSERT_OK_AND_ASSIGN(const auto described,
                       table.Describe({{"format-version", "3"},
                                       {"commit.retry.num-retries", "1000"},
                                       {"commit.manifest.min-count-to-merge", "8"}}));
  Arena arena{{*catalog, table.memory, table.clock, table.random},
              table.ident,
              table.memory,
              /*is_v3=*/true};
  WriteRequest create;
  create.ident = table.ident;
  create.create = described;
  ASSERT_OK(Write(arena.context, create));
  RunWriters(arena, 10, nullptr);
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
}

}  // namespace
}  // namespace tarn::table
