#include "tarn/engine/internal/trino/view_answers.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <duckdb/main/client_context.hpp>

#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/materialized_view.h"
#include "tarn/engine/internal/trino/lake_names.h"
#include "tarn/engine/internal/trino_functions/function_table.h"
#include "tarn/sql/query_parser.h"
#include "tarn/sql/view_answer.h"

namespace tarn::engine::trino {
namespace {

bool IsWanted(duckdb::ClientContext& context) {
  duckdb::Value value;
  return !context.TryGetCurrentSetting(kUseMaterializedViews, value) || value.IsNull() ||
         value.GetValue<bool>();
}

/// Functions that nobody knows may be aggregations.
bool IsAggregate(std::string_view name) {
  const auto target = FindTrinoFunction(name);
  return !target.has_value() || target->is_aggregate;
}

bool IsExact(const iceberg::Type& type) {
  return type.id() == iceberg::TypeId::kInt || type.id() == iceberg::TypeId::kLong ||
         type.id() == iceberg::TypeId::kDecimal;
}

bool IsTime(const iceberg::Type& type) {
  switch (type.id()) {
    case iceberg::TypeId::kTime:
    case iceberg::TypeId::kTimestamp:
    case iceberg::TypeId::kTimestampTz:
    case iceberg::TypeId::kTimestampNs:
    case iceberg::TypeId::kTimestampTzNs:
      return true;
    default:
      return false;
  }
}

/// In the transaction that a caller holds.
class Views {
 public:
  Views(StatementHost& host, const sql::Position& at)
      : context_(host.context()), names_(host.context(), host.front_end(), at) {}

  /// Remembers what the query's tables are. False if none is a table of the lake.
  bool AddTables(const std::vector<std::vector<sql::Name>>& tables) {
    for (const std::vector<sql::Name>& table : tables) {
      if (table.size() > 3) {
        continue;
      }
      const std::vector<std::string> parts = FoldedParts({.parts = table});
      auto found = names_.Object(parts);
      if (!found.ok() || !found->is_table()) {
        continue;  // binding says what is wrong with it
      }
      tables_[parts] = found->in.catalog + "." + found->in.schema + "." +
                       FoldName(found->object->ident.name);
      schemas_.emplace(found->in.Text(), found->in);
    }
    return !tables_.empty();
  }

  Result<sql::QueryPtr> Answer(sql::QueryPtr query) {
    for (const auto& [text, schema] : schemas_) {
      ARROW_ASSIGN_OR_RAISE(
          const auto views,
          MaterializedViewsIn(names_.TransactionOf(schema), schema.entry->ns()));
      for (const StoredView& view : views) {
        ARROW_ASSIGN_OR_RAISE(const auto answer, AnswerFrom(query, schema, view.name));
        query = answer == nullptr ? query : answer;
      }
    }
    return query;
  }

 private:
  Result<sql::QueryPtr> AnswerFrom(const sql::QueryPtr& query, const FoundSchema& schema,
                                   const std::string& name) {
    IcebergTransaction& transaction = names_.TransactionOf(schema);
    ARROW_ASSIGN_OR_RAISE(const auto object,
                          transaction.view().Find(schema.entry->ns(), name));
    if (!object.has_value() || object->view == nullptr) {
      return nullptr;
    }
    const iceberg::ViewMetadata& metadata = *object->view;
    ARROW_ASSIGN_OR_RAISE(const auto view, MaterializedViewOf(object->ident, metadata));
    const auto* const text = metadata.FindRepresentation({"trino"});
    if (!view.has_value() || text == nullptr) {
      return nullptr;
    }
    const auto kept = KeptView(schema, name, metadata, text->sql);
    if (!kept.has_value()) {
      return nullptr;
    }
    const auto answer =
        AnswerFromView(query, Meanings({}), *kept, Meanings(DefaultOf(schema, metadata)));
    if (answer == nullptr) {
      return nullptr;
    }
    // Last, as it reads all that the view was made of.
    ARROW_ASSIGN_OR_RAISE(const ViewFreshness freshness,
                          FreshnessOf(context_, transaction, metadata, *view));
    return freshness.freshness == Freshness::kFresh ? answer : nullptr;
  }

  static std::optional<sql::KeptView> KeptView(const FoundSchema& schema,
                                               const std::string& name,
                                               const iceberg::ViewMetadata& metadata,
                                               const std::string& text) {
    const auto definition = sql::ParseQuery(text);
    const auto columns = metadata.FindSchema(metadata.current_version().schema_id);
    if (!definition.ok() || columns == nullptr) {
      return {};
    }
    sql::KeptView kept{.name = {{schema.catalog, true},
                                {schema.schema, true},
                                {name + kFreshSuffix, true}},
                       .definition = *definition,
                       .columns = {}};
    for (const iceberg::Field& field : columns->fields()) {
      kept.columns.push_back({.name = field.name,
                              .is_exact = IsExact(field.type),
                              .is_time = IsTime(field.type)});
    }
    return kept;
  }

  /// Catalog and schema of names that a view's text does not qualify.
  static std::vector<std::string> DefaultOf(const FoundSchema& schema,
                                            const iceberg::ViewMetadata& metadata) {
    const iceberg::ViewVersion& version = metadata.current_version();
    return {version.default_catalog.value_or(schema.catalog),
            iceberg::Namespace{version.default_namespace}.ToString()};
  }

  /// `before`: what names with fewer parts are in; empty: in the session's schema.
  sql::NameMeanings Meanings(const std::vector<std::string>& before) {
    return {
        .table = [this, before](
                     const std::vector<sql::Name>& name) -> std::optional<std::string> {
          std::vector<std::string> parts = FoldedParts({.parts = name});
          if (before.empty()) {
            const auto known = tables_.find(parts);
            return known == tables_.end() ? std::nullopt : std::optional(known->second);
          }
          if (parts.size() > 3) {
            return {};
          }
          parts.insert(parts.begin(), before.begin(),
                       before.begin() + static_cast<ptrdiff_t>(3 - parts.size()));
          const auto found = names_.Object(std::move(parts));
          if (!found.ok() || !found->is_table()) {
            return {};
          }
          return found->in.catalog + "." + found->in.schema + "." +
                 FoldName(found->object->ident.name);
        },
        .is_aggregate = &IsAggregate};
  }

  duckdb::ClientContext& context_;
  LakeNames names_;
  std::map<std::vector<std::string>, std::string> tables_;  // of the query
  std::map<std::string, FoundSchema> schemas_;              // theirs
};

}  // namespace

void AddViewAnswerSetting(duckdb::DBConfig& config) {
  config.AddExtensionOption(kUseMaterializedViews,
                            "Queries read fresh materialised views in place of tables",
                            duckdb::LogicalType::BOOLEAN, duckdb::Value::BOOLEAN(true));
}

sql::QueryPtr FromFreshViews(const sql::QueryPtr& query, StatementHost& host) {
  const auto tables = sql::TablesOfBlocks(query);
  if (tables.empty() || !IsWanted(host.context())) {
    return query;
  }
  Result<sql::QueryPtr> answer = query;
  const Status looked = CatchDuckDb({}, [&] {
    return host.front_end().InTransaction([&] {
      answer = CatchDuckDb({}, [&]() -> Result<sql::QueryPtr> {
        Views views(host, query->at);
        return views.AddTables(tables) ? views.Answer(query) : query;
      });
      return Status::OK();  // an error would end the session's own transaction
    });
  });
  return looked.ok() && answer.ok() ? *answer : query;
}

sql::TrinoStatement FromFreshViews(const sql::TrinoStatement& statement,
                                   StatementHost& host) {
  sql::TrinoStatement copy = statement;
  if (auto* query = std::get_if<sql::QueryPtr>(&copy.node)) {
    *query = FromFreshViews(*query, host);
  }
  return copy;
}

}  // namespace tarn::engine::trino
