// Decoding one Avro value after another into an Arrow builder.
#pragma once

#include <memory>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/avro/decoder.h"
#include "tarn/iceberg/avro/schema.h"

namespace tarn::ingest::internal {

/// Thread-compatible.
class AvroValue {
 public:
  virtual ~AvroValue() = default;
  /// Reads one value and appends it. Wrong bytes make the decoder fail; what was appended
  /// is then of no use.
  virtual Status Read(iceberg::avro::Decoder& decoder) = 0;
};

/// For values of type `node`, of the Arrow type that ArrowFieldOf gave. `schema` and
/// `builder` outlive the result.
std::unique_ptr<AvroValue> MakeAvroValue(const iceberg::avro::Schema& schema,
                                         iceberg::avro::NodeId node,
                                         arrow::ArrayBuilder& builder);

}  // namespace tarn::ingest::internal
