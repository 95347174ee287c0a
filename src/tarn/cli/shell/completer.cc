#include "tarn/cli/shell/completer.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "tarn/cli/shell/file_completion.h"
#include "tarn/cli/shell/meta_command.h"
#include "tarn/cli/shell/syntax_help.h"
#include "tarn/cli/sql_client/text_rows.h"
#include "tarn/sql/keywords.h"
#include "tarn/sql/letter_case.h"
#include "tarn/sql/lexer.h"

namespace tarn::cli {
namespace {

using Place = CompletionContext::Place;

constexpr size_t kCandidatesMax = 500;

bool BeginsWith(std::string_view name, std::string_view word) {
  return name.size() >= word.size() &&
         sql::Lower(name.substr(0, word.size())) == sql::Lower(word);
}

/// True if SQL takes `name` for what it is without quotes.
bool IsPlainName(std::string_view name) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') &&
         std::all_of(name.begin(), name.end(), is_plain) &&
         !sql::IsReserved(sql::FindKeyword(name));
}

/// Collects what begins with the word, once each.
class Collector {
 public:
  Collector(const CompletionContext& context, Completions* found)
      : context_(context), found_(*found) {
    for (const Completions::Candidate& candidate : found_.candidates) {
      seen_.insert(candidate.label);
    }
  }

  void AddNames(const std::vector<std::string>& names, const std::string& suffix) {
    for (const std::string& name : names) {
      if (!BeginsWith(name, context_.word)) {
        continue;
      }
      if (context_.quoted) {  // its first quote is there already
        std::string inner = SqlName(name).substr(1);
        Add({std::move(inner), name, suffix});
      } else {
        Add({IsPlainName(name) ? name : SqlName(name), name, suffix});
      }
    }
  }

  void AddWords(const std::vector<std::string>& words, bool upper) {
    for (const std::string& word : words) {
      if (BeginsWith(word, context_.word)) {
        const std::string text = upper ? sql::Upper(word) : sql::Lower(word);
        Add({text, text, " "});
      }
    }
  }

  void Add(Completions::Candidate candidate) {
    if (found_.candidates.size() < kCandidatesMax &&
        seen_.insert(candidate.label).second) {
      found_.candidates.push_back(std::move(candidate));
    }
  }

 private:
  const CompletionContext& context_;
  Completions& found_;
  std::set<std::string> seen_;
};

/// Keywords are written as the last one before, or the word itself, is.
bool WantsUpper(const CompletionContext& context, std::string_view text) {
  const auto has = [](std::string_view word, int (*is)(int)) {
    return std::any_of(word.begin(), word.end(),
                       [&](unsigned char c) { return is(c) != 0; });
  };
  if (has(context.word, &::isalpha)) {
    return !has(context.word, &::islower);
  }
  bool upper = true;
  for (const sql::Token& token : sql::TokenizeTrino(text.substr(0, context.begin))) {
    if (sql::IsReserved(token.keyword)) {
      upper = !has(token.text, &::islower);
    }
  }
  return upper;
}

std::vector<std::string> AllKeywords() {
  std::vector<std::string> words;
  words.insert(words.end(), sql::kReservedWords.begin(), sql::kReservedWords.end());
  words.insert(words.end(), sql::kOtherWords.begin(), sql::kOtherWords.end());
  std::sort(words.begin(), words.end());
  return words;
}

bool IsSameName(const std::string& left, const std::string& right) {
  return sql::Lower(left) == sql::Lower(right);
}

}  // namespace

Completer::Path Completer::Current() const {
  const std::string current = client_.current_schema();
  const size_t dot = current.find('.');
  Path path{current.substr(0, dot),
            dot == std::string::npos ? "" : current.substr(dot + 1)};
  const bool is_none = path.catalog.empty() || path.catalog == "memory";
  return is_none ? Path{"iceberg", ""} : path;
}

bool Completer::IsCatalog(const std::string& name) {
  const NameCache::Names catalogs = names_.Catalogs();
  return std::any_of(catalogs.begin(), catalogs.end(),
                     [&](const std::string& other) { return IsSameName(other, name); });
}

/// Where a.b leads: to a catalog's schema, a schema of nested ones, or a catalog.
Completer::Path Completer::PathOf(const std::vector<std::string>& qualifiers) {
  Path path = Current();
  size_t first = 0;
  if (!qualifiers.empty() && IsCatalog(qualifiers.front())) {
    path.catalog = sql::Lower(qualifiers.front());
    path.schema.clear();
    first = 1;
  }
  if (first < qualifiers.size()) {
    path.schema.clear();
  }
  for (size_t i = first; i < qualifiers.size(); ++i) {
    path.schema += (i == first ? "" : ".") + sql::Lower(qualifiers[i]);
  }
  return path;
}

NameCache::Names Completer::ColumnsOf(const NamedTable& table) {
  const std::vector<std::string> qualifiers(table.parts.begin(), table.parts.end() - 1);
  const Path path = PathOf(qualifiers);
  return names_.Columns(path.catalog, path.schema, sql::Lower(table.parts.back()));
}

void Completer::AddTables(const CompletionContext& context, Completions* found) {
  Collector collector(context, found);
  const Path path = PathOf(context.qualifiers);
  if (!path.schema.empty()) {
    collector.AddNames(names_.Objects(path.catalog, path.schema), "");
  }
  AddSchemas(context, found);
}

void Completer::AddSchemas(const CompletionContext& context, Completions* found) {
  Collector collector(context, found);
  const std::string dot = context.place == Place::kSchema ? "" : ".";
  const Path path = PathOf(context.qualifiers);
  const bool names_catalog =
      context.qualifiers.size() == 1 && IsCatalog(context.qualifiers.front());
  if (context.qualifiers.empty() || names_catalog) {
    collector.AddNames(names_.Schemas(path.catalog), dot);
  }
  if (context.qualifiers.empty()) {
    collector.AddNames(names_.Catalogs(), ".");
  }
}

void Completer::AddColumns(const CompletionContext& context, Completions* found) {
  Collector collector(context, found);
  for (const NamedTable& table : context.tables) {
    const std::string& name = table.alias.empty() ? table.parts.back() : table.alias;
    const bool is_meant =
        context.qualifiers.empty() || IsSameName(context.qualifiers.back(), name);
    if (is_meant) {
      collector.AddNames(ColumnsOf(table), "");
    }
  }
}

void Completer::AddAnything(const CompletionContext& context, std::string_view text,
                            Completions* found) {
  AddColumns(context, found);
  if (!context.qualifiers.empty()) {
    if (found->candidates.empty()) {
      AddTables(context, found);
    }
    return;
  }
  Collector collector(context, found);
  std::vector<std::string> aliases;
  for (const NamedTable& table : context.tables) {
    aliases.push_back(table.alias.empty() ? table.parts.back() : table.alias);
  }
  collector.AddNames(aliases, ".");
  if (context.quoted) {
    return;
  }
  const bool upper = WantsUpper(context, text);
  collector.AddWords(context.expected, upper);
  if (context.word.empty()) {
    return;  // everything would be too much
  }
  if (found->candidates.empty() || context.expected.empty()) {
    collector.AddWords(AllKeywords(), upper);
  }
  for (const std::string& function : names_.Functions()) {
    if (BeginsWith(function, context.word)) {
      collector.Add({upper ? sql::Upper(function) : function, function + "()", "("});
    }
  }
}

void Completer::AddArguments(const CompletionContext& context, Completions* found) {
  Collector collector(context, found);
  switch (ArgumentOf(context.command)) {
    case CommandArgument::kNone:
      break;
    case CommandArgument::kFile:
      *found = CompleteFile(context.word, context.begin);
      break;
    case CommandArgument::kObject: {
      // A name with dots is one argument.
      CompletionContext name =
          CompletionContextAt("DESCRIBE " + context.word, context.word.size() + 9);
      AddTables(name, found);
      found->begin = context.begin + name.begin - 9;
      return;
    }
    case CommandArgument::kSchema:
      collector.AddNames(names_.Schemas(Current().catalog), "");
      break;
    case CommandArgument::kStatement:
      collector.AddWords(SyntaxHelpNames(), /*upper=*/true);
      break;
    case CommandArgument::kWord:
      collector.AddNames(ArgumentWords(context.command), "");
      break;
  }
}

Completions Completer::Complete(std::string_view text, size_t cursor) {
  names_.BeginRequest();
  const CompletionContext context = CompletionContextAt(text, cursor);
  Completions found;
  found.begin = context.begin;
  Collector collector(context, &found);
  switch (context.place) {
    case Place::kNothing:
      break;
    case Place::kCommand:
      for (const std::string& name : CommandNames()) {
        if (name.starts_with(context.word)) {
          collector.Add({name, name, " "});
        }
      }
      break;
    case Place::kArgument:
      AddArguments(context, &found);
      break;
    case Place::kFile:
      found = CompleteFile(context.word, context.begin);
      break;
    case Place::kTable:
      AddTables(context, &found);
      AddColumns(context, &found);
      if (found.candidates.empty()) {
        collector.AddWords(context.expected, WantsUpper(context, text));
      }
      break;
    case Place::kSchema:
      AddSchemas(context, &found);
      break;
    case Place::kCatalog:
      collector.AddNames(names_.Catalogs(), "");
      break;
    case Place::kSetting:
      collector.AddNames(names_.Settings(), " ");
      break;
    case Place::kAnything:
      AddAnything(context, text, &found);
      break;
  }
  return found;
}

std::vector<std::string> Completer::KnownTables() {
  names_.BeginRequest();
  const Path path = Current();
  std::vector<std::string> known;
  for (const std::string& schema : names_.Schemas(path.catalog)) {
    const bool is_current = schema == path.schema;
    for (const std::string& name : names_.Objects(path.catalog, schema)) {
      known.push_back(path.catalog + "." + schema + "." + name);
      known.push_back(schema + "." + name);
      if (is_current) {
        known.push_back(name);
      }
    }
  }
  return known;
}

std::vector<std::string> Completer::KnownFunctions() {
  names_.BeginRequest();
  return names_.Functions();
}

std::vector<std::string> Completer::KnownColumns(std::string_view statement) {
  names_.BeginRequest();
  std::vector<std::string> known;
  for (const NamedTable& table : CompletionContextAt(statement, 0).tables) {
    const NameCache::Names columns = ColumnsOf(table);
    known.insert(known.end(), columns.begin(), columns.end());
  }
  return known;
}

}  // namespace tarn::cli
