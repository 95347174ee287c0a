#include "tarn/table/maintenance/internal/partition_directories.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::table::internal {
namespace {

/// What Hive calls the partition of null.
constexpr std::string_view kNullPartition = "__HIVE_DEFAULT_PARTITION__";

std::vector<std::string> PartsOf(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const size_t slash = path.find('/');
    if (slash != 0) {
      parts.emplace_back(path.substr(0, slash));
    }
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  return parts;
}

/// "a%2Fb" is a/b; what is no escape stays as it is.
std::string Unescaped(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    const bool is_escape =
        text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(&text[i + 1], &text[i + 1] + 2, code, 16).ptr == &text[i + 1] + 2;
    if (is_escape) {
      result += static_cast<char>(code);
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

std::optional<Partition> PartitionOf(const std::string& directory) {
  const size_t equals = directory.find('=');
  if (equals == std::string::npos || equals == 0) {
    return {};
  }
  Partition partition{.name = Unescaped(directory.substr(0, equals)), .value = {}};
  const std::string value = directory.substr(equals + 1);
  if (value != kNullPartition) {
    partition.value = Unescaped(value);
  }
  return partition;
}

bool IsHidden(const std::string& part) {
  return part.starts_with('_') || part.starts_with('.');
}

bool Matches(const FoundFile& file, const std::map<std::string, std::string>& filter) {
  return std::ranges::all_of(filter, [&](const auto& wanted) {
    return std::ranges::any_of(file.partitions, [&](const Partition& partition) {
      return partition.name == wanted.first && partition.value == wanted.second;
    });
  });
}

/// The file with its partitions; unset if it is not among those to add.
Result<std::optional<FoundFile>> Read(const std::string& location,
                                      const std::string& below,
                                      const AddFilesOptions& options) {
  std::vector<std::string> parts = PartsOf(below);
  const std::string name = parts.empty() ? std::string() : parts.back();
  if (!parts.empty()) {
    parts.pop_back();
  }
  FoundFile file{.location = location};
  for (const std::string& directory : parts) {
    if (auto partition = PartitionOf(directory)) {
      file.partitions.push_back(*std::move(partition));
      continue;
    }
    if (IsHidden(directory) || options.subdirectories == Subdirectories::kSkip) {
      return std::optional<FoundFile>();
    }
    if (options.subdirectories == Subdirectories::kFail) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Found a directory among the files to add, and recursion is not "
                       "allowed: " +
                           location);
    }
  }
  if (IsHidden(name) || !Matches(file, options.partition_filter)) {
    return std::optional<FoundFile>();
  }
  return std::optional(std::move(file));
}

}  // namespace

Result<std::vector<FoundFile>> FindPartitionedFiles(io::FileIO& io,
                                                    const AddFilesOptions& options) {
  std::string root = options.location;
  while (root.size() > 1 && root.ends_with('/')) {
    root.pop_back();
  }
  std::vector<FoundFile> found;
  const auto single = io.Stat(root);
  if (single.ok()) {
    found.push_back({.location = root});
    return found;
  }
  ARROW_ASSIGN_OR_RAISE(std::vector<io::FileInfo> files, io.List(root));
  std::ranges::sort(files, {}, &io::FileInfo::location);
  for (const io::FileInfo& file : files) {
    if (file.size_bytes == 0) {
      continue;  // a marker of an object store
    }
    const bool is_inside = file.location.starts_with(root);
    const std::string below =
        is_inside ? file.location.substr(root.size()) : file.location;
    ARROW_ASSIGN_OR_RAISE(auto read, Read(file.location, below, options));
    if (read.has_value()) {
      found.push_back(*std::move(read));
    }
  }
  if (found.empty()) {
    return MakeError(ErrorCode::kNoSuchFile,
                     "There are no files to add at " + options.location);
  }
  return found;
}

}  // namespace tarn::table::internal
