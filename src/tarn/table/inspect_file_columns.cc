// The columns of a data file in metadata tables, its metrics among them.
#include <algorithm>
#include <string>
#include <utility>

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>

#include "tarn/iceberg/value.h"
#include "tarn/table/internal/metadata_tables.h"
#include "tarn/table/internal/value_builder.h"

namespace tarn::table::internal {
namespace {

using iceberg::ColumnStats;
using iceberg::DataFile;
using iceberg::FieldId;

const DataFile& FileOf(const FileRow& row) { return row.entry->file; }

std::string FormatName(iceberg::FileFormat format) {
  switch (format) {
    case iceberg::FileFormat::kAvro:
      return "AVRO";
    case iceberg::FileFormat::kOrc:
      return "ORC";
    case iceberg::FileFormat::kParquet:
      return "PARQUET";
    case iceberg::FileFormat::kPuffin:
      return "PUFFIN";
  }
  return "UNKNOWN";
}

std::optional<Bytes> BytesOf(const std::optional<std::string>& bytes) {
  return bytes.has_value() ? std::optional(Bytes{*bytes}) : std::nullopt;
}

/// A map from column id to what `get` gives; null if no column has it.
template <typename Value, typename Get>
Column<FileRow> StatsColumn(const std::string& name, Get get) {
  auto type = arrow::map(arrow::int32(), PlainType<Value>());
  return {arrow::field(name, std::move(type)),
          [get](const FileRow& row, arrow::ArrayBuilder& builder) {
            auto& map = static_cast<arrow::MapBuilder&>(builder);
            const auto& columns = FileOf(row).columns;
            const bool any = std::ranges::any_of(
                columns, [&](const ColumnStats& one) { return get(one).has_value(); });
            if (!any) {
              return map.AppendNull();
            }
            RETURN_NOT_OK(map.Append());
            for (const ColumnStats& column : columns) {
              if (const auto value = get(column)) {
                RETURN_NOT_OK(AppendPlain(*map.key_builder(), column.field_id));
                RETURN_NOT_OK(AppendPlain(*map.item_builder(), *value));
              }
            }
            return Status::OK();
          }};
}

/// A list; null if it is empty, as the format has it.
template <typename Value>
Column<FileRow> ListColumn(const std::string& name, std::vector<Value> DataFile::* list) {
  return {arrow::field(name, arrow::list(PlainType<Value>())),
          [list](const FileRow& row, arrow::ArrayBuilder& builder) {
            auto& cells = static_cast<arrow::ListBuilder&>(builder);
            const std::vector<Value>& values = FileOf(row).*list;
            if (values.empty()) {
              return cells.AppendNull();
            }
            RETURN_NOT_OK(cells.Append());
            for (const Value value : values) {
              RETURN_NOT_OK(AppendPlain(*cells.value_builder(), value));
            }
            return Status::OK();
          }};
}

template <typename Value>
Column<FileRow> MemberColumn(const std::string& name, Value DataFile::* member) {
  return MakeColumn<FileRow>(
      name, [member](const FileRow& row) { return FileOf(row).*member; });
}

std::vector<Column<FileRow>> StatsColumns() {
  return {
      StatsColumn<int64_t>("column_sizes",
                           [](const ColumnStats& c) { return c.column_size; }),
      StatsColumn<int64_t>("value_counts",
                           [](const ColumnStats& c) { return c.value_count; }),
      StatsColumn<int64_t>("null_value_counts",
                           [](const ColumnStats& c) { return c.null_count; }),
      StatsColumn<int64_t>("nan_value_counts",
                           [](const ColumnStats& c) { return c.nan_count; }),
      StatsColumn<Bytes>("lower_bounds",
                         [](const ColumnStats& c) { return BytesOf(c.lower_bound); }),
      StatsColumn<Bytes>("upper_bounds",
                         [](const ColumnStats& c) { return BytesOf(c.upper_bound); }),
  };
}

/// Every primitive field below `type`, in lists and maps too.
void CollectPrimitives(const iceberg::Type& type, std::vector<iceberg::Field>* leaves) {
  for (const iceberg::Field& field : type.fields()) {
    if (field.type.is_primitive()) {
      leaves->push_back(field);
    }
    CollectPrimitives(field.type, leaves);
  }
}

using OptionalStats = const ColumnStats*;  // nullptr: nothing is known

template <typename Member>
Column<OptionalStats> MetricColumn(const std::string& name, Member member) {
  return MakeColumn<OptionalStats>(
      name, [member](const OptionalStats& stats) -> std::optional<int64_t> {
        return stats == nullptr ? std::nullopt : stats->*member;
      });
}

/// A bound that cannot be read as a value of `type` is shown as unknown.
Column<OptionalStats> BoundColumn(const std::string& name, const iceberg::Type& type,
                                  std::optional<std::string> ColumnStats::* bound) {
  return {ValueField(name, type),
          [type, bound](const OptionalStats& stats, arrow::ArrayBuilder& builder) {
            if (stats == nullptr || !(stats->*bound).has_value()) {
              return builder.AppendNull();
            }
            const auto value = iceberg::ValueFromBytes(type, *(stats->*bound));
            return value.ok() ? AppendValue(type, *value, builder) : builder.AppendNull();
          }};
}

Column<FileRow> MetricsOfField(const std::string& full_name,
                               const iceberg::Field& field) {
  auto metrics = StructColumn<OptionalStats>(
      full_name,
      {MetricColumn("column_size", &ColumnStats::column_size),
       MetricColumn("value_count", &ColumnStats::value_count),
       MetricColumn("null_value_count", &ColumnStats::null_count),
       MetricColumn("nan_value_count", &ColumnStats::nan_count),
       BoundColumn("lower_bound", field.type, &ColumnStats::lower_bound),
       BoundColumn("upper_bound", field.type, &ColumnStats::upper_bound)},
      /*nullable=*/true);
  return {metrics.field,
          [metrics, id = field.id](const FileRow& row, arrow::ArrayBuilder& builder) {
            return metrics.append(iceberg::FindColumnStats(FileOf(row), id), builder);
          }};
}

}  // namespace

std::vector<Column<FileRow>> PartitionColumn(
    const std::shared_ptr<const PartitionUnion>& partitions) {
  if (partitions->fields().empty()) {
    return {};
  }
  arrow::FieldVector fields;
  for (const auto& field : partitions->fields()) {
    fields.push_back(ValueField(field.name, field.type));
  }
  auto append = [partitions](const FileRow& row, arrow::ArrayBuilder& builder) {
    ARROW_ASSIGN_OR_RAISE(const auto values,
                          partitions->Unify(row.spec_id, FileOf(row).partition));
    auto& parent = static_cast<arrow::StructBuilder&>(builder);
    RETURN_NOT_OK(parent.Append());
    for (size_t i = 0; i < values.size(); ++i) {
      RETURN_NOT_OK(AppendValue(partitions->fields()[i].type, values[i],
                                *parent.field_builder(static_cast<int>(i))));
    }
    return Status::OK();
  };
  return {{arrow::field("partition", arrow::struct_(std::move(fields)), false),
           std::move(append)}};
}

std::vector<Column<FileRow>> FileColumns(
    const std::shared_ptr<const PartitionUnion>& partitions) {
  using Row = FileRow;
  std::vector<Column<Row>> columns = {
      MakeColumn<Row>("content",
                      [](const Row& row) -> std::optional<int32_t> {
                        return static_cast<int32_t>(FileOf(row).content);
                      }),
      MemberColumn("file_path", &DataFile::file_path),
      MakeColumn<Row>("file_format",
                      [](const Row& row) { return FormatName(FileOf(row).format); }),
      MakeColumn<Row>(
          "spec_id",
          [](const Row& row) -> std::optional<int32_t> { return row.spec_id.value; }),
  };
  const auto add = [&](std::vector<Column<Row>> more) {
    std::ranges::move(more, std::back_inserter(columns));
  };
  add(PartitionColumn(partitions));
  add({MemberColumn("record_count", &DataFile::record_count),
       MemberColumn("file_size_in_bytes", &DataFile::file_size_bytes)});
  add(StatsColumns());
  add({
      MakeColumn<Row>("key_metadata",
                      [](const Row& row) { return BytesOf(FileOf(row).key_metadata); }),
      ListColumn("split_offsets", &DataFile::split_offsets),
      ListColumn("equality_ids", &DataFile::equality_ids),
      MakeColumn<Row>("sort_order_id",
                      [](const Row& row) -> std::optional<int32_t> {
                        const auto& id = FileOf(row).sort_order_id;
                        return id.has_value() ? std::optional(id->value) : std::nullopt;
                      }),
      MemberColumn("first_row_id", &DataFile::first_row_id),
      MemberColumn("referenced_data_file", &DataFile::referenced_data_file),
      MemberColumn("content_offset", &DataFile::content_offset),
      MemberColumn("content_size_in_bytes", &DataFile::content_size_bytes),
  });
  return columns;
}

Column<FileRow> ReadableMetricsColumn(
    const std::shared_ptr<const iceberg::Schema>& schema) {
  std::vector<iceberg::Field> leaves;
  CollectPrimitives(schema->type(), &leaves);
  std::vector<Column<FileRow>> metrics;
  for (const iceberg::Field& leaf : leaves) {
    metrics.push_back(MetricsOfField(schema->NameOf(leaf.id), leaf));
  }
  std::ranges::sort(metrics, {},
                    [](const Column<FileRow>& column) { return column.field->name(); });
  return StructColumn<FileRow>("readable_metrics", std::move(metrics),
                               /*nullable=*/true);
}

}  // namespace tarn::table::internal
