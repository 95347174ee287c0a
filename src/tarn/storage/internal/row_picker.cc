#include "tarn/storage/internal/row_picker.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include <arrow/array.h>
#include <arrow/array/concatenate.h>
#include <arrow/buffer.h>
#include <arrow/compute/api_vector.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/bit_util.h>
#include <arrow/util/byte_size.h>
#include <arrow/util/parallel.h>

namespace tarn::storage {
namespace {

using arrow::Array;
using arrow::ArrayData;
using arrow::ArrayVector;
using Rows = std::span<const RowRef>;

bool IsText(const arrow::DataType& type) {
  return type.id() == arrow::Type::STRING || type.id() == arrow::Type::BINARY;
}

int64_t LengthOf(Rows rows) { return static_cast<int64_t>(rows.size()); }

struct Validity {
  std::shared_ptr<arrow::Buffer> bits;  // nullptr if no row is null
  int64_t num_nulls = 0;
};

Result<Validity> PickValidity(const ArrayVector& chunks, Rows rows) {
  const bool any = std::any_of(chunks.begin(), chunks.end(),
                               [](const auto& chunk) { return chunk->null_count() > 0; });
  Validity validity;
  if (!any) {
    return validity;
  }
  ARROW_ASSIGN_OR_RAISE(validity.bits, arrow::AllocateEmptyBitmap(LengthOf(rows)));
  uint8_t* const bits = validity.bits->mutable_data();
  for (size_t i = 0; i < rows.size(); ++i) {
    if (chunks[rows[i].batch]->IsValid(rows[i].row)) {
      arrow::bit_util::SetBit(bits, static_cast<int64_t>(i));
    } else {
      ++validity.num_nulls;
    }
  }
  return validity;
}

std::shared_ptr<Array> ArrayOf(const std::shared_ptr<arrow::DataType>& type, Rows rows,
                               Validity validity,
                               std::vector<std::shared_ptr<arrow::Buffer>> values) {
  values.insert(values.begin(), std::move(validity.bits));
  return arrow::MakeArray(
      ArrayData::Make(type, LengthOf(rows), std::move(values), validity.num_nulls));
}

template <typename Word>
void CopyWords(const std::vector<const uint8_t*>& from, Rows rows, uint8_t* to) {
  for (const RowRef& row : rows) {
    Word word;
    std::memcpy(&word, from[row.batch] + row.row * sizeof(Word), sizeof(Word));
    std::memcpy(to, &word, sizeof(Word));
    to += sizeof(Word);
  }
}

Result<std::shared_ptr<Array>> PickFixed(const ArrayVector& chunks, Rows rows,
                                         size_t width) {
  ARROW_ASSIGN_OR_RAISE(Validity validity, PickValidity(chunks, rows));
  ARROW_ASSIGN_OR_RAISE(
      std::shared_ptr<arrow::Buffer> values,
      arrow::AllocateBuffer(LengthOf(rows) * static_cast<int64_t>(width)));
  std::vector<const uint8_t*> from;
  from.reserve(chunks.size());
  for (const auto& chunk : chunks) {
    const ArrayData& data = *chunk->data();
    from.push_back(data.buffers[1] == nullptr
                       ? nullptr  // of no rows
                       : data.buffers[1]->data() +
                             static_cast<size_t>(data.offset) * width);
  }
  uint8_t* to = values->mutable_data();
  switch (width) {
    case 4:
      CopyWords<uint32_t>(from, rows, to);
      break;
    case 8:
      CopyWords<uint64_t>(from, rows, to);
      break;
    case 16:
      CopyWords<unsigned __int128>(from, rows, to);
      break;
    default:
      for (const RowRef& row : rows) {
        std::memcpy(to, from[row.batch] + row.row * width, width);
        to += width;
      }
  }
  return ArrayOf(chunks.front()->type(), rows, std::move(validity), {std::move(values)});
}

Result<std::shared_ptr<Array>> PickBooleans(const ArrayVector& chunks, Rows rows) {
  ARROW_ASSIGN_OR_RAISE(Validity validity, PickValidity(chunks, rows));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> values,
                        arrow::AllocateEmptyBitmap(LengthOf(rows)));
  for (size_t i = 0; i < rows.size(); ++i) {
    if (static_cast<const arrow::BooleanArray&>(*chunks[rows[i].batch])
            .Value(rows[i].row)) {
      arrow::bit_util::SetBit(values->mutable_data(), static_cast<int64_t>(i));
    }
  }
  return ArrayOf(chunks.front()->type(), rows, std::move(validity), {std::move(values)});
}

Result<std::shared_ptr<Array>> PickTexts(const ArrayVector& chunks, Rows rows) {
  ARROW_ASSIGN_OR_RAISE(Validity validity, PickValidity(chunks, rows));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> offsets,
                        arrow::AllocateBuffer((LengthOf(rows) + 1) *
                                              static_cast<int64_t>(sizeof(int32_t))));
  struct Texts {
    const int32_t* offsets;
    const uint8_t* bytes;
  };
  std::vector<Texts> from;
  from.reserve(chunks.size());
  for (const auto& chunk : chunks) {
    const auto& texts = static_cast<const arrow::BinaryArray&>(*chunk);
    from.push_back({.offsets = texts.raw_value_offsets(), .bytes = texts.raw_data()});
  }
  auto* const ends = reinterpret_cast<int32_t*>(offsets->mutable_data());
  int64_t end = 0;
  ends[0] = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const int32_t* const at = from[rows[i].batch].offsets + rows[i].row;
    end += at[1] - at[0];
    if (end > std::numeric_limits<int32_t>::max()) {
      return Status::CapacityError(
          "Rows to be sorted have over 2 GiB of text in one "
          "batch of a column");
    }
    ends[i + 1] = static_cast<int32_t>(end);
  }
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> bytes, arrow::AllocateBuffer(end));
  uint8_t* const to = bytes->mutable_data();
  for (size_t i = 0; i < rows.size(); ++i) {
    const Texts& texts = from[rows[i].batch];
    std::copy_n(texts.bytes + texts.offsets[rows[i].row], ends[i + 1] - ends[i],
                to + ends[i]);
  }
  return ArrayOf(chunks.front()->type(), rows, std::move(validity),
                 {std::move(offsets), std::move(bytes)});
}

Result<std::shared_ptr<Array>> PickColumn(const ArrayVector& chunks, Rows rows);

Result<std::shared_ptr<Array>> PickStructs(const ArrayVector& chunks, Rows rows) {
  ARROW_ASSIGN_OR_RAISE(Validity validity, PickValidity(chunks, rows));
  ArrayVector children;
  for (int child = 0; child < chunks.front()->type()->num_fields(); ++child) {
    ArrayVector of_child;
    for (const auto& chunk : chunks) {
      of_child.push_back(static_cast<const arrow::StructArray&>(*chunk).field(child));
    }
    ARROW_ASSIGN_OR_RAISE(auto picked, PickColumn(of_child, rows));
    children.push_back(std::move(picked));
  }
  return std::make_shared<arrow::StructArray>(
      chunks.front()->type(), LengthOf(rows), std::move(children),
      std::move(validity.bits), validity.num_nulls);
}

Result<std::shared_ptr<Array>> Take(const Array& from, std::vector<int64_t> rows) {
  const auto length = static_cast<int64_t>(rows.size());
  return arrow::compute::Take(
      from, arrow::Int64Array(length, arrow::Buffer::FromVector(std::move(rows))),
      arrow::compute::TakeOptions::NoBoundsCheck());
}

/// From each chunk the rows that are wanted, one after the other, and then into order.
Result<std::shared_ptr<Array>> PickAny(const ArrayVector& chunks, Rows rows) {
  std::vector<std::vector<int64_t>> wanted(chunks.size());
  for (const RowRef& row : rows) {
    wanted[row.batch].push_back(row.row);
  }
  ArrayVector parts;
  std::vector<int64_t> next(chunks.size(), 0);  // place of a chunk's next row
  int64_t place = 0;
  for (size_t i = 0; i < chunks.size(); ++i) {
    next[i] = place;
    if (!wanted[i].empty()) {
      place += static_cast<int64_t>(wanted[i].size());
      ARROW_ASSIGN_OR_RAISE(auto part, Take(*chunks[i], std::move(wanted[i])));
      parts.push_back(std::move(part));
    }
  }
  ARROW_ASSIGN_OR_RAISE(const auto together, arrow::Concatenate(parts));
  std::vector<int64_t> places;
  places.reserve(rows.size());
  for (const RowRef& row : rows) {
    places.push_back(next[row.batch]++);
  }
  return Take(*together, std::move(places));
}

Result<std::shared_ptr<Array>> PickColumn(const ArrayVector& chunks, Rows rows) {
  const arrow::DataType& type = *chunks.front()->type();
  switch (type.id()) {
    case arrow::Type::NA:
      return arrow::MakeArrayOfNull(chunks.front()->type(), LengthOf(rows));
    case arrow::Type::BOOL:
      return PickBooleans(chunks, rows);
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return PickTexts(chunks, rows);
    case arrow::Type::STRUCT:
      return PickStructs(chunks, rows);
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
    case arrow::Type::DATE32:
    case arrow::Type::TIME64:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DECIMAL128:
    case arrow::Type::FIXED_SIZE_BINARY:
      return PickFixed(chunks, rows, static_cast<size_t>(type.byte_width()));
    default:
      return PickAny(chunks, rows);
  }
}

int64_t LongestOf(const Array& array) {
  const auto& texts = static_cast<const arrow::BinaryArray&>(array);
  int32_t longest = 0;
  for (int64_t i = 0; i < texts.length(); ++i) {
    longest = std::max(longest, texts.value_length(i));
  }
  return longest;
}

int64_t BytesOfColumn(const Array& array) {
  const Result<int64_t> bytes = arrow::util::ReferencedBufferSize(array);
  return bytes.ok() ? *bytes : arrow::util::TotalBufferSize(array);
}

}  // namespace

RowPicker::RowPicker(Batches batches) : batches_(std::move(batches)) {
  for (int column = 0; column < batches_.front()->num_columns(); ++column) {
    ArrayVector chunks;
    chunks.reserve(batches_.size());
    for (const auto& batch : batches_) {
      chunks.push_back(batch->column(column));
    }
    columns_.push_back(std::move(chunks));
  }
}

RowPicker::RowBytes RowPicker::Measure() const {
  RowBytes measured;
  int64_t num_rows = 1;
  for (const auto& batch : batches_) {
    num_rows += batch->num_rows();
  }
  for (size_t column = 0; column < columns_.size(); ++column) {
    const bool is_text = IsText(*columns_[column].front()->type());
    int64_t measure = 0;
    for (const auto& chunk : columns_[column]) {
      measure = is_text ? std::max(measure, LongestOf(*chunk))
                        : measure + BytesOfColumn(*chunk);
    }
    if (is_text) {
      measured.texts.push_back(column);
      measured.max += measure;
    } else {
      measured.without_texts += measure / num_rows + 1;
    }
  }
  measured.max += measured.without_texts;
  return measured;
}

int64_t RowPicker::BytesOf(const RowBytes& measured, const RowRef& row) const {
  int64_t bytes = measured.without_texts;
  for (const size_t column : measured.texts) {
    bytes += static_cast<const arrow::BinaryArray&>(*columns_[column][row.batch])
                 .value_length(row.row);
  }
  return bytes;
}

std::vector<size_t> RowPicker::Pieces(Rows rows, int64_t rows_max,
                                      int64_t bytes_max) const {
  std::vector<size_t> ends;
  const RowBytes measured = Measure();
  const bool is_even = measured.max * rows_max <= bytes_max * 4;
  const auto piece_rows = static_cast<size_t>(std::max<int64_t>(rows_max, 1));
  if (is_even) {
    for (size_t end = piece_rows; end < rows.size(); end += piece_rows) {
      ends.push_back(end);
    }
  } else {
    int64_t bytes = 0;
    size_t begin = 0;
    for (size_t i = 0; i < rows.size(); ++i) {
      const int64_t row_bytes = BytesOf(measured, rows[i]);
      if (i > begin && (bytes + row_bytes > bytes_max || i - begin == piece_rows)) {
        ends.push_back(i);
        begin = i;
        bytes = 0;
      }
      bytes += row_bytes;
    }
  }
  if (!rows.empty()) {
    ends.push_back(rows.size());
  }
  return ends;
}

Result<std::shared_ptr<arrow::RecordBatch>> RowPicker::Pick(Rows rows,
                                                            PickThreads threads) const {
  ArrayVector picked(columns_.size());
  ARROW_RETURN_NOT_OK(arrow::internal::OptionalParallelFor(
      threads == PickThreads::kCpuPool, static_cast<int>(columns_.size()),
      [&](int task) -> Status {
        const auto column = static_cast<size_t>(task);
        ARROW_ASSIGN_OR_RAISE(picked[column], PickColumn(columns_[column], rows));
        return Status::OK();
      }));
  return arrow::RecordBatch::Make(batches_.front()->schema(), LengthOf(rows),
                                  std::move(picked));
}

}  // namespace tarn::storage
