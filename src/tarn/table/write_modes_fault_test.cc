// Every I/O of every kind of write fails once; every kind of write loses its answer once.
#include <functional>
#include <set>
#include <utility>

#include <gtest/gtest.h>

#include "tarn/table/delta_files_test.h"

namespace tarn::table {
namespace {

using iceberg::DataFile;
using testing::Applied;
using testing::Fault;
using testing::FaultEffect;

/// Two data files, each with a deletion vector in a shared Puffin file, and equality
/// deletes: something to take away for every kind of write.
struct Scene {
  FakeTable table;
  std::vector<DataFile> files;
  std::vector<DataFile> vectors;

  Scene() {
    EXPECT_OK(table.Create(
        {{"format-version", "3"}, {"commit.manifest.min-count-to-merge", "2"}}));
    files = AppendEach(table, 2);
    vectors = {NewVector(table, files[0], 1, 4, "/warehouse/t/data/a.puffin"),
               NewVector(table, files[1], 1, 40, "/warehouse/t/data/a.puffin")};
    WriteRequest request = table.Request({}, WriteMode::kRowDelta);
    request.delete_files = vectors;
    EXPECT_OK(Write(table.context, request));
    request = table.Request({}, WriteMode::kRowDelta);
    request.delete_files = {NewEqualityDeletes(table, int32_t{0})};
    EXPECT_OK(Write(table.context, request));
  }

  std::set<std::string> Names() {
    std::set<std::string> names;
    for (const auto& [name, entry] : Live(table)) {
      names.insert(name);
    }
    return names;
  }
};

struct Kind {
  const char* name;
  std::function<WriteRequest(Scene&)> make;
};

WriteRequest Delta(Scene& s) { return s.table.Request({}, WriteMode::kRowDelta); }

const Kind kKinds[] = {
    {"append", [](Scene& s) { return s.table.Request({s.table.NewFile(int32_t{0})}); }},
    {"fast append",
     [](Scene& s) {
       return s.table.Request({s.table.NewFile(int32_t{0})}, WriteMode::kFastAppend);
     }},
    {"overwrite",
     [](Scene& s) {
       return s.table.Request({s.table.NewFile(int32_t{0})}, WriteMode::kOverwrite);
     }},
    {"overwrite partitions",
     [](Scene& s) {
       return s.table.Request({s.table.NewFile(int32_t{0})},
                              WriteMode::kOverwritePartitions);
     }},
    {"new vector",
     [](Scene& s) {
       WriteRequest request = Delta(s);
       request.delete_files = {NewVector(s.table, s.files[0], 2)};
       request.removed_files = {s.vectors[0]};
       return request;
     }},
    {"copy on write",
     [](Scene& s) {
       WriteRequest request = Delta(s);
       request.files = {s.table.NewFile(int32_t{0})};
       request.removed_files = {s.files[0]};
       request.checks = {.isolation = Isolation::kSerializable, .base = HeadOf(s.table)};
       return request;
     }},
    {"remove rows",
     [](Scene& s) {
       WriteRequest request = Delta(s);
       request.removed_rows = Predicate(iceberg::Operation::kEqual, "day",
                                        iceberg::Type::Date(), {int32_t{1}});
       return request;
     }},
    {"rewrite",
     [](Scene& s) {
       WriteRequest request =
           s.table.Request({s.table.NewFile(int32_t{0})}, WriteMode::kRewrite);
       request.removed_files = s.files;
       request.data_sequence_number = iceberg::SequenceNumber{1};
       request.checks.base = HeadOf(s.table);
       return request;
     }},
    {"append to a branch",
     [](Scene& s) {
       WriteRequest request = s.table.Request({s.table.NewFile(int32_t{0})});
       request.branch = "dev";
       return request;
     }},
    {"staged append",
     [](Scene& s) {
       WriteRequest request = s.table.Request({s.table.NewFile(int32_t{0})});
       request.stage_only = true;
       return request;
     }},
};

/// One point of failure of one kind of write; sets `fired` if it got that far.
void FailOnce(const Kind& kind, Fault fault, bool* fired) {
  Scene scene;
  const std::set<std::string> before = scene.Names();
  const size_t snapshots = scene.table.Metadata()->snapshots.size();
  const WriteRequest request = kind.make(scene);
  scene.table.io.FailOperation(fault);
  const Status status = Write(scene.table.context, request).status();
  *fired = scene.table.io.fault_fired();
  scene.table.io.FailOperation(-1);
  const bool on_main = request.branch == "main" && !request.stage_only;
  EXPECT_EQ(scene.Names() != before, status.ok() && on_main);
  EXPECT_EQ(scene.table.Metadata()->snapshots.size(), snapshots + (status.ok() ? 1 : 0));
  EXPECT_EQ(scene.table.NumOrphans(), 0U);
  EXPECT_OK(scene.table.Plan());
  // Nothing keeps the next writer from the same change.
  if (!status.ok()) {
    EXPECT_OK(Write(scene.table.context, request));
  }
  if (!*fired) {
    EXPECT_OK(status);
  }
}

TEST(WriteModes, Trap30_EveryFailedIoLeavesTheOldOrTheNewTable) {
  for (const Kind& kind : kKinds) {
    for (const FaultEffect effect : {FaultEffect::kNone, FaultEffect::kFull}) {
      int64_t fail_at = 0;
      for (bool fired = true; fired; ++fail_at) {
        SCOPED_TRACE(std::string(kind.name) + ", effect " +
                     std::to_string(static_cast<int>(effect)) +
                     ", fail_at=" + std::to_string(fail_at));
        FailOnce(kind, Fault{fail_at, effect, ErrorCode::kIoFailed}, &fired);
      }
      EXPECT_GT(fail_at, 3) << kind.name;
    }
  }
}

TEST(WriteModes, Trap30_UnknownOutcomesAreLookedUp) {
  for (const Kind& kind : kKinds) {
    for (const Applied applied : {Applied::kYes, Applied::kNo}) {
      SCOPED_TRACE(std::string(kind.name) +
                   (applied == Applied::kYes ? ", applied" : ", not applied"));
      Scene scene;
      const WriteRequest request = kind.make(scene);
      const size_t snapshots = scene.table.Metadata()->snapshots.size();
      scene.table.catalog.FailNextCommit(
          MakeError(ErrorCode::kCommitStateUnknown, "lost"), applied);
      EXPECT_OK(Write(scene.table.context, request));
      EXPECT_EQ(scene.table.Metadata()->snapshots.size(), snapshots + 1);
      EXPECT_EQ(scene.table.NumOrphans(), 0U);
      EXPECT_OK(scene.table.Plan());
    }
  }
}

TEST(WriteModes, Trap30_WhatCannotBeLookedUpIsLeftAlone) {
  for (const Kind& kind : kKinds) {
    SCOPED_TRACE(kind.name);
    Scene scene;
    const WriteRequest request = kind.make(scene);
    ASSERT_OK(scene.table.catalog.Commit(
        {{scene.table.ident,
          {},
          {iceberg::update::SetProperties{{{"commit.retry.num-retries", "0"}}}},
          nullptr}}));
    scene.table.catalog.FailNextCommit(MakeError(ErrorCode::kCommitStateUnknown, "lost"),
                                       Applied::kYes);
    scene.table.catalog.BeforeNextCommit([&] {
      scene.table.catalog.FailNextLoad(MakeError(ErrorCode::kForbidden, "go away"));
    });
    EXPECT_ERROR(Write(scene.table.context, request), ErrorCode::kCommitStateUnknown,
                 "lost");
    EXPECT_EQ(scene.table.NumOrphans(), 0U);  // it was applied, and its files are there
    EXPECT_OK(scene.table.Plan());
  }
}

/// Does something before a file is read for the first time.
class InterruptedFileIO : public io::FileIO {
 public:
  InterruptedFileIO(io::FileIO& base, std::function<void()> before)
      : base_(base), before_(std::move(before)) {}

  Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenInput(
      const std::string& location, std::optional<int64_t> size_bytes) override {
    return base_.OpenInput(location, size_bytes);
  }
  Result<std::shared_ptr<arrow::io::OutputStream>> OpenOutput(
      const std::string& location) override {
    return base_.OpenOutput(location);
  }
  Status WriteNew(const std::string& location, std::string_view bytes) override {
    return base_.WriteNew(location, bytes);
  }
  Result<std::string> ReadAll(const std::string& location, int64_t bytes_max) override {
    if (const auto before = std::exchange(before_, nullptr)) {
      before();
    }
    return base_.ReadAll(location, bytes_max);
  }
  Result<io::FileInfo> Stat(const std::string& location) override {
    return base_.Stat(location);
  }
  Result<std::vector<io::FileInfo>> List(const std::string& directory) override {
    return base_.List(directory);
  }
  Status Delete(const std::string& location) override { return base_.Delete(location); }

 private:
  io::FileIO& base_;
  std::function<void()> before_;
};

TEST(WriteModes, Trap34_AHeadThatExpiresMeanwhileIsNoFailure) {
  for (const bool table_goes_on : {true, false}) {
    FakeTable table;
    ASSERT_OK(table.Create());
    ASSERT_OK(table.Append({table.NewFile(int32_t{0})}));
    const std::string list = table.Metadata()->current_snapshot()->manifest_list;
    const iceberg::SnapshotId old = *HeadOf(table);
    InterruptedFileIO io(table.memory, [&] {
      if (table_goes_on) {
        ASSERT_OK(table.Append({table.NewFile(int32_t{1})}));
        ASSERT_OK(table.catalog.Commit(
            {{table.ident, {}, {iceberg::update::RemoveSnapshots{{old}}}, nullptr}}));
      }
      ASSERT_OK(table.memory.Delete(list));
    });
    const Context context{table.catalog, io, table.clock, table.random};
    const auto written = Write(context, table.Request({table.NewFile(int32_t{2})}));
    if (table_goes_on) {
      EXPECT_OK(written);
      EXPECT_EQ(table.NumRows(), 30);
    } else {
      EXPECT_ERROR(written, ErrorCode::kNoSuchFile, list);
    }
  }
}

}  // namespace
}  // namespace tarn::table
