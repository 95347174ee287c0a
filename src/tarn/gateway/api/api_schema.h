// Schemas of what the API takes and gives, put together for its description.
//
//   ApiObject({{"table", ApiText("Name of the table"), ApiNeed::kRequired},
//              {"mode", ApiChoice({"create", "append"}, "What becomes of a table")}})
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/json_fields.h"

namespace tarn::gateway {

Json ApiText(std::string_view description);
Json ApiInteger(std::string_view description);
Json ApiNumber(std::string_view description);
Json ApiFlag(std::string_view description);
/// One of a few words.
Json ApiChoice(const std::vector<std::string>& words, std::string_view description);
Json ApiList(Json item, std::string_view description);
/// An object whose members' names are data, with texts as values.
Json ApiTextMap(std::string_view description);
/// Anything.
Json ApiAny(std::string_view description);

enum class ApiNeed : uint8_t { kOptional, kRequired };
struct ApiMember {
  std::string name;  // in snake_case
  Json schema;
  ApiNeed need = ApiNeed::kOptional;
};
/// Members that it does not name are allowed.
Json ApiObject(std::vector<ApiMember> members);

/// What the API's description (/openapi.json, /docs) says of a call. Names of members are
/// in snake_case; the description adds those of the other dialect by itself, and the
/// members that all calls have (`async`, `warehouse`; `status`, `job_id`).
struct ApiOperation {
  std::string tag;               // its section: "Loads"
  std::string summary;           // one line
  std::string description = {};  // more, plain text
  Json request = nullptr;        // schema of the body; null: there is none
  Json example = nullptr;        // of a body
  Json answer = nullptr;         // schema of the answer; null: an object
  Json answer_example = nullptr;
  std::vector<ApiMember> queries = {};
  std::vector<std::string> also = {};  // names that members of the body have as well
  /// Of answers that are no JSON; a call that is no job has no other ones then.
  std::vector<std::string> media_types = {};
};

}  // namespace tarn::gateway
