#include "tarn/gateway/hive/internal/thrift_binary.h"

#include <algorithm>
#include <cstring>

#include <gtest/gtest.h>

#include "tarn/base/error.h"

namespace tarn::gateway::hive {
namespace {

using std::string_literals::operator""s;

/// Reads `bytes` in pieces of `step`.
ThriftReader ReaderOf(std::string bytes, size_t step = 3, ThriftLimits limits = {}) {
  const auto rest = std::make_shared<std::string>(std::move(bytes));
  return ThriftReader(
      [rest, step](char* data, size_t size, bool) -> Result<size_t> {
        const size_t count = std::min({size, step, rest->size()});
        std::memcpy(data, rest->data(), count);
        rest->erase(0, count);
        return count;
      },
      limits);
}

std::string NameOf(const Status& status) {
  return status.ok() ? "OK" : std::string(InfoOf(CodeOf(status)).name);
}

ThriftMessage Everything() {
  ThriftStruct inner;
  inner.Set(1, "text").Set(2, int64_t{-5});
  ThriftMap numbers{.key = ThriftType::kText, .value = ThriftType::kI64, .entries = {}};
  numbers.entries.emplace_back("a", int64_t{1});
  ThriftMessage message{.name = "do_it", .sequence_id = 7, .body = {}};
  message.body.Set(1, true)
      .Set(2, int8_t{-1})
      .Set(3, int16_t{-300})
      .Set(4, int32_t{1} << 30)
      .Set(5, int64_t{1} << 60)
      .Set(6, 0.5)
      .Set(7, "\0\xff"s)
      .Set(8, inner)
      .Set(9, StructList({inner, inner}))
      .Set(10, std::map<std::string, std::string>{{"k", "v"}})
      .Set(11, numbers)
      .Set(-1, std::vector<std::string>{"x", ""});
  return message;
}

TEST(ThriftBinary, ReadsWhatItWrites) {
  for (const size_t step : {size_t{1}, size_t{3}, size_t{4096}}) {
    const std::string bytes = WriteMessage(Everything());
    ThriftReader reader = ReaderOf(bytes + bytes, step);
    for (int i = 0; i < 2; ++i) {
      ASSERT_EQ(reader.Peek().ValueOr(-2), 0x80);
      const auto message = reader.ReadMessage();
      ASSERT_TRUE(message.ok()) << message.status();
      EXPECT_EQ(message->name, "do_it");
      EXPECT_EQ(message->sequence_id, 7);
      EXPECT_EQ(WriteMessage(*message), bytes);
      const ThriftStruct& body = message->body;
      EXPECT_TRUE(body.Flag(1));
      EXPECT_EQ(body.Integer(2), -1);
      EXPECT_EQ(body.Integer(3), -300);
      EXPECT_EQ(body.Integer(4), 1 << 30);
      EXPECT_EQ(body.Integer(5), int64_t{1} << 60);
      EXPECT_EQ(body.Text(7), "\0\xff"s);
      EXPECT_EQ(body.Struct(8).Text(1), "text");
      EXPECT_EQ(body.Structs(9).size(), 2U);
      EXPECT_EQ(body.TextMap(10).at("k"), "v");
      EXPECT_EQ(body.Texts(-1), (std::vector<std::string>{"x", ""}));
    }
    EXPECT_EQ(reader.Peek().ValueOr(-2), -1);
  }
}

TEST(ThriftBinary, TheWireIsThatOfTheProtocol) {
  // Written out by hand: version 1, a reply, "ok", sequence 2; field 0 an i32 of 258.
  ThriftMessage message{
      .name = "ok", .type = MessageType::kReply, .sequence_id = 2, .body = {}};
  message.body.Set(0, int32_t{258});
  EXPECT_EQ(WriteMessage(message),
            "\x80\x01\x00\x02\x00\x00\x00\x02ok\x00\x00\x00\x02"s
            "\x08\x00\x00\x00\x00\x01\x02\x00"s);
}

TEST(ThriftBinary, ReadsHeadsWithoutVersion) {
  ThriftReader reader =
      ReaderOf("\x00\x00\x00\x05hello\x01\x00\x00\x00\x09\x02\x00\x01\x01\x00"s);
  const auto message = reader.ReadMessage();
  ASSERT_TRUE(message.ok()) << message.status();
  EXPECT_EQ(message->name, "hello");
  EXPECT_EQ(message->sequence_id, 9);
  EXPECT_TRUE(message->body.Flag(1));
}

TEST(ThriftBinary, AFieldOfAnotherTypeIsMissing) {
  ThriftStruct fields;
  fields.Set(1, int64_t{5}).Set(2, "text");
  EXPECT_EQ(fields.Text(1), "");
  EXPECT_EQ(fields.Integer(2, 9), 9);
  EXPECT_FALSE(fields.Flag(2));
  EXPECT_TRUE(fields.Struct(1).fields().empty());
  EXPECT_TRUE(fields.TextMap(2).empty());
  EXPECT_TRUE(fields.Texts(3).empty());
}

struct BadCase {
  const char* name;
  std::string bytes;
  const char* error;
};

TEST(ThriftBinary, RefusesWhatIsNone) {
  const std::string head = "\x80\x01\x00\x01\x00\x00\x00\x01m\x00\x00\x00\x01"s;
  const BadCase cases[] = {
      {"HTTP", "GET / HTTP/1.1\r\n\r\n", "INVALID_DATA"},
      {"frames",
       "\x00\x00\x00\x20\x80\x01\x00\x01\x00\x00\x00\x01m"s + std::string(40, '\0'),
       "INVALID_DATA"},
      {"cut short", head + "\x0b\x00\x01\x00\x00\x00\x05he"s, "INVALID_DATA"},
      {"no arguments", head, "INVALID_DATA"},
      {"unknown type", head + "\x09\x00\x01"s, "INVALID_DATA"},
      {"negative length", head + "\x0b\x00\x01\xff\xff\xff\xff\x00"s, "INVALID_DATA"},
      {"text that claims gigabytes", head + "\x0b\x00\x01\x7f\xff\xff\xff\x00"s,
       "INVALID_DATA"},
      {"list that claims gigabytes", head + "\x0f\x00\x01\x02\x7f\xff\xff\xff\x00"s,
       "INVALID_DATA"},
      {"elements without bytes", head + "\x0f\x00\x01\x00\x00\x00\x00\x09\x00"s,
       "INVALID_DATA"},
      {"message type 9", "\x80\x01\x00\x09\x00\x00\x00\x01m\x00\x00\x00\x01\x00"s,
       "INVALID_DATA"},
      {"empty name", "\x80\x01\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00"s,
       "INVALID_DATA"},
  };
  for (const BadCase& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(NameOf(ReaderOf(c.bytes).ReadMessage().status()), c.error);
  }
}

TEST(ThriftBinary, LimitsHold) {
  const std::string head = "\x80\x01\x00\x01\x00\x00\x00\x01m\x00\x00\x00\x01"s;
  std::string deep = head;
  for (int i = 0; i < 100; ++i) {
    deep += "\x0c\x00\x01"s;
  }
  deep += std::string(200, '\0');
  EXPECT_EQ(NameOf(ReaderOf(deep).ReadMessage().status()), "RESOURCE_LIMIT");

  ThriftMessage wide{.name = "m", .body = {}};
  wide.body.Set(1, std::vector<std::string>(1000, ""));
  const std::string bytes = WriteMessage(wide);
  EXPECT_EQ(NameOf(ReaderOf(bytes, 4096, {.values_max = 1001}).ReadMessage().status()),
            "OK");
  EXPECT_EQ(NameOf(ReaderOf(bytes, 4096, {.values_max = 1000}).ReadMessage().status()),
            "RESOURCE_LIMIT");
  EXPECT_EQ(
      NameOf(ReaderOf(bytes, 4096, {.bytes_max = bytes.size()}).ReadMessage().status()),
      "OK");
  EXPECT_NE(
      NameOf(
          ReaderOf(bytes, 4096, {.bytes_max = bytes.size() - 1}).ReadMessage().status()),
      "OK");
}

}  // namespace
}  // namespace tarn::gateway::hive
