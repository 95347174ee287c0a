#include "tarn/engine/internal/materialized_view.h"

#include <string>

#include <gtest/gtest.h>

#include "tarn/base/error.h"

namespace tarn::engine {
namespace {

using iceberg::SnapshotId;
using std::chrono::milliseconds;

TEST(MaterializedView, RefreshStatesAreWrittenAndRead) {
  const RefreshState state{
      .view_uuid = "v",
      .version_id = 3,
      .sources = {{.catalog = "iceberg",
                   .ident = {{{"a", "b"}}, "t"},
                   .uuid = "u1",
                   .snapshot_id = SnapshotId{9007199254740993},
                   .schema_id = 2},
                  {.catalog = "iceberg", .ident = {{{"a"}}, "empty"}, .uuid = "u2"},
                  {.catalog = "lake",
                   .ident = {{{"a"}}, "view"},
                   .uuid = "u3",
                   .version_id = 7}},
      .reads_others = true};
  const std::string json = RefreshStateToJson(state);
  const auto read = RefreshStateFromJson(json);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(RefreshStateToJson(*read), json);
  ASSERT_EQ(read->sources.size(), 3U);
  EXPECT_EQ(read->sources[0].snapshot_id, SnapshotId{9007199254740993});
  EXPECT_EQ(read->sources[0].schema_id, 2);
  EXPECT_FALSE(read->sources[1].snapshot_id.has_value());
  EXPECT_EQ(read->sources[2].version_id, 7);
  for (const char* broken : {"", "{}", "[]", R"({"view-uuid":"v"})",
                             R"({"view-uuid":"v","view-version-id":1,"sources":[{}]})"}) {
    EXPECT_FALSE(RefreshStateFromJson(broken).ok()) << broken;
  }
}

TEST(MaterializedView, WhenItsRowsMayBeRead) {
  const milliseconds now{1'000'000};
  const iceberg::TableIdent ident{{{"s"}}, "v"};
  const auto reads = [&](Freshness freshness, std::optional<int64_t> fresh_until,
                         std::optional<int64_t> grace, bool fails) -> std::string {
    MaterializedView view{.storage = ident, .fails_when_stale = fails};
    if (grace) {
      view.grace_period = milliseconds(*grace);
    }
    ViewFreshness found{.freshness = freshness};
    if (fresh_until) {
      found.fresh_until = milliseconds(*fresh_until);
    }
    const auto may = MayReadStorage(ident, view, found, now);
    return !may.ok() ? "error" : *may ? "rows" : "query";
  };
  EXPECT_EQ(reads(Freshness::kFresh, {}, 0, true), "rows");
  EXPECT_EQ(reads(Freshness::kStale, 999'000, {}, false), "rows");
  EXPECT_EQ(reads(Freshness::kStale, 999'000, 1'001, false), "rows");
  EXPECT_EQ(reads(Freshness::kStale, 999'000, 1'000, false), "query");
  EXPECT_EQ(reads(Freshness::kStale, 0, 999, false), "query");
  EXPECT_EQ(reads(Freshness::kStale, 999'000, 0, true), "error");
  EXPECT_EQ(reads(Freshness::kUnknown, 999'500, 1'000, false), "rows");
  EXPECT_EQ(reads(Freshness::kNeverRefreshed, {}, {}, false), "query");
  EXPECT_EQ(reads(Freshness::kNeverRefreshed, {}, {}, true), "error");
}

TEST(MaterializedView, WhatStorageSaysOfItself) {
  iceberg::TableMetadata table;
  EXPECT_FALSE(StateOfStorage(table).has_value());
  const auto state = [](int32_t version) {
    return RefreshStateToJson({.view_uuid = "v", .version_id = version});
  };
  const auto add = [&](int64_t id, std::optional<int64_t> parent, const char* operation,
                       std::map<std::string, std::string> summary) {
    iceberg::Snapshot snapshot{.id = {id}, .operation = operation};
    if (parent) {
      snapshot.parent_id = SnapshotId{*parent};
    }
    snapshot.summary = std::move(summary);
    table.snapshots.push_back(snapshot);
    table.current_snapshot_id = SnapshotId{id};
  };
  add(1, {}, "append", {{kRefreshState, state(1)}});
  EXPECT_EQ(StateOfStorage(table)->version_id, 1);
  add(2, 1, "replace", {});
  EXPECT_EQ(StateOfStorage(table)->version_id, 1);
  table.properties = {{kRefreshState, state(2)}, {kRefreshSnapshot, "2"}};
  EXPECT_EQ(StateOfStorage(table)->version_id, 2);
  add(3, 2, "append", {});
  EXPECT_FALSE(StateOfStorage(table).has_value());
  add(4, 9, "replace", {});
  EXPECT_FALSE(StateOfStorage(table).has_value());
}

TEST(MaterializedView, SnapshotsAfterAnother) {
  iceberg::TableMetadata table;
  EXPECT_TRUE(SnapshotsAfter(table, {})->empty());
  for (int64_t id = 1; id <= 3; ++id) {
    iceberg::Snapshot snapshot{.id = {id}};
    if (id > 1) {
      snapshot.parent_id = SnapshotId{id - 1};
    }
    table.snapshots.push_back(snapshot);
  }
  table.current_snapshot_id = SnapshotId{3};
  EXPECT_EQ(SnapshotsAfter(table, SnapshotId{1})->size(), 2U);
  EXPECT_EQ(SnapshotsAfter(table, {})->size(), 3U);
  EXPECT_TRUE(SnapshotsAfter(table, SnapshotId{3})->empty());
  EXPECT_FALSE(SnapshotsAfter(table, SnapshotId{7}).has_value());
}

}  // namespace
}  // namespace tarn::engine
