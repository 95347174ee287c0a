#include "tarn/cli/sql_client/remote_query.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <nlohmann/json.hpp>

#include "tarn/base/error.h"
#include "tarn/cli/sql_client/protocol_rows.h"
#include "tarn/sql/letter_case.h"
#include "tarn/sql/lexer.h"

namespace tarn::cli {
namespace {

using json = nlohmann::ordered_json;

template <typename T>
T ValueOf(const json& object, const char* name, T otherwise) {
  const auto found = object.find(name);
  if (found == object.end()) {
    return otherwise;
  }
  if constexpr (std::is_same_v<T, std::string>) {
    return found->is_string() ? found->get<std::string>() : otherwise;
  } else {
    return found->is_number() ? found->get<T>() : otherwise;
  }
}

/// The code of ours that has this name of Trino's.
ErrorCode CodeOfName(const std::string& name) {
  if (name == "USER_CANCELED") {
    return ErrorCode::kCancelled;
  }
  for (const ErrorInfo& info : AllErrors()) {
    if (info.trino_name == name && info.exit_code == 1) {
      return info.code;
    }
  }
  return ErrorCode::kInvalidArgument;
}

/// "line 1:8: Column 'x' cannot be resolved".
Status ErrorOf(const json& error) {
  std::string message = ValueOf<std::string>(error, "message", "The query failed");
  const auto location = error.find("errorLocation");
  if (location != error.end() && location->is_object() && !message.starts_with("line ")) {
    message = "line " + std::to_string(ValueOf<int64_t>(*location, "lineNumber", 1)) +
              ":" + std::to_string(ValueOf<int64_t>(*location, "columnNumber", 1)) +
              ": " + message;
  }
  return MakeError(CodeOfName(ValueOf<std::string>(error, "errorName", "")),
                   std::move(message));
}

/// What the statement is, by its first word, where the server does not say.
std::string FirstWord(std::string_view sql) {
  for (const sql::Token& token : sql::TokenizeTrino(sql)) {
    if (token.kind == sql::TokenKind::kWord) {
      return sql::Upper(token.text);
    }
    if (token.kind == sql::TokenKind::kEnd) {
      break;
    }
  }
  return "SELECT";
}

class RemoteResult final : public engine::ResultStream {
 public:
  RemoteResult(ProtocolSession& session, RunningQuery& running, std::string type)
      : session_(session), running_(running), type_(std::move(type)) {}

  ~RemoteResult() override {
    if (const std::string uri = running_.next_uri(); !is_over_ && !uri.empty()) {
      session_.Cancel(uri);
    }
  }

  Status Start(std::string_view sql) {
    running_.Begin();
    ARROW_ASSIGN_OR_RAISE(json answer, session_.Submit(sql));
    RETURN_NOT_OK(Take(std::move(answer)));
    // A write is made when this returns; a query's columns are known.
    while (!is_over_ && (schema_ == nullptr || is_write_)) {
      RETURN_NOT_OK(Advance());
    }
    if (schema_ == nullptr) {
      schema_ = arrow::schema(arrow::FieldVector{});
    }
    return Status::OK();
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  std::optional<int64_t> rows_changed() const override { return rows_changed_; }
  const std::string& statement_type() const override { return type_; }

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    while (batches_.empty()) {
      if (is_over_) {
        return nullptr;
      }
      RETURN_NOT_OK(Advance());
    }
    std::shared_ptr<arrow::RecordBatch> batch = std::move(batches_.front());
    batches_.erase(batches_.begin());
    return batch;
  }

 private:
  Status Advance() {
    std::string uri = running_.next_uri();
    if (running_.TakeCancel(&uri)) {
      session_.Cancel(uri);
      is_over_ = true;
      return MakeError(ErrorCode::kCancelled, "Cancelled");
    }
    Result<json> answer = session_.NextPage(uri, running_.interrupted());
    if (!answer.ok()) {
      is_over_ = true;
      return running_.interrupted() ? MakeError(ErrorCode::kCancelled, "Cancelled")
                                    : answer.status();
    }
    return Take(*std::move(answer));
  }

  Status Take(json answer) {
    running_.Note(answer);
    is_over_ = running_.next_uri().empty();
    if (const auto error = answer.find("error"); error != answer.end()) {
      is_over_ = true;
      return ErrorOf(*error);
    }
    if (std::string type = ValueOf<std::string>(answer, "updateType", "");
        !type.empty()) {
      type_ = std::move(type);
      is_write_ = true;
    }
    if (const auto count = answer.find("updateCount");
        count != answer.end() && count->is_number()) {
      rows_changed_ = count->get<int64_t>();
    }
    if (const auto columns = answer.find("columns");
        schema_ == nullptr && columns != answer.end() && columns->is_array()) {
      ARROW_ASSIGN_OR_RAISE(schema_, SchemaOfColumns(*columns));
    }
    const auto data = answer.find("data");
    if (data != answer.end() && data->is_array() && !data->empty() &&
        schema_ != nullptr) {
      ARROW_ASSIGN_OR_RAISE(auto batch, BatchOfRows(schema_, *data));
      batches_.push_back(std::move(batch));
    }
    return Status::OK();
  }

  ProtocolSession& session_;
  RunningQuery& running_;
  std::string type_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches_;
  std::optional<int64_t> rows_changed_;
  bool is_write_ = false;
  bool is_over_ = false;
};

}  // namespace

void RunningQuery::Begin() {
  interrupted_ = false;
  const std::lock_guard lock(mutex_);
  next_uri_.clear();
  cancelled_ = false;
  progress_ = {};
}

void RunningQuery::Note(const json& answer) {
  const std::lock_guard lock(mutex_);
  next_uri_ = ValueOf<std::string>(answer, "nextUri", "");
  const auto stats = answer.find("stats");
  if (stats != answer.end() && stats->is_object()) {
    progress_.percent = ValueOf<double>(*stats, "progressPercentage", -1);
    progress_.rows_processed = ValueOf<int64_t>(*stats, "processedRows", 0);
  }
}

bool RunningQuery::TakeCancel(std::string* uri) {
  const std::lock_guard lock(mutex_);
  if (!interrupted_ || cancelled_) {
    return false;
  }
  cancelled_ = true;
  *uri = next_uri_;
  return true;
}

engine::Progress RunningQuery::progress() const {
  const std::lock_guard lock(mutex_);
  return progress_;
}

std::string RunningQuery::next_uri() const {
  const std::lock_guard lock(mutex_);
  return next_uri_;
}

Result<std::unique_ptr<engine::ResultStream>> RunRemote(std::string_view sql,
                                                        ProtocolSession& session,
                                                        RunningQuery& running) {
  auto result = std::make_unique<RemoteResult>(session, running, FirstWord(sql));
  RETURN_NOT_OK(result->Start(sql));
  return result;
}

}  // namespace tarn::cli
