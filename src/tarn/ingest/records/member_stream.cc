#include "tarn/ingest/records/member_stream.h"

#include <optional>
#include <utility>

#include <arrow/buffer.h>

#include "tarn/base/error.h"

namespace tarn::ingest::records {
namespace {

class MemberStream final : public arrow::io::InputStream {
 public:
  MemberStream(std::unique_ptr<packed::PackedReader> archive, int64_t bytes_max)
      : archive_(std::move(archive)), bytes_max_(bytes_max) {}

  Status Close() override {
    archive_.reset();
    return Status::OK();
  }
  bool closed() const override { return archive_ == nullptr; }
  Result<int64_t> Tell() const override { return at_; }

  Result<int64_t> Read(int64_t nbytes, void* out) override {
    if (archive_ == nullptr) {
      return MakeError(ErrorCode::kInternal, "The member of an archive is closed");
    }
    ARROW_ASSIGN_OR_RAISE(
        const int64_t bytes,
        archive_->Read({static_cast<char*>(out), static_cast<size_t>(nbytes)}));
    at_ += bytes;
    if (at_ > bytes_max_) {
      return MakeError(
          ErrorCode::kResourceLimit,
          "A part of it unpacks to more than " + std::to_string(bytes_max_) + " bytes");
    }
    return bytes;
  }

  Result<std::shared_ptr<arrow::Buffer>> Read(int64_t nbytes) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(nbytes));
    ARROW_ASSIGN_OR_RAISE(const int64_t bytes, Read(nbytes, buffer->mutable_data()));
    RETURN_NOT_OK(buffer->Resize(bytes));
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }

 private:
  std::unique_ptr<packed::PackedReader> archive_;
  const int64_t bytes_max_;
  int64_t at_ = 0;
};

}  // namespace

Result<std::shared_ptr<arrow::io::InputStream>> OpenMember(
    std::shared_ptr<arrow::io::RandomAccessFile> file, const std::string& name,
    int64_t bytes_max) {
  ARROW_ASSIGN_OR_RAISE(
      auto archive, packed::PackedReader::Open(std::move(file), packed::Packing::kZip));
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const std::optional<packed::Member> member, archive->Next());
    if (!member) {
      return std::shared_ptr<arrow::io::InputStream>();
    }
    if (member->name == name) {
      return std::make_shared<MemberStream>(std::move(archive), bytes_max);
    }
  }
}

}  // namespace tarn::ingest::records
