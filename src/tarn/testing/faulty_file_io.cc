#include "tarn/testing/faulty_file_io.h"

#include <utility>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>

namespace tarn::testing {
namespace {

class FaultyInput : public arrow::io::RandomAccessFile {
 public:
  FaultyInput(FaultyFileIO& owner, std::shared_ptr<RandomAccessFile> base,
              std::string location)
      : owner_(owner), base_(std::move(base)), location_(std::move(location)) {
    set_mode(arrow::io::FileMode::READ);
  }

  Status Close() override { return base_->Close(); }
  bool closed() const override { return base_->closed(); }
  Result<int64_t> Tell() const override { return base_->Tell(); }
  Status Seek(int64_t position) override { return base_->Seek(position); }
  Result<int64_t> GetSize() override { return base_->GetSize(); }
  Result<int64_t> Read(int64_t size, void* out) override {
    RETURN_NOT_OK(Count());
    return base_->Read(size, out);
  }
  Result<std::shared_ptr<arrow::Buffer>> Read(int64_t size) override {
    RETURN_NOT_OK(Count());
    return base_->Read(size);
  }
  Result<int64_t> ReadAt(int64_t position, int64_t size, void* out) override {
    RETURN_NOT_OK(Count());
    return base_->ReadAt(position, size, out);
  }
  Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t size) override {
    RETURN_NOT_OK(Count());
    return base_->ReadAt(position, size);
  }

 private:
  Status Count() {
    return owner_.Fires() ? owner_.Error("read", location_) : Status::OK();
  }

  FaultyFileIO& owner_;
  std::shared_ptr<RandomAccessFile> base_;
  const std::string location_;
};

class FaultyOutput : public arrow::io::OutputStream {
 public:
  FaultyOutput(FaultyFileIO& owner, std::shared_ptr<OutputStream> base,
               std::string location)
      : owner_(owner), base_(std::move(base)), location_(std::move(location)) {
    set_mode(arrow::io::FileMode::WRITE);
  }

  using arrow::io::OutputStream::Write;
  Status Write(const void* data, int64_t size) override {
    if (!owner_.Fires()) {
      return base_->Write(data, size);
    }
    const int64_t written = owner_.effect() == FaultEffect::kFull      ? size
                            : owner_.effect() == FaultEffect::kPartial ? size / 2
                                                                       : 0;
    RETURN_NOT_OK(base_->Write(data, written));
    return owner_.Error("write", location_);
  }
  Status Flush() override { return base_->Flush(); }
  Status Close() override {
    if (base_->closed() || !owner_.Fires()) {
      return base_->Close();
    }
    RETURN_NOT_OK(owner_.effect() == FaultEffect::kFull ? base_->Close()
                                                        : base_->Abort());
    return owner_.Error("close", location_);
  }
  Status Abort() override { return base_->Abort(); }
  bool closed() const override { return base_->closed(); }
  Result<int64_t> Tell() const override { return base_->Tell(); }

 private:
  FaultyFileIO& owner_;
  std::shared_ptr<OutputStream> base_;
  const std::string location_;
};

}  // namespace

void FaultyFileIO::FailOperation(Fault fault) {
  operations_ = 0;
  fired_ = false;
  effect_ = fault.effect;
  code_ = fault.code;
  fail_at_ = fault.at;
}

bool FaultyFileIO::Fires() {
  if (operations_++ != fail_at_.load()) {
    return false;
  }
  fired_ = true;
  return true;
}

Status FaultyFileIO::Error(const std::string& operation,
                           const std::string& location) const {
  return MakeError(code_.load(), "Injected failure of " + operation + ": " + location);
}

Result<std::shared_ptr<arrow::io::RandomAccessFile>> FaultyFileIO::OpenInput(
    const std::string& location, std::optional<int64_t> size_bytes) {
  if (Fires()) {
    return Error("open", location);
  }
  ARROW_ASSIGN_OR_RAISE(auto base, base_.OpenInput(location, size_bytes));
  return std::make_shared<FaultyInput>(*this, std::move(base), location);
}

Result<std::shared_ptr<arrow::io::OutputStream>> FaultyFileIO::OpenOutput(
    const std::string& location) {
  if (Fires()) {
    return Error("create", location);
  }
  ARROW_ASSIGN_OR_RAISE(auto base, base_.OpenOutput(location));
  return std::make_shared<FaultyOutput>(*this, std::move(base), location);
}

Status FaultyFileIO::WriteNew(const std::string& location, std::string_view bytes) {
  if (!Fires()) {
    return base_.WriteNew(location, bytes);
  }
  // WriteNew is whole or nothing, so there is no half.
  if (effect() == FaultEffect::kFull) {
    RETURN_NOT_OK(base_.WriteNew(location, bytes));
  }
  return Error("write", location);
}

Result<std::string> FaultyFileIO::ReadAll(const std::string& location,
                                          int64_t bytes_max) {
  if (Fires()) {
    return Error("read", location);
  }
  return base_.ReadAll(location, bytes_max);
}

Result<io::FileInfo> FaultyFileIO::Stat(const std::string& location) {
  if (Fires()) {
    return Error("stat", location);
  }
  return base_.Stat(location);
}

Result<std::vector<io::FileInfo>> FaultyFileIO::List(const std::string& directory) {
  if (Fires()) {
    return Error("list", directory);
  }
  return base_.List(directory);
}

Status FaultyFileIO::Delete(const std::string& location) {
  if (!Fires()) {
    return base_.Delete(location);
  }
  if (effect() == FaultEffect::kFull) {
    RETURN_NOT_OK(base_.Delete(location));
  }
  return Error("delete", location);
}

}  // namespace tarn::testing
