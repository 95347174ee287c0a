#include "tarn/testing/fake_catalog.h"

#include <algorithm>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::testing {
namespace {

using catalog::LoadedTable;
using catalog::LoadedView;
using catalog::Properties;
using catalog::TableCommit;
using iceberg::Namespace;
using iceberg::TableIdent;

Status NoSuchTable(const TableIdent& ident) {
  return MakeError(ErrorCode::kNoSuchTable, "Table does not exist: " + ident.ToString());
}
Status NoSuchNamespace(const Namespace& ns) {
  return MakeError(ErrorCode::kNoSuchNamespace,
                   "Namespace does not exist: " + ns.ToString());
}
Status NoViews() {
  return MakeError(ErrorCode::kNotSupported, "The fake catalog has no views");
}

}  // namespace

void FakeCatalog::FailNextCommit(Status status, Applied applied) {
  const std::lock_guard lock(mutex_);
  commit_failure_ = {std::move(status), applied};
}

void FakeCatalog::FailNextLoad(Status status) {
  const std::lock_guard lock(mutex_);
  load_failure_ = std::move(status);
}

void FakeCatalog::BeforeNextCommit(std::function<void()> callback) {
  const std::lock_guard lock(mutex_);
  before_commit_ = std::move(callback);
}

int64_t FakeCatalog::num_commits() const {
  const std::lock_guard lock(mutex_);
  return num_commits_;
}

Status FakeCatalog::CreateNamespace(const Namespace& ns, const Properties& properties) {
  const std::lock_guard lock(mutex_);
  if (namespaces_.emplace(ns, properties).second) {
    return Status::OK();
  }
  return MakeError(ErrorCode::kAlreadyExists,
                   "Namespace already exists: " + ns.ToString());
}

Result<std::vector<Namespace>> FakeCatalog::ListNamespaces(const Namespace& parent) {
  const std::lock_guard lock(mutex_);
  std::vector<Namespace> result;
  for (const auto& [ns, properties] : namespaces_) {
    const bool is_child =
        ns.levels.size() == parent.levels.size() + 1 &&
        std::equal(parent.levels.begin(), parent.levels.end(), ns.levels.begin());
    if (is_child) {
      result.push_back(ns);
    }
  }
  return result;
}

Result<Properties> FakeCatalog::LoadNamespaceProperties(const Namespace& ns) {
  const std::lock_guard lock(mutex_);
  const auto found = namespaces_.find(ns);
  if (found == namespaces_.end()) {
    return NoSuchNamespace(ns);
  }
  return found->second;
}

Status FakeCatalog::UpdateNamespaceProperties(const Namespace& ns,
                                              const Properties& updates,
                                              const std::vector<std::string>& removals) {
  const std::lock_guard lock(mutex_);
  const auto found = namespaces_.find(ns);
  if (found == namespaces_.end()) {
    return NoSuchNamespace(ns);
  }
  for (const std::string& key : removals) {
    found->second.erase(key);
  }
  for (const auto& [key, value] : updates) {
    found->second[key] = value;
  }
  return Status::OK();
}

Status FakeCatalog::DropNamespace(const Namespace& ns) {
  const std::lock_guard lock(mutex_);
  for (const auto& [ident, table] : tables_) {
    if (ident.ns == ns) {
      return MakeError(ErrorCode::kNamespaceNotEmpty,
                       "Namespace is not empty: " + ns.ToString());
    }
  }
  return namespaces_.erase(ns) > 0 ? Status::OK() : NoSuchNamespace(ns);
}

Result<std::vector<TableIdent>> FakeCatalog::ListTables(const Namespace& ns) {
  const std::lock_guard lock(mutex_);
  std::vector<TableIdent> result;
  for (const auto& [ident, table] : tables_) {
    if (ident.ns == ns) {
      result.push_back(ident);
    }
  }
  return result;
}

Result<LoadedTable> FakeCatalog::LoadTable(const TableIdent& ident) {
  const std::lock_guard lock(mutex_);
  if (load_failure_.has_value()) {
    return *std::exchange(load_failure_, std::nullopt);
  }
  const auto found = tables_.find(ident);
  if (found == tables_.end()) {
    return NoSuchTable(ident);
  }
  return found->second;
}

Result<bool> FakeCatalog::TableExists(const TableIdent& ident) {
  const std::lock_guard lock(mutex_);
  return tables_.contains(ident);
}

Result<LoadedTable> FakeCatalog::RegisterTable(const TableIdent&, const std::string&,
                                               catalog::IfExists) {
  return MakeError(ErrorCode::kNotSupported, "The fake catalog reads no metadata files");
}

Status FakeCatalog::DropTable(const TableIdent& ident) {
  const std::lock_guard lock(mutex_);
  return tables_.erase(ident) > 0 ? Status::OK() : NoSuchTable(ident);
}

Status FakeCatalog::RenameTable(const TableIdent& from, const TableIdent& to) {
  const std::lock_guard lock(mutex_);
  auto node = tables_.extract(from);
  if (node.empty()) {
    return NoSuchTable(from);
  }
  node.key() = to;
  node.mapped().ident = to;
  if (tables_.insert(std::move(node)).inserted) {
    return Status::OK();
  }
  return MakeError(ErrorCode::kAlreadyExists, "Table already exists: " + to.ToString());
}

Result<std::vector<LoadedTable>> FakeCatalog::Commit(
    const std::vector<TableCommit>& commits) {
  std::function<void()> callback;
  {
    const std::lock_guard lock(mutex_);
    callback = std::exchange(before_commit_, nullptr);
  }
  if (callback) {
    callback();
  }
  const std::lock_guard lock(mutex_);
  ++num_commits_;
  const auto failure = std::exchange(commit_failure_, std::nullopt);
  if (failure.has_value() && failure->second == Applied::kNo) {
    return failure->first;
  }
  Result<std::vector<LoadedTable>> committed = CommitLocked(commits);
  if (failure.has_value()) {
    return failure->first;
  }
  return committed;
}

Result<std::vector<LoadedTable>> FakeCatalog::CommitLocked(
    const std::vector<TableCommit>& commits) {
  std::vector<LoadedTable> result;
  for (const TableCommit& commit : commits) {
    const auto found = tables_.find(commit.ident);
    const LoadedTable* current = found == tables_.end() ? nullptr : &found->second;
    RETURN_NOT_OK(CheckRequirements(
        commit.requirements, current == nullptr ? nullptr : current->metadata.get()));
    if (current == nullptr && commit.create == nullptr) {
      return NoSuchTable(commit.ident);
    }
    if (current == nullptr && !namespaces_.contains(commit.ident.ns)) {
      return NoSuchNamespace(commit.ident.ns);
    }
    const iceberg::TableMetadata& base =
        current == nullptr ? *commit.create : *current->metadata;
    const std::string previous = current == nullptr ? "" : current->metadata_location;
    LoadedTable table;
    table.ident = commit.ident;
    ARROW_ASSIGN_OR_RAISE(table.metadata,
                          ApplyUpdates(base, previous, commit.updates, clock_.Now()));
    table.metadata_location = base.location + "/metadata/v" +
                              std::to_string(iceberg::MetadataVersionOf(previous) + 1) +
                              ".metadata.json";
    result.push_back(std::move(table));
  }
  for (const LoadedTable& table : result) {
    tables_[table.ident] = table;
  }
  return result;
}

Result<std::vector<TableIdent>> FakeCatalog::ListViews(const Namespace&) {
  return std::vector<TableIdent>();
}
Result<LoadedView> FakeCatalog::LoadView(const TableIdent& ident) {
  return MakeError(ErrorCode::kNoSuchView, "View does not exist: " + ident.ToString());
}
Result<LoadedView> FakeCatalog::CreateView(const catalog::NewView&) { return NoViews(); }
Status FakeCatalog::DropView(const TableIdent&) { return NoViews(); }

Result<std::string> FakeCatalog::NewTableLocation(const TableIdent& ident) {
  return "/warehouse/" + ident.ns.ToString() + "/" + ident.name;
}

Result<bool> FakeCatalog::ViewExists(const TableIdent&) { return false; }

Result<LoadedView> FakeCatalog::CommitView(const catalog::ViewCommit&) {
  return NoViews();
}

Result<LoadedView> FakeCatalog::RegisterView(const TableIdent&, const std::string&) {
  return NoViews();
}

Status FakeCatalog::RenameView(const TableIdent&, const TableIdent&) { return NoViews(); }

}  // namespace tarn::testing
