#include "tarn/storage/internal/row_order.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include <arrow/array.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>
#include <arrow/util/byte_size.h>

namespace tarn::storage {
namespace {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

int64_t BytesOf(const arrow::RecordBatch& batch) {
  const Result<int64_t> bytes = arrow::util::ReferencedBufferSize(batch);
  return bytes.ok() ? *bytes : arrow::util::TotalBufferSize(batch);
}

Result<BatchPtr> TakeRows(const BatchPtr& batch, std::vector<uint64_t> rows) {
  const auto length = static_cast<int64_t>(rows.size());
  const auto indices = std::make_shared<arrow::UInt64Array>(
      length, arrow::Buffer::FromVector(std::move(rows)));
  ARROW_ASSIGN_OR_RAISE(
      const arrow::Datum taken,
      arrow::compute::Take(batch, indices, arrow::compute::TakeOptions::NoBoundsCheck()));
  return taken.record_batch();
}

/// The first eight bytes as a number that orders as they do.
uint64_t PrefixOf(std::string_view key) {
  uint64_t prefix = 0;
  for (size_t i = 0; i < sizeof(prefix); ++i) {
    const uint8_t byte = i < key.size() ? static_cast<uint8_t>(key[i]) : 0;
    prefix = (prefix << 8U) | byte;
  }
  return prefix;
}

}  // namespace

Result<RowList> RowList::Make(const Batches& batches, int64_t run_bytes_max) {
  RowList list;
  Batches run;
  int64_t run_bytes = 0;
  const auto end_run = [&]() -> Status {
    if (run.empty()) {
      return Status::OK();
    }
    BatchPtr whole = run.front();
    if (run.size() > 1) {
      ARROW_ASSIGN_OR_RAISE(whole, arrow::ConcatenateRecordBatches(run));
    }
    list.starts_.push_back(list.num_rows_);
    list.num_rows_ += whole->num_rows();
    list.runs_.push_back(std::move(whole));
    run.clear();
    run_bytes = 0;
    return Status::OK();
  };
  for (const BatchPtr& batch : batches) {
    if (batch->num_rows() == 0) {
      continue;
    }
    const int64_t bytes = BytesOf(*batch);
    if (run_bytes + bytes > run_bytes_max) {
      ARROW_RETURN_NOT_OK(end_run());
    }
    run.push_back(batch);
    run_bytes += bytes;
  }
  ARROW_RETURN_NOT_OK(end_run());
  return list;
}

Result<RowList::Batches> RowList::Gather(const std::vector<uint64_t>& order,
                                         int64_t batch_rows_max) const {
  Batches result;
  const auto size = static_cast<int64_t>(order.size());
  for (int64_t begin = 0; begin < size; begin += batch_rows_max) {
    const int64_t count = std::min(batch_rows_max, size - begin);
    ARROW_ASSIGN_OR_RAISE(auto batch, GatherBatch(order.data() + begin, count));
    result.push_back(std::move(batch));
  }
  return result;
}

Result<BatchPtr> RowList::GatherBatch(const uint64_t* rows, int64_t count) const {
  if (runs_.size() == 1) {
    return TakeRows(runs_[0], std::vector<uint64_t>(rows, rows + count));
  }
  // From each run the rows that are wanted, one after the other, and then into order.
  std::vector<std::vector<uint64_t>> wanted(runs_.size());
  std::vector<size_t> run_of(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    const auto after =
        std::upper_bound(starts_.begin(), starts_.end(), static_cast<int64_t>(rows[i]));
    const auto run = static_cast<size_t>(after - starts_.begin()) - 1;
    run_of[static_cast<size_t>(i)] = run;
    wanted[run].push_back(rows[i] - static_cast<uint64_t>(starts_[run]));
  }
  Batches parts;
  std::vector<uint64_t> next(runs_.size(), 0);  // place of a run's next row among parts
  uint64_t place = 0;
  for (size_t run = 0; run < runs_.size(); ++run) {
    next[run] = place;
    place += wanted[run].size();
    if (wanted[run].empty()) {
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(auto part, TakeRows(runs_[run], std::move(wanted[run])));
    parts.push_back(std::move(part));
  }
  ARROW_ASSIGN_OR_RAISE(const BatchPtr together, arrow::ConcatenateRecordBatches(parts));
  std::vector<uint64_t> places;
  places.reserve(run_of.size());
  for (const size_t run : run_of) {
    places.push_back(next[run]++);
  }
  return TakeRows(together, std::move(places));
}

std::vector<uint64_t> RowKeys::Order() const {
  struct Row {
    uint64_t prefix;
    uint64_t number;
  };
  std::vector<Row> rows(size());
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i] = {.prefix = PrefixOf((*this)[i]), .number = i};
  }
  std::sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
    if (a.prefix != b.prefix) {
      return a.prefix < b.prefix;
    }
    const int compared = (*this)[a.number].compare((*this)[b.number]);
    return compared != 0 ? compared < 0 : a.number < b.number;
  });
  std::vector<uint64_t> order;
  order.reserve(rows.size());
  for (const Row& row : rows) {
    order.push_back(row.number);
  }
  return order;
}

}  // namespace tarn::storage
