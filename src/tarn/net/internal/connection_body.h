// The body of a request, read by its handler.
#pragma once

#include <optional>
#include <string_view>

#include "tarn/net/internal/connection.h"

namespace tarn::net::internal {

/// Lives while the handler runs.
class Connection::BodyReader : public HttpBodyReader {
 public:
  explicit BodyReader(Connection* connection) : connection_(*connection) {}

  Result<std::optional<std::string_view>> Read() override {
    return connection_.ReadBody();
  }

 private:
  Connection& connection_;
};

}  // namespace tarn::net::internal
