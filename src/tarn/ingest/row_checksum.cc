#include "tarn/ingest/row_checksum.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/checked_cast.h>

#include "tarn/base/digest.h"
#include "tarn/base/error.h"

namespace tarn::ingest {
namespace {

using arrow::internal::checked_cast;

constexpr char kNull = 0;
constexpr char kValue = 1;
constexpr size_t kDigestBytes = 32;

void AppendNumber(uint64_t number, std::string* bytes) {
  for (size_t i = 0; i < sizeof(number); ++i) {
    bytes->push_back(static_cast<char>(number >> (8 * i)));
  }
}

void AppendSigned(int64_t number, std::string* bytes) {
  AppendNumber(static_cast<uint64_t>(number), bytes);
}

void AppendText(std::string_view text, std::string* bytes) {
  AppendNumber(text.size(), bytes);
  bytes->append(text);
}

/// All values that are no number are one.
void AppendDouble(double number, std::string* bytes) {
  const double same =
      std::isnan(number) ? std::numeric_limits<double>::quiet_NaN() : number;
  AppendNumber(std::bit_cast<uint64_t>(same), bytes);
}

/// Seconds, and nanoseconds of the second, so that no unit overflows.
void AppendTime(int64_t time, arrow::TimeUnit::type unit, std::string* bytes) {
  constexpr std::array<int64_t, 4> kPerSecond = {1, 1'000, 1'000'000, 1'000'000'000};
  const int64_t per_second = kPerSecond.at(static_cast<size_t>(unit));
  int64_t seconds = time / per_second;
  int64_t rest = time % per_second;
  if (rest < 0) {
    rest += per_second;
    --seconds;
  }
  AppendSigned(seconds, bytes);
  AppendSigned(rest * (kPerSecond.back() / per_second), bytes);
}

Status AppendValue(const arrow::Array& array, int64_t i, std::string* bytes);

Status AppendElements(const arrow::Array& elements, int64_t begin, int64_t end,
                      std::string* bytes) {
  AppendSigned(end - begin, bytes);
  for (int64_t i = begin; i < end; ++i) {
    RETURN_NOT_OK(AppendValue(elements, i, bytes));
  }
  return Status::OK();
}

/// Maps have no order.
Status AppendMap(const arrow::MapArray& map, int64_t row, std::string* bytes) {
  std::vector<std::string> entries;
  for (int64_t i = map.value_offset(row); i < map.value_offset(row + 1); ++i) {
    std::string& entry = entries.emplace_back();
    RETURN_NOT_OK(AppendValue(*map.keys(), i, &entry));
    RETURN_NOT_OK(AppendValue(*map.items(), i, &entry));
  }
  std::ranges::sort(entries);
  AppendNumber(entries.size(), bytes);
  for (const std::string& entry : entries) {
    bytes->append(entry);
  }
  return Status::OK();
}

/// Places of the fields in the order of their names.
std::vector<int> ByName(const arrow::FieldVector& fields) {
  std::vector<int> order(fields.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {}, [&](int i) {
    return std::string_view(fields[static_cast<size_t>(i)]->name());
  });
  return order;
}

Status AppendStruct(const arrow::StructArray& value, int64_t row, std::string* bytes) {
  for (const int i : ByName(value.type()->fields())) {
    RETURN_NOT_OK(AppendValue(*value.field(i), row, bytes));
  }
  return Status::OK();
}

template <typename Array>
int64_t IntegerOf(const arrow::Array& array, int64_t i) {
  return checked_cast<const Array&>(array).Value(i);
}

template <typename Array>
std::string_view TextOf(const arrow::Array& array, int64_t i) {
  return checked_cast<const Array&>(array).GetView(i);
}

template <typename Array>
Status AppendList(const arrow::Array& array, int64_t i, std::string* bytes) {
  const auto& list = checked_cast<const Array&>(array);
  return AppendElements(*list.values(), list.value_offset(i), list.value_offset(i + 1),
                        bytes);
}

/// Values that are made of others, or stand for them.
Status AppendNested(const arrow::Array& array, int64_t i, std::string* bytes) {
  switch (array.type_id()) {
    case arrow::Type::LIST:
      return AppendList<arrow::ListArray>(array, i, bytes);
    case arrow::Type::LARGE_LIST:
      return AppendList<arrow::LargeListArray>(array, i, bytes);
    case arrow::Type::MAP:
      return AppendMap(checked_cast<const arrow::MapArray&>(array), i, bytes);
    case arrow::Type::STRUCT:
      return AppendStruct(checked_cast<const arrow::StructArray&>(array), i, bytes);
    case arrow::Type::DICTIONARY: {
      const auto& dictionary = checked_cast<const arrow::DictionaryArray&>(array);
      bytes->pop_back();  // the value says for itself that it is one
      return AppendValue(*dictionary.dictionary(), dictionary.GetValueIndex(i), bytes);
    }
    case arrow::Type::EXTENSION:
      bytes->pop_back();
      return AppendValue(*checked_cast<const arrow::ExtensionArray&>(array).storage(), i,
                         bytes);
    default:
      return MakeError(
          ErrorCode::kNotSupported,
          "Rows with values of this type have no checksum: " + array.type()->ToString());
  }
}

/// False if the type is none of a single value.
bool AppendSingle(const arrow::Array& array, int64_t i, std::string* bytes) {
  switch (array.type_id()) {
    case arrow::Type::BOOL:
      AppendSigned(IntegerOf<arrow::BooleanArray>(array, i), bytes);
      return true;
    case arrow::Type::INT8:
      AppendSigned(IntegerOf<arrow::Int8Array>(array, i), bytes);
      return true;
    case arrow::Type::INT16:
      AppendSigned(IntegerOf<arrow::Int16Array>(array, i), bytes);
      return true;
    case arrow::Type::INT32:
      AppendSigned(IntegerOf<arrow::Int32Array>(array, i), bytes);
      return true;
    case arrow::Type::INT64:
      AppendSigned(IntegerOf<arrow::Int64Array>(array, i), bytes);
      return true;
    case arrow::Type::DATE32:
      AppendSigned(IntegerOf<arrow::Date32Array>(array, i), bytes);
      return true;
    case arrow::Type::FLOAT:
      AppendDouble(checked_cast<const arrow::FloatArray&>(array).Value(i), bytes);
      return true;
    case arrow::Type::DOUBLE:
      AppendDouble(checked_cast<const arrow::DoubleArray&>(array).Value(i), bytes);
      return true;
    case arrow::Type::DECIMAL128:
      AppendSigned(checked_cast<const arrow::DecimalType&>(*array.type()).scale(), bytes);
      AppendText(TextOf<arrow::Decimal128Array>(array, i), bytes);
      return true;
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      AppendText(TextOf<arrow::BinaryArray>(array, i), bytes);
      return true;
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      AppendText(TextOf<arrow::LargeBinaryArray>(array, i), bytes);
      return true;
    case arrow::Type::FIXED_SIZE_BINARY:
      AppendText(TextOf<arrow::FixedSizeBinaryArray>(array, i), bytes);
      return true;
    case arrow::Type::TIME64:
      AppendTime(IntegerOf<arrow::Time64Array>(array, i),
                 checked_cast<const arrow::Time64Type&>(*array.type()).unit(), bytes);
      return true;
    case arrow::Type::TIMESTAMP:
      AppendTime(IntegerOf<arrow::TimestampArray>(array, i),
                 checked_cast<const arrow::TimestampType&>(*array.type()).unit(), bytes);
      return true;
    default:
      return false;
  }
}

Status AppendValue(const arrow::Array& array, int64_t i, std::string* bytes) {
  if (array.IsNull(i)) {
    bytes->push_back(kNull);
    return Status::OK();
  }
  bytes->push_back(kValue);
  return AppendSingle(array, i, bytes) ? Status::OK() : AppendNested(array, i, bytes);
}

}  // namespace

Status RowChecksum::Add(const arrow::RecordBatch& rows, const RowVisitor& visit) {
  const std::vector<int> order = ByName(rows.schema()->fields());
  std::string bytes;
  for (int64_t row = 0; row < rows.num_rows(); ++row) {
    bytes.clear();
    for (const int column : order) {
      RETURN_NOT_OK(AppendValue(*rows.column(column), row, &bytes));
    }
    const std::string digest = Sha256(bytes);
    AddDigest(digest);
    ++num_rows_;
    if (visit) {
      visit(row, digest);
    }
  }
  return Status::OK();
}

void RowChecksum::AddDigest(const std::string& digest) {
  std::array<uint64_t, 4> number = {};
  for (size_t i = 0; i < kDigestBytes; ++i) {
    number[i / 8] |= uint64_t{static_cast<unsigned char>(digest[i])} << (8 * (i % 8));
  }
  uint64_t carry = 0;
  for (size_t i = 0; i < sum_.size(); ++i) {
    uint64_t part = 0;
    const bool first = __builtin_add_overflow(sum_[i], number[i], &part);
    const bool second = __builtin_add_overflow(part, carry, &sum_[i]);
    carry = first || second ? 1 : 0;
  }
}

void RowChecksum::Merge(const RowChecksum& other) {
  std::string digest;
  for (const uint64_t part : other.sum_) {
    AppendNumber(part, &digest);
  }
  AddDigest(digest);
  num_rows_ += other.num_rows_;
}

std::string RowChecksum::Text() const {
  std::string bytes;
  for (const uint64_t part : sum_) {
    AppendNumber(part, &bytes);
  }
  AppendSigned(num_rows_, &bytes);
  return HexOf(Sha256(bytes));
}

}  // namespace tarn::ingest
