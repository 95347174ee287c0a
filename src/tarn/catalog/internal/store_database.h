// Transactions on a store's database, whichever it is.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "tarn/base/result.h"
#include "tarn/catalog/internal/sql_connection.h"

namespace tarn::catalog::internal {

/// How far a transaction came that did not end well.
enum class WriteOutcome : uint8_t {
  kApplied,
  kNotApplied,  // definitely
  kUnknown,     // COMMIT itself failed
};

/// What else may change while a transaction is open.
enum class WriteScope : uint8_t {
  /// Nothing of this catalog, but by foreign programs. Begins when all transactions on it
  /// have ended, also those whose outcome is unknown to their owners.
  kEverything,
  /// Other tables and views, but no namespace comes or goes. For changes of entries by
  /// name: entries that were found stay as they are (FOR UPDATE), names that were free
  /// are guarded by the primary key.
  kEntries,
};

/// Thread-safe.
class StoreDatabase {
 public:
  /// May be called more than once: after a connection was lost or when the database asks
  /// for the transaction to be done again. Calls must not depend on earlier ones.
  using Statements = std::function<Status(SqlConnection&)>;

  virtual ~StoreDatabase() = default;

  /// Each statement sees the newest commit.
  virtual Status Read(const Statements& read) = 0;

  /// Calls `change` in one transaction that is kept only if the Status is OK. All that it
  /// saw holds when the transaction ends, within `scope` of `catalog` (empty: of the
  /// store itself).
  virtual Status Write(std::string_view catalog, WriteScope scope,
                       const Statements& change, WriteOutcome* outcome) = 0;

  /// To show to people: never a password.
  virtual const std::string& location() const = 0;
};

/// The error of a change that is not looked up afterwards: nobody may act as if it had
/// not been made. `what` is its object.
Status OutcomeError(const Status& status, WriteOutcome outcome, const std::string& what);

}  // namespace tarn::catalog::internal
