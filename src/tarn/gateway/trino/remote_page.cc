#include "tarn/gateway/trino/remote_page.h"

#include <utility>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"

namespace tarn::gateway::trino {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

Status Broken() {
  return MakeError(ErrorCode::kInvalidData,
                   "The answer of the other server is not one of Trino's protocol");
}

/// Goes over JSON text without taking values apart. Any bytes may come.
class JsonWalk {
 public:
  explicit JsonWalk(std::string_view text) : text_(text) {}

  void SkipBlanks() {
    const size_t next = text_.find_first_not_of(kBlanks, at_);
    at_ = next == std::string_view::npos ? text_.size() : next;
  }
  bool Take(char c) {
    SkipBlanks();
    if (at_ >= text_.size() || text_[at_] != c) {
      return false;
    }
    ++at_;
    return true;
  }
  bool AtEnd() {
    SkipBlanks();
    return at_ == text_.size();
  }

  /// The next value's text; of an array also how many items it has. Empty: there is none.
  std::string_view TakeValue(int64_t* num_items = nullptr) {
    SkipBlanks();
    const size_t start = at_;
    int64_t commas = 0;
    bool has_items = false;
    int depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        if (!SkipString()) {
          return {};
        }
        has_items = true;
      } else if (c == '[' || c == '{') {
        has_items = has_items || depth > 0;
        ++depth;
        ++at_;
        continue;
      } else if (c == ']' || c == '}') {
        if (depth == 0) {
          break;  // it is of what the value is in
        }
        --depth;
        ++at_;
      } else if (c == ',' || c == ':') {
        if (depth == 0) {
          break;
        }
        commas += depth == 1 ? 1 : 0;
        ++at_;
        continue;
      } else {
        has_items = has_items || kBlanks.find(c) == std::string_view::npos;
        ++at_;
        if (depth == 0 && !EndsHere()) {
          continue;  // within a number or a word
        }
      }
      if (depth == 0) {
        break;
      }
    }
    if (depth != 0) {
      return {};
    }
    if (num_items != nullptr) {
      *num_items = has_items ? commas + 1 : 0;
    }
    return text_.substr(start, at_ - start);
  }

 private:
  bool EndsHere() const {
    constexpr std::string_view kEnds = ",]}: \t\r\n";
    return at_ >= text_.size() || kEnds.find(text_[at_]) != std::string_view::npos;
  }

  bool SkipString() {
    ++at_;
    while (at_ < text_.size()) {
      at_ = text_.find_first_of("\"\\", at_);
      if (at_ == std::string_view::npos) {
        break;
      }
      if (text_[at_] == '"') {
        ++at_;
        return true;
      }
      at_ += 2;
    }
    at_ = text_.size();
    return false;
  }

  std::string_view text_;
  size_t at_ = 0;
};

Result<std::string> TextOf(std::string_view json) {
  ARROW_ASSIGN_OR_RAISE(const Json value, ParseJson(json, "answer"));
  return value.is_string() ? value.get<std::string>() : Result<std::string>(Broken());
}

Status ReadError(std::string_view json, RemotePage* page) {
  ARROW_ASSIGN_OR_RAISE(const Json value, ParseJson(json, "error"));
  ARROW_ASSIGN_OR_RAISE(const auto fields, JsonFields::Make(value, "error"));
  QueryError error;
  ARROW_ASSIGN_OR_RAISE(const auto message, fields.OptionalString("message"));
  error.message = message.value_or("The query failed");
  ARROW_ASSIGN_OR_RAISE(error.name, fields.String("errorName"));
  ARROW_ASSIGN_OR_RAISE(error.code, fields.Int32("errorCode"));
  if (const Json* const place = fields.Find("errorLocation")) {
    ARROW_ASSIGN_OR_RAISE(const auto at, JsonFields::Make(*place, "error"));
    QueryError::Location location;
    ARROW_ASSIGN_OR_RAISE(location.line, at.Int32("lineNumber"));
    ARROW_ASSIGN_OR_RAISE(location.column, at.Int32("columnNumber"));
    error.location = location;
  }
  page->error = std::move(error);
  return Status::OK();
}

Status ReadStats(std::string_view json, RemotePage* page) {
  ARROW_ASSIGN_OR_RAISE(const Json stats, ParseJson(json, "stats"));
  if (!stats.is_object()) {
    return Broken();
  }
  const auto percent = stats.find("progressPercentage");
  if (percent != stats.end() && percent->is_number()) {
    page->percent = percent->get<double>();
  }
  const auto rows = stats.find("processedRows");
  if (rows != stats.end() && rows->is_number_integer()) {
    page->rows_read = rows->get<int64_t>();
  }
  page->stats_json = json;
  return Status::OK();
}

Status ReadMember(const std::string& name, std::string_view json, int64_t num_items,
                  RemotePage* page) {
  if (json == "null") {
    return Status::OK();
  }
  const bool is_array = json.front() == '[';
  if (name == "id") {
    ARROW_ASSIGN_OR_RAISE(page->id, TextOf(json));
  } else if (name == "nextUri") {
    ARROW_ASSIGN_OR_RAISE(page->next_uri, TextOf(json));
  } else if (name == "updateType") {
    ARROW_ASSIGN_OR_RAISE(page->update_type, TextOf(json));
  } else if (name == "updateCount") {
    ARROW_ASSIGN_OR_RAISE(const Json count, ParseJson(json, "updateCount"));
    if (!count.is_number_integer()) {
      return Broken();
    }
    page->update_count = count.get<int64_t>();
  } else if (name == "columns" && is_array) {
    page->columns_json = json;
  } else if (name == "warnings" && is_array) {
    page->warnings_json = json;
  } else if (name == "data") {
    if (!is_array) {
      return Broken();  // segments, which nobody asked for
    }
    page->num_rows = num_items;
    page->data_json = num_items > 0 ? json : std::string_view();
  } else if (name == "stats") {
    return ReadStats(json, page);
  } else if (name == "error") {
    return ReadError(json, page);
  }
  return Status::OK();
}

}  // namespace

Result<RemotePage> ReadRemotePage(std::string_view json) {
  JsonWalk walk(json);
  RemotePage page;
  if (!walk.Take('{')) {
    return Broken();
  }
  for (bool is_first = true; !walk.Take('}'); is_first = false) {
    if (!is_first && !walk.Take(',')) {
      return Broken();
    }
    const std::string_view name = walk.TakeValue();
    if (name.empty() || name.front() != '"' || !walk.Take(':')) {
      return Broken();
    }
    int64_t num_items = 0;
    const std::string_view value = walk.TakeValue(&num_items);
    if (value.empty()) {
      return Broken();
    }
    RETURN_NOT_OK(ReadMember(std::string(name.substr(1, name.size() - 2)), value,
                             num_items, &page));
  }
  if (!walk.AtEnd() || page.id.empty()) {
    return Broken();
  }
  return page;
}

std::string WithState(const std::string& stats_json, std::string_view state) {
  JsonWalk walk(stats_json);
  if (!walk.Take('{')) {
    return stats_json;
  }
  for (;;) {
    const std::string_view name = walk.TakeValue();
    if (name.empty() || !walk.Take(':')) {
      return stats_json;
    }
    const std::string_view value = walk.TakeValue();
    if (name == R"("state")" && !value.empty()) {
      const auto start = static_cast<size_t>(value.data() - stats_json.data());
      return stats_json.substr(0, start) + '"' + std::string(state) + '"' +
             stats_json.substr(start + value.size());
    }
    if (value.empty() || !walk.Take(',')) {
      return stats_json;
    }
  }
}

}  // namespace tarn::gateway::trino
