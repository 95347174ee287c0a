// A fake table with what tests of maintenance ask of it.
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/table/fake_table_test.h"
#include "tarn/table/maintenance/table_file.h"

namespace tarn::table {

struct MaintainedTable : FakeTable {
  using Days = std::chrono::days;

  /// A commit of `updates` as another client would make it.
  Status Commit(std::vector<iceberg::TableUpdate> updates) {
    return catalog.Commit({{ident, {}, std::move(updates)}}).status();
  }

  Status SetRef(const std::string& name, iceberg::SnapshotRef ref) {
    return Commit({iceberg::update::SetSnapshotRef{name, std::move(ref)}});
  }
  Status Tag(const std::string& name, iceberg::SnapshotId id) {
    return SetRef(name, {.snapshot_id = id, .type = iceberg::RefType::kTag});
  }
  Status SetProperty(const std::string& key, const std::string& value) {
    return Commit({iceberg::update::SetProperties{{{key, value}}}});
  }

  iceberg::SnapshotId HeadId() { return *Metadata()->current_snapshot_id; }

  /// Appends one file of `day`; its snapshot.
  iceberg::SnapshotId AppendDay(int32_t day) {
    EXPECT_OK(Append({NewFile(day)}));
    return HeadId();
  }
  /// Replaces all rows by one file of `day`; its snapshot.
  iceberg::SnapshotId OverwriteDay(int32_t day) {
    EXPECT_OK(Write(context, Request({NewFile(day)}, WriteMode::kOverwrite)));
    return HeadId();
  }

  std::set<iceberg::SnapshotId> SnapshotIds() {
    std::set<iceberg::SnapshotId> ids;
    for (const iceberg::Snapshot& snapshot : Metadata()->snapshots) {
      ids.insert(snapshot.id);
    }
    return ids;
  }

  bool Exists(const std::string& location) { return memory.Stat(location).ok(); }

  /// Every file that a snapshot or the statistics name.
  std::set<std::string> Referenced() {
    std::set<std::string> files;
    const auto metadata = Metadata();
    for (const iceberg::StatisticsFile& file : metadata->statistics) {
      files.insert(file.path);
    }
    for (const iceberg::Snapshot& snapshot : metadata->snapshots) {
      files.insert(snapshot.manifest_list);
      const auto manifests = LoadManifests(memory, *metadata, snapshot).ValueOrDie();
      for (const iceberg::ManifestFile& manifest : manifests) {
        files.insert(manifest.path);
        const std::string avro = memory.ReadAll(manifest.path).ValueOrDie();
        for (const auto& entry :
             iceberg::ReadManifest(avro, manifest).ValueOrDie().entries) {
          if (entry.is_live()) {
            files.insert(entry.file.file_path);
          }
        }
      }
    }
    return files;
  }

  /// Files of the table's directory.
  std::set<std::string> Files() {
    std::set<std::string> files;
    for (const io::FileInfo& file : memory.List(Metadata()->location).ValueOrDie()) {
      files.insert(file.location);
    }
    return files;
  }

  /// Nothing that is referred to is missing.
  void ExpectNoDanglingReference() {
    for (const std::string& file : Referenced()) {
      EXPECT_TRUE(Exists(file)) << file;
    }
  }
};

inline std::set<std::string> LocationsOf(const std::vector<TableFile>& files) {
  std::set<std::string> locations;
  for (const TableFile& file : files) {
    locations.insert(file.location);
  }
  return locations;
}

}  // namespace tarn::table
