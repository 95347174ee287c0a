// Decodes manifest entries by a plan made from the schema of their file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/avro/decoder.h"
#include "tarn/iceberg/avro/schema.h"
#include "tarn/iceberg/internal/manifest_plan.h"
#include "tarn/iceberg/manifest.h"

namespace tarn::iceberg::internal {

/// Thread-compatible. `schema` must outlive it.
class ManifestEntryDecoder {
 public:
  /// Errors: kInvalidData.
  static Result<ManifestEntryDecoder> Make(const avro::Schema& schema,
                                           const PartitionSpec& spec,
                                           std::span<const Type> partition_types);

  /// Reads one entry. Wrong bytes and values show as decoder->failed().
  void Decode(avro::Decoder* decoder, ManifestEntry* entry);

  /// Memory of all rows of statistics made so far.
  size_t stats_bytes() const { return stats_rows_ * sizeof(ColumnStats); }

 private:
  explicit ManifestEntryDecoder(const avro::Schema& schema) : schema_(&schema) {}
  void DecodeEntryField(const Step& step, avro::Decoder* decoder, ManifestEntry* entry);
  void DecodeFile(avro::Decoder* decoder, DataFile* file);
  void DecodeFileField(const Step& step, avro::Decoder* decoder, DataFile* file);

  const avro::Schema* schema_;
  SpecId spec_id_;
  size_t num_partition_fields_ = 0;
  std::vector<Step> entry_steps_;
  std::vector<Step> file_steps_;
  std::vector<PartitionStep> partition_steps_;
  size_t stats_rows_ = 0;
};

}  // namespace tarn::iceberg::internal
