#include "tarn/iceberg/avro/reader.h"

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/iceberg/avro/visitor.h"
#include "tarn/iceberg/avro/writer.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg::avro {
namespace {

using ::testing::HasSubstr;

/// Writes values as text: enough to see that each part came, in order and with its node.
class TextVisitor final : public Visitor {
 public:
  std::string text() const { return out_.str(); }

  void OnNull(const Node&) override { out_ << "null "; }
  void OnBoolean(const Node&, bool value) override {
    out_ << (value ? "true " : "false ");
  }
  void OnInt(const Node& node, int32_t value) override { Number(node, value); }
  void OnLong(const Node& node, int64_t value) override { Number(node, value); }
  void OnFloat(const Node&, float value) override { out_ << value << "f "; }
  void OnDouble(const Node&, double value) override { out_ << value << "d "; }
  void OnBytes(const Node& node, std::string_view value) override {
    out_ << LogicalName(node.logical) << "x";
    for (unsigned char c : value) {
      out_ << std::hex << int{c} << "." << std::dec;
    }
    out_ << " ";
  }
  void OnString(const Node&, std::string_view value) override {
    out_ << '"' << value << "\" ";
  }
  void OnEnum(const Node& node, int32_t symbol) override {
    out_ << node.symbols[static_cast<size_t>(symbol)] << " ";
  }
  void OnBranch(const Node&, int32_t branch) override { out_ << branch << ":"; }
  void BeginRecord(const Node& node) override { out_ << node.name << "{ "; }
  void OnField(const Node& record, int32_t field) override {
    out_ << record.fields[static_cast<size_t>(field)].name << "=";
  }
  void EndRecord(const Node&) override { out_ << "} "; }
  void BeginArray(const Node&) override { out_ << "[ "; }
  void EndArray(const Node&) override { out_ << "] "; }
  void BeginMap(const Node&) override { out_ << "( "; }
  void OnKey(const Node&, std::string_view key) override { out_ << key << "->"; }
  void EndMap(const Node&) override { out_ << ") "; }

 private:
  void Number(const Node& node, int64_t value) {
    out_ << LogicalName(node.logical) << value << " ";
  }
  std::ostringstream out_;
};

std::string Fixture(const std::string& name) {
  std::ifstream file("src/tarn/iceberg/testdata/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// All rows as text, or the error.
Result<std::vector<std::string>> ReadAll(ByteSource* source, ReaderLimits limits = {}) {
  ARROW_ASSIGN_OR_RAISE(FileReader reader, FileReader::Open(source, limits));
  std::vector<std::string> rows;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(bool more, reader.NextRow());
    if (!more) {
      return rows;
    }
    TextVisitor visitor;
    VisitValue(reader.schema(), reader.schema().root_id(), &reader.decoder(), &visitor);
    rows.push_back(visitor.text());
  }
}

Result<std::vector<std::string>> ReadAll(std::string_view bytes,
                                         ReaderLimits limits = {}) {
  MemorySource source(bytes);
  return ReadAll(&source, limits);
}

Result<int64_t> SkipAll(std::string_view bytes) {
  MemorySource source(bytes);
  ARROW_ASSIGN_OR_RAISE(FileReader reader, FileReader::Open(&source));
  for (int64_t rows = 0;; ++rows) {
    ARROW_ASSIGN_OR_RAISE(bool more, reader.NextRow());
    if (!more) {
      return rows;
    }
    SkipValue(reader.schema(), reader.schema().root_id(), &reader.decoder());
  }
}

/// A file of `rows` rows whose encodings are all in `block`, in one block, as a hostile
/// writer may claim.
std::string FileOf(std::string_view schema, int64_t rows, std::string_view block,
                   std::string_view codec = "null") {
  std::string file{"Obj\1", 4};
  Encoder encoder(&file);
  encoder.Items(2);
  encoder.Bytes("avro.schema");
  encoder.Bytes(schema);
  encoder.Bytes("avro.codec");
  encoder.Bytes(codec);
  encoder.EndItems();
  const std::string sync(16, 's');
  file += sync;
  encoder.Long(rows);
  encoder.Bytes(block);
  return file + sync;
}

/// Hands out its bytes in place that changes with every call, as a real file's buffer
/// does.
class MovingSource final : public ByteSource {
 public:
  explicit MovingSource(std::string bytes) : bytes_(std::move(bytes)) {}
  uint64_t bytes_left() const override { return bytes_.size() - at_; }
  Result<std::string_view> Peek(size_t size) override {
    buffer_.assign(buffer_.size(), '?');
    buffer_ = bytes_.substr(at_, size);
    return std::string_view(buffer_);
  }
  void Skip(size_t size) override { at_ += size; }

 private:
  std::string bytes_;
  std::string buffer_;
  size_t at_ = 0;
};

TEST(AvroReader, ReadsEveryKindThatFastavroWrote) {
  const std::string bytes = Fixture("fastavro-data.avro");
  ASSERT_OK_AND_ASSIGN(const std::vector<std::string> rows, ReadAll(bytes));
  ASSERT_EQ(rows.size(), 2u);
  const std::string inner =
      "tarn.Row{ b=true i=-1 l=0:null f=0.5f d=-2.25d by=x0.ff. s=\"é\" fx=x61.62.63.64. "
      "e=GREEN "
      "a=[ 1 2 3 ] m=( k->7 ) dec=decimalxff.80. day=date-1 t=time-micros1000000 "
      "ts=timestamp-micros1000000 u=\"00000000-0000-0000-0000-0000000000ff\" next=0:null "
      "} ";
  EXPECT_EQ(rows[1], inner);
  EXPECT_THAT(rows[0], HasSubstr("l=1:1099511627776 "));
  EXPECT_THAT(rows[0], HasSubstr("next=1:" + inner));
  ASSERT_OK_AND_ASSIGN(const int64_t skipped, SkipAll(bytes));
  EXPECT_EQ(skipped, 2);
}

TEST(AvroReader, ReadsFromASourceWhoseBufferMoves) {
  const std::string bytes = Fixture("fastavro-odd-null.avro");
  MovingSource source(bytes);
  ASSERT_OK_AND_ASSIGN(const std::vector<std::string> rows, ReadAll(&source));
  ASSERT_OK_AND_ASSIGN(const std::vector<std::string> expected, ReadAll(bytes));
  EXPECT_EQ(rows, expected);
  EXPECT_EQ(rows.size(), 40u);
}

TEST(AvroReader, WriterAndReaderAgreeOverManyBlocks) {
  for (Codec codec : {Codec::kNull, Codec::kDeflate, Codec::kSnappy, Codec::kZstandard}) {
    SCOPED_TRACE(CodecName(codec));
    FileWriter writer(codec);
    for (int64_t i = 0; i < 50'000; ++i) {
      Encoder(writer.row()).Long(i * i);
      ASSERT_OK(writer.EndRow());
    }
    ASSERT_OK_AND_ASSIGN(const std::string bytes,
                         writer.Finish("\"long\"", {{"k", "v"}}));
    MemorySource source(bytes);
    ASSERT_OK_AND_ASSIGN(FileReader reader, FileReader::Open(&source));
    ASSERT_NE(reader.FindMetadata("k"), nullptr);
    EXPECT_EQ(*reader.FindMetadata("k"), "v");
    EXPECT_EQ(reader.FindMetadata("none"), nullptr);
    EXPECT_EQ(reader.codec(), codec);
    for (int64_t i = 0; i < 50'000; ++i) {
      ASSERT_OK_AND_ASSIGN(const bool more, reader.NextRow());
      ASSERT_TRUE(more);
      ASSERT_EQ(reader.decoder().Long(), i * i);
    }
    ASSERT_OK_AND_ASSIGN(const bool more, reader.NextRow());
    EXPECT_FALSE(more);
  }
}

TEST(AvroReader, AnEmptyFileHasNoRows) {
  FileWriter writer(Codec::kDeflate);
  ASSERT_OK_AND_ASSIGN(const std::string bytes, writer.Finish("\"long\"", {}));
  ASSERT_OK_AND_ASSIGN(const std::vector<std::string> rows, ReadAll(bytes));
  EXPECT_TRUE(rows.empty());
}

TEST(AvroReader, EveryTruncationIsAnErrorOrEndsAtABlock) {
  for (const char* name : {"fastavro-odd-null.avro", "fastavro-odd-deflate.avro",
                           "fastavro-odd-snappy.avro", "fastavro-odd-zstandard.avro"}) {
    SCOPED_TRACE(name);
    const std::string bytes = Fixture(name);
    size_t whole = 0;
    for (size_t size = 0; size < bytes.size(); size += 11) {
      const Result<std::vector<std::string>> rows =
          ReadAll(std::string_view(bytes).substr(0, size));
      if (rows.ok()) {
        ++whole;
        EXPECT_LT(rows->size(), 40u);
      } else {
        EXPECT_THAT(rows, testing::IsError(ErrorCode::kInvalidData)) << size;
      }
    }
    EXPECT_LT(whole, 20u);
  }
}

TEST(AvroReader, RefusesWhatIsNotWhatItClaims) {
  std::string wrong_sync = FileOf("\"int\"", 1, "\x02");
  wrong_sync.back() = 'x';
  struct Case {
    const char* name;
    std::string bytes;
    const char* message;
  };
  const Case kCases[] = {
      {"no Avro", "PAR1", "does not start"},
      {"sync marker", wrong_sync, "sync marker"},
      {"too few rows", FileOf("\"int\"", 1, "\x02\x02"), "more bytes than its rows"},
      {"too many rows", FileOf("\"int\"", 3, "\x02\x02"),
       "cut off or longer than 64 bits (row 3)"},
      {"endless rows", FileOf("\"int\"", INT64_MAX, "\x02"),
       "cut off or longer than 64 bits (row 2)"},
      {"negative rows", FileOf("\"int\"", -1, "\x02"), "negative"},
      {"endless nulls", FileOf("\"null\"", INT64_MAX, ""), "take no bytes"},
      {"endless array of nulls",
       FileOf(R"({"type":"array","items":"null"})", 1,
              std::string("\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00", 11)),
       "take no bytes"},
      {"enum", FileOf(R"({"type":"enum","name":"e","symbols":["A"]})", 1, "\x02"),
       "symbol"},
      {"union", FileOf(R"(["null","int"])", 1, "\x04"), "branch"},
      {"record in itself",
       FileOf(R"({"type":"record","name":"r","fields":[{"name":"r","type":"r"}]})", 1,
              ""),
       "deep"},
      {"deep recursion",
       FileOf(
           R"({"type":"record","name":"r","fields":[{"name":"r","type":["null","r"]}]})",
           1, std::string(1000, '\x02')),
       "deep"},
      {"deflate rubbish", FileOf("\"int\"", 1, "rubbish", "deflate"), "deflate"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_ERROR(ReadAll(c.bytes), ErrorCode::kInvalidData, c.message);
    EXPECT_THAT(SkipAll(c.bytes), testing::IsError(ErrorCode::kInvalidData));
  }
  EXPECT_ERROR(ReadAll(FileOf("\"int\"", 1, "", "lzo")), ErrorCode::kNotSupported, "lzo");
}

TEST(AvroReader, AsManyNullsInUnionsAsThereAreBytesAreFine) {
  const std::string nulls(size_t{3} << 20, '\0');
  ASSERT_OK_AND_ASSIGN(
      const int64_t rows,
      SkipAll(FileOf(R"(["null","int"])", static_cast<int64_t>(nulls.size()), nulls)));
  EXPECT_EQ(rows, static_cast<int64_t>(nulls.size()));
}

TEST(AvroReader, ExponentialRecordsOfNothingEnd) {
  // Each record holds the next twice: 2^60 empty records in no bytes at all.
  std::string schema = R"({"type":"record","name":"r60","fields":[]})";
  for (int i = 59; i >= 0; --i) {
    const std::string next = "r" + std::to_string(i + 1);
    schema = R"({"type":"record","name":"r)" + std::to_string(i) +
             R"(","fields":[{"name":"a","type":)" + schema + R"(},{"name":"b","type":")" +
             next + "\"}]}";
  }
  EXPECT_ERROR(SkipAll(FileOf(schema, 1, "")), ErrorCode::kInvalidData, "take no bytes");
}

TEST(AvroReader, ABombIsBounded) {
  std::string packed;
  ASSERT_OK(Pack(Codec::kZstandard, std::string(size_t{64} << 20, '\0'), &packed));
  const std::string bomb = FileOf("\"bytes\"", 64 << 20, packed, "zstandard");
  ASSERT_LT(bomb.size(), 10'000u);
  EXPECT_ERROR(SkipAll(bomb), ErrorCode::kInvalidData, "more bytes than allowed");
  const ReaderLimits limits{.unpacked_bytes_base = 1000, .unpacked_ratio_max = 2};
  ASSERT_OK(Pack(Codec::kDeflate, std::string(100'000, '\0'), &(packed = "")));
  EXPECT_ERROR(ReadAll(FileOf("\"boolean\"", 100'000, packed, "deflate"), limits),
               ErrorCode::kInvalidData, "more bytes than allowed");
}

TEST(AvroReader, HeaderOfManyMegabytesIsReadAndLargerOnesAreRefused) {
  FileWriter writer(Codec::kNull);
  ASSERT_OK_AND_ASSIGN(const std::string bytes,
                       writer.Finish("\"int\"", {{"large", std::string(3 << 20, 'x')}}));
  EXPECT_OK(ReadAll(bytes));
  EXPECT_ERROR(ReadAll(bytes, {.header_bytes_max = 1 << 20}), ErrorCode::kInvalidData,
               "header is larger than allowed");
}

}  // namespace
}  // namespace tarn::iceberg::avro
