// Where one data file's bytes go: kept in memory until it is worth opening the file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <arrow/io/interfaces.h>

#include "tarn/io/file_io.h"

namespace tarn::storage {

/// A table with a thousand partitions has a thousand files in the making, most of them
/// small: those that fit in memory need no descriptor and no upload buffer until they are
/// closed. Thread-compatible.
class FileSink : public arrow::io::OutputStream {
 public:
  FileSink(io::FileIO& io, std::string location)
      : io_(io), location_(std::move(location)) {}
  ~FileSink() override;

  /// Opens the file and writes what was kept.
  Status Open();
  bool is_open() const { return stream_ != nullptr; }
  /// Memory of the bytes that are kept.
  int64_t buffered_bytes() const { return buffered_bytes_; }
  /// What the open file keeps in memory, if it is uploaded in parts.
  int64_t upload_bytes() const;

  using OutputStream::Write;
  Status Write(const void* data, int64_t nbytes) override;
  Status Write(const std::shared_ptr<arrow::Buffer>& data) override;
  Status Flush() override { return Status::OK(); }
  Status Close() override;
  /// Discards the file; writes after it are refused. Its error, which later calls repeat,
  /// says that something of the file may be left.
  Status Abort() override;
  Result<int64_t> Tell() const override { return position_; }
  bool closed() const override { return closed_; }

 private:
  void Keep(const char* data, size_t size);
  Status WriteKept();

  io::FileIO& io_;
  std::string location_;
  std::vector<std::string> buffer_;  // in pieces: one string would be copied as it grows
  int64_t buffered_bytes_ = 0;
  std::shared_ptr<arrow::io::OutputStream> stream_;
  int64_t position_ = 0;
  bool closed_ = false;
  Status aborted_;
};

}  // namespace tarn::storage
