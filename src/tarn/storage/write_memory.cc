#include "tarn/storage/write_memory.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/base/logging.h"

namespace tarn::storage {
namespace {

constexpr std::chrono::minutes kWarnAgain(10);

}  // namespace

WriteMemory::WriteMemory(int64_t bytes_max, std::chrono::milliseconds patience)
    : patience_(patience) {
  usage_.bytes_max = bytes_max;
}

WriteMemory::Usage WriteMemory::usage() const {
  const std::lock_guard lock(mutex_);
  Usage usage = usage_;
  usage.users = static_cast<int32_t>(accounts_.size());
  return usage;
}

int64_t WriteMemory::share() const {
  return usage_.bytes_max / std::max<int64_t>(1, static_cast<int64_t>(accounts_.size()));
}

int64_t WriteMemory::LeftFor(const Account& account) const {
  return std::max<int64_t>(0, usage_.bytes_max - (usage_.bytes - account.bytes_));
}

bool WriteMemory::HasRoom(const Account& account) const {
  return account.bytes_ <= share() ? LeftFor(account) >= share()
                                   : usage_.bytes <= usage_.bytes_max;
}

WriteMemory::Account* WriteMemory::LargestIdle(const Account& asking,
                                               const std::vector<Account*>& busy) const {
  Account* largest = nullptr;
  for (Account* other : accounts_) {
    const bool can_be_asked = other != &asking && other->bytes_ > share() &&
                              !other->is_waiting_ && !other->is_shrinking_ &&
                              !other->is_stuck_ &&
                              std::find(busy.begin(), busy.end(), other) == busy.end();
    if (can_be_asked && (largest == nullptr || other->bytes_ > largest->bytes_)) {
      largest = other;
    }
  }
  return largest;
}

void WriteMemory::ShrinkIdle(const Account& account, std::unique_lock<std::mutex>& lock) {
  std::vector<Account*> busy;
  while (!HasRoom(account)) {
    Account* other = LargestIdle(account, busy);
    if (other == nullptr) {
      return;
    }
    // ~Account() waits for the end of this, so the user lives as long.
    other->is_shrinking_ = true;
    const int64_t bytes = share();
    lock.unlock();
    const bool was_idle = other->user_->TryShrink(bytes);
    lock.lock();
    other->is_shrinking_ = false;
    if (was_idle) {
      other->is_stuck_ = other->bytes_ > share();
      changed_.notify_all();
    } else {
      // Waiters are not woken for this, or they would wake each other for ever.
      busy.push_back(other);
    }
    shrunk_.notify_all();
  }
}

bool WriteMemory::CanHopeFor(const Account& account) const {
  return std::any_of(accounts_.begin(), accounts_.end(), [&](const Account* other) {
    return other != &account && other->bytes_ > share() && !other->is_waiting_ &&
           !other->is_stuck_ && other->thread_ != std::this_thread::get_id();
  });
}

std::string WriteMemory::Describe(const Account& account) const {
  int64_t largest = 0;
  for (const Account* other : accounts_) {
    largest = other == &account ? largest : std::max(largest, other->bytes_);
  }
  return fmt::format(
      "Writing needs more memory than is left: {} writers hold {} of {} bytes, this one "
      "{} that it cannot give up, the largest other {}. Raise memory.max_usage, or write "
      "with fewer writers or fewer partitions at a time",
      accounts_.size(), usage_.bytes, usage_.bytes_max, account.bytes_, largest);
}

WriteMemory::Account::Account(std::shared_ptr<WriteMemory> memory, User* user)
    : memory_(std::move(memory)), user_(user) {
  const std::lock_guard lock(memory_->mutex_);
  memory_->accounts_.push_back(this);
}

WriteMemory::Account::~Account() {
  std::unique_lock lock(memory_->mutex_);
  memory_->shrunk_.wait(lock, [&] { return !is_shrinking_; });
  memory_->usage_.bytes -= bytes_;
  std::erase(memory_->accounts_, this);
  memory_->changed_.notify_all();
}

void WriteMemory::Account::Set(int64_t bytes) {
  Usage usage;
  bool warns = false;
  {
    const std::lock_guard lock(memory_->mutex_);
    Usage& total = memory_->usage_;
    total.bytes += bytes - std::exchange(bytes_, bytes);
    total.peak = std::max(total.peak, total.bytes);
    thread_ = std::this_thread::get_id();
    is_stuck_ = false;
    for (Account* account : memory_->accounts_) {
      account->is_short_ = account->is_short_ && !memory_->HasRoom(*account);
    }
    if (total.bytes > total.bytes_max / 10 * 9) {
      const auto now = std::chrono::steady_clock::now();
      warns = !memory_->warned_ || now - *memory_->warned_ >= kWarnAgain;
      memory_->warned_ = warns ? now : memory_->warned_;
    }
    memory_->changed_.notify_all();
    usage = total;
  }
  if (warns) {
    LogWarn("Writers have used nine tenths of their memory",
            {{"bytes", std::to_string(usage.bytes)},
             {"bytes_max", std::to_string(usage.bytes_max)}});
  }
}

int64_t WriteMemory::Account::bytes() const {
  const std::lock_guard lock(memory_->mutex_);
  return bytes_;
}

int64_t WriteMemory::Account::share() const {
  const std::lock_guard lock(memory_->mutex_);
  return memory_->share();
}

int64_t WriteMemory::Account::allowed() const {
  const std::lock_guard lock(memory_->mutex_);
  const bool others_lack_room = std::any_of(
      memory_->accounts_.begin(), memory_->accounts_.end(),
      [&](const Account* other) { return other != this && other->is_short_; });
  const int64_t left = memory_->LeftFor(*this);
  return others_lack_room ? std::min(left, memory_->share()) : left;
}

void WriteMemory::Account::CountEarlyFlush() {
  const std::lock_guard lock(memory_->mutex_);
  ++memory_->usage_.early_flushes;
}

void WriteMemory::Account::ShrinkIdle() {
  std::unique_lock lock(memory_->mutex_);
  is_short_ = bytes_ <= memory_->share() && !memory_->HasRoom(*this);
  memory_->ShrinkIdle(*this, lock);
}

Status WriteMemory::Account::WaitForRoom() {
  WriteMemory& memory = *memory_;
  const auto deadline = std::chrono::steady_clock::now() + memory.patience_;
  std::unique_lock lock(memory.mutex_);
  is_waiting_ = true;
  bool has_waited = false;
  bool in_time = true;
  while (true) {
    is_short_ = bytes_ <= memory.share() && !memory.HasRoom(*this);
    memory.ShrinkIdle(*this, lock);
    // Within its share, only users that will come down to theirs are worth waiting for;
    // over it, any that goes or holds less, so long as there is one.
    const bool has_hope =
        bytes_ <= memory.share() ? memory.CanHopeFor(*this) : memory.accounts_.size() > 1;
    if (memory.usage_.bytes <= memory.usage_.bytes_max || !has_hope || !in_time) {
      break;
    }
    memory.usage_.waits += std::exchange(has_waited, true) ? 0 : 1;
    in_time = memory.changed_.wait_until(lock, deadline) == std::cv_status::no_timeout;
  }
  is_waiting_ = false;
  if (memory.usage_.bytes <= memory.usage_.bytes_max) {
    return Status::OK();
  }
  if (bytes_ > memory.share()) {
    return MakeError(ErrorCode::kResourceLimit, memory.Describe(*this));
  }
  // The share is this user's whatever others do; nobody shall wait for them once more.
  for (Account* other : memory.accounts_) {
    other->is_stuck_ =
        other->is_stuck_ || (other != this && other->bytes_ > memory.share());
  }
  return Status::OK();
}

}  // namespace tarn::storage
