// One file's way through the write journal.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tarn/base/result.h"
#include "tarn/storage/write_journal.h"

namespace tarn::storage {

/// Does nothing without a journal. Thread-compatible.
class JournalEntry {
 public:
  JournalEntry(std::shared_ptr<WriteJournal> journal, std::string location)
      : journal_(std::move(journal)), location_(std::move(location)) {}

  /// Before anything of the file exists. Errors: those of WriteJournal::Opened.
  Status Open(const std::string& table);
  /// Passed on once in a while: this is called for every batch.
  void Progress(int64_t bytes, int64_t rows);
  void Closing();
  void Closed(int64_t bytes, int64_t rows);
  /// Nothing of the file is left.
  void Removed();

 private:
  void Set(FileState state);

  std::shared_ptr<WriteJournal> journal_;
  std::string location_;
  int64_t rows_noted_ = 0;
};

}  // namespace tarn::storage
