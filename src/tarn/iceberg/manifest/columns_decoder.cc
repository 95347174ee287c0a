#include <algorithm>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/avro/visitor.h"
#include "tarn/iceberg/internal/manifest_columns_decoder.h"
#include "tarn/iceberg/internal/manifest_fields.h"

namespace tarn::iceberg::internal {
namespace {

using avro::Decoder;

avro::NodeId NodeOf(const std::vector<Step>& steps, uint8_t op) {
  for (const Step& step : steps) {
    if (step.op == op) {
      return step.node;
    }
  }
  return -1;
}

template <typename T>
void ReadIntegers(Decoder* decoder, std::vector<T>* out) {
  while (int64_t items = decoder->BlockItems()) {
    for (int64_t i = 0; i < items && !decoder->failed(); ++i) {
      if constexpr (sizeof(T) == sizeof(int32_t)) {
        out->push_back(decoder->Int());
      } else {
        out->push_back(decoder->Long());
      }
    }
  }
}

template <auto kMember>
constexpr bool kIsBound = std::is_same_v<decltype(kMember), BytesColumn StatsColumn::*>;

template <auto kMember>
auto ReadStat(Decoder* decoder) {
  if constexpr (kIsBound<kMember>) {
    return decoder->Bytes();
  } else {
    return decoder->Long();
  }
}

}  // namespace

Result<CompiledManifest> CompileManifest(std::shared_ptr<const avro::Schema> schema,
                                         const ManifestHeader& header) {
  if (schema->root().kind != avro::Kind::kRecord) {
    return MakeError(ErrorCode::kInvalidData,
                     "manifest: its Avro schema is not a record");
  }
  CompiledManifest plan;
  const PartitionSpec& spec = header.spec;
  ARROW_ASSIGN_OR_RAISE(plan.entry_steps,
                        CompileRecord(*schema, schema->root_id(), kEntryFields));
  const avro::NodeId file = NodeOf(plan.entry_steps, kDataFile);
  ARROW_ASSIGN_OR_RAISE(plan.file_steps, CompileRecord(*schema, file, kFileFields));
  const avro::NodeId partition = NodeOf(plan.file_steps, kPartition);
  if (partition >= 0) {
    const std::vector<Type> types = PartitionTypes(spec, *header.schema);
    ARROW_ASSIGN_OR_RAISE(plan.partition_steps,
                          CompilePartition(*schema, partition, spec, types));
  }
  plan.avro_schema = std::move(schema);
  return plan;
}

ManifestColumnsDecoder::ManifestColumnsDecoder(const CompiledManifest& plan,
                                               const ManifestFile& list_entry,
                                               ColumnBudget budget)
    : plan_(plan),
      list_entry_(list_entry),
      budget_(budget),
      out_(std::make_shared<ManifestColumns>()),
      next_row_id_(list_entry.first_row_id) {
  out_->header_ = plan.header;
  out_->paths_end_.reserve(budget.rows_expected);
}

void ManifestColumnsDecoder::Decode(Decoder* decoder) {
  row_ = {};
  for (const Step& step : plan_.entry_steps) {
    if (step.op == Step::kSkip) {
      SkipValue(*plan_.avro_schema, step.node, decoder);
    } else if (step.presence.Read(decoder)) {
      DecodeEntryField(step, decoder);
    }
  }
  if (row_.path.empty()) {
    decoder->Fail("an entry has no file path");
  }
  if (!decoder->failed()) {
    Inherit(decoder);
    Append(decoder);
  }
}

void ManifestColumnsDecoder::DecodeEntryField(const Step& step, Decoder* decoder) {
  switch (step.op) {
    case kStatus: {
      const int32_t status = decoder->Int();
      if (status < 0 || status > 2) {
        return decoder->Fail("an entry's status is not 0, 1 or 2");
      }
      row_.status = static_cast<EntryStatus>(status);
      return;
    }
    case kSnapshotId:
      row_.snapshot_id = decoder->Long();
      row_.has |= ManifestColumns::kSnapshotId;
      return;
    case kSequence:
      row_.sequence = decoder->Long();
      row_.has |= ManifestColumns::kSequence;
      return;
    case kFileSequence:
      row_.file_sequence = decoder->Long();
      row_.has |= ManifestColumns::kFileSequence;
      return;
    default:
      break;
  }
  for (const Step& field : plan_.file_steps) {
    if (field.op == Step::kSkip) {
      SkipValue(*plan_.avro_schema, field.node, decoder);
    } else if (field.presence.Read(decoder) && !DecodeStats(field, decoder)) {
      DecodeFileField(field, decoder);
    }
  }
}

void ManifestColumnsDecoder::DecodeFileField(const Step& step, Decoder* decoder) {
  switch (step.op) {
    case kContent: {
      const int32_t content = decoder->Int();
      if (content < 0 || content > 2) {
        return decoder->Fail("a file's content is not 0, 1 or 2");
      }
      row_.content = static_cast<FileContent>(content);
      return;
    }
    case kFilePath:
      row_.path = decoder->Bytes();
      return;
    case kFileFormat:
      if (!ReadFormat(decoder->Bytes(), &row_.format)) {
        decoder->Fail("unknown file format");
      }
      return;
    case kPartition:
      return DecodePartitionRecord(decoder);
    case kRecordCount:
      row_.record_count = ReadSize(decoder);
      return;
    case kFileSize:
      row_.file_size = ReadSize(decoder);
      return;
    case kKeyMetadata:
      return out_->key_metadata_.Set(num_rows_, decoder->Bytes(), &out_->arena_,
                                     &budget_);
    case kSplitOffsets:
      return ReadIntegers(decoder, &out_->split_offsets_.items);
    case kEqualityIds:
      return ReadIntegers(decoder, &out_->equality_ids_.items);
    case kSortOrderId:
      row_.sort_order = decoder->Int();
      row_.has |= ManifestColumns::kSortOrder;
      return;
    case kFirstRowId:
      row_.first_row_id = decoder->Long();
      row_.has |= ManifestColumns::kFirstRowId;
      return;
    case kReferencedDataFile:
      return out_->referenced_data_files_.Set(num_rows_, decoder->Bytes(), &out_->arena_,
                                              &budget_);
    case kContentOffset:
      row_.content_offset = decoder->Long();
      row_.has |= ManifestColumns::kContentOffset;
      return;
    case kContentSize:
      row_.content_size = decoder->Long();
      row_.has |= ManifestColumns::kContentSize;
      return;
    default:
      return;
  }
}

/// Partitions repeat: the same bytes are the same values.
void ManifestColumnsDecoder::DecodePartitionRecord(Decoder* decoder) {
  const std::string_view rest = decoder->rest();
  if (last_partition_ != nullptr && rest.starts_with(*last_partition_)) {
    decoder->Fixed(last_partition_->size());
    row_.partition = last_partition_index_;
    return;
  }
  PartitionTuple tuple(plan_.header->spec.fields.size());
  DecodePartition(*plan_.avro_schema, plan_.partition_steps, decoder, &tuple);
  if (decoder->failed()) {
    return;
  }
  const std::string_view bytes = rest.substr(0, rest.size() - decoder->bytes_left());
  const auto next = static_cast<uint32_t>(out_->partitions_.size());
  const auto [found, added] = partition_index_.try_emplace(std::string(bytes), next);
  if (added) {
    constexpr size_t kTupleBytes = 128;  // about, with the index's
    budget_.Take(kTupleBytes + tuple.size() * sizeof(Value) + 2 * bytes.size());
    out_->partitions_.push_back(std::move(tuple));
  }
  last_partition_ = &found->first;
  last_partition_index_ = found->second;
  row_.partition = found->second;
}

/// A null partition record stands for nulls in all its fields.
uint32_t ManifestColumnsDecoder::NullPartition() {
  if (!null_partition_) {
    null_partition_ = static_cast<uint32_t>(out_->partitions_.size());
    out_->partitions_.emplace_back(plan_.header->spec.fields.size());
  }
  return *null_partition_;
}

/// The column of `id`, which is the map's key number `at` and was not so before.
StatsColumn* ManifestColumnsDecoder::SearchColumn(FieldId id, KeyOrder* order,
                                                  size_t at) {
  std::vector<StatsColumn>& columns = out_->stats_;
  const auto next = static_cast<uint32_t>(columns.size());
  const auto [found, added] = stats_index_.try_emplace(id, next);
  if (added) {
    if (next == kColumnsMax || !budget_.Take(2 * sizeof(StatsColumn))) {
      budget_.exceeded = true;
      return nullptr;
    }
    columns.emplace_back().field_id = id;
  }
  if (at < order->size()) {
    (*order)[at] = found->second;
  } else if (at == order->size() && at < kColumnsMax) {
    order->push_back(found->second);
  }
  return &columns[found->second];
}

template <auto kMember, typename Stat>
inline void ManifestColumnsDecoder::SetStats(FieldId id, Stat value, KeyOrder* order,
                                             size_t at) {
  if constexpr (!kIsBound<kMember>) {
    if (value < 0) {
      return;  // not counted
    }
  }
  StatsColumn* column = nullptr;
  if (at < order->size() && out_->stats_[(*order)[at]].field_id == id) [[likely]] {
    column = &out_->stats_[(*order)[at]];
  } else {
    column = SearchColumn(id, order, at);
    if (column == nullptr) {
      return;
    }
  }
  if constexpr (kIsBound<kMember>) {
    (column->*kMember).Set(num_rows_, value, &out_->arena_, &budget_);
  } else {
    (column->*kMember).Set(num_rows_, value, &budget_);
  }
}

/// A block of pairs of the usual record. Works on a copy, which the compiler keeps in
/// registers.
template <auto kMember>
void ManifestColumnsDecoder::DecodeUsualPairs(int64_t items, KeyOrder* order,
                                              Decoder* decoder) {
  Decoder own = *decoder;
  for (int64_t i = 0; i < items && !own.failed(); ++i) {
    const FieldId key = own.Int();
    const auto value = ReadStat<kMember>(&own);
    SetStats<kMember>(key, value, order, static_cast<size_t>(i));
  }
  *decoder = own;
}

/// A pair whose record is not simply key, value.
template <auto kMember>
void ManifestColumnsDecoder::DecodeUnusualPair(const std::vector<Step>& pair,
                                               Decoder* decoder) {
  FieldId key = 0;
  bool has_key = false;
  std::optional<decltype(ReadStat<kMember>(decoder))> value;
  for (const Step& step : pair) {
    if (step.op == Step::kSkip) {
      SkipValue(*plan_.avro_schema, step.node, decoder);
    } else if (step.presence.Read(decoder)) {
      if (step.op == kPairKey) {
        key = decoder->Int();
        has_key = true;
      } else {
        value = ReadStat<kMember>(decoder);
      }
    }
  }
  if (has_key && value && !decoder->failed()) {
    KeyOrder no_order;
    SetStats<kMember>(key, *value, &no_order, 1);
  }
}

template <auto kMember>
void ManifestColumnsDecoder::DecodePairs(const Step& step, Decoder* decoder) {
  KeyOrder* order = &key_orders_[static_cast<size_t>(step.op - kColumnSizes)];
  while (int64_t items = decoder->BlockItems()) {
    if (step.pair.empty()) {
      DecodeUsualPairs<kMember>(items, order, decoder);
      continue;
    }
    for (int64_t i = 0; i < items && !decoder->failed(); ++i) {
      DecodeUnusualPair<kMember>(step.pair, decoder);
    }
  }
  if (budget_.exceeded) {
    decoder->Fail("an entry's statistics need more memory than the file justifies");
  }
}

/// Reads the statistics map of `step`; false if it is none of them.
bool ManifestColumnsDecoder::DecodeStats(const Step& step, Decoder* decoder) {
  switch (step.op) {
    case kColumnSizes:
      DecodePairs<&StatsColumn::column_sizes>(step, decoder);
      return true;
    case kValueCounts:
      DecodePairs<&StatsColumn::value_counts>(step, decoder);
      return true;
    case kNullCounts:
      DecodePairs<&StatsColumn::null_counts>(step, decoder);
      return true;
    case kNanCounts:
      DecodePairs<&StatsColumn::nan_counts>(step, decoder);
      return true;
    case kLowerBounds:
      DecodePairs<&StatsColumn::lower_bounds>(step, decoder);
      return true;
    case kUpperBounds:
      DecodePairs<&StatsColumn::upper_bounds>(step, decoder);
      return true;
    default:
      return false;
  }
}

/// Only ADDED entries inherit; a manifest numbered 0 comes from a v1 table, where all is
/// 0. Rows of data files without an id of their own are numbered on from the manifest's
/// first one; a manifest without one says that its snapshot has no row ids.
void ManifestColumnsDecoder::Inherit(Decoder* decoder) {
  using M = ManifestColumns;
  const bool added = row_.status == EntryStatus::kAdded;
  if (added && (row_.has & M::kSnapshotId) == 0) {
    row_.snapshot_id = list_entry_.added_snapshot_id.value;
    row_.has |= M::kSnapshotId;
  }
  const bool is_v1 = plan_.header->format_version == 1;
  const int64_t sequence = is_v1 ? 0 : list_entry_.sequence_number.value;
  if (added || is_v1 || sequence == 0) {
    if ((row_.has & M::kSequence) == 0) {
      row_.sequence = sequence;
    }
    if ((row_.has & M::kFileSequence) == 0) {
      row_.file_sequence = sequence;
    }
    row_.has |= M::kSequence | M::kFileSequence;
  }
  if (row_.content != FileContent::kData) {
    return;
  }
  if (!next_row_id_) {
    row_.has &= static_cast<uint8_t>(~M::kFirstRowId);
    row_.first_row_id = 0;
  } else if (row_.status != EntryStatus::kDeleted && (row_.has & M::kFirstRowId) == 0) {
    row_.first_row_id = *next_row_id_;
    row_.has |= M::kFirstRowId;
    if (__builtin_add_overflow(*next_row_id_, row_.record_count, &*next_row_id_)) {
      decoder->Fail("row ids go beyond 64 bits");
    }
  }
}

void ManifestColumnsDecoder::Append(Decoder* decoder) {
  ManifestColumns& out = *out_;
  const size_t row = num_rows_++;
  if (out.paths_.size() + row_.path.size() > UINT32_MAX ||
      out.split_offsets_.items.size() > UINT32_MAX ||
      out.equality_ids_.items.size() > UINT32_MAX) {
    return decoder->Fail("the manifest is too large");
  }
  out.paths_ += row_.path;
  out.paths_end_.push_back(static_cast<uint32_t>(out.paths_.size()));
  if (row == 0) {  // the others' will be about as long; never more than the block holds
    const size_t expected = row_.path.size() * budget_.rows_expected;
    out.paths_.reserve(std::min(expected, row_.path.size() + decoder->bytes_left()));
  }
  out.num_live_ += row_.status == EntryStatus::kDeleted ? 0 : 1;
  out.status_.Set(row, static_cast<uint8_t>(row_.status), &budget_);
  out.content_.Set(row, static_cast<uint8_t>(row_.content), &budget_);
  out.format_.Set(row, static_cast<uint8_t>(row_.format), &budget_);
  out.has_.Set(row, row_.has, &budget_);
  out.snapshot_ids_.Set(row, row_.snapshot_id, &budget_);
  out.sequences_.Set(row, row_.sequence, &budget_);
  out.file_sequences_.Set(row, row_.file_sequence, &budget_);
  out.record_counts_.Set(row, row_.record_count, &budget_);
  out.file_sizes_.Set(row, row_.file_size, &budget_);
  out.sort_orders_.Set(row, row_.sort_order, &budget_);
  out.first_row_ids_.Set(row, row_.first_row_id, &budget_);
  out.content_offsets_.Set(row, row_.content_offset, &budget_);
  out.content_sizes_.Set(row, row_.content_size, &budget_);
  out.partition_.Set(row, row_.partition ? *row_.partition : NullPartition(), &budget_);
  out.split_offsets_.ends.Set(row, static_cast<uint32_t>(out.split_offsets_.items.size()),
                              &budget_);
  out.equality_ids_.ends.Set(row, static_cast<uint32_t>(out.equality_ids_.items.size()),
                             &budget_);
  if (budget_.exceeded) {
    decoder->Fail("its entries need more memory than the file justifies");
  }
}

std::shared_ptr<const ManifestColumns> ManifestColumnsDecoder::Finish() {
  ManifestColumns& out = *out_;
  const size_t rows = num_rows_;
  const auto finish = [&](auto&... columns) { (columns.Finish(rows, &budget_), ...); };
  finish(out.status_, out.content_, out.format_, out.has_, out.snapshot_ids_,
         out.sequences_, out.file_sequences_, out.record_counts_, out.file_sizes_,
         out.sort_orders_, out.first_row_ids_, out.content_offsets_, out.content_sizes_,
         out.partition_, out.split_offsets_.ends, out.equality_ids_.ends,
         out.key_metadata_, out.referenced_data_files_);
  for (StatsColumn& column : out.stats_) {
    finish(column.column_sizes, column.value_counts, column.null_counts,
           column.nan_counts, column.lower_bounds, column.upper_bounds);
  }
  if (!std::ranges::is_sorted(out.stats_, {}, &StatsColumn::field_id)) {
    std::ranges::sort(out.stats_, {}, &StatsColumn::field_id);
  }
  out.paths_.shrink_to_fit();
  out.arena_.shrink_to_fit();
  out.paths_end_.shrink_to_fit();
  out.partitions_.shrink_to_fit();
  out.stats_.shrink_to_fit();
  out.split_offsets_.items.shrink_to_fit();
  out.equality_ids_.items.shrink_to_fit();
  if (budget_.exceeded) {
    return nullptr;
  }
  out.CountMemory();
  return out_;
}

}  // namespace tarn::iceberg::internal
