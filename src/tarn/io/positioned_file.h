// A file of which ranges can be read: what else Arrow asks of an open file follows.
#pragma once

#include <cstdint>
#include <memory>

#include <arrow/io/interfaces.h>

#include "tarn/base/result.h"

namespace tarn::io {

/// Reads stop at the end of the file. Ranges may be read by several threads if the class
/// below allows it; Seek, Tell and Read are for one.
class PositionedFile : public arrow::io::RandomAccessFile {
 public:
  /// A negative range is kInvalidArgument: it may come from a file that is broken.
  Result<int64_t> ReadAt(int64_t position, int64_t nbytes, void* out) final;
  Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position,
                                                int64_t nbytes) override;
  Result<int64_t> Read(int64_t nbytes, void* out) final;
  Result<std::shared_ptr<arrow::Buffer>> Read(int64_t nbytes) final;
  Status Seek(int64_t position) final;
  Result<int64_t> Tell() const final { return position_; }
  Result<int64_t> GetSize() final { return size_; }
  Status Close() override;
  bool closed() const override { return closed_; }

 protected:
  explicit PositionedFile(int64_t size = 0) : size_(size) {
    set_mode(arrow::io::FileMode::READ);
  }
  /// For classes that find out after they are made.
  void set_size(int64_t size) { size_ = size; }
  int64_t size() const { return size_; }

  /// Reads a range that is not empty and inside of the file; fewer bytes only if the file
  /// turns out to be shorter.
  virtual Result<int64_t> ReadRange(int64_t position, int64_t nbytes, void* out) = 0;

  /// `nbytes`, or what the file has of them from `position` on.
  int64_t Clamped(int64_t position, int64_t nbytes) const;

 private:
  int64_t size_;
  int64_t position_ = 0;
  bool closed_ = false;
};

}  // namespace tarn::io
