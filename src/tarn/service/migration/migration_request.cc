#include "tarn/service/migration/migration_request.h"

#include <algorithm>
#include <initializer_list>
#include <span>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/service/lake.h"

namespace tarn::service {
namespace {

constexpr int32_t kParallelMax = 10;

constexpr std::pair<MigrationMode, std::string_view> kModes[] = {
    {MigrationMode::kFail, "fail"},       {MigrationMode::kFail, "create"},
    {MigrationMode::kAppend, "append"},   {MigrationMode::kOverwrite, "overwrite"},
    {MigrationMode::kReplace, "replace"},
};
constexpr std::pair<ValidationLevel, std::string_view> kLevels[] = {
    {ValidationLevel::kNone, "none"},
    {ValidationLevel::kCount, "count"},
    {ValidationLevel::kSample, "sample"},
    {ValidationLevel::kFull, "full"},
};
constexpr std::pair<HistoryMode, std::string_view> kHistories[] = {
    {HistoryMode::kNone, "none"},
    {HistoryMode::kCopy, "copy"},
    {HistoryMode::kRegister, "register"},
};

template <typename Enum>
std::string_view NameIn(std::span<const std::pair<Enum, std::string_view>> names,
                        Enum value) {
  const auto* const found =
      std::ranges::find(names.data(), names.data() + names.size(), value,
                        &std::pair<Enum, std::string_view>::first);
  return found->second;
}

Status Wrong(const std::string& member, const std::string& expected) {
  return MakeError(ErrorCode::kInvalidArgument,
                   "Member " + member + " of the migration must be " + expected);
}

/// nullptr if there is none of these members, or it is null.
const Json* Find(const Json& json, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto found = json.find(name);
    if (found != json.end() && !found->is_null()) {
      return &*found;
    }
  }
  return nullptr;
}

Result<std::string> Text(const Json& json, std::initializer_list<const char*> names) {
  const Json* const value = Find(json, names);
  if (value == nullptr) {
    return std::string();
  }
  if (!value->is_string()) {
    return Wrong(*names.begin(), "text");
  }
  return value->get<std::string>();
}

Result<bool> Flag(const Json& json, const char* name, bool otherwise) {
  const Json* const value = Find(json, {name});
  if (value == nullptr) {
    return otherwise;
  }
  if (!value->is_boolean()) {
    return Wrong(name, "true or false");
  }
  return value->get<bool>();
}

/// One of `names`; `values` for true and false, where those may stand for one.
template <typename Enum>
Result<Enum> Choice(const Json& json, const char* member,
                    std::span<const std::pair<Enum, std::string_view>> names,
                    Enum otherwise, std::pair<Enum, Enum> values) {
  const Json* const value = Find(json, {member});
  if (value == nullptr) {
    return otherwise;
  }
  if (value->is_boolean()) {
    return value->get<bool>() ? values.second : values.first;
  }
  std::string known;
  for (const auto& [choice, name] : names) {
    if (value->is_string() && value->get_ref<const std::string&>() == name) {
      return choice;
    }
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  return Wrong(member, "one of " + known);
}

Result<std::vector<std::string>> Texts(const Json& array, const char* member) {
  std::vector<std::string> texts;
  for (const Json& element : array) {
    if (!element.is_string()) {
      return Wrong(member, "a list of texts");
    }
    texts.push_back(element.get<std::string>());
  }
  return texts;
}

Result<RowTransform> TransformFrom(const Json& json) {
  RowTransform transform;
  ARROW_ASSIGN_OR_RAISE(transform.where, Text(json, {"where"}));
  if (const Json* const columns = Find(json, {"columns"})) {
    if (!columns->is_array()) {
      return Wrong("columns", "a list of SQL expressions");
    }
    ARROW_ASSIGN_OR_RAISE(transform.columns, Texts(*columns, "columns"));
  }
  const Json* const given = Find(json, {"transform"});
  if (given == nullptr) {
    return transform;
  }
  if (given->is_string()) {
    transform.query = given->get<std::string>();
  } else if (given->is_array()) {
    ARROW_ASSIGN_OR_RAISE(transform.columns, Texts(*given, "transform"));
  } else if (given->is_object() && !given->contains("transform")) {
    return TransformFrom(*given);
  } else {
    return Wrong("transform",
                 "a SELECT over the table source, a list of expressions, or an object "
                 "with columns and where");
  }
  if (!transform.query.empty() &&
      (!transform.columns.empty() || !transform.where.empty())) {
    return Wrong("transform", "alone when it is a whole SELECT");
  }
  return transform;
}

Result<PlacedTable> PlacedFrom(const Json& json, const std::string& side,
                               std::initializer_list<const char*> place,
                               std::initializer_list<const char*> ns,
                               std::initializer_list<const char*> table,
                               const std::string& whole_name) {
  PlacedTable placed;
  ARROW_ASSIGN_OR_RAISE(const std::string namespace_text, Text(json, ns));
  ARROW_ASSIGN_OR_RAISE(const std::string table_text, Text(json, table));
  if (table_text.empty()) {
    ARROW_ASSIGN_OR_RAISE(const std::string whole, Text(json, {whole_name.c_str()}));
    if (whole.empty()) {
      return Wrong(side + "_table", "the name of a table; it is missing");
    }
    ARROW_ASSIGN_OR_RAISE(placed, PlacedTableFromText(whole));
  } else {
    ARROW_ASSIGN_OR_RAISE(placed.ident, TableIdentOf(namespace_text, table_text));
  }
  ARROW_ASSIGN_OR_RAISE(const std::string place_text, Text(json, place));
  if (!place_text.empty()) {
    placed.place = place_text;
  }
  return placed;
}

Result<TableScope> ScopeFrom(const Json& json, std::initializer_list<const char*> place,
                             std::initializer_list<const char*> ns) {
  TableScope scope;
  ARROW_ASSIGN_OR_RAISE(scope.place, Text(json, place));
  ARROW_ASSIGN_OR_RAISE(const std::string text, Text(json, ns));
  if (!text.empty()) {
    scope.ns = iceberg::NamespaceFromString(text);
  }
  return scope;
}

/// The pairs of "tables": objects, or names in the namespaces of the request.
Result<std::vector<TablePair>> PairsFrom(const Json& json, const Json& tables) {
  std::vector<TablePair> pairs;
  for (const Json& element : tables) {
    Json pair = json;
    pair.erase("tables");
    if (element.is_string()) {
      pair["source_table"] = element;
      pair["dest_table"] = element;
    } else if (element.is_object()) {
      pair.update(element);
    } else {
      return Wrong("tables",
                   "a list of names, or of objects with source and destination");
    }
    ARROW_ASSIGN_OR_RAISE(pairs.emplace_back(), TablePairFromJson(pair));
  }
  return pairs;
}

Status CheckScopes(const BulkRequest& request) {
  const TableScope& from = request.source;
  const TableScope& to = request.destination;
  if (from.ns && !to.ns && from.place == to.place) {
    return Wrong("dest_namespace", "given: the tables are in " + from.ToString());
  }
  if (!from.ns && to.ns) {
    return Wrong("source_namespace", "given beside dest_namespace");
  }
  if (from.place == to.place && from.ns == to.ns) {
    return Wrong("source_namespace or source_warehouse",
                 "another than that of the destination");
  }
  return Status::OK();
}

}  // namespace

std::string RowTransform::Sql() const {
  if (!query.empty()) {
    return query;
  }
  std::string list;
  for (const std::string& column : columns) {
    list += (list.empty() ? "" : ", ") + column;
  }
  return "SELECT " + (list.empty() ? std::string("*") : list) + " FROM source" +
         (where.empty() ? "" : " WHERE " + where);
}

std::string PlacedTable::ToString() const {
  return place.empty() ? ident.ToString() : place + ":" + ident.ToString();
}

std::string TableScope::ToString() const {
  const std::string name = ns ? ns->ToString() : "*";
  return place.empty() ? name : place + ":" + name;
}

std::string_view NameOf(MigrationMode mode) {
  return NameIn<MigrationMode>(kModes, mode);
}
std::string_view NameOf(ValidationLevel level) {
  return NameIn<ValidationLevel>(kLevels, level);
}
std::string_view NameOf(HistoryMode history) {
  return NameIn<HistoryMode>(kHistories, history);
}

Result<PlacedTable> PlacedTableFromText(const std::string& text) {
  PlacedTable placed;
  const size_t colon = text.find(':');
  const bool has_place =
      colon != std::string::npos && text.find('"') > colon && colon > 0;
  if (has_place) {
    placed.place = text.substr(0, colon);
  }
  ARROW_ASSIGN_OR_RAISE(placed.ident,
                        TableIdentOf("", has_place ? text.substr(colon + 1) : text));
  return placed;
}

Result<MigrationOptions> MigrationOptionsFromJson(const Json& json) {
  MigrationOptions options;
  ARROW_ASSIGN_OR_RAISE(
      options.mode, Choice<MigrationMode>(json, "mode", kModes, MigrationMode::kFail,
                                          {MigrationMode::kFail, MigrationMode::kFail}));
  ARROW_ASSIGN_OR_RAISE(
      options.validation,
      Choice<ValidationLevel>(json, "validate", kLevels, ValidationLevel::kFull,
                              {ValidationLevel::kNone, ValidationLevel::kFull}));
  ARROW_ASSIGN_OR_RAISE(
      options.history,
      Choice<HistoryMode>(json, "history", kHistories, HistoryMode::kNone,
                          {HistoryMode::kNone, HistoryMode::kCopy}));
  ARROW_ASSIGN_OR_RAISE(options.incremental, Flag(json, "incremental", false));
  ARROW_ASSIGN_OR_RAISE(options.views, Flag(json, "views", true));
  ARROW_ASSIGN_OR_RAISE(options.transform, TransformFrom(json));
  if (const Json* const id = Find(json, {"snapshot_id"})) {
    if (!id->is_number_integer()) {
      return Wrong("snapshot_id", "a snapshot's id, a number");
    }
    options.snapshot_id = iceberg::SnapshotId{id->get<int64_t>()};
  }
  const bool takes_files = options.history != HistoryMode::kNone;
  if (takes_files && (options.incremental || !options.transform.is_empty() ||
                      options.snapshot_id || options.mode != MigrationMode::kFail)) {
    return Wrong("history",
                 "without incremental, transform, snapshot_id and mode: it takes all "
                 "files as they are, to a table that does not exist");
  }
  if (options.incremental && (!options.transform.is_empty() || options.snapshot_id)) {
    return Wrong("incremental", "without transform and snapshot_id");
  }
  return options;
}

Result<TablePair> TablePairFromJson(const Json& json) {
  TablePair pair;
  ARROW_ASSIGN_OR_RAISE(pair.source,
                        PlacedFrom(json, "source", {"source_warehouse", "warehouse"},
                                   {"source_namespace"}, {"source_table"}, "source"));
  ARROW_ASSIGN_OR_RAISE(
      pair.destination,
      PlacedFrom(json, "dest", {"dest_warehouse", "destination_warehouse", "warehouse"},
                 {"dest_namespace", "destination_namespace"},
                 {"dest_table", "destination_table"}, "destination"));
  ARROW_ASSIGN_OR_RAISE(pair.options, MigrationOptionsFromJson(json));
  if (pair.source.place == pair.destination.place &&
      pair.source.ident == pair.destination.ident) {
    return Wrong("dest_table", "another table than the source " + pair.source.ToString());
  }
  return pair;
}

Result<BulkRequest> BulkRequestFromJson(const Json& json) {
  BulkRequest request;
  if (const Json* const parallel = Find(json, {"parallel"})) {
    if (!parallel->is_number_integer() || *parallel < 1 || *parallel > kParallelMax) {
      return Wrong("parallel", "a number from 1 to 10");
    }
    request.parallel = parallel->get<int32_t>();
  }
  ARROW_ASSIGN_OR_RAISE(request.options, MigrationOptionsFromJson(json));
  const Json* tables = Find(json, {"tables", "migrations"});
  if (tables != nullptr) {
    if (!tables->is_array() || tables->empty()) {
      return Wrong("tables", "a list of tables");
    }
    ARROW_ASSIGN_OR_RAISE(request.tables, PairsFrom(json, *tables));
    return request;
  }
  ARROW_ASSIGN_OR_RAISE(request.source, ScopeFrom(json, {"source_warehouse", "warehouse"},
                                                  {"source_namespace"}));
  ARROW_ASSIGN_OR_RAISE(
      request.destination,
      ScopeFrom(json, {"dest_warehouse", "destination_warehouse", "warehouse"},
                {"dest_namespace", "destination_namespace"}));
  RETURN_NOT_OK(CheckScopes(request));
  return request;
}

}  // namespace tarn::service
