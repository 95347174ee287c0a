// SQL and maintenance as jobs, over HTTP.
#pragma once

#include <vector>

#include "tarn/base/error.h"
#include "tarn/gateway/api/data_route.h"

namespace tarn::gateway {

/// POST /sql and POST /maintain.
std::vector<JobRoute> MakeWorkRoutes();

/// `order` as read from a body: what is wrong in it is the caller's (kInvalidArgument).
template <typename T>
Result<T> AsArgument(Result<T> order) {
  if (!order.ok() && CodeOf(order.status()) == ErrorCode::kInvalidData) {
    return MakeError(ErrorCode::kInvalidArgument, order.status().message());
  }
  return order;
}

}  // namespace tarn::gateway
