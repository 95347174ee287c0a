#include "tarn/table/internal/row_filter.h"

#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/metrics_evaluator.h"
#include "tarn/iceberg/projection.h"

namespace tarn::table::internal {

using iceberg::DataFile;
using iceberg::Expression;
using iceberg::PartitionTuple;

Result<RowFilter> RowFilter::Make(const Expression& filter,
                                  const iceberg::TableMetadata& table) {
  RowFilter result(table);
  ARROW_ASSIGN_OR_RAISE(result.bound_, Bind(filter, table.schema()));
  for (const iceberg::PartitionSpec& spec : table.partition_specs) {
    result.specs_.emplace(spec.id.value,
                          OfSpec{&spec, PartitionTypes(spec, table.schema()),
                                 ProjectInclusive(result.bound_, spec, table.schema()),
                                 ProjectStrict(result.bound_, spec, table.schema())});
  }
  return result;
}

bool RowFilter::MayMatch(const iceberg::ManifestFile& manifest) const {
  const auto found = specs_.find(manifest.spec_id.value);
  return found == specs_.end() ||
         ManifestMayMatch(found->second.inclusive, *found->second.spec, table_->schema(),
                          manifest);
}

Result<Matching> RowFilter::Match(const DataFile& file) const {
  const auto found = specs_.find(file.spec_id.value);
  if (found == specs_.end()) {
    return MakeError(ErrorCode::kInvalidData,
                     "File " + file.file_path +
                         " is of a partition spec that the table lacks: " +
                         std::to_string(file.spec_id.value));
  }
  const OfSpec& of_spec = found->second;
  PartitionTuple tuple = file.partition;
  RETURN_NOT_OK(NormalizePartition(*of_spec.spec, of_spec.types, &tuple));
  if (!PartitionMatches(of_spec.inclusive, *of_spec.spec, tuple)) {
    return Matching::kNoRow;
  }
  if (PartitionMatches(of_spec.strict, *of_spec.spec, tuple)) {
    return Matching::kEveryRow;
  }
  if (file.content != iceberg::FileContent::kData) {
    return Matching::kMaybeSome;
  }
  const iceberg::Schema& schema = table_->schema();
  const Expression residual = ResidualFor(bound_, *of_spec.spec, schema, tuple);
  if (!iceberg::MayMatch(bound_, schema, file) ||
      !iceberg::MayMatch(residual, schema, file)) {
    return Matching::kNoRow;
  }
  return MustMatch(residual, schema, file) ? Matching::kEveryRow : Matching::kMaybeSome;
}

}  // namespace tarn::table::internal
