// A table or query of a MySQL or MariaDB as a source of loads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/ingest/database.h"
#include "tarn/ingest/mysql/column_type.h"
#include "tarn/ingest/mysql/connection.h"
#include "tarn/ingest/source.h"

namespace tarn::ingest::mysql {

struct MySqlRequest {
  DatabaseTarget target;
  std::string table = {};  // orders, shop.orders, `Shop`.`Orders`
  std::string query = {};  // one of the two
  DecodeOptions decode = {};
  /// At once, for a whole table with a primary key that begins with an integer.
  int32_t connections_max = 4;
  std::function<bool()> cancelled = {};  // asked from several threads
};

/// All rows of tables of InnoDB are of one moment, also over several connections: the
/// table is locked for reading while these begin, and where that is not granted at once
/// one connection reads all. Errors: those of the connection and of RowReader.
Result<std::unique_ptr<Source>> OpenMySqlSource(const MySqlRequest& request);

/// A table's name in its parts, database first if it has one. Errors: kInvalidArgument.
Result<std::vector<std::string>> SplitTableName(const std::string& name);

/// The columns of the primary key, in its order; none for what has none. Errors: those of
/// the connection.
Result<std::vector<std::string>> PrimaryKeyOf(Connection& connection,
                                              const std::string& table);

}  // namespace tarn::ingest::mysql
