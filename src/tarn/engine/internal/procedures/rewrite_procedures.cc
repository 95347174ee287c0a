// The same rows in better files: compaction, manifests, position deletes.
#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <utility>

#include "tarn/base/config.h"
#include "tarn/base/error.h"
#include "tarn/engine/internal/catalog_view.h"
#include "tarn/engine/internal/procedures/evaluate.h"
#include "tarn/engine/internal/procedures/option_reader.h"
#include "tarn/engine/internal/procedures/procedure_call.h"
#include "tarn/table/maintenance/rewrite_data_files.h"
#include "tarn/table/maintenance/rewrite_delete_files.h"
#include "tarn/table/maintenance/rewrite_manifests.h"

namespace tarn::engine::procedures {
namespace {

using duckdb::LogicalTypeId;
using table::RewriteDataFilesOptions;
using table::RewriteStrategy;

constexpr char kDefaultTargetBytes[] = "536870912";

const std::vector<OutputColumn> kMetrics = {{"metric_name", LogicalTypeId::VARCHAR},
                                            {"metric_value", LogicalTypeId::BIGINT}};

void AnswerMetric(ProcedureCall& call, const char* name, int64_t value) {
  call.Answer({duckdb::Value(name), Count(value)});
}

/// "a, bucket(4, b) DESC" at its commas outside of parentheses.
std::vector<std::string> SplitTerms(const std::string& text) {
  std::vector<std::string> terms(1);
  int depth = 0;
  for (const char c : text) {
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (c == ',' && depth == 0) {
      terms.emplace_back();
    } else if (c != ' ' || !terms.back().empty()) {
      terms.back() += c;
    }
  }
  return terms;
}

/// The columns of "zorder(a, b)"; unset for other orders.
std::optional<std::vector<std::string>> CurveColumns(const std::string& order,
                                                     std::string_view curve) {
  const std::string folded = FoldName(order);
  const size_t open = folded.find('(');
  if (open == std::string::npos || folded.back() != ')' ||
      folded.substr(0, folded.find_last_not_of(' ', open - 1) + 1) != curve) {
    return {};
  }
  std::vector<std::string> columns =
      SplitTerms(order.substr(open + 1, order.size() - open - 2));
  for (std::string& column : columns) {
    column = column.substr(0, column.find_last_not_of(' ') + 1);
  }
  return columns;
}

Status ReadOrder(const ProcedureCall& call, RewriteDataFilesOptions* options) {
  const std::string strategy = FoldName(call.Text("strategy").value_or(""));
  const auto order = call.Text("sort_order");
  if (strategy == "binpack" || strategy == "bin-pack") {
    options->strategy = RewriteStrategy::kBinPack;
    if (order.has_value()) {
      return call.BadArgument(
          "Cannot set strategy to binpack and sort_order: must set only one of them");
    }
    return Status::OK();
  }
  if (!strategy.empty() && strategy != "sort") {
    return call.BadArgument("strategy is binpack or sort, not " + strategy);
  }
  if (strategy.empty() && !order.has_value()) {
    options->strategy = RewriteStrategy::kBinPack;
    return Status::OK();
  }
  options->strategy = RewriteStrategy::kSort;
  if (!order.has_value()) {
    return Status::OK();  // the table's
  }
  if (auto columns = CurveColumns(*order, "zorder")) {
    options->strategy = RewriteStrategy::kZOrder;
    options->cluster_columns = *std::move(columns);
  } else if (auto on_curve = CurveColumns(*order, "hilbert")) {
    options->strategy = RewriteStrategy::kHilbert;
    options->cluster_columns = *std::move(on_curve);
  } else {
    options->sort_terms = SplitTerms(*order);
  }
  return Status::OK();
}

Result<table::RewriteJobOrder> JobOrderOf(const ProcedureCall& call,
                                          const std::string& name) {
  using table::RewriteJobOrder;
  constexpr std::array<std::pair<std::string_view, RewriteJobOrder>, 5> kOrders = {{
      {"none", RewriteJobOrder::kNone},
      {"bytes-asc", RewriteJobOrder::kBytesAscending},
      {"bytes-desc", RewriteJobOrder::kBytesDescending},
      {"files-asc", RewriteJobOrder::kFilesAscending},
      {"files-desc", RewriteJobOrder::kFilesDescending},
  }};
  for (const auto& [known, order] : kOrders) {
    if (FoldName(name) == known) {
      return order;
    }
  }
  return call.BadArgument(
      "Option rewrite-job-order is none, bytes-asc, bytes-desc, files-asc or "
      "files-desc, not " +
      name);
}

Status ReadRewriteOptions(const ProcedureCall& call, RewriteDataFilesOptions* options) {
  OptionReader reader(call, call.Map("options"));
  const auto set = [](const auto& value, auto* target) {
    if (value.has_value()) {
      *target = *value;
    }
  };
  set(reader.Size("target-file-size-bytes"), &options->target_file_size_bytes);
  set(reader.Size("min-file-size-bytes"), &options->min_file_size_bytes);
  set(reader.Size("max-file-size-bytes"), &options->max_file_size_bytes);
  set(reader.Integer("min-input-files"), &options->min_input_files);
  set(reader.Integer("delete-file-threshold"), &options->delete_file_threshold);
  set(reader.Ratio("delete-ratio-threshold"), &options->delete_ratio_threshold);
  set(reader.Boolean("rewrite-all"), &options->rewrite_all);
  set(reader.Size("max-file-group-size-bytes"), &options->max_file_group_size_bytes);
  set(reader.Integer("max-concurrent-file-group-rewrites"),
      &options->max_concurrent_file_group_rewrites);
  set(reader.Boolean("partial-progress.enabled"), &options->partial_progress_enabled);
  set(reader.Integer("partial-progress.max-commits"),
      &options->partial_progress_max_commits);
  set(reader.Boolean("use-starting-sequence-number"),
      &options->use_starting_sequence_number);
  set(reader.Boolean("remove-dangling-deletes"), &options->remove_dangling_deletes);
  if (const auto spec = reader.Integer("output-spec-id")) {
    options->output_spec_id = iceberg::SpecId{*spec};
  }
  const auto job_order = reader.Text("rewrite-job-order");
  // How Spark shuffles and interleaves; sorting here goes over the whole group.
  for (const char* key :
       {"partial-progress.max-failed-commits", "compression-factor",
        "shuffle-partitions-per-file", "var-length-contribution", "max-output-size"}) {
    reader.Ignore(key);
  }
  RETURN_NOT_OK(reader.Finish());
  if (job_order.has_value()) {
    ARROW_ASSIGN_OR_RAISE(options->rewrite_job_order, JobOrderOf(call, *job_order));
  }
  return Status::OK();
}

Result<iceberg::Expression> WhereOf(const ProcedureCall& call) {
  const auto text = call.Text("where");
  if (!text.has_value()) {
    return iceberg::AlwaysTrue();
  }
  auto filter = FilterOfText(*text);
  if (!filter.ok()) {
    return call.BadArgument("Cannot parse predicates in where option: " + *text + ": " +
                            filter.status().message());
  }
  return filter;
}

Status RewriteDataFiles(ProcedureCall& call) {
  RewriteDataFilesOptions options;
  RETURN_NOT_OK(ReadOrder(call, &options));
  RETURN_NOT_OK(ReadRewriteOptions(call, &options));
  ARROW_ASSIGN_OR_RAISE(options.filter, WhereOf(call));
  options.branch = call.Text("branch").value_or(iceberg::kMainBranch);
  options.control = call.control();
  ARROW_ASSIGN_OR_RAISE(const auto ident, call.Table());
  ARROW_ASSIGN_OR_RAISE(const auto result,
                        table::RewriteDataFiles(call.tarn(), ident, options));
  call.Answer({ShortCount(result.rewritten_data_files_count),
               ShortCount(result.added_data_files_count),
               Count(result.rewritten_bytes_count),
               ShortCount(result.failed_data_files_count),
               ShortCount(result.removed_delete_files_count)});
  return Status::OK();
}

/// Trino's: files below the threshold, if a partition has two, and all with deletes.
Status Optimize(ProcedureCall& call) {
  constexpr int64_t kDefaultThreshold = 100'000'000;
  ARROW_ASSIGN_OR_RAISE(const auto ident, call.Table());
  ARROW_ASSIGN_OR_RAISE(const auto loaded, call.tarn().catalog.LoadTable(ident));
  const int64_t threshold =
      call.Number("file_size_threshold").value_or(kDefaultThreshold);
  const auto declared = ParseSize(
      loaded.metadata->Property("write.target-file-size-bytes", kDefaultTargetBytes));
  RewriteDataFilesOptions options;
  options.filter = call.where();
  options.target_file_size_bytes = std::max(declared.ok() ? *declared : 0, threshold);
  options.min_file_size_bytes = threshold;
  options.max_file_size_bytes = std::numeric_limits<int64_t>::max();
  options.min_input_files = 2;
  options.delete_file_threshold = 1;
  options.remove_dangling_deletes = true;
  options.control = call.control();
  ARROW_ASSIGN_OR_RAISE(const auto result,
                        table::RewriteDataFiles(call.tarn(), ident, options));
  AnswerMetric(call, "rewritten_data_files_count", result.rewritten_data_files_count);
  AnswerMetric(call, "removed_delete_files_count", result.removed_delete_files_count);
  AnswerMetric(call, "added_data_files_count", result.added_data_files_count);
  return Status::OK();
}

Status RewriteManifests(ProcedureCall& call) {
  ARROW_ASSIGN_OR_RAISE(const auto ident, call.Table());
  ARROW_ASSIGN_OR_RAISE(const auto loaded, call.tarn().catalog.LoadTable(ident));
  table::RewriteManifestsOptions options;
  options.spec_id = loaded.metadata->default_spec_id;
  if (const auto spec = call.Number("spec_id")) {
    options.spec_id = iceberg::SpecId{static_cast<int32_t>(*spec)};
    if (loaded.metadata->FindSpec(*options.spec_id) == nullptr) {
      return call.BadArgument("Table " + ident.ToString() +
                              " has no partition spec with id " + std::to_string(*spec));
    }
  }
  const auto& fields = loaded.metadata->FindSpec(*options.spec_id)->fields;
  const auto sort_by = call.Texts("sort_by");
  for (size_t i = 0; i < sort_by.size(); ++i) {
    // Manifests are in the order of the spec's fields.
    if (i >= fields.size() || FoldName(fields[i].name) != FoldName(sort_by[i])) {
      return MakeError(ErrorCode::kNotSupported,
                       "Manifests are sorted by the partition fields in their order; "
                       "sort_by cannot begin otherwise: " +
                           sort_by[i]);
    }
  }
  options.control = call.control();
  ARROW_ASSIGN_OR_RAISE(const auto result,
                        table::RewriteManifests(call.tarn(), ident, options));
  call.Answer({ShortCount(result.rewritten_manifests_count),
               ShortCount(result.added_manifests_count)});
  return Status::OK();
}

Status OptimizeManifests(ProcedureCall& call) {
  ARROW_ASSIGN_OR_RAISE(const auto ident, call.Table());
  table::RewriteManifestsOptions options;
  options.control = call.control();
  ARROW_ASSIGN_OR_RAISE(const auto result,
                        table::RewriteManifests(call.tarn(), ident, options));
  AnswerMetric(call, "rewritten_manifests_count", result.rewritten_manifests_count);
  AnswerMetric(call, "added_manifests_count", result.added_manifests_count);
  AnswerMetric(call, "processed_manifest_entries_count", result.entries_count);
  return Status::OK();
}

Status RewritePositionDeletes(ProcedureCall& call) {
  table::RewriteDeleteFilesOptions options;
  OptionReader reader(call, call.Map("options"));
  options.min_input_files =
      reader.Integer("min-input-files").value_or(options.min_input_files);
  if (reader.Boolean("rewrite-all").value_or(false)) {
    options.min_input_files = 1;
  }
  // Delete files become one for each data file, so their sizes are what they are.
  for (const char* key :
       {"max-concurrent-file-group-rewrites", "partial-progress.enabled",
        "partial-progress.max-commits", "rewrite-job-order", "target-file-size-bytes",
        "min-file-size-bytes", "max-file-size-bytes", "max-file-group-size-bytes"}) {
    reader.Ignore(key);
  }
  RETURN_NOT_OK(reader.Finish());
  ARROW_ASSIGN_OR_RAISE(options.filter, WhereOf(call));
  options.control = call.control();
  ARROW_ASSIGN_OR_RAISE(const auto ident, call.Table());
  ARROW_ASSIGN_OR_RAISE(const auto result,
                        table::RewritePositionDeleteFiles(call.tarn(), ident, options));
  call.Answer({ShortCount(result.rewritten_delete_files_count),
               ShortCount(result.added_delete_files_count),
               Count(result.rewritten_bytes_count), Count(result.added_bytes_count)});
  return Status::OK();
}

}  // namespace

void AddRewriteProcedures(std::vector<Procedure>* list) {
  const Parameter table{"table", Kind::kTable, Need::kRequired};
  const std::vector<Parameter> rewriting = {table,
                                            {"strategy", Kind::kText},
                                            {"sort_order", Kind::kText},
                                            {"options", Kind::kTextMap},
                                            {"where", Kind::kText},
                                            {"branch", Kind::kText}};
  const std::vector<OutputColumn> rewritten = {
      {"rewritten_data_files_count", LogicalTypeId::INTEGER},
      {"added_data_files_count", LogicalTypeId::INTEGER},
      {"rewritten_bytes_count", LogicalTypeId::BIGINT},
      {"failed_data_files_count", LogicalTypeId::INTEGER},
      {"removed_delete_files_count", LogicalTypeId::INTEGER}};
  list->insert(
      list->end(),
      {{"rewrite_data_files", Form::kCall, rewriting, rewritten, &RewriteDataFiles},
       {"optimize", Form::kCall, rewriting, rewritten, &RewriteDataFiles},
       {"optimize",
        Form::kExecute,
        {{"file_size_threshold", Kind::kSize}},
        kMetrics,
        &Optimize},
       {"optimize_manifests", Form::kExecute, {}, kMetrics, &OptimizeManifests},
       {"rewrite_manifests",
        Form::kCall,
        {table,
         {"use_caching", Kind::kBoolean},
         {"spec_id", Kind::kInteger},
         {"sort_by", Kind::kTexts}},
        {{"rewritten_manifests_count", LogicalTypeId::INTEGER},
         {"added_manifests_count", LogicalTypeId::INTEGER}},
        &RewriteManifests},
       {"rewrite_position_delete_files",
        Form::kCall,
        {table, {"options", Kind::kTextMap}, {"where", Kind::kText}},
        {{"rewritten_delete_files_count", LogicalTypeId::INTEGER},
         {"added_delete_files_count", LogicalTypeId::INTEGER},
         {"rewritten_bytes_count", LogicalTypeId::BIGINT},
         {"added_bytes_count", LogicalTypeId::BIGINT}},
        &RewritePositionDeletes}});
}

}  // namespace tarn::engine::procedures
