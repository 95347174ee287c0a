// Tarn's one error currency. `base` is the root namespace `tarn`: its vocabulary is used
// by every module.
//
//   Result<Snapshot> FindSnapshot(const TableMetadata& table, SnapshotId id);
//   ARROW_ASSIGN_OR_RAISE(Snapshot snapshot, FindSnapshot(table, id));
//
// Make errors with MakeError() (tarn/base/error.h) so that each carries an ErrorCode.
#pragma once

#include <arrow/result.h>
#include <arrow/status.h>

namespace tarn {

using arrow::Result;
using arrow::Status;

}  // namespace tarn
