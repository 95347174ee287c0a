#include "tarn/cli/serve/process_metrics.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <system_error>

#include <arrow/memory_pool.h>
#include <unistd.h>

#include "tarn/cli/version_command.h"

namespace tarn::cli {
namespace {

constexpr double kMillis = 1e3;
constexpr double kMicros = 1e6;

/// Number `index` of /proc/self/statm, in bytes; 0 where there is none.
double MemoryPages(size_t index) {
  std::ifstream file("/proc/self/statm");
  double pages = 0;
  for (size_t i = 0; i <= index; ++i) {
    file >> pages;
  }
  return file ? pages * static_cast<double>(::sysconf(_SC_PAGESIZE)) : 0;
}

double CpuSeconds() {
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / kMicros;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double OpenDescriptors() {
  std::error_code error;
  double count = 0;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end;
       !error && entry != end; entry.increment(error)) {
    ++count;
  }
  return count;
}

double DescriptorsMax() {
  rlimit limit = {};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

/// Collects callbacks of one kind after the other.
class Callbacks {
 public:
  void Gauge(const char* name, const char* help, std::function<double()> read) {
    Add(MetricKind::kGauge, name, help, std::move(read));
  }
  void Counter(const char* name, const char* help, std::function<double()> read) {
    Add(MetricKind::kCounter, name, help, std::move(read));
  }
  void Add(MetricKind kind, const char* name, const char* help,
           std::function<double()> read, std::vector<MetricLabel> labels = {}) {
    all_.push_back(ProcessMetrics().AddCallback(kind, name, help, std::move(labels),
                                                std::move(read)));
  }
  std::vector<MetricCallback> Take() { return std::move(all_); }

 private:
  std::vector<MetricCallback> all_;
};

/// A number of a structure that is asked for as a whole.
template <typename Owner>
struct FieldMetric {
  const char* name;  // a counter's ends with _total
  const char* help;
  int64_t Owner::* field;
};

template <typename Owner, typename Read>
void AddFields(std::initializer_list<FieldMetric<Owner>> metrics, const Read& read,
               Callbacks* add) {
  for (const FieldMetric<Owner>& metric : metrics) {
    const bool is_counter = std::string_view(metric.name).ends_with("_total");
    add->Add(is_counter ? MetricKind::kCounter : MetricKind::kGauge, metric.name,
             metric.help,
             [read, field = metric.field] { return static_cast<double>(read().*field); });
  }
}

}  // namespace

std::vector<MetricCallback> AddProcessMetrics(std::chrono::milliseconds started_at) {
  Callbacks add;
  add.Gauge("process_resident_memory_bytes", "Memory that is in RAM.",
            [] { return MemoryPages(1); });
  add.Gauge("process_virtual_memory_bytes", "Addresses that are mapped.",
            [] { return MemoryPages(0); });
  add.Counter("process_cpu_seconds_total", "Processor time, user and system.",
              CpuSeconds);
  add.Gauge("process_open_fds", "File descriptors that are open.", OpenDescriptors);
  add.Gauge("process_max_fds", "File descriptors that may be open.", DescriptorsMax);
  const double started = static_cast<double>(started_at.count()) / kMillis;
  add.Gauge("process_start_time_seconds", "When it was started, since 1970.",
            [started] { return started; });
  add.Gauge("tarn_uptime_seconds", "How long it has been running.", [started] {
    return static_cast<double>(SystemClock().Now().count()) / kMillis - started;
  });
  add.Add(MetricKind::kGauge, "tarn_build_info", "What is running; always 1.",
          [] { return 1; }, {{"version", VersionNumber()}, {"arrow", ArrowVersion()}});
  return add.Take();
}

std::vector<MetricCallback> AddWriteMetrics(Workspace& workspace) {
  Callbacks add;
  add.Gauge("tarn_arrow_memory_bytes", "Memory that Arrow has handed out.", [] {
    return static_cast<double>(arrow::default_memory_pool()->bytes_allocated());
  });
  const storage::TableWriterOptions& writing = workspace.writing();
  if (writing.memory != nullptr) {
    using Usage = storage::WriteMemory::Usage;
    const auto usage = [memory = writing.memory.get()] { return memory->usage(); };
    AddFields<Usage>(
        {{"tarn_write_memory_bytes", "Memory of table writers.", &Usage::bytes},
         {"tarn_write_memory_peak_bytes", "The most that it was.", &Usage::peak},
         {"tarn_write_memory_max_bytes", "The most that it may be.", &Usage::bytes_max},
         {"tarn_write_memory_waits_total", "Producers that were held back.",
          &Usage::waits},
         {"tarn_write_early_flushes_total",
          "Row groups that were ended before they were full.", &Usage::early_flushes}},
        usage, &add);
    add.Gauge("tarn_write_memory_users", "Table writers that share it.",
              [usage] { return usage().users; });
  }
  if (writing.journal != nullptr) {
    using Totals = storage::WriteTotals;
    AddFields<Totals>(
        {{"tarn_write_files_opened_total", "Data files that were begun.",
          &Totals::files_opened},
         {"tarn_write_files_committed_total", "Data files that were committed.",
          &Totals::files_committed},
         {"tarn_write_files_aborted_total", "Data files that were given up.",
          &Totals::files_aborted},
         {"tarn_write_bytes_committed_total", "Bytes of committed data files.",
          &Totals::bytes_committed},
         {"tarn_write_rows_committed_total", "Rows of committed data files.",
          &Totals::rows_committed},
         {"tarn_write_files_in_hand", "Data files being written or not committed.",
          &Totals::files_in_hand},
         {"tarn_write_bytes_in_hand", "Bytes of these.", &Totals::bytes_in_hand}},
        [journal = writing.journal.get()] { return journal->totals(); }, &add);
  }
  return add.Take();
}

std::vector<MetricCallback> AddServerMetrics(const net::HttpServer& server) {
  Callbacks add;
  using Counts = net::HttpServer::Counts;
  AddFields<Counts>(
      {{"tarn_http_connections", "Connections that are open.", &Counts::connections},
       {"tarn_http_requests_in_progress", "Requests being answered.",
        &Counts::in_progress},
       {"tarn_http_refused_total",
        "Requests and connections refused by a limit: too slow, too large, too many.",
        &Counts::refused}},
      [&server] { return server.counts(); }, &add);
  return add.Take();
}

}  // namespace tarn::cli
