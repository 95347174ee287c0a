// Decodes manifest entries into columns, by a plan made from the schema of their file.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/avro/decoder.h"
#include "tarn/iceberg/avro/schema.h"
#include "tarn/iceberg/internal/manifest_plan.h"
#include "tarn/iceberg/manifest_columns.h"

namespace tarn::iceberg::internal {

/// How to read the manifests of one header. Immutable.
struct CompiledManifest {
  std::shared_ptr<const avro::Schema> avro_schema;
  std::string avro_schema_json;
  std::string header_text;  // the rest of the header, and the list's spec
  std::shared_ptr<const ManifestHeader> header;
  std::vector<Step> entry_steps;
  std::vector<Step> file_steps;
  std::vector<PartitionStep> partition_steps;
};

/// Errors: kInvalidData. `header` and the texts are left to the caller.
Result<CompiledManifest> CompileManifest(std::shared_ptr<const avro::Schema> schema,
                                         const ManifestHeader& header);

/// One manifest. Thread-compatible. `plan` and `list_entry` must outlive it.
class ManifestColumnsDecoder {
 public:
  ManifestColumnsDecoder(const CompiledManifest& plan, const ManifestFile& list_entry,
                         ColumnBudget budget);

  /// Reads one entry. Wrong bytes and values show as decoder->failed().
  void Decode(avro::Decoder* decoder);

  std::shared_ptr<const ManifestColumns> Finish();

 private:
  /// The entry being read; views point into its block.
  struct Row {
    EntryStatus status = EntryStatus::kAdded;
    FileContent content = FileContent::kData;
    FileFormat format = FileFormat::kParquet;
    uint8_t has = 0;
    int64_t snapshot_id = 0;
    int64_t sequence = 0;
    int64_t file_sequence = 0;
    std::string_view path;
    int64_t record_count = 0;
    int64_t file_size = 0;
    std::optional<uint32_t> partition;
    int32_t sort_order = 0;
    int64_t first_row_id = 0;
    int64_t content_offset = 0;
    int64_t content_size = 0;
  };

  /// Where one of the maps had which column in the row before: writers keep the order.
  using KeyOrder = std::vector<uint32_t>;

  void DecodeEntryField(const Step& step, avro::Decoder* decoder);
  void DecodeFileField(const Step& step, avro::Decoder* decoder);
  void DecodePartitionRecord(avro::Decoder* decoder);
  bool DecodeStats(const Step& step, avro::Decoder* decoder);
  template <auto kMember>
  void DecodePairs(const Step& step, avro::Decoder* decoder);
  template <auto kMember>
  void DecodeUsualPairs(int64_t items, KeyOrder* order, avro::Decoder* decoder);
  template <auto kMember>
  void DecodeUnusualPair(const std::vector<Step>& pair, avro::Decoder* decoder);
  template <auto kMember, typename Stat>
  [[gnu::always_inline]] void SetStats(FieldId id, Stat value, KeyOrder* order,
                                       size_t at);

  StatsColumn* SearchColumn(FieldId id, KeyOrder* order, size_t at);
  uint32_t NullPartition();
  void Inherit(avro::Decoder* decoder);
  void Append(avro::Decoder* decoder);

  const CompiledManifest& plan_;
  const ManifestFile& list_entry_;
  ColumnBudget budget_;
  std::shared_ptr<ManifestColumns> out_;
  Row row_;
  size_t num_rows_ = 0;
  std::optional<int64_t> next_row_id_;
  std::array<KeyOrder, 6> key_orders_;  // of the maps, by their ops
  std::unordered_map<FieldId, uint32_t> stats_index_;
  std::unordered_map<std::string, uint32_t> partition_index_;  // by encoded record
  const std::string* last_partition_ = nullptr;                // a key of it
  uint32_t last_partition_index_ = 0;
  std::optional<uint32_t> null_partition_;
};

}  // namespace tarn::iceberg::internal
