#include "tarn/storage/internal/misfits.h"

#include <array>

#include <arrow/array.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "tarn/storage/internal/coerce.h"
#include "tarn/storage/internal/coercible.h"

namespace tarn::storage {
namespace {

using iceberg::Field;
using iceberg::TypeId;
using ArrayPtr = std::shared_ptr<arrow::Array>;
using TypePtr = std::shared_ptr<arrow::DataType>;

/// A list's element, or a map's key and value.
TypePtr ChildTypeOf(const arrow::DataType& type, size_t child) {
  if (type.id() == arrow::Type::MAP) {
    const auto& map = static_cast<const arrow::MapType&>(type);
    return child == 0 ? map.key_type() : map.item_type();
  }
  return type.field(0)->type();
}

std::string MisfitAt(const Field& field, const std::string& path,
                     const arrow::DataType& from, const arrow::DataType& to) {
  const arrow::DataType& plain = DecodedType(from);
  const std::vector<Field>& children = field.type.fields();
  const auto below = [&](size_t i, const arrow::DataType& source,
                         const arrow::DataType& target) {
    return CanCoerce(source, target)
               ? std::string()
               : MisfitAt(children[i], path + "." + children[i].name, source, target);
  };
  if (field.type.id() == TypeId::kStruct) {
    if (const auto order = FieldOrder(plain, to)) {
      for (size_t i = 0; i < children.size(); ++i) {
        std::string found = below(i, *plain.field((*order)[i])->type(),
                                  *to.field(static_cast<int>(i))->type());
        if (!found.empty()) {
          return found;
        }
      }
    }
  } else if (plain.num_fields() == 1 && to.num_fields() == 1 &&
             (plain.id() == arrow::Type::MAP) == (to.id() == arrow::Type::MAP)) {
    for (size_t i = 0; i < children.size(); ++i) {
      std::string found = below(i, *ChildTypeOf(plain, i), *ChildTypeOf(to, i));
      if (!found.empty()) {
        return found;
      }
    }
  }
  return fmt::format("Column {} is {}: values of {} do not fit without loss", path,
                     field.type.ToString(), from.ToString());
}

class MisfitSearch {
 public:
  explicit MisfitSearch(BadRows* bad) : bad_(*bad) {}

  Status Search(const Field& field, const Place& place, const ArrayPtr& values,
                const TypePtr& to) {
    if (CoerceArray(values, to).ok()) {
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr plain, DecodeArray(values));
    switch (field.type.id()) {
      case TypeId::kStruct:
        return SearchStruct(field, place, plain, *to);
      case TypeId::kList:
      case TypeId::kMap:
        return SearchLists(field, place, plain, *to);
      default:
        SearchLeaf(field, place, plain, to, 0, plain->length());
        return Status::OK();
    }
  }

 private:
  Status SearchStruct(const Field& field, const Place& place, const ArrayPtr& values,
                      const arrow::DataType& to) {
    const auto& rows = static_cast<const arrow::StructArray&>(*values);
    const auto order = FieldOrder(*values->type(), to);
    for (size_t i = 0; i < field.type.fields().size(); ++i) {
      const Field& child = field.type.fields()[i];
      const Place below{.kind = Place::Kind::kField,
                        .name = child.name,
                        .parent = &place,
                        .above = values.get()};
      ARROW_RETURN_NOT_OK(Search(child, below, rows.field(order->at(i)),
                                 to.field(static_cast<int>(i))->type()));
    }
    return Status::OK();
  }

  Status SearchLists(const Field& field, const Place& place, const ArrayPtr& values,
                     const arrow::DataType& to) {
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr plain, PlainList(values));
    const auto& lists = static_cast<const arrow::ListArray&>(*plain);
    if (lists.length() == 0) {
      return Status::OK();
    }
    const int64_t first = lists.value_offset(0);
    const int64_t end = lists.value_offset(lists.length());
    const auto search_in = [&](size_t child, Place::Kind kind, const ArrayPtr& of) {
      const Place below{
          .kind = kind, .parent = &place, .above = plain.get(), .first = first};
      return Search(field.type.fields()[child], below, of->Slice(first, end - first),
                    ChildTypeOf(to, child));
    };
    if (field.type.id() == TypeId::kList) {
      return search_in(0, Place::Kind::kElement, lists.values());
    }
    const auto& maps = static_cast<const arrow::MapArray&>(*plain);
    ARROW_RETURN_NOT_OK(search_in(0, Place::Kind::kKey, maps.keys()));
    return search_in(1, Place::Kind::kValue, maps.items());
  }

  /// Halves [begin, begin + length), which holds a misfit, until it is found.
  void SearchLeaf(const Field& field, const Place& place, const ArrayPtr& values,
                  const TypePtr& to, int64_t begin, int64_t length) {
    if (length == 1) {
      if (Counts(place, begin)) {
        bad_.Add(place, begin, [&] {
          return fmt::format("{} ({}) does not fit {}", ValueText(*values, begin),
                             values->type()->ToString(), field.type.ToString());
        });
      }
      return;
    }
    const int64_t half = length / 2;
    for (const auto& [from, count] :
         {std::pair(begin, half), std::pair(begin + half, length - half)}) {
      if (!CoerceArray(values->Slice(from, count), to).ok()) {
        SearchLeaf(field, place, values, to, from, count);
      }
    }
  }

  BadRows& bad_;
};

}  // namespace

std::string TypeMisfit(const Field& field, const arrow::DataType& from,
                       const arrow::DataType& to) {
  return MisfitAt(field, field.name, from, to);
}

Status FindMisfits(const Field& field, const ArrayPtr& column, const TypePtr& to,
                   BadRows* bad) {
  const Place place{.name = field.name};
  return MisfitSearch(bad).Search(field, place, column, to);
}

}  // namespace tarn::storage
