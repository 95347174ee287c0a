// What the Flight server asks of Tarn, and how it is started. The server (server/) is a
// shared module that is loaded when the first client comes; it has this header in common
// with the program and no code, so that all state is the program's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"

namespace tarn::gateway::flight {

/// What Flight can say of an error.
enum class Failure : uint8_t {
  kInvalid,
  kNotFound,
  kAlreadyExists,
  kNotSupported,
  kUnauthenticated,
  kForbidden,
  kUnavailable,
  kTimeout,
  kCancelled,
  kInternal,
};

struct Caller {
  std::string principal;
  bool reaches_server = false;  // engine::SessionOptions
  /// Whether the client has cancelled the call or is gone; for the time of the call.
  std::function<bool()> is_gone = {};
};

/// Rows on their way to a client; destroying it cancels what is left.
class RowStream {
 public:
  virtual ~RowStream() = default;
  virtual std::shared_ptr<arrow::Schema> schema() const = 0;
  /// nullptr at the end.
  virtual Result<std::shared_ptr<arrow::RecordBatch>> Next() = 0;
};

/// Rows that a client sends.
class Upload {
 public:
  virtual ~Upload() = default;
  /// Errors: kInvalidArgument if the client sent none.
  virtual Result<std::shared_ptr<arrow::Schema>> schema() = 0;
  /// nullptr at the end.
  virtual Result<std::shared_ptr<arrow::RecordBatch>> Next() = 0;
};

struct Information {
  std::shared_ptr<arrow::Schema> schema;
  std::string ticket;
};

struct SignedIn {
  std::string principal;
  bool reaches_server = false;
  std::string authorization;  // for the answer's header; empty: none
};

/// Thread-safe. Statuses are Tarn's; FailureOf() says what they are.
class FlightCalls {
 public:
  virtual ~FlightCalls() = default;
  /// `authorization`: the header of a call, empty if it has none.
  virtual Result<SignedIn> SignIn(std::string_view authorization,
                                  std::string_view peer) = 0;
  virtual Result<Information> GetInformation(const Caller& caller,
                                             std::string_view command) = 0;
  virtual Result<std::shared_ptr<arrow::Schema>> GetSchema(const Caller& caller,
                                                           std::string_view command) = 0;
  virtual Result<std::unique_ptr<RowStream>> Get(const Caller& caller,
                                                 std::string_view ticket) = 0;
  /// The metadata that answers.
  virtual Result<std::string> Put(const Caller& caller, std::string_view command,
                                  Upload& upload) = 0;
  virtual Result<std::vector<std::string>> Act(const Caller& caller,
                                               std::string_view type,
                                               std::string_view body) = 0;
  /// Names and what they do.
  virtual std::vector<std::pair<std::string, std::string>> Actions() const = 0;
  virtual Failure FailureOf(const Status& status) const = 0;
};

/// A Flight server that runs, on a socket of the file system.
class FlightHost {
 public:
  virtual ~FlightHost() = default;
  /// Ends all calls at `deadline_ms` since the Unix epoch; those before it may finish.
  virtual void Shutdown(int64_t deadline_ms) = 0;
};

/// The module's one symbol: starts a server on the socket `path` that asks `calls`.
using StartFlightHost = void(const char* path, FlightCalls* calls,
                             Result<std::unique_ptr<FlightHost>>* host);
inline constexpr char kStartFlightHost[] = "TarnStartFlightHost";

}  // namespace tarn::gateway::flight
