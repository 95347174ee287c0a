// Which addresses Tarn connects to on behalf of somebody who must not reach the inside of
// the network that the server is in.
//
//   ARROW_ASSIGN_OR_RAISE(auto guard,
//   AddressGuard::Make("wiki.example.com, 10.1.0.0/16")); HttpClient client({.guard =
//   std::make_shared<AddressGuard>(guard)});
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"

struct sockaddr;

namespace tarn::net {

/// Immutable, thread-safe. Addresses are judged when a connection is made, after names
/// were resolved, so that a name that points inside is refused too.
class AddressGuard {
 public:
  /// `allowed`: private addresses that may be reached all the same, parted by commas or
  /// spaces: names of hosts as URLs have them, addresses, ranges ("10.1.0.0/16",
  /// "fd00::/8"), or "all". Errors: kInvalidArgument.
  static Result<AddressGuard> Make(std::string_view allowed);

  /// Whether `address` may be connected to for a URL of `host`. Public addresses may;
  /// private, loopback, link-local, multicast, reserved and metadata ones, also within
  /// IPv6 (mapped, NAT64, 6to4), only if allowed.
  bool Allows(const sockaddr& address, std::string_view host) const;
  /// True if there is nothing that it refuses.
  bool allows_all() const { return allows_all_; }

 private:
  /// IPv4 as ::ffff:a.b.c.d.
  using Bytes = std::array<uint8_t, 16>;
  struct Range {
    Bytes bytes;
    int bits;
  };
  static Result<Range> ParseRange(std::string_view text);

  bool allows_all_ = false;
  std::vector<Range> ranges_;
  std::vector<std::string> hosts_;
};

/// "10.0.0.7", "fe80::1"; "?" for what is no internet address.
std::string AddressText(const sockaddr& address);

}  // namespace tarn::net
