// Distributions of probability: normal, beta and Student's t.
#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>

#include "tarn/engine/internal/trino_functions/sketch_library.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/typed_scalar.h"

namespace tarn::engine {
namespace {

namespace math = boost::math;

/// Errors are checked for before; what is left (overflow) gives infinities and NaN.
using Policy = math::policies::policy<
    math::policies::domain_error<math::policies::ignore_error>,
    math::policies::pole_error<math::policies::ignore_error>,
    math::policies::overflow_error<math::policies::ignore_error>,
    math::policies::evaluation_error<math::policies::ignore_error>>;
using Normal = math::normal_distribution<double, Policy>;
using Beta = math::beta_distribution<double, Policy>;
using StudentsT = math::students_t_distribution<double, Policy>;

void Check(bool holds, const char* otherwise) {
  if (!holds) {
    ThrowTrino(kInvalidArgument, otherwise);
  }
}

double InverseNormalCdf(double mean, double deviation, double p) {
  Check(p > 0 && p < 1, "p must be 0 > p > 1");
  Check(deviation > 0, "sd must be > 0");
  return math::quantile(Normal(mean, deviation), p);
}

Beta BetaOf(double a, double b) {
  Check(a > 0 && b > 0, "a, b must be > 0");
  return Beta(a, b);
}

double BetaCdf(double a, double b, double value) {
  Check(value >= 0 && value <= 1, "value must be 0 <= v <= 1");
  return math::cdf(BetaOf(a, b), value);
}

double InverseBetaCdf(double a, double b, double p) {
  Check(p >= 0 && p <= 1, "p must be 0 >= p >= 1");
  return math::quantile(BetaOf(a, b), p);
}

StudentsT StudentsTOf(double degrees) {
  Check(degrees > 0, "df must be greater than 0");
  return StudentsT(degrees);
}

double StudentsTCdf(double x, double degrees) {
  return math::cdf(StudentsTOf(degrees), x);
}

double StudentsTPdf(double x, double degrees) {
  return math::pdf(StudentsTOf(degrees), x);
}

}  // namespace

void AddDistributions(FunctionLibrary& library) {
  library.Add(Typed<&InverseNormalCdf>("inverse_normal_cdf"));
  library.Add(Typed<&BetaCdf>("beta_cdf"));
  library.Add(Typed<&InverseBetaCdf>("inverse_beta_cdf"));
  library.Add(Typed<&StudentsTCdf>("t_cdf"));
  library.Add(Typed<&StudentsTPdf>("t_pdf"));
}

}  // namespace tarn::engine
