#include "tarn/io/vended_file_io.h"

#include <atomic>
#include <filesystem>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tarn/testing/fake_clock.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::io {
namespace {

using std::chrono::minutes;
using Properties = std::map<std::string, std::string>;

TEST(VendedFileIO, TrapAnIdentityIsNeverMixedFromTwo) {
  const Properties base = {
      {"s3.access-key-id", "home"},       {"s3.secret-access-key", "home-secret"},
      {"s3.session-token", "home-token"}, {"s3.endpoint", "http://home"},
      {"adls.sas-token.account", "sas"},  {"gcs.oauth2.token", "gcs"}};
  const Properties merged = WithVendedProperties(
      base, {{"s3.access-key-id", "vended"}, {"s3.secret-access-key", "vended-secret"}});
  EXPECT_EQ(merged, (Properties{{"s3.access-key-id", "vended"},
                                {"s3.secret-access-key", "vended-secret"},
                                {"s3.endpoint", "http://home"},
                                {"adls.sas-token.account", "sas"},
                                {"gcs.oauth2.token", "gcs"}}));
  const Properties azure = WithVendedProperties(base, {{"adls.sas-token.other", "new"}});
  EXPECT_FALSE(azure.contains("adls.sas-token.account"));
  EXPECT_EQ(azure.at("s3.session-token"), "home-token");
  EXPECT_EQ(WithVendedProperties({}, {{"client.region", "r1"}}).at("s3.region"), "r1");
  EXPECT_EQ(WithVendedProperties({}, {{"client.region", "r1"}, {"s3.region", "r2"}})
                .at("s3.region"),
            "r2");
}

TEST(VendedFileIO, TheEarliestEndCounts) {
  EXPECT_EQ(ExpiryOf({{"s3.session-token-expires-at-ms", "2000"},
                      {"adls.sas-token-expires-at-ms.account", "1000"},
                      {"gcs.oauth2.token-expires-at", "3000"}})
                ->count(),
            1000);
  EXPECT_FALSE(ExpiryOf({{"s3.session-token", "t"}}).has_value());
  for (const char* text : {"", "soon", "-5", "0", "12x"}) {
    EXPECT_FALSE(ExpiryOf({{"s3.session-token-expires-at-ms", text}})) << text;
  }
}

/// Grants of a table whose credentials end one hour after they were vended.
class GrantTest : public ::testing::Test {
 protected:
  StorageGrant Hour(const std::string& root) {
    return {.roots = {root},
            .credentials = {{root,
                             {{"s3.access-key-id", "k" + std::to_string(++vended_)},
                              {"s3.secret-access-key", "s"},
                              // Nobody answers there, and nobody is asked twice.
                              {"s3.endpoint", "http://127.0.0.1:1"},
                              {"s3.retry.num-retries", "0"},
                              {"s3.connect-timeout", "50ms"},
                              {"s3.session-token-expires-at-ms",
                               std::to_string((clock_.Now() + minutes(60)).count())}}}}};
  }
  VendedFileIO::Renew Renewal() {
    return [this]() -> Result<StorageGrant> {
      ++renewals_;
      ARROW_RETURN_NOT_OK(next_);
      return Hour("s3://bucket/t");
    };
  }
  /// Opens the store of a location, which is all that credentials are needed for.
  Status Touch(const std::string& location) { return io_.Stat(location).status(); }

  testing::FakeClock clock_;
  VendedFileIO io_{{}, clock_};
  std::atomic<int> vended_{0};
  std::atomic<int> renewals_{0};
  Status next_;
};

TEST_F(GrantTest, CredentialsAreRenewedBeforeTheyEnd) {
  io_.Grant("ns.t", Hour("s3://bucket/t"), Renewal());
  EXPECT_TRUE(io_.IsFresh("ns.t"));
  Touch("s3://bucket/t/data/a.parquet").ok();
  EXPECT_EQ(renewals_, 0);
  clock_.Advance(minutes(54));
  Touch("s3://bucket/t/data/a.parquet").ok();
  EXPECT_EQ(renewals_, 0);
  clock_.Advance(minutes(2));
  EXPECT_FALSE(io_.IsFresh("ns.t"));
  Touch("s3a://bucket/t/data/a.parquet").ok();  // the same place by another name
  EXPECT_EQ(renewals_, 1);
  EXPECT_TRUE(io_.IsFresh("ns.t"));
  Touch("s3://bucket/t/data/a.parquet").ok();
  EXPECT_EQ(renewals_, 1);
}

TEST_F(GrantTest, AFailedRenewalMattersOnlyOnceTheyHaveEnded) {
  io_.Grant("ns.t", Hour("s3://bucket/t"), Renewal());
  next_ = MakeError(ErrorCode::kUnavailable, "the catalog is away");
  clock_.Advance(minutes(57));
  const Status early = Touch("s3://bucket/t/a");
  EXPECT_EQ(renewals_, 1);
  EXPECT_EQ(early.message().find("the catalog is away"), std::string::npos);
  clock_.Advance(minutes(4));
  EXPECT_ERROR(Touch("s3://bucket/t/a"), ErrorCode::kUnavailable,
               "credentials for ns.t have expired: the catalog is away");
  next_ = Status::OK();
  const Status late = Touch("s3://bucket/t/a");
  EXPECT_EQ(late.message().find("expired"), std::string::npos);
}

TEST_F(GrantTest, OnlyFilesBelowAPrefixTakeItsCredentials) {
  io_.Grant("ns.t", Hour("s3://bucket/t"), Renewal());
  clock_.Advance(minutes(57));
  const auto file = std::filesystem::temp_directory_path() /
                    ("tarn-vended-" + std::to_string(getpid()));
  ASSERT_OK(io_.WriteNew(file.string(), "local"));
  ASSERT_OK_AND_ASSIGN(const std::string text, io_.ReadAll(file.string(), 100));
  EXPECT_EQ(text, "local");
  ASSERT_OK(io_.Delete(file.string()));
  EXPECT_EQ(renewals_, 0);
  Touch("s3://bucket/t/a").ok();
  EXPECT_EQ(renewals_, 1);
}

TEST_F(GrantTest, OneThreadRenewsForAll) {
  io_.Grant("ns.t", Hour("s3://bucket/t"), Renewal());
  clock_.Advance(minutes(61));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { Touch("s3://bucket/t/a").ok(); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(renewals_, 1);
}

}  // namespace
}  // namespace tarn::io
