#include "tarn/engine/internal/trino_functions/json_path.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/json_path_items.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/value_text.h"

namespace tarn::engine {
namespace {

/// What a part of a path is evaluated against.
struct Scope {
  const JsonValue* root = nullptr;
  const JsonValue* current = nullptr;    // @ in a filter
  const JsonValue* variables = nullptr;  // an object of what PASSING named
};

using Evaluate = std::function<MaybeItems(const Scope&)>;
using Predicate = std::function<Truth(const Scope&)>;
using Step = std::function<bool(const JsonValue&, JsonItems*)>;  // false: it fails

/// What is longer is refused, and what nests deeper: both are recursion later.
constexpr size_t kPathSizeMax = 8'192;
constexpr int kPathDepthMax = 200;
/// Levels tried in all: what is in parentheses may be read twice, and twice within that.
constexpr int kPathLevelsMax = 50'000;

class PathParser {
 public:
  explicit PathParser(std::string_view path) : path_(path), rest_(path) {}

  Evaluate Parse() {
    if (path_.size() > kPathSizeMax) {
      ThrowTrino(kInvalidArgument,
                 fmt::format("a JSON path has at most {} bytes, this one {}",
                             kPathSizeMax, path_.size()));
    }
    if (TakeWord("strict")) {
      lax_ = false;
    } else {
      TakeWord("lax");
    }
    Evaluate evaluate = Sum();
    SkipBlanks();
    if (!rest_.empty()) {
      Fail();
    }
    return evaluate;
  }

 private:
  [[noreturn]] void Fail() const {
    ThrowTrino(kInvalidArgument,
               fmt::format("invalid JSON path: '{}', at '{}'", path_, rest_));
  }

  /// One level of nesting while it lives.
  class Level {
   public:
    explicit Level(PathParser& parser) : parser_(parser) {
      if (++parser_.depth_ > kPathDepthMax || ++parser_.levels_ > kPathLevelsMax) {
        --parser_.depth_;
        ThrowTrino(kInvalidArgument, "a JSON path nests too deeply");
      }
    }
    ~Level() { --parser_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    PathParser& parser_;
  };

  void SkipBlanks() {
    while (!rest_.empty() && static_cast<unsigned char>(rest_.front()) <= ' ') {
      rest_.remove_prefix(1);
    }
  }

  bool Take(std::string_view symbol) {
    SkipBlanks();
    if (!rest_.starts_with(symbol)) {
      return false;
    }
    rest_.remove_prefix(symbol.size());
    return true;
  }

  void Expect(std::string_view symbol) {
    if (!Take(symbol)) {
      Fail();
    }
  }

  static bool IsWordCharacter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || static_cast<unsigned char>(c) >= 0x80;
  }

  std::string_view Word() {
    SkipBlanks();
    size_t size = 0;
    while (size < rest_.size() && IsWordCharacter(rest_[size])) {
      ++size;
    }
    const std::string_view word = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return word;
  }

  bool TakeWord(std::string_view word) {
    const std::string_view before = rest_;
    if (Word() == word) {
      return true;
    }
    rest_ = before;
    return false;
  }

  /// Up to the closing quote; two quotes are one within the text.
  std::string Quoted() {
    std::string text;
    while (!rest_.empty() && (rest_.front() != '"' || rest_.starts_with("\"\""))) {
      if ((rest_.front() == '\\' || rest_.front() == '"') && rest_.size() > 1) {
        rest_.remove_prefix(1);
      }
      text += rest_.front();
      rest_.remove_prefix(1);
    }
    Expect("\"");
    return text;
  }

  // --- arithmetic ----------------------------------------------------------------------

  Evaluate Combine(char symbol, Evaluate left, Evaluate right) {
    return
        [symbol, left = std::move(left), right = std::move(right)](const Scope& scope) {
          return Calculate(symbol, left(scope), right(scope));
        };
  }

  Evaluate Sum() {
    const Level level(*this);
    Evaluate left = Product();
    for (;;) {
      if (Take("+")) {
        left = Combine('+', std::move(left), Product());
      } else if (Take("-")) {
        left = Combine('-', std::move(left), Product());
      } else {
        return left;
      }
    }
  }

  Evaluate Product() {
    Evaluate left = Signed();
    for (;;) {
      if (Take("*")) {
        left = Combine('*', std::move(left), Signed());
      } else if (Take("/")) {
        left = Combine('/', std::move(left), Signed());
      } else if (Take("%")) {
        left = Combine('%', std::move(left), Signed());
      } else {
        return left;
      }
    }
  }

  Evaluate Signed() {
    const Level level(*this);
    if (Take("-")) {
      const Evaluate zero = [](const Scope&) { return JsonItems{IntegerItem(0)}; };
      return Combine('-', zero, Signed());
    }
    Take("+");
    return Accessors(Primary());
  }

  Evaluate Constant(JsonValue value) {
    return [value = std::move(value)](const Scope&) { return JsonItems{value}; };
  }

  Evaluate Primary() {
    if (Take("$")) {
      if (!rest_.empty() && IsWordCharacter(rest_.front())) {
        return Variable();
      }
      return [](const Scope& scope) { return JsonItems{*scope.root}; };
    }
    if (Take("@")) {
      return [](const Scope& scope) {
        return scope.current == nullptr ? MaybeItems() : JsonItems{*scope.current};
      };
    }
    if (Take("(")) {
      Evaluate inner = Sum();
      Expect(")");
      return inner;
    }
    if (Take("\"")) {
      return Constant(TextItem(Quoted()));
    }
    return Literal();
  }

  /// What PASSING gave the name; in lax mode an array stands for itself, as the input
  /// does.
  Evaluate Variable() {
    size_t size = 0;
    while (size < rest_.size() && IsWordCharacter(rest_[size])) {
      ++size;
    }
    const std::string name(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return [name](const Scope& scope) {
      const JsonValue* value =
          scope.variables == nullptr ? nullptr : scope.variables->Member(name);
      if (value == nullptr) {
        ThrowTrino(kInvalidPath, "no value passed for parameter " + name);
      }
      return JsonItems{*value};
    };
  }

  Evaluate Literal() {
    if (TakeWord("true")) {
      return Constant({.kind = JsonKind::kBoolean, .boolean = true});
    }
    if (TakeWord("false")) {
      return Constant({.kind = JsonKind::kBoolean});
    }
    if (TakeWord("null")) {
      return Constant({});
    }
    SkipBlanks();
    const size_t size = std::min(rest_.find_first_not_of("0123456789.eE"), rest_.size());
    const std::string_view number = rest_.substr(0, size);
    if (!ParseDouble(number)) {
      Fail();
    }
    rest_.remove_prefix(size);
    return Constant({.kind = JsonKind::kNumber, .text = std::string(number)});
  }

  // --- accessors -----------------------------------------------------------------------

  Evaluate Then(Evaluate before, Step step) {
    return [before = std::move(before),
            step = std::move(step)](const Scope& scope) -> MaybeItems {
      const MaybeItems items = before(scope);
      JsonItems result;
      for (size_t i = 0; items && i < items->size(); ++i) {
        if (!step((*items)[i], &result)) {
          return {};
        }
      }
      return items ? MaybeItems(std::move(result)) : std::nullopt;
    };
  }

  /// In lax mode an array stands for its elements.
  Step Unwrapped(Step step) {
    return [step, lax = lax_](const JsonValue& item, JsonItems* result) {
      if (!lax || item.kind != JsonKind::kArray) {
        return step(item, result);
      }
      for (const JsonValue& element : item.items) {
        if (!step(element, result)) {
          return false;
        }
      }
      return true;
    };
  }

  Step MemberStep(std::string name) {
    return Unwrapped(
        [name = std::move(name), lax = lax_](const JsonValue& item, JsonItems* result) {
          const JsonValue* member = item.Member(name);
          if (member != nullptr) {
            result->push_back(*member);
          }
          return member != nullptr || lax;
        });
  }

  Step AnyMemberStep() {
    return Unwrapped([lax = lax_](const JsonValue& item, JsonItems* result) {
      for (const auto& [name, member] : item.members) {
        result->push_back(member);
      }
      return item.kind == JsonKind::kObject || lax;
    });
  }

  Evaluate Accessors(Evaluate evaluate) {
    for (;;) {
      if (Take("[")) {
        evaluate = Elements(std::move(evaluate));
      } else if (Take("?")) {
        evaluate = Filtered(std::move(evaluate));
      } else if (Take(".")) {
        evaluate = AfterDot(std::move(evaluate));
      } else {
        return evaluate;
      }
    }
  }

  Evaluate AfterDot(Evaluate before) {
    if (Take("\"")) {
      return Then(std::move(before), MemberStep(Quoted()));
    }
    if (Take("*")) {
      return Then(std::move(before), AnyMemberStep());
    }
    const std::string name(Word());
    if (name.empty()) {
      Fail();
    }
    if (!Take("(")) {
      return Then(std::move(before), MemberStep(name));
    }
    Expect(")");
    return Then(std::move(before), Method(name));
  }

  Evaluate Elements(Evaluate before) {
    if (Take("*")) {
      Expect("]");
      return Then(std::move(before),
                  [lax = lax_](const JsonValue& item, JsonItems* result) {
                    if (item.kind != JsonKind::kArray) {
                      result->push_back(item);
                      return lax;
                    }
                    result->insert(result->end(), item.items.begin(), item.items.end());
                    return true;
                  });
    }
    std::vector<std::pair<Index, Index>> ranges;
    do {
      const Index first = ReadIndex();
      ranges.emplace_back(first, TakeWord("to") ? ReadIndex() : first);
    } while (Take(","));
    Expect("]");
    return Then(std::move(before), ElementStep(std::move(ranges)));
  }

  /// "3", "last", "last - 1"
  struct Index {
    bool from_last = false;
    int64_t offset = 0;
    int64_t In(int64_t size) const { return from_last ? size - 1 - offset : offset; }
  };

  Index ReadIndex() {
    const bool last = TakeWord("last");
    if (last && !Take("-")) {
      return {.from_last = true};
    }
    const auto number = ParseInteger(Word());
    if (!number) {
      Fail();
    }
    return {.from_last = last, .offset = *number};
  }

  Step ElementStep(std::vector<std::pair<Index, Index>> ranges) {
    return [ranges = std::move(ranges), lax = lax_](const JsonValue& item,
                                                    JsonItems* result) {
      const JsonValue wrapped{.kind = JsonKind::kArray, .items = {item}};
      if (item.kind != JsonKind::kArray && !lax) {
        return false;
      }
      const auto& items = item.kind == JsonKind::kArray ? item.items : wrapped.items;
      const auto size = static_cast<int64_t>(items.size());
      for (const auto& [first, last] : ranges) {
        const int64_t begin = first.In(size);
        const int64_t end = last.In(size);
        if (!lax && (begin < 0 || end >= size || begin > end)) {
          return false;
        }
        for (int64_t i = std::max<int64_t>(begin, 0); i <= end && i < size; ++i) {
          result->push_back(items[static_cast<size_t>(i)]);
        }
      }
      return true;
    };
  }

  // --- methods -------------------------------------------------------------------------

  Step NumberMethod(double (*function)(double)) {
    return Unwrapped([function](const JsonValue& item, JsonItems* result) {
      if (item.kind != JsonKind::kNumber) {
        return false;
      }
      const double number = function(NumberOf(item));
      result->push_back(IsWhole(item) ? IntegerItem(static_cast<int64_t>(number))
                                      : NumberItem(number));
      return true;
    });
  }

  Step Method(const std::string& name) {
    if (name == "abs") {
      return NumberMethod([](double x) { return std::abs(x); });
    }
    if (name == "floor") {
      return NumberMethod([](double x) { return std::floor(x); });
    }
    if (name == "ceiling") {
      return NumberMethod([](double x) { return std::ceil(x); });
    }
    if (name == "type") {
      return [](const JsonValue& item, JsonItems* result) {
        result->push_back(TextItem(KindName(item.kind)));
        return true;
      };
    }
    if (name == "size") {
      return [lax = lax_](const JsonValue& item, JsonItems* result) {
        const bool array = item.kind == JsonKind::kArray;
        result->push_back(
            IntegerItem(array ? static_cast<int64_t>(item.items.size()) : 1));
        return array || lax;
      };
    }
    if (name == "double") {
      return Unwrapped([](const JsonValue& item, JsonItems* result) {
        const auto number = ParseDouble(item.text);
        const bool taken =
            item.kind == JsonKind::kNumber || item.kind == JsonKind::kString;
        if (taken && number) {
          result->push_back(NumberItem(*number));
        }
        return taken && number.has_value();
      });
    }
    ThrowTrino(kNotSupportedHere, "JSON path method is not supported: " + name + "()");
  }

  // --- filters -------------------------------------------------------------------------

  Evaluate Filtered(Evaluate before) {
    Expect("(");
    const Predicate predicate = Or();
    Expect(")");
    return [before = std::move(before), predicate,
            lax = lax_](const Scope& scope) -> MaybeItems {
      const MaybeItems items = before(scope);
      JsonItems kept;
      const auto keep = [&](const JsonValue& item) {
        if (predicate(
                {.root = scope.root, .current = &item, .variables = scope.variables})
                .value_or(false)) {
          kept.push_back(item);
        }
      };
      for (size_t i = 0; items && i < items->size(); ++i) {
        const JsonValue& item = (*items)[i];
        if (lax && item.kind == JsonKind::kArray) {
          std::for_each(item.items.begin(), item.items.end(), keep);
        } else {
          keep(item);
        }
      }
      return items ? MaybeItems(std::move(kept)) : std::nullopt;
    };
  }

  Predicate Or() {
    const Level level(*this);
    Predicate left = And();
    while (Take("||")) {
      left = [left = std::move(left), right = And()](const Scope& scope) -> Truth {
        const Truth a = left(scope);
        const Truth b = right(scope);
        const bool unknown = !a || !b;
        return a == true || b == true ? Truth(true) : unknown ? Truth() : Truth(false);
      };
    }
    return left;
  }

  Predicate And() {
    Predicate left = Not();
    while (Take("&&")) {
      left = [left = std::move(left), right = Not()](const Scope& scope) -> Truth {
        const Truth a = left(scope);
        const Truth b = right(scope);
        const bool unknown = !a || !b;
        return a == false || b == false ? Truth(false) : unknown ? Truth() : Truth(true);
      };
    }
    return left;
  }

  Predicate Not() {
    if (Take("!")) {
      Expect("(");
      const Predicate inner = Or();
      Expect(")");
      return [inner](const Scope& scope) -> Truth {
        const Truth truth = inner(scope);
        return truth ? Truth(!*truth) : Truth();
      };
    }
    if (TakeWord("exists")) {
      Expect("(");
      const Evaluate inner = Sum();
      Expect(")");
      return [inner](const Scope& scope) -> Truth {
        const MaybeItems items = inner(scope);
        return items ? Truth(!items->empty()) : Truth();
      };
    }
    return Comparison();
  }

  Predicate Comparison() {
    const std::string_view before = rest_;
    if (Take("(")) {  // of predicates, or of a value
      try {
        const Predicate inner = Or();
        Expect(")");
        return inner;
      } catch (const std::exception&) {
        rest_ = before;
      }
    }
    const Evaluate left = Sum();
    if (TakeWord("starts")) {
      if (!TakeWord("with")) {
        Fail();
      }
      return StartsWith(left, Sum());
    }
    for (const std::string_view symbol : {"==", "!=", "<>", "<=", ">=", "<", ">"}) {
      if (Take(symbol)) {
        return Compare(left, std::string(symbol), Sum());
      }
    }
    if (TakeWord("like_regex")) {
      ThrowTrino(kNotSupportedHere, "like_regex in a JSON path is not supported");
    }
    Fail();
  }

  static Predicate Compare(const Evaluate& left, const std::string& symbol,
                           const Evaluate& right) {
    return [=](const Scope& scope) {
      return AnyCompares(left(scope), symbol, right(scope));
    };
  }

  static Predicate StartsWith(const Evaluate& left, const Evaluate& right) {
    return [=](const Scope& scope) { return AnyStartsWith(left(scope), right(scope)); };
  }

  std::string_view path_;
  std::string_view rest_;
  bool lax_ = true;
  int depth_ = 0;
  int levels_ = 0;
};

}  // namespace

JsonPathReader ReadJsonPath(std::string_view path) {
  return [evaluate = PathParser(path).Parse()](const JsonValue& value,
                                               const JsonValue* variables) {
    return evaluate({.root = &value, .variables = variables});
  };
}

std::optional<JsonItems> EvaluatePath(const JsonValue& value, std::string_view path,
                                      const JsonValue* variables) {
  thread_local std::string last_path;
  thread_local JsonPathReader last;
  if (!last || last_path != path) {
    last = ReadJsonPath(path);
    last_path = path;
  }
  return last(value, variables);
}

}  // namespace tarn::engine
