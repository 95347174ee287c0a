#include "tarn/service/migration/history_copy.h"

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

#include "tarn/service/migration/copy_journal.h"
#include "tarn/service/migration/destination.h"
#include "tarn/service/migration/run_parallel.h"
#include "tarn/service/migration/two_place_files.h"
#include "tarn/table/maintenance/file_location.h"
#include "tarn/table/maintenance/rewrite_table_path.h"

namespace tarn::service {
namespace {

constexpr size_t kCopyThreads = 4;
constexpr char kOutsideHint[] =
    " (a table with files outside of its location is migrated without history)";

/// One field of a line, and the separator behind it; false at the end.
bool TakeField(std::string_view* csv, std::string* field, char* separator) {
  field->clear();
  *separator = '\n';
  if (csv->empty()) {
    return false;
  }
  bool is_quoted = false;
  size_t at = 0;
  for (; at < csv->size(); ++at) {
    const char c = (*csv)[at];
    if (c == '"' && is_quoted && at + 1 < csv->size() && (*csv)[at + 1] == '"') {
      *field += c;
      ++at;
    } else if (c == '"') {
      is_quoted = !is_quoted;
    } else if (!is_quoted && (c == ',' || c == '\n')) {
      *separator = c;
      break;
    } else {
      *field += c;
    }
  }
  csv->remove_prefix(std::min(at + 1, csv->size()));
  return true;
}

std::string WithoutSlash(std::string location) {
  while (location.size() > 1 && location.ends_with('/')) {
    location.pop_back();
  }
  return location;
}

}  // namespace

Result<std::vector<std::pair<std::string, std::string>>> ReadFileList(
    std::string_view csv) {
  std::vector<std::pair<std::string, std::string>> list;
  std::string source;
  std::string target;
  char separator = '\0';
  while (TakeField(&csv, &source, &separator)) {
    if (separator != ',' || !TakeField(&csv, &target, &separator) || separator != '\n') {
      return MakeError(ErrorCode::kInvalidData,
                       "The list of files to copy has a line that is no pair: " + source);
    }
    list.emplace_back(source, target);
  }
  return list;
}

Result<std::unique_ptr<HistoryCopy>> HistoryCopy::Make(
    const MigrationRun& run, const TablePair& pair, const catalog::LoadedTable& table,
    const table::Context& source, const table::Context& destination) {
  std::unique_ptr<HistoryCopy> copy(new HistoryCopy(destination.io, run.copies));
  ARROW_ASSIGN_OR_RAISE(const std::string location,
                        destination.catalog.NewTableLocation(pair.destination.ident));
  copy->location_ = WithoutSlash(location);
  if (run.copies != nullptr) {
    ARROW_ASSIGN_OR_RAISE(copy->id_, run.copies->Begin({.migration_id = run.id,
                                                        .place = pair.destination.place,
                                                        .table = pair.destination.ident,
                                                        .location = copy->location_}));
  }
  TwoPlaceFiles files(source.io, destination.io, copy->location_);
  const table::Context rewriting{source.catalog, files, source.clock, source.random};
  table::RewriteTablePathOptions options;
  options.source_prefix = table.metadata->location;
  options.target_prefix = copy->location_;
  options.end_version = table.metadata_location;
  options.staging_location =
      io::JoinLocation(copy->location_, "staging-" + NewUuid(destination.random));
  options.control.is_cancelled = run.cancelled;
  Result<table::RewriteTablePathResult> rewritten =
      table::RewriteTablePath(rewriting, table.ident, options);
  if (!rewritten.ok() && CodeOf(rewritten.status()) == ErrorCode::kInvalidArgument) {
    return MakeError(ErrorCode::kInvalidArgument,
                     rewritten.status().message() + kOutsideHint);
  }
  RETURN_NOT_OK(rewritten.status());
  RETURN_NOT_OK(copy->CopyFiles(run, files, rewritten->file_list_location));
  RETURN_NOT_OK(
      copy->WriteMetadata(run, pair, table, rewritten->latest_version, destination));
  ARROW_ASSIGN_OR_RAISE(const auto staged,
                        destination.io.List(rewritten->staging_location));
  for (const io::FileInfo& file : staged) {
    RETURN_NOT_OK(destination.io.Delete(file.location));
  }
  return copy;
}

Status HistoryCopy::CopyFiles(const MigrationRun& run, io::FileIO& both,
                              const std::string& list) {
  ARROW_ASSIGN_OR_RAISE(const std::string csv, both.ReadAll(list));
  ARROW_ASSIGN_OR_RAISE(const auto pairs, ReadFileList(csv));
  std::atomic<int64_t> bytes = 0;
  RETURN_NOT_OK(ForEach(pairs.size(), kCopyThreads, [&](size_t i) -> Status {
    if (run.cancelled && run.cancelled()) {
      return MakeError(ErrorCode::kCancelled, "The migration was cancelled");
    }
    const auto& [from, to] = pairs[i];
    ARROW_ASSIGN_OR_RAISE(const int64_t copied, CopyFile(both, from, to));
    ARROW_ASSIGN_OR_RAISE(const io::FileInfo made, both.Stat(to));
    if (made.size_bytes != copied) {
      return MakeError(ErrorCode::kIoFailed,
                       "The copy of " + from + " has another size: " + to);
    }
    bytes += copied;
    if (run.progress) {
      run.progress(0, copied);
    }
    return Status::OK();
  }));
  num_files_ = static_cast<int64_t>(pairs.size());
  bytes_ = bytes;
  return Status::OK();
}

Status HistoryCopy::WriteMetadata(const MigrationRun& run, const TablePair& pair,
                                  const catalog::LoadedTable& table,
                                  const std::string& latest,
                                  const table::Context& destination) {
  const auto below =
      table::PathBelow(table.metadata_location, WithoutSlash(table.metadata->location));
  if (!below) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "The metadata file is outside of the table's location: " +
                         table.metadata_location + kOutsideHint);
  }
  const std::string copied = location_ + std::string(*below);
  ARROW_ASSIGN_OR_RAISE(std::string bytes, files_.ReadAll(copied));
  ARROW_ASSIGN_OR_RAISE(const std::string json,
                        iceberg::MetadataBytesToJson(std::move(bytes)));
  ARROW_ASSIGN_OR_RAISE(const auto read, iceberg::TableMetadataFromJson(json));
  auto made = std::make_shared<iceberg::TableMetadata>(*read);
  made->metadata_log.push_back({made->last_updated, copied});
  made->table_uuid = NewUuid(destination.random);
  made->last_updated = std::max(made->last_updated, destination.clock.Now());
  made->properties[kMigrationIdKey] = run.id;
  if (!run.job_id.empty()) {
    made->properties[kJobIdKey] = run.job_id;
  }
  made->properties[kSourceKey] = pair.source.ToString();
  made->properties[kSourceUuidKey] = table.metadata->table_uuid;
  made->properties[kSourceSnapshotKey] =
      made->current_snapshot_id ? std::to_string(made->current_snapshot_id->value) : "";
  metadata_location_ = iceberg::MetadataFileName(
      *made, iceberg::MetadataVersionOf(latest) + 1, NewUuid(destination.random));
  ARROW_ASSIGN_OR_RAISE(const std::string text, iceberg::TableMetadataToFileBytes(*made));
  RETURN_NOT_OK(files_.WriteNew(metadata_location_, text));
  metadata_ = std::move(made);
  return Status::OK();
}

Status HistoryCopy::BeginToRegister() {
  return journal_ == nullptr ? Status::OK() : journal_->Register(id_);
}

void HistoryCopy::Release() {
  location_.clear();
  EndInJournal();
}

/// What stays in the journal after an error is looked at when this process has ended.
void HistoryCopy::EndInJournal() {
  if (journal_ != nullptr && !id_.empty()) {
    const Status ignored = journal_->End(id_);
    id_.clear();
  }
}

HistoryCopy::~HistoryCopy() {
  if (location_.empty()) {
    return;
  }
  const auto files = files_.List(location_);
  Status removed = files.status();
  if (files.ok()) {
    for (const io::FileInfo& file : *files) {
      removed &= files_.Delete(file.location);
    }
  }
  if (removed.ok()) {
    EndInJournal();
  }
}

}  // namespace tarn::service
