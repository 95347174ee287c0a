// A path and a document: the path is what comes before the first line break.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tarn/ingest/web/json_path.h"
#include "tarn/ingest/web/json_rows.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using tarn::ingest::web::JsonPath;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(text.find('\n'), text.size());
  const auto path = JsonPath::Parse(text.substr(0, end));
  const auto document =
      tarn::ParseJson(text.substr(std::min(end + 1, text.size())), "answer");
  if (path.ok() && document.ok()) {
    tarn::ingest::web::RowSet rows(int64_t{1} << 20);
    static_cast<void>(tarn::ingest::web::AddJsonRows(*document, *path, {}, &rows));
  }
  return 0;
}
