// What a browser sends: the first byte says in which pieces it comes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tarn/ingest/web/internal/devtools_frames.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using tarn::ingest::web::internal::DevToolsFrames;
  if (size == 0) {
    return 0;
  }
  const size_t piece = size_t{data[0]} + 1;
  std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  DevToolsFrames frames(4'096);
  while (!text.empty()) {
    const std::string_view part = text.substr(0, piece);
    text.remove_prefix(part.size());
    if (!frames.Append(part).ok()) {
      return 0;
    }
    while (const auto message = frames.Next()) {
      static_cast<void>(tarn::ingest::web::internal::ReadDevToolsMessage(*message));
    }
  }
  return 0;
}
