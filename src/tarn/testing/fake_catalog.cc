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

template <typename Fn>
auto FakeCatalog::Change(Fn&& change) -> decltype(change(std::declval<State&>())) {
  const std::lock_guard lock(state_->mutex);
  if (operation_ && state_->operations.contains(operation_->key)) {
    return MakeError(ErrorCode::kOperationRepeated,
                     "This operation was made before: key " + operation_->key);
  }
  auto outcome = change(*state_);
  if (operation_ && outcome.ok()) {
    state_->operations.insert(operation_->key);
  }
  return outcome;
}

std::unique_ptr<catalog::Catalog> FakeCatalog::WithOperation(
    const catalog::Operation& operation) {
  return std::unique_ptr<catalog::Catalog>(new FakeCatalog(clock_, state_, operation));
}

void FakeCatalog::KeepDropped() {
  const std::lock_guard lock(state_->mutex);
  state_->retention = std::chrono::hours(1);
}

bool FakeCatalog::HasOperation(const std::string& key) const {
  const std::lock_guard lock(state_->mutex);
  return state_->operations.contains(key);
}

void FakeCatalog::FailNextCommit(Status status, Applied applied) {
  const std::lock_guard lock(state_->mutex);
  state_->commit_failure = {std::move(status), applied};
}

void FakeCatalog::FailNextLoad(Status status) {
  const std::lock_guard lock(state_->mutex);
  state_->load_failure = std::move(status);
}

void FakeCatalog::BeforeNextCommit(std::function<void()> callback) {
  const std::lock_guard lock(state_->mutex);
  state_->before_commit = std::move(callback);
}

int64_t FakeCatalog::num_commits() const {
  const std::lock_guard lock(state_->mutex);
  return state_->num_commits;
}

Status FakeCatalog::CreateNamespace(const Namespace& ns, const Properties& properties) {
  return Change([&](State& state) -> Status {
    if (state.namespaces.emplace(ns, properties).second) {
      return Status::OK();
    }
    return MakeError(ErrorCode::kAlreadyExists,
                     "Namespace already exists: " + ns.ToString());
  });
}

Result<std::vector<Namespace>> FakeCatalog::ListNamespaces(const Namespace& parent) {
  const std::lock_guard lock(state_->mutex);
  std::vector<Namespace> result;
  for (const auto& [ns, properties] : state_->namespaces) {
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
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->namespaces.find(ns);
  if (found == state_->namespaces.end()) {
    return NoSuchNamespace(ns);
  }
  return found->second;
}

Status FakeCatalog::UpdateNamespaceProperties(const Namespace& ns,
                                              const Properties& updates,
                                              const std::vector<std::string>& removals) {
  return Change([&](State& state) -> Status {
    const auto found = state.namespaces.find(ns);
    if (found == state.namespaces.end()) {
      return NoSuchNamespace(ns);
    }
    for (const std::string& key : removals) {
      found->second.erase(key);
    }
    for (const auto& [key, value] : updates) {
      found->second[key] = value;
    }
    return Status::OK();
  });
}

Status FakeCatalog::DropNamespace(const Namespace& ns) {
  return Change([&](State& state) -> Status {
    for (const auto& [ident, table] : state.tables) {
      if (ident.ns == ns) {
        return MakeError(ErrorCode::kNamespaceNotEmpty,
                         "Namespace is not empty: " + ns.ToString());
      }
    }
    return state.namespaces.erase(ns) > 0 ? Status::OK() : NoSuchNamespace(ns);
  });
}

Result<std::vector<TableIdent>> FakeCatalog::ListTables(const Namespace& ns) {
  const std::lock_guard lock(state_->mutex);
  std::vector<TableIdent> result;
  for (const auto& [ident, table] : state_->tables) {
    if (ident.ns == ns) {
      result.push_back(ident);
    }
  }
  return result;
}

Result<LoadedTable> FakeCatalog::LoadTable(const TableIdent& ident) {
  const std::lock_guard lock(state_->mutex);
  if (state_->load_failure.has_value()) {
    return *std::exchange(state_->load_failure, std::nullopt);
  }
  const auto found = state_->tables.find(ident);
  if (found == state_->tables.end()) {
    return NoSuchTable(ident);
  }
  return found->second;
}

Result<bool> FakeCatalog::TableExists(const TableIdent& ident) {
  const std::lock_guard lock(state_->mutex);
  return state_->tables.contains(ident);
}

Result<LoadedTable> FakeCatalog::RegisterTable(const TableIdent&, const std::string&,
                                               catalog::IfExists) {
  return MakeError(ErrorCode::kNotSupported, "The fake catalog reads no metadata files");
}

Status FakeCatalog::DropTable(const TableIdent& ident,
                              const catalog::DropOptions& options) {
  return Change([&](State& state) -> Status {
    const auto found = state.tables.find(ident);
    if (found == state.tables.end()) {
      return NoSuchTable(ident);
    }
    if (state.retention.count() > 0 && !options.for_good) {
      const std::string id = std::to_string(state.dropped.size() + 1);
      state.dropped[id] = {{.id = id,
                            .ident = ident,
                            .metadata_location = found->second.metadata_location,
                            .dropped_at = clock_.Now(),
                            .expires_at = clock_.Now() + state.retention,
                            .purges = options.purges},
                           found->second};
    }
    state.tables.erase(found);
    return Status::OK();
  });
}

std::chrono::milliseconds FakeCatalog::undrop_retention() const {
  const std::lock_guard lock(state_->mutex);
  return state_->retention;
}

std::vector<catalog::DroppedTable> FakeCatalog::ListDroppedIf(
    const std::function<bool(const catalog::DroppedTable&)>& wanted) const {
  const std::lock_guard lock(state_->mutex);
  std::vector<catalog::DroppedTable> found;
  for (const auto& [id, entry] : state_->dropped) {
    if (wanted(entry.dropped)) {
      found.push_back(entry.dropped);
    }
  }
  std::ranges::stable_sort(found, std::ranges::greater(),
                           &catalog::DroppedTable::dropped_at);
  return found;
}

Result<std::vector<catalog::DroppedTable>> FakeCatalog::ListDroppedTables(
    const Namespace& ns) {
  return ListDroppedIf([&](const catalog::DroppedTable& table) {
    return table.expires_at > clock_.Now() && (ns.levels.empty() || table.ident.ns == ns);
  });
}

Result<std::vector<catalog::DroppedTable>> FakeCatalog::ListExpiredTables() {
  return ListDroppedIf([&](const catalog::DroppedTable& table) {
    return table.expires_at <= clock_.Now();
  });
}

Result<LoadedTable> FakeCatalog::UndropTable(const std::string& id,
                                             const std::optional<TableIdent>& as) {
  return Change([&](State& state) -> Result<LoadedTable> {
    const auto found = state.dropped.find(id);
    if (found == state.dropped.end() ||
        found->second.dropped.expires_at <= clock_.Now()) {
      return MakeError(ErrorCode::kNoSuchTable, "Dropped table does not exist: " + id);
    }
    LoadedTable table = found->second.table;
    table.ident = as.value_or(table.ident);
    if (!state.namespaces.contains(table.ident.ns)) {
      return NoSuchNamespace(table.ident.ns);
    }
    if (!state.tables.emplace(table.ident, table).second) {
      return MakeError(ErrorCode::kAlreadyExists,
                       "Table already exists: " + table.ident.ToString());
    }
    state.dropped.erase(found);
    return table;
  });
}

Status FakeCatalog::ExpireDroppedTable(const std::string& id) {
  return Change([&](State& state) -> Status {
    const auto found = state.dropped.find(id);
    if (found == state.dropped.end()) {
      return MakeError(ErrorCode::kNoSuchTable, "Dropped table does not exist: " + id);
    }
    found->second.dropped.expires_at = std::chrono::milliseconds(0);
    return Status::OK();
  });
}

Status FakeCatalog::ForgetDroppedTable(const std::string& id) {
  return Change([&](State& state) -> Status {
    if (state.dropped.erase(id) > 0) {
      return Status::OK();
    }
    return MakeError(ErrorCode::kNoSuchTable, "Dropped table does not exist: " + id);
  });
}

Status FakeCatalog::RenameTable(const TableIdent& from, const TableIdent& to) {
  return Change([&](State& state) -> Status {
    auto node = state.tables.extract(from);
    if (node.empty()) {
      return NoSuchTable(from);
    }
    node.key() = to;
    node.mapped().ident = to;
    if (state.tables.insert(std::move(node)).inserted) {
      return Status::OK();
    }
    return MakeError(ErrorCode::kAlreadyExists, "Table already exists: " + to.ToString());
  });
}

Result<std::vector<LoadedTable>> FakeCatalog::Commit(
    const std::vector<TableCommit>& commits) {
  std::function<void()> callback;
  {
    const std::lock_guard lock(state_->mutex);
    callback = std::exchange(state_->before_commit, nullptr);
  }
  if (callback) {
    callback();
  }
  std::optional<Status> told;  // instead of the truth
  Result<std::vector<LoadedTable>> committed =
      Change([&](State& state) -> Result<std::vector<LoadedTable>> {
        ++state.num_commits;
        const auto failure = std::exchange(state.commit_failure, std::nullopt);
        if (failure.has_value()) {
          told = failure->first;
        }
        if (failure.has_value() && failure->second == Applied::kNo) {
          return failure->first;
        }
        return CommitLocked(state, commits);
      });
  if (told) {
    return *told;
  }
  return committed;
}

Result<std::vector<LoadedTable>> FakeCatalog::CommitLocked(
    State& state, const std::vector<TableCommit>& commits) {
  std::vector<LoadedTable> result;
  for (const TableCommit& commit : commits) {
    const auto found = state.tables.find(commit.ident);
    const LoadedTable* current = found == state.tables.end() ? nullptr : &found->second;
    RETURN_NOT_OK(CheckRequirements(
        commit.requirements, current == nullptr ? nullptr : current->metadata.get()));
    if (current == nullptr && commit.create == nullptr) {
      return NoSuchTable(commit.ident);
    }
    if (current == nullptr && !state.namespaces.contains(commit.ident.ns)) {
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
    state.tables[table.ident] = table;
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
