#include "tarn/storage/deleted_rows.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/storage/internal/equality_deletes.h"
#include "tarn/storage/internal/position_deletes.h"
#include "tarn/storage/internal/shared_cache.h"

namespace tarn::storage {
namespace {

using iceberg::DataFile;
using iceberg::FileContent;
using iceberg::PositionSet;
using PositionsPtr = std::shared_ptr<const PositionSet>;
using KeysPtr = std::shared_ptr<const KeySet>;

/// More delete files by the same columns are put into one set before rows are asked for.
constexpr size_t kSeparateSetsMax = 4;

/// Several deletion vectors share a Puffin file (spec: Deletion Vectors).
std::string NameOf(const DataFile& file) {
  std::string name = file.file_path;
  if (file.content_offset.has_value()) {
    name += "@" + std::to_string(*file.content_offset);
  }
  return name;
}

std::string NamesOf(const std::vector<const DataFile*>& files) {
  std::vector<std::string> names;
  names.reserve(files.size());
  for (const DataFile* file : files) {
    names.push_back(NameOf(*file));
  }
  std::sort(names.begin(), names.end());
  std::string text;
  for (const std::string& name : names) {
    text += name + "\n";
  }
  return text;
}

/// The delete files of one data file by how they are applied.
struct Deletes {
  std::vector<const DataFile*> positions;  // or the one deletion vector
  std::map<std::vector<int32_t>, std::vector<const DataFile*>> equality;
  std::vector<const DataFile*> all;
};

Result<Deletes> Sort(const DataFile& file, const std::vector<DeleteEntry>& entries) {
  Deletes deletes;
  const DataFile* vector = nullptr;
  for (const DeleteEntry& entry : entries) {
    const DataFile& one = entry->file;
    if (one.content == FileContent::kData) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "A data file is not a delete file: " + one.file_path);
    }
    if (one.content == FileContent::kEqualityDeletes) {
      std::vector<int32_t> ids = one.equality_ids;
      std::sort(ids.begin(), ids.end());
      deletes.equality[std::move(ids)].push_back(&one);
      continue;
    }
    if (one.referenced_data_file.has_value() &&
        *one.referenced_data_file != file.file_path) {
      continue;
    }
    if (IsDeletionVector(one)) {
      if (vector != nullptr) {
        return MakeError(ErrorCode::kInvalidData,
                         "Two deletion vectors for one data file: " + file.file_path);
      }
      vector = &one;
    } else {
      deletes.positions.push_back(&one);
    }
  }
  if (vector != nullptr) {
    deletes.positions = {vector};  // it holds what earlier position deletes said
  }
  deletes.all = deletes.positions;
  for (const auto& [ids, files] : deletes.equality) {
    deletes.all.insert(deletes.all.end(), files.begin(), files.end());
  }
  return deletes;
}

}  // namespace

struct DeletedRows::Impl {
  explicit Impl(int64_t bytes_max) : cache(bytes_max) {}

  Result<PositionsPtr> PositionsIn(io::FileIO& io, const DataFile& delete_file,
                                   const std::string& path) {
    if (IsDeletionVector(delete_file)) {
      if (delete_file.referenced_data_file.has_value() &&
          *delete_file.referenced_data_file != path) {
        return none;
      }
      return cache.Get<PositionSet>(
          "vector " + NameOf(delete_file), [&]() -> Result<SharedCache::Loaded> {
            ARROW_ASSIGN_OR_RAISE(const auto set, ReadDeletionVector(io, delete_file));
            return SharedCache::Loaded{set, static_cast<int64_t>(set->memory_bytes())};
          });
    }
    ARROW_ASSIGN_OR_RAISE(
        const auto by_path,
        cache.Get<PositionsByPath>(
            "positions " + delete_file.file_path, [&]() -> Result<SharedCache::Loaded> {
              ARROW_ASSIGN_OR_RAISE(auto read, ReadPositionDeletes(io, delete_file));
              const int64_t bytes = MemoryBytesOf(read);
              return SharedCache::Loaded{
                  std::make_shared<const PositionsByPath>(std::move(read)), bytes};
            }));
    const auto found = by_path->find(path);
    return found == by_path->end() ? none : found->second;
  }

  Result<KeysPtr> KeysIn(io::FileIO& io, const iceberg::TableMetadata& metadata,
                         const DataFile& delete_file, const KeyColumns& columns) {
    return cache.Get<KeySet>(
        "keys " + delete_file.file_path + "\n" + KeyColumnsText(columns),
        [&]() -> Result<SharedCache::Loaded> {
          ARROW_ASSIGN_OR_RAISE(const auto keys,
                                ReadEqualityDeletes(io, metadata, delete_file, columns));
          return SharedCache::Loaded{keys, keys->memory_bytes()};
        });
  }

  /// The keys of all `files`, in few sets.
  Result<std::vector<KeysPtr>> AllKeys(io::FileIO& io,
                                       const iceberg::TableMetadata& metadata,
                                       const std::vector<const DataFile*>& files,
                                       const KeyColumns& columns) {
    std::vector<KeysPtr> sets;
    if (files.size() <= kSeparateSetsMax) {
      for (const DataFile* file : files) {
        ARROW_ASSIGN_OR_RAISE(auto keys, KeysIn(io, metadata, *file, columns));
        sets.push_back(std::move(keys));
      }
      return sets;
    }
    ARROW_ASSIGN_OR_RAISE(
        auto merged,
        cache.Get<KeySet>("merged keys " + KeyColumnsText(columns) + NamesOf(files),
                          [&]() -> Result<SharedCache::Loaded> {
                            auto all = std::make_shared<KeySet>(columns.types);
                            for (const DataFile* file : files) {
                              ARROW_ASSIGN_OR_RAISE(const auto keys,
                                                    KeysIn(io, metadata, *file, columns));
                              ARROW_RETURN_NOT_OK(all->Add(*keys));
                            }
                            return SharedCache::Loaded{all, all->memory_bytes()};
                          }));
    sets.push_back(std::move(merged));
    return sets;
  }

  Result<std::shared_ptr<PositionSet>> Resolve(io::FileIO& io,
                                               const iceberg::TableMetadata& metadata,
                                               const DataFile& file,
                                               const Deletes& deletes) {
    auto all = std::make_shared<PositionSet>();
    for (const DataFile* one : deletes.positions) {
      ARROW_ASSIGN_OR_RAISE(const auto positions, PositionsIn(io, *one, file.file_path));
      all->Union(*positions);
    }
    for (const auto& [ids, files] : deletes.equality) {
      const std::string context = "Delete file " + files.front()->file_path + ": ";
      auto columns = KeyColumnsOf(metadata, ids);
      if (!columns.ok()) {
        return WithContext(context, columns.status());
      }
      ARROW_ASSIGN_OR_RAISE(const auto keys, AllKeys(io, metadata, files, *columns));
      const auto known = std::make_shared<const PositionSet>(*all);
      ARROW_RETURN_NOT_OK(FindRows(io, metadata, file, *columns, keys, known, all.get()));
    }
    return all;
  }

  SharedCache cache;
  const PositionsPtr none = std::make_shared<const PositionSet>();
};

DeletedRows::DeletedRows(int64_t cache_bytes_max)
    : impl_(std::make_unique<Impl>(cache_bytes_max)) {}

DeletedRows::~DeletedRows() = default;

Result<PositionsPtr> DeletedRows::Of(io::FileIO& io,
                                     const iceberg::TableMetadata& metadata,
                                     const DataFile& file,
                                     const std::vector<DeleteEntry>& deletes) {
  if (deletes.empty()) {
    return nullptr;
  }
  ARROW_ASSIGN_OR_RAISE(const Deletes sorted, Sort(file, deletes));
  PositionsPtr positions = impl_->none;
  if (sorted.all.size() == 1 && sorted.equality.empty()) {
    ARROW_ASSIGN_OR_RAISE(
        positions, impl_->PositionsIn(io, *sorted.positions.front(), file.file_path));
  } else if (!sorted.all.empty()) {
    ARROW_ASSIGN_OR_RAISE(
        positions,
        impl_->cache.Get<PositionSet>(
            "rows of " + file.file_path + "\n" + NamesOf(sorted.all),
            [&]() -> Result<SharedCache::Loaded> {
              ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<const PositionSet> all,
                                    impl_->Resolve(io, metadata, file, sorted));
              return SharedCache::Loaded{all, static_cast<int64_t>(all->memory_bytes())};
            }));
  }
  return positions->empty() ? nullptr : positions;
}

Result<PositionsPtr> DeletedRows::PositionsIn(io::FileIO& io, const DataFile& delete_file,
                                              const std::string& data_file_path) {
  if (delete_file.content != FileContent::kPositionDeletes) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Only position deletes and deletion vectors hold positions, not " +
                         delete_file.file_path);
  }
  return impl_->PositionsIn(io, delete_file, data_file_path);
}

Result<std::map<std::string, PositionsPtr>> ReadDeletedPositions(
    io::FileIO& io, const DataFile& delete_file) {
  std::map<std::string, PositionsPtr> by_path;
  if (delete_file.content != FileContent::kPositionDeletes) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Only position deletes and deletion vectors hold positions, not " +
                         delete_file.file_path);
  }
  if (!IsDeletionVector(delete_file)) {
    ARROW_ASSIGN_OR_RAISE(auto read, ReadPositionDeletes(io, delete_file));
    by_path.insert(read.begin(), read.end());
    return by_path;
  }
  if (!delete_file.referenced_data_file.has_value()) {
    return MakeError(ErrorCode::kInvalidData,
                     "Deletion vector does not say which data file it is for: " +
                         delete_file.file_path);
  }
  ARROW_ASSIGN_OR_RAISE(by_path[*delete_file.referenced_data_file],
                        ReadDeletionVector(io, delete_file));
  return by_path;
}

Result<std::map<std::string, PositionsPtr>> AllPositionsIn(io::FileIO& io,
                                                           const DataFile& delete_file) {
  ARROW_ASSIGN_OR_RAISE(PositionsByPath by_path, ReadPositionDeletes(io, delete_file));
  return std::map<std::string, PositionsPtr>(std::make_move_iterator(by_path.begin()),
                                             std::make_move_iterator(by_path.end()));
}

}  // namespace tarn::storage
