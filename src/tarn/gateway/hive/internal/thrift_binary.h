// Thrift's binary protocol: messages read from bytes as they come, within limits, and
// written. Memory follows the bytes that were received, never the lengths they claim.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "tarn/base/result.h"
#include "tarn/gateway/hive/internal/thrift_value.h"

namespace tarn::gateway::hive {

enum class MessageType : uint8_t { kCall = 1, kReply = 2, kException = 3, kOneWay = 4 };

struct ThriftMessage {
  std::string name;
  MessageType type = MessageType::kCall;
  int32_t sequence_id = 0;
  ThriftStruct body;
};

/// Of one message. A container or struct counts as a value, as does each thing in it.
struct ThriftLimits {
  size_t bytes_max = size_t{16} << 20;
  size_t values_max = 250'000;
  int depth_max = 32;
};

/// Reads bytes of one connection; for one thread.
class ThriftReader {
 public:
  /// Gives bytes: at least one and `size` at most, 0 at the end. `is_first`: nothing of
  /// the message is there yet.
  using Source = std::function<Result<size_t>(char* data, size_t size, bool is_first)>;

  explicit ThriftReader(Source source, ThriftLimits limits = {});

  /// The first byte of the next message, which stays to be read; -1 at the end. Errors:
  /// the source's.
  Result<int> Peek();
  /// Both forms of a message's head are known: with a version and without. Errors:
  /// kInvalidData (no such protocol, cut short), kResourceLimit, the source's. After an
  /// error the position in the bytes is lost.
  Result<ThriftMessage> ReadMessage();
  /// Exactly `size` bytes that are no part of a message.
  Result<std::string> ReadBytes(size_t size);

 private:
  Status Fill();
  Status Take(char* out, size_t size);
  template <typename Integer>
  Result<Integer> ReadInteger();
  Result<std::string> ReadText(size_t size_max);
  Result<std::string> ReadTextOf(int32_t size, size_t size_max);
  Result<uint32_t> ReadSize();
  Result<ThriftStruct> ReadStruct(int depth);
  Result<ThriftValue> ReadValue(ThriftType type, int depth);
  Result<ThriftList> ReadList(bool is_set, int depth);
  Result<ThriftMap> ReadMap(int depth);
  Status CountValue(int depth);

  const Source source_;
  const ThriftLimits limits_;
  std::string buffer_;
  size_t position_ = 0;
  size_t end_ = 0;
  bool is_first_ = true;
  size_t num_bytes_ = 0;   // of this message
  size_t num_values_ = 0;  // of this message
};

/// The message with the head that has a version, which every client reads.
std::string WriteMessage(const ThriftMessage& message);

/// What Thrift itself answers to a call that no method answers.
enum class ApplicationError : int32_t {
  kUnknownMethod = 1,
  kInvalidMessageType = 2,
  kInternal = 6,
  kProtocol = 7,
};
std::string WriteApplicationError(const ThriftMessage& call, ApplicationError error,
                                  const std::string& message);

}  // namespace tarn::gateway::hive
