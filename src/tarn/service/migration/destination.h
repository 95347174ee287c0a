// The table that a migration writes: as it is, or as its commit will make it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/iceberg/table_update.h"
#include "tarn/service/migration/migration_request.h"
#include "tarn/table/context.h"

namespace tarn::service {

/// Properties and summary entries that say where a table's rows came from.
inline constexpr char kMigrationIdKey[] = "tarn.migration-id";
inline constexpr char kJobIdKey[] = "tarn.job-id";
inline constexpr char kSourceKey[] = "tarn.migration-source";
inline constexpr char kSourceUuidKey[] = "tarn.migration-source-uuid";
inline constexpr char kSourceSnapshotKey[] = "tarn.migration-source-snapshot-id";
inline constexpr char kSourceRowsKey[] = "tarn.migration-rows";
inline constexpr char kChecksumKey[] = "tarn.migration-checksum";

/// What rows look like on the way: fields, and what of the source's layout they allow.
struct TableShape {
  std::vector<iceberg::Field> fields;
  std::vector<iceberg::FieldId> identifier_field_ids;
  iceberg::PartitionSpec spec;
  iceberg::SortOrder sort_order;
};
/// The source as it is, in the columns of `schema`.
TableShape ShapeOf(const iceberg::TableMetadata& source, const iceberg::Schema& schema);
/// Rows of a transform: comments, nullability, partitions and order stay where their
/// columns do, with their types. Errors: kNotSupported naming a column.
Result<TableShape> ShapeOfRows(const arrow::Schema& rows,
                               const iceberg::TableMetadata& source,
                               const iceberg::Schema& schema);

struct Destination {
  std::shared_ptr<const iceberg::TableMetadata> metadata;
  std::optional<iceberg::SnapshotId> head = {};  // before
  bool creates = false;
  bool replaces = false;
};

/// Chooses by `mode` and by whether the destination `existing` is there. Errors:
/// kAlreadyExists, kNoSuchTable (append, overwrite), kInvalidArgument.
Result<Destination> ChooseDestination(const table::Context& context,
                                      const iceberg::TableIdent& ident,
                                      const std::optional<catalog::LoadedTable>& existing,
                                      const TableShape& shape,
                                      const iceberg::TableMetadata& source,
                                      MigrationMode mode);

/// The source's properties that a table elsewhere can have.
std::map<std::string, std::string> PropertiesToKeep(const iceberg::TableMetadata& source);

/// Namespaces that a migration made; dropped again unless kept.
class MadeNamespaces {
 public:
  explicit MadeNamespaces(catalog::Catalog& catalog) : catalog_(catalog) {}
  ~MadeNamespaces();
  MadeNamespaces(const MadeNamespaces&) = delete;
  MadeNamespaces& operator=(const MadeNamespaces&) = delete;

  /// `ns` and those on the way; the last one gets `properties` if it is new.
  Status Make(const iceberg::Namespace& ns, const catalog::Properties& properties);
  /// The same, with the properties of `like` in `source`, but for its location.
  Status MakeLike(catalog::Catalog& source, const iceberg::Namespace& like,
                  const iceberg::Namespace& ns);
  void Keep() { made_.clear(); }

 private:
  catalog::Catalog& catalog_;
  std::vector<iceberg::Namespace> made_;
};

}  // namespace tarn::service
