#include "tarn/engine/internal/procedures/procedure_call.h"

#include <duckdb/main/client_context.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/catalog_view.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/transaction.h"
#include "tarn/sql/token_stream.h"

namespace tarn::engine::procedures {
namespace {

std::string Joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) {
    text += (text.empty() ? "" : ".") + part;
  }
  return text;
}

}  // namespace

ProcedureCall::ProcedureCall(CallerSession session,
                             duckdb::shared_ptr<duckdb::AttachedDatabase> database,
                             const table::Context& tarn, sql::Position at)
    : session_(std::move(session)),
      database_(std::move(database)),
      tarn_(tarn),
      at_(at) {}

const ArgumentValue* ProcedureCall::Find(std::string_view name) const {
  const auto found = bound_.arguments.find(name);
  return found == bound_.arguments.end() ? nullptr : &found->second;
}

std::optional<std::chrono::milliseconds> ProcedureCall::Millis(
    std::string_view name) const {
  const auto number = Number(name);
  return number ? std::optional(std::chrono::milliseconds(*number)) : std::nullopt;
}

std::optional<iceberg::SnapshotId> ProcedureCall::Snapshot(std::string_view name) const {
  const auto number = Number(name);
  return number ? std::optional(iceberg::SnapshotId{*number}) : std::nullopt;
}

std::vector<std::string> SplitName(const std::string& name) {
  auto tokens = sql::Tokenize(name);
  if (tokens.ok()) {
    sql::TokenStream stream(*std::move(tokens));
    auto parsed = stream.ExpectQualifiedName();
    if (parsed.ok() && stream.AtEnd()) {
      return std::move(parsed->parts);
    }
  }
  // Names that SQL would want quoted: "db.my-table".
  std::vector<std::string> parts(1);
  for (const char c : name) {
    if (c == '.') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

Result<std::vector<std::string>> ProcedureCall::PartsOf(const std::string& name) const {
  std::vector<std::string> parts = SplitName(name);
  for (const std::string& part : parts) {
    if (part.empty()) {
      return BadArgument("Not a name of a table: '" + name + "'");
    }
  }
  if (parts.size() > 1 && FoldName(parts[0]) == FoldName(catalog_name())) {
    parts.erase(parts.begin());
  }
  return parts;
}

Result<iceberg::TableIdent> ProcedureCall::Resolve(const std::vector<std::string>& parts,
                                                   bool must_exist) {
  std::vector<std::string> schema(parts.begin(), parts.end() - 1);
  if (schema.empty()) {
    if (session_.catalog != catalog_name()) {
      return BadArgument("Name the table's schema too: schema." + parts.back());
    }
    schema = {session_.schema.empty() ? kDefaultSchema : session_.schema};
  }
  Result<iceberg::TableIdent> ident = iceberg::TableIdent{};
  context().RunFunctionInTransaction([&] {
    ident = [&]() -> Result<iceberg::TableIdent> {
      auto& view = IcebergTransaction::Get(context(), database_->GetCatalog()).view();
      ARROW_ASSIGN_OR_RAISE(const auto ns, view.FindNamespace(Joined(schema)));
      if (!ns.has_value()) {
        return MakeError(ErrorCode::kNoSuchNamespace,
                         "Schema does not exist: " + Joined(schema));
      }
      ARROW_ASSIGN_OR_RAISE(const auto object, view.Find(*ns, parts.back()));
      if (object.has_value() && object->table == nullptr) {
        return MakeError(ErrorCode::kInvalidArgument,
                         "Not a table but a view: " + object->ident.ToString());
      }
      if (object.has_value()) {
        return object->ident;
      }
      iceberg::TableIdent missing{*ns, FoldName(parts.back())};
      if (must_exist) {
        return MakeError(ErrorCode::kNoSuchTable,
                         "Table does not exist: " + missing.ToString());
      }
      return missing;
    }();
  });
  return ident;
}

Result<iceberg::TableIdent> ProcedureCall::FindTable(std::vector<std::string> parts) {
  return Resolve(parts, /*must_exist=*/true);
}

Result<iceberg::TableIdent> ProcedureCall::NewTableNamed(std::vector<std::string> parts) {
  return Resolve(parts, /*must_exist=*/false);
}

Result<iceberg::TableIdent> ProcedureCall::Table(std::string_view name) {
  if (table_.has_value()) {
    return *table_;
  }
  ARROW_ASSIGN_OR_RAISE(auto parts, PartsOf(*Text(name)));
  return FindTable(std::move(parts));
}

Result<iceberg::TableIdent> ProcedureCall::NewTable(std::string_view name) {
  ARROW_ASSIGN_OR_RAISE(auto parts, PartsOf(*Text(name)));
  return NewTableNamed(std::move(parts));
}

Result<iceberg::TableIdent> ProcedureCall::Table(std::string_view schema,
                                                 std::string_view name) {
  return FindTable({*Text(schema), *Text(name)});
}

Result<iceberg::TableIdent> ProcedureCall::NewTable(std::string_view schema,
                                                    std::string_view name) {
  return NewTableNamed({*Text(schema), *Text(name)});
}

table::ActionControl ProcedureCall::control() const {
  table::ActionControl control;
  control.is_cancelled = [this] { return context().IsInterrupted(); };
  control.progress = [this](const table::ActionProgress& progress) {
    session_.connection->steps_done = progress.done;
    session_.connection->steps_total = progress.total;
  };
  return control;
}

std::string ProcedureCall::Setting(const std::string& name) const {
  duckdb::Value value;
  return context().TryGetCurrentSetting(name, value) && !value.IsNull() ? value.ToString()
                                                                        : std::string();
}

duckdb::Value IdValue(const std::optional<iceberg::SnapshotId>& id) {
  return id ? Count(id->value) : duckdb::Value(duckdb::LogicalType::BIGINT);
}

}  // namespace tarn::engine::procedures
