#include "tarn/ingest/web/robots.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace tarn::ingest::web {
namespace {

constexpr size_t kTextBytesMax = 500 * 1024;
constexpr size_t kRulesMax = 10'000;
constexpr double kDelaySecondsMax = 3'600;

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\f";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return lower;
}

/// '*' is anything, '$' at the end the end of the target. Greedy with one point to come
/// back to: linear in practice and never worse than the product of both lengths.
bool Matches(std::string_view pattern, std::string_view target) {
  const bool is_whole = pattern.ends_with('$');
  if (is_whole) {
    pattern.remove_suffix(1);
  } else if (!pattern.ends_with('*')) {
    // A prefix is enough; a star at the end says the same.
    const std::string with_star = std::string(pattern) + '*';
    return Matches(with_star, target);
  }
  size_t p = 0;
  size_t t = 0;
  size_t star = std::string_view::npos;
  size_t star_target = 0;
  while (t < target.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_target = t;
    } else if (p < pattern.size() && pattern[p] == target[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_target;
    } else {
      return false;
    }
  }
  return std::all_of(pattern.begin() + static_cast<std::ptrdiff_t>(p), pattern.end(),
                     [](char c) { return c == '*'; });
}

struct Line {
  std::string key;
  std::string_view value;
};

std::optional<Line> NextLine(std::string_view* text) {
  while (!text->empty()) {
    const size_t end = std::min(text->find_first_of("\r\n"), text->size());
    std::string_view line = text->substr(0, end);
    text->remove_prefix(std::min(end + 1, text->size()));
    line = line.substr(0, line.find('#'));
    const size_t colon = line.find(':');
    if (colon != std::string_view::npos) {
      return Line{Lower(Trim(line.substr(0, colon))), Trim(line.substr(colon + 1))};
    }
  }
  return std::nullopt;
}

}  // namespace

Robots Robots::Parse(std::string_view text, std::string_view agent) {
  text = text.substr(0, kTextBytesMax);
  if (text.starts_with("\xef\xbb\xbf")) {
    text.remove_prefix(3);
  }
  const std::string own = Lower(agent);
  Robots named;
  Robots general;
  bool is_named_there = false;
  bool is_for_us = false;
  bool is_for_all = false;
  bool was_agent = false;
  const auto apply = [&](const auto& change) {
    if (is_for_us) {
      change(named);
    }
    if (is_for_all) {
      change(general);
    }
  };
  while (const std::optional<Line> line = NextLine(&text)) {
    if (line->key == "user-agent") {
      if (!was_agent) {
        is_for_us = false;
        is_for_all = false;
      }
      was_agent = true;
      is_for_us = is_for_us || Lower(line->value) == own;
      is_for_all = is_for_all || line->value == "*";
      is_named_there = is_named_there || is_for_us;
      continue;
    }
    was_agent = was_agent && line->key == "sitemap";
    if ((line->key == "allow" || line->key == "disallow") && !line->value.empty()) {
      apply([&](Robots& robots) {
        if (robots.rules_.size() < kRulesMax) {
          robots.rules_.push_back({std::string(line->value), line->key == "allow"});
        }
      });
    } else if (line->key == "crawl-delay") {
      const double seconds = std::strtod(std::string(line->value).c_str(), nullptr);
      if (std::isfinite(seconds) && seconds > 0) {
        apply([&](Robots& robots) {
          robots.delay_ = std::chrono::milliseconds(
              std::llround(std::min(seconds, kDelaySecondsMax) * 1000));
        });
      }
    }
  }
  return is_named_there ? named : general;
}

bool Robots::Allows(std::string_view target) const {
  if (target == "/robots.txt") {
    return true;
  }
  size_t longest = 0;
  bool allows = true;
  for (const Rule& rule : rules_) {
    const size_t length = rule.pattern.size();
    const bool counts = length > longest || (length == longest && rule.allows);
    if (counts && Matches(rule.pattern, target)) {
      longest = length;
      allows = rule.allows;
    }
  }
  return allows;
}

}  // namespace tarn::ingest::web
