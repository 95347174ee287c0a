#include "tarn/ingest/packed/gzip_input.h"

#include <algorithm>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/io/compressed.h>
#include <arrow/io/interfaces.h>
#include <arrow/util/compression.h>

#include "tarn/base/error.h"
#include "tarn/io/file_io.h"

namespace tarn::ingest::packed {
namespace {

constexpr int64_t kCheckedBytes = int64_t{1} << 20;

}  // namespace

/// A file from its beginning on, which remembers its own error: what the decompressor
/// says without one is of the bytes.
class GzipInput::WatchedFile final : public arrow::io::InputStream {
 public:
  explicit WatchedFile(std::shared_ptr<arrow::io::RandomAccessFile> file)
      : file_(std::move(file)) {}

  Status Close() override { return Status::OK(); }
  bool closed() const override { return false; }
  Result<int64_t> Tell() const override { return at_; }
  Result<int64_t> Read(int64_t bytes, void* into) override {
    auto read = file_->ReadAt(at_, bytes, into);
    status_ = read.status();
    at_ += read.ValueOr(0);
    return read;
  }
  Result<std::shared_ptr<arrow::Buffer>> Read(int64_t bytes) override {
    auto read = file_->ReadAt(at_, bytes);
    status_ = read.status();
    at_ += read.ok() ? (*read)->size() : 0;
    return read;
  }
  const Status& status() const { return status_; }

 private:
  std::shared_ptr<arrow::io::RandomAccessFile> file_;
  int64_t at_ = 0;
  Status status_;
};

GzipInput::GzipInput(std::shared_ptr<WatchedFile> file,
                     std::shared_ptr<arrow::io::InputStream> unpacked)
    : file_(std::move(file)), unpacked_(std::move(unpacked)) {}
GzipInput::~GzipInput() = default;

bool IsGzip(std::string_view head) { return head.starts_with("\x1f\x8b"); }

Result<std::unique_ptr<GzipInput>> GzipInput::Open(
    std::shared_ptr<arrow::io::RandomAccessFile> file) {
  ARROW_ASSIGN_OR_RAISE(const auto codec,
                        arrow::util::Codec::Create(arrow::Compression::GZIP));
  auto watched = std::make_shared<WatchedFile>(std::move(file));
  ARROW_ASSIGN_OR_RAISE(auto unpacked,
                        arrow::io::CompressedInputStream::Make(codec.get(), watched));
  return std::unique_ptr<GzipInput>(
      new GzipInput(std::move(watched), std::move(unpacked)));
}

Result<std::shared_ptr<arrow::Buffer>> GzipInput::Read(int64_t bytes) {
  auto read = unpacked_->Read(bytes);
  if (read.ok() || !file_->status().ok()) {
    return read;
  }
  return MakeError(ErrorCode::kInvalidData,
                   "It is damaged or cut off: " + read.status().message());
}

Status CheckGzip(io::FileIO& io, const std::string& path,
                 const std::function<bool()>& cancelled) {
  ARROW_ASSIGN_OR_RAISE(auto file, io.OpenInput(path));
  ARROW_ASSIGN_OR_RAISE(const auto input, GzipInput::Open(std::move(file)));
  for (;;) {
    if (cancelled && cancelled()) {
      return MakeError(ErrorCode::kCancelled, "Cancelled");
    }
    ARROW_ASSIGN_OR_RAISE(const auto piece, input->Read(kCheckedBytes));
    if (piece->size() == 0) {
      return Status::OK();
    }
  }
}

}  // namespace tarn::ingest::packed
