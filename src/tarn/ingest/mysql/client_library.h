// libmariadb, the client library of MariaDB and MySQL, as far as loads call it.
#pragma once

#include <mariadb/mysql.h>

#include "tarn/base/result.h"

namespace tarn::ingest::mysql {

struct ClientLibrary {
  decltype(&::mysql_server_init) server_init = nullptr;
  decltype(&::mysql_init) init = nullptr;
  decltype(&::mysql_optionsv) optionsv = nullptr;
  decltype(&::mysql_real_connect) real_connect = nullptr;
  decltype(&::mysql_close) close = nullptr;
  decltype(&::mariadb_cancel) cancel = nullptr;
  decltype(&::mysql_error) error = nullptr;
  decltype(&::mysql_errno) error_number = nullptr;
  decltype(&::mysql_get_server_info) server_info = nullptr;
  decltype(&::mysql_get_socket) get_socket = nullptr;
  decltype(&::mysql_get_ssl_cipher) get_ssl_cipher = nullptr;
  decltype(&::mysql_thread_id) thread_id = nullptr;
  decltype(&::mysql_real_query) real_query = nullptr;
  decltype(&::mysql_store_result) store_result = nullptr;
  decltype(&::mysql_free_result) free_result = nullptr;
  decltype(&::mysql_fetch_row) fetch_row = nullptr;
  decltype(&::mysql_fetch_lengths) fetch_lengths = nullptr;
  decltype(&::mysql_num_fields) num_fields = nullptr;
  decltype(&::mysql_fetch_fields) fetch_fields = nullptr;
  decltype(&::mysql_stmt_init) stmt_init = nullptr;
  decltype(&::mysql_stmt_prepare) stmt_prepare = nullptr;
  decltype(&::mysql_stmt_result_metadata) stmt_result_metadata = nullptr;
  decltype(&::mysql_stmt_execute) stmt_execute = nullptr;
  decltype(&::mysql_stmt_bind_result) stmt_bind_result = nullptr;
  decltype(&::mysql_stmt_fetch) stmt_fetch = nullptr;
  decltype(&::mysql_stmt_fetch_column) stmt_fetch_column = nullptr;
  decltype(&::mysql_stmt_close) stmt_close = nullptr;
  decltype(&::mysql_stmt_error) stmt_error = nullptr;
  decltype(&::mysql_stmt_errno) stmt_error_number = nullptr;
};

/// Opened at the first call, and never closed. Thread-safe. Errors: kNotSupported where
/// it is not installed.
Result<const ClientLibrary*> LoadClientLibrary();

}  // namespace tarn::ingest::mysql
