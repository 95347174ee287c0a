#include "tarn/ingest/web/internal/devtools_frames.h"

#include <string>

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::ingest::web::internal {
namespace {

using namespace std::string_literals;

TEST(DevToolsFrames, CutsAtNulsHoweverItComes) {
  const std::string stream = "{\"id\":1}\0\0{\"id\":2}\0{\"id\""s;
  for (size_t piece = 1; piece <= stream.size(); ++piece) {
    SCOPED_TRACE(piece);
    DevToolsFrames frames(100);
    std::vector<std::string> messages;
    for (size_t at = 0; at < stream.size(); at += piece) {
      ASSERT_OK(frames.Append(std::string_view(stream).substr(at, piece)));
      while (auto message = frames.Next()) {
        messages.push_back(*message);
      }
    }
    EXPECT_EQ(messages, (std::vector<std::string>{"{\"id\":1}", "", "{\"id\":2}"}));
  }
}

TEST(DevToolsFrames, RefusesWhatIsTooLong) {
  DevToolsFrames frames(4);
  ASSERT_OK(frames.Append("1234\0"s));
  EXPECT_EQ(frames.Next(), "1234");
  EXPECT_ERROR(frames.Append("12345"), ErrorCode::kResourceLimit, "4 bytes");
}

TEST(DevToolsMessage, IsAnAnswerOrAnEvent) {
  ASSERT_OK_AND_ASSIGN(
      const auto answer,
      ReadDevToolsMessage(R"({"id":7,"sessionId":"S","result":{"a":1}})"));
  EXPECT_EQ(answer.id, 7);
  EXPECT_EQ(answer.session, "S");
  EXPECT_EQ(answer.body, (Json{{"a", 1}}));
  ASSERT_OK_AND_ASSIGN(const auto failed,
                       ReadDevToolsMessage(R"({"id":8,"error":{"message":"no"}})"));
  EXPECT_EQ(failed.error, "no");
  ASSERT_OK_AND_ASSIGN(const auto silent,
                       ReadDevToolsMessage(R"({"id":8,"error":{"code":1}})"));
  EXPECT_FALSE(silent.error.empty());
  ASSERT_OK_AND_ASSIGN(const auto event,
                       ReadDevToolsMessage(R"({"method":"M","params":{"b":2}})"));
  EXPECT_FALSE(event.id);
  EXPECT_EQ(event.method, "M");
  EXPECT_EQ(event.body, (Json{{"b", 2}}));
  for (const char* text : {"", "[]", "7", "{", "{\"id\":1}x"}) {
    EXPECT_ERROR(ReadDevToolsMessage(text), ErrorCode::kInvalidData, "");
  }
}

}  // namespace
}  // namespace tarn::ingest::web::internal
