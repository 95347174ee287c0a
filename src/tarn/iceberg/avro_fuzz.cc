// Any bytes as an Avro file: schema, blocks, every value, and the schema printed and read
// again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tarn/base/error.h"
#include "tarn/iceberg/avro/reader.h"
#include "tarn/iceberg/avro/visitor.h"

namespace {

using tarn::iceberg::avro::FileReader;
using tarn::iceberg::avro::MemorySource;
using tarn::iceberg::avro::ReaderLimits;
using tarn::iceberg::avro::Schema;

/// Small, so that a run spends its time on parsing.
constexpr ReaderLimits kLimits{.block_bytes_max = size_t{4} << 20,
                               .unpacked_bytes_base = size_t{4} << 20,
                               .unpacked_ratio_max = 16};

void ReadRows(std::string_view bytes) {
  MemorySource source(bytes);
  auto reader = FileReader::Open(&source, kLimits);
  if (!reader.ok()) {
    return;
  }
  auto again = Schema::FromJson(reader->schema().ToJson());
  TARN_CHECK(again.ok());
  TARN_CHECK(again->ToJson() == reader->schema().ToJson());
  for (;;) {
    auto more = reader->NextRow();
    if (!more.ok() || !*more) {
      return;
    }
    SkipValue(reader->schema(), reader->schema().root_id(), &reader->decoder());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ReadRows({reinterpret_cast<const char*>(data), size});
  return 0;
}
