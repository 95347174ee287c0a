#include "tarn/ingest/chosen_columns_json.h"

#include <utility>

#include "tarn/base/error.h"

namespace tarn::ingest {
namespace {

constexpr size_t kColumnsMax = 10'000;

Status Wrong(const std::string& what) {
  return MakeError(ErrorCode::kInvalidArgument,
                   "Member \"columns\" is a list of {\"name\": NAME, \"source\": NAME "
                   "THERE, \"type\": TYPE, \"comment\": TEXT}; " +
                       what);
}

Result<std::string> Text(const Json& object, const char* name) {
  const auto member = object.find(name);
  if (member == object.end() || member->is_null()) {
    return std::string();
  }
  return member->is_string()
             ? Result<std::string>(member->get<std::string>())
             : Result<std::string>(Wrong(std::string(name) + " must be a text"));
}

Result<ChosenColumn> ColumnFrom(const Json& json) {
  ChosenColumn column;
  if (json.is_string()) {
    column.name = json.get<std::string>();
  } else if (json.is_object()) {
    ARROW_ASSIGN_OR_RAISE(column.name, Text(json, "name"));
    ARROW_ASSIGN_OR_RAISE(column.source, Text(json, "source"));
    ARROW_ASSIGN_OR_RAISE(column.comment, Text(json, "comment"));
    ARROW_ASSIGN_OR_RAISE(const std::string type, Text(json, "type"));
    if (!type.empty()) {
      const auto parsed = iceberg::PrimitiveTypeFromString(type);
      if (!parsed.ok()) {
        return Wrong(
            "a type is boolean, int, long, float, double, decimal(P, S), date, "
            "time, timestamp, timestamptz, string, uuid or binary, not " +
            type);
      }
      column.type = *parsed;
    }
  } else {
    return Wrong("this is none: " + DumpJson(json));
  }
  if (column.name.empty()) {
    column.name = column.source;
  }
  if (column.source.empty()) {
    column.source = column.name;
  }
  return column.name.empty() ? Result<ChosenColumn>(Wrong("one has no name"))
                             : std::move(column);
}

}  // namespace

Result<std::vector<ChosenColumn>> ChosenColumnsFromJson(const Json& json) {
  std::vector<ChosenColumn> columns;
  if (json.is_null()) {
    return columns;
  }
  if (!json.is_array() || json.empty() || json.size() > kColumnsMax) {
    return Wrong("it names the columns that are taken, at least one");
  }
  for (const Json& one : json) {
    ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), ColumnFrom(one));
  }
  return columns;
}

Json ChosenColumnsToJson(const std::vector<ChosenColumn>& columns) {
  Json list = Json::array();
  for (const ChosenColumn& column : columns) {
    Json one = {{"name", column.name}, {"source", column.source}};
    if (column.type) {
      one["type"] = column.type->ToString();
    }
    if (!column.comment.empty()) {
      one["comment"] = column.comment;
    }
    list.push_back(std::move(one));
  }
  return list;
}

std::map<std::string, std::string> CommentsOf(const std::vector<ChosenColumn>& columns) {
  std::map<std::string, std::string> comments;
  for (const ChosenColumn& column : columns) {
    if (!column.comment.empty()) {
      comments[column.name] = column.comment;
    }
  }
  return comments;
}

}  // namespace tarn::ingest
