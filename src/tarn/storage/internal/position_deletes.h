// Delete files that name rows by their positions: Parquet files of paths and positions,
// and deletion vectors in Puffin files (spec: Position Delete Files, Deletion Vectors).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "tarn/base/result.h"
#include "tarn/iceberg/data_file.h"
#include "tarn/iceberg/position_set.h"
#include "tarn/io/file_io.h"

namespace tarn::storage {

bool IsDeletionVector(const iceberg::DataFile& file);

/// Positions by the data file that they belong to. Paths are compared as they are
/// spelled, by each byte, as every implementation of the format does.
using PositionsByPath =
    std::unordered_map<std::string, std::shared_ptr<const iceberg::PositionSet>>;

/// Everything in one position delete file. Its columns go by their field ids, by their
/// names only if the file has no ids at all. Errors: kInvalidData, kNotSupported (Avro,
/// ORC), those of FileIO.
Result<PositionsByPath> ReadPositionDeletes(io::FileIO& io,
                                            const iceberg::DataFile& delete_file);
int64_t MemoryBytesOf(const PositionsByPath& positions);

/// One deletion vector, found by its offset and length. Errors: kInvalidData (also when
/// the cardinality is not the record count of `delete_file`), those of FileIO.
Result<std::shared_ptr<const iceberg::PositionSet>> ReadDeletionVector(
    io::FileIO& io, const iceberg::DataFile& delete_file);

}  // namespace tarn::storage
