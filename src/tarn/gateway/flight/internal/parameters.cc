#include "tarn/gateway/flight/internal/parameters.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <utility>
#include <vector>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "tarn/base/error.h"

namespace tarn::gateway::flight {
namespace {

constexpr int32_t kParametersMax = 65'535;  // "$70000" is none

struct Place {
  size_t begin = 0;
  size_t size = 0;
  int32_t index = 0;  // from 0
};

bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         c == '_';
}

/// Goes through text that may hold quotes and comments.
class Scanner {
 public:
  explicit Scanner(std::string_view sql) : sql_(sql) {}

  std::vector<Place> Scan() {
    while (at_ < sql_.size()) {
      const char c = sql_[at_];
      const char next = at_ + 1 < sql_.size() ? sql_[at_ + 1] : '\0';
      if (c == '\'' || c == '"') {
        SkipQuoted(c, c == '\'' && IsEscaping());
      } else if (c == '-' && next == '-') {
        at_ = std::min(sql_.find('\n', at_), sql_.size());
      } else if (c == '/' && next == '*') {
        SkipComment();
      } else if (c == '$' && (at_ == 0 || !IsWord(sql_[at_ - 1]))) {
        TakeDollar();
      } else if (c == '?') {
        places_.push_back({at_++, 1, num_marks_++});
      } else {
        ++at_;
      }
    }
    return std::move(places_);
  }

 private:
  /// E'…' knows backslashes.
  bool IsEscaping() const {
    return at_ > 0 && (sql_[at_ - 1] == 'e' || sql_[at_ - 1] == 'E') &&
           (at_ == 1 || !IsWord(sql_[at_ - 2]));
  }

  void SkipQuoted(char quote, bool has_backslashes) {
    for (++at_; at_ < sql_.size(); ++at_) {
      if (has_backslashes && sql_[at_] == '\\') {
        ++at_;
      } else if (sql_[at_] == quote) {
        break;  // a doubled one begins the next piece
      }
    }
    at_ = std::min(at_ + 1, sql_.size());
  }

  void SkipComment() {
    int depth = 0;
    do {
      const std::string_view two = sql_.substr(at_, 2);
      if (two == "/*" || two == "*/") {
        depth += two == "/*" ? 1 : -1;
        ++at_;
      }
      ++at_;
    } while (depth > 0 && at_ < sql_.size());
  }

  /// $1 is a parameter; $tag$ text $tag$ a string.
  void TakeDollar() {
    size_t end = at_ + 1;
    while (end < sql_.size() && IsWord(sql_[end])) {
      ++end;
    }
    int32_t number = 0;
    const auto read = std::from_chars(sql_.data() + at_ + 1, sql_.data() + end, number);
    if (end > at_ + 1 && read.ec == std::errc() && read.ptr == sql_.data() + end &&
        number > 0 && number <= kParametersMax) {
      places_.push_back({at_, end - at_, number - 1});
      at_ = end;
    } else if (end < sql_.size() && sql_[end] == '$') {
      const std::string_view tag = sql_.substr(at_, end + 1 - at_);
      const size_t close = sql_.find(tag, end + 1);
      at_ = close == std::string_view::npos ? sql_.size() : close + tag.size();
    } else {
      at_ = end;
    }
  }

  const std::string_view sql_;
  size_t at_ = 0;
  int32_t num_marks_ = 0;
  std::vector<Place> places_;
};

int32_t CountOf(const std::vector<Place>& places) {
  int32_t count = 0;
  for (const Place& place : places) {
    count = std::max(count, place.index + 1);
  }
  return count;
}

using Literals = std::function<Result<std::string>(int32_t index)>;

Result<std::string> Replace(std::string_view sql, const std::vector<Place>& places,
                            const Literals& literal) {
  std::string bound;
  size_t done = 0;
  for (const Place& place : places) {
    bound.append(sql.substr(done, place.begin - done));
    ARROW_ASSIGN_OR_RAISE(const std::string text, literal(place.index));
    bound += text;
    done = place.begin + place.size;
  }
  bound.append(sql.substr(done));
  return bound;
}

std::string Quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    quoted.append(c == '\'' ? 2 : 1, c);
  }
  return quoted + "'";
}

std::string HexOf(std::string_view bytes) {
  std::string text = "from_hex('";
  for (const char c : bytes) {
    text += fmt::format("{:02X}", static_cast<uint8_t>(c));
  }
  return text + "')";
}

std::string_view BytesOf(const arrow::Scalar& value) {
  const auto& binary = static_cast<const arrow::BaseBinaryScalar&>(value);
  return binary.value == nullptr ? std::string_view() : std::string_view(*binary.value);
}

Result<std::string> TimestampOf(const arrow::TimestampScalar& value) {
  const auto& type = static_cast<const arrow::TimestampType&>(*value.type);
  if (type.unit() == arrow::TimeUnit::NANO && type.timezone().empty()) {
    return fmt::format("make_timestamp_ns({}::BIGINT)", value.value);
  }
  int64_t micros = value.value;
  switch (type.unit()) {
    case arrow::TimeUnit::SECOND:
      micros *= 1'000'000;
      break;
    case arrow::TimeUnit::MILLI:
      micros *= 1'000;
      break;
    case arrow::TimeUnit::MICRO:
      break;
    case arrow::TimeUnit::NANO:
      micros /= 1'000;
      break;
  }
  return fmt::format("{}({}::BIGINT)",
                     type.timezone().empty() ? "make_timestamp" : "make_timestamptz",
                     micros);
}

Result<std::string> ListOf(const arrow::Array& values) {
  std::string text = "[";
  for (int64_t i = 0; i < values.length(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const auto value, values.GetScalar(i));
    ARROW_ASSIGN_OR_RAISE(const std::string literal, LiteralOf(*value));
    text += (i == 0 ? "" : ", ") + literal;
  }
  return text + "]";
}

/// For those whose text is the same as SQL's.
std::string CastOf(const arrow::Scalar& value, const std::string& type) {
  return "CAST(" + Quoted(value.ToString()) + " AS " + type + ")";
}

std::string DecimalOf(const arrow::Scalar& value) {
  const auto& type = static_cast<const arrow::DecimalType&>(*value.type);
  return CastOf(value, fmt::format("DECIMAL({}, {})", type.precision(), type.scale()));
}

const char* NumberTypeOf(arrow::Type::type id) {
  switch (id) {
    case arrow::Type::INT8:
      return "TINYINT";
    case arrow::Type::INT16:
      return "SMALLINT";
    case arrow::Type::INT32:
      return "INTEGER";
    case arrow::Type::INT64:
      return "BIGINT";
    case arrow::Type::UINT8:
      return "UTINYINT";
    case arrow::Type::UINT16:
      return "USMALLINT";
    case arrow::Type::UINT32:
      return "UINTEGER";
    case arrow::Type::UINT64:
      return "UBIGINT";
    case arrow::Type::HALF_FLOAT:
    case arrow::Type::FLOAT:
      return "FLOAT";
    case arrow::Type::DOUBLE:
      return "DOUBLE";
    case arrow::Type::DATE32:
    case arrow::Type::DATE64:
      return "DATE";
    case arrow::Type::TIME32:
    case arrow::Type::TIME64:
      return "TIME";
    default:
      return nullptr;
  }
}

}  // namespace

Result<std::string> LiteralOf(const arrow::Scalar& value) {
  if (!value.is_valid) {
    return "NULL";
  }
  if (const char* const type = NumberTypeOf(value.type->id()); type != nullptr) {
    return CastOf(value, type);
  }
  switch (value.type->id()) {
    case arrow::Type::NA:
      return "NULL";
    case arrow::Type::BOOL:
      return static_cast<const arrow::BooleanScalar&>(value).value ? "true" : "false";
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW:
      return Quoted(BytesOf(value));
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::FIXED_SIZE_BINARY:
      return HexOf(BytesOf(value));
    case arrow::Type::DECIMAL32:
    case arrow::Type::DECIMAL64:
    case arrow::Type::DECIMAL128:
    case arrow::Type::DECIMAL256:
      return DecimalOf(value);
    case arrow::Type::TIMESTAMP:
      return TimestampOf(static_cast<const arrow::TimestampScalar&>(value));
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::FIXED_SIZE_LIST:
      return ListOf(*static_cast<const arrow::BaseListScalar&>(value).value);
    case arrow::Type::DICTIONARY: {
      ARROW_ASSIGN_OR_RAISE(
          const auto encoded,
          static_cast<const arrow::DictionaryScalar&>(value).GetEncodedValue());
      return LiteralOf(*encoded);
    }
    case arrow::Type::DENSE_UNION:
    case arrow::Type::SPARSE_UNION:
      return LiteralOf(*static_cast<const arrow::UnionScalar&>(value).child_value());
    default:
      return MakeError(ErrorCode::kNotSupported,
                       "A parameter cannot be of type " + value.type->ToString());
  }
}

int32_t CountParameters(std::string_view sql) { return CountOf(Scanner(sql).Scan()); }

Result<std::string> BindParameters(std::string_view sql, const arrow::RecordBatch& batch,
                                   int64_t row) {
  const auto places = Scanner(sql).Scan();
  const int32_t wanted = CountOf(places);
  if (wanted != batch.num_columns()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("The statement has {} parameters, not {}", wanted,
                                 batch.num_columns()));
  }
  return Replace(sql, places, [&](int32_t index) -> Result<std::string> {
    ARROW_ASSIGN_OR_RAISE(const auto value, batch.column(index)->GetScalar(row));
    return LiteralOf(*value);
  });
}

Result<std::string> BindNulls(std::string_view sql) {
  return Replace(sql, Scanner(sql).Scan(),
                 [](int32_t) { return Result<std::string>("NULL"); });
}

}  // namespace tarn::gateway::flight
