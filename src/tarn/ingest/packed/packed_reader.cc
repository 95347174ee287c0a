#include "tarn/ingest/packed/packed_reader.h"

#include <array>
#include <cstdio>
#include <utility>

#include <archive.h>
#include <archive_entry.h>
#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>

#include "tarn/base/error.h"
#include "tarn/ingest/packed/gzip_input.h"

namespace tarn::ingest::packed {
namespace {

constexpr int64_t kBlockBytes = int64_t{1} << 20;
constexpr int64_t kHeadBytes = 2;
constexpr size_t kTarMagicAt = 257;

struct ArchiveDeleter {
  void operator()(::archive* reader) const { ::archive_read_free(reader); }
};
using ArchivePtr = std::unique_ptr<::archive, ArchiveDeleter>;

class LibarchiveReader final : public PackedReader {
 public:
  LibarchiveReader(std::shared_ptr<arrow::io::RandomAccessFile> file, int64_t size_bytes)
      : file_(std::move(file)), size_bytes_(size_bytes), reader_(::archive_read_new()) {}

  Status Begin(Packing packing) {
    if (reader_ == nullptr) {
      return MakeError(ErrorCode::kOutOfMemory, "No memory to read an archive");
    }
    if (packing == Packing::kCompressed) {
      ARROW_ASSIGN_OR_RAISE(const auto head, file_->ReadAt(0, kHeadBytes));
      if (IsGzip(head->ToString())) {  // the library does not look at its checksums
        ARROW_ASSIGN_OR_RAISE(gzip_, GzipInput::Open(file_));
      }
    }
    ::archive* reader = reader_.get();
    // A filter that this build of the library lacks says so when it is needed.
    if (packing == Packing::kCompressed) {
      ::archive_read_support_filter_gzip(reader);
      ::archive_read_support_filter_bzip2(reader);
      ::archive_read_support_filter_xz(reader);
      ::archive_read_support_filter_zstd(reader);
      ::archive_read_support_filter_lz4(reader);
      ::archive_read_support_format_raw(reader);
    }
    if (packing == Packing::kZip) {
      ::archive_read_support_format_zip(reader);
    } else {
      ::archive_read_support_format_tar(reader);
    }
    ::archive_read_set_callback_data(reader, this);
    ::archive_read_set_read_callback(reader, &OnRead);
    if (gzip_ == nullptr) {
      ::archive_read_set_seek_callback(reader, &OnSeek);
      ::archive_read_set_skip_callback(reader, &OnSkip);
    }
    return Checked(::archive_read_open1(reader));
  }

  Result<std::optional<Member>> Next() override {
    for (;;) {
      ::archive_entry* entry = nullptr;
      const int outcome = ::archive_read_next_header(reader_.get(), &entry);
      if (outcome == ARCHIVE_EOF) {
        return std::optional<Member>();
      }
      if (outcome < ARCHIVE_WARN) {  // a warning is of names and times
        return Failed();
      }
      if (::archive_entry_filetype(entry) == AE_IFDIR ||
          ::archive_entry_filetype(entry) == AE_IFLNK) {
        continue;
      }
      const bool is_raw =
          ::archive_format(reader_.get()) == ARCHIVE_FORMAT_RAW;  // has no members
      Member member;
      if (!is_raw) {
        const char* name = ::archive_entry_pathname_utf8(entry);
        name = name == nullptr ? ::archive_entry_pathname(entry) : name;
        member.name = name == nullptr ? "unnamed" : name;
      }
      if (::archive_entry_is_encrypted(entry) != 0) {
        return MakeError(ErrorCode::kInvalidData,
                         "It is protected by a password, which is not supported; unpack "
                         "it first: " +
                             member.name);
      }
      return std::optional<Member>(std::move(member));
    }
  }

  Result<int64_t> Read(std::span<char> into) override {
    const la_ssize_t bytes = ::archive_read_data(reader_.get(), into.data(), into.size());
    if (bytes < 0) {  // a warning too: of a checksum that is wrong
      return Failed();
    }
    // The library takes for an end what begins like nothing it knows.
    const bool is_raw = ::archive_format(reader_.get()) == ARCHIVE_FORMAT_RAW;
    if (bytes == 0 && is_raw && gzip_ == nullptr &&
        ::archive_filter_bytes(reader_.get(), -1) < size_bytes_) {
      return MakeError(ErrorCode::kInvalidData,
                       "It is damaged: something else follows its compressed data");
    }
    return static_cast<int64_t>(bytes);
  }

 private:
  Status Failed() const {
    if (!file_status_.ok()) {
      return file_status_;
    }
    const char* message = ::archive_error_string(reader_.get());
    return MakeError(ErrorCode::kInvalidData,
                     std::string("It is damaged: ") +
                         (message == nullptr ? "it cannot be unpacked" : message));
  }

  Status Checked(int outcome) const {
    return outcome < ARCHIVE_WARN ? Failed() : Status::OK();
  }

  static la_ssize_t OnRead(::archive* reader, void* context, const void** out) {
    auto& self = *static_cast<LibarchiveReader*>(context);
    auto block = self.gzip_ == nullptr ? self.file_->ReadAt(self.at_, kBlockBytes)
                                       : self.gzip_->Read(kBlockBytes);
    if (!block.ok()) {
      self.file_status_ = block.status();
      ::archive_set_error(reader, EIO, "cannot be read");
      return -1;
    }
    self.block_ = std::move(*block);
    self.at_ += self.block_->size();
    *out = self.block_->data();
    return static_cast<la_ssize_t>(self.block_->size());
  }

  static la_int64_t OnSeek(::archive* /*reader*/, void* context, la_int64_t offset,
                           int whence) {
    auto& self = *static_cast<LibarchiveReader*>(context);
    int64_t base = 0;
    if (whence == SEEK_CUR) {
      base = self.at_;
    } else if (whence == SEEK_END) {
      base = self.size_bytes_;
    }
    int64_t target = 0;
    if (__builtin_add_overflow(base, offset, &target) || target < 0 ||
        target > self.size_bytes_) {
      return ARCHIVE_FATAL;
    }
    self.at_ = target;
    return target;
  }

  static la_int64_t OnSkip(::archive* /*reader*/, void* context, la_int64_t bytes) {
    auto& self = *static_cast<LibarchiveReader*>(context);
    if (bytes < 0 || bytes > self.size_bytes_ - self.at_) {
      return 0;  // it reads on, and finds the end
    }
    self.at_ += bytes;
    return bytes;
  }

  std::shared_ptr<arrow::io::RandomAccessFile> file_;
  const int64_t size_bytes_;
  int64_t at_ = 0;
  std::unique_ptr<GzipInput> gzip_;       // what unpacks the file first; nullptr: nothing
  std::shared_ptr<arrow::Buffer> block_;  // what the library works on
  Status file_status_;
  ArchivePtr reader_;  // last: it goes first
};

bool IsBzip2(std::string_view head) {
  return head.size() >= 4 && head.starts_with("BZh") && head[3] >= '1' && head[3] <= '9';
}

}  // namespace

Packing PackingByContent(std::string_view head) {
  using namespace std::string_view_literals;
  if (head.starts_with("PK\x03\x04"sv) || head.starts_with("PK\x05\x06"sv)) {
    return Packing::kZip;
  }
  if (head.starts_with("\x1f\x8b"sv) || head.starts_with("\x28\xb5\x2f\xfd"sv) ||
      head.starts_with("\xfd"
                       "7zXZ\0"sv) ||
      head.starts_with("\x04\x22\x4d\x18"sv) || IsBzip2(head)) {
    return Packing::kCompressed;
  }
  if (head.size() > kTarMagicAt && head.substr(kTarMagicAt).starts_with("ustar")) {
    return Packing::kTar;
  }
  return Packing::kNone;
}

std::string_view NameWithin(std::string_view name) {
  constexpr std::array<std::string_view, 7> kEnds = {".gz",  ".bz2", ".xz",  ".zst",
                                                     ".lz4", ".bz",  ".zstd"};
  for (const std::string_view end : kEnds) {
    if (name.size() > end.size() && name.ends_with(end)) {
      return name.substr(0, name.size() - end.size());
    }
  }
  return name;
}

Result<std::unique_ptr<PackedReader>> PackedReader::Open(
    std::shared_ptr<arrow::io::RandomAccessFile> file, Packing packing) {
  ARROW_ASSIGN_OR_RAISE(const int64_t size_bytes, file->GetSize());
  auto reader = std::make_unique<LibarchiveReader>(std::move(file), size_bytes);
  RETURN_NOT_OK(reader->Begin(packing));
  return reader;
}

}  // namespace tarn::ingest::packed
