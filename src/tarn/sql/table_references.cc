#include "tarn/sql/table_references.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tarn/sql/lexer.h"
#include "tarn/sql/token_stream.h"

namespace tarn::sql {
namespace {

constexpr std::array<std::string_view, 18> kEndsFrom = {
    "where", "group",  "order",   "having",    "limit",  "offset",
    "fetch", "union",  "except",  "intersect", "window", "select",
    "set",   "values", "qualify", "returning", "when",   "then"};

/// Words after a table that are no alias of it.
constexpr std::array<std::string_view, 36> kNoAlias = {
    "where", "group",  "order",       "having",     "limit",   "offset",
    "fetch", "union",  "except",      "intersect",  "window",  "select",
    "set",   "values", "qualify",     "returning",  "when",    "then",
    "join",  "inner",  "left",        "right",      "full",    "cross",
    "asof",  "anti",   "semi",        "positional", "natural", "on",
    "using", "at",     "tablesample", "pivot",      "unpivot", "for"};

template <size_t N>
bool IsOneOf(const TokenStream& tokens, const std::array<std::string_view, N>& words) {
  return std::ranges::any_of(
      words, [&](std::string_view word) { return tokens.PeekKeyword(word); });
}

bool SameWord(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](char a, char b) {
    const auto fold = [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return fold(a) == fold(b);
  });
}

bool IsName(const Token& token) {
  return token.kind == TokenKind::kWord || token.kind == TokenKind::kQuotedName;
}

class Finder {
 public:
  explicit Finder(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Result<std::vector<TableReference>> Run() {
    while (!tokens_.AtEnd()) {
      RETURN_NOT_OK(Step());
    }
    return std::move(found_);
  }

 private:
  /// The text between one pair of parentheses, or outside of all.
  struct Level {
    bool is_query = false;  // has a SELECT, so that a FROM is a clause
    bool in_from = false;   // a comma brings another table
    bool at_start = true;
    bool has_ctes = false;      // began with WITH
    bool changes_data = false;  // MERGE, DELETE: USING names a table
  };

  Level& level() { return levels_.back(); }

  Status Step() {
    if (tokens_.PeekSymbol("(")) {
      // "FROM (a JOIN b)" goes on naming tables inside.
      levels_.push_back({.is_query = false, .in_from = wants_table_});
      tokens_.Take();
      return Status::OK();
    }
    const bool wanted = std::exchange(wants_table_, false);
    const bool at_start = std::exchange(level().at_start, false);
    if (tokens_.PeekSymbol(")")) {
      if (levels_.size() > 1) {
        levels_.pop_back();
      }
      tokens_.Take();
      return Status::OK();
    }
    if (tokens_.TakeSymbol(";")) {
      levels_.assign(1, {});
      return Status::OK();
    }
    if (tokens_.TakeSymbol(",")) {
      wants_table_ = level().in_from;
      return Status::OK();
    }
    if (Keyword(at_start)) {
      return Status::OK();
    }
    if (wanted && IsName(tokens_.Peek())) {
      return Table();
    }
    previous_ = tokens_.Take().text;
    return Status::OK();
  }

  bool Keyword(bool at_start) {
    if (tokens_.Peek().kind != TokenKind::kWord || previous_ == ".") {
      return false;
    }
    const bool is_keyword = Changes(at_start) || Clauses(at_start);
    if (is_keyword) {
      previous_ = tokens_.Take().text;
    }
    return is_keyword;
  }

  /// Words that a statement of its own begins with.
  bool Changes(bool at_start) {
    if (at_start && (tokens_.PeekKeyword("explain") || tokens_.PeekKeyword("analyze"))) {
      level().at_start = true;
      return true;
    }
    if (at_start && tokens_.PeekKeyword("with")) {
      level().has_ctes = true;
      return true;
    }
    const bool may_begin = at_start || level().has_ctes;
    if (may_begin && (tokens_.PeekKeyword("merge") || tokens_.PeekKeyword("delete"))) {
      level().changes_data = true;
      return true;
    }
    wants_table_ =
        (may_begin && tokens_.PeekKeyword("update")) ||
        (at_start && (tokens_.PeekKeyword("describe") || tokens_.PeekKeyword("desc") ||
                      tokens_.PeekKeyword("summarize"))) ||
        ((at_start || into_) && tokens_.PeekKeyword("table"));
    return wants_table_;
  }

  bool Clauses(bool at_start) {
    if (tokens_.PeekKeyword("from")) {
      const bool is_clause =
          level().is_query || level().in_from || at_start || levels_.size() == 1;
      if (!is_clause || EndsDistinct()) {
        return false;
      }
      return BeginTables();
    }
    if (tokens_.PeekKeyword("join")) {
      return BeginTables();
    }
    if (tokens_.PeekKeyword("lateral") || tokens_.PeekKeyword("only")) {
      wants_table_ = level().in_from;
      return wants_table_;
    }
    if (tokens_.PeekKeyword("into")) {
      into_ = true;
      wants_table_ = true;
      return true;
    }
    if (tokens_.PeekKeyword("using") && level().changes_data) {
      wants_table_ = true;
      return true;
    }
    if (IsOneOf(tokens_, kEndsFrom)) {
      level().is_query = level().is_query || tokens_.PeekKeyword("select");
      level().in_from = false;
      return true;
    }
    return false;
  }

  bool BeginTables() {
    level().in_from = true;
    wants_table_ = true;
    return true;
  }

  /// "a IS [NOT] DISTINCT FROM b".
  bool EndsDistinct() const { return SameWord(previous_, "distinct"); }

  Status Table() {
    TableReference reference;
    do {
      const Token& part = tokens_.Take();
      reference.name.parts.push_back(part.text);
      reference.parts.push_back({part.offset, part.end});
    } while (tokens_.PeekSymbol(".") && IsName(tokens_.Peek(1)) &&
             tokens_.TakeSymbol("."));
    previous_.clear();
    const bool is_function = tokens_.PeekSymbol("(") && !into_;
    into_ = false;
    if (is_function) {
      return Status::OK();
    }
    RETURN_NOT_OK(AsOf(&reference));
    found_.push_back(std::move(reference));
    return Status::OK();
  }

  Status AsOf(TableReference* reference) {
    const size_t begin = tokens_.position();
    AsOfClause clause;
    clause.range.offset = tokens_.Peek().offset;
    tokens_.TakeKeywords({"for"});
    if (tokens_.TakeKeywords({"version", "as", "of"}) ||
        tokens_.TakeKeywords({"system_version", "as", "of"})) {
      clause.unit = AsOfUnit::kVersion;
    } else if (tokens_.TakeKeywords({"timestamp", "as", "of"}) ||
               tokens_.TakeKeywords({"system_time", "as", "of"})) {
      clause.unit = AsOfUnit::kTimestamp;
    } else {
      tokens_.Rewind(begin);
      return Status::OK();
    }
    clause.value.offset = tokens_.Peek().offset;
    RETURN_NOT_OK(Value());
    clause.value.end = last_end_;
    clause.alias = Alias();
    clause.range.end = last_end_;
    reference->as_of = clause;
    return Status::OK();
  }

  void Skip() { last_end_ = tokens_.Take().end; }

  /// From an opening parenthesis to the one that closes it.
  Status SkipParentheses() {
    int depth = 0;
    do {
      if (tokens_.AtEnd()) {
        return tokens_.Mismatch("')'");
      }
      depth += tokens_.PeekSymbol("(") ? 1 : 0;
      depth -= tokens_.PeekSymbol(")") ? 1 : 0;
      Skip();
    } while (depth > 0);
    return Status::OK();
  }

  Status Value() {
    RETURN_NOT_OK(Operand());
    while (std::ranges::any_of(
        std::array{"+", "-", "*", "/", "%", "||"},
        [this](const char* symbol) { return tokens_.PeekSymbol(symbol); })) {
      Skip();
      RETURN_NOT_OK(Operand());
    }
    return Status::OK();
  }

  Status Operand() {
    while (tokens_.PeekSymbol("-") || tokens_.PeekSymbol("+")) {
      Skip();
    }
    RETURN_NOT_OK(Primary());
    while (true) {
      if (tokens_.PeekSymbol("::")) {
        Skip();
        RETURN_NOT_OK(Primary());
      } else if (tokens_.TakeKeywords({"at", "time", "zone"})) {
        RETURN_NOT_OK(Primary());
      } else {
        return Status::OK();
      }
    }
  }

  Status Primary() {
    if (tokens_.PeekSymbol("(")) {
      return SkipParentheses();
    }
    const TokenKind kind = tokens_.Peek().kind;
    if (kind == TokenKind::kInteger || kind == TokenKind::kDecimal ||
        kind == TokenKind::kString) {
      Skip();
      return Status::OK();
    }
    if (!IsName(tokens_.Peek()) || tokens_.PeekKeyword("as")) {
      return tokens_.Mismatch("a snapshot, branch, tag or time");
    }
    if (tokens_.PeekKeyword("interval") && !tokens_.PeekSymbol("(", 1)) {
      Skip();
      Skip();  // the number
      Skip();  // its unit
      return Status::OK();
    }
    Skip();
    while (tokens_.PeekSymbol(".")) {
      Skip();
      Skip();
    }
    if (tokens_.PeekSymbol("(")) {
      return SkipParentheses();
    }
    if (tokens_.Peek().kind == TokenKind::kString) {
      Skip();  // TIMESTAMP '…'
    }
    return Status::OK();
  }

  TextRange Alias() {
    TextRange alias{last_end_, last_end_};
    const bool has_as = tokens_.PeekKeyword("as");
    const bool has_alias =
        has_as || tokens_.Peek().kind == TokenKind::kQuotedName ||
        (tokens_.Peek().kind == TokenKind::kWord && !IsOneOf(tokens_, kNoAlias));
    if (!has_alias) {
      return alias;
    }
    alias.offset = tokens_.Peek().offset;
    Skip();
    if (has_as && IsName(tokens_.Peek())) {
      Skip();
    }
    if (tokens_.PeekSymbol("(") && !SkipParentheses().ok()) {
      return {last_end_, last_end_};  // the parser that reads the text says what is wrong
    }
    alias.end = last_end_;
    return alias;
  }

  TokenStream tokens_;
  std::vector<Level> levels_{Level{}};
  std::vector<TableReference> found_;
  std::string previous_;
  size_t last_end_ = 0;
  bool wants_table_ = false;
  bool into_ = false;
};

}  // namespace

Result<std::vector<TableReference>> FindTableReferences(std::string_view sql) {
  auto tokens = Tokenize(sql);
  if (!tokens.ok() || HasForeignQuotes(*tokens)) {
    return std::vector<TableReference>();
  }
  return Finder(*std::move(tokens)).Run();
}

std::string ReplaceRanges(std::string_view sql,
                          const std::vector<Replacement>& replacements) {
  std::string result;
  size_t at = 0;
  for (const auto& [range, text] : replacements) {
    result += sql.substr(at, range.offset - at);
    const std::string_view before = range.In(sql);
    const auto lines = std::ranges::count(before, '\n') - std::ranges::count(text, '\n');
    result.append(static_cast<size_t>(std::max<std::ptrdiff_t>(lines, 0)), '\n');
    result += text;
    at = range.end;
    if (before.size() > text.size()) {
      result.append(before.size() - text.size(), ' ');
      continue;
    }
    for (size_t more = text.size() - before.size();
         more > 0 && at < sql.size() && sql[at] == ' '; --more) {
      ++at;
    }
  }
  result += sql.substr(at);
  return result;
}

std::string AtClauseText(std::string_view sql, const AsOfClause& clause) {
  std::string text(clause.alias.In(sql));
  text += text.empty() ? "AT (" : " AT (";
  text += clause.unit == AsOfUnit::kVersion ? "VERSION" : "TIMESTAMP";
  text += " => ";
  text += clause.value.In(sql);
  text += ")";
  return text;
}

}  // namespace tarn::sql
