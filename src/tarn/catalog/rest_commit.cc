// Commits to a REST server, and what is known after one whose answer was lost.
#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include "tarn/base/error.h"
#include "tarn/catalog/internal/catalog_names.h"
#include "tarn/catalog/internal/rest_catalog_client.h"
#include "tarn/catalog/rebase_header.h"
#include "tarn/iceberg/schema_json.h"

namespace tarn::catalog::internal {
namespace {

namespace require = iceberg::require;
namespace update = iceberg::update;

constexpr char kTable[] = "/namespaces/{namespace}/tables/{table}";
constexpr char kTransaction[] = "/transactions/commit";

Status CheckCommits(const std::vector<TableCommit>& commits) {
  std::set<iceberg::TableIdent> seen;
  for (const TableCommit& commit : commits) {
    ARROW_RETURN_NOT_OK(CheckIdent(commit.ident));
    if (!seen.insert(commit.ident).second) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "A commit names a table twice: " + commit.ident.ToString());
    }
  }
  return Status::OK();
}

template <typename Update>
bool Has(const TableCommit& commit) {
  return std::ranges::any_of(commit.updates, [](const iceberg::TableUpdate& one) {
    return std::holds_alternative<Update>(one);
  });
}

/// All updates, those that make the table first.
std::vector<iceberg::TableUpdate> AllUpdates(const TableCommit& commit) {
  std::vector<iceberg::TableUpdate> updates;
  if (commit.create != nullptr) {
    updates = UpdatesToCreate(*commit.create);
  }
  updates.insert(updates.end(), commit.updates.begin(), commit.updates.end());
  return updates;
}

/// Whether `found` shows that `commit` was applied: it has its snapshots, or it is the
/// table that the commit was to make. False also for a commit that leaves no such trace.
bool IsApplied(const TableCommit& commit, const iceberg::TableMetadata& found) {
  bool has_trace = false;
  for (const iceberg::TableUpdate& one : AllUpdates(commit)) {
    if (const auto* added = std::get_if<update::AddSnapshot>(&one)) {
      has_trace = true;
      if (found.FindSnapshot(added->snapshot.id) == nullptr) {
        return false;
      }
    }
    if (const auto* assigned = std::get_if<update::AssignUuid>(&one)) {
      has_trace = true;
      if (found.table_uuid != assigned->uuid) {
        return false;
      }
    }
  }
  return has_trace;
}

/// CreateTableRequest of a table that is made in one step.
Json CreateRequest(const TableCommit& commit) {
  const iceberg::TableMetadata& first = *commit.create;
  Json body = {{"name", commit.ident.name},
               {"schema", iceberg::SchemaToJson(first.schema())},
               {"stage-create", false},
               {"properties", first.properties}};
  body["properties"]["format-version"] = std::to_string(first.format_version);
  if (!first.spec().fields.empty()) {
    body["partition-spec"] = iceberg::PartitionSpecToJson(first.spec());
  }
  if (!first.sort_order().fields.empty()) {
    body["write-order"] = iceberg::SortOrderToJson(first.sort_order());
  }
  if (!first.location.starts_with(kUnassignedLocation)) {
    body["location"] = first.location;
  }
  return body;
}

}  // namespace

std::vector<iceberg::TableUpdate> UpdatesToCreate(const iceberg::TableMetadata& first) {
  constexpr int32_t kLastAdded = -1;
  std::vector<iceberg::TableUpdate> updates = {
      update::AssignUuid{first.table_uuid},
      update::UpgradeFormatVersion{first.format_version},
      update::AddSchema{first.schema_ptr()},
      update::SetCurrentSchema{{{kLastAdded}}},
      update::AddPartitionSpec{first.spec()},
      update::SetDefaultSpec{{{kLastAdded}}},
      update::AddSortOrder{first.sort_order()},
      update::SetDefaultSortOrder{{{kLastAdded}}},
      update::SetLocation{first.location},
  };
  if (!first.properties.empty()) {
    updates.emplace_back(update::SetProperties{first.properties});
  }
  return updates;
}

Json CommitToJson(const TableCommit& commit) {
  Json json = {{"identifier",
                {{"namespace", commit.ident.ns.levels}, {"name", commit.ident.name}}},
               {"requirements", Json::array()},
               {"updates", Json::array()}};
  for (const iceberg::TableRequirement& required : commit.requirements) {
    json["requirements"].push_back(iceberg::TableRequirementToJson(required));
  }
  const bool says_create =
      std::ranges::any_of(commit.requirements, [](const auto& required) {
        return std::holds_alternative<require::AssertCreate>(required);
      });
  if (commit.create != nullptr && !says_create) {
    json["requirements"].push_back(
        iceberg::TableRequirementToJson(require::AssertCreate{}));
  }
  for (const iceberg::TableUpdate& one : AllUpdates(commit)) {
    json["updates"].push_back(iceberg::TableUpdateToJson(one));
  }
  return json;
}

Result<std::vector<LoadedTable>> RestCatalogClient::Commit(
    const std::vector<TableCommit>& commits) {
  ARROW_RETURN_NOT_OK(CheckCommits(commits));
  if (commits.empty()) {
    return std::vector<LoadedTable>();
  }
  ARROW_RETURN_NOT_OK(ConnectFiles(*server_));
  Result<std::vector<LoadedTable>> done = std::vector<LoadedTable>();
  if (commits.size() == 1) {
    auto one = CommitOne(commits.front());
    if (one.ok()) {
      return std::vector<LoadedTable>{*std::move(one)};
    }
    done = one.status();
  } else {
    done = CommitTogether(commits);
  }
  if (!done.ok() && IsOutcomeUnknown(done.status())) {
    return Settle(commits, done.status());
  }
  return done;
}

Result<LoadedTable> RestCatalogClient::CommitOne(const TableCommit& commit) {
  if (commit.create != nullptr && !client().settings().stages_creates) {
    return CreateUnstaged(commit);
  }
  ARROW_ASSIGN_OR_RAISE(const auto answer, Change({.method = "POST",
                                                   .route = kTable,
                                                   .path = PathOf(commit.ident),
                                                   .body = DumpJson(CommitToJson(commit)),
                                                   .effect = RestEffect::kCommit,
                                                   .missing = ErrorCode::kNoSuchTable,
                                                   .rebase = RebaseHeaderOf({commit})}));
  Result<LoadedTable> table = TakeTable(commit.ident, answer);
  if (!table.ok()) {
    // The server has said yes; only its words are lost.
    return MakeError(ErrorCode::kCommitStateUnknown,
                     "The commit to " + commit.ident.ToString() +
                         " was accepted with an answer that cannot be read: " +
                         table.status().message());
  }
  return table;
}

Result<LoadedTable> RestCatalogClient::CreateUnstaged(const TableCommit& commit) {
  if (Has<update::AddSnapshot>(commit)) {
    return MakeError(ErrorCode::kNotSupported,
                     "Catalog " + name() +
                         " cannot make a table with rows in it: CREATE " +
                         commit.ident.ToString() + " first, then INSERT");
  }
  ARROW_ASSIGN_OR_RAISE(const auto answer,
                        Change({.method = "POST",
                                .route = "/namespaces/{namespace}/tables",
                                .path = {client().Path(commit.ident.ns)},
                                .body = DumpJson(CreateRequest(commit)),
                                .missing = ErrorCode::kNoSuchNamespace}));
  return TakeTable(commit.ident, answer);
}

Result<std::vector<LoadedTable>> RestCatalogClient::CommitTogether(
    const std::vector<TableCommit>& commits) {
  if (!client().Supports("POST", kTransaction)) {
    std::string tables;
    for (const TableCommit& commit : commits) {
      tables += (tables.empty() ? "" : ", ") + commit.ident.ToString();
    }
    return MakeError(ErrorCode::kNotSupported,
                     "Catalog " + name() +
                         " cannot commit to several tables at once; change one table in "
                         "a transaction, not " +
                         tables);
  }
  Json changes = Json::array();
  for (const TableCommit& commit : commits) {
    changes.push_back(CommitToJson(commit));
  }
  ARROW_RETURN_NOT_OK(Change({.method = "POST",
                              .route = kTransaction,
                              .body = DumpJson({{"table-changes", changes}}),
                              .effect = RestEffect::kCommit,
                              .missing = ErrorCode::kNoSuchTable,
                              .rebase = RebaseHeaderOf(commits)})
                          .status());
  auto loaded = LoadAll(commits);
  if (!loaded.ok()) {
    return MakeError(ErrorCode::kCommitStateUnknown,
                     "The commit was applied, but its tables cannot be loaded: " +
                         loaded.status().message());
  }
  return loaded;
}

Result<std::vector<LoadedTable>> RestCatalogClient::LoadAll(
    const std::vector<TableCommit>& commits) {
  std::vector<LoadedTable> tables;
  for (const TableCommit& commit : commits) {
    ARROW_ASSIGN_OR_RAISE(LoadedTable table, LoadTable(commit.ident));
    tables.push_back(std::move(table));
  }
  return tables;
}

/// That the commit is not there yet proves nothing: the request may still be under way.
Result<std::vector<LoadedTable>> RestCatalogClient::Settle(
    const std::vector<TableCommit>& commits, const Status& unknown) {
  constexpr int kLooksMax = 3;
  constexpr std::chrono::milliseconds kPause(200);
  for (int look = 0; look < kLooksMax; ++look) {
    if (look > 0) {
      server_->clock.Sleep(kPause * look);
    }
    auto tables = LoadAll(commits);
    if (!tables.ok()) {
      continue;
    }
    // One witness is enough: they are applied together.
    for (size_t i = 0; i < commits.size(); ++i) {
      if (IsApplied(commits[i], *(*tables)[i].metadata)) {
        return tables;
      }
    }
  }
  return unknown;
}

}  // namespace tarn::catalog::internal
