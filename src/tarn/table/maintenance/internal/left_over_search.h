// What is there of the files that dead processes were writing, and who refers to it.
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/storage/write_journal.h"
#include "tarn/table/context.h"
#include "tarn/table/maintenance/internal/snapshot_files.h"
#include "tarn/table/maintenance/remove_left_over_files.h"

namespace tarn::table::internal {

/// Finds each file, or its unfinished part beside it: fate, location and bytes are set to
/// kGone, kYoung or kRemoved, as if nobody referred to it.
Result<std::vector<LeftOverFile>> FindLeftOver(
    io::FileIO& io, const std::vector<storage::JournaledFile>& files,
    std::chrono::milliseconds older_than, const ActionControl& control);

/// Who refers to the files of some directories. Thread-compatible.
class LeftOverReferences {
 public:
  /// Reads the tables of the catalog that put files where `files` are.
  static Result<LeftOverReferences> Make(const Context& context,
                                         const std::vector<LeftOverFile>& files,
                                         const ActionControl& control);

  bool Contains(const std::string& location) const {
    return referenced_.Contains(location);
  }
  /// Why a file of `table` that no table of the catalog refers to cannot be said to be
  /// nobody's; empty if it can.
  Result<std::string> DoubtAbout(const std::string& table, const std::string& location);

 private:
  LeftOverReferences(const Context& context, const ActionControl& control)
      : context_(context), control_(control) {}
  Status AddTable(const iceberg::TableIdent& ident);
  /// What metadata files in the directory of a table that the catalog lacks refer to.
  struct Foreign {
    LocationSet referenced;
    std::string unreadable;  // what cannot be read, and why
  };
  Result<const Foreign*> ForeignOf(const std::string& table);

  const Context& context_;
  const ActionControl& control_;
  LocationSet referenced_;
  std::set<std::string> known_;              // keys of tables' locations
  std::map<std::string, std::string> kept_;  // and why nothing of some may be deleted
  std::map<std::string, Foreign> foreign_;   // by key of the table's location
};

}  // namespace tarn::table::internal
