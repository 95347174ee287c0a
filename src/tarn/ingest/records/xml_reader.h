// The rows of an XML file, one element at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/io/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/ingest/records/shape.h"

namespace tarn::ingest::records {

/// Which elements are rows: "book", "catalog/book" (a book directly within a catalog),
/// "/catalog/book" (from the root on); empty: the children of the root, if they are all
/// of one name. Prefixes of namespaces do not count.
struct RowPath {
  bool is_from_root = false;
  std::vector<std::string> names = {};

  /// Errors: kInvalidArgument.
  static Result<RowPath> Parse(std::string_view text);
};

/// White space around texts.
enum class TextSpace : uint8_t { kTrim, kKeep };

/// Holds one row at a time, whatever the file's size. Thread-compatible.
class XmlReader {
 public:
  /// Nothing outside of the file is read. Errors: kOutOfMemory.
  static Result<std::unique_ptr<XmlReader>> Open(
      std::shared_ptr<arrow::io::InputStream> file, RowPath rows,
      TextSpace space = TextSpace::kTrim);
  virtual ~XmlReader() = default;

  /// Unset at the end. Errors: kInvalidData (not well-formed, with line; entities of its
  /// own; children of several names), kResourceLimit for a row that is too large or deep,
  /// those of the file.
  virtual Result<std::optional<Element>> Next() = 0;
};

}  // namespace tarn::ingest::records
