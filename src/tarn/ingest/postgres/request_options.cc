#include "tarn/ingest/postgres/request_options.h"

#include <algorithm>
#include <charconv>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::ingest::postgres {
namespace {

constexpr int32_t kConnectionsMax = 32;

template <typename T>
using Words = std::span<const std::pair<std::string_view, T>>;

template <typename T>
Status Choose(const std::string& option, const std::string& value, Words<T> words,
              T* chosen) {
  std::string known;
  for (const auto& [word, meaning] : words) {
    if (word == value) {
      *chosen = meaning;
      return Status::OK();
    }
    known += (known.empty() ? "" : ", ") + std::string(word);
  }
  return MakeError(ErrorCode::kInvalidArgument,
                   "Option " + option + " is one of " + known + ", not " + value);
}

constexpr std::pair<std::string_view, AsNumeric> kNumericWords[] = {
    {"decimal", AsNumeric::kDecimal},
    {"double", AsNumeric::kDouble},
    {"text", AsNumeric::kText}};
constexpr std::pair<std::string_view, Unheld> kUnheldWords[] = {
    {"error", Unheld::kRefused}, {"null", Unheld::kNull}};

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
    return Choose<AsNumeric>(option, value, kNumericWords, &request->selection.numeric);
  }
  if (option == "unheld") {
    return Choose<Unheld>(option, value, kUnheldWords, &request->decode.unheld);
  }
  if (option == "connections") {
    const char* const end = value.data() + value.size();
    const auto parsed = std::from_chars(value.data(), end, request->connections_max);
    if (parsed.ec == std::errc() && parsed.ptr == end && request->connections_max >= 1 &&
        request->connections_max <= kConnectionsMax) {
      return Status::OK();
    }
    return MakeError(ErrorCode::kInvalidArgument,
                     "Option connections is a number from 1 to " +
                         std::to_string(kConnectionsMax) + ", not " + value);
  }
  return MakeError(ErrorCode::kInvalidArgument,
                   "A load from PostgreSQL has the options table, query, connections, "
                   "numeric and unheld, not " +
                       option);
}

}  // namespace

Result<PostgresRequest> RequestFrom(const SourceRequest& source) {
  if (source.format != Format::kAuto) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "A load from PostgreSQL takes no format: it reads no files");
  }
  if (source.collect_rejects) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Rejected rows are collected for CSV only; this source is a "
                     "PostgreSQL");
  }
  PostgresRequest request;
  ARROW_ASSIGN_OR_RAISE(request.target, TargetFromUri(source.location));
  request.cancelled = source.cancelled;
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
