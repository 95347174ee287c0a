#include "tarn/gateway/api/catalog_index.h"

#include <algorithm>
#include <utility>

namespace tarn::gateway {
namespace {

using iceberg::Namespace;
using iceberg::TableIdent;

/// Goes down from the top; what is beyond the limit is left out.
class Lister {
 public:
  Lister(catalog::Catalog& catalog, size_t objects_max)
      : catalog_(catalog), objects_max_(objects_max) {}

  Status Run() {
    std::vector<Namespace> open{Namespace{}};
    while (!open.empty() && listing_.is_complete) {
      const Namespace parent = std::move(open.back());
      open.pop_back();
      ARROW_ASSIGN_OR_RAISE(auto children, catalog_.ListNamespaces(parent));
      std::ranges::reverse(children);  // so that the first is taken next
      open.insert(open.end(), children.begin(), children.end());
      if (!parent.levels.empty()) {
        RETURN_NOT_OK(Add(parent));
      }
    }
    return Status::OK();
  }

  CatalogIndex::Listing Take() { return std::move(listing_); }

 private:
  Status Add(const Namespace& ns) {
    Result<std::vector<TableIdent>> tables = catalog_.ListTables(ns);
    Result<std::vector<TableIdent>> views = catalog_.ListViews(ns);
    if (!tables.ok() || !views.ok()) {
      // Dropped since its parent was listed.
      const bool is_gone = !catalog_.LoadNamespaceProperties(ns).ok();
      return is_gone ? Status::OK() : (tables.ok() ? views.status() : tables.status());
    }
    const size_t objects =
        listing_.namespaces.size() + listing_.tables.size() + listing_.views.size();
    if (objects + 1 + tables->size() + views->size() > objects_max_) {
      listing_.is_complete = false;
      return Status::OK();
    }
    listing_.namespaces.push_back(ns);
    listing_.tables.insert(listing_.tables.end(), tables->begin(), tables->end());
    listing_.views.insert(listing_.views.end(), views->begin(), views->end());
    return Status::OK();
  }

  catalog::Catalog& catalog_;
  const size_t objects_max_;
  CatalogIndex::Listing listing_;
};

bool IsNewer(const CommitFigures& left, const CommitFigures& right) {
  return left.timestamp > right.timestamp;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return lower;
}

/// 0 is best; negative: no hit.
int RankOf(const SearchHit& hit, const std::string& text) {
  const std::string ns = Lower(hit.ns.ToString());
  const std::string own =
      Lower(hit.name.empty() ? hit.ns.levels.back() : std::string_view(hit.name));
  if (own.starts_with(text)) {
    return own.size() == text.size() ? 0 : 1;
  }
  if (own.find(text) != std::string::npos) {
    return 2;
  }
  const std::string full = hit.name.empty() ? ns : ns + "." + own;
  return full.find(text) != std::string::npos ? 3 : -1;
}

}  // namespace

CatalogIndex::CatalogIndex(const table::Context& context, CatalogIndexLimits limits)
    : context_(context), limits_(limits) {}

bool CatalogIndex::IsListingFresh() const {
  return listing_ != nullptr &&
         context_.clock.Now() - listed_at_ < limits_.listing_age_max;
}

Status CatalogIndex::RefreshListing() {
  {
    const std::lock_guard lock(mutex_);
    if (IsListingFresh()) {
      return Status::OK();
    }
  }
  Lister lister(context_.catalog, limits_.objects_max);
  RETURN_NOT_OK(lister.Run());
  auto listing = std::make_shared<const Listing>(lister.Take());
  const std::lock_guard lock(mutex_);
  listing_ = std::move(listing);
  listed_at_ = context_.clock.Now();
  return Status::OK();
}

Result<std::shared_ptr<const CatalogIndex::Listing>> CatalogIndex::List() {
  {
    const std::lock_guard lock(mutex_);
    if (IsListingFresh()) {
      return listing_;
    }
  }
  const std::lock_guard working(working_);
  RETURN_NOT_OK(RefreshListing());
  const std::lock_guard lock(mutex_);
  return listing_;
}

void CatalogIndex::ReadTable(const TableIdent& ident, Known* known) {
  known->checked_at = context_.clock.Now();
  const Result<catalog::LoadedTable> table = context_.catalog.LoadTable(ident);
  if (!table.ok()) {
    *known = {.checked_at = known->checked_at, .metadata_location = ""};
    return;
  }
  if (table->metadata_location == known->metadata_location) {
    return;
  }
  known->metadata_location = table->metadata_location;
  known->figures = TableFigures::Of(*table->metadata);
  known->commits.clear();
  for (const iceberg::Snapshot& snapshot : table->metadata->snapshots) {
    known->commits.push_back(CommitFigures::Of(snapshot));
  }
  std::ranges::stable_sort(known->commits, IsNewer);
  known->commits.resize(std::min(known->commits.size(), limits_.commits_max));
}

/// Those that were not looked at for the longest time first.
void CatalogIndex::RefreshTables() {
  std::shared_ptr<const Listing> listing;
  {
    const std::lock_guard lock(mutex_);
    listing = listing_;
  }
  std::map<TableIdent, Known> present;
  for (const TableIdent& ident : listing->tables) {
    auto known = tables_.extract(ident);
    if (known.empty()) {
      present.try_emplace(ident);
    } else {
      present.insert(std::move(known));
    }
  }
  tables_ = std::move(present);
  std::vector<std::pair<const TableIdent*, Known*>> stale;
  const std::chrono::milliseconds now = context_.clock.Now();
  for (auto& [ident, known] : tables_) {
    if (known.checked_at.count() < 0 || now - known.checked_at >= limits_.table_age_max) {
      stale.emplace_back(&ident, &known);
    }
  }
  std::ranges::stable_sort(stale, {},
                           [](const auto& pair) { return pair.second->checked_at; });
  for (const auto& [ident, known] : stale) {
    ReadTable(*ident, known);
    if (context_.clock.Now() - now > limits_.time_max) {
      break;
    }
  }
}

CatalogIndex::Overview CatalogIndex::Summarize() {
  Overview overview;
  for (const auto& [ident, known] : tables_) {
    overview.tables_read += known.checked_at.count() < 0 ? 0U : 1U;
    overview.rows += known.figures.rows.value_or(0);
    overview.files += known.figures.files.value_or(0);
    overview.bytes += known.figures.bytes.value_or(0);
    for (const CommitFigures& commit : known.commits) {
      overview.commits.push_back({ident, commit});
    }
  }
  std::ranges::stable_sort(overview.commits, [](const Commit& left, const Commit& right) {
    return IsNewer(left.figures, right.figures);
  });
  overview.commits.resize(std::min(overview.commits.size(), limits_.commits_max));
  // What is older than the ones shown is never shown again, as commits only get newer.
  if (overview.commits.size() == limits_.commits_max) {
    const auto oldest = overview.commits.back().figures.timestamp;
    for (auto& [ident, known] : tables_) {
      std::erase_if(known.commits, [&](const CommitFigures& commit) {
        return commit.timestamp < oldest;
      });
    }
  }
  return overview;
}

Result<CatalogIndex::Overview> CatalogIndex::Read() {
  std::unique_lock working(working_, std::try_to_lock);
  if (!working.owns_lock()) {
    const std::lock_guard lock(mutex_);
    if (latest_.listing != nullptr) {
      return latest_;
    }
  }
  if (!working.owns_lock()) {
    working.lock();  // the very first call is at work
  }
  RETURN_NOT_OK(RefreshListing());
  RefreshTables();
  Overview overview = Summarize();
  const std::lock_guard lock(mutex_);
  overview.listing = listing_;
  latest_ = overview;
  return overview;
}

std::vector<SearchHit> Search(const CatalogIndex::Listing& listing, std::string_view text,
                              size_t hits_max) {
  const std::string wanted = Lower(text);
  std::vector<std::pair<int, SearchHit>> hits;
  const auto consider = [&](SearchHit hit) {
    const int rank = RankOf(hit, wanted);
    if (rank >= 0) {
      hits.emplace_back(rank, std::move(hit));
    }
  };
  for (const Namespace& ns : listing.namespaces) {
    consider({SearchHit::Kind::kNamespace, ns, ""});
  }
  for (const TableIdent& table : listing.tables) {
    consider({SearchHit::Kind::kTable, table.ns, table.name});
  }
  for (const TableIdent& view : listing.views) {
    consider({SearchHit::Kind::kView, view.ns, view.name});
  }
  std::ranges::stable_sort(hits, {}, [](const auto& pair) { return pair.first; });
  std::vector<SearchHit> found;
  for (size_t i = 0; i < std::min(hits.size(), hits_max); ++i) {
    found.push_back(std::move(hits[i].second));
  }
  return found;
}

}  // namespace tarn::gateway
