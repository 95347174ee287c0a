// Any bytes as a Parquet file: its footer as the statistics of a data file, its rows as
// those of a table with columns of every kind, and its columns as position and equality
// deletes.
#include <cstddef>
#include <cstdint>
#include <string>

#include <arrow/record_batch.h>

#include "tarn/base/error.h"
#include "tarn/iceberg/name_mapping.h"
#include "tarn/storage/data_file_reader.h"
#include "tarn/storage/deleted_rows.h"
#include "tarn/testing/fake_clock.h"
#include "tarn/testing/memory_file_io.h"

namespace {

using tarn::iceberg::Field;
using tarn::iceberg::Type;

/// A footer may claim more rows than there is time for.
constexpr int kBatchesMax = 8;
constexpr int64_t kDeletedRowsMax = 1 << 17;

tarn::iceberg::TableMetadata MakeMetadata() {
  const auto column = [](tarn::iceberg::FieldId id, std::string name, Type type) {
    return Field{.id = id, .name = std::move(name), .type = std::move(type)};
  };
  auto schema = tarn::iceberg::Schema::Make(
      tarn::iceberg::SchemaId{0},
      {column(1, "id", Type::Long()), column(2, "name", Type::String()),
       column(
           3, "s",
           Type::Struct({column(4, "x", Type::Int()), column(5, "y", Type::Double())})),
       column(6, "l", Type::List(7, Type::Int(), false)),
       column(8, "m", Type::Map(9, Type::String(), 10, Type::Long(), false)),
       column(11, "t", Type::TimestampTz()), column(12, "d", Type::Decimal(20, 2)),
       column(13, "b", Type::Boolean()), column(14, "u", Type::Uuid()),
       column(15, "v", Type::Variant())});
  tarn::iceberg::TableMetadata metadata;
  metadata.partition_specs = {{}};
  metadata.sort_orders = {{}};
  metadata.schemas = {*schema};
  metadata.properties["schema.name-mapping.default"] =
      tarn::iceberg::NameMappingToJson(tarn::iceberg::NameMappingOf(**schema));
  return metadata;
}

void ReadRows(tarn::io::FileIO& io, const tarn::iceberg::TableMetadata& metadata,
              const tarn::iceberg::DataFile& file) {
  const auto reader = tarn::storage::DataFileReader::Open(
      io, metadata, file, {}, nullptr,
      {.schema = metadata.schema_ptr(), .row_lineage = true, .positions = true});
  if (!reader.ok()) {
    return;
  }
  for (int i = 0; i < kBatchesMax; ++i) {
    const auto batch = (*reader)->Next();
    if (!batch.ok() || *batch == nullptr) {
      return;
    }
    TARN_CHECK((*batch)->Validate().ok());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const tarn::iceberg::TableMetadata metadata = MakeMetadata();
  const tarn::testing::FakeClock clock;
  tarn::testing::MemoryFileIO io(clock);
  const std::string path = "/f.parquet";
  io.Put(path, std::string(reinterpret_cast<const char*>(data), size));
  const auto described = tarn::storage::DescribeDataFile(io, metadata, path, {});
  tarn::iceberg::DataFile file;
  file.file_path = path;
  ReadRows(io, metadata, file);
  if (!described.ok() || described->record_count > kDeletedRowsMax) {
    return 0;
  }
  tarn::storage::DeletedRows deleted(/*cache_bytes_max=*/0);
  tarn::iceberg::DataFile deletes = file;
  deletes.content = tarn::iceberg::FileContent::kPositionDeletes;
  static_cast<void>(deleted.PositionsIn(io, deletes, "/a.parquet"));
  return 0;
}
