// The protocol without a server: requests go to the router.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "tarn/base/json_fields.h"
#include "tarn/catalog/key_value_store.h"
#include "tarn/gateway/iceberg_rest/rest_catalog.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::gateway {

struct RestAnswer {
  int status = 0;
  net::HttpHeaders headers = {};
  std::string text = {};
  Json body = {};

  std::string ErrorMember(const char* key) const {
    return body.is_object() && body.contains("error") ? body["error"].value(key, "") : "";
  }
  std::string ErrorType() const { return ErrorMember("type"); }
  std::string Message() const { return ErrorMember("message"); }
};

class RestCaller {
 public:
  explicit RestCaller(RestCatalogOptions options)
      : rest_(std::make_unique<RestCatalog>(std::move(options))) {
    rest_->AddRoutes("/catalog", &router_);
    rest_->AddApiRoutes("/api/v1/warehouses", &router_);
  }

  using Headers = std::map<std::string, std::string>;
  /// `target` below "/catalog/v1", or whole if it begins with "/api".
  RestAnswer Call(const std::string& method, const std::string& target,
                  const std::string& body = "", const Headers& headers = {}) const {
    net::HttpRequest request;
    request.method = method;
    const size_t question = target.find('?');
    request.raw_path =
        (target.starts_with("/api") ? "" : "/catalog/v1") + target.substr(0, question);
    request.raw_query = question == std::string::npos ? "" : target.substr(question + 1);
    request.body = body;
    for (const auto& [name, value] : headers) {
      request.headers.Add(name, value);
    }
    int status = 0;
    const net::Router::Route* route = router_.Match(&request, &status);
    const net::HttpResponse response =
        route == nullptr ? router_.Refuse(request, status) : route->handler(request);
    RestAnswer answer{
        .status = response.status, .headers = response.headers, .text = response.body};
    if (!response.body.empty()) {
      const auto json = ParseJson(response.body, "answer");
      EXPECT_OK(json);
      answer.body = json.ok() ? *json : Json();
    }
    return answer;
  }

 private:
  std::unique_ptr<RestCatalog> rest_;
  net::Router router_;
};

/// Settings that several servers share, in memory.
class MemorySettings final : public catalog::KeyValueStore {
 public:
  Result<std::optional<std::string>> Get(const std::string& key) override {
    const std::lock_guard lock(mutex_);
    const auto found = values_.find(key);
    return found == values_.end() ? std::optional<std::string>() : found->second;
  }
  Status Set(const std::string& key, const std::string& value) override {
    const std::lock_guard lock(mutex_);
    values_[key] = value;
    return Status::OK();
  }
  Result<std::string> SetIfAbsent(const std::string& key,
                                  const std::string& value) override {
    const std::lock_guard lock(mutex_);
    return values_.emplace(key, value).first->second;
  }
  Status Remove(const std::string& key) override {
    const std::lock_guard lock(mutex_);
    values_.erase(key);
    return Status::OK();
  }
  Result<std::map<std::string, std::string>> List(const std::string& prefix) override {
    const std::lock_guard lock(mutex_);
    std::map<std::string, std::string> found;
    for (const auto& [key, value] : values_) {
      if (key.starts_with(prefix)) {
        found[key] = value;
      }
    }
    return found;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::string> values_;
};

}  // namespace tarn::gateway
