#include "tarn/ingest/postgres/selection.h"

#include <charconv>
#include <set>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/ingest/internal/source_options.h"
#include "tarn/ingest/postgres/type_lookup.h"

namespace tarn::ingest::postgres {
namespace {

/// What a name in SQL leads to.
struct Relation {
  std::string oid;
  std::string name;  // quoted, with its schema
  bool has_blocks = false;
};

Result<Relation> FindRelation(Connection& connection, const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(
      const auto rows,
      connection.Query("SELECT c.oid, n.nspname, c.relname, c.relkind FROM pg_class c "
                       "JOIN pg_namespace n ON n.oid = c.relnamespace "
                       "WHERE c.oid = to_regclass($1)",
                       {name}));
  if (rows.empty()) {
    return MakeError(ErrorCode::kNoSuchTable,
                     "PostgreSQL has no such table: " + name +
                         " (write schema.table, and \"Quoted\" where letters are large)");
  }
  const TextRow& row = rows.front();
  const std::string kind = row[3].value_or("");
  return Relation{.oid = row[0].value_or(""),
                  .name = Connection::Quoted(row[1].value_or("")) + "." +
                          Connection::Quoted(row[2].value_or("")),
                  .has_blocks = kind == "r" || kind == "p" || kind == "m"};
}

/// Of the largest of its partitions: a range of blocks is one in each of them.
Result<int64_t> BlocksOf(Connection& connection, const Relation& relation) {
  ARROW_ASSIGN_OR_RAISE(
      const auto rows,
      connection.Query("WITH RECURSIVE parts(part) AS (SELECT $1::oid UNION "
                       "SELECT inhrelid FROM pg_inherits JOIN parts ON inhparent = part) "
                       "SELECT coalesce(max(pg_relation_size(part::regclass)), 0) / "
                       "current_setting('block_size')::bigint FROM parts",
                       {relation.oid}));
  int64_t blocks = 0;
  const std::string text = rows.front()[0].value_or("0");
  std::from_chars(text.data(), text.data() + text.size(), blocks);
  return blocks;
}

Result<std::vector<DescribedColumn>> ColumnsOf(Connection& connection,
                                               const std::string& from) {
  ARROW_ASSIGN_OR_RAISE(auto columns, connection.Describe("SELECT * FROM " + from));
  if (columns.empty()) {
    return MakeError(ErrorCode::kInvalidArgument, "What is to be loaded has no columns");
  }
  std::set<std::string> names;
  for (const DescribedColumn& column : columns) {
    if (!names.insert(column.name).second) {
      return MakeError(
          ErrorCode::kInvalidArgument,
          "The query has two columns of one name, rename one: " + column.name);
    }
  }
  return columns;
}

}  // namespace

std::string Selection::Copy(const std::string& condition) const {
  return "COPY (" + select + (condition.empty() ? "" : " WHERE " + condition) +
         ") TO STDOUT (FORMAT binary)";
}

Result<Selection> Select(Connection& connection, const SelectionRequest& request) {
  if (request.table.empty() == request.query.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "A load from PostgreSQL takes a table or a query");
  }
  Selection selection;
  std::string from;
  if (request.query.empty()) {
    ARROW_ASSIGN_OR_RAISE(const Relation relation,
                          FindRelation(connection, request.table));
    from = relation.name;
    if (relation.has_blocks) {
      ARROW_ASSIGN_OR_RAISE(selection.num_blocks, BlocksOf(connection, relation));
    }
  } else {
    from = "(" + internal::WithoutSemicolon(request.query) + "\n) AS source";
  }
  ARROW_ASSIGN_OR_RAISE(const auto columns, ColumnsOf(connection, from));
  TypeLookup types(connection, request.numeric);
  std::string list;
  for (const DescribedColumn& column : columns) {
    ARROW_ASSIGN_OR_RAISE(ReadAs read, types.Find(column.type, column.modifier));
    list += (list.empty() ? "" : ", ") + Connection::Quoted(column.name) + read.cast;
    selection.columns.push_back({column.name, std::move(read.type)});
  }
  selection.select = "SELECT " + list + " FROM " + from;
  return selection;
}

}  // namespace tarn::ingest::postgres
