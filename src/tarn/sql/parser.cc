#include "tarn/sql/parser.h"

#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/sql/alter_parser.h"
#include "tarn/sql/clauses.h"
#include "tarn/sql/token_stream.h"
#include "tarn/sql/type_name.h"

namespace tarn::sql {
namespace {

class StatementParser {
 public:
  StatementParser(std::string_view sql, std::vector<Token> tokens)
      : sql_(sql), tokens_(std::move(tokens)) {}

  Result<std::optional<Statement>> Parse() {
    if (tokens_.TakeKeywords({"create"})) {
      return ParseCreate();
    }
    if (tokens_.TakeKeywords({"show"})) {
      return ParseShow();
    }
    if (tokens_.TakeKeywords({"alter", "table"})) {
      ARROW_ASSIGN_OR_RAISE(auto alter, ParseAlterTable(sql_, tokens_));
      if (!alter.has_value()) {
        return std::optional<Statement>();
      }
      return std::optional<Statement>(*std::move(alter));
    }
    if (tokens_.PeekKeyword("describe") || tokens_.PeekKeyword("desc")) {
      return ParseDescribe();
    }
    return std::optional<Statement>();
  }

 private:
  template <typename T>
  Result<std::optional<Statement>> Finish(T statement) {
    while (tokens_.TakeSymbol(";")) {
    }
    if (!tokens_.AtEnd()) {
      return tokens_.Mismatch("<EOF>");
    }
    return std::optional<Statement>(std::move(statement));
  }

  Result<std::optional<Statement>> ParseCreate() {
    IfExists if_exists =
        tokens_.TakeKeywords({"or", "replace"}) ? IfExists::kReplace : IfExists::kFail;
    if (tokens_.TakeKeywords({"schema"}) || tokens_.TakeKeywords({"namespace"}) ||
        tokens_.TakeKeywords({"database"})) {
      return ParseCreateSchema(if_exists);
    }
    if (!tokens_.TakeKeywords({"table"})) {
      return std::optional<Statement>();
    }
    if (tokens_.TakeKeywords({"if", "not", "exists"})) {
      if_exists = IfExists::kSkip;
    }
    CreateTable table{.name = {}, .if_exists = if_exists};
    Status status = ParseCreateTable(&table);
    // The engine's grammar has forms of its own (PRIMARY KEY, generated columns,
    // FROM-first queries): what ours does not take is read by it, unless a clause makes
    // it surely ours.
    if (!status.ok() && !saw_own_clause_) {
      return std::optional<Statement>();
    }
    RETURN_NOT_OK(status);
    return std::optional<Statement>(std::move(table));
  }

  Result<std::optional<Statement>> ParseCreateSchema(IfExists if_exists) {
    CreateSchema schema{.name = {}, .if_exists = if_exists};
    if (tokens_.TakeKeywords({"if", "not", "exists"})) {
      schema.if_exists = IfExists::kSkip;
    }
    ARROW_ASSIGN_OR_RAISE(schema.name, tokens_.ExpectQualifiedName());
    if (tokens_.TakeKeywords({"location"})) {
      ARROW_ASSIGN_OR_RAISE(schema.properties["location"], tokens_.ExpectString());
    }
    if (tokens_.TakeKeywords({"with", "dbproperties"}) ||
        tokens_.TakeKeywords({"with"})) {
      RETURN_NOT_OK(ParseProperties(tokens_, &schema.properties));
    }
    return Finish(std::move(schema));
  }

  Status ParseCreateTable(CreateTable* table) {
    ARROW_ASSIGN_OR_RAISE(table->name, tokens_.ExpectQualifiedName());
    if (tokens_.PeekSymbol("(") && !tokens_.PeekKeyword("select", 1) &&
        !tokens_.PeekKeyword("with", 1)) {
      tokens_.Take();
      RETURN_NOT_OK(ParseColumns(table));
    }
    RETURN_NOT_OK(ParseTableClauses(table));
    if (tokens_.TakeKeywords({"as"})) {
      RETURN_NOT_OK(TakeQuery(table));
    } else if (table->columns.empty()) {
      return tokens_.Mismatch("'(' or 'AS'");
    }
    while (tokens_.TakeSymbol(";")) {
    }
    if (!tokens_.AtEnd()) {
      return tokens_.Mismatch("<EOF>");
    }
    return TakeKnownProperties(table);
  }

  Status ParseColumns(CreateTable* table) {
    do {
      ColumnDefinition column;
      ARROW_ASSIGN_OR_RAISE(column.name, tokens_.ExpectName());
      ARROW_ASSIGN_OR_RAISE(column.type, ParseTypeName(tokens_));
      for (;;) {
        if (tokens_.TakeKeywords({"not", "null"})) {
          column.required = true;
        } else if (tokens_.TakeKeywords({"comment"})) {
          saw_own_clause_ = true;
          ARROW_ASSIGN_OR_RAISE(column.comment, tokens_.ExpectString());
        } else if (tokens_.TakeKeywords({"default"})) {
          ARROW_ASSIGN_OR_RAISE(column.default_text, TakeDefault(sql_, tokens_));
        } else if (!tokens_.TakeKeywords({"null"})) {
          break;
        }
      }
      table->columns.push_back(std::move(column));
    } while (tokens_.TakeSymbol(","));
    return tokens_.ExpectSymbol(")");
  }

  /// COMMENT '…' | PARTITIONED BY (…) | WITH (…) | TBLPROPERTIES (…) | LOCATION '…' |
  /// USING iceberg, in any order.
  Status ParseTableClauses(CreateTable* table) {
    for (;;) {
      if (tokens_.TakeKeywords({"comment"})) {
        saw_own_clause_ = true;
        ARROW_ASSIGN_OR_RAISE(table->comment, tokens_.ExpectString());
      } else if (tokens_.TakeKeywords({"partitioned", "by"})) {
        saw_own_clause_ = true;
        RETURN_NOT_OK(ParsePartitionedBy(table));
      } else if (tokens_.PeekKeyword("tblproperties") || tokens_.PeekKeyword("with")) {
        saw_own_clause_ = true;
        table->keeps_unknown |= tokens_.PeekKeyword("tblproperties");
        tokens_.Take();
        RETURN_NOT_OK(ParseProperties(tokens_, &table->properties));
      } else if (tokens_.TakeKeywords({"location"})) {
        saw_own_clause_ = true;
        ARROW_ASSIGN_OR_RAISE(table->properties["location"], tokens_.ExpectString());
      } else if (tokens_.TakeKeywords({"using"})) {
        saw_own_clause_ = true;
        RETURN_NOT_OK(tokens_.ExpectKeyword("iceberg"));
      } else {
        return Status::OK();
      }
    }
  }

  Status ParsePartitionedBy(CreateTable* table) {
    RETURN_NOT_OK(tokens_.ExpectSymbol("("));
    do {
      ARROW_ASSIGN_OR_RAISE(std::string term, TakeTerm(sql_, tokens_));
      table->partitioning.push_back(std::move(term));
    } while (tokens_.TakeSymbol(","));
    return tokens_.ExpectSymbol(")");
  }

  Status TakeQuery(CreateTable* table) {
    const size_t start = tokens_.Peek().offset;
    size_t end = start;
    while (!tokens_.AtEnd() && !tokens_.PeekSymbol(";")) {
      if (tokens_.PeekKeyword("with") &&
          (tokens_.PeekKeyword("data", 1) || tokens_.PeekKeyword("no", 1)) &&
          end > start) {
        const size_t before = tokens_.position();
        const bool data = tokens_.TakeKeywords({"with", "data"});
        if (data || tokens_.TakeKeywords({"with", "no", "data"})) {
          if (tokens_.AtEnd() || tokens_.PeekSymbol(";")) {
            table->with_data = data;
            break;
          }
          tokens_.Rewind(before);
        }
      }
      end = tokens_.Take().end;
    }
    if (end == start) {
      return tokens_.Mismatch("<query>");
    }
    table->query = std::string(sql_.substr(start, end - start));
    return Status::OK();
  }

  static Status TakeList(CreateTable* table, const std::string& key,
                         std::vector<std::string>* into) {
    const auto found = table->properties.find(key);
    if (found == table->properties.end()) {
      return Status::OK();
    }
    if (const auto* list = std::get_if<std::vector<std::string>>(&found->second)) {
      into->insert(into->end(), list->begin(), list->end());
    } else {
      into->push_back(std::get<std::string>(found->second));
    }
    table->properties.erase(found);
    return Status::OK();
  }

  static Status TakeKnownProperties(CreateTable* table) {
    if (!table->partitioning.empty() && table->properties.contains("partitioning")) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "partitioning is given twice: use PARTITIONED BY or WITH "
                       "(partitioning = …), not both");
    }
    RETURN_NOT_OK(TakeList(table, "partitioning", &table->partitioning));
    return TakeList(table, "sorted_by", &table->sorted_by);
  }

  Result<std::optional<std::string>> ParseLike() {
    std::optional<std::string> like;
    if (tokens_.TakeKeywords({"like"})) {
      ARROW_ASSIGN_OR_RAISE(like, tokens_.ExpectString());
    }
    return like;
  }

  bool TakeFrom() {
    return tokens_.TakeKeywords({"from"}) || tokens_.TakeKeywords({"in"});
  }

  Result<std::optional<Statement>> ParseShow() {
    if (tokens_.TakeKeywords({"catalogs"})) {
      ShowCatalogs show;
      ARROW_ASSIGN_OR_RAISE(show.like, ParseLike());
      return Finish(std::move(show));
    }
    if (tokens_.TakeKeywords({"schemas"}) || tokens_.TakeKeywords({"namespaces"})) {
      ShowSchemas show;
      if (TakeFrom()) {
        ARROW_ASSIGN_OR_RAISE(show.catalog, tokens_.ExpectName());
      }
      ARROW_ASSIGN_OR_RAISE(show.like, ParseLike());
      return Finish(std::move(show));
    }
    if (tokens_.TakeKeywords({"tables"})) {
      ShowTables show;
      if (TakeFrom()) {
        ARROW_ASSIGN_OR_RAISE(show.schema, tokens_.ExpectQualifiedName());
      }
      ARROW_ASSIGN_OR_RAISE(show.like, ParseLike());
      return Finish(std::move(show));
    }
    if (tokens_.TakeKeywords({"columns"})) {
      if (!TakeFrom()) {
        return tokens_.Mismatch("'FROM' or 'IN'");
      }
      DescribeTable describe;
      ARROW_ASSIGN_OR_RAISE(describe.table, tokens_.ExpectQualifiedName());
      return Finish(std::move(describe));
    }
    if (tokens_.TakeKeywords({"create", "table"})) {
      ShowCreateTable show;
      ARROW_ASSIGN_OR_RAISE(show.table, tokens_.ExpectQualifiedName());
      return Finish(std::move(show));
    }
    return std::optional<Statement>();  // the engine's own SHOW forms
  }

  Result<std::optional<Statement>> ParseDescribe() {
    tokens_.Take();
    const TokenKind next = tokens_.Peek().kind;
    const bool query = tokens_.PeekKeyword("select") || tokens_.PeekKeyword("with") ||
                       tokens_.PeekKeyword("from") || tokens_.PeekKeyword("values") ||
                       tokens_.PeekKeyword("table");
    if (query || (next != TokenKind::kWord && next != TokenKind::kQuotedName)) {
      return std::optional<Statement>();
    }
    DescribeTable describe;
    ARROW_ASSIGN_OR_RAISE(describe.table, tokens_.ExpectQualifiedName());
    if (tokens_.PeekSymbol("(")) {
      return std::optional<Statement>();  // DESCRIBE of a table function
    }
    return Finish(std::move(describe));
  }

  std::string_view sql_;
  TokenStream tokens_;
  bool saw_own_clause_ = false;
};

}  // namespace

Result<std::optional<Statement>> ParseStatement(std::string_view sql) {
  auto tokens = Tokenize(sql);
  if (!tokens.ok()) {
    return std::optional<Statement>();  // e.g. dollar quotes: the engine's own lexer
                                        // decides
  }
  return StatementParser(sql, *std::move(tokens)).Parse();
}

}  // namespace tarn::sql
