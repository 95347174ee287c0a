#include "tarn/table/maintenance/file_location.h"

#include <gtest/gtest.h>

namespace tarn::table {
namespace {

TEST(FileLocation, Trap35_OneKeyForAllSpellingsOfAFile) {
  constexpr struct {
    const char* location;
    const char* key;
  } kCases[] = {
      {"/w/t/a", "file:///w/t/a"},
      {"file:/w/t/a", "file:///w/t/a"},
      {"file:///w/t/a", "file:///w/t/a"},
      {"file://localhost/w/t/a", "file:///w/t/a"},
      {"/w//t///a/", "file:///w/t/a"},
      {"FILE:/w/t/a", "file:///w/t/a"},
      {"s3://b/t/a", "s3://b/t/a"},
      {"s3a://b/t/a", "s3://b/t/a"},
      {"s3n://b//t/a", "s3://b/t/a"},
      {"S3://b/t/a", "s3://b/t/a"},
      {"s3://B/t/a", "s3://B/t/a"},
      {"s3://b", "s3://b/"},
      {"gs://b/t/a", "gs://b/t/a"},
      {"abfss://c@h/t/a", "abfss://c@h/t/a"},
      {"/w/p=a%20b/f", "file:///w/p=a%20b/f"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.location);
    EXPECT_EQ(LocationKey(c.location), c.key);
  }
}

TEST(FileLocation, EqualSchemesAndAuthoritiesCanBeNamed) {
  LocationEquality equality;
  equality.schemes["oss"] = "s3";
  equality.authorities["alias"] = "b";
  EXPECT_EQ(ParseFileLocation("oss://alias/t/a", equality).key(), "s3://b/t/a");
  EXPECT_EQ(ParseFileLocation("s3a://b/t/a", equality).key(), "s3://b/t/a");
}

TEST(FileLocation, LiesInADirectory) {
  const auto lies_in = [](const char* file, const char* directory) {
    return LiesIn(ParseFileLocation(file), ParseFileLocation(directory));
  };
  EXPECT_TRUE(lies_in("/w/t/a", "/w/t"));
  EXPECT_TRUE(lies_in("/w/t/a", "file:/w/t/"));
  EXPECT_TRUE(lies_in("/w/t", "/w/t"));
  EXPECT_TRUE(lies_in("/w/t", "/"));
  EXPECT_TRUE(lies_in("s3a://b/t/a", "s3://b"));
  EXPECT_FALSE(lies_in("/w/t2/a", "/w/t"));
  EXPECT_FALSE(lies_in("/w", "/w/t"));
  EXPECT_FALSE(lies_in("s3://b/t/a", "/t"));
  EXPECT_FALSE(lies_in("s3://c/t/a", "s3://b/t"));
}

TEST(FileLocation, PathBelowADirectoryHoweverItIsSpelled) {
  constexpr struct {
    const char* location;
    const char* directory;
    const char* below;  // nullptr: elsewhere
  } kCases[] = {
      {"/w/t/a/b", "/w/t", "/a/b"},
      {"file:/w/t/a", "/w/t", "/a"},
      {"file:///w/t/a", "file:/w/t", "/a"},
      {"file://localhost/w/t/a", "file:///w/t", "/a"},
      {"/w/t", "file:///w/t", ""},
      {"s3a://b/t/a", "s3://b/t", "/a"},
      {"s3://b/t/a", "s3n://b", "/t/a"},
      {"s3://b/t//a", "s3://b/t", "//a"},
      {"/w/t2", "/w/t", nullptr},
      {"/w", "/w/t", nullptr},
      {"s3://c/t/a", "s3://b/t", nullptr},
      {"s3://b//t/a", "s3://b/t", nullptr},
      {"gs://b/t/a", "s3://b/t", nullptr},
      {"s3://w/t/a", "/w/t", nullptr},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.location);
    const auto below = PathBelow(c.location, c.directory);
    ASSERT_EQ(below.has_value(), c.below != nullptr);
    EXPECT_EQ(below.value_or(""), c.below == nullptr ? "" : c.below);
  }
}

}  // namespace
}  // namespace tarn::table
