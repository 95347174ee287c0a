// The flags that the TPC-H benchmarks share.
#pragma once

#include <cstdio>
#include <string>

#include "tarn/base/result.h"

namespace tarn::bench {

struct TpchOptions {
  std::string home;
  std::string ns = "tpch";
  std::string extensions;  // directory with DuckDB's
  int runs = 5;
  int first_query = 1;
  int last_query = 22;
  int threads = 0;  // 0: one for each processor
};

/// Reads "--home DIR --queries 3-7 …". Unknown flags are passed over.
inline TpchOptions ReadTpchOptions(int argc, char** argv) {
  TpchOptions options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i];
    const std::string value = argv[i + 1];
    if (flag == "--home") {
      options.home = value;
    } else if (flag == "--namespace") {
      options.ns = value;
    } else if (flag == "--extensions") {
      options.extensions = value;
    } else if (flag == "--runs") {
      options.runs = std::stoi(value);
    } else if (flag == "--threads") {
      options.threads = std::stoi(value);
    } else if (flag == "--queries") {
      options.first_query = std::stoi(value);
      const size_t dash = value.find('-');
      options.last_query = dash == std::string::npos ? options.first_query
                                                     : std::stoi(value.substr(dash + 1));
    }
  }
  return options;
}

/// The program's exit code; says on stderr what went wrong.
inline int ExitCodeOf(const char* program, const Status& status) {
  if (status.ok()) {
    return 0;
  }
  std::fprintf(stderr, "%s: %s\n", program, status.message().c_str());
  return 1;
}

}  // namespace tarn::bench
