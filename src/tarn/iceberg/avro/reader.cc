#include "tarn/iceberg/avro/reader.h"

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "tarn/base/error.h"

namespace tarn::iceberg::avro {
namespace {

constexpr std::string_view kMagic{"Obj\1", 4};
constexpr size_t kSyncBytes = 16;
constexpr size_t kFirstPeekBytes = size_t{64} << 10;
/// Two numbers of at most ten bytes each.
constexpr size_t kBlockHeadBytesMax = 20;
/// A block may always unpack to this much, whatever its packed size.
constexpr size_t kBlockBytesFree = size_t{16} << 20;
/// More than deflate can reach (1032).
constexpr size_t kBlockRatioMax = 1100;

using Metadata = std::vector<std::pair<std::string, std::string>>;

Status Invalid(const std::string& what) {
  return MakeError(ErrorCode::kInvalidData, "Avro file: " + what);
}

/// Reads the header's map; a failure of `decoder` may just mean that more bytes are
/// needed.
Metadata ReadMetadata(Decoder* decoder) {
  Metadata metadata;
  while (int64_t items = decoder->BlockItems()) {
    for (int64_t i = 0; i < items && !decoder->failed(); ++i) {
      std::string_view key = decoder->Bytes();
      std::string_view value = decoder->Bytes();
      metadata.emplace_back(key, value);
    }
  }
  return metadata;
}

struct Header {
  Metadata metadata;
  std::string sync;
};

Result<Header> ReadHeader(ByteSource* source, size_t bytes_max) {
  for (size_t want = kFirstPeekBytes;; want *= 4) {
    want = std::min(want, bytes_max);
    size_t available =
        static_cast<size_t>(std::min<uint64_t>(want, source->bytes_left()));
    ARROW_ASSIGN_OR_RAISE(std::string_view bytes, source->Peek(available));
    if (!bytes.starts_with(kMagic)) {
      return Invalid("does not start as an Avro file does");
    }
    Decoder decoder(bytes.substr(kMagic.size()));
    Header header;
    header.metadata = ReadMetadata(&decoder);
    header.sync = std::string(decoder.Fixed(kSyncBytes));
    if (!decoder.failed()) {
      source->Skip(bytes.size() - decoder.bytes_left());
      return header;
    }
    if (bytes.size() < want) {
      return Invalid(std::string("header: ") + decoder.failure());
    }
    if (want == bytes_max) {
      return Invalid("header is larger than allowed: " + std::to_string(bytes_max));
    }
  }
}

const std::string* Find(const Metadata& metadata, std::string_view key) {
  for (const auto& [name, value] : metadata) {
    if (name == key) {
      return &value;
    }
  }
  return nullptr;
}

/// Files of one kind have the same few schemas, and parsing one takes longer than reading
/// a small file. Thread-safe.
class KnownSchemas {
 public:
  Result<std::shared_ptr<const Schema>> Parse(const std::string& json) {
    {
      const std::lock_guard lock(mutex_);
      if (const auto it = schemas_.find(json); it != schemas_.end()) {
        return it->second;
      }
    }
    ARROW_ASSIGN_OR_RAISE(Schema parsed, Schema::FromJson(json));
    auto schema = std::make_shared<const Schema>(std::move(parsed));
    if (json.size() <= kBytesMax) {
      const std::lock_guard lock(mutex_);
      if (schemas_.size() >= kSchemasMax) {
        schemas_.clear();
      }
      schemas_.emplace(json, schema);
    }
    return schema;
  }

 private:
  static constexpr size_t kSchemasMax = 64;
  static constexpr size_t kBytesMax = size_t{64} << 10;

  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const Schema>> schemas_;  // by text
};

}  // namespace

Result<FileReader> FileReader::Open(ByteSource* source, ReaderLimits limits) {
  static KnownSchemas known;
  return Open(source, limits, [](const std::string& json) { return known.Parse(json); });
}

Result<FileReader> FileReader::Open(ByteSource* source, ReaderLimits limits,
                                    const SchemaParser& parse) {
  ARROW_ASSIGN_OR_RAISE(Header header, ReadHeader(source, limits.header_bytes_max));
  const std::string* json = Find(header.metadata, "avro.schema");
  if (json == nullptr) {
    return Invalid("header has no avro.schema");
  }
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<const Schema> schema, parse(*json));
  Codec codec = Codec::kNull;
  if (const std::string* name = Find(header.metadata, "avro.codec");
      name && !name->empty()) {
    ARROW_ASSIGN_OR_RAISE(codec, CodecFromName(*name));
  }
  FileReader reader(source, limits, codec);
  reader.schema_ = std::move(schema);
  reader.metadata_ = std::move(header.metadata);
  reader.sync_ = std::move(header.sync);
  return reader;
}

const std::string* FileReader::FindMetadata(std::string_view key) const {
  return Find(metadata_, key);
}

Status FileReader::Corrupt(const std::string& what) const {
  return Invalid(what + " (row " + std::to_string(row_number_) + ")");
}

Result<size_t> FileReader::UnpackedBytesMax(size_t packed_bytes) {
  size_t by_ratio = std::max(kBlockBytesFree, packed_bytes * kBlockRatioMax);
  size_t bytes_max = std::min(limits_.block_bytes_max, by_ratio);
  packed_bytes_ += packed_bytes;
  if (limits_.unpacked_bytes_base == 0 && limits_.unpacked_ratio_max == 0) {
    return bytes_max;
  }
  uint64_t total =
      limits_.unpacked_bytes_base + limits_.unpacked_ratio_max * packed_bytes_;
  uint64_t left = total - std::min(total, unpacked_bytes_);
  return static_cast<size_t>(std::min<uint64_t>(bytes_max, left));
}

Result<bool> FileReader::NextBlock() {
  do {
    if (decoder_.failed()) {
      return Corrupt(decoder_.failure());
    }
    if (decoder_.bytes_left() != 0) {
      return Corrupt("a block holds more bytes than its rows");
    }
    if (source_->bytes_left() == 0) {
      return false;
    }
    size_t head_bytes = static_cast<size_t>(
        std::min<uint64_t>(kBlockHeadBytesMax, source_->bytes_left()));
    ARROW_ASSIGN_OR_RAISE(std::string_view head, source_->Peek(head_bytes));
    Decoder decoder(head);
    int64_t rows = decoder.Long();
    int64_t size = decoder.Long();
    if (decoder.failed()) {
      return Corrupt("a block's head is cut off or wrong");
    }
    if (rows < 0 || size < 0) {
      return Corrupt("a block's row count or size is negative");
    }
    source_->Skip(head.size() - decoder.bytes_left());
    auto packed_bytes = static_cast<uint64_t>(size);
    if (packed_bytes > limits_.block_bytes_max) {
      return Corrupt("a block is larger than allowed: " + std::to_string(size));
    }
    if (packed_bytes + kSyncBytes > source_->bytes_left()) {
      return Corrupt("the last block is cut off");
    }
    ARROW_ASSIGN_OR_RAISE(std::string_view block,
                          source_->Peek(packed_bytes + kSyncBytes));
    if (block.size() != packed_bytes + kSyncBytes) {
      return Corrupt("the last block is cut off");
    }
    if (block.substr(packed_bytes) != sync_) {
      return Corrupt("a block's sync marker is wrong");
    }
    source_->Skip(block.size());
    ARROW_ASSIGN_OR_RAISE(size_t bytes_max, UnpackedBytesMax(packed_bytes));
    ARROW_ASSIGN_OR_RAISE(std::string_view unpacked,
                          decompressor_.Unpack(block.substr(0, packed_bytes), bytes_max));
    unpacked_bytes_ += unpacked.size();
    decoder_.Reset(unpacked);
    rows_left_ = rows;
  } while (rows_left_ == 0);
  --rows_left_;
  ++row_number_;
  return true;
}

}  // namespace tarn::iceberg::avro
