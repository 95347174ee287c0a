// Every I/O of a stream fails once, in all three ways; a row model says what the table
// must hold.
#include <filesystem>
#include <set>

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/table/maintenance/remove_left_over_files.h"
#include "tarn/table/stream_table_test.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::table {
namespace {

using testing::Fault;
using testing::FaultEffect;

constexpr int64_t kRows = 32;

StreamWriterOptions OptionsOf(std::shared_ptr<storage::WriteJournal> journal) {
  StreamWriterOptions options;
  options.writing.file_age_max = std::chrono::minutes(5);
  options.writing.journal = std::move(journal);
  options.stream_id = "model";
  return options;
}

/// Appends rows [rows_committed(), kRows) and closes. False if the writer failed.
Result<bool> Produce(StreamTable& table, StreamWriter& writer) {
  for (int64_t row = writer.rows_committed(); row < kRows; row += 4) {
    const Status status = writer.Append(*table.Rows(row, 4));
    table.clock().Advance(std::chrono::minutes(1));
    if (!status.ok() || !writer.Tick().ok()) {
      return false;
    }
  }
  return writer.Close().ok();
}

/// The producer of a stream: opens a writer again after each failure and goes on where
/// the table is.
Status ProduceAll(StreamTable& table, const Context& context,
                  const std::shared_ptr<storage::WriteJournal>& journal) {
  for (int tries = 0; tries < 4; ++tries) {
    const auto writer = StreamWriter::Open(context, table.ident(), OptionsOf(journal));
    if (!writer.ok()) {
      continue;  // the fault hit the opening
    }
    ARROW_ASSIGN_OR_RAISE(const bool is_done, Produce(table, **writer));
    // What is in the table is a prefix of what was appended, at any time.
    const auto ids = table.Ids();
    if (ids.ok() && *ids != StreamTable::Range(static_cast<int64_t>(ids->size()))) {
      return MakeError(ErrorCode::kInternal, "the table does not hold a prefix");
    }
    if (is_done) {
      return Status::OK();
    }
  }
  return MakeError(ErrorCode::kInternal, "one fault failed four writers");
}

std::set<std::string> UnreferencedDataFiles(StreamTable& table) {
  const auto loaded = table.lake->catalog().LoadTable(table.ident()).ValueOrDie();
  std::set<std::string> paths;
  const auto files =
      ListUnreferencedFiles(table.lake->fs(), loaded.metadata_location, *loaded.metadata,
                            std::chrono::milliseconds::max());
  for (const io::FileInfo& file : files.ValueOrDie()) {
    if (file.location.ends_with(".parquet")) {
      paths.insert(io::LocalPathOf(file.location).value());
    }
  }
  return paths;
}

/// One run with one fault. True if the fault was reached.
void RunWithFault(const Fault& fault, bool* fired) {
  ASSERT_OK_AND_ASSIGN(const auto table, StreamTable::Make());
  const std::string directory = table->lake->directory() + "/writes";
  const Context lake = table->lake->context();
  ASSERT_OK_AND_ASSIGN(auto journal,
                       storage::WriteJournal::Open(directory, lake.clock, lake.random));
  {
    storage::TableWriterOptions writing;
    writing.journal = journal;
    Context context = lake;
    context.writing = &writing;
    table->lake->fs().FailOperation(fault);
    ASSERT_OK(ProduceAll(*table, context, journal));
    *fired = table->lake->fs().fault_fired();
  }
  ASSERT_OK(table->lake->Reopen());
  ASSERT_OK(table->lake->CheckInvariants());
  ASSERT_OK_AND_ASSIGN(const auto ids, table->Ids());
  ASSERT_EQ(ids, StreamTable::Range(kRows)) << "rows are lost or there twice";

  // Every data file that is left over is in the journal, and goes when it is cleaned.
  std::set<std::string> listed;
  for (const storage::JournaledFile& file : journal->files()) {
    listed.insert(io::LocalPathOf(file.location).value());
  }
  for (const std::string& path : UnreferencedDataFiles(*table)) {
    ASSERT_TRUE(listed.contains(path)) << "not listed: " << path;
  }
  journal.reset();
  RemoveLeftOverFilesOptions options;
  options.older_than = std::chrono::milliseconds::max();
  ASSERT_OK_AND_ASSIGN(const auto cleaned,
                       RemoveLeftOverFiles(table->lake->context(), directory, options));
  ASSERT_EQ(cleaned.failed_files_count, 0);
  ASSERT_TRUE(UnreferencedDataFiles(*table).empty());
  ASSERT_OK_AND_ASSIGN(const auto contents, storage::ReadJournals(directory));
  ASSERT_TRUE(contents.left_over.empty());
  ASSERT_OK_AND_ASSIGN(const auto after, table->Ids());
  ASSERT_EQ(after, StreamTable::Range(kRows));
}

class StreamWriterFaultTest : public ::testing::TestWithParam<FaultEffect> {};

TEST_P(StreamWriterFaultTest, NothingIsLostAndNothingIsTwice) {
  for (int64_t fail_at = 0;; ++fail_at) {
    SCOPED_TRACE("fail_at=" + std::to_string(fail_at));
    bool fired = false;
    RunWithFault({.at = fail_at, .effect = GetParam()}, &fired);
    if (::testing::Test::HasFatalFailure()) {
      return;
    }
    if (!fired) {
      EXPECT_GT(fail_at, 100) << "the run has fewer operations than it should";
      break;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(AllEffects, StreamWriterFaultTest,
                         ::testing::Values(FaultEffect::kNone, FaultEffect::kPartial,
                                           FaultEffect::kFull),
                         [](const auto& effect) {
                           switch (effect.param) {
                             case FaultEffect::kNone:
                               return "None";
                             case FaultEffect::kPartial:
                               return "Partial";
                             case FaultEffect::kFull:
                               return "Full";
                           }
                           return "";
                         });

}  // namespace
}  // namespace tarn::table
