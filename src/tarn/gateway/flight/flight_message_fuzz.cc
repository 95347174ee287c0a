// Any bytes as what a Flight SQL client sends: commands, actions, the text of a
// statement.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tarn/base/error.h"
#include "tarn/gateway/flight/internal/parameters.h"
#include "tarn/gateway/flight/messages.h"
#include "tarn/gateway/flight/wire.h"

namespace flight = tarn::gateway::flight;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  (void)flight::ParseCommand(input);
  (void)flight::UnpackNumbers(input);
  for (const std::string_view name :
       {"CommandStatementQuery", "CommandPreparedStatementUpdate",
        "CommandStatementIngest", "CommandGetTables", "CommandGetDbSchemas",
        "CommandGetSqlInfo", "CommandGetXdbcTypeInfo"}) {
    (void)flight::ParseCommand(flight::WriteAny(name, input));
  }
  (void)flight::ParseAction("CancelFlightInfo", input);
  (void)flight::ParseAction("EndTransaction",
                            flight::WriteAny("ActionEndTransactionRequest", input));
  const auto message = flight::WireMessage::Parse(input);
  if (message.ok()) {
    // Written again and read again it is the same.
    std::string again;
    for (const auto& field : message->fields()) {
      field.is_bytes ? flight::PutBytes(field.number, field.bytes, &again)
                     : flight::PutNumber(field.number, field.value, &again);
    }
    const auto second = flight::WireMessage::Parse(again);
    TARN_CHECK(second.ok() && second->fields().size() == message->fields().size());
  }
  TARN_CHECK(flight::CountParameters(input) >= 0);
  const auto plain = flight::BindNulls(input);
  TARN_CHECK(plain.ok());
  return 0;
}
