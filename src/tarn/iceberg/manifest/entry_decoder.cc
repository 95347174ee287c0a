#include <algorithm>
#include <string>

#include "tarn/base/error.h"
#include "tarn/iceberg/avro/visitor.h"
#include "tarn/iceberg/internal/column_stats_builder.h"
#include "tarn/iceberg/internal/manifest_entry_decoder.h"
#include "tarn/iceberg/internal/manifest_fields.h"

namespace tarn::iceberg::internal {
namespace {

using avro::Decoder;

template <typename T>
void ReadIntegers(Decoder* decoder, std::vector<T>* out) {
  while (int64_t items = decoder->BlockItems()) {
    size_t backed = std::min(static_cast<size_t>(items), decoder->bytes_left());
    if (out->empty()) {
      out->reserve(backed);
    }
    for (int64_t i = 0; i < items && !decoder->failed(); ++i) {
      if constexpr (sizeof(T) == sizeof(int32_t)) {
        out->push_back(decoder->Int());
      } else {
        out->push_back(decoder->Long());
      }
    }
  }
}

struct Count {
  using Held = int64_t;
  static int64_t Read(Decoder* decoder) { return decoder->Long(); }
  /// Some writers put -1 where they did not count.
  static bool IsKnown(int64_t count) { return count >= 0; }
};
struct Bound {
  using Held = std::string;
  static std::string_view Read(Decoder* decoder) { return decoder->Bytes(); }
  static bool IsKnown(std::string_view) { return true; }
};

/// A pair whose record is not simply key, value.
template <typename Kind, auto kMember>
void ReadUnusualPair(const avro::Schema& schema, const std::vector<Step>& pair,
                     Decoder* decoder, ColumnStatsBuilder* stats) {
  FieldId key = 0;
  bool has_key = false;
  std::optional<typename Kind::Held> value;
  for (const Step& step : pair) {
    if (step.op == Step::kSkip) {
      SkipValue(schema, step.node, decoder);
    } else if (step.presence.Read(decoder)) {
      if (step.op == kPairKey) {
        key = decoder->Int();
        has_key = true;
      } else {
        value.emplace(Kind::Read(decoder));
      }
    }
  }
  if (has_key && value && Kind::IsKnown(*value)) {
    stats->Row(key).*kMember = std::move(value);
  }
}

/// A block of pairs of the usual record. Works on copies, which the compiler keeps in
/// registers.
template <typename Kind, auto kMember>
void ReadUsualPairs(int64_t items, Decoder* decoder, ColumnStatsBuilder* stats) {
  Decoder own = *decoder;
  ColumnStatsBuilder rows = *stats;
  for (int64_t i = 0; i < items && !own.failed(); ++i) {
    FieldId key = own.Int();
    const auto value = Kind::Read(&own);
    if (Kind::IsKnown(value)) {
      (rows.Row(key).*kMember).emplace(value);
    }
  }
  *decoder = own;
  *stats = rows;
}

/// One of the maps by field id.
template <typename Kind, auto kMember>
void ReadPairs(const avro::Schema& schema, const Step& step, Decoder* decoder,
               ColumnStatsBuilder* stats) {
  while (int64_t items = decoder->BlockItems()) {
    size_t backed = std::min(static_cast<size_t>(items), decoder->bytes_left() / 2);
    if (backed > kColumnsMax) {
      return decoder->Fail("an entry has too many columns");
    }
    stats->Expect(backed);
    if (step.pair.empty()) {
      ReadUsualPairs<Kind, kMember>(items, decoder, stats);
      continue;
    }
    for (int64_t i = 0; i < items && !decoder->failed(); ++i) {
      ReadUnusualPair<Kind, kMember>(schema, step.pair, decoder, stats);
    }
  }
  stats->EndMap();
}

/// Reads the statistics map of `step`; false if it is none of them.
bool ReadStats(const avro::Schema& schema, const Step& step, Decoder* decoder,
               ColumnStatsBuilder* stats) {
  switch (step.op) {
    case kColumnSizes:
      ReadPairs<Count, &ColumnStats::column_size>(schema, step, decoder, stats);
      return true;
    case kValueCounts:
      ReadPairs<Count, &ColumnStats::value_count>(schema, step, decoder, stats);
      return true;
    case kNullCounts:
      ReadPairs<Count, &ColumnStats::null_count>(schema, step, decoder, stats);
      return true;
    case kNanCounts:
      ReadPairs<Count, &ColumnStats::nan_count>(schema, step, decoder, stats);
      return true;
    case kLowerBounds:
      ReadPairs<Bound, &ColumnStats::lower_bound>(schema, step, decoder, stats);
      return true;
    case kUpperBounds:
      ReadPairs<Bound, &ColumnStats::upper_bound>(schema, step, decoder, stats);
      return true;
    default:
      return false;
  }
}

avro::NodeId NodeOf(const std::vector<Step>& steps, uint8_t op) {
  for (const Step& step : steps) {
    if (step.op == op) {
      return step.node;
    }
  }
  return -1;
}

}  // namespace

Result<ManifestEntryDecoder> ManifestEntryDecoder::Make(
    const avro::Schema& schema, const PartitionSpec& spec,
    std::span<const Type> partition_types) {
  if (schema.root().kind != avro::Kind::kRecord) {
    return MakeError(ErrorCode::kInvalidData,
                     "manifest: its Avro schema is not a record");
  }
  ManifestEntryDecoder decoder(schema);
  decoder.spec_id_ = spec.id;
  decoder.num_partition_fields_ = spec.fields.size();
  ARROW_ASSIGN_OR_RAISE(decoder.entry_steps_,
                        CompileRecord(schema, schema.root_id(), kEntryFields));
  avro::NodeId file = NodeOf(decoder.entry_steps_, kDataFile);
  ARROW_ASSIGN_OR_RAISE(decoder.file_steps_, CompileRecord(schema, file, kFileFields));
  avro::NodeId partition = NodeOf(decoder.file_steps_, kPartition);
  if (partition >= 0) {
    ARROW_ASSIGN_OR_RAISE(decoder.partition_steps_,
                          CompilePartition(schema, partition, spec, partition_types));
  }
  return decoder;
}

void ManifestEntryDecoder::Decode(Decoder* decoder, ManifestEntry* entry) {
  for (const Step& step : entry_steps_) {
    if (step.op == Step::kSkip) {
      SkipValue(*schema_, step.node, decoder);
    } else if (step.presence.Read(decoder)) {
      DecodeEntryField(step, decoder, entry);
    }
  }
  entry->file.spec_id = spec_id_;
  // A null partition record stands for nulls in all its fields.
  entry->file.partition.resize(num_partition_fields_);
  if (entry->file.file_path.empty()) {
    decoder->Fail("an entry has no file path");
  }
}

void ManifestEntryDecoder::DecodeEntryField(const Step& step, Decoder* decoder,
                                            ManifestEntry* entry) {
  switch (step.op) {
    case kStatus: {
      int32_t status = decoder->Int();
      if (status < 0 || status > 2) {
        return decoder->Fail("an entry's status is not 0, 1 or 2");
      }
      entry->status = static_cast<EntryStatus>(status);
      return;
    }
    case kSnapshotId:
      entry->snapshot_id = SnapshotId{decoder->Long()};
      return;
    case kSequence:
      entry->sequence_number = SequenceNumber{decoder->Long()};
      return;
    case kFileSequence:
      entry->file_sequence_number = SequenceNumber{decoder->Long()};
      return;
    default:
      return DecodeFile(decoder, &entry->file);
  }
}

void ManifestEntryDecoder::DecodeFile(Decoder* decoder, DataFile* file) {
  ColumnStatsBuilder stats(&file->columns);
  for (const Step& step : file_steps_) {
    if (step.op == Step::kSkip) {
      SkipValue(*schema_, step.node, decoder);
    } else if (step.presence.Read(decoder) &&
               !ReadStats(*schema_, step, decoder, &stats)) {
      DecodeFileField(step, decoder, file);
    }
  }
  stats_rows_ += file->columns.capacity();
  if (file->columns.size() > kColumnsMax) {
    decoder->Fail("an entry has too many columns");
  }
}

void ManifestEntryDecoder::DecodeFileField(const Step& step, Decoder* decoder,
                                           DataFile* file) {
  switch (step.op) {
    case kContent: {
      int32_t content = decoder->Int();
      if (content < 0 || content > 2) {
        return decoder->Fail("a file's content is not 0, 1 or 2");
      }
      file->content = static_cast<FileContent>(content);
      return;
    }
    case kFilePath:
      file->file_path = decoder->Bytes();
      return;
    case kFileFormat:
      if (!ReadFormat(decoder->Bytes(), &file->format)) {
        decoder->Fail("unknown file format");
      }
      return;
    case kPartition:
      file->partition.resize(num_partition_fields_);
      return DecodePartition(*schema_, partition_steps_, decoder, &file->partition);
    case kRecordCount:
      file->record_count = ReadSize(decoder);
      return;
    case kFileSize:
      file->file_size_bytes = ReadSize(decoder);
      return;
    case kKeyMetadata:
      file->key_metadata = decoder->Bytes();
      return;
    case kSplitOffsets:
      return ReadIntegers(decoder, &file->split_offsets);
    case kEqualityIds:
      return ReadIntegers(decoder, &file->equality_ids);
    case kSortOrderId:
      file->sort_order_id = SortOrderId{decoder->Int()};
      return;
    case kFirstRowId:
      file->first_row_id = decoder->Long();
      return;
    case kReferencedDataFile:
      file->referenced_data_file = decoder->Bytes();
      return;
    case kContentOffset:
      file->content_offset = decoder->Long();
      return;
    case kContentSize:
      file->content_size_bytes = decoder->Long();
      return;
    default:
      return;
  }
}

}  // namespace tarn::iceberg::internal
