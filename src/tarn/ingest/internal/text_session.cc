#include "tarn/ingest/internal/text_session.h"

#include <utility>

#include "tarn/ingest/internal/source_options.h"

namespace tarn::ingest::internal {

Result<std::optional<std::string>> TextSession::First(const std::string& sql) {
  ARROW_ASSIGN_OR_RAISE(const auto rows, Ask(sql));
  return rows.empty() || rows[0].empty() ? std::nullopt : rows[0][0];
}

Result<int64_t> TextSession::Count(const std::string& sql) {
  ARROW_ASSIGN_OR_RAISE(const auto text, First(sql));
  return CountFrom(text);
}

Result<std::optional<DatabaseValue>> TextSession::Value(const std::string& expression,
                                                        const std::string& from,
                                                        const std::string& condition) {
  ARROW_ASSIGN_OR_RAISE(std::string type, TypeOf(expression, from));
  ARROW_ASSIGN_OR_RAISE(const auto text,
                        First("SELECT " + TextOf(expression) + " FROM " + from +
                              (condition.empty() ? "" : " WHERE " + condition)));
  if (!text) {
    return std::optional<DatabaseValue>();
  }
  return std::optional(
      DatabaseValue{.text = *text, .type = TypeOfText(std::move(type), *text)});
}

}  // namespace tarn::ingest::internal
