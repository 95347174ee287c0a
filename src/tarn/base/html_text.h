// Text inside of HTML pages.
#pragma once

#include <string>
#include <string_view>

namespace tarn {

/// `text` so that a page shows it as it is, between tags and in quoted attributes.
std::string HtmlText(std::string_view text);

}  // namespace tarn
