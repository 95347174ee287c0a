#include "tarn/gateway/iceberg_rest/idempotency.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tarn/base/digest.h"
#include "tarn/base/error.h"
#include "tarn/base/logging.h"
#include "tarn/catalog/rebase_header.h"
#include "tarn/gateway/iceberg_rest/internal/repeated_answer.h"
#include "tarn/gateway/iceberg_rest/rest_response.h"

namespace tarn::gateway {
namespace {

using catalog::Operation;
using std::chrono::milliseconds;

constexpr char kHeader[] = "Idempotency-Key";
constexpr milliseconds kPruneEvery(60'000);
constexpr std::string_view kUnregister =
    "/namespaces/{namespace}/tables/{table}/unregister";

/// The key in lower case; unset if it is no UUID of version 7 (RFC 9562 5.7).
std::optional<std::string> KeyOf(std::string_view text) {
  constexpr std::string_view kShape = "xxxxxxxx-xxxx-7xxx-vxxx-xxxxxxxxxxxx";
  std::string key;
  for (const char c : text) {
    key += c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (key.size() != kShape.size()) {
    return std::nullopt;
  }
  for (size_t i = 0; i < key.size(); ++i) {
    constexpr std::string_view kHex = "0123456789abcdef";
    const char wanted = kShape[i];
    const bool fits = wanted == 'x' ? kHex.find(key[i]) != std::string_view::npos
                      : wanted == 'v'
                          ? kHex.substr(8, 4).find(key[i]) != std::string_view::npos
                          : key[i] == wanted;
    if (!fits) {
      return std::nullopt;
    }
  }
  return key;
}

/// Of all that makes it this request.
std::string DigestOf(const RestRequest& request) {
  const net::HttpRequest& http = request.http();
  std::string text;
  for (const std::string& part :
       {request.catalog().name(), request.principal().name, http.method, http.raw_path,
        http.raw_query, http.body}) {
    text += std::to_string(part.size()) + ":" + part;
  }
  if (const std::string* rebase = http.headers.Find(catalog::kRebaseHeader)) {
    text += *rebase;
  }
  return HexOf(Sha256(text));
}

/// Whether the same request would be answered so again, for as long as the key lives.
bool IsFinal(int status) {
  switch (status) {
    case 401:
    case 403:
    case 408:
    case 419:
    case 429:
    case 499:
      return false;
    default:
      return status < 500;
  }
}

net::HttpResponse OtherRequest(const Operation& operation) {
  return ErrorResponse(422, "UnprocessableEntityException",
                       "Idempotency-Key was used for another request; a new request "
                       "needs a new key: " +
                           operation.key);
}

net::HttpResponse ResponseOf(Result<net::HttpResponse> result) {
  return result.ok() ? *std::move(result) : ErrorResponse(result.status());
}

}  // namespace

struct Idempotency::Entry {
  Operation operation;
  bool is_settled = false;  // else somebody is working at it
  Response response = {};   // once it is settled
  size_t bytes = 0;
  milliseconds settled_at{0};
};

Idempotency::Idempotency(IdempotencyOptions options, Clock& clock)
    : options_(options), clock_(clock) {}
Idempotency::~Idempotency() = default;

std::string Idempotency::LifetimeText() const {
  return fmt::format("PT{}M", options_.lifetime.count());
}

net::HttpResponse Idempotency::Answer(const RestRequest& request,
                                      const RestRoute& route) {
  const std::string* text = request.http().headers.Find(kHeader);
  if (text == nullptr || !internal::TakesIdempotencyKey(route)) {
    return ResponseOf(route.handler(request));
  }
  std::optional<std::string> key = KeyOf(*text);
  if (!key) {
    return ErrorResponse(MakeError(
        ErrorCode::kInvalidArgument,
        "Idempotency-Key must be a UUID of version 7, got: " + text->substr(0, 64)));
  }
  return AnswerKeyed(request, route, {*std::move(key), DigestOf(request)});
}

net::HttpResponse Idempotency::AnswerKeyed(const RestRequest& request,
                                           const RestRoute& route,
                                           const Operation& operation) {
  EntryPtr mine;
  if (std::optional<Response> known = AnswerOfOther(operation, &mine)) {
    return *std::move(known);
  }
  Prune(request.services().operations);
  Result<std::optional<Response>> kept = FindInStore(request, route, operation);
  Response response = !kept.ok()          ? ErrorResponse(kept.status())
                      : kept->has_value() ? **std::move(kept)
                                          : Run(request, route, operation);
  Settle(mine, response);
  return response;
}

std::optional<net::HttpResponse> Idempotency::AnswerOfOther(const Operation& operation,
                                                            EntryPtr* mine) {
  std::unique_lock lock(mutex_);
  const auto give_up = std::chrono::steady_clock::now() + options_.wait_max;
  while (true) {
    EntryPtr& entry = entries_[operation.key];
    if (entry == nullptr) {
      entry = std::make_shared<Entry>();
      entry->operation = operation;
      *mine = entry;
      return std::nullopt;
    }
    if (entry->operation.digest != operation.digest) {
      return OtherRequest(operation);
    }
    if (entry->is_settled) {
      return entry->response;
    }
    if (settled_.wait_until(lock, give_up) == std::cv_status::timeout) {
      // 503 and not 409: the change may well be made, only not yet.
      return ErrorResponse(MakeError(
          ErrorCode::kUnavailable,
          "The request with this Idempotency-Key is still under way; try again: " +
              operation.key));
    }
  }
}

Result<std::optional<net::HttpResponse>> Idempotency::FindInStore(
    const RestRequest& request, const RestRoute& route, const Operation& operation) {
  catalog::OperationStore* operations = request.services().operations;
  if (operations == nullptr || !internal::ChangesCatalog(route)) {
    return std::nullopt;
  }
  ARROW_ASSIGN_OR_RAISE(const auto record, operations->Find(operation.key));
  if (!record) {
    return std::nullopt;
  }
  if (record->operation.digest != operation.digest) {
    return OtherRequest(operation);
  }
  // A change that was made has no refusal for an answer, whoever came to write one.
  const bool is_told =
      record->status != 0 && !(record->is_applied && record->status >= 400);
  if (is_told) {
    Response response = JsonResponse(record->status, record->answer);
    return record->answer.empty() ? Response{.status = record->status} : response;
  }
  return ResponseOf(internal::AnswerAgain(request, route));
}

net::HttpResponse Idempotency::Run(const RestRequest& request, const RestRoute& route,
                                   const Operation& operation) {
  catalog::OperationStore* operations = request.services().operations;
  if (operations == nullptr || !internal::ChangesCatalog(route)) {
    return ResponseOf(route.handler(request));
  }
  const std::unique_ptr<catalog::Catalog> catalog =
      request.catalog().WithOperation(operation);
  const RestWarehouse& warehouse = request.warehouse();
  const table::Context& context = warehouse.context;
  const RestWarehouse noted{
      .name = warehouse.name,
      .location = warehouse.location,
      .context = {*catalog, context.io, context.clock, context.random, context.manifests,
                  context.deletions, context.writing},
      .services = warehouse.services};
  const Result<Response> result =
      route.handler(RestRequest(request.http(), noted, request.principal()));
  if (!result.ok() && CodeOf(result.status()) == ErrorCode::kOperationRepeated) {
    // Another server was faster with the same request: its change is made.
    auto kept = FindInStore(request, route, operation);
    if (kept.ok() && kept->has_value()) {
      return **std::move(kept);
    }
    return kept.ok() ? ResponseOf(result) : ErrorResponse(kept.status());
  }
  Response response = ResponseOf(result);
  const bool is_refusal = response.status == 404 || response.status == 409;
  if (is_refusal) {
    // The same request on another server may be why: then its change is the answer.
    auto kept = FindInStore(request, route, operation);
    if (kept.ok() && kept->has_value()) {
      return **std::move(kept);
    }
  }
  // Refusals that follow from what the catalog holds now must not become a success later;
  // and what unregistering answers cannot be made again.
  if (is_refusal || (route.path == kUnregister && response.status == 200)) {
    const Status kept = operations->Finish(operation, response.status, response.body);
    if (!kept.ok()) {
      LogWarn("Could not keep the answer to an idempotent request",
              {{"key", operation.key}, {"error", kept.message()}});
    }
  }
  return response;
}

void Idempotency::Settle(const EntryPtr& entry, const Response& response) {
  const std::unique_lock lock(mutex_);
  const bool is_kept = IsFinal(response.status) && response.stream == nullptr &&
                       response.body.size() <= options_.answer_bytes_max;
  if (is_kept) {
    entry->is_settled = true;
    entry->response = response;
    entry->bytes = sizeof(Entry) + response.body.size();
    entry->settled_at = clock_.Now();
    bytes_ += entry->bytes;
    by_age_.push_back(entry);
    ForgetOld();
  } else {
    entries_.erase(entry->operation.key);
  }
  settled_.notify_all();
}

/// mutex_ is held.
void Idempotency::ForgetOld() {
  const milliseconds before = clock_.Now() - 2 * options_.lifetime;
  while (!by_age_.empty() &&
         (bytes_ > options_.answers_bytes_max || by_age_.front()->settled_at < before)) {
    bytes_ -= by_age_.front()->bytes;
    entries_.erase(by_age_.front()->operation.key);
    by_age_.pop_front();
  }
}

void Idempotency::Prune(catalog::OperationStore* operations) {
  const milliseconds now = clock_.Now();
  {
    const std::unique_lock lock(mutex_);
    if (operations == nullptr || now < next_prune_) {
      return;
    }
    next_prune_ = now + kPruneEvery;
    ForgetOld();
  }
  const auto pruned = operations->Prune(now - 2 * options_.lifetime);
  if (!pruned.ok()) {
    LogWarn("Could not forget old idempotency keys",
            {{"error", pruned.status().message()}});
  }
}

}  // namespace tarn::gateway
