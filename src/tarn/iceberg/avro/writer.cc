#include "tarn/iceberg/avro/writer.h"

namespace tarn::iceberg::avro {
namespace {

/// As Avro's Java library: small enough to split files, large enough to compress well.
constexpr size_t kBlockBytes = 64000;

uint64_t Fnv1a(std::string_view bytes, uint64_t seed) {
  uint64_t hash = 0xcbf29ce484222325u ^ seed;
  for (char c : bytes) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  }
  return hash;
}

std::string SyncMarker(std::string_view header, std::string_view blocks) {
  std::string marker;
  for (uint64_t seed : {uint64_t{0}, uint64_t{0x9e3779b97f4a7c15}}) {
    uint64_t hash = Fnv1a(blocks.substr(0, 256), Fnv1a(header, seed));
    for (int shift = 0; shift < 64; shift += 8) {
      marker.push_back(static_cast<char>(hash >> shift));
    }
  }
  return marker;
}

}  // namespace

Status FileWriter::EndRow() {
  ++rows_;
  return block_.size() < kBlockBytes ? Status::OK() : EndBlock();
}

Status FileWriter::EndBlock() {
  if (rows_ == 0) {
    return Status::OK();
  }
  ARROW_RETURN_NOT_OK(Pack(codec_, block_, &blocks_));
  spans_.push_back({blocks_.size(), rows_});
  rows_ = 0;
  block_.clear();
  return Status::OK();
}

Result<std::string> FileWriter::Finish(std::string_view schema_json,
                                       const Metadata& metadata) {
  ARROW_RETURN_NOT_OK(EndBlock());
  std::string file{"Obj\1", 4};
  Encoder encoder(&file);
  encoder.Items(static_cast<int64_t>(metadata.size()) + 2);
  encoder.Bytes("avro.schema");
  encoder.Bytes(schema_json);
  encoder.Bytes("avro.codec");
  encoder.Bytes(CodecName(codec_));
  for (const auto& [key, value] : metadata) {
    encoder.Bytes(key);
    encoder.Bytes(value);
  }
  encoder.EndItems();
  std::string sync = SyncMarker(file, blocks_);
  file += sync;
  file.reserve(file.size() + blocks_.size() + spans_.size() * (sync.size() + 20));
  size_t begin = 0;
  for (const Span& span : spans_) {
    encoder.Long(span.rows);
    encoder.Bytes(std::string_view(blocks_).substr(begin, span.end - begin));
    encoder.Fixed(sync);
    begin = span.end;
  }
  return file;
}

}  // namespace tarn::iceberg::avro
