// Link headers as any server may send them.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tarn/ingest/web/link_header.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(tarn::ingest::web::LinkTarget(text, "next"));
  return 0;
}
