#include <string_view>

#include "tarn/base/overload.h"
#include "tarn/iceberg/avro/encoder.h"
#include "tarn/iceberg/internal/manifest_entry_encoder.h"
#include "tarn/iceberg/value.h"

namespace tarn::iceberg::internal {
namespace {

using avro::Encoder;

std::string_view FormatName(FileFormat format) {
  switch (format) {
    case FileFormat::kAvro:
      return "AVRO";
    case FileFormat::kOrc:
      return "ORC";
    case FileFormat::kParquet:
      return "PARQUET";
    case FileFormat::kPuffin:
      return "PUFFIN";
  }
  return {};
}

/// The branch of [null, T]; true if a value is to follow.
bool Present(bool present, Encoder* encoder) {
  encoder->Branch(present ? 1 : 0);
  return present;
}

void OptionalLong(const std::optional<int64_t>& value, Encoder* encoder) {
  if (Present(value.has_value(), encoder)) {
    encoder->Long(*value);
  }
}

void OptionalBytes(const std::optional<std::string>& value, Encoder* encoder) {
  if (Present(value.has_value(), encoder)) {
    encoder->Bytes(*value);
  }
}

/// Two's complement, big-endian, sign-extended to the fixed's length.
void FixedDecimal(int128_t unscaled, int32_t bytes, Encoder* encoder) {
  std::string text(static_cast<size_t>(bytes), '\0');
  for (size_t i = text.size(); i-- > 0; unscaled >>= 8) {
    text[i] = static_cast<char>(unscaled);
  }
  encoder->Fixed(text);
}

void PartitionValue(const Type& type, const Value& value, Encoder* encoder) {
  std::visit(Overload{
                 [](std::monostate) {},
                 [&](bool v) { encoder->Boolean(v); },
                 [&](int32_t v) { encoder->Int(v); },
                 [&](int64_t v) { encoder->Long(v); },
                 [&](float v) { encoder->Float(v); },
                 [&](double v) { encoder->Double(v); },
                 [&](int128_t v) {
                   FixedDecimal(v, DecimalRequiredBytes(type.precision()), encoder);
                 },
                 [&](const std::string& v) {
                   bool fixed = type.id() == TypeId::kUuid || type.id() == TypeId::kFixed;
                   fixed ? encoder->Fixed(v) : encoder->Bytes(v);
                 },
             },
             value);
}

void Partition(const PartitionTuple& tuple, std::span<const Type> types,
               Encoder* encoder) {
  for (size_t i = 0; i < tuple.size(); ++i) {
    if (types[i].id() == TypeId::kUnknown) {
      continue;  // type null: no bytes
    }
    if (Present(!IsNull(tuple[i]), encoder)) {
      PartitionValue(types[i], tuple[i], encoder);
    }
  }
}

template <typename Member, typename Write>
void StatsMap(const std::vector<ColumnStats>& columns, Member member, Encoder* encoder,
              Write write) {
  int64_t count = 0;
  for (const ColumnStats& column : columns) {
    count += (column.*member).has_value() ? 1 : 0;
  }
  if (!Present(count > 0, encoder)) {
    return;
  }
  encoder->Items(count);
  for (const ColumnStats& column : columns) {
    if (!(column.*member).has_value()) {
      continue;
    }
    encoder->Int(column.field_id);
    write(*(column.*member));
  }
  encoder->EndItems();
}

void Stats(const std::vector<ColumnStats>& columns, Encoder* encoder) {
  auto number = [&](int64_t value) { encoder->Long(value); };
  auto bytes = [&](const std::string& value) { encoder->Bytes(value); };
  StatsMap(columns, &ColumnStats::column_size, encoder, number);
  StatsMap(columns, &ColumnStats::value_count, encoder, number);
  StatsMap(columns, &ColumnStats::null_count, encoder, number);
  StatsMap(columns, &ColumnStats::nan_count, encoder, number);
  StatsMap(columns, &ColumnStats::lower_bound, encoder, bytes);
  StatsMap(columns, &ColumnStats::upper_bound, encoder, bytes);
}

/// An empty list is written as null (trap 48).
template <typename T>
void OptionalList(const std::vector<T>& values, Encoder* encoder) {
  if (!Present(!values.empty(), encoder)) {
    return;
  }
  encoder->Items(static_cast<int64_t>(values.size()));
  for (T value : values) {
    encoder->Long(value);
  }
  encoder->EndItems();
}

/// Position deletes have no sort order of their own: theirs is file and position (trap
/// 42).
std::optional<int64_t> SortOrderOf(const DataFile& file) {
  if (file.content == FileContent::kPositionDeletes || !file.sort_order_id) {
    return std::nullopt;
  }
  return file.sort_order_id->value;
}

/// New files get their row ids when the manifest list is written (trap 27).
std::optional<int64_t> FirstRowIdOf(const ManifestEntry& entry) {
  bool numbered =
      entry.file.content == FileContent::kData && entry.status != EntryStatus::kAdded;
  return numbered ? entry.file.first_row_id : std::nullopt;
}

/// Version 1 requires it and nobody reads it: Java's default.
constexpr int64_t kBlockSizeBytes = int64_t{64} << 20;

void EncodeV1(const ManifestEntry& entry, std::span<const Type> partition_types,
              Encoder* encoder) {
  const DataFile& file = entry.file;
  encoder->Int(static_cast<int32_t>(entry.status));
  encoder->Long(entry.snapshot_id.value_or(SnapshotId{}).value);
  encoder->Bytes(file.file_path);
  encoder->Bytes(FormatName(file.format));
  Partition(file.partition, partition_types, encoder);
  encoder->Long(file.record_count);
  encoder->Long(file.file_size_bytes);
  encoder->Long(kBlockSizeBytes);
  Stats(file.columns, encoder);
  OptionalBytes(file.key_metadata, encoder);
  OptionalList(file.split_offsets, encoder);
  OptionalLong(SortOrderOf(file), encoder);
}

}  // namespace

bool ValueFits(const Type& type, const Value& value) {
  if (IsNull(value)) {
    return true;
  }
  switch (type.id()) {
    case TypeId::kBoolean:
      return std::holds_alternative<bool>(value);
    case TypeId::kInt:
    case TypeId::kDate:
      return std::holds_alternative<int32_t>(value);
    case TypeId::kLong:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs:
      return std::holds_alternative<int64_t>(value);
    case TypeId::kFloat:
      return std::holds_alternative<float>(value);
    case TypeId::kDouble:
      return std::holds_alternative<double>(value);
    case TypeId::kDecimal:
      return std::holds_alternative<int128_t>(value);
    case TypeId::kString:
    case TypeId::kBinary:
      return std::holds_alternative<std::string>(value);
    case TypeId::kUuid:
    case TypeId::kFixed: {
      const auto* bytes = std::get_if<std::string>(&value);
      size_t size = type.id() == TypeId::kUuid ? 16 : static_cast<size_t>(type.length());
      return bytes != nullptr && bytes->size() == size;
    }
    default:
      return false;
  }
}

void EncodeManifestEntry(int32_t format_version, const ManifestEntry& entry,
                         std::span<const Type> partition_types, std::string* out) {
  Encoder encoder(out);
  if (format_version == 1) {
    EncodeV1(entry, partition_types, &encoder);
    return;
  }
  const DataFile& file = entry.file;
  encoder.Int(static_cast<int32_t>(entry.status));
  if (Present(entry.snapshot_id.has_value(), &encoder)) {
    encoder.Long(entry.snapshot_id->value);
  }
  for (const auto& sequence : {entry.sequence_number, entry.file_sequence_number}) {
    if (Present(sequence.has_value(), &encoder)) {
      encoder.Long(sequence->value);
    }
  }
  encoder.Int(static_cast<int32_t>(file.content));
  encoder.Bytes(file.file_path);
  encoder.Bytes(FormatName(file.format));
  Partition(file.partition, partition_types, &encoder);
  encoder.Long(file.record_count);
  encoder.Long(file.file_size_bytes);
  Stats(file.columns, &encoder);
  OptionalBytes(file.key_metadata, &encoder);
  OptionalList(file.split_offsets, &encoder);
  OptionalList(file.equality_ids, &encoder);
  OptionalLong(SortOrderOf(file), &encoder);
  OptionalBytes(file.referenced_data_file, &encoder);
  if (format_version < 3) {
    return;
  }
  OptionalLong(FirstRowIdOf(entry), &encoder);
  OptionalLong(file.content_offset, &encoder);
  OptionalLong(file.content_size_bytes, &encoder);
}

}  // namespace tarn::iceberg::internal
