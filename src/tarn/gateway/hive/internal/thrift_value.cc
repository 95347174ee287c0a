#include "tarn/gateway/hive/internal/thrift_value.h"

#include <algorithm>

#include "tarn/base/overload.h"

namespace tarn::gateway::hive {

const ThriftValue* ThriftStruct::Find(int16_t id) const {
  const auto found = std::ranges::find(fields_, id, &Field::first);
  return found == fields_.end() ? nullptr : &found->second;
}

void ThriftStruct::Add(int16_t id, ThriftValue value) {
  fields_.emplace_back(id, std::move(value));
}

ThriftStruct& ThriftStruct::Set(int16_t id, ThriftValue value) {
  const auto found = std::ranges::find(fields_, id, &Field::first);
  if (found == fields_.end()) {
    fields_.emplace_back(id, std::move(value));
  } else {
    found->second = std::move(value);
  }
  return *this;
}

ThriftStruct& ThriftStruct::SetIfGiven(int16_t id,
                                       const std::optional<std::string>& text) {
  return text ? Set(id, *text) : *this;
}

std::optional<std::string> ThriftStruct::OptionalText(int16_t id) const {
  const ThriftValue* const value = Find(id);
  const auto* const text = value == nullptr ? nullptr : value->As<std::string>();
  return text == nullptr ? std::nullopt : std::optional(*text);
}

std::string ThriftStruct::Text(int16_t id) const { return OptionalText(id).value_or(""); }

bool ThriftStruct::Flag(int16_t id) const {
  const ThriftValue* const value = Find(id);
  const bool* const flag = value == nullptr ? nullptr : value->As<bool>();
  return flag != nullptr && *flag;
}

int64_t ThriftStruct::Integer(int16_t id, int64_t if_missing) const {
  const ThriftValue* const value = Find(id);
  if (value == nullptr) {
    return if_missing;
  }
  if (const auto* const i64 = value->As<int64_t>()) {
    return *i64;
  }
  if (const auto* const i32 = value->As<int32_t>()) {
    return *i32;
  }
  if (const auto* const i16 = value->As<int16_t>()) {
    return *i16;
  }
  const auto* const byte = value->As<int8_t>();
  return byte == nullptr ? if_missing : *byte;
}

std::vector<std::string> ThriftStruct::Texts(int16_t id) const {
  std::vector<std::string> texts;
  const ThriftValue* const value = Find(id);
  if (const auto* const list = value == nullptr ? nullptr : value->As<ThriftList>()) {
    for (const ThriftValue& element : list->values) {
      if (const auto* const text = element.As<std::string>()) {
        texts.push_back(*text);
      }
    }
  }
  return texts;
}

std::map<std::string, std::string> ThriftStruct::TextMap(int16_t id) const {
  std::map<std::string, std::string> texts;
  const ThriftValue* const value = Find(id);
  if (const auto* const map = value == nullptr ? nullptr : value->As<ThriftMap>()) {
    for (const auto& [key, text] : map->entries) {
      if (key.As<std::string>() != nullptr && text.As<std::string>() != nullptr) {
        texts[*key.As<std::string>()] = *text.As<std::string>();
      }
    }
  }
  return texts;
}

const ThriftStruct& ThriftStruct::Struct(int16_t id) const {
  static const ThriftStruct kNothing;
  const ThriftValue* const value = Find(id);
  const auto* const found = value == nullptr ? nullptr : value->As<ThriftStruct>();
  return found == nullptr ? kNothing : *found;
}

std::vector<const ThriftStruct*> ThriftStruct::Structs(int16_t id) const {
  std::vector<const ThriftStruct*> structs;
  const ThriftValue* const value = Find(id);
  if (const auto* const list = value == nullptr ? nullptr : value->As<ThriftList>()) {
    for (const ThriftValue& element : list->values) {
      if (const auto* const one = element.As<ThriftStruct>()) {
        structs.push_back(one);
      }
    }
  }
  return structs;
}

ThriftValue::ThriftValue(const std::vector<std::string>& texts)
    : rep_(ThriftList{.values = {texts.begin(), texts.end()}}) {}

ThriftValue::ThriftValue(const std::map<std::string, std::string>& texts) {
  ThriftMap map;
  map.entries.reserve(texts.size());
  for (const auto& [key, value] : texts) {
    map.entries.emplace_back(key, value);
  }
  rep_ = std::move(map);
}

ThriftType ThriftValue::type() const {
  return std::visit(Overload{[](bool) { return ThriftType::kBool; },
                             [](int8_t) { return ThriftType::kByte; },
                             [](int16_t) { return ThriftType::kI16; },
                             [](int32_t) { return ThriftType::kI32; },
                             [](int64_t) { return ThriftType::kI64; },
                             [](double) { return ThriftType::kDouble; },
                             [](const std::string&) { return ThriftType::kText; },
                             [](const ThriftStruct&) { return ThriftType::kStruct; },
                             [](const ThriftList& list) {
                               return list.is_set ? ThriftType::kSet : ThriftType::kList;
                             },
                             [](const ThriftMap&) { return ThriftType::kMap; }},
                    rep_);
}

ThriftList StructList(std::vector<ThriftStruct> structs) {
  ThriftList list{.element = ThriftType::kStruct};
  list.values.reserve(structs.size());
  for (ThriftStruct& one : structs) {
    list.values.emplace_back(std::move(one));
  }
  return list;
}

}  // namespace tarn::gateway::hive
