// Scrapes as jobs: web pages and APIs into a table.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/iceberg/table_ident.h"
#include "tarn/ingest/chosen_columns.h"
#include "tarn/ingest/load.h"
#include "tarn/ingest/web/browser.h"
#include "tarn/ingest/web/scrape.h"
#include "tarn/service/job_manager.h"
#include "tarn/service/lake.h"
#include "tarn/service/work/load_order.h"

namespace tarn::service {

inline constexpr char kScrapeKind[] = "scrape";

/// What a scrape shall do: enough to do it again after a restart, and never a secret.
struct ScrapeOrder {
  std::string warehouse = {};  // empty: the first
  iceberg::TableIdent into;
  std::optional<ingest::LoadMode> mode = {};       // unset: created, or appended to
  std::vector<ingest::ChosenColumn> columns = {};  // none: all
  std::vector<std::string> partition_by = {};
  std::map<std::string, std::string> properties = {};
  ingest::web::ScrapeRequest request = {};
};

Json ScrapeOrderToJson(const ScrapeOrder& order);
/// Errors: kInvalidData.
Result<ScrapeOrder> ScrapeOrderFromJson(const Json& json);

/// Whose addresses a scrape may reach.
enum class ScrapeReach : uint8_t {
  kConfigured,  // public ones, and those of web.private_addresses
  kAll,         // a person's own command
};

/// What the settings web.* say of the browser.
ingest::web::BrowserOptions BrowserOptionsFrom(const Config& config);

/// What the settings web.* say. What it is given outlives it. Errors:
/// kInvalidArgument for settings that do not fit.
Result<ingest::web::ScrapeContext> ScrapeContextFrom(const Config& config, Clock& clock,
                                                     Random& random,
                                                     ingest::web::HostTurns& turns,
                                                     ingest::web::Browser& browser,
                                                     ScrapeReach reach);

/// What all scrapes of a server share: turns at hosts, and one browser. Thread-safe.
struct SharedWeb {
  explicit SharedWeb(const Lake& lake);
  ingest::web::HostTurns turns;
  ingest::web::Browser browser;
};

/// Puts what the stored connection that `request` names says of it into both; nothing if
/// it names none. Errors: kNoSuchConnection; kInvalidArgument for one of another type and
/// for an address of another origin.
Status JoinWebConnection(const ConnectionGiver& connections, const std::string& owner,
                         ingest::web::ScrapeRequest* request,
                         ingest::web::ScrapeSecrets* secrets);

/// What a scrape gave and what became of it.
struct ScrapeOutcome {
  ingest::LoadResult load;
  ingest::LoadMode mode = ingest::LoadMode::kCreate;
  int64_t pages = 0;
  std::string note = {};
};

struct ScrapeRun {
  ingest::web::ScrapeContext web;
  std::string load_id = {};                         // with lineage: the column load_id
  std::map<std::string, std::string> summary = {};  // of the snapshot
  std::function<bool()> cancelled = {};
  std::function<void(const std::string& step, int64_t rows, int64_t bytes)> on_progress =
      {};
};

/// Scrapes, then loads in one commit. Errors: those of Scrape and Load.
Result<ScrapeOutcome> ScrapeInto(const table::Context& context, const ScrapeOrder& order,
                                 const ingest::web::ScrapeSecrets& secrets,
                                 ScrapeRun run);

/// The kind "scrape", whose request is a ScrapeOrder and whose secrets are
/// ScrapeSecretsToJson(). Its result has table, warehouse, source_url, pages, rows,
/// columns, lineage_columns, mode, note, files_written, bytes_written, duration_seconds
/// and snapshot_id. `lake` outlives it.
JobKind MakeScrapeKind(const Lake& lake, std::shared_ptr<SharedWeb> web,
                       ConnectionGiver connections = {});

}  // namespace tarn::service
