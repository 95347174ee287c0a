#include "tarn/gateway/trino/trino_type.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>

#include "tarn/base/error.h"
#include "tarn/gateway/trino/json_text.h"

namespace tarn::gateway::trino {
namespace {

constexpr char kWithZone[] = " with time zone";
constexpr int kTypeDepthMax = 100;

bool IsTimeName(std::string_view name) {
  return name.starts_with("time");  // time and timestamp, with a zone or not
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return lower;
}

bool IsPlainName(std::string_view name) {
  const auto is_part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && !(name.front() >= '0' && name.front() <= '9') &&
         std::ranges::all_of(name, is_part);
}

std::string FieldNameText(const std::string& name) {
  if (IsPlainName(name)) {
    return name;
  }
  std::string quoted = "\"";
  for (const char c : name) {
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  }
  return quoted + '"';
}

/// Reads one type; positions are only for the message.
class TypeReader {
 public:
  explicit TypeReader(std::string_view text) : text_(text) {}

  Result<TrinoType> ReadAll() {
    ARROW_ASSIGN_OR_RAISE(TrinoType type, Read(0));
    SkipSpace();
    return at_ == text_.size() ? Result<TrinoType>(std::move(type)) : Wrong();
  }

 private:
  Status Wrong() const {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Not a type of Trino: " + std::string(text_));
  }

  void SkipSpace() {
    while (at_ < text_.size() && text_[at_] == ' ') {
      ++at_;
    }
  }

  bool Take(char c) {
    SkipSpace();
    if (at_ >= text_.size() || text_[at_] != c) {
      return false;
    }
    ++at_;
    return true;
  }

  bool TakeWords(std::string_view words) {
    if (Lower(text_.substr(at_, words.size())) != words) {
      return false;
    }
    at_ += words.size();
    return true;
  }

  std::string_view Word() {
    SkipSpace();
    const size_t start = at_;
    while (at_ < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 ||
            text_[at_] == '_')) {
      ++at_;
    }
    return text_.substr(start, at_ - start);
  }

  Result<TrinoType> Read(int depth) {
    if (depth > kTypeDepthMax) {
      return Wrong();
    }
    const std::string_view word = Word();
    TrinoType type{.name = word == "HyperLogLog" ? std::string(word) : Lower(word)};
    if (type.name.empty()) {
      return Wrong();
    }
    if (type.name == "double") {
      TakeWords(" precision");
    } else if (type.name == "interval") {
      return Interval(std::move(type));
    }
    if (Take('(')) {
      RETURN_NOT_OK(type.name == "row" ? RowFields(depth, &type)
                                       : Arguments(depth, &type));
    }
    SkipSpace();
    if (IsTimeName(type.name) && TakeWords(kWithZone + 1)) {  // without its blank
      type.name += kWithZone;
    }
    return Completed(std::move(type));
  }

  Result<TrinoType> Interval(TrinoType type) {
    SkipSpace();
    for (const char* unit : {"year to month", "day to second"}) {
      if (TakeWords(unit)) {
        type.name += std::string(" ") + unit;
        return type;
      }
    }
    return Wrong();
  }

  static TrinoType Completed(TrinoType type) {
    if (type.name == "int") {
      type.name = "integer";
    } else if (type.name == "varchar" && type.numbers.empty()) {
      type.numbers = {kUnboundedLength};
    } else if (type.name == "char" && type.numbers.empty()) {
      type.numbers = {1};
    } else if (IsTimeName(type.name) && type.numbers.empty()) {
      type.numbers = {3};
    } else if (type.name == "decimal" && type.numbers.empty()) {
      type.numbers = {38, 0};
    } else if (type.name == "decimal" && type.numbers.size() == 1) {
      type.numbers.push_back(0);
    }
    return type;
  }

  Status Arguments(int depth, TrinoType* type) {
    do {
      SkipSpace();
      if (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
        const std::string digits(Word());
        if (digits.size() > 10 || digits.find_first_not_of("0123456789") != digits.npos) {
          return Wrong();
        }
        type->numbers.push_back(std::stoll(digits));
      } else {
        ARROW_ASSIGN_OR_RAISE(TrinoType argument, Read(depth + 1));
        type->types.push_back(std::move(argument));
      }
    } while (Take(','));
    return Take(')') ? Status::OK() : Wrong();
  }

  /// "x bigint" or only "bigint": a word is a name if a type comes after it.
  Status RowFields(int depth, TrinoType* type) {
    do {
      std::optional<std::string> name;
      SkipSpace();
      if (at_ < text_.size() && text_[at_] == '"') {
        ARROW_ASSIGN_OR_RAISE(name, QuotedName());
      } else {
        const size_t start = at_;
        const std::string word(Word());
        SkipSpace();
        const bool ends = at_ >= text_.size() || text_[at_] == ',' || text_[at_] == ')' ||
                          text_[at_] == '(' || Goes(Lower(word));
        if (ends) {
          at_ = start;
        } else {
          name = Lower(word);
        }
      }
      ARROW_ASSIGN_OR_RAISE(TrinoType field, Read(depth + 1));
      type->types.push_back(std::move(field));
      type->field_names.push_back(std::move(name));
    } while (Take(','));
    return Take(')') ? Status::OK() : Wrong();
  }

  /// Whether what follows `word` still belongs to the type of that name.
  bool Goes(const std::string& word) const {
    const std::string rest = Lower(text_.substr(at_, 16));
    return (IsTimeName(word) && rest.starts_with("with time zone")) ||
           (word == "interval" &&
            (rest.starts_with("year to") || rest.starts_with("day to"))) ||
           (word == "double" && rest.starts_with("precision"));
  }

  Result<std::string> QuotedName() {
    std::string name;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') {
          ++at_;
          return name;
        }
        ++at_;
      }
      name.push_back(text_[at_]);
    }
    return Wrong();
  }

  std::string_view text_;
  size_t at_ = 0;
};

int64_t DigitsOf(arrow::TimeUnit::type unit) {
  constexpr int64_t kDigits[] = {0, 3, 6, 9};
  return kDigits[static_cast<size_t>(unit)];
}

TrinoType Varchar() { return {.name = "varchar", .numbers = {kUnboundedLength}}; }

TrinoType TypeOfExtension(const arrow::ExtensionType& type) {
  const std::string name = type.extension_name();
  if (name == "arrow.uuid") {
    return {.name = "uuid"};
  }
  if (name == "arrow.json") {
    return {.name = "json"};
  }
  return TypeOfField(*arrow::field("", type.storage_type()));
}

TrinoType TypeOfRow(const arrow::DataType& type) {
  TrinoType row{.name = "row"};
  for (const auto& field : type.fields()) {
    row.types.push_back(TypeOfField(*field));
    row.field_names.emplace_back(field->name().empty() ? std::nullopt
                                                       : std::optional(field->name()));
  }
  return row;
}

TrinoType TypeOfNested(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::FIXED_SIZE_LIST:
      return {.name = "array", .types = {TypeOfField(*type.field(0))}};
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(type);
      return {.name = "map",
              .types = {TypeOfField(*map.key_field()), TypeOfField(*map.item_field())}};
    }
    case arrow::Type::STRUCT:
      return TypeOfRow(type);
    case arrow::Type::DICTIONARY:
      return TypeOfField(*arrow::field(
          "", static_cast<const arrow::DictionaryType&>(type).value_type()));
    case arrow::Type::EXTENSION:
      return TypeOfExtension(static_cast<const arrow::ExtensionType&>(type));
    default:
      return Varchar();
  }
}

TrinoType TypeOfArrow(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::NA:
      return {.name = "unknown"};
    case arrow::Type::BOOL:
      return {.name = "boolean"};
    case arrow::Type::INT8:
      return {.name = "tinyint"};
    case arrow::Type::INT16:
    case arrow::Type::UINT8:
      return {.name = "smallint"};
    case arrow::Type::INT32:
    case arrow::Type::UINT16:
      return {.name = "integer"};
    case arrow::Type::INT64:
    case arrow::Type::UINT32:
      return {.name = "bigint"};
    case arrow::Type::UINT64:
      return {.name = "decimal", .numbers = {20, 0}};
    case arrow::Type::HALF_FLOAT:
    case arrow::Type::FLOAT:
      return {.name = "real"};
    case arrow::Type::DOUBLE:
      return {.name = "double"};
    case arrow::Type::DECIMAL32:
    case arrow::Type::DECIMAL64:
    case arrow::Type::DECIMAL128:
    case arrow::Type::DECIMAL256: {
      const auto& decimal = static_cast<const arrow::DecimalType&>(type);
      return {.name = "decimal", .numbers = {decimal.precision(), decimal.scale()}};
    }
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::FIXED_SIZE_BINARY:
      return {.name = "varbinary"};
    case arrow::Type::DATE32:
      return {.name = "date"};
    case arrow::Type::TIME32:
    case arrow::Type::TIME64:
      return {.name = "time",
              .numbers = {DigitsOf(static_cast<const arrow::TimeType&>(type).unit())}};
    case arrow::Type::TIMESTAMP: {
      const auto& timestamp = static_cast<const arrow::TimestampType&>(type);
      return {
          .name = timestamp.timezone().empty() ? "timestamp" : "timestamp with time zone",
          .numbers = {DigitsOf(timestamp.unit())}};
    }
    case arrow::Type::INTERVAL_MONTHS:
      return {.name = "interval year to month"};
    case arrow::Type::DURATION:
    case arrow::Type::INTERVAL_MONTH_DAY_NANO:
      return {.name = "interval day to second"};
    default:
      return TypeOfNested(type);
  }
}

template <typename Change>
TrinoType Changed(TrinoType type, const Change& change) {
  for (TrinoType& part : type.types) {
    part = Changed(std::move(part), change);
  }
  change(&type);
  return type;
}

}  // namespace

std::string TrinoType::Display() const {
  if (name == "varchar" && numbers == std::vector<int64_t>{kUnboundedLength}) {
    return name;
  }
  if (name.starts_with("interval")) {
    std::string upper = name;
    std::ranges::transform(upper, upper.begin(), [](unsigned char c) {
      return static_cast<char>(std::toupper(c));
    });
    return upper;
  }
  const bool has_zone = name.ends_with(kWithZone);
  std::string text =
      has_zone ? name.substr(0, name.size() + 1 - sizeof(kWithZone)) : name;
  std::string arguments;
  for (const int64_t number : numbers) {
    arguments += (arguments.empty() ? "" : ", ") + std::to_string(number);
  }
  for (size_t i = 0; i < types.size(); ++i) {
    arguments += arguments.empty() ? "" : ", ";
    if (i < field_names.size() && field_names[i]) {
      arguments += FieldNameText(*field_names[i]) + ' ';
    }
    arguments += types[i].Display();
  }
  if (!arguments.empty()) {
    text += '(' + arguments + ')';
  }
  return has_zone ? text + kWithZone : text;
}

void TrinoType::AppendSignature(std::string* json) const {
  *json += R"({"rawType":)";
  AppendJsonString(name, json);
  *json += R"(,"arguments":[)";
  bool is_first = true;
  for (const int64_t number : numbers) {
    *json += is_first ? "" : ",";
    is_first = false;
    *json += R"({"kind":"LONG","value":)" + std::to_string(number) + '}';
  }
  for (size_t i = 0; i < types.size(); ++i) {
    *json += is_first ? "" : ",";
    is_first = false;
    if (name != "row") {
      *json += R"({"kind":"TYPE","value":)";
      types[i].AppendSignature(json);
      *json += '}';
      continue;
    }
    *json += R"({"kind":"NAMED_TYPE","value":{)";
    if (i < field_names.size() && field_names[i]) {
      *json += R"("fieldName":{"name":)";
      AppendJsonString(*field_names[i], json);
      *json += "},";
    }
    *json += R"("typeSignature":)";
    types[i].AppendSignature(json);
    *json += "}}";
  }
  *json += "]}";
}

int32_t TrinoType::SecondDigits() const {
  if (!IsTimeName(name)) {
    return -1;
  }
  return numbers.empty() ? 3
                         : static_cast<int32_t>(std::clamp<int64_t>(numbers[0], 0, 12));
}

Result<TrinoType> ParseTrinoType(std::string_view text) {
  return TypeReader(text).ReadAll();
}

TrinoType TypeOfField(const arrow::Field& field) {
  if (field.HasMetadata()) {
    const auto text = field.metadata()->Get(kTypeMetadataKey);
    if (text.ok()) {
      auto type = ParseTrinoType(*text);
      if (type.ok()) {
        return *std::move(type);
      }
    }
  }
  return TypeOfArrow(*field.type());
}

TrinoType WithThreeDigits(const TrinoType& type) {
  return Changed(type, [](TrinoType* part) {
    if (part->SecondDigits() >= 0) {
      part->numbers = {3};
    }
  });
}

TrinoType WithoutDigits(const TrinoType& type) {
  return Changed(type, [](TrinoType* part) {
    if (part->SecondDigits() >= 0) {
      part->numbers.clear();
    }
  });
}

}  // namespace tarn::gateway::trino
