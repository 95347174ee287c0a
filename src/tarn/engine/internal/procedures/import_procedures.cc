// Files that exist already become a table's, or a table.
#include <string>
#include <utility>

#include "tarn/base/clock.h"
#include "tarn/base/error.h"
#include "tarn/engine/internal/catalog_view.h"
#include "tarn/engine/internal/procedures/procedure_call.h"
#include "tarn/engine/internal/reach.h"
#include "tarn/iceberg/name_mapping.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/io/file_io.h"
#include "tarn/table/maintenance/add_files.h"

namespace tarn::engine::procedures {
namespace {

using duckdb::LogicalTypeId;
using iceberg::TableIdent;
using table::AddFilesOptions;
using table::Subdirectories;

Status CheckFormat(const std::string& format) {
  if (FoldName(format) == "parquet") {
    return Status::OK();
  }
  return MakeError(ErrorCode::kNotSupported,
                   "Only Parquet files can be added as they are, not " + format);
}

/// The directory of a source such as "`parquet`.`/data/events`".
Result<std::string> DirectoryOf(const ProcedureCall& call, const std::string& source) {
  const std::vector<std::string> parts = SplitName(source);
  const bool is_path = parts.size() == 2 && (parts[1].find('/') != std::string::npos ||
                                             FoldName(parts[0]) == "parquet");
  if (!is_path) {
    return MakeError(ErrorCode::kNotSupported,
                     "There are no Hive or Spark tables here to take files from: name "
                     "the directory as `parquet`.`path` instead of " +
                         source);
  }
  RETURN_NOT_OK(CheckFormat(parts[0]));
  const std::string location = io::AbsoluteLocation(parts[1]);
  RETURN_NOT_OK(CheckPlace(call.context(), location));
  return location;
}

Status AddFiles(ProcedureCall& call) {
  AddFilesOptions options;
  ARROW_ASSIGN_OR_RAISE(options.location, DirectoryOf(call, *call.Text("source_table")));
  options.partition_filter = call.Map("partition_filter");
  options.check_duplicate_files = call.Boolean("check_duplicate_files").value_or(true);
  options.control = call.control();
  ARROW_ASSIGN_OR_RAISE(const TableIdent ident, call.Table());
  ARROW_ASSIGN_OR_RAISE(const auto result, table::AddFiles(call.tarn(), ident, options));
  call.Answer({Count(result.added_files_count), Count(result.changed_partition_count)});
  return Status::OK();
}

/// Trino's, of a directory.
Status AddExecuted(ProcedureCall& call) {
  RETURN_NOT_OK(CheckFormat(*call.Text("format")));
  AddFilesOptions options;
  options.location = io::AbsoluteLocation(*call.Text("location"));
  RETURN_NOT_OK(CheckPlace(call.context(), options.location));
  const std::string recursion =
      FoldName(call.Text("recursive_directory").value_or("fail"));
  if (recursion != "true" && recursion != "false" && recursion != "fail") {
    return call.BadArgument("recursive_directory is TRUE, FALSE or FAIL, not " +
                            recursion);
  }
  options.subdirectories = recursion == "true"    ? Subdirectories::kRead
                           : recursion == "false" ? Subdirectories::kSkip
                                                  : Subdirectories::kFail;
  options.control = call.control();
  ARROW_ASSIGN_OR_RAISE(const TableIdent ident, call.Table());
  return table::AddFiles(call.tarn(), ident, options).status();
}

Status RefuseHiveTables(ProcedureCall&) {
  return MakeError(ErrorCode::kNotSupported,
                   "There are no Hive tables here to take files from: EXECUTE "
                   "add_files(location => …, format => 'PARQUET') takes a directory");
}

Result<std::string> LocationOf(const ProcedureCall& call, const TableIdent& ident) {
  const auto location = call.Text("location");
  if (!location.has_value()) {
    return call.tarn().catalog.NewTableLocation(ident);
  }
  const std::string absolute = io::AbsoluteLocation(*location);
  RETURN_NOT_OK(CheckPlace(call.context(), absolute));
  return absolute;
}

/// An empty table for the files that `options` finds.
Result<std::shared_ptr<const iceberg::TableMetadata>> TableForFiles(
    const ProcedureCall& call, const TableIdent& ident, const AddFilesOptions& options) {
  ARROW_ASSIGN_OR_RAISE(table::DiscoveredTable found,
                        table::DiscoverTable(call.tarn(), options));
  iceberg::NewTable table{.fields = std::move(found.fields)};
  for (const std::string& name : found.partition_columns) {
    for (const iceberg::Field& field : table.fields) {
      if (field.name == name) {
        table.spec.fields.push_back({.source_ids = {field.id}, .name = name});
      }
    }
  }
  table.properties = call.Map("properties");
  // Its files are others' too: nothing of this table deletes them.
  table.properties["gc.enabled"] = "false";
  table.properties["snapshot"] = "true";
  ARROW_ASSIGN_OR_RAISE(table.location, LocationOf(call, ident));
  table.table_uuid = NewUuid(call.tarn().random);
  table.now = call.now();
  return iceberg::MakeTableMetadata(table);
}

Status Snapshot(ProcedureCall& call) {
  AddFilesOptions options;
  ARROW_ASSIGN_OR_RAISE(options.location, DirectoryOf(call, *call.Text("source_table")));
  options.control = call.control();
  ARROW_ASSIGN_OR_RAISE(const TableIdent ident, call.NewTable());
  ARROW_ASSIGN_OR_RAISE(const auto metadata, TableForFiles(call, ident, options));
  const catalog::TableCommit creation{.ident = ident,
                                      .requirements = {iceberg::require::AssertCreate{}},
                                      .updates = {},
                                      .create = metadata};
  RETURN_NOT_OK(call.tarn().catalog.Commit({creation}).status());
  const auto added = table::AddFiles(call.tarn(), ident, options);
  if (!added.ok()) {
    // Half a snapshot is none. After an unknown outcome the table stays.
    if (!IsOutcomeUnknown(added.status())) {
      static_cast<void>(call.tarn().catalog.DropTable(ident, {.for_good = true}));
    }
    return added.status();
  }
  call.Answer({Count(added->added_files_count)});
  return Status::OK();
}

Status RefuseMigration(ProcedureCall&) {
  return MakeError(
      ErrorCode::kNotSupported,
      "Every table of this catalog is an Iceberg table, there is none to migrate: make "
      "one of a directory of Parquet files with CALL system.snapshot('`parquet`.`path`', "
      "'schema.table')");
}

}  // namespace

void AddImportProcedures(std::vector<Procedure>* list) {
  const Parameter table{"table", Kind::kTable, Need::kRequired};
  list->insert(list->end(), {{"add_files",
                              Form::kCall,
                              {table,
                               {"source_table", Kind::kText, Need::kRequired},
                               {"partition_filter", Kind::kTextMap},
                               {"check_duplicate_files", Kind::kBoolean},
                               {"parallelism", Kind::kInteger}},
                              {{"added_files_count", LogicalTypeId::BIGINT},
                               {"changed_partition_count", LogicalTypeId::BIGINT}},
                              &AddFiles},
                             {"add_files",
                              Form::kExecute,
                              {{"location", Kind::kText, Need::kRequired},
                               {"format", Kind::kText, Need::kRequired},
                               {"recursive_directory", Kind::kText}},
                              {},
                              &AddExecuted},
                             {"add_files_from_table",
                              Form::kExecute,
                              {{"schema_name", Kind::kText, Need::kRequired},
                               {"table_name", Kind::kText, Need::kRequired},
                               {"partition_filter", Kind::kTextMap},
                               {"recursive_directory", Kind::kText}},
                              {},
                              &RefuseHiveTables},
                             {"snapshot",
                              Form::kCall,
                              {{"source_table", Kind::kText, Need::kRequired},
                               table,
                               {"location", Kind::kText},
                               {"properties", Kind::kTextMap},
                               {"parallelism", Kind::kInteger},
                               {"ignore_missing_files", Kind::kBoolean}},
                              {{"imported_files_count", LogicalTypeId::BIGINT}},
                              &Snapshot},
                             {"migrate",
                              Form::kCall,
                              {table,
                               {"properties", Kind::kTextMap},
                               {"drop_backup", Kind::kBoolean},
                               {"backup_table_name", Kind::kText},
                               {"parallelism", Kind::kInteger},
                               {"ignore_missing_files", Kind::kBoolean}},
                              {{"migrated_files_count", LogicalTypeId::BIGINT}},
                              &RefuseMigration},
                             {"migrate",
                              Form::kCall,
                              {{"schema_name", Kind::kText, Need::kRequired},
                               {"table_name", Kind::kText, Need::kRequired},
                               {"recursive_directory", Kind::kText}},
                              {},
                              &RefuseMigration}});
}

}  // namespace tarn::engine::procedures
