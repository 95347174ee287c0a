#include "tarn/gateway/api/json_dialect.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tarn/base/error.h"

namespace tarn::gateway {
namespace {

constexpr std::array<std::string_view, 10> kDataObjects = {
    "params",     "headers",   "cookies",    "form",   "options",
    "properties", "variables", "attributes", "rename", "secret_params"};

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
char Lower(char c) { return IsUpper(c) ? static_cast<char>(c - 'A' + 'a') : c; }
char Upper(char c) { return IsLower(c) ? static_cast<char>(c - 'a' + 'A') : c; }

Status NotJson(const std::string& why) {
  return MakeError(ErrorCode::kInvalidArgument,
                   "The body must be a JSON object in UTF-8: " + why);
}

/// Finds where a text stops being JSON, and names that an object has twice.
class Checker : public nlohmann::json_sax<Json> {
 public:
  const std::string& why() const { return why_; }

  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(number_integer_t /*value*/) override { return true; }
  bool number_unsigned(number_unsigned_t /*value*/) override { return true; }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override {
    return true;
  }
  bool string(string_t& /*value*/) override { return true; }
  bool binary(binary_t& /*value*/) override { return true; }
  bool start_object(std::size_t /*size*/) override { return Open(); }
  bool key(string_t& name) override {
    if (!names_.back().insert(name).second) {
      why_ = "it has a name twice: " + name;
      return false;
    }
    return true;
  }
  bool end_object() override { return Close(); }
  bool start_array(std::size_t /*size*/) override { return Open(); }
  bool end_array() override { return Close(); }
  bool parse_error(std::size_t position, const std::string& token,
                   const nlohmann::detail::exception& /*error*/) override {
    constexpr size_t kShownMax = 40;
    why_ = fmt::format(
        "it stops being one at byte {}, near: {}", position,
        token.size() > kShownMax ? token.substr(token.size() - kShownMax) : token);
    return false;
  }

 private:
  bool Open() {
    names_.emplace_back();
    if (names_.size() > static_cast<size_t>(kJsonDepthMax)) {
      why_ = fmt::format("it is nested more than {} levels deep", kJsonDepthMax);
      return false;
    }
    return true;
  }
  bool Close() {
    names_.pop_back();
    return true;
  }

  std::string why_;
  std::vector<std::set<std::string>> names_;  // of the objects that are open
};

Status ToSnakeCase(Json* json) {
  if (json->is_array()) {
    for (Json& item : *json) {
      RETURN_NOT_OK(ToSnakeCase(&item));
    }
    return Status::OK();
  }
  if (!json->is_object()) {
    return Status::OK();
  }
  Json renamed = Json::object();
  for (auto& [name, value] : json->items()) {
    const std::string to = SnakeCaseName(name);
    if (renamed.contains(to)) {
      return MakeError(
          ErrorCode::kInvalidArgument,
          fmt::format("The body says the same twice, as {} and {}: leave one out", to,
                      CamelCaseName(to)));
    }
    if (!HoldsData(to)) {
      RETURN_NOT_OK(ToSnakeCase(&value));
    }
    renamed[to] = std::move(value);
  }
  *json = std::move(renamed);
  return Status::OK();
}

}  // namespace

std::string SnakeCaseName(std::string_view name) {
  const bool is_word = std::ranges::all_of(
      name, [](char c) { return IsUpper(c) || IsLower(c) || IsDigit(c) || c == '_'; });
  if (!is_word) {
    return std::string(name);
  }
  std::string snake;
  for (size_t i = 0; i < name.size(); ++i) {
    const char before = i == 0 ? '_' : name[i - 1];
    const bool ends_capitals =
        IsUpper(before) && i + 1 < name.size() && IsLower(name[i + 1]);
    if (IsUpper(name[i]) && before != '_' && (!IsUpper(before) || ends_capitals)) {
      snake += '_';
    }
    snake += Lower(name[i]);
  }
  return snake;
}

std::string CamelCaseName(std::string_view name) {
  std::string camel;
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '_' && i > 0 && i + 1 < name.size() && name[i + 1] != '_') {
      camel += Upper(name[++i]);
    } else {
      camel += name[i];
    }
  }
  return camel;
}

bool HoldsData(std::string_view name) {
  return std::ranges::find(kDataObjects, name) != kDataObjects.end();
}

Result<Json> ParseApiBody(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return Json::object();
  }
  Checker checker;
  if (!Json::sax_parse(text, &checker)) {
    return NotJson(checker.why());
  }
  Json body = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!body.is_object()) {
    return NotJson(std::string("it is of the type ") + body.type_name());
  }
  RETURN_NOT_OK(ToSnakeCase(&body));
  return body;
}

}  // namespace tarn::gateway
