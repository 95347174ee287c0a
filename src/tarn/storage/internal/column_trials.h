// Which encodings are tried on a column, and which of them is best.
#pragma once

#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/schema.h"
#include "tarn/storage/advise.h"
#include "tarn/storage/internal/encoding_trial.h"

namespace tarn::storage {

/// As a column is written with `options`; codecs that have levels have one.
ColumnEncoding EncodingIn(const ParquetOptions& options, iceberg::FieldId id);

/// `codec` with the level that it is run with.
Codec WithLevel(Codec codec);

/// Tries encodings on the columns inside of `field`, one of a table's, whose rows these
/// are. `schema` gives names, `today` page sizes and today's encodings.
Result<std::vector<ColumnAdvice>> TryEncodings(const TrialRows& rows,
                                               const iceberg::Field& field,
                                               const iceberg::Schema& schema,
                                               const ParquetOptions& today);

}  // namespace tarn::storage
