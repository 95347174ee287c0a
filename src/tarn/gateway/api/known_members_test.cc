#include "tarn/gateway/api/known_members.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/base/error.h"

namespace tarn::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ApiOperation About() {
  return {.request = ApiObject({{"table_name", ApiText("")}, {"dry_run", ApiFlag("")}}),
          .also = {"table"}};
}

TEST(KnownMembers, AreTheDescribedOnesAndTheirOtherNames) {
  for (const Json& body :
       {Json::object(), Json{{"table_name", "t"}, {"warehouse", "w"}},
        Json{{"table", "t"}, {"async", true}}, Json{{"nothing", nullptr}}}) {
    EXPECT_TRUE(CheckMembers("/call", About(), body).ok()) << body;
  }
}

TEST(KnownMembers, OthersAreRefusedWithTheOneThatIsNear) {
  const Status near = CheckMembers("/call", About(), {{"dryrun", true}});
  EXPECT_EQ(CodeOf(near), ErrorCode::kInvalidArgument);
  EXPECT_THAT(near.message(), HasSubstr("dryrun; dry_run is meant"));
  const Status far = CheckMembers("/call", About(), {{"colour", "red"}});
  EXPECT_THAT(far.message(), Not(HasSubstr("perhaps")));
  EXPECT_THAT(far.message(), HasSubstr("async, dry_run, table, table_name, warehouse"));
  const Status long_name =
      CheckMembers("/call", About(), {{std::string(100'000, 'x'), 1}});
  EXPECT_LT(long_name.message().size(), 300U);
}

}  // namespace
}  // namespace tarn::gateway
