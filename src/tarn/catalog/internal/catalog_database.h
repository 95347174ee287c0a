// One catalog's share of a store's database.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "tarn/base/result.h"
#include "tarn/catalog/internal/catalog_tables.h"
#include "tarn/catalog/internal/store_database.h"

namespace tarn::catalog::internal {

/// Thread-safe. What is called here may be called more than once (StoreDatabase).
class CatalogDatabase {
 public:
  CatalogDatabase(std::shared_ptr<StoreDatabase> store, std::string catalog_name)
      : store_(std::move(store)), catalog_(std::move(catalog_name)) {}

  /// Calls `read(CatalogTables&)`, which gives a Result; each statement sees the newest
  /// commit.
  template <typename Fn>
  auto Read(Fn&& read) -> std::invoke_result_t<Fn&, CatalogTables&> {
    std::optional<std::invoke_result_t<Fn&, CatalogTables&>> answer;
    Status status = store_->Read([&](SqlConnection& connection) {
      CatalogTables tables(connection, catalog_, RowLocks::kNone);
      answer.emplace(read(tables));
      return answer->status();
    });
    if (!status.ok()) {
      return status;
    }
    return *std::move(answer);
  }

  /// Calls `change(CatalogTables&)`, which gives a Status, in one transaction that has
  /// the catalog for itself; it is kept only if the Status is OK.
  template <typename Fn>
  Status Write(Fn&& change, WriteOutcome* outcome = nullptr) {
    return Write(WriteScope::kEverything, change, outcome);
  }
  /// The same beside other transactions on entries: see WriteScope::kEntries for what
  /// `change` may do.
  template <typename Fn>
  Status WriteEntries(Fn&& change, WriteOutcome* outcome = nullptr) {
    return Write(WriteScope::kEntries, change, outcome);
  }

  const std::string& location() const { return store_->location(); }

 private:
  template <typename Fn>
  Status Write(WriteScope scope, Fn& change, WriteOutcome* outcome) {
    WriteOutcome ignored = WriteOutcome::kNotApplied;
    return store_->Write(
        catalog_, scope,
        [&](SqlConnection& connection) -> Status {
          CatalogTables tables(connection, catalog_, RowLocks::kUntilCommit);
          return change(tables);
        },
        outcome == nullptr ? &ignored : outcome);
  }

  const std::shared_ptr<StoreDatabase> store_;
  const std::string catalog_;
};

}  // namespace tarn::catalog::internal
