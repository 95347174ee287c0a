#include "tarn/engine/internal/pending_writes.h"

#include <iterator>
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
  auto [found, inserted] = tables_.try_emplace(ident);
  if (inserted) {
    found->second.request.ident = ident;
    found->second.request.schema_id = metadata.current_schema_id;
  }
  found->second.written.Append(std::move(written));
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

Status PendingWrites::Commit(const table::Context& context) {
  const std::lock_guard lock(mutex_);
  if (tables_.empty()) {
    return Status::OK();
  }
  std::vector<table::WriteRequest> requests;
  requests.reserve(tables_.size());
  for (auto& [ident, pending] : tables_) {
    requests.push_back(pending.request);
    requests.back().files = pending.written.files;
  }
  const Status status = table::WriteAll(context, requests).status();
  // Files that a snapshot may refer to stay; cleaning up unreferenced files finds them if
  // none does.
  const bool keep = status.ok() || IsOutcomeUnknown(status);
  for (auto& [ident, pending] : tables_) {
    if (!keep) {
      pending.written.Abort();
    }
  }
  tables_.clear();
  return status;
}

void PendingWrites::Abort() {
  const std::lock_guard lock(mutex_);
  for (auto& [ident, pending] : tables_) {
    pending.written.Abort();
  }
  tables_.clear();
}

}  // namespace tarn::engine
