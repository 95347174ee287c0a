#include "tarn/iceberg/table_metadata.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>
#include <utility>

#include <zlib.h>

#include "tarn/base/error.h"

namespace tarn::iceberg {
namespace {

/// A metadata file of a million snapshots is some 500 MB; beyond this a gzip file is a
/// bomb.
constexpr size_t kMetadataTextBytesMax = size_t{1} << 30;

bool IsGzip(std::string_view bytes) {
  return bytes.size() >= 2 && bytes[0] == '\x1f' && bytes[1] == '\x8b';
}

/// Window of 32 KiB with a gzip header and trailer, for both directions.
constexpr int kGzipWindowBits = 15 + 16;

Result<std::string> Gunzip(std::string_view bytes) {
  const auto corrupt = [&](const char* why) {
    return MakeError(ErrorCode::kInvalidData,
                     "Cannot decompress a gzip metadata file of " +
                         std::to_string(bytes.size()) + " bytes: " + why);
  };
  if (bytes.size() > std::numeric_limits<uInt>::max()) {
    return corrupt("too large");
  }
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindowBits) != Z_OK) {
    return MakeError(ErrorCode::kOutOfMemory,
                     "Cannot start zlib to read a metadata file");
  }
  const std::unique_ptr<z_stream, int (*)(z_stream*)> closer(&stream, &inflateEnd);
  // zlib's interface is not const-correct; it does not write to its input.
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string text;
  std::array<char, 64 * 1024> chunk;
  while (true) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<uInt>(chunk.size());
    const int state = inflate(&stream, Z_NO_FLUSH);
    text.append(chunk.data(), chunk.size() - stream.avail_out);
    if (text.size() > kMetadataTextBytesMax) {
      return corrupt("larger than 1 GiB of text");
    }
    if (state == Z_STREAM_END) {
      if (stream.avail_in == 0) {
        return text;
      }
      // gzip files may be several members, one after the other.
      if (inflateReset(&stream) != Z_OK) {
        return corrupt("bad gzip member");
      }
    } else if (state != Z_OK) {
      return corrupt(stream.avail_in == 0 ? "truncated" : "corrupt");
    }
  }
}

Result<std::string> Gzip(std::string_view text) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindowBits, 8,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return MakeError(ErrorCode::kOutOfMemory,
                     "Cannot start zlib to write a metadata file");
  }
  const std::unique_ptr<z_stream, int (*)(z_stream*)> closer(&stream, &deflateEnd);
  std::string bytes(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) {
    return MakeError(ErrorCode::kInternal, "zlib did not compress a metadata file of " +
                                               std::to_string(text.size()) + " bytes");
  }
  bytes.resize(bytes.size() - stream.avail_out);
  return bytes;
}

bool WantsGzip(const TableMetadata& metadata) {
  return metadata.Property("write.metadata.compression-codec", "none") == "gzip";
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string WithoutTrailingSlash(std::string_view location) {
  while (location.size() > 1 && location.back() == '/') {
    location.remove_suffix(1);
  }
  return std::string(location);
}

}  // namespace

const Schema& TableMetadata::schema() const { return *schema_ptr(); }

std::shared_ptr<const Schema> TableMetadata::schema_ptr() const {
  std::shared_ptr<const Schema> found = FindSchema(current_schema_id);
  TARN_CHECK(found != nullptr);  // readers and ApplyUpdates make sure of it
  return found;
}

const PartitionSpec& TableMetadata::spec() const {
  const PartitionSpec* found = FindSpec(default_spec_id);
  TARN_CHECK(found != nullptr);
  return *found;
}

const SortOrder& TableMetadata::sort_order() const {
  const auto found =
      std::ranges::find(sort_orders, default_sort_order_id, &SortOrder::id);
  TARN_CHECK(found != sort_orders.end());
  return *found;
}

std::shared_ptr<const Schema> TableMetadata::FindSchema(SchemaId id) const {
  const auto found = std::ranges::find_if(
      schemas,
      [&](const std::shared_ptr<const Schema>& schema) { return schema->id() == id; });
  return found == schemas.end() ? nullptr : *found;
}

const PartitionSpec* TableMetadata::FindSpec(SpecId id) const {
  const auto found = std::ranges::find(partition_specs, id, &PartitionSpec::id);
  return found == partition_specs.end() ? nullptr : &*found;
}

const Snapshot* TableMetadata::FindSnapshot(SnapshotId id) const {
  // From the end: almost every question is about a recent snapshot.
  const auto found =
      std::find_if(snapshots.rbegin(), snapshots.rend(),
                   [&](const Snapshot& snapshot) { return snapshot.id == id; });
  return found == snapshots.rend() ? nullptr : &*found;
}

const Snapshot* TableMetadata::current_snapshot() const {
  return current_snapshot_id ? FindSnapshot(*current_snapshot_id) : nullptr;
}

const StatisticsFile* TableMetadata::FindStatistics(SnapshotId id) const {
  const auto found = std::ranges::find(statistics, id, &StatisticsFile::snapshot_id);
  return found == statistics.end() ? nullptr : &*found;
}

const EncryptedKey* TableMetadata::FindEncryptionKey(const std::string& key_id) const {
  const auto found = std::ranges::find(encryption_keys, key_id, &EncryptedKey::key_id);
  return found == encryption_keys.end() ? nullptr : &*found;
}

std::shared_ptr<const Schema> TableMetadata::SchemaOf(const Snapshot& snapshot) const {
  if (snapshot.schema_id) {
    if (auto found = FindSchema(*snapshot.schema_id)) {
      return found;
    }
  }
  return schema_ptr();
}

std::string TableMetadata::Property(const std::string& key,
                                    std::string_view otherwise) const {
  const auto found = properties.find(key);
  return found == properties.end() ? std::string(otherwise) : found->second;
}

Result<std::string> MetadataBytesToJson(std::string bytes) {
  if (!IsGzip(bytes)) {
    return bytes;
  }
  return Gunzip(bytes);
}

Result<std::string> TableMetadataToFileBytes(const TableMetadata& metadata) {
  std::string json = TableMetadataToJson(metadata);
  if (json.size() > kMetadataTextBytesMax) {
    return MakeError(ErrorCode::kResourceLimit,
                     "Metadata of the table at " + metadata.location +
                         " would be larger than 1 GiB: expire snapshots first");
  }
  if (!WantsGzip(metadata)) {
    return json;
  }
  return Gzip(json);
}

std::string MetadataFileName(std::string_view directory, int64_t version,
                             std::string_view uuid) {
  std::array<char, 32> digits;
  std::snprintf(digits.data(), digits.size(), "%05lld", static_cast<long long>(version));
  return WithoutTrailingSlash(directory) + "/" + digits.data() + "-" + std::string(uuid) +
         ".metadata.json";
}

std::string MetadataFileName(const TableMetadata& metadata, int64_t version,
                             std::string_view uuid) {
  const std::string directory = metadata.Property(
      "write.metadata.path", WithoutTrailingSlash(metadata.location) + "/metadata");
  std::string name = MetadataFileName(std::string_view(directory), version, uuid);
  if (WantsGzip(metadata)) {
    name.insert(name.size() - std::string_view(".metadata.json").size(), ".gz");
  }
  return name;
}

int64_t MetadataVersionOf(std::string_view metadata_location) {
  constexpr size_t kDigitsMax = 18;  // always fits int64
  std::string_view name = metadata_location.substr(metadata_location.rfind('/') + 1);
  if (name.find(".metadata.json") == std::string_view::npos) {
    return -1;
  }
  const bool is_hadoop = name.starts_with('v');
  if (is_hadoop) {
    name.remove_prefix(1);
  }
  int64_t version = 0;
  size_t i = 0;
  for (; i < name.size() && IsDigit(name[i]); ++i) {
    if (i >= kDigitsMax) {
      return -1;
    }
    version = version * 10 + (name[i] - '0');
  }
  const char after = i < name.size() ? name[i] : '\0';
  if (i == 0 || after != (is_hadoop ? '.' : '-')) {
    // "v3.gz.metadata.json" ends its number with a dot too; anything else has no version.
    return -1;
  }
  return version;
}

}  // namespace tarn::iceberg
