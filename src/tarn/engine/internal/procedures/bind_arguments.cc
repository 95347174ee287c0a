#include "tarn/engine/internal/procedures/bind_arguments.h"

#include <algorithm>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::engine::procedures {
namespace {

constexpr std::string_view kNotFound = "PROCEDURE_NOT_FOUND";
constexpr std::string_view kBadArgument = "INVALID_PROCEDURE_ARGUMENT";

Status BadArgument(const Procedure& procedure, const sql::Position& at,
                   const std::string& message) {
  return CallError(kBadArgument, at,
                   message + "; " + std::string(procedure.name) + " takes (" +
                       ParametersText(procedure) + ")");
}

/// The parameter that each argument is for.
Result<std::vector<const Parameter*>> Match(const Procedure& procedure,
                                            const std::vector<GivenArgument>& given,
                                            const sql::Position& at) {
  std::vector<const Parameter*> matched;
  bool had_name = false;
  for (size_t i = 0; i < given.size(); ++i) {
    const Parameter* parameter = nullptr;
    if (given[i].name.has_value()) {
      had_name = true;
      const auto found =
          std::ranges::find(procedure.parameters, *given[i].name, &Parameter::name);
      if (found == procedure.parameters.end()) {
        return BadArgument(procedure, given[i].at,
                           "Unknown argument name: " + *given[i].name);
      }
      parameter = &*found;
    } else if (had_name) {
      return BadArgument(procedure, given[i].at,
                         "Arguments by position must come before those by name");
    } else if (i >= procedure.parameters.size()) {
      return BadArgument(procedure, given[i].at, "Too many arguments for procedure");
    } else {
      parameter = &procedure.parameters[i];
    }
    if (std::ranges::find(matched, parameter) != matched.end()) {
      return BadArgument(procedure, given[i].at,
                         "Duplicate procedure argument: " + std::string(parameter->name));
    }
    matched.push_back(parameter);
  }
  for (const Parameter& parameter : procedure.parameters) {
    const auto found = std::ranges::find(matched, &parameter);
    const bool is_given =
        found != matched.end() &&
        !given[static_cast<size_t>(found - matched.begin())].value.IsNull();
    if (parameter.need == Need::kRequired && !is_given) {
      return BadArgument(
          procedure, at,
          "Required procedure argument '" + std::string(parameter.name) + "' is missing");
    }
  }
  return matched;
}

Result<BoundCall> Convert(duckdb::ClientContext& context, const Procedure& procedure,
                          const std::vector<const Parameter*>& matched,
                          const std::vector<GivenArgument>& given,
                          std::chrono::milliseconds now) {
  BoundCall bound{.procedure = &procedure, .arguments = {}};
  for (size_t i = 0; i < given.size(); ++i) {
    if (given[i].value.IsNull()) {
      continue;
    }
    auto value = ConvertArgument(context, matched[i]->kind, given[i].value, now);
    if (!value.ok()) {
      return BadArgument(
          procedure, given[i].at,
          "Argument " + std::string(matched[i]->name) + ": " + value.status().message());
    }
    bound.arguments.emplace(std::string(matched[i]->name), *std::move(value));
  }
  return bound;
}

}  // namespace

Status CallError(std::string_view name, const sql::Position& at,
                 const std::string& message) {
  return MakeError(ErrorCode::kInvalidArgument, "line " + std::to_string(at.line) + ":" +
                                                    std::to_string(at.column) + ": " +
                                                    std::string(name) + ": " + message);
}

std::string ParametersText(const Procedure& procedure) {
  std::string text;
  for (const Parameter& parameter : procedure.parameters) {
    const std::string one =
        std::string(parameter.name) + " " + TypeTextOf(parameter.kind);
    text += text.empty() ? "" : ", ";
    text += parameter.need == Need::kRequired ? one : "[" + one + "]";
  }
  return text;
}

Result<BoundCall> BindArguments(duckdb::ClientContext& context,
                                const std::vector<Procedure>& procedures, Form form,
                                const std::string& name,
                                const std::vector<GivenArgument>& given,
                                const sql::Position& at, std::chrono::milliseconds now) {
  Status first_error;
  for (const Procedure& procedure : procedures) {
    if (procedure.form != form || procedure.name != name) {
      continue;
    }
    const auto matched = Match(procedure, given, at);
    if (matched.ok()) {
      return Convert(context, procedure, *matched, given, now);
    }
    first_error = first_error.ok() ? matched.status() : first_error;
  }
  if (!first_error.ok()) {
    return first_error;
  }
  return CallError(kNotFound, at,
                   form == Form::kCall ? "Procedure not registered: system." + name
                                       : "Table procedure not registered: " + name);
}

}  // namespace tarn::engine::procedures
