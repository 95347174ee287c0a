// Preparing a copy of a table at another place (Java's RewriteTablePath, Spark's
// rewrite_table_path): metadata with the new paths, and the list of what to copy.
#pragma once

#include <cstdint>
#include <string>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/table/context.h"
#include "tarn/table/maintenance/action.h"

namespace tarn::table {

struct RewriteTablePathOptions {
  std::string source_prefix;  // every path of the table lies below it
  std::string target_prefix;
  /// Names or locations of metadata files. Only what came after `start_version` is
  /// rewritten and listed (an earlier run has copied the rest); empty: everything.
  std::string start_version = {};
  std::string end_version = {};       // empty: the current one
  std::string staging_location = {};  // empty: a new directory in the metadata folder
  bool create_file_list = true;
  ActionControl control = {};
};

struct RewriteTablePathResult {
  std::string latest_version;  // name of the metadata file to register at the target
  std::string staging_location;
  std::string file_list_location = {};  // "source,target" lines, CSV; empty: none wanted
  int64_t rewritten_metadata_files_count = 0;
  int64_t rewritten_manifest_lists_count = 0;
  int64_t rewritten_manifests_count = 0;
  int64_t rewritten_delete_files_count = 0;
  int64_t files_to_copy_count = 0;
};

/// Writes to the staging directory: metadata files, manifest lists, manifests, position
/// delete files and deletion vectors, each with the target's paths in the place of the
/// source's. Data files, equality deletes and statistics are listed to be copied as they
/// are. The table itself is not changed. When all files of the list are copied, the
/// catalog's RegisterTable on "<target>/…/<latest_version>" makes the copy a table.
/// Metadata files of the log that are gone are left out of the copy's log. Errors:
/// kInvalidArgument (a prefix that a path lacks, a version that the log does not have),
/// kNotSupported (an encrypted table), kCancelled, those of FileIO; what was staged until
/// then is left in the staging directory.
Result<RewriteTablePathResult> RewriteTablePath(const Context& context,
                                                const iceberg::TableIdent& ident,
                                                const RewriteTablePathOptions& options);

}  // namespace tarn::table
