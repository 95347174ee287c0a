// Archives and compressed files as anybody may send them.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <arrow/buffer.h>
#include <arrow/io/memory.h>

#include "tarn/ingest/packed/packed_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace packed = tarn::ingest::packed;
  constexpr int kMembersMax = 100;
  constexpr int64_t kBytesMax = int64_t{4} << 20;
  const packed::Packing packing =
      packed::PackingByContent({reinterpret_cast<const char*>(data), size});
  if (packing == packed::Packing::kNone) {
    return 0;
  }
  auto file = std::make_shared<arrow::io::BufferReader>(
      std::make_shared<arrow::Buffer>(data, static_cast<int64_t>(size)));
  const auto reader = packed::PackedReader::Open(std::move(file), packing);
  std::array<char, 4096> buffer{};
  int64_t bytes = 0;
  for (int member = 0; reader.ok() && member < kMembersMax; ++member) {
    const auto next = (*reader)->Next();
    if (!next.ok() || !*next) {
      return 0;
    }
    for (;;) {
      const auto read = (*reader)->Read(buffer);
      if (!read.ok() || *read == 0 || (bytes += *read) > kBytesMax) {
        break;
      }
    }
  }
  return 0;
}
