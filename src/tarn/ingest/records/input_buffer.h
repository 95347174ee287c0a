// An Arrow input as what C++'s streams read from.
#pragma once

#include <memory>
#include <streambuf>
#include <vector>

#include <arrow/io/type_fwd.h>

#include "tarn/base/result.h"

namespace tarn::ingest::records {

/// Thread-compatible.
class InputBuffer final : public std::streambuf {
 public:
  explicit InputBuffer(std::shared_ptr<arrow::io::InputStream> input);
  /// Why the stream ended, if that was not at the end.
  const Status& status() const { return status_; }

 private:
  int_type underflow() override;

  std::shared_ptr<arrow::io::InputStream> input_;
  std::vector<char> block_;
  Status status_;
};

}  // namespace tarn::ingest::records
