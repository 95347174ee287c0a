#include "tarn/io/internal/upload_stream.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <arrow/buffer.h>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/io/internal/store_errors.h"

namespace tarn::io {
namespace {

/// The store's streams copy what they are given; a large write goes in slices, so that
/// not all of it is copied at once.
constexpr int64_t kSliceBytes = int64_t{8} << 20;

class UploadStream final : public arrow::io::OutputStream {
 public:
  explicit UploadStream(Upload upload) : upload_(std::move(upload)) {}
  ~UploadStream() override { static_cast<void>(Discard()); }

  using OutputStream::Write;
  Status Write(const void* data, int64_t nbytes) override {
    if (closed_) {
      return MakeError(ErrorCode::kInternal,
                       "Write to the closed file " + upload_.location);
    }
    if (status_.ok()) {
      status_ = DoWrite({static_cast<const char*>(data), static_cast<size_t>(nbytes)});
    }
    return status_;
  }

  Status Close() override {
    if (closed_) {
      return Status::OK();
    }
    if (status_.ok()) {
      status_ = Publish();
    }
    if (!status_.ok()) {
      static_cast<void>(Discard());
      return status_;
    }
    closed_ = true;
    stream_.reset();
    return Status::OK();
  }

  Status Abort() override { return Discard(); }
  Result<int64_t> Tell() const override { return position_; }
  bool closed() const override { return closed_; }

 private:
  Status DoWrite(std::string_view bytes) {
    const auto size = static_cast<int64_t>(bytes.size());
    if (size > upload_.bytes_max - position_) {
      return MakeError(ErrorCode::kResourceLimit,
                       fmt::format("{} grows over what the store takes as one file, {} "
                                   "bytes; choose a smaller file size",
                                   upload_.location, upload_.bytes_max));
    }
    position_ += size;
    if (static_cast<int64_t>(buffer_.size()) + size <= upload_.buffer_bytes) {
      buffer_ += bytes;
      return Status::OK();
    }
    ARROW_RETURN_NOT_OK(SendBuffer());
    if (size < upload_.buffer_bytes) {
      buffer_ = bytes;
      return Status::OK();
    }
    return Send(bytes);
  }

  Status SendBuffer() {
    if (stream_ == nullptr) {
      auto stream = CatchStore(upload_.open);
      if (!stream.ok()) {
        return FromStoreError("Cannot create " + upload_.location, stream.status());
      }
      stream_ = *std::move(stream);
    }
    const std::string bytes = std::exchange(buffer_, {});
    return bytes.empty() ? Status::OK() : Send(bytes);
  }

  Status Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::string_view slice = bytes.substr(0, kSliceBytes);
      bytes.remove_prefix(slice.size());
      ARROW_RETURN_NOT_OK(Call([&] {
        return stream_->Write(slice.data(), static_cast<int64_t>(slice.size()));
      }));
      in_flight_ += static_cast<int64_t>(slice.size());
      if (upload_.bytes_in_flight_max > 0 && in_flight_ >= upload_.bytes_in_flight_max) {
        ARROW_RETURN_NOT_OK(Wait());
      }
    }
    return Status::OK();
  }

  Status Publish() {
    ARROW_RETURN_NOT_OK(SendBuffer());
    if (upload_.bytes_in_flight_max > 0) {
      // A stream whose Close() fails cannot be aborted any more; what failed in the
      // background is found here.
      ARROW_RETURN_NOT_OK(Wait());
    }
    return Call([&] { return stream_->Close(); });
  }

  Status Wait() {
    in_flight_ = 0;
    return Call([&] { return stream_->Flush(); });
  }

  template <typename Fn>
  Status Call(Fn&& fn) {
    return FromStoreError("Cannot write " + upload_.location, CatchStore(fn));
  }

  Status Discard() {
    if (closed_) {
      return Status::OK();
    }
    closed_ = true;
    buffer_.clear();
    if (stream_ == nullptr) {
      return Status::OK();
    }
    const Upload::Stream stream = std::move(stream_);
    return FromStoreError("Cannot discard " + upload_.location,
                          CatchStore([&] { return upload_.discard(stream); }));
  }

  const Upload upload_;
  Upload::Stream stream_;  // null until something must be sent, and at the end
  std::string buffer_;     // at most buffer_bytes
  int64_t position_ = 0;
  int64_t in_flight_ = 0;  // since the last Flush()
  Status status_;          // the first error
  bool closed_ = false;
};

}  // namespace

std::shared_ptr<arrow::io::OutputStream> MakeUploadStream(Upload upload) {
  return std::make_shared<UploadStream>(std::move(upload));
}

}  // namespace tarn::io
