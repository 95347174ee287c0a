#include "tarn/cli/shell/name_cache.h"

#include <csignal>
#include <utility>

#include <pthread.h>

namespace tarn::cli {
namespace {

constexpr std::chrono::seconds kFreshFor{30};

/// Signals are for the thread that reads the terminal.
void BlockSignals() {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

NameCache::NameCache(NameSource& source, std::chrono::milliseconds wait_max)
    : source_(source), wait_max_(wait_max) {}

NameCache::~NameCache() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  source_.Interrupt();
  changed_.notify_all();
  if (worker_.joinable()) {
    worker_.join();
  }
}

void NameCache::BeginRequest() {
  const std::lock_guard lock(mutex_);
  deadline_ = std::chrono::steady_clock::now() + wait_max_;
}

NameCache::Names NameCache::Catalogs() {
  return Get("catalogs", [](NameSource& source) { return source.Catalogs(); });
}

NameCache::Names NameCache::Schemas(const std::string& catalog) {
  return Get("schemas\n" + catalog,
             [catalog](NameSource& source) { return source.Schemas(catalog); });
}

NameCache::Names NameCache::Objects(const std::string& catalog,
                                    const std::string& schema) {
  return Get("objects\n" + catalog + "\n" + schema,
             [catalog, schema](NameSource& source) -> Result<Names> {
               ARROW_ASSIGN_OR_RAISE(const auto objects, source.Objects(catalog, schema));
               Names names;
               for (const ObjectName& object : objects) {
                 names.push_back(object.name);
               }
               return names;
             });
}

NameCache::Names NameCache::Columns(const std::string& catalog, const std::string& schema,
                                    const std::string& object) {
  return Get("columns\n" + catalog + "\n" + schema + "\n" + object,
             [=](NameSource& source) -> Result<Names> {
               ARROW_ASSIGN_OR_RAISE(const ObjectDetail detail,
                                     source.Describe(catalog, {schema, object, ""}));
               Names names;
               for (const ColumnName& column : detail.columns) {
                 names.push_back(column.name);
               }
               return names;
             });
}

NameCache::Names NameCache::Functions() {
  return Get("functions", [](NameSource& source) { return source.Functions(); });
}

NameCache::Names NameCache::Settings() {
  return Get("settings", [](NameSource& source) { return source.Settings(); });
}

void NameCache::Forget() {
  const std::lock_guard lock(mutex_);
  for (auto& [key, entry] : entries_) {
    entry.asked_at = {};
  }
}

/// With the lock held.
void NameCache::Ask(const std::string& key, Fetch fetch) {
  Entry& entry = entries_[key];
  const auto now = std::chrono::steady_clock::now();
  if (entry.is_asked || (entry.is_known && now - entry.asked_at <= kFreshFor)) {
    return;
  }
  entry.is_asked = true;
  entry.asked_at = now;
  wanted_.emplace_back(key, std::move(fetch));
  if (!worker_.joinable()) {
    worker_ = std::thread([this] { Work(); });
  }
  changed_.notify_all();
}

NameCache::Names NameCache::Get(const std::string& key, Fetch fetch) {
  std::unique_lock lock(mutex_);
  Ask(key, std::move(fetch));
  Entry& entry = entries_[key];
  // Old names serve while new ones come, if those are not there at once.
  changed_.wait_until(lock, deadline_, [&] { return !entry.is_asked; });
  return entry.names;
}

void NameCache::Warm(const std::string& catalog) {
  const std::lock_guard lock(mutex_);
  Ask("catalogs", [](NameSource& source) { return source.Catalogs(); });
  Ask("schemas\n" + catalog,
      [catalog](NameSource& source) { return source.Schemas(catalog); });
  Ask("functions", [](NameSource& source) { return source.Functions(); });
}

void NameCache::Work() {
  BlockSignals();
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stop_ || !wanted_.empty(); });
    if (stop_) {
      return;
    }
    auto [key, fetch] = std::move(wanted_.front());
    wanted_.pop_front();
    lock.unlock();
    Result<Names> names = fetch(source_);
    lock.lock();
    Entry& entry = entries_[key];
    entry.is_asked = false;
    entry.is_known = names.ok();
    if (names.ok()) {
      entry.names = *std::move(names);
    }
    changed_.notify_all();
  }
}

}  // namespace tarn::cli
