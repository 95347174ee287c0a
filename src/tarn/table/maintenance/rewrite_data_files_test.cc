#include "tarn/table/maintenance/rewrite_data_files.h"

#include <limits>

#include "tarn/table/maintenance/expire_snapshots.h"
#include "tarn/table/maintenance/internal/file_groups.h"
#include "tarn/table/maintenance/rewrite_manifests.h"
#include "tarn/table/maintenance/row_table_test.h"

namespace tarn::table {
namespace {

using internal::FileSizes;
using testing::Applied;

std::map<std::string, std::string> Version(int version) {
  return {{"format-version", std::to_string(version)}};
}

RewriteDataFilesOptions AnyTwo() {
  RewriteDataFilesOptions options;
  options.min_input_files = 2;
  return options;
}

TEST(RewriteDataFiles, SmallFilesOfAPartitionBecomeOne) {
  for (const int version : {2, 3}) {
    SCOPED_TRACE(version);
    RowTable table;
    ASSERT_OK(table.Create(Version(version)));
    for (int64_t i = 0; i < 6; ++i) {
      ASSERT_OK(table.AppendRows(RowTable::Range(10 * i, 10 * i + 10), i < 5 ? 1 : 2));
    }
    const auto lineage = table.Lineage();
    const auto parent = *table.Metadata()->current_snapshot();
    ASSERT_OK_AND_ASSIGN(const auto result, RewriteDataFiles(table.context, table.ident));
    EXPECT_EQ(result.file_groups_count, 1);  // day 2 has one file, which stays
    EXPECT_EQ(result.rewritten_data_files_count, 5);
    EXPECT_EQ(result.added_data_files_count, 1);
    EXPECT_EQ(result.rewritten_rows_count, 50);
    EXPECT_GT(result.rewritten_bytes_count, result.added_bytes_count);
    EXPECT_EQ(result.snapshot_ids, std::vector{table.HeadId()});
    EXPECT_EQ(table.NumDataFiles(), 2);
    EXPECT_EQ(table.LiveIds(), RowTable::Range(0, 60));
    EXPECT_EQ(table.Lineage(), lineage);  // trap 29
    const auto& snapshot = *table.Metadata()->current_snapshot();
    EXPECT_EQ(snapshot.operation, "replace");
    EXPECT_EQ(snapshot.summary.at("total-records"), parent.summary.at("total-records"));
    EXPECT_EQ(table.NumOrphans(), 0U);
    ASSERT_OK_AND_ASSIGN(const auto again, RewriteDataFiles(table.context, table.ident));
    EXPECT_EQ(again.rewritten_data_files_count, 0);
    EXPECT_TRUE(again.snapshot_ids.empty());
  }
}

TEST(RewriteDataFiles, Trap29_RowIdsSurviveRewritesOfRewrites) {
  RowTable table;
  ASSERT_OK(table.Create(Version(3)));
  for (int64_t i = 0; i < 4; ++i) {
    ASSERT_OK(table.AppendRows(RowTable::Range(10 * i, 10 * i + 10), 1));
  }
  ASSERT_OK(table.TryDelete({3, 17, 33}));
  const auto lineage = table.Lineage();
  ASSERT_EQ(lineage.size(), 37U);
  for (int round = 0; round < 3; ++round) {
    RewriteDataFilesOptions options;
    options.rewrite_all = true;
    options.strategy = RewriteStrategy::kZOrder;
    options.cluster_columns = {"id", "day"};
    ASSERT_OK(RewriteDataFiles(table.context, table.ident, options));
    EXPECT_EQ(table.Lineage(), lineage);
    ASSERT_OK(table.AppendRows({100 + round}, 1));
    ASSERT_OK(table.TryDelete({100 + round}));
  }
}

TEST(RewriteDataFiles, DeletesAreAppliedAndGo) {
  for (const int version : {2, 3}) {
    SCOPED_TRACE(version);
    RowTable table;
    ASSERT_OK(table.Create(Version(version)));
    ASSERT_OK(table.AppendRows(RowTable::Range(0, 20), 1));
    ASSERT_OK(table.AppendRows(RowTable::Range(20, 40), 1));
    ASSERT_OK(table.TryDelete({1, 2, 25}));
    ASSERT_OK(table.DeleteByEquality({30, 31}, 1));
    ASSERT_OK(table.AppendRows({30}, 1));  // after the delete: stays
    const auto before = table.LiveIds();
    ASSERT_EQ(before.size(), 36U);
    RewriteDataFilesOptions options = AnyTwo();
    options.remove_dangling_deletes = true;
    ASSERT_OK_AND_ASSIGN(const auto result,
                         RewriteDataFiles(table.context, table.ident, options));
    EXPECT_EQ(table.LiveIds(), before);
    EXPECT_EQ(table.NumDataFiles(), 1);
    EXPECT_EQ(table.NumDeleteFiles(), 0);
    EXPECT_EQ(result.removed_delete_files_count, 3);
    EXPECT_EQ(result.rewritten_rows_count, 36);
  }
}

TEST(RewriteDataFiles, DeleteThresholdsChooseFiles) {
  RowTable table;
  ASSERT_OK(table.Create());
  for (int32_t day = 1; day <= 3; ++day) {
    ASSERT_OK(table.AppendRows(RowTable::Range(100 * day, 100 * day + 10), day));
  }
  ASSERT_OK(table.TryDelete({100}));                 // 10 % of day 1
  ASSERT_OK(table.TryDelete({200, 201, 202, 203}));  // 40 % of day 2
  ASSERT_OK_AND_ASSIGN(auto result, RewriteDataFiles(table.context, table.ident));
  EXPECT_EQ(result.rewritten_data_files_count, 1);
  EXPECT_EQ(result.removed_delete_files_count, 1);
  RewriteDataFilesOptions options;
  options.delete_file_threshold = 1;
  ASSERT_OK_AND_ASSIGN(result, RewriteDataFiles(table.context, table.ident, options));
  EXPECT_EQ(result.rewritten_data_files_count, 1);
  EXPECT_EQ(table.NumDeleteFiles(), 0);
  EXPECT_EQ(table.LiveIds().size(), 25U);
}

TEST(RewriteDataFiles, AFileWithoutLiveRowsGoes) {
  RowTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK(table.AppendRows({1, 2}, 1));
  ASSERT_OK(table.AppendRows({3}, 2));
  ASSERT_OK(table.TryDelete({1, 2}));
  ASSERT_OK_AND_ASSIGN(const auto result, RewriteDataFiles(table.context, table.ident));
  EXPECT_EQ(result.rewritten_data_files_count, 1);
  EXPECT_EQ(result.added_data_files_count, 0);
  EXPECT_EQ(table.LiveIds(), RowTable::Ids{3});
  EXPECT_EQ(table.NumDataFiles(), 1);
}

TEST(RewriteDataFiles, FilterAndDryRun) {
  RowTable table;
  ASSERT_OK(table.Create());
  for (int32_t day = 1; day <= 2; ++day) {
    for (int64_t i = 0; i < 3; ++i) {
      ASSERT_OK(table.AppendRows({day * 10 + i}, day));
    }
  }
  RewriteDataFilesOptions options = AnyTwo();
  options.filter = iceberg::Predicate(iceberg::Operation::kEqual, "day",
                                      iceberg::Type::Date(), {int32_t{2}});
  options.dry_run = DryRun::kYes;
  const auto files = table.Files();
  ASSERT_OK_AND_ASSIGN(const auto planned,
                       RewriteDataFiles(table.context, table.ident, options));
  EXPECT_EQ(table.Files(), files);
  EXPECT_EQ(planned.rewritten_data_files_count, 3);
  EXPECT_EQ(planned.added_data_files_count, 1);
  options.dry_run = DryRun::kNo;
  ASSERT_OK_AND_ASSIGN(const auto done,
                       RewriteDataFiles(table.context, table.ident, options));
  EXPECT_EQ(done.rewritten_data_files_count, 3);
  EXPECT_EQ(table.NumDataFiles(), 4);
  EXPECT_EQ(table.LiveIds(), (RowTable::Ids{10, 11, 12, 20, 21, 22}));
}

/// Ids in the order they are stored, of the only data file.
RowTable::Ids StoredOrder(RowTable& table) {
  const auto files = table.Scan(*table.Metadata()).ValueOrDie();
  EXPECT_EQ(files.size(), 1U);
  RowTable::Ids ids;
  for (const auto& [position, row] : files.front().rows) {
    ids.push_back(row.id);
  }
  return ids;
}

TEST(RewriteDataFiles, SortAndCurves) {
  RowTable table;
  ASSERT_OK(table.Create());
  for (const int64_t id : {5, 1, 4, 2, 3}) {
    ASSERT_OK(table.AppendRows({id}, 1));
  }
  RewriteDataFilesOptions options;
  options.strategy = RewriteStrategy::kSort;
  EXPECT_ERROR(RewriteDataFiles(table.context, table.ident, options),
               ErrorCode::kInvalidArgument, "sort order");
  iceberg::SortOrder order{iceberg::SortOrderId{1}, {{.source_ids = {1}}}};
  ASSERT_OK(
      table.Commit({iceberg::update::AddSortOrder{order},
                    iceberg::update::SetDefaultSortOrder{iceberg::SortOrderId{-1}}}));
  ASSERT_OK(RewriteDataFiles(table.context, table.ident, options));
  EXPECT_EQ(StoredOrder(table), (RowTable::Ids{1, 2, 3, 4, 5}));
  EXPECT_EQ(table.Plan()->tasks[0].file.sort_order_id, iceberg::SortOrderId{1});
  order.fields[0].direction = iceberg::SortDirection::kDescending;
  options.sort_order = order;
  options.rewrite_all = true;
  ASSERT_OK(RewriteDataFiles(table.context, table.ident, options));
  EXPECT_EQ(StoredOrder(table), (RowTable::Ids{5, 4, 3, 2, 1}));
  for (const RewriteStrategy strategy :
       {RewriteStrategy::kZOrder, RewriteStrategy::kHilbert}) {
    options.strategy = strategy;
    options.cluster_columns = {"ID"};
    ASSERT_OK(RewriteDataFiles(table.context, table.ident, options));
    EXPECT_EQ(StoredOrder(table), (RowTable::Ids{1, 2, 3, 4, 5}));
    options.cluster_columns = {};
    EXPECT_ERROR(RewriteDataFiles(table.context, table.ident, options),
                 ErrorCode::kInvalidArgument, "");
    options.cluster_columns = {"none"};
    EXPECT_ERROR(RewriteDataFiles(table.context, table.ident, options),
                 ErrorCode::kNoSuchColumn, "none");
  }
}

TEST(RewriteDataFiles, KeepsTheTablesOrderUnlessToldOtherwise) {
  RowTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK(table.AppendRows({5, 1, 4, 2, 3}, 1));
  ASSERT_OK(table.Commit(
      {iceberg::update::AddSortOrder{{iceberg::SortOrderId{1}, {{.source_ids = {1}}}}},
       iceberg::update::SetDefaultSortOrder{iceberg::SortOrderId{-1}}}));
  RewriteDataFilesOptions options;
  options.rewrite_all = true;
  options.strategy = RewriteStrategy::kBinPack;
  ASSERT_OK(RewriteDataFiles(table.context, table.ident, options));
  EXPECT_EQ(StoredOrder(table), (RowTable::Ids{5, 1, 4, 2, 3}));
  EXPECT_EQ(table.Plan()->tasks[0].file.sort_order_id, iceberg::SortOrderId{0});
  options.strategy.reset();
  ASSERT_OK(RewriteDataFiles(table.context, table.ident, options));
  EXPECT_EQ(StoredOrder(table), (RowTable::Ids{1, 2, 3, 4, 5}));
  EXPECT_EQ(table.Plan()->tasks[0].file.sort_order_id, iceberg::SortOrderId{1});
}

TEST(RewriteDataFiles, SortsOverAllFilesOfAGroup) {
  RowTable table;
  ASSERT_OK(table.Create());
  for (int64_t i = 0; i < 8; ++i) {
    RowTable::Ids ids;
    for (int64_t id = 999; id >= 0; --id) {
      ids.push_back(8 * id + i);
    }
    ASSERT_OK(table.AppendRows(ids, 1));
  }
  RewriteDataFilesOptions options;
  options.strategy = RewriteStrategy::kSort;
  options.sort_order = iceberg::SortOrder{iceberg::SortOrderId{1}, {{.source_ids = {1}}}};
  options.sort_memory_bytes_max = 40'000;  // less than a writer takes
  ASSERT_OK(RewriteDataFiles(table.context, table.ident, options));
  EXPECT_EQ(StoredOrder(table), RowTable::Range(0, 8000));
  EXPECT_EQ(table.NumDataFiles(), 1);
}

TEST(RewriteDataFiles, Trap33_EqualityDeletesMeanwhileStillApply) {
  RowTable table;
  ASSERT_OK(table.Create());
  for (int64_t i = 0; i < 5; ++i) {
    ASSERT_OK(table.AppendRows({i, 10 + i}, 1));
  }
  table.catalog.BeforeNextCommit([&] { EXPECT_OK(table.DeleteByEquality({2, 3}, 1)); });
  ASSERT_OK(RewriteDataFiles(table.context, table.ident));
  EXPECT_EQ(table.LiveIds(), (RowTable::Ids{0, 1, 4, 10, 11, 12, 13, 14}));
  EXPECT_EQ(table.NumDataFiles(), 1);
}

TEST(RewriteDataFiles, Trap33_RowsReinsertedAfterAnEqualityDeleteStay) {
  RowTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK(table.AppendRows({1, 2}, 1));
  ASSERT_OK(table.DeleteByEquality({1}, 1));
  ASSERT_OK(table.AppendRows({1}, 1));
  ASSERT_OK(RewriteDataFiles(table.context, table.ident, AnyTwo()));
  EXPECT_EQ(table.NumDataFiles(), 1);
  EXPECT_EQ(table.LiveIds(), (RowTable::Ids{1, 2}));
}

TEST(RewriteDataFiles, Trap33_PositionDeletesMeanwhileAreAConflict) {
  for (const int version : {2, 3}) {
    SCOPED_TRACE(version);
    RowTable table;
    ASSERT_OK(table.Create(Version(version)));
    for (int64_t i = 0; i < 5; ++i) {
      ASSERT_OK(table.AppendRows({i}, 1));
    }
    table.catalog.BeforeNextCommit([&] { EXPECT_OK(table.TryDelete({3}).status()); });
    EXPECT_ERROR(RewriteDataFiles(table.context, table.ident), ErrorCode::kCommitConflict,
                 "");
    EXPECT_EQ(table.LiveIds(), (RowTable::Ids{0, 1, 2, 4}));
    EXPECT_EQ(table.NumDataFiles(), 5);
    table.clock.Advance(std::chrono::hours(1));
    EXPECT_EQ(table.Files(), table.Referenced());  // its new file was deleted
  }
}

TEST(RewriteDataFiles, AppendsMeanwhileAreKept) {
  RowTable table;
  ASSERT_OK(table.Create());
  for (int64_t i = 0; i < 5; ++i) {
    ASSERT_OK(table.AppendRows({i}, 1));
  }
  table.catalog.BeforeNextCommit([&] { EXPECT_OK(table.AppendRows({5}, 1)); });
  ASSERT_OK(RewriteDataFiles(table.context, table.ident));
  EXPECT_EQ(table.LiveIds(), RowTable::Range(0, 6));
  EXPECT_EQ(table.NumDataFiles(), 2);
}

TEST(RewriteDataFiles, PartialProgressKeepsWhatWasCommitted) {
  RowTable table;
  ASSERT_OK(table.Create());
  for (int32_t day = 0; day < 4; ++day) {
    for (int64_t i = 0; i < 5; ++i) {
      ASSERT_OK(table.AppendRows({day * 10 + i}, day));
    }
  }
  const auto before = table.LiveIds();
  RewriteDataFilesOptions options;
  options.partial_progress_enabled = true;
  options.partial_progress_max_commits = 4;
  options.max_concurrent_file_group_rewrites = 1;
  table.catalog.BeforeNextCommit([&] {
    EXPECT_OK(table.TryDelete({0}).status());  // the first group commits in vain
  });
  ASSERT_OK_AND_ASSIGN(const auto result,
                       RewriteDataFiles(table.context, table.ident, options));
  EXPECT_EQ(result.file_groups_count, 4);
  EXPECT_EQ(result.snapshot_ids.size(), 3U);
  EXPECT_EQ(result.failed_data_files_count, 5);
  EXPECT_EQ(result.rewritten_data_files_count, 15);
  EXPECT_FALSE(result.first_failure.empty());
  EXPECT_EQ(table.LiveIds(), RowTable::Ids(before.begin() + 1, before.end()));
  EXPECT_EQ(table.Files(), table.Referenced());
}

TEST(RewriteDataFiles, Trap30_NoFileIsDeletedWhileTheOutcomeIsUnknown) {
  for (const Applied applied : {Applied::kYes, Applied::kNo}) {
    RowTable table;
    ASSERT_OK(table.Create());
    for (int64_t i = 0; i < 5; ++i) {
      ASSERT_OK(table.AppendRows({i}, 1));
    }
    table.catalog.FailNextCommit(
        MakeError(ErrorCode::kCommitStateUnknown, "connection lost"), applied);
    ASSERT_OK(RewriteDataFiles(table.context, table.ident));
    EXPECT_EQ(table.LiveIds(), RowTable::Range(0, 5));
    EXPECT_EQ(table.NumDataFiles(), 1);
    table.ExpectNoDanglingReference();
  }
}

TEST(RewriteDataFiles, AnotherSpecIsWritten) {
  RowTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK(table.AppendRows(RowTable::Range(0, 8), 1));
  iceberg::PartitionSpec spec;
  spec.fields = {{.source_ids = {1},
                  .field_id = 1001,
                  .name = "id_bucket",
                  .transform = iceberg::Bucket{2}}};
  ASSERT_OK(table.Commit({iceberg::update::AddPartitionSpec{spec}}));
  RewriteDataFilesOptions options;
  options.output_spec_id = table.Metadata()->partition_specs.back().id;
  ASSERT_OK(RewriteDataFiles(table.context, table.ident, options));
  EXPECT_EQ(table.LiveIds(), RowTable::Range(0, 8));
  ASSERT_EQ(table.NumDataFiles(), 2);
  EXPECT_EQ(table.Plan()->tasks[0].file.spec_id, *options.output_spec_id);
  options.output_spec_id = iceberg::SpecId{99};
  EXPECT_ERROR(RewriteDataFiles(table.context, table.ident, options),
               ErrorCode::kInvalidArgument, "99");
}

TEST(RewriteDataFiles, CancelledItLeavesNothing) {
  RowTable table;
  ASSERT_OK(table.Create());
  for (int64_t i = 0; i < 5; ++i) {
    ASSERT_OK(table.AppendRows({i}, 1));
  }
  const auto files = table.Files();
  for (int until = 0; until < 6; ++until) {
    RewriteDataFilesOptions options;
    int asked = 0;
    options.control.is_cancelled = [&] { return asked++ >= until; };
    EXPECT_ERROR(RewriteDataFiles(table.context, table.ident, options),
                 ErrorCode::kCancelled, "");
    EXPECT_EQ(table.Files(), files);
  }
}

TEST(RewriteDataFiles, VersionOneTablesAreMaintainedToo) {
  RowTable table;
  ASSERT_OK_AND_ASSIGN(const auto described, table.Describe());
  iceberg::TableMetadata metadata = *described;
  metadata.format_version = 1;
  WriteRequest create;
  create.ident = table.ident;
  create.create = std::make_shared<const iceberg::TableMetadata>(metadata);
  ASSERT_OK(Write(table.context, create));
  for (int64_t i = 0; i < 5; ++i) {
    ASSERT_OK(table.AppendRows({i}, 1));
  }
  ASSERT_OK_AND_ASSIGN(const auto manifests,
                       RewriteManifests(table.context, table.ident));
  EXPECT_EQ(manifests.rewritten_manifests_count, 5);
  ASSERT_OK_AND_ASSIGN(const auto result, RewriteDataFiles(table.context, table.ident));
  EXPECT_EQ(result.rewritten_data_files_count, 5);
  ExpireSnapshotsOptions options;
  options.older_than = std::chrono::milliseconds(std::numeric_limits<int64_t>::max());
  ASSERT_OK(ExpireSnapshots(table.context, table.ident, options));
  EXPECT_EQ(table.LiveIds(), RowTable::Range(0, 5));
  EXPECT_EQ(table.NumDataFiles(), 1);
  EXPECT_EQ(table.Metadata()->format_version, 1);
  EXPECT_EQ(table.Files(), table.Referenced());
}

TEST(FileGroups, NumOutputFiles) {
  constexpr FileSizes kSizes{.target = 100, .min = 75, .max = 180};
  constexpr struct {
    int64_t bytes;
    int64_t files;
  } kCases[] = {{0, 1},   {99, 1},  {100, 1}, {105, 1}, {110, 1}, {130, 2},
                {176, 2}, {200, 2}, {215, 2}, {230, 3}, {280, 3}, {1050, 10}};
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.bytes);
    EXPECT_EQ(internal::NumOutputFiles(c.bytes, kSizes), c.files);
  }
}

TEST(FileGroups, PlansBySizesAndOrder) {
  MaintainedTable table;
  ASSERT_OK(table.Create());
  std::vector<FileScanTask> tasks;
  const auto add = [&](int32_t day, int64_t bytes, int count) {
    for (int i = 0; i < count; ++i) {
      FileScanTask task{table.NewFile(day), {}};
      task.file.file_size_bytes = bytes;
      tasks.push_back(task);
    }
  };
  add(1, 100, 9);   // of a good size
  add(2, 10, 5);    // five small ones
  add(3, 10, 4);    // too few
  add(4, 60, 3);    // few, but more than one target file
  add(5, 1000, 1);  // too large
  RewriteDataFilesOptions options;
  options.target_file_size_bytes = 100;
  options.rewrite_job_order = RewriteJobOrder::kBytesDescending;
  const auto metadata = table.Metadata();
  ASSERT_OK_AND_ASSIGN(const FileSizes sizes, internal::FileSizesFor(*metadata, options));
  const auto groups = internal::PlanFileGroups(*metadata, tasks, sizes, options);
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].input_bytes, 1000);
  EXPECT_EQ(groups[0].output_files, 10);
  EXPECT_EQ(groups[1].input_bytes, 180);
  EXPECT_EQ(groups[2].input_bytes, 50);
  options.max_file_group_size_bytes = 130;
  options.rewrite_all = true;
  for (const auto& group : internal::PlanFileGroups(*metadata, tasks, sizes, options)) {
    EXPECT_TRUE(group.input_bytes <= 130 || group.tasks.size() == 1);
  }
  options.min_file_size_bytes = 100;
  EXPECT_ERROR(internal::FileSizesFor(*metadata, options), ErrorCode::kInvalidArgument,
               "min < target < max");
}

}  // namespace
}  // namespace tarn::table
