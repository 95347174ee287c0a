// TPC-H over the same Parquet files in three ways, in one process and in turn: as Iceberg
// tables through Tarn, raw through DuckDB, and as Iceberg tables through DuckDB's own
// extension.
//
//   tarn_bench_tpch --home HOME --namespace tpch --extensions DIR [--runs 5] [--queries
//   1-22] [--threads N]
//
// Raw DuckDB reads the very data files that the Iceberg tables hold. Prints one row per
// query (median seconds and ratios) and the ratio of the totals.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include <arrow/api.h>

#include "bench/tpch_options.h"

#include "tarn/base/clock.h"
#include "tarn/base/error.h"
#include "tarn/catalog/sqlite_catalog.h"
#include "tarn/engine/engine.h"
#include "tarn/io/file_io.h"
#include "tarn/table/scan.h"

namespace tarn {
namespace {

const char* const kTables[] = {"lineitem", "orders",   "customer", "part",
                               "partsupp", "supplier", "nation",   "region"};
const char* const kWays[] = {"tarn", "raw", "extension"};

using Options = bench::TpchOptions;

Status Drain(engine::Session& session, const std::string& sql,
             std::vector<std::shared_ptr<arrow::RecordBatch>>* into = nullptr) {
  ARROW_ASSIGN_OR_RAISE(auto rows, session.Execute(sql));
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(auto batch, rows->Next());
    if (batch == nullptr) {
      return Status::OK();
    }
    if (into != nullptr) {
      into->push_back(batch);
    }
  }
}

Result<std::vector<std::string>> Queries(engine::Session& session) {
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  RETURN_NOT_OK(
      Drain(session, "SELECT query FROM tpch_queries() ORDER BY query_nr", &batches));
  std::vector<std::string> queries;
  for (const auto& batch : batches) {
    ARROW_ASSIGN_OR_RAISE(auto combined, arrow::ConcatenateRecordBatches({batch}));
    for (int64_t row = 0; row < combined->num_rows(); ++row) {
      ARROW_ASSIGN_OR_RAISE(auto scalar, combined->column(0)->GetScalar(row));
      queries.push_back(scalar->ToString());
    }
  }
  return queries;
}

/// Views over the data files themselves, and over the extension's scan of the metadata.
Status MakeViews(engine::Session& session, const table::Context& context,
                 const Options& options) {
  RETURN_NOT_OK(Drain(session, "CREATE SCHEMA memory.raw"));
  RETURN_NOT_OK(Drain(session, "CREATE SCHEMA memory.extension"));
  for (const char* name : kTables) {
    ARROW_ASSIGN_OR_RAISE(auto loaded, context.catalog.LoadTable({{{options.ns}}, name}));
    ARROW_ASSIGN_OR_RAISE(auto plan,
                          table::PlanScan(context.io, {.metadata = loaded.metadata}));
    std::string files;
    for (const auto& task : plan.tasks) {
      const auto path = io::LocalPathOf(task.file.file_path);
      files += (files.empty() ? "'" : ", '") + path.value_or(task.file.file_path) + "'";
    }
    RETURN_NOT_OK(Drain(session, "CREATE VIEW memory.raw." + std::string(name) +
                                     " AS SELECT * FROM read_parquet([" + files + "])"));
    const auto metadata =
        io::LocalPathOf(loaded.metadata_location).value_or(loaded.metadata_location);
    RETURN_NOT_OK(Drain(session, "CREATE VIEW memory.extension." + std::string(name) +
                                     " AS SELECT * FROM iceberg_scan('" + metadata +
                                     "')"));
  }
  return Status::OK();
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

Status RunQueries(std::map<std::string, std::unique_ptr<engine::Session>>& sessions,
                  const std::vector<std::string>& queries, const Options& options) {
  std::map<std::string, double> totals;
  std::printf("query  tarn_s  raw_s  extension_s  tarn/raw  tarn/extension\n");
  for (int number = options.first_query; number <= options.last_query; ++number) {
    std::map<std::string, std::vector<double>> seconds;
    for (int run = -1; run < options.runs; ++run) {  // run -1 warms up
      for (const char* way : kWays) {
        const auto start = std::chrono::steady_clock::now();
        RETURN_NOT_OK(Drain(*sessions[way], queries[static_cast<size_t>(number - 1)]));
        const std::chrono::duration<double> took =
            std::chrono::steady_clock::now() - start;
        if (run >= 0) {
          seconds[way].push_back(took.count());
        }
      }
    }
    const double tarn = Median(seconds["tarn"]);
    const double raw = Median(seconds["raw"]);
    const double extension = Median(seconds["extension"]);
    totals["tarn"] += tarn;
    totals["raw"] += raw;
    totals["extension"] += extension;
    std::printf("%5d  %6.3f  %5.3f  %11.3f  %8.2f  %14.2f\n", number, tarn, raw,
                extension, tarn / raw, tarn / extension);
    std::fflush(stdout);
  }
  std::printf("total  %6.3f  %5.3f  %11.3f  %8.2f  %14.2f\n", totals["tarn"],
              totals["raw"], totals["extension"], totals["tarn"] / totals["raw"],
              totals["tarn"] / totals["extension"]);
  return Status::OK();
}

Status Run(const Options& options) {
  const std::string home = io::AbsoluteLocation(options.home);
  auto io = io::MakeFileIO({});
  ARROW_ASSIGN_OR_RAISE(
      auto catalog, catalog::OpenSqliteCatalog(
                        {.path = home + "/catalog.db", .warehouse = home + "/warehouse"},
                        *io, SystemClock(), SystemRandom()));
  const table::Context context{*catalog, *io, SystemClock(), SystemRandom()};
  ARROW_ASSIGN_OR_RAISE(auto engine,
                        engine::Engine::Open({.threads = options.threads,
                                              .extension_directory = options.extensions},
                                             context));
  std::map<std::string, std::unique_ptr<engine::Session>> sessions;
  for (const char* way : kWays) {
    ARROW_ASSIGN_OR_RAISE(sessions[way], engine->Connect());
  }
  for (const char* extension : {"tpch", "avro", "iceberg"}) {
    RETURN_NOT_OK(Drain(*sessions["raw"], std::string("LOAD ") + extension));
  }
  ARROW_ASSIGN_OR_RAISE(const auto queries, Queries(*sessions["raw"]));
  RETURN_NOT_OK(MakeViews(*sessions["raw"], context, options));
  RETURN_NOT_OK(Drain(*sessions["tarn"], "USE iceberg." + options.ns));
  RETURN_NOT_OK(Drain(*sessions["raw"], "USE memory.raw"));
  RETURN_NOT_OK(Drain(*sessions["extension"], "USE memory.extension"));
  return RunQueries(sessions, queries, options);
}

}  // namespace
}  // namespace tarn

int main(int argc, char** argv) {
  const tarn::Options options = tarn::bench::ReadTpchOptions(argc, argv);
  return tarn::bench::ExitCodeOf("tarn_bench_tpch", tarn::Run(options));
}
