// From the columns of a Parquet file to the columns of a table (spec: Column Projection,
// Schema Evolution): by field id at every level, types promoted, what the file lacks
// filled in.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/type.h"
#include "tarn/storage/data_file_reader.h"
#include "tarn/storage/internal/file_columns.h"

namespace tarn::storage {

/// Immutable once made.
class ColumnProjection {
 public:
  /// Values of columns that the file need not have, by field id: identity partitions.
  using Constants = std::unordered_map<iceberg::FieldId, iceberg::Value>;

  /// `fields` are the columns of the result. A field that is not in the file is its
  /// constant, else its initial default, else null. Errors: kInvalidData for a required
  /// column without a value, or any if `missing` refuses that; kTypeMismatch for a column
  /// of another type.
  static Result<ColumnProjection> Make(const std::vector<FileColumn>& columns,
                                       const std::vector<iceberg::Field>& fields,
                                       const Constants& constants,
                                       MissingColumns missing);

  /// Parquet's columns to read, ascending.
  std::vector<int> leaves() const { return {leaves_.begin(), leaves_.end()}; }
  /// Primitive fields outside of lists and maps that are in the file, with Parquet's
  /// number of their column.
  const std::vector<std::pair<int, iceberg::Field>>& matched() const { return matched_; }

  /// The columns of the result from a batch of the file's leaves() as Arrow gives it.
  Result<arrow::ArrayVector> Apply(const arrow::RecordBatch& batch) const;

 private:
  enum class Kind : uint8_t { kConstant, kLeaf, kStruct, kList, kMap, kShredded };
  struct Node {
    Kind kind = Kind::kConstant;
    std::shared_ptr<arrow::DataType> type;    // of the result
    std::shared_ptr<arrow::Scalar> constant;  // kConstant
    const FileColumn* column = nullptr;       // else; only while making
    int source = -1;                          // place among the children that are read
    bool zone_unknown = false;                // kLeaf
    std::vector<Node> children;
  };
  class Maker;

  static Result<std::shared_ptr<arrow::Array>> Evaluate(
      const Node& node, const std::shared_ptr<arrow::Array>& source, int64_t num_rows);
  static Result<std::shared_ptr<arrow::Array>> EvaluateStruct(
      const Node& node, const std::shared_ptr<arrow::Array>& source);
  static Result<std::shared_ptr<arrow::Array>> EvaluateList(
      const Node& node, std::shared_ptr<arrow::Array> source);

  std::vector<Node> nodes_;
  std::set<int> leaves_;
  std::vector<std::pair<int, iceberg::Field>> matched_;
};

}  // namespace tarn::storage
