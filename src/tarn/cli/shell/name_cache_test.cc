#include "tarn/cli/shell/name_cache.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tarn::cli {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Answers when it is told to.
class SlowNames final : public NameSource {
 public:
  void Answer() {
    const std::lock_guard lock(mutex_);
    may_answer_ = true;
    changed_.notify_all();
  }
  int num_calls() const { return num_calls_; }

  Result<std::vector<std::string>> Catalogs() override {
    Wait();
    return std::vector<std::string>{"iceberg"};
  }
  Result<std::vector<std::string>> Schemas(const std::string&) override {
    Wait();
    return std::vector<std::string>{"sales"};
  }
  Result<std::vector<ObjectName>> Objects(const std::string&,
                                          const std::string& schema) override {
    return std::vector<ObjectName>{{schema, "orders", "table"}};
  }
  Result<ObjectDetail> Describe(const std::string&, const ObjectName&) override {
    return Status::IOError("no connection");
  }
  Result<std::vector<std::string>> Functions() override {
    return std::vector<std::string>{};
  }
  Result<std::vector<std::string>> Settings() override {
    return std::vector<std::string>{};
  }
  void Interrupt() override { Answer(); }

 private:
  void Wait() {
    ++num_calls_;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return may_answer_; });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool may_answer_ = false;
  std::atomic<int> num_calls_ = 0;
};

TEST(NameCache, NobodyWaitsLongForNames) {
  SlowNames source;
  NameCache names(source, milliseconds(300));
  const auto begin = std::chrono::steady_clock::now();
  names.BeginRequest();
  EXPECT_THAT(names.Catalogs(), IsEmpty());
  EXPECT_THAT(names.Schemas("iceberg"), IsEmpty());
  EXPECT_THAT(names.Objects("iceberg", "sales"), IsEmpty());
  const auto waited = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(waited, milliseconds(300));
  EXPECT_LT(waited, milliseconds(850)) << "all of them together, not each";
}

TEST(NameCache, KnowsThemOnceTheyCame) {
  SlowNames source;
  source.Answer();
  NameCache names(source, milliseconds(10'000));
  names.BeginRequest();
  EXPECT_THAT(names.Catalogs(), ElementsAre("iceberg"));
  EXPECT_THAT(names.Catalogs(), ElementsAre("iceberg"));
  EXPECT_EQ(source.num_calls(), 1);
  EXPECT_THAT(names.Objects("iceberg", "sales"), ElementsAre("orders"));
  EXPECT_THAT(names.Columns("iceberg", "sales", "orders"), IsEmpty()) << "an error";
  names.Forget();
  names.BeginRequest();
  EXPECT_THAT(names.Catalogs(), ElementsAre("iceberg"));
  EXPECT_EQ(source.num_calls(), 2);
}

TEST(NameCache, EndsWhileItWaits) {
  SlowNames source;
  NameCache names(source, milliseconds(1));
  names.Warm("iceberg");
}

}  // namespace
}  // namespace tarn::cli
