// Calls of the data service for commands that work on a server or on a home.
//
//   ARROW_ASSIGN_OR_RAISE(auto api, ApiCalls::Make(invocation, HomeMode::kCreate));
//   ARROW_ASSIGN_OR_RAISE(const Json answer, api->Call("GET", "/schedules"));
#pragma once

#include <memory>
#include <string>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/cli/command.h"

namespace tarn::cli {

/// Belongs to one thread.
class ApiCalls {
 public:
  /// With --server that server's, else those of the home, answered in this process by the
  /// same code: what a call starts ends with the process. Errors: those of
  /// ApiClient::Make and Workspace::Open.
  static Result<std::unique_ptr<ApiCalls>> Make(const Invocation& invocation,
                                                HomeMode mode);
  virtual ~ApiCalls() = default;

  /// `path` is below /api/v1, with its query. Errors: as ApiClient::Call.
  virtual Result<Json> Call(const std::string& method, const std::string& path,
                            const Json& body = nullptr) = 0;
  /// Waits until the job has ended; on Ctrl-C it is cancelled. The job as the API shows
  /// it.
  virtual Result<Json> Follow(const std::string& job_id) = 0;
};

}  // namespace tarn::cli
