#include "tarn/engine/internal/procedures/option_reader.h"

#include <charconv>

#include "tarn/engine/internal/catalog_view.h"

namespace tarn::engine::procedures {

std::optional<std::string> OptionReader::Text(const std::string& key) {
  known_.push_back(key);
  const auto found = options_.find(key);
  if (found == options_.end()) {
    return {};
  }
  std::string value = found->second;
  options_.erase(found);
  return value;
}

void OptionReader::Refuse(const std::string& key, const std::string& value,
                          const char* wanted) {
  if (error_.ok()) {
    error_ = call_.BadArgument("Option " + key + " must be " + wanted + ", not " + value);
  }
}

std::optional<int64_t> OptionReader::Size(const std::string& key) {
  const auto text = Text(key);
  if (!text.has_value()) {
    return {};
  }
  const auto size = ParseDataSize(*text);
  if (!size.ok() || *size <= 0) {
    Refuse(key, *text, "a number of bytes");
    return {};
  }
  return *size;
}

std::optional<int32_t> OptionReader::Integer(const std::string& key) {
  const auto text = Text(key);
  if (!text.has_value()) {
    return {};
  }
  int32_t number = 0;
  const char* const end = text->data() + text->size();
  const auto parsed = std::from_chars(text->data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) {
    Refuse(key, *text, "an integer");
    return {};
  }
  return number;
}

std::optional<double> OptionReader::Ratio(const std::string& key) {
  const auto text = Text(key);
  if (!text.has_value()) {
    return {};
  }
  double number = 0;
  const char* const end = text->data() + text->size();
  const auto parsed = std::from_chars(text->data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) {
    Refuse(key, *text, "a number");
    return {};
  }
  return number;
}

std::optional<bool> OptionReader::Boolean(const std::string& key) {
  const auto text = Text(key);
  if (!text.has_value()) {
    return {};
  }
  const std::string folded = FoldName(*text);
  if (folded != "true" && folded != "false") {
    Refuse(key, *text, "true or false");
    return {};
  }
  return folded == "true";
}

Status OptionReader::Finish() const {
  if (!error_.ok() || options_.empty()) {
    return error_;
  }
  std::string list;
  for (const std::string& key : known_) {
    list += (list.empty() ? "" : ", ") + key;
  }
  return call_.BadArgument("Unknown option: " + options_.begin()->first +
                           "; there are: " + list);
}

}  // namespace tarn::engine::procedures
