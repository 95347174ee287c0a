#include "tarn/gateway/api/load_request.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/api/load_places.h"
#include "tarn/service/lake.h"

namespace tarn::gateway {
namespace {

using service::LoadOrder;

Status ReadOptions(const Json& body, LoadOrder* order) {
  const auto options = body.find("options");
  if (options == body.end() || options->is_null()) {
    return Status::OK();
  }
  if (!options->is_object()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Member \"options\" must be an object: {\"delimiter\": \";\"}");
  }
  for (const auto& [name, value] : options->items()) {
    if (value.is_structured() || value.is_null()) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "An option is a text, a number or true or false: " + name);
    }
    order->options.emplace_back(
        name, value.is_string() ? value.get<std::string>() : DumpJson(value));
  }
  return Status::OK();
}

/// A list of texts, or one of them; `example` of a list.
Result<std::vector<std::string>> ListMember(const Json& body, const char* name,
                                            const char* example) {
  std::vector<std::string> items;
  const auto member = body.find(name);
  if (member == body.end() || member->is_null()) {
    return items;
  }
  const Json list = member->is_string() ? Json::array({*member}) : *member;
  const bool is_list = list.is_array() && std::ranges::all_of(list, &Json::is_string);
  if (!is_list) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "Member \"" + std::string(name) + "\" must be a list of texts: " + example);
  }
  for (const Json& item : list) {
    items.push_back(item.get<std::string>());
  }
  return items;
}

Status ReadKeys(const Json& body, LoadOrder* order) {
  ARROW_ASSIGN_OR_RAISE(order->keys, ListMember(body, "keys", "[\"id\"]"));
  const bool upserts = order->mode == ingest::LoadMode::kUpsert;
  if (!order->keys.empty() && !upserts) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Member \"keys\" is for mode upsert; leave it out, or choose that");
  }
  if (upserts && order->registers) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Files that are registered are not looked into; mode upsert loads "
                     "their rows without \"register\"");
  }
  return Status::OK();
}

Status ReadProperties(const Json& body, LoadOrder* order) {
  const auto properties = body.find("properties");
  if (properties == body.end() || properties->is_null()) {
    return Status::OK();
  }
  const bool is_map =
      properties->is_object() && std::ranges::none_of(*properties, [](const Json& value) {
        return value.is_structured() || value.is_null();
      });
  if (!is_map) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Member \"properties\" must be an object of texts");
  }
  for (const auto& [name, value] : properties->items()) {
    order->properties[name] =
        value.is_string() ? value.get<std::string>() : DumpJson(value);
  }
  return Status::OK();
}

}  // namespace

Status ReadLoadTarget(const DataRequest& request, LoadOrder* order) {
  const Json& body = request.body();
  ARROW_ASSIGN_OR_RAISE(const std::string ns, TextMember(body, "namespace", "schema"));
  ARROW_ASSIGN_OR_RAISE(const std::string table, TextMember(body, "table_name", "table"));
  if (table.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Where shall it go? Give table_name and namespace");
  }
  ARROW_ASSIGN_OR_RAISE(order->into, service::TableIdentOf(ns, table));
  ARROW_ASSIGN_OR_RAISE(order->warehouse, TextMember(body, "warehouse"));
  RETURN_NOT_OK(request.services().lake.Find(order->warehouse).status());
  ARROW_ASSIGN_OR_RAISE(const std::string mode, TextMember(body, "mode"));
  ARROW_ASSIGN_OR_RAISE(order->mode, service::LoadModeFromText(mode));
  ARROW_ASSIGN_OR_RAISE(const std::string branch, TextMember(body, "branch"));
  if (!branch.empty() && branch != "main") {
    return MakeError(ErrorCode::kNotSupported,
                     "Loads go to the branch main; not to " + branch);
  }
  ARROW_ASSIGN_OR_RAISE(order->lineage, FlagMember(body, "lineage"));
  ARROW_ASSIGN_OR_RAISE(const std::string rejects, TextMember(body, "rejects"));
  if (!rejects.empty() && rejects != "table" && rejects != "fail") {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Member \"rejects\" is table or fail, not " + rejects);
  }
  order->rejects =
      rejects == "table" ? service::RejectsTo::kTable : service::RejectsTo::kNowhere;
  ARROW_ASSIGN_OR_RAISE(const auto registers, FlagMember(body, "register"));
  order->registers = registers.value_or(false);
  ARROW_ASSIGN_OR_RAISE(order->columns, ColumnsMember(body));
  if (order->registers && !order->columns.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Files that are registered keep all of their columns: leave "
                     "\"columns\" out");
  }
  RETURN_NOT_OK(ReadKeys(body, order));
  RETURN_NOT_OK(ReadOptions(body, order));
  ARROW_ASSIGN_OR_RAISE(order->partition_by,
                        ListMember(body, "partition_by", "[\"day(ts)\", \"region\"]"));
  return ReadProperties(body, order);
}

JobOrder JobOrderOf(const LoadOrder& order, Json secrets) {
  return {.request = LoadOrderToJson(order),
          .secrets = secrets.empty() ? Json(nullptr) : std::move(secrets)};
}

Json LoadAnswerOf(const service::JobRecord& job, const char* message) {
  Json answer = job.result;
  answer["status"] = "success";
  answer["message"] = message;
  return answer;
}

std::vector<ApiMember> LoadTargetMembers() {
  return {
      {"table_name", ApiText("The table; `table` is the same"), ApiNeed::kRequired},
      {"namespace", ApiText("Its namespace, unless the name has it")},
      {"mode", ApiChoice({"auto", "create", "append", "overwrite", "replace", "upsert"},
                         "auto makes the table or appends to it; upsert replaces rows "
                         "with equal keys")},
      {"keys", ApiList(ApiText("id"),
                       "Of mode upsert: columns by which two rows are the "
                       "same; the table's identifier fields")},
      {"partition_by",
       ApiList(ApiText("region, day(ts), bucket(id, 16)"), "Partitions of a new table")},
      {"properties", ApiTextMap("Properties of a new table")},
      {"columns", ColumnsSchema()},
      {"lineage", ApiFlag("Columns that say where rows come from; true unless the table "
                          "has no place for them")},
      {"options", ApiTextMap("Options of the reader: delimiter, header, nullstr, …")}};
}

Json LoadAnswerSchema(std::vector<ApiMember> more) {
  std::vector<ApiMember> members = {
      {"message", ApiText("")},
      {"table", ApiText("namespace.table")},
      {"rows", ApiInteger("Rows that the table has got")},
      {"rows_loaded", ApiInteger("The same")},
      {"rows_read", ApiInteger("With those rejected")},
      {"rows_rejected", ApiInteger("")},
      {"rejects_table", ApiText("Where those are")},
      {"columns", ApiList(ApiText(""), "Of the source")},
      {"lineage_columns", ApiList(ApiText(""), "Added by the load")},
      {"snapshot_id", ApiInteger("")},
      {"files_written", ApiInteger("")},
      {"bytes_written", ApiInteger("")},
      {"duration_seconds", ApiNumber("")},
      {"source", ApiText("")},
      {"format", ApiText("")},
      {"mode", ApiText("What auto became")}};
  members.insert(members.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
  return ApiObject(std::move(members));
}

}  // namespace tarn::gateway
