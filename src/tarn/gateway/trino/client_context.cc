#include "tarn/gateway/trino/client_context.h"

#include <algorithm>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/trino/internal/packed_text.h"

namespace tarn::gateway::trino {
namespace {

constexpr char kTrinoPrefix[] = "X-Trino-";
constexpr char kPrestoPrefix[] = "X-Presto-";
constexpr char kPackedMark[] = "$zstd:";

std::string_view Trim(std::string_view text) {
  const size_t start = text.find_first_not_of(" \t");
  if (start == std::string_view::npos) {
    return {};
  }
  return text.substr(start, text.find_last_not_of(" \t") - start + 1);
}

std::string Text(const net::HttpRequest& request, const std::string& name) {
  const std::string* const value = request.headers.Find(name);
  return value == nullptr ? std::string() : std::string(Trim(*value));
}

bool IsSameName(std::string_view left, std::string_view right) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : +c; };
  return std::ranges::equal(left, right, {}, lower, lower);
}

/// The items of a header that may come several times, each with several of them.
std::vector<std::string_view> Items(const net::HttpRequest& request,
                                    const std::string& name) {
  std::vector<std::string_view> items;
  for (const auto& [key, value] : request.headers.all()) {
    if (!IsSameName(key, name)) {
      continue;
    }
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::string_view item = Trim(rest.substr(0, rest.find(',')));
      rest.remove_prefix(std::min(rest.size(), rest.find(',')));
      rest.remove_prefix(rest.empty() ? 0 : 1);
      if (!item.empty()) {
        items.push_back(item);
      }
    }
  }
  return items;
}

/// "a=b" items with escaped values.
Result<std::map<std::string, std::string>> Pairs(const net::HttpRequest& request,
                                                 const std::string& name) {
  std::map<std::string, std::string> pairs;
  for (const std::string_view item : Items(request, name)) {
    const size_t equals = item.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Invalid " + name + " header: a value must be name=value");
    }
    auto key = net::FormDecode(Trim(item.substr(0, equals)));
    auto value = net::FormDecode(Trim(item.substr(equals + 1)));
    if (!key.ok() || !value.ok()) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Invalid " + name + " header: broken percent escape");
    }
    pairs[*std::move(key)] = *std::move(value);
  }
  return pairs;
}

Result<std::map<std::string, std::string>> PreparedStatements(
    const net::HttpRequest& request, const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(auto statements, Pairs(request, name));
  for (auto& [key, text] : statements) {
    if (text.starts_with(kPackedMark)) {
      ARROW_ASSIGN_OR_RAISE(
          text,
          internal::UnpackText(std::string_view(text).substr(sizeof(kPackedMark) - 1)));
    }
  }
  return statements;
}

std::string PrefixOf(const net::HttpRequest& request) {
  const bool is_presto =
      request.headers.Find(std::string(kPrestoPrefix) + "User") != nullptr &&
      request.headers.Find(std::string(kTrinoPrefix) + "User") == nullptr;
  return is_presto ? kPrestoPrefix : kTrinoPrefix;
}

}  // namespace

const std::string* ClientContext::Property(const std::string& name) const {
  const auto found = properties.find(name);
  return found == properties.end() ? nullptr : &found->second;
}

std::string UserOf(const net::HttpRequest& request) {
  return Text(request, PrefixOf(request) + "User");
}

Result<ClientContext> ClientContextOf(const net::HttpRequest& request) {
  ClientContext client;
  client.header_prefix = PrefixOf(request);
  const auto header = [&](const char* name) { return client.header_prefix + name; };
  client.source = Text(request, header("Source"));
  client.catalog = Text(request, header("Catalog"));
  client.schema = Text(request, header("Schema"));
  client.time_zone = Text(request, header("Time-Zone"));
  client.client_info = Text(request, header("Client-Info"));
  client.trace_token = Text(request, header("Trace-Token"));
  client.transaction_id = Text(request, header("Transaction-Id"));
  if (IsSameName(client.transaction_id, "none")) {
    client.transaction_id.clear();
  }
  if (client.catalog.empty() && !client.schema.empty()) {
    return MakeError(ErrorCode::kInvalidArgument, "Schema is set but catalog is not");
  }
  ARROW_ASSIGN_OR_RAISE(client.properties, Pairs(request, header("Session")));
  ARROW_ASSIGN_OR_RAISE(client.prepared,
                        PreparedStatements(request, header("Prepared-Statement")));
  for (const auto item : Items(request, header("Client-Capabilities"))) {
    client.capabilities.emplace(item);
  }
  for (const auto item : Items(request, header("Query-Data-Encoding"))) {
    client.data_encodings.emplace_back(item);
  }
  return client;
}

std::string UrlEncoded(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '*' ||
                          c == '_';
    if (is_plain) {
      encoded.push_back(c);
    } else if (c == ' ') {
      encoded.push_back('+');
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += {'%', kDigits[byte >> 4U], kDigits[byte & 0xFU]};
    }
  }
  return encoded;
}

}  // namespace tarn::gateway::trino
