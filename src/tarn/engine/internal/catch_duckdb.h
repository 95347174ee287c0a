// The wall between DuckDB's exceptions and our Status: the only place that knows both.
#pragma once

#include <exception>
#include <new>
#include <string_view>
#include <utility>

#include <duckdb/common/error_data.hpp>

#include "tarn/base/error.h"
#include "tarn/base/result.h"

namespace tarn::engine {

/// Throws `status` as a DuckDB exception of the nearest type that carries its ErrorCode,
/// so that StatusOf gives the same code and message back. For callbacks that DuckDB
/// calls.
[[noreturn]] void ThrowStatus(const Status& status);

inline void ThrowIfError(const Status& status) {
  if (!status.ok()) {
    ThrowStatus(status);
  }
}

template <typename T>
T ValueOrThrow(Result<T> result) {
  if (!result.ok()) {
    ThrowStatus(result.status());
  }
  return std::move(result).ValueUnsafe();
}

/// One line with the ErrorCode of DuckDB's error; "line L:C: " in front if DuckDB knows
/// the place in `sql`.
Status StatusOf(const duckdb::ErrorData& error, std::string_view sql = {});

/// Runs `fn`, which returns a Status or a Result; what it throws becomes an error of the
/// same type.
template <typename Fn>
std::invoke_result_t<Fn> CatchDuckDb(std::string_view sql, Fn&& fn) {
  try {
    return std::forward<Fn>(fn)();
  } catch (const std::bad_alloc&) {
    return MakeError(ErrorCode::kOutOfMemory, "Out of memory in the SQL engine");
  } catch (const std::exception& exception) {
    return StatusOf(duckdb::ErrorData(exception), sql);
  }
}

}  // namespace tarn::engine
