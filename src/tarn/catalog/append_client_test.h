// For tests of commits: a writer as REST clients are, which builds snapshots with real
// manifests on the table it has loaded, and a reader that checks what is in a table.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tarn/catalog/catalog_contract_test.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/io/file_io.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::catalog {

inline std::string MetadataPath(const iceberg::TableMetadata& table,
                                const std::string& name) {
  return table.location + "/metadata/" + name;
}

inline std::vector<iceberg::ManifestFile> ReadList(io::FileIO& io,
                                                   const iceberg::Snapshot& snapshot) {
  const auto bytes = io.ReadAll(snapshot.manifest_list);
  EXPECT_OK(bytes.status());
  auto list = iceberg::ReadManifestList(bytes.ok() ? *bytes : "");
  EXPECT_OK(list.status());
  return list.ok() ? *list : std::vector<iceberg::ManifestFile>();
}

inline iceberg::Manifest ReadEntries(io::FileIO& io, const iceberg::ManifestFile& file) {
  const auto bytes = io.ReadAll(file.path);
  EXPECT_OK(bytes.status());
  auto manifest = iceberg::ReadManifest(bytes.ok() ? *bytes : "", file);
  EXPECT_OK(manifest.status());
  return manifest.ok() ? *manifest : iceberg::Manifest();
}

enum class Merging : uint8_t { kNone, kAll };

/// What a client sends, and what it believes to be in it.
struct ClientAppend {
  TableCommit commit;
  iceberg::Snapshot snapshot;
  std::vector<std::string> data_files;
  std::vector<std::string> written;  // manifests and lists
};

class AppendClient {
 public:
  static constexpr int64_t kRows = 7;  // of each data file

  AppendClient(Catalog& catalog, io::FileIO& io, iceberg::TableIdent ident)
      : catalog_(catalog), io_(io), ident_(std::move(ident)) {}

  void Load() {
    auto loaded = catalog_.LoadTable(ident_);
    ASSERT_OK(loaded.status());
    table_ = *std::move(loaded);
  }
  const LoadedTable& table() const { return table_; }

  /// An append of one file to `branch` as it was when the table was loaded.
  ClientAppend Append(Merging merging = Merging::kNone,
                      const std::string& branch = "main") {
    const iceberg::TableMetadata& table = *table_.metadata;
    ClientAppend append;
    const iceberg::Snapshot* parent = HeadOf(branch);
    iceberg::Snapshot& snapshot = append.snapshot;
    snapshot.id.value = static_cast<int64_t>(SystemRandom().Next() >> 2) + 1;
    snapshot.timestamp = SystemClock().Now();
    snapshot.operation = "append";
    snapshot.schema_id = table.current_schema_id;
    if (parent != nullptr) {
      snapshot.parent_id = parent->id;
    }
    if (table.format_version >= 2) {
      snapshot.sequence_number.value = table.last_sequence_number.value + 1;
    }
    append.data_files = {table.location + "/data/" + NewUuid(SystemRandom()) +
                         ".parquet"};
    WriteManifests(parent, merging, &append);
    Describe(parent, &snapshot);
    append.commit = {
        .ident = ident_,
        .requirements = {iceberg::require::AssertTableUuid{table.table_uuid},
                         iceberg::require::AssertRefSnapshotId{
                             branch,
                             table.refs.contains(branch)
                                 ? std::optional(table.refs.at(branch).snapshot_id)
                                 : std::nullopt}},
        .updates = {
            iceberg::update::AddSnapshot{snapshot},
            iceberg::update::SetSnapshotRef{branch, {.snapshot_id = snapshot.id}}}};
    return append;
  }

  std::map<std::string, std::string> extra_summary;

 private:
  const iceberg::Snapshot* HeadOf(const std::string& branch) const {
    const auto ref = table_.metadata->refs.find(branch);
    return ref == table_.metadata->refs.end()
               ? nullptr
               : table_.metadata->FindSnapshot(ref->second.snapshot_id);
  }

  void WriteManifests(const iceberg::Snapshot* parent, Merging merging,
                      ClientAppend* append) {
    const iceberg::TableMetadata& table = *table_.metadata;
    std::vector<iceberg::ManifestFile> carried;
    if (parent != nullptr) {
      carried = ReadList(io_, *parent);
    }
    iceberg::ManifestWriter writer(
        {.format_version = table.format_version, .snapshot_id = append->snapshot.id},
        table.schema_ptr(), table.spec());
    for (const std::string& path : append->data_files) {
      iceberg::ManifestEntry entry;
      entry.snapshot_id = append->snapshot.id;
      entry.file.file_path = path;
      entry.file.record_count = kRows;
      entry.file.file_size_bytes = 100;
      ASSERT_OK(writer.Add(entry));
    }
    if (merging == Merging::kAll) {
      for (const iceberg::ManifestFile& old : carried) {
        for (iceberg::ManifestEntry& entry : ReadEntries(io_, old).entries) {
          entry.status = iceberg::EntryStatus::kExisting;
          ASSERT_OK(writer.Add(entry));
        }
      }
      carried.clear();
    }
    ASSERT_OK_AND_ASSIGN(iceberg::ManifestWriter::Finished finished, writer.Finish());
    finished.manifest.path = MetadataPath(table, NewUuid(SystemRandom()) + "-m0.avro");
    ASSERT_OK(io_.WriteNew(finished.manifest.path, finished.avro));
    carried.insert(carried.begin(), finished.manifest);
    iceberg::ManifestListOptions options;
    options.format_version = table.format_version;
    options.snapshot_id = append->snapshot.id;
    options.parent_snapshot_id = append->snapshot.parent_id;
    options.sequence_number = append->snapshot.sequence_number;
    if (table.format_version >= 3) {
      options.first_row_id = table.next_row_id.value_or(0);
    }
    ASSERT_OK_AND_ASSIGN(const iceberg::ManifestListBytes list,
                         iceberg::WriteManifestList(options, carried));
    append->snapshot.manifest_list =
        MetadataPath(table, "snap-" + std::to_string(append->snapshot.id.value) + "-0-" +
                                NewUuid(SystemRandom()) + ".avro");
    ASSERT_OK(io_.WriteNew(append->snapshot.manifest_list, list.avro));
    if (options.first_row_id) {
      append->snapshot.first_row_id = options.first_row_id;
      append->snapshot.added_rows = *list.next_row_id - *options.first_row_id;
    }
    append->written = {finished.manifest.path, append->snapshot.manifest_list};
  }

  void Describe(const iceberg::Snapshot* parent, iceberg::Snapshot* snapshot) const {
    const auto total = [&](const std::string& key) {
      return parent == nullptr ? 0 : std::stoll(parent->summary.at(key));
    };
    snapshot->summary = extra_summary;
    snapshot->summary["added-data-files"] = "1";
    snapshot->summary["added-records"] = std::to_string(kRows);
    snapshot->summary["total-data-files"] = std::to_string(total("total-data-files") + 1);
    snapshot->summary["total-records"] = std::to_string(total("total-records") + kRows);
  }

  Catalog& catalog_;
  io::FileIO& io_;
  const iceberg::TableIdent ident_;
  LoadedTable table_;
};

/// Data files of a branch, each once.
inline std::set<std::string> FilesOf(io::FileIO& io, const iceberg::TableMetadata& table,
                                     const std::string& branch = "main") {
  std::set<std::string> files;
  const auto ref = table.refs.find(branch);
  if (ref == table.refs.end()) {
    return files;
  }
  for (const auto& manifest :
       ReadList(io, *table.FindSnapshot(ref->second.snapshot_id))) {
    for (const auto& entry : ReadEntries(io, manifest).entries) {
      EXPECT_TRUE(!entry.is_live() || files.insert(entry.file.file_path).second)
          << "twice: " << entry.file.file_path;
    }
  }
  return files;
}

/// Checks numbers, row ids and totals of every snapshot.
inline void CheckNumbers(io::FileIO& io, const iceberg::TableMetadata& table) {
  std::set<int64_t> sequence_numbers;
  std::map<std::string, int64_t> row_ids;  // first one, by data file
  for (const iceberg::Snapshot& snapshot : table.snapshots) {
    SCOPED_TRACE("snapshot " + std::to_string(snapshot.id.value));
    EXPECT_EQ(snapshot.sequence_number.value == 0, table.format_version == 1);
    EXPECT_TRUE(table.format_version == 1 ||
                sequence_numbers.insert(snapshot.sequence_number.value).second);
    EXPECT_LE(snapshot.sequence_number, table.last_sequence_number);
    int64_t records = 0;
    int64_t files = 0;
    for (const auto& manifest : ReadList(io, snapshot)) {
      if (manifest.added_snapshot_id == snapshot.id) {
        EXPECT_EQ(manifest.sequence_number, snapshot.sequence_number);
      }
      EXPECT_LE(manifest.min_sequence_number, manifest.sequence_number);
      for (const auto& entry : ReadEntries(io, manifest).entries) {
        records += entry.file.record_count;
        ++files;
        EXPECT_GE(*entry.sequence_number, manifest.min_sequence_number);
        const iceberg::Snapshot* source = table.FindSnapshot(*entry.snapshot_id);
        ASSERT_NE(source, nullptr);
        EXPECT_EQ(*entry.sequence_number, source->sequence_number);
        if (table.format_version >= 3) {
          ASSERT_TRUE(entry.file.first_row_id);
          const auto [known, is_new] =
              row_ids.try_emplace(entry.file.file_path, *entry.file.first_row_id);
          EXPECT_EQ(known->second, *entry.file.first_row_id) << "a row's id changed";
        }
      }
    }
    EXPECT_EQ(snapshot.summary.at("total-records"), std::to_string(records));
    EXPECT_EQ(snapshot.summary.at("total-data-files"), std::to_string(files));
  }
  std::set<int64_t> begins;
  for (const auto& [path, first] : row_ids) {
    EXPECT_TRUE(begins.insert(first).second) << "two files share row ids: " << first;
    EXPECT_LE(first + AppendClient::kRows, *table.next_row_id);
  }
  for (const int64_t begin : begins) {
    const auto next = begins.upper_bound(begin);
    EXPECT_TRUE(next == begins.end() || *next >= begin + AppendClient::kRows);
  }
  EXPECT_TRUE(std::ranges::is_sorted(table.snapshot_log, {},
                                     &iceberg::SnapshotLogEntry::timestamp));
}

}  // namespace tarn::catalog
