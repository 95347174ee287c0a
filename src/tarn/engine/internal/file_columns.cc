#include "tarn/engine/internal/file_columns.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/scan_state.h"
#include "tarn/engine/internal/type_conversion.h"
#include "tarn/engine/internal/virtual_columns.h"

namespace tarn::engine {
namespace {

/// Questions that wait for a store at the same time.
constexpr size_t kThreadsMax = 16;

struct FileColumn {
  duckdb::column_t column;
  iceberg::Field field;
};

const std::vector<FileColumn>& FileColumns() {
  using iceberg::Type;
  static const std::vector<FileColumn> columns = {
      {kPathColumn, {.id = 1, .name = "$path", .type = Type::String()}},
      {kFileColumn, {.id = 2, .name = "_file", .type = Type::String()}},
      {kPartitionColumn, {.id = 3, .name = "$partition", .type = Type::String()}},
      {kModifiedColumn,
       {.id = 4, .name = "$file_modified_time", .type = Type::TimestampTz()}},
      {kSpecIdColumn, {.id = 5, .name = "_spec_id", .type = Type::Int()}}};
  return columns;
}

const FileColumn& ColumnOf(iceberg::FieldId id) {
  return FileColumns()[static_cast<size_t>(id - 1)];
}

}  // namespace

Result<int64_t> FileTimes::Of(io::FileIO& io, const std::string& path) {
  {
    const std::lock_guard guard(mutex_);
    const auto known = millis_.find(path);
    if (known != millis_.end()) {
      return known->second;
    }
  }
  ARROW_ASSIGN_OR_RAISE(const io::FileInfo info, io.Stat(path));
  const std::lock_guard guard(mutex_);
  return millis_[path] = info.modified.count();
}

Status FileTimes::Load(io::FileIO& io, const std::vector<std::string>& paths) {
  std::atomic<size_t> next = 0;
  std::atomic<bool> has_failed = false;
  Status failure;
  const auto ask = [&] {
    for (size_t i = next++; i < paths.size() && !has_failed; i = next++) {
      const Status status = Of(io, paths[i]).status();
      if (!status.ok() && !has_failed.exchange(true)) {
        failure = status;  // the first one alone writes, and is joined before it is read
      }
    }
  };
  {
    std::vector<std::jthread> others;
    for (size_t i = 1; i < std::min(paths.size(), kThreadsMax); ++i) {
      others.emplace_back(ask);
    }
    ask();
  }
  return failure;
}

const iceberg::Schema& FileColumnsSchema() {
  static const auto schema = [] {
    std::vector<iceberg::Field> fields;
    for (const FileColumn& column : FileColumns()) {
      fields.push_back(column.field);
    }
    return iceberg::Schema::Make({}, std::move(fields)).ValueOrDie();
  }();
  return *schema;
}

const iceberg::Field* FileColumnField(duckdb::column_t column) {
  for (const FileColumn& candidate : FileColumns()) {
    if (candidate.column == column) {
      return &candidate.field;
    }
  }
  return nullptr;
}

bool AcceptsFile(const iceberg::Expression& filter, const ScanState& state,
                 const table::FileScanTask& task) {
  return iceberg::EvaluateRow(filter, [&](iceberg::FieldId id) {
    const FileColumn& column = ColumnOf(id);
    const auto value = FileValueOf(column.column, state, task);
    auto converted = value.has_value() ? IcebergValueOf(column.field.type, *value)
                                       : std::optional<iceberg::Value>();
    TARN_CHECK(converted.has_value());  // no type of these columns has inexact values
    return *std::move(converted);
  });
}

bool AsksForTime(const iceberg::Expression& filter) {
  if (filter.is_predicate()) {
    return ColumnOf(filter.field_id).column == kModifiedColumn;
  }
  return filter.children != nullptr &&
         std::any_of(filter.children->begin(), filter.children->end(), AsksForTime);
}

}  // namespace tarn::engine
