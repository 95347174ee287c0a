// One call of a Hive client, and the methods that answer calls.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/gateway/hive/internal/hive_locks.h"
#include "tarn/gateway/hive/internal/hive_table.h"
#include "tarn/gateway/hive/internal/thrift_value.h"

namespace tarn::gateway::hive {

/// What calls work on. All outlive the calls.
struct HiveServices {
  catalog::Catalog& catalog;
  Clock& clock;
  LockTable& locks;
  std::chrono::milliseconds started_at{0};  // since the Unix epoch
};

struct HiveCall {
  const ThriftStruct& arguments;
  const HiveServices& services;
  /// Locks that were taken through this connection and not given back through it.
  std::vector<int64_t>& connection_locks;

  catalog::Catalog& catalog() const { return services.catalog; }
};

/// Hive's exceptions; each has one member, the message.
enum class HiveException : uint8_t {
  kMeta,
  kNoSuchObject,
  kAlreadyExists,
  kInvalidObject,
  kInvalidOperation,
  kInvalidInput,
  kUnknownDatabase,
  kUnknownTable,
  kNoSuchLock,
  kNoSuchTransaction,
  kTransactionAborted,
  kTransactionOpen,
  kConfigValueSecurity,
};

/// Unset: the method returns nothing.
using HiveAnswer = std::optional<ThriftValue>;
using HiveHandler = Result<HiveAnswer> (*)(const HiveCall& call);

struct HiveMethod {
  std::string_view name;
  HiveHandler handler = nullptr;
  /// What it may throw, in the order of the numbers 1, 2, … of its result's members.
  std::vector<HiveException> exceptions = {};
  bool is_one_way = false;
};

/// The number of the exception that says `error` best among those of `method`; 0 if none
/// of them can.
int16_t ExceptionField(const HiveMethod& method, const Status& error);

/// nullptr if there is no such method.
const HiveMethod* FindMethod(std::string_view name);
/// Every method that is answered, sorted by name.
std::vector<HiveMethod> AllMethods();

std::vector<HiveMethod> DatabaseMethods();
std::vector<HiveMethod> ListingMethods();
std::vector<HiveMethod> TableMethods();
std::vector<HiveMethod> LockMethods();
std::vector<HiveMethod> ServiceMethods();

/// The namespace of one level of this name, or of its small letters. Errors:
/// kNoSuchNamespace.
Result<iceberg::Namespace> FindDatabase(catalog::Catalog& catalog,
                                        const std::string& text);
/// The table or view of this name, or of its small letters. Errors: kNoSuchTable, those
/// of the catalog.
Result<CatalogEntry> FindTable(catalog::Catalog& catalog, const std::string& database,
                               const std::string& name);

/// Hive's alter_table: a commit, a new name, or bookkeeping of Hive's own.
Status AlterTable(catalog::Catalog& catalog, const std::string& database,
                  const std::string& name, const ThriftStruct& table,
                  const std::map<std::string, std::string>& context);

}  // namespace tarn::gateway::hive
