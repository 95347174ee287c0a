// Which snapshot a table or branch is at: rollback, cherry-pick, fast forward, ancestors.
#include "tarn/base/error.h"
#include "tarn/engine/internal/procedures/procedure_call.h"
#include "tarn/table/snapshot_refs.h"

namespace tarn::engine::procedures {
namespace {

using duckdb::LogicalTypeId;
using iceberg::SnapshotId;
using iceberg::TableIdent;
using Head = std::optional<SnapshotId>;

const std::vector<OutputColumn> kMoved = {{"previous_snapshot_id", LogicalTypeId::BIGINT},
                                          {"current_snapshot_id", LogicalTypeId::BIGINT}};
const std::vector<OutputColumn> kPicked = {
    {"source_snapshot_id", LogicalTypeId::BIGINT},
    {"current_snapshot_id", LogicalTypeId::BIGINT}};

Result<std::shared_ptr<const iceberg::TableMetadata>> MetadataOf(
    const ProcedureCall& call, const TableIdent& ident) {
  ARROW_ASSIGN_OR_RAISE(const auto loaded, call.tarn().catalog.LoadTable(ident));
  return loaded.metadata;
}

Status AnswerMove(ProcedureCall& call, const Head& before,
                  const catalog::LoadedTable& after) {
  call.Answer({IdValue(before), IdValue(after.metadata->current_snapshot_id)});
  return Status::OK();
}

Status RollBack(ProcedureCall& call, const TableIdent& ident, SnapshotId to) {
  ARROW_ASSIGN_OR_RAISE(const auto before, MetadataOf(call, ident));
  ARROW_ASSIGN_OR_RAISE(const auto after,
                        table::RollbackToSnapshot(call.tarn(), ident, to));
  return AnswerMove(call, before->current_snapshot_id, after);
}

Status RollbackToSnapshot(ProcedureCall& call) {
  ARROW_ASSIGN_OR_RAISE(const TableIdent ident, call.Table());
  return RollBack(call, ident, *call.Snapshot("snapshot_id"));
}

Status RollbackOfTrino(ProcedureCall& call) {
  ARROW_ASSIGN_OR_RAISE(const TableIdent ident, call.Table("schema", "table"));
  RETURN_NOT_OK(RollBack(call, ident, *call.Snapshot("snapshot_id")));
  call.rows().clear();
  return Status::OK();
}

Status RollbackExecuted(ProcedureCall& call) {
  RETURN_NOT_OK(RollbackToSnapshot(call));
  call.rows().clear();
  return Status::OK();
}

Status RollbackToTimestamp(ProcedureCall& call) {
  ARROW_ASSIGN_OR_RAISE(const TableIdent ident, call.Table());
  ARROW_ASSIGN_OR_RAISE(const auto before, MetadataOf(call, ident));
  ARROW_ASSIGN_OR_RAISE(
      const auto after,
      table::RollbackToTimestamp(call.tarn(), ident, *call.Millis("timestamp")));
  return AnswerMove(call, before->current_snapshot_id, after);
}

Status SetCurrentSnapshot(ProcedureCall& call) {
  const auto id = call.Snapshot("snapshot_id");
  const auto ref = call.Text("ref");
  if (id.has_value() == ref.has_value()) {
    return call.BadArgument("Either snapshot_id or ref must be provided, not both");
  }
  ARROW_ASSIGN_OR_RAISE(const TableIdent ident, call.Table());
  ARROW_ASSIGN_OR_RAISE(const auto before, MetadataOf(call, ident));
  SnapshotId target = id.value_or(SnapshotId{});
  if (ref.has_value()) {
    const auto found = before->refs.find(*ref);
    if (found == before->refs.end()) {
      return MakeError(ErrorCode::kNoSuchSnapshot,
                       "Table " + ident.ToString() + " has no branch or tag: " + *ref);
    }
    target = found->second.snapshot_id;
  }
  ARROW_ASSIGN_OR_RAISE(const auto after,
                        table::SetCurrentSnapshot(call.tarn(), ident, target));
  return AnswerMove(call, before->current_snapshot_id, after);
}

Status CherryPickSnapshot(ProcedureCall& call) {
  ARROW_ASSIGN_OR_RAISE(const TableIdent ident, call.Table());
  const SnapshotId picked = *call.Snapshot("snapshot_id");
  ARROW_ASSIGN_OR_RAISE(const auto after, table::CherryPick(call.tarn(), ident, picked));
  call.Answer({IdValue(picked), IdValue(after.metadata->current_snapshot_id)});
  return Status::OK();
}

Status PublishChanges(ProcedureCall& call) {
  ARROW_ASSIGN_OR_RAISE(const TableIdent ident, call.Table());
  const std::string wap_id = *call.Text("wap_id");
  ARROW_ASSIGN_OR_RAISE(const auto before, MetadataOf(call, ident));
  Head staged;
  for (const iceberg::Snapshot& snapshot : before->snapshots) {
    const auto id = snapshot.summary.find("wap.id");
    if (id != snapshot.summary.end() && id->second == wap_id) {
      staged = snapshot.id;
    }
  }
  ARROW_ASSIGN_OR_RAISE(const auto after,
                        table::PublishChanges(call.tarn(), ident, wap_id));
  call.Answer({IdValue(staged), IdValue(after.metadata->current_snapshot_id)});
  return Status::OK();
}

Status FastForward(ProcedureCall& call) {
  ARROW_ASSIGN_OR_RAISE(const TableIdent ident, call.Table());
  const std::string branch = *call.Text("branch");
  ARROW_ASSIGN_OR_RAISE(const auto before, MetadataOf(call, ident));
  const auto ref = before->refs.find(branch);
  const Head head = ref == before->refs.end() ? Head() : Head(ref->second.snapshot_id);
  ARROW_ASSIGN_OR_RAISE(const auto after,
                        table::FastForward(call.tarn(), ident, branch, *call.Text("to")));
  call.Answer({duckdb::Value(branch), IdValue(head),
               IdValue(after.metadata->refs.at(branch).snapshot_id)});
  return Status::OK();
}

Status AncestorsOf(ProcedureCall& call) {
  ARROW_ASSIGN_OR_RAISE(const TableIdent ident, call.Table());
  ARROW_ASSIGN_OR_RAISE(const auto metadata, MetadataOf(call, ident));
  const auto start = call.Snapshot("snapshot_id");
  if (start.has_value() && metadata->FindSnapshot(*start) == nullptr) {
    return MakeError(
        ErrorCode::kNoSuchSnapshot,
        "Table " + ident.ToString() + " has no snapshot " + std::to_string(start->value));
  }
  const Head from = start.has_value() ? start : metadata->current_snapshot_id;
  if (!from.has_value()) {
    return Status::OK();
  }
  for (const iceberg::Snapshot* snapshot : table::AncestorsOf(*metadata, *from)) {
    call.Answer({Count(snapshot->id.value), Count(snapshot->timestamp.count())});
  }
  return Status::OK();
}

}  // namespace

void AddSnapshotProcedures(std::vector<Procedure>* list) {
  const Parameter table{"table", Kind::kTable, Need::kRequired};
  const Parameter snapshot{"snapshot_id", Kind::kLong, Need::kRequired};
  list->insert(
      list->end(),
      {{"rollback_to_snapshot",
        Form::kCall,
        {table, snapshot},
        kMoved,
        &RollbackToSnapshot},
       {"rollback_to_snapshot",
        Form::kCall,
        {{"schema", Kind::kText, Need::kRequired},
         {"table", Kind::kText, Need::kRequired},
         snapshot},
        {},
        &RollbackOfTrino},
       {"rollback_to_snapshot", Form::kExecute, {snapshot}, {}, &RollbackExecuted},
       {"rollback_to_timestamp",
        Form::kCall,
        {table, {"timestamp", Kind::kInstant, Need::kRequired}},
        kMoved,
        &RollbackToTimestamp},
       {"set_current_snapshot",
        Form::kCall,
        {table, {"snapshot_id", Kind::kLong}, {"ref", Kind::kText}},
        kMoved,
        &SetCurrentSnapshot},
       {"cherrypick_snapshot",
        Form::kCall,
        {table, snapshot},
        kPicked,
        &CherryPickSnapshot},
       {"publish_changes",
        Form::kCall,
        {table, {"wap_id", Kind::kText, Need::kRequired}},
        kPicked,
        &PublishChanges},
       {"fast_forward",
        Form::kCall,
        {table,
         {"branch", Kind::kText, Need::kRequired},
         {"to", Kind::kText, Need::kRequired}},
        {{"branch_updated", LogicalTypeId::VARCHAR},
         {"previous_ref", LogicalTypeId::BIGINT},
         {"updated_ref", LogicalTypeId::BIGINT}},
        &FastForward},
       {"ancestors_of",
        Form::kCall,
        {table, {"snapshot_id", Kind::kLong}},
        {{"snapshot_id", LogicalTypeId::BIGINT}, {"timestamp", LogicalTypeId::BIGINT}},
        &AncestorsOf}});
}

}  // namespace tarn::engine::procedures
