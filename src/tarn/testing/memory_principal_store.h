// Principals in memory.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "tarn/governance/principal_store.h"

namespace tarn::testing {

/// Thread-safe. Counts what it is asked.
class MemoryPrincipalStore : public governance::PrincipalStore {
 public:
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

  /// Look-ups of principals so far.
  int num_finds() const;
  /// From now on every call fails with `status`, until it is OK.
  void FailWith(Status status);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, governance::PrincipalRecord, std::less<>> by_name_;
  std::vector<governance::SigningKey> keys_;
  int num_finds_ = 0;
  Status failure_;
};

}  // namespace tarn::testing
