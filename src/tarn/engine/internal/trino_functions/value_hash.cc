// The hash that Trino's checksum and approx_distinct take of a value: XXH64 of 8 bytes
// for what fits into them, of all bytes for texts, put together for arrays, maps and
// rows.
#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

#include <duckdb/common/types/uuid.hpp>
#include <duckdb/function/scalar_function.hpp>

#include "tarn/engine/internal/trino_functions/aggregate_delegate.h"
#include "tarn/engine/internal/trino_functions/aggregate_state.h"
#include "tarn/engine/internal/trino_functions/function_table.h"
#include "tarn/engine/internal/trino_functions/sketch_library.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/xxhash64.h"

namespace tarn::engine {
namespace {

using duckdb::AggregateFunction;
using duckdb::idx_t;
using duckdb::LogicalType;
using duckdb::UnifiedVectorFormat;
using duckdb::Vector;
using Id = duckdb::LogicalTypeId;
using Hashes = std::vector<uint64_t>;

constexpr int64_t kPicosOfMicro = 1'000'000;
constexpr int64_t kMicrosOfMilli = 1000;
constexpr int64_t kMillisOfDay = 86'400'000;
constexpr int64_t kNanosOfMicro = 1000;
constexpr uint64_t kChecksumPrime = 0x9E3779B185EBCA87;

uint64_t HashOf(int64_t value) {
  char bytes[sizeof(value)];
  static_assert(std::endian::native == std::endian::little);
  std::memcpy(bytes, &value, sizeof(value));
  return XxHash64({bytes, sizeof(value)});
}

uint64_t HashOfPair(int64_t first, int64_t second) {
  return HashOf(first) ^ HashOf(second);
}

int64_t FloorDiv(int64_t value, int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

int64_t FloorMod(int64_t value, int64_t by) {
  const int64_t rest = value % by;
  return rest < 0 ? rest + by : rest;
}

uint64_t HashOfValue(bool value) { return HashOf(value ? 1 : 0); }
uint64_t HashOfValue(int8_t value) { return HashOf(value); }
uint64_t HashOfValue(int16_t value) { return HashOf(value); }
uint64_t HashOfValue(int32_t value) { return HashOf(value); }
uint64_t HashOfValue(int64_t value) { return HashOf(value); }
uint64_t HashOfValue(uint8_t value) { return HashOf(value); }
uint64_t HashOfValue(uint16_t value) { return HashOf(value); }
uint64_t HashOfValue(uint32_t value) { return HashOf(value); }
uint64_t HashOfValue(duckdb::hugeint_t value) {
  return HashOfPair(value.upper, static_cast<int64_t>(value.lower));
}
/// Zeros are one value, and so are NaNs.
uint64_t HashOfValue(float value) {
  constexpr int32_t kNan = 0x7fc00000;
  const float number = value == 0 ? 0.0F : value;
  return HashOf(std::isnan(number) ? kNan : std::bit_cast<int32_t>(number));
}
uint64_t HashOfValue(double value) {
  constexpr int64_t kNan = 0x7ff8000000000000;
  const double number = value == 0 ? 0.0 : value;
  return HashOf(std::isnan(number) ? kNan : std::bit_cast<int64_t>(number));
}
uint64_t HashOfValue(const duckdb::string_t& value) {
  return XxHash64({value.GetData(), value.GetSize()});
}
uint64_t HashOfValue(duckdb::date_t value) { return HashOf(value.days); }
uint64_t HashOfValue(duckdb::dtime_t value) {
  return HashOf(value.micros * kPicosOfMicro);
}
/// Months and days are never both there in Trino.
uint64_t HashOfValue(duckdb::interval_t value) {
  return HashOf(value.months != 0
                    ? int64_t{value.months}
                    : value.days * kMillisOfDay + FloorDiv(value.micros, kMicrosOfMilli));
}

uint64_t HashOfMicros(int64_t micros) { return HashOf(micros); }

uint64_t HashOfSeconds(int64_t seconds) {
  int64_t micros = 0;
  if (__builtin_mul_overflow(seconds, int64_t{1'000'000}, &micros)) {
    ThrowTrino(kOutOfRange, "A timestamp is too large");
  }
  return HashOf(micros);
}

uint64_t HashOfMillis(int64_t millis) {
  int64_t micros = 0;
  if (__builtin_mul_overflow(millis, kMicrosOfMilli, &micros)) {
    ThrowTrino(kOutOfRange, "A timestamp is too large");
  }
  return HashOf(micros);
}

uint64_t HashOfNanos(int64_t nanos) {
  return HashOfPair(FloorDiv(nanos, kNanosOfMicro),
                    FloorMod(nanos, kNanosOfMicro) * 1000);
}

uint64_t HashOfInstant(int64_t micros) {
  return HashOfPair(FloorDiv(micros, kMicrosOfMilli),
                    FloorMod(micros, kMicrosOfMilli) * kPicosOfMicro);
}

uint64_t HashOfUuid(duckdb::hugeint_t value) {
  duckdb::data_t bytes[16];
  duckdb::BaseUUID::ToBlob(value, bytes);
  const auto* text = reinterpret_cast<const char*>(bytes);
  return XxHash64({text, 8}) ^ XxHash64({text + 8, 8});
}

Hashes HashVector(Vector& values, idx_t count, uint64_t of_null);

/// Of each row that is not null, what `Hash` makes of the value.
template <typename Stored, auto Hash>
void HashEach(Vector& values, idx_t count, Hashes* hashes) {
  UnifiedVectorFormat rows;
  values.ToUnifiedFormat(count, rows);
  const auto* data = UnifiedVectorFormat::GetData<Stored>(rows);
  for (idx_t row = 0; row < count; ++row) {
    const idx_t index = rows.sel->get_index(row);
    if (rows.validity.RowIsValid(index)) {
      (*hashes)[row] = Hash(data[index]);
    }
  }
}

template <typename Stored>
void HashPlain(Vector& values, idx_t count, Hashes* hashes) {
  HashEach<Stored, [](const Stored& value) { return HashOfValue(value); }>(values, count,
                                                                           hashes);
}

/// `combine(hash so far, index of an element)` over the elements of each row.
template <typename Combine>
void HashLists(Vector& lists, idx_t count, Combine combine, Hashes* hashes) {
  UnifiedVectorFormat rows;
  lists.ToUnifiedFormat(count, rows);
  const auto* entries = UnifiedVectorFormat::GetData<duckdb::list_entry_t>(rows);
  for (idx_t row = 0; row < count; ++row) {
    const idx_t index = rows.sel->get_index(row);
    if (rows.validity.RowIsValid(index)) {
      uint64_t hash = 0;
      for (idx_t i = 0; i < entries[index].length; ++i) {
        hash = combine(hash, entries[index].offset + i);
      }
      (*hashes)[row] = hash;
    }
  }
}

void HashArrays(Vector& lists, idx_t count, Hashes* hashes) {
  const Hashes elements = HashVector(duckdb::ListVector::GetEntry(lists),
                                     duckdb::ListVector::GetListSize(lists), 0);
  HashLists(
      lists, count, [&](uint64_t hash, idx_t i) { return hash * 31 + elements[i]; },
      hashes);
}

void HashMaps(Vector& maps, idx_t count, Hashes* hashes) {
  const idx_t entries_count = duckdb::ListVector::GetListSize(maps);
  const Hashes keys = HashVector(duckdb::MapVector::GetKeys(maps), entries_count, 0);
  const Hashes values = HashVector(duckdb::MapVector::GetValues(maps), entries_count, 0);
  HashLists(
      maps, count, [&](uint64_t hash, idx_t i) { return hash + (keys[i] ^ values[i]); },
      hashes);
}

void HashRows(Vector& rows, idx_t count, Hashes* hashes) {
  Hashes all(count, 1);
  for (auto& field : duckdb::StructVector::GetEntries(rows)) {
    const Hashes of_field = HashVector(*field, count, 0);
    for (idx_t row = 0; row < count; ++row) {
      all[row] = all[row] * 31 + of_field[row];
    }
  }
  for (idx_t row = 0; row < count; ++row) {
    if (duckdb::FlatVector::Validity(rows).RowIsValid(row)) {
      (*hashes)[row] = all[row];
    }
  }
}

void HashDecimals(Vector& values, idx_t count, Hashes* hashes) {
  switch (values.GetType().InternalType()) {
    case duckdb::PhysicalType::INT16:
      return HashPlain<int16_t>(values, count, hashes);
    case duckdb::PhysicalType::INT32:
      return HashPlain<int32_t>(values, count, hashes);
    case duckdb::PhysicalType::INT64:
      return HashPlain<int64_t>(values, count, hashes);
    default:
      return HashPlain<duckdb::hugeint_t>(values, count, hashes);
  }
}

void HashNumbers(Vector& values, idx_t count, Hashes* hashes) {
  switch (values.GetType().id()) {
    case Id::BOOLEAN:
      return HashPlain<bool>(values, count, hashes);
    case Id::TINYINT:
      return HashPlain<int8_t>(values, count, hashes);
    case Id::SMALLINT:
      return HashPlain<int16_t>(values, count, hashes);
    case Id::INTEGER:
      return HashPlain<int32_t>(values, count, hashes);
    case Id::BIGINT:
      return HashPlain<int64_t>(values, count, hashes);
    case Id::UTINYINT:
      return HashPlain<uint8_t>(values, count, hashes);
    case Id::USMALLINT:
      return HashPlain<uint16_t>(values, count, hashes);
    case Id::UINTEGER:
      return HashPlain<uint32_t>(values, count, hashes);
    case Id::FLOAT:
      return HashPlain<float>(values, count, hashes);
    case Id::DOUBLE:
      return HashPlain<double>(values, count, hashes);
    case Id::HUGEINT:
      return HashPlain<duckdb::hugeint_t>(values, count, hashes);
    case Id::DECIMAL:
      return HashDecimals(values, count, hashes);
    default:
      ThrowTrino(kNotSupportedHere, "Values of type " + TrinoTypeName(values.GetType()) +
                                        " have no hash here");
  }
}

/// The hash of each of `count` values; `of_null` where one is null.
Hashes HashVector(Vector& values, idx_t count, uint64_t of_null) {
  Hashes hashes(count, of_null);
  values.Flatten(count);
  switch (values.GetType().id()) {
    case Id::SQLNULL:
      break;
    case Id::VARCHAR:
    case Id::BLOB:
      HashPlain<duckdb::string_t>(values, count, &hashes);
      break;
    case Id::DATE:
      HashPlain<duckdb::date_t>(values, count, &hashes);
      break;
    case Id::TIME:
      HashPlain<duckdb::dtime_t>(values, count, &hashes);
      break;
    case Id::TIMESTAMP_SEC:
      HashEach<int64_t, &HashOfSeconds>(values, count, &hashes);
      break;
    case Id::TIMESTAMP_MS:
      HashEach<int64_t, &HashOfMillis>(values, count, &hashes);
      break;
    case Id::TIMESTAMP:
      HashEach<int64_t, &HashOfMicros>(values, count, &hashes);
      break;
    case Id::TIMESTAMP_NS:
      HashEach<int64_t, &HashOfNanos>(values, count, &hashes);
      break;
    case Id::TIMESTAMP_TZ:
      HashEach<int64_t, &HashOfInstant>(values, count, &hashes);
      break;
    case Id::INTERVAL:
      HashPlain<duckdb::interval_t>(values, count, &hashes);
      break;
    case Id::UUID:
      HashEach<duckdb::hugeint_t, &HashOfUuid>(values, count, &hashes);
      break;
    case Id::LIST:
      HashArrays(values, count, &hashes);
      break;
    case Id::MAP:
      HashMaps(values, count, &hashes);
      break;
    case Id::STRUCT:
      HashRows(values, count, &hashes);
      break;
    default:
      HashNumbers(values, count, &hashes);
  }
  return hashes;
}

/// value_hash(x): null for a null.
void RunValueHash(duckdb::DataChunk& args, duckdb::ExpressionState&, Vector& result) {
  const bool is_constant = args.AllConstant();
  const idx_t count = is_constant ? 1 : args.size();
  Vector values(args.data[0]);
  const Hashes hashes = HashVector(values, count, 0);
  UnifiedVectorFormat rows;
  values.ToUnifiedFormat(count, rows);
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  for (idx_t row = 0; row < count; ++row) {
    duckdb::FlatVector::GetData<int64_t>(result)[row] = static_cast<int64_t>(hashes[row]);
    if (!rows.validity.RowIsValid(rows.sel->get_index(row))) {
      duckdb::FlatVector::SetNull(result, row, true);
    }
  }
  if (is_constant) {
    result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  }
}

struct Checksum : Fold<Checksum> {
  static void Take(FoldedValue<uint64_t>& state, uint64_t sum) {
    state.value += sum;
    state.any = true;
  }
  template <class Input, class State, class Op>
  static void Operation(State& state, const Input& hash, duckdb::AggregateUnaryInput&) {
    Take(state, static_cast<uint64_t>(hash) * kChecksumPrime);
  }
  template <class Result, class State>
  static void Finalize(State& state, Result& result,
                       duckdb::AggregateFinalizeData& data) {
    if (!state.any) {
      data.ReturnNull();
      return;
    }
    char bytes[sizeof(state.value)];
    std::memcpy(bytes, &state.value, sizeof(state.value));
    result = duckdb::StringVector::AddStringOrBlob(data.result, bytes, sizeof(bytes));
  }
};

bool HasRow(const LogicalType& type) {
  switch (type.id()) {
    case Id::STRUCT:
      return true;
    case Id::LIST:
      return HasRow(duckdb::ListType::GetChildType(type));
    case Id::MAP:
      return HasRow(duckdb::MapType::KeyType(type)) ||
             HasRow(duckdb::MapType::ValueType(type));
    default:
      return false;
  }
}

/// A null counts as a value with the hash 1. Trino takes other hashes of a row's fields
/// than of values elsewhere.
duckdb::unique_ptr<duckdb::FunctionData> BindChecksum(duckdb::ClientContext& context,
                                                      AggregateFunction& function,
                                                      Expressions& arguments) {
  if (HasRow(arguments[0]->return_type)) {
    ThrowTrino(kNotSupportedHere,
               "A checksum of rows is not supported; take checksums of their fields");
  }
  arguments[0] = OrElse(OursOf(context, "value_hash", ListOf(std::move(arguments[0]))),
                        ConstantOf(duckdb::Value::BIGINT(1)));
  function =
      AggregateFunction::UnaryAggregate<FoldedValue<uint64_t>, int64_t, duckdb::string_t,
                                        Checksum>(LogicalType::BIGINT, LogicalType::BLOB);
  function.name = "checksum";
  return nullptr;
}

}  // namespace

void AddValueHashes(FunctionLibrary& library) {
  duckdb::ScalarFunction hash("value_hash", {LogicalType::ANY}, LogicalType::BIGINT,
                              &RunValueHash);
  hash.null_handling = duckdb::FunctionNullHandling::SPECIAL_HANDLING;
  hash.errors = duckdb::FunctionErrors::CAN_THROW_RUNTIME_ERROR;
  library.Add(std::move(hash), Reach::kTranslatorOnly);
  library.Add(UnboundAggregate("checksum", 1, &BindChecksum));
}

}  // namespace tarn::engine
