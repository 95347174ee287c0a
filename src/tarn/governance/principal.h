// Who calls.
#pragma once

#include <string>
#include <vector>

namespace tarn::governance {

/// Somebody whose word was checked. What they may do is decided where it is done.
struct Principal {
  std::string name;
  std::vector<std::string> roles = {};  // sorted
  bool is_admin = false;                // may change principals and the server itself
};

/// Who everybody is where authentication is off: "anonymous", who may do anything.
const Principal& AnonymousPrincipal();

}  // namespace tarn::governance
