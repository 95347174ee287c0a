// What a load shall do, as its job's request says: enough to do it again after a restart,
// and never a secret.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/iceberg/table_ident.h"
#include "tarn/ingest/chosen_columns.h"
#include "tarn/ingest/database.h"
#include "tarn/ingest/format.h"
#include "tarn/ingest/load.h"

namespace tarn::service {

/// Takes only rows that are beyond those of the last load (load_cursor.h).
struct CursorOrder {
  std::string column;
  std::optional<std::string> start = {};  // of the first load: rows from it on
  /// Columns that tell rows of one value apart; empty: the primary key, or all columns.
  std::vector<std::string> key = {};
};

/// A database and what is read of it.
struct DatabaseOrder {
  ingest::DatabaseKind kind = ingest::DatabaseKind::kPostgres;
  std::string host = {};
  std::string shown = {};  // of ODBC, whose connection string is a secret
  std::optional<int32_t> port = {};
  std::string database = {};
  std::string user = {};
  std::string tls_mode = {};       // libpq's sslmode
  std::string tls_authority = {};  // a file of the server, PEM
  std::string table = {};          // one of the two
  std::string query = {};
  std::chrono::seconds connect_timeout{15};
  std::optional<std::chrono::seconds> statement_timeout = {};
  /// The caller may not reach the inside of the server's network.
  bool is_guarded = false;
  std::optional<CursorOrder> cursor = {};
};

enum class RejectsTo : uint8_t {
  kNowhere,  // one fails the load
  kTable,    // the table's own, "orders__rejects"
};

struct LoadOrder {
  std::string warehouse = {};  // empty: the first
  iceberg::TableIdent into;
  /// A path of the server, a pattern, a URL of an object store or the web,
  /// "upload://ID/NAME"; empty with `database`.
  std::string location = {};
  std::optional<DatabaseOrder> database = {};
  /// A stored one: it says what `database` and `store` do not.
  std::string connection = {};
  /// Properties (io::FileIOOptionsFrom) of the object store, without its secrets.
  std::map<std::string, std::string> store = {};
  /// The store is reached with the caller's secrets and not with the server's.
  bool has_own_store = false;
  ingest::Format format = ingest::Format::kAuto;
  std::vector<std::pair<std::string, std::string>> options = {};  // of the reader
  std::vector<ingest::ChosenColumn> columns = {};  // of the source; none: all
  std::optional<ingest::LoadMode> mode = {};       // unset: created, or appended to
  std::vector<std::string> keys = {};              // of mode upsert
  std::vector<std::string> partition_by = {};
  std::map<std::string, std::string> properties = {};
  std::optional<bool> lineage = {};  // unset: what the table has a place for
  RejectsTo rejects = RejectsTo::kNowhere;
  bool registers = false;  // Parquet files become the table's as they are
};

/// Members of a stored connection, secrets too, for who may use it: host, port, database,
/// user, password, sslmode; endpoint, region, access_key, secret_key, session_token.
/// Errors: kNoSuchConnection, kForbidden.
using ConnectionGiver =
    std::function<Result<Json>(const std::string& name, const std::string& owner)>;

/// Names of secrets beside the request, as the API has them: a retry brings them anew.
inline constexpr char kPasswordSecret[] = "password";
inline constexpr char kConnectionStringSecret[] = "connection_string";
inline constexpr char kAccessKeySecret[] = "access_key";
inline constexpr char kSecretKeySecret[] = "secret_key";
inline constexpr char kUrlSecret[] = "url";  // the location, where that holds secrets
inline constexpr char kSessionTokenSecret[] = "session_token";
inline constexpr char kAccountKeySecret[] = "account_key";
inline constexpr char kSasTokenSecret[] = "sas_token";
inline constexpr char kGcsTokenSecret[] = "gcs_token";

Json LoadOrderToJson(const LoadOrder& order);
/// Errors: kInvalidData.
Result<LoadOrder> LoadOrderFromJson(const Json& json);

/// "create", …; "auto" if it is unset.
std::string LoadModeText(const std::optional<ingest::LoadMode>& mode);
/// Errors: kInvalidArgument.
Result<std::optional<ingest::LoadMode>> LoadModeFromText(const std::string& text);

/// Where `order` reads from, for people; without secrets.
std::string ShownSource(const LoadOrder& order);

}  // namespace tarn::service
