#include "tarn/table/live_files.h"

#include "tarn/table/internal/manifest_files.h"
#include "tarn/table/internal/metadata_tables.h"

namespace tarn::table {

Status VisitLiveFiles(const Context& context, const iceberg::TableMetadata& metadata,
                      const iceberg::Snapshot& snapshot,
                      const std::function<Visit(const LiveFile&)>& visit) {
  ARROW_ASSIGN_OR_RAISE(const auto manifests,
                        internal::ListOf(context, metadata, snapshot));
  for (const iceberg::ManifestFile& manifest : manifests) {
    if (internal::HasNoLiveEntries(manifest)) {
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const auto loaded, internal::ManifestFor(context, manifest));
    for (size_t row = 0; row < loaded->size(); ++row) {
      if (loaded->is_live(row) &&
          visit({*loaded, row, manifest.spec_id}) == Visit::kStop) {
        return Status::OK();
      }
    }
  }
  return Status::OK();
}

}  // namespace tarn::table
