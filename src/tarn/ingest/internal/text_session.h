// Sessions with databases whose answers are rows of texts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/ingest/database.h"

namespace tarn::ingest::internal {

/// Counts and takes values; what else a session does is its database's.
class TextSession : public DatabaseSession {
 public:
  Result<int64_t> Count(const std::string& sql) override;
  Result<std::optional<DatabaseValue>> Value(const std::string& expression,
                                             const std::string& from,
                                             const std::string& condition) override;

 protected:
  using Row = std::vector<std::optional<std::string>>;
  virtual Result<std::vector<Row>> Ask(const std::string& sql) = 0;
  /// `expression` so that its value comes as text.
  virtual std::string TextOf(const std::string& expression) const { return expression; }
  /// The type of a value that is there, where that of its expression says less.
  virtual std::string TypeOfText(std::string type, const std::string& /*text*/) const {
    return type;
  }

 private:
  /// unset for null, and if there is no row.
  Result<std::optional<std::string>> First(const std::string& sql);
};

}  // namespace tarn::ingest::internal
