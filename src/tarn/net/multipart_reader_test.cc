#include "tarn/net/multipart_reader.h"

#include <vector>

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::net {
namespace {

constexpr char kType[] = "multipart/form-data; boundary=\"--x y\"";

struct Got {
  std::string name;
  std::string file;
  std::string bytes;
  bool has_ended = false;
};

Result<std::vector<Got>> Read(std::string_view body, size_t piece,
                              std::string_view type = kType) {
  std::vector<Got> parts;
  ARROW_ASSIGN_OR_RAISE(
      MultipartReader reader,
      MultipartReader::Make(type, {.on_part =
                                       [&](const MultipartPart& part) {
                                         parts.push_back(
                                             {part.name, part.file_name.value_or("-")});
                                         return Status::OK();
                                       },
                                   .on_bytes =
                                       [&](std::string_view bytes) {
                                         parts.back().bytes += bytes;
                                         return Status::OK();
                                       },
                                   .on_part_end =
                                       [&] {
                                         parts.back().has_ended = true;
                                         return Status::OK();
                                       }}));
  for (; !body.empty(); body.remove_prefix(std::min(piece, body.size()))) {
    RETURN_NOT_OK(reader.Feed(body.substr(0, piece)));
  }
  RETURN_NOT_OK(reader.Finish());
  return parts;
}

TEST(MultipartReader, PartsHoweverTheyAreCut) {
  const std::string body =
      "a preamble\r\n----x y\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhi"
      "\r\n----x y \t\r\ncontent-type: text/csv\r\n"
      "Content-Disposition: form-data; name=file; filename=\"a \\\"b\\\"; c.csv\"\r\n\r\n"
      "1,2\r\n--\r\n----x\r\n\r\n----x y\r\nContent-Disposition: form-data; name=\"e\"; "
      "filename=\"\"\r\n\r\n\r\n----x y--\r\nan epilogue";
  for (size_t piece = 1; piece <= body.size(); ++piece) {
    SCOPED_TRACE(piece);
    ASSERT_OK_AND_ASSIGN(const auto parts, Read(body, piece));
    ASSERT_EQ(parts.size(), 3U);
    EXPECT_EQ(parts[0].name, "note");
    EXPECT_EQ(parts[0].file, "-");
    EXPECT_EQ(parts[0].bytes, "hi");
    EXPECT_EQ(parts[1].name, "file");
    EXPECT_EQ(parts[1].file, "a \"b\"; c.csv");
    EXPECT_EQ(parts[1].bytes, "1,2\r\n--\r\n----x\r\n");
    EXPECT_EQ(parts[2].file, "");
    EXPECT_EQ(parts[2].bytes, "");
    EXPECT_TRUE(parts[0].has_ended && parts[1].has_ended && parts[2].has_ended);
  }
}

TEST(MultipartReader, WhatIsNone) {
  const std::string head = "----x y\r\nContent-Disposition: form-data; name=a\r\n\r\n";
  for (const std::string& body :
       {std::string("nothing"), head + "cut off", head + "cut off\r\n----x y",
        std::string("----x y\r\nno header\r\n\r\n\r\n----x y--"),
        std::string("----x y\r\nX: y\r\n\r\n\r\n----x y--"),
        std::string("----x yz\r\n\r\n"), "----x y\r\nX: " + std::string(20'000, 'y')}) {
    SCOPED_TRACE(body.substr(0, 60));
    EXPECT_EQ(CodeOf(Read(body, 7).status()), ErrorCode::kInvalidData);
  }
  for (const char* type : {"multipart/form-data", "multipart/form-data; boundary=",
                           "multipart/form-data; boundary=\"\""}) {
    EXPECT_EQ(CodeOf(Read("", 1, type).status()), ErrorCode::kInvalidArgument) << type;
  }
}

TEST(MultipartReader, KnowsItsType) {
  EXPECT_TRUE(IsMultipart("Multipart/Form-Data; boundary=a"));
  EXPECT_FALSE(IsMultipart("multipart/mixed; boundary=a"));
  EXPECT_FALSE(IsMultipart(""));
}

TEST(MultipartReader, AnEventEndsIt) {
  ASSERT_OK_AND_ASSIGN(
      MultipartReader reader,
      MultipartReader::Make("multipart/form-data; boundary=b",
                            {.on_part =
                                 [](const MultipartPart&) {
                                   return MakeError(ErrorCode::kDiskFull, "full");
                                 },
                             .on_bytes = [](std::string_view) { return Status::OK(); },
                             .on_part_end = [] { return Status::OK(); }}));
  EXPECT_EQ(CodeOf(reader.Feed("--b\r\nContent-Disposition: x; name=n\r\n\r\n")),
            ErrorCode::kDiskFull);
}

}  // namespace
}  // namespace tarn::net
