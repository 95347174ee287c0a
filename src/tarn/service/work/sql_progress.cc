#include "tarn/service/work/sql_progress.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/catalog/catalog.h"
#include "tarn/catalog/find_table.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/service/work/job_snapshot.h"

namespace tarn::service {
namespace {

constexpr std::string_view kBlank = " \t\r\n(";

/// What follows blanks, parentheses and comments.
std::string_view SkipToWord(std::string_view text) {
  for (;;) {
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(kBlank)));
    if (text.starts_with("--")) {
      text.remove_prefix(std::min(text.size(), text.find('\n')));
    } else if (text.starts_with("/*")) {
      const size_t end = text.find("*/", 2);
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
    } else {
      return text;
    }
  }
}

/// The first word in capitals, taken off `*text`; empty if there is none.
std::string TakeWord(std::string_view* text) {
  *text = SkipToWord(*text);
  std::string word;
  while (!text->empty() &&
         (std::isalpha(static_cast<unsigned char>(text->front())) != 0 ||
          text->front() == '_')) {
    word += static_cast<char>(std::toupper(static_cast<unsigned char>(text->front())));
    text->remove_prefix(1);
  }
  return word;
}

bool Holds(std::string_view text, std::string_view word) {
  const auto same = [](char a, char b) {
    return std::toupper(static_cast<unsigned char>(a)) == b;
  };
  return std::search(text.begin(), text.end(), word.begin(), word.end(), same) !=
         text.end();
}

/// CREATE [OR REPLACE] TABLE commits as rows do; what else is made leaves no snapshot.
StatementNature NatureOfCreate(std::string_view rest) {
  std::string word = TakeWord(&rest);
  if (word == "OR" && TakeWord(&rest) == "REPLACE") {
    word = TakeWord(&rest);
  }
  return word == "TABLE" ? StatementNature::kWritesRows : StatementNature::kOther;
}

/// The statement that an attempt begins with which redoes `statement`: the BEGIN of its
/// transaction, if it is in one.
size_t BeginOf(const std::vector<std::string>& statements, size_t statement) {
  size_t begin = statement;
  bool is_open = false;
  for (size_t i = 0; i < statement; ++i) {
    const StatementNature nature = NatureOf(statements[i]);
    if (nature == StatementNature::kBegins) {
      begin = i;
      is_open = true;
    } else if (nature == StatementNature::kEnds) {
      is_open = false;
    }
  }
  return is_open ? begin : statement;
}

Result<const LakeWarehouse*> WarehouseOf(const Lake& lake, const std::string& catalog) {
  constexpr std::string_view kDefaultCatalog = "iceberg";
  return lake.Find(catalog == kDefaultCatalog ? "" : catalog);
}

/// Whether the statement's commit, which changed `table` among others, was made: all of
/// its tables were committed, or none.
Result<bool> WasCommitted(const Lake& lake, const std::string& job_id, size_t statement,
                          const engine::TableToCommit& table) {
  const Result<const LakeWarehouse*> warehouse = WarehouseOf(lake, table.catalog);
  if (!warehouse.ok() || table.ident.name.empty()) {
    return MakeError(
        ErrorCode::kUnavailable,
        fmt::format(
            "The server ended while statement {} was committed in the catalog {}, "
            "and nothing here shows whether it was. Look there, then send what "
            "is left again",
            statement + 1, table.catalog));
  }
  catalog::Catalog& catalog = (*warehouse)->context.catalog;
  if (!table.new_table_uuid.empty()) {
    ARROW_ASSIGN_OR_RAISE(const auto found, catalog::FindTable(catalog, table.ident));
    return found && found->metadata->table_uuid == table.new_table_uuid;
  }
  ARROW_ASSIGN_OR_RAISE(
      const auto found,
      FindJobSnapshot(catalog, table.ident, job_id,
                      {{kJobStatementProperty, std::to_string(statement + 1)}}));
  return found.has_value();
}

}  // namespace

StatementNature NatureOf(std::string_view statement) {
  using enum StatementNature;
  constexpr std::array<std::pair<std::string_view, StatementNature>, 27> kNatures = {{
      {"SELECT", kReads},        {"VALUES", kReads},      {"TABLE", kReads},
      {"FROM", kReads},          {"SHOW", kReads},        {"DESCRIBE", kReads},
      {"DESC", kReads},          {"SUMMARIZE", kReads},   {"USE", kSession},
      {"SET", kSession},         {"RESET", kSession},     {"PREPARE", kSession},
      {"DEALLOCATE", kSession},  {"INSERT", kWritesRows}, {"UPDATE", kWritesRows},
      {"DELETE", kWritesRows},   {"MERGE", kWritesRows},  {"WITH", kWritesRows},
      {"TRUNCATE", kWritesRows}, {"BEGIN", kBegins},      {"START", kBegins},
      {"COMMIT", kEnds},         {"END", kEnds},          {"ROLLBACK", kEnds},
      {"ABORT", kEnds},          {"EXPLAIN", kReads},     {"CREATE", kOther},
  }};
  std::string_view rest = statement;
  const std::string word = TakeWord(&rest);
  if (word == "CREATE") {
    return NatureOfCreate(rest);
  }
  // Functions of databases that are reached through SQL run statements there.
  const bool runs_elsewhere =
      Holds(statement, "_EXECUTE(") || Holds(statement, "_QUERY(");
  const bool runs_what_it_explains = word == "EXPLAIN" && Holds(statement, "ANALYZE");
  if (runs_elsewhere || runs_what_it_explains) {
    return kOther;
  }
  const auto found = std::ranges::find(
      kNatures, word, &std::pair<std::string_view, StatementNature>::first);
  return found == kNatures.end() ? kOther : found->second;
}

Json SqlMemoryToJson(const SqlMemory& memory) {
  Json tables = Json::array();
  for (const engine::TableToCommit& table : memory.tables) {
    tables.push_back({{"catalog", table.catalog},
                      {"namespace", table.ident.ns.levels},
                      {"table", table.ident.name},
                      {"new_uuid", table.new_table_uuid}});
  }
  return {{"statement", memory.statement},
          {"rows_changed", memory.rows_changed},
          {"tables", std::move(tables)}};
}

Result<SqlMemory> SqlMemoryFromJson(const Json& json) {
  SqlMemory memory;
  ARROW_ASSIGN_OR_RAISE(const auto fields, JsonFields::Make(json, "job's memory"));
  ARROW_ASSIGN_OR_RAISE(const int64_t statement, fields.Int64("statement"));
  if (statement < 0) {
    return MakeError(ErrorCode::kInvalidData, "A job's memory counts statements from 0");
  }
  memory.statement = static_cast<size_t>(statement);
  ARROW_ASSIGN_OR_RAISE(memory.rows_changed, fields.Int64("rows_changed"));
  ARROW_ASSIGN_OR_RAISE(const Json* const tables, fields.Array("tables"));
  for (const Json& element : *tables) {
    engine::TableToCommit table;
    ARROW_ASSIGN_OR_RAISE(const auto members,
                          JsonFields::Make(element, "job's table to commit"));
    ARROW_ASSIGN_OR_RAISE(table.catalog, members.String("catalog"));
    ARROW_ASSIGN_OR_RAISE(table.ident.name, members.String("table"));
    ARROW_ASSIGN_OR_RAISE(const Json* const levels, members.Array("namespace"));
    ARROW_ASSIGN_OR_RAISE(table.ident.ns.levels, StringArray(*levels, "namespace"));
    ARROW_ASSIGN_OR_RAISE(table.new_table_uuid, members.String("new_uuid"));
    memory.tables.push_back(std::move(table));
  }
  return memory;
}

Result<size_t> FirstStatementToDo(const Lake& lake, const std::string& job_id,
                                  const std::vector<std::string>& statements,
                                  const Json& memory) {
  if (memory.is_null()) {
    return 0;
  }
  ARROW_ASSIGN_OR_RAISE(const SqlMemory seen, SqlMemoryFromJson(memory));
  const size_t last = std::min(seen.statement, statements.size() - 1);
  if (!seen.tables.empty()) {
    ARROW_ASSIGN_OR_RAISE(
        const bool was_committed,
        WasCommitted(lake, job_id, seen.statement, seen.tables.front()));
    return was_committed ? last + 1 : BeginOf(statements, last);
  }
  const size_t begin = BeginOf(statements, last);
  for (size_t i = begin; i <= last; ++i) {
    if (NatureOf(statements[i]) == StatementNature::kOther) {
      return MakeError(
          ErrorCode::kUnavailable,
          fmt::format(
              "The server ended during statement {} of {}: those before are done, "
              "and nothing shows whether this one is. Look at what it changes, "
              "then send it and what follows it again",
              last + 1, statements.size()));
    }
  }
  return begin;
}

}  // namespace tarn::service
