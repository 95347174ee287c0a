#include "tarn/engine/internal/materialized_view_delta.h"

#include <algorithm>
#include <array>
#include <utility>

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/catalog/entry_lookup_info.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/parser/expression/constant_expression.hpp>
#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/parser/parsed_expression_iterator.hpp>
#include <duckdb/parser/parser.hpp>
#include <duckdb/parser/query_node/select_node.hpp>
#include <duckdb/parser/query_node/set_operation_node.hpp>
#include <duckdb/parser/tableref/at_clause.hpp>
#include <duckdb/parser/tableref/basetableref.hpp>
#include <duckdb/parser/tableref/joinref.hpp>
#include <duckdb/parser/tableref/subqueryref.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/attached_catalog.h"
#include "tarn/engine/internal/create_table_text.h"
#include "tarn/engine/internal/table_entry.h"
#include "tarn/engine/internal/time_travel.h"
#include "tarn/engine/internal/view_entry.h"

namespace tarn::engine {
namespace {

using duckdb::BaseTableRef;
using duckdb::ParsedExpression;
using duckdb::SelectNode;
using duckdb::TableRef;
using iceberg::SnapshotId;
template <typename T>
using Owned = duckdb::unique_ptr<T>;

// ---- What the query is

bool IsAggregate(duckdb::ClientContext& context,
                 const duckdb::FunctionExpression& function) {
  const duckdb::EntryLookupInfo lookup(duckdb::CatalogType::SCALAR_FUNCTION_ENTRY,
                                       function.function_name);
  const auto entry =
      duckdb::Catalog::GetEntry(context, function.catalog, function.schema, lookup,
                                duckdb::OnEntryNotFound::RETURN_NULL);
  // What it is nobody knows, or what a macro is made of.
  return entry == nullptr || entry->type != duckdb::CatalogType::SCALAR_FUNCTION_ENTRY;
}

/// Whether the value depends on nothing but columns of one row.
bool IsOfOneRow(duckdb::ClientContext& context, const ParsedExpression& expression) {
  switch (expression.GetExpressionClass()) {
    case duckdb::ExpressionClass::SUBQUERY:
    case duckdb::ExpressionClass::WINDOW:
    case duckdb::ExpressionClass::STAR:
    case duckdb::ExpressionClass::PARAMETER:
    case duckdb::ExpressionClass::DEFAULT:
      return false;
    case duckdb::ExpressionClass::FUNCTION:
      if (IsAggregate(context, expression.Cast<duckdb::FunctionExpression>())) {
        return false;
      }
      break;
    default:
      break;
  }
  bool is_of_one_row = true;
  duckdb::ParsedExpressionIterator::EnumerateChildren(
      expression, [&](const ParsedExpression& child) {
        is_of_one_row = is_of_one_row && IsOfOneRow(context, child);
      });
  return is_of_one_row;
}

/// Collects the tables of inner joins, in their order; false for anything else.
bool CollectTables(duckdb::ClientContext& context, TableRef& ref,
                   std::vector<BaseTableRef*>* tables) {
  if (ref.sample != nullptr) {
    return false;
  }
  if (ref.type == duckdb::TableReferenceType::BASE_TABLE) {
    auto& table = ref.Cast<BaseTableRef>();
    tables->push_back(&table);
    return table.at_clause == nullptr;
  }
  if (ref.type != duckdb::TableReferenceType::JOIN) {
    return false;
  }
  auto& join = ref.Cast<duckdb::JoinRef>();
  const bool is_plain = join.ref_type == duckdb::JoinRefType::CROSS ||
                        (join.ref_type == duckdb::JoinRefType::REGULAR &&
                         join.type == duckdb::JoinType::INNER);
  return is_plain &&
         (join.condition == nullptr || IsOfOneRow(context, *join.condition)) &&
         CollectTables(context, *join.left, tables) &&
         CollectTables(context, *join.right, tables);
}

/// The SELECT of filters, projections and inner joins that `query` is; nullptr if it is
/// more.
SelectNode* PlainSelect(duckdb::ClientContext& context, duckdb::SelectStatement& query,
                        std::vector<BaseTableRef*>* tables) {
  if (query.node->type != duckdb::QueryNodeType::SELECT_NODE) {
    return nullptr;
  }
  auto& select = query.node->Cast<SelectNode>();
  const bool is_plain =
      select.modifiers.empty() && select.cte_map.map.empty() &&
      select.having == nullptr && select.qualify == nullptr && select.sample == nullptr &&
      select.groups.grouping_sets.size() <= 1 && select.from_table != nullptr &&
      (select.where_clause == nullptr || IsOfOneRow(context, *select.where_clause)) &&
      CollectTables(context, *select.from_table, tables);
  return is_plain ? &select : nullptr;
}

enum class ItemKind : uint8_t { kValue, kSum, kMin, kMax };

/// How a column of the result is put together from parts of it; unset if it cannot be.
std::optional<ItemKind> KindOf(duckdb::ClientContext& context,
                               const ParsedExpression& item) {
  if (IsOfOneRow(context, item)) {
    return ItemKind::kValue;
  }
  if (item.GetExpressionClass() != duckdb::ExpressionClass::FUNCTION) {
    return std::nullopt;
  }
  const auto& function = item.Cast<duckdb::FunctionExpression>();
  const bool is_plain =
      !function.distinct &&
      (function.order_bys == nullptr || function.order_bys->orders.empty()) &&
      (function.filter == nullptr || IsOfOneRow(context, *function.filter)) &&
      std::ranges::all_of(function.children, [&](const auto& child) {
        return child->GetExpressionClass() == duckdb::ExpressionClass::STAR ||
               IsOfOneRow(context, *child);
      });
  if (!is_plain) {
    return std::nullopt;
  }
  const std::string name = FoldName(function.function_name);
  constexpr std::array kSums = {"count", "count_star", "sum", "count_if"};
  if (std::ranges::find(kSums, name) != kSums.end()) {
    return ItemKind::kSum;
  }
  if ((name == "min" || name == "max") && function.children.size() == 1) {
    return name == "min" ? ItemKind::kMin : ItemKind::kMax;
  }
  return std::nullopt;
}

/// Of whose values several are equal, or whose sums depend on the order.
bool IsInexact(const iceberg::Type& type) {
  return type.id() == iceberg::TypeId::kFloat || type.id() == iceberg::TypeId::kDouble ||
         type.is_nested();
}

/// The items of the query's select list; unset if they cannot be put together.
std::optional<std::vector<ItemKind>> ItemKinds(duckdb::ClientContext& context,
                                               const SelectNode& select,
                                               const iceberg::Schema& storage) {
  if (select.select_list.size() != storage.fields().size()) {
    return std::nullopt;  // a star, which has as many columns as the tables have today
  }
  std::vector<ItemKind> kinds;
  for (const auto& item : select.select_list) {
    const auto kind = KindOf(context, *item);
    if (!kind.has_value()) {
      return std::nullopt;
    }
    kinds.push_back(*kind);
  }
  return kinds;
}

/// The item that an expression of GROUP BY is; the list's size if it is none.
size_t ItemOf(const SelectNode& select, const ParsedExpression& key) {
  if (key.GetExpressionClass() == duckdb::ExpressionClass::CONSTANT) {
    const auto& value = key.Cast<duckdb::ConstantExpression>().value;
    if (value.type().IsIntegral()) {
      const auto ordinal = value.GetValue<int64_t>();
      const auto size = static_cast<int64_t>(select.select_list.size());
      return ordinal >= 1 && ordinal <= size ? static_cast<size_t>(ordinal - 1)
                                             : select.select_list.size();
    }
  }
  for (size_t i = 0; i < select.select_list.size(); ++i) {
    if (select.select_list[i]->Equals(key)) {
      return i;
    }
  }
  return select.select_list.size();
}

/// Whether parts of an aggregation can be put together: each key is a column of the
/// result, each other column an aggregate.
bool CanMerge(const SelectNode& select, const std::vector<ItemKind>& kinds,
              const iceberg::Schema& storage) {
  std::vector<bool> is_key(kinds.size(), false);
  for (const auto& key : select.groups.group_expressions) {
    const size_t item = ItemOf(select, *key);
    if (item == kinds.size()) {
      return false;
    }
    is_key[item] = true;
  }
  for (size_t i = 0; i < kinds.size(); ++i) {
    const bool is_value = kinds[i] == ItemKind::kValue;
    if (is_value != is_key[i] || IsInexact(storage.fields()[i].type)) {
      return false;
    }
  }
  return true;
}

// ---- What has changed

/// One occurrence of a table in the query.
struct BaseTable {
  std::optional<SnapshotId> before = {};  // unset: it had no rows
  bool has_grown = false;
};

/// Unset if the table has changed otherwise than by appends.
Result<std::optional<BaseTable>> GrowthOf(duckdb::ClientContext& context,
                                          const BaseTableRef& ref,
                                          const RefreshState& state) {
  const duckdb::EntryLookupInfo lookup(duckdb::CatalogType::TABLE_ENTRY, ref.table_name);
  const auto entry =
      duckdb::Catalog::GetEntry(context, ref.catalog_name, ref.schema_name, lookup,
                                duckdb::OnEntryNotFound::RETURN_NULL);
  const auto* const table =
      entry == nullptr ? nullptr : dynamic_cast<const TableEntry*>(entry.get());
  if (table == nullptr || table->metadata() == nullptr) {
    return std::optional<BaseTable>();
  }
  const std::string& catalog = table->ParentCatalog().GetName();
  const auto source = std::ranges::find_if(state.sources, [&](const RefreshSource& read) {
    return read.catalog == catalog && read.ident == table->ident();
  });
  const iceberg::TableMetadata& metadata = *table->metadata();
  if (source == state.sources.end() || source->uuid != metadata.table_uuid ||
      source->schema_id != metadata.current_schema_id.value) {
    return std::optional<BaseTable>();
  }
  const auto since = SnapshotsAfter(metadata, source->snapshot_id);
  if (!since.has_value()) {
    return std::optional<BaseTable>();
  }
  BaseTable base{.before = source->snapshot_id};
  for (const iceberg::Snapshot* snapshot : *since) {
    if (snapshot->operation != "append" && snapshot->operation != "replace") {
      return std::optional<BaseTable>();
    }
    base.has_grown = base.has_grown || snapshot->operation == "append";
  }
  return std::optional(base);
}

void SetState(BaseTableRef* table, const std::string& unit, SnapshotId id) {
  table->at_clause = duckdb::make_uniq<duckdb::AtClause>(
      unit,
      duckdb::make_uniq<duckdb::ConstantExpression>(duckdb::Value::BIGINT(id.value)));
}

/// The query with occurrence `grown` reduced to the rows that were appended, the tables
/// before it as they are and those behind it as they were: the sum of these over all
/// occurrences is what the query's rows have grown by. nullptr: there are none.
Owned<duckdb::SelectStatement> Term(duckdb::ClientContext& context,
                                    const duckdb::SelectStatement& query,
                                    const std::vector<BaseTable>& bases, size_t grown) {
  auto term = duckdb::unique_ptr_cast<duckdb::SQLStatement, duckdb::SelectStatement>(
      query.Copy());
  std::vector<BaseTableRef*> tables;
  PlainSelect(context, *term, &tables);
  for (size_t i = grown; i < tables.size(); ++i) {
    if (i > grown && !bases[i].before.has_value()) {
      return nullptr;  // it was empty
    }
    if (i > grown && bases[i].has_grown) {
      SetState(tables[i], "version", *bases[i].before);
    }
    if (i == grown && bases[i].before.has_value()) {
      SetState(tables[i], kAppendedAfterUnit, *bases[i].before);
    }
  }
  return term;
}

// ---- Putting it together

Owned<duckdb::SelectStatement> UnionAll(
    std::vector<Owned<duckdb::SelectStatement>> parts) {
  if (parts.size() == 1) {
    return std::move(parts[0]);
  }
  auto node = duckdb::make_uniq<duckdb::SetOperationNode>();
  node->setop_type = duckdb::SetOperationType::UNION;
  node->setop_all = true;
  for (auto& part : parts) {
    node->children.push_back(std::move(part->node));
  }
  auto all = duckdb::make_uniq<duckdb::SelectStatement>();
  all->node = std::move(node);
  return all;
}

Owned<duckdb::SelectStatement> Parsed(const std::string& text) {
  duckdb::Parser parser;
  parser.ParseQuery(text);
  return duckdb::unique_ptr_cast<duckdb::SQLStatement, duckdb::SelectStatement>(
      std::move(parser.statements.at(0)));
}

/// The rows that are there and `parts`, aggregated once more.
Owned<duckdb::SelectStatement> Merged(const std::vector<ItemKind>& kinds,
                                      const iceberg::TableMetadata& storage,
                                      const StorageName& name,
                                      std::vector<Owned<duckdb::SelectStatement>> parts) {
  std::string items;
  std::string keys;
  std::string columns;
  for (size_t i = 0; i < kinds.size(); ++i) {
    const std::string column = QuoteIdentifier(storage.schema().fields()[i].name);
    constexpr const char* kCalls[] = {"", "sum", "min", "max"};
    const std::string call = kCalls[static_cast<size_t>(kinds[i])];
    items += (i == 0 ? "" : ", ") + (call.empty() ? column : call + "(" + column + ")");
    columns += (i == 0 ? "" : ", ") + column;
    if (call.empty()) {
      keys += (keys.empty() ? " GROUP BY " : ", ") + column;
    }
  }
  const std::string table = QuoteIdentifier(name.catalog) + "." +
                            QuoteIdentifier(name.schema) + "." +
                            QuoteIdentifier(name.table);
  std::vector<Owned<duckdb::SelectStatement>> all;
  if (storage.current_snapshot_id.has_value()) {
    all.push_back(Parsed("SELECT " + columns + " FROM " + table + " AT (VERSION => " +
                         std::to_string(storage.current_snapshot_id->value) + ")"));
  } else {
    all.push_back(Parsed("SELECT " + columns + " FROM " + table));
  }
  std::ranges::move(parts, std::back_inserter(all));
  auto merged = Parsed("SELECT " + items + " FROM (SELECT 1)" + keys);
  merged->node->Cast<SelectNode>().from_table =
      duckdb::make_uniq<duckdb::SubqueryRef>(UnionAll(std::move(all)), "parts");
  return merged;
}

}  // namespace

bool ReadsOthers(duckdb::ClientContext& context, const duckdb::SelectStatement& query) {
  bool reads_others = false;
  auto copy = duckdb::unique_ptr_cast<duckdb::SQLStatement, duckdb::SelectStatement>(
      query.Copy());
  VisitTables(*copy, [&](BaseTableRef& table) {
    duckdb::optional_ptr<duckdb::Catalog> catalog =
        duckdb::Catalog::GetCatalogEntry(context, table.catalog_name);
    reads_others = reads_others || !catalog || AttachedCatalog::From(*catalog) == nullptr;
  });
  return reads_others;
}

Result<std::optional<DeltaRefresh>> PlanDelta(duckdb::ClientContext& context,
                                              const duckdb::SelectStatement& query,
                                              const RefreshState& state,
                                              const iceberg::TableMetadata& storage,
                                              const StorageName& name) {
  auto copy = duckdb::unique_ptr_cast<duckdb::SQLStatement, duckdb::SelectStatement>(
      query.Copy());
  std::vector<BaseTableRef*> tables;
  const SelectNode* const select = PlainSelect(context, *copy, &tables);
  if (select == nullptr || state.reads_others) {
    return std::optional<DeltaRefresh>();
  }
  const auto kinds = ItemKinds(context, *select, storage.schema());
  if (!kinds.has_value()) {
    return std::optional<DeltaRefresh>();
  }
  const bool aggregates =
      !select->groups.group_expressions.empty() ||
      std::ranges::any_of(*kinds, [](ItemKind kind) { return kind != ItemKind::kValue; });
  if (aggregates && !CanMerge(*select, *kinds, storage.schema())) {
    return std::optional<DeltaRefresh>();
  }
  if (!aggregates &&
      (select->select_list.empty() ||
       select->aggregate_handling != duckdb::AggregateHandling::STANDARD_HANDLING)) {
    return std::optional<DeltaRefresh>();
  }
  std::vector<BaseTable> bases;
  for (const BaseTableRef* table : tables) {
    ARROW_ASSIGN_OR_RAISE(const auto base, GrowthOf(context, *table, state));
    if (!base.has_value()) {
      return std::optional<DeltaRefresh>();
    }
    bases.push_back(*base);
  }
  std::vector<Owned<duckdb::SelectStatement>> terms;
  for (size_t i = 0; i < bases.size(); ++i) {
    auto term = bases[i].has_grown ? Term(context, query, bases, i) : nullptr;
    if (term != nullptr) {
      terms.push_back(std::move(term));
    }
  }
  DeltaRefresh delta;
  if (!terms.empty()) {
    delta.kind = aggregates ? RefreshKind::kMerge : RefreshKind::kAppend;
    delta.rows = aggregates ? Merged(*kinds, storage, name, std::move(terms))
                            : UnionAll(std::move(terms));
  }
  return std::optional(std::move(delta));
}

}  // namespace tarn::engine
