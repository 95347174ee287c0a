// Options of Spark's procedures: options => map('min-input-files', '5').
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tarn/engine/internal/procedures/procedure_call.h"

namespace tarn::engine::procedures {

/// Takes options one by one; what nobody asked for is an error in the end, as is the
/// first value that does not fit.
class OptionReader {
 public:
  OptionReader(const ProcedureCall& call, TextMap options)
      : call_(call), options_(std::move(options)) {}

  std::optional<std::string> Text(const std::string& key);
  /// Bytes may have a unit.
  std::optional<int64_t> Size(const std::string& key);
  std::optional<int32_t> Integer(const std::string& key);
  std::optional<double> Ratio(const std::string& key);
  std::optional<bool> Boolean(const std::string& key);
  /// Known to Spark, and without meaning here.
  void Ignore(const std::string& key) { Text(key); }

  /// Errors: INVALID_PROCEDURE_ARGUMENT.
  Status Finish() const;

 private:
  void Refuse(const std::string& key, const std::string& value, const char* wanted);

  const ProcedureCall& call_;
  TextMap options_;
  std::vector<std::string> known_;
  Status error_;
};

}  // namespace tarn::engine::procedures
