#include "tarn/iceberg/data_file.h"

#include <algorithm>

namespace tarn::iceberg {

const ColumnStats* FindColumnStats(const DataFile& file, FieldId field_id) {
  const auto found =
      std::ranges::lower_bound(file.columns, field_id, {}, &ColumnStats::field_id);
  if (found == file.columns.end() || found->field_id != field_id) {
    return nullptr;
  }
  return &*found;
}

}  // namespace tarn::iceberg
