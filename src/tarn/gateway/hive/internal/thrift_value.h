// Thrift's values as data: what a message says, without classes made from an interface
// description. A field is found by its number; one of another type than asked for counts
// as missing, as Thrift has it.
//
//   const std::string name = arguments.Text(1);
//   ThriftStruct answer;
//   answer.Set(1, int64_t{7}).Set(2, "done");
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace tarn::gateway::hive {

/// The numbers are those of the wire.
enum class ThriftType : uint8_t {
  kStop = 0,
  kBool = 2,
  kByte = 3,
  kDouble = 4,
  kI16 = 6,
  kI32 = 8,
  kI64 = 10,
  kText = 11,
  kStruct = 12,
  kMap = 13,
  kSet = 14,
  kList = 15,
};

class ThriftValue;

class ThriftStruct {
 public:
  using Field = std::pair<int16_t, ThriftValue>;

  /// nullptr if there is none.
  const ThriftValue* Find(int16_t id) const;
  /// Behind those that are there: for readers, which find the first of a number.
  void Add(int16_t id, ThriftValue value);
  /// Replaces the field if it is there.
  ThriftStruct& Set(int16_t id, ThriftValue value);
  ThriftStruct& SetIfGiven(int16_t id, const std::optional<std::string>& text);

  std::optional<std::string> OptionalText(int16_t id) const;
  std::string Text(int16_t id) const;  // empty if missing
  bool Flag(int16_t id) const;         // false if missing
  /// Any integer type.
  int64_t Integer(int16_t id, int64_t if_missing = 0) const;
  std::vector<std::string> Texts(int16_t id) const;
  std::map<std::string, std::string> TextMap(int16_t id) const;
  /// Empty if missing; lives as long as this.
  const ThriftStruct& Struct(int16_t id) const;
  /// Those elements of a list that are structs.
  std::vector<const ThriftStruct*> Structs(int16_t id) const;

  const std::vector<Field>& fields() const { return fields_; }

 private:
  std::vector<Field> fields_;  // in the order they came
};

struct ThriftList {
  ThriftType element = ThriftType::kText;
  std::vector<ThriftValue> values;
  bool is_set = false;
};

struct ThriftMap {
  ThriftType key = ThriftType::kText;
  ThriftType value = ThriftType::kText;
  std::vector<std::pair<ThriftValue, ThriftValue>> entries;
};

class ThriftValue {
 public:
  using Rep = std::variant<bool, int8_t, int16_t, int32_t, int64_t, double, std::string,
                           ThriftStruct, ThriftList, ThriftMap>;

  template <typename T>
    requires std::is_same_v<T, bool>
  ThriftValue(T value) : rep_(value) {}  // no pointer becomes a bool
  ThriftValue(int8_t value) : rep_(value) {}
  ThriftValue(int16_t value) : rep_(value) {}
  ThriftValue(int32_t value) : rep_(value) {}
  ThriftValue(int64_t value) : rep_(value) {}
  ThriftValue(double value) : rep_(value) {}
  ThriftValue(std::string value) : rep_(std::move(value)) {}
  ThriftValue(const char* value) : rep_(std::string(value)) {}
  ThriftValue(ThriftStruct value) : rep_(std::move(value)) {}
  ThriftValue(ThriftList value) : rep_(std::move(value)) {}
  ThriftValue(ThriftMap value) : rep_(std::move(value)) {}
  /// A list and a map of texts.
  ThriftValue(const std::vector<std::string>& texts);
  ThriftValue(const std::map<std::string, std::string>& texts);

  ThriftType type() const;
  template <typename T>
  const T* As() const {
    return std::get_if<T>(&rep_);
  }
  template <typename Visitor>
  void Visit(const Visitor& visitor) const {
    std::visit(visitor, rep_);
  }

 private:
  Rep rep_;
};

/// A list of structs, which may be empty.
ThriftList StructList(std::vector<ThriftStruct> structs);

}  // namespace tarn::gateway::hive
