#include "tarn/storage/internal/file_size.h"

#include <algorithm>

namespace tarn::storage {
namespace {

/// Of one column in one row group, before any footer was seen.
constexpr double kFooterChunkBytes = 150;
/// So little says nothing about how well more will be compressed.
constexpr int64_t kTellingBytesMin = 4'096;
constexpr double kRatioMin = 0.001;
constexpr double kRatioMax = 4.0;
constexpr double kDoubtMin = 0.25;
constexpr double kDoubtMax = 4.0;

bool HasFilters(const ParquetOptions& options) {
  return std::any_of(options.columns.begin(), options.columns.end(),
                     [](const auto& column) { return column.second.bloom_filter; });
}

double Ratio(int64_t of, int64_t to) {
  return std::clamp(static_cast<double>(of) / static_cast<double>(to), kRatioMin,
                    kRatioMax);
}

}  // namespace

FileSizes::FileSizes(const DataFileLayout& layout)
    : has_filters_(HasFilters(layout.parquet)),
      footer_row_group_bytes_(static_cast<double>(layout.num_leaves) *
                              kFooterChunkBytes) {}

int64_t FileSizes::BeforeFooter(const DataFileWriter& file) const {
  return file.settled_bytes() + (has_filters_ ? file.filter_bytes() : 0);
}

double FileSizes::Rest(const DataFileWriter& file) const {
  return static_cast<double>(file.unsettled_bytes()) * settling_;
}

int64_t FileSizes::Expect(const DataFileWriter& file) const {
  // One more: the schema and what else a footer begins with.
  const double footer =
      footer_row_group_bytes_ * static_cast<double>(file.num_row_groups() + 1);
  return BeforeFooter(file) + static_cast<int64_t>(Rest(file) + footer);
}

int64_t FileSizes::Uncertain(const DataFileWriter& file) const {
  return static_cast<int64_t>(Rest(file));
}

int64_t FileSizes::ExpectMore(const DataFileWriter& file, int64_t file_input_bytes,
                              int64_t input_bytes) const {
  const int64_t so_far = file.settled_bytes() + Uncertain(file);
  const double ratio =
      file_input_bytes < kTellingBytesMin ? encoding_ : Ratio(so_far, file_input_bytes);
  return static_cast<int64_t>(ratio * static_cast<double>(input_bytes));
}

void FileSizes::LearnRowGroup(int64_t unsettled, int64_t settled) {
  if (unsettled < kTellingBytesMin) {
    return;
  }
  const double guess = static_cast<double>(unsettled) * settling_;
  error_ = std::clamp(static_cast<double>(settled) / guess - 1, error_ / 2, kDoubtMax);
  unsettled_ = unsettled_ / 2 + static_cast<double>(unsettled);
  settled_ = settled_ / 2 + static_cast<double>(settled);
  settling_ = std::clamp(settled_ / unsettled_, kRatioMin, kRatioMax);
}

double FileSizes::doubt() const { return std::max(kDoubtMin, 1.5 * error_); }

void FileSizes::LearnFooter(int64_t num_row_groups, int64_t footer_bytes) {
  footer_row_group_bytes_ =
      static_cast<double>(footer_bytes) / static_cast<double>(num_row_groups + 1);
}

void FileSizes::LearnFile(int64_t input_bytes, int64_t file_bytes) {
  if (input_bytes >= kTellingBytesMin) {
    encoding_ = Ratio(file_bytes, input_bytes);
  }
}

}  // namespace tarn::storage
