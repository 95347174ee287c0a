// Where a shell's statements go: the engine of this program, or a server.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/cli/sql_client/name_source.h"
#include "tarn/engine/engine.h"

namespace tarn::cli {

/// One session. One statement at a time; Interrupt and progress from any thread.
class SqlClient {
 public:
  virtual ~SqlClient() = default;
  /// Errors: those of engine::Session::Execute; kUnavailable, kUnauthenticated, …
  virtual Result<std::unique_ptr<engine::ResultStream>> Execute(std::string_view sql) = 0;
  virtual void Interrupt() = 0;
  virtual engine::Progress progress() const = 0;
  /// "iceberg.sales" after USE iceberg.sales; may be empty.
  virtual std::string current_schema() const = 0;
  /// "trino" or "duckdb": how statements are read.
  virtual std::string dialect() const = 0;
  /// For \conninfo.
  virtual std::vector<std::pair<std::string, std::string>> Facts() const = 0;
  virtual NameSource& names() = 0;
};

/// The dialect that `SET SESSION dialect = '…'` chooses; empty for other statements.
std::string DialectChosenBy(std::string_view sql);

}  // namespace tarn::cli
