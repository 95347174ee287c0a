#include "tarn/engine/internal/pending_writes.h"

#include <iterator>
#include <set>
#include <string>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::engine {

void WrittenFiles::Append(WrittenFiles other) {
  files.insert(files.end(), std::make_move_iterator(other.files.begin()),
               std::make_move_iterator(other.files.end()));
  writers.insert(writers.end(), std::make_move_iterator(other.writers.begin()),
                 std::make_move_iterator(other.writers.end()));
}

void WrittenFiles::Abort() {
  for (auto& writer : writers) {
    writer->Abort();
  }
  writers.clear();
  files.clear();
}

void RowDelta::Abort(io::FileIO& io) {
  std::set<std::string> paths;  // deletion vectors share a file
  for (const iceberg::DataFile& file : delete_files) {
    paths.insert(file.file_path);
  }
  for (const std::string& path : paths) {
    const Status best_effort = io.Delete(path);
    static_cast<void>(best_effort);
  }
  delete_files.clear();
  rewritten.Abort();
}

PendingWrites::~PendingWrites() { Abort(); }

Status PendingWrites::CreateTable(const NewTableWrite& table) {
  const std::lock_guard lock(mutex_);
  auto [found, inserted] = tables_.try_emplace(table.ident);
  if (!inserted) {
    if (!table.replaces) {
      return MakeError(ErrorCode::kAlreadyExists,
                       "Table already exists: " + table.ident.ToString());
    }
    return MakeError(
        ErrorCode::kNotSupported,
        "A table that this transaction has changed cannot be replaced before COMMIT: " +
            table.ident.ToString());
  }
  table::WriteRequest& request = found->second.request;
  request.ident = table.ident;
  if (table.replaces) {
    request.mode = table::WriteMode::kOverwrite;
    request.replace = table.metadata;
  } else {
    request.create = table.metadata;
  }
  return Status::OK();
}

void PendingWrites::Insert(const iceberg::TableIdent& ident,
                           const iceberg::TableMetadata& metadata, WrittenFiles written) {
  const std::lock_guard lock(mutex_);
  Pending& pending = tables_[ident];
  table::WriteRequest& request = pending.request;
  if (request.create == nullptr && request.replace == nullptr) {
    request.ident = ident;
    request.schema_id = metadata.current_schema_id;
  }
  pending.written.Append(std::move(written));
}

Status PendingWrites::ChooseBranch(const iceberg::TableIdent& ident,
                                   const std::string& branch) {
  const std::lock_guard lock(mutex_);
  const auto [chosen, is_new] = branches_.try_emplace(ident, branch);
  if (!is_new && chosen->second != branch) {
    return MakeError(ErrorCode::kNotSupported,
                     "A transaction writes one branch of a table; COMMIT what was "
                     "written to " +
                         chosen->second + " first: " + ident.ToString());
  }
  return Status::OK();
}

void PendingWrites::ChangeRows(const iceberg::TableIdent& ident,
                               const iceberg::TableMetadata& metadata, RowDelta delta) {
  const std::lock_guard lock(mutex_);
  const bool is_empty = delta.removed_files.empty() && delta.delete_files.empty() &&
                        delta.rewritten.files.empty();
  if (is_empty && !tables_.contains(ident)) {
    return;
  }
  Pending& pending = tables_[ident];
  pending.request.ident = ident;
  if (!delta.rewritten.files.empty()) {
    pending.request.schema_id = metadata.current_schema_id;
  }
  TARN_CHECK(!pending.delta.has_value());  // a changed table is not read again
  pending.delta = std::move(delta);
}

bool PendingWrites::empty() const {
  const std::lock_guard lock(mutex_);
  return tables_.empty();
}

bool PendingWrites::Changes(const iceberg::TableIdent& ident) const {
  const std::lock_guard lock(mutex_);
  return tables_.contains(ident);
}

std::shared_ptr<const iceberg::TableMetadata> PendingWrites::Created(
    const iceberg::TableIdent& ident) const {
  const std::lock_guard lock(mutex_);
  const auto found = tables_.find(ident);
  if (found == tables_.end()) {
    return nullptr;
  }
  const table::WriteRequest& request = found->second.request;
  return request.create != nullptr ? request.create : request.replace;
}

std::vector<iceberg::TableIdent> PendingWrites::CreatedIn(
    const iceberg::Namespace& ns) const {
  const std::lock_guard lock(mutex_);
  std::vector<iceberg::TableIdent> created;
  for (const auto& [ident, pending] : tables_) {
    if (ident.ns == ns && pending.request.create != nullptr) {
      created.push_back(ident);
    }
  }
  return created;
}

table::WriteRequest PendingWrites::RequestOf(const Pending& pending) {
  table::WriteRequest request = pending.request;
  request.files = pending.written.files;
  if (!pending.delta.has_value()) {
    return request;
  }
  const RowDelta& delta = *pending.delta;
  request.mode = table::WriteMode::kRowDelta;
  request.files.insert(request.files.end(), delta.rewritten.files.begin(),
                       delta.rewritten.files.end());
  request.removed_files = delta.removed_files;
  request.delete_files = delta.delete_files;
  request.checks = delta.checks;
  return request;
}

void PendingWrites::AbortAll() {
  for (auto& [ident, pending] : tables_) {
    pending.written.Abort();
    if (pending.delta.has_value()) {
      pending.delta->Abort(io_);
    }
  }
}

Status PendingWrites::Commit(const table::Context& context) {
  const std::lock_guard lock(mutex_);
  if (tables_.empty()) {
    return Status::OK();
  }
  std::vector<table::WriteRequest> requests;
  requests.reserve(tables_.size());
  for (auto& [ident, pending] : tables_) {
    table::WriteRequest request = RequestOf(pending);
    const auto branch = branches_.find(ident);
    if (branch != branches_.end()) {
      request.branch = branch->second;
    }
    const bool changes_nothing = request.mode == table::WriteMode::kRowDelta &&
                                 request.files.empty() && request.delete_files.empty() &&
                                 request.removed_files.empty();
    if (!changes_nothing) {
      requests.push_back(std::move(request));
    }
  }
  if (requests.empty()) {
    tables_.clear();
    return Status::OK();
  }
  const Status status = table::WriteAll(context, requests).status();
  // Files that a snapshot may refer to stay; cleaning up unreferenced files finds them if
  // none does.
  if (!status.ok() && !IsOutcomeUnknown(status)) {
    AbortAll();
  }
  tables_.clear();
  return status;
}

void PendingWrites::Abort() {
  const std::lock_guard lock(mutex_);
  AbortAll();
  tables_.clear();
}

}  // namespace tarn::engine
