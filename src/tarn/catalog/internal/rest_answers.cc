#include "tarn/catalog/internal/rest_answers.h"

#include <algorithm>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"

namespace tarn::catalog::internal {
namespace {

constexpr std::string_view kStoreProperties[] = {"s3.", "adls.", "gcs.", "client."};

Status NotJson() {
  return MakeError(ErrorCode::kInvalidData, "the answer is not a JSON object");
}

/// Goes over JSON text from one value to the next.
class JsonScan {
 public:
  explicit JsonScan(std::string_view text) : text_(text) {}

  char Peek() {
    while (at_ < text_.size() &&
           std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) {
      ++at_;
    }
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool Take(char c) {
    if (Peek() != c) {
      return false;
    }
    ++at_;
    return true;
  }
  /// The text of the value that begins here; nullopt if it does not end.
  std::optional<std::string_view> Value() {
    const char first = Peek();
    const size_t begin = at_;
    if (first == '"') {
      if (!SkipString()) {
        return std::nullopt;
      }
    } else if (first == '{' || first == '[') {
      if (!SkipNested()) {
        return std::nullopt;
      }
    } else {
      at_ = std::min(text_.find_first_of(",}] \t\r\n", at_), text_.size());
    }
    if (at_ == begin) {
      return std::nullopt;
    }
    return text_.substr(begin, at_ - begin);
  }

 private:
  bool SkipString() {
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\') {
        ++at_;
      } else if (text_[at_] == '"') {
        ++at_;
        return true;
      }
    }
    return false;
  }
  bool SkipNested() {
    size_t depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        if (!SkipString()) {
          return false;
        }
        continue;
      }
      ++at_;
      depth += c == '{' || c == '[' ? 1 : 0;
      if ((c == '}' || c == ']') && --depth == 0) {
        return true;
      }
    }
    return false;
  }

  std::string_view text_;
  size_t at_ = 0;
};

using Members = std::map<std::string, std::string_view, std::less<>>;

/// The member; "" if it is absent or null.
std::string_view TextOf(const Members& members, std::string_view key) {
  const auto found = members.find(key);
  return found == members.end() || found->second == "null" ? "" : found->second;
}

Result<std::string> LocationOf(const Members& members) {
  const std::string_view text = TextOf(members, "metadata-location");
  if (text.empty()) {
    return std::string();
  }
  ARROW_ASSIGN_OR_RAISE(const Json json, ParseJson(text, "metadata-location"));
  if (!json.is_string()) {
    return MakeError(ErrorCode::kInvalidData, "metadata-location is not a text");
  }
  return json.get<std::string>();
}

Result<Properties> ConfigOf(const Members& members) {
  const std::string_view text = TextOf(members, "config");
  if (text.empty()) {
    return Properties();
  }
  ARROW_ASSIGN_OR_RAISE(const Json config, ParseJson(text, "config"));
  const Json holder = {{"config", config}};
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(holder, "answer"));
  return fields.StringMap("config");
}

Result<std::vector<io::StorageCredential>> CredentialsOf(const Members& members) {
  std::vector<io::StorageCredential> credentials;
  const std::string_view text = TextOf(members, "storage-credentials");
  if (text.empty()) {
    return credentials;
  }
  ARROW_ASSIGN_OR_RAISE(const Json listed, ParseJson(text, "storage-credentials"));
  if (!listed.is_array()) {
    return MakeError(ErrorCode::kInvalidData, "storage-credentials is not a list");
  }
  for (const Json& item : listed) {
    ARROW_ASSIGN_OR_RAISE(const JsonFields fields,
                          JsonFields::Make(item, "storage-credentials"));
    io::StorageCredential credential;
    ARROW_ASSIGN_OR_RAISE(credential.prefix, fields.String("prefix"));
    ARROW_ASSIGN_OR_RAISE(credential.properties, fields.StringMap("config"));
    credentials.push_back(std::move(credential));
  }
  return credentials;
}

Result<std::optional<std::string>> NextTokenOf(const JsonFields& fields) {
  ARROW_ASSIGN_OR_RAISE(auto token, fields.OptionalString("next-page-token"));
  if (token && token->empty()) {
    token.reset();
  }
  return token;
}

bool IsStoreProperty(std::string_view key) {
  return std::ranges::any_of(
      kStoreProperties, [&](std::string_view start) { return key.starts_with(start); });
}

}  // namespace

Result<Members> MembersOf(std::string_view json) {
  JsonScan scan(json);
  Members members;
  if (!scan.Take('{')) {
    return NotJson();
  }
  while (!scan.Take('}')) {
    if (!members.empty() && !scan.Take(',')) {
      return NotJson();
    }
    if (scan.Peek() != '"') {
      return NotJson();
    }
    const auto key = scan.Value();
    if (!key || !scan.Take(':')) {
      return NotJson();
    }
    const auto value = scan.Value();
    ARROW_ASSIGN_OR_RAISE(const Json name, ParseJson(*key, "answer"));
    if (!value || !name.is_string()) {
      return NotJson();
    }
    members[name.get<std::string>()] = *value;
  }
  return scan.Peek() == '\0' ? Result<Members>(std::move(members)) : NotJson();
}

Result<TableAnswer> ParseTableAnswer(std::string_view body) {
  ARROW_ASSIGN_OR_RAISE(const Members members, MembersOf(body));
  TableAnswer answer;
  ARROW_ASSIGN_OR_RAISE(answer.metadata_location, LocationOf(members));
  const std::string_view metadata = TextOf(members, "metadata");
  if (metadata.empty()) {
    return MakeError(ErrorCode::kInvalidData, "the answer has no table metadata");
  }
  ARROW_ASSIGN_OR_RAISE(answer.metadata, iceberg::TableMetadataFromJson(metadata));
  ARROW_ASSIGN_OR_RAISE(answer.config, ConfigOf(members));
  ARROW_ASSIGN_OR_RAISE(answer.credentials, CredentialsOf(members));
  return answer;
}

Result<ViewAnswer> ParseViewAnswer(std::string_view body) {
  ARROW_ASSIGN_OR_RAISE(const Members members, MembersOf(body));
  ViewAnswer answer;
  ARROW_ASSIGN_OR_RAISE(answer.metadata_location, LocationOf(members));
  const std::string_view metadata = TextOf(members, "metadata");
  if (metadata.empty()) {
    return MakeError(ErrorCode::kInvalidData, "the answer has no view metadata");
  }
  ARROW_ASSIGN_OR_RAISE(answer.metadata, iceberg::ViewMetadataFromJson(metadata));
  return answer;
}

Result<std::vector<io::StorageCredential>> ParseCredentials(std::string_view body) {
  ARROW_ASSIGN_OR_RAISE(const Members members, MembersOf(body));
  return CredentialsOf(members);
}

Result<NamespacePage> ParseNamespacePage(std::string_view body) {
  ARROW_ASSIGN_OR_RAISE(const Json json, ParseJson(body, "list of namespaces"));
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields,
                        JsonFields::Make(json, "list of namespaces"));
  NamespacePage page;
  ARROW_ASSIGN_OR_RAISE(const Json* listed, fields.Array("namespaces"));
  for (const Json& item : *listed) {
    ARROW_ASSIGN_OR_RAISE(auto levels, StringArray(item, "namespace"));
    page.namespaces.push_back({std::move(levels)});
  }
  ARROW_ASSIGN_OR_RAISE(page.next_token, NextTokenOf(fields));
  return page;
}

Result<IdentPage> ParseIdentPage(std::string_view body) {
  ARROW_ASSIGN_OR_RAISE(const Json json, ParseJson(body, "list of names"));
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(json, "list of names"));
  IdentPage page;
  ARROW_ASSIGN_OR_RAISE(const Json* listed, fields.Array("identifiers"));
  for (const Json& item : *listed) {
    ARROW_ASSIGN_OR_RAISE(const JsonFields ident, JsonFields::Make(item, "identifier"));
    ARROW_ASSIGN_OR_RAISE(const Json* levels, ident.Array("namespace"));
    iceberg::TableIdent found;
    ARROW_ASSIGN_OR_RAISE(found.ns.levels, StringArray(*levels, "namespace"));
    ARROW_ASSIGN_OR_RAISE(found.name, ident.String("name"));
    page.idents.push_back(std::move(found));
  }
  ARROW_ASSIGN_OR_RAISE(page.next_token, NextTokenOf(fields));
  return page;
}

std::optional<io::StorageGrant> GrantOf(const iceberg::TableMetadata& metadata,
                                        const Properties& config,
                                        const std::vector<io::StorageCredential>& more) {
  Properties shared;
  for (const auto& [key, value] : config) {
    if (IsStoreProperty(key)) {
      shared[key] = value;
    }
  }
  if (shared.empty() && more.empty()) {
    return std::nullopt;
  }
  io::StorageGrant grant;
  grant.roots.push_back(metadata.location);
  for (const char* key : {"write.data.path", "write.metadata.path",
                          "write.object-storage.path", "write.folder-storage.path"}) {
    if (std::string path = metadata.Property(key, ""); !path.empty()) {
      grant.roots.push_back(std::move(path));
    }
  }
  for (const std::string& root : grant.roots) {
    const bool is_covered = std::ranges::any_of(more, [&](const auto& credential) {
      return root.starts_with(credential.prefix);
    });
    if (!is_covered && !shared.empty()) {
      // Of a server that names no prefix: the table's own directories, nothing else.
      grant.credentials.push_back({root.ends_with('/') ? root : root + '/', shared});
    }
  }
  for (const io::StorageCredential& credential : more) {
    grant.credentials.push_back(
        {credential.prefix, io::WithVendedProperties(shared, credential.properties)});
  }
  return grant;
}

}  // namespace tarn::catalog::internal
