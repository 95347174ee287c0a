#include "tarn/table/maintenance/internal/left_over_search.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/table/maintenance/file_location.h"
#include "tarn/table/maintenance/internal/expiry.h"
#include "tarn/table/maintenance/internal/shared_files.h"

namespace tarn::table::internal {
namespace {

using iceberg::TableMetadata;
using std::chrono::milliseconds;
using storage::FileState;
using storage::JournaledFile;

std::string_view ParentOf(std::string_view location) {
  return location.substr(0, location.rfind('/'));
}

std::string_view NameOf(std::string_view location) {
  return location.substr(location.rfind('/') + 1);
}

/// Local files are written under a name of their own until they are closed
/// (".tarn-tmp-<process>-…"); on object stores nothing shows until then.
class UnfinishedParts {
 public:
  explicit UnfinishedParts(io::FileIO& io) : io_(io) {}

  /// Those that `file`, which is not there under its name, may have left. One that
  /// belongs to another file of the same dead process is as left over as this one's.
  Result<std::vector<io::FileInfo>> Of(const JournaledFile& file) {
    std::vector<io::FileInfo> parts;
    if (!io::LocalPathOf(file.location)) {
      return parts;
    }
    const std::string directory(ParentOf(file.location));
    auto found = listed_.find(directory);
    if (found == listed_.end()) {
      ARROW_ASSIGN_OR_RAISE(auto files, io_.List(directory));
      found = listed_.emplace(directory, std::move(files)).first;
    }
    constexpr milliseconds kClockSteps{2'000};  // times of files may be coarse
    const std::string prefix = ".tarn-tmp-" + std::to_string(file.process) + "-";
    for (const io::FileInfo& info : found->second) {
      if (NameOf(info.location).starts_with(prefix) &&
          ParentOf(info.location) == directory &&
          info.modified + kClockSteps >= file.opened &&
          taken_.insert(info.location).second) {
        parts.push_back(info);
      }
    }
    return parts;
  }

 private:
  io::FileIO& io_;
  std::map<std::string, std::vector<io::FileInfo>> listed_;  // by directory
  std::set<std::string> taken_;
};

LeftOverFile Found(const JournaledFile& file, const io::FileInfo& info,
                   milliseconds older_than) {
  const bool is_old = file.noted < older_than && info.modified < older_than;
  return {.journaled = file,
          .location = info.location,
          .bytes = info.size_bytes,
          .fate = is_old ? LeftOverFate::kRemoved : LeftOverFate::kYoung};
}

}  // namespace

Result<std::vector<LeftOverFile>> FindLeftOver(io::FileIO& io,
                                               const std::vector<JournaledFile>& files,
                                               milliseconds older_than,
                                               const ActionControl& control) {
  std::vector<LeftOverFile> found;
  UnfinishedParts unfinished(io);
  for (const JournaledFile& file : files) {
    RETURN_NOT_OK(control.Check());
    control.Report("look for files", static_cast<int64_t>(found.size()),
                   static_cast<int64_t>(files.size()));
    const Result<io::FileInfo> info = io.Stat(file.location);
    if (info.ok()) {
      found.push_back(Found(file, *info, older_than));
      continue;
    }
    if (CodeOf(info.status()) != ErrorCode::kNoSuchFile) {
      return info.status();
    }
    ARROW_ASSIGN_OR_RAISE(const auto parts, unfinished.Of(file));
    for (const io::FileInfo& part : parts) {
      found.push_back(Found(file, part, older_than));
    }
    if (parts.empty()) {
      // The last request of a process that died may still be on its way to the store.
      const bool is_old = file.noted < older_than;
      found.push_back({.journaled = file,
                       .fate = is_old ? LeftOverFate::kGone : LeftOverFate::kYoung});
    }
  }
  return found;
}

Result<LeftOverReferences> LeftOverReferences::Make(
    const Context& context, const std::vector<LeftOverFile>& files,
    const ActionControl& control) {
  std::set<std::string> places;
  for (const LeftOverFile& file : files) {
    places.emplace(file.journaled.table);
    places.emplace(ParentOf(file.journaled.location));
  }
  std::vector<FileLocation> directories;
  for (const std::string& place : places) {
    directories.push_back(ParseFileLocation(place));
  }
  LeftOverReferences references(context, control);
  // No table asks here, so none is left out.
  const catalog::LoadedTable nobody{
      {{}, "left-over files"}, "", std::make_shared<const TableMetadata>()};
  ARROW_ASSIGN_OR_RAISE(
      const SharedFiles shared,
      FindSharedFiles(context, nobody, directories, IfUnreadable::kFail, control));
  references.referenced_.AddAll(shared.referenced);
  for (const iceberg::TableIdent& ident : shared.tables) {
    RETURN_NOT_OK(references.AddTable(ident));
  }
  return references;
}

Status LeftOverReferences::AddTable(const iceberg::TableIdent& ident) {
  const auto loaded = context_.catalog.LoadTable(ident);
  if (!loaded.ok()) {
    // Dropped this moment: its metadata files tell then, as for any such table.
    const bool is_gone = CodeOf(loaded.status()) == ErrorCode::kNoSuchTable;
    return is_gone ? Status::OK() : loaded.status();
  }
  const std::string key = LocationKey(loaded->metadata->location);
  known_.insert(key);
  const Status may_delete = CheckGarbageCollection(
      *loaded->metadata, "remove left-over files", ident.ToString());
  if (!may_delete.ok()) {
    kept_[key] = may_delete.message();
  }
  return Status::OK();
}

Result<const LeftOverReferences::Foreign*> LeftOverReferences::ForeignOf(
    const std::string& table) {
  const auto [found, is_new] = foreign_.try_emplace(LocationKey(table));
  Foreign& foreign = found->second;
  if (!is_new) {
    return &foreign;
  }
  ARROW_ASSIGN_OR_RAISE(const auto files,
                        context_.io.List(io::JoinLocation(table, "metadata")));
  SnapshotFiles snapshots(context_.io, control_);
  for (const io::FileInfo& file : files) {
    if (!file.location.ends_with(".metadata.json")) {
      continue;
    }
    RETURN_NOT_OK(control_.Check());
    const auto read = [&]() -> Status {
      ARROW_ASSIGN_OR_RAISE(std::string bytes, context_.io.ReadAll(file.location));
      ARROW_ASSIGN_OR_RAISE(const std::string json,
                            iceberg::MetadataBytesToJson(std::move(bytes)));
      ARROW_ASSIGN_OR_RAISE(const auto metadata, iceberg::TableMetadataFromJson(json));
      AddMetadataFiles({{}, file.location, metadata}, &foreign.referenced);
      return snapshots.AddReachable(*metadata, metadata->snapshots, &foreign.referenced);
    };
    if (const Status status = read(); !status.ok() && foreign.unreadable.empty()) {
      foreign.unreadable = file.location + ": " + status.message();
    }
  }
  return &foreign;
}

Result<std::string> LeftOverReferences::DoubtAbout(const std::string& table,
                                                   const std::string& location) {
  const std::string key = LocationKey(table);
  if (const auto kept = kept_.find(key); kept != kept_.end()) {
    return kept->second;
  }
  if (known_.contains(key)) {
    return std::string();
  }
  ARROW_ASSIGN_OR_RAISE(const Foreign* foreign, ForeignOf(table));
  if (foreign->referenced.Contains(location)) {
    return "a metadata file in " + table +
           ", a table that the catalog does not have, leads to it";
  }
  if (!foreign->unreadable.empty()) {
    return "the catalog does not have its table, whose metadata cannot be read: " +
           foreign->unreadable;
  }
  return std::string();
}

}  // namespace tarn::table::internal
