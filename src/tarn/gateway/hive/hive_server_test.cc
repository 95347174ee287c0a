// The endpoint over real connections: sign-in, limits, what is no Thrift, the end.
#include "tarn/gateway/hive/hive_server.h"

#include <filesystem>
#include <memory>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tarn/catalog/sqlite_catalog.h"
#include "tarn/gateway/hive/internal/thrift_binary.h"
#include "tarn/net/raw_client_test.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::gateway {
namespace {

using std::chrono::milliseconds;
using std::string_literals::operator""s;

std::string CallOf(const std::string& method, const std::string& argument = "") {
  hive::ThriftMessage call{.name = method, .sequence_id = 5, .body = {}};
  if (!argument.empty()) {
    call.body.Set(1, argument);
  }
  return WriteMessage(call);
}

/// The next answer; a name of "" if the connection ended.
hive::ThriftMessage ReadAnswer(net::RawClient& client) {
  hive::ThriftReader reader([&](char* data, size_t, bool) -> Result<size_t> {
    return client.ReadBytes(1).copy(data, 1);
  });
  auto answer = reader.ReadMessage();
  return answer.ok() ? *std::move(answer) : hive::ThriftMessage{};
}

class HiveServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() /
                 ("tarn-hms-" + std::to_string(getpid()) + "-" + NewUuid(SystemRandom()));
    std::filesystem::create_directories(directory_);
    io_ = io::MakeFileIO({});
    ASSERT_OK_AND_ASSIGN(
        catalog_, catalog::OpenSqliteCatalog(
                      {.path = directory_ / "catalog.db", .warehouse = directory_ / "w"},
                      *io_, SystemClock(), SystemRandom()));
    ASSERT_OK(catalog_->CreateNamespace({{"shop"}}, {}));
  }
  void TearDown() override {
    server_.reset();
    catalog_.reset();
    std::filesystem::remove_all(directory_);
  }

  void Start(HiveServerOptions options) {
    ASSERT_OK_AND_ASSIGN(server_,
                         HiveServer::Start(std::move(options), *catalog_, SystemClock()));
  }
  std::unique_ptr<net::RawClient> Connect() {
    return std::make_unique<net::RawClient>(server_->port());
  }

  std::filesystem::path directory_;
  std::unique_ptr<io::FileIO> io_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<HiveServer> server_;
};

TEST_F(HiveServerTest, AnswersCallAfterCall) {
  Start({});
  const auto client = Connect();
  // Two at once, too.
  ASSERT_TRUE(client->Send(CallOf("get_all_databases") + CallOf("nonsense")));
  const auto databases = ReadAnswer(*client);
  EXPECT_EQ(databases.type, hive::MessageType::kReply);
  EXPECT_EQ(databases.sequence_id, 5);
  EXPECT_EQ(databases.body.Texts(0), std::vector<std::string>{"shop"});
  EXPECT_EQ(ReadAnswer(*client).type, hive::MessageType::kException);
  ASSERT_TRUE(client->Send(CallOf("getVersion")));
  EXPECT_EQ(ReadAnswer(*client).body.Text(0), "3.1.3");
}

TEST_F(HiveServerTest, WhatIsNoThriftIsToldSo) {
  Start({});
  const auto http = Connect();
  ASSERT_TRUE(http->Send("GET / HTTP/1.1\r\n\r\n"));
  const auto answer = ReadAnswer(*http);
  EXPECT_EQ(answer.type, hive::MessageType::kException);
  EXPECT_NE(answer.body.Text(1).find("HTTP"), std::string::npos);
  const auto framed = Connect();
  const std::string call = CallOf("getVersion");
  ASSERT_TRUE(framed->Send("\0\0\0"s + static_cast<char>(call.size()) + call));
  EXPECT_NE(ReadAnswer(*framed).body.Text(1).find("without frames"), std::string::npos);
}

TEST_F(HiveServerTest, LargeAndSlowCallsEnd) {
  Start({.message_bytes_max = 1000, .read_timeout = milliseconds(50)});
  const auto large = Connect();
  ASSERT_TRUE(large->Send(CallOf("get_database", std::string(2000, 'x'))));
  EXPECT_EQ(ReadAnswer(*large).type, hive::MessageType::kException);
  const auto slow = Connect();
  ASSERT_TRUE(slow->Send(CallOf("get_database", "shop").substr(0, 20)));
  EXPECT_EQ(ReadAnswer(*slow).type, hive::MessageType::kException);
  EXPECT_EQ(slow->ReadBytes(1), "");
}

TEST_F(HiveServerTest, ADripOfBytesEnds) {
  Start({.read_timeout = milliseconds(5'000), .call_timeout = milliseconds(100)});
  const auto client = Connect();
  const std::string call = CallOf("get_database", std::string(10'000, 'x'));
  size_t sent = 0;
  while (sent < call.size() && client->Send(call.substr(sent, 1))) {
    ++sent;
    std::this_thread::sleep_for(milliseconds(5));
  }
  EXPECT_LT(sent, call.size());
}

TEST_F(HiveServerTest, ALockOfALostConnectionIsFreeSoon) {
  Start({.lock_wait = milliseconds(8'000)});
  hive::ThriftStruct component;
  component.Set(1, int32_t{3}).Set(2, int32_t{2}).Set(3, "shop").Set(4, "t");
  hive::ThriftStruct request;
  request.Set(1, hive::StructList({component}));
  hive::ThriftMessage lock{.name = "lock", .body = {}};
  lock.body.Set(1, request);
  {
    const auto first = Connect();
    ASSERT_TRUE(first->Send(WriteMessage(lock)));
    ASSERT_EQ(ReadAnswer(*first).body.Struct(0).Integer(2), 1);
  }
  const auto second = Connect();
  ASSERT_TRUE(second->Send(WriteMessage(lock)));
  EXPECT_EQ(ReadAnswer(*second).body.Struct(0).Integer(2), 1);
}

TEST_F(HiveServerTest, ShutdownEndsIdleClients) {
  Start({});
  const auto client = Connect();
  ASSERT_TRUE(client->Send(CallOf("getVersion")));
  EXPECT_EQ(ReadAnswer(*client).body.Text(0), "3.1.3");
  server_->Shutdown(milliseconds(5'000));
  EXPECT_EQ(client->ReadBytes(1), "");
}

std::string Sasl(char status, const std::string& text) {
  return status + "\0\0\0"s + static_cast<char>(text.size()) + text;
}

std::string Framed(const std::string& bytes) {
  return "\0\0"s + static_cast<char>(bytes.size() >> 8) +
         static_cast<char>(bytes.size()) + bytes;
}

class HiveSignIn : public HiveServerTest {
 protected:
  void SetUp() override {
    HiveServerTest::SetUp();
    Start({.authenticate = [](const std::string& user, const std::string& secret,
                              const std::string& from) {
      EXPECT_EQ(from, "127.0.0.1");
      return user == "ann" && secret == "s3cret"
                 ? Status::OK()
                 : MakeError(ErrorCode::kUnauthenticated, "Id and secret do not match");
    }});
  }
};

TEST_F(HiveSignIn, LetsInWhoKnowsTheSecret) {
  const auto client = Connect();
  ASSERT_TRUE(client->Send(Sasl(1, "PLAIN") + Sasl(5, "\0ann\0s3cret"s)));
  EXPECT_EQ(client->ReadBytes(5), Sasl(5, ""));
  const std::string call = CallOf("get_all_databases");
  for (int i = 0; i < 2; ++i) {
    // A message may come in several frames.
    ASSERT_TRUE(client->Send(Framed(call.substr(0, 7)) + Framed(call.substr(7))));
    const std::string head = client->ReadBytes(4);
    ASSERT_EQ(head.size(), 4U);
    EXPECT_EQ(ReadAnswer(*client).body.Texts(0), std::vector<std::string>{"shop"});
  }
}

TEST_F(HiveSignIn, KeepsOutEverybodyElse) {
  const std::string bad[] = {
      Sasl(1, "PLAIN") + Sasl(5, "\0ann\0wrong"s),
      Sasl(1, "PLAIN") + Sasl(5, "\0\0s3cret"s), Sasl(1, "PLAIN") + Sasl(5, "ann"),
      Sasl(1, "PLAIN") + Sasl(4, "\0ann\0s3cret"s), Sasl(1, "GSSAPI") + Sasl(2, "token")};
  for (const std::string& bytes : bad) {
    const auto client = Connect();
    ASSERT_TRUE(client->Send(bytes + Framed(CallOf("get_all_databases"))));
    EXPECT_EQ(client->ReadBytes(1), "\3");
  }
  const auto large = Connect();
  ASSERT_TRUE(large->Send("\1\x7f\xff\xff\xff"s));
  EXPECT_EQ(large->ReadBytes(1), "");
  const auto unsigned_call = Connect();
  ASSERT_TRUE(unsigned_call->Send(CallOf("get_all_databases")));
  const auto answer = ReadAnswer(*unsigned_call);
  EXPECT_EQ(answer.type, hive::MessageType::kException);
  EXPECT_NE(answer.body.Text(1).find("SASL PLAIN"), std::string::npos);
  EXPECT_EQ(unsigned_call->ReadBytes(1), "");
}

}  // namespace
}  // namespace tarn::gateway
