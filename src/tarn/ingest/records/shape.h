// The columns that elements within each other turn into: structs, lists and typed texts.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/ingest/records/leaf_types.h"
#include "tarn/ingest/records/record_file.h"

namespace tarn::ingest::records {

struct Element {
  std::string name;
  std::string text = {};  // trimmed
  std::vector<std::pair<std::string, std::string>> attributes = {};
  std::vector<Element> children = {};
};

/// Attributes and elements within an element are columns by their names; what occurs
/// twice is a list; the text beside them is the column "value". Names that differ only in
/// case, or an attribute and an element of one name, get a number: "id", "id_1".
/// Thread-compatible.
class Shape {
 public:
  /// Takes in one record. Errors: kResourceLimit for more kinds of elements than a table
  /// has columns.
  Status Learn(const Element& record);
  /// The record as JSON of the shape so far.
  void Write(const Element& record, std::string* out);
  /// True if something that was written before was written in another shape than this:
  /// all has to be written again.
  bool is_outgrown() const { return is_outgrown_; }

  TypedColumns columns() const;

 private:
  struct Node {
    std::string key;       // of its parent's JSON
    std::string text_key;  // of the text beside children; empty without any text
    bool is_list = false;
    bool is_written = false;
    LeafTypes types = {};
    std::vector<std::unique_ptr<Node>> children = {};
    std::map<std::string, size_t, std::less<>> index = {};  // "@name" for an attribute
    std::set<std::string> keys = {};                        // in lower case
  };

  Result<Node*> ChildOf(Node& parent, const std::string& name, std::string_view key);
  Status LearnNode(const Element& element, Node& node);
  static void WriteNode(const Element& element, Node& node, std::string* out);
  static void WriteMembers(const Element& element, Node& node, std::string* out);
  static std::string TypeOf(const Node& node);

  std::unique_ptr<Node> root_ = std::make_unique<Node>();
  bool is_outgrown_ = false;
  int64_t num_nodes_ = 0;
};

}  // namespace tarn::ingest::records
