// ALTER TABLE in Trino's and Spark's spelling.
#include <utility>

#include "tarn/base/clock.h"
#include "tarn/base/error.h"
#include "tarn/engine/internal/alter_table.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/default_value.h"
#include "tarn/engine/internal/front_end.h"
#include "tarn/engine/internal/result_stream.h"
#include "tarn/engine/internal/table_entry.h"
#include "tarn/sql/type_name.h"
#include "tarn/table/snapshot_refs.h"

namespace tarn::engine {
namespace {

std::string Joined(const sql::QualifiedName& name, size_t num_parts) {
  std::string joined;
  for (size_t i = 0; i < num_parts; ++i) {
    joined += (i == 0 ? "" : ".") + name.parts[i];
  }
  return joined;
}

std::string Joined(const sql::QualifiedName& name) {
  return Joined(name, name.parts.size());
}

iceberg::ColumnPosition PositionOf(const sql::ColumnPlace& place) {
  using Where = sql::ColumnPlace::Where;
  using Place = iceberg::ColumnPosition::Place;
  iceberg::ColumnPosition position{.place = Place::kLast, .sibling = place.sibling};
  switch (place.where) {
    case Where::kFirst:
      position.place = Place::kFirst;
      break;
    case Where::kBefore:
      position.place = Place::kBefore;
      break;
    case Where::kAfter:
      position.place = Place::kAfter;
      break;
    case Where::kLast:
      break;
  }
  return position;
}

Result<iceberg::Type> TypeOf(const sql::QualifiedName& column,
                             const sql::TypeName& type) {
  iceberg::FieldId next_id = 1;  // of nested fields; the table gives its own
  const auto ours = sql::IcebergTypeOf(type, &next_id);
  if (!ours.ok()) {
    return WithContext("Column " + Joined(column) + ": ", ours.status());
  }
  return *ours;
}

std::optional<std::chrono::milliseconds> Milliseconds(std::optional<int64_t> ms) {
  if (!ms.has_value()) {
    return std::nullopt;
  }
  return std::chrono::milliseconds(*ms);
}

/// Turns the actions of one statement into steps; refs and renames are made at once.
class ActionRunner {
 public:
  ActionRunner(duckdb::ClientContext& context, IcebergTransaction& transaction,
               iceberg::TableIdent ident)
      : context_(context), transaction_(transaction), ident_(std::move(ident)) {}

  /// Where RENAME TO leads.
  using Resolve = std::function<Result<iceberg::TableIdent>(const sql::QualifiedName&)>;

  Status Run(const sql::AlterTable& alter, const Resolve& resolve) {
    for (const sql::AlterAction& action : alter.actions) {
      if (const auto* rename = std::get_if<sql::alter::RenameTable>(&action)) {
        ARROW_ASSIGN_OR_RAISE(const auto to, resolve(rename->new_name));
        return RenameTableTo(transaction_, ident_, to);
      }
      RETURN_NOT_OK(
          std::visit([this](const auto& one) -> Status { return Do(one); }, action));
    }
    return steps_.empty() ? Status::OK() : CommitSteps(transaction_, ident_, steps_);
  }

 private:
  Status Push(AlterStep step) {
    steps_.push_back(std::move(step));
    return Status::OK();
  }

  Status Do(const sql::alter::AddColumn& add) {
    iceberg::NewColumn column{.parent = Joined(add.path, add.path.parts.size() - 1),
                              .name = add.column.name,
                              .type = {},
                              .required = add.column.required,
                              .doc = add.column.comment,
                              .position = PositionOf(add.place)};
    ARROW_ASSIGN_OR_RAISE(column.type, TypeOf(add.path, add.column.type));
    DefaultOf default_of;
    if (add.column.default_text.has_value()) {
      default_of = DefaultOfText(context_, *add.column.default_text);
    }
    return Push(AddColumn(std::move(column), default_of, add.if_not_exists));
  }

  Status Do(const sql::alter::DropColumn& drop) {
    return Push(DropColumn(Joined(drop.path), drop.if_exists));
  }

  Status Do(const sql::alter::RenameColumn& rename) {
    return Push(RenameColumn(Joined(rename.path), rename.new_name, rename.if_exists));
  }

  Status Do(const sql::alter::RenameTable&) { return Status::OK(); }  // see Run

  Status Do(const sql::alter::SetColumnType& set) {
    ARROW_ASSIGN_OR_RAISE(const iceberg::Type type, TypeOf(set.path, set.type));
    return Push(SchemaEdit([name = Joined(set.path), type](auto& update) {
      return update.Promote(name, type);
    }));
  }

  Status Do(const sql::alter::SetColumnRequired& set) {
    return Push(SchemaEdit([name = Joined(set.path), required = set.required](auto& u) {
      return required ? u.Require(name) : u.MakeOptional(name);
    }));
  }

  Status Do(const sql::alter::SetColumnDefault& set) {
    DefaultOf default_of;
    if (set.text.has_value()) {
      default_of = DefaultOfText(context_, *set.text);
    }
    return Push(SetColumnDefault(Joined(set.path), default_of));
  }

  Status Do(const sql::alter::SetColumnComment& set) {
    return Push(SchemaEdit([name = Joined(set.path), comment = set.comment](
                               auto& update) { return update.SetDoc(name, comment); }));
  }

  Status Do(const sql::alter::MoveColumn& move) {
    return Push(SchemaEdit([name = Joined(move.path), to = PositionOf(move.place)](
                               auto& update) { return update.Move(name, to); }));
  }

  Status Do(const sql::alter::SetProperties& set) {
    ARROW_ASSIGN_OR_RAISE(auto steps,
                          PropertySteps(set, NewUuid(transaction_.tarn().random)));
    for (AlterStep& step : steps) {
      steps_.push_back(std::move(step));
    }
    return Status::OK();
  }

  Status Do(const sql::alter::AddPartitionField& add) {
    return Push(AddPartitionField(add.term, add.name));
  }

  Status Do(const sql::alter::DropPartitionField& drop) {
    return Push(DropPartitionField(drop.term));
  }

  Status Do(const sql::alter::ReplacePartitionField& replace) {
    return Push(ReplacePartitionField(replace.term, replace.new_term, replace.name));
  }

  Status Do(const sql::alter::SetWriteOrder& write) {
    RETURN_NOT_OK(Push(SetSortOrder(write.terms)));
    return Push(
        SetTableProperties({{"write.distribution-mode", write.distribution}}, {}));
  }

  Status Do(const sql::alter::SetIdentifierFields& set) {
    std::vector<std::string> names;
    for (const sql::QualifiedName& column : set.columns) {
      names.push_back(Joined(column));
    }
    return Push(SetIdentifierFields(names, set.drop));
  }

  Status Do(const sql::alter::CreateRef& create) {
    ARROW_ASSIGN_OR_RAISE(const auto table,
                          transaction_.tarn().catalog.LoadTable(ident_));
    const auto existing = table.metadata->refs.find(create.name);
    if (create.must_exist && existing == table.metadata->refs.end()) {
      return MakeError(ErrorCode::kNoSuchSnapshot,
                       "There is no branch or tag to replace: " + create.name);
    }
    table::NewRef ref{
        .name = create.name,
        .type = create.is_tag ? iceberg::RefType::kTag : iceberg::RefType::kBranch,
        .retention = {.min_snapshots_to_keep = create.min_snapshots_to_keep,
                      .max_snapshot_age = Milliseconds(create.max_snapshot_age_ms),
                      .max_ref_age = Milliseconds(create.max_ref_age_ms)}};
    if (create.if_exists == sql::IfExists::kSkip) {
      ref.if_exists = table::IfRefExists::kIgnore;
    } else if (create.if_exists == sql::IfExists::kReplace) {
      ref.if_exists = table::IfRefExists::kReplace;
    }
    if (create.version.has_value()) {
      ARROW_ASSIGN_OR_RAISE(ref.snapshot_id,
                            table::SnapshotNamed(*table.metadata, *create.version));
    }
    return table::CreateRef(transaction_.tarn(), ident_, ref).status();
  }

  Status Do(const sql::alter::DropRef& drop) {
    ARROW_ASSIGN_OR_RAISE(const auto table,
                          transaction_.tarn().catalog.LoadTable(ident_));
    const auto existing = table.metadata->refs.find(drop.name);
    if (existing != table.metadata->refs.end() &&
        (existing->second.type == iceberg::RefType::kTag) != drop.is_tag) {
      return MakeError(ErrorCode::kInvalidArgument,
                       drop.name + (drop.is_tag ? " is a branch, not a tag"
                                                : " is a tag, not a branch"));
    }
    return table::DropRef(transaction_.tarn(), ident_, drop.name, drop.if_exists)
        .status();
  }

  duckdb::ClientContext& context_;
  IcebergTransaction& transaction_;
  iceberg::TableIdent ident_;
  std::vector<AlterStep> steps_;
};

}  // namespace

Result<FrontEndAnswer> FrontEnd::Run(const sql::AlterTable& alter) {
  bool is_ours = true;
  RETURN_NOT_OK(InTransaction([&]() -> Status {
    duckdb::CatalogEntry* entry = FindObjectIfAny(alter.table, alter.if_exists);
    if (entry == nullptr) {
      return Status::OK();
    }
    AttachedCatalog* const ours = AttachedCatalog::From(entry->ParentCatalog());
    is_ours = ours != nullptr;
    if (!is_ours) {
      return Status::OK();
    }
    RequireAutocommit(context_, "ALTER TABLE");
    if (entry->type == duckdb::CatalogType::VIEW_ENTRY) {
      return MakeError(ErrorCode::kNoSuchTable, "Not a table but a view: " + entry->name);
    }
    const TableEntry& table =
        TableEntry::ForAltering(entry->Cast<duckdb::TableCatalogEntry>());
    auto& transaction = IcebergTransaction::Get(context_, *ours);
    ActionRunner runner(context_, transaction, table.ident());
    return runner.Run(
        alter, [&](const sql::QualifiedName& to) -> Result<iceberg::TableIdent> {
          if (to.parts.size() == 1) {
            return iceberg::TableIdent{table.ident().ns, to.parts[0]};
          }
          std::vector<std::string> parts = to.parts;
          parts.pop_back();
          if (parts.size() > 1 && IsCatalog(parts[0])) {
            if (FindOurs(parts[0]) != ours) {
              return MakeError(ErrorCode::kNotSupported,
                               "A table cannot be moved to another catalog: " + parts[0]);
            }
            parts.erase(parts.begin());
          }
          const auto& schema =
              FindOurSchema(*ours, iceberg::Namespace{std::move(parts)}.ToString());
          return iceberg::TableIdent{schema.ns(), to.parts.back()};
        });
  }));
  if (!is_ours) {
    return FrontEndAnswer{};
  }
  return FrontEndAnswer{.result = EmptyResult("ALTER TABLE")};
}

duckdb::CatalogEntry* FrontEnd::FindObjectIfAny(const sql::QualifiedName& name,
                                                bool if_exists) {
  if (!if_exists) {
    return &FindObject(name);
  }
  duckdb::CatalogEntry* entry = nullptr;
  const Status status = CatchDuckDb({}, [&]() -> Status {
    entry = &FindObject(name);
    return Status::OK();
  });
  const bool is_missing = !status.ok() && (CodeOf(status) == ErrorCode::kNoSuchTable ||
                                           CodeOf(status) == ErrorCode::kNoSuchNamespace);
  if (!is_missing) {
    ThrowIfError(status);
  }
  return entry;
}

}  // namespace tarn::engine
