#include "tarn/ingest/mysql/request_options.h"

#include <string>
#include <string_view>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::ingest::mysql {
namespace {

using internal::ChooseWord;

constexpr std::pair<std::string_view, bool> kTinyIntWords[] = {{"boolean", true},
                                                               {"integer", false}};
constexpr std::pair<std::string_view, bool> kTimeWords[] = {{"time", false},
                                                            {"text", true}};

Status SetOption(const std::string& option, const std::string& value,
                 MySqlRequest* request) {
  if (option == "table") {
    request->table = value;
    return Status::OK();
  }
  if (option == "query") {
    request->query = value;
    return Status::OK();
  }
  if (option == "connections") {
    return internal::ReadConnections(value, &request->connections_max);
  }
  if (option == "unheld") {
    return ChooseWord<Unheld>(option, value, internal::kUnheldWords,
                              &request->decode.unheld);
  }
  if (option == "tinyint1") {
    return ChooseWord<bool>(option, value, kTinyIntWords,
                            &request->decode.tinyint1_is_boolean);
  }
  if (option == "time") {
    return ChooseWord<bool>(option, value, kTimeWords, &request->decode.time_is_text);
  }
  return MakeError(ErrorCode::kInvalidArgument,
                   "A load from MySQL has the options table, query, connections, unheld, "
                   "tinyint1 and time, not " +
                       option);
}

}  // namespace

Result<MySqlRequest> RequestFrom(const DatabaseTarget& target,
                                 const DatabaseRequest& source) {
  MySqlRequest request{.target = target, .cancelled = source.cancelled};
  for (const auto& [option, value] : source.options) {
    RETURN_NOT_OK(SetOption(option, value, &request));
  }
  if (request.table.empty() == request.query.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "A load from MySQL needs the option table=database.name, or "
                     "query=SELECT …");
  }
  return request;
}

}  // namespace tarn::ingest::mysql
