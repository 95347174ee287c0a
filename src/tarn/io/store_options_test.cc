#include "tarn/io/store_options.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace tarn::io {
namespace {

using std::chrono::milliseconds;

TEST(S3OptionsFrom, PropertiesComeBeforeTheEnvironment) {
  ::setenv("AWS_ACCESS_KEY_ID", "env-id", 1);
  ::setenv("AWS_SECRET_ACCESS_KEY", "env-secret", 1);
  ::setenv("AWS_REGION", "eu-west-1", 1);
  const S3Options from_environment = S3OptionsFrom({});
  EXPECT_EQ(from_environment.access_key_id, "env-id");
  EXPECT_EQ(from_environment.secret_access_key, "env-secret");
  EXPECT_EQ(from_environment.region, "eu-west-1");
  EXPECT_TRUE(from_environment.path_style);
  const S3Options from_properties = S3OptionsFrom({{"s3.access-key-id", "id"},
                                                   {"s3.region", "us-west-2"},
                                                   {"s3.path-style-access", "false"},
                                                   {"s3.endpoint", "http://h:1"}});
  EXPECT_EQ(from_properties.access_key_id, "id");
  EXPECT_EQ(from_properties.secret_access_key, "") << "identities must not be mixed";
  EXPECT_EQ(from_properties.region, "us-west-2");
  EXPECT_FALSE(from_properties.path_style);
  ::unsetenv("AWS_ACCESS_KEY_ID");
  ::unsetenv("AWS_SECRET_ACCESS_KEY");
  ::unsetenv("AWS_REGION");
}

TEST(S3OptionsFrom, LimitsHaveDefaults) {
  const S3Options options = S3OptionsFrom({});
  EXPECT_EQ(options.retry.retries_max, 5);
  EXPECT_EQ(options.retry.wait_min, milliseconds(500));
  EXPECT_EQ(options.retry.wait_max, milliseconds(20'000));
  EXPECT_EQ(options.request_timeout, milliseconds(60'000));
  EXPECT_EQ(options.parts_in_flight_max, 4);
}

TEST(S3OptionsFrom, LimitsAreRead) {
  const S3Options options = S3OptionsFrom({{"s3.retry.num-retries", "0"},
                                           {"s3.retry.min-wait-ms", "7"},
                                           {"s3.retry.max-wait-ms", "70"},
                                           {"s3.connect-timeout", "250ms"},
                                           {"s3.request-timeout", "30.5"},
                                           {"s3.multipart.num-threads", "many"}});
  EXPECT_EQ(options.retry.retries_max, 0);
  EXPECT_EQ(options.retry.wait_min, milliseconds(7));
  EXPECT_EQ(options.retry.wait_max, milliseconds(70));
  EXPECT_EQ(options.connect_timeout, milliseconds(250));
  EXPECT_EQ(options.request_timeout, milliseconds(30'500)) << "seconds, as PyIceberg";
  EXPECT_EQ(options.parts_in_flight_max, 4) << "no number: the default";
}

TEST(AzureOptionsFrom, AConnectionString) {
  const AzureOptions options = AzureOptionsFrom(
      {{"adls.connection-string",
        "DefaultEndpointsProtocol=http;AccountName=acc;AccountKey=a2V5PT0=;"
        "BlobEndpoint=http://127.0.0.1:10000/acc;"}});
  EXPECT_EQ(options.account_name, "acc");
  EXPECT_EQ(options.account_key, "a2V5PT0=");
  EXPECT_EQ(options.blob_scheme, "http");
  EXPECT_EQ(options.blob_authority, "127.0.0.1:10000");
  EXPECT_EQ(options.dfs_authority, "127.0.0.1:10000");
  const AzureOptions cloud = AzureOptionsFrom(
      {{"adls.connection-string",
        "AccountName=acc;SharedAccessSignature=sv=1&sig=x;EndpointSuffix=core.x.cn"}});
  EXPECT_EQ(cloud.sas_token, "sv=1&sig=x");
  EXPECT_EQ(cloud.blob_authority, ".blob.core.x.cn");
  EXPECT_EQ(cloud.dfs_authority, ".dfs.core.x.cn");
  EXPECT_EQ(cloud.blob_scheme, "https");
}

TEST(AzureOptionsFrom, PropertiesComeBeforeTheConnectionString) {
  const AzureOptions options =
      AzureOptionsFrom({{"adls.connection-string", "AccountName=a;AccountKey=b"},
                        {"adls.account-name", "c"},
                        {"adls.blob-storage-authority", "h:1"},
                        {"adls.blob-storage-scheme", "http"}});
  EXPECT_EQ(options.account_name, "c");
  EXPECT_EQ(options.account_key, "b");
  EXPECT_EQ(options.blob_authority, "h:1");
  EXPECT_EQ(options.dfs_authority, "");
  EXPECT_EQ(options.blob_scheme, "http");
}

TEST(AzureOptionsFrom, SignaturesOfAccounts) {
  const AzureOptions options =
      AzureOptionsFrom({{"adls.sas-token.one.dfs.core.windows.net", "1"},
                        {"adls.sas-token.two", "2"},
                        {"adls.sas-token", "any"}});
  EXPECT_EQ(options.sas_tokens.at("one"), "1");
  EXPECT_EQ(options.sas_tokens.at("two"), "2");
  EXPECT_EQ(options.sas_token, "any");
}

TEST(AzureOptionsFrom, TheEnvironmentIsOneIdentity) {
  ::setenv("AZURE_STORAGE_ACCOUNT", "env", 1);
  ::setenv("AZURE_STORAGE_KEY", "env-key", 1);
  const AzureOptions from_environment = AzureOptionsFrom({});
  EXPECT_EQ(from_environment.account_name, "env");
  EXPECT_EQ(from_environment.account_key, "env-key");
  const AzureOptions from_properties = AzureOptionsFrom({{"adls.account-name", "mine"}});
  EXPECT_EQ(from_properties.account_name, "mine");
  EXPECT_EQ(from_properties.account_key, "") << "identities must not be mixed";
  ::unsetenv("AZURE_STORAGE_ACCOUNT");
  ::unsetenv("AZURE_STORAGE_KEY");
}

TEST(GcsOptionsFrom, AllProperties) {
  const GcsOptions options = GcsOptionsFrom({{"gcs.service.host", "http://h:1"},
                                             {"gcs.oauth2.token", "t"},
                                             {"gcs.oauth2.token-expires-at", "17"},
                                             {"gcs.project-id", "p"},
                                             {"gcs.no-auth", "true"},
                                             {"gcs.retry-limit", "30s"}});
  EXPECT_EQ(options.host, "http://h:1");
  EXPECT_EQ(options.token, "t");
  EXPECT_EQ(options.token_expires_at, milliseconds(17));
  EXPECT_EQ(options.project_id, "p");
  EXPECT_TRUE(options.anonymous);
  EXPECT_EQ(options.retry_limit, milliseconds(30'000));
  EXPECT_FALSE(GcsOptionsFrom({}).anonymous);
}

}  // namespace
}  // namespace tarn::io
