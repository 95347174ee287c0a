#include "tarn/service/migration/compare_rows.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/base/error.h"

namespace tarn::service {
namespace {

constexpr size_t kSampleColumnsMax = 4;
constexpr size_t kDifferencesMax = 10;            // of each side
constexpr size_t kRememberedRowsMax = 4'000'000;  // some 400 MB
constexpr size_t kShortDigestBytes = 16;

using RowCounts = std::unordered_map<std::string, int64_t>;

class FittedSource : public RowSource {
 public:
  FittedSource(RowSource& source, const RowFit& fit) : source_(source), fit_(fit) {}
  std::shared_ptr<arrow::Schema> schema() const override { return source_.schema(); }
  Status Read(size_t threads, const Visitor& visit) override {
    return source_.Read(threads, [&](size_t thread, const auto& batch) -> Status {
      ARROW_ASSIGN_OR_RAISE(const RowFit::Rows rows, fit_.Apply(*batch));
      return visit(thread, rows.compared);
    });
  }

 private:
  RowSource& source_;
  const RowFit& fit_;
};

using DigestVisitor =
    std::function<void(const std::string&, const arrow::RecordBatch&, int64_t)>;

/// Calls `visit` with the digest of each row, on this thread.
Status VisitDigests(RowSource& source, const std::vector<std::string>& columns,
                    const DigestVisitor& visit) {
  return source.Read(1, [&](size_t, const auto& batch) -> Status {
    std::shared_ptr<arrow::RecordBatch> rows = batch;
    if (!columns.empty()) {
      ARROW_ASSIGN_OR_RAISE(rows, SelectColumns(*batch, columns));
    }
    ingest::RowChecksum checksum;
    return checksum.Add(*rows, [&](int64_t row, const std::string& digest) {
      visit(digest.substr(0, kShortDigestBytes), *rows, row);
    });
  });
}

/// Rows of `sample` that the other side surely lacks: they would be in its sample.
std::vector<std::string> LackingIn(const RowTally& other, const RowTally& tally) {
  std::vector<std::string> lacking;
  const bool has_all = other.sample().size() < RowTally::kSampleRows;
  for (const auto& [digest, text] : tally.sample()) {
    const bool would_be_there = has_all || digest < other.sample().rbegin()->first;
    if (would_be_there && !other.sample().contains(digest)) {
      lacking.push_back(text);
    }
  }
  return lacking;
}

}  // namespace

Json ComparisonToJson(const Comparison& comparison) {
  Json json = {{"validation", std::string(NameOf(comparison.level))}};
  if (comparison.level == ValidationLevel::kNone) {
    json["checksum_match"] = nullptr;
    return json;
  }
  json["source_rows"] = comparison.source_rows;
  json["destination_rows"] = comparison.destination_rows;
  json["row_count_match"] = comparison.rows_match();
  const bool has_checksum = !comparison.source_checksum.empty();
  json["checksum_match"] =
      has_checksum ? Json(comparison.checksum_match()) : Json(nullptr);
  if (has_checksum) {
    json["source_checksum"] = comparison.source_checksum;
    json["destination_checksum"] = comparison.destination_checksum;
    json["checksum_columns"] = comparison.columns;
    json["sample_rows_compared"] = comparison.sample_rows;
  }
  json["differences"] = Json::array();
  for (const RowDifference& difference : comparison.differences) {
    json["differences"].push_back(
        {{"only_in", difference.is_of_source ? "source" : "destination"},
         {"row", difference.row}});
  }
  return json;
}

Comparison Compare(ValidationLevel level, const RowTally& source,
                   const RowTally& destination) {
  Comparison comparison;
  comparison.level = level;
  comparison.source_rows = source.num_rows();
  comparison.destination_rows = destination.num_rows();
  comparison.source_checksum = source.checksum();
  comparison.destination_checksum = destination.checksum();
  comparison.sample_rows = static_cast<int64_t>(source.sample().size());
  for (std::string& row : LackingIn(destination, source)) {
    comparison.differences.push_back({true, std::move(row)});
  }
  for (std::string& row : LackingIn(source, destination)) {
    comparison.differences.push_back({false, std::move(row)});
  }
  return comparison;
}

RowTally EmptyTally(ValidationLevel level, const std::vector<std::string>& columns) {
  switch (level) {
    case ValidationLevel::kSample:
      return RowTally(RowTally::Depth::kChecksum, columns);
    case ValidationLevel::kFull:
      return RowTally(RowTally::Depth::kChecksum);
    case ValidationLevel::kNone:
    case ValidationLevel::kCount:
      break;
  }
  return RowTally(RowTally::Depth::kCount);
}

std::vector<std::string> SampleColumns(const iceberg::TableMetadata& metadata,
                                       const std::vector<std::string>& among) {
  std::vector<std::string> candidates;
  const iceberg::Schema& schema = metadata.schema();
  for (const iceberg::FieldId id : schema.identifier_field_ids()) {
    candidates.push_back(schema.NameOf(id));
  }
  for (const iceberg::PartitionField& field : metadata.spec().fields) {
    candidates.push_back(schema.NameOf(field.source_id()));
  }
  candidates.insert(candidates.end(), among.begin(), among.end());
  std::vector<std::string> chosen;
  for (const std::string& name : candidates) {
    const bool fits =
        std::ranges::count(among, name) > 0 && std::ranges::count(chosen, name) == 0;
    if (fits && chosen.size() < kSampleColumnsMax) {
      chosen.push_back(name);
    }
  }
  return chosen;
}

std::unique_ptr<RowSource> FittedRows(RowSource& source, const RowFit& fit) {
  return std::make_unique<FittedSource>(source, fit);
}

Result<std::vector<RowDifference>> FindDifferences(
    RowSource& source, RowSource& destination, const std::vector<std::string>& columns) {
  RowCounts counts;
  RETURN_NOT_OK(
      VisitDigests(source, columns, [&](const std::string& digest, const auto&, int64_t) {
        if (counts.size() < kRememberedRowsMax) {
          ++counts[digest];
        }
      }));
  std::vector<RowDifference> differences;
  if (counts.size() >= kRememberedRowsMax) {
    return differences;
  }
  RETURN_NOT_OK(VisitDigests(
      destination, columns,
      [&](const std::string& digest, const arrow::RecordBatch& rows, int64_t row) {
        if (const auto found = counts.find(digest); found != counts.end()) {
          if (--found->second == 0) {
            counts.erase(found);
          }
        } else if (differences.size() < kDifferencesMax) {
          differences.push_back({false, RowText(rows, row)});
        }
      }));
  const size_t extra = differences.size();
  RETURN_NOT_OK(VisitDigests(
      source, columns,
      [&](const std::string& digest, const arrow::RecordBatch& rows, int64_t row) {
        if (differences.size() - extra < kDifferencesMax && counts.erase(digest) > 0) {
          differences.push_back({true, RowText(rows, row)});
        }
      }));
  return differences;
}

}  // namespace tarn::service
