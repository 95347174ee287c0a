#include "tarn/ingest/packed/unpack.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include <arrow/io/interfaces.h>

#include "tarn/base/error.h"
#include "tarn/ingest/internal/glob.h"
#include "tarn/ingest/internal/local_output.h"

namespace tarn::ingest::packed {
namespace {

namespace fs = std::filesystem;

constexpr size_t kBufferBytes = size_t{1} << 18;
constexpr size_t kNameBytesMax = 1'000;

/// The member's name as a relative path that leads nowhere else; empty for what is no
/// data.
std::string PlacedName(const std::string& name) {
  std::string placed;
  for (size_t at = 0; at <= name.size();) {
    size_t end = name.find_first_of("/\\", at);
    end = end == std::string::npos ? name.size() : end;
    std::string part = name.substr(at, end - at);
    at = end + 1;
    if (part.empty() || part == "." || part == "..") {
      continue;
    }
    if (part.front() == '.' || part.front() == '_') {
      return {};
    }
    std::ranges::replace_if(
        part, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '_');
    placed += (placed.empty() ? "" : "/") + part;
  }
  return placed;
}

class Unpacker {
 public:
  Unpacker(const UnpackRequest& request, int64_t packed_bytes)
      : request_(request), buffer_(kBufferBytes) {
    const UnpackLimits& limits = request.limits;
    int64_t by_ratio = 0;
    if (__builtin_mul_overflow(packed_bytes, limits.ratio_max, &by_ratio)) {
      by_ratio = INT64_MAX;
    }
    bytes_max_ = std::max(limits.bytes_free, by_ratio);
  }

  Status Run(PackedReader& packed) {
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(const std::optional<Member> member, packed.Next());
      if (!member) {
        break;
      }
      if (++members_ > request_.limits.members_max) {
        return MakeError(ErrorCode::kResourceLimit,
                         "It has more than " +
                             std::to_string(request_.limits.members_max) + " members");
      }
      const std::string name =
          member->name.empty() ? OwnName() : PlacedName(member->name);
      if (name.empty() || !IsWanted(name)) {
        continue;
      }
      RETURN_NOT_OK(WriteMember(packed, name));
    }
    if (written_.empty()) {
      return MakeError(ErrorCode::kInvalidData,
                       request_.members.empty()
                           ? "There is no file in it"
                           : "No file in it matches " + request_.members);
    }
    std::ranges::sort(written_);
    return Status::OK();
  }

  std::vector<std::string> written() && { return std::move(written_); }

 private:
  /// Of the file in what is only compressed.
  std::string OwnName() const {
    const size_t slash = request_.path.rfind('/');
    const std::string name =
        slash == std::string::npos ? request_.path : request_.path.substr(slash + 1);
    return std::string(NameWithin(name));
  }

  bool IsWanted(const std::string& name) const {
    return request_.members.empty() || internal::GlobMatch(request_.members, name) ||
           internal::GlobMatch("**/" + request_.members, name);
  }

  Status WriteMember(PackedReader& packed, const std::string& name) {
    if (name.size() > kNameBytesMax) {
      return MakeError(
          ErrorCode::kInvalidData,
          "A member's name has more than " + std::to_string(kNameBytesMax) + " bytes");
    }
    const fs::path path = fs::path(request_.directory) / name;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error || fs::exists(path)) {
      return MakeError(ErrorCode::kInvalidData,
                       "Two of its members are at the same place: " + name);
    }
    ARROW_ASSIGN_OR_RAISE(auto out, internal::LocalOutput::Open(path.string()));
    for (;;) {
      if (request_.cancelled && request_.cancelled()) {
        return MakeError(ErrorCode::kCancelled, "Cancelled");
      }
      ARROW_ASSIGN_OR_RAISE(const int64_t bytes, packed.Read(buffer_));
      if (bytes == 0) {
        break;
      }
      bytes_ += bytes;
      if (bytes_ > bytes_max_) {
        return MakeError(
            ErrorCode::kResourceLimit,
            "It unpacks to more than " + std::to_string(bytes_max_) +
                " bytes, which no data does; unpack it first if it is sound");
      }
      RETURN_NOT_OK(out.Write({buffer_.data(), static_cast<size_t>(bytes)}));
    }
    RETURN_NOT_OK(out.Close());
    written_.push_back(path.string());
    return Status::OK();
  }

  const UnpackRequest& request_;
  std::vector<char> buffer_;
  int64_t bytes_max_ = 0;
  int64_t bytes_ = 0;
  int64_t members_ = 0;
  std::vector<std::string> written_;
};

}  // namespace

Result<std::vector<std::string>> Unpack(io::FileIO& io, const UnpackRequest& request) {
  ARROW_ASSIGN_OR_RAISE(auto file, io.OpenInput(request.path));
  ARROW_ASSIGN_OR_RAISE(const int64_t size_bytes, file->GetSize());
  ARROW_ASSIGN_OR_RAISE(auto packed,
                        PackedReader::Open(std::move(file), request.packing));
  Unpacker unpacker(request, size_bytes);
  RETURN_NOT_OK(unpacker.Run(*packed));
  return std::move(unpacker).written();
}

}  // namespace tarn::ingest::packed
