// A FileIO that swallows what is written, for what is measured without a disk.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <arrow/io/interfaces.h>

#include "tarn/base/error.h"
#include "tarn/io/file_io.h"

namespace tarn::testing {

/// Nothing can be read again. Thread-safe.
class NullFileIO : public io::FileIO {
 public:
  Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenInput(
      const std::string& location, std::optional<int64_t>) override {
    return NoSuchFile(location);
  }
  Result<std::shared_ptr<arrow::io::OutputStream>> OpenOutput(
      const std::string&) override {
    return std::make_shared<Stream>(this);
  }
  Status WriteNew(const std::string&, std::string_view bytes) override {
    bytes_written_ += static_cast<int64_t>(bytes.size());
    return Status::OK();
  }
  Result<std::string> ReadAll(const std::string& location, int64_t) override {
    return NoSuchFile(location);
  }
  Result<io::FileInfo> Stat(const std::string& location) override {
    return NoSuchFile(location);
  }
  Result<std::vector<io::FileInfo>> List(const std::string&) override {
    return std::vector<io::FileInfo>();
  }
  Status Delete(const std::string&) override { return Status::OK(); }

  int64_t bytes_written() const { return bytes_written_.load(); }

 private:
  class Stream : public arrow::io::OutputStream {
   public:
    explicit Stream(NullFileIO* io) : io_(io) {}
    using OutputStream::Write;
    Status Write(const void*, int64_t nbytes) override {
      position_ += nbytes;
      io_->bytes_written_ += nbytes;
      return Status::OK();
    }
    Status Close() override {
      closed_ = true;
      return Status::OK();
    }
    Status Abort() override { return Close(); }
    Result<int64_t> Tell() const override { return position_; }
    bool closed() const override { return closed_; }

   private:
    NullFileIO* io_;
    int64_t position_ = 0;
    bool closed_ = false;
  };

  static Status NoSuchFile(const std::string& location) {
    return MakeError(ErrorCode::kNoSuchFile, "Nothing is kept of " + location);
  }

  std::atomic<int64_t> bytes_written_{0};
};

}  // namespace tarn::testing
