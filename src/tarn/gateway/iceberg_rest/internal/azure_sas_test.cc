#include "tarn/gateway/iceberg_rest/internal/azure_sas.h"

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::gateway {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kNow(1'704'067'500'000);      // 2024-01-01T00:05:00Z
constexpr milliseconds kExpires(1'704'071'100'000);  // an hour later
constexpr char kKey[] = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

TEST(AzureSas, SignsTheTablesDirectory) {
  const StoreRoot root = ParseStoreRoot("abfss://lake@acct.dfs.core.windows.net/wh/ns/t");
  ASSERT_OK_AND_ASSIGN(const std::string sas,
                       MakeAzureSas({.root = root,
                                     .account = "acct",
                                     .account_key = kKey,
                                     .access = TableAccess::kReadWrite,
                                     .now = kNow,
                                     .expires_at = kExpires}));
  EXPECT_EQ(sas,
            "sv=2021-12-02&st=2024-01-01T00%3A00%3A00Z&se=2024-01-01T01%3A05%3A00Z&sr=d"
            "&sp=racwdlme&spr=https&sdd=3"
            "&sig=vwRkfcsJs9BKXkH%2FcIoDjT24TR%2FXCr71YxwAKN1hOKo%3D");
}

TEST(AzureSas, SignsTheContainerForReading) {
  const StoreRoot root = ParseStoreRoot("abfss://lake@acct.dfs.core.windows.net/wh/ns/t");
  ASSERT_OK_AND_ASSIGN(const std::string sas,
                       MakeAzureSas({.root = root,
                                     .account = "acct",
                                     .account_key = kKey,
                                     .scope = AzureScope::kContainer,
                                     .now = kNow,
                                     .expires_at = kExpires,
                                     .is_https_only = false}));
  EXPECT_EQ(sas,
            "sv=2021-12-02&st=2024-01-01T00%3A00%3A00Z&se=2024-01-01T01%3A05%3A00Z&sr=c"
            "&sp=rl&spr=https%2Chttp"
            "&sig=LywZxCadZ3eSSpzlhYPySx5D4sXh4IfBphifiW89ZWs%3D");
}

TEST(AzureSas, RefusesAKeyThatIsNone) {
  const StoreRoot root = ParseStoreRoot("abfss://lake@acct.dfs.core.windows.net/wh/t");
  const auto sas =
      MakeAzureSas({.root = root, .account = "acct", .account_key = "no base64!"});
  ASSERT_FALSE(sas.ok());
  EXPECT_EQ(CodeOf(sas.status()), ErrorCode::kInvalidArgument);
  EXPECT_EQ(sas.status().message().find("no base64!"), std::string::npos);
}

}  // namespace
}  // namespace tarn::gateway
