#include "tarn/storage/internal/journal_record.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

#include <fmt/format.h>

namespace tarn::storage {
namespace {

constexpr std::array<FileState, 5> kStates = {FileState::kOpen, FileState::kClosing,
                                              FileState::kClosed, FileState::kCommitted,
                                              FileState::kAborted};
constexpr size_t kFields = 7;  // behind the checksum

uint32_t ChecksumOf(std::string_view text) {
  uint32_t sum = 2'166'136'261U;
  for (const char c : text) {
    sum = (sum ^ static_cast<uint8_t>(c)) * 16'777'619U;
  }
  return sum;
}

/// Without spaces, line ends and other characters that a line gives a meaning.
std::string Encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte <= ' ' || c == '%' || byte == 0x7F) {
      encoded += fmt::format("%{:02X}", byte);
    } else {
      encoded += c;
    }
  }
  return encoded.empty() ? "%" : encoded;  // no field is empty
}

template <typename Number>
std::optional<Number> NumberOf(std::string_view text, int base = 10) {
  Number number = 0;
  const char* end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, number, base);
  return error == std::errc() && last == end ? std::optional(number) : std::nullopt;
}

std::optional<std::string> Decoded(std::string_view text) {
  std::string decoded;
  if (text == "%") {
    return decoded;
  }
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const auto byte = NumberOf<uint8_t>(text.substr(i + 1, 2), 16);
    if (!byte || i + 2 >= text.size()) {
      return std::nullopt;
    }
    decoded += static_cast<char>(*byte);
    i += 2;
  }
  return decoded;
}

std::optional<FileState> StateOf(std::string_view name) {
  for (const FileState state : kStates) {
    if (ToString(state) == name) {
      return state;
    }
  }
  return std::nullopt;
}

std::vector<std::string_view> Split(std::string_view line) {
  std::vector<std::string_view> fields;
  while (true) {
    const size_t space = line.find(' ');
    fields.push_back(line.substr(0, space));
    if (space == std::string_view::npos) {
      return fields;
    }
    line.remove_prefix(space + 1);
  }
}

std::optional<JournaledFile> FileOf(std::string_view line) {
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) {
    return std::nullopt;
  }
  const auto sum = NumberOf<uint32_t>(line.substr(0, space), 16);
  line.remove_prefix(space + 1);
  if (!sum || *sum != ChecksumOf(line)) {
    return std::nullopt;
  }
  const std::vector<std::string_view> fields = Split(line);
  if (fields.size() != kFields) {
    return std::nullopt;
  }
  const auto state = StateOf(fields[0]);
  const auto opened = NumberOf<int64_t>(fields[1]);
  const auto noted = NumberOf<int64_t>(fields[2]);
  const auto bytes = NumberOf<int64_t>(fields[3]);
  const auto rows = NumberOf<int64_t>(fields[4]);
  const auto table = Decoded(fields[5]);
  const auto location = Decoded(fields[6]);
  if (!state || !opened || !noted || !bytes || !rows || !table || !location) {
    return std::nullopt;
  }
  return JournaledFile{.location = *location,
                       .table = *table,
                       .state = *state,
                       .bytes = *bytes,
                       .rows = *rows,
                       .opened = std::chrono::milliseconds(*opened),
                       .noted = std::chrono::milliseconds(*noted)};
}

}  // namespace

std::string_view ToString(FileState state) {
  switch (state) {
    case FileState::kOpen:
      return "open";
    case FileState::kClosing:
      return "closing";
    case FileState::kClosed:
      return "closed";
    case FileState::kCommitted:
      return "committed";
    case FileState::kAborted:
      return "aborted";
  }
  return "";
}

std::string JournalLine(const JournaledFile& file) {
  const std::string fields =
      fmt::format("{} {} {} {} {} {} {}", ToString(file.state), file.opened.count(),
                  file.noted.count(), file.bytes, file.rows, Encoded(file.table),
                  Encoded(file.location));
  return fmt::format("{:08x} {}\n", ChecksumOf(fields), fields);
}

std::map<std::string, JournaledFile> ReplayJournal(std::string_view text) {
  std::map<std::string, JournaledFile> files;
  for (size_t end = text.find('\n'); end != std::string_view::npos;
       end = text.find('\n')) {
    const std::optional<JournaledFile> file = FileOf(text.substr(0, end));
    text.remove_prefix(end + 1);
    if (!file) {
      continue;
    }
    if (file->state == FileState::kCommitted || file->state == FileState::kAborted) {
      files.erase(file->location);
    } else {
      files[file->location] = *file;
    }
  }
  return files;
}

}  // namespace tarn::storage
