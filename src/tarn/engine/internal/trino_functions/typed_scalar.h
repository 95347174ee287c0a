// A plain C++ function as a DuckDB scalar function: types, nulls and vectors are taken
// from its signature.
//
//   int64_t Levenshtein(std::string_view a, std::string_view b);
//   library.Add(Typed<&Levenshtein>("levenshtein_distance"));
//
// A null argument gives null, a result of type std::optional may. Text is
// std::string_view in and std::string out, VARBINARY is Bytes and std::string in Blob.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duckdb/common/types/vector.hpp>
#include <duckdb/function/scalar_function.hpp>

#include "tarn/engine/internal/trino_functions/argument_check.h"

namespace tarn::engine {

struct Bytes {
  std::string_view data;
};
struct Blob {
  std::string data;
};

/// How a C++ type is stored in a vector (`Stored`) and what DuckDB calls it.
template <typename T>
struct SqlType;
template <>
struct SqlType<bool> {
  using Stored = bool;
  static duckdb::LogicalType Get() { return duckdb::LogicalType::BOOLEAN; }
};
#define TARN_SQL_TYPE(cpp, sql)                                           \
  template <>                                                             \
  struct SqlType<cpp> {                                                   \
    using Stored = cpp;                                                   \
    static duckdb::LogicalType Get() { return duckdb::LogicalType::sql; } \
  }
TARN_SQL_TYPE(int8_t, TINYINT);
TARN_SQL_TYPE(int16_t, SMALLINT);
TARN_SQL_TYPE(int32_t, INTEGER);
TARN_SQL_TYPE(int64_t, BIGINT);
TARN_SQL_TYPE(float, FLOAT);
TARN_SQL_TYPE(double, DOUBLE);
TARN_SQL_TYPE(duckdb::date_t, DATE);
TARN_SQL_TYPE(duckdb::dtime_t, TIME);
TARN_SQL_TYPE(duckdb::timestamp_t, TIMESTAMP);
TARN_SQL_TYPE(duckdb::timestamp_ns_t, TIMESTAMP_NS);
TARN_SQL_TYPE(duckdb::timestamp_tz_t, TIMESTAMP_TZ);
TARN_SQL_TYPE(duckdb::interval_t, INTERVAL);
#undef TARN_SQL_TYPE
template <>
struct SqlType<std::string_view> {
  using Stored = duckdb::string_t;
  static duckdb::LogicalType Get() { return duckdb::LogicalType::VARCHAR; }
};
template <>
struct SqlType<std::string> : SqlType<std::string_view> {};
template <>
struct SqlType<Bytes> {
  using Stored = duckdb::string_t;
  static duckdb::LogicalType Get() { return duckdb::LogicalType::BLOB; }
};
template <>
struct SqlType<Blob> : SqlType<Bytes> {};
template <typename T>
struct SqlType<std::optional<T>> : SqlType<T> {};
template <>
struct SqlType<std::vector<std::string>> {
  using Stored = duckdb::list_entry_t;
  static duckdb::LogicalType Get() {
    return duckdb::LogicalType::LIST(duckdb::LogicalType::VARCHAR);
  }
};

template <typename T>
T LoadValue(const duckdb::UnifiedVectorFormat& format, duckdb::idx_t index) {
  const auto* data =
      duckdb::UnifiedVectorFormat::GetData<typename SqlType<T>::Stored>(format);
  if constexpr (std::is_same_v<T, std::string_view>) {
    return {data[index].GetData(), data[index].GetSize()};
  } else if constexpr (std::is_same_v<T, Bytes>) {
    return {{data[index].GetData(), data[index].GetSize()}};
  } else {
    return data[index];
  }
}

template <typename T>
void StoreValue(duckdb::Vector& result, duckdb::idx_t row, const T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    duckdb::FlatVector::GetData<duckdb::string_t>(result)[row] =
        duckdb::StringVector::AddString(result, value);
  } else if constexpr (std::is_same_v<T, Blob>) {
    duckdb::FlatVector::GetData<duckdb::string_t>(result)[row] =
        duckdb::StringVector::AddStringOrBlob(result, value.data);
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    const duckdb::idx_t begin = duckdb::ListVector::GetListSize(result);
    duckdb::ListVector::Reserve(result, begin + value.size());
    duckdb::Vector& child = duckdb::ListVector::GetEntry(result);
    auto* texts = duckdb::FlatVector::GetData<duckdb::string_t>(child);
    for (size_t i = 0; i < value.size(); ++i) {
      texts[begin + i] = duckdb::StringVector::AddString(child, value[i]);
    }
    duckdb::ListVector::SetListSize(result, begin + value.size());
    duckdb::FlatVector::GetData<duckdb::list_entry_t>(result)[row] = {begin,
                                                                      value.size()};
  } else {
    duckdb::FlatVector::GetData<T>(result)[row] = value;
  }
}

template <typename T>
void StoreValue(duckdb::Vector& result, duckdb::idx_t row,
                const std::optional<T>& value) {
  if (value) {
    StoreValue(result, row, *value);
  } else {
    duckdb::FlatVector::SetNull(result, row, true);
  }
}

template <auto Fn>
struct TypedScalar;

template <typename R, typename... A, R (*Fn)(A...)>
struct TypedScalar<Fn> {
  static void Run(duckdb::DataChunk& args, duckdb::ExpressionState&,
                  duckdb::Vector& result) {
    RunRows(args, result, std::index_sequence_for<A...>());
  }

  static duckdb::ScalarFunction Make(std::string_view name) {
    duckdb::ScalarFunction function(std::string(name), {SqlType<A>::Get()...},
                                    SqlType<R>::Get(), &Run, &BindChecked);
    function.errors = duckdb::FunctionErrors::CAN_THROW_RUNTIME_ERROR;
    return function;
  }

 private:
  template <size_t... I>
  static void RunRows(duckdb::DataChunk& args, duckdb::Vector& result,
                      std::index_sequence<I...>) {
    const bool constant = args.AllConstant();
    const duckdb::idx_t count = constant ? 1 : args.size();
    std::array<duckdb::UnifiedVectorFormat, sizeof...(A)> in;
    (args.data[I].ToUnifiedFormat(count, in[I]), ...);
    result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
    for (duckdb::idx_t row = 0; row < count; ++row) {
      if ((in[I].validity.RowIsValid(in[I].sel->get_index(row)) && ...)) {
        StoreValue(result, row, Fn(LoadValue<A>(in[I], in[I].sel->get_index(row))...));
      } else {
        duckdb::FlatVector::SetNull(result, row, true);
      }
    }
    if (constant) {
      result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
    }
  }
};

/// `Fn` as the scalar function `name`.
template <auto Fn>
duckdb::ScalarFunction Typed(std::string_view name) {
  return TypedScalar<Fn>::Make(name);
}

}  // namespace tarn::engine
