#include "tarn/service/connections.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tarn/base/error.h"
#include "tarn/catalog/document_store.h"
#include "tarn/catalog/store.h"
#include "tarn/testing/fake_clock.h"

namespace tarn::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kPassword[] = "tr0ub4dor&3";

class StoredConnections : public ::testing::Test {
 protected:
  StoredConnections()
      : directory_(std::filesystem::temp_directory_path() /
                   ("tarn-connections-" + std::to_string(::getpid()) + "-" +
                    NewUuid(SystemRandom()))),
        io_(io::MakeFileIO({})) {
    std::filesystem::create_directories(directory_);
    auto opened = catalog::OpenStore({.uri = (directory_ / "catalog.db").string()}, *io_,
                                     clock_, SystemRandom());
    EXPECT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    connections_ = Open();
  }
  ~StoredConnections() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  std::string KeyFile() const { return (directory_ / "connections.key").string(); }
  std::unique_ptr<Connections> Open() {
    return std::make_unique<Connections>(ConnectionsOptions{
        .documents = store_->documents(), .clock = clock_, .key_file = KeyFile()});
  }
  static ConnectionOrder Shop(Json more = Json::object()) {
    Json members = {{"host", "db"},
                    {"port", 5432},
                    {"database", "shop"},
                    {"user", "reader"},
                    {"password", kPassword}};
    members.update(more);
    return {.name = "shop", .type = "postgres", .members = members};
  }

  const ConnectionCaller ada_{.principal = {.name = "ada"}, .reaches_server = false};
  const ConnectionCaller bob_{.principal = {.name = "bob"}, .reaches_server = false};
  const ConnectionCaller root_{.principal = {.name = "root", .is_admin = true},
                               .reaches_server = true};
  std::filesystem::path directory_;
  std::unique_ptr<io::FileIO> io_;
  testing::FakeClock clock_;
  std::unique_ptr<catalog::Store> store_;
  std::unique_ptr<Connections> connections_;
};

TEST_F(StoredConnections, KeepSecretsSealed) {
  const auto made = connections_->Create(Shop(), ada_);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_THAT(made->secrets, ElementsAre("password"));
  EXPECT_FALSE(made->settings.contains("password"));
  const auto document = *store_->documents().Find("connection", "shop");
  EXPECT_THAT(document->text, Not(HasSubstr(kPassword)));
  EXPECT_THAT(document->text, HasSubstr("reader"));
  // Another process reads the same key.
  const auto members = Open()->SecretsOf("shop", ada_.principal);
  ASSERT_TRUE(members.ok()) << members.status();
  EXPECT_EQ((*members)["password"], kPassword);
  EXPECT_EQ((*members)["port"], 5432);
  EXPECT_EQ((*members)["type"], "postgres");
  EXPECT_EQ((*members)["guarded"], true);
}

TEST_F(StoredConnections, TheKeyIsForItsOwnerAlone) {
  ASSERT_TRUE(connections_->Create(Shop(), ada_).ok());
  struct stat about = {};
  ASSERT_EQ(::stat(KeyFile().c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  ASSERT_EQ(::chmod(KeyFile().c_str(), 0644), 0);
  const auto members = Open()->SecretsOf("shop", ada_.principal);
  EXPECT_EQ(CodeOf(members.status()), ErrorCode::kForbidden);
  EXPECT_THAT(members.status().message(), HasSubstr("chmod 600"));
}

TEST_F(StoredConnections, AnotherKeyOpensNothing) {
  ASSERT_TRUE(connections_->Create(Shop(), ada_).ok());
  std::filesystem::remove(KeyFile());
  const auto other = Open();
  ASSERT_TRUE(other
                  ->Create({.name = "other",
                            .type = "http",
                            .members = {{"url", "http://x/"}, {"token", "t"}}},
                           ada_)
                  .ok());
  const auto members = other->SecretsOf("shop", ada_.principal);
  EXPECT_EQ(CodeOf(members.status()), ErrorCode::kInvalidData);
  EXPECT_THAT(members.status().message(), HasSubstr("another key"));
  std::ofstream(KeyFile()) << "short";
  EXPECT_EQ(CodeOf(Open()->SecretsOf("shop", ada_.principal).status()),
            ErrorCode::kInvalidData);
}

TEST_F(StoredConnections, SecretsAreBoundToTheirConnection) {
  ASSERT_TRUE(connections_->Create(Shop(), ada_).ok());
  ConnectionOrder mine = Shop({{"host", "mallory.example"}, {"password", "x"}});
  mine.name = "mine";
  ASSERT_TRUE(connections_->Create(mine, bob_).ok());
  // Somebody who may write to the store moves the sealed text to a host of theirs.
  auto& documents = store_->documents();
  const Json theirs = *ParseJson((*documents.Find("connection", "shop"))->text, "");
  auto document = **documents.Find("connection", "mine");
  Json moved = *ParseJson(document.text, "");
  moved["sealed"] = theirs["sealed"];
  document.text = DumpJson(moved);
  ASSERT_TRUE(documents.Replace(document).ok());
  EXPECT_EQ(CodeOf(connections_->SecretsOf("mine", bob_.principal).status()),
            ErrorCode::kInvalidData);
}

TEST_F(StoredConnections, AreTheirOwners) {
  ASSERT_TRUE(connections_->Create(Shop(), ada_).ok());
  EXPECT_EQ(CodeOf(connections_->Find("shop", bob_.principal).status()),
            ErrorCode::kNoSuchConnection);
  EXPECT_EQ(CodeOf(connections_->SecretsOf("shop", bob_.principal).status()),
            ErrorCode::kNoSuchConnection);
  EXPECT_EQ(CodeOf(connections_->Replace(Shop(), bob_).status()),
            ErrorCode::kNoSuchConnection);
  EXPECT_EQ(CodeOf(connections_->Remove("shop", bob_.principal)),
            ErrorCode::kNoSuchConnection);
  EXPECT_THAT(*connections_->List(bob_.principal), IsEmpty());
  EXPECT_THAT(*connections_->List(root_.principal), SizeIs(1));
  EXPECT_TRUE(connections_->Find("shop", root_.principal).ok());
  ASSERT_TRUE(connections_->Remove("shop", ada_.principal).ok());
  EXPECT_THAT(*connections_->List(ada_.principal), IsEmpty());
}

TEST_F(StoredConnections, SharedOnesAreUsedAndNotSeen) {
  ConnectionOrder order = Shop();
  order.is_shared = true;
  ASSERT_TRUE(connections_->Create(order, root_).ok());
  const auto seen = *connections_->List(bob_.principal);
  ASSERT_THAT(seen, SizeIs(1));
  EXPECT_THAT(seen[0].settings, IsEmpty());
  EXPECT_THAT(seen[0].secrets, IsEmpty());
  EXPECT_FALSE(connections_->Find("shop", bob_.principal).ok());
  EXPECT_FALSE(connections_->Remove("shop", bob_.principal).ok());
  const auto members = connections_->SecretsOf("shop", bob_.principal);
  ASSERT_TRUE(members.ok()) << members.status();
  EXPECT_EQ((*members)["password"], kPassword);
  EXPECT_EQ((*members)["guarded"], false);
}

TEST_F(StoredConnections, AChangeKeepsTheSecretsOfTheSamePlace) {
  ASSERT_TRUE(connections_->Create(Shop(), ada_).ok());
  ConnectionOrder order = Shop({{"database", "archive"}});
  order.members.erase("password");
  ASSERT_TRUE(connections_->Replace(order, ada_).ok());
  Json members = *connections_->SecretsOf("shop", ada_.principal);
  EXPECT_EQ(members["database"], "archive");
  EXPECT_EQ(members["password"], kPassword);
  // Not to another host: whoever may change it need not know the password.
  order.members["host"] = "elsewhere";
  ASSERT_TRUE(connections_->Replace(order, root_).ok());
  members = *connections_->SecretsOf("shop", ada_.principal);
  EXPECT_FALSE(members.contains("password"));
}

TEST_F(StoredConnections, ReferencesAreForWhoReachesTheServer) {
  ASSERT_EQ(::setenv("TARN_TEST_SHOP_PASSWORD", "from the environment", 1), 0);
  const ConnectionOrder order = Shop({{"password", "${env:TARN_TEST_SHOP_PASSWORD}"}});
  EXPECT_EQ(CodeOf(connections_->Create(order, ada_).status()), ErrorCode::kForbidden);
  ASSERT_TRUE(connections_->Create(order, root_).ok());
  EXPECT_EQ((*connections_->SecretsOf("shop", root_.principal))["password"],
            "from the environment");
  ASSERT_EQ(::unsetenv("TARN_TEST_SHOP_PASSWORD"), 0);
  const auto missing = connections_->SecretsOf("shop", root_.principal);
  EXPECT_THAT(missing.status().message(), HasSubstr("Stored connection shop, password"));
}

struct Wrong {
  ConnectionOrder order;
  ErrorCode code;
  const char* message;
};

TEST_F(StoredConnections, SayWhatIsWrong) {
  ASSERT_TRUE(connections_->Create(Shop(), ada_).ok());
  const Wrong kWrong[] = {
      {Shop(), ErrorCode::kAlreadyExists, "of this name already: shop"},
      {{.name = "a/b", .type = "s3"}, ErrorCode::kInvalidArgument, "letters"},
      {{.name = "x", .type = "oracle"}, ErrorCode::kInvalidArgument, "not oracle"},
      {{.name = "x", .type = "http"}, ErrorCode::kInvalidArgument, "needs url"},
      {{.name = "x", .type = "http", .members = {{"url", "u"}, {"pasword", kPassword}}},
       ErrorCode::kInvalidArgument,
       "no member pasword; it has url, user, password, token"},
      {{.name = "x", .type = "http", .members = {{"url", "u"}, {"password", 5}}},
       ErrorCode::kInvalidArgument,
       "wrong type: password"},
      {{.name = "x", .type = "http", .members = "text"},
       ErrorCode::kInvalidArgument,
       "an object"},
      {{.name = "x", .type = "postgres", .members = {{"sslrootcert", "/etc/shadow"}}},
       ErrorCode::kForbidden,
       "sslrootcert"},
  };
  for (const Wrong& wrong : kWrong) {
    SCOPED_TRACE(wrong.message);
    const auto made = connections_->Create(wrong.order, ada_);
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(CodeOf(made.status()), wrong.code);
    EXPECT_THAT(made.status().message(), HasSubstr(wrong.message));
    EXPECT_THAT(made.status().message(), Not(HasSubstr(kPassword)));
  }
}

}  // namespace
}  // namespace tarn::service
