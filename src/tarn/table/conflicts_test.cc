// What others commit between the base of a change and its commit: which of it makes the
// change fail, at which isolation.
#include <functional>

#include <gtest/gtest.h>

#include "tarn/table/delta_files_test.h"

namespace tarn::table {
namespace {

using iceberg::DataFile;
using iceberg::SequenceNumber;

/// The lowest isolation at which two changes conflict.
enum class From : uint8_t { kNone, kSnapshot, kSerializable, kNever };

/// Days 0, 1 and 2 with one file each, ids 0–9, 10–19 and 20–29.
struct Scene {
  FakeTable table;
  std::vector<DataFile> files;

  explicit Scene(const char* version = "2") {
    EXPECT_OK(table.Create({{"format-version", version}}));
    files = AppendEach(table, 3);
  }

  WriteRequest Delta() { return table.Request({}, WriteMode::kRowDelta); }
  WriteRequest Deleting(DataFile deletes) {
    WriteRequest request = Delta();
    request.delete_files = {std::move(deletes)};
    return request;
  }
  WriteRequest Removing(const DataFile& file) {
    WriteRequest request = Delta();
    request.removed_files = {file};
    return request;
  }
  WriteRequest Rewriting(const DataFile& file) {
    WriteRequest request =
        table.Request({table.NewFile(file.partition[0])}, WriteMode::kRewrite);
    request.removed_files = {file};
    request.checks.base = HeadOf(table);
    return request;
  }
};

using MakeRequest = std::function<WriteRequest(Scene&)>;

struct Other {
  const char* name;
  MakeRequest make;
};

const Other kOthers[] = {
    {"append to day 0",
     [](Scene& s) { return s.table.Request({s.table.NewFile(int32_t{0}, 10, 40)}); }},
    {"append to day 2",
     [](Scene& s) { return s.table.Request({s.table.NewFile(int32_t{2}, 10, 40)}); }},
    {"delete rows of file 0",
     [](Scene& s) { return s.Deleting(NewPositionDeletes(s.table, s.files[0])); }},
    {"delete rows of file 2",
     [](Scene& s) { return s.Deleting(NewPositionDeletes(s.table, s.files[2])); }},
    {"delete keys of day 0",
     [](Scene& s) { return s.Deleting(NewEqualityDeletes(s.table, int32_t{0})); }},
    {"remove file 0", [](Scene& s) { return s.Removing(s.files[0]); }},
    {"remove file 2", [](Scene& s) { return s.Removing(s.files[2]); }},
    {"rewrite file 0", [](Scene& s) { return s.Rewriting(s.files[0]); }},
    {"rewrite file 2", [](Scene& s) { return s.Rewriting(s.files[2]); }},
};
constexpr size_t kNumOthers = std::size(kOthers);

struct Ours {
  const char* name;
  MakeRequest make;
  From conflicts[kNumOthers];
};

iceberg::Expression DayZero() {
  return Predicate(iceberg::Operation::kEqual, "day", iceberg::Type::Date(),
                   {int32_t{0}});
}

constexpr From kNo = From::kNever;
const Ours kOurs[] = {
    {"copy-on-write update of file 0",
     [](Scene& s) {
       WriteRequest request = s.Removing(s.files[0]);
       request.files = {s.table.NewFile(int32_t{0})};
       request.checks.read_rows = DayZero();
       return request;
     },
     {From::kSerializable, kNo, From::kSnapshot, kNo, From::kSnapshot, From::kNone, kNo,
      From::kNone, kNo}},
    {"update of rows of file 0 by position",
     [](Scene& s) {
       WriteRequest request = s.Deleting(NewPositionDeletes(s.table, s.files[0]));
       request.files = {s.table.NewFile(int32_t{0})};
       request.checks.read_rows = DayZero();
       return request;
     },
     {From::kSerializable, kNo, From::kSnapshot, kNo, From::kSnapshot, From::kNone, kNo,
      From::kNone, kNo}},
    {"delete of rows of file 0 by position",
     [](Scene& s) {
       WriteRequest request = s.Deleting(NewPositionDeletes(s.table, s.files[0]));
       request.checks.read_rows = DayZero();
       return request;
     },
     {From::kSerializable, kNo, kNo, kNo, kNo, From::kNone, kNo, From::kNone, kNo}},
    {"overwrite of day 0",
     [](Scene& s) {
       return s.table.Request({s.table.NewFile(int32_t{0})},
                              WriteMode::kOverwritePartitions);
     },
     {From::kSerializable, kNo, From::kSnapshot, kNo, From::kSnapshot, From::kSnapshot,
      kNo, kNo, kNo}},
    {"overwrite of all",
     [](Scene& s) {
       return s.table.Request({s.table.NewFile(int32_t{0})}, WriteMode::kOverwrite);
     },
     {From::kSerializable, From::kSerializable, From::kSnapshot, From::kSnapshot,
      From::kSnapshot, From::kSnapshot, From::kSnapshot, kNo, kNo}},
    {"overwrite by filter",
     [](Scene& s) {
       WriteRequest request = s.Delta();
       request.files = {s.table.NewFile(int32_t{0})};
       request.removed_rows = Predicate(iceberg::Operation::kLess, "id",
                                        iceberg::Type::Long(), {int64_t{10}});
       request.checks.read_rows = DayZero();
       return request;
     },
     {From::kSerializable, kNo, From::kSnapshot, kNo, From::kSnapshot, From::kSnapshot,
      kNo, kNo, kNo}},
    {"rewrite of file 0",
     [](Scene& s) { return s.Rewriting(s.files[0]); },
     {kNo, kNo, From::kNone, kNo, From::kNone, From::kNone, kNo, From::kNone, kNo}},
    {"rewrite of file 0 with its sequence number",
     [](Scene& s) {
       WriteRequest request = s.Rewriting(s.files[0]);
       request.data_sequence_number = SequenceNumber{1};
       return request;
     },
     {kNo, kNo, From::kNone, kNo, kNo, From::kNone, kNo, From::kNone, kNo}},
    {"append",
     [](Scene& s) {
       WriteRequest request = s.table.Request({s.table.NewFile(int32_t{1})});
       request.checks.read_rows = DayZero();
       return request;
     },
     {From::kSerializable, kNo, From::kSerializable, kNo, From::kSerializable,
      From::kSerializable, kNo, kNo, kNo}},
};

void RunPair(const Ours& ours, size_t other, Isolation isolation, bool on_retry) {
  SCOPED_TRACE(std::string(ours.name) + " against " + kOthers[other].name +
               ", isolation " + std::to_string(static_cast<int>(isolation)) +
               (on_retry ? ", on retry" : ", before the first attempt"));
  Scene scene;
  WriteRequest request = ours.make(scene);
  request.checks.isolation = isolation;
  request.checks.base = HeadOf(scene.table);
  const WriteRequest others = kOthers[other].make(scene);
  const auto commit_other = [&] { ASSERT_OK(Write(scene.table.context, others)); };
  if (on_retry) {
    scene.table.catalog.BeforeNextCommit(commit_other);
  } else {
    commit_other();
  }
  const Status status = Write(scene.table.context, request).status();
  const bool expected =
      static_cast<int>(ours.conflicts[other]) <= static_cast<int>(isolation);
  if (expected) {
    EXPECT_ERROR(status, ErrorCode::kCommitConflict, "run the statement again");
    EXPECT_EQ(scene.table.Metadata()->snapshots.size(), 4U);
  } else {
    EXPECT_OK(status);
    EXPECT_EQ(scene.table.Metadata()->snapshots.size(), 5U);
  }
  EXPECT_OK(scene.table.Plan());
  EXPECT_EQ(scene.table.NumOrphans(), 0U);
}

TEST(Conflicts, Trap33_EveryChangeAgainstEveryOther) {
  for (const Ours& ours : kOurs) {
    for (size_t other = 0; other < kNumOthers; ++other) {
      for (const Isolation isolation :
           {Isolation::kNone, Isolation::kSnapshot, Isolation::kSerializable}) {
        RunPair(ours, other, isolation, /*on_retry=*/true);
      }
      RunPair(ours, other, Isolation::kSnapshot, /*on_retry=*/false);
    }
  }
}

TEST(Conflicts, Trap25_TwoVectorsForOneFile) {
  for (const bool with_base : {true, false}) {
    Scene scene("3");
    WriteRequest request = scene.Deleting(NewVector(scene.table, scene.files[0]));
    if (with_base) {
      request.checks.base = HeadOf(scene.table);
    }
    WriteRequest other = scene.Deleting(NewVector(scene.table, scene.files[1]));
    ASSERT_OK(Write(scene.table.context, other));
    scene.table.catalog.BeforeNextCommit([&] {
      ASSERT_OK(Write(scene.table.context,
                      scene.Deleting(NewVector(scene.table, scene.files[0], 2))));
    });
    EXPECT_ERROR(Write(scene.table.context, request), ErrorCode::kCommitConflict,
                 "concurrently added deletes for " + scene.files[0].file_path);
    EXPECT_OK(scene.table.Plan());
  }
}

TEST(Conflicts, Trap33_AnEqualityDeleteTurnedIntoPositionsStillCounts) {
  Scene scene("3");
  WriteRequest rewrite = scene.Rewriting(scene.files[0]);
  rewrite.data_sequence_number = SequenceNumber{1};
  // Another deletes by key, a third makes positions of that.
  WriteRequest by_key = scene.Deleting(NewEqualityDeletes(scene.table, int32_t{0}));
  ASSERT_OK(Write(scene.table.context, by_key));
  WriteRequest convert = scene.table.Request({}, WriteMode::kRewrite);
  convert.checks.base = HeadOf(scene.table);
  convert.removed_files = by_key.delete_files;
  convert.delete_files = {NewVector(scene.table, scene.files[0])};
  ASSERT_OK(Write(scene.table.context, convert));
  EXPECT_ERROR(Write(scene.table.context, rewrite), ErrorCode::kCommitConflict,
               "new delete for replaced data file");
}

TEST(Conflicts, Trap20_AnEqualityDeleteDoesNotReachRowsMovedToAnotherSpec) {
  for (const bool to_other_spec : {true, false}) {
    Scene scene;
    iceberg::PartitionSpec by_bucket;
    by_bucket.fields = {
        {.source_ids = {1}, .field_id = 0, .name = "b", .transform = iceberg::Bucket{4}}};
    ASSERT_OK(scene.table.catalog.Commit({{scene.table.ident,
                                           {},
                                           {iceberg::update::AddPartitionSpec{by_bucket}},
                                           nullptr}}));
    WriteRequest rewrite = scene.Rewriting(scene.files[0]);
    rewrite.data_sequence_number = SequenceNumber{1};
    if (to_other_spec) {
      rewrite.files[0].spec_id = iceberg::SpecId{{1}};
    }
    ASSERT_OK(Write(scene.table.context,
                    scene.Deleting(NewEqualityDeletes(scene.table, int32_t{0}))));
    const Status status = Write(scene.table.context, rewrite).status();
    if (to_other_spec) {
      EXPECT_ERROR(status, ErrorCode::kCommitConflict, "new delete for replaced");
    } else {
      EXPECT_OK(status);
    }
  }
}

TEST(Conflicts, BaseMustBeAnAncestor) {
  Scene scene;
  const auto base = HeadOf(scene.table);
  const auto parent = *scene.table.Metadata()->current_snapshot()->parent_id;
  iceberg::SnapshotRef main;
  main.snapshot_id = parent;
  ASSERT_OK(scene.table.catalog.Commit({{scene.table.ident,
                                         {},
                                         {iceberg::update::SetSnapshotRef{"main", main}},
                                         nullptr}}));
  WriteRequest request = scene.Removing(scene.files[0]);
  request.checks.base = base;
  EXPECT_ERROR(Write(scene.table.context, request), ErrorCode::kCommitConflict,
               "not an ancestor");
  request.checks.base = parent;
  EXPECT_OK(Write(scene.table.context, request));
}

TEST(Conflicts, ExpiredHistoryIsAConflict) {
  Scene scene;
  const auto base = HeadOf(scene.table);
  ASSERT_OK_AND_ASSIGN(const auto between,
                       scene.table.Append({scene.table.NewFile(int32_t{5})}));
  ASSERT_OK(scene.table.Append({scene.table.NewFile(int32_t{6})}));
  ASSERT_OK(scene.table.catalog.Commit(
      {{scene.table.ident,
        {},
        {iceberg::update::RemoveSnapshots{{*between.metadata->current_snapshot_id}}},
        nullptr}}));
  WriteRequest request = scene.Removing(scene.files[0]);
  request.checks.base = base;
  EXPECT_ERROR(Write(scene.table.context, request), ErrorCode::kCommitConflict,
               "expired");
}

TEST(Conflicts, WithoutABaseEverySnapshotIsNew) {
  FakeTable table;
  ASSERT_OK(table.Create());
  WriteRequest request =
      table.Request({table.NewFile(int32_t{1})}, WriteMode::kOverwrite);
  request.checks.isolation = Isolation::kSerializable;
  table.catalog.BeforeNextCommit(
      [&] { ASSERT_OK(table.Append({table.NewFile(int32_t{2})})); });
  EXPECT_ERROR(Write(table.context, request), ErrorCode::kCommitConflict,
               "found conflicting files");
  EXPECT_EQ(table.NumRows(), 10);
}

TEST(Conflicts, GlobalEqualityDeletesHitEveryPartition) {
  Scene scene;
  iceberg::PartitionSpec none;
  ASSERT_OK(scene.table.catalog.Commit(
      {{scene.table.ident, {}, {iceberg::update::AddPartitionSpec{none}}, nullptr}}));
  WriteRequest request = scene.Removing(scene.files[0]);
  request.files = {scene.table.NewFile(int32_t{0})};
  request.checks.isolation = Isolation::kSnapshot;
  request.checks.base = HeadOf(scene.table);
  DataFile global = NewEqualityDeletes(scene.table, {});
  global.partition.clear();
  global.spec_id = iceberg::SpecId{{1}};
  ASSERT_OK(Write(scene.table.context, scene.Deleting(global)));
  EXPECT_ERROR(Write(scene.table.context, request), ErrorCode::kCommitConflict,
               "new delete for replaced data file");
}

}  // namespace
}  // namespace tarn::table
