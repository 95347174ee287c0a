// What the functions of this module work with.
#pragma once

#include "tarn/base/clock.h"
#include "tarn/catalog/catalog.h"
#include "tarn/io/file_io.h"

namespace tarn::storage {
class DeletedRows;
}  // namespace tarn::storage

namespace tarn::table {

class ManifestCache;

/// All outlive the calls they are given to. Thread-safe. What is nullptr is not shared:
/// each call then reads for itself.
struct Context {
  catalog::Catalog& catalog;
  io::FileIO& io;
  Clock& clock;
  Random& random;
  ManifestCache* manifests = nullptr;  // parsed manifests, within a byte budget
  storage::DeletedRows* deletions =
      nullptr;  // applied delete files, within a byte budget
};

}  // namespace tarn::table
