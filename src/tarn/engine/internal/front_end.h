// Statements that Tarn reads itself (module `sql`), answered or turned into DuckDB's.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <duckdb/catalog/catalog_entry.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/parser/sql_statement.hpp>
#include <duckdb/parser/statement/select_statement.hpp>

#include "tarn/base/result.h"
#include "tarn/engine/engine.h"
#include "tarn/engine/internal/attached_catalog.h"
#include "tarn/engine/internal/declared_table.h"
#include "tarn/sql/ast.h"
#include "tarn/sql/table_references.h"

namespace tarn::engine {

/// What became of a statement: a result, or a statement for DuckDB to run; neither if it
/// is not ours.
struct FrontEndAnswer {
  std::unique_ptr<ResultStream> result = nullptr;
  duckdb::unique_ptr<duckdb::SQLStatement> statement = nullptr;
};

/// Where a name leads.
struct ResolvedSchema {
  std::string catalog;
  std::string schema;  // kDefaultSchema if only a catalog was named
};

/// Thread-compatible. Works in the connection's transaction, or in one of its own in
/// autocommit.
class FrontEnd {
 public:
  /// `context` outlives the front end.
  explicit FrontEnd(duckdb::ClientContext& context) : context_(context) {}

  /// `sql` is the text that `statement` was parsed from. May throw DuckDB's exceptions.
  Result<FrontEndAnswer> Answer(const sql::Statement& statement, std::string_view sql);

  /// `sql` with the tables that it names, and the states of them that it asks for, in
  /// DuckDB's words. Errors: kSyntax. May throw DuckDB's exceptions.
  Result<std::string> TranslateTables(std::string_view sql);

  /// How queries inside of statements are read; DuckDB's parser if it is not set.
  using QueryReader = std::function<Result<duckdb::unique_ptr<duckdb::SelectStatement>>(
      std::string_view text)>;
  void SetQueryReader(QueryReader reader) { read_query_ = std::move(reader); }

  /// USE catalog | schema | catalog.schema. Errors: kNoSuchNamespace.
  Status Use(const sql::QualifiedName& name);
  /// "iceberg.sales", or "iceberg" as long as no schema is chosen.
  std::string CurrentSchema() const;
  /// The attached catalog of this name, the warehouse or one beside it; nullptr for
  /// DuckDB's own.
  AttachedCatalog* FindOurs(const std::string& name) const;

  bool IsCatalog(const std::string& name);
  /// Opens a transaction if there is none.
  bool IsLakeTable(const std::vector<std::string>& parts);
  /// Splits the parts before an object's name: catalog (the current one if none is named)
  /// and schema.
  ResolvedSchema SplitSchema(std::vector<std::string> parts);
  ResolvedSchema CurrentPath() const;
  /// Throws the Status that `run` gives.
  Status InTransaction(const std::function<Status()>& run);

  /// In a catalog of ours. `amend` may add to what is declared, in the transaction.
  using Amend = std::function<Status(DeclaredTable*)>;
  Result<FrontEndAnswer> CreateEmptyTable(const sql::CreateTable& create,
                                          const Amend& amend = {});
  /// CREATE TABLE AS for DuckDB to run, in a catalog of ours.
  Result<FrontEndAnswer> CreateTableAs(const sql::CreateTable& create,
                                       duckdb::unique_ptr<duckdb::SelectStatement> query);

 private:
  Result<FrontEndAnswer> Run(const sql::CreateSchema& create);
  Result<FrontEndAnswer> Run(const sql::CreateTable& create, std::string_view sql);
  Result<FrontEndAnswer> Run(const sql::ShowCatalogs& show);
  Result<FrontEndAnswer> Run(const sql::ShowSchemas& show);
  Result<FrontEndAnswer> Run(const sql::ShowTables& show);
  Result<FrontEndAnswer> Run(const sql::DescribeTable& describe);
  Result<FrontEndAnswer> Run(const sql::ShowCreateTable& show);
  Result<FrontEndAnswer> Run(const sql::AlterTable& alter);

  Result<FrontEndAnswer> CreateTableAs(const sql::CreateTable& create,
                                       std::string_view sql);

  /// A table or view. Throws DuckDB's "does not exist … Did you mean".
  duckdb::CatalogEntry& FindObject(const sql::QualifiedName& name);
  /// As FindObject; with `if_exists` nullptr if there is none.
  duckdb::CatalogEntry* FindObjectIfAny(const sql::QualifiedName& name, bool if_exists);
  SchemaEntry& FindOurSchema(AttachedCatalog& catalog, const std::string& schema);
  /// nullptr if there is none.
  duckdb::CatalogEntry* LookUp(const std::vector<std::string>& parts);
  /// DuckDB's name for what Spark calls table.suffix: metadata tables, branches, tags;
  /// unset for other names.
  std::optional<std::string> SuffixedName(std::string_view sql,
                                          const sql::TableReference& reference);

  duckdb::ClientContext& context_;
  QueryReader read_query_;
};

}  // namespace tarn::engine
