#include "tarn/ingest/internal/glob.h"

#include <vector>

namespace tarn::ingest::internal {
namespace {

/// Matches one character class at `pattern[*at]` == '['; moves *at past it. An unclosed
/// '[' is a literal.
bool MatchClass(std::string_view pattern, size_t* at, char c) {
  const size_t begin = *at + 1;
  size_t i = begin;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) {
    ++i;
  }
  bool found = false;
  for (bool first = true; i < pattern.size() && (first || pattern[i] != ']');
       first = false) {
    const char low = pattern[i];
    char high = low;
    if (i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
      high = pattern[i + 2];
      i += 2;
    }
    found = found || (low <= c && c <= high);
    ++i;
  }
  if (i >= pattern.size()) {  // no closing bracket
    *at += 1;
    return c == '[';
  }
  *at = i + 1;
  return found != negated;
}

/// One segment of a path, without '/'.
bool MatchSegment(std::string_view pattern, std::string_view text) {
  if (text.starts_with('.') && !pattern.starts_with('.')) {
    return false;
  }
  size_t p = 0;
  size_t t = 0;
  size_t star = std::string_view::npos;
  size_t star_text = 0;
  while (t < text.size()) {
    size_t next = p;
    bool matched = false;
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
      continue;
    }
    if (p < pattern.size() && pattern[p] == '?') {
      matched = true;
      next = p + 1;
    } else if (p < pattern.size() && pattern[p] == '[') {
      matched = MatchClass(pattern, &next, text[t]);
    } else if (p < pattern.size()) {
      if (pattern[p] == '\\' && p + 1 < pattern.size()) {
        ++p;
      }
      matched = pattern[p] == text[t];
      next = p + 1;
    }
    if (matched) {
      p = next;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') {
    ++p;
  }
  return p == pattern.size();
}

std::vector<std::string_view> Segments(std::string_view path) {
  std::vector<std::string_view> out;
  while (true) {
    const size_t slash = path.find('/');
    out.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) {
      return out;
    }
    path.remove_prefix(slash + 1);
  }
}

}  // namespace

bool HasWildcard(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '*' || text[i] == '?' || text[i] == '[') {
      return true;
    }
  }
  return false;
}

bool GlobMatch(std::string_view pattern, std::string_view path) {
  const std::vector<std::string_view> patterns = Segments(pattern);
  const std::vector<std::string_view> names = Segments(path);
  // reachable[j]: the patterns so far can take exactly the first j names.
  std::vector<bool> reachable(names.size() + 1, false);
  reachable[0] = true;
  for (const std::string_view segment : patterns) {
    std::vector<bool> next(names.size() + 1, false);
    bool through = false;
    for (size_t j = 0; j <= names.size(); ++j) {
      if (segment == "**") {
        through = (through && (j == 0 || !names[j - 1].starts_with('.'))) || reachable[j];
        next[j] = through;
      } else if (j > 0) {
        next[j] = reachable[j - 1] && MatchSegment(segment, names[j - 1]);
      }
    }
    reachable = std::move(next);
  }
  return reachable[names.size()];
}

std::string_view FixedPrefix(std::string_view pattern) {
  size_t end = 0;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '/') {
      continue;
    }
    if (HasWildcard(pattern.substr(0, i))) {
      break;
    }
    end = i + 1;
  }
  return pattern.substr(0, end);
}

}  // namespace tarn::ingest::internal
