#include "tarn/cli/sample/sample_data.h"

#include <utility>

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/base/error.h"
#include "tarn/cli/interrupt.h"
#include "tarn/cli/sample/sample_tables.h"
#include "tarn/ingest/load.h"

namespace tarn::cli {
namespace {

struct SampleView {
  std::string_view name;
  std::string_view sql;  // the same in Trino's and DuckDB's dialect; names resolve in the
                         // default namespace's catalog
  struct Column {
    std::string_view name;
    iceberg::Type type;
  };
  std::vector<Column> columns;
};

std::vector<SampleView> SampleViews() {
  using iceberg::Type;
  return {
      {.name = "order_summary",
       .sql = "SELECT o.order_id, o.order_date, o.status, c.first_name || ' ' || "
              "c.last_name AS customer_name, o.region, "
              "count(i.order_item_id) AS items, CAST(sum(i.quantity) AS bigint) AS "
              "units, o.total_amount "
              "FROM iceberg.sales.orders o "
              "JOIN iceberg.customers.info c ON c.customer_id = o.customer_id "
              "JOIN iceberg.sales.order_items i ON i.order_id = o.order_id "
              "GROUP BY o.order_id, o.order_date, o.status, c.first_name, c.last_name, "
              "o.region, o.total_amount",
       .columns = {{"order_id", Type::Long()},
                   {"order_date", Type::Date()},
                   {"status", Type::String()},
                   {"customer_name", Type::String()},
                   {"region", Type::String()},
                   {"items", Type::Long()},
                   {"units", Type::Long()},
                   {"total_amount", Type::Decimal(12, 2)}}},
      {.name = "revenue_by_region",
       .sql =
           "SELECT region, count(*) AS orders, count(DISTINCT customer_id) AS customers, "
           "CAST(sum(total_amount) AS decimal(38, 2)) AS revenue, "
           "CAST(sum(total_amount) / count(*) AS decimal(18, 2)) AS average_order "
           "FROM iceberg.sales.orders WHERE status NOT IN ('cancelled', 'returned') "
           "GROUP BY region",
       .columns = {{"region", Type::String()},
                   {"orders", Type::Long()},
                   {"customers", Type::Long()},
                   {"revenue", Type::Decimal(38, 2)},
                   {"average_order", Type::Decimal(18, 2)}}},
  };
}

/// One batch as a source of a load.
class BatchSource final : public ingest::Source {
 public:
  explicit BatchSource(std::shared_ptr<arrow::RecordBatch> batch)
      : schema_(batch->schema()), batch_(std::move(batch)) {}
  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  ingest::Format format() const override { return ingest::Format::kArrow; }
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    return std::exchange(batch_, nullptr);
  }
  Result<std::vector<engine::RejectedRow>> Rejects() override {
    return std::vector<engine::RejectedRow>();
  }
  std::optional<double> progress() const override { return std::nullopt; }

 private:
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::RecordBatch> batch_;
};

Result<SampleObject> LoadTable(const table::Context& context, const SampleTable& table) {
  ingest::LoadRequest request;
  request.into = {{{table.ns}}, table.name};
  request.partition_by = table.partition_by;
  request.properties = {{"comment", "Sample data"}};
  request.summary = {{"tarn.source", "sample data"}};
  request.cancelled = &Interrupted;
  BatchSource source(table.rows);
  SampleObject object{.name = request.into.ToString(), .rows = table.rows->num_rows()};
  const Result<ingest::LoadResult> loaded = ingest::Load(context, source, request);
  object.created = loaded.ok();
  if (!loaded.ok() && CodeOf(loaded.status()) != ErrorCode::kAlreadyExists) {
    return loaded.status();
  }
  return object;
}

Result<std::shared_ptr<const iceberg::ViewMetadata>> ViewMetadataOf(
    const table::Context& context, const SampleView& view,
    const iceberg::TableIdent& ident) {
  std::vector<iceberg::Field> fields;
  for (const SampleView::Column& column : view.columns) {
    fields.push_back({.id = static_cast<iceberg::FieldId>(fields.size()) + 1,
                      .name = std::string(column.name),
                      .type = column.type});
  }
  auto metadata = std::make_shared<iceberg::ViewMetadata>();
  ARROW_ASSIGN_OR_RAISE(metadata->schemas.emplace_back(),
                        iceberg::Schema::Make(iceberg::SchemaId{0}, std::move(fields)));
  ARROW_ASSIGN_OR_RAISE(metadata->location, context.catalog.NewTableLocation(ident));
  metadata->view_uuid = NewUuid(context.random);
  iceberg::ViewVersion version;
  version.version_id = 1;
  version.timestamp = context.clock.Now();
  version.summary = {{"engine-name", "tarn"}};
  version.default_catalog = "iceberg";
  version.default_namespace = ident.ns.levels;
  for (const char* dialect : {"trino", "duckdb"}) {
    version.representations.push_back({std::string(view.sql), dialect});
  }
  metadata->current_version_id = version.version_id;
  metadata->version_log = {{version.timestamp, version.version_id}};
  metadata->versions.push_back(std::move(version));
  return metadata;
}

Result<SampleObject> MakeView(const table::Context& context, const SampleView& view) {
  const iceberg::TableIdent ident{{{"sales"}}, std::string(view.name)};
  SampleObject object{.name = ident.ToString(), .is_view = true};
  const Result<catalog::LoadedView> existing = context.catalog.LoadView(ident);
  if (existing.ok()) {
    return object;
  }
  if (CodeOf(existing.status()) != ErrorCode::kNoSuchView) {
    return existing.status();
  }
  catalog::NewView made{.ident = ident};
  ARROW_ASSIGN_OR_RAISE(made.metadata, ViewMetadataOf(context, view, ident));
  const Result<catalog::LoadedView> created = context.catalog.CreateView(made);
  object.created = created.ok();
  if (!created.ok() && CodeOf(created.status()) != ErrorCode::kAlreadyExists) {
    return created.status();
  }
  return object;
}

}  // namespace

Result<SampleReport> LoadSampleData(const table::Context& context) {
  SampleReport report;
  ARROW_ASSIGN_OR_RAISE(const std::vector<SampleTable> tables,
                        MakeSampleTables(MakeSampleRows()));
  for (const SampleTable& table : tables) {
    ARROW_ASSIGN_OR_RAISE(report.emplace_back(), LoadTable(context, table));
  }
  for (const SampleView& view : SampleViews()) {
    ARROW_ASSIGN_OR_RAISE(report.emplace_back(), MakeView(context, view));
  }
  return report;
}

}  // namespace tarn::cli
