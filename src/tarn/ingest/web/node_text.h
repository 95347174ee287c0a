// The text of an element as a person reads it.
#pragma once

#include <string>
#include <string_view>

#include "tarn/ingest/web/document.h"

namespace tarn::ingest::web {

struct TextOptions {
  bool keeps_footnotes = false;  // the marks "[1]" that are raised or lead to notes
};

/// Scripts, styles and what is hidden is left out; runs of spaces, non-breaking ones too,
/// are one space, blocks and line breaks are parted by one; no space at the ends.
std::string TextOf(const Document& page, NodeId id, const TextOptions& options);

/// `text` with its spaces as TextOf() has them.
std::string CleanText(std::string_view text);

}  // namespace tarn::ingest::web
