#include "tarn/service/work/register_files.h"

#include <memory>
#include <utility>

#include "tarn/base/clock.h"
#include "tarn/base/error.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/io/file_io.h"
#include "tarn/service/uploads.h"
#include "tarn/service/work/job_snapshot.h"
#include "tarn/table/maintenance/add_files.h"

namespace tarn::service {
namespace {

using ingest::LoadMode;

Status Refuse(const std::string& why) {
  return MakeError(
      ErrorCode::kNotSupported,
      "These files cannot be registered as they are (leave out `register` to "
      "load their rows): " +
          why);
}

Status Check(const LoadOrder& order) {
  const bool is_parquet =
      order.format == ingest::Format::kParquet ||
      (order.format == ingest::Format::kAuto &&
       (order.location.ends_with('/') ||
        ingest::FormatByExtension(order.location) == ingest::Format::kParquet));
  if (order.database || !is_parquet) {
    return Refuse(
        "only Parquet files become a table's; name the format if their names "
        "do not");
  }
  if (IsUpload(order.location) || order.location.starts_with("http")) {
    return Refuse("they do not stay where they are");
  }
  if (order.location.find_first_of("*?[") != std::string::npos) {
    return Refuse("name a directory or one file, not a pattern");
  }
  if (order.has_own_store || !order.store.empty()) {
    return Refuse(
        "queries could not read them later, as the server has other "
        "credentials");
  }
  if (order.mode == LoadMode::kOverwrite || order.mode == LoadMode::kReplace) {
    return Refuse("the modes are auto, create and append");
  }
  if (order.lineage == true || !order.partition_by.empty() || !order.options.empty()) {
    return Refuse(
        "nothing is added to them: no lineage, partitions or options of a "
        "reader");
  }
  return Status::OK();
}

Status MakeNamespaces(catalog::Catalog& catalog, const iceberg::Namespace& ns) {
  iceberg::Namespace prefix;
  for (const std::string& level : ns.levels) {
    prefix.levels.push_back(level);
    const Status status = catalog.CreateNamespace(prefix, {});
    if (!status.ok() && CodeOf(status) != ErrorCode::kAlreadyExists) {
      return status;
    }
  }
  return Status::OK();
}

/// An empty table for the files.
Status MakeTable(const table::Context& context, const LoadOrder& order,
                 const table::AddFilesOptions& options) {
  ARROW_ASSIGN_OR_RAISE(table::DiscoveredTable found,
                        table::DiscoverTable(context, options));
  RETURN_NOT_OK(MakeNamespaces(context.catalog, order.into.ns));
  iceberg::NewTable table{.fields = std::move(found.fields)};
  for (const std::string& name : found.partition_columns) {
    for (const iceberg::Field& field : table.fields) {
      if (field.name == name) {
        table.spec.fields.push_back({.source_ids = {field.id}, .name = name});
      }
    }
  }
  table.properties = order.properties;
  ARROW_ASSIGN_OR_RAISE(table.location, context.catalog.NewTableLocation(order.into));
  table.table_uuid = NewUuid(context.random);
  table.now = context.clock.Now();
  ARROW_ASSIGN_OR_RAISE(const auto metadata, iceberg::MakeTableMetadata(table));
  const catalog::TableCommit creation{.ident = order.into,
                                      .requirements = {iceberg::require::AssertCreate{}},
                                      .updates = {},
                                      .create = metadata};
  return context.catalog.Commit({creation}).status();
}

}  // namespace

Status RegisterFiles(const Lake& lake, const LakeWarehouse& warehouse,
                     const LoadOrder& order, const std::string& job_id,
                     std::function<bool()> cancelled) {
  static_cast<void>(lake);
  RETURN_NOT_OK(Check(order));
  const table::Context& context = warehouse.context;
  table::AddFilesOptions options;
  options.location = io::AbsoluteLocation(order.location);
  options.summary = {{kJobIdProperty, job_id},
                     {"tarn.source", order.location},
                     {"tarn.source-format", "parquet"}};
  options.control.is_cancelled = std::move(cancelled);
  ARROW_ASSIGN_OR_RAISE(const bool exists, context.catalog.TableExists(order.into));
  if (exists && order.mode == LoadMode::kCreate) {
    return MakeError(
        ErrorCode::kAlreadyExists,
        "Table exists already; append is the mode for it: " + order.into.ToString());
  }
  if (!exists && order.mode == LoadMode::kAppend) {
    return MakeError(
        ErrorCode::kNoSuchTable,
        "Table does not exist; mode create makes it: " + order.into.ToString());
  }
  if (!exists) {
    RETURN_NOT_OK(MakeTable(context, order, options));
  }
  const Status added = table::AddFiles(context, order.into, options).status();
  if (!added.ok() && !exists && !IsOutcomeUnknown(added)) {
    // Half of it is nothing.
    static_cast<void>(context.catalog.DropTable(order.into, {.for_good = true}));
  }
  return added;
}

}  // namespace tarn::service
