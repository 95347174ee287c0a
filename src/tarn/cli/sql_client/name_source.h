// The names there are to query, as a shell lists and completes them.
#pragma once

#include <string>
#include <vector>

#include "tarn/base/result.h"

namespace tarn::cli {

struct ObjectName {
  std::string schema;
  std::string name;
  std::string type;  // "table", "view"
  auto operator<=>(const ObjectName&) const = default;
};

struct ColumnName {
  std::string name;
  std::string type;
  bool required = false;
  std::string comment = {};
};

struct ObjectDetail {
  std::vector<ColumnName> columns;
  std::vector<std::string> notes;  // lines: its partitioning, a view's text
};

/// Thread-safe; asks a session of its own.
class NameSource {
 public:
  virtual ~NameSource() = default;
  virtual Result<std::vector<std::string>> Catalogs() = 0;
  virtual Result<std::vector<std::string>> Schemas(const std::string& catalog) = 0;
  /// Tables and views of a schema, sorted. Errors: kNoSuchNamespace.
  virtual Result<std::vector<ObjectName>> Objects(const std::string& catalog,
                                                  const std::string& schema) = 0;
  /// Errors: kNoSuchTable.
  virtual Result<ObjectDetail> Describe(const std::string& catalog,
                                        const ObjectName& object) = 0;
  virtual Result<std::vector<std::string>> Functions() = 0;
  /// What SET may change.
  virtual Result<std::vector<std::string>> Settings() = 0;
  /// Makes a call that waits return; from any thread.
  virtual void Interrupt() = 0;
};

}  // namespace tarn::cli
