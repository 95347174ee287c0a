// A library of the system that only some loads need: opened when the first of them
// begins.
#pragma once

#include <initializer_list>
#include <string>

#include "tarn/base/result.h"

namespace tarn::ingest::internal {

/// Stays loaded until the program ends: its threads and exit handlers do too.
class SharedLibrary {
 public:
  /// The first of `names` that there is. Errors: kNotSupported with `advice`, which says
  /// how to get it.
  static Result<SharedLibrary> Open(std::initializer_list<const char*> names,
                                    const std::string& advice);

  /// Errors: kNotSupported for a function that it does not have.
  template <typename Function>
  Status Get(const char* name, Function** function) const {
    void* address = nullptr;
    const Status found = Find(name, &address);
    *function = reinterpret_cast<Function*>(address);
    return found;
  }

 private:
  explicit SharedLibrary(void* handle) : handle_(handle) {}
  Status Find(const char* name, void** address) const;

  void* handle_;
};

}  // namespace tarn::ingest::internal
