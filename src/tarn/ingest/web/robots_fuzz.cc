// robots.txt as any server may send it.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tarn/ingest/web/robots.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto robots = tarn::ingest::web::Robots::Parse(text, "tarn");
  static_cast<void>(robots.Allows("/a/b.pdf?c=d"));
  static_cast<void>(robots.Allows(text.substr(0, 200)));
  return 0;
}
