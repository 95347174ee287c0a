// Protocol Buffers' wire format, as far as Flight SQL's messages need it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"

namespace tarn::gateway::flight {

/// One field of a message, as it came.
struct WireField {
  uint32_t number = 0;
  bool is_bytes = false;   // else a number
  uint64_t value = 0;      // of a number
  std::string_view bytes;  // into the message
};

/// The fields of one message. Groups, lengths past the end, numbers of more than ten
/// bytes and more than `fields_max` fields are refused.
class WireMessage {
 public:
  static constexpr size_t kFieldsMax = 10'000;
  /// Views into `bytes`, which must outlive it. Errors: kInvalidArgument.
  static Result<WireMessage> Parse(std::string_view bytes);

  const std::vector<WireField>& fields() const { return fields_; }
  /// The last one with this number, as the format asks; errors: kInvalidArgument if it
  /// has another type.
  Result<std::optional<std::string_view>> Bytes(uint32_t number) const;
  Result<uint64_t> Number(uint32_t number) const;  // 0 if it is not there

 private:
  std::vector<WireField> fields_;
};

/// The numbers of a packed field. Errors: kInvalidArgument.
Result<std::vector<uint64_t>> UnpackNumbers(std::string_view bytes);

void PutNumber(uint32_t number, uint64_t value, std::string* message);
void PutBytes(uint32_t number, std::string_view bytes, std::string* message);

}  // namespace tarn::gateway::flight
