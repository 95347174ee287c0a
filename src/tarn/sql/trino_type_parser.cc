#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "tarn/sql/cursor.h"
#include "tarn/sql/letter_case.h"
#include "tarn/sql/type_name.h"

namespace tarn::sql {
namespace {

constexpr int kTypeDepthMax = 64;

class TrinoTypeParser {
 public:
  explicit TrinoTypeParser(Cursor& cursor) : cursor_(cursor) {}

  Result<TypeName> Parse(int depth) {
    if (depth > kTypeDepthMax) {
      return cursor_.Fail("the type nests too deeply: at most " +
                          std::to_string(kTypeDepthMax) + " levels");
    }
    cursor_.NoteRule("<type>");
    ARROW_ASSIGN_OR_RAISE(TypeName type, ParseBase(depth));
    while (cursor_.Take("ARRAY")) {
      if (++depth > kTypeDepthMax) {
        return cursor_.Fail("the type nests too deeply: at most " +
                            std::to_string(kTypeDepthMax) + " levels");
      }
      TypeName array{.name = "array", .children = {}};
      array.children.push_back({"", std::move(type)});
      if (cursor_.TakeSymbol("[")) {
        RETURN_NOT_OK(cursor_.ExpectIntegerText());
        RETURN_NOT_OK(cursor_.ExpectSymbol("]"));
      }
      type = std::move(array);
    }
    return type;
  }

 private:
  Result<TypeName> ParseBase(int depth) {
    if (!cursor_.IsName()) {
      return cursor_.Mismatch();
    }
    if (cursor_.Is("INTERVAL") &&
        cursor_.IsAny({"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"}, 1)) {
      return ParseInterval();
    }
    TypeName type{.name = Lower(cursor_.TakeAny().text), .children = {}};
    if (type.name == "row" && cursor_.TakeSymbol("(")) {
      return ParseRow(std::move(type), depth);
    }
    if ((type.name == "array" || type.name == "map") && cursor_.IsSymbol("<")) {
      return ParseParameters(std::move(type), ">", depth);
    }
    if (type.name == "double") {
      cursor_.Take("PRECISION");
    }
    if (cursor_.IsSymbol("(")) {
      ARROW_ASSIGN_OR_RAISE(type, ParseParameters(std::move(type), ")", depth));
    } else {
      cursor_.Note("(");
    }
    if (type.name == "time" || type.name == "timestamp") {
      RETURN_NOT_OK(ParseZone(&type));
    }
    return type;
  }

  Result<TypeName> ParseInterval() {
    cursor_.TakeAny();
    TypeName type{.name = "interval " + Lower(cursor_.TakeAny().text), .children = {}};
    if (cursor_.Take("TO")) {
      const KeywordId field =
          cursor_.TakeOneOf({"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"});
      if (field == 0) {
        return cursor_.Mismatch();
      }
      type.name += " to " + Lower(KeywordText(field));
    }
    return type;
  }

  Status ParseZone(TypeName* type) {
    if (cursor_.Is("TIME", 1) && cursor_.Take("WITH")) {
      type->name += " with time zone";
      return cursor_.Expect({"TIME", "ZONE"});
    }
    if (cursor_.Is("TIME", 1) && cursor_.Take("WITHOUT")) {
      return cursor_.Expect({"TIME", "ZONE"});
    }
    return Status::OK();
  }

  /// (10, 2), (varchar, bigint), <bigint>.
  Result<TypeName> ParseParameters(TypeName type, std::string_view closing, int depth) {
    cursor_.TakeAny();
    do {
      if (cursor_.IsKind(TokenKind::kInteger)) {
        ARROW_ASSIGN_OR_RAISE(const int32_t argument, ExpectArgument());
        type.arguments.push_back(argument);
      } else if (cursor_.IsKind(TokenKind::kString)) {
        type.texts.push_back(cursor_.TakeAny().text);
      } else {
        cursor_.Note("<integer>");
        ARROW_ASSIGN_OR_RAISE(TypeName child, Parse(depth + 1));
        type.children.push_back({"", std::move(child)});
      }
    } while (cursor_.TakeSymbol(","));
    RETURN_NOT_OK(cursor_.ExpectSymbol(closing));
    const size_t children = type.name == "array" ? 1 : 2;
    if ((type.name == "array" || type.name == "map") &&
        (type.children.size() != children || !type.arguments.empty() ||
         !type.texts.empty())) {
      return cursor_.Fail(type.name + " takes " + std::to_string(children) +
                          (children == 1 ? " type" : " types"));
    }
    return type;
  }

  Result<int32_t> ExpectArgument() {
    const std::string& text = cursor_.Peek().text;
    int32_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) {
      return cursor_.Fail("Invalid type parameter: " + text);
    }
    cursor_.TakeAny();
    return value;
  }

  /// A field is a type alone or "name type": a type alone is followed by "," or ")".
  Result<TypeName> ParseRow(TypeName type, int depth) {
    do {
      TypeName::Child field;
      const bool is_alone = cursor_.IsSymbol(",", 1) || cursor_.IsSymbol(")", 1) ||
                            cursor_.IsSymbol("(", 1) || IsTypeOfWords();
      if (!is_alone) {
        cursor_.Note("<type>");
        ARROW_ASSIGN_OR_RAISE(const Name name, cursor_.ExpectName());
        field.name = name.text;
      }
      ARROW_ASSIGN_OR_RAISE(field.type, Parse(depth + 1));
      type.children.push_back(std::move(field));
    } while (cursor_.TakeSymbol(","));
    RETURN_NOT_OK(cursor_.ExpectSymbol(")"));
    return type;
  }

  bool IsTypeOfWords() const {
    if (cursor_.IsAny({"TIME", "TIMESTAMP"})) {
      return cursor_.IsAny({"WITH", "WITHOUT"}, 1);
    }
    if (cursor_.Is("INTERVAL")) {
      return cursor_.IsAny({"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"}, 1);
    }
    return (cursor_.Is("DOUBLE") && cursor_.Is("PRECISION", 1)) ||
           (cursor_.IsAny({"ARRAY", "MAP"}) && cursor_.IsSymbol("<", 1)) ||
           (cursor_.Is("ARRAY", 1) && !cursor_.IsSymbol("(", 2) &&
            !cursor_.IsSymbol("<", 2));
  }

  Cursor& cursor_;
};

}  // namespace

Result<TypeName> ParseTrinoType(Cursor& cursor) {
  return TrinoTypeParser(cursor).Parse(/*depth=*/0);
}

}  // namespace tarn::sql
