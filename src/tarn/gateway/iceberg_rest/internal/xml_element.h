// Small XML documents of object stores, read so strictly that no two readers can differ
// about what they say: what a signature was asked for is what the store then does.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"

namespace tarn::gateway {

struct XmlElement {
  std::string name;
  std::string text;  // what is between its children too
  std::vector<XmlElement> children;

  /// The first of that name; nullptr if there is none.
  const XmlElement* Find(std::string_view child) const;
  /// Text of the first child of that name; "" if there is none.
  std::string_view TextOf(std::string_view child) const;
};

/// UTF-8 elements with text, the five named and all numeric character references, and
/// attributes, which are passed over. No document type, CDATA, comments, processing
/// instructions (but a declaration in front) or prefixes. At most `kXmlDepthMax` deep.
/// Errors: kInvalidArgument; the document's text is not in the message.
Result<XmlElement> ParseXml(std::string_view text);

inline constexpr int kXmlDepthMax = 16;

}  // namespace tarn::gateway
