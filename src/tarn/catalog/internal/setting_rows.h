// Settings that all processes on a store share, as its rows.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "tarn/catalog/internal/store_database.h"
#include "tarn/catalog/key_value_store.h"

namespace tarn::catalog::internal {

class SettingRows : public KeyValueStore {
 public:
  explicit SettingRows(std::shared_ptr<StoreDatabase> database)
      : database_(std::move(database)) {}

  Result<std::optional<std::string>> Get(const std::string& key) override;
  Status Set(const std::string& key, const std::string& value) override;
  Result<std::string> SetIfAbsent(const std::string& key,
                                  const std::string& value) override;
  Status Remove(const std::string& key) override;
  Result<std::map<std::string, std::string>> List(const std::string& prefix) override;

 private:
  Status Write(const StoreDatabase::Statements& change);

  const std::shared_ptr<StoreDatabase> database_;
};

}  // namespace tarn::catalog::internal
