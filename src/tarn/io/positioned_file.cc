#include "tarn/io/positioned_file.h"

#include <algorithm>

#include <arrow/buffer.h>

#include "tarn/base/error.h"

namespace tarn::io {

int64_t PositionedFile::Clamped(int64_t position, int64_t nbytes) const {
  return std::clamp<int64_t>(nbytes, 0, std::max<int64_t>(size_ - position, 0));
}

Result<int64_t> PositionedFile::ReadAt(int64_t position, int64_t nbytes, void* out) {
  if (position < 0 || nbytes < 0) {
    return MakeError(ErrorCode::kInvalidArgument, "A range of a file is negative");
  }
  nbytes = Clamped(position, nbytes);
  return nbytes == 0 ? 0 : ReadRange(position, nbytes, out);
}

Result<std::shared_ptr<arrow::Buffer>> PositionedFile::ReadAt(int64_t position,
                                                              int64_t nbytes) {
  ARROW_ASSIGN_OR_RAISE(auto buffer,
                        arrow::AllocateResizableBuffer(Clamped(position, nbytes)));
  ARROW_ASSIGN_OR_RAISE(const int64_t read,
                        ReadAt(position, nbytes, buffer->mutable_data()));
  ARROW_RETURN_NOT_OK(buffer->Resize(read));
  return std::shared_ptr<arrow::Buffer>(std::move(buffer));
}

Result<int64_t> PositionedFile::Read(int64_t nbytes, void* out) {
  ARROW_ASSIGN_OR_RAISE(const int64_t read, ReadAt(position_, nbytes, out));
  position_ += read;
  return read;
}

Result<std::shared_ptr<arrow::Buffer>> PositionedFile::Read(int64_t nbytes) {
  ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, nbytes));
  position_ += buffer->size();
  return buffer;
}

Status PositionedFile::Seek(int64_t position) {
  position_ = position;
  return Status::OK();
}

Status PositionedFile::Close() {
  closed_ = true;
  return Status::OK();
}

}  // namespace tarn::io
