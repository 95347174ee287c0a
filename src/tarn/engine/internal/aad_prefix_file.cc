#include "tarn/engine/internal/aad_prefix_file.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>

#include "tarn/base/error.h"

namespace tarn::engine {
namespace {

constexpr std::string_view kEncryptedMagic = "PARE";
constexpr int64_t kTrailerBytes = 8;  // footer length and magic
constexpr int64_t kFooterBytesMax = int64_t{1} << 30;
/// Thrift's compact protocol: a field's header is the step from the last field's id, and
/// its type.
constexpr uint8_t kFirstFieldStruct = 0x1c;
constexpr uint8_t kSecondFieldStruct = 0x2c;
constexpr uint8_t kTypeTrue = 1;
constexpr uint8_t kTypeFalse = 2;
constexpr uint8_t kTypeBinary = 8;
constexpr int kIdentifierField = 2;  // AesGcmV1.aad_file_unique

Status Invalid(const std::string& location, const std::string& why) {
  return MakeError(ErrorCode::kInvalidData, location + ": " + why);
}

class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : bytes_(bytes) {}

  size_t at() const { return at_; }
  bool failed() const { return failed_; }
  uint8_t Byte() {
    if (at_ >= bytes_.size()) {
      failed_ = true;
      return 0;
    }
    return static_cast<uint8_t>(bytes_[at_++]);
  }
  uint64_t Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const uint8_t byte = Byte();
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) {
        return value;
      }
    }
    failed_ = true;
    return 0;
  }
  void Skip(uint64_t count) {
    if (count > bytes_.size() - at_) {
      failed_ = true;
    } else {
      at_ += static_cast<size_t>(count);
    }
  }

 private:
  std::string_view bytes_;
  size_t at_ = 0;
  bool failed_ = false;
};

std::string VarintOf(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) {
    bytes.push_back(static_cast<char>(value | 0x80));
  }
  bytes.push_back(static_cast<char>(value));
  return bytes;
}

/// `footer` begins with Parquet's FileCryptoMetaData; its identifier gets `prefix`.
Result<std::string> WithPrefix(std::string_view footer, const std::string& prefix,
                               const std::string& location) {
  Cursor cursor(footer);
  const bool has_algorithm = cursor.Byte() == kFirstFieldStruct;
  const uint8_t algorithm = cursor.Byte();
  if (has_algorithm && algorithm == kSecondFieldStruct) {
    return MakeError(ErrorCode::kNotSupported,
                     "SQL reads the cipher AES_GCM_V1, not AES_GCM_CTR_V1: " + location);
  }
  const auto broken = [&] { return Invalid(location, "broken encryption metadata"); };
  if (!has_algorithm || algorithm != kFirstFieldStruct) {
    return broken();
  }
  for (int id = 0; !cursor.failed();) {
    const uint8_t header = cursor.Byte();
    const uint8_t type = header & 0x0f;
    if (header >> 4 == 0) {  // the end, or a step that no field here needs
      return broken();
    }
    id += header >> 4;
    if (type == kTypeTrue || type == kTypeFalse) {
      continue;
    }
    if (type != kTypeBinary) {
      return broken();
    }
    const size_t length_at = cursor.at();
    const uint64_t length = cursor.Varint();
    const size_t value_at = cursor.at();
    cursor.Skip(length);
    if (id == kIdentifierField && !cursor.failed()) {
      return std::string(footer.substr(0, length_at)) + VarintOf(length + prefix.size()) +
             prefix + std::string(footer.substr(value_at));
    }
  }
  return broken();
}

/// A file up to its footer, and another footer.
class PrefixedFile final : public arrow::io::RandomAccessFile {
 public:
  PrefixedFile(std::shared_ptr<arrow::io::RandomAccessFile> file, int64_t footer_at,
               std::string tail)
      : file_(std::move(file)), footer_at_(footer_at), tail_(std::move(tail)) {
    set_mode(arrow::io::FileMode::READ);
  }

  Status Close() override { return file_->Close(); }
  bool closed() const override { return file_->closed(); }
  Result<int64_t> Tell() const override { return position_; }
  Status Seek(int64_t position) override {
    position_ = position;
    return Status::OK();
  }
  Result<int64_t> GetSize() override {
    return footer_at_ + static_cast<int64_t>(tail_.size());
  }
  Result<int64_t> Read(int64_t nbytes, void* out) override {
    ARROW_ASSIGN_OR_RAISE(const int64_t read, ReadAt(position_, nbytes, out));
    position_ += read;
    return read;
  }
  Result<std::shared_ptr<arrow::Buffer>> Read(int64_t nbytes) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, nbytes));
    position_ += buffer->size();
    return buffer;
  }

  Result<int64_t> ReadAt(int64_t position, int64_t nbytes, void* out) override {
    int64_t done = 0;
    if (position < footer_at_) {
      const int64_t from_file = std::min(nbytes, footer_at_ - position);
      ARROW_ASSIGN_OR_RAISE(done, file_->ReadAt(position, from_file, out));
      if (done < from_file) {
        return done;
      }
    }
    const int64_t at = position + done - footer_at_;
    const int64_t from_tail =
        std::clamp<int64_t>(static_cast<int64_t>(tail_.size()) - at, 0, nbytes - done);
    if (from_tail > 0) {
      std::memcpy(static_cast<char*>(out) + done, tail_.data() + at,
                  static_cast<size_t>(from_tail));
    }
    return done + from_tail;
  }
  Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position,
                                                int64_t nbytes) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(nbytes));
    ARROW_ASSIGN_OR_RAISE(const int64_t read,
                          ReadAt(position, nbytes, buffer->mutable_data()));
    ARROW_RETURN_NOT_OK(buffer->Resize(read));
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }

 private:
  const std::shared_ptr<arrow::io::RandomAccessFile> file_;
  const int64_t footer_at_;
  const std::string tail_;
  int64_t position_ = 0;
};

}  // namespace

Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenWithAadPrefix(
    io::FileIO& io, const std::string& location, std::optional<int64_t> size_bytes,
    const std::string& aad_prefix) {
  ARROW_ASSIGN_OR_RAISE(auto file, io.OpenInput(location, size_bytes));
  ARROW_ASSIGN_OR_RAISE(const int64_t size, file->GetSize());
  if (size < kTrailerBytes) {
    return Invalid(location, "not a Parquet file");
  }
  ARROW_ASSIGN_OR_RAISE(const auto trailer,
                        file->ReadAt(size - kTrailerBytes, kTrailerBytes));
  const auto trailer_bytes = std::string_view(*trailer);
  if (!trailer_bytes.ends_with(kEncryptedMagic)) {
    return Invalid(location,
                   "not an encrypted Parquet file, though there is a key for it");
  }
  uint32_t footer_bytes = 0;
  std::memcpy(&footer_bytes, trailer_bytes.data(), sizeof(footer_bytes));
  const int64_t footer_at = size - kTrailerBytes - int64_t{footer_bytes};
  if (footer_at < 0 || footer_bytes > kFooterBytesMax) {
    return Invalid(location, "a footer of " + std::to_string(footer_bytes) + " bytes");
  }
  ARROW_ASSIGN_OR_RAISE(const auto footer,
                        file->ReadAt(footer_at, int64_t{footer_bytes}));
  ARROW_ASSIGN_OR_RAISE(std::string tail,
                        WithPrefix(std::string_view(*footer), aad_prefix, location));
  const auto tail_bytes = static_cast<uint32_t>(tail.size());
  tail.append(reinterpret_cast<const char*>(&tail_bytes), sizeof(tail_bytes));
  tail += kEncryptedMagic;
  return std::make_shared<PrefixedFile>(std::move(file), footer_at, std::move(tail));
}

}  // namespace tarn::engine
