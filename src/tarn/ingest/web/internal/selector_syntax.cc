#include "tarn/ingest/web/internal/selector_syntax.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "tarn/base/error.h"

namespace tarn::ingest::web::internal {
namespace {

constexpr size_t kTextBytesMax = 4096;
constexpr int kDepthMax = 8;  // of :not(:is(…))

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

bool IsIdentChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         c == '-' || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

std::string Lower(std::string text) {
  for (char& c : text) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return text;
}

enum class Relative : uint8_t { kNo, kYes };

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<std::vector<Complex>> ParseAll() {
    ARROW_ASSIGN_OR_RAISE(auto list, ParseList(Relative::kNo, 0));
    if (at_ < text_.size()) {
      return Wrong("what is this");
    }
    return list;
  }

 private:
  Status Wrong(std::string_view what) const {
    return MakeError(
        ErrorCode::kInvalidArgument,
        fmt::format("Not a CSS selector, {} at character {}: {}", what, at_ + 1, text_));
  }
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool Take(char c) {
    if (Peek() != c || at_ >= text_.size()) {
      return false;
    }
    ++at_;
    return true;
  }
  bool SkipSpace() {
    const size_t begin = at_;
    while (at_ < text_.size() && IsSpace(text_[at_])) {
      ++at_;
    }
    return at_ > begin;
  }

  Result<std::string> Identifier() {
    std::string name;
    while (at_ < text_.size()) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        name += text_[at_ + 1];
        at_ += 2;
      } else if (IsIdentChar(text_[at_])) {
        name += text_[at_++];
      } else {
        break;
      }
    }
    if (name.empty()) {
      return Wrong("a name is missing");
    }
    return name;
  }

  Result<std::string> Quoted() {
    const char quote = text_[at_++];
    std::string value;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        ++at_;
      }
      value += text_[at_++];
    }
    if (!Take(quote)) {
      return Wrong("a quote is not closed");
    }
    return value;
  }

  Result<std::vector<Complex>> ParseList(Relative relative, int depth) {
    if (depth > kDepthMax) {
      return Wrong("too deep");
    }
    std::vector<Complex> list;
    do {
      ARROW_ASSIGN_OR_RAISE(list.emplace_back(), ParseComplex(relative, depth));
    } while (Take(','));
    return list;
  }

  std::optional<Combinator> TakeSign() {
    if (Take('>')) {
      return Combinator::kChild;
    }
    if (Take('+')) {
      return Combinator::kNext;
    }
    if (Take('~')) {
      return Combinator::kLater;
    }
    return std::nullopt;
  }

  Result<Complex> ParseComplex(Relative relative, int depth) {
    Complex complex;
    SkipSpace();
    Combinator before = Combinator::kNone;
    if (relative == Relative::kYes) {
      before = TakeSign().value_or(Combinator::kDescendant);
      SkipSpace();
    }
    while (true) {
      ARROW_ASSIGN_OR_RAISE(Compound compound, ParseCompound(depth));
      compound.before = before;
      complex.compounds.push_back(std::move(compound));
      const bool space = SkipSpace();
      const std::optional<Combinator> sign = TakeSign();
      if (sign) {
        SkipSpace();
        before = *sign;
      } else if (space && at_ < text_.size() && Peek() != ',' && Peek() != ')') {
        before = Combinator::kDescendant;
      } else {
        return complex;
      }
    }
  }

  Result<Compound> ParseCompound(int depth) {
    Compound compound;
    bool is_any = false;
    if (Take('*')) {
      is_any = true;
    } else if (IsIdentChar(Peek()) || Peek() == '\\') {
      ARROW_ASSIGN_OR_RAISE(std::string name, Identifier());
      compound.tests.push_back({.kind = TestKind::kType, .name = std::move(name)});
    }
    while (true) {
      if (Take('#')) {
        ARROW_ASSIGN_OR_RAISE(std::string id, Identifier());
        compound.tests.push_back({.kind = TestKind::kId, .value = std::move(id)});
      } else if (Take('.')) {
        ARROW_ASSIGN_OR_RAISE(std::string name, Identifier());
        compound.tests.push_back({.kind = TestKind::kClass, .value = std::move(name)});
      } else if (Take('[')) {
        ARROW_ASSIGN_OR_RAISE(compound.tests.emplace_back(), ParseAttribute());
      } else if (Take(':')) {
        ARROW_RETURN_NOT_OK(ParsePseudo(depth, &compound));
      } else {
        break;
      }
    }
    if (compound.tests.empty() && !is_any) {
      return Wrong("an element is missing");
    }
    return compound;
  }

  Result<Test> ParseAttribute() {
    SkipSpace();
    Test test{.kind = TestKind::kHasAttribute};
    ARROW_ASSIGN_OR_RAISE(test.name, Identifier());
    test.name = Lower(std::move(test.name));
    SkipSpace();
    if (Take(']')) {
      return test;
    }
    constexpr std::pair<char, TestKind> kSigns[] = {{'~', TestKind::kAttributeHasWord},
                                                    {'|', TestKind::kAttributeDashed},
                                                    {'^', TestKind::kAttributeBegins},
                                                    {'$', TestKind::kAttributeEnds},
                                                    {'*', TestKind::kAttributeHas}};
    test.kind = TestKind::kAttributeIs;
    for (const auto& [sign, kind] : kSigns) {
      if (Take(sign)) {
        test.kind = kind;
        break;
      }
    }
    if (!Take('=')) {
      return Wrong("'=' is missing");
    }
    SkipSpace();
    if (Peek() == '"' || Peek() == '\'') {
      ARROW_ASSIGN_OR_RAISE(test.value, Quoted());
    } else {
      ARROW_ASSIGN_OR_RAISE(test.value, Identifier());
    }
    SkipSpace();
    if (Take('i') || Take('I')) {
      test.ignores_case = true;
      SkipSpace();
    }
    if (!Take(']')) {
      return Wrong("']' is missing");
    }
    return test;
  }

  static void AddNth(Compound* compound, TestKind kind, int32_t step, int32_t offset) {
    compound->tests.push_back({.kind = kind, .step = step, .offset = offset});
  }

  /// Without an argument; false if there is none of that name.
  bool AddPlainPseudo(const std::string& name, Compound* compound) {
    if (name == "first-child" || name == "only-child") {
      AddNth(compound, TestKind::kNthChild, 0, 1);
    }
    if (name == "last-child" || name == "only-child") {
      AddNth(compound, TestKind::kNthLastChild, 0, 1);
    }
    if (name == "first-of-type") {
      AddNth(compound, TestKind::kNthOfType, 0, 1);
    }
    if (name == "last-of-type") {
      compound->tests.push_back({.kind = TestKind::kLastOfType});
    }
    if (name == "empty" || name == "root") {
      compound->tests.push_back(
          {.kind = name == "empty" ? TestKind::kEmpty : TestKind::kRoot});
    }
    constexpr std::string_view kNames[] = {"first-child",   "only-child",   "last-child",
                                           "first-of-type", "last-of-type", "empty",
                                           "root"};
    return std::ranges::find(kNames, name) != std::end(kNames);
  }

  Status ParsePseudo(int depth, Compound* compound) {
    ARROW_ASSIGN_OR_RAISE(std::string name, Identifier());
    name = Lower(std::move(name));
    if (AddPlainPseudo(name, compound)) {
      return Status::OK();
    }
    if (!Take('(')) {
      return Wrong("':" + name + "' is not known");
    }
    SkipSpace();
    Test test{.kind = TestKind::kContains};
    if (name == "nth-child" || name == "nth-last-child" || name == "nth-of-type") {
      test.kind = name == "nth-child"        ? TestKind::kNthChild
                  : name == "nth-last-child" ? TestKind::kNthLastChild
                                             : TestKind::kNthOfType;
      ARROW_RETURN_NOT_OK(ParseNth(&test));
    } else if (name == "contains") {
      if (Peek() != '"' && Peek() != '\'') {
        return Wrong("a quoted text is missing");
      }
      ARROW_ASSIGN_OR_RAISE(test.value, Quoted());
    } else if (name == "not" || name == "is" || name == "where" || name == "has") {
      test.kind = name == "not"   ? TestKind::kNot
                  : name == "has" ? TestKind::kHas
                                  : TestKind::kIs;
      ARROW_ASSIGN_OR_RAISE(
          test.list,
          ParseList(name == "has" ? Relative::kYes : Relative::kNo, depth + 1));
    } else {
      return Wrong("':" + name + "()' is not known");
    }
    SkipSpace();
    if (!Take(')')) {
      return Wrong("')' is missing");
    }
    compound->tests.push_back(std::move(test));
    return Status::OK();
  }

  /// "odd", "even", "3", "2n+1", "-n + 3".
  Status ParseNth(Test* test) {
    std::string term;
    while (at_ < text_.size() && text_[at_] != ')') {
      if (!IsSpace(text_[at_])) {
        term += text_[at_];
      }
      ++at_;
    }
    term = Lower(std::move(term));
    if (term == "odd" || term == "even") {
      test->step = 2;
      test->offset = term == "odd" ? 1 : 0;
      return Status::OK();
    }
    const size_t n = term.find('n');
    std::string_view offset = term;
    if (n != std::string::npos) {
      const std::string step = term.substr(0, n);
      offset = std::string_view(term).substr(n + 1);
      const bool is_sign = step.empty() || step == "+" || step == "-";
      if (is_sign) {
        test->step = step == "-" ? -1 : 1;
      } else if (!ReadInteger(step, &test->step)) {
        return Wrong("a number is missing");
      }
      if (offset.empty()) {
        return Status::OK();
      }
    }
    return ReadInteger(offset, &test->offset) ? Status::OK()
                                              : Wrong("a number is missing");
  }

  static bool ReadInteger(std::string_view text, int32_t* number) {
    if (text.starts_with('+')) {
      text.remove_prefix(1);
    }
    const auto read = std::from_chars(text.data(), text.data() + text.size(), *number);
    return read.ec == std::errc() && read.ptr == text.data() + text.size() &&
           *number > -1'000'000 && *number < 1'000'000;
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Result<std::vector<Complex>> ParseSelectorList(std::string_view text) {
  if (text.size() > kTextBytesMax) {
    return MakeError(ErrorCode::kInvalidArgument, "The CSS selector is too long");
  }
  return Parser(text).ParseAll();
}

}  // namespace tarn::ingest::web::internal
