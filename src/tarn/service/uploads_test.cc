#include "tarn/service/uploads.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/testing/fake_clock.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::service {
namespace {

namespace fs = std::filesystem;

class UploadsTest : public ::testing::Test {
 protected:
  UploadsTest() : directory_(fs::path(::testing::TempDir()) / NewUuid(SystemRandom())) {}
  ~UploadsTest() override {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }

  Uploads Make(UploadLimits limits = {}) {
    return Uploads(directory_.string(), limits, clock_, random_);
  }
  static Result<Upload> Put(Uploads& uploads, const std::string& owner,
                            const std::string& name, std::string_view bytes) {
    ARROW_ASSIGN_OR_RAISE(const auto writer, uploads.Begin(owner, name));
    RETURN_NOT_OK(writer->Write(bytes));
    return writer->Finish();
  }
  size_t num_files() const {
    size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(directory_)) {
      count += entry.is_regular_file() ? 1 : 0;
    }
    return count;
  }

  const fs::path directory_;
  testing::FakeClock clock_{
      std::chrono::duration_cast<std::chrono::milliseconds>(SystemClock().Now())};
  testing::SeededRandom random_;
};

TEST_F(UploadsTest, AreTheirOwnersAlone) {
  Uploads uploads = Make();
  ASSERT_OK_AND_ASSIGN(const Upload upload,
                       Put(uploads, "ada", "dir/a b.csv", "id\n1\n"));
  EXPECT_EQ(upload.name, "a b.csv");
  EXPECT_EQ(upload.bytes, 5);
  EXPECT_TRUE(IsUpload(upload.location));
  ASSERT_OK_AND_ASSIGN(const std::string path, uploads.PathOf("ada", upload.location));
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "id\n1\n");
  EXPECT_EQ(CodeOf(uploads.PathOf("bob", upload.location).status()),
            ErrorCode::kNoSuchFile);
  ASSERT_OK(uploads.Remove("bob", upload.location));
  ASSERT_OK(uploads.PathOf("ada", upload.location));
  ASSERT_OK(uploads.Remove("ada", upload.location));
  ASSERT_OK(uploads.Remove("ada", upload.location));
  EXPECT_EQ(num_files(), 0U);
}

TEST_F(UploadsTest, NamesAndLocationsThatAreNone) {
  Uploads uploads = Make();
  for (const std::string& name :
       {std::string(), std::string(".."), std::string("a/"), std::string(".x"),
        std::string("a\nb"), std::string("a\0b", 3), std::string(201, 'a')}) {
    EXPECT_EQ(CodeOf(uploads.Begin("ada", name).status()), ErrorCode::kInvalidArgument)
        << name;
  }
  ASSERT_OK_AND_ASSIGN(const Upload upload, Put(uploads, "ada", "a.csv", "x"));
  const std::string id = upload.location.substr(9, 26);
  for (const std::string& location :
       {std::string("/etc/passwd"), std::string("upload://"), "upload://" + id,
        "upload://" + id.substr(1) + "/a.csv", "upload://../" + id + "/a.csv",
        "upload://" + id + "/../" + id + "/a.csv", "upload://" + id + "/."}) {
    EXPECT_FALSE(uploads.PathOf("ada", location).ok()) << location;
  }
}

TEST_F(UploadsTest, HalfAFileIsNone) {
  Uploads uploads = Make();
  {
    ASSERT_OK_AND_ASSIGN(const auto writer, uploads.Begin("ada", "a.csv"));
    ASSERT_OK(writer->Write("half"));
  }
  EXPECT_EQ(num_files(), 0U);
}

TEST_F(UploadsTest, LimitsOfBytesAndAge) {
  Uploads uploads = Make({.bytes_max = 10, .age_max = std::chrono::hours(1)});
  ASSERT_OK(Put(uploads, "ada", "a.csv", "12345678"));
  EXPECT_EQ(CodeOf(Put(uploads, "ada", "b.csv", "123").status()),
            ErrorCode::kResourceLimit);
  ASSERT_OK(Put(uploads, "bob", "b.csv", "123"));
  EXPECT_EQ(num_files(), 2U);
  clock_.Advance(std::chrono::hours(2));
  ASSERT_OK(Put(uploads, "ada", "c.csv", "1234567890"));
  EXPECT_EQ(num_files(), 1U) << "what was too old is gone, anybody's";
}

}  // namespace
}  // namespace tarn::service
