// Division and remainder of decimals: precision and scale as Trino derives them.
#include <algorithm>

#include <duckdb/common/exception.hpp>
#include <duckdb/common/types/decimal.hpp>
#include <duckdb/common/types/hugeint.hpp>
#include <duckdb/execution/expression_executor_state.hpp>
#include <duckdb/planner/expression/bound_function_expression.hpp>

#include "tarn/engine/internal/trino_functions/call_rewrite.h"
#include "tarn/engine/internal/trino_functions/decimal_value.h"
#include "tarn/engine/internal/trino_functions/function_library.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"

namespace tarn::engine {
namespace {

constexpr int kDigitsMax = 38;

struct DecimalShape {
  int precision = 0;
  int scale = 0;
};

/// Powers of ten by which each side is multiplied before it is divided.
struct DecimalData final : duckdb::FunctionData {
  int left_shift = 0;
  int right_shift = 0;

  duckdb::unique_ptr<duckdb::FunctionData> Copy() const override {
    return duckdb::make_uniq<DecimalData>(*this);
  }
  bool Equals(const duckdb::FunctionData& other) const override {
    const auto& that = other.Cast<DecimalData>();
    return left_shift == that.left_shift && right_shift == that.right_shift;
  }
};

DecimalShape ShapeOf(const duckdb::Expression& argument) {
  const auto type = duckdb::LogicalType::NormalizeType(argument.return_type);
  if (type.id() == duckdb::LogicalTypeId::UNKNOWN) {
    throw duckdb::ParameterNotResolvedException();
  }
  uint8_t width = 0;
  uint8_t scale = 0;
  if (!type.GetDecimalProperties(width, scale)) {
    ThrowTrino(kTypeMismatch, "Not a number: " + argument.ToString());
  }
  return {.precision = width, .scale = scale};
}

duckdb::LogicalType DecimalOf(int precision, int scale) {
  return duckdb::LogicalType::DECIMAL(static_cast<uint8_t>(precision),
                                      static_cast<uint8_t>(scale));
}

duckdb::unique_ptr<DecimalData> SetShapes(duckdb::ScalarFunction& function,
                                          DecimalShape a, DecimalShape b,
                                          DecimalShape result) {
  function.arguments[0] = DecimalOf(kDigitsMax, a.scale);
  function.arguments[1] = DecimalOf(kDigitsMax, b.scale);
  function.return_type =
      DecimalOf(std::clamp(result.precision, 1, kDigitsMax), result.scale);
  return duckdb::make_uniq<DecimalData>();
}

duckdb::unique_ptr<duckdb::FunctionData> BindDivide(duckdb::ClientContext&,
                                                    duckdb::ScalarFunction& function,
                                                    Expressions& arguments) {
  const DecimalShape a = ShapeOf(*arguments[0]);
  const DecimalShape b = ShapeOf(*arguments[1]);
  const int scale = std::max(a.scale, b.scale);
  const int precision = a.precision + b.scale + std::max(b.scale - a.scale, 0);
  auto data = SetShapes(function, a, b, {.precision = precision, .scale = scale});
  data->left_shift = scale + b.scale - a.scale;
  return data;
}

duckdb::unique_ptr<duckdb::FunctionData> BindModulus(duckdb::ClientContext&,
                                                     duckdb::ScalarFunction& function,
                                                     Expressions& arguments) {
  const DecimalShape a = ShapeOf(*arguments[0]);
  const DecimalShape b = ShapeOf(*arguments[1]);
  const int scale = std::max(a.scale, b.scale);
  const int precision = std::min(b.precision - b.scale, a.precision - a.scale) + scale;
  auto data = SetShapes(function, a, b, {.precision = precision, .scale = scale});
  data->left_shift = scale - a.scale;
  data->right_shift = scale - b.scale;
  return data;
}

[[noreturn]] void ThrowOverflow() { ThrowTrino(kOutOfRange, "Decimal overflow"); }

__int128 Shifted(__int128 value, int digits) {
  for (; digits > 0; --digits) {
    if (__builtin_mul_overflow(value, __int128{10}, &value)) {
      ThrowOverflow();
    }
  }
  return value;
}

/// a * 10^shift / b, half away from zero. The quotient is built digit by digit where the
/// shifted dividend has no room in 128 bits.
__int128 DivideRounded(__int128 a, __int128 b, int shift) {
  const bool negative = (a < 0) != (b < 0);
  unsigned __int128 rest = static_cast<unsigned __int128>(a < 0 ? -a : a);
  const unsigned __int128 divisor = static_cast<unsigned __int128>(b < 0 ? -b : b);
  __int128 quotient = static_cast<__int128>(rest / divisor);
  rest %= divisor;
  for (; shift > 0; --shift) {
    unsigned __int128 ten_fold = 0;
    if (__builtin_mul_overflow(rest, static_cast<unsigned __int128>(10), &ten_fold)) {
      ThrowOverflow();
    }
    const auto digit = static_cast<__int128>(ten_fold / divisor);
    rest = ten_fold % divisor;
    quotient = Shifted(quotient, 1);
    if (__builtin_add_overflow(quotient, digit, &quotient)) {
      ThrowOverflow();
    }
  }
  if (rest >= divisor - rest) {
    ++quotient;
  }
  return negative ? -quotient : quotient;
}

__int128 DivideValues(__int128 a, __int128 b, const DecimalData& data) {
  return DivideRounded(a, b, data.left_shift);
}

__int128 ModulusOfValues(__int128 a, __int128 b, const DecimalData& data) {
  return Shifted(a, data.left_shift) % Shifted(b, data.right_shift);
}

using Operation = __int128 (*)(__int128, __int128, const DecimalData&);

template <Operation kOperation, typename Stored>
void RunRows(duckdb::DataChunk& args, const DecimalData& data, duckdb::Vector& result) {
  const __int128 limit = PowerOfTen(duckdb::DecimalType::GetWidth(result.GetType()));
  duckdb::BinaryExecutor::Execute<duckdb::hugeint_t, duckdb::hugeint_t, Stored>(
      args.data[0], args.data[1], result, args.size(),
      [&](duckdb::hugeint_t a, duckdb::hugeint_t b) {
        const __int128 divisor = Int128Of(b);
        if (divisor == 0) {
          ThrowTrino(kDivisionByZero, "Division by zero");
        }
        const __int128 value = kOperation(Int128Of(a), divisor, data);
        if (value >= limit || value <= -limit) {
          ThrowOverflow();
        }
        if constexpr (std::is_same_v<Stored, duckdb::hugeint_t>) {
          return HugeintOf(value);
        } else {
          return static_cast<Stored>(value);
        }
      });
}

template <Operation kOperation>
void Run(duckdb::DataChunk& args, duckdb::ExpressionState& state,
         duckdb::Vector& result) {
  const auto& expression = state.expr.Cast<duckdb::BoundFunctionExpression>();
  const auto& data = expression.bind_info->Cast<DecimalData>();
  switch (result.GetType().InternalType()) {
    case duckdb::PhysicalType::INT16:
      return RunRows<kOperation, int16_t>(args, data, result);
    case duckdb::PhysicalType::INT32:
      return RunRows<kOperation, int32_t>(args, data, result);
    case duckdb::PhysicalType::INT64:
      return RunRows<kOperation, int64_t>(args, data, result);
    default:
      return RunRows<kOperation, duckdb::hugeint_t>(args, data, result);
  }
}

duckdb::ScalarFunction DecimalFunction(std::string_view name,
                                       duckdb::scalar_function_t run,
                                       duckdb::bind_scalar_function_t bind) {
  const duckdb::LogicalType decimal(duckdb::LogicalTypeId::DECIMAL);
  duckdb::ScalarFunction function(std::string(name), {decimal, decimal}, decimal,
                                  std::move(run), bind);
  function.errors = duckdb::FunctionErrors::CAN_THROW_RUNTIME_ERROR;
  return function;
}

}  // namespace

void AddDecimalOperators(FunctionLibrary& library) {
  library.Add(DecimalFunction("quotient", &Run<&DivideValues>, &BindDivide),
              Reach::kTranslatorOnly);
  for (const std::string_view name : {"remainder", "mod"}) {
    library.Add(DecimalFunction(name, &Run<&ModulusOfValues>, &BindModulus));
  }
}

}  // namespace tarn::engine
