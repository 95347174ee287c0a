// Puffin files (spec: Puffin file format):
//
//   magic, blobs, footer; the footer is
//   magic, payload (JSON, perhaps one LZ4 frame), payload size (int32 little-endian),
//   flags (4 bytes), magic
#include "tarn/iceberg/puffin.h"

#include <utility>

#include "tarn/base/byte_order.h"
#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"
#include "tarn/iceberg/internal/compression_frame.h"

namespace tarn::iceberg {

using internal::FrameCodec;

namespace {

constexpr std::string_view kMagic = "PFA1";
/// What follows the payload: its size, flags, magic.
constexpr size_t kTrailerBytes = 4 + 4 + kMagic.size();
constexpr uint32_t kFlagPayloadCompressed = 1;  // byte 0, bit 0
/// JSON of a million blobs is some 300 MB.
constexpr int64_t kFooterBytesMax = int64_t{1} << 29;
constexpr char kCreatedBy[] = "created-by";

Status Corrupt(const std::string& why) {
  return MakeError(ErrorCode::kInvalidData, "Corrupt Puffin file: " + why);
}

Result<FrameCodec> FrameCodecOf(const std::string& name) {
  if (name == "lz4") {
    return FrameCodec::kLz4;
  }
  if (name == "zstd") {
    return FrameCodec::kZstd;
  }
  return MakeError(ErrorCode::kNotSupported,
                   "Puffin compression codec is not one of lz4, zstd: " + name);
}

Result<PuffinBlob> BlobFromJson(const Json& json) {
  PuffinBlob blob;
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(json, "Puffin blob"));
  ARROW_ASSIGN_OR_RAISE(blob.type, fields.String("type"));
  ARROW_ASSIGN_OR_RAISE(const Json* ids, fields.Array("fields"));
  ARROW_ASSIGN_OR_RAISE(const auto numbers, Int64Array(*ids, "\"fields\""));
  for (const int64_t number : numbers) {
    if (number != static_cast<FieldId>(number)) {
      return fields.Wrong("fields", "32-bit integers");
    }
    blob.fields.push_back(static_cast<FieldId>(number));
  }
  ARROW_ASSIGN_OR_RAISE(blob.snapshot_id.value, fields.Int64("snapshot-id"));
  ARROW_ASSIGN_OR_RAISE(blob.sequence_number.value, fields.Int64("sequence-number"));
  ARROW_ASSIGN_OR_RAISE(blob.offset, fields.Int64("offset"));
  ARROW_ASSIGN_OR_RAISE(blob.length_bytes, fields.Int64("length"));
  ARROW_ASSIGN_OR_RAISE(blob.compression_codec,
                        fields.OptionalString("compression-codec"));
  ARROW_ASSIGN_OR_RAISE(blob.properties, fields.StringMap("properties"));
  return blob;
}

Json BlobToJson(const PuffinBlob& blob) {
  Json json = {{"type", blob.type},
               {"fields", blob.fields},
               {"snapshot-id", blob.snapshot_id.value},
               {"sequence-number", blob.sequence_number.value},
               {"offset", blob.offset},
               {"length", blob.length_bytes}};
  if (blob.compression_codec) {
    json["compression-codec"] = *blob.compression_codec;
  }
  if (!blob.properties.empty()) {
    json["properties"] = blob.properties;
  }
  return json;
}

Result<PuffinFooter> FooterFromJson(std::string_view text, int64_t blobs_end) {
  ARROW_ASSIGN_OR_RAISE(const Json json, ParseJson(text, "a Puffin footer"));
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(json, "Puffin footer"));
  PuffinFooter footer;
  ARROW_ASSIGN_OR_RAISE(footer.properties, fields.StringMap("properties"));
  ARROW_ASSIGN_OR_RAISE(const Json* blobs, fields.Array("blobs"));
  for (const Json& blob_json : *blobs) {
    ARROW_ASSIGN_OR_RAISE(PuffinBlob blob, BlobFromJson(blob_json));
    if (blob.offset < static_cast<int64_t>(kMagic.size()) || blob.length_bytes < 0 ||
        blob.offset > blobs_end || blob.length_bytes > blobs_end - blob.offset) {
      return Corrupt("a blob at " + std::to_string(blob.offset) + " of " +
                     std::to_string(blob.length_bytes) +
                     " bytes is not before the footer at " + std::to_string(blobs_end));
    }
    footer.blobs.push_back(std::move(blob));
  }
  return footer;
}

}  // namespace

Result<int64_t> PuffinFooterLength(std::string_view tail, int64_t file_bytes) {
  constexpr auto kAround = static_cast<int64_t>(kMagic.size() + kTrailerBytes);
  if (tail.size() < kTrailerBytes ||
      file_bytes < kAround + static_cast<int64_t>(kMagic.size()) ||
      static_cast<int64_t>(tail.size()) > file_bytes) {
    return Corrupt("only " + std::to_string(file_bytes) + " bytes");
  }
  if (!tail.ends_with(kMagic)) {
    return Corrupt("it does not end with " + std::string(kMagic));
  }
  const auto payload = LoadLittle<int32_t>(tail, tail.size() - kTrailerBytes);
  if (payload < 0 ||
      payload > file_bytes - kAround - static_cast<int64_t>(kMagic.size())) {
    return Corrupt("a footer of " + std::to_string(payload) + " bytes in a file of " +
                   std::to_string(file_bytes));
  }
  return kAround + payload;
}

Result<PuffinFooter> ReadPuffinFooter(std::string_view tail, int64_t file_bytes) {
  ARROW_ASSIGN_OR_RAISE(const int64_t length, PuffinFooterLength(tail, file_bytes));
  if (static_cast<int64_t>(tail.size()) < length) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "A Puffin footer of " + std::to_string(length) +
                         " bytes is to be read from " + std::to_string(tail.size()));
  }
  if (static_cast<int64_t>(tail.size()) == file_bytes && !tail.starts_with(kMagic)) {
    return Corrupt("it does not begin with " + std::string(kMagic));
  }
  const std::string_view footer = tail.substr(tail.size() - static_cast<size_t>(length));
  if (!footer.starts_with(kMagic)) {
    return Corrupt("its footer does not begin with " + std::string(kMagic));
  }
  const auto flags =
      LoadLittle<uint32_t>(footer, footer.size() - kTrailerBytes + sizeof(int32_t));
  if ((flags & ~kFlagPayloadCompressed) != 0) {
    return MakeError(
        ErrorCode::kNotSupported,
        "Puffin footer has flags that are not known: " + std::to_string(flags));
  }
  std::string_view payload =
      footer.substr(kMagic.size(), footer.size() - kMagic.size() - kTrailerBytes);
  std::string unpacked;
  if (flags != 0) {
    ARROW_ASSIGN_OR_RAISE(
        unpacked, internal::UnpackFrame(FrameCodec::kLz4, payload, kFooterBytesMax,
                                        "a Puffin footer"));
    payload = unpacked;
  }
  return FooterFromJson(payload, file_bytes - length);
}

Result<std::string> DecodePuffinBlob(const PuffinBlob& blob, std::string_view stored,
                                     int64_t bytes_max) {
  if (static_cast<int64_t>(stored.size()) != blob.length_bytes) {
    return Corrupt("a blob of " + std::to_string(blob.length_bytes) + " bytes has " +
                   std::to_string(stored.size()));
  }
  if (blob.compression_codec) {
    ARROW_ASSIGN_OR_RAISE(const FrameCodec codec, FrameCodecOf(*blob.compression_codec));
    return internal::UnpackFrame(codec, stored, bytes_max,
                                 "a Puffin blob of type " + blob.type);
  }
  if (blob.length_bytes > bytes_max) {
    return MakeError(ErrorCode::kResourceLimit, "A Puffin blob of type " + blob.type +
                                                    " has more than " +
                                                    std::to_string(bytes_max) + " bytes");
  }
  return std::string(stored);
}

PuffinWriter::PuffinWriter() : bytes_(kMagic) {}

Result<PuffinBlob> PuffinWriter::Add(PuffinBlob blob, std::string_view bytes) {
  blob.offset = static_cast<int64_t>(bytes_.size());
  if (blob.compression_codec) {
    ARROW_ASSIGN_OR_RAISE(const FrameCodec codec, FrameCodecOf(*blob.compression_codec));
    ARROW_ASSIGN_OR_RAISE(const std::string packed, internal::PackFrame(codec, bytes));
    bytes_ += packed;
  } else {
    bytes_ += bytes;
  }
  blob.length_bytes = static_cast<int64_t>(bytes_.size()) - blob.offset;
  blobs_.push_back(blob);
  return blob;
}

std::string PuffinWriter::Finish(const std::string& created_by) {
  Json blobs = Json::array();
  for (const PuffinBlob& blob : blobs_) {
    blobs.push_back(BlobToJson(blob));
  }
  const std::string payload =
      DumpJson({{"blobs", std::move(blobs)}, {"properties", {{kCreatedBy, created_by}}}});
  TARN_CHECK(static_cast<int64_t>(payload.size()) <= kFooterBytesMax);
  bytes_ += kMagic;
  bytes_ += payload;
  AppendLittle(static_cast<int32_t>(payload.size()), &bytes_);
  AppendLittle(uint32_t{0}, &bytes_);  // no flags
  bytes_ += kMagic;
  return std::move(bytes_);
}

}  // namespace tarn::iceberg
