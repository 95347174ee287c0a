// Answers of the protocol.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/gateway/iceberg_rest/rest_request.h"
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

/// LoadTableResult with its ETag, which differs for each metadata file, for what is shown
/// of it, for its labels and for the access that it gives (table_access.h). A staged
/// table has no metadata location. The metadata's text is made once, not for each call.
/// Errors: those of reading the labels.
Result<net::HttpResponse> TableResponse(const RestRequest& request,
                                        const catalog::LoadedTable& table,
                                        SnapshotsShown shown);
Result<std::string> TableETag(const RestRequest& request,
                              const catalog::LoadedTable& table, SnapshotsShown shown);
Result<net::HttpResponse> ViewResponse(const RestRequest& request,
                                       const catalog::LoadedView& view);

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
