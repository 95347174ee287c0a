#include "tarn/storage/internal/file_sink.h"

#include <string_view>

#include <arrow/buffer.h>

#include "tarn/base/error.h"

namespace tarn::storage {

FileSink::~FileSink() { static_cast<void>(Abort()); }

Status FileSink::Open() {
  if (stream_ != nullptr) {
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(stream_, io_.OpenOutput(location_));
  const std::string bytes = std::exchange(buffer_, std::string());
  return stream_->Write(std::string_view(bytes));
}

Status FileSink::Write(const void* data, int64_t nbytes) {
  if (closed_) {
    return MakeError(ErrorCode::kInternal, "Write to the closed file " + location_);
  }
  position_ += nbytes;
  if (stream_ != nullptr) {
    return stream_->Write(data, nbytes);
  }
  buffer_.append(static_cast<const char*>(data), static_cast<size_t>(nbytes));
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
    return Status::OK();
  }
  closed_ = true;
  buffer_ = std::string();
  const auto stream = std::exchange(stream_, nullptr);
  return stream == nullptr ? Status::OK() : stream->Abort();
}

}  // namespace tarn::storage
