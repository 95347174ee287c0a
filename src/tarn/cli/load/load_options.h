// What `tarn load` was asked for.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tarn/base/result.h"

namespace tarn::cli {

struct LoadOptions {
  std::string source;
  std::string into;
  std::string format = "auto";
  std::string mode = "create";
  std::vector<std::string> keys;
  std::vector<std::string> partition_by;
  std::string reject_to;
  std::vector<std::string> reader_options;
  std::vector<std::string> file_options;  // the same, of flags of their own
  std::vector<std::string> properties;
  bool sample = false;
  bool lineage = false;
  bool on_server = false;
};

/// "a=b" as a pair. Errors: kUsage.
Result<std::pair<std::string, std::string>> SplitPair(const std::string& text,
                                                      const char* option);

/// Splits "region, bucket(id, 16)" at the commas outside of parentheses and quotes.
std::vector<std::string> SplitTerms(const std::vector<std::string>& lists);

}  // namespace tarn::cli
