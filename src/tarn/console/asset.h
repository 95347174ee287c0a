// The files of the web console, as they are in the program.
#pragma once

#include <span>
#include <string_view>

namespace tarn::console {

/// One file in each of its encodings; an encoding that does not make it smaller is empty.
struct Asset {
  std::string_view path;  // below /ui/: "index.html", "assets/index-BKx3.js"
  std::string_view content_type;
  std::string_view etag;      // of the content, without quotes
  bool is_immutable = false;  // the path changes with the content
  std::string_view plain;
  std::string_view gzip;
  std::string_view brotli;
};

/// Built from console/; sorted by path.
std::span<const Asset> EmbeddedAssets();

}  // namespace tarn::console
