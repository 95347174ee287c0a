#include "tarn/ingest/mysql/client_library.h"

#include "tarn/base/error.h"
#include "tarn/ingest/internal/shared_library.h"

namespace tarn::ingest::mysql {
namespace {

Result<ClientLibrary> Load() {
  ARROW_ASSIGN_OR_RAISE(
      const auto library,
      internal::SharedLibrary::Open(
          {"libmariadb.so.3"},
          "loads from MySQL and MariaDB need it: install the package libmariadb3 "
          "(mariadb-connector-c elsewhere)"));
  ClientLibrary calls;
  Status status;
  const auto get = [&](const char* name, auto** function) {
    if (status.ok()) {
      status = library.Get(name, function);
    }
  };
  get("mysql_server_init", &calls.server_init);
  get("mysql_init", &calls.init);
  get("mysql_optionsv", &calls.optionsv);
  get("mysql_real_connect", &calls.real_connect);
  get("mysql_close", &calls.close);
  get("mariadb_cancel", &calls.cancel);
  get("mysql_error", &calls.error);
  get("mysql_errno", &calls.error_number);
  get("mysql_get_server_info", &calls.server_info);
  get("mysql_get_socket", &calls.get_socket);
  get("mysql_get_ssl_cipher", &calls.get_ssl_cipher);
  get("mysql_thread_id", &calls.thread_id);
  get("mysql_real_query", &calls.real_query);
  get("mysql_store_result", &calls.store_result);
  get("mysql_free_result", &calls.free_result);
  get("mysql_fetch_row", &calls.fetch_row);
  get("mysql_fetch_lengths", &calls.fetch_lengths);
  get("mysql_num_fields", &calls.num_fields);
  get("mysql_fetch_fields", &calls.fetch_fields);
  get("mysql_stmt_init", &calls.stmt_init);
  get("mysql_stmt_prepare", &calls.stmt_prepare);
  get("mysql_stmt_result_metadata", &calls.stmt_result_metadata);
  get("mysql_stmt_execute", &calls.stmt_execute);
  get("mysql_stmt_bind_result", &calls.stmt_bind_result);
  get("mysql_stmt_fetch", &calls.stmt_fetch);
  get("mysql_stmt_fetch_column", &calls.stmt_fetch_column);
  get("mysql_stmt_close", &calls.stmt_close);
  get("mysql_stmt_error", &calls.stmt_error);
  get("mysql_stmt_errno", &calls.stmt_error_number);
  RETURN_NOT_OK(status);
  if (calls.server_init(0, nullptr, nullptr) != 0) {
    return MakeError(ErrorCode::kIoFailed, "libmariadb does not start");
  }
  return calls;
}

}  // namespace

Result<const ClientLibrary*> LoadClientLibrary() {
  static const Result<ClientLibrary> loaded = Load();
  RETURN_NOT_OK(loaded.status());
  return &*loaded;
}

}  // namespace tarn::ingest::mysql
