// The socket that clients connect to.
#pragma once

#include <cstdint>
#include <string>

#include "tarn/base/result.h"

namespace tarn::net::internal {

struct Listening {
  int fd = -1;  // non-blocking; the caller closes it
  uint16_t port = 0;
};

/// `address` is an IPv4 or IPv6 address or "localhost"; port 0 takes a free one. Errors:
/// kInvalidArgument (no such address here), kAlreadyExists (the port is taken),
/// kIoFailed.
Result<Listening> Listen(const std::string& address, uint16_t port);

void CloseListening(int fd);

struct Accepted {
  int fd = -1;  // non-blocking, without Nagle's delay; -1: nobody there
  std::string remote_address;
  bool is_short_of_descriptors = false;  // try again later
};
Accepted Accept(int listening_fd);

}  // namespace tarn::net::internal
