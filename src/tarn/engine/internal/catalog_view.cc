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
  const auto loaded = objects_.find(ident);
  if (loaded != objects_.end()) {
    return loaded->second;
  }
  if (auto created = writes_.Created(ident)) {
    return CatalogObject{.ident = ident, .table = std::move(created), .view = nullptr};
  }
  auto table = catalog_.LoadTable(ident);
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
