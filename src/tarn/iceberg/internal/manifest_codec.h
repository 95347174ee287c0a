// The public name of a compression as the Avro codec it stands for.
#pragma once

#include "tarn/iceberg/avro/codec.h"
#include "tarn/iceberg/manifest.h"

namespace tarn::iceberg::internal {

constexpr avro::Codec CodecOf(AvroCompression compression) {
  switch (compression) {
    case AvroCompression::kNone:
      return avro::Codec::kNull;
    case AvroCompression::kDeflate:
      return avro::Codec::kDeflate;
    case AvroCompression::kSnappy:
      return avro::Codec::kSnappy;
    case AvroCompression::kZstd:
      return avro::Codec::kZstandard;
  }
  return avro::Codec::kNull;
}

}  // namespace tarn::iceberg::internal
