// Documents that all processes on a store share: jobs, schedules, stored connections.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"

namespace tarn::catalog {

/// What the documents say is their owners' affair; the store looks at none of it.
struct Document {
  std::string collection;  // "job"
  std::string id;          // unique in its collection; lists are sorted by it
  std::string owner = {};  // for whom it is
  std::string state = {};  // what lists choose by
  std::string text = {};
  /// Counts the changes; the store's to keep. 1 when it is created.
  int64_t version = 0;
  std::chrono::milliseconds updated_at{0};  // since the Unix epoch, UTC; the store's too
};

struct DocumentQuery {
  std::string state = {};   // empty: any
  std::string owner = {};   // empty: anybody's
  std::string before = {};  // only ids before this one; empty: all
  size_t limit = 100;
};

/// Thread-safe; several processes may share one. Texts are compared byte by byte. Errors
/// of all: those of the store (kUnavailable, kIoFailed, …).
class DocumentStore {
 public:
  virtual ~DocumentStore() = default;

  /// The document as it is kept. Errors: kAlreadyExists.
  virtual Result<Document> Create(Document document) = 0;
  virtual Result<std::optional<Document>> Find(const std::string& collection,
                                               const std::string& id) = 0;
  /// The greatest id first.
  virtual Result<std::vector<Document>> List(const std::string& collection,
                                             const DocumentQuery& query) = 0;
  /// Replaces owner, state and text of the document of this id and version; gives it as
  /// it is kept. Errors: kCommitConflict if it has another version by now, or is gone.
  virtual Result<Document> Replace(Document document) = 0;
  /// OK if it is not there.
  virtual Status Remove(const std::string& collection, const std::string& id) = 0;
  /// Removes those of `state` that did not change since `before`; gives how many.
  virtual Result<int64_t> Prune(const std::string& collection, const std::string& state,
                                std::chrono::milliseconds before) = 0;
};

}  // namespace tarn::catalog
