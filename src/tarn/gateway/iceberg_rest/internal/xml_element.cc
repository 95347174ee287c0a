#include "tarn/gateway/iceberg_rest/internal/xml_element.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::gateway {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         c == '_' || c == '-' || c == '.';
}

void AppendUtf8(uint32_t code, std::string* text) {
  const auto add = [text](uint32_t byte) { *text += static_cast<char>(byte); };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xC0 | (code >> 6));
    add(0x80 | (code & 63));
  } else if (code < 0x10000) {
    add(0xE0 | (code >> 12));
    add(0x80 | ((code >> 6) & 63));
    add(0x80 | (code & 63));
  } else {
    add(0xF0 | (code >> 18));
    add(0x80 | ((code >> 12) & 63));
    add(0x80 | ((code >> 6) & 63));
    add(0x80 | (code & 63));
  }
}

/// Characters that XML 1.0 allows.
bool IsCharacter(uint32_t code) {
  return code == 0x9 || code == 0xA || code == 0xD || (code >= 0x20 && code <= 0xD7FF) ||
         (code >= 0xE000 && code <= 0xFFFD) || (code >= 0x10000 && code <= 0x10FFFF);
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  Result<XmlElement> Document() {
    if (rest_.starts_with("\xEF\xBB\xBF")) {
      rest_.remove_prefix(3);
    }
    if (rest_.starts_with("<?xml")) {
      ARROW_RETURN_NOT_OK(Declaration());
    }
    SkipBlanks();
    XmlElement root;
    ARROW_RETURN_NOT_OK(Element(1, &root));
    SkipBlanks();
    if (!rest_.empty()) {
      return Wrong("there is more after the end");
    }
    return root;
  }

 private:
  static Status Wrong(std::string_view what) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Cannot read the XML document: " + std::string(what));
  }

  void SkipBlanks() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size()));
  }

  bool Take(std::string_view token) {
    if (!rest_.starts_with(token)) {
      return false;
    }
    rest_.remove_prefix(token.size());
    return true;
  }

  Status Declaration() {
    const size_t end = rest_.find("?>");
    if (end == std::string_view::npos) {
      return Wrong("its declaration does not end");
    }
    std::string declaration(rest_.substr(0, end));
    rest_.remove_prefix(end + 2);
    std::ranges::transform(declaration, declaration.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    const bool names_one = declaration.find("encoding") != std::string::npos;
    if (names_one && declaration.find("utf-8") == std::string::npos) {
      return Wrong("it is not UTF-8");
    }
    return Status::OK();
  }

  Result<std::string> Name() {
    size_t size = 0;
    while (size < rest_.size() && IsNameCharacter(rest_[size])) {
      ++size;
    }
    if (size == 0) {
      return Wrong("an element has no plain name");
    }
    std::string name(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return name;
  }

  /// name="value" up to the tag's end. Names may have a prefix (xmlns:xsi).
  Status Attributes() {
    while (true) {
      const size_t before = rest_.size();
      SkipBlanks();
      if (rest_.starts_with('>') || rest_.starts_with("/>")) {
        return Status::OK();
      }
      if (rest_.size() == before) {
        return Wrong("a tag does not end");
      }
      ARROW_RETURN_NOT_OK(Name().status());
      if (Take(":")) {
        ARROW_RETURN_NOT_OK(Name().status());
      }
      SkipBlanks();
      if (!Take("=")) {
        return Wrong("an attribute has no value");
      }
      SkipBlanks();
      const char quote = rest_.empty() ? '\0' : rest_.front();
      const size_t end =
          quote == '"' || quote == '\'' ? rest_.find(quote, 1) : std::string_view::npos;
      if (end == std::string_view::npos ||
          rest_.substr(0, end).find('<') != std::string_view::npos) {
        return Wrong("an attribute's value does not end");
      }
      rest_.remove_prefix(end + 1);
    }
  }

  Status Reference(std::string* text) {
    const size_t end = rest_.find(';');
    if (end == std::string_view::npos || end > 12) {
      return Wrong("a character reference does not end");
    }
    const std::string_view name = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    constexpr std::pair<std::string_view, char> kNamed[] = {
        {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    for (const auto& [known, c] : kNamed) {
      if (name == known) {
        *text += c;
        return Status::OK();
      }
    }
    if (!name.starts_with('#')) {
      return Wrong("it has an entity of its own");
    }
    const bool is_hex = name.starts_with("#x");
    const std::string_view digits = name.substr(is_hex ? 2 : 1);
    uint32_t code = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(),
                                        code, is_hex ? 16 : 10);
    if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size() ||
        !IsCharacter(code)) {
      return Wrong("a character reference means nothing");
    }
    AppendUtf8(code, text);
    return Status::OK();
  }

  Status Text(std::string* text) {
    while (!rest_.empty() && rest_.front() != '<') {
      if (rest_.front() == '&') {
        ARROW_RETURN_NOT_OK(Reference(text));
        continue;
      }
      const auto byte = static_cast<unsigned char>(rest_.front());
      // A reader turns a carriage return into a line feed: nobody writes it so.
      if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') {
        return Wrong("it has a control character");
      }
      *text += rest_.front();
      rest_.remove_prefix(1);
    }
    return Status::OK();
  }

  Status Element(int depth, XmlElement* element) {
    if (depth > kXmlDepthMax) {
      return Wrong("it is nested too deeply");
    }
    if (!Take("<")) {
      return Wrong("an element is missing");
    }
    ARROW_ASSIGN_OR_RAISE(element->name, Name());
    ARROW_RETURN_NOT_OK(Attributes());
    if (Take("/>")) {
      return Status::OK();
    }
    Take(">");
    while (true) {
      ARROW_RETURN_NOT_OK(Text(&element->text));
      if (rest_.starts_with("</")) {
        break;
      }
      element->children.emplace_back();
      ARROW_RETURN_NOT_OK(Element(depth + 1, &element->children.back()));
    }
    Take("</");
    ARROW_ASSIGN_OR_RAISE(const std::string closing, Name());
    SkipBlanks();
    if (closing != element->name || !Take(">")) {
      return Wrong("an element does not end where it should");
    }
    return Status::OK();
  }

  std::string_view rest_;
};

}  // namespace

const XmlElement* XmlElement::Find(std::string_view child) const {
  const auto found = std::ranges::find(children, child, &XmlElement::name);
  return found == children.end() ? nullptr : &*found;
}

std::string_view XmlElement::TextOf(std::string_view child) const {
  const XmlElement* found = Find(child);
  return found == nullptr ? std::string_view() : std::string_view(found->text);
}

Result<XmlElement> ParseXml(std::string_view text) { return Reader(text).Document(); }

}  // namespace tarn::gateway
