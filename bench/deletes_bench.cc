// TPC-H with 5 % of lineitem deleted, by each kind of delete, against the same table with
// all its rows; in one process and in turn.
//
//   tarn_bench_deletes --home HOME --namespace tpch --extensions DIR [--runs 5]
//   [--queries 1-22] [--threads N]
//
// Copies lineitem of the namespace into tables of its own (kept for the next run), and
// checks every answer against DuckDB's on the data files with the deleted rows filtered
// out. Prints one row per query: median seconds without deletes, and how many times as
// long each kind takes; then the totals, and what the first query over each table took,
// which is when deletes are read.

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
#include "tarn/storage/delete_file_writer.h"
#include "tarn/table/scan.h"
#include "tarn/table/write.h"

namespace tarn {
namespace {

const char* const kOthers[] = {"orders",   "customer", "part",  "partsupp",
                               "supplier", "nation",   "region"};
const char* const kWays[] = {"without", "positions", "vectors", "equality"};
constexpr char kGone[] = "((l_orderkey * 7 + l_linenumber) % 20 = 0)";

using Options = bench::TpchOptions;

using Batches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

Result<Batches> Drain(engine::Session& session, const std::string& sql) {
  ARROW_ASSIGN_OR_RAISE(auto rows, session.Execute(sql));
  Batches batches;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(auto batch, rows->Next());
    if (batch == nullptr) {
      return batches;
    }
    batches.push_back(std::move(batch));
  }
}

Result<std::vector<std::string>> Rows(const Batches& batches) {
  std::vector<std::string> rows;
  for (const auto& batch : batches) {
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      std::string text;
      for (int column = 0; column < batch->num_columns(); ++column) {
        ARROW_ASSIGN_OR_RAISE(const auto cell, batch->column(column)->GetScalar(row));
        text += cell->ToString() + "|";
      }
      rows.push_back(std::move(text));
    }
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

class Bench {
 public:
  explicit Bench(const Options& options)
      : options_(options), home_(io::AbsoluteLocation(options.home)) {}

  Status Run() {
    io_ = io::MakeFileIO({});
    ARROW_ASSIGN_OR_RAISE(
        catalog_, catalog::OpenSqliteCatalog(
                      {.path = home_ + "/catalog.db", .warehouse = home_ + "/warehouse"},
                      *io_, SystemClock(), SystemRandom()));
    RETURN_NOT_OK(OpenEngine());
    for (const char* way : kWays) {
      RETURN_NOT_OK(MakeTables(way));
    }
    // A fresh engine has not seen the deletes.
    sessions_.clear();
    RETURN_NOT_OK(OpenEngine());
    for (const char* way : kWays) {
      ARROW_ASSIGN_OR_RAISE(sessions_[way], engine_->Connect());
      RETURN_NOT_OK(Drain(*sessions_[way], "USE iceberg." + SchemaOf(way)).status());
    }
    RETURN_NOT_OK(MakeReference());
    return RunQueries();
  }

 private:
  std::string SchemaOf(const std::string& way) const { return options_.ns + "_" + way; }
  table::Context context() { return {*catalog_, *io_, SystemClock(), SystemRandom()}; }

  Status OpenEngine() {
    ARROW_ASSIGN_OR_RAISE(
        engine_, engine::Engine::Open({.threads = options_.threads,
                                       .extension_directory = options_.extensions},
                                      context()));
    ARROW_ASSIGN_OR_RAISE(admin_, engine_->Connect());
    return Drain(*admin_, "LOAD tpch").status();
  }

  Status Do(const std::string& sql) { return Drain(*admin_, sql).status(); }

  Status MakeTables(const std::string& way) {
    const std::string schema = "iceberg." + SchemaOf(way);
    const iceberg::TableIdent ident{{{SchemaOf(way)}}, "lineitem"};
    if (catalog_->LoadTable(ident).ok()) {
      return Status::OK();
    }
    RETURN_NOT_OK(Do("CREATE SCHEMA IF NOT EXISTS " + schema));
    const std::string source = "iceberg." + options_.ns + ".";
    for (const char* name : kOthers) {
      RETURN_NOT_OK(Do("CREATE OR REPLACE VIEW " + schema + "." + name +
                       " AS SELECT * FROM " + source + name));
    }
    RETURN_NOT_OK(Do("CREATE TABLE " + schema + ".lineitem WITH (format_version = " +
                     (way == "vectors" ? "3" : "2") + ") AS SELECT * FROM " + source +
                     "lineitem"));
    if (way == "equality") {
      return DeleteByKey(ident);
    }
    return way == "without" ? Status::OK()
                            : Do("DELETE FROM " + schema + ".lineitem WHERE " + kGone);
  }

  Status DeleteByKey(const iceberg::TableIdent& ident) {
    ARROW_ASSIGN_OR_RAISE(const auto loaded, catalog_->LoadTable(ident));
    std::vector<iceberg::FieldId> keys;
    for (const char* name : {"l_orderkey", "l_linenumber"}) {
      keys.push_back(loaded.metadata->schema().FindByName(name)->id);
    }
    ARROW_ASSIGN_OR_RAISE(
        auto writer, storage::EqualityDeleteWriter::Open(*io_, loaded.metadata, keys, {},
                                                         SystemClock(), SystemRandom()));
    ARROW_ASSIGN_OR_RAISE(const Batches rows,
                          Drain(*admin_, "SELECT * FROM iceberg." + SchemaOf("equality") +
                                             ".lineitem WHERE " + kGone));
    for (const auto& batch : rows) {
      RETURN_NOT_OK(writer->Append(*batch));
    }
    table::WriteRequest request{.ident = ident, .mode = table::WriteMode::kRowDelta};
    ARROW_ASSIGN_OR_RAISE(request.delete_files, writer->Finish());
    return table::Write(context(), request).status();
  }

  /// DuckDB's own scan of the table without deletes, under a filter.
  Status MakeReference() {
    ARROW_ASSIGN_OR_RAISE(const auto loaded,
                          catalog_->LoadTable({{{SchemaOf("without")}}, "lineitem"}));
    ARROW_ASSIGN_OR_RAISE(const auto plan,
                          table::PlanScan(*io_, {.metadata = loaded.metadata}));
    std::string files;
    for (const auto& task : plan.tasks) {
      const auto path = io::LocalPathOf(task.file.file_path);
      files += (files.empty() ? "'" : ", '") + path.value_or(task.file.file_path) + "'";
    }
    RETURN_NOT_OK(Do("CREATE SCHEMA memory.raw"));
    RETURN_NOT_OK(Do("CREATE VIEW memory.raw.lineitem AS SELECT * FROM read_parquet([" +
                     files + "]) WHERE NOT " + kGone));
    for (const char* name : kOthers) {
      RETURN_NOT_OK(Do("CREATE VIEW memory.raw." + std::string(name) +
                       " AS SELECT * FROM iceberg." + options_.ns + "." + name));
    }
    ARROW_ASSIGN_OR_RAISE(
        const Batches texts,
        Drain(*admin_, "SELECT query FROM tpch_queries() ORDER BY query_nr"));
    for (const auto& batch : texts) {
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        ARROW_ASSIGN_OR_RAISE(const auto cell, batch->column(0)->GetScalar(row));
        queries_.push_back(cell->ToString());
      }
    }
    return Do("USE memory.raw");
  }

  Status RunQueries() {
    std::map<std::string, double> totals;
    std::map<std::string, double> first;
    std::printf("query  without_s  positions  vectors  equality\n");
    for (int number = options_.first_query; number <= options_.last_query; ++number) {
      const std::string& sql = queries_[static_cast<size_t>(number - 1)];
      ARROW_ASSIGN_OR_RAISE(const Batches raw, Drain(*admin_, sql));
      ARROW_ASSIGN_OR_RAISE(const auto expected, Rows(raw));
      std::map<std::string, std::vector<double>> seconds;
      for (int run = -1; run < options_.runs; ++run) {  // run -1 warms up and checks
        for (const char* way : kWays) {
          const auto start = std::chrono::steady_clock::now();
          ARROW_ASSIGN_OR_RAISE(const Batches answer, Drain(*sessions_[way], sql));
          const std::chrono::duration<double> took =
              std::chrono::steady_clock::now() - start;
          if (run >= 0) {
            seconds[way].push_back(took.count());
            continue;
          }
          first.try_emplace(way, took.count());
          ARROW_ASSIGN_OR_RAISE(const auto rows, Rows(answer));
          if (std::string(way) != "without" && rows != expected) {
            return Status::Invalid("query ", number, " with ", way,
                                   " deletes differs from DuckDB's answer");
          }
        }
      }
      for (const char* way : kWays) {
        totals[way] += Median(seconds[way]);
      }
      const double without = Median(seconds["without"]);
      std::printf("%5d  %9.3f  %9.2f  %7.2f  %8.2f\n", number, without,
                  Median(seconds["positions"]) / without,
                  Median(seconds["vectors"]) / without,
                  Median(seconds["equality"]) / without);
      std::fflush(stdout);
    }
    const double all = totals["without"];
    std::printf("total  %9.3f  %9.2f  %7.2f  %8.2f\n", all, totals["positions"] / all,
                totals["vectors"] / all, totals["equality"] / all);
    std::printf("first  %9.3f  %8.3fs  %6.3fs  %7.3fs\n", first["without"],
                first["positions"], first["vectors"], first["equality"]);
    return Status::OK();
  }

  Options options_;
  std::string home_;
  std::unique_ptr<io::FileIO> io_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<engine::Session> admin_;
  std::map<std::string, std::unique_ptr<engine::Session>> sessions_;
  std::vector<std::string> queries_;
};

}  // namespace
}  // namespace tarn

int main(int argc, char** argv) {
  const tarn::Options options = tarn::bench::ReadTpchOptions(argc, argv);
  return tarn::bench::ExitCodeOf("tarn_bench_deletes", tarn::Bench(options).Run());
}
