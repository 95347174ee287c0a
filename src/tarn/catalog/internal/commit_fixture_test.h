// A SQLite catalog whose files are in memory and can be held up or made to fail, for
// tests of commits.
#pragma once

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tarn/catalog/append_client_test.h"
#include "tarn/catalog/internal/sqlite_database.h"
#include "tarn/catalog/internal/store_catalog.h"
#include "tarn/testing/faulty_file_io.h"
#include "tarn/testing/memory_file_io.h"

namespace tarn::catalog::internal {

/// In memory where there is such a place: the tests are about many commits, not about
/// disks.
inline std::filesystem::path TestDirectory() {
  const std::filesystem::path memory = "/dev/shm";
  const bool has_memory = std::filesystem::is_directory(memory);
  return (has_memory ? memory : std::filesystem::temp_directory_path()) /
         ("tarn-commits-" + std::to_string(getpid()) + "-" + NewUuid(SystemRandom()));
}

/// Files whose first new metadata file after Hold() is held up until Release().
class HeldIO : public tarn::testing::MemoryFileIO {
 public:
  using MemoryFileIO::MemoryFileIO;

  Status WriteNew(const std::string& location, std::string_view bytes) override {
    if (location.ends_with(".metadata.json") && is_armed_.exchange(false)) {
      is_held_ = true;
      while (is_held_) {
        std::this_thread::yield();
      }
    }
    return MemoryFileIO::WriteNew(location, bytes);
  }
  void Hold() { is_armed_ = true; }
  void AwaitHeld() {
    while (!is_held_) {
      std::this_thread::yield();
    }
  }
  void Release() { is_held_ = false; }

 private:
  std::atomic<bool> is_armed_{false};
  std::atomic<bool> is_held_{false};
};

class CommitServiceTest : public ::testing::Test {
 protected:
  CommitServiceTest()
      : directory_(TestDirectory()), files_(SystemClock()), faulty_(files_) {
    std::filesystem::create_directories(directory_);
    catalog_ = Open(faulty_);
    EXPECT_OK(catalog_->CreateNamespace(Ns({"ns"}), {}));
  }
  ~CommitServiceTest() override {
    catalog_.reset();
    parts_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  std::unique_ptr<Catalog> Open(io::FileIO& io) {
    auto database = SqliteDatabase::Open((directory_ / "catalog.db").string(),
                                         std::chrono::seconds(15));
    EXPECT_OK(database.status());
    auto parts = std::make_shared<CatalogParts>(CatalogOptions{.warehouse = "/warehouse"},
                                                *std::move(database), io, SystemClock(),
                                                SystemRandom());
    parts_ = parts_ == nullptr ? parts : parts_;
    return std::make_unique<StoreCatalog>(parts);
  }

  LoadedTable MakeTable(const std::string& name,
                        std::map<std::string, std::string> properties = {},
                        std::vector<iceberg::FieldId> identifiers = {}) {
    const iceberg::TableIdent ident = Ident("ns", name);
    auto metadata = iceberg::MakeTableMetadata(
        {.fields =
             {{.id = 1, .name = "id", .type = iceberg::Type::Long(), .required = true}},
         .identifier_field_ids = std::move(identifiers),
         .location = "/warehouse/ns/" + name,
         .properties = std::move(properties),
         .table_uuid = NewUuid(SystemRandom()),
         .now = SystemClock().Now()});
    EXPECT_OK(metadata.status());
    auto made = catalog_->Commit({{.ident = ident,
                                   .requirements = {iceberg::require::AssertCreate{}},
                                   .updates = {},
                                   .create = *metadata}});
    EXPECT_OK(made.status());
    return made->at(0);
  }

  AppendClient Client(const std::string& name) {
    AppendClient client(*catalog_, files_, Ident("ns", name));
    client.Load();
    return client;
  }
  LoadedTable Head(const std::string& name) {
    return *catalog_->LoadTable(Ident("ns", name));
  }
  Status Send(const TableCommit& commit) { return catalog_->Commit({commit}).status(); }

  /// Calls all at once, so that `first` is at work while the others come: they make a
  /// group, in their order.
  std::vector<Status> CallGrouped(const TableCommit& first,
                                  const std::vector<std::function<Status()>>& others) {
    std::vector<Status> results(others.size());
    files_.Hold();
    std::thread leader([&] { EXPECT_OK(Send(first)); });
    files_.AwaitHeld();
    std::vector<std::thread> threads;
    for (size_t i = 0; i < others.size(); ++i) {
      threads.emplace_back([&, i] { results[i] = others[i](); });
      while (parts_->commits.num_waiting() < i + 1) {
        std::this_thread::yield();
      }
    }
    files_.Release();
    leader.join();
    for (std::thread& thread : threads) {
      thread.join();
    }
    return results;
  }
  std::vector<Status> SendGrouped(const TableCommit& first,
                                  const std::vector<std::vector<TableCommit>>& others) {
    std::vector<std::function<Status()>> calls;
    for (const std::vector<TableCommit>& commits : others) {
      calls.emplace_back([&] { return catalog_->Commit(commits).status(); });
    }
    return CallGrouped(first, calls);
  }

  /// Lets the manifests of a snapshot's list be those of another id.
  Status RenumberList(const iceberg::Snapshot& snapshot) {
    std::vector<iceberg::ManifestFile> list = ReadList(files_, snapshot);
    list.front().added_snapshot_id = snapshot.id;
    ARROW_ASSIGN_OR_RAISE(
        const auto bytes,
        iceberg::WriteManifestList({.format_version = 2,
                                    .snapshot_id = snapshot.id,
                                    .sequence_number = snapshot.sequence_number},
                                   list));
    files_.Put(snapshot.manifest_list, bytes.avro);
    return Status::OK();
  }

  size_t NumMetadataFiles(const std::string& name) {
    const auto files = files_.List("/warehouse/ns/" + name + "/metadata");
    return static_cast<size_t>(std::ranges::count_if(
        *files, [](const auto& file) { return file.location.ends_with(".json"); }));
  }

  const std::filesystem::path directory_;
  HeldIO files_;
  tarn::testing::FaultyFileIO faulty_;
  std::shared_ptr<CatalogParts> parts_;
  std::unique_ptr<Catalog> catalog_;
};

}  // namespace tarn::catalog::internal
