#include "tarn/table/internal/metadata_columns.h"

#include <algorithm>

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>

#include "tarn/base/error.h"

namespace tarn::table::internal {

template <>
std::shared_ptr<arrow::DataType> PlainType<bool>() {
  return arrow::boolean();
}
template <>
std::shared_ptr<arrow::DataType> PlainType<int32_t>() {
  return arrow::int32();
}
template <>
std::shared_ptr<arrow::DataType> PlainType<int64_t>() {
  return arrow::int64();
}
template <>
std::shared_ptr<arrow::DataType> PlainType<std::string>() {
  return arrow::utf8();
}
template <>
std::shared_ptr<arrow::DataType> PlainType<Bytes>() {
  return arrow::binary();
}
template <>
std::shared_ptr<arrow::DataType> PlainType<std::chrono::milliseconds>() {
  return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
}

Status AppendPlain(arrow::ArrayBuilder& builder, bool value) {
  return static_cast<arrow::BooleanBuilder&>(builder).Append(value);
}
Status AppendPlain(arrow::ArrayBuilder& builder, int32_t value) {
  return static_cast<arrow::Int32Builder&>(builder).Append(value);
}
Status AppendPlain(arrow::ArrayBuilder& builder, int64_t value) {
  return static_cast<arrow::Int64Builder&>(builder).Append(value);
}
Status AppendPlain(arrow::ArrayBuilder& builder, const std::string& value) {
  return static_cast<arrow::StringBuilder&>(builder).Append(value);
}
Status AppendPlain(arrow::ArrayBuilder& builder, Bytes value) {
  return static_cast<arrow::BinaryBuilder&>(builder).Append(value.value);
}
Status AppendPlain(arrow::ArrayBuilder& builder, std::chrono::milliseconds value) {
  return static_cast<arrow::TimestampBuilder&>(builder).Append(
      std::chrono::microseconds(value).count());
}

Result<std::vector<size_t>> ChooseColumns(const arrow::FieldVector& fields,
                                          const std::vector<std::string>& wanted) {
  std::vector<size_t> places;
  if (wanted.empty()) {
    for (size_t i = 0; i < fields.size(); ++i) {
      places.push_back(i);
    }
    return places;
  }
  for (const std::string& name : wanted) {
    const auto found = std::find_if(fields.begin(), fields.end(), [&](const auto& field) {
      return field->name() == name;
    });
    if (found == fields.end()) {
      return MakeError(ErrorCode::kNoSuchColumn,
                       "The metadata table has no column: " + name);
    }
    places.push_back(static_cast<size_t>(found - fields.begin()));
  }
  return places;
}

}  // namespace tarn::table::internal
