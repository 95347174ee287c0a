#include "tarn/ingest/format.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/ingest/packed/packed_reader.h"

namespace tarn::ingest {
namespace {

struct Name {
  Format format;
  std::string_view text;
};
constexpr std::array<Name, 12> kNames = {{
    {Format::kAuto, "auto"},
    {Format::kCsv, "csv"},
    {Format::kJson, "json"},
    {Format::kParquet, "parquet"},
    {Format::kOrc, "orc"},
    {Format::kAvro, "avro"},
    {Format::kArrow, "arrow"},
    {Format::kXml, "xml"},
    {Format::kExcel, "excel"},
    {Format::kPostgres, "postgresql"},
    {Format::kMySql, "mysql"},
    {Format::kOdbc, "odbc"},
}};

constexpr std::array<Name, 19> kExtensions = {{
    {Format::kCsv, ".csv"},       {Format::kCsv, ".tsv"},
    {Format::kCsv, ".txt"},       {Format::kJson, ".json"},
    {Format::kJson, ".jsonl"},    {Format::kJson, ".ndjson"},
    {Format::kJson, ".geojson"},  {Format::kParquet, ".parquet"},
    {Format::kParquet, ".parq"},  {Format::kParquet, ".pq"},
    {Format::kOrc, ".orc"},       {Format::kAvro, ".avro"},
    {Format::kArrow, ".arrow"},   {Format::kArrow, ".arrows"},
    {Format::kArrow, ".feather"}, {Format::kArrow, ".ipc"},
    {Format::kXml, ".xml"},       {Format::kExcel, ".xlsx"},
    {Format::kExcel, ".xlsm"},
}};

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

bool LooksLikeText(std::string_view head) {
  return std::none_of(head.begin(), head.end(), [](unsigned char c) {
    return c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1b &&
           c != 0x01;
  });
}

}  // namespace

std::string_view FormatName(Format format) {
  return kNames.at(static_cast<size_t>(format)).text;
}

Result<Format> FormatFromName(std::string_view name) {
  std::string folded = Lower(name);
  if (folded == "xlsx") {
    folded = "excel";
  }
  for (const Name& known : kNames) {
    if (known.text == folded && known.format < Format::kPostgres) {
      return known.format;
    }
  }
  return MakeError(
      ErrorCode::kInvalidArgument,
      "Unknown format (one of csv, json, parquet, orc, avro, arrow, xml, excel): " +
          std::string(name));
}

Format FormatByExtension(std::string_view location) {
  if (location.find("://") != std::string_view::npos) {
    location = location.substr(0, location.find_first_of("?#"));
  }
  const std::string lower = Lower(location);
  const std::string_view path = packed::NameWithin(lower);
  for (const Name& known : kExtensions) {
    if (path.ends_with(known.text)) {
      return known.format;
    }
  }
  return Format::kAuto;
}

Format FormatByContent(std::string_view head) {
  using namespace std::string_view_literals;
  if (head.starts_with("PAR1")) {
    return Format::kParquet;
  }
  if (head.starts_with("ORC")) {
    return Format::kOrc;
  }
  if (head.starts_with("Obj\x01"sv)) {
    return Format::kAvro;
  }
  if (head.starts_with("ARROW1") || head.starts_with("\xff\xff\xff\xff"sv)) {
    return Format::kArrow;
  }
  if (head.starts_with("PK\x03\x04") &&
      head.substr(0, 512).find("[Content_Types].xml") != std::string_view::npos) {
    return Format::kExcel;
  }
  if (head.starts_with("\xef\xbb\xbf")) {
    head.remove_prefix(3);
  }
  const size_t first = head.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || !LooksLikeText(head)) {
    return Format::kAuto;
  }
  if (head.substr(first).starts_with("<?xml")) {
    return Format::kXml;
  }
  return head[first] == '{' || head[first] == '[' ? Format::kJson : Format::kCsv;
}

std::string_view ExtensionOf(Format format) {
  for (const Name& known : kExtensions) {
    if (known.format == format) {
      return known.text;
    }
  }
  return "";
}

}  // namespace tarn::ingest
