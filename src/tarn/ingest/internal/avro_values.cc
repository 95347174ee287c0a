#include "tarn/ingest/internal/avro_values.h"

#include <utility>
#include <vector>

#include <arrow/builder.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>
#include <arrow/util/utf8.h>

namespace tarn::ingest::internal {
namespace {

namespace avro = iceberg::avro;
using avro::Decoder;
using avro::Kind;
using avro::Logical;

constexpr int64_t kDecimalBytesMax = 16;

/// A value whose Arrow form is what `read` gives.
template <typename Builder, typename ReadFn>
class Plain final : public AvroValue {
 public:
  Plain(Builder& builder, ReadFn read) : builder_(builder), read_(std::move(read)) {}
  Status Read(Decoder& decoder) override { return builder_.Append(read_(decoder)); }

 private:
  Builder& builder_;
  ReadFn read_;
};

template <typename Builder, typename ReadFn>
std::unique_ptr<AvroValue> MakePlain(arrow::ArrayBuilder& builder, ReadFn read) {
  return std::make_unique<Plain<Builder, ReadFn>>(static_cast<Builder&>(builder),
                                                  std::move(read));
}

class NullValue final : public AvroValue {
 public:
  explicit NullValue(arrow::ArrayBuilder& builder) : builder_(builder) {}
  Status Read(Decoder& decoder) override {
    decoder.ZeroWidth();
    return builder_.AppendNull();
  }

 private:
  arrow::ArrayBuilder& builder_;
};

/// Two's-complement big-endian bytes; `size` 0 for a length-prefixed value.
class DecimalValue final : public AvroValue {
 public:
  DecimalValue(arrow::ArrayBuilder& builder, size_t size)
      : builder_(static_cast<arrow::Decimal128Builder&>(builder)), size_(size) {}

  Status Read(Decoder& decoder) override {
    std::string_view bytes = size_ > 0 ? decoder.Fixed(size_) : decoder.Bytes();
    // Sign bytes that only fill a wide fixed say nothing.
    while (bytes.size() > kDecimalBytesMax && (bytes[0] == '\0' || bytes[0] == '\xff') &&
           ((bytes[0] ^ bytes[1]) & 0x80) == 0) {
      bytes.remove_prefix(1);
    }
    if (decoder.failed() || bytes.empty()) {
      return builder_.Append(arrow::Decimal128(0));
    }
    const auto value =
        arrow::Decimal128::FromBigEndian(reinterpret_cast<const uint8_t*>(bytes.data()),
                                         static_cast<int32_t>(bytes.size()));
    const auto& type = static_cast<const arrow::DecimalType&>(*builder_.type());
    if (!value.ok() || !value->FitsInPrecision(type.precision())) {
      decoder.Fail("a decimal has more digits than its type");
      return builder_.Append(arrow::Decimal128(0));
    }
    return builder_.Append(*value);
  }

 private:
  arrow::Decimal128Builder& builder_;
  const size_t size_;
};

class FixedValue final : public AvroValue {
 public:
  FixedValue(arrow::ArrayBuilder& builder, size_t size)
      : builder_(static_cast<arrow::FixedSizeBinaryBuilder&>(builder)), size_(size) {}
  Status Read(Decoder& decoder) override {
    if (size_ == 0) {
      decoder.ZeroWidth();
    }
    const std::string_view bytes = decoder.Fixed(size_);
    return decoder.failed() ? builder_.AppendEmptyValue() : builder_.Append(bytes);
  }

 private:
  arrow::FixedSizeBinaryBuilder& builder_;
  const size_t size_;
};

std::string_view ReadText(Decoder& decoder) {
  const std::string_view text = decoder.Bytes();
  if (!arrow::util::ValidateUTF8(text)) {
    decoder.Fail("a string is not UTF-8");
  }
  return decoder.failed() ? std::string_view() : text;
}

std::string_view ReadSymbol(const avro::Node& node, Decoder& decoder) {
  const int32_t symbol = decoder.Int();
  if (symbol >= 0 && static_cast<size_t>(symbol) < node.symbols.size()) {
    return node.symbols[static_cast<size_t>(symbol)];
  }
  decoder.Fail("an enum's symbol is out of range");
  return {};
}

/// [null, T], or any union of which at most one branch has values.
class NullableValue final : public AvroValue {
 public:
  NullableValue(arrow::ArrayBuilder& builder, std::vector<bool> is_null,
                std::unique_ptr<AvroValue> value)
      : builder_(builder), is_null_(std::move(is_null)), value_(std::move(value)) {}

  Status Read(Decoder& decoder) override {
    const int64_t branch = decoder.Long();
    if (branch < 0 || static_cast<size_t>(branch) >= is_null_.size()) {
      decoder.Fail("a union's branch is out of range");
      return builder_.AppendNull();
    }
    return is_null_[static_cast<size_t>(branch)] ? builder_.AppendNull()
                                                 : value_->Read(decoder);
  }

 private:
  arrow::ArrayBuilder& builder_;
  const std::vector<bool> is_null_;  // per branch
  const std::unique_ptr<AvroValue> value_;
};

/// A union of several types: a struct with one member per branch that is not null.
class UnionValue final : public AvroValue {
 public:
  UnionValue(arrow::StructBuilder& builder, std::vector<int> member_of,
             std::vector<std::unique_ptr<AvroValue>> members)
      : builder_(builder),
        member_of_(std::move(member_of)),
        members_(std::move(members)) {}

  Status Read(Decoder& decoder) override {
    const int64_t branch = decoder.Long();
    if (branch < 0 || static_cast<size_t>(branch) >= member_of_.size()) {
      decoder.Fail("a union's branch is out of range");
      return builder_.AppendNull();
    }
    const int chosen = member_of_[static_cast<size_t>(branch)];
    if (chosen < 0) {
      return builder_.AppendNull();
    }
    RETURN_NOT_OK(builder_.Append());
    for (int i = 0; i < static_cast<int>(members_.size()); ++i) {
      RETURN_NOT_OK(i == chosen ? members_[static_cast<size_t>(i)]->Read(decoder)
                                : builder_.child(i)->AppendNull());
    }
    return Status::OK();
  }

 private:
  arrow::StructBuilder& builder_;
  const std::vector<int> member_of_;  // per branch; -1 for null
  const std::vector<std::unique_ptr<AvroValue>> members_;
};

class RecordValue final : public AvroValue {
 public:
  RecordValue(arrow::StructBuilder& builder,
              std::vector<std::unique_ptr<AvroValue>> fields)
      : builder_(builder), fields_(std::move(fields)) {}
  Status Read(Decoder& decoder) override {
    if (fields_.empty()) {
      decoder.ZeroWidth();
    }
    RETURN_NOT_OK(builder_.Append());
    for (const auto& field : fields_) {
      RETURN_NOT_OK(field->Read(decoder));
    }
    return Status::OK();
  }

 private:
  arrow::StructBuilder& builder_;
  const std::vector<std::unique_ptr<AvroValue>> fields_;
};

/// Arrays and both kinds of maps: blocks of items, each made of one part (element) or two
/// (key, value).
template <typename Builder>
class RepeatedValue final : public AvroValue {
 public:
  RepeatedValue(Builder& builder, std::vector<std::unique_ptr<AvroValue>> parts)
      : builder_(builder), parts_(std::move(parts)) {}

  Status Read(Decoder& decoder) override {
    RETURN_NOT_OK(builder_.Append());
    for (int64_t items = decoder.BlockItems(); items > 0; items = decoder.BlockItems()) {
      for (; items > 0 && !decoder.failed(); --items) {
        for (const auto& part : parts_) {
          RETURN_NOT_OK(part->Read(decoder));
        }
      }
    }
    return Status::OK();
  }

 private:
  Builder& builder_;
  const std::vector<std::unique_ptr<AvroValue>> parts_;
};

std::unique_ptr<AvroValue> MakeUnion(const avro::Schema& schema, const avro::Node& node,
                                     arrow::ArrayBuilder& builder) {
  std::vector<avro::NodeId> values;
  std::vector<int> member_of;
  for (const avro::NodeId child : node.children) {
    const bool is_null = schema.node(child).kind == Kind::kNull;
    member_of.push_back(is_null ? -1 : static_cast<int>(values.size()));
    if (!is_null) {
      values.push_back(child);
    }
  }
  if (values.size() <= 1) {
    std::vector<bool> is_null;
    for (const int member : member_of) {
      is_null.push_back(member < 0);
    }
    auto value =
        values.empty() ? nullptr : MakeAvroValue(schema, values.front(), builder);
    return std::make_unique<NullableValue>(builder, std::move(is_null), std::move(value));
  }
  auto& structs = static_cast<arrow::StructBuilder&>(builder);
  std::vector<std::unique_ptr<AvroValue>> members;
  for (size_t i = 0; i < values.size(); ++i) {
    members.push_back(
        MakeAvroValue(schema, values[i], *structs.child(static_cast<int>(i))));
  }
  return std::make_unique<UnionValue>(structs, std::move(member_of), std::move(members));
}

std::unique_ptr<AvroValue> MakeNested(const avro::Schema& schema, const avro::Node& node,
                                      arrow::ArrayBuilder& builder) {
  std::vector<std::unique_ptr<AvroValue>> parts;
  if (node.kind == Kind::kRecord) {
    auto& structs = static_cast<arrow::StructBuilder&>(builder);
    for (size_t i = 0; i < node.fields.size(); ++i) {
      parts.push_back(MakeAvroValue(schema, node.fields[i].node,
                                    *structs.child(static_cast<int>(i))));
    }
    return std::make_unique<RecordValue>(structs, std::move(parts));
  }
  if (node.kind == Kind::kArray && node.logical != Logical::kMap) {
    auto& lists = static_cast<arrow::ListBuilder&>(builder);
    parts.push_back(MakeAvroValue(schema, node.children.front(), *lists.value_builder()));
    return std::make_unique<RepeatedValue<arrow::ListBuilder>>(lists, std::move(parts));
  }
  auto& maps = static_cast<arrow::MapBuilder&>(builder);
  if (node.kind == Kind::kMap) {
    parts.push_back(MakePlain<arrow::StringBuilder>(*maps.key_builder(), ReadText));
    parts.push_back(MakeAvroValue(schema, node.children.front(), *maps.item_builder()));
  } else {
    const avro::Node& entry = schema.node(node.children.front());
    parts.push_back(MakeAvroValue(schema, entry.fields.at(0).node, *maps.key_builder()));
    parts.push_back(MakeAvroValue(schema, entry.fields.at(1).node, *maps.item_builder()));
  }
  return std::make_unique<RepeatedValue<arrow::MapBuilder>>(maps, std::move(parts));
}

std::unique_ptr<AvroValue> MakeInt(const avro::Node& node, arrow::ArrayBuilder& builder) {
  const auto read = [](Decoder& decoder) { return decoder.Int(); };
  if (node.logical == Logical::kDate) {
    return MakePlain<arrow::Date32Builder>(builder, read);
  }
  if (node.logical == Logical::kTimeMillis) {
    return MakePlain<arrow::Time32Builder>(builder, read);
  }
  return MakePlain<arrow::Int32Builder>(builder, read);
}

std::unique_ptr<AvroValue> MakeLong(arrow::ArrayBuilder& builder) {
  const auto read = [](Decoder& decoder) { return decoder.Long(); };
  switch (builder.type()->id()) {
    case arrow::Type::TIME64:
      return MakePlain<arrow::Time64Builder>(builder, read);
    case arrow::Type::TIMESTAMP:
      return MakePlain<arrow::TimestampBuilder>(builder, read);
    default:
      return MakePlain<arrow::Int64Builder>(builder, read);
  }
}

}  // namespace

std::unique_ptr<AvroValue> MakeAvroValue(const avro::Schema& schema, avro::NodeId id,
                                         arrow::ArrayBuilder& builder) {
  const avro::Node& node = schema.node(id);
  switch (node.kind) {
    case Kind::kNull:
      return std::make_unique<NullValue>(builder);
    case Kind::kBoolean:
      return MakePlain<arrow::BooleanBuilder>(
          builder, [](Decoder& decoder) { return decoder.Boolean(); });
    case Kind::kInt:
      return MakeInt(node, builder);
    case Kind::kLong:
      return MakeLong(builder);
    case Kind::kFloat:
      return MakePlain<arrow::FloatBuilder>(
          builder, [](Decoder& decoder) { return decoder.Float(); });
    case Kind::kDouble:
      return MakePlain<arrow::DoubleBuilder>(
          builder, [](Decoder& decoder) { return decoder.Double(); });
    case Kind::kString:
      return MakePlain<arrow::StringBuilder>(builder, ReadText);
    case Kind::kEnum:
      return MakePlain<arrow::StringBuilder>(
          builder, [&node](Decoder& decoder) { return ReadSymbol(node, decoder); });
    case Kind::kBytes:
      if (node.logical == Logical::kDecimal) {
        return std::make_unique<DecimalValue>(builder, 0);
      }
      return MakePlain<arrow::BinaryBuilder>(
          builder, [](Decoder& decoder) { return decoder.Bytes(); });
    case Kind::kFixed:
      if (node.logical == Logical::kDecimal) {
        return std::make_unique<DecimalValue>(builder, static_cast<size_t>(node.size));
      }
      return std::make_unique<FixedValue>(builder, static_cast<size_t>(node.size));
    case Kind::kUnion:
      return MakeUnion(schema, node, builder);
    case Kind::kArray:
    case Kind::kMap:
    case Kind::kRecord:
      return MakeNested(schema, node, builder);
  }
  return nullptr;
}

}  // namespace tarn::ingest::internal
