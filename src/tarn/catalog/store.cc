#include "tarn/catalog/store.h"

#include <utility>

#include "tarn/base/error.h"
#include "tarn/catalog/internal/document_rows.h"
#include "tarn/catalog/internal/operation_rows.h"
#include "tarn/catalog/internal/postgres_database.h"
#include "tarn/catalog/internal/principal_rows.h"
#include "tarn/catalog/internal/setting_rows.h"
#include "tarn/catalog/internal/sqlite_database.h"
#include "tarn/catalog/internal/store_catalog.h"
#include "tarn/catalog/sqlite_catalog.h"

namespace tarn::catalog {
namespace internal {
namespace {

class OperationRows : public OperationStore {
 public:
  OperationRows(std::shared_ptr<StoreDatabase> database, Clock& clock)
      : database_(std::move(database)), clock_(clock) {}

  Result<std::optional<OperationRecord>> Find(const std::string& key) override {
    std::optional<OperationRecord> found;
    ARROW_RETURN_NOT_OK(database_->Read([&](SqlConnection& db) -> Status {
      ARROW_ASSIGN_OR_RAISE(found, FindOperation(db, key));
      return Status::OK();
    }));
    return found;
  }

  Status Finish(const Operation& operation, int status,
                const std::string& answer) override {
    return Write([&](SqlConnection& db) {
      return FinishOperation(db, operation, status, answer, clock_.Now());
    });
  }

  Result<int64_t> Prune(std::chrono::milliseconds before) override {
    int64_t removed = 0;
    ARROW_RETURN_NOT_OK(Write([&](SqlConnection& db) -> Status {
      ARROW_ASSIGN_OR_RAISE(removed, PruneOperations(db, before));
      return Status::OK();
    }));
    return removed;
  }

 private:
  Status Write(const StoreDatabase::Statements& change) {
    WriteOutcome outcome = WriteOutcome::kNotApplied;
    const Status status = database_->Write("", WriteScope::kEntries, change, &outcome);
    return OutcomeError(status, outcome, "the operations");
  }

  const std::shared_ptr<StoreDatabase> database_;
  Clock& clock_;
};

class DatabaseStore : public Store {
 public:
  DatabaseStore(std::shared_ptr<StoreDatabase> database, io::FileIO& io, Clock& clock,
                Random& random)
      : database_(std::move(database)),
        io_(io),
        clock_(clock),
        random_(random),
        operations_(database_, clock),
        settings_(database_),
        documents_(database_, clock),
        principals_(database_) {}

  std::unique_ptr<Catalog> OpenCatalog(CatalogOptions options) override {
    return std::make_unique<StoreCatalog>(std::make_shared<CatalogParts>(
        std::move(options), database_, io_, clock_, random_));
  }
  OperationStore& operations() override { return operations_; }
  KeyValueStore& settings() override { return settings_; }
  DocumentStore& documents() override { return documents_; }
  governance::PrincipalStore& principals() override { return principals_; }
  const std::string& location() const override { return database_->location(); }

 private:
  const std::shared_ptr<StoreDatabase> database_;
  io::FileIO& io_;
  Clock& clock_;
  Random& random_;
  OperationRows operations_;
  SettingRows settings_;
  DocumentRows documents_;
  PrincipalRows principals_;
};

}  // namespace
}  // namespace internal

namespace {

/// Errors of addresses that are neither; their text may hold a password and is not shown.
Status CheckPath(const std::string& uri) {
  const size_t scheme = uri.find("://");
  if (scheme != std::string::npos) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "The catalog's address must be postgresql://user@host/database or "
                     "the path of a SQLite file, not of scheme " +
                         uri.substr(0, scheme));
  }
  for (const char* keyword : {"host=", "dbname=", "user=", "password=", "service="}) {
    if (uri.find(keyword) != std::string::npos) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "The catalog's address must be postgresql://user@host/database "
                       "or the path of a SQLite file, not keywords and values");
    }
  }
  if (uri.empty()) {
    return MakeError(ErrorCode::kInvalidArgument, "The catalog's address is empty");
  }
  return Status::OK();
}

Result<std::unique_ptr<internal::StoreDatabase>> OpenDatabase(const StoreOptions& options,
                                                              Random& random) {
  if (internal::IsPostgresUri(options.uri)) {
    return internal::PostgresDatabase::Open(
        options.uri,
        {.connections_max = options.connections_max, .wait_max = options.wait_max},
        random);
  }
  ARROW_RETURN_NOT_OK(CheckPath(options.uri));
  return internal::SqliteDatabase::Open(options.uri, options.wait_max);
}

}  // namespace

std::string ShownStoreLocation(const std::string& uri) {
  if (internal::IsPostgresUri(uri)) {
    const auto target = internal::ParsePostgresUri(uri);
    return target.ok() ? target->location : "postgresql://";
  }
  return CheckPath(uri).ok() ? uri : "";
}

Result<std::unique_ptr<Store>> OpenStore(const StoreOptions& options, io::FileIO& io,
                                         Clock& clock, Random& random) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<internal::StoreDatabase> database,
                        OpenDatabase(options, random));
  return std::make_unique<internal::DatabaseStore>(std::move(database), io, clock,
                                                   random);
}

Result<std::unique_ptr<Catalog>> OpenSqliteCatalog(SqliteCatalogOptions options,
                                                   io::FileIO& io, Clock& clock,
                                                   Random& random) {
  ARROW_ASSIGN_OR_RAISE(const auto store,
                        OpenStore({.uri = options.path}, io, clock, random));
  return store->OpenCatalog({.name = std::move(options.name),
                             .warehouse = std::move(options.warehouse),
                             .undrop_retention = options.undrop_retention});
}

}  // namespace tarn::catalog
