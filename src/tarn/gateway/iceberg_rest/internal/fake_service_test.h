// A service on loopback that keeps what it was asked.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tarn/net/http_server.h"

namespace tarn::gateway {

class FakeService {
 public:
  explicit FakeService(std::function<net::HttpResponse(const net::HttpRequest&)> answer) {
    const auto keep = [this,
                       answer = std::move(answer)](const net::HttpRequest& request) {
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        requests_.push_back(request);
      }
      return answer(request);
    };
    router_.Add("POST", "/{path...}", keep);
    router_.Add("GET", "/{path...}", keep);
    auto server = net::HttpServer::Start({.worker_threads = 2}, router_);
    EXPECT_TRUE(server.ok()) << server.status().message();
    server_ = *std::move(server);
  }

  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(server_->port());
  }
  std::vector<net::HttpRequest> requests() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return requests_;
  }

 private:
  net::Router router_;
  mutable std::mutex mutex_;
  std::vector<net::HttpRequest> requests_;  // guarded by mutex_
  std::unique_ptr<net::HttpServer> server_;
};

}  // namespace tarn::gateway
