// Copies of tables with their history that are under way: written down before their first
// file, so that what a killed process left is found and removed.
#pragma once

#include <memory>
#include <string>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/iceberg/table_ident.h"

namespace tarn::catalog {
class DocumentStore;
}  // namespace tarn::catalog

namespace tarn::service {

class Places;

/// One copy, to a location that is its own.
struct CopyUnderWay {
  std::string migration_id;
  std::string place;  // of the destination, as Places finds it
  iceberg::TableIdent table;
  std::string location;
};

/// Thread-safe, as the store, which outlives it. Errors of all: those of the store.
class CopyJournal {
 public:
  CopyJournal(catalog::DocumentStore& documents, Clock& clock, Random& random)
      : documents_(documents), clock_(clock), random_(random) {}

  /// Before its first file; gives its id.
  Result<std::string> Begin(const CopyUnderWay& copy);
  /// From now on the catalog may name the files.
  Status Register(const std::string& id);
  /// Its files are the table's, or gone.
  Status End(const std::string& id);

  /// Removes the files of copies that nobody works on any more and that no catalog was
  /// asked to name: of an attempt before of `migration_id`, which has begun none yet in
  /// this one, and of processes of this machine that have died. What cannot be removed is
  /// logged and left for the next.
  Status RemoveLeftovers(const std::string& migration_id, Places& places);

 private:
  catalog::DocumentStore& documents_;
  Clock& clock_;
  Random& random_;
};

}  // namespace tarn::service
