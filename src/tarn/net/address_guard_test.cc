#include "tarn/net/address_guard.h"

#include <arpa/inet.h>
#include <cstring>
#include <netinet/in.h>

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::net {
namespace {

bool Allows(const AddressGuard& guard, const std::string& address,
            std::string_view host = "example.org") {
  sockaddr_storage storage{};
  auto* ipv4 = reinterpret_cast<sockaddr_in*>(&storage);
  auto* ipv6 = reinterpret_cast<sockaddr_in6*>(&storage);
  if (::inet_pton(AF_INET, address.c_str(), &ipv4->sin_addr) == 1) {
    storage.ss_family = AF_INET;
  } else {
    EXPECT_EQ(::inet_pton(AF_INET6, address.c_str(), &ipv6->sin6_addr), 1) << address;
    storage.ss_family = AF_INET6;
  }
  const auto& general = reinterpret_cast<const sockaddr&>(storage);
  EXPECT_NE(AddressText(general), "?");
  return guard.Allows(general, host);
}

TEST(AddressGuard, RefusesWhatIsNotPublic) {
  const AddressGuard guard = *AddressGuard::Make("");
  for (const char* address : {"127.0.0.1",
                              "127.255.255.254",
                              "0.0.0.0",
                              "10.0.0.1",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.168.1.1",
                              "169.254.169.254",
                              "100.64.0.1",
                              "224.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "fe80::1",
                              "fd00:ec2::254",
                              "fc00::1",
                              "::ffff:127.0.0.1",
                              "::ffff:10.0.0.1",
                              "64:ff9b::a9fe:a9fe",
                              "2002:7f00:1::",
                              "::127.0.0.1",
                              "ff02::1",
                              "2001:db8::1"}) {
    EXPECT_FALSE(Allows(guard, address)) << address;
  }
}

TEST(AddressGuard, AllowsThePublicInternet) {
  const AddressGuard guard = *AddressGuard::Make("");
  for (const char* address :
       {"1.1.1.1", "172.15.255.255", "172.32.0.1", "192.167.0.1", "100.128.0.1",
        "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::"}) {
    EXPECT_TRUE(Allows(guard, address)) << address;
  }
}

TEST(AddressGuard, AllowsWhatIsConfigured) {
  ASSERT_OK_AND_ASSIGN(
      const AddressGuard guard,
      AddressGuard::Make("10.1.0.0/16, 192.168.7.9 Wiki.Local,fd00::/8"));
  EXPECT_TRUE(Allows(guard, "10.1.255.1"));
  EXPECT_FALSE(Allows(guard, "10.2.0.1"));
  EXPECT_TRUE(Allows(guard, "192.168.7.9"));
  EXPECT_FALSE(Allows(guard, "192.168.7.10"));
  EXPECT_TRUE(Allows(guard, "fd12::1"));
  EXPECT_TRUE(Allows(guard, "127.0.0.1", "wiki.LOCAL"));
  EXPECT_FALSE(Allows(guard, "127.0.0.1", "other.local"));
  EXPECT_FALSE(guard.allows_all());
  EXPECT_TRUE(Allows(*AddressGuard::Make("all"), "169.254.169.254"));
}

TEST(AddressGuard, RefusesWhatItCannotRead) {
  for (const char* text : {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "fd00::/129", "a/8",
                           "http://x", "x:80"}) {
    EXPECT_EQ(CodeOf(AddressGuard::Make(text).status()), ErrorCode::kInvalidArgument)
        << text;
  }
}

}  // namespace
}  // namespace tarn::net
