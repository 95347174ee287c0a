#include "tarn/testing/principal_store_contract.h"

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tarn/testing/status_matchers.h"

namespace tarn::testing {
namespace {

using governance::PrincipalKind;
using governance::PrincipalRecord;
using governance::PrincipalStore;
using governance::SigningKey;
using std::chrono::milliseconds;

PrincipalRecord Spark() {
  return {.id = "8d0f6d3c-0000-4000-8000-000000000001",
          .name = "spark",
          .kind = PrincipalKind::kService,
          .client_id = "spark-client",
          .secrets = {{.id = "s2", .hash = "$b", .created_at = milliseconds(20)},
                      {.id = "s1", .hash = "$a", .created_at = milliseconds(10)}},
          .roles = {"reader", "writer"},
          .is_admin = true,
          .is_disabled = true,
          .created_at = milliseconds(1'700'000'000'123)};
}

PrincipalRecord Ada() {
  return {.id = "8d0f6d3c-0000-4000-8000-000000000002",
          .name = "ada'; DROP TABLE \"x\" \xC3\xA9",
          .client_id = "ada"};
}

void ExpectSame(const PrincipalRecord& found, const PrincipalRecord& expected) {
  EXPECT_EQ(found.id, expected.id);
  EXPECT_EQ(found.name, expected.name);
  EXPECT_EQ(found.kind, expected.kind);
  EXPECT_EQ(found.client_id, expected.client_id);
  EXPECT_EQ(found.roles, expected.roles);
  EXPECT_EQ(found.is_admin, expected.is_admin);
  EXPECT_EQ(found.is_disabled, expected.is_disabled);
  EXPECT_EQ(found.created_at, expected.created_at);
  ASSERT_EQ(found.secrets.size(), expected.secrets.size());
  for (size_t i = 0; i < found.secrets.size(); ++i) {
    EXPECT_EQ(found.secrets[i].id, expected.secrets[i].id);
    EXPECT_EQ(found.secrets[i].hash, expected.secrets[i].hash);
    EXPECT_EQ(found.secrets[i].created_at, expected.secrets[i].created_at);
  }
}

void CheckCreateAndFind(PrincipalStore& store) {
  ASSERT_OK_AND_ASSIGN(auto none, store.FindByName("spark"));
  EXPECT_FALSE(none);
  ASSERT_OK(store.Create(Spark()));
  ASSERT_OK(store.Create(Ada()));
  ASSERT_OK_AND_ASSIGN(auto by_name, store.FindByName("spark"));
  ASSERT_TRUE(by_name);
  ExpectSame(*by_name, Spark());
  EXPECT_EQ(by_name->version, 1);
  ASSERT_OK_AND_ASSIGN(auto by_client, store.FindByClientId("ada"));
  ASSERT_TRUE(by_client);
  ExpectSame(*by_client, Ada());
  ASSERT_OK_AND_ASSIGN(none, store.FindByClientId("spark"));
  EXPECT_FALSE(none);
  ASSERT_OK_AND_ASSIGN(none, store.FindByName("Spark"));
  EXPECT_FALSE(none) << "names are compared byte by byte";
  ASSERT_OK_AND_ASSIGN(const auto all, store.List());
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].name, Ada().name);
  EXPECT_EQ(all[1].name, "spark");
}

void CheckNamesAndClientIdsAreUnique(PrincipalStore& store) {
  PrincipalRecord same_name = Ada();
  same_name.name = "spark";
  same_name.client_id = "other";
  EXPECT_ERROR(store.Create(same_name), ErrorCode::kAlreadyExists, "");
  PrincipalRecord same_client = Ada();
  same_client.name = "other";
  same_client.client_id = "spark-client";
  EXPECT_ERROR(store.Create(same_client), ErrorCode::kAlreadyExists, "");
}

void CheckReplaceComparesTheVersion(PrincipalStore& store) {
  PrincipalRecord changed = Spark();
  changed.version = 1;
  changed.is_disabled = false;
  changed.roles = {};
  changed.secrets.pop_back();
  ASSERT_OK(store.Replace(changed));
  ASSERT_OK_AND_ASSIGN(const auto found, store.FindByName("spark"));
  ASSERT_TRUE(found);
  ExpectSame(*found, changed);
  EXPECT_EQ(found->version, 2);
  EXPECT_ERROR(store.Replace(changed), ErrorCode::kCommitConflict, "");
  PrincipalRecord nobody = Spark();
  nobody.name = "nobody";
  nobody.version = 1;
  EXPECT_ERROR(store.Replace(nobody), ErrorCode::kCommitConflict, "");
}

/// Of writers that read the same version, one wins.
void CheckOneOfManyReplacesWins(PrincipalStore& store) {
  ASSERT_OK_AND_ASSIGN(const auto read, store.FindByName("spark"));
  ASSERT_TRUE(read);
  std::atomic<int> wins = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      PrincipalRecord mine = *read;
      mine.roles = {"r" + std::to_string(i)};
      wins += store.Replace(mine).ok() ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(wins, 1);
}

void CheckDrop(PrincipalStore& store) {
  ASSERT_OK(store.Drop("spark"));
  EXPECT_ERROR(store.Drop("spark"), ErrorCode::kInvalidArgument, "spark");
  ASSERT_OK_AND_ASSIGN(const auto none, store.FindByClientId("spark-client"));
  EXPECT_FALSE(none);
  ASSERT_OK(store.Create(Spark())) << "the name is free again";
}

void CheckSigningKeys(PrincipalStore& store) {
  ASSERT_OK_AND_ASSIGN(auto keys, store.ListSigningKeys());
  EXPECT_TRUE(keys.empty());
  const SigningKey old{.id = "k1", .secret = "one", .created_at = milliseconds(1)};
  const SigningKey newer{.id = "k0", .secret = "two", .created_at = milliseconds(2)};
  ASSERT_OK(store.AddSigningKey(newer));
  ASSERT_OK(store.AddSigningKey(old));
  EXPECT_ERROR(store.AddSigningKey(old), ErrorCode::kAlreadyExists, "");
  ASSERT_OK_AND_ASSIGN(keys, store.ListSigningKeys());
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].id, "k0");
  EXPECT_EQ(keys[0].secret, "two");
  EXPECT_EQ(keys[0].created_at, milliseconds(2));
  ASSERT_OK(store.DropSigningKey("k0"));
  ASSERT_OK(store.DropSigningKey("k0"));
  ASSERT_OK_AND_ASSIGN(keys, store.ListSigningKeys());
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys[0].id, "k1");
}

}  // namespace

void CheckPrincipalStoreContract(PrincipalStore& store) {
  CheckCreateAndFind(store);
  CheckNamesAndClientIdsAreUnique(store);
  CheckReplaceComparesTheVersion(store);
  CheckOneOfManyReplacesWins(store);
  CheckDrop(store);
  CheckSigningKeys(store);
}

}  // namespace tarn::testing
