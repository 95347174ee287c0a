#include "tarn/cli/line_editor/history.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "tarn/base/logging.h"

namespace tarn::cli {
namespace {

constexpr size_t kEntriesMax = 5000;
constexpr size_t kEntryBytesMax = size_t{64} << 10;
constexpr char kLibeditMark[] = "_HiStOrY_V2_";
constexpr mode_t kOwnerOnly = 0600;

std::string Escaped(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (c == '\n') {
      line += "\\n";
    } else if (c == '\\') {
      line += "\\\\";
    } else if (c != '\r') {
      line += c;
    }
  }
  return line;
}

std::string Unescaped(std::string_view line) {
  std::string text;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size()) {
      ++i;
      text += line[i] == 'n' ? '\n' : line[i];
    } else {
      text += line[i];
    }
  }
  return text;
}

/// libedit writes some characters as \ and three octal digits.
std::string OfLibedit(std::string_view line) {
  const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
  std::string text;
  for (size_t i = 0; i < line.size(); ++i) {
    const bool is_code =
        line[i] == '\\' && i + 3 < line.size() &&
        std::all_of(line.begin() + static_cast<ptrdiff_t>(i) + 1,
                    line.begin() + static_cast<ptrdiff_t>(i) + 4, is_octal);
    if (is_code) {
      text += static_cast<char>((line[i + 1] - '0') * 64 + (line[i + 2] - '0') * 8 +
                                (line[i + 3] - '0'));
      i += 3;
    } else {
      text += line[i];
    }
  }
  return text;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

bool IsWordByte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' ||
         c == '.';
}

/// True if a quoted value comes right behind the word that ends at `end`: 'x', = 'x',
/// => 'x', ", 'x" or: 'x'.
bool ValueFollows(std::string_view text, size_t end) {
  while (end < text.size() &&
         std::string_view(" \t\n\"':=>,(").find(text[end]) != std::string_view::npos) {
    if (text[end] == '\'' && (end == 0 || !IsWordByte(text[end - 1]))) {
      return true;
    }
    ++end;
  }
  return false;
}

}  // namespace

bool HoldsSecret(std::string_view statement) {
  const std::string text = Lower(statement);
  for (size_t begin = 0; begin < text.size();) {
    if (!IsWordByte(text[begin])) {
      ++begin;
      continue;
    }
    size_t end = begin;
    while (end < text.size() && IsWordByte(text[end])) {
      ++end;
    }
    const std::string_view word = std::string_view(text).substr(begin, end - begin);
    const bool makes_secret = word == "secret" && text.find("create") < begin;
    if (makes_secret || (IsSecretName(word) && ValueFollows(text, end))) {
      return true;
    }
    begin = end;
  }
  return Redact(statement) != statement;
}

History::History(std::string file) : file_(std::move(file)) { Load(); }

void History::Load() {
  std::ifstream input(file_, std::ios::binary);
  std::string line;
  bool is_libedit = false;
  while (std::getline(input, line)) {
    if (entries_.empty() && line == kLibeditMark) {
      is_libedit = true;
    } else if (!line.empty()) {
      entries_.push_back(is_libedit ? OfLibedit(line) : Unescaped(line));
    }
  }
  input.close();
  if (is_libedit || entries_.size() > kEntriesMax + kEntriesMax / 10) {
    const size_t excess = entries_.size() - std::min(entries_.size(), kEntriesMax);
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<ptrdiff_t>(excess));
    std::erase_if(entries_, [](const std::string& entry) { return HoldsSecret(entry); });
    Rewrite();
  }
}

void History::Add(const std::string& entry) {
  if (entry.empty() || entry.size() > kEntryBytesMax ||
      (!entries_.empty() && entries_.back() == entry)) {
    return;
  }
  entries_.push_back(entry);
  if (!HoldsSecret(entry)) {
    Append(entry);
  }
}

void History::Append(const std::string& entry) {
  if (file_.empty()) {
    return;
  }
  const int file =
      ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kOwnerOnly);
  if (file < 0) {
    return;
  }
  ::fchmod(file, kOwnerOnly);  // also of a file that is older than this rule
  const std::string line = Escaped(entry) + "\n";
  static_cast<void>(!::write(file, line.data(), line.size()));
  ::close(file);
}

/// In a new file, which then takes the old one's name.
void History::Rewrite() {
  const std::string next = file_ + ".new";
  const int file =
      ::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kOwnerOnly);
  if (file < 0) {
    return;
  }
  std::string text;
  for (const std::string& entry : entries_) {
    text += Escaped(entry) + "\n";
  }
  const bool written =
      ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(file);
  std::error_code ignored;
  if (written) {
    std::filesystem::rename(next, file_, ignored);
  } else {
    std::filesystem::remove(next, ignored);
  }
}

std::optional<size_t> History::FindBefore(size_t before, std::string_view text) const {
  const std::string wanted = Lower(text);
  for (size_t i = std::min(before, entries_.size()); i-- > 0;) {
    if (Lower(entries_[i]).find(wanted) != std::string::npos) {
      return i;
    }
  }
  return std::nullopt;
}

std::string History::Continuation(std::string_view text) const {
  for (size_t i = entries_.size(); i-- > 0 && !text.empty();) {
    if (entries_[i].size() > text.size() && entries_[i].starts_with(text)) {
      return entries_[i].substr(text.size());
    }
  }
  return "";
}

}  // namespace tarn::cli
