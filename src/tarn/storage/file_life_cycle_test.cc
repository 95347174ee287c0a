// What becomes of a data file, and what the journal says of it.
#include <filesystem>
#include <functional>
#include <map>

#include "tarn/base/error.h"
#include "tarn/storage/table_writer_fixture_test.h"
#include "tarn/testing/faulty_file_io.h"

namespace tarn::storage {
namespace {

class FileLifeCycleTest : public TableWriterTest {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "/tarn-life-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
    ASSERT_OK_AND_ASSIGN(options_.journal,
                         WriteJournal::Open(directory_ + "/writes", clock_, random_));
    MakeTable({{.id = 1, .name = "a", .type = Type::Long()}});
  }
  void TearDown() override {
    options_.journal.reset();
    std::filesystem::remove_all(directory_);
  }

  std::vector<JournaledFile> InHand() const { return options_.journal->files(); }

  TableWriterOptions options_;
  std::string directory_;
};

TEST_F(FileLifeCycleTest, OpenClosedAborted) {
  ASSERT_OK_AND_ASSIGN(const auto writer, OpenWriter(options_));
  EXPECT_TRUE(InHand().empty());
  ASSERT_OK(writer->Append(*Rows("[[1], [2], [3]]")));
  ASSERT_EQ(InHand().size(), 1);
  EXPECT_EQ(InHand()[0].state, FileState::kOpen);
  EXPECT_EQ(InHand()[0].table, "/lake/ns/orders-0a1b2c3d");
  EXPECT_EQ(InHand()[0].location, writer->open_files()[0].location);
  EXPECT_EQ(InHand()[0].rows, 3);
  ASSERT_OK_AND_ASSIGN(const auto files, writer->Finish());
  ASSERT_EQ(InHand().size(), 1);
  EXPECT_EQ(InHand()[0].state, FileState::kClosed);
  EXPECT_EQ(InHand()[0].location, files[0].file_path);
  EXPECT_EQ(InHand()[0].bytes, files[0].file_size_bytes);
  writer->Abort();  // deletes finished files too
  EXPECT_TRUE(InHand().empty());
  EXPECT_EQ(io_.num_files(), 0);
  EXPECT_EQ(options_.journal->totals().files_aborted, 1);
}

TEST_F(FileLifeCycleTest, FilesTakenAreTheCallersToAccountFor) {
  ASSERT_OK_AND_ASSIGN(auto writer, OpenWriter(options_));
  ASSERT_OK(writer->Append(*Rows("[[1]]")));
  ASSERT_OK(writer->CloseAll());
  const auto files = writer->TakeClosed();
  ASSERT_OK(writer->Append(*Rows("[[2]]")));
  EXPECT_EQ(InHand().size(), 2);
  writer.reset();  // aborts what it has
  ASSERT_EQ(InHand().size(), 1);
  EXPECT_EQ(InHand()[0].location, files[0].file_path);
  NoteFileState(options_.journal.get(), files[0].file_path, FileState::kCommitted);
  EXPECT_EQ(options_.journal->totals().rows_committed, 1);
  EXPECT_EQ(io_.num_files(), 1);
}

TEST_F(FileLifeCycleTest, NoFileWithoutARecord) {
  std::filesystem::create_directory(directory_ + "/file");
  ASSERT_OK_AND_ASSIGN(options_.journal,
                       WriteJournal::Open("/proc/no/such/place", clock_, random_));
  ASSERT_OK_AND_ASSIGN(const auto writer, OpenWriter(options_));
  EXPECT_FALSE(writer->Append(*Rows("[[1]]")).ok());
  EXPECT_EQ(io_.num_files(), 0);
}

TEST_F(FileLifeCycleTest, EveryFaultEndsWithNothingOrWithARecord) {
  using testing::FaultEffect;
  for (const auto effect :
       {FaultEffect::kNone, FaultEffect::kPartial, FaultEffect::kFull}) {
    for (int64_t fail_at = 0;; ++fail_at) {
      SCOPED_TRACE("fail_at=" + std::to_string(fail_at));
      testing::MemoryFileIO memory(clock_);
      testing::FaultyFileIO faulty(memory);
      ASSERT_OK_AND_ASSIGN(
          const auto writer,
          TableWriter::Open(faulty, metadata_, options_, clock_, random_));
      faulty.FailOperation({.at = fail_at, .effect = effect});
      Status status = writer->Append(*Rows("[[1], [2]]"));
      if (status.ok()) {
        status = writer->Finish().status();
      }
      if (status.ok()) {
        EXPECT_FALSE(faulty.fault_fired());
        faulty.FailOperation(-1);
        writer->Abort();
        EXPECT_TRUE(InHand().empty());
        EXPECT_GE(fail_at, 4) << "the footer was not read again";
        break;
      }
      writer->Abort();
      EXPECT_EQ(memory.num_files(), 0);  // one fault only: the clean-up goes through
      EXPECT_TRUE(InHand().empty());
    }
  }
}

/// Hands out what `tamper` makes of a file.
class TamperingFileIO : public testing::MemoryFileIO {
 public:
  TamperingFileIO(const Clock& clock, std::function<std::string(std::string)> tamper)
      : MemoryFileIO(clock), tamper_(std::move(tamper)) {}

  Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenInput(
      const std::string& location, std::optional<int64_t> size_bytes) override {
    ARROW_ASSIGN_OR_RAISE(std::string bytes, ReadAll(location));
    Put(location, tamper_(std::move(bytes)));
    return MemoryFileIO::OpenInput(location, size_bytes);
  }

 private:
  std::function<std::string(std::string)> tamper_;
};

TEST_F(FileLifeCycleTest, AStoredFileThatIsNotWhatWasWrittenIsGivenUp) {
  ASSERT_OK_AND_ASSIGN(const auto other, WriteAll({Rows("[[7], [8], [9]]")}));
  ASSERT_OK_AND_ASSIGN(const std::string other_bytes, io_.ReadAll(other[0].file_path));
  const std::map<std::string, std::function<std::string(std::string)>> kTampers = {
      {"cut off", [](std::string bytes) { return bytes.substr(0, bytes.size() / 2); }},
      {"one byte short",
       [](std::string bytes) { return bytes.substr(0, bytes.size() - 1); }},
      {"empty", [](const std::string&) { return std::string(); }},
      {"no magic",
       [](std::string bytes) { return bytes.replace(bytes.size() - 4, 1, "X"); }},
      {"zeros at the end",
       [](std::string bytes) {
         return bytes.replace(bytes.size() - 64, 64, std::string(64, '\0'));
       }},
      {"longer", [](const std::string& bytes) { return "PAR1" + bytes; }},
      {"another file", [&](const std::string&) { return other_bytes; }},
  };
  for (const auto& [name, tamper] : kTampers) {
    SCOPED_TRACE(name);
    TamperingFileIO store(clock_, tamper);
    ASSERT_OK_AND_ASSIGN(const auto writer,
                         TableWriter::Open(store, metadata_, options_, clock_, random_));
    ASSERT_OK(writer->Append(*Rows("[[1], [2]]")));
    const auto files = writer->Finish();
    ASSERT_FALSE(files.ok());
    EXPECT_EQ(CodeOf(files.status()), ErrorCode::kInvalidData)
        << files.status().ToString();
    EXPECT_EQ(store.num_files(), 0);
    EXPECT_TRUE(InHand().empty());
  }
}

}  // namespace
}  // namespace tarn::storage
