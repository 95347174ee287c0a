// Lambdas as one visitor of a closed variant: std::visit(Overload{[](A) {...}, [](B)
// {...}}, v).
#pragma once

namespace tarn {

template <typename... Fns>
struct Overload : Fns... {
  using Fns::operator()...;
};
template <typename... Fns>
Overload(Fns...) -> Overload<Fns...>;

}  // namespace tarn
