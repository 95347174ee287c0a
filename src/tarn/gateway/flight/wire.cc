#include "tarn/gateway/flight/wire.h"

#include "tarn/base/error.h"

namespace tarn::gateway::flight {
namespace {

constexpr int kVarintBytesMax = 10;

Status Broken(const char* what) {
  return MakeError(ErrorCode::kInvalidArgument,
                   std::string("The message is no Protocol Buffers message: ") + what);
}

bool TakeVarint(std::string_view* bytes, uint64_t* value) {
  *value = 0;
  for (int i = 0; i < kVarintBytesMax && static_cast<size_t>(i) < bytes->size(); ++i) {
    const auto byte = static_cast<uint8_t>((*bytes)[static_cast<size_t>(i)]);
    *value |= static_cast<uint64_t>(byte & 0x7F) << (7 * i);
    if (byte < 0x80) {
      bytes->remove_prefix(static_cast<size_t>(i) + 1);
      return i + 1 < kVarintBytesMax || byte <= 1;
    }
  }
  return false;
}

void PutVarint(uint64_t value, std::string* message) {
  while (value >= 0x80) {
    message->push_back(static_cast<char>((value & 0x7F) | 0x80));
    value >>= 7;
  }
  message->push_back(static_cast<char>(value));
}

bool TakeFixed(size_t size, std::string_view* bytes, uint64_t* value) {
  if (bytes->size() < size) {
    return false;
  }
  *value = 0;
  for (size_t i = 0; i < size; ++i) {
    *value |= static_cast<uint64_t>(static_cast<uint8_t>((*bytes)[i])) << (8 * i);
  }
  bytes->remove_prefix(size);
  return true;
}

Status TakeValue(uint32_t type, std::string_view* bytes, WireField* field) {
  switch (type) {
    case 0:
      return TakeVarint(bytes, &field->value) ? Status::OK() : Broken("bad number");
    case 1:
    case 5:
      return TakeFixed(type == 1 ? 8 : 4, bytes, &field->value) ? Status::OK()
                                                                : Broken("it is cut off");
    case 2: {
      uint64_t size = 0;
      if (!TakeVarint(bytes, &size) || size > bytes->size()) {
        return Broken("a length goes past the end");
      }
      field->is_bytes = true;
      field->bytes = bytes->substr(0, size);
      bytes->remove_prefix(size);
      return Status::OK();
    }
    default:
      return Broken("unknown type of a field");
  }
}

}  // namespace

Result<WireMessage> WireMessage::Parse(std::string_view bytes) {
  WireMessage message;
  while (!bytes.empty()) {
    uint64_t key = 0;
    if (!TakeVarint(&bytes, &key) || key >> 3 == 0 || key >> 3 > 0x1FFF'FFFF) {
      return Broken("bad field number");
    }
    if (message.fields_.size() == kFieldsMax) {
      return Broken("too many fields");
    }
    WireField field{.number = static_cast<uint32_t>(key >> 3)};
    RETURN_NOT_OK(TakeValue(static_cast<uint32_t>(key & 7), &bytes, &field));
    message.fields_.push_back(field);
  }
  return message;
}

Result<std::optional<std::string_view>> WireMessage::Bytes(uint32_t number) const {
  std::optional<std::string_view> found;
  for (const WireField& field : fields_) {
    if (field.number == number) {
      if (!field.is_bytes) {
        return Broken("a number stands where text belongs");
      }
      found = field.bytes;
    }
  }
  return found;
}

Result<uint64_t> WireMessage::Number(uint32_t number) const {
  uint64_t found = 0;
  for (const WireField& field : fields_) {
    if (field.number == number) {
      if (field.is_bytes) {
        return Broken("text stands where a number belongs");
      }
      found = field.value;
    }
  }
  return found;
}

Result<std::vector<uint64_t>> UnpackNumbers(std::string_view bytes) {
  std::vector<uint64_t> numbers;
  while (!bytes.empty()) {
    uint64_t number = 0;
    if (!TakeVarint(&bytes, &number) || numbers.size() == WireMessage::kFieldsMax) {
      return Broken("bad packed numbers");
    }
    numbers.push_back(number);
  }
  return numbers;
}

void PutNumber(uint32_t number, uint64_t value, std::string* message) {
  PutVarint(uint64_t{number} << 3, message);
  PutVarint(value, message);
}

void PutBytes(uint32_t number, std::string_view bytes, std::string* message) {
  PutVarint((uint64_t{number} << 3) | 2, message);
  PutVarint(bytes.size(), message);
  message->append(bytes);
}

}  // namespace tarn::gateway::flight
