// Commands that are calls of the data service: `tarn schedule`, `tarn connection`.
#pragma once

#include <functional>
#include <string>

#include "tarn/cli/api_client/api_calls.h"

namespace tarn::cli {

/// What the command does; `json`: it prints JSON.
using ApiRun = std::function<Status(ApiCalls& api, bool json)>;

/// A command below `parent` on a home or, with --server, on a server. `invocation`
/// outlives it.
CLI::App* AddApiCommand(CLI::App& parent, Invocation& invocation, const std::string& name,
                        const std::string& help, HomeMode mode, ApiRun run);

/// A member that is text; "" if there is none.
std::string TextOf(const Json& object, const char* member);
Status PrintApiJson(const Json& json);

}  // namespace tarn::cli
