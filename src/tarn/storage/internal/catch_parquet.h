// The one wall at which Parquet's exceptions become a Status.
#pragma once

#include <exception>
#include <new>
#include <utility>

#include <parquet/exception.h>

#include "tarn/base/error.h"
#include "tarn/base/result.h"

namespace tarn::storage {

/// Runs `fn`, which returns a Status or a Result. Parquet's exception around a Status of
/// ours (a full disk under its output stream) gives that Status back.
template <typename Fn>
auto CatchParquet(Fn&& fn) -> decltype(fn()) {
  try {
    return std::forward<Fn>(fn)();
  } catch (const parquet::ParquetStatusException& e) {
    return e.status();
  } catch (const std::bad_alloc&) {
    return MakeError(ErrorCode::kOutOfMemory, "Out of memory in the Parquet library");
  } catch (const std::exception& e) {
    return MakeError(ErrorCode::kInvalidData, std::string("Parquet: ") + e.what());
  }
}

}  // namespace tarn::storage
