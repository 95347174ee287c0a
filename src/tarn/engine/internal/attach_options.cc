#include "tarn/engine/internal/attach_options.h"

#include <algorithm>

#include <duckdb/common/string_util.hpp>
#include <duckdb/parser/expression/constant_expression.hpp>

#include "tarn/base/config.h"
#include "tarn/base/error.h"
#include "tarn/engine/internal/federation/server_connection.h"

namespace tarn::engine {
namespace {

struct Word {
  std::string_view word;
  std::string_view property;
};

constexpr Word kWords[] = {
    {"access_key_id", "client.access-key-id"},
    {"audience", "audience"},
    {"authorization_type", "rest.auth.type"},
    {"client_id", ""},  // both together are the credential
    {"client_secret", ""},
    {"credential", "credential"},
    {"endpoint", "uri"},
    {"oauth2_scope", "scope"},
    {"oauth2_server_uri", "oauth2-server-uri"},
    {"password", "rest.auth.basic.password"},
    {"prefix", "prefix"},
    {"region", "client.region"},
    {"resource", "resource"},
    {"scope", "scope"},
    {"secret_access_key", "client.secret-access-key"},
    {"session_token", "client.session-token"},
    {"signing_name", "rest.signing-name"},
    {"signing_region", "rest.signing-region"},
    {"support_stage_create", "stage-create-supported"},
    {"token", "token"},
    {"uri", "uri"},
    {"username", "rest.auth.basic.username"},
    {"warehouse", "warehouse"},
};

Status UnknownOption(const std::string& name) {
  std::vector<std::string> known;
  for (const Word& word : kWords) {
    known.emplace_back(word.word);
  }
  const std::string near = NearestWord(name, known);
  return MakeError(
      ErrorCode::kInvalidArgument,
      "Unknown option of ATTACH … (TYPE rest): " + name +
          (near.empty() ? "; properties of Iceberg go in double quotes, like "
                          "\"header.x-y\" '…'"
                        : "; did you mean " + near + "?"));
}

std::string TypeOf(const duckdb::AttachInfo& info) {
  const auto found = info.parsed_options.find("type");
  if (found == info.parsed_options.end()) {
    return {};
  }
  std::string type;
  for (const char c : duckdb::StringUtil::Lower(found->second->ToString())) {
    if (c != '\'' && c != '"') {
      type += c;
    }
  }
  return type;
}

/// `text` before the first `mark`; all of it if there is none.
std::string TextBefore(char mark, std::string_view text) {
  return std::string(text.begin(), std::ranges::find(text, mark));
}

}  // namespace

Result<catalog::Properties> PropertiesOfAttach(
    const std::string& warehouse,
    const duckdb::unordered_map<std::string, duckdb::Value>& options) {
  catalog::Properties properties;
  if (!warehouse.empty()) {
    properties["warehouse"] = warehouse;
  }
  std::string client_id;
  std::string client_secret;
  for (const auto& [name, value] : options) {
    const std::string text = value.ToString();
    const auto word = std::ranges::find(kWords, name, &Word::word);
    if (name == "client_id") {
      client_id = text;
    } else if (name == "client_secret") {
      client_secret = text;
    } else if (word != std::end(kWords)) {
      properties[std::string(word->property)] = text;
    } else if (name.find_first_of(".-") != std::string::npos) {
      properties[name] = text;
    } else {
      return UnknownOption(name);
    }
  }
  if (client_id.empty() != client_secret.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "ATTACH … (TYPE rest) takes CLIENT_ID and CLIENT_SECRET together");
  }
  if (!client_id.empty()) {
    properties["credential"] = client_id + ":" + client_secret;
  }
  return properties;
}

Status PrepareAttach(duckdb::AttachInfo* info) {
  const std::string type = TypeOf(*info);
  if (IsServerConnector(TextBefore('_', type)) ||
      IsServerConnector(TextBefore(':', info->path))) {
    return MakeError(ErrorCode::kNotSupported,
                     "ATTACH would show the password of a database server: use CREATE "
                     "CATALOG, or catalogs in tarn.yaml");
  }
  if (type != kRestType) {
    return Status::OK();
  }
  if (info->name.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "A REST catalog is attached under a name: ATTACH 'warehouse' AS "
                     "name (TYPE rest, …)");
  }
  auto& options = info->parsed_options;
  for (const char* mode : {"read_only", "readonly", "read_write", "readwrite"}) {
    if (options.find(mode) != options.end()) {
      return Status::OK();
    }
  }
  options["read_write"] =
      duckdb::make_uniq<duckdb::ConstantExpression>(duckdb::Value::BOOLEAN(true));
  return Status::OK();
}

}  // namespace tarn::engine
