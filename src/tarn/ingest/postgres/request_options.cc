#include "tarn/ingest/postgres/request_options.h"

#include <string>
#include <string_view>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/ingest/internal/source_options.h"

namespace tarn::ingest::postgres {
namespace {

using internal::ChooseWord;

constexpr std::pair<std::string_view, AsNumeric> kNumericWords[] = {
    {"decimal", AsNumeric::kDecimal},
    {"double", AsNumeric::kDouble},
    {"text", AsNumeric::kText}};

Status SetOption(const std::string& option, const std::string& value,
                 PostgresRequest* request) {
  if (option == "table") {
    request->selection.table = value;
    return Status::OK();
  }
  if (option == "query") {
    request->selection.query = value;
    return Status::OK();
  }
  if (option == "numeric") {
    return ChooseWord<AsNumeric>(option, value, kNumericWords,
                                 &request->selection.numeric);
  }
  if (option == "unheld") {
    return ChooseWord<Unheld>(option, value, internal::kUnheldWords,
                              &request->decode.unheld);
  }
  if (option == "connections") {
    return internal::ReadConnections(value, &request->connections_max);
  }
  return MakeError(ErrorCode::kInvalidArgument,
                   "A load from PostgreSQL has the options table, query, connections, "
                   "numeric and unheld, not " +
                       option);
}

}  // namespace

Result<PostgresRequest> RequestFrom(const DatabaseRequest& source) {
  PostgresRequest request{.cancelled = source.cancelled};
  for (const auto& [option, value] : source.options) {
    RETURN_NOT_OK(SetOption(option, value, &request));
  }
  if (request.selection.table.empty() == request.selection.query.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "A load from PostgreSQL needs the option table=schema.name, or "
                     "query=SELECT …");
  }
  return request;
}

}  // namespace tarn::ingest::postgres
