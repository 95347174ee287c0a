#include "tarn/iceberg/redundant_times.h"

#include <unordered_set>
#include <variant>

#include "tarn/base/error.h"

namespace tarn::iceberg {
namespace {

bool IsTime(const Transform& transform) {
  return std::holds_alternative<Year>(transform) ||
         std::holds_alternative<Month>(transform) ||
         std::holds_alternative<Day>(transform) ||
         std::holds_alternative<Hour>(transform);
}

}  // namespace

Status RefuseRedundantTimes(const PartitionSpec& spec, const Schema& schema) {
  std::unordered_set<FieldId> sources;
  for (const PartitionField& field : spec.fields) {
    if (IsTime(field.transform) && !sources.insert(field.source_id()).second) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Partition field '" + field.name + "' is redundant, '" +
                           schema.NameOf(field.source_id()) +
                           "' is already partitioned by a time transform");
    }
  }
  return Status::OK();
}

}  // namespace tarn::iceberg
