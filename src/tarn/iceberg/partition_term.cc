// Partition fields as people declare them, in Trino's and in Spark's spelling.
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/base/overload.h"
#include "tarn/iceberg/partition_spec.h"

namespace tarn::iceberg {
namespace {

Status BadTerm(std::string_view text, const std::string& problem) {
  return MakeError(ErrorCode::kSyntax,
                   problem + " in the partition field '" + std::string(text) +
                       "'; write a column, year, month, day or hour(column), "
                       "bucket(column, N) or truncate(column, N)");
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsNameChar(char c) {
  // Bytes of other than ASCII characters belong to letters for all that we know.
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || IsDigit(c) || c == '_' ||
         c == '$' || c == '@' || static_cast<uint8_t>(c) >= 0x80;
}

class TermScanner {
 public:
  explicit TermScanner(std::string_view text) : rest_(text) {}

  bool AtEnd() {
    SkipSpace();
    return rest_.empty();
  }

  bool Take(char c) {
    SkipSpace();
    if (rest_.empty() || rest_.front() != c) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<int32_t> TakeNumber() {
    SkipSpace();
    size_t digits = 0;
    while (digits < rest_.size() && IsDigit(rest_[digits])) {
      ++digits;
    }
    const bool is_name =
        digits < rest_.size() && (IsNameChar(rest_[digits]) || rest_[digits] == '.');
    if (digits == 0 || is_name) {
      return std::nullopt;
    }
    int32_t number = 0;
    const auto parsed = std::from_chars(rest_.data(), rest_.data() + digits, number);
    if (parsed.ec != std::errc()) {
      number = 0;  // too large is as wrong as zero
    }
    rest_.remove_prefix(digits);
    return number;
  }

  // A column's full name: parts between dots, each plain or in quotes. `quoted` tells if
  // any is.
  std::optional<std::string> TakeName(bool* quoted) {
    SkipSpace();
    std::string name;
    *quoted = false;
    do {
      const bool in_quotes =
          !rest_.empty() && (rest_.front() == '"' || rest_.front() == '`');
      const auto part = in_quotes ? TakeQuoted() : TakePlain();
      if (!part) {
        return std::nullopt;
      }
      *quoted = *quoted || in_quotes;
      name += (name.empty() ? "" : ".") + *part;
    } while (TakeDot());
    return name;
  }

 private:
  void SkipSpace() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t' ||
                              rest_.front() == '\n' || rest_.front() == '\r')) {
      rest_.remove_prefix(1);
    }
  }

  bool TakeDot() {
    if (rest_.empty() || rest_.front() != '.') {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<std::string> TakePlain() {
    size_t length = 0;
    while (length < rest_.size() && IsNameChar(rest_[length])) {
      ++length;
    }
    if (length == 0) {
      return std::nullopt;
    }
    std::string part(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return part;
  }

  // A doubled quote stands for one.
  std::optional<std::string> TakeQuoted() {
    const char quote = rest_.front();
    std::string part;
    for (size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] != quote) {
        part += rest_[i];
      } else if (i + 1 < rest_.size() && rest_[i + 1] == quote) {
        part += rest_[i++];
      } else {
        rest_.remove_prefix(i + 1);
        return part.empty() ? std::nullopt : std::optional(std::move(part));
      }
    }
    return std::nullopt;
  }

  std::string_view rest_;
};

struct Arguments {
  std::optional<std::string> column;
  std::optional<int32_t> number;
  int count = 0;
};

std::optional<Arguments> TakeArguments(TermScanner& scanner) {
  Arguments arguments;
  do {
    ++arguments.count;
    if (const auto number = scanner.TakeNumber()) {
      arguments.number = number;
      continue;
    }
    bool quoted = false;
    arguments.column = scanner.TakeName(&quoted);
    if (!arguments.column) {
      return std::nullopt;
    }
  } while (scanner.Take(','));
  if (!scanner.Take(')') || !scanner.AtEnd()) {
    return std::nullopt;
  }
  return arguments;
}

struct NamedTransform {
  std::string_view name;
  Transform transform;
};

// Functions of one column.
std::optional<Transform> FindFunction(const std::string& name) {
  static const std::array<NamedTransform, 14> kFunctions = {{
      {"identity", Identity{}},
      {"year", Year{}},
      {"years", Year{}},
      {"month", Month{}},
      {"months", Month{}},
      {"day", Day{}},
      {"days", Day{}},
      {"date", Day{}},
      {"hour", Hour{}},
      {"hours", Hour{}},
      {"date_hour", Hour{}},
      {"void", Void{}},
      {"always_null", Void{}},
      {"alwaysnull", Void{}},
  }};
  for (const NamedTransform& function : kFunctions) {
    if (function.name == name) {
      return function.transform;
    }
  }
  return std::nullopt;
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return lower;
}

Result<PartitionTerm> ParseFunction(std::string_view text, const std::string& name,
                                    TermScanner& scanner) {
  const bool is_bucket = name == "bucket";
  const bool has_number = is_bucket || name == "truncate";
  const std::optional<Transform> function = FindFunction(name);
  if (!has_number && !function) {
    return BadTerm(text, "There is no transform '" + name + "'");
  }
  const std::optional<Arguments> arguments = TakeArguments(scanner);
  if (!arguments || !arguments->column || arguments->count != (has_number ? 2 : 1)) {
    return BadTerm(text, "Wrong arguments for '" + name + "'");
  }
  if (!has_number) {
    return PartitionTerm{*function, *arguments->column};
  }
  if (!arguments->number || *arguments->number < 1) {
    return BadTerm(text, "'" + name + "' needs a positive number");
  }
  PartitionTerm term{Bucket{*arguments->number}, *arguments->column};
  if (!is_bucket) {
    term.transform = Truncate{*arguments->number};
  }
  return term;
}

}  // namespace

Result<PartitionTerm> ParsePartitionTerm(std::string_view text) {
  TermScanner scanner(text);
  bool quoted = false;
  const std::optional<std::string> name = scanner.TakeName(&quoted);
  if (!name) {
    return BadTerm(text, "No column name");
  }
  if (scanner.AtEnd()) {
    return PartitionTerm{Identity{}, *name};
  }
  if (quoted || !scanner.Take('(')) {
    return BadTerm(text, "Unexpected text after the name");
  }
  return ParseFunction(text, LowerCase(*name), scanner);
}

std::string DefaultPartitionName(const Transform& transform, std::string_view column) {
  const auto with = [&](const char* suffix) { return std::string(column) + suffix; };
  return std::visit(
      Overload{
          [&](Identity) { return with(""); }, [&](Bucket) { return with("_bucket"); },
          [&](Truncate) { return with("_trunc"); }, [&](Year) { return with("_year"); },
          [&](Month) { return with("_month"); }, [&](Day) { return with("_day"); },
          [&](Hour) { return with("_hour"); }, [&](Void) { return with("_null"); },
          [&](const UnknownTransform&) { return with("_unknown"); }},
      transform);
}

}  // namespace tarn::iceberg
