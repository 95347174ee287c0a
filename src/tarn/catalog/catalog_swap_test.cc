// Part of the contract: clients that write metadata files themselves and swap them in.
#include <atomic>
#include <thread>

#include "tarn/catalog/catalog_contract_test.h"

namespace tarn::catalog {
namespace {

/// A file of ours next to the table's own, with one more property; not in the catalog.
std::string WriteNext(io::FileIO& io, const LoadedTable& base, const std::string& value) {
  iceberg::TableMetadata next = *base.metadata;
  next.properties["by"] = value;
  next.metadata_log.push_back({next.last_updated, base.metadata_location});
  const std::string location =
      base.metadata->location + "/metadata/00009-" + value + ".metadata.json";
  EXPECT_EQ(NameOf(io.WriteNew(location, TableMetadataToJson(next))), "OK");
  return location;
}

std::string PresentProperty(Catalog& catalog) {
  const auto table = catalog.LoadTable(Ident("ns", "t"));
  EXPECT_TRUE(table.ok()) << table.status();
  return table->metadata->Property("by", "none");
}

/// Catalogs that write metadata files themselves take nobody else's.
bool IsSupported(Catalog& catalog, const LoadedTable& table) {
  const auto result =
      catalog.SwapTable(table.ident, table.metadata_location, table.metadata_location);
  return NameOf(result) != "NOT_SUPPORTED";
}

TEST_P(CatalogContract, ASwapIsOnlyFromWhatIsExpected) {
  const LoadedTable table = NewTable("t");
  if (!IsSupported(catalog(), table)) {
    GTEST_SKIP() << "declared: takes no metadata files of others";
  }
  const std::string first = WriteNext(fixture_->io(), table, "a");
  const std::string second = WriteNext(fixture_->io(), table, "b");
  EXPECT_EQ(NameOf(catalog().SwapTable(table.ident, table.metadata_location, first)),
            "OK");
  EXPECT_EQ(PresentProperty(catalog()), "a");
  const auto late = catalog().SwapTable(table.ident, table.metadata_location, second);
  EXPECT_EQ(NameOf(late), "COMMIT_CONFLICT");
  EXPECT_TRUE(late.status().message().ends_with(first)) << late.status();
  EXPECT_EQ(PresentProperty(catalog()), "a");
  // The answer to the same call was lost.
  EXPECT_EQ(NameOf(catalog().SwapTable(table.ident, table.metadata_location, first)),
            "OK");
  // A file that was refused is its writer's, and still there.
  EXPECT_TRUE(fixture_->io().Stat(second).ok());
}

TEST_P(CatalogContract, ASwapRefusesWhatIsNoSuccessor) {
  const LoadedTable table = NewTable("t");
  if (!IsSupported(catalog(), table)) {
    GTEST_SKIP() << "declared: takes no metadata files of others";
  }
  const LoadedTable other = NewTable("u");
  const std::string& head = table.metadata_location;
  EXPECT_EQ(NameOf(catalog().SwapTable(table.ident, head, other.metadata_location)),
            "INVALID_ARGUMENT");
  EXPECT_EQ(NameOf(catalog().SwapTable(table.ident, head, head + ".gone")),
            "NO_SUCH_FILE");
  EXPECT_EQ(NameOf(catalog().SwapTable(Ident("ns", "none"), head, head)),
            "NO_SUCH_TABLE");
  const std::string broken = table.metadata->location + "/metadata/00009-broken.json";
  ASSERT_TRUE(fixture_->io().WriteNew(broken, "{}").ok());
  EXPECT_EQ(NameOf(catalog().SwapTable(table.ident, head, broken)), "INVALID_DATA");
  EXPECT_EQ(catalog().LoadTable(table.ident)->metadata_location, head);
}

TEST_P(CatalogContract, OneOfManySwapsWins) {
  const LoadedTable table = NewTable("t");
  if (!IsSupported(catalog(), table)) {
    GTEST_SKIP() << "declared: takes no metadata files of others";
  }
  constexpr int kWriters = 6;
  std::atomic<int> won = 0;
  std::vector<std::thread> writers;
  std::vector<std::string> files;
  for (int i = 0; i < kWriters; ++i) {
    files.push_back(WriteNext(fixture_->io(), table, "w" + std::to_string(i)));
  }
  for (const std::string& file : files) {
    writers.emplace_back([&] {
      const auto result = catalog().SwapTable(table.ident, table.metadata_location, file);
      won += result.ok() ? 1 : 0;
      EXPECT_TRUE(result.ok() || NameOf(result) == "COMMIT_CONFLICT") << result.status();
    });
  }
  for (std::thread& writer : writers) {
    writer.join();
  }
  EXPECT_EQ(won, 1);
}

TEST_P(CatalogContract, ACommitAndASwapDoNotOverwriteEachOther) {
  const LoadedTable table = NewTable("t");
  if (!IsSupported(catalog(), table)) {
    GTEST_SKIP() << "declared: takes no metadata files of others";
  }
  const std::string file = WriteNext(fixture_->io(), table, "a");
  ASSERT_EQ(NameOf(catalog().Commit({SetProperty(table, "x", "1")})), "OK");
  EXPECT_EQ(NameOf(catalog().SwapTable(table.ident, table.metadata_location, file)),
            "COMMIT_CONFLICT");
  EXPECT_EQ(PresentProperty(catalog()), "none");
  const auto head = catalog().LoadTable(table.ident);
  ASSERT_TRUE(head.ok());
  const std::string next = WriteNext(fixture_->io(), *head, "b");
  ASSERT_EQ(NameOf(catalog().SwapTable(table.ident, head->metadata_location, next)),
            "OK");
  ASSERT_EQ(NameOf(catalog().Commit({SetProperty(table, "x", "2")})), "OK");
  EXPECT_EQ(PresentProperty(catalog()), "b");
}

TEST_P(CatalogContract, SwapsViewsToo) {
  const LoadedTable table = NewTable("t");
  if (!IsSupported(catalog(), table)) {
    GTEST_SKIP() << "declared: takes no metadata files of others";
  }
  const auto location = catalog().NewTableLocation(Ident("ns", "v"));
  ASSERT_TRUE(location.ok());
  const auto view = catalog().CreateView(
      {.ident = Ident("ns", "v"), .metadata = FirstView(*location, "SELECT 1")});
  ASSERT_TRUE(view.ok()) << view.status();
  iceberg::ViewMetadata next = *view->metadata;
  next.properties["by"] = "a";
  const std::string file = *location + "/metadata/00009-v.metadata.json";
  ASSERT_TRUE(fixture_->io().WriteNew(file, ViewMetadataToJson(next)).ok());
  EXPECT_EQ(NameOf(catalog().SwapTable(view->ident, view->metadata_location, file)),
            "INVALID_DATA");
  EXPECT_EQ(NameOf(catalog().SwapView(view->ident, file + "x", file)), "COMMIT_CONFLICT");
  EXPECT_EQ(NameOf(catalog().SwapView(view->ident, view->metadata_location, file)), "OK");
  EXPECT_EQ(catalog().LoadView(view->ident)->metadata->properties.at("by"), "a");
  EXPECT_EQ(NameOf(catalog().SwapView(table.ident, table.metadata_location, file)),
            "NO_SUCH_VIEW");
}

}  // namespace
}  // namespace tarn::catalog
