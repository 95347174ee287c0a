// unixODBC's driver manager, as far as loads call it.
#pragma once

#include <sql.h>
#include <sqlext.h>
#undef BOOL  // Arrow has a name of its own for it

#include "tarn/base/result.h"

namespace tarn::ingest::odbc {

struct DriverManager {
  decltype(&::SQLAllocHandle) alloc_handle = nullptr;
  decltype(&::SQLFreeHandle) free_handle = nullptr;
  decltype(&::SQLSetEnvAttr) set_env_attr = nullptr;
  decltype(&::SQLSetConnectAttr) set_connect_attr = nullptr;
  decltype(&::SQLDriverConnectW) driver_connect = nullptr;
  decltype(&::SQLDisconnect) disconnect = nullptr;
  decltype(&::SQLGetDiagRec) get_diag_rec = nullptr;
  decltype(&::SQLGetInfo) get_info = nullptr;
  decltype(&::SQLSetStmtAttr) set_stmt_attr = nullptr;
  decltype(&::SQLExecDirectW) exec_direct = nullptr;
  decltype(&::SQLPrepareW) prepare = nullptr;
  decltype(&::SQLExecute) execute = nullptr;
  decltype(&::SQLNumResultCols) num_result_cols = nullptr;
  decltype(&::SQLDescribeColW) describe_col = nullptr;
  decltype(&::SQLColAttribute) col_attribute = nullptr;
  decltype(&::SQLBindCol) bind_col = nullptr;
  decltype(&::SQLFetch) fetch = nullptr;
  decltype(&::SQLGetData) get_data = nullptr;
  decltype(&::SQLPrimaryKeysW) primary_keys = nullptr;
  decltype(&::SQLCancel) cancel = nullptr;
};

/// Opened at the first call, and never closed. Thread-safe. Errors: kNotSupported where
/// it is not installed.
Result<const DriverManager*> LoadDriverManager();

}  // namespace tarn::ingest::odbc
