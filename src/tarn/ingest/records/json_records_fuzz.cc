// JSON files as anybody may send them, followed along a path.
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>

#include "tarn/ingest/records/json_records.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace records = tarn::ingest::records;
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const char* path : {"$", "a.b", "a[*].b", "[1]"}) {
    auto out = records::RecordFile::Open("/dev/null");
    const auto steps = tarn::ingest::web::JsonPath::Parse(path);
    if (!out.ok() || !steps.ok()) {
      return 0;
    }
    std::istringstream input(text);
    static_cast<void>(records::WriteJsonRecords(input, *steps, &*out, {}));
  }
  return 0;
}
