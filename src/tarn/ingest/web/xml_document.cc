#include <memory>

#include <fmt/format.h>
#include <libxml/xmlreader.h>

#include "tarn/base/error.h"
#include "tarn/ingest/web/document.h"

namespace tarn::ingest::web {
namespace {

struct ReaderDeleter {
  void operator()(xmlTextReader* reader) const { xmlFreeTextReader(reader); }
};
using ReaderPtr = std::unique_ptr<xmlTextReader, ReaderDeleter>;

struct Failure {
  std::string message;
  int line = 0;
};

void OnError(void* context, const char* message, xmlParserSeverities severity,
             xmlTextReaderLocatorPtr locator) {
  auto& failure = *static_cast<Failure*>(context);
  const bool is_error = severity == XML_PARSER_SEVERITY_ERROR ||
                        severity == XML_PARSER_SEVERITY_VALIDITY_ERROR;
  if (is_error && failure.message.empty()) {
    failure.message = message == nullptr ? "not XML" : message;
    failure.message.erase(failure.message.find_last_not_of(" \r\n") + 1);
    failure.line = xmlTextReaderLocatorLineNumber(locator);
  }
}

std::string Text(const xmlChar* text) {
  return text == nullptr ? "" : reinterpret_cast<const char*>(text);
}

Node ElementOf(xmlTextReader* reader) {
  Node node{.name = Text(xmlTextReaderConstName(reader)), .text = {}, .attributes = {}};
  while (xmlTextReaderMoveToNextAttribute(reader) == 1) {
    node.attributes.emplace_back(Text(xmlTextReaderConstName(reader)),
                                 Text(xmlTextReaderConstValue(reader)));
  }
  xmlTextReaderMoveToElement(reader);
  return node;
}

Status Read(xmlTextReader* reader, const Failure& failure, Document* document) {
  NodeId parent = 0;
  int32_t depth = 0;
  int outcome = 0;
  while ((outcome = xmlTextReaderRead(reader)) == 1) {
    if (document->size() >= kNodesMax) {
      return MakeError(ErrorCode::kResourceLimit,
                       fmt::format("The XML has more than {} elements", kNodesMax));
    }
    switch (xmlTextReaderNodeType(reader)) {
      case XML_READER_TYPE_ELEMENT: {
        const bool is_empty = xmlTextReaderIsEmptyElement(reader) == 1;
        const NodeId id = document->Append(parent, ElementOf(reader));
        if (!is_empty) {
          parent = id;
          if (++depth > kDepthMax) {
            return MakeError(
                ErrorCode::kResourceLimit,
                fmt::format("The XML has elements more than {} deep within each other",
                            kDepthMax));
          }
        }
        break;
      }
      case XML_READER_TYPE_END_ELEMENT:
        parent = document->node(parent).parent;
        --depth;
        break;
      case XML_READER_TYPE_TEXT:
      case XML_READER_TYPE_CDATA:
      case XML_READER_TYPE_SIGNIFICANT_WHITESPACE: {
        Node node{
            .name = {}, .text = Text(xmlTextReaderConstValue(reader)), .attributes = {}};
        document->Append(parent, std::move(node));
        break;
      }
      default:
        break;
    }
  }
  if (outcome < 0) {
    return MakeError(ErrorCode::kInvalidData,
                     fmt::format("Not well-formed XML, in line {}: {}", failure.line,
                                 failure.message));
  }
  return Status::OK();
}

}  // namespace

Result<Document> ParseXml(std::string_view text) {
  if (text.size() > size_t{1} << 30) {
    return MakeError(ErrorCode::kResourceLimit, "The XML is larger than 1 GiB");
  }
  constexpr int kOptions = XML_PARSE_NONET | XML_PARSE_COMPACT | XML_PARSE_IGNORE_ENC;
  const ReaderPtr reader(xmlReaderForMemory(text.data(), static_cast<int>(text.size()),
                                            nullptr, "UTF-8", kOptions));
  if (reader == nullptr) {
    return MakeError(ErrorCode::kOutOfMemory, "No memory to read XML");
  }
  Failure failure;
  xmlTextReaderSetErrorHandler(reader.get(), OnError, &failure);
  Document document;
  ARROW_RETURN_NOT_OK(Read(reader.get(), failure, &document));
  document.Finish();
  return document;
}

}  // namespace tarn::ingest::web
