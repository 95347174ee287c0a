#include "tarn/gateway/trino/internal/nested_writers.h"

#include <utility>
#include <vector>

#include <arrow/array.h>
#include <arrow/type.h>

#include "tarn/base/error.h"

namespace tarn::gateway::trino::internal {
namespace {

template <typename ArrayType>
class ListWriter final : public ValueWriter {
 public:
  explicit ListWriter(std::unique_ptr<ValueWriter> values) : values_(std::move(values)) {}

 private:
  void OnBind(const arrow::Array& array) override {
    list_ = static_cast<const ArrayType*>(&array);
    held_ = list_->values();
    values_->Bind(*held_);
  }
  void AppendValue(int64_t row, std::string* json) const override {
    const int64_t begin = list_->value_offset(row);
    const int64_t end = begin + list_->value_length(row);
    json->push_back('[');
    for (int64_t i = begin; i < end; ++i) {
      if (i > begin) {
        json->push_back(',');
      }
      values_->Append(i, json);
    }
    json->push_back(']');
  }

  std::unique_ptr<ValueWriter> values_;
  const ArrayType* list_ = nullptr;
  std::shared_ptr<arrow::Array> held_;
};

/// A map is an object: keys that are no text become some.
class MapWriter final : public ValueWriter {
 public:
  MapWriter(std::unique_ptr<ValueWriter> keys, std::unique_ptr<ValueWriter> values)
      : keys_(std::move(keys)), values_(std::move(values)) {}

 private:
  void OnBind(const arrow::Array& array) override {
    map_ = static_cast<const arrow::MapArray*>(&array);
    held_keys_ = map_->keys();
    held_values_ = map_->items();
    keys_->Bind(*held_keys_);
    values_->Bind(*held_values_);
  }
  void AppendValue(int64_t row, std::string* json) const override {
    const int64_t begin = map_->value_offset(row);
    const int64_t end = begin + map_->value_length(row);
    json->push_back('{');
    for (int64_t i = begin; i < end; ++i) {
      if (i > begin) {
        json->push_back(',');
      }
      keys_->AppendAsName(i, json);
      json->push_back(':');
      values_->Append(i, json);
    }
    json->push_back('}');
  }

  std::unique_ptr<ValueWriter> keys_;
  std::unique_ptr<ValueWriter> values_;
  const arrow::MapArray* map_ = nullptr;
  std::shared_ptr<arrow::Array> held_keys_;
  std::shared_ptr<arrow::Array> held_values_;
};

class RowWriter final : public ValueWriter {
 public:
  explicit RowWriter(std::vector<std::unique_ptr<ValueWriter>> fields)
      : fields_(std::move(fields)), held_(fields_.size()) {}

 private:
  void OnBind(const arrow::Array& array) override {
    const auto& row = static_cast<const arrow::StructArray&>(array);
    for (size_t i = 0; i < fields_.size(); ++i) {
      held_[i] = row.field(static_cast<int>(i));
      fields_[i]->Bind(*held_[i]);
    }
  }
  void AppendValue(int64_t row, std::string* json) const override {
    json->push_back('[');
    for (size_t i = 0; i < fields_.size(); ++i) {
      if (i > 0) {
        json->push_back(',');
      }
      fields_[i]->Append(row, json);
    }
    json->push_back(']');
  }

  std::vector<std::unique_ptr<ValueWriter>> fields_;
  std::vector<std::shared_ptr<arrow::Array>> held_;
};

/// The type of a part: what `type` says of it, else what fits how it comes.
TrinoType PartOf(const TrinoType& type, size_t i, const arrow::Field& field) {
  return i < type.types.size() ? type.types[i] : TypeOfField(field);
}

}  // namespace

Result<std::unique_ptr<ValueWriter>> MakeNestedWriter(const TrinoType& type,
                                                      const arrow::DataType& arrow) {
  std::vector<std::unique_ptr<ValueWriter>> parts;
  const auto add = [&](const arrow::Field& field) -> Status {
    const TrinoType part = PartOf(type, parts.size(), field);
    ARROW_ASSIGN_OR_RAISE(auto writer, MakeValueWriter(part, *field.type()));
    parts.push_back(std::move(writer));
    return Status::OK();
  };
  switch (arrow.id()) {
    case arrow::Type::LIST:
      RETURN_NOT_OK(add(*arrow.field(0)));
      return std::make_unique<ListWriter<arrow::ListArray>>(std::move(parts[0]));
    case arrow::Type::LARGE_LIST:
      RETURN_NOT_OK(add(*arrow.field(0)));
      return std::make_unique<ListWriter<arrow::LargeListArray>>(std::move(parts[0]));
    case arrow::Type::FIXED_SIZE_LIST:
      RETURN_NOT_OK(add(*arrow.field(0)));
      return std::make_unique<ListWriter<arrow::FixedSizeListArray>>(std::move(parts[0]));
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(arrow);
      RETURN_NOT_OK(add(*map.key_field()));
      RETURN_NOT_OK(add(*map.item_field()));
      return std::make_unique<MapWriter>(std::move(parts[0]), std::move(parts[1]));
    }
    case arrow::Type::STRUCT:
      for (const auto& field : arrow.fields()) {
        RETURN_NOT_OK(add(*field));
      }
      return std::make_unique<RowWriter>(std::move(parts));
    default:
      return MakeError(ErrorCode::kNotSupported,
                       "Values of this type have no form in Trino's protocol; cast them "
                       "to varchar: " +
                           arrow.ToString());
  }
}

}  // namespace tarn::gateway::trino::internal
