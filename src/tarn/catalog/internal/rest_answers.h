// Answers of the REST protocol about tables and views.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/iceberg/view_metadata.h"
#include "tarn/io/vended_file_io.h"

namespace tarn::catalog::internal {

/// The members of a JSON object as text, without reading what is in them: a table's
/// metadata is many megabytes, and has a reader of its own. The text must outlive it.
/// Errors: kInvalidData for what is no object; members' insides are not checked.
Result<std::map<std::string, std::string_view, std::less<>>> MembersOf(
    std::string_view json);

/// LoadTableResult or CommitTableResponse.
struct TableAnswer {
  std::string metadata_location;  // empty for a staged table
  std::shared_ptr<const iceberg::TableMetadata> metadata;
  Properties config;
  std::vector<io::StorageCredential> credentials;
};
/// Errors: kInvalidData.
Result<TableAnswer> ParseTableAnswer(std::string_view body);

struct ViewAnswer {
  std::string metadata_location;
  std::shared_ptr<const iceberg::ViewMetadata> metadata;
};
Result<ViewAnswer> ParseViewAnswer(std::string_view body);

/// LoadCredentialsResponse.
Result<std::vector<io::StorageCredential>> ParseCredentials(std::string_view body);

/// One page of a list: of namespaces ("namespaces") or of tables or views
/// ("identifiers"). `next_token` unset: the last one.
struct NamespacePage {
  std::vector<iceberg::Namespace> namespaces;
  std::optional<std::string> next_token;
};
Result<NamespacePage> ParseNamespacePage(std::string_view body);
struct IdentPage {
  std::vector<iceberg::TableIdent> idents;
  std::optional<std::string> next_token;
};
Result<IdentPage> ParseIdentPage(std::string_view body);

/// What files of the table are reached with: `config` and the credentials, for the
/// table's own directories and for the prefixes that the server names. nullopt if the
/// answer says nothing about files.
std::optional<io::StorageGrant> GrantOf(const iceberg::TableMetadata& metadata,
                                        const Properties& config,
                                        const std::vector<io::StorageCredential>& more);

}  // namespace tarn::catalog::internal
