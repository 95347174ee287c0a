#include "tarn/iceberg/table_metadata.h"

#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tarn/base/error.h"

namespace tarn::iceberg {
namespace {

using nlohmann::json;
using testing::HasSubstr;

std::string Fixture(const std::string& name) {
  std::ifstream file("src/tarn/iceberg/testdata/metadata/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// The fixture with an RFC 7386 merge patch: null removes a member.
std::string Patched(const std::string& name, const json& patch) {
  json document = json::parse(Fixture(name));
  document.merge_patch(patch);
  return document.dump();
}

std::shared_ptr<const TableMetadata> Read(const std::string& text) {
  auto result = TableMetadataFromJson(text);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *result : nullptr;
}

TEST(TableMetadataJson, ReadsV2) {
  const auto table = Read(Fixture("table_v2.json"));
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(table->format_version, 2);
  EXPECT_EQ(table->table_uuid, "9c12d441-03fe-4693-9a96-a0705ddf69c1");
  EXPECT_EQ(table->last_sequence_number.value, 34);
  EXPECT_EQ(table->schemas.size(), 2u);
  EXPECT_EQ(table->schema().id().value, 1);
  EXPECT_EQ(table->spec().fields.at(0).name, "x");
  EXPECT_EQ(table->sort_order().id.value, 3);
  EXPECT_EQ(table->sort_order().fields.at(1).direction, SortDirection::kDescending);
  EXPECT_EQ(table->Property("read.split.target.size", ""), "134217728");
  EXPECT_EQ(table->Property("absent", "x"), "x");
  ASSERT_NE(table->current_snapshot(), nullptr);
  EXPECT_EQ(table->current_snapshot()->parent_id->value, 3051729675574597004);
  EXPECT_EQ(table->snapshots.at(0).operation, "append");
  EXPECT_EQ(table->snapshots.at(0).summary.count("operation"), 0u);
  EXPECT_EQ(table->refs.at("release").type, RefType::kTag);
  EXPECT_EQ(table->refs.at("release").max_ref_age, std::chrono::milliseconds(10000000));
  EXPECT_EQ(table->refs.at("main").min_snapshots_to_keep, 5);
  EXPECT_EQ(table->metadata_log.size(), 1u);
}

TEST(TableMetadataJson, WritesWhatItRead) {
  for (const char* name :
       {"table_v1_old.json", "table_v1.json", "table_v2.json", "table_v3.json"}) {
    SCOPED_TRACE(name);
    const auto table = Read(Fixture(name));
    ASSERT_NE(table, nullptr);
    const std::string written = TableMetadataToJson(*table);
    const auto again = Read(written);
    ASSERT_NE(again, nullptr);
    EXPECT_EQ(TableMetadataToJson(*again), written);
    EXPECT_EQ(again->snapshots, table->snapshots);
    EXPECT_EQ(again->refs, table->refs);
    EXPECT_EQ(again->partition_specs, table->partition_specs);
    EXPECT_EQ(again->sort_orders, table->sort_orders);
    // Nothing that the file had is lost or changed, but for what is spelled differently
    // on purpose.
    json before = json::parse(Fixture(name));
    const json after = json::parse(written);
    before.erase("current-snapshot-id");
    before["properties"].erase("number");
    if (std::string(name) == "table_v1_old.json") {
      before.erase("schema");
      before.erase("partition-spec");
    }
    for (const auto& [key, value] : before.items()) {
      if (key == "properties") {
        for (const auto& [property, text] : value.items()) {
          EXPECT_EQ(after["properties"][property], text);
        }
      } else {
        EXPECT_EQ(after[key], value) << key;
      }
    }
  }
}

TEST(TableMetadataJson, V1KeepsItsShape) {
  const auto table = Read(Fixture("table_v1_old.json"));
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(table->format_version, 1);
  EXPECT_EQ(table->last_sequence_number.value, 0);
  EXPECT_EQ(table->spec().fields.at(0).field_id, kFirstPartitionFieldId);
  EXPECT_EQ(table->last_partition_id, kFirstPartitionFieldId);
  EXPECT_EQ(table->properties.at("number"), "7");
  ASSERT_NE(table->current_snapshot(), nullptr);
  EXPECT_EQ(table->current_snapshot()->v1_manifests.size(), 2u);
  EXPECT_EQ(table->current_snapshot()->operation, "");
  const json written = json::parse(TableMetadataToJson(*table));
  EXPECT_EQ(written["schema"]["fields"].size(), 3u);
  EXPECT_EQ(written["partition-spec"][0]["field-id"], 1000);
  EXPECT_FALSE(written.contains("last-sequence-number"));
  EXPECT_FALSE(written["snapshots"][0].contains("sequence-number"));
  EXPECT_EQ(written["snapshots"][0]["manifests"].size(), 2u);
}

TEST(TableMetadataJson, V3KeepsRowIdsAndKeys) {
  const auto table = Read(Fixture("table_v3.json"));
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(table->next_row_id, 100);
  EXPECT_EQ(table->snapshots.at(0).first_row_id, 0);
  EXPECT_EQ(table->snapshots.at(0).added_rows, 100);
  const json written = json::parse(TableMetadataToJson(*table));
  EXPECT_EQ(written["next-row-id"], 100);
  ASSERT_EQ(table->encryption_keys.size(), 1u);
  EXPECT_EQ(table->encryption_keys[0].encrypted_key_metadata, "iceberg");
  EXPECT_EQ(written["encryption-keys"],
            json::parse(Fixture("table_v3.json"))["encryption-keys"]);
}

TEST(TableMetadataJson, Trap36_IdsAre64BitIntegersThroughout) {
  const auto table = Read(Fixture("table_v3.json"));
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(table->current_snapshot_id->value, 9007199254740993);  // not a double
  EXPECT_THAT(TableMetadataToJson(*table), HasSubstr("9007199254740993"));
  const auto result = TableMetadataFromJson(
      Patched("table_v3.json", {{"current-snapshot-id", 9.007199254740993e15}}));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(CodeOf(result.status()), ErrorCode::kInvalidData);
  EXPECT_FALSE(TableMetadataFromJson(
                   Patched("table_v3.json", {{"next-row-id", 18446744073709551615u}}))
                   .ok());
}

TEST(TableMetadataJson, Trap37_MinusOneNullAndAbsentMeanNoSnapshot) {
  for (const json& value : {json(-1), json()}) {
    json document = json::parse(Fixture("table_v1.json"));
    document["current-snapshot-id"] = value;
    const auto table = Read(document.dump());
    ASSERT_NE(table, nullptr);
    EXPECT_FALSE(table->current_snapshot_id.has_value());
    EXPECT_EQ(table->current_snapshot(), nullptr);
    EXPECT_TRUE(table->refs.empty());
    EXPECT_FALSE(
        json::parse(TableMetadataToJson(*table)).contains("current-snapshot-id"));
  }
  const auto absent = Read(Patched("table_v1.json", {{"current-snapshot-id", nullptr}}));
  ASSERT_NE(absent, nullptr);
  EXPECT_FALSE(absent->current_snapshot_id.has_value());
}

TEST(TableMetadataJson, Trap37_UnknownPartsSurviveARewrite) {
  const json written = json::parse(TableMetadataToJson(*Read(Fixture("table_v2.json"))));
  const json original = json::parse(Fixture("table_v2.json"));
  EXPECT_EQ(written["x-vendor"], original["x-vendor"]);
  EXPECT_EQ(written["statistics"], original["statistics"]);
}

TEST(TableMetadataJson, Trap38_MainIsMadeUpWhenRefsAreAbsent) {
  for (const json& refs : {json(), json::object()}) {
    json document = json::parse(Fixture("table_v2.json"));
    document["refs"] = refs;
    const auto table = Read(document.dump());
    ASSERT_NE(table, nullptr);
    ASSERT_EQ(table->refs.size(), 1u);
    EXPECT_EQ(table->refs.at("main").snapshot_id.value, 3055729675574597004);
    EXPECT_EQ(table->refs.at("main").type, RefType::kBranch);
  }
}

TEST(TableMetadata, Trap39_SchemaOfASnapshotIsTheOneItWasWrittenWith) {
  const auto table = Read(Fixture("table_v2.json"));
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(table->SchemaOf(table->snapshots.at(0))->id().value, 0);
  EXPECT_EQ(table->SchemaOf(table->snapshots.at(1))->id().value, 1);
  Snapshot silent = table->snapshots.at(0);
  silent.schema_id.reset();
  EXPECT_EQ(table->SchemaOf(silent)->id().value, 1);
}

TEST(TableMetadataJson, Trap40_LastColumnIdIsNeverBelowAnId) {
  const auto table = Read(Patched("table_v2.json", {{"last-column-id", 1}}));
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(table->last_column_id, 3);
}

TEST(TableMetadataJson, Trap41_SpecOfADroppedColumnStillLoads) {
  json document = json::parse(Fixture("table_v2.json"));
  document["partition-specs"].push_back({{"spec-id", 1},
                                         {"fields",
                                          {{{"name", "gone"},
                                            {"transform", "bucket[8]"},
                                            {"source-id", 77},
                                            {"field-id", 1007}}}}});
  const auto table = Read(document.dump());
  ASSERT_NE(table, nullptr);
  ASSERT_NE(table->FindSpec(SpecId{1}), nullptr);
  EXPECT_EQ(table->last_partition_id, 1007);
}

TEST(TableMetadataJson, Trap42_SortOrderZeroIsThereEvenIfUnwritten) {
  const auto table = Read(Patched("table_v2.json", {{"default-sort-order-id", 0}}));
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(table->sort_order().id.value, 0);
  EXPECT_TRUE(table->sort_order().fields.empty());
}

TEST(TableMetadataJson, Trap18_SnapshotOfAnUpgradedTableHasSequenceNumberZero) {
  json document = json::parse(Fixture("table_v2.json"));
  document["snapshots"][0].erase("sequence-number");
  const auto table = Read(document.dump());
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(table->snapshots.at(0).sequence_number.value, 0);
}

TEST(TableMetadataJson, RefusesBrokenDocuments) {
  struct Case {
    const char* name;
    json patch;
    const char* message;
  };
  const Case cases[] = {
      {"no uuid", {{"table-uuid", nullptr}}, "table-uuid"},
      {"no location", {{"location", nullptr}}, "location"},
      {"location is a number", {{"location", 3}}, "must be a string"},
      {"no schemas", {{"schemas", nullptr}}, "schemas"},
      {"unknown current schema", {{"current-schema-id", 9}}, "current id 9"},
      {"no specs", {{"partition-specs", nullptr}}, "partition-specs"},
      {"unknown default spec", {{"default-spec-id", 4}}, "default id 4"},
      {"no orders", {{"sort-orders", nullptr}}, "sort-orders"},
      {"unknown order", {{"default-sort-order-id", 8}}, "default id 8"},
      {"no sequence number", {{"last-sequence-number", nullptr}}, "last-sequence-number"},
      {"sequence beyond the last", {{"last-sequence-number", 0}}, "sequence number 1"},
      {"main elsewhere",
       {{"refs", {{"main", {{"snapshot-id", 3051729675574597004}}}}}},
       "main"},
      {"dangling tag", {{"refs", {{"release", {{"snapshot-id", 5}}}}}}, "release"},
      {"current missing", {{"snapshots", json::array()}}, "not in \"snapshots\""},
      {"ref of odd type", {{"refs", {{"release", {{"type", "twig"}}}}}}, "branch"},
      {"properties of arrays", {{"properties", {{"a", json::array()}}}}, "properties"},
      {"snapshots is an object", {{"snapshots", json::object()}}, "snapshots"},
      {"log of strings", {{"snapshot-log", {"x"}}}, "snapshot-log"},
      {"fraction", {{"last-updated-ms", 1.5}}, "64-bit integer"},
      {"large column id", {{"last-column-id", 3000000000}}, "32-bit integer"},
      {"no version", {{"format-version", nullptr}}, "format-version"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const auto result = TableMetadataFromJson(Patched("table_v2.json", c.patch));
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(CodeOf(result.status()), ErrorCode::kInvalidData);
    EXPECT_THAT(result.status().message(), HasSubstr(c.message));
    EXPECT_EQ(result.status().message().find('\n'), std::string::npos);
  }
  const auto v4 =
      TableMetadataFromJson(Patched("table_v2.json", {{"format-version", 4}}));
  ASSERT_FALSE(v4.ok());
  EXPECT_EQ(CodeOf(v4.status()), ErrorCode::kNotSupported);
  const auto v3 =
      TableMetadataFromJson(Patched("table_v3.json", {{"next-row-id", nullptr}}));
  ASSERT_FALSE(v3.ok());
  EXPECT_THAT(v3.status().message(), HasSubstr("next-row-id"));
}

TEST(TableMetadataJson, RefusesWhatIsNoJsonOrTooDeep) {
  const std::string good = Fixture("table_v2.json");
  for (const std::string& text :
       {std::string(), std::string("null"), std::string("[]"), std::string("{}"),
        std::string("\xff\xfe"), good.substr(0, 900), std::string(100000, '['),
        "{\"a\":" + std::string(5000, '[')}) {
    const auto result = TableMetadataFromJson(text);
    ASSERT_FALSE(result.ok()) << text.substr(0, 20);
    EXPECT_EQ(CodeOf(result.status()), ErrorCode::kInvalidData);
  }
}

TEST(TableMetadataJson, RefusesIdsThatAreTakenTwice) {
  for (const char* key : {"schemas", "partition-specs", "sort-orders", "snapshots"}) {
    SCOPED_TRACE(key);
    json document = json::parse(Fixture("table_v2.json"));
    document[key].push_back(document[key][0]);
    const auto result = TableMetadataFromJson(document.dump());
    ASSERT_FALSE(result.ok());
    EXPECT_THAT(result.status().message(), HasSubstr("two "));
  }
}

TEST(MetadataFile, Trap45_GzipIsFoundByContent) {
  auto table = std::make_shared<TableMetadata>(*Read(Fixture("table_v2.json")));
  table->properties["write.metadata.compression-codec"] = "gzip";
  const auto bytes = TableMetadataToFileBytes(*table);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_EQ(bytes->substr(0, 2), "\x1f\x8b");
  const auto text = MetadataBytesToJson(*bytes);
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(*text, TableMetadataToJson(*table));
  const auto twice = MetadataBytesToJson(*bytes + *bytes);  // two gzip members
  ASSERT_TRUE(twice.ok()) << twice.status();
  EXPECT_EQ(twice->size(), 2 * text->size());
  EXPECT_EQ(*MetadataBytesToJson("{}"), "{}");
  for (const size_t length :
       {size_t{2}, size_t{10}, bytes->size() / 2, bytes->size() - 1}) {
    const auto cut = MetadataBytesToJson(bytes->substr(0, length));
    ASSERT_FALSE(cut.ok()) << length;
    EXPECT_EQ(CodeOf(cut.status()), ErrorCode::kInvalidData);
  }
}

TEST(MetadataFile, Trap45_Names) {
  TableMetadata table;
  table.location = "/w/t/";
  EXPECT_EQ(MetadataFileName(table, 3, "u-1"), "/w/t/metadata/00003-u-1.metadata.json");
  EXPECT_EQ(MetadataFileName(table, 123456, "u"), "/w/t/metadata/123456-u.metadata.json");
  table.properties["write.metadata.compression-codec"] = "gzip";
  EXPECT_EQ(MetadataFileName(table, 0, "u"), "/w/t/metadata/00000-u.gz.metadata.json");
  table.properties["write.metadata.path"] = "s3://b/meta";
  EXPECT_EQ(MetadataFileName(table, 0, "u"), "s3://b/meta/00000-u.gz.metadata.json");

  const std::pair<const char*, int64_t> versions[] = {
      {"/t/metadata/00003-ab-cd.metadata.json", 3},
      {"s3://b/t/123456-ab.metadata.json", 123456},
      {"/t/00007-ab.gz.metadata.json", 7},
      {"/t/00007-ab.metadata.json.gz", 7},
      {"v3.metadata.json", 3},
      {"/t/v12.gz.metadata.json", 12},
      {"/t/v12.metadata.json.gz", 12},
      {"/t/metadata.json", -1},
      {"/t/00003.json", -1},
      {"/t/abc-1.metadata.json", -1},
      {"/t/-1.metadata.json", -1},
      {"/t/99999999999999999999-a.metadata.json", -1},
      {"", -1},
  };
  for (const auto& [name, version] : versions) {
    EXPECT_EQ(MetadataVersionOf(name), version) << name;
  }
}

}  // namespace
}  // namespace tarn::iceberg
