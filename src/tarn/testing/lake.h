// A small lake to break: a table in a SQLite catalog, with real files and a fault
// injector below everything.
//
//   ASSERT_OK_AND_ASSIGN(auto lake, Lake::Make());
//   ASSERT_OK(lake->Append(10));
//   lake->fs().FailOperation(3);
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/base/key_management.h"
#include "tarn/catalog/catalog.h"
#include "tarn/iceberg/data_file.h"
#include "tarn/table/write.h"
#include "tarn/testing/fake_clock.h"
#include "tarn/testing/faulty_file_io.h"

namespace tarn::testing {

enum class LakeFiles : uint8_t { kLocal, kMemory };

struct LakeOptions {
  LakeFiles files = LakeFiles::kLocal;
  std::map<std::string, std::string> properties = {};  // of the table
  uint64_t seed = 1;
  std::shared_ptr<KeyManagement> keys = nullptr;  // of encrypted tables; kLocal only
  std::chrono::milliseconds undrop_retention{0};  // of the catalog
};

/// One table "ns.t" of (id long, name string), partitioned by bucket[2](id), made by the
/// first write. Everything lies in a temporary directory that goes away with the lake.
/// Append and Overwrite are thread-safe.
class Lake {
 public:
  static Result<std::unique_ptr<Lake>> Make(LakeOptions options = {});
  ~Lake();
  Lake(const Lake&) = delete;
  Lake& operator=(const Lake&) = delete;

  /// Creates the table in the commit of its first `rows` rows.
  Status Create(int64_t rows);
  Status Append(int64_t rows);
  Status Overwrite(int64_t rows);
  /// Ends fault injection and opens the catalog anew, as the next process would.
  Status Reopen();

  /// Every live file of every snapshot is there with its size, manifests and summaries
  /// agree on files and rows, and sequence numbers do not exceed the table's. Errors:
  /// kInternal with what is wrong.
  Status CheckInvariants();
  /// Rows of the current snapshot; 0 if there is no table.
  Result<int64_t> num_rows();

  FaultyFileIO& fs() { return *faulty_; }
  catalog::Catalog& catalog() { return *catalog_; }
  FakeClock& clock() { return clock_; }
  const iceberg::TableIdent& ident() const { return ident_; }
  const std::string& directory() const { return directory_; }
  table::Context context() { return {*catalog_, *faulty_, clock_, random_}; }

 private:
  explicit Lake(LakeOptions options);
  Status OpenCatalog();
  Status WriteRows(const std::shared_ptr<const iceberg::TableMetadata>& metadata,
                   int64_t rows, table::WriteRequest request);
  Status CheckSnapshot(const iceberg::TableMetadata& metadata,
                       const iceberg::Snapshot& snapshot);

  const LakeOptions options_;
  const iceberg::TableIdent ident_;
  std::string directory_;
  FakeClock clock_;
  SeededRandom random_;
  std::unique_ptr<io::FileIO> files_;
  std::unique_ptr<FaultyFileIO> faulty_;
  std::unique_ptr<catalog::Catalog> catalog_;
};

}  // namespace tarn::testing
