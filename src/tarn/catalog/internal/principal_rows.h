// Principals and the keys of their tokens, as rows of a store.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/catalog/internal/store_database.h"
#include "tarn/governance/principal_store.h"

namespace tarn::catalog::internal {

class PrincipalRows : public governance::PrincipalStore {
 public:
  explicit PrincipalRows(std::shared_ptr<StoreDatabase> database)
      : database_(std::move(database)) {}

  Status Create(const governance::PrincipalRecord& record) override;
  Result<std::optional<governance::PrincipalRecord>> FindByName(
      std::string_view name) override;
  Result<std::optional<governance::PrincipalRecord>> FindByClientId(
      std::string_view client_id) override;
  Result<std::vector<governance::PrincipalRecord>> List() override;
  Status Replace(const governance::PrincipalRecord& record) override;
  Status Drop(std::string_view name) override;

  Result<std::vector<governance::SigningKey>> ListSigningKeys() override;
  Status AddSigningKey(const governance::SigningKey& key) override;
  Status DropSigningKey(std::string_view id) override;

 private:
  Status Write(const StoreDatabase::Statements& change);
  Result<std::vector<governance::PrincipalRecord>> Select(
      std::string_view sql, std::initializer_list<SqlParameter> parameters);

  const std::shared_ptr<StoreDatabase> database_;
};

}  // namespace tarn::catalog::internal
