// Answers of the protocol.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/net/http_message.h"

namespace tarn::gateway {

net::HttpResponse JsonResponse(int status, std::string body);
net::HttpResponse JsonResponse(int status, const Json& body);
net::HttpResponse NoContent();

/// The specification's error model. Never holds a secret: messages of ours do not.
net::HttpResponse ErrorResponse(const Status& status);
net::HttpResponse ErrorResponse(int status, std::string_view type,
                                std::string_view message);

enum class SnapshotsShown { kAll, kRefs };

/// LoadTableResult with its ETag, which differs for each metadata file and for what is
/// shown of it. A staged table has no metadata location.
net::HttpResponse TableResponse(const catalog::LoadedTable& table, SnapshotsShown shown);
std::string TableETag(const catalog::LoadedTable& table, SnapshotsShown shown);
net::HttpResponse ViewResponse(const catalog::LoadedView& view);

/// One page of a sorted list. `token` unset: all of it; empty: the first page.
struct Page {
  size_t begin = 0;
  size_t end = 0;
  Json next_token;  // null after the last page
};
/// Tokens say after which name to go on, so a page is right also after others were added
/// or dropped. Errors: kInvalidArgument for a page size or token that makes no sense.
Result<Page> PageOf(const net::HttpRequest& request,
                    const std::vector<std::string>& names);

/// A page of ListTablesResponse.
Result<net::HttpResponse> IdentsResponse(const net::HttpRequest& request,
                                         std::vector<iceberg::TableIdent> idents);

}  // namespace tarn::gateway
