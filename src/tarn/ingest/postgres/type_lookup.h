// Types of PostgreSQL by their oid, with what they are made of.
#pragma once

#include <cstdint>
#include <string>

#include "tarn/base/result.h"
#include "tarn/ingest/postgres/column_type.h"
#include "tarn/ingest/postgres/connection.h"
#include "tarn/ingest/postgres/selection.h"

namespace tarn::ingest::postgres {

struct ReadAs {
  ColumnType type;
  std::string cast = {};  // what the query adds to the column: "::text"
};

/// Asks the server about domains, arrays and composites. Errors: those of the connection.
class TypeLookup {
 public:
  TypeLookup(Connection& connection, AsNumeric numeric)
      : connection_(connection), numeric_(numeric) {}

  Result<ReadAs> Find(uint32_t oid, int32_t modifier) { return Find(oid, modifier, 0); }

 private:
  Result<ReadAs> Find(uint32_t oid, int32_t modifier, int depth);
  ReadAs NumericOf(int32_t modifier) const;
  Result<ReadAs> ArrayOf(uint32_t element, int32_t modifier, int depth);
  Result<ReadAs> CompositeOf(uint32_t relation, int depth);

  Connection& connection_;
  const AsNumeric numeric_;
};

}  // namespace tarn::ingest::postgres
