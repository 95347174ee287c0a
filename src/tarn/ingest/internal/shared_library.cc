#include "tarn/ingest/internal/shared_library.h"

#include <dlfcn.h>

#include "tarn/base/error.h"

namespace tarn::ingest::internal {

Result<SharedLibrary> SharedLibrary::Open(std::initializer_list<const char*> names,
                                          const std::string& advice) {
  for (const char* const name : names) {
    if (void* const handle = ::dlopen(name, RTLD_NOW | RTLD_LOCAL)) {
      return SharedLibrary(handle);
    }
  }
  return MakeError(
      ErrorCode::kNotSupported,
      "The system has no library " + std::string(*names.begin()) + "; " + advice);
}

Status SharedLibrary::Find(const char* name, void** address) const {
  *address = ::dlsym(handle_, name);
  return *address != nullptr ? Status::OK()
                             : MakeError(ErrorCode::kNotSupported,
                                         "The system's library is too old: it has no " +
                                             std::string(name));
}

}  // namespace tarn::ingest::internal
