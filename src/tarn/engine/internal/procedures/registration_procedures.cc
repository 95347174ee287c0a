// Tables that come into the catalog as they are, leave it, or are copied elsewhere.
#include <algorithm>
#include <charconv>
#include <string>

#include "tarn/base/error.h"
#include "tarn/engine/internal/procedures/procedure_call.h"
#include "tarn/engine/internal/reach.h"
#include "tarn/io/file_io.h"
#include "tarn/table/maintenance/rewrite_table_path.h"

namespace tarn::engine::procedures {
namespace {

using duckdb::LogicalTypeId;
using iceberg::TableIdent;

duckdb::Value TotalOf(const iceberg::TableMetadata& metadata, const char* key) {
  const iceberg::Snapshot* const head =
      metadata.current_snapshot_id ? metadata.FindSnapshot(*metadata.current_snapshot_id)
                                   : nullptr;
  duckdb::Value total(duckdb::LogicalType::BIGINT);
  if (head == nullptr) {
    return total;
  }
  const auto found = head->summary.find(key);
  int64_t number = 0;
  if (found != head->summary.end() &&
      std::from_chars(found->second.data(), found->second.data() + found->second.size(),
                      number)
              .ec == std::errc()) {
    total = Count(number);
  }
  return total;
}

Result<catalog::LoadedTable> Register(const ProcedureCall& call, const TableIdent& ident,
                                      const std::string& metadata_location) {
  const std::string location = io::AbsoluteLocation(metadata_location);
  RETURN_NOT_OK(CheckPlace(call.context(), location));
  return call.tarn().catalog.RegisterTable(ident, location);
}

Status RegisterTable(ProcedureCall& call) {
  ARROW_ASSIGN_OR_RAISE(const TableIdent ident, call.NewTable());
  ARROW_ASSIGN_OR_RAISE(const auto table,
                        Register(call, ident, *call.Text("metadata_file")));
  const iceberg::TableMetadata& metadata = *table.metadata;
  call.Answer({IdValue(metadata.current_snapshot_id), TotalOf(metadata, "total-records"),
               TotalOf(metadata, "total-data-files")});
  return Status::OK();
}

/// The newest metadata file of the table at `location`.
Result<std::string> NewestMetadata(const ProcedureCall& call,
                                   const std::string& location) {
  const std::string directory = location + "/metadata";
  ARROW_ASSIGN_OR_RAISE(const auto files, call.tarn().io.List(directory));
  const io::FileInfo* newest = nullptr;
  const auto rank = [](const io::FileInfo& file) {
    return std::pair(iceberg::MetadataVersionOf(file.location), file.modified);
  };
  for (const io::FileInfo& file : files) {
    const bool is_metadata = file.location.ends_with(".metadata.json") ||
                             file.location.ends_with(".metadata.json.gz");
    if (is_metadata && (newest == nullptr || rank(*newest) < rank(file))) {
      newest = &file;
    }
  }
  if (newest == nullptr) {
    return MakeError(ErrorCode::kNoSuchFile,
                     "No versioned metadata file exists at location: " + directory);
  }
  return newest->location;
}

Status RegisterOfTrino(ProcedureCall& call) {
  ARROW_ASSIGN_OR_RAISE(const TableIdent ident,
                        call.NewTable("schema_name", "table_name"));
  std::string location = io::AbsoluteLocation(*call.Text("table_location"));
  while (location.size() > 1 && location.ends_with('/')) {
    location.pop_back();
  }
  RETURN_NOT_OK(CheckPlace(call.context(), location));
  const auto file = call.Text("metadata_file_name");
  if (file.has_value() && file->find('/') != std::string::npos) {
    return call.BadArgument(*file + " is not a valid metadata file name");
  }
  std::string metadata = location + "/metadata/" + file.value_or("");
  if (!file.has_value()) {
    ARROW_ASSIGN_OR_RAISE(metadata, NewestMetadata(call, location));
  }
  return Register(call, ident, metadata).status();
}

Status UnregisterTable(ProcedureCall& call) {
  ARROW_ASSIGN_OR_RAISE(const TableIdent ident, call.Table());
  return call.tarn().catalog.DropTable(ident);
}

Status UnregisterOfTrino(ProcedureCall& call) {
  ARROW_ASSIGN_OR_RAISE(const TableIdent ident, call.Table("schema_name", "table_name"));
  return call.tarn().catalog.DropTable(ident);
}

Status RewriteTablePath(ProcedureCall& call) {
  table::RewriteTablePathOptions options;
  options.source_prefix = *call.Text("source_prefix");
  options.target_prefix = *call.Text("target_prefix");
  options.start_version = call.Text("start_version").value_or("");
  options.end_version = call.Text("end_version").value_or("");
  options.staging_location = call.Text("staging_location").value_or("");
  options.create_file_list = call.Boolean("create_file_list").value_or(true);
  options.control = call.control();
  if (!options.staging_location.empty()) {
    RETURN_NOT_OK(CheckPlace(call.context(), options.staging_location));
  }
  ARROW_ASSIGN_OR_RAISE(const TableIdent ident, call.Table());
  ARROW_ASSIGN_OR_RAISE(const auto result,
                        table::RewriteTablePath(call.tarn(), ident, options));
  call.Answer(
      {duckdb::Value(result.latest_version),
       duckdb::Value(options.create_file_list ? result.file_list_location : "N/A"),
       ShortCount(result.rewritten_manifests_count),
       ShortCount(result.rewritten_delete_files_count)});
  return Status::OK();
}

}  // namespace

void AddRegistrationProcedures(std::vector<Procedure>* list) {
  const Parameter table{"table", Kind::kTable, Need::kRequired};
  const Parameter schema_name{"schema_name", Kind::kText, Need::kRequired};
  const Parameter table_name{"table_name", Kind::kText, Need::kRequired};
  list->insert(list->end(),
               {{"register_table",
                 Form::kCall,
                 {table, {"metadata_file", Kind::kText, Need::kRequired}},
                 {{"current_snapshot_id", LogicalTypeId::BIGINT},
                  {"total_records_count", LogicalTypeId::BIGINT},
                  {"total_data_files_count", LogicalTypeId::BIGINT}},
                 &RegisterTable},
                {"register_table",
                 Form::kCall,
                 {schema_name,
                  table_name,
                  {"table_location", Kind::kText, Need::kRequired},
                  {"metadata_file_name", Kind::kText}},
                 {},
                 &RegisterOfTrino},
                {"unregister_table", Form::kCall, {table}, {}, &UnregisterTable},
                {"unregister_table",
                 Form::kCall,
                 {schema_name, table_name},
                 {},
                 &UnregisterOfTrino},
                {"rewrite_table_path",
                 Form::kCall,
                 {table,
                  {"source_prefix", Kind::kText, Need::kRequired},
                  {"target_prefix", Kind::kText, Need::kRequired},
                  {"start_version", Kind::kText},
                  {"end_version", Kind::kText},
                  {"staging_location", Kind::kText},
                  {"create_file_list", Kind::kBoolean}},
                 {{"latest_version", LogicalTypeId::VARCHAR},
                  {"file_list_location", LogicalTypeId::VARCHAR},
                  {"rewritten_manifest_file_paths_count", LogicalTypeId::INTEGER},
                  {"rewritten_delete_file_paths_count", LogicalTypeId::INTEGER}},
                 &RewriteTablePath}});
}

}  // namespace tarn::engine::procedures
