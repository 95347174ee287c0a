#include "tarn/storage/internal/row_order.h"

#include <algorithm>
#include <array>
#include <utility>

#include <arrow/record_batch.h>
#include <arrow/util/parallel.h>

namespace tarn::storage {
namespace {

constexpr size_t kPrefixBytesMax = sizeof(uint64_t);
constexpr size_t kByteValues = 256;

struct Entry {
  uint64_t prefix;
  RowRef ref;
};

std::vector<Entry> EntriesOf(const KeyOrder& order, const std::vector<BatchKeys>& keys) {
  const size_t key_bytes = order.plan().key_bytes();
  size_t num_rows = 0;
  for (const BatchKeys& batch : keys) {
    num_rows += batch.bytes.size() / key_bytes;
  }
  std::vector<Entry> entries;
  entries.reserve(num_rows);
  for (size_t i = 0; i < keys.size(); ++i) {
    const size_t rows = keys[i].bytes.size() / key_bytes;
    for (size_t row = 0; row < rows; ++row) {
      entries.push_back({.prefix = order.Prefix(keys[i].bytes.data() + row * key_bytes),
                         .ref = {.batch = static_cast<uint32_t>(i),
                                 .row = static_cast<uint32_t>(row)}});
    }
  }
  return entries;
}

/// Radix sort from the last byte to the first; stable.
void SortByPrefix(std::vector<Entry>& entries, size_t prefix_bytes) {
  const auto by_prefix = [](const Entry& a, const Entry& b) {
    return a.prefix < b.prefix;
  };
  if (std::is_sorted(entries.begin(), entries.end(), by_prefix)) {
    return;
  }
  if (entries.size() < kByteValues * prefix_bytes) {
    std::stable_sort(entries.begin(), entries.end(), by_prefix);
    return;
  }
  std::array<std::array<size_t, kByteValues>, kPrefixBytesMax> counts{};
  for (const Entry& entry : entries) {
    for (size_t byte = 0; byte < prefix_bytes; ++byte) {
      ++counts[byte][(entry.prefix >> (byte * 8)) & 0xffU];
    }
  }
  std::vector<Entry> sorted(entries.size());
  for (size_t byte = 0; byte < prefix_bytes; ++byte) {
    std::array<size_t, kByteValues> next{};
    for (size_t value = 1; value < kByteValues; ++value) {
      next[value] = next[value - 1] + counts[byte][value - 1];
    }
    for (const Entry& entry : entries) {
      sorted[next[(entry.prefix >> (byte * 8)) & 0xffU]++] = entry;
    }
    entries.swap(sorted);
  }
}

/// Orders rows of equal prefixes by the rest of their keys.
void SortTies(const KeyOrder& order, const std::vector<BatchKeys>& keys,
              std::vector<Entry>& entries) {
  const auto before = [&](const Entry& a, const Entry& b) {
    const int compared =
        order.Compare(keys[a.ref.batch], a.ref.row, keys[b.ref.batch], b.ref.row);
    if (compared != 0) {
      return compared < 0;
    }
    return a.ref.batch != b.ref.batch ? a.ref.batch < b.ref.batch : a.ref.row < b.ref.row;
  };
  for (auto begin = entries.begin(); begin != entries.end();) {
    const auto end = std::find_if(begin + 1, entries.end(), [&](const Entry& entry) {
      return entry.prefix != begin->prefix;
    });
    if (end - begin > 1) {
      std::sort(begin, end, before);
    }
    begin = end;
  }
}

}  // namespace

std::vector<RowRef> OrderRows(const KeyOrder& order, const std::vector<BatchKeys>& keys) {
  std::vector<Entry> entries = EntriesOf(order, keys);
  SortByPrefix(entries, order.prefix_bytes());
  if (!order.prefix_is_all()) {
    SortTies(order, keys, entries);
  }
  std::vector<RowRef> rows;
  rows.reserve(entries.size());
  for (const Entry& entry : entries) {
    rows.push_back(entry.ref);
  }
  return rows;
}

Result<EncodedRows> EncodeAll(
    const KeyPlan& plan,
    const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches) {
  EncodedRows rows{.keys = std::vector<BatchKeys>(batches.size()),
                   .summary = KeySummary(plan)};
  std::vector<KeySummary> summaries(batches.size(), KeySummary(plan));
  ARROW_RETURN_NOT_OK(arrow::internal::ParallelFor(
      static_cast<int>(batches.size()), [&](int task) -> Status {
        const auto i = static_cast<size_t>(task);
        ARROW_ASSIGN_OR_RAISE(rows.keys[i], EncodeKeys(plan, *batches[i]));
        summaries[i].Add(plan, rows.keys[i]);
        return Status::OK();
      }));
  for (const KeySummary& summary : summaries) {
    rows.summary.Add(summary);
  }
  return rows;
}

}  // namespace tarn::storage
