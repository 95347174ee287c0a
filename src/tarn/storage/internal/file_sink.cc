#include "tarn/storage/internal/file_sink.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <arrow/buffer.h>

#include "tarn/base/error.h"

namespace tarn::storage {
namespace {

/// Pages and footers come in many small writes around a few large ones.
constexpr size_t kPieceBytesMin = 4'096;
/// A part of an upload: what object stores' clients collect before they send it.
constexpr int64_t kPartBytes = int64_t{10} << 20;

}  // namespace

FileSink::~FileSink() { static_cast<void>(Abort()); }

Status FileSink::Open() {
  if (stream_ != nullptr) {
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(stream_, io_.OpenOutput(location_));
  return WriteKept();
}

Status FileSink::WriteKept() {
  buffered_bytes_ = 0;
  for (const std::string& piece : std::exchange(buffer_, {})) {
    ARROW_RETURN_NOT_OK(stream_->Write(std::string_view(piece)));
  }
  return Status::OK();
}

void FileSink::Keep(const char* data, size_t size) {
  if (buffer_.empty() || buffer_.back().capacity() - buffer_.back().size() < size) {
    buffer_.emplace_back().reserve(std::max(size, kPieceBytesMin));
    buffered_bytes_ += static_cast<int64_t>(buffer_.back().capacity());
  }
  buffer_.back().append(data, size);
}

int64_t FileSink::upload_bytes() const {
  return stream_ == nullptr || io::LocalPathOf(location_)
             ? 0
             : std::min(position_, kPartBytes);
}

Status FileSink::Write(const void* data, int64_t nbytes) {
  if (closed_) {
    return MakeError(ErrorCode::kInternal, "Write to the closed file " + location_);
  }
  position_ += nbytes;
  if (stream_ != nullptr) {
    return stream_->Write(data, nbytes);
  }
  Keep(static_cast<const char*>(data), static_cast<size_t>(nbytes));
  return Status::OK();
}

Status FileSink::Write(const std::shared_ptr<arrow::Buffer>& data) {
  if (stream_ == nullptr || closed_) {
    return Write(data->data(), data->size());
  }
  position_ += data->size();
  return stream_->Write(data);
}

Status FileSink::Close() {
  if (closed_) {
    return Status::OK();
  }
  Status status = Open();
  if (status.ok()) {
    status = stream_->Close();
  }
  if (!status.ok()) {
    static_cast<void>(Abort());
    return status;
  }
  closed_ = true;
  stream_.reset();
  return Status::OK();
}

Status FileSink::Abort() {
  if (closed_) {
    return aborted_;
  }
  closed_ = true;
  buffer_.clear();
  buffered_bytes_ = 0;
  const auto stream = std::exchange(stream_, nullptr);
  aborted_ = stream == nullptr ? Status::OK() : stream->Abort();
  return aborted_;
}

}  // namespace tarn::storage
