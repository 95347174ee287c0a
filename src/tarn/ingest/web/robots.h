// What a site asks of programs that read it: robots.txt (RFC 9309).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::ingest::web {

/// Immutable, thread-safe.
class Robots {
 public:
  /// The rules of `text` for `agent` ("tarn"), else those for all. What is no rule is
  /// skipped; of a long text the first 500 KiB count.
  static Robots Parse(std::string_view text, std::string_view agent);
  static Robots AllowAll() { return Robots(); }

  /// `target` is a URL's path with its query, escaped. The longest rule that matches
  /// counts, of equals the one that allows.
  bool Allows(std::string_view target) const;
  /// What is asked for between two requests.
  std::optional<std::chrono::milliseconds> delay() const { return delay_; }

 private:
  struct Rule {
    std::string pattern;
    bool allows;
  };

  std::vector<Rule> rules_;
  std::optional<std::chrono::milliseconds> delay_;
};

}  // namespace tarn::ingest::web
