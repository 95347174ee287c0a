// Names for Parquet files without field ids (spec: Column Projection,
// schema.name-mapping.default).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/ids.h"
#include "tarn/iceberg/schema.h"

namespace tarn::iceberg {

struct MappedField {
  std::optional<FieldId> field_id;
  std::vector<std::string> names;
  std::vector<MappedField> fields;

  bool operator==(const MappedField&) const = default;
};
using NameMapping = std::vector<MappedField>;

/// Errors: kInvalidData.
Result<NameMapping> NameMappingFromJson(std::string_view json);
std::string NameMappingToJson(const NameMapping& mapping);
/// The mapping by which files written with exactly this schema's names are read.
NameMapping NameMappingOf(const Schema& schema);

}  // namespace tarn::iceberg
