// XML as any server may send it.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tarn/ingest/web/page_rows.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace web = tarn::ingest::web;
  const auto xml =
      web::ParseXml(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!xml.ok()) {
    return 0;
  }
  const auto selector = web::Selector::Parse("item, entry, " + web::RowElementOf(*xml));
  if (selector.ok()) {
    web::RowSet rows(int64_t{4} << 20);
    static_cast<void>(web::AddXmlRows(*xml, *selector, {}, &rows));
  }
  return 0;
}
