#include "tarn/service/work/preview.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/base/error.h"
#include "tarn/ingest/chosen_columns.h"
#include "tarn/ingest/database.h"
#include "tarn/ingest/web/scrape.h"
#include "tarn/service/work/load_source.h"
#include "tarn/service/work/load_work.h"
#include "tarn/service/work/row_json.h"
#include "tarn/service/work/scrape_work.h"
#include "tarn/storage/arrow_schema.h"

namespace tarn::service {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int64_t kBytesMax = int64_t{1} << 20;

/// What a look at a source needs, for as long as it is read.
struct Opened {
  std::unique_ptr<LoadSource> keeper = nullptr;  // of what a load's source reads through
  std::unique_ptr<ingest::Source> source = nullptr;
};

Result<Opened> OpenLoad(const Lake& lake, const ConnectionGiver& connections,
                        const PreviewOrder& order, std::function<bool()> is_late) {
  ARROW_ASSIGN_OR_RAISE(LoadOrder load, LoadOrderFromJson(order.request));
  load.registers = false;  // the rows are the same
  if (load.database) {
    load.database->statement_timeout =
        std::max(std::chrono::seconds(1),
                 std::chrono::duration_cast<std::chrono::seconds>(order.time_max));
    const bool is_parallel = !load.database->table.empty() &&
                             load.database->kind != ingest::DatabaseKind::kOdbc;
    if (is_parallel) {
      std::erase_if(load.options,
                    [](const auto& option) { return option.first == "connections"; });
      load.options.emplace_back("connections", "1");
    }
  }
  ARROW_ASSIGN_OR_RAISE(const LakeWarehouse* const warehouse, lake.Find(load.warehouse));
  ARROW_ASSIGN_OR_RAISE(
      const JoinedOrder joined,
      JoinConnection(std::move(load), order.secrets, connections, order.owner));
  Opened opened;
  ARROW_ASSIGN_OR_RAISE(opened.keeper, LoadSource::Open(lake, *warehouse, joined,
                                                        order.owner, std::move(is_late)));
  opened.source = opened.keeper->Take();
  return opened;
}

Result<Opened> OpenScrape(const Lake& lake, const ConnectionGiver& connections,
                          SharedWeb& shared, const PreviewOrder& order,
                          std::function<bool()> is_late) {
  ARROW_ASSIGN_OR_RAISE(ScrapeOrder scrape, ScrapeOrderFromJson(order.request));
  ARROW_ASSIGN_OR_RAISE(auto secrets, ingest::web::ScrapeSecretsFromJson(order.secrets));
  RETURN_NOT_OK(JoinWebConnection(connections, order.owner, &scrape.request, &secrets));
  ARROW_ASSIGN_OR_RAISE(
      auto web, ScrapeContextFrom(lake.config, lake.clock, lake.random, shared.turns,
                                  shared.browser, ScrapeReach::kConfigured));
  web.pages_max = 1;
  web.fetch.cancelled = std::move(is_late);
  ARROW_ASSIGN_OR_RAISE(auto rows, ingest::web::Scrape(scrape.request, secrets, web));
  Opened opened;
  ARROW_ASSIGN_OR_RAISE(
      opened.source,
      ingest::web::MakeScrapeSource(
          std::make_shared<const ingest::web::ScrapedRows>(std::move(rows)),
          {.is_typed = scrape.request.is_typed, .has_lineage = false}));
  ARROW_ASSIGN_OR_RAISE(
      opened.source, ingest::WithChosenColumns(std::move(opened.source), scrape.columns));
  return opened;
}

/// Why rows of it did not parse; the first few.
Result<Json> RejectsOf(ingest::Source& source) {
  constexpr size_t kShownMax = 5;
  ARROW_ASSIGN_OR_RAISE(const auto rejects, source.Rejects());
  Json shown = Json::array();
  for (size_t i = 0; i < std::min(rejects.size(), kShownMax); ++i) {
    shown.push_back(rejects[i].message);
  }
  return shown;
}

Result<Json> LookAt(ingest::Source& source, int64_t rows_max) {
  RowJson rows(rows_max, kBytesMax);
  bool is_whole = true;
  while (is_whole) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, source.Next());
    if (batch == nullptr) {
      break;
    }
    ARROW_ASSIGN_OR_RAISE(is_whole, rows.Add(*batch));
  }
  ARROW_ASSIGN_OR_RAISE(const auto fields, storage::FieldsFromArrow(*source.schema()));
  Json columns = Json::array();
  for (const iceberg::Field& field : fields) {
    columns.push_back({{"name", field.name},
                       {"type", field.type.ToString()},
                       {"required", field.required}});
  }
  ARROW_ASSIGN_OR_RAISE(Json rejects, RejectsOf(source));
  return Json{{"columns", std::move(columns)},
              {"rejects", std::move(rejects)},
              {"rows", rows.Take()},
              {"is_whole", is_whole},
              {"format", std::string(ingest::FormatName(source.format()))},
              {"note", source.note()}};
}

}  // namespace

bool HasPreview(const std::string& kind) {
  return kind == kLoadKind || kind == kScrapeKind;
}

Result<Json> Preview(const Lake& lake, const ConnectionGiver& connections, SharedWeb& web,
                     const PreviewOrder& order) {
  const auto until = Steady::now() + order.time_max;
  const auto is_late = [until] { return Steady::now() > until; };
  const auto look = [&]() -> Result<Json> {
    Opened opened;
    if (order.kind == kScrapeKind) {
      ARROW_ASSIGN_OR_RAISE(opened, OpenScrape(lake, connections, web, order, is_late));
    } else {
      ARROW_ASSIGN_OR_RAISE(opened, OpenLoad(lake, connections, order, is_late));
    }
    Result<Json> looked = LookAt(*opened.source, order.rows_max);
    if (!looked.ok() && opened.keeper != nullptr) {
      return opened.keeper->Shown(looked.status());
    }
    return looked;
  };
  Result<Json> looked = look();
  if (!looked.ok() && CodeOf(looked.status()) == ErrorCode::kCancelled && is_late()) {
    return MakeError(ErrorCode::kTimeout,
                     "The source gave no rows in the time that a preview has; load it "
                     "without one, or ask for less of it");
  }
  return looked;
}

}  // namespace tarn::service
