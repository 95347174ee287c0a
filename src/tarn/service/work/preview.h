// The first rows of what a load or a scrape would take, without taking it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/service/lake.h"
#include "tarn/service/work/load_order.h"
#include "tarn/service/work/scrape_work.h"

namespace tarn::service {

struct PreviewOrder {
  std::string kind;       // kLoadKind or kScrapeKind
  Json request;           // of a job of that kind, with its columns
  Json secrets;           // of the same
  std::string owner;      // whose uploads and connections
  int64_t rows_max = 50;  // at most kPreviewRowsMax
  /// What takes longer has failed: nobody waits for more than a look.
  std::chrono::milliseconds time_max = std::chrono::seconds(30);
};

inline constexpr int64_t kPreviewRowsMax = 1'000;

/// Whether there are previews of a kind of job.
bool HasPreview(const std::string& kind);

/// {columns: [{name, type, required}], rows: [[…]], is_whole, rejects, format, note}:
/// types are Iceberg's, as a new table would have them; rejects say why rows were not; of
/// a scrape the first page is read. Nothing is written.
/// Errors: those of the job; kTimeout.
Result<Json> Preview(const Lake& lake, const ConnectionGiver& connections, SharedWeb& web,
                     const PreviewOrder& order);

}  // namespace tarn::service
