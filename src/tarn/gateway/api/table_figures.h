// What a table's metadata says about it at a glance; reads no manifest.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "tarn/base/json_fields.h"
#include "tarn/catalog/catalog.h"

namespace tarn::gateway {

/// Numbers that no snapshot's summary tells are unset.
struct TableFigures {
  std::optional<int64_t> rows;
  std::optional<int64_t> files;
  std::optional<int64_t> bytes;
  std::optional<int64_t> delete_files;

  static TableFigures Of(const iceberg::TableMetadata& metadata);
};

/// One row of a list of tables.
Json TableFiguresJson(const catalog::LoadedTable& table);

/// A commit as lists of them show it.
struct CommitFigures {
  iceberg::SnapshotId snapshot_id;
  std::chrono::milliseconds timestamp{0};
  std::string operation;
  std::optional<int64_t> added_rows;
  std::optional<int64_t> deleted_rows;
  std::optional<int64_t> added_files;
  std::optional<int64_t> removed_files;
  std::string engine;  // who wrote it, as far as its summary says

  static CommitFigures Of(const iceberg::Snapshot& snapshot);
};

Json CommitFiguresJson(const iceberg::TableIdent& ident, const CommitFigures& commit);

}  // namespace tarn::gateway
