// Delete files for the tables of FakeTable, and what a head holds.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tarn/table/fake_table_test.h"

namespace tarn::table {

/// A v2 position delete file of one data file.
inline iceberg::DataFile NewPositionDeletes(FakeTable& table,
                                            const iceberg::DataFile& target,
                                            int64_t rows = 1) {
  iceberg::DataFile file;
  file.content = iceberg::FileContent::kPositionDeletes;
  file.file_path = target.file_path + "-deletes-" + std::to_string(table.num_files++);
  file.spec_id = target.spec_id;
  file.partition = target.partition;
  file.record_count = rows;
  file.file_size_bytes = 50;
  file.referenced_data_file = target.file_path;
  table.memory.Put(file.file_path, std::string(50, 'p'));
  return file;
}

/// A deletion vector of `target` at `offset` of a Puffin file.
inline iceberg::DataFile NewVector(FakeTable& table, const iceberg::DataFile& target,
                                   int64_t rows = 1, int64_t offset = 4,
                                   std::string puffin = {}) {
  iceberg::DataFile file = NewPositionDeletes(table, target, rows);
  file.format = iceberg::FileFormat::kPuffin;
  if (!puffin.empty()) {
    file.file_path = std::move(puffin);
  }
  file.content_offset = offset;
  file.content_size_bytes = 20;
  table.memory.Put(file.file_path, std::string(50, 'v'));
  return file;
}

inline iceberg::DataFile NewEqualityDeletes(FakeTable& table, iceberg::Value day,
                                            int64_t rows = 1) {
  iceberg::DataFile file = table.NewFile(std::move(day), rows);
  file.content = iceberg::FileContent::kEqualityDeletes;
  file.equality_ids = {1};
  return file;
}

/// Live entries of a snapshot (the head of main if unset) by path, offsets of deletion
/// vectors put behind it.
using LiveFiles = std::map<std::string, iceberg::ManifestEntry>;
inline std::string NameOf(const iceberg::DataFile& file) {
  return file.content_offset ? file.file_path + "@" + std::to_string(*file.content_offset)
                             : file.file_path;
}

inline std::vector<iceberg::ManifestEntry> EntriesOf(
    FakeTable& table, std::optional<iceberg::SnapshotId> id = {}) {
  const auto metadata = table.Metadata();
  std::vector<iceberg::ManifestEntry> entries;
  const auto wanted = id ? id : metadata->current_snapshot_id;
  if (!wanted) {
    return entries;
  }
  const auto manifests =
      LoadManifests(table.memory, *metadata, *metadata->FindSnapshot(*wanted));
  for (const iceberg::ManifestFile& manifest : manifests.ValueOrDie()) {
    const std::string avro = table.memory.ReadAll(manifest.path).ValueOrDie();
    auto loaded = iceberg::ReadManifest(avro, manifest).ValueOrDie();
    for (iceberg::ManifestEntry& entry : loaded.entries) {
      entries.push_back(std::move(entry));
    }
  }
  return entries;
}

inline LiveFiles Live(FakeTable& table, std::optional<iceberg::SnapshotId> id = {}) {
  LiveFiles live;
  for (iceberg::ManifestEntry& entry : EntriesOf(table, id)) {
    if (entry.is_live()) {
      const std::string name = NameOf(entry.file);
      EXPECT_TRUE(live.emplace(name, std::move(entry)).second) << name;
    }
  }
  return live;
}

inline std::string SummaryOf(const iceberg::Snapshot& snapshot, const std::string& key) {
  const auto found = snapshot.summary.find(key);
  return found == snapshot.summary.end() ? "absent" : found->second;
}

/// Files of one data manifest for each, so that manifests can be told apart.
inline std::vector<iceberg::DataFile> AppendEach(FakeTable& table, int count) {
  std::vector<iceberg::DataFile> files;
  for (int i = 0; i < count; ++i) {
    files.push_back(table.NewFile(int32_t{i}, 10, i * 10));
    EXPECT_OK(table.Append({files.back()}));
  }
  return files;
}

inline std::optional<iceberg::SnapshotId> HeadOf(FakeTable& table) {
  return table.Metadata()->current_snapshot_id;
}

}  // namespace tarn::table
