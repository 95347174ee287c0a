#include "tarn/gateway/hive/internal/thrift_binary.h"

#include <algorithm>
#include <bit>
#include <cctype>
#include <cstring>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/base/overload.h"

namespace tarn::gateway::hive {
namespace {

constexpr size_t kBufferBytes = size_t{16} << 10;
constexpr size_t kTextStepBytes = size_t{64} << 10;
constexpr size_t kNameBytesMax = 128;
constexpr uint32_t kVersionMask = 0xffff'0000;
constexpr uint32_t kVersion1 = 0x8001'0000;

Status NotThrift(const std::string& what) {
  return MakeError(ErrorCode::kInvalidData, "Not a Thrift message: " + what);
}

Status CheckName(std::string_view name) {
  const bool is_name = !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '.' || c == ':' || c == '-';
  });
  return is_name ? Status::OK()
                 : NotThrift(
                       "no name of a method (the binary protocol without frames "
                       "is spoken here)");
}

class Writer {
 public:
  template <typename Integer>
  void WriteInteger(Integer value) {
    const auto bits = static_cast<std::make_unsigned_t<Integer>>(value);
    for (size_t i = sizeof(Integer); i-- > 0;) {
      bytes_.push_back(static_cast<char>(bits >> (8 * i)));
    }
  }
  void WriteText(const std::string& text) {
    WriteInteger(static_cast<int32_t>(text.size()));
    bytes_ += text;
  }
  void WriteType(ThriftType type) { WriteInteger(static_cast<uint8_t>(type)); }

  void WriteStruct(const ThriftStruct& value) {
    for (const auto& [id, field] : value.fields()) {
      WriteType(field.type());
      WriteInteger(id);
      WriteValue(field);
    }
    WriteType(ThriftType::kStop);
  }

  void WriteValue(const ThriftValue& value) {
    value.Visit(Overload{
        [&](bool flag) { WriteInteger(uint8_t{flag}); },
        [&](double number) { WriteInteger(std::bit_cast<int64_t>(number)); },
        [&](const std::string& text) { WriteText(text); },
        [&](const ThriftStruct& fields) { WriteStruct(fields); },
        [&](const ThriftList& list) {
          WriteType(list.element);
          WriteInteger(static_cast<int32_t>(list.values.size()));
          for (const ThriftValue& element : list.values) {
            WriteValue(element);
          }
        },
        [&](const ThriftMap& map) {
          WriteType(map.key);
          WriteType(map.value);
          WriteInteger(static_cast<int32_t>(map.entries.size()));
          for (const auto& [key, entry] : map.entries) {
            WriteValue(key);
            WriteValue(entry);
          }
        },
        [&](std::integral auto number) { WriteInteger(number); },
    });
  }

  std::string Finish() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

}  // namespace

ThriftReader::ThriftReader(Source source, ThriftLimits limits)
    : source_(std::move(source)), limits_(limits), buffer_(kBufferBytes, '\0') {}

Status ThriftReader::Fill() {
  ARROW_ASSIGN_OR_RAISE(end_, source_(buffer_.data(), buffer_.size(), is_first_));
  position_ = 0;
  return Status::OK();
}

Result<int> ThriftReader::Peek() {
  if (position_ == end_) {
    is_first_ = true;
    ARROW_RETURN_NOT_OK(Fill());
  }
  return position_ == end_ ? -1 : static_cast<unsigned char>(buffer_[position_]);
}

Status ThriftReader::Take(char* out, size_t size) {
  num_bytes_ += size;
  if (num_bytes_ > limits_.bytes_max) {
    return MakeError(
        ErrorCode::kResourceLimit,
        "A message may have " + std::to_string(limits_.bytes_max) + " bytes, not more");
  }
  while (size > 0) {
    if (position_ == end_) {
      ARROW_RETURN_NOT_OK(Fill());
      if (end_ == 0) {
        return NotThrift("it is cut short");
      }
    }
    is_first_ = false;
    const size_t count = std::min(size, end_ - position_);
    std::memcpy(out, buffer_.data() + position_, count);
    position_ += count;
    out += count;
    size -= count;
  }
  return Status::OK();
}

template <typename Integer>
Result<Integer> ThriftReader::ReadInteger() {
  unsigned char bytes[sizeof(Integer)];
  ARROW_RETURN_NOT_OK(Take(reinterpret_cast<char*>(bytes), sizeof(Integer)));
  uint64_t bits = 0;
  for (const unsigned char byte : bytes) {
    bits = bits << 8 | byte;
  }
  return static_cast<Integer>(bits);
}

Result<std::string> ThriftReader::ReadTextOf(int32_t size, size_t size_max) {
  if (size < 0 || static_cast<size_t>(size) > size_max) {
    return NotThrift("a text of " + std::to_string(size) + " bytes");
  }
  std::string text;
  auto left = static_cast<size_t>(size);
  while (left > 0) {
    const size_t step = std::min(left, kTextStepBytes);
    const size_t before = text.size();
    text.resize(before + step);
    ARROW_RETURN_NOT_OK(Take(text.data() + before, step));
    left -= step;
  }
  return text;
}

Result<std::string> ThriftReader::ReadText(size_t size_max) {
  ARROW_ASSIGN_OR_RAISE(const auto size, ReadInteger<int32_t>());
  return ReadTextOf(size, size_max);
}

Result<std::string> ThriftReader::ReadBytes(size_t size) {
  num_bytes_ = 0;
  return ReadTextOf(static_cast<int32_t>(std::min<size_t>(size, INT32_MAX)),
                    limits_.bytes_max);
}

Result<uint32_t> ThriftReader::ReadSize() {
  ARROW_ASSIGN_OR_RAISE(const auto size, ReadInteger<int32_t>());
  // Every element has one byte at least.
  if (size < 0 || static_cast<size_t>(size) > limits_.bytes_max - num_bytes_) {
    return NotThrift("a container of " + std::to_string(size) + " elements");
  }
  return static_cast<uint32_t>(size);
}

Status ThriftReader::CountValue(int depth) {
  if (++num_values_ > limits_.values_max) {
    return MakeError(
        ErrorCode::kResourceLimit,
        "A message may hold " + std::to_string(limits_.values_max) + " values, not more");
  }
  if (depth > limits_.depth_max) {
    return MakeError(ErrorCode::kResourceLimit, "A message may be nested " +
                                                    std::to_string(limits_.depth_max) +
                                                    " deep, not deeper");
  }
  return Status::OK();
}

Result<ThriftValue> ThriftReader::ReadValue(ThriftType type, int depth) {
  ARROW_RETURN_NOT_OK(CountValue(depth));
  switch (type) {
    case ThriftType::kBool: {
      ARROW_ASSIGN_OR_RAISE(const auto byte, ReadInteger<uint8_t>());
      return ThriftValue(byte != 0);
    }
    case ThriftType::kByte:
      return ReadInteger<int8_t>();
    case ThriftType::kI16:
      return ReadInteger<int16_t>();
    case ThriftType::kI32:
      return ReadInteger<int32_t>();
    case ThriftType::kI64:
      return ReadInteger<int64_t>();
    case ThriftType::kDouble: {
      ARROW_ASSIGN_OR_RAISE(const auto bits, ReadInteger<int64_t>());
      return ThriftValue(std::bit_cast<double>(bits));
    }
    case ThriftType::kText:
      return ReadText(limits_.bytes_max);
    case ThriftType::kStruct:
      return ReadStruct(depth + 1);
    case ThriftType::kMap:
      return ReadMap(depth + 1);
    case ThriftType::kSet:
    case ThriftType::kList:
      return ReadList(type == ThriftType::kSet, depth + 1);
    case ThriftType::kStop:
      break;
  }
  return NotThrift("a value of type " + std::to_string(static_cast<int>(type)));
}

Result<ThriftStruct> ThriftReader::ReadStruct(int depth) {
  ThriftStruct value;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const auto type, ReadInteger<uint8_t>());
    if (type == static_cast<uint8_t>(ThriftType::kStop)) {
      return value;
    }
    ARROW_ASSIGN_OR_RAISE(const auto id, ReadInteger<int16_t>());
    ARROW_ASSIGN_OR_RAISE(ThriftValue field,
                          ReadValue(static_cast<ThriftType>(type), depth));
    value.Add(id, std::move(field));
  }
}

Result<ThriftList> ThriftReader::ReadList(bool is_set, int depth) {
  ARROW_ASSIGN_OR_RAISE(const auto type, ReadInteger<uint8_t>());
  ARROW_ASSIGN_OR_RAISE(const uint32_t size, ReadSize());
  ThriftList list{.element = static_cast<ThriftType>(type), .values = {}};
  list.is_set = is_set;
  for (uint32_t i = 0; i < size; ++i) {
    ARROW_ASSIGN_OR_RAISE(ThriftValue element, ReadValue(list.element, depth));
    list.values.push_back(std::move(element));
  }
  return list;
}

Result<ThriftMap> ThriftReader::ReadMap(int depth) {
  ARROW_ASSIGN_OR_RAISE(const auto key_type, ReadInteger<uint8_t>());
  ARROW_ASSIGN_OR_RAISE(const auto value_type, ReadInteger<uint8_t>());
  ARROW_ASSIGN_OR_RAISE(const uint32_t size, ReadSize());
  ThriftMap map{.key = static_cast<ThriftType>(key_type),
                .value = static_cast<ThriftType>(value_type),
                .entries = {}};
  for (uint32_t i = 0; i < size; ++i) {
    ARROW_ASSIGN_OR_RAISE(ThriftValue key, ReadValue(map.key, depth));
    ARROW_ASSIGN_OR_RAISE(ThriftValue value, ReadValue(map.value, depth));
    map.entries.emplace_back(std::move(key), std::move(value));
  }
  return map;
}

Result<ThriftMessage> ThriftReader::ReadMessage() {
  num_bytes_ = 0;
  num_values_ = 0;
  is_first_ = position_ == end_;
  ThriftMessage message;
  ARROW_ASSIGN_OR_RAISE(const auto head, ReadInteger<uint32_t>());
  uint32_t type = head & 0xff;
  if ((head & kVersionMask) == kVersion1) {
    ARROW_ASSIGN_OR_RAISE(message.name, ReadText(kNameBytesMax));
    ARROW_RETURN_NOT_OK(CheckName(message.name));
  } else if (head <= kNameBytesMax) {
    ARROW_ASSIGN_OR_RAISE(message.name,
                          ReadTextOf(static_cast<int32_t>(head), kNameBytesMax));
    ARROW_RETURN_NOT_OK(CheckName(message.name));
    ARROW_ASSIGN_OR_RAISE(type, ReadInteger<uint8_t>());
  } else {
    return NotThrift(
        "it begins with neither a version nor a name (a client of the "
        "framed transport, of HTTP or of TLS?)");
  }
  if (type < 1 || type > 4) {
    return NotThrift("message type " + std::to_string(type));
  }
  message.type = static_cast<MessageType>(type);
  ARROW_ASSIGN_OR_RAISE(message.sequence_id, ReadInteger<int32_t>());
  ARROW_ASSIGN_OR_RAISE(message.body, ReadStruct(0));
  return message;
}

std::string WriteMessage(const ThriftMessage& message) {
  Writer writer;
  writer.WriteInteger(kVersion1 | static_cast<uint32_t>(message.type));
  writer.WriteText(message.name);
  writer.WriteInteger(message.sequence_id);
  writer.WriteStruct(message.body);
  return writer.Finish();
}

std::string WriteApplicationError(const ThriftMessage& call, ApplicationError error,
                                  const std::string& message) {
  ThriftMessage answer{.name = call.name,
                       .type = MessageType::kException,
                       .sequence_id = call.sequence_id,
                       .body = {}};
  answer.body.Set(1, message).Set(2, static_cast<int32_t>(error));
  return WriteMessage(answer);
}

}  // namespace tarn::gateway::hive
