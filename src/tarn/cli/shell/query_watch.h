// Watches a running statement: shows a progress bar when it takes long, and stops it on
// Ctrl-C.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "tarn/cli/sql_client/sql_client.h"

namespace tarn::cli {

enum class ShowProgress : bool { kNo, kYes };

/// Lives as long as the statement runs. The bar goes to stderr after half a second.
class QueryWatch {
 public:
  QueryWatch(SqlClient& client, ShowProgress show);
  ~QueryWatch();
  QueryWatch(const QueryWatch&) = delete;
  QueryWatch& operator=(const QueryWatch&) = delete;

  /// Clears the bar and shows it no more: before the first row is printed.
  void HideProgress();

 private:
  void Run();
  void Draw(double elapsed_seconds);
  void Clear();

  SqlClient& client_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable stop_signal_;
  bool stop_ = false;
  bool show_;
  bool drawn_ = false;
  std::thread thread_;
};

/// "[=======>            ]  35%  1.2 s", or without a bar if `part` (0..1) is negative.
std::string ProgressLine(double part, double elapsed_seconds, const std::string& detail);

}  // namespace tarn::cli
