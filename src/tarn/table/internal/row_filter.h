// A filter over rows, asked about whole files and manifests of any partition spec.
#pragma once

#include <map>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/expression.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/iceberg/table_metadata.h"

namespace tarn::table::internal {

enum class Matching : uint8_t { kNoRow, kMaybeSome, kEveryRow };

/// May be asked from any thread. `table` outlives it.
class RowFilter {
 public:
  /// Errors: kNoSuchColumn, kTypeMismatch.
  static Result<RowFilter> Make(const iceberg::Expression& filter,
                                const iceberg::TableMetadata& table);

  /// False only if no row of a file in `manifest` can match.
  bool MayMatch(const iceberg::ManifestFile& manifest) const;
  /// By partition and, for data files, by column statistics. A partition all of whose
  /// rows match makes kEveryRow of its delete files too (trap 9: strict projection). The
  /// partition is as the manifest holds it. Errors: kInvalidData.
  Result<Matching> Match(const iceberg::DataFile& file) const;

 private:
  struct OfSpec {
    const iceberg::PartitionSpec* spec;
    std::vector<iceberg::Type> types;
    iceberg::Expression inclusive;
    iceberg::Expression strict;
  };
  explicit RowFilter(const iceberg::TableMetadata& table) : table_(&table) {}

  const iceberg::TableMetadata* table_;
  iceberg::Expression bound_;
  std::map<int32_t, OfSpec> specs_;  // by spec id
};

}  // namespace tarn::table::internal
