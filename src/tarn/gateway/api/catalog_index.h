// All that is in a warehouse, looked at little by little: what the home page counts, the
// newest commits of all tables, and search.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/gateway/api/table_figures.h"
#include "tarn/table/context.h"

namespace tarn::gateway {

struct CatalogIndexLimits {
  size_t objects_max = 50'000;  // namespaces, tables and views; more are left out
  size_t commits_max = 50;
  std::chrono::milliseconds listing_age_max{2'000};
  std::chrono::milliseconds table_age_max{1'000};
  /// For reading tables in one call: what is not reached is next in the next call.
  std::chrono::milliseconds time_max{300};
};

/// Thread-safe. One call at a time does the work; others meanwhile get what is known.
class CatalogIndex {
 public:
  explicit CatalogIndex(const table::Context& context, CatalogIndexLimits limits = {});

  struct Listing {
    std::vector<iceberg::Namespace> namespaces;
    std::vector<iceberg::TableIdent> tables;
    std::vector<iceberg::TableIdent> views;
    bool is_complete = true;  // false: there is more than objects_max
  };
  /// Errors: the catalog's.
  Result<std::shared_ptr<const Listing>> List();

  struct Commit {
    iceberg::TableIdent ident;
    CommitFigures figures;
  };
  struct Overview {
    std::shared_ptr<const Listing> listing;
    size_t tables_read = 0;  // how many of the tables the sums and commits are of
    int64_t rows = 0;
    int64_t files = 0;
    int64_t bytes = 0;
    std::vector<Commit> commits;  // the newest first
  };
  /// Errors: the catalog's. A table that cannot be read counts as one without commits.
  Result<Overview> Read();

 private:
  struct Known {
    std::chrono::milliseconds checked_at{-1};  // never, if negative
    std::string metadata_location;
    TableFigures figures = {};
    std::vector<CommitFigures> commits = {};
  };

  bool IsListingFresh() const;
  Status RefreshListing();
  void RefreshTables();
  void ReadTable(const iceberg::TableIdent& ident, Known* known);
  Overview Summarize();

  const table::Context context_;
  const CatalogIndexLimits limits_;
  std::mutex working_;  // held by the call that reads
  std::mutex mutex_;
  // Guarded by mutex_:
  std::shared_ptr<const Listing> listing_;
  std::chrono::milliseconds listed_at_{0};
  Overview latest_;
  // Guarded by working_:
  std::map<iceberg::TableIdent, Known> tables_;
};

struct SearchHit {
  enum class Kind : uint8_t { kNamespace, kTable, kView };
  Kind kind = Kind::kTable;
  iceberg::Namespace ns;
  std::string name;  // empty: the namespace itself
};

/// Objects whose full name holds `text`, in any ASCII case: those whose own name begins
/// with it first, then those whose own name holds it.
std::vector<SearchHit> Search(const CatalogIndex::Listing& listing, std::string_view text,
                              size_t hits_max);

}  // namespace tarn::gateway
