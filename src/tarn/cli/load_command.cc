// `tarn load`: files into a table.
#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <arrow/type.h>
#include <nlohmann/json.hpp>

#include "tarn/base/clock.h"
#include "tarn/base/error.h"
#include "tarn/cli/command.h"
#include "tarn/cli/interrupt.h"
#include "tarn/cli/load/load_options.h"
#include "tarn/cli/load/server_load.h"
#include "tarn/cli/print/quantity.h"
#include "tarn/cli/print/text_output.h"
#include "tarn/cli/print/text_table.h"
#include "tarn/cli/sample/sample_data.h"
#include "tarn/cli/shell/query_watch.h"
#include "tarn/cli/table_name.h"
#include "tarn/cli/workspace.h"
#include "tarn/ingest/database.h"
#include "tarn/ingest/lineage_columns.h"
#include "tarn/ingest/load.h"

namespace tarn::cli {
namespace {

using std::chrono::steady_clock;

/// DuckDB's share while a load encodes beside it.
constexpr int64_t kReaderMemoryBytes = int64_t{256} << 20;
constexpr std::chrono::milliseconds kProgressEvery{200};

constexpr char kExamples[] =
    "\nExamples:\n"
    "  tarn load orders.csv --into sales.orders\n"
    "  tarn load 'logs/2024-*/*.json.gz' --into web.logs --partition-by 'day(ts)'\n"
    "  tarn load s3://bucket/dir/ --into raw.events --mode append\n"
    "  tarn load changed.csv --into sales.orders --mode upsert --keys id\n"
    "  tarn load https://example.org/cities.parquet --into geo.cities --mode replace\n"
    "  tarn load catalog.xml.gz --into raw.books --row-element book\n"
    "  tarn load postgresql://reader@db.example.com/shop --option table=public.orders "
    "--into sales.orders\n"
    "  tarn load 'odbc:DSN=shop;UID=reader;PWD=${env:SHOP_PASSWORD}' --option "
    "table=orders --into sales.orders\n"
    "  tarn load messy.csv --into raw.messy --reject-to rejected.csv --option "
    "delimiter=';'\n"
    "  tarn load orders.csv --into sales.orders --server http://127.0.0.1:8080 "
    "--on-server\n"
    "  tarn load --sample\n";

/// The line on stderr while a load runs; nothing without a terminal.
class LoadProgress {
 public:
  explicit LoadProgress(bool show) : show_(show && IsTerminal(2)) {}
  ~LoadProgress() { Clear(); }

  void Update(int64_t rows, int64_t bytes, std::optional<double> part) {
    const auto now = steady_clock::now();
    if (!show_ || now < next_) {
      return;
    }
    next_ = now + kProgressEvery;
    const std::chrono::duration<double> elapsed = now - begin_;
    PrintToStderr(
        "\r" +
        ProgressLine(part.value_or(-1), elapsed.count(),
                     GroupedText(rows) + " rows, " + BytesText(bytes) + " written") +
        "\x1b[K");
    drawn_ = true;
  }
  void Clear() {
    if (drawn_) {
      PrintToStderr("\r\x1b[K");
    }
    drawn_ = false;
  }

 private:
  const bool show_;
  bool drawn_ = false;
  steady_clock::time_point begin_ = steady_clock::now();
  steady_clock::time_point next_ = begin_ + kProgressEvery;
};

std::string SchemaText(const iceberg::Schema& schema) {
  std::vector<std::pair<std::string, std::string>> lines;
  for (const iceberg::Field& field : schema.fields()) {
    lines.emplace_back("  " + field.name,
                       field.type.ToString() + (field.required ? " not null" : ""));
  }
  return FormatPairs(lines);
}

Result<ingest::SourceRequest> SourceRequestOf(const LoadOptions& options) {
  ingest::SourceRequest request;
  request.location = options.source;
  ARROW_ASSIGN_OR_RAISE(request.format, ingest::FormatFromName(options.format));
  for (const std::string& option : options.reader_options) {
    ARROW_ASSIGN_OR_RAISE(request.options.emplace_back(), SplitPair(option, "--option"));
  }
  request.collect_rejects = !options.reject_to.empty();
  request.cancelled = &Interrupted;
  return request;
}

Result<ingest::LoadRequest> LoadRequestOf(const LoadOptions& options) {
  ingest::LoadRequest request;
  ARROW_ASSIGN_OR_RAISE(request.into, ParseTableName(options.into));
  ARROW_ASSIGN_OR_RAISE(request.mode, ingest::LoadModeFromName(options.mode));
  request.keys = SplitTerms(options.keys);
  request.partition_by = SplitTerms(options.partition_by);
  for (const std::string& property : options.properties) {
    ARROW_ASSIGN_OR_RAISE(auto pair, SplitPair(property, "--property"));
    request.properties.insert(std::move(pair));
  }
  if (!options.reject_to.empty()) {
    request.reject_to = options.reject_to;
  }
  request.cancelled = &Interrupted;
  return request;
}

/// Wrong values of options are wrong usage, whichever module noticed them.
template <typename T>
Result<T> AsUsage(Result<T> result) {
  if (result.ok() || CodeOf(result.status()) == ErrorCode::kUsage) {
    return result;
  }
  return MakeError(ErrorCode::kUsage, result.status().message());
}

std::string ResultJson(const std::string& table, ingest::Format format,
                       const std::string& note, const ingest::LoadResult& result,
                       const storage::WriteFigures::Totals& written,
                       std::chrono::milliseconds elapsed) {
  const auto encoding =
      std::chrono::duration_cast<std::chrono::milliseconds>(written.encoding);
  nlohmann::ordered_json columns = nlohmann::ordered_json::array();
  for (const iceberg::Field& field : result.schema->fields()) {
    columns.push_back({{"name", field.name},
                       {"type", field.type.ToString()},
                       {"required", field.required}});
  }
  nlohmann::ordered_json answer = {{"status", "ok"},
                                   {"table", table},
                                   {"format", std::string(ingest::FormatName(format))},
                                   {"rows_loaded", result.rows_loaded},
                                   {"rows_rejected", result.rows_rejected},
                                   {"files_written", result.files_written},
                                   {"bytes_written", result.bytes_written},
                                   {"compression_ratio", written.ratio()},
                                   {"encoding_ms", encoding.count()},
                                   {"snapshot_id", nullptr},
                                   {"elapsed_ms", elapsed.count()},
                                   {"note", note},
                                   {"columns", std::move(columns)}};
  if (result.snapshot_id) {
    answer["snapshot_id"] = result.snapshot_id->value;
  }
  return answer.dump(2) + "\n";
}

std::string ResultText(const LoadOptions& options, const std::string& table,
                       const ingest::LoadResult& result,
                       std::chrono::milliseconds elapsed) {
  std::string text = "Loaded " + CountText(result.rows_loaded, "row") + " into " + table +
                     ": " + CountText(result.files_written, "file") + ", " +
                     BytesText(result.bytes_written) + ", " + DurationText(elapsed) +
                     "\n";
  if (result.rows_rejected > 0) {
    text += "Rejected " + CountText(result.rows_rejected, "row") + "; they are in " +
            options.reject_to + "\n";
  }
  return text;
}

Status LoadFiles(const Invocation& invocation, const LoadOptions& options) {
  IgnoreFileSizeSignal();  // what was unpacked goes when the load fails
  ARROW_ASSIGN_OR_RAISE(const ingest::SourceRequest source_request,
                        AsUsage(SourceRequestOf(options)));
  ARROW_ASSIGN_OR_RAISE(ingest::LoadRequest request, AsUsage(LoadRequestOf(options)));
  const auto begin = steady_clock::now();
  ARROW_ASSIGN_OR_RAISE(const auto workspace, Workspace::Open(WorkspaceOptionsOf(
                                                  invocation, HomeMode::kCreate)));
  ARROW_ASSIGN_OR_RAISE(
      auto source,
      ingest::OpenSource([&] { return workspace->engine(kReaderMemoryBytes); },
                         workspace->home_io(), source_request));

  ARROW_ASSIGN_OR_RAISE(request.into, workspace->Choose(std::move(request.into)));
  const std::string table = request.into.ToString();
  LoadProgress progress(!invocation.json);
  request.summary["tarn.source"] = ingest::LocationToShow(options.source);
  request.source = request.summary["tarn.source"];
  request.summary["tarn.source-format"] = ingest::FormatName(source->format());
  if (options.lineage) {
    const auto now = SystemClock().Now();
    const std::string load_id = NewUlid(now, SystemRandom());
    request.summary["tarn.load-id"] = load_id;
    source = ingest::WithLineage(
        std::move(source), ingest::LineageOf(request.source, load_id, now), nullptr);
  }
  request.on_progress = [&](int64_t rows, int64_t bytes, std::optional<double> part) {
    progress.Update(rows, bytes, part);
  };
  if (!invocation.json) {
    request.on_schema = [&](const iceberg::Schema& schema) {
      std::string text = "Columns of " + table + "\n" + SchemaText(schema);
      if (!source->note().empty()) {
        text += "Note: " + source->note() + "\n";
      }
      const Status printed = StandardOutput().Write(text);
      const Status ignored =
          printed.ok() ? StandardOutput().Flush() : printed;  // the load matters more
    };
  }
  ARROW_ASSIGN_OR_RAISE(const ingest::LoadResult result,
                        ingest::Load(workspace->context(), *source, request));
  progress.Clear();
  const auto elapsed =
      std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - begin);
  return StandardOutput().Write(
      invocation.json ? ResultJson(table, source->format(), source->note(), result,
                                   workspace->writing().figures->totals(), elapsed)
                      : ResultText(options, table, result, elapsed));
}

Status LoadSample(const Invocation& invocation) {
  ARROW_ASSIGN_OR_RAISE(const auto workspace, Workspace::Open(WorkspaceOptionsOf(
                                                  invocation, HomeMode::kCreate)));
  ARROW_ASSIGN_OR_RAISE(const SampleReport report, LoadSampleData(workspace->context()));
  if (invocation.json) {
    nlohmann::ordered_json objects = nlohmann::ordered_json::array();
    for (const SampleObject& object : report) {
      objects.push_back({{"name", object.name},
                         {"type", object.is_view ? "view" : "table"},
                         {"rows", object.rows},
                         {"created", object.created}});
    }
    return StandardOutput().Write(
        nlohmann::ordered_json{{"status", "ok"}, {"objects", objects}}.dump(2) + "\n");
  }
  std::vector<std::vector<std::string>> rows;
  for (const SampleObject& object : report) {
    rows.push_back({object.name, object.is_view ? "view" : "table",
                    object.is_view ? "" : GroupedText(object.rows),
                    object.created ? "created" : "exists already"});
  }
  return StandardOutput().Write(FormatTextTable(
      {{"name"}, {"type"}, {"rows", Align::kRight}, {"sample data"}}, rows));
}

Status RunLoad(const Invocation& invocation, const LoadOptions& options) {
  if (options.sample) {
    if (!options.source.empty() || !options.into.empty()) {
      return MakeError(
          ErrorCode::kUsage,
          "--sample makes its own tables; it takes neither SOURCE nor --into");
    }
    return LoadSample(invocation);
  }
  if (options.source.empty()) {
    return MakeError(ErrorCode::kUsage,
                     "What shall be loaded? Name a SOURCE, or --sample");
  }
  if (options.into.empty()) {
    return MakeError(ErrorCode::kUsage,
                     "Where shall it go? Name the table with --into namespace.table");
  }
  return options.on_server ? LoadOnServer(invocation, options)
                           : LoadFiles(invocation, options);
}

/// Options of the reader that have a name of their own; `options` outlives the command.
void AddFileOptions(CLI::App& command, LoadOptions& options) {
  struct Named {
    const char* flag;
    const char* option;
    const char* value;
    const char* about;
  };
  for (const Named& named :
       {Named{"--row-element", "row_element", "PATH",
              "Of XML: the element that is a row, such as book or catalog/book"},
        {"--json-path", "json_path", "PATH",
         "Of JSON: where the records are, such as data.items"},
        {"--encoding", "encoding", "NAME",
         "Of CSV and JSON: windows-1252, utf-16, … [UTF-8, or by its mark]"},
        {"--sheet", "sheet", "NAME", "Of Excel: the sheet [the first one]"}}) {
    command
        .add_option_function<std::string>(
            named.flag,
            [&options, name = std::string(named.option)](const std::string& value) {
              options.file_options.push_back(name + "=" + value);
            },
            named.about)
        ->type_name(named.value);
  }
}

}  // namespace

void AddLoadCommand(CLI::App& app, Invocation& invocation) {
  CLI::App* command =
      app.add_subcommand("load", "Load files into a table, in one commit");
  const auto options = std::make_shared<LoadOptions>();
  command->add_option("SOURCE", options->source,
                      "Path, glob, directory, s3://, abfss://, gs:// or http(s):// URL; "
                      "postgresql:// or mysql:// address; odbc:CONNECTION-STRING");
  command->add_option("--into", options->into, "The table: namespace.table")
      ->type_name("TABLE");
  command
      ->add_option("--format", options->format,
                   "csv, json, parquet, orc, avro, arrow, xml or excel [by name and "
                   "content]")
      ->type_name("FORMAT");
  command
      ->add_option("--mode", options->mode,
                   "create: the table must not exist; append: to it; overwrite: its "
                   "rows; replace: its rows and schema; upsert: its rows with equal "
                   "--keys [create]")
      ->type_name("MODE");
  command
      ->add_option("--keys", options->keys,
                   "Of mode upsert: columns by which two rows are the same, 'id' or "
                   "'shop, number' [the table's identifier fields]")
      ->type_name("COLUMNS")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      ->add_option("--partition-by", options->partition_by,
                   "Partitions, such as 'month(ts), bucket(id, 16)'")
      ->type_name("TERMS")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      ->add_option("--reject-to", options->reject_to,
                   "Rows of CSV that do not parse go to this CSV file")
      ->type_name("FILE");
  command
      ->add_option("--option", options->reader_options,
                   "An option of the reader: delimiter=';', header=false, …")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  AddFileOptions(*command, *options);
  command
      ->add_option("--property", options->properties,
                   "A property of a new table: write.parquet.compression-codec=zstd")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_flag("--lineage", options->lineage,
                    "Add columns that say where rows come from: source_system, …, "
                    "load_id, loaded_at");
  command->add_flag("--on-server", options->on_server,
                    "The server of --server does the load: it is sent the file, or "
                    "reads the URL itself");
  command->add_flag("--sample", options->sample,
                    "Load the sample data: six tables and two views of a shop");
  AddCommonOptions(*command, invocation, "The result as JSON");
  AddCatalogOptions(*command, invocation, CatalogOption::kOneCatalog);
  command->footer(kExamples);
  command->callback([&invocation, options] {
    std::ranges::copy(options->file_options, std::back_inserter(options->reader_options));
    invocation.run = [&invocation, options] { return RunLoad(invocation, *options); };
  });
}

}  // namespace tarn::cli
