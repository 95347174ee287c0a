#include "tarn/net/router.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "tarn/base/error.h"

namespace tarn::net {
namespace {

constexpr std::string_view kRestMark = "...";

std::vector<std::string_view> SplitPath(std::string_view path) {
  std::vector<std::string_view> segments;
  if (path.empty() || path.front() != '/') {
    return segments;
  }
  for (;;) {
    path.remove_prefix(1);
    const size_t slash = std::min(path.find('/'), path.size());
    segments.push_back(path.substr(0, slash));
    path.remove_prefix(slash);
    if (path.empty()) {
      return segments;
    }
  }
}

bool IsName(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

/// "/a" is below "/a" and "/" but not below "/ab".
bool IsBelow(std::string_view path, std::string_view prefix) {
  return path.substr(0, prefix.size()) == prefix &&
         (path.size() == prefix.size() || path[prefix.size()] == '/');
}

struct Endpoint {
  std::string method;
  Router::Route route;
  std::vector<std::string> names;  // of the segments that are no fixed ones, in order
};

/// Answers per path, one level of segments.
struct Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> fixed;
  std::unique_ptr<Node> named;
  std::vector<Endpoint> here;
  std::vector<Endpoint> rest;  // "{name...}"
};

/// A path on its way down the tree.
struct Path {
  std::vector<std::string_view> raw;
  std::vector<std::string> decoded;
};

/// Where the names of an endpoint are in the path.
using Places = std::vector<size_t>;

const Endpoint* WithMethod(const std::vector<Endpoint>& endpoints,
                           std::string_view method) {
  for (const Endpoint& endpoint : endpoints) {
    if (endpoint.method == method) {
      return &endpoint;
    }
  }
  return nullptr;
}

/// Calls `visit` with the endpoints of each pattern that matches, the best match first,
/// until it returns true.
template <typename Visit>
bool VisitMatches(const Node& node, const Path& path, size_t depth, Places* places,
                  const Visit& visit) {
  if (depth == path.decoded.size()) {
    return visit(node.here);
  }
  const std::string& segment = path.decoded[depth];
  const auto fixed = node.fixed.find(segment);
  if (fixed != node.fixed.end() &&
      VisitMatches(*fixed->second, path, depth + 1, places, visit)) {
    return true;
  }
  places->push_back(depth);
  if (node.named != nullptr && !segment.empty() &&
      VisitMatches(*node.named, path, depth + 1, places, visit)) {
    return true;
  }
  if (visit(node.rest)) {
    return true;
  }
  places->pop_back();
  return false;
}

std::string Join(const std::set<std::string>& methods) {
  return fmt::format("{}", fmt::join(methods, ", "));
}

}  // namespace

struct Router::State {
  Node root;
  std::vector<std::pair<std::string, Fallback>> fallbacks;  // the longest prefix first
  Route options;                                            // answers OPTIONS

  /// Methods that some pattern for the path has; empty if none matches. Sorted.
  std::set<std::string> AllowedMethods(const Path& path) const {
    std::set<std::string> methods;
    Places places;
    VisitMatches(root, path, 0, &places, [&](const std::vector<Endpoint>& endpoints) {
      for (const Endpoint& endpoint : endpoints) {
        methods.insert(endpoint.method);
      }
      return false;
    });
    if (methods.count("GET") != 0) {
      methods.insert("HEAD");
    }
    if (!methods.empty()) {
      methods.insert("OPTIONS");
    }
    return methods;
  }

  const Endpoint* Find(const Path& path, std::string_view method, Places* places) const {
    const Endpoint* found = nullptr;
    VisitMatches(root, path, 0, places, [&](const std::vector<Endpoint>& endpoints) {
      found = WithMethod(endpoints, method);
      return found != nullptr;
    });
    return found;
  }
};

namespace {

Result<Path> PathOf(std::string_view raw_path) {
  Path path{.raw = SplitPath(raw_path), .decoded = {}};
  if (path.raw.empty()) {
    return MakeError(ErrorCode::kInvalidArgument, "The path does not begin with '/'");
  }
  path.decoded.reserve(path.raw.size());
  for (const std::string_view segment : path.raw) {
    ARROW_ASSIGN_OR_RAISE(std::string decoded, PercentDecode(segment));
    path.decoded.push_back(std::move(decoded));
  }
  return path;
}

std::string ParameterAt(const Path& path, size_t place, const RouteOptions& options) {
  return options.plus_is_space ? FormDecode(path.raw[place]).ValueOr(path.decoded[place])
                               : path.decoded[place];
}

/// Fills in path_parameters. `places` has one place for each name.
void TakeParameters(const Path& path, const Endpoint& endpoint, const Places& places,
                    HttpRequest* request) {
  request->path_parameters.clear();
  for (size_t i = 0; i < endpoint.names.size(); ++i) {
    const std::string_view name = endpoint.names[i];
    const RouteOptions& options = endpoint.route.options;
    if (!name.ends_with(kRestMark)) {
      request->path_parameters.emplace(name, ParameterAt(path, places[i], options));
      continue;
    }
    std::string rest = ParameterAt(path, places[i], options);
    for (size_t place = places[i] + 1; place < path.raw.size(); ++place) {
      rest += '/' + ParameterAt(path, place, options);
    }
    request->path_parameters.emplace(name.substr(0, name.size() - kRestMark.size()),
                                     std::move(rest));
  }
}

}  // namespace

Router::Router() : state_(std::make_unique<State>()) {
  const State* state = state_.get();
  state_->options.handler = [state](const HttpRequest& request) {
    HttpResponse response{.status = 204};
    const auto path = PathOf(request.raw_path);
    if (path.ok()) {
      response.headers.Add("Allow", Join(state->AllowedMethods(*path)));
    }
    return response;
  };
}

Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::Add(std::string method, std::string_view path, HttpHandler handler,
                 RouteOptions options) {
  Endpoint endpoint{.method = std::move(method),
                    .route = {.pattern = std::string(path),
                              .handler = std::move(handler),
                              .options = options},
                    .names = {}};
  const std::vector<std::string_view> segments = SplitPath(path);
  TARN_CHECK(!segments.empty());
  Node* node = &state_->root;
  for (size_t i = 0; i < segments.size(); ++i) {
    const std::string_view segment = segments[i];
    if (!IsName(segment)) {
      std::unique_ptr<Node>& next = node->fixed[std::string(segment)];
      if (next == nullptr) {
        next = std::make_unique<Node>();
      }
      node = next.get();
      continue;
    }
    endpoint.names.emplace_back(segment.substr(1, segment.size() - 2));
    if (segment.substr(0, segment.size() - 1).ends_with(kRestMark)) {
      TARN_CHECK(i + 1 == segments.size());
      TARN_CHECK(WithMethod(node->rest, endpoint.method) == nullptr);
      node->rest.push_back(std::move(endpoint));
      return;
    }
    if (node->named == nullptr) {
      node->named = std::make_unique<Node>();
    }
    node = node->named.get();
  }
  TARN_CHECK(WithMethod(node->here, endpoint.method) == nullptr);
  node->here.push_back(std::move(endpoint));
}

void Router::SetFallback(std::string_view path_prefix, Fallback fallback) {
  while (path_prefix.ends_with('/')) {
    path_prefix.remove_suffix(1);
  }
  auto& fallbacks = state_->fallbacks;
  const auto place = std::find_if(fallbacks.begin(), fallbacks.end(), [&](const auto& f) {
    return f.first.size() <= path_prefix.size();
  });
  fallbacks.emplace(place, path_prefix, std::move(fallback));
}

const Router::Route* Router::Match(HttpRequest* request, int* status) const {
  if (request->method == "OPTIONS" && request->raw_path == "*") {
    *status = 200;
    return &state_->options;
  }
  const auto path = PathOf(request->raw_path);
  if (!path.ok()) {
    *status = 400;
    return nullptr;
  }
  Places places;
  const Endpoint* found = state_->Find(*path, request->method, &places);
  if (found == nullptr && request->method == "HEAD") {
    places.clear();
    found = state_->Find(*path, "GET", &places);
  }
  if (found != nullptr) {
    *status = 200;
    TakeParameters(*path, *found, places, request);
    return &found->route;
  }
  if (state_->AllowedMethods(*path).empty()) {
    *status = 404;
    return nullptr;
  }
  if (request->method == "OPTIONS") {
    *status = 200;
    return &state_->options;
  }
  *status = 405;
  return nullptr;
}

HttpResponse Router::Refuse(const HttpRequest& request, int status) const {
  HttpResponse response{.status = status};
  bool is_answered = false;
  for (const auto& [prefix, fallback] : state_->fallbacks) {
    if (IsBelow(request.raw_path, prefix)) {
      response = fallback(request, status);
      is_answered = true;
      break;
    }
  }
  if (!is_answered) {
    response.headers.Add("Content-Type", "text/plain; charset=utf-8");
    response.body = fmt::format("{} {}\n", status, ReasonPhrase(status));
  }
  if (status == 405) {
    const auto path = PathOf(request.raw_path);
    if (path.ok()) {
      response.headers.Set("Allow", Join(state_->AllowedMethods(*path)));
    }
  }
  if (status == 503 && response.headers.Find("Retry-After") == nullptr) {
    response.headers.Set("Retry-After", "1");
  }
  return response;
}

}  // namespace tarn::net
