// What could stand at a place of a text: found from the text alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::cli {

struct NamedTable {
  std::vector<std::string> parts;  // "iceberg", "sales", "orders"
  std::string alias;               // empty if it has none
};

struct CompletionContext {
  enum class Place : uint8_t {
    kNothing,   // in a comment
    kCommand,   // a command of the shell
    kArgument,  // what follows one
    kFile,      // in a string
    kTable,     // after FROM and the like
    kSchema,    // after USE, SHOW TABLES FROM, …
    kCatalog,   // after SHOW SCHEMAS FROM
    kSetting,   // after SET SESSION
    kAnything,  // keywords, columns, functions, tables
  };

  Place place = Place::kNothing;
  size_t begin = 0;                          // of what is to be replaced
  std::string word = {};                     // what is there, without its quote
  bool quoted = false;                       // "word
  std::vector<std::string> qualifiers = {};  // "a", "b" of a.b.word
  std::vector<NamedTable> tables = {};       // of the statement
  std::vector<std::string> expected = {};    // keywords that would fit, in capitals
  std::string command = {};                  // "\\d"
};

/// `cursor` is at most the size of `text`.
CompletionContext CompletionContextAt(std::string_view text, size_t cursor);

}  // namespace tarn::cli
