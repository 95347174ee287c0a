// CALL create_changelog_view: the changes of a range of snapshots as a view of the
// session.
#include <algorithm>
#include <string>

#include "tarn/base/error.h"
#include "tarn/engine/internal/catalog_view.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/create_table_text.h"
#include "tarn/engine/internal/procedures/changelog_query.h"
#include "tarn/engine/internal/procedures/option_reader.h"
#include "tarn/engine/internal/procedures/procedure_call.h"
#include "tarn/table/snapshot_refs.h"

namespace tarn::engine::procedures {
namespace {

using duckdb::LogicalTypeId;
using iceberg::SnapshotId;

/// Options of a changelog's range, not yet looked up.
struct RangeOptions {
  std::optional<int64_t> start_id;
  std::optional<int64_t> end_id;
  std::optional<int64_t> start_time;
  std::optional<int64_t> end_time;
};

Result<std::optional<int64_t>> LongOf(const ProcedureCall& call, OptionReader& reader,
                                      const std::string& key) {
  const auto text = reader.Text(key);
  if (!text.has_value()) {
    return std::optional<int64_t>();
  }
  auto number = ConvertArgument(call.context(), Kind::kLong, duckdb::Value(*text), {});
  if (!number.ok()) {
    return call.BadArgument("Option " + key + " must be a number, not " + *text);
  }
  return std::optional(std::get<int64_t>(*number));
}

Result<RangeOptions> ReadOptions(const ProcedureCall& call) {
  OptionReader reader(call, call.Map("options"));
  RangeOptions options;
  ARROW_ASSIGN_OR_RAISE(options.start_id, LongOf(call, reader, "start-snapshot-id"));
  ARROW_ASSIGN_OR_RAISE(options.end_id, LongOf(call, reader, "end-snapshot-id"));
  ARROW_ASSIGN_OR_RAISE(options.start_time, LongOf(call, reader, "start-timestamp"));
  ARROW_ASSIGN_OR_RAISE(options.end_time, LongOf(call, reader, "end-timestamp"));
  RETURN_NOT_OK(reader.Finish());
  const bool has_ids = options.start_id || options.end_id;
  const bool has_times = options.start_time || options.end_time;
  if (has_ids && has_times) {
    return call.BadArgument(
        "Cannot set neither start-snapshot-id nor end-snapshot-id together with "
        "start-timestamp or end-timestamp");
  }
  return options;
}

/// The last snapshot of main not younger than `time`; unset if all are younger.
std::optional<SnapshotId> LastUntil(const iceberg::TableMetadata& metadata,
                                    int64_t time) {
  if (!metadata.current_snapshot_id.has_value()) {
    return {};
  }
  for (const iceberg::Snapshot* snapshot :
       table::AncestorsOf(metadata, *metadata.current_snapshot_id)) {
    if (snapshot->timestamp.count() <= time) {
      return snapshot->id;
    }
  }
  return {};
}

Result<ChangelogRange> RangeOf(const ProcedureCall& call,
                               const iceberg::TableMetadata& metadata) {
  ARROW_ASSIGN_OR_RAISE(const RangeOptions options, ReadOptions(call));
  ChangelogRange range{.start = {}, .end = metadata.current_snapshot_id};
  if (options.start_id) {
    range.start = SnapshotId{*options.start_id};
  }
  if (options.end_id) {
    range.end = SnapshotId{*options.end_id};
  }
  if (options.start_time && options.end_time && *options.start_time > *options.end_time) {
    return call.BadArgument(
        "Cannot set start-timestamp to be greater than end-timestamp for changelogs");
  }
  if (options.start_time) {
    range.start = LastUntil(metadata, *options.start_time);
  }
  if (options.end_time) {
    range.end = LastUntil(metadata, *options.end_time);
    // Nothing was there yet: from and to the first snapshot is no change.
    if (!range.end.has_value() && !metadata.snapshots.empty()) {
      range.start = range.end = metadata.current_snapshot_id;
    }
  }
  return range;
}

struct ViewForm {
  ChangelogForm form = ChangelogForm::kChanges;
  std::vector<std::string> identifiers = {};
};

Result<ViewForm> FormOf(const ProcedureCall& call,
                        const iceberg::TableMetadata& metadata) {
  ViewForm result;
  std::vector<std::string> identifiers = call.Texts("identifier_columns");
  const bool net = call.Boolean("net_changes").value_or(false);
  const bool updates = call.Boolean("compute_updates").value_or(!identifiers.empty());
  if (net && updates) {
    return call.BadArgument("Not support net changes with update images");
  }
  if (net) {
    result.form = ChangelogForm::kNetChanges;
  }
  if (!updates) {
    return result;
  }
  result.form = ChangelogForm::kUpdates;
  if (identifiers.empty()) {
    for (const iceberg::FieldId id : metadata.schema().identifier_field_ids()) {
      identifiers.push_back(metadata.schema().NameOf(id));
    }
  }
  if (identifiers.empty()) {
    return call.BadArgument(
        "Cannot compute the update images because identifier columns are not set");
  }
  for (const std::string& name : identifiers) {
    const iceberg::Field* const field = metadata.schema().FindByNameIgnoringCase(name);
    const bool is_top =
        field != nullptr &&
        std::ranges::find(metadata.schema().fields(), field->id, &iceberg::Field::id) !=
            metadata.schema().fields().end();
    if (!is_top) {
      return MakeError(ErrorCode::kNoSuchColumn,
                       "Identifier column is not a column of the table: " + name);
    }
    result.identifiers.push_back(field->name);
  }
  return result;
}

std::string Literal(const std::string& text) { return duckdb::Value(text).ToSQLString(); }

std::string IdLiteral(const std::optional<SnapshotId>& id) {
  return id ? std::to_string(id->value) + "::BIGINT" : "NULL::BIGINT";
}

Status CreateChangelogView(ProcedureCall& call) {
  ARROW_ASSIGN_OR_RAISE(const auto ident, call.Table());
  ARROW_ASSIGN_OR_RAISE(const auto loaded, call.tarn().catalog.LoadTable(ident));
  const iceberg::TableMetadata& metadata = *loaded.metadata;
  ARROW_ASSIGN_OR_RAISE(const ChangelogRange range, RangeOf(call, metadata));
  ARROW_ASSIGN_OR_RAISE(const ViewForm form, FormOf(call, metadata));
  const std::string view =
      FoldName(call.Text("changelog_view").value_or(ident.name + "_changes"));
  if (view.empty() || view.find('.') != std::string::npos) {
    return call.BadArgument(
        "A changelog's view is the session's own and has no schema: " + view);
  }
  std::string identifiers;
  for (const std::string& name : form.identifiers) {
    identifiers += (identifiers.empty() ? "" : ", ") + Literal(name);
  }
  const std::string sql =
      "CREATE OR REPLACE TEMP VIEW " + QuoteIdentifier(view) + " AS SELECT * FROM " +
      kChangelogFunction + "(" + Literal(call.catalog_name()) + ", " +
      Literal(ident.ns.ToString()) + ", " + Literal(ident.name) + ", " +
      IdLiteral(range.start) + ", " + IdLiteral(range.end) + ", " +
      Literal(NameOf(form.form)) + ", [" + identifiers + "]::VARCHAR[])";
  const auto result = call.session().connection->duckdb.Query(sql);
  if (result->HasError()) {
    return StatusOf(result->GetErrorObject());
  }
  call.Answer({duckdb::Value(view)});
  return Status::OK();
}

}  // namespace

void AddChangelogProcedures(std::vector<Procedure>* list) {
  list->push_back({"create_changelog_view",
                   Form::kCall,
                   {{"table", Kind::kTable, Need::kRequired},
                    {"changelog_view", Kind::kText},
                    {"options", Kind::kTextMap},
                    {"compute_updates", Kind::kBoolean},
                    {"identifier_columns", Kind::kTexts},
                    {"net_changes", Kind::kBoolean}},
                   {{"changelog_view", LogicalTypeId::VARCHAR}},
                   &CreateChangelogView});
}

}  // namespace tarn::engine::procedures
