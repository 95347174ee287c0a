#include "tarn/ingest/internal/upsert.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <system_error>
#include <thread>
#include <utility>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>

#include "tarn/base/clock.h"
#include "tarn/base/error.h"
#include "tarn/base/spill_directory.h"
#include "tarn/engine/commit_watch.h"
#include "tarn/engine/engine.h"

namespace tarn::ingest::internal {
namespace {

/// DuckDB's share: joins and groups beyond it go to disk.
constexpr int64_t kEngineMemoryBytes = int64_t{512} << 20;
constexpr int kTriesMax = 10;
constexpr std::chrono::milliseconds kLookEvery{100};
/// In the summary of the snapshot, by which it is found again.
constexpr char kUpsertIdProperty[] = "tarn.upsert-id";

std::string Quoted(std::string_view name, char quote) {
  std::string quoted(1, quote);
  for (const char c : name) {
    quoted += c == quote ? std::string(2, c) : std::string(1, c);
  }
  return quoted + quote;
}

std::string Name(std::string_view name) { return Quoted(name, '"'); }

std::string Joined(const std::vector<std::string>& items, std::string_view separator,
                   const std::function<std::string(const std::string&)>& text) {
  std::string joined;
  for (const std::string& item : items) {
    joined += (joined.empty() ? "" : std::string(separator)) + text(item);
  }
  return joined;
}

Status CheckKeyType(const iceberg::Field& field) {
  const auto id = field.type.id();
  const bool is_float = id == iceberg::TypeId::kFloat || id == iceberg::TypeId::kDouble;
  const bool is_primitive = field.type.is_primitive() &&
                            id != iceberg::TypeId::kGeometry &&
                            id != iceberg::TypeId::kGeography;
  if (is_primitive && !is_float) {
    return Status::OK();
  }
  return MakeError(ErrorCode::kInvalidArgument,
                   "A column of this type cannot be a key, as its values have no exact "
                   "equality: " +
                       field.name + " " + field.type.ToString());
}

Result<std::vector<std::string>> KeysOf(const LoadRequest& request,
                                        const iceberg::Schema& schema) {
  std::vector<const iceberg::Field*> fields;
  for (const std::string& key : request.keys) {
    const iceberg::Field* field = schema.FindByName(key);
    field = field != nullptr ? field : schema.FindByNameIgnoringCase(key);
    if (field == nullptr || schema.NameOf(field->id) != field->name) {
      return MakeError(
          ErrorCode::kNoSuchColumn,
          "No column of " + request.into.ToString() + " to be a key: " + key);
    }
    fields.push_back(field);
  }
  if (fields.empty()) {
    for (const iceberg::FieldId id : schema.identifier_field_ids()) {
      fields.push_back(schema.FindById(id));
    }
  }
  if (fields.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Mode upsert needs keys, the columns by which rows are the same: " +
                         request.into.ToString());
  }
  std::vector<std::string> names;
  for (const iceberg::Field* field : fields) {
    RETURN_NOT_OK(CheckKeyType(*field));
    if (std::ranges::find(names, field->name) == names.end()) {
      names.push_back(field->name);
    }
  }
  return names;
}

/// A table for the staged rows alone.
std::shared_ptr<const iceberg::TableMetadata> StagedTable(
    const iceberg::TableMetadata& table, const std::string& directory) {
  auto staged = std::make_shared<iceberg::TableMetadata>(table);
  staged->location = directory;
  staged->properties.clear();
  staged->partition_specs = {iceberg::PartitionSpec{}};
  staged->default_spec_id = staged->partition_specs[0].id;
  staged->sort_orders = {iceberg::SortOrder{}};
  staged->default_sort_order_id = staged->sort_orders[0].id;
  staged->current_snapshot_id.reset();
  staged->snapshots.clear();
  staged->snapshot_log.clear();
  staged->refs.clear();
  staged->statistics.clear();
  staged->partition_statistics.clear();
  staged->encryption_keys.clear();
  return staged;
}

/// The only value of the only row of a query; unset if there is no row.
Result<std::optional<std::string>> AskText(engine::Session& session,
                                           const std::string& sql) {
  ARROW_ASSIGN_OR_RAISE(const auto stream, session.Execute(sql));
  std::optional<std::string> text;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, stream->Next());
    if (batch == nullptr) {
      return text;
    }
    if (batch->num_rows() > 0) {
      ARROW_ASSIGN_OR_RAISE(const auto value, batch->column(0)->GetScalar(0));
      text = value->ToString();
    }
  }
}

/// Ends what the session runs when the load is cancelled.
class CancelWatch {
 public:
  CancelWatch(engine::Session& session, std::function<bool()> cancelled)
      : thread_([this, &session, cancelled = std::move(cancelled)](std::stop_token stop) {
          std::unique_lock lock(mutex_);
          while (cancelled && !stop.stop_requested()) {
            woken_.wait_for(lock, stop, kLookEvery, [] { return false; });
            if (!stop.stop_requested() && cancelled()) {
              session.Interrupt();
            }
          }
        }) {}

 private:
  std::mutex mutex_;
  std::condition_variable_any woken_;
  std::jthread thread_;  // ends before the members above
};

/// Gives the snapshot its summary, and holds the load to what it was computed from.
class UpsertCommit final : public engine::CommitWatch {
 public:
  UpsertCommit(const table::Context& context, const LoadRequest& request,
               std::map<std::string, std::string> summary)
      : context_(context), request_(request), summary_(std::move(summary)) {}

  Result<std::map<std::string, std::string>> BeforeCommit(
      const std::vector<engine::TableToCommit>&) override {
    if (request_.checks.isolation == table::Isolation::kSerializable) {
      ARROW_ASSIGN_OR_RAISE(const auto table, context_.catalog.LoadTable(request_.into));
      if (table.metadata->current_snapshot_id != request_.checks.base) {
        was_overtaken_ = true;
        return MakeError(ErrorCode::kCommitConflict,
                         "Others have written since the load began to read: " +
                             request_.into.ToString());
      }
    }
    return summary_;
  }
  /// No other try can succeed.
  bool was_overtaken() const { return was_overtaken_; }

 private:
  const table::Context& context_;
  const LoadRequest& request_;
  const std::map<std::string, std::string> summary_;
  bool was_overtaken_ = false;
};

std::string MergeText(const std::string& table, const std::string& rows,
                      const std::vector<std::string>& keys,
                      const std::vector<std::string>& columns) {
  const auto set = [](const std::string& name) {
    return Name(name) + " = staged." + Name(name);
  };
  return "MERGE INTO " + table + " AS kept USING " + rows + " AS staged ON " +
         Joined(keys, " AND ",
                [](const std::string& name) {
                  return "kept." + Name(name) + " = staged." + Name(name);
                }) +
         " WHEN MATCHED THEN UPDATE SET " + Joined(columns, ", ", set) +
         " WHEN NOT MATCHED THEN INSERT (" + Joined(columns, ", ", Name) + ") VALUES (" +
         Joined(columns, ", ",
                [](const std::string& name) { return "staged." + Name(name); }) +
         ")";
}

Status RefuseRow(const LoadRequest& request, const std::string& what) {
  return MakeError(ErrorCode::kConstraintViolated,
                   what + "; nothing was loaded into " + request.into.ToString());
}

/// Each row has a key that no other one has.
Status CheckKeys(engine::Session& session, const LoadRequest& request,
                 const std::string& rows, const std::vector<std::string>& keys) {
  std::string which = "CASE";
  for (const std::string& key : keys) {
    which += " WHEN " + Name(key) + " IS NULL THEN " + Quoted(key, '\'');
  }
  ARROW_ASSIGN_OR_RAISE(
      const auto empty,
      AskText(session,
              "SELECT " + which + " END FROM " + rows + " WHERE " +
                  Joined(keys, " OR ",
                         [](const std::string& key) { return Name(key) + " IS NULL"; }) +
                  " LIMIT 1"));
  if (empty.has_value()) {
    return RefuseRow(request, "A row of the source has no value in key column " + *empty);
  }
  const std::string list = Joined(keys, ", ", Name);
  const std::string text = "concat_ws(', ', " +
                           Joined(keys, ", ",
                                  [](const std::string& key) {
                                    return Quoted(key + " = ", '\'') + " || CAST(" +
                                           Name(key) + " AS VARCHAR)";
                                  }) +
                           ")";
  ARROW_ASSIGN_OR_RAISE(
      const auto repeated,
      AskText(session, "SELECT " + text + " FROM " + rows + " GROUP BY " + list +
                           " HAVING count(*) > 1 ORDER BY " + list + " LIMIT 1"));
  if (repeated.has_value()) {
    return RefuseRow(request, "Several rows of the source have the key " + *repeated);
  }
  return Status::OK();
}

Status Merge(engine::Session& session, const std::string& sql,
             const UpsertCommit& commit) {
  for (int i = 1;; ++i) {
    const Status merged = session.Execute(sql).status();
    if (merged.ok() || CodeOf(merged) != ErrorCode::kCommitConflict || i == kTriesMax ||
        commit.was_overtaken()) {
      return merged;
    }
  }
}

std::string RowsText(const std::vector<iceberg::DataFile>& files) {
  std::string rows = "read_parquet([";
  for (const iceberg::DataFile& file : files) {
    rows += (rows.ends_with('[') ? "" : ", ") + Quoted(file.file_path, '\'');
  }
  return rows + "])";
}

int64_t NumberIn(const iceberg::Snapshot& snapshot, const char* name) {
  const auto found = snapshot.summary.find(name);
  int64_t number = 0;
  if (found != snapshot.summary.end()) {
    const std::string& text = found->second;
    std::from_chars(text.data(), text.data() + text.size(), number);
  }
  return number;
}

/// Others may have committed since.
UpsertSnapshot SnapshotOf(const iceberg::TableMetadata& table, const std::string& id) {
  for (const iceberg::Snapshot& snapshot : table.snapshots) {
    const auto found = snapshot.summary.find(kUpsertIdProperty);
    if (found != snapshot.summary.end() && found->second == id) {
      return {.id = snapshot.id,
              .files = NumberIn(snapshot, "added-data-files"),
              .bytes = NumberIn(snapshot, "added-files-size")};
    }
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Upsert>> Upsert::Open(
    const table::Context& context, std::shared_ptr<const iceberg::TableMetadata> table,
    const LoadRequest& request) {
  std::unique_ptr<Upsert> upsert(new Upsert(context, request));
  ARROW_ASSIGN_OR_RAISE(upsert->keys_, KeysOf(request, table->schema()));
  std::error_code error;
  std::filesystem::path place = std::filesystem::temp_directory_path(error);
  if (context.writing != nullptr && !context.writing->spill_directory.empty()) {
    place = context.writing->spill_directory;
  }
  upsert->spill_ = SpillDirectory::Claim(std::filesystem::absolute(place, error));
  upsert->directory_ = upsert->spill_->path();
  std::filesystem::create_directories(upsert->directory_, error);
  if (error) {
    return MakeError(ErrorCode::kIoFailed,
                     "No directory for the rows of an upsert: " + upsert->directory_ +
                         ": " + error.message());
  }
  upsert->staged_ = StagedTable(*table, upsert->directory_);
  upsert->table_ = std::move(table);
  return upsert;
}

storage::TableWriterOptions Upsert::WriterOptions() const {
  storage::TableWriterOptions options;
  if (context_.writing != nullptr) {
    options.memory = context_.writing->memory;
    options.reuse = context_.writing->reuse;
  }
  options.check_closed_files = false;
  return options;
}

Result<catalog::LoadedTable> Upsert::Commit(const std::vector<iceberg::DataFile>& files,
                                            std::map<std::string, std::string> summary) {
  if (files.empty()) {
    return context_.catalog.LoadTable(request_.into);
  }
  ARROW_ASSIGN_OR_RAISE(const auto engine,
                        engine::Engine::Open({.memory_bytes_max = kEngineMemoryBytes,
                                              .spill_directory = directory_ + "/duckdb"},
                                             context_));
  ARROW_ASSIGN_OR_RAISE(const auto session, engine->Connect());
  const std::string id = NewUlid(context_.clock.Now(), context_.random);
  summary[kUpsertIdProperty] = id;
  const auto commit =
      std::make_shared<UpsertCommit>(context_, request_, std::move(summary));
  engine::WatchCommits(*session, commit);
  const CancelWatch watch(*session, request_.cancelled);

  const std::string rows = RowsText(files);
  RETURN_NOT_OK(CheckKeys(*session, request_, rows, keys_));
  std::vector<std::string> columns;
  for (const iceberg::Field& field : staged_->schema().fields()) {
    columns.push_back(field.name);
  }
  const std::string table = Name(context_.catalog.name()) + "." +
                            Name(request_.into.ns.ToString()) + "." +
                            Name(request_.into.name);
  RETURN_NOT_OK(Merge(*session, MergeText(table, rows, keys_, columns), *commit));
  // The rows are there, whatever becomes of the look at them.
  auto loaded = context_.catalog.LoadTable(request_.into);
  if (!loaded.ok()) {
    return catalog::LoadedTable{.ident = request_.into, .metadata = table_};
  }
  snapshot_ = SnapshotOf(*loaded->metadata, id);
  return loaded;
}

}  // namespace tarn::ingest::internal
