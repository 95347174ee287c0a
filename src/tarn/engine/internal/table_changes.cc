#include "tarn/engine/internal/table_changes.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "tarn/iceberg/expression.h"

namespace tarn::engine {
namespace {

void DeleteAll(io::FileIO& io, const std::set<std::string>& paths) {
  for (const std::string& path : paths) {
    const Status best_effort = io.Delete(path);
    static_cast<void>(best_effort);
  }
}

std::set<std::string> PathsOf(const std::vector<iceberg::DataFile>& files) {
  std::set<std::string> paths;  // deletion vectors share a file
  for (const iceberg::DataFile& file : files) {
    paths.insert(file.file_path);
  }
  return paths;
}

/// Two vectors of one file differ by their place in it.
bool IsSame(const iceberg::DataFile& left, const iceberg::DataFile& right) {
  return left.file_path == right.file_path && left.content_offset == right.content_offset;
}

/// Rows that either statement looked at.
iceberg::Expression Either(iceberg::Expression left, iceberg::Expression right) {
  const bool all =
      left.op == iceberg::Operation::kTrue || right.op == iceberg::Operation::kTrue;
  return all ? iceberg::AlwaysTrue() : iceberg::Or(std::move(left), std::move(right));
}

}  // namespace

void WrittenFiles::Append(WrittenFiles other) {
  files.insert(files.end(), std::make_move_iterator(other.files.begin()),
               std::make_move_iterator(other.files.end()));
  writers.insert(writers.end(), std::make_move_iterator(other.writers.begin()),
                 std::make_move_iterator(other.writers.end()));
}

void WrittenFiles::Abort() {
  for (auto& writer : writers) {
    writer->Abort();
  }
  writers.clear();
  files.clear();
}

void RowDelta::Abort(io::FileIO& io) {
  DeleteAll(io, PathsOf(delete_files));
  delete_files.clear();
  rewritten.Abort();
}

bool TableChanges::DropDataFile(const std::string& path) {
  const auto own = std::ranges::find(written_.files, path, &iceberg::DataFile::file_path);
  if (own == written_.files.end()) {
    return false;
  }
  dropped_.insert(path);
  written_.files.erase(own);
  return true;
}

bool TableChanges::DropDeleteFile(const iceberg::DataFile& file) {
  const auto own = std::ranges::find_if(
      deletes_, [&](const iceberg::DataFile& ours) { return IsSame(ours, file); });
  if (own == deletes_.end()) {
    return false;
  }
  dropped_.insert(own->file_path);
  deletes_.erase(own);
  return true;
}

/// Ours name the one data file that they are for.
void TableChanges::DropDeletesOf(const std::string& data_path) {
  std::erase_if(deletes_, [&](const iceberg::DataFile& file) {
    if (file.referenced_data_file != data_path) {
      return false;
    }
    dropped_.insert(file.file_path);
    return true;
  });
}

void TableChanges::ChangeRows(RowDelta delta) {
  for (iceberg::DataFile& file : delta.removed_files) {
    if (file.content != iceberg::FileContent::kData) {
      if (!DropDeleteFile(file)) {
        removed_.push_back(std::move(file));
      }
    } else if (!DropDataFile(file.file_path)) {
      DropDeletesOf(file.file_path);
      removed_.push_back(std::move(file));
    }
  }
  std::ranges::move(delta.delete_files, std::back_inserter(deletes_));
  written_.Append(std::move(delta.rewritten));
  checks_.isolation = std::max(checks_.isolation, delta.checks.isolation);
  checks_.read_rows = changes_rows_ ? Either(std::move(checks_.read_rows),
                                             std::move(delta.checks.read_rows))
                                    : std::move(delta.checks.read_rows);
  changes_rows_ = true;
}

void TableChanges::DeleteDropped(io::FileIO& io) {
  std::set<std::string> paths(dropped_.begin(), dropped_.end());
  for (const std::string& path : PathsOf(deletes_)) {
    paths.erase(path);  // other vectors in it are alive
  }
  DeleteAll(io, paths);
  dropped_.clear();
}

void TableChanges::Abort(io::FileIO& io) {
  DeleteDropped(io);
  DeleteAll(io, PathsOf(deletes_));
  deletes_.clear();
  written_.Abort();
}

}  // namespace tarn::engine
