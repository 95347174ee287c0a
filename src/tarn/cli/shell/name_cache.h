// Names of catalogs, schemas, tables, columns and functions, asked for on a thread of
// their own, so that a key never waits long for a slow catalog.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tarn/cli/sql_client/name_source.h"

namespace tarn::cli {

/// Thread-safe.
class NameCache {
 public:
  using Names = std::vector<std::string>;

  /// `source` outlives the cache. `wait_max`: how long the calls after BeginRequest()
  /// wait, all together, for names that are not there yet.
  explicit NameCache(NameSource& source,
                     std::chrono::milliseconds wait_max = std::chrono::milliseconds(150));
  ~NameCache();

  void BeginRequest();
  /// What is known, perhaps of a while ago; empty if nothing is yet or it cannot be told.
  Names Catalogs();
  Names Schemas(const std::string& catalog);
  Names Objects(const std::string& catalog, const std::string& schema);
  Names Columns(const std::string& catalog, const std::string& schema,
                const std::string& object);
  Names Functions();
  Names Settings();

  /// Asks for what is wanted first, and waits for nothing.
  void Warm(const std::string& catalog);
  /// Names may have changed: asked for again when they are next wanted.
  void Forget();

 private:
  using Fetch = std::function<Result<Names>(NameSource&)>;
  struct Entry {
    Names names;
    bool is_known = false;
    bool is_asked = false;
    std::chrono::steady_clock::time_point asked_at;
  };

  Names Get(const std::string& key, Fetch fetch);
  void Ask(const std::string& key, Fetch fetch);
  void Work();

  NameSource& source_;
  const std::chrono::milliseconds wait_max_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::map<std::string, Entry> entries_;
  std::deque<std::pair<std::string, Fetch>> wanted_;
  std::chrono::steady_clock::time_point deadline_;
  bool stop_ = false;
  std::thread worker_;  // started when something is first wanted
};

}  // namespace tarn::cli
