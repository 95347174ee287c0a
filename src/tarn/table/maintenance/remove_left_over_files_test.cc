#include "tarn/table/maintenance/remove_left_over_files.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/table/stream_table_test.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::table {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;
using std::chrono::milliseconds;
using storage::FileState;

/// A journal whose writer is gone stands for that of a process that was killed
/// (write_journal_test.cc kills real ones).
class RemoveLeftOverFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(table_, StreamTable::Make());
    ASSERT_OK_AND_ASSIGN(const auto loaded,
                         table_->lake->catalog().LoadTable(table_->ident()));
    location_ = loaded.metadata->location;
    directory_ = table_->lake->directory() + "/writes";
    // The lake's clock is far behind the times of real files.
    table_->clock().Advance(SystemClock().Now() - table_->clock().Now() + hours(2));
    ASSERT_OK(OpenJournal());
  }

  Status OpenJournal() {
    const Context context = table_->lake->context();
    return storage::WriteJournal::Open(directory_, context.clock, context.random)
        .Value(&writing_.journal);
  }
  Context Writing() {
    Context context = table_->lake->context();
    context.writing = &writing_;
    return context;
  }

  /// Writes rows into closed files and dies before their commit.
  Result<std::vector<iceberg::DataFile>> WriteAndDie(int64_t rows) {
    ARROW_ASSIGN_OR_RAISE(const auto loaded,
                          table_->lake->catalog().LoadTable(table_->ident()));
    const Context context = table_->lake->context();
    ARROW_ASSIGN_OR_RAISE(const auto writer, storage::TableWriter::Open(
                                                 context.io, loaded.metadata, writing_,
                                                 context.clock, context.random));
    RETURN_NOT_OK(writer->Append(*table_->Rows(0, rows)));
    RETURN_NOT_OK(writer->CloseAll());
    auto files = writer->TakeClosed();
    writing_.journal.reset();
    return files;
  }

  Result<RemoveLeftOverFilesResult> Run(RemoveLeftOverFilesOptions options = {}) {
    return RemoveLeftOverFiles(table_->lake->context(), directory_, options);
  }
  static std::map<LeftOverFate, int> FatesOf(const RemoveLeftOverFilesResult& result) {
    std::map<LeftOverFate, int> fates;
    for (const LeftOverFile& file : result.left_over) {
      ++fates[file.fate];
    }
    return fates;
  }
  static bool Exists(const std::string& location) {
    return fs::exists(io::LocalPathOf(location).value());
  }

  using Fates = std::map<LeftOverFate, int>;

  std::unique_ptr<StreamTable> table_;
  std::string location_;
  std::string directory_;
  storage::TableWriterOptions writing_;
};

TEST_F(RemoveLeftOverFilesTest, WhatNobodyRefersToGoesWhenItIsOld) {
  ASSERT_OK_AND_ASSIGN(const auto files, WriteAndDie(1));
  ASSERT_EQ(files.size(), 1);
  // What was heard of within the hour stays, and so it does on a dry run.
  ASSERT_OK_AND_ASSIGN(auto result, Run());
  EXPECT_EQ(FatesOf(result), Fates({{LeftOverFate::kYoung, 1}}));
  table_->clock().Advance(hours(1) + milliseconds(1));
  RemoveLeftOverFilesOptions dry;
  dry.dry_run = DryRun::kYes;
  ASSERT_OK_AND_ASSIGN(result, Run(dry));
  EXPECT_EQ(FatesOf(result), Fates({{LeftOverFate::kRemoved, 1}}));
  EXPECT_TRUE(Exists(files[0].file_path));
  ASSERT_OK_AND_ASSIGN(result, Run());
  EXPECT_EQ(result.removed_files_count, 1);
  EXPECT_EQ(result.removed_bytes, files[0].file_size_bytes);
  EXPECT_FALSE(Exists(files[0].file_path));
  ASSERT_OK_AND_ASSIGN(result, Run());
  EXPECT_TRUE(result.left_over.empty());
}

TEST_F(RemoveLeftOverFilesTest, ACrashAfterTheCommitCostsNothing) {
  ASSERT_OK_AND_ASSIGN(const auto files, WriteAndDie(40));
  WriteRequest request{.ident = table_->ident(), .files = files};
  ASSERT_OK(Write(table_->lake->context(), request));  // knows no journal
  table_->clock().Advance(hours(3));
  ASSERT_OK_AND_ASSIGN(const auto result, Run());
  EXPECT_EQ(FatesOf(result),
            Fates({{LeftOverFate::kCommitted, static_cast<int>(files.size())}}));
  ASSERT_OK_AND_ASSIGN(const auto ids, table_->Ids());
  EXPECT_EQ(ids, StreamTable::Range(40));
  ASSERT_OK_AND_ASSIGN(const auto again, Run());
  EXPECT_TRUE(again.left_over.empty());
}

TEST_F(RemoveLeftOverFilesTest, AnyRefAndOldSnapshotsKeepTheirFiles) {
  ASSERT_OK_AND_ASSIGN(const auto on_branch, WriteAndDie(1));
  ASSERT_OK(Write(table_->lake->context(),
                  {.ident = table_->ident(), .files = on_branch, .branch = "side"}));
  ASSERT_OK(OpenJournal());
  ASSERT_OK_AND_ASSIGN(const auto replaced, WriteAndDie(1));
  ASSERT_OK(
      Write(table_->lake->context(), {.ident = table_->ident(), .files = replaced}));
  ASSERT_OK(Write(table_->lake->context(),
                  {.ident = table_->ident(), .mode = WriteMode::kOverwrite}));
  ASSERT_OK(OpenJournal());
  ASSERT_OK_AND_ASSIGN(const auto staged, WriteAndDie(1));
  WriteRequest stage{.ident = table_->ident(), .files = staged};
  stage.stage_only = true;
  ASSERT_OK(Write(table_->lake->context(), stage));
  table_->clock().Advance(hours(3));
  ASSERT_OK_AND_ASSIGN(const auto result, Run());
  EXPECT_EQ(FatesOf(result), Fates({{LeftOverFate::kCommitted, 3}}));
  EXPECT_TRUE(Exists(on_branch[0].file_path));
  EXPECT_TRUE(Exists(replaced[0].file_path));
  EXPECT_TRUE(Exists(staged[0].file_path));
}

TEST_F(RemoveLeftOverFilesTest, CommitsMarkTheirFilesAndManifests) {
  ASSERT_OK_AND_ASSIGN(const auto writer,
                       StreamWriter::Open(Writing(), table_->ident(), {}));
  ASSERT_OK(writer->Append(*table_->Rows(0, 100)));
  ASSERT_OK(writer->Close());
  EXPECT_TRUE(writing_.journal->files().empty());
  // Eight data files, their manifest and the manifest list.
  EXPECT_EQ(writing_.journal->totals().files_committed, 10);
  EXPECT_EQ(writing_.journal->totals().rows_committed, 100);
}

TEST_F(RemoveLeftOverFilesTest, UnfinishedPartsGoWithTheirProcess) {
  const std::string data = io::LocalPathOf(location_).value() + "/data/p=1";
  fs::create_directories(data);
  const std::string mine = std::to_string(::getpid());
  const std::string part = data + "/.tarn-tmp-" + mine + "-0-00ff";
  const std::string others = data + "/.tarn-tmp-" + mine + "9-0-00ff";
  std::ofstream(part) << "half a file";
  std::ofstream(others) << "of another process";
  const auto& journal = *writing_.journal;
  table_->clock().Advance(-hours(2));  // the part is younger than the record
  ASSERT_OK(writing_.journal->Opened(location_, data + "/a.parquet"));
  EXPECT_EQ(journal.files().size(), 1);
  writing_.journal.reset();
  table_->clock().Advance(hours(4));
  ASSERT_OK_AND_ASSIGN(const auto result, Run());
  ASSERT_EQ(result.left_over.size(), 1);
  EXPECT_EQ(result.left_over[0].location, part);
  EXPECT_EQ(result.removed_bytes, 11);
  EXPECT_FALSE(fs::exists(part));
  EXPECT_TRUE(fs::exists(others));
}

TEST_F(RemoveLeftOverFilesTest, TablesThatTheCatalogLacksAreInDoubt) {
  ASSERT_OK_AND_ASSIGN(const auto files, WriteAndDie(1));
  WriteRequest request{.ident = table_->ident(), .files = files};
  ASSERT_OK(Write(table_->lake->context(), request));
  ASSERT_OK(OpenJournal());
  ASSERT_OK_AND_ASSIGN(const auto never, WriteAndDie(1));
  ASSERT_OK(table_->lake->catalog().DropTable(table_->ident()));
  table_->clock().Advance(hours(3));
  ASSERT_OK_AND_ASSIGN(auto result, Run());
  EXPECT_EQ(FatesOf(result),
            Fates({{LeftOverFate::kInDoubt, 1}, {LeftOverFate::kRemoved, 1}}));
  EXPECT_TRUE(Exists(files[0].file_path));  // it may be registered again
  EXPECT_FALSE(Exists(never[0].file_path));
  RemoveLeftOverFilesOptions options;
  options.allow_in_doubt = true;
  ASSERT_OK_AND_ASSIGN(result, Run(options));
  EXPECT_EQ(FatesOf(result), Fates({{LeftOverFate::kRemoved, 1}}));
  EXPECT_FALSE(Exists(files[0].file_path));
}

TEST_F(RemoveLeftOverFilesTest, TablesWithoutGarbageCollectionKeepAll) {
  ASSERT_OK_AND_ASSIGN(table_,
                       StreamTable::Make({.properties = {{"gc.enabled", "false"}}}));
  directory_ = table_->lake->directory() + "/writes";
  ASSERT_OK(OpenJournal());
  ASSERT_OK_AND_ASSIGN(const auto files, WriteAndDie(1));
  RemoveLeftOverFilesOptions options;
  options.older_than = milliseconds::max();
  ASSERT_OK_AND_ASSIGN(const auto result, Run(options));
  EXPECT_EQ(FatesOf(result), Fates({{LeftOverFate::kInDoubt, 1}}));
  EXPECT_TRUE(Exists(files[0].file_path));
}

TEST_F(RemoveLeftOverFilesTest, AnUnreadableTableDeletesNothing) {
  ASSERT_OK_AND_ASSIGN(const auto committed, WriteAndDie(1));
  ASSERT_OK(
      Write(table_->lake->context(), {.ident = table_->ident(), .files = committed}));
  ASSERT_OK(OpenJournal());
  ASSERT_OK_AND_ASSIGN(const auto files, WriteAndDie(1));
  for (const auto& entry :
       fs::directory_iterator(io::LocalPathOf(location_).value() + "/metadata")) {
    if (entry.path().extension() == ".avro") {
      fs::resize_file(entry.path(), 3);
    }
  }
  table_->clock().Advance(hours(3));
  EXPECT_FALSE(Run().ok());
  EXPECT_TRUE(Exists(files[0].file_path));
  EXPECT_TRUE(Exists(committed[0].file_path));
}

}  // namespace
}  // namespace tarn::table
