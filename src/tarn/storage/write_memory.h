// The memory of all table writers of the process: one budget, given to whoever has rows.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tarn/base/result.h"

namespace tarn::storage {

/// Thread-safe. A writer that needs more than is left first asks writers that are idle to
/// hold less (if it has less than its fair share itself), then makes its own largest
/// partitions give up memory (row groups end early), then waits until busy writers have:
/// back-pressure on its producer. Nobody waits for a writer that waits itself, nor for
/// one at work on the same thread, nor longer than `patience`: there is no deadlock.
/// docs/internals/write-memory.md.
class WriteMemory {
 public:
  /// Someone who holds memory, and can hold less.
  class User {
   public:
    virtual ~User() = default;
    /// Brings its use down to about `bytes`, and says so to its account, if it is not at
    /// work on another thread; may not wait for memory itself. False if it is at work.
    virtual bool TryShrink(int64_t bytes) = 0;
  };

  /// One user's part of the budget; gives it back when it goes. Thread-safe. The user is
  /// not asked to shrink before its first Set(), nor after ~Account() has returned.
  class Account {
   public:
    Account(std::shared_ptr<WriteMemory> memory, User* user);
    ~Account();
    Account(const Account&) = delete;
    Account& operator=(const Account&) = delete;

    /// Says how much the user holds now.
    void Set(int64_t bytes);
    int64_t bytes() const;
    /// An equal part of the budget for each user.
    int64_t share() const;
    /// What the user may hold at most now: what others leave free, and no more than its
    /// share while another one that is below its own lacks room.
    int64_t allowed() const;
    /// To be called by a user that needs more than allowed() while that is below its
    /// share: asks users that hold more than theirs and are not at work to come down to
    /// it.
    void ShrinkIdle();
    /// To be called by a user that is over allowed() after it has given up what it could:
    /// shrinks idle users, then waits for busy ones. A user that is within its share may
    /// go on after `patience`. Errors: kResourceLimit for one that is not, with what
    /// holds the memory and what to do.
    Status WaitForRoom();
    /// For usage(): a row group was ended before it was full.
    void CountEarlyFlush();

   private:
    friend class WriteMemory;
    std::shared_ptr<WriteMemory> memory_;
    User* user_;
    // Guarded by memory_->mutex_.
    int64_t bytes_ = 0;
    std::thread::id thread_;     // of the last Set()
    bool is_short_ = false;      // is below its share and lacks room
    bool is_waiting_ = false;    // can give up no more
    bool is_shrinking_ = false;  // on another user's thread
    bool is_stuck_ = false;      // will not hold less before its next Set()
  };

  /// A warning is logged when use passes nine tenths, at most once in ten minutes.
  explicit WriteMemory(int64_t bytes_max,
                       std::chrono::milliseconds patience = std::chrono::seconds(30));
  /// The least that settings accept.
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

 private:
  // All with mutex_ held.
  int64_t share() const;
  int64_t LeftFor(const Account& account) const;
  bool HasRoom(const Account& account) const;
  /// Asks idle users above their share, the largest first, until `account` has room.
  /// Gives the lock back while one of them works.
  void ShrinkIdle(const Account& account, std::unique_lock<std::mutex>& lock);
  Account* LargestIdle(const Account& asking, const std::vector<Account*>& busy) const;
  /// True if a busy user will come down to its share.
  bool CanHopeFor(const Account& account) const;
  std::string Describe(const Account& account) const;

  const std::chrono::milliseconds patience_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;  // somebody holds less, or more
  std::condition_variable shrunk_;   // is_shrinking_ of an account
  std::vector<Account*> accounts_;
  Usage usage_;
  std::optional<std::chrono::steady_clock::time_point> warned_;
};

}  // namespace tarn::storage
