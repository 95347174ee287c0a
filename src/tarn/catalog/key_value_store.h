// Small texts of the server that all its processes share.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "tarn/base/result.h"

namespace tarn::catalog {

/// Thread-safe; several processes may share one. Keys are compared byte by byte. Errors
/// of all: those of the store (kUnavailable, kIoFailed, …).
class KeyValueStore {
 public:
  virtual ~KeyValueStore() = default;

  virtual Result<std::optional<std::string>> Get(const std::string& key) = 0;
  virtual Status Set(const std::string& key, const std::string& value) = 0;
  /// Sets the key only if it is not there; gives the value that is there then: of several
  /// processes that start at once, all get the first one's.
  virtual Result<std::string> SetIfAbsent(const std::string& key,
                                          const std::string& value) = 0;
  /// OK if it is not there.
  virtual Status Remove(const std::string& key) = 0;
  /// Keys that begin with `prefix`, and their values.
  virtual Result<std::map<std::string, std::string>> List(const std::string& prefix) = 0;
};

}  // namespace tarn::catalog
