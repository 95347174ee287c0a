#include "tarn/storage/internal/map_keys.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arrow/array.h>
#include <arrow/type.h>

namespace tarn::storage {
namespace {

/// Up to this many entries each is compared with each.
constexpr int64_t kPairwiseMax = 8;

int WidthOf(const arrow::DataType& type) {
  return arrow::is_fixed_width(type.id()) && type.id() != arrow::Type::BOOL
             ? type.bit_width() / 8
             : 0;
}

std::string_view FixedView(const arrow::Array& array, int width, int64_t i) {
  const auto* values = reinterpret_cast<const char*>(array.data()->buffers[1]->data());
  return {values + (array.offset() + i) * width, static_cast<size_t>(width)};
}

void AddCount(int64_t count, std::string* bytes) {
  bytes->append(reinterpret_cast<const char*>(&count), sizeof(count));
}

/// Appends value `i` so that two values are the same if and only if their bytes are.
void AddBytes(const arrow::Array& array, int64_t i, std::string* bytes) {
  bytes->push_back(array.IsValid(i) ? 1 : 0);
  if (array.IsNull(i)) {
    return;
  }
  if (const int width = WidthOf(*array.type()); width > 0) {
    bytes->append(FixedView(array, width, i));
  } else if (arrow::is_base_binary_like(array.type_id())) {
    const auto view = static_cast<const arrow::BinaryArray&>(array).GetView(i);
    AddCount(static_cast<int64_t>(view.size()), bytes);
    bytes->append(view);
  } else if (array.type_id() == arrow::Type::BOOL) {
    bytes->push_back(static_cast<const arrow::BooleanArray&>(array).Value(i) ? 1 : 0);
  } else if (array.type_id() == arrow::Type::STRUCT) {
    const auto& rows = static_cast<const arrow::StructArray&>(array);
    for (int child = 0; child < rows.num_fields(); ++child) {
      AddBytes(*rows.field(child), i, bytes);
    }
  } else if (arrow::is_list_like(array.type_id())) {
    const auto& lists = static_cast<const arrow::ListArray&>(array);
    AddCount(lists.value_length(i), bytes);
    for (int64_t j = lists.value_offset(i); j < lists.value_offset(i + 1); ++j) {
      AddBytes(*lists.values(), j, bytes);
    }
  }
}

/// Keys as bytes: those of the array itself where they lie side by side.
class KeyViews {
 public:
  explicit KeyViews(const arrow::Array& keys)
      : keys_(keys), width_(WidthOf(*keys.type())) {
    const arrow::Type::type id = keys.type_id();
    is_text_ = id == arrow::Type::STRING || id == arrow::Type::BINARY;
  }

  void Read(int64_t begin, int64_t end) {
    views_.clear();
    copies_.clear();
    copies_.reserve(static_cast<size_t>(end - begin));  // views into it stay
    for (int64_t i = begin; i < end; ++i) {
      if (keys_.IsValid(i)) {
        views_.emplace_back(ViewOf(i), i);
      }
    }
  }

  /// The first entry of a key that was there before; -1 if there is none.
  int64_t FirstRepeated() {
    if (static_cast<int64_t>(views_.size()) <= kPairwiseMax) {
      for (size_t i = 1; i < views_.size(); ++i) {
        for (size_t j = 0; j < i; ++j) {
          if (views_[i].first == views_[j].first) {
            return views_[i].second;
          }
        }
      }
      return -1;
    }
    std::sort(views_.begin(), views_.end());
    int64_t first = -1;
    for (size_t i = 1; i < views_.size(); ++i) {
      if (views_[i].first == views_[i - 1].first &&
          (first < 0 || views_[i].second < first)) {
        first = views_[i].second;
      }
    }
    return first;
  }

 private:
  std::string_view ViewOf(int64_t i) {
    if (is_text_) {
      return static_cast<const arrow::BinaryArray&>(keys_).GetView(i);
    }
    if (width_ > 0) {
      return FixedView(keys_, width_, i);
    }
    AddBytes(keys_, i, &copies_.emplace_back());
    return copies_.back();
  }

  const arrow::Array& keys_;
  int width_;
  bool is_text_;
  std::vector<std::pair<std::string_view, int64_t>> views_;
  std::vector<std::string> copies_;
};

}  // namespace

void FindRepeatedKeys(const arrow::MapArray& maps,
                      const std::function<void(int64_t entry)>& found) {
  KeyViews keys(*maps.keys());
  for (int64_t i = 0; i < maps.length(); ++i) {
    if (maps.value_length(i) < 2 || maps.IsNull(i)) {
      continue;
    }
    keys.Read(maps.value_offset(i), maps.value_offset(i + 1));
    if (const int64_t entry = keys.FirstRepeated(); entry >= 0) {
      found(entry);
    }
  }
}

}  // namespace tarn::storage
