#include "tarn/engine/internal/procedures/changelog_query.h"

#include <map>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/engine/internal/create_table_text.h"
#include "tarn/engine/internal/type_conversion.h"

namespace tarn::engine::procedures {
namespace {

using iceberg::Field;
using iceberg::SnapshotId;
using table::ChangelogTask;
using Files = std::vector<std::string>;

/// Of one snapshot.
struct Changes {
  Files inserted;  // files that came
  Files deleted;   // files that went
  Files thinned;   // files that lost rows
};

std::string TextLiteral(const std::string& text) {
  std::string literal = "'";
  for (const char c : text) {
    literal += c == '\'' ? "''" : std::string(1, c);
  }
  return literal + "'";
}

std::string In(const Files& files) {
  std::string list;
  for (const std::string& file : files) {
    list += (list.empty() ? "" : ", ") + TextLiteral(file);
  }
  return "_file IN (" + list + ")";
}

/// Whether rows that a snapshot deleted and inserted again unchanged, as rewriting their
/// file does, are told.
enum class CarryOvers : uint8_t { kDrop, kKeep };

class QueryWriter {
 public:
  QueryWriter(std::string table, const iceberg::TableMetadata& metadata,
              const table::ChangelogPlan& plan, CarryOvers carry_overs)
      : table_(std::move(table)),
        metadata_(metadata),
        plan_(plan),
        carry_overs_(carry_overs) {
    for (const Field& field : metadata.schema().fields()) {
      columns_ += (columns_.empty() ? "" : ", ") + QuoteIdentifier(field.name);
    }
  }

  const std::string& columns() const { return columns_; }

  /// Changes of all snapshots: the columns, _change_type, _change_ordinal,
  /// _commit_snapshot_id.
  Result<std::string> All() {
    std::map<int32_t, Changes> by_ordinal;
    for (const ChangelogTask& task : plan_.tasks) {
      Changes& changes = by_ordinal[task.ordinal];
      Files& files = task.operation == table::ChangeOperation::kInsert ? changes.inserted
                     : task.added_deletes.empty()                      ? changes.deleted
                                                                       : changes.thinned;
      files.push_back(task.file.file_path);
    }
    std::string all;
    for (const auto& [ordinal, changes] : by_ordinal) {
      ARROW_ASSIGN_OR_RAISE(const std::string one, Of(ordinal, changes));
      all += (all.empty() ? "" : " UNION ALL ") + one;
    }
    if (all.empty()) {
      return "SELECT " + columns_ + Facts("INSERT", 0, SnapshotId{}) + " FROM " + table_ +
             " WHERE false";
    }
    return all;
  }

 private:
  static std::string Facts(const char* type, int32_t ordinal, SnapshotId id) {
    return std::string(", '") + type + "' AS _change_type, " + std::to_string(ordinal) +
           "::INTEGER AS _change_ordinal, " + std::to_string(id.value) +
           "::BIGINT AS _commit_snapshot_id";
  }

  std::string At(SnapshotId id) const {
    return table_ + " AT (VERSION => " + std::to_string(id.value) + ")";
  }

  /// Today's columns in the words of the snapshot's own schema.
  Result<std::string> ColumnsAt(const iceberg::Snapshot& snapshot) const {
    const auto schema = metadata_.SchemaOf(snapshot);
    std::string list;
    for (const Field& field : metadata_.schema().fields()) {
      const Field* const then = schema->FindById(field.id);
      std::string column = "NULL";
      if (then != nullptr) {
        column = QuoteIdentifier(then->name);
      }
      if (then != nullptr && !(then->type == field.type) && !field.type.is_primitive()) {
        return MakeError(ErrorCode::kNotSupported,
                         "Changes cannot be told across a change of the type of a nested "
                         "column: " +
                             field.name);
      }
      if (then == nullptr && field.initial_default.has_value()) {
        return MakeError(ErrorCode::kNotSupported,
                         "Changes cannot be told across the addition of a column with a "
                         "default: " +
                             field.name);
      }
      if (then == nullptr || !(then->type == field.type)) {
        const duckdb::LogicalType type = LogicalTypeOf(field.type);
        column = "CAST(" + column + " AS " + type.ToString() + ")";
      }
      list += (list.empty() ? "" : ", ") + column + " AS " + QuoteIdentifier(field.name);
    }
    return list;
  }

  Result<const iceberg::Snapshot*> ParentOf(const iceberg::Snapshot& snapshot) const {
    const iceberg::Snapshot* const parent =
        snapshot.parent_id ? metadata_.FindSnapshot(*snapshot.parent_id) : nullptr;
    if (parent == nullptr) {
      return MakeError(ErrorCode::kNoSuchSnapshot,
                       "Rows that snapshot " + std::to_string(snapshot.id.value) +
                           " deleted cannot be told: the snapshot before it has expired");
    }
    return parent;
  }

  Result<std::string> Deleted(const iceberg::Snapshot& snapshot,
                              const Changes& changes) const {
    ARROW_ASSIGN_OR_RAISE(const iceberg::Snapshot* const parent, ParentOf(snapshot));
    ARROW_ASSIGN_OR_RAISE(const std::string columns, ColumnsAt(*parent));
    std::string query;
    if (!changes.deleted.empty()) {
      query = "SELECT " + columns + " FROM " + At(parent->id) + " WHERE " +
              In(changes.deleted);
    }
    if (!changes.thinned.empty()) {
      const std::string place = "_file AS _tarn_file, _pos AS _tarn_pos";
      query += (query.empty() ? "" : " UNION ALL ") + ("SELECT " + columns_) +
               " FROM (SELECT " + columns + ", " + place + " FROM " + At(parent->id) +
               " WHERE " + In(changes.thinned) + ") AS before ANTI JOIN (SELECT " +
               place + " FROM " + At(snapshot.id) + " WHERE " + In(changes.thinned) +
               ") AS after USING (_tarn_file, _tarn_pos)";
    }
    return query;
  }

  Result<std::string> Of(int32_t ordinal, const Changes& changes) const {
    const SnapshotId id = plan_.snapshots[static_cast<size_t>(ordinal)];
    const iceberg::Snapshot& snapshot = *metadata_.FindSnapshot(id);
    const std::string insert = Facts("INSERT", ordinal, id);
    const std::string remove = Facts("DELETE", ordinal, id);
    std::string inserted;
    if (!changes.inserted.empty()) {
      ARROW_ASSIGN_OR_RAISE(const std::string columns, ColumnsAt(snapshot));
      inserted =
          "SELECT " + columns + " FROM " + At(id) + " WHERE " + In(changes.inserted);
    }
    if (changes.deleted.empty() && changes.thinned.empty()) {
      return "SELECT *" + insert + " FROM (" + inserted + ")";
    }
    ARROW_ASSIGN_OR_RAISE(const std::string deleted, Deleted(snapshot, changes));
    if (inserted.empty()) {
      return "SELECT *" + remove + " FROM (" + deleted + ")";
    }
    if (carry_overs_ == CarryOvers::kKeep) {
      return "SELECT *" + remove + " FROM (" + deleted + ") UNION ALL SELECT *" + insert +
             " FROM (" + inserted + ")";
    }
    return "SELECT * FROM (WITH came AS MATERIALIZED (" + inserted +
           "), went AS MATERIALIZED (" + deleted + ") SELECT *" + remove +
           " FROM (SELECT * FROM went EXCEPT ALL SELECT * FROM came) UNION ALL SELECT *" +
           insert + " FROM (SELECT * FROM came EXCEPT ALL SELECT * FROM went))";
  }

  const std::string table_;
  const iceberg::TableMetadata& metadata_;
  const table::ChangelogPlan& plan_;
  const CarryOvers carry_overs_;
  std::string columns_;
};

/// Changes of equal rows cancel in pairs, each with the last one before it that is left
/// (table::NetChanges). With s the sum of +1 for inserts and -1 for deletes up to a
/// change, one is left that leads away from 0 and behind which the sum never falls back.
/// "DELETE" comes before "INSERT" of the same snapshot.
std::string NetChangesOf(const std::string& changes, const std::string& columns) {
  const std::string signs =
      "SELECT *, CASE _change_type WHEN 'INSERT' THEN 1 ELSE -1 END AS _tarn_sign, "
      "row_number() OVER () AS _tarn_row FROM (" +
      changes + ")";
  const std::string order = "OVER (PARTITION BY " + columns +
                            " ORDER BY _change_ordinal, _change_type, _tarn_row ROWS "
                            "BETWEEN ";
  const std::string sums = "SELECT *, sum(_tarn_sign) " + order +
                           "UNBOUNDED PRECEDING AND CURRENT ROW) AS _tarn_sum FROM (" +
                           signs + ")";
  const std::string bounds =
      "SELECT *, min(_tarn_sum) " + order +
      "1 FOLLOWING AND UNBOUNDED FOLLOWING) AS _tarn_low, max(_tarn_sum) " + order +
      "1 FOLLOWING AND UNBOUNDED FOLLOWING) AS _tarn_high FROM (" + sums + ")";
  return "SELECT " + columns +
         ", _change_type, _change_ordinal, _commit_snapshot_id FROM (" + bounds +
         ") WHERE CASE _tarn_sign WHEN 1 THEN _tarn_sum > 0 AND coalesce(_tarn_low >= "
         "_tarn_sum, true) ELSE _tarn_sum < 0 AND coalesce(_tarn_high <= _tarn_sum, "
         "true) END";
}

std::string UpdatesOf(const std::string& changes, const std::string& columns,
                      const std::vector<std::string>& identifiers) {
  std::string keys;
  std::string names;
  for (const std::string& identifier : identifiers) {
    keys += ", " + QuoteIdentifier(identifier);
    names += (names.empty() ? "" : ", ") + identifier;
  }
  const std::string window = " OVER (PARTITION BY _change_ordinal" + keys + ")";
  const std::string counted =
      "SELECT *, count(*) FILTER (_change_type = 'DELETE')" + window +
      " AS _tarn_deletes, count(*) FILTER (_change_type = 'INSERT')" + window +
      " AS _tarn_inserts FROM (" + changes + ")";
  const std::string failure = TextLiteral(
      "Cannot compute updates because there are multiple rows with the same "
      "identifier fields([" +
      names + "]). Please make sure the rows are unique.");
  return "SELECT " + columns +
         ", CASE WHEN _tarn_deletes > 1 OR (_tarn_deletes = 1 AND _tarn_inserts > 1) "
         "THEN "
         "error(" +
         failure +
         ")::VARCHAR WHEN _tarn_deletes = 1 AND _tarn_inserts = 1 THEN CASE _change_type "
         "WHEN 'DELETE' THEN 'UPDATE_BEFORE' ELSE 'UPDATE_AFTER' END ELSE _change_type "
         "END AS _change_type, _change_ordinal, _commit_snapshot_id FROM (" +
         counted + ")";
}

std::string TrinoChangesOf(const std::string& changes, const std::string& columns,
                           const iceberg::TableMetadata& metadata,
                           const table::ChangelogPlan& plan) {
  std::string times;
  for (const SnapshotId id : plan.snapshots) {
    times += " WHEN " + std::to_string(id.value) + " THEN " +
             std::to_string(metadata.FindSnapshot(id)->timestamp.count());
  }
  const std::string time =
      times.empty() ? "0" : "CASE _commit_snapshot_id" + times + " END";
  return "SELECT " + columns +
         ", lower(_change_type) AS _change_type, _commit_snapshot_id AS "
         "_change_version_id, make_timestamptz((" +
         time + ")::BIGINT * 1000) AS _change_timestamp, _change_ordinal FROM (" +
         changes + ")";
}

}  // namespace

std::string NameOf(ChangelogForm form) {
  switch (form) {
    case ChangelogForm::kChanges:
      return "changes";
    case ChangelogForm::kNetChanges:
      return "net";
    case ChangelogForm::kUpdates:
      return "updates";
    case ChangelogForm::kTrino:
      break;
  }
  return "trino";
}

Result<std::string> ChangelogQuery(const std::string& table,
                                   const iceberg::TableMetadata& metadata,
                                   const table::ChangelogPlan& plan, ChangelogForm form,
                                   const std::vector<std::string>& identifiers) {
  // Net changes pair carried rows too, so that what is left is told, as by Spark, of the
  // snapshot that wrote it last.
  QueryWriter writer(
      table, metadata, plan,
      form == ChangelogForm::kNetChanges ? CarryOvers::kKeep : CarryOvers::kDrop);
  ARROW_ASSIGN_OR_RAISE(std::string changes, writer.All());
  switch (form) {
    case ChangelogForm::kChanges:
      return changes;
    case ChangelogForm::kNetChanges:
      return NetChangesOf(changes, writer.columns());
    case ChangelogForm::kUpdates:
      return UpdatesOf(changes, writer.columns(), identifiers);
    case ChangelogForm::kTrino:
      return TrinoChangesOf(changes, writer.columns(), metadata, plan);
  }
  return changes;
}

}  // namespace tarn::engine::procedures
