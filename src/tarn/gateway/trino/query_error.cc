#include "tarn/gateway/trino/query_error.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <memory>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/trino/json_text.h"

namespace tarn::gateway::trino {
namespace {

struct NamedCode {
  std::string_view name;
  int32_t code;
};

constexpr int32_t kInternalFrom = 65'536;
constexpr int32_t kResourcesFrom = 131'072;
constexpr int32_t kExternalFrom = 0x0100'0000;

/// Trino's standard errors, as far as anything of ours can be one. Sorted by code.
constexpr NamedCode kNamed[] = {
    {"GENERIC_USER_ERROR", 0},
    {"SYNTAX_ERROR", 1},
    {"ABANDONED_QUERY", 2},
    {"USER_CANCELED", 3},
    {"PERMISSION_DENIED", 4},
    {"NOT_FOUND", 5},
    {"FUNCTION_NOT_FOUND", 6},
    {"INVALID_FUNCTION_ARGUMENT", 7},
    {"DIVISION_BY_ZERO", 8},
    {"INVALID_CAST_ARGUMENT", 9},
    {"OPERATOR_NOT_FOUND", 10},
    {"INVALID_VIEW", 11},
    {"ALREADY_EXISTS", 12},
    {"NOT_SUPPORTED", 13},
    {"INVALID_SESSION_PROPERTY", 14},
    {"INVALID_WINDOW_FRAME", 15},
    {"CONSTRAINT_VIOLATION", 16},
    {"TRANSACTION_CONFLICT", 17},
    {"INVALID_TABLE_PROPERTY", 18},
    {"NUMERIC_VALUE_OUT_OF_RANGE", 19},
    {"UNKNOWN_TRANSACTION", 20},
    {"NOT_IN_TRANSACTION", 21},
    {"TRANSACTION_ALREADY_ABORTED", 22},
    {"READ_ONLY_VIOLATION", 23},
    {"MULTI_CATALOG_WRITE_CONFLICT", 24},
    {"AUTOCOMMIT_WRITE_CONFLICT", 25},
    {"UNSUPPORTED_ISOLATION_LEVEL", 26},
    {"INCOMPATIBLE_CLIENT", 27},
    {"SUBQUERY_MULTIPLE_ROWS", 28},
    {"PROCEDURE_NOT_FOUND", 29},
    {"INVALID_PROCEDURE_ARGUMENT", 30},
    {"QUERY_REJECTED", 31},
    {"AMBIGUOUS_FUNCTION_CALL", 32},
    {"INVALID_SCHEMA_PROPERTY", 33},
    {"SCHEMA_NOT_EMPTY", 34},
    {"QUERY_TEXT_TOO_LARGE", 35},
    {"UNSUPPORTED_SUBQUERY", 36},
    {"EXCEEDED_FUNCTION_MEMORY_LIMIT", 37},
    {"ADMINISTRATIVELY_KILLED", 38},
    {"INVALID_COLUMN_PROPERTY", 39},
    {"TYPE_NOT_FOUND", 43},
    {"CATALOG_NOT_FOUND", 44},
    {"SCHEMA_NOT_FOUND", 45},
    {"TABLE_NOT_FOUND", 46},
    {"COLUMN_NOT_FOUND", 47},
    {"ROLE_NOT_FOUND", 48},
    {"SCHEMA_ALREADY_EXISTS", 49},
    {"TABLE_ALREADY_EXISTS", 50},
    {"COLUMN_ALREADY_EXISTS", 51},
    {"DUPLICATE_NAMED_QUERY", 53},
    {"DUPLICATE_COLUMN_NAME", 54},
    {"MISSING_COLUMN_NAME", 55},
    {"MISSING_CATALOG_NAME", 56},
    {"MISSING_SCHEMA_NAME", 57},
    {"TYPE_MISMATCH", 58},
    {"INVALID_LITERAL", 59},
    {"COLUMN_TYPE_UNKNOWN", 60},
    {"MISMATCHED_COLUMN_ALIASES", 61},
    {"AMBIGUOUS_NAME", 62},
    {"INVALID_COLUMN_REFERENCE", 63},
    {"MISSING_GROUP_BY", 64},
    {"MISSING_ORDER_BY", 65},
    {"MISSING_OVER", 66},
    {"NESTED_AGGREGATION", 67},
    {"NESTED_WINDOW", 68},
    {"EXPRESSION_NOT_IN_DISTINCT", 69},
    {"FUNCTION_NOT_WINDOW", 71},
    {"EXPRESSION_NOT_AGGREGATE", 73},
    {"EXPRESSION_NOT_SCALAR", 74},
    {"EXPRESSION_NOT_CONSTANT", 75},
    {"INVALID_ARGUMENTS", 76},
    {"INVALID_PARAMETER_USAGE", 80},
    {"NULL_TREATMENT_NOT_ALLOWED", 83},
    {"MISSING_COLUMN_ALIASES", 88},
    {"MISSING_ARGUMENT", 111},
    {"INVALID_PATH", 113},
    {"JSON_INPUT_CONVERSION_ERROR", 114},
    {"JSON_OUTPUT_CONVERSION_ERROR", 115},
    {"PATH_EVALUATION_ERROR", 116},
    {"JSON_VALUE_RESULT_ERROR", 118},
    {"MERGE_TARGET_ROW_MULTIPLE_MATCHES", 119},
    {"DUPLICATE_COLUMN_OR_PATH_NAME", 127},
    {"MISSING_PATH_NAME", 128},
    {"INVALID_PLAN", 129},
    {"GENERIC_INTERNAL_ERROR", kInternalFrom},
    {"SERVER_SHUTTING_DOWN", kInternalFrom + 9},
    {"SERVER_STARTING_UP", kInternalFrom + 12},
    {"GENERIC_INSUFFICIENT_RESOURCES", kResourcesFrom},
    {"EXCEEDED_GLOBAL_MEMORY_LIMIT", kResourcesFrom + 1},
    {"QUERY_QUEUE_FULL", kResourcesFrom + 2},
    {"EXCEEDED_TIME_LIMIT", kResourcesFrom + 3},
    {"CLUSTER_OUT_OF_MEMORY", kResourcesFrom + 4},
    {"EXCEEDED_CPU_LIMIT", kResourcesFrom + 5},
    {"EXCEEDED_SPILL_LIMIT", kResourcesFrom + 6},
    {"EXCEEDED_LOCAL_MEMORY_LIMIT", kResourcesFrom + 7},
};

const NamedCode* FindNamed(std::string_view name) {
  const auto* const found = std::ranges::find(kNamed, name, &NamedCode::name);
  return found == std::end(kNamed) ? nullptr : found;
}

/// Errors that one code of ours stands for and Trino tells apart, by their messages'
/// beginnings.
struct Refinement {
  ErrorCode code;
  std::string_view beginning;
  std::string_view name;
};
constexpr Refinement kRefinements[] = {
    {ErrorCode::kNoSuchNamespace, "Catalog ", "CATALOG_NOT_FOUND"},
    {ErrorCode::kAlreadyExists, "Schema ", "SCHEMA_ALREADY_EXISTS"},
    {ErrorCode::kAlreadyExists, "Namespace ", "SCHEMA_ALREADY_EXISTS"},
    {ErrorCode::kAlreadyExists, "Table ", "TABLE_ALREADY_EXISTS"},
    {ErrorCode::kAlreadyExists, "View ", "TABLE_ALREADY_EXISTS"},
    {ErrorCode::kAlreadyExists, "Column ", "COLUMN_ALREADY_EXISTS"},
    {ErrorCode::kCommitConflict, "Transaction conflict: ", "TRANSACTION_CONFLICT"},
    {ErrorCode::kOutOfMemory, "failed to offload data block ", "EXCEEDED_SPILL_LIMIT"},
    {ErrorCode::kInvalidArgument, "Overflow in ", "NUMERIC_VALUE_OUT_OF_RANGE"},
    {ErrorCode::kInvalidArgument, "More than one row returned by a subquery",
     "SUBQUERY_MULTIPLE_ROWS"},
    {ErrorCode::kInvalidArgument, "Overflow on ", "NUMERIC_VALUE_OUT_OF_RANGE"},
    {ErrorCode::kInvalidArgument, "Map keys ", "INVALID_FUNCTION_ARGUMENT"},
    {ErrorCode::kInvalidArgument, "The map key list ", "INVALID_FUNCTION_ARGUMENT"},
    {ErrorCode::kInvalidArgument, "Argument for ntile ", "INVALID_FUNCTION_ARGUMENT"},
    {ErrorCode::kInvalidArgument, "Invalid input for MIN/MAX",
     "INVALID_FUNCTION_ARGUMENT"},
    {ErrorCode::kInvalidArgument, "APPROXIMATE QUANTILE ", "INVALID_FUNCTION_ARGUMENT"},
    {ErrorCode::kInvalidArgument, "missing ", "INVALID_FUNCTION_ARGUMENT"},
    {ErrorCode::kInvalidArgument, "invalid perl operator", "NOT_SUPPORTED"},
    {ErrorCode::kInvalidArgument, "invalid escape sequence", "NOT_SUPPORTED"},
    {ErrorCode::kSyntax, "Invalid escape string", "INVALID_FUNCTION_ARGUMENT"},
    {ErrorCode::kTypeMismatch, "Failed to cast ", "INVALID_CAST_ARGUMENT"},
    {ErrorCode::kTypeMismatch, "Casting value ", "INVALID_CAST_ARGUMENT"},
    {ErrorCode::kTypeMismatch, "Expected ARRAY", "INVALID_CAST_ARGUMENT"},
    {ErrorCode::kTypeMismatch, "Expected OBJECT", "INVALID_CAST_ARGUMENT"},
    {ErrorCode::kTypeMismatch, "Could not convert ", "INVALID_CAST_ARGUMENT"},
    {ErrorCode::kTypeMismatch, "Could not cast ", "INVALID_CAST_ARGUMENT"},
};

std::string_view RefinedName(ErrorCode code, std::string_view message) {
  for (const Refinement& refinement : kRefinements) {
    if (refinement.code == code && message.starts_with(refinement.beginning)) {
      return refinement.name;
    }
  }
  return InfoOf(code).trino_name;
}

/// Reads "12" off `text`.
std::optional<int32_t> TakeNumber(std::string_view* text) {
  int32_t number = 0;
  const auto end = std::from_chars(text->data(), text->data() + text->size(), number);
  if (end.ec != std::errc()) {
    return std::nullopt;
  }
  text->remove_prefix(static_cast<size_t>(end.ptr - text->data()));
  return number;
}

bool TakePrefix(std::string_view prefix, std::string_view* text) {
  if (!text->starts_with(prefix)) {
    return false;
  }
  text->remove_prefix(prefix.size());
  return true;
}

/// The place that "line 1:8: …" names; `rest` is what comes after it.
std::optional<QueryError::Location> LocationOf(std::string_view message,
                                               std::string_view* rest) {
  *rest = message;
  if (!TakePrefix("line ", rest)) {
    return std::nullopt;
  }
  const auto line = TakeNumber(rest);
  const bool has_colon = TakePrefix(":", rest);
  const auto column = has_colon ? TakeNumber(rest) : std::nullopt;
  if (!line || !column || !TakePrefix(": ", rest)) {
    *rest = message;
    return std::nullopt;
  }
  return QueryError::Location{*line, *column};
}

/// Carries what another server said of its error.
class RemoteErrorDetail final : public arrow::StatusDetail {
 public:
  explicit RemoteErrorDetail(QueryError error) : error_(std::move(error)) {}
  const char* type_id() const override { return "tarn::gateway::trino::RemoteError"; }
  std::string ToString() const override { return error_.name; }
  const QueryError& error() const { return error_; }

 private:
  QueryError error_;
};

}  // namespace

std::string_view QueryError::type() const {
  return code < kInternalFrom    ? "USER_ERROR"
         : code < kResourcesFrom ? "INTERNAL_ERROR"
         : code < kExternalFrom  ? "INSUFFICIENT_RESOURCES"
                                 : "EXTERNAL";
}

std::string QueryError::ToJson() const {
  std::string json = R"({"message":)";
  AppendJsonString(message, &json);
  std::string common = R"("errorCode":)" + std::to_string(code) + R"(,"errorName":)";
  AppendJsonString(name, &common);
  common += R"(,"errorType":)";
  AppendJsonString(type(), &common);
  json += ',' + common;
  std::string place;
  if (location) {
    place = R"(,"errorLocation":{"lineNumber":)" + std::to_string(location->line) +
            R"(,"columnNumber":)" + std::to_string(location->column) + '}';
  }
  json += place + R"(,"failureInfo":{"type":)";
  AppendJsonString(name == "SYNTAX_ERROR" ? "io.trino.sql.parser.ParsingException"
                                          : "io.trino.spi.TrinoException",
                   &json);
  json += R"(,"message":)";
  AppendJsonString(message, &json);
  json += R"(,"suppressed":[],"stack":[])" + place;
  std::string info = common;
  for (const auto& [from, to] :
       {std::pair{"\"errorCode\"", "\"code\""}, std::pair{"\"errorName\"", "\"name\""},
        std::pair{"\"errorType\"", "\"type\""}}) {
    info.replace(info.find(from), std::string_view(from).size(), to);
  }
  return json + R"(,"errorInfo":{)" + info + "}}}";
}

QueryError QueryErrorOf(const Status& status) {
  if (const auto* const remote =
          dynamic_cast<const RemoteErrorDetail*>(status.detail().get())) {
    return remote->error();
  }
  const ErrorInfo& info = InfoOf(CodeOf(status));
  QueryError error{.message = status.message(),
                   .name = std::string(info.trino_name),
                   .code = info.trino_code};
  std::string_view rest;
  error.location = LocationOf(status.message(), &rest);
  const size_t colon = rest.find(": ");
  const NamedCode* const named =
      colon == std::string_view::npos ? nullptr : FindNamed(rest.substr(0, colon));
  if (named != nullptr) {
    error.name = named->name;
    error.code = named->code;
    const size_t place = status.message().size() - rest.size();
    error.message =
        status.message().substr(0, place) + std::string(rest.substr(colon + 2));
  } else if (const auto* const known = FindNamed(RefinedName(info.code, rest))) {
    error.name = known->name;
    error.code = known->code;
  }
  return error;
}

Status NamedError(std::string_view name, const std::string& message) {
  TARN_CHECK(FindNamed(name) != nullptr);
  std::string_view rest;
  LocationOf(message, &rest);
  const size_t place = message.size() - rest.size();
  return MakeError(
      ErrorCode::kInvalidArgument,
      message.substr(0, place) + std::string(name) + ": " + std::string(rest));
}

Status RemoteError(QueryError error) {
  std::string message = error.message;
  return {arrow::StatusCode::UnknownError, std::move(message),
          std::make_shared<RemoteErrorDetail>(std::move(error))};
}

bool IsRemoteGone(const Status& status) {
  const auto* const remote =
      dynamic_cast<const RemoteErrorDetail*>(status.detail().get());
  return remote != nullptr && remote->error().name == "NO_NODES_AVAILABLE";
}

}  // namespace tarn::gateway::trino
