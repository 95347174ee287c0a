// Manifest lists (spec: Manifest Lists).
#include <algorithm>
#include <array>
#include <string>

#include "tarn/base/error.h"
#include "tarn/iceberg/avro/reader.h"
#include "tarn/iceberg/avro/visitor.h"
#include "tarn/iceberg/internal/manifest_limits.h"
#include "tarn/iceberg/internal/manifest_plan.h"
#include "tarn/iceberg/manifest.h"

namespace tarn::iceberg {
namespace {

using avro::Decoder;
using internal::KnownField;
using internal::Shape;
using internal::Step;

enum ListOp : uint8_t {
  kPath = 1,
  kLength,
  kSpecId,
  kContent,
  kSequence,
  kMinSequence,
  kSnapshotId,
  kAddedFiles,
  kExistingFiles,
  kDeletedFiles,
  kAddedRows,
  kExistingRows,
  kDeletedRows,
  kPartitions,
  kKeyMetadata,
  kFirstRowId,
};

constexpr std::array<KnownField, 16> kListFields = {{
    {500, "manifest_path", kPath, Shape::kText, true},
    {501, "manifest_length", kLength, Shape::kInteger, true},
    {502, "partition_spec_id", kSpecId, Shape::kInteger, true},
    {517, "content", kContent, Shape::kInteger},
    {515, "sequence_number", kSequence, Shape::kInteger},
    {516, "min_sequence_number", kMinSequence, Shape::kInteger},
    {503, "added_snapshot_id", kSnapshotId, Shape::kInteger},
    {504, "added_files_count", kAddedFiles, Shape::kInteger, false,
     "added_data_files_count"},
    {505, "existing_files_count", kExistingFiles, Shape::kInteger, false,
     "existing_data_files_count"},
    {506, "deleted_files_count", kDeletedFiles, Shape::kInteger, false,
     "deleted_data_files_count"},
    {512, "added_rows_count", kAddedRows, Shape::kInteger},
    {513, "existing_rows_count", kExistingRows, Shape::kInteger},
    {514, "deleted_rows_count", kDeletedRows, Shape::kInteger},
    {507, "partitions", kPartitions, Shape::kRecords},
    {519, "key_metadata", kKeyMetadata, Shape::kText},
    {520, "first_row_id", kFirstRowId, Shape::kInteger},
}};

enum SummaryOp : uint8_t { kContainsNull = 1, kContainsNan, kLowerBound, kUpperBound };

constexpr std::array<KnownField, 4> kSummaryFields = {{
    {509, "contains_null", kContainsNull, Shape::kBoolean, true},
    {518, "contains_nan", kContainsNan, Shape::kBoolean},
    {510, "lower_bound", kLowerBound, Shape::kText},
    {511, "upper_bound", kUpperBound, Shape::kText},
}};

class ListDecoder {
 public:
  static Result<ListDecoder> Make(const avro::Schema& schema) {
    if (schema.root().kind != avro::Kind::kRecord) {
      return MakeError(ErrorCode::kInvalidData,
                       "manifest list: its Avro schema is not a record");
    }
    ListDecoder decoder(schema);
    ARROW_ASSIGN_OR_RAISE(decoder.steps_,
                          internal::CompileRecord(schema, schema.root_id(), kListFields));
    for (const Step& step : decoder.steps_) {
      if (step.op != kPartitions) {
        continue;
      }
      avro::NodeId summary = internal::ElementOf(schema, step.node);
      ARROW_ASSIGN_OR_RAISE(decoder.summary_steps_,
                            internal::CompileRecord(schema, summary, kSummaryFields));
    }
    return decoder;
  }

  void Decode(Decoder* decoder, ManifestFile* file) {
    for (const Step& step : steps_) {
      if (step.op == Step::kSkip) {
        SkipValue(schema_, step.node, decoder);
      } else if (step.presence.Read(decoder)) {
        DecodeField(step.op, decoder, file);
      }
    }
    if (file->path.empty()) {
      decoder->Fail("a manifest has no path");
    }
  }

  size_t summaries_bytes() const {
    return num_summaries_ * sizeof(PartitionFieldSummary);
  }

 private:
  explicit ListDecoder(const avro::Schema& schema) : schema_(schema) {}

  void DecodeField(uint8_t op, Decoder* decoder, ManifestFile* file) {
    switch (op) {
      case kPath:
        file->path = decoder->Bytes();
        return;
      case kLength:
        file->length_bytes = decoder->Long();
        if (file->length_bytes < 0) {
          decoder->Fail("a manifest's length is negative");
        }
        return;
      case kSpecId:
        file->spec_id = SpecId{decoder->Int()};
        return;
      case kContent: {
        int32_t content = decoder->Int();
        if (content < 0 || content > 1) {
          return decoder->Fail("a manifest's content is not 0 or 1");
        }
        file->content = static_cast<ManifestContent>(content);
        return;
      }
      case kSequence:
        file->sequence_number = SequenceNumber{decoder->Long()};
        return;
      case kMinSequence:
        file->min_sequence_number = SequenceNumber{decoder->Long()};
        return;
      case kSnapshotId:
        file->added_snapshot_id = SnapshotId{decoder->Long()};
        return;
      case kAddedFiles:
        file->added_files_count = decoder->Int();
        return;
      case kExistingFiles:
        file->existing_files_count = decoder->Int();
        return;
      case kDeletedFiles:
        file->deleted_files_count = decoder->Int();
        return;
      case kAddedRows:
        file->added_rows_count = decoder->Long();
        return;
      case kExistingRows:
        file->existing_rows_count = decoder->Long();
        return;
      case kDeletedRows:
        file->deleted_rows_count = decoder->Long();
        return;
      case kPartitions:
        file->has_partitions = true;
        return DecodeSummaries(decoder, &file->partitions);
      case kKeyMetadata:
        file->key_metadata = decoder->Bytes();
        return;
      case kFirstRowId:
        file->first_row_id = decoder->Long();
        return;
      default:
        return;
    }
  }

  void DecodeSummaries(Decoder* decoder, std::vector<PartitionFieldSummary>* summaries) {
    while (int64_t items = decoder->BlockItems()) {
      for (int64_t i = 0; i < items && !decoder->failed(); ++i) {
        DecodeSummary(decoder, &summaries->emplace_back());
      }
    }
    num_summaries_ += summaries->size();
  }

  void DecodeSummary(Decoder* decoder, PartitionFieldSummary* summary) {
    for (const Step& step : summary_steps_) {
      if (step.op == Step::kSkip) {
        SkipValue(schema_, step.node, decoder);
        continue;
      }
      if (!step.presence.Read(decoder)) {
        continue;
      }
      switch (step.op) {
        case kContainsNull:
          summary->contains_null = decoder->Boolean();
          break;
        case kContainsNan:
          summary->contains_nan = decoder->Boolean();
          break;
        case kLowerBound:
          summary->lower_bound = decoder->Bytes();
          break;
        default:
          summary->upper_bound = decoder->Bytes();
          break;
      }
    }
  }

  const avro::Schema& schema_;
  std::vector<Step> steps_;
  std::vector<Step> summary_steps_;
  size_t num_summaries_ = 0;
};

}  // namespace

Result<std::vector<ManifestFile>> ReadManifestList(std::string_view avro) {
  if (avro.starts_with("AGS1")) {
    return MakeError(ErrorCode::kNotSupported,
                     "manifest list: encrypted lists cannot be read");
  }
  avro::MemorySource source(avro);
  ARROW_ASSIGN_OR_RAISE(avro::FileReader reader,
                        avro::FileReader::Open(&source, internal::kManifestLimits));
  ARROW_ASSIGN_OR_RAISE(ListDecoder decoder, ListDecoder::Make(reader.schema()));
  std::vector<ManifestFile> files;
  const size_t bytes_max = internal::ManifestMemoryMax(avro.size());
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(bool more, reader.NextRow());
    if (!more) {
      return files;
    }
    decoder.Decode(&reader.decoder(), &files.emplace_back());
    if (files.size() * sizeof(ManifestFile) + decoder.summaries_bytes() > bytes_max) {
      return MakeError(ErrorCode::kInvalidData,
                       "manifest list: needs more memory than its size justifies: " +
                           std::to_string(bytes_max));
    }
  }
}

}  // namespace tarn::iceberg
