#include "tarn/service/migration/view_names.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

#include "tarn/sql/letter_case.h"
#include "tarn/sql/lexer.h"
#include "tarn/sql/table_references.h"

namespace tarn::service {
namespace {

using iceberg::Namespace;
using iceberg::TableIdent;
using sql::Token;
using sql::TokenKind;

Namespace Folded(Namespace ns) {
  for (std::string& level : ns.levels) {
    level = sql::Lower(level);
  }
  return ns;
}

TableIdent Folded(const TableIdent& ident) {
  return {Folded(ident.ns), sql::Lower(ident.name)};
}

bool IsName(const Token& token) {
  return token.kind == TokenKind::kWord || token.kind == TokenKind::kQuotedName;
}

bool IsSymbol(const Token& token, std::string_view symbol) {
  return token.kind == TokenKind::kSymbol && token.text == symbol;
}

/// The text of one view on its way.
class TextMove {
 public:
  TextMove(const iceberg::ViewRepresentation& text, const ViewMove& move)
      : text_(text), move_(move), dialect_(sql::Lower(text.dialect)) {}

  MovedText Run() {
    if (dialect_ != "trino" && dialect_ != "spark" && dialect_ != "duckdb") {
      return Kept("names in the dialect " + text_.dialect + " are not known here");
    }
    const bool has_spark_strings =
        dialect_ == "spark" && text_.sql.find_first_of("\"\\") != std::string::npos;
    auto tokens = sql::Tokenize(text_.sql);
    if (has_spark_strings || !tokens.ok() || sql::HasForeignQuotes(*tokens)) {
      return Kept("it has quotes or escapes that hide where names are");
    }
    tokens_ = *std::move(tokens);
    auto references = sql::FindTableReferences(text_.sql);
    if (!references.ok()) {
      return Kept(references.status().message());
    }
    references_ = *std::move(references);
    FindCommonTables();
    for (const sql::TableReference& reference : references_) {
      Take(reference);
    }
    if (why_not_.empty()) {
      CheckOtherNames();
    }
    if (!why_not_.empty()) {
      return Kept(why_not_);
    }
    return {.sql = Replaced(),
            .names_rewritten = std::ssize(replacements_),
            .others = std::move(others_)};
  }

 private:
  MovedText Kept(std::string why) const {
    return {.sql = text_.sql, .kept_because = std::move(why)};
  }

  /// Names of WITH: what stands before AS (, with or without a list of columns.
  void FindCommonTables() {
    for (size_t i = 1; i + 1 < tokens_.size(); ++i) {
      const bool is_as =
          tokens_[i].kind == TokenKind::kWord && sql::Lower(tokens_[i].text) == "as";
      if (!is_as || !IsSymbol(tokens_[i + 1], "(")) {
        continue;
      }
      size_t name = i - 1;
      if (IsSymbol(tokens_[name], ")")) {
        while (name > 0 && !IsSymbol(tokens_[name], "(")) {
          --name;
        }
        name -= name > 0 ? 1 : 0;
      }
      if (IsName(tokens_[name])) {
        common_tables_.insert(sql::Lower(tokens_[name].text));
      }
    }
  }

  bool IsSourceCatalog(const std::string& name) const {
    return std::ranges::any_of(move_.source_catalogs, [&](const std::string& catalog) {
      return sql::Lower(catalog) == sql::Lower(name);
    });
  }

  void Take(const sql::TableReference& reference) {
    const std::vector<std::string>& parts = reference.name.parts;
    const std::string written(reference.range().In(text_.sql));
    TableIdent ident{{}, parts.back()};
    if (parts.size() == 1) {
      ident.ns = move_.default_namespace;
    } else if (parts.size() == 2) {
      ident.ns = iceberg::NamespaceFromString(parts.front());
    } else if (IsSourceCatalog(parts.front())) {
      ident.ns = parts.size() == 3 ? iceberg::NamespaceFromString(parts[1])
                                   : Namespace{{parts.begin() + 1, parts.end() - 1}};
    } else {
      const TableIdent deep{{{parts.begin(), parts.end() - 1}}, parts.back()};
      const auto moved = move_.names.Of(deep);
      if (moved && Folded(*moved) != Folded(deep)) {
        why_not_ = written + " may be in a catalog or a namespace called " + parts[0];
      } else if (!move_.stays_in_catalog) {
        others_.push_back(written);
      }
      return;
    }
    Place(reference, ident, written);
  }

  void Place(const sql::TableReference& reference, const TableIdent& ident,
             const std::string& written) {
    const size_t num_parts = reference.parts.size();
    const bool is_common =
        num_parts == 1 && common_tables_.contains(sql::Lower(ident.name));
    const auto moved = move_.names.Of(ident);
    if ((num_parts == 1 && ident.ns.levels.empty()) ||
        (!moved && is_common && !move_.stays_in_catalog)) {
      return;
    }
    if (!moved && !move_.stays_in_catalog) {
      others_.push_back(written);
      return;
    }
    const TableIdent target = moved.value_or(ident);
    TableIdent now = ident;  // what the text as it is will mean
    if (num_parts == 1) {
      now.ns = move_.new_default_namespace;
    }
    const bool has_catalog = num_parts > 2;
    const bool keeps_catalog =
        !has_catalog || move_.stays_in_catalog ||
        sql::Lower(reference.name.parts[0]) == sql::Lower(move_.destination_catalog);
    if (keeps_catalog && Folded(now) == Folded(target)) {
      return;
    }
    if (is_common) {
      why_not_ = written + " may be a table or a query of WITH";
      return;
    }
    if (Folded(target).name != Folded(ident).name) {
      renamed_.insert(sql::Lower(ident.name));
    }
    if (num_parts > 1) {
      qualifiers_.insert(sql::Lower(reference.name.parts[0]));
    }
    const bool is_short =
        num_parts == 1 && Folded(target.ns) == Folded(move_.new_default_namespace);
    replacements_.push_back(
        {reference.range(),
         (has_catalog ? Quoted(CatalogName(reference)) + "." : std::string()) +
             (is_short ? std::string() : QuotedNamespace(target.ns) + ".") +
             Quoted(target.name)});
  }

  std::string CatalogName(const sql::TableReference& reference) const {
    return move_.stays_in_catalog ? reference.name.parts[0] : move_.destination_catalog;
  }

  std::string Quoted(const std::string& name) const {
    const char quote = dialect_ == "spark" ? '`' : '"';
    std::string quoted(1, quote);
    for (const char c : name) {
      quoted.append(c == quote ? 2 : 1, c);
    }
    return quoted + quote;
  }

  /// Spark names each level, the others the whole namespace as one schema.
  std::string QuotedNamespace(const Namespace& ns) const {
    if (dialect_ != "spark") {
      return Quoted(ns.ToString());
    }
    std::string text;
    for (const std::string& level : ns.levels) {
      text += (text.empty() ? "" : ".") + Quoted(level);
    }
    return text;
  }

  bool IsInReference(const Token& token) const {
    const auto after = std::ranges::upper_bound(
        references_, token.offset, {},
        [](const sql::TableReference& reference) { return reference.range().offset; });
    return after != references_.begin() && token.offset < std::prev(after)->range().end;
  }

  /// Names that stand neither after FROM nor in another place for tables: columns and
  /// aliases. Those that would have to change too make it uncertain what to change.
  void CheckOtherNames() {
    std::set<std::string> aliases;  // stand alone somewhere
    std::set<std::string> first;    // of names with dots
    for (size_t i = 0; i + 1 < tokens_.size(); ++i) {
      if (!IsName(tokens_[i]) || IsInReference(tokens_[i])) {
        continue;
      }
      const std::string word = sql::Lower(tokens_[i].text);
      const bool follows_dot = i > 0 && IsSymbol(tokens_[i - 1], ".");
      const bool has_dot = IsSymbol(tokens_[i + 1], ".");
      if (renamed_.contains(word)) {
        why_not_ = tokens_[i].text + " stands for more than the table";
      }
      if (dialect_ == "duckdb" && IsSymbol(tokens_[i + 1], "(") &&
          (word == "query_table" || word == "query")) {
        why_not_ = "it names tables in texts for " + word;
      }
      if (!follows_dot) {
        (has_dot ? first : aliases).insert(word);
      }
    }
    for (const std::string& word : first) {
      if (qualifiers_.contains(word) || (!aliases.contains(word) && Moves(word))) {
        why_not_ = "columns are named by " + word + " too";
      }
    }
  }

  /// True if `word` begins a name that is another one at the destination.
  bool Moves(const std::string& word) const {
    const Namespace ns{{word}};
    const auto moved = move_.names.OfNamespace(ns);
    return (IsSourceCatalog(word) && !move_.stays_in_catalog) ||
           (moved && Folded(*moved) != ns);
  }

  std::string Replaced() const {
    std::string text;
    size_t at = 0;
    for (const sql::Replacement& one : replacements_) {
      text += text_.sql.substr(at, one.range.offset - at) + one.text;
      at = one.range.end;
    }
    return text + text_.sql.substr(at);
  }

  const iceberg::ViewRepresentation& text_;
  const ViewMove& move_;
  const std::string dialect_;
  std::vector<Token> tokens_;
  std::vector<sql::TableReference> references_;
  std::set<std::string> common_tables_;
  std::vector<sql::Replacement> replacements_;
  std::set<std::string> renamed_;     // tables whose own name changes
  std::set<std::string> qualifiers_;  // what stood first in names that change
  std::vector<std::string> others_;
  std::string why_not_;
};

}  // namespace

MovedNames MovedNames::OfScope(const std::optional<Namespace>& from,
                               const std::optional<Namespace>& to) {
  MovedNames names;
  names.is_scope_ = true;
  if (from) {
    names.from_ = *from;
    names.to_ = to.value_or(*from);
  }
  return names;
}

MovedNames MovedNames::OfPairs(const std::vector<TablePair>& pairs,
                               const TablePair& pair) {
  MovedNames names;
  for (const TablePair& one : pairs) {
    if (one.source.place == pair.source.place &&
        one.destination.place == pair.destination.place) {
      names.pairs_.insert_or_assign(Folded(one.source.ident), one.destination.ident);
    }
  }
  return names;
}

std::optional<TableIdent> MovedNames::Of(const TableIdent& ident) const {
  if (is_scope_) {
    const auto ns = OfNamespace(ident.ns);
    return ns ? std::optional(TableIdent{*ns, ident.name}) : std::nullopt;
  }
  const auto found = pairs_.find(Folded(ident));
  return found == pairs_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Namespace> MovedNames::OfNamespace(const Namespace& ns) const {
  const Namespace folded = Folded(ns);
  const Namespace above = Folded(from_);
  const bool is_inside =
      is_scope_ && !ns.levels.empty() && folded.levels.size() >= above.levels.size() &&
      std::equal(above.levels.begin(), above.levels.end(), folded.levels.begin());
  if (!is_inside) {
    return std::nullopt;
  }
  Namespace moved = to_;
  moved.levels.insert(
      moved.levels.end(),
      ns.levels.begin() + static_cast<std::ptrdiff_t>(from_.levels.size()),
      ns.levels.end());
  return moved;
}

MovedText MoveNames(const iceberg::ViewRepresentation& text, const ViewMove& move) {
  return TextMove(text, move).Run();
}

}  // namespace tarn::service
