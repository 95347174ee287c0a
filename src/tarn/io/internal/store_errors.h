// Errors of Arrow's object stores as ours: the SDKs say what went wrong in text only.
#pragma once

#include <exception>
#include <new>
#include <string_view>
#include <utility>

#include "tarn/base/result.h"

namespace tarn::io {

/// `status` of an object store with the ErrorCode that its text says, `what` put before,
/// in one line, signatures of URLs blotted out. OK stays OK.
Status FromStoreError(std::string_view what, const Status& status);

/// Calls `fn`, which returns a Status or Result. Exceptions of the SDKs (Azure's throws
/// when it gets no credentials) end here as a Status for FromStoreError.
template <typename Fn>
auto CatchStore(Fn&& fn) -> decltype(fn()) {
  try {
    return std::forward<Fn>(fn)();
  } catch (const std::bad_alloc&) {
    return Status::OutOfMemory("The object store's client could not allocate");
  } catch (const std::exception& exception) {
    return Status::IOError(exception.what());
  }
}

}  // namespace tarn::io
