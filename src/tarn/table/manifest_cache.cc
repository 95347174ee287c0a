#include "tarn/table/manifest_cache.h"

#include <algorithm>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/encryption.h"
#include "tarn/table/internal/manifest_files.h"

namespace tarn::table {
namespace {

using iceberg::ManifestFile;
using iceberg::Snapshot;

/// Of one entry beside its value: list, map, key.
constexpr size_t kEntryBytes = 256;

template <typename Number>
void AppendBytes(Number number, std::string* key) {
  key->append(reinterpret_cast<const char*>(&number), sizeof(number));
}

/// One manifest may be in several lists, and what it inherits differs: a table that was
/// upgraded to v3 gives row ids to manifests that older snapshots have without.
std::string ManifestKey(const ManifestFile& entry) {
  std::string key = "m";
  key.reserve(entry.path.size() + 48);
  key += entry.path;
  AppendBytes(entry.length_bytes, &key);
  AppendBytes(entry.spec_id.value, &key);
  AppendBytes(entry.sequence_number.value, &key);
  AppendBytes(entry.added_snapshot_id.value, &key);
  AppendBytes(entry.first_row_id.has_value(), &key);
  AppendBytes(entry.first_row_id.value_or(0), &key);
  return key;
}

std::string ListKey(const Snapshot& snapshot) {
  if (!snapshot.manifest_list.empty()) {
    return "l" + snapshot.manifest_list;
  }
  std::string key = "e" + std::to_string(snapshot.id.value);
  for (const std::string& path : snapshot.v1_manifests) {
    key += '\n' + path;
  }
  return key;
}

size_t ListBytes(const std::vector<ManifestFile>& list) {
  size_t bytes = list.capacity() * sizeof(ManifestFile);
  for (const ManifestFile& file : list) {
    bytes += file.path.capacity() +
             file.partitions.capacity() * sizeof(iceberg::PartitionFieldSummary);
  }
  return bytes;
}

/// Old v1 writers put the manifests' paths into the snapshot: the rest is read from the
/// manifests.
Result<std::vector<ManifestFile>> DescribeEmbedded(io::FileIO& io,
                                                   const Snapshot& snapshot) {
  std::vector<ManifestFile> result;
  for (const std::string& path : snapshot.v1_manifests) {
    ARROW_ASSIGN_OR_RAISE(const std::string avro, io.ReadAll(path));
    Result<iceberg::Manifest> manifest = iceberg::ReadManifestRaw(avro);
    if (!manifest.ok()) {
      return WithContext("Manifest " + path + ": ", manifest.status());
    }
    ManifestFile described;
    described.path = path;
    described.length_bytes = static_cast<int64_t>(avro.size());
    described.spec_id = manifest->header.spec.id;
    described.added_snapshot_id = snapshot.id;
    result.push_back(std::move(described));
  }
  return result;
}

Result<std::vector<ManifestFile>> LoadList(io::FileIO& io,
                                           const iceberg::TableMetadata& table,
                                           const Snapshot& snapshot) {
  if (snapshot.manifest_list.empty()) {
    return DescribeEmbedded(io, snapshot);
  }
  ARROW_ASSIGN_OR_RAISE(std::string stored, io.ReadAll(snapshot.manifest_list));
  const Result<std::string> avro =
      iceberg::OpenManifestList(table, snapshot, std::move(stored), io.keys());
  Result<std::vector<ManifestFile>> list =
      avro.ok() ? iceberg::ReadManifestList(*avro) : avro.status();
  if (list.ok()) {
    return list;
  }
  return WithContext("Manifest list " + snapshot.manifest_list + ": ", list.status());
}

}  // namespace

ManifestCache::ManifestCache(int64_t bytes_max)
    : bytes_max_(static_cast<size_t>(std::max<int64_t>(bytes_max, 0))) {
  usage_.bytes_max = static_cast<int64_t>(bytes_max_);
}

ManifestCache::~ManifestCache() = default;

Result<ManifestCache::Manifest> ManifestCache::ReadManifest(
    io::FileIO& io, const ManifestFile& list_entry) {
  const auto load = [&]() -> Result<Loaded> {
    ARROW_ASSIGN_OR_RAISE(const std::string avro,
                          internal::ReadManifestFile(io, list_entry));
    Result<Manifest> manifest = reader_.Read(avro, list_entry);
    if (!manifest.ok()) {
      return WithContext("Manifest " + list_entry.path + ": ", manifest.status());
    }
    return Loaded{*manifest, (*manifest)->memory_bytes()};
  };
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<const void> value,
                        Get(ManifestKey(list_entry), load));
  return std::static_pointer_cast<const iceberg::ManifestColumns>(std::move(value));
}

ManifestCache::Manifest ManifestCache::FindManifest(const ManifestFile& list_entry) {
  return std::static_pointer_cast<const iceberg::ManifestColumns>(
      Find(ManifestKey(list_entry)));
}

Result<ManifestCache::List> ManifestCache::ReadList(io::FileIO& io,
                                                    const iceberg::TableMetadata& table,
                                                    const Snapshot& snapshot) {
  using Files = std::vector<ManifestFile>;
  const auto load = [&]() -> Result<Loaded> {
    ARROW_ASSIGN_OR_RAISE(Files files, LoadList(io, table, snapshot));
    auto list = std::make_shared<const Files>(std::move(files));
    const size_t bytes = ListBytes(*list);
    return Loaded{std::move(list), bytes};
  };
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<const void> value, Get(ListKey(snapshot), load));
  return std::static_pointer_cast<const Files>(std::move(value));
}

Result<std::shared_ptr<const void>> ManifestCache::ReadDerived(
    std::string_view key, const std::function<Result<Loaded>()>& load) {
  return Get("d" + std::string(key), load);
}

ManifestCache::Usage ManifestCache::usage() const {
  const std::lock_guard lock(mutex_);
  return usage_;
}

void ManifestCache::Clear() {
  const std::lock_guard lock(mutex_);
  for (const Entry& entry : entries_) {
    metrics_.Removed(entry.bytes);
  }
  by_key_.clear();
  entries_.clear();
  usage_.entries = 0;
  usage_.bytes = 0;
}

void ManifestCache::CountHit() {
  ++usage_.hits;
  metrics_.Found();
}

std::shared_ptr<const void> ManifestCache::Find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, found->second);
  CountHit();
  return found->second->value;
}

ManifestCache::Outcome ManifestCache::Get(const std::string& key,
                                          const std::function<Result<Loaded>()>& load) {
  std::promise<Outcome> promise;
  std::shared_future<Outcome> other;
  {
    const std::lock_guard lock(mutex_);
    const auto found = by_key_.find(key);
    if (found != by_key_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      CountHit();
      return found->second->value;
    }
    const auto flight = in_flight_.find(key);
    if (flight != in_flight_.end()) {
      CountHit();
      other = flight->second;
    } else {
      ++usage_.misses;
      metrics_.Missed();
      in_flight_.emplace(key, promise.get_future().share());
    }
  }
  if (other.valid()) {
    return other.get();
  }
  Outcome outcome = MakeError(ErrorCode::kOutOfMemory, "Reading was cut short");
  // Whatever happens, those who wait are told and the next one may try again.
  const auto land = [&](std::promise<Outcome>* waiting) {
    {
      const std::lock_guard lock(mutex_);
      in_flight_.erase(key);
    }
    waiting->set_value(outcome);
  };
  const std::unique_ptr<std::promise<Outcome>, decltype(land)> landing(&promise, land);
  const Result<Loaded> loaded = load();
  if (!loaded.ok()) {
    outcome = loaded.status();
    return Outcome(outcome);
  }
  const std::lock_guard lock(mutex_);
  Keep(key, *loaded);
  outcome = loaded->value;
  return Outcome(outcome);  // a copy: those who wait get what is left in `outcome`
}

void ManifestCache::Keep(const std::string& key, const Loaded& loaded) {
  const size_t bytes = loaded.bytes + key.size() + kEntryBytes;
  if (bytes > bytes_max_) {
    return;
  }
  const auto [found, added] = by_key_.try_emplace(key);
  if (!added) {
    return;
  }
  entries_.push_front({found->first, loaded.value, bytes});
  found->second = entries_.begin();
  ++usage_.entries;
  usage_.bytes += static_cast<int64_t>(bytes);
  metrics_.Added(bytes);
  Evict();
}

void ManifestCache::Evict() {
  while (usage_.bytes > usage_.bytes_max) {
    const Entry& last = entries_.back();
    usage_.bytes -= static_cast<int64_t>(last.bytes);
    --usage_.entries;
    ++usage_.evictions;
    metrics_.Evicted(last.bytes);
    by_key_.erase(std::string(last.key));
    entries_.pop_back();
  }
}

}  // namespace tarn::table
