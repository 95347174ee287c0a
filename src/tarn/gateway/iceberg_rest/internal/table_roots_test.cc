#include "tarn/gateway/iceberg_rest/internal/table_roots.h"

#include <gtest/gtest.h>

namespace tarn::gateway {
namespace {

iceberg::TableMetadata TableAt(const std::string& location,
                               std::map<std::string, std::string> properties = {}) {
  iceberg::TableMetadata table;
  table.location = location;
  table.properties = std::move(properties);
  return table;
}

std::vector<std::string> Locations(const std::vector<StoreRoot>& roots) {
  std::vector<std::string> locations;
  for (const StoreRoot& root : roots) {
    locations.push_back(root.location);
  }
  return locations;
}

using Texts = std::vector<std::string>;

TEST(StoreRoot, IsTakenApart) {
  struct Case {
    const char* location;
    StoreKind kind;
    const char* host;
    const char* bucket;
    const char* key;
  };
  constexpr Case kCases[] = {
      {"s3://b/wh/t", StoreKind::kS3, "", "b", "wh/t"},
      {"S3A://b/wh/t//", StoreKind::kS3, "", "b", "wh/t"},
      {"s3n://b", StoreKind::kS3, "", "b", ""},
      {"s3://b//wh//t", StoreKind::kS3, "", "b", "/wh//t"},
      {"s3://b/a%2Fb/t", StoreKind::kS3, "", "b", "a%2Fb/t"},
      {"gs://b/wh/t", StoreKind::kGcs, "", "b", "wh/t"},
      {"abfss://c@acct.dfs.core.windows.net/wh/t", StoreKind::kAzure,
       "acct.dfs.core.windows.net", "c", "wh/t"},
      {"wasb://c/wh", StoreKind::kAzure, "", "c", "wh"},
      {"s3://b/wh/../t", StoreKind::kNone, "", "", ""},
      {"s3://b/./t", StoreKind::kNone, "", "", ""},
      {"s3://", StoreKind::kNone, "", "", ""},
      {"file:///wh/t", StoreKind::kNone, "", "", ""},
      {"/wh/t", StoreKind::kNone, "", "", ""},
      {"", StoreKind::kNone, "", "", ""},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.location);
    const StoreRoot root = ParseStoreRoot(c.location);
    EXPECT_EQ(root.kind, c.kind);
    EXPECT_EQ(root.host, c.host);
    EXPECT_EQ(root.bucket, c.bucket);
    EXPECT_EQ(root.key, c.key);
  }
}

TEST(StoreRoot, HoldsKeysByteForByte) {
  const StoreRoot root = ParseStoreRoot("s3://b/wh/t");
  for (const char* key : {"wh/t/", "wh/t/x", "wh/t//x", "wh/t/a/b"}) {
    EXPECT_TRUE(root.Holds("b", key)) << key;
  }
  for (const char* key : {"", "wh/t", "wh/t2/x", "wh//t/x", "/wh/t/x", "WH/t/x", "wh"}) {
    EXPECT_FALSE(root.Holds("b", key)) << key;
  }
  EXPECT_FALSE(root.Holds("B", "wh/t/x"));
  EXPECT_FALSE(root.Holds("b2", "wh/t/x"));
}

TEST(RootsOf, AreWhereWritersPutFiles) {
  const auto roots = [](const iceberg::TableMetadata& table) {
    return Locations(RootsOf(table));
  };
  EXPECT_EQ(roots(TableAt("s3://b/wh/t/")), Texts{"s3://b/wh/t"});
  EXPECT_EQ(roots(TableAt("file:///wh/t")), Texts{});
  EXPECT_EQ(roots(TableAt("s3://b/wh/t", {{"write.data.path", "s3://b/data/t"},
                                          {"write.metadata.path", "s3://c/meta/t"}})),
            (Texts{"s3://b/wh/t", "s3://b/data/t", "s3://c/meta/t"}));
  EXPECT_EQ(roots(TableAt("s3://b/wh/t", {{"write.object-storage.path", "s3://b/o"},
                                          {"write.folder-storage.path", "s3://b/f"}})),
            (Texts{"s3://b/wh/t", "s3://b/o", "s3://b/f"}));
  // One within another, and the same twice.
  EXPECT_EQ(roots(TableAt("s3://b/wh/t", {{"write.data.path", "s3a://b/wh/t/data"},
                                          {"write.metadata.path", "s3://b/wh/t"}})),
            Texts{"s3://b/wh/t"});
  EXPECT_EQ(roots(TableAt("s3://b/wh/t", {{"write.data.path", "s3://b/wh"}})),
            Texts{"s3://b/wh"});
}

TEST(RootsToOpen, StayWithinTheWarehouse) {
  VendingOptions options;
  options.warehouse = "s3://b/wh/";
  options.locations = {"s3a://other/tables", "gs://g"};
  const auto opened = [&](const std::string& location, const std::string& data = "") {
    return Locations(RootsToOpen(
        TableAt(location,
                data.empty()
                    ? std::map<std::string, std::string>()
                    : std::map<std::string, std::string>{{"write.data.path", data}}),
        options));
  };
  EXPECT_EQ(opened("s3://b/wh/ns/t"), Texts{"s3://b/wh/ns/t"});
  EXPECT_EQ(opened("s3a://b/wh/ns/t"), Texts{"s3a://b/wh/ns/t"});
  EXPECT_EQ(opened("s3://other/tables/t"), Texts{"s3://other/tables/t"});
  EXPECT_EQ(opened("gs://g/t"), Texts{"gs://g/t"});
  // A table says of itself where it is: the warehouse as a whole, another place, …
  for (const char* location :
       {"s3://b/wh", "s3://b", "s3://b/wh2/t", "s3://other/t", "s3://other/tables",
        "gs://g", "s3://g/t", "s3://b/wh/../secret", "abfss://b@a.dfs.x/wh/t"}) {
    EXPECT_EQ(opened(location), Texts{}) << location;
  }
  // … or writes its data there.
  EXPECT_EQ(opened("s3://b/wh/t", "s3://b/other-team"), Texts{"s3://b/wh/t"});
  EXPECT_EQ(opened("s3://b/wh/t", "s3://b/wh/t-data"),
            (Texts{"s3://b/wh/t", "s3://b/wh/t-data"}));
}

}  // namespace
}  // namespace tarn::gateway
