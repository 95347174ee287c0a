#include "tarn/ingest/internal/avro_batches.h"

#include <arrow/array.h>
#include <arrow/io/memory.h>
#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/table.h>
#include <arrow/type.h>

#include "tarn/iceberg/avro/encoder.h"
#include "tarn/iceberg/avro/writer.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::ingest::internal {
namespace {

namespace avro = iceberg::avro;

constexpr char kSchema[] = R"({"type": "record", "name": "r", "fields": [
  {"name": "id", "type": "long"},
  {"name": "name", "type": ["null", "string"]},
  {"name": "day", "type": {"type": "int", "logicalType": "date"}},
  {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
  {"name": "local", "type": {"type": "long", "logicalType": "local-timestamp-millis"}},
  {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
  {"name": "colour", "type": {"type": "enum", "name": "c", "symbols": ["RED", "BLUE"]}},
  {"name": "tags", "type": {"type": "array", "items": "string"}},
  {"name": "counts", "type": {"type": "map", "values": ["null", "int"]}},
  {"name": "point", "type": ["null", {"type": "record", "name": "p", "fields": [{"name": "x", "type": "double"}]}]},
  {"name": "either", "type": ["null", "int", "string"]},
  {"name": "code", "type": {"type": "fixed", "name": "f2", "size": 2}},
  {"name": "ok", "type": "boolean"}]})";

void EncodeRow(avro::Encoder encoder, int64_t id) {
  encoder.Long(id);
  encoder.Branch(id % 2 == 0 ? 1 : 0);
  if (id % 2 == 0) {
    encoder.Bytes("even");
  }
  encoder.Int(19'753);
  encoder.Long(1'706'695'200'000'000);
  encoder.Long(1'706'695'200'000);
  encoder.Bytes(std::string_view("\xff\x6a", 2));  // -1.50
  encoder.Int(static_cast<int32_t>(id % 2));
  encoder.Items(2);
  encoder.Bytes("a");
  encoder.Bytes("é");
  encoder.EndItems();
  encoder.Items(1);
  encoder.Bytes("k");
  encoder.Branch(1);
  encoder.Int(7);
  encoder.EndItems();
  encoder.Branch(1);
  encoder.Double(0.5);
  encoder.Branch(id % 3);
  if (id % 3 == 1) {
    encoder.Int(5);
  }
  if (id % 3 == 2) {
    encoder.Bytes("five");
  }
  encoder.Fixed("xy");
  encoder.Boolean(true);
}

std::string FileOf(int64_t rows, avro::Codec codec) {
  avro::FileWriter writer(codec);
  for (int64_t id = 0; id < rows; ++id) {
    EncodeRow(avro::Encoder(writer.row()), id);
    EXPECT_OK(writer.EndRow());
  }
  return writer.Finish(kSchema, {}).ValueOrDie();
}

Result<std::shared_ptr<arrow::Table>> Read(const std::string& bytes,
                                           int64_t batch_rows = 1000) {
  ARROW_ASSIGN_OR_RAISE(auto batches,
                        OpenAvroBatches(std::make_shared<arrow::io::BufferReader>(
                                            arrow::Buffer::FromString(bytes)),
                                        batch_rows));
  return batches->ToTable();
}

TEST(AvroBatches, ReadsEveryKindOfValue) {
  for (const avro::Codec codec : {avro::Codec::kNull, avro::Codec::kDeflate,
                                  avro::Codec::kSnappy, avro::Codec::kZstandard}) {
    SCOPED_TRACE(avro::CodecName(codec));
    ASSERT_OK_AND_ASSIGN(const auto table, Read(FileOf(3, codec)));
    ASSERT_OK(table->ValidateFull());
    ASSERT_EQ(table->num_rows(), 3);
    EXPECT_EQ(table->schema()->ToString(),
              "id: int64 not null\n"
              "name: string\n"
              "day: date32[day] not null\n"
              "at: timestamp[us, tz=UTC] not null\n"
              "local: timestamp[ms] not null\n"
              "price: decimal128(9, 2) not null\n"
              "colour: string not null\n"
              "tags: list<element: string not null> not null\n"
              "counts: map<string, int32> not null\n"
              "point: struct<x: double not null>\n"
              "either: struct<member0: int32, member1: string>\n"
              "code: fixed_size_binary[2] not null\n"
              "ok: bool not null");
    const auto column = [&](const char* name) {
      return table->GetColumnByName(name)->chunk(0)->ToString();
    };
    const auto value = [&](const char* name, int64_t row) {
      return table->GetColumnByName(name)->GetScalar(row).ValueOrDie()->ToString();
    };
    EXPECT_EQ(value("id", 2), "2");
    EXPECT_EQ(value("name", 0), "even");
    EXPECT_EQ(value("name", 1), "null");
    EXPECT_EQ(value("day", 0), "2024-01-31");
    EXPECT_EQ(value("price", 0), "-1.50");
    EXPECT_EQ(value("colour", 1), "BLUE");
    EXPECT_TRUE(table->GetColumnByName("either")->chunk(0)->IsNull(0))
        << column("either");
    EXPECT_NE(value("either", 1).find("5"), std::string::npos);
    EXPECT_NE(value("either", 2).find("five"), std::string::npos);
    EXPECT_NE(value("tags", 0).find("é"), std::string::npos);
  }
}

TEST(AvroBatches, SplitsIntoBatches) {
  ASSERT_OK_AND_ASSIGN(const auto table, Read(FileOf(2500, avro::Codec::kDeflate), 1000));
  EXPECT_EQ(table->num_rows(), 2500);
  EXPECT_EQ(table->column(0)->num_chunks(), 3);
}

TEST(AvroBatches, AFileOfPlainValuesHasOneColumn) {
  avro::FileWriter writer(avro::Codec::kNull);
  for (const char* text : {"a", "b"}) {
    avro::Encoder(writer.row()).Bytes(text);
    ASSERT_OK(writer.EndRow());
  }
  ASSERT_OK_AND_ASSIGN(const std::string bytes, writer.Finish("\"string\"", {}));
  ASSERT_OK_AND_ASSIGN(const auto table, Read(bytes));
  EXPECT_EQ(table->schema()->ToString(), "value: string not null");
  EXPECT_EQ(table->num_rows(), 2);
}

TEST(AvroBatches, EveryTruncationIsAnErrorOrFewerRows) {
  const std::string whole = FileOf(5, avro::Codec::kNull);
  for (size_t size = 0; size < whole.size(); ++size) {
    SCOPED_TRACE(size);
    const auto table = Read(whole.substr(0, size));
    EXPECT_FALSE(table.ok() && (*table)->num_rows() == 5)
        << "a truncated file must not pass as whole";
  }
}

TEST(AvroBatches, EveryFlippedByteIsSurvived) {
  const std::string whole = FileOf(5, avro::Codec::kNull);
  for (size_t at = 0; at < whole.size(); ++at) {
    SCOPED_TRACE(at);
    std::string broken = whole;
    broken[at] = static_cast<char>(broken[at] ^ 0x55);
    const auto table = Read(broken);
    if (table.ok()) {
      EXPECT_OK((*table)->ValidateFull());
    }
  }
}

TEST(AvroBatches, ARecordThatHoldsItselfIsRefused) {
  avro::FileWriter writer(avro::Codec::kNull);
  ASSERT_OK_AND_ASSIGN(
      const std::string bytes,
      writer.Finish(
          R"({"type": "record", "name": "n", "fields": [{"name": "next", "type": ["null", "n"]}]})",
          {}));
  EXPECT_ERROR(Read(bytes), ErrorCode::kNotSupported, "contains itself");
}

}  // namespace
}  // namespace tarn::ingest::internal
