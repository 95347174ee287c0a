#include "tarn/table/maintenance/internal/file_deletion.h"

#include <mutex>

#include "tarn/table/internal/parallel.h"

namespace tarn::table::internal {
namespace {

/// Lower goes first.
int RankOf(TableFileKind kind) {
  switch (kind) {
    case TableFileKind::kData:
    case TableFileKind::kPositionDeletes:
    case TableFileKind::kEqualityDeletes:
      return 0;
    case TableFileKind::kManifest:
      return 1;
    case TableFileKind::kManifestList:
      return 2;
    case TableFileKind::kStatistics:
    case TableFileKind::kMetadata:
      return 3;
  }
  return 3;
}

constexpr int kRanks = 4;

}  // namespace

Result<FileDeletion> DeleteFiles(io::FileIO& io, const std::vector<TableFile>& files,
                                 int32_t threads_max, const ActionControl& control) {
  FileDeletion deletion;
  std::mutex mutex;  // guards deletion
  for (int rank = 0; rank < kRanks; ++rank) {
    std::vector<const TableFile*> group;
    for (const TableFile& file : files) {
      if (RankOf(file.kind) == rank) {
        group.push_back(&file);
      }
    }
    RETURN_NOT_OK(ForEachParallel(group.size(), threads_max, [&](size_t i) -> Status {
      RETURN_NOT_OK(control.Check());
      const Status status = io.Delete(group[i]->location);
      const std::lock_guard lock(mutex);
      (status.ok() ? deletion.deleted : deletion.failed).push_back(*group[i]);
      if (deletion.first_error.ok()) {
        deletion.first_error = status;
      }
      const auto done =
          static_cast<int64_t>(deletion.deleted.size() + deletion.failed.size());
      control.Report("delete files", done, static_cast<int64_t>(files.size()));
      return Status::OK();
    }));
  }
  return deletion;
}

}  // namespace tarn::table::internal
