#include "tarn/ingest/odbc/driver_manager.h"

#include "tarn/base/error.h"
#include "tarn/ingest/internal/shared_library.h"

namespace tarn::ingest::odbc {
namespace {

Result<DriverManager> Load() {
  ARROW_ASSIGN_OR_RAISE(const auto library, internal::SharedLibrary::Open(
                                                {"libodbc.so.2", "libodbc.so.1"},
                                                "loads by ODBC need it: install unixodbc "
                                                "(package libodbc2 or unixODBC) and the "
                                                "database's driver"));
  DriverManager calls;
  Status status;
  const auto get = [&](const char* name, auto** function) {
    if (status.ok()) {
      status = library.Get(name, function);
    }
  };
  get("SQLAllocHandle", &calls.alloc_handle);
  get("SQLFreeHandle", &calls.free_handle);
  get("SQLSetEnvAttr", &calls.set_env_attr);
  get("SQLSetConnectAttr", &calls.set_connect_attr);
  get("SQLDriverConnectW", &calls.driver_connect);
  get("SQLDisconnect", &calls.disconnect);
  get("SQLGetDiagRec", &calls.get_diag_rec);
  get("SQLGetInfo", &calls.get_info);
  get("SQLSetStmtAttr", &calls.set_stmt_attr);
  get("SQLExecDirectW", &calls.exec_direct);
  get("SQLPrepareW", &calls.prepare);
  get("SQLExecute", &calls.execute);
  get("SQLNumResultCols", &calls.num_result_cols);
  get("SQLDescribeColW", &calls.describe_col);
  get("SQLColAttribute", &calls.col_attribute);
  get("SQLBindCol", &calls.bind_col);
  get("SQLFetch", &calls.fetch);
  get("SQLGetData", &calls.get_data);
  get("SQLPrimaryKeysW", &calls.primary_keys);
  get("SQLCancel", &calls.cancel);
  RETURN_NOT_OK(status);
  return calls;
}

}  // namespace

Result<const DriverManager*> LoadDriverManager() {
  static const Result<DriverManager> loaded = Load();
  RETURN_NOT_OK(loaded.status());
  return &*loaded;
}

}  // namespace tarn::ingest::odbc
