// Locations of new files of a table.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tarn/base/clock.h"
#include "tarn/iceberg/data_file.h"
#include "tarn/iceberg/table_metadata.h"

namespace tarn::storage {

/// Names files "<location>/data/<partition>/{table}_{kind}_{YYYYMMDD}_{ulid}.{extension}"
/// (or below write.data.path). Thread-compatible.
class FileNames {
 public:
  /// `table_name` is the last part of the table's location if it is empty.
  FileNames(std::shared_ptr<const iceberg::TableMetadata> metadata,
            const std::string& table_name, Clock& clock, Random& random);

  /// A new file in the directory of `tuple`, a partition of `spec`.
  std::string InPartition(const iceberg::PartitionSpec& spec,
                          const iceberg::PartitionTuple& tuple, std::string_view kind,
                          std::string_view extension);
  /// A new file for several partitions.
  std::string InTable(std::string_view kind, std::string_view extension);

 private:
  std::string Name(std::string_view kind, std::string_view extension);

  std::shared_ptr<const iceberg::TableMetadata> metadata_;
  std::string data_location_;
  std::string table_name_;
  Clock& clock_;
  Random& random_;
};

}  // namespace tarn::storage
