// Excel workbooks as anybody may send them.
#include <cstddef>
#include <cstdint>

#include <arrow/buffer.h>
#include <arrow/io/memory.h>

#include "tarn/ingest/records/workbook.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto file = std::make_shared<arrow::io::BufferReader>(
      std::make_shared<arrow::Buffer>(data, static_cast<int64_t>(size)));
  const auto workbook = tarn::ingest::records::Workbook::Open(std::move(file));
  if (!workbook.ok()) {
    return 0;
  }
  for (const std::string& sheet : (*workbook)->sheets()) {
    if (!(*workbook)->Choose(sheet).ok()) {
      continue;
    }
    for (;;) {
      const auto row = (*workbook)->Next();
      if (!row.ok() || !*row) {
        break;
      }
    }
  }
  return 0;
}
