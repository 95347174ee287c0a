// What the texts of one column can all be.
#pragma once

#include <cstdint>
#include <string_view>

namespace tarn::ingest::records {

/// Types as the engine's readers name them. Values are written by machines: numbers with
/// a point, dates and times as ISO 8601 has them; "007" is text.
class LeafTypes {
 public:
  /// `text` is not empty.
  void Add(std::string_view text);
  /// The narrowest type that holds all that was added without a loss; VARCHAR without
  /// any.
  std::string_view type() const;
  /// A text that is no number or time, whatever it looks like.
  void AddText();
  /// A double, which is a whole number that an int64 holds or not.
  void AddNumber(bool is_whole);

 private:
  uint8_t possible_ = 0xff;  // a bit for each of the types
  bool is_empty_ = true;
};

}  // namespace tarn::ingest::records
