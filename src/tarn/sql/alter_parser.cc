#include "tarn/sql/alter_parser.h"

#include <array>
#include <charconv>
#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/sql/clauses.h"
#include "tarn/sql/type_name.h"

namespace tarn::sql {
namespace {

struct TimeUnit {
  std::string_view word;
  int64_t ms;
};
constexpr std::array<TimeUnit, 6> kTimeUnits = {{
    {"days", 86'400'000},
    {"day", 86'400'000},
    {"hours", 3'600'000},
    {"hour", 3'600'000},
    {"minutes", 60'000},
    {"minute", 60'000},
}};

class AlterParser {
 public:
  AlterParser(std::string_view sql, TokenStream& tokens) : sql_(sql), tokens_(tokens) {}

  Result<std::optional<AlterTable>> Parse() {
    const Status status = ParseStatement();
    if (status.ok() && !alter_.actions.empty()) {
      return std::optional<AlterTable>(std::move(alter_));
    }
    if (!status.ok() && is_ours_) {
      return status;
    }
    return std::optional<AlterTable>();
  }

 private:
  Status ParseStatement() {
    alter_.if_exists = tokens_.TakeKeywords({"if", "exists"});
    ARROW_ASSIGN_OR_RAISE(alter_.table, tokens_.ExpectQualifiedName());
    RETURN_NOT_OK(ParseActions());
    while (tokens_.TakeSymbol(";")) {
    }
    return tokens_.AtEnd() ? Status::OK() : tokens_.Mismatch("<EOF>");
  }

  template <typename Action>
  Status Push(Action action) {
    alter_.actions.emplace_back(std::move(action));
    return Status::OK();
  }

  Status ParseActions() {
    if (tokens_.TakeKeywords({"add"})) {
      return ParseAdd();
    }
    if (tokens_.TakeKeywords({"drop"})) {
      return ParseDrop();
    }
    if (tokens_.TakeKeywords({"rename"})) {
      return ParseRename();
    }
    if (tokens_.TakeKeywords({"alter"})) {
      return ParseAlterColumn();
    }
    if (tokens_.TakeKeywords({"set"})) {
      return ParseSet();
    }
    if (tokens_.TakeKeywords({"unset", "tblproperties"})) {
      return ParseUnset();
    }
    if (tokens_.TakeKeywords({"write"})) {
      return ParseWrite();
    }
    if (tokens_.PeekKeyword("create") || tokens_.PeekKeyword("replace")) {
      return ParseCreateOrReplace();
    }
    return Status::OK();  // none of ours
  }

  Status ParseAdd() {
    if (tokens_.TakeKeywords({"partition", "field"})) {
      is_ours_ = true;
      alter::AddPartitionField add;
      ARROW_ASSIGN_OR_RAISE(add.term, TakeTerm(sql_, tokens_, {"as"}));
      RETURN_NOT_OK(ParseAs(&add.name));
      return Push(std::move(add));
    }
    if (tokens_.TakeKeywords({"columns"})) {
      is_ours_ = true;
      const bool in_parentheses = tokens_.TakeSymbol("(");
      do {
        RETURN_NOT_OK(ParseAddColumn(/*if_not_exists=*/false));
      } while (tokens_.TakeSymbol(","));
      return in_parentheses ? tokens_.ExpectSymbol(")") : Status::OK();
    }
    tokens_.TakeKeywords({"column"});
    return ParseAddColumn(tokens_.TakeKeywords({"if", "not", "exists"}));
  }

  Status ParseAddColumn(bool if_not_exists) {
    alter::AddColumn add{.path = {}, .column = {}, .if_not_exists = if_not_exists};
    ARROW_ASSIGN_OR_RAISE(add.path, tokens_.ExpectQualifiedName());
    add.column.name = add.path.parts.back();
    ARROW_ASSIGN_OR_RAISE(add.column.type, ParseTypeName(tokens_));
    for (;;) {
      if (tokens_.TakeKeywords({"not", "null"})) {
        add.column.required = true;
      } else if (tokens_.TakeKeywords({"comment"})) {
        is_ours_ = true;
        ARROW_ASSIGN_OR_RAISE(add.column.comment, tokens_.ExpectString());
      } else if (tokens_.TakeKeywords({"default"})) {
        ARROW_ASSIGN_OR_RAISE(add.column.default_text, TakeDefault(sql_, tokens_));
      } else if (!tokens_.TakeKeywords({"null"})) {
        break;
      }
    }
    RETURN_NOT_OK(ParsePlace(&add.place));
    return Push(std::move(add));
  }

  /// FIRST | LAST | BEFORE x | AFTER x, or nothing.
  Status ParsePlace(ColumnPlace* place) {
    if (tokens_.TakeKeywords({"first"})) {
      place->where = ColumnPlace::Where::kFirst;
    } else if (tokens_.TakeKeywords({"before"})) {
      place->where = ColumnPlace::Where::kBefore;
    } else if (tokens_.TakeKeywords({"after"})) {
      place->where = ColumnPlace::Where::kAfter;
    } else if (!tokens_.TakeKeywords({"last"})) {
      return Status::OK();
    }
    is_ours_ = true;
    if (place->where == ColumnPlace::Where::kBefore ||
        place->where == ColumnPlace::Where::kAfter) {
      ARROW_ASSIGN_OR_RAISE(const QualifiedName name, tokens_.ExpectQualifiedName());
      for (const std::string& part : name.parts) {
        place->sibling += (place->sibling.empty() ? "" : ".") + part;
      }
    }
    return Status::OK();
  }

  Status ParseAs(std::optional<std::string>* name) {
    if (tokens_.TakeKeywords({"as"})) {
      ARROW_ASSIGN_OR_RAISE(*name, tokens_.ExpectName());
    }
    return Status::OK();
  }

  Status ParseDrop() {
    if (tokens_.TakeKeywords({"partition", "field"})) {
      is_ours_ = true;
      alter::DropPartitionField drop;
      ARROW_ASSIGN_OR_RAISE(drop.term, TakeTerm(sql_, tokens_));
      return Push(std::move(drop));
    }
    if (tokens_.TakeKeywords({"identifier", "fields"})) {
      return ParseIdentifierFields(/*drop=*/true);
    }
    if (tokens_.TakeKeywords({"branch"})) {
      return ParseDropRef(/*is_tag=*/false);
    }
    if (tokens_.TakeKeywords({"tag"})) {
      return ParseDropRef(/*is_tag=*/true);
    }
    const bool several = tokens_.TakeKeywords({"columns"});
    is_ours_ = is_ours_ || several;
    if (!several) {
      tokens_.TakeKeywords({"column"});
    }
    const bool if_exists = tokens_.TakeKeywords({"if", "exists"});
    const bool in_parentheses = several && tokens_.TakeSymbol("(");
    do {
      alter::DropColumn drop{.path = {}, .if_exists = if_exists};
      ARROW_ASSIGN_OR_RAISE(drop.path, tokens_.ExpectQualifiedName());
      RETURN_NOT_OK(Push(std::move(drop)));
    } while (several && tokens_.TakeSymbol(","));
    return in_parentheses ? tokens_.ExpectSymbol(")") : Status::OK();
  }

  Status ParseDropRef(bool is_tag) {
    is_ours_ = true;
    alter::DropRef drop{.name = {}, .is_tag = is_tag};
    drop.if_exists = tokens_.TakeKeywords({"if", "exists"});
    ARROW_ASSIGN_OR_RAISE(drop.name, tokens_.ExpectName());
    return Push(std::move(drop));
  }

  Status ParseRename() {
    if (tokens_.TakeKeywords({"to"})) {
      alter::RenameTable rename;
      ARROW_ASSIGN_OR_RAISE(rename.new_name, tokens_.ExpectQualifiedName());
      return Push(std::move(rename));
    }
    tokens_.TakeKeywords({"column"});
    alter::RenameColumn rename;
    rename.if_exists = tokens_.TakeKeywords({"if", "exists"});
    ARROW_ASSIGN_OR_RAISE(rename.path, tokens_.ExpectQualifiedName());
    RETURN_NOT_OK(tokens_.ExpectKeyword("to"));
    ARROW_ASSIGN_OR_RAISE(rename.new_name, tokens_.ExpectName());
    return Push(std::move(rename));
  }

  Status ParseAlterColumn() {
    tokens_.TakeKeywords({"column"});
    ARROW_ASSIGN_OR_RAISE(QualifiedName path, tokens_.ExpectQualifiedName());
    if (tokens_.TakeKeywords({"set", "data", "type"}) || tokens_.TakeKeywords({"type"})) {
      alter::SetColumnType set{.path = std::move(path), .type = {}};
      ARROW_ASSIGN_OR_RAISE(set.type, ParseTypeName(tokens_));
      return Push(std::move(set));
    }
    if (tokens_.TakeKeywords({"set", "not", "null"})) {
      return Push(alter::SetColumnRequired{std::move(path), true});
    }
    if (tokens_.TakeKeywords({"drop", "not", "null"})) {
      return Push(alter::SetColumnRequired{std::move(path), false});
    }
    if (tokens_.TakeKeywords({"set", "default"})) {
      alter::SetColumnDefault set{.path = std::move(path), .text = {}};
      ARROW_ASSIGN_OR_RAISE(set.text, TakeDefault(sql_, tokens_));
      return Push(std::move(set));
    }
    if (tokens_.TakeKeywords({"drop", "default"})) {
      return Push(alter::SetColumnDefault{std::move(path), std::nullopt});
    }
    if (tokens_.TakeKeywords({"comment"})) {
      is_ours_ = true;
      alter::SetColumnComment set{.path = std::move(path), .comment = {}};
      ARROW_ASSIGN_OR_RAISE(set.comment, tokens_.ExpectString());
      return Push(std::move(set));
    }
    alter::MoveColumn move{.path = std::move(path), .place = {}};
    const size_t before = tokens_.position();
    RETURN_NOT_OK(ParsePlace(&move.place));
    if (tokens_.position() == before) {
      return tokens_.Mismatch(
          "'TYPE', 'SET', 'DROP', 'COMMENT', 'FIRST', 'LAST', 'BEFORE' or 'AFTER'");
    }
    return Push(std::move(move));
  }

  Status ParseSet() {
    if (tokens_.TakeKeywords({"properties"})) {
      return ParseSetProperties();
    }
    if (tokens_.TakeKeywords({"tblproperties"})) {
      is_ours_ = true;
      alter::SetProperties set{.keeps_unknown = true};
      RETURN_NOT_OK(ParseProperties(tokens_, &set.set));
      return Push(std::move(set));
    }
    if (tokens_.TakeKeywords({"identifier", "fields"})) {
      return ParseIdentifierFields(/*drop=*/false);
    }
    return Status::OK();  // SET PARTITIONED BY, SET SORTED BY, SET (…): the engine's own
  }

  /// Trino: name = value | DEFAULT, …
  Status ParseSetProperties() {
    is_ours_ = true;
    alter::SetProperties set;
    do {
      ARROW_ASSIGN_OR_RAISE(const std::string key, ParsePropertyKey(tokens_));
      RETURN_NOT_OK(tokens_.ExpectSymbol("="));
      if (tokens_.TakeKeywords({"default"})) {
        set.reset.push_back(key);
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(set.set[key], ParsePropertyValue(tokens_));
    } while (tokens_.TakeSymbol(","));
    return Push(std::move(set));
  }

  Status ParseUnset() {
    is_ours_ = true;
    alter::SetProperties unset{.keeps_unknown = true};
    RETURN_NOT_OK(ParseUnsetProperties(tokens_, &unset.reset));
    return Push(std::move(unset));
  }

  Status ParseIdentifierFields(bool drop) {
    is_ours_ = true;
    alter::SetIdentifierFields set{.columns = {}, .drop = drop};
    do {
      ARROW_ASSIGN_OR_RAISE(QualifiedName column, tokens_.ExpectQualifiedName());
      set.columns.push_back(std::move(column));
    } while (tokens_.TakeSymbol(","));
    return Push(std::move(set));
  }

  /// WRITE [DISTRIBUTED BY PARTITION] [[LOCALLY] ORDERED BY … | UNORDERED]
  Status ParseWrite() {
    is_ours_ = true;
    alter::SetWriteOrder write{.distribution = "none"};
    const bool distributed = tokens_.TakeKeywords({"distributed", "by", "partition"});
    const bool locally = tokens_.TakeKeywords({"locally"});
    if (tokens_.TakeKeywords({"ordered", "by"})) {
      write.distribution = locally ? "none" : "range";
      RETURN_NOT_OK(ParseOrder(&write.terms));
    } else if (!tokens_.TakeKeywords({"unordered"}) && (locally || !distributed)) {
      return tokens_.Mismatch("'ORDERED BY', 'UNORDERED' or 'DISTRIBUTED BY PARTITION'");
    }
    if (distributed || tokens_.TakeKeywords({"distributed", "by", "partition"})) {
      write.distribution = "hash";
    }
    return Push(std::move(write));
  }

  Status ParseOrder(std::vector<std::string>* terms) {
    const bool in_parentheses = tokens_.TakeSymbol("(");
    do {
      ARROW_ASSIGN_OR_RAISE(std::string term, TakeTerm(sql_, tokens_, {"distributed"}));
      terms->push_back(std::move(term));
    } while (tokens_.TakeSymbol(","));
    return in_parentheses ? tokens_.ExpectSymbol(")") : Status::OK();
  }

  Status ParseCreateOrReplace() {
    const bool create = tokens_.TakeKeywords({"create"});
    const bool replace = tokens_.TakeKeywords(
        create ? std::initializer_list<std::string_view>{"or", "replace"}
               : std::initializer_list<std::string_view>{"replace"});
    if (!create && tokens_.TakeKeywords({"partition", "field"})) {
      return ParseReplacePartitionField();
    }
    is_ours_ = true;
    alter::CreateRef ref{.name = {}, .must_exist = !create};
    if (tokens_.TakeKeywords({"tag"})) {
      ref.is_tag = true;
    } else {
      RETURN_NOT_OK(tokens_.ExpectKeyword("branch"));
    }
    ref.if_exists = replace ? IfExists::kReplace : IfExists::kFail;
    if (!replace && tokens_.TakeKeywords({"if", "not", "exists"})) {
      ref.if_exists = IfExists::kSkip;
    }
    ARROW_ASSIGN_OR_RAISE(ref.name, tokens_.ExpectName());
    return ParseRefOptions(std::move(ref));
  }

  Status ParseReplacePartitionField() {
    is_ours_ = true;
    alter::ReplacePartitionField replace;
    ARROW_ASSIGN_OR_RAISE(replace.term, TakeTerm(sql_, tokens_, {"with"}));
    RETURN_NOT_OK(tokens_.ExpectKeyword("with"));
    ARROW_ASSIGN_OR_RAISE(replace.new_term, TakeTerm(sql_, tokens_, {"as"}));
    RETURN_NOT_OK(ParseAs(&replace.name));
    return Push(std::move(replace));
  }

  /// [AS OF VERSION id] [RETAIN n DAYS] [WITH SNAPSHOT RETENTION [n SNAPSHOTS] [n DAYS]]
  Status ParseRefOptions(alter::CreateRef ref) {
    if (tokens_.TakeKeywords({"as", "of", "version"})) {
      const TokenKind kind = tokens_.Peek().kind;
      if (kind != TokenKind::kInteger && kind != TokenKind::kString) {
        return tokens_.Mismatch("<snapshot id>");
      }
      ref.version = tokens_.Take().text;
    }
    if (tokens_.TakeKeywords({"retain"})) {
      ARROW_ASSIGN_OR_RAISE(ref.max_ref_age_ms, ExpectAge());
    }
    if (!ref.is_tag && tokens_.TakeKeywords({"with", "snapshot", "retention"})) {
      if (tokens_.PeekKeyword("snapshots", 1) || tokens_.PeekKeyword("snapshot", 1)) {
        ARROW_ASSIGN_OR_RAISE(ref.min_snapshots_to_keep, tokens_.ExpectInteger());
        tokens_.Take();
      }
      if (!ref.min_snapshots_to_keep || tokens_.Peek().kind == TokenKind::kInteger) {
        ARROW_ASSIGN_OR_RAISE(ref.max_snapshot_age_ms, ExpectAge());
      }
    }
    return Push(std::move(ref));
  }

  Result<int64_t> ExpectAge() {
    ARROW_ASSIGN_OR_RAISE(const int32_t count, tokens_.ExpectInteger());
    for (const TimeUnit& unit : kTimeUnits) {
      if (tokens_.TakeKeywords({unit.word})) {
        return count * unit.ms;
      }
    }
    return tokens_.Mismatch("'DAYS', 'HOURS' or 'MINUTES'");
  }

  std::string_view sql_;
  TokenStream& tokens_;
  AlterTable alter_;
  bool is_ours_ = false;  // no other grammar has what was read: an error is ours to tell
};

}  // namespace

Result<std::optional<AlterTable>> ParseAlterTable(std::string_view sql,
                                                  TokenStream& tokens) {
  return AlterParser(sql, tokens).Parse();
}

}  // namespace tarn::sql
