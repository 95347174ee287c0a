// What was typed before, kept in a file.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::cli {

/// Whole statements and commands, oldest first. What seems to hold a secret is known to
/// this program only and never written. Several programs may share the file: each adds
/// its own lines. Thread-compatible.
class History {
 public:
  /// Reads `file`, also one that libedit wrote. History works without a file that it can
  /// read or write.
  explicit History(std::string file);

  void Add(const std::string& entry);
  const std::vector<std::string>& entries() const { return entries_; }
  /// The newest entry before `before` that contains `text`; in any case of letters.
  std::optional<size_t> FindBefore(size_t before, std::string_view text) const;
  /// What follows `text` in the newest entry that begins with it; empty if none does.
  std::string Continuation(std::string_view text) const;

 private:
  void Load();
  void Append(const std::string& entry);
  void Rewrite();

  std::string file_;
  std::vector<std::string> entries_;
};

/// True for statements that name a secret with a value (PASSWORD '…', token => '…',
/// CREATE SECRET …) or hold one in a URL.
bool HoldsSecret(std::string_view statement);

}  // namespace tarn::cli
