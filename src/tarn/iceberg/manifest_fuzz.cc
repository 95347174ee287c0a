// Any bytes as a manifest and as a manifest list; what was read can be written and reads
// the same, and columns hold what rows do.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string_view>

#include "tarn/base/error.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/iceberg/manifest_columns.h"

namespace {

using namespace tarn::iceberg;

ManifestEntry AsExisting(const ManifestEntry& entry) {
  ManifestEntry existing = entry;
  existing.status = EntryStatus::kExisting;
  if (!existing.snapshot_id) {
    existing.snapshot_id = SnapshotId{1};
  }
  if (!existing.sequence_number) {
    existing.sequence_number = SequenceNumber{1};
  }
  if (!existing.file_sequence_number) {
    existing.file_sequence_number = SequenceNumber{1};
  }
  if (entry.file.content == FileContent::kPositionDeletes) {
    existing.file.sort_order_id.reset();
  }
  if (entry.file.content != FileContent::kData) {
    existing.file.first_row_id.reset();
  }
  return existing;
}

/// NaN is not equal to itself; bytes are.
std::string Rewrite(const Manifest& manifest) {
  ManifestWriter writer({.format_version = 3,
                         .content = manifest.header.content,
                         .compression = AvroCompression::kNone},
                        manifest.header.schema, manifest.header.spec);
  for (const ManifestEntry& entry : manifest.entries) {
    // A delete file in a data manifest is refused, for one.
    if (!writer.Add(AsExisting(entry)).ok()) {
      continue;
    }
  }
  auto finished = writer.Finish();
  TARN_CHECK(finished.ok());
  return std::move(finished->avro);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)ReadManifestList(bytes);
  ManifestFile listed;
  listed.first_row_id = 10;
  listed.added_files_count = 1 << 30;
  auto manifest = ReadManifest(bytes, listed);
  if (!manifest.ok()) {
    return 0;
  }
  std::string written = Rewrite(*manifest);
  // Columns are refused a little earlier for the memory they would take.
  auto columns = ManifestReader().Read(bytes, listed);
  if (columns.ok()) {
    TARN_CHECK((*columns)->size() == manifest->entries.size());
    Manifest copy{manifest->header, {}};
    for (size_t row = 0; row < (*columns)->size(); ++row) {
      copy.entries.push_back((*columns)->EntryAt(row));
    }
    TARN_CHECK(Rewrite(copy) == written);
  }
  auto again = ReadManifestRaw(written);
  if (!again.ok()) {
    std::fprintf(stderr, "reading what was written: %s\n",
                 again.status().message().c_str());
  }
  TARN_CHECK(again.ok());
  TARN_CHECK(Rewrite(*again) == written);
  return 0;
}
