// The order of rows by a sort order: normalised keys of whole batches, whose bytes order
// as the rows do.
//
//   ARROW_ASSIGN_OR_RAISE(auto plan, KeyPlan::Make(schema, order));
//   ARROW_ASSIGN_OR_RAISE(BatchKeys keys, EncodeKeys(plan, *batch));
//   KeySummary summary(plan);
//   summary.Add(plan, keys);
//   const KeyOrder by_key(plan, summary);     // by_key.Compare(keys, 0, keys, 1) < 0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/schema.h"
#include "tarn/iceberg/sort_order.h"
#include "tarn/iceberg/transform.h"
#include "tarn/iceberg/type.h"

namespace tarn::storage {

/// One field of an order, ready to be evaluated. Its bytes in a key: one for null or not,
/// then the value's; of text the first kTextBytes and one that says how many there were.
struct KeyPart {
  std::vector<int> path;  // child numbers from the batch's columns
  iceberg::Type source;
  iceberg::Type result;  // of the transform
  iceberg::Transform transform = iceberg::Identity{};
  iceberg::SortDirection direction = iceberg::SortDirection::kAscending;
  iceberg::NullOrder nulls = iceberg::NullOrder::kNullsFirst;
  size_t begin = 0;      // of its bytes
  size_t end = 0;        // behind its bytes
  bool is_text = false;  // longer values than the key holds may follow in the column

  static constexpr size_t kTextBytes = 16;
};

/// How rows become keys. Immutable.
class KeyPlan {
 public:
  /// `leading_int_column`: a column of int32 without nulls that counts before all fields
  /// of `order`, ascending. Errors: kInvalidData (a column that `schema` lacks),
  /// kNotSupported (a transform or type without an order).
  static Result<std::shared_ptr<const KeyPlan>> Make(
      const iceberg::Schema& schema, const iceberg::SortOrder& order,
      std::optional<int> leading_int_column = {});

  const std::vector<KeyPart>& parts() const { return parts_; }
  size_t num_texts() const { return num_texts_; }
  /// Of one row, a multiple of eight; zeros fill it up.
  size_t key_bytes() const { return key_bytes_; }

 private:
  void Add(KeyPart part);

  std::vector<KeyPart> parts_;
  size_t num_texts_ = 0;
  size_t used_bytes_ = 0;
  size_t key_bytes_ = sizeof(uint64_t);
};

/// The keys of a batch's rows, one after the other, and the columns of those parts that
/// may go on behind their key.
struct BatchKeys {
  std::vector<uint8_t> bytes;
  arrow::ArrayVector texts;

  const uint8_t* key(const KeyPlan& plan, size_t row) const {
    return bytes.data() + row * plan.key_bytes();
  }
};

/// Thread-safe.
Result<BatchKeys> EncodeKeys(const KeyPlan& plan, const arrow::RecordBatch& batch);

/// Which bits are equal in all keys seen, and which texts did not fit into theirs.
class KeySummary {
 public:
  explicit KeySummary(const KeyPlan& plan);
  void Add(const KeyPlan& plan, const BatchKeys& keys);
  void Add(const KeySummary& other);

  bool differs(size_t byte) const;
  bool is_cut(size_t part) const { return is_cut_[part]; }

 private:
  std::vector<uint64_t> all_;  // set in every key
  std::vector<uint64_t> any_;  // set in some key
  std::vector<bool> is_cut_;   // by part
};

/// Orders the keys of one plan that a summary knows. Immutable.
class KeyOrder {
 public:
  KeyOrder(std::shared_ptr<const KeyPlan> plan, const KeySummary& summary);

  const KeyPlan& plan() const { return *plan_; }
  /// The first bytes that differ at all, eight at most, as a number that orders as they
  /// do: prefix_bytes() of its low bytes are used.
  uint64_t Prefix(const uint8_t* key) const {
    uint64_t prefix = 0;
    for (const size_t position : positions_) {
      prefix = (prefix << 8U) | key[position];
    }
    return prefix;
  }
  size_t prefix_bytes() const { return positions_.size(); }
  /// True if rows of equal prefixes are equal.
  bool prefix_is_all() const { return prefix_is_all_; }

  /// Below, equal to or above 0.
  int Compare(const BatchKeys& left, size_t left_row, const BatchKeys& right,
              size_t right_row) const;

 private:
  struct CutText {
    size_t part;
    size_t text;  // number among BatchKeys::texts
  };

  std::shared_ptr<const KeyPlan> plan_;
  std::vector<CutText> cut_texts_;
  std::vector<size_t> positions_;
  bool prefix_is_all_ = true;
};

}  // namespace tarn::storage
