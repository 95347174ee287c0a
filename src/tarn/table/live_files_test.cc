#include "tarn/table/live_files.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/table/fake_table_test.h"

namespace tarn::table {
namespace {

class LiveFilesTest : public ::testing::Test {
 protected:
  /// Paths of the live files of the current snapshot; at most `files_max`.
  std::vector<std::string> Paths(size_t files_max = 100) {
    std::vector<std::string> paths;
    const auto metadata = table_.Metadata();
    EXPECT_OK(VisitLiveFiles(table_.context, *metadata, *metadata->current_snapshot(),
                             [&](const LiveFile& file) {
                               paths.emplace_back(file.manifest.file_path(file.row));
                               rows_ += file.record_count();
                               bytes_ += file.file_size_bytes();
                               return paths.size() < files_max ? Visit::kGoOn
                                                               : Visit::kStop;
                             }));
    return paths;
  }

  FakeTable table_;
  int64_t rows_ = 0;
  int64_t bytes_ = 0;
};

TEST_F(LiveFilesTest, AreThoseOfTheSnapshotAndNoRemovedOnes) {
  ASSERT_OK(table_.Create());
  const auto first = table_.NewFile(int32_t{1}, 10);
  const auto second = table_.NewFile(int32_t{2}, 20);
  ASSERT_OK(table_.Append({first, second}));
  const auto third = table_.NewFile(int32_t{3}, 30);
  WriteRequest request = table_.Request({third}, WriteMode::kRowDelta);
  request.removed_files = {first};
  ASSERT_OK(Write(table_.context, request));
  std::vector<std::string> paths = Paths();
  std::ranges::sort(paths);
  EXPECT_EQ(paths, (std::vector<std::string>{second.file_path, third.file_path}));
  EXPECT_EQ(rows_, 50);
  EXPECT_EQ(bytes_, 200);
}

TEST_F(LiveFilesTest, AVisitorThatHasEnoughStops) {
  ASSERT_OK(table_.Create());
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK(table_.Append({table_.NewFile(int32_t{i}), table_.NewFile(int32_t{i})}));
  }
  EXPECT_EQ(Paths(2).size(), 2U);
  EXPECT_EQ(Paths().size(), 6U);
}

TEST_F(LiveFilesTest, AManifestThatCannotBeReadIsAnError) {
  ASSERT_OK(table_.Create());
  ASSERT_OK(table_.Append({table_.NewFile(int32_t{1})}));
  const auto metadata = table_.Metadata();
  table_.memory.Put(table_.HeadManifests().front().path, "no Avro");
  const Status status =
      VisitLiveFiles(table_.context, *metadata, *metadata->current_snapshot(),
                     [](const LiveFile&) { return Visit::kGoOn; });
  EXPECT_EQ(CodeOf(status), ErrorCode::kInvalidData) << status.ToString();
}

}  // namespace
}  // namespace tarn::table
