// Any bytes as what a Hive client sends: read whole and in pieces, answered, and what was
// read is written again as it was.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/error.h"
#include "tarn/gateway/hive/internal/hive_connection.h"
#include "tarn/gateway/hive/internal/hive_names.h"
#include "tarn/testing/fake_catalog.h"
#include "tarn/testing/fake_clock.h"

namespace {

using tarn::Result;
using tarn::gateway::hive::ThriftMessage;
using tarn::gateway::hive::ThriftReader;
namespace hive = tarn::gateway::hive;

constexpr hive::ThriftLimits kLimits{.bytes_max = 64 << 10, .values_max = 10'000};

ThriftReader ReaderOf(std::string_view bytes, size_t step) {
  return ThriftReader(
      [bytes, step](char* data, size_t size, bool) mutable -> Result<size_t> {
        const size_t count = std::min({size, step, bytes.size()});
        std::memcpy(data, bytes.data(), count);
        bytes.remove_prefix(count);
        return count;
      },
      kLimits);
}

/// Everything up to the first thing that is no message.
std::vector<ThriftMessage> ReadAll(std::string_view bytes, size_t step) {
  std::vector<ThriftMessage> messages;
  ThriftReader reader = ReaderOf(bytes, step);
  while (reader.Peek().ValueOrDie() >= 0) {
    auto message = reader.ReadMessage();
    if (!message.ok()) {
      break;
    }
    messages.push_back(*std::move(message));
  }
  return messages;
}

void Answer(const std::vector<ThriftMessage>& messages) {
  tarn::testing::FakeClock clock;
  tarn::testing::FakeCatalog catalog(clock);
  TARN_CHECK(catalog.CreateNamespace({{"shop"}}, {}).ok());
  hive::LockTable locks(clock, {.wait = std::chrono::milliseconds(0), .locks_max = 16});
  const hive::HiveServices services{catalog, clock, locks};
  std::vector<int64_t> connection_locks;
  for (const ThriftMessage& message : messages) {
    const std::string answer = AnswerCall(message, services, connection_locks);
    if (!answer.empty()) {
      // The limits are those of requests.
      const auto read = ReaderOf(answer, answer.size()).ReadMessage();
      TARN_CHECK(read.ok() || answer.size() > kLimits.bytes_max ||
                 tarn::CodeOf(read.status()) == tarn::ErrorCode::kResourceLimit);
      TARN_CHECK(!read.ok() || read->sequence_id == message.sequence_id);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::vector<ThriftMessage> messages = ReadAll(input, size + 1);
  const std::vector<ThriftMessage> again = ReadAll(input, 7);
  TARN_CHECK(messages.size() == again.size());
  for (size_t i = 0; i < messages.size(); ++i) {
    const std::string written = WriteMessage(messages[i]);
    TARN_CHECK(written == WriteMessage(again[i]));
    const auto read = ReaderOf(written, written.size()).ReadMessage();
    TARN_CHECK(read.ok() && WriteMessage(*read) == written);
  }
  Answer(messages);
  hive::FitsPattern(input, "orders");
  (void)hive::ParseTableFilter(input);
  return 0;
}
