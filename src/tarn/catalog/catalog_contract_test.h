// What every Catalog must do (the tests are in catalog_contract_test.cc), and builders
// for tests of catalogs. An implementation's test makes a factory and says
//   INSTANTIATE_TEST_SUITE_P(Sqlite, CatalogContract,
//   testing::Values(MakeSqliteFixture));
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/base/clock.h"
#include "tarn/base/error.h"
#include "tarn/catalog/catalog.h"
#include "tarn/io/file_io.h"

namespace tarn::catalog {

/// A catalog without any namespace, and where its files are.
class CatalogFixture {
 public:
  virtual ~CatalogFixture() = default;
  virtual Catalog& catalog() = 0;
  virtual io::FileIO& io() = 0;
  virtual std::string warehouse() const = 0;
  /// False where somebody else gives new views their UUID.
  virtual bool keeps_view_uuids() const { return true; }
};
using CatalogFixtureFactory = std::function<std::unique_ptr<CatalogFixture>()>;

inline iceberg::Namespace Ns(std::vector<std::string> levels) {
  return {std::move(levels)};
}
inline iceberg::TableIdent Ident(const std::string& ns, const std::string& name) {
  return {{{ns}}, name};
}

/// "OK" or the error's name, so that a failed expectation shows both.
inline std::string NameOf(const Status& status) {
  return status.ok() ? "OK" : std::string(InfoOf(CodeOf(status)).name);
}
template <typename T>
std::string NameOf(const Result<T>& result) {
  return NameOf(result.status());
}

inline std::shared_ptr<const iceberg::TableMetadata> FirstMetadata(
    const std::string& location) {
  auto metadata = iceberg::MakeTableMetadata(
      {.fields =
           {{.id = 1, .name = "id", .type = iceberg::Type::Long(), .required = true}},
       .location = location,
       .table_uuid = NewUuid(SystemRandom()),
       .now = SystemClock().Now()});
  EXPECT_TRUE(metadata.ok()) << metadata.status();
  return *metadata;
}

/// Creates `ident` in an existing namespace.
inline Result<LoadedTable> CreateTable(Catalog& catalog,
                                       const iceberg::TableIdent& ident) {
  ARROW_ASSIGN_OR_RAISE(const std::string location, catalog.NewTableLocation(ident));
  ARROW_ASSIGN_OR_RAISE(
      auto loaded, catalog.Commit({{.ident = ident,
                                    .requirements = {iceberg::require::AssertCreate{}},
                                    .updates = {},
                                    .create = FirstMetadata(location)}}));
  return loaded.at(0);
}

/// The updates that append a snapshot to `base`, and what they assume.
inline TableCommit AppendTo(const LoadedTable& base) {
  iceberg::Snapshot snapshot;
  snapshot.id.value = static_cast<int64_t>(SystemRandom().Next() >> 2) + 1;
  snapshot.parent_id = base.metadata->current_snapshot_id;
  snapshot.sequence_number.value = base.metadata->last_sequence_number.value + 1;
  snapshot.timestamp = SystemClock().Now();
  snapshot.manifest_list = base.metadata->location + "/metadata/snap.avro";
  snapshot.operation = "append";
  return {
      .ident = base.ident,
      .requirements = {iceberg::require::AssertTableUuid{base.metadata->table_uuid},
                       iceberg::require::AssertRefSnapshotId{"main", snapshot.parent_id}},
      .updates = {iceberg::update::AddSnapshot{snapshot},
                  iceberg::update::SetSnapshotRef{"main", {.snapshot_id = snapshot.id}}}};
}

inline TableCommit SetProperty(const LoadedTable& base, const std::string& key,
                               const std::string& value) {
  return {.ident = base.ident,
          .requirements = {iceberg::require::AssertTableUuid{base.metadata->table_uuid}},
          .updates = {iceberg::update::SetProperties{{{key, value}}}}};
}

inline std::shared_ptr<const iceberg::ViewMetadata> FirstView(const std::string& location,
                                                              const std::string& sql) {
  auto view = std::make_shared<iceberg::ViewMetadata>();
  view->view_uuid = NewUuid(SystemRandom());
  view->location = location;
  view->schemas = {*iceberg::Schema::Make(
      {}, {{.id = 1, .name = "n", .type = iceberg::Type::Long()}})};
  view->versions = {{.version_id = 1,
                     .schema_id = {},
                     .timestamp = SystemClock().Now(),
                     .representations = {{sql, "trino"}}}};
  view->current_version_id = 1;
  view->version_log = {{view->versions[0].timestamp, 1}};
  return view;
}

class CatalogContract : public testing::TestWithParam<CatalogFixtureFactory> {
 protected:
  CatalogContract() : fixture_(GetParam()()) {}

  Catalog& catalog() { return fixture_->catalog(); }

  void EnsureNamespace(const std::string& name) {
    EXPECT_THAT(NameOf(catalog().CreateNamespace(Ns({name}), {})),
                testing::AnyOf("OK", "ALREADY_EXISTS"));
  }

  /// The properties that the namespace was given; servers also tell its location.
  Properties GivenProperties(const iceberg::Namespace& ns) {
    auto properties = catalog().LoadNamespaceProperties(ns);
    EXPECT_TRUE(properties.ok()) << properties.status();
    properties->erase("location");
    return *properties;
  }

  LoadedTable NewTable(const std::string& name) {
    EnsureNamespace("ns");
    auto table = CreateTable(catalog(), Ident("ns", name));
    EXPECT_TRUE(table.ok()) << table.status();
    return table.ok() ? *table : LoadedTable{};
  }

  size_t NumFiles() {
    const auto files = fixture_->io().List(fixture_->warehouse());
    EXPECT_TRUE(files.ok()) << files.status();
    return files->size();
  }

  std::vector<std::string> Tables(const std::string& ns) {
    std::vector<std::string> names;
    const auto idents = catalog().ListTables(Ns({ns}));
    EXPECT_TRUE(idents.ok()) << idents.status();
    for (const auto& ident : *idents) {
      names.push_back(ident.name);
    }
    return names;
  }

  std::unique_ptr<CatalogFixture> fixture_;
};

}  // namespace tarn::catalog
