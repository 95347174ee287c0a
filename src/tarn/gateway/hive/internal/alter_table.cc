// Hive's alter_table, which is what a commit through a Hive Metastore comes down to.
#include <algorithm>
#include <array>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/hive/internal/hive_call.h"
#include "tarn/gateway/hive/internal/hive_names.h"

namespace tarn::gateway::hive {
namespace {

using catalog::LoadedTable;
using Parameters = std::map<std::string, std::string>;

constexpr char kExpectedKey[] = "expected_parameter_key";
constexpr char kExpectedValue[] = "expected_parameter_value";

/// Parameters by which Hive and its clients keep books, and those that only repeat what
/// the metadata says.
constexpr auto kBookkeeping = std::to_array<std::string_view>({
    "COLUMN_STATS_ACCURATE",
    "DO_NOT_UPDATE_STATS",
    "EXTERNAL",
    "STATS_GENERATED",
    "STATS_GENERATED_VIA_STATS_TASK",
    "bucketing_version",
    "current-schema",
    "current-snapshot-id",
    "current-snapshot-summary",
    "current-snapshot-timestamp-ms",
    "default-partition-spec",
    "default-sort-order",
    "external.table.purge",
    "last_modified_by",
    "last_modified_time",
    "metadata_hash",
    "numFiles",
    "numFilesErasureCoded",
    "numRows",
    "presto_query_id",
    "presto_version",
    "previous_metadata_location",
    "rawDataSize",
    "snapshot-count",
    "storage_handler",
    "totalSize",
    "transient_lastDdlTime",
    "trino_query_id",
    "trino_version",
});

std::string Get(const Parameters& parameters, const std::string& key) {
  const auto found = parameters.find(key);
  return found == parameters.end() ? "" : found->second;
}

/// As Hive says it: Iceberg's Java clients know a lost race by these words, and try
/// again.
Status Modified(const std::string& present, const std::string& expected) {
  return MakeError(ErrorCode::kCommitConflict,
                   std::string("The table has been modified. The parameter value for "
                               "key '") +
                       kMetadataLocationKey + "' is '" + present +
                       "'. The expected value was '" + expected + "'");
}

/// Where the client believes the metadata to be. Errors: kInvalidArgument if it says
/// nothing: a swap without a comparison loses commits.
Result<std::string> ExpectedLocation(const CatalogEntry& entry,
                                     const Parameters& parameters,
                                     const Parameters& context) {
  const auto key = context.find(kExpectedKey);
  if (key != context.end()) {
    if (key->second != kMetadataLocationKey) {
      return MakeError(ErrorCode::kNotSupported,
                       std::string("Only ") + kMetadataLocationKey +
                           " can be expected to have a value, not " + key->second);
    }
    return Get(context, kExpectedValue);
  }
  const std::string previous = Get(parameters, kPreviousMetadataLocationKey);
  if (previous.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Cannot commit to " + IdentOf(entry).ToString() +
                         " without saying on top of what: set the parameter " +
                         kPreviousMetadataLocationKey + " or expected_parameter_value");
  }
  return previous;
}

Status Swap(catalog::Catalog& catalog, const CatalogEntry& entry,
            const std::string& expected, const std::string& location) {
  const iceberg::TableIdent& ident = IdentOf(entry);
  const Status swapped = std::holds_alternative<LoadedTable>(entry)
                             ? catalog.SwapTable(ident, expected, location).status()
                             : catalog.SwapView(ident, expected, location).status();
  if (swapped.ok() || CodeOf(swapped) != ErrorCode::kCommitConflict) {
    return swapped;
  }
  ARROW_ASSIGN_OR_RAISE(const CatalogEntry head,
                        FindTable(catalog, ident.ns.levels[0], ident.name));
  return Modified(MetadataLocationOf(head), expected);
}

Status Rename(catalog::Catalog& catalog, const CatalogEntry& entry,
              const iceberg::TableIdent& to) {
  const Status renamed = std::holds_alternative<LoadedTable>(entry)
                             ? catalog.RenameTable(IdentOf(entry), to)
                             : catalog.RenameView(IdentOf(entry), to);
  if (renamed.ok() || CodeOf(renamed) != ErrorCode::kAlreadyExists) {
    return renamed;
  }
  return MakeError(ErrorCode::kAlreadyExists,
                   "new table " + to.ToString() + " already exists");
}

/// Unset: it keeps its name. The new database must be there.
Result<std::optional<iceberg::TableIdent>> NewName(catalog::Catalog& catalog,
                                                   const CatalogEntry& entry,
                                                   const ThriftStruct& table) {
  const iceberg::TableIdent& ident = IdentOf(entry);
  const std::string name = table.Text(TableField::kName);
  const std::string database = DatabaseOf(table.Text(TableField::kDatabase));
  const bool keeps_name = name.empty() || FoldName(name) == FoldName(ident.name);
  const bool keeps_database =
      database.empty() || FoldName(database) == FoldName(ident.ns.levels[0]);
  if (keeps_name && keeps_database) {
    return std::nullopt;
  }
  iceberg::TableIdent to = ident;
  if (!keeps_database) {
    ARROW_ASSIGN_OR_RAISE(to.ns, FindDatabase(catalog, database));
  }
  if (!keeps_name) {
    to.name = FoldName(name);
  }
  return to;
}

/// Tarn shows what the metadata says and keeps nothing beside it: a change of anything
/// but Hive's own books would be lost without a word.
Status CheckIsBookkeeping(const CatalogEntry& entry, const ThriftStruct& table) {
  const Parameters shown = HiveParameters(entry);
  for (const auto& [key, value] : table.TextMap(TableField::kParameters)) {
    const auto present = shown.find(key);
    const bool is_same = present != shown.end() && present->second == value;
    if (!is_same && std::ranges::count(kBookkeeping, key) == 0) {
      return MakeError(ErrorCode::kNotSupported,
                       "Tarn keeps no parameters of Hive's own: change " +
                           IdentOf(entry).ToString() +
                           " through Iceberg to set its property " + key);
    }
  }
  return Status::OK();
}

Status CheckStaysIceberg(const CatalogEntry& entry, const Parameters& parameters) {
  const bool is_table = std::holds_alternative<LoadedTable>(entry);
  const std::string type = FoldName(Get(parameters, kTableTypeKey));
  if (type == FoldName(is_table ? kIcebergTable : kIcebergView) &&
      !Get(parameters, kMetadataLocationKey).empty()) {
    return Status::OK();
  }
  return MakeError(ErrorCode::kInvalidArgument,
                   IdentOf(entry).ToString() +
                       " is Iceberg's and stays so: " + kTableTypeKey + " and " +
                       kMetadataLocationKey + " cannot be taken away");
}

}  // namespace

Status AlterTable(catalog::Catalog& catalog, const std::string& database,
                  const std::string& name, const ThriftStruct& table,
                  const Parameters& context) {
  ARROW_ASSIGN_OR_RAISE(const CatalogEntry entry, FindTable(catalog, database, name));
  const Parameters parameters = table.TextMap(TableField::kParameters);
  ARROW_RETURN_NOT_OK(CheckStaysIceberg(entry, parameters));
  ARROW_ASSIGN_OR_RAISE(const auto new_name, NewName(catalog, entry, table));
  const std::string& present = MetadataLocationOf(entry);
  const std::string location = Get(parameters, kMetadataLocationKey);
  if (location != present) {
    if (new_name) {
      return MakeError(
          ErrorCode::kNotSupported,
          "Cannot commit to " + IdentOf(entry).ToString() + " and rename it in one call");
    }
    ARROW_ASSIGN_OR_RAISE(const std::string expected,
                          ExpectedLocation(entry, parameters, context));
    return Swap(catalog, entry, expected, location);
  }
  if (new_name) {
    return Rename(catalog, entry, *new_name);
  }
  if (context.contains(kExpectedKey)) {
    return Status::OK();  // a commit that came before, and its answer was lost
  }
  return CheckIsBookkeeping(entry, table);
}

}  // namespace tarn::gateway::hive
