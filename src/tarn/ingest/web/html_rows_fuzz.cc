// A selector and a page: the selector is what comes before the first line break.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tarn/ingest/web/charset.h"
#include "tarn/ingest/web/page_rows.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace web = tarn::ingest::web;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(input.find('\n'), input.size());
  const auto selector = web::Selector::Parse(input.substr(0, end));
  const std::string_view body = input.substr(std::min(end + 1, input.size()));
  const auto text = web::DecodeText(body, web::CharsetOf(body, "text/html"));
  if (!text.ok()) {
    return 0;
  }
  const auto page = web::ParseHtml(*text);
  if (selector.ok() && page.ok()) {
    web::RowSet rows(int64_t{4} << 20);
    const web::PageRowsOptions options{.fields = {},
                                       .index = {},
                                       .header = {},
                                       .keeps_links = true,
                                       .keeps_footnotes = false,
                                       .base_url = "http://h/x"};
    static_cast<void>(web::AddHtmlRows(*page, *selector, options, &rows));
  }
  return 0;
}
