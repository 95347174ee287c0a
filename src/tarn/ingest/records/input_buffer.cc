#include "tarn/ingest/records/input_buffer.h"

#include <utility>

#include <arrow/io/interfaces.h>

namespace tarn::ingest::records {
namespace {

constexpr size_t kBlockBytes = size_t{1} << 20;

}  // namespace

InputBuffer::InputBuffer(std::shared_ptr<arrow::io::InputStream> input)
    : input_(std::move(input)), block_(kBlockBytes) {}

InputBuffer::int_type InputBuffer::underflow() {
  if (gptr() == egptr()) {
    const auto read = input_->Read(static_cast<int64_t>(block_.size()), block_.data());
    if (!read.ok()) {
      status_ = read.status();
      return traits_type::eof();
    }
    setg(block_.data(), block_.data(), block_.data() + *read);
  }
  return gptr() == egptr() ? traits_type::eof() : traits_type::to_int_type(*gptr());
}

}  // namespace tarn::ingest::records
