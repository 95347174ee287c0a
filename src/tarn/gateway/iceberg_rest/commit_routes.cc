// Commits to one table and to several.
#include <utility>

#include "tarn/base/error.h"
#include "tarn/catalog/rebase_header.h"
#include "tarn/gateway/iceberg_rest/rest_response.h"
#include "tarn/gateway/iceberg_rest/routes.h"
#include "tarn/iceberg/table_update.h"

namespace tarn::gateway {
namespace {

using catalog::TableCommit;

/// One that we do not know could mean anything: the whole commit is a bad request.
template <typename T>
Result<T> Known(Result<T> parsed) {
  if (parsed.ok()) {
    return parsed;
  }
  return MakeError(ErrorCode::kInvalidArgument, parsed.status().message());
}

/// Requirements and updates of a CommitTableRequest.
Result<TableCommit> CommitOf(iceberg::TableIdent ident, const Json& json) {
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(json, "commit"));
  TableCommit commit{.ident = std::move(ident), .requirements = {}, .updates = {}};
  ARROW_ASSIGN_OR_RAISE(const Json* requirements, fields.OptionalArray("requirements"));
  for (const Json& item : requirements == nullptr ? Json::array() : *requirements) {
    ARROW_ASSIGN_OR_RAISE(auto required, Known(iceberg::TableRequirementFromJson(item)));
    commit.requirements.push_back(std::move(required));
  }
  ARROW_ASSIGN_OR_RAISE(const Json* updates, fields.OptionalArray("updates"));
  for (const Json& item : updates == nullptr ? Json::array() : *updates) {
    ARROW_ASSIGN_OR_RAISE(auto update, Known(iceberg::TableUpdateFromJson(item)));
    commit.updates.push_back(std::move(update));
  }
  return commit;
}

/// What clients of ours say beside the protocol.
Status TakeRebase(const RestRequest& request, std::vector<TableCommit>* commits) {
  const std::string* header = request.http().headers.Find(catalog::kRebaseHeader);
  return header == nullptr ? Status::OK() : catalog::TakeRebaseHeader(*header, commits);
}

Result<net::HttpResponse> CommitTable(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const iceberg::TableIdent ident, request.PathIdent());
  ARROW_ASSIGN_OR_RAISE(const Json body, request.Body());
  ARROW_ASSIGN_OR_RAISE(TableCommit commit, CommitOf(ident, body));
  std::vector<TableCommit> commits = {std::move(commit)};
  ARROW_RETURN_NOT_OK(TakeRebase(request, &commits));
  ARROW_ASSIGN_OR_RAISE(const auto committed, request.catalog().Commit(commits));
  return TableResponse(request, committed.front(), SnapshotsShown::kAll);
}

Result<net::HttpResponse> CommitTransaction(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const Json body, request.Body());
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(body, "transaction"));
  ARROW_ASSIGN_OR_RAISE(const Json* changes, fields.Array("table-changes"));
  std::vector<TableCommit> commits;
  for (const Json& change : *changes) {
    ARROW_ASSIGN_OR_RAISE(const Json* identifier, MemberObject(change, "identifier"));
    ARROW_ASSIGN_OR_RAISE(iceberg::TableIdent ident, IdentOfJson(*identifier));
    ARROW_ASSIGN_OR_RAISE(TableCommit commit, CommitOf(std::move(ident), change));
    commits.push_back(std::move(commit));
  }
  ARROW_RETURN_NOT_OK(TakeRebase(request, &commits));
  ARROW_RETURN_NOT_OK(request.catalog().Commit(commits).status());
  return NoContent();
}

}  // namespace

std::vector<RestRoute> CommitRoutes() {
  // Commits to one table wait for each other, for as long as its files are slow.
  constexpr net::Lane kLane = net::Lane::kInLine;
  return {{"POST", "/namespaces/{namespace}/tables/{table}", &CommitTable, kLane},
          {"POST", "/transactions/commit", &CommitTransaction, kLane}};
}

}  // namespace tarn::gateway
