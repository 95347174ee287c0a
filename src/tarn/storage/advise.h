// How a table's columns are best encoded, found out by trying on a sample of its rows.
//
//   ARROW_ASSIGN_OR_RAISE(const TableAdvice advice,
//                         AdviseEncodings(io, *metadata, files, defaults, {}));
//   // advice.properties are what to set; empty if nothing would be gained
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/data_file.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/io/file_io.h"
#include "tarn/storage/table_writer.h"

namespace tarn::storage {

struct AdviseOptions {
  /// Rows in memory that are tried on; they are held together with what they are encoded
  /// as.
  int64_t sample_bytes_max = int64_t{32} << 20;
  /// Files that the sample comes from: one stretch of rows of each, at most a quarter of
  /// the sample.
  int32_t files_max = 16;
};

/// How a column can be written.
struct ColumnEncoding {
  Codec codec;
  std::optional<Encoding> encoding = {};  // unset: a dictionary, plain when it is full

  bool operator==(const ColumnEncoding&) const = default;
};
/// "dictionary zstd:3", "delta snappy".
std::string ToString(const ColumnEncoding& how);

/// A column of the sample, written in one way and read again.
struct EncodingTrial {
  ColumnEncoding how;
  int64_t bytes = 0;
  std::chrono::nanoseconds write{0};
  std::chrono::nanoseconds read{0};
};

struct ColumnAdvice {
  iceberg::FieldId id = 0;
  std::string name;  // "address.zip"
  std::string type;
  ColumnFigures in_files;   // of the files that the sample comes from
  int64_t plain_bytes = 0;  // of the sample, neither encoded nor compressed
  int64_t nulls = 0;        // in the sample
  EncodingTrial today;      // as the table's properties and the settings have it
  EncodingTrial advised;    // `today` if nothing is clearly better
  std::vector<EncodingTrial> trials;  // all that was tried
};

struct TableAdvice {
  int64_t num_files = 0;
  int64_t files_sampled = 0;
  int64_t rows_sampled = 0;
  /// The columns of the whole sample as one file: the advice is verified with these.
  int64_t today_bytes = 0;
  int64_t advised_bytes = 0;
  std::vector<ColumnAdvice> columns;
  /// Table properties by which columns are written as advised. Empty if the sample would
  /// not become smaller.
  std::map<std::string, std::string> properties;
  std::vector<std::string> removed_properties;  // that stand in its way
};

/// Looks for the smallest encoding of each column and, of those that are nearly as small,
/// takes the one with the least work. Only what every engine reads is advised; other
/// codecs are tried for comparison. Files that are not Parquet are passed over. Errors:
/// kInvalidArgument (a limit below 1), kInvalidData, those of FileIO.
Result<TableAdvice> AdviseEncodings(io::FileIO& io,
                                    const iceberg::TableMetadata& metadata,
                                    const std::vector<iceberg::DataFile>& files,
                                    const TableWriterOptions& defaults,
                                    const AdviseOptions& options);

}  // namespace tarn::storage
