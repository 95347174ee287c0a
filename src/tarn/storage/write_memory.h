// The memory of all table writers of the process: one budget, given to whoever has rows.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "tarn/base/result.h"

namespace tarn::storage {

/// Thread-safe. A writer that needs more than is left first makes its own largest
/// partitions give up memory (row groups end early), then asks writers that are idle to
/// do the same, then waits until busy ones have: back-pressure on its producer. Each
/// writer may always hold its fair share, so none waits for ever.
class WriteMemory : public std::enable_shared_from_this<WriteMemory> {
 public:
  /// Someone who holds memory, and can hold less.
  class User {
   public:
    virtual ~User() = default;
    /// Brings its use down to about `bytes`, if it is not at work on another thread.
    /// False if it is.
    virtual bool TryShrink(int64_t bytes) = 0;
  };

  /// One user's part of the budget; gives it back when it goes. Thread-compatible.
  class Account {
   public:
    Account(std::shared_ptr<WriteMemory> memory, User* user);
    ~Account();
    Account(const Account&) = delete;
    Account& operator=(const Account&) = delete;

    /// Says how much the user holds now.
    void Set(int64_t bytes);
    int64_t bytes() const;
    /// What the user may hold at most now: its share, and what others leave free.
    int64_t allowed() const;
    /// To be called by a user that is over allowed() after it has given up what it could:
    /// shrinks idle users, then waits for busy ones. Errors: kResourceLimit after
    /// `patience`, with what holds the memory and what to do.
    Status WaitForRoom();

   private:
    friend class WriteMemory;
    std::shared_ptr<WriteMemory> memory_;
    User* user_;
    int64_t bytes_ = 0;
  };

  /// `bytes_max` at least kBytesMin. A warning is logged once use passes nine tenths, and
  /// again only after it was below seven.
  explicit WriteMemory(int64_t bytes_max);
  static constexpr int64_t kBytesMin = int64_t{16} << 20;

  struct Usage {
    int64_t bytes = 0;
    int64_t peak = 0;
    int64_t bytes_max = 0;
    int32_t users = 0;
    int64_t waits = 0;          // producers that were held back
    int64_t early_flushes = 0;  // row groups ended before they were full
  };
  Usage usage() const;
  void CountEarlyFlush();

 private:
  mutable std::mutex mutex_;
  std::vector<Account*> accounts_;
  Usage usage_;
};

}  // namespace tarn::storage
