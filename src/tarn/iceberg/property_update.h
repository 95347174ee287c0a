// Table properties and the format version.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/metadata_change.h"
#include "tarn/iceberg/table_metadata.h"

namespace tarn::iceberg {

inline constexpr int32_t kNewestFormatVersion = 3;

/// Sets `set` and removes `unset`; a property set to the value that it has and one
/// removed that is not there change nothing. Errors: kInvalidArgument for a property in
/// both, an empty name, or a name that stands for a part of the metadata
/// ("format-version", "uuid", "current-snapshot-id", …), which is changed in other ways.
Result<MetadataChange> UpdateProperties(const TableMetadata& table,
                                        const std::map<std::string, std::string>& set,
                                        const std::vector<std::string>& unset = {});

/// To a newer version of the format; the table's own one changes nothing. Data and
/// metadata files stay as they are, all later ones are of the new version. A table of
/// version 1 that has no UUID yet gets `new_uuid`. Errors: kInvalidArgument for an older
/// version, kNotSupported for an unknown one.
Result<MetadataChange> UpgradeFormat(const TableMetadata& table, int32_t version,
                                     std::string_view new_uuid);

}  // namespace tarn::iceberg
