// A name as a template argument.
#pragma once

#include <algorithm>
#include <cstddef>

namespace tarn::engine {

template <size_t N>
struct FixedName {
  char text[N];
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is meant to be one
  constexpr FixedName(const char (&from)[N]) { std::copy_n(from, N, text); }
};

}  // namespace tarn::engine
