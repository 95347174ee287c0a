#include "tarn/engine/internal/catalog_view.h"

#include <algorithm>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::engine {
namespace {

/// The one of `names` that equals `name` but for case; unset if there is none.
Result<std::optional<std::string>> MatchFolded(const std::vector<std::string>& names,
                                               const std::string& name) {
  const std::string folded = FoldName(name);
  std::optional<std::string> match;
  for (const std::string& candidate : names) {
    if (FoldName(candidate) != folded) {
      continue;
    }
    if (match.has_value()) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Several names differ only in case; write one exactly: " + *match +
                           ", " + candidate);
    }
    match = candidate;
  }
  return match;
}

}  // namespace

std::string FoldName(std::string_view name) {
  std::string folded(name);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return folded;
}

CatalogView::CatalogView(catalog::Catalog& catalog, const PendingWrites& writes,
                         Reads reads)
    : catalog_(catalog),
      one_moment_(dynamic_cast<catalog::OneMoment*>(&catalog)),
      writes_(writes),
      reads_(reads) {}

bool CatalogView::is_torn() const {
  const std::lock_guard lock(mutex_);
  return is_torn_;
}

void CatalogView::LookAgain() {
  const std::lock_guard lock(mutex_);
  is_torn_ = false;
  objects_.clear();
  read_.clear();
  reads_ = Reads::kOneMoment;
}

/// All were found before now: those that have not changed until they are asked for again
/// were all there at this moment.
Status CatalogView::Read(const iceberg::TableIdent& ident) {
  const std::lock_guard lock(mutex_);
  const bool is_alone = !read_.insert(ident).second || read_.size() < 2;
  if (is_alone || one_moment_ == nullptr || reads_ == Reads::kOneMoment) {
    return Status::OK();
  }
  for (const iceberg::TableIdent& other : read_) {
    const auto found = objects_.find(other);
    if (found == objects_.end()) {
      continue;
    }
    const auto now = catalog_.LoadTable(other);
    if (!now.ok() || now->metadata_location != found->second.metadata_location) {
      is_torn_ = true;
      return MakeError(ErrorCode::kUnavailable,
                       "Table was changed while the statement was being planned; run it "
                       "again: " +
                           other.ToString());
    }
  }
  return Status::OK();
}

Result<catalog::LoadedTable> CatalogView::LoadTable(const iceberg::TableIdent& ident) {
  if (one_moment_ == nullptr || reads_ == Reads::kOneStatement) {
    return catalog_.LoadTable(ident);
  }
  if (!locations_.has_value()) {
    ARROW_ASSIGN_OR_RAISE(locations_, one_moment_->TableLocations());
  }
  const auto location = locations_->find(ident);
  if (location == locations_->end()) {
    return MakeError(ErrorCode::kNoSuchTable,
                     "Table does not exist: " + ident.ToString());
  }
  return one_moment_->LoadTableAt(ident, location->second);
}

Status CatalogView::ListBelow(const iceberg::Namespace& parent,
                              std::vector<iceberg::Namespace>* all) {
  ARROW_ASSIGN_OR_RAISE(auto children, catalog_.ListNamespaces(parent));
  for (iceberg::Namespace& child : children) {
    all->push_back(child);
    RETURN_NOT_OK(ListBelow(child, all));
  }
  return Status::OK();
}

Result<std::vector<iceberg::Namespace>> CatalogView::AllNamespaces() {
  const std::lock_guard lock(mutex_);
  if (!namespaces_.has_value()) {
    std::vector<iceberg::Namespace> all;
    RETURN_NOT_OK(ListBelow({}, &all));
    namespaces_ = std::move(all);
  }
  return *namespaces_;
}

Result<std::optional<iceberg::Namespace>> CatalogView::FindNamespace(
    const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = found_namespaces_.find(name);
  if (found != found_namespaces_.end()) {
    return found->second;
  }

  const iceberg::Namespace exact = iceberg::NamespaceFromString(name);
  const auto properties = catalog_.LoadNamespaceProperties(exact);
  if (properties.ok()) {
    return found_namespaces_[name] = exact;
  }
  if (CodeOf(properties.status()) != ErrorCode::kNoSuchNamespace) {
    return properties.status();
  }

  ARROW_ASSIGN_OR_RAISE(const auto all, AllNamespaces());
  std::vector<std::string> names;
  for (const iceberg::Namespace& ns : all) {
    names.push_back(ns.ToString());
  }
  ARROW_ASSIGN_OR_RAISE(const auto match, MatchFolded(names, exact.ToString()));
  if (!match.has_value()) {
    return std::optional<iceberg::Namespace>();
  }
  const auto at = std::find(names.begin(), names.end(), *match) - names.begin();
  return found_namespaces_[name] = all[static_cast<size_t>(at)];
}

Result<std::optional<CatalogObject>> CatalogView::Load(const iceberg::TableIdent& ident) {
  // First: a table that was seen may have been replaced since.
  if (auto created = writes_.Created(ident)) {
    return CatalogObject{.ident = ident, .table = std::move(created), .view = nullptr};
  }
  const auto loaded = objects_.find(ident);
  if (loaded != objects_.end()) {
    return loaded->second;
  }
  auto table = LoadTable(ident);
  if (table.ok()) {
    return objects_[ident] = {.ident = ident,
                              .table = table->metadata,
                              .view = nullptr,
                              .metadata_location = table->metadata_location};
  }
  const ErrorCode code = CodeOf(table.status());
  if (code != ErrorCode::kNoSuchTable && code != ErrorCode::kNoSuchNamespace) {
    return table.status();
  }
  auto view = catalog_.LoadView(ident);
  if (view.ok()) {
    return objects_[ident] = {.ident = ident,
                              .table = nullptr,
                              .view = view->metadata,
                              .metadata_location = view->metadata_location};
  }
  const ErrorCode view_code = CodeOf(view.status());
  if (view_code != ErrorCode::kNoSuchView && view_code != ErrorCode::kNoSuchTable &&
      view_code != ErrorCode::kNoSuchNamespace) {
    return view.status();
  }
  return std::optional<CatalogObject>();
}

Result<std::optional<CatalogObject>> CatalogView::Find(const iceberg::Namespace& ns,
                                                       const std::string& name) {
  const std::lock_guard lock(mutex_);
  ARROW_ASSIGN_OR_RAISE(auto exact, Load({ns, name}));
  if (exact.has_value()) {
    return exact;
  }
  ARROW_ASSIGN_OR_RAISE(const auto names, ListNames(ns));
  ARROW_ASSIGN_OR_RAISE(const auto match, MatchFolded(names, name));
  if (!match.has_value() || *match == name) {
    return std::optional<CatalogObject>();
  }
  return Load({ns, *match});
}

std::vector<CatalogObject> CatalogView::Loaded() const {
  const std::lock_guard lock(mutex_);
  std::vector<CatalogObject> loaded;
  for (const auto& [ident, object] : objects_) {
    loaded.push_back(object);
  }
  return loaded;
}

Result<std::vector<std::string>> CatalogView::ListNames(const iceberg::Namespace& ns) {
  const std::lock_guard lock(mutex_);
  auto [found, inserted] = names_.try_emplace(ns);
  if (inserted) {
    auto tables = catalog_.ListTables(ns);
    auto views = catalog_.ListViews(ns);
    if (!tables.ok() || !views.ok()) {
      names_.erase(found);
      return tables.ok() ? views.status() : tables.status();
    }
    for (const auto& ident : *tables) {
      found->second.push_back(ident.name);
    }
    for (const auto& ident : *views) {
      found->second.push_back(ident.name);
    }
  }
  std::vector<std::string> names = found->second;
  for (const auto& ident : writes_.CreatedIn(ns)) {
    names.push_back(ident.name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace tarn::engine
