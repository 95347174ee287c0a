#include "tarn/gateway/iceberg_rest/internal/staged_grant.h"

#include <gtest/gtest.h>

#include "tarn/base/digest.h"
#include "tarn/base/error.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::gateway {
namespace {

using std::chrono::milliseconds;

const StagedGrant kGrant = {.principal = "ada",
                            .ident = {{{"a", "b"}}, "t"},
                            .locations = {"s3://b/wh/t"},
                            .expires_at = milliseconds(1000)};

TEST(StagedGrant, ComesBackAsItWasSealed) {
  const std::string text = SealStagedGrant(kGrant, "secret");
  EXPECT_EQ(text.find("secret"), std::string::npos);
  ASSERT_OK_AND_ASSIGN(const StagedGrant grant,
                       OpenStagedGrant(text, "secret", milliseconds(999)));
  EXPECT_EQ(grant.principal, kGrant.principal);
  EXPECT_EQ(grant.ident, kGrant.ident);
  EXPECT_EQ(grant.locations, kGrant.locations);
}

TEST(StagedGrant, IsRefusedInAnyOtherForm) {
  const std::string text = SealStagedGrant(kGrant, "secret");
  StagedGrant other = kGrant;
  other.locations = {"s3://b/wh"};
  const std::string other_text = SealStagedGrant(other, "another secret");
  const std::string seal = text.substr(text.find('.'));
  const std::string forged = other_text.substr(0, other_text.find('.')) + seal;
  for (const std::string& bad :
       {std::string(), std::string("."), text.substr(1), text + "A", other_text, forged,
        Base64Encode("{}") + "." + Base64Encode(HmacSha256("secret", "{}"))}) {
    SCOPED_TRACE(bad);
    const auto opened = OpenStagedGrant(bad, "secret", milliseconds(0));
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(CodeOf(opened.status()), ErrorCode::kForbidden);
  }
  EXPECT_FALSE(OpenStagedGrant(text, "secret", milliseconds(1000)).ok());
}

}  // namespace
}  // namespace tarn::gateway
