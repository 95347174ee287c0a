#include "tarn/ingest/records/xml_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <arrow/io/interfaces.h>
#include <fmt/format.h>
#include <libxml/tree.h>
#include <libxml/xmlreader.h>

#include "tarn/base/error.h"

namespace tarn::ingest::records {
namespace {

constexpr size_t kDepthMax = 200;
constexpr size_t kElementsOfRowMax = 1'000'000;
constexpr size_t kBytesOfRowMax = size_t{64} << 20;

struct ReaderDeleter {
  void operator()(xmlTextReader* reader) const { xmlFreeTextReader(reader); }
};

std::string_view Text(const xmlChar* text) {
  return text == nullptr ? "" : reinterpret_cast<const char*>(text);
}

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

class LibxmlReader final : public XmlReader {
 public:
  LibxmlReader(std::shared_ptr<arrow::io::InputStream> file, RowPath rows,
               TextSpace space)
      : file_(std::move(file)), rows_(std::move(rows)), space_(space) {}

  Status Begin() {
    constexpr int kOptions = XML_PARSE_NONET | XML_PARSE_COMPACT;
    reader_.reset(xmlReaderForIO(&OnRead, nullptr, this, nullptr, nullptr, kOptions));
    if (reader_ == nullptr) {
      return MakeError(ErrorCode::kOutOfMemory, "No memory to read XML");
    }
    xmlTextReaderSetErrorHandler(reader_.get(), &OnError, this);
    return Status::OK();
  }

  Result<std::optional<Element>> Next() override {
    int outcome = 0;
    while ((outcome = xmlTextReaderRead(reader_.get())) == 1) {
      ARROW_ASSIGN_OR_RAISE(const bool is_done, Take());
      if (is_done) {
        return std::optional<Element>(std::move(row_));
      }
    }
    if (outcome < 0 || !message_.empty()) {
      RETURN_NOT_OK(file_status_);
      // The library reads ahead, and may stumble over them first.
      if (message_.find("ntity") != std::string::npos) {
        return HasEntities();
      }
      return MakeError(ErrorCode::kInvalidData,
                       fmt::format("Not well-formed XML, in line {}: {}", line_,
                                   message_.empty() ? "it ends early" : message_));
    }
    return std::optional<Element>();
  }

 private:
  static int OnRead(void* context, char* into, int size) {
    auto& self = *static_cast<LibxmlReader*>(context);
    const auto read = self.file_->Read(size, into);
    if (!read.ok()) {
      self.file_status_ = read.status();
      return -1;
    }
    return static_cast<int>(*read);
  }

  static void OnError(void* context, const char* message, xmlParserSeverities severity,
                      xmlTextReaderLocatorPtr locator) {
    auto& self = *static_cast<LibxmlReader*>(context);
    if (severity == XML_PARSER_SEVERITY_ERROR && self.message_.empty()) {
      self.message_ = message == nullptr ? "not XML" : Trimmed(message);
      std::ranges::replace(self.message_, '\n', ' ');
      self.line_ = xmlTextReaderLocatorLineNumber(locator);
    }
  }

  /// Takes in what the reader stands at; true if `row_` is complete.
  Result<bool> Take() {
    switch (xmlTextReaderNodeType(reader_.get())) {
      case XML_READER_TYPE_ELEMENT: {
        const bool is_empty = xmlTextReaderIsEmptyElement(reader_.get()) == 1;
        RETURN_NOT_OK(BeginElement());
        return is_empty && EndElement();
      }
      case XML_READER_TYPE_END_ELEMENT:
        return EndElement();
      case XML_READER_TYPE_TEXT:
      case XML_READER_TYPE_CDATA:
        return TakeText();
      case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
        return space_ == TextSpace::kKeep ? TakeText() : false;
      case XML_READER_TYPE_DOCUMENT_TYPE: {
        const auto* type =
            reinterpret_cast<const xmlDtd*>(xmlTextReaderCurrentNode(reader_.get()));
        const bool has_entities =
            type != nullptr && (type->entities != nullptr || type->pentities != nullptr);
        return has_entities ? Result<bool>(HasEntities()) : false;
      }
      case XML_READER_TYPE_ENTITY_REFERENCE:
        return HasEntities();
      default:
        return false;
    }
  }

  static Status HasEntities() {
    return MakeError(ErrorCode::kInvalidData,
                     "The XML has entities of its own (<!ENTITY …>, &name;), which are "
                     "not expanded");
  }

  Status BeginElement() {
    const std::string name(Text(xmlTextReaderConstLocalName(reader_.get())));
    path_.push_back(name);
    if (path_.size() > kDepthMax) {
      return MakeError(ErrorCode::kResourceLimit,
                       fmt::format("The XML has elements more than {} deep within each "
                                   "other",
                                   kDepthMax));
    }
    if (open_.empty()) {
      ARROW_ASSIGN_OR_RAISE(const bool is_row, IsRow());
      if (!is_row) {
        return Status::OK();
      }
      bytes_ = 0;
      elements_ = 0;
    }
    if (++elements_ > kElementsOfRowMax) {
      return TooLarge();
    }
    Element element{.name = name};
    while (xmlTextReaderMoveToNextAttribute(reader_.get()) == 1) {
      RETURN_NOT_OK(TakeAttribute(&element));
    }
    xmlTextReaderMoveToElement(reader_.get());
    open_.push_back(std::move(element));
    return Status::OK();
  }

  Status TakeAttribute(Element* element) {
    const std::string_view space = Text(xmlTextReaderConstNamespaceUri(reader_.get()));
    const bool is_of_xml = xmlTextReaderIsNamespaceDecl(reader_.get()) == 1 ||
                           space == "http://www.w3.org/2001/XMLSchema-instance";
    if (is_of_xml) {
      return Status::OK();
    }
    element->attributes.emplace_back(
        Text(xmlTextReaderConstLocalName(reader_.get())),
        Trimmed(Text(xmlTextReaderConstValue(reader_.get()))));
    bytes_ += element->attributes.back().second.size();
    return bytes_ > kBytesOfRowMax ? TooLarge() : Status::OK();
  }

  bool EndElement() {
    path_.pop_back();
    if (open_.empty()) {
      return false;
    }
    Element element = std::move(open_.back());
    open_.pop_back();
    if (space_ == TextSpace::kTrim) {
      element.text = Trimmed(element.text);
    }
    if (!open_.empty()) {
      open_.back().children.push_back(std::move(element));
      return false;
    }
    row_ = std::move(element);
    return true;
  }

  Result<bool> TakeText() {
    if (!open_.empty()) {
      const std::string_view text = Text(xmlTextReaderConstValue(reader_.get()));
      bytes_ += text.size();
      if (bytes_ > kBytesOfRowMax) {
        return TooLarge();
      }
      open_.back().text += text;
    }
    return false;
  }

  Status TooLarge() const {
    return MakeError(ErrorCode::kResourceLimit,
                     fmt::format("A row of the XML, {}, has more than {} MiB or {} "
                                 "elements; is another element the row (--row-element)?",
                                 open_.empty() ? path_.back() : open_.front().name,
                                 kBytesOfRowMax >> 20, kElementsOfRowMax));
  }

  /// Whether the element at the end of `path_` is a row.
  Result<bool> IsRow() {
    const std::vector<std::string>& names = rows_.names;
    if (!names.empty()) {
      const bool has_length = rows_.is_from_root ? path_.size() == names.size()
                                                 : path_.size() >= names.size();
      return has_length && std::equal(names.rbegin(), names.rend(), path_.rbegin());
    }
    if (path_.size() != 2) {
      return false;
    }
    if (only_name_.empty()) {
      only_name_ = path_.back();
    }
    if (only_name_ != path_.back()) {
      return MakeError(ErrorCode::kInvalidData,
                       fmt::format("Which element is a row? Within <{}> are <{}> and "
                                   "<{}>; name it with --row-element (rowElement)",
                                   path_.front(), only_name_, path_.back()));
    }
    return true;
  }

  std::shared_ptr<arrow::io::InputStream> file_;
  const RowPath rows_;
  const TextSpace space_;
  Status file_status_;
  std::string message_;  // the first error's
  int line_ = 0;
  std::vector<std::string> path_;  // names of the open elements
  std::vector<Element> open_;      // the row and what is open within it
  Element row_;
  std::string only_name_;  // of the root's children
  size_t bytes_ = 0;       // of this row's texts
  size_t elements_ = 0;
  std::unique_ptr<xmlTextReader, ReaderDeleter> reader_;  // last: it goes first
};

}  // namespace

Result<RowPath> RowPath::Parse(std::string_view text) {
  RowPath path;
  std::string_view rest = Trimmed(text);
  if (rest.starts_with('/')) {
    path.is_from_root = true;
    rest.remove_prefix(1);
  }
  if (rest.empty() && !path.is_from_root) {
    return path;
  }
  for (bool is_last = false; !is_last;) {
    const size_t slash = rest.find('/');
    is_last = slash == std::string_view::npos;
    std::string_view name = rest.substr(0, slash);
    rest.remove_prefix(is_last ? rest.size() : slash + 1);
    name.remove_prefix(std::min(name.size(), name.rfind(':') + 1));
    if (name.empty() || name.find_first_of("[]@*()<>= '\"") != std::string_view::npos) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "A row element is a name or a path of names (catalog/book), "
                       "not: " +
                           std::string(text));
    }
    path.names.emplace_back(name);
  }
  return path;
}

Result<std::unique_ptr<XmlReader>> XmlReader::Open(
    std::shared_ptr<arrow::io::InputStream> file, RowPath rows, TextSpace space) {
  auto reader = std::make_unique<LibxmlReader>(std::move(file), std::move(rows), space);
  RETURN_NOT_OK(reader->Begin());
  return reader;
}

}  // namespace tarn::ingest::records
