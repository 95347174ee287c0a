#include "tarn/storage/internal/journal_entry.h"

namespace tarn::storage {
namespace {

constexpr int64_t kRowsBetweenNotes = 65'536;

}  // namespace

Status JournalEntry::Open(const std::string& table) {
  return journal_ == nullptr ? Status::OK() : journal_->Opened(table, location_);
}

void JournalEntry::Progress(int64_t bytes, int64_t rows) {
  if (journal_ == nullptr ||
      (rows_noted_ > 0 && rows < rows_noted_ + kRowsBetweenNotes)) {
    return;
  }
  rows_noted_ = rows;
  journal_->Progress(location_, bytes, rows);
}

void JournalEntry::Closing() { Set(FileState::kClosing); }

void JournalEntry::Closed(int64_t bytes, int64_t rows) {
  if (journal_ != nullptr) {
    journal_->Progress(location_, bytes, rows);
  }
  Set(FileState::kClosed);
}

void JournalEntry::Removed() { Set(FileState::kAborted); }

void JournalEntry::Set(FileState state) {
  NoteFileState(journal_.get(), location_, state);
}

}  // namespace tarn::storage
