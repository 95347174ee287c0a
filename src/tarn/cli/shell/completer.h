// What Tab offers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tarn/cli/line_editor/line_editor.h"
#include "tarn/cli/shell/completion_context.h"
#include "tarn/cli/shell/name_cache.h"
#include "tarn/cli/sql_client/sql_client.h"

namespace tarn::cli {

/// Thread-compatible.
class Completer {
 public:
  /// Both outlive the completer.
  Completer(const SqlClient& client, NameCache& names) : client_(client), names_(names) {}

  Completions Complete(std::string_view text, size_t cursor);

  /// Names that may have been meant in `statement`, for an error that says it is not
  /// there.
  std::vector<std::string> KnownTables();
  std::vector<std::string> KnownColumns(std::string_view statement);
  std::vector<std::string> KnownFunctions();

 private:
  struct Path {
    std::string catalog;
    std::string schema;
  };

  Path Current() const;
  bool IsCatalog(const std::string& name);
  Path PathOf(const std::vector<std::string>& qualifiers);
  NameCache::Names ColumnsOf(const NamedTable& table);
  void AddTables(const CompletionContext& context, Completions* found);
  void AddSchemas(const CompletionContext& context, Completions* found);
  void AddColumns(const CompletionContext& context, Completions* found);
  void AddAnything(const CompletionContext& context, std::string_view text,
                   Completions* found);
  void AddArguments(const CompletionContext& context, Completions* found);

  const SqlClient& client_;
  NameCache& names_;
};

}  // namespace tarn::cli
