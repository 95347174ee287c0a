#include "tarn/governance/internal/principal_cache.h"

#include <optional>
#include <utility>

namespace tarn::governance::internal {
namespace {

PrincipalCache::Found Share(std::optional<PrincipalRecord> record) {
  return record ? std::make_shared<const PrincipalRecord>(*std::move(record)) : nullptr;
}

}  // namespace

Result<PrincipalCache::Found> PrincipalCache::ByName(const std::string& name) {
  const std::chrono::milliseconds now = clock_.Now();
  if (const auto entry = by_name_.Find(name); entry && now - entry->read_at < age_max_) {
    return entry->found;
  }
  ARROW_ASSIGN_OR_RAISE(auto record, store_.FindByName(name));
  Found found = Share(std::move(record));
  by_name_.Put(name, {.found = found, .read_at = now});
  return found;
}

Result<PrincipalCache::Found> PrincipalCache::ByClientId(const std::string& client_id) {
  ARROW_ASSIGN_OR_RAISE(auto record, store_.FindByClientId(client_id));
  return Share(std::move(record));
}

}  // namespace tarn::governance::internal
