#include "tarn/ingest/internal/locate.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/util/compression.h>
#include <unistd.h>

#include "tarn/base/error.h"
#include "tarn/ingest/internal/download.h"
#include "tarn/ingest/internal/glob.h"

namespace tarn::ingest::internal {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kHeadBytes = 4096;

bool HasScheme(std::string_view location) {
  return location.find("://") != std::string_view::npos;
}

bool IsHttp(std::string_view location) {
  return location.starts_with("http://") || location.starts_with("https://");
}

/// Files that jobs leave beside data: "_SUCCESS", ".crc" files, anything in a hidden
/// directory.
bool IsIgnored(std::string_view relative) {
  for (size_t at = 0; at < relative.size();) {
    if (relative[at] == '.' || relative[at] == '_') {
      return true;
    }
    const size_t slash = relative.find('/', at);
    if (slash == std::string_view::npos) {
      break;
    }
    at = slash + 1;
  }
  return false;
}

Status NothingFound(const std::string& location) {
  return MakeError(ErrorCode::kNoSuchFile, "No file matches: " + location);
}

Status CannotList(const std::string& path, const std::error_code& error) {
  const ErrorCode code = error == std::errc::permission_denied ? ErrorCode::kForbidden
                                                               : ErrorCode::kIoFailed;
  return MakeError(code, "Cannot list directory " + path + ": " + error.message());
}

struct Walk {
  std::string pattern;  // empty: every file
  size_t depth_max = SIZE_MAX;
};

/// Adds the files below `directory`; `depth` counts from 1.
Status WalkDirectory(const std::string& directory, const Walk& walk, size_t depth,
                     std::vector<std::string>* out) {
  std::error_code error;
  fs::directory_iterator entries(directory, error);
  if (error) {
    return CannotList(directory, error);
  }
  for (; entries != fs::directory_iterator(); entries.increment(error)) {
    if (error) {
      return CannotList(directory, error);
    }
    const std::string path =
        io::JoinLocation(directory, entries->path().filename().string());
    std::error_code ignored;
    if (entries->is_directory(ignored)) {
      if (depth < walk.depth_max && !entries->is_symlink(ignored)) {
        RETURN_NOT_OK(WalkDirectory(path, walk, depth + 1, out));
      }
    } else if (walk.pattern.empty() || GlobMatch(walk.pattern, path)) {
      out->push_back(path);
    }
  }
  return Status::OK();
}

Result<std::vector<std::string>> LocalFiles(const std::string& path,
                                            const std::string& location) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  std::vector<std::string> out;
  if (fs::is_directory(status)) {
    const std::string root = io::JoinLocation(path, "");
    RETURN_NOT_OK(WalkDirectory(root, {}, 1, &out));
    std::erase_if(out, [&](const std::string& file) {
      return IsIgnored(std::string_view(file).substr(root.size()));
    });
    if (out.empty()) {
      return MakeError(ErrorCode::kNoSuchFile, "No files in directory: " + location);
    }
    return out;
  }
  if (fs::exists(status)) {
    return std::vector<std::string>{path};
  }
  if (status.type() == fs::file_type::none && error) {
    const bool denied = error == std::errc::permission_denied;
    return MakeError(denied ? ErrorCode::kForbidden : ErrorCode::kIoFailed,
                     "Cannot read " + location + ": " + error.message());
  }
  if (!HasWildcard(path)) {
    return MakeError(ErrorCode::kNoSuchFile, "No such file: " + location);
  }

  const std::string prefix(FixedPrefix(path));
  if (!fs::is_directory(prefix, error)) {
    return NothingFound(location);
  }
  Walk walk{.pattern = path};
  if (path.find("**") == std::string::npos) {
    walk.depth_max =
        static_cast<size_t>(std::count(path.begin() + static_cast<int64_t>(prefix.size()),
                                       path.end(), '/')) +
        1;
  }
  RETURN_NOT_OK(WalkDirectory(prefix, walk, 1, &out));
  if (out.empty()) {
    return NothingFound(location);
  }
  return out;
}

Result<std::vector<std::string>> ObjectFiles(io::FileIO& io,
                                             const std::string& location) {
  std::vector<std::string> out;
  if (HasWildcard(location)) {
    ARROW_ASSIGN_OR_RAISE(std::vector<io::FileInfo> infos,
                          io.List(std::string(FixedPrefix(location))));
    for (io::FileInfo& info : infos) {
      if (GlobMatch(location, info.location)) {
        out.push_back(std::move(info.location));
      }
    }
    if (out.empty()) {
      return NothingFound(location);
    }
    return out;
  }
  if (!location.ends_with('/')) {
    const Result<io::FileInfo> info = io.Stat(location);
    if (info.ok()) {
      return std::vector<std::string>{location};
    }
    if (CodeOf(info.status()) != ErrorCode::kNoSuchFile) {
      return info.status();
    }
  }
  const std::string root = io::JoinLocation(location, "");
  ARROW_ASSIGN_OR_RAISE(std::vector<io::FileInfo> infos, io.List(root));
  for (io::FileInfo& info : infos) {
    const bool below = info.location.starts_with(root);
    if (info.size_bytes > 0 && below &&
        !IsIgnored(std::string_view(info.location).substr(root.size()))) {
      out.push_back(std::move(info.location));
    }
  }
  if (out.empty()) {
    return MakeError(ErrorCode::kNoSuchFile, "No such file or directory: " + location);
  }
  return out;
}

/// The decompressed beginning of `head`, as much as one step gives; `head` itself if it
/// is not compressed.
std::string Decompressed(std::string head) {
  arrow::Compression::type type = arrow::Compression::UNCOMPRESSED;
  if (head.starts_with("\x1f\x8b")) {
    type = arrow::Compression::GZIP;
  }
  if (head.starts_with("\x28\xb5\x2f\xfd")) {
    type = arrow::Compression::ZSTD;
  }
  if (type == arrow::Compression::UNCOMPRESSED) {
    return head;
  }
  const auto codec = arrow::util::Codec::Create(type);
  if (!codec.ok()) {
    return {};
  }
  const auto decompressor = (*codec)->MakeDecompressor();
  if (!decompressor.ok()) {
    return {};
  }
  std::array<uint8_t, kHeadBytes> out{};
  const auto step = (*decompressor)
                        ->Decompress(static_cast<int64_t>(head.size()),
                                     reinterpret_cast<const uint8_t*>(head.data()),
                                     static_cast<int64_t>(out.size()), out.data());
  if (!step.ok()) {
    return {};
  }
  return {reinterpret_cast<const char*>(out.data()),
          static_cast<size_t>(step->bytes_written)};
}

Result<std::string> ReadHead(io::FileIO& io, const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto file, io.OpenInput(path));
  ARROW_ASSIGN_OR_RAISE(auto buffer, file->ReadAt(0, kHeadBytes));
  return buffer->ToString();
}

/// Format of one file, by its name and then by its first bytes.
Result<Format> FormatOf(io::FileIO& io, const std::string& path) {
  const Format by_name = FormatByExtension(path);
  if (by_name != Format::kAuto) {
    return by_name;
  }
  ARROW_ASSIGN_OR_RAISE(std::string head, ReadHead(io, path));
  const Format format = FormatByContent(Decompressed(std::move(head)));
  if (format == Format::kAuto) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Cannot tell the format of a file by its name or content; name it "
                     "with --format: " +
                         path);
  }
  return format;
}

}  // namespace

Result<std::unique_ptr<TemporaryDirectory>> TemporaryDirectory::Make() {
  std::error_code error;
  const fs::path base = fs::temp_directory_path(error);
  std::string path = ((error ? fs::path("/tmp") : base) / "tarn-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr) {
    return MakeError(ErrorCode::kIoFailed, "Cannot make a temporary directory " + path +
                                               ": " + std::strerror(errno));
  }
  return std::unique_ptr<TemporaryDirectory>(new TemporaryDirectory(std::move(path)));
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Result<Format> CommonFormat(io::FileIO& io, const std::vector<std::string>& paths,
                            const std::string& location) {
  std::map<Format, std::string> found;  // an example of each
  for (const std::string& path : paths) {
    ARROW_ASSIGN_OR_RAISE(const Format format, FormatOf(io, path));
    found.emplace(format, path);
  }
  if (found.size() == 1) {
    return found.begin()->first;
  }
  std::string list;
  for (const auto& [format, path] : found) {
    list +=
        (list.empty() ? "" : ", ") + std::string(FormatName(format)) + " (" + path + ")";
  }
  return MakeError(
      ErrorCode::kInvalidData,
      "Files of several formats in " + location +
          "; load one format at a time with a pattern such as *.csv: " + list);
}

Status RefuseEmpty(io::FileIO& io, const std::vector<std::string>& paths) {
  int64_t bytes = 0;
  for (const std::string& path : paths) {
    std::error_code ignored;
    if (!HasScheme(path) && !fs::is_regular_file(path, ignored)) {
      return Status::OK();  // a pipe has no size
    }
    ARROW_ASSIGN_OR_RAISE(const io::FileInfo info, io.Stat(path));
    bytes += info.size_bytes;
  }
  if (bytes > 0) {
    return Status::OK();
  }
  return MakeError(ErrorCode::kInvalidData,
                   "The file is empty (0 bytes): " + paths.front());
}

Result<LocatedFiles> Locate(io::FileIO& io, const std::string& location, Format format,
                            const std::function<bool()>& cancelled) {
  LocatedFiles located;
  if (IsHttp(location)) {
    ARROW_ASSIGN_OR_RAISE(located.downloaded, TemporaryDirectory::Make());
    ARROW_ASSIGN_OR_RAISE(
        std::string path,
        Download(location, format, located.downloaded->path(), cancelled));
    located.paths.push_back(std::move(path));
  } else {
    const std::string absolute = io::AbsoluteLocation(location);
    if (const std::optional<std::string> local = io::LocalPathOf(absolute)) {
      ARROW_ASSIGN_OR_RAISE(located.paths, LocalFiles(*local, location));
    } else {
      ARROW_ASSIGN_OR_RAISE(located.paths, ObjectFiles(io, absolute));
    }
  }
  std::sort(located.paths.begin(), located.paths.end());
  RETURN_NOT_OK(RefuseEmpty(io, located.paths));
  return located;
}

}  // namespace tarn::ingest::internal
