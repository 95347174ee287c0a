#include "tarn/gateway/iceberg_rest/internal/scan_tasks_json.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tarn/base/error.h"
#include "tarn/iceberg/expression_json.h"
#include "tarn/iceberg/projection.h"
#include "tarn/iceberg/value.h"

namespace tarn::gateway::internal {
namespace {

using iceberg::ColumnStats;
using iceberg::DataFile;
using iceberg::FileContent;
using iceberg::FileFormat;
using iceberg::PartitionSpec;
using iceberg::Type;
using iceberg::Value;

std::string_view NameOf(FileContent content) {
  switch (content) {
    case FileContent::kPositionDeletes:
      return "position-deletes";
    case FileContent::kEqualityDeletes:
      return "equality-deletes";
    default:
      return "data";
  }
}

std::string_view NameOf(FileFormat format) {
  switch (format) {
    case FileFormat::kAvro:
      return "avro";
    case FileFormat::kOrc:
      return "orc";
    case FileFormat::kPuffin:
      return "puffin";
    default:
      return "parquet";
  }
}

/// "78797A" in quotes.
std::string HexText(const std::string& bytes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text = "\"";
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 0xFU];
  }
  return text + "\"";
}

template <typename Number>
void AppendList(std::string* out, const char* key, const std::vector<Number>& numbers) {
  if (numbers.empty()) {
    return;
  }
  *out += std::string(",\"") + key + "\":[";
  for (const Number number : numbers) {
    *out += std::to_string(number) + ",";
  }
  out->back() = ']';
}

void AppendNumber(std::string* out, const char* key, std::optional<int64_t> number) {
  if (number) {
    *out += std::string(",\"") + key + "\":" + std::to_string(*number);
  }
}

class Writer {
 public:
  explicit Writer(const PlannedScan& planned) : planned_(planned) {}

  std::string Write(size_t begin, size_t end) {
    std::string tasks;
    for (size_t i = begin; i < end; ++i) {
      tasks += i == begin ? "" : ",";
      AppendTask(planned_.plan.tasks[i], &tasks);
    }
    return "\"delete-files\":[" + deletes_ + "],\"file-scan-tasks\":[" + tasks + "]";
  }

 private:
  /// A spec and the types of its values, in the plan and for clients.
  struct Spec {
    const PartitionSpec* spec = nullptr;
    std::vector<Type> planned;
    std::vector<Type> told;
    std::optional<iceberg::PartitionTuple> tuple = {};  // what `residual` is of
    std::string residual = {};
  };

  Spec& SpecOf(const DataFile& file) {
    Spec& spec = specs_[file.spec_id.value];
    if (spec.spec == nullptr) {
      const iceberg::TableMetadata& metadata = *planned_.scan.metadata;
      spec.spec = metadata.FindSpec(file.spec_id);
      TARN_CHECK(spec.spec != nullptr);  // the plan has read it by its spec
      spec.planned = iceberg::PartitionTypes(*spec.spec, *planned_.plan.schema);
      spec.told = iceberg::PartitionTypes(*spec.spec, metadata.schema());
    }
    return spec;
  }

  void AppendTask(const table::FileScanTask& task, std::string* out) {
    *out += "{\"data-file\":";
    AppendFile(task.file, out);
    std::vector<size_t> references;
    for (const auto& entry : task.deletes) {
      references.push_back(IndexOf(*entry));
    }
    AppendList(out, "delete-file-references", references);
    *out += ",\"residual-filter\":" + Residual(task.file) + "}";
  }

  size_t IndexOf(const iceberg::ManifestEntry& entry) {
    const auto [found, is_new] = delete_indexes_.emplace(&entry, delete_indexes_.size());
    if (is_new) {
      deletes_ += deletes_.empty() ? "" : ",";
      AppendFile(entry.file, &deletes_);
    }
    return found->second;
  }

  /// What a client that uses nothing else must still check. Where the filter was not
  /// understood that is the filter itself.
  const std::string& Residual(const DataFile& file) {
    Spec& spec = SpecOf(file);
    if (spec.tuple && iceberg::PartitionTupleEquals()(*spec.tuple, file.partition)) {
      return spec.residual;
    }
    const iceberg::ClientFilter& filter = planned_.filter;
    if (!filter.is_exact) {
      spec.residual = DumpJson(*planned_.scan.request.filter);
    } else {
      const iceberg::Schema& schema = *planned_.plan.schema;
      spec.residual = iceberg::ExpressionToJson(
          iceberg::ResidualFor(filter.filter, *spec.spec, schema, file.partition),
          schema);
    }
    spec.tuple = file.partition;
    return spec.residual;
  }

  void AppendFile(const DataFile& file, std::string* out) {
    *out += "{\"spec-id\":" + std::to_string(file.spec_id.value) + ",\"content\":\"";
    *out += NameOf(file.content);
    *out += "\",\"file-path\":" + DumpJson(file.file_path) + ",\"file-format\":\"";
    *out += NameOf(file.format);
    *out += "\",\"partition\":[";
    AppendPartition(file, out);
    *out += "],\"file-size-in-bytes\":" + std::to_string(file.file_size_bytes) +
            ",\"record-count\":" + std::to_string(file.record_count);
    if (file.content == FileContent::kData) {
      AppendStats(file, out);
    }
    if (file.key_metadata) {
      *out += ",\"key-metadata\":" + HexText(*file.key_metadata);
    }
    AppendList(out, "split-offsets", file.split_offsets);
    AppendList(out, "equality-ids", file.equality_ids);
    if (file.sort_order_id) {
      AppendNumber(out, "sort-order-id", file.sort_order_id->value);
    }
    if (file.content == FileContent::kData) {
      AppendNumber(out, "first-row-id", file.first_row_id);
    } else if (file.referenced_data_file) {
      *out += ",\"referenced-data-file\":" + DumpJson(*file.referenced_data_file);
    }
    AppendNumber(out, "content-offset", file.content_offset);
    AppendNumber(out, "content-size-in-bytes", file.content_size_bytes);
    *out += "}";
  }

  void AppendPartition(const DataFile& file, std::string* out) {
    const Spec& spec = SpecOf(file);
    for (size_t i = 0; i < file.partition.size(); ++i) {
      *out += i == 0 ? "" : ",";
      const Type& type = spec.told[i];
      const Value& value = file.partition[i];
      if (type.id() == iceberg::TypeId::kUnknown || iceberg::IsNull(value)) {
        *out += "null";
        continue;
      }
      const auto told = type == spec.planned[i]
                            ? Result<Value>(value)
                            : iceberg::CastValue(spec.planned[i], type, value);
      *out += told.ok() ? iceberg::ValueToJson(type, *told) : "null";
    }
  }

  void AppendStats(const DataFile& file, std::string* out) const {
    if (planned_.stats_fields.empty()) {
      return;
    }
    const auto number = [](const std::optional<int64_t>& count) {
      return count ? std::optional(std::to_string(*count)) : std::nullopt;
    };
    const auto bytes = [](const std::optional<std::string>& bound) {
      return bound ? std::optional(HexText(*bound)) : std::nullopt;
    };
    AppendMap(file, "column-sizes", out,
              [&](const ColumnStats& column) { return number(column.column_size); });
    AppendMap(file, "value-counts", out,
              [&](const ColumnStats& column) { return number(column.value_count); });
    AppendMap(file, "null-value-counts", out,
              [&](const ColumnStats& column) { return number(column.null_count); });
    AppendMap(file, "nan-value-counts", out,
              [&](const ColumnStats& column) { return number(column.nan_count); });
    AppendMap(file, "lower-bounds", out,
              [&](const ColumnStats& column) { return bytes(column.lower_bound); });
    AppendMap(file, "upper-bounds", out,
              [&](const ColumnStats& column) { return bytes(column.upper_bound); });
  }

  /// {"keys": […], "values": […]}, left out if it is empty.
  template <typename Get>
  void AppendMap(const DataFile& file, const char* key, std::string* out,
                 const Get& get) const {
    std::string keys;
    std::string values;
    for (const ColumnStats& column : file.columns) {
      const std::optional<std::string> value =
          planned_.stats_fields.contains(column.field_id) ? get(column) : std::nullopt;
      if (value) {
        keys += (keys.empty() ? "" : ",") + std::to_string(column.field_id);
        values += (values.empty() ? "" : ",") + *value;
      }
    }
    if (!keys.empty()) {
      *out += std::string(",\"") + key + "\":{\"keys\":[" + keys + "],\"values\":[" +
              values + "]}";
    }
  }

  const PlannedScan& planned_;
  std::map<int32_t, Spec> specs_;
  std::unordered_map<const iceberg::ManifestEntry*, size_t> delete_indexes_;
  std::string deletes_;
};

}  // namespace

std::string ScanTasksJson(const PlannedScan& planned, size_t begin, size_t end) {
  end = std::min(end, planned.plan.tasks.size());
  return Writer(planned).Write(std::min(begin, end), end);
}

}  // namespace tarn::gateway::internal
