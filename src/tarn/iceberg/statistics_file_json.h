// Statistics files as JSON (spec: Table Statistics, Partition Statistics; REST spec:
// StatisticsFile, PartitionStatisticsFile).
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "tarn/base/result.h"
#include "tarn/iceberg/statistics_file.h"

namespace tarn::iceberg {

nlohmann::json StatisticsFileToJson(const StatisticsFile& file);
/// Errors: kInvalidData.
Result<StatisticsFile> StatisticsFileFromJson(const nlohmann::json& json);
nlohmann::json PartitionStatisticsFileToJson(const PartitionStatisticsFile& file);
/// Errors: kInvalidData.
Result<PartitionStatisticsFile> PartitionStatisticsFileFromJson(
    const nlohmann::json& json);

}  // namespace tarn::iceberg
