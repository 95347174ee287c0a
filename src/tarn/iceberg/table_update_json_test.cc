#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tarn/base/error.h"
#include "tarn/iceberg/table_update.h"

namespace tarn::iceberg {
namespace {

using nlohmann::json;

// As the REST specification has them; each is read and written again to the same
// document.
constexpr const char* kUpdates[] = {
    R"({"action": "assign-uuid", "uuid": "9c12d441-03fe-4693-9a96-a0705ddf69c1"})",
    R"({"action": "upgrade-format-version", "format-version": 3})",
    R"({"action": "add-schema", "schema": {"type": "struct", "schema-id": 1, "fields": [
        {"id": 1, "name": "x", "required": true, "type": "long"}]}})",
    R"({"action": "set-current-schema", "schema-id": -1})",
    R"({"action": "add-spec", "spec": {"spec-id": 1, "fields": [
        {"name": "x_bucket", "transform": "bucket[4]", "source-id": 1, "field-id": 1000}]}})",
    R"({"action": "set-default-spec", "spec-id": -1})",
    R"({"action": "add-sort-order", "sort-order": {"order-id": 1, "fields": [
        {"transform": "identity", "source-id": 1, "direction": "asc", "null-order": "nulls-first"}]}})",
    R"({"action": "set-default-sort-order", "sort-order-id": -1})",
    R"({"action": "add-snapshot", "snapshot": {"snapshot-id": 9007199254740993, "timestamp-ms": 5,
        "sequence-number": 2, "manifest-list": "/a", "summary": {"operation": "append"}, "schema-id": 0}})",
    R"({"action": "set-snapshot-ref", "ref-name": "main", "type": "branch", "snapshot-id": 9007199254740993,
        "min-snapshots-to-keep": 1, "max-snapshot-age-ms": 2, "max-ref-age-ms": 3})",
    R"({"action": "remove-snapshots", "snapshot-ids": [9007199254740993]})",
    R"({"action": "remove-snapshot-ref", "ref-name": "audit"})",
    R"({"action": "set-location", "location": "/w"})",
    R"({"action": "set-properties", "updates": {"a": "b"}})",
    R"({"action": "remove-properties", "removals": ["a"]})",
    R"({"action": "set-statistics", "statistics": {"snapshot-id": 5, "statistics-path": "/p",
        "file-size-in-bytes": 9007199254740993, "file-footer-size-in-bytes": 2, "key-metadata": "AQI=",
        "x-file": [1], "blob-metadata": [{"type": "some-future-blob", "snapshot-id": 5, "sequence-number": 3,
        "fields": [1, 2], "properties": {"ndv": "7"}, "x-blob": {"a": null}}]}})",
    R"({"action": "remove-statistics", "snapshot-id": 5})",
    R"({"action": "set-partition-statistics", "partition-statistics": {"snapshot-id": 5,
        "statistics-path": "/p", "file-size-in-bytes": 1, "x-format": "y"}})",
    R"({"action": "remove-partition-statistics", "snapshot-id": 5})",
    R"({"action": "remove-partition-specs", "spec-ids": [1, 2]})",
    R"({"action": "remove-schemas", "schema-ids": [1, 2]})",
    R"({"action": "add-encryption-key", "encryption-key": {"key-id": "k", "encrypted-key-metadata": "aWNlYmVyZw==",
        "encrypted-by-id": "m", "properties": {"KEY_TIMESTAMP": "5"}, "x-key": true}})",
    R"({"action": "remove-encryption-key", "key-id": "k"})",
};

TEST(TableUpdateJson, EveryUpdateGoesThereAndBack) {
  EXPECT_EQ(std::size(kUpdates), std::variant_size_v<TableUpdate>);
  for (size_t i = 0; i < std::size(kUpdates); ++i) {
    SCOPED_TRACE(kUpdates[i]);
    const auto update = TableUpdateFromJson(json::parse(kUpdates[i]));
    ASSERT_TRUE(update.ok()) << update.status();
    EXPECT_EQ(update->index(), i);
    EXPECT_EQ(TableUpdateToJson(*update), json::parse(kUpdates[i]));
  }
}

TEST(TableUpdateJson, Trap41_SpecWithoutIdsLeavesThemToTheCatalog) {
  const auto update =
      TableUpdateFromJson(json::parse(R"({"action": "add-spec", "spec": {"fields": [
      {"name": "x_bucket", "transform": "bucket[4]", "source-id": 1},
      {"name": "y", "transform": "identity", "source-id": 2, "field-id": 1007}]}})"));
  ASSERT_TRUE(update.ok()) << update.status();
  const PartitionSpec& spec = std::get<update::AddPartitionSpec>(*update).spec;
  EXPECT_EQ(spec.fields.at(0).field_id, 0);
  EXPECT_EQ(spec.fields.at(1).field_id, 1007);
  const json written = TableUpdateToJson(*update);
  EXPECT_FALSE(written["spec"]["fields"][0].contains("field-id"));
  EXPECT_EQ(written["spec"]["fields"][1]["field-id"], 1007);
}

TEST(TableUpdateJson, OlderSpellingsOfProperties) {
  const auto set =
      TableUpdateFromJson({{"action", "set-properties"}, {"updated", {{"a", "b"}}}});
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(std::get<update::SetProperties>(*set).updates.at("a"), "b");
  const auto remove = TableUpdateFromJson(
      {{"action", "remove-properties"}, {"removed", json::array({"a"})}});
  ASSERT_TRUE(remove.ok()) << remove.status();
  EXPECT_EQ(std::get<update::RemoveProperties>(*remove).keys.at(0), "a");
}

TEST(TableUpdateJson, RefusesWhatItCannotRead) {
  const std::pair<const char*, ErrorCode> cases[] = {
      {R"({"action": "fly"})", ErrorCode::kNotSupported},
      {R"({"uuid": "x"})", ErrorCode::kInvalidData},
      {R"([])", ErrorCode::kInvalidData},
      {R"({"action": 3})", ErrorCode::kInvalidData},
      {R"({"action": "assign-uuid"})", ErrorCode::kInvalidData},
      {R"({"action": "add-schema", "schema": 1})", ErrorCode::kInvalidData},
      {R"({"action": "add-spec", "spec": {"fields": [3]}})", ErrorCode::kInvalidData},
      {R"({"action": "add-spec", "spec": {}})", ErrorCode::kInvalidData},
      {R"({"action": "add-sort-order", "sort-order": {"fields": 7}})",
       ErrorCode::kInvalidData},
      {R"({"action": "add-snapshot", "snapshot": {"snapshot-id": 1.5}})",
       ErrorCode::kInvalidData},
      {R"({"action": "set-snapshot-ref", "ref-name": "a", "snapshot-id": 1, "type": "x"})",
       ErrorCode::kInvalidData},
      {R"({"action": "remove-snapshots", "snapshot-ids": ["1"]})",
       ErrorCode::kInvalidData},
      {R"({"action": "remove-schemas", "schema-ids": [3000000000]})",
       ErrorCode::kInvalidData},
      {R"({"action": "set-properties"})", ErrorCode::kInvalidData},
      {R"({"action": "set-statistics", "statistics": {}})", ErrorCode::kInvalidData},
      {R"({"action": "set-statistics", "statistics": {"snapshot-id": 5,
          "statistics-path": "/p", "file-size-in-bytes": 1, "file-footer-size-in-bytes": 2,
          "blob-metadata": [{"type": "t", "snapshot-id": 5, "sequence-number": 3,
          "fields": [3000000000]}]}})",
       ErrorCode::kInvalidData},
      {R"({"action": "add-encryption-key", "encryption-key": {"key-id": "k",
          "encrypted-key-metadata": "not base64!"}})",
       ErrorCode::kInvalidData},
      {R"({"action": "remove-encryption-key"})", ErrorCode::kInvalidData},
  };
  for (const auto& [text, code] : cases) {
    SCOPED_TRACE(text);
    const auto update = TableUpdateFromJson(json::parse(text));
    ASSERT_FALSE(update.ok());
    EXPECT_EQ(CodeOf(update.status()), code) << update.status();
  }
}

constexpr const char* kRequirements[] = {
    R"({"type": "assert-create"})",
    R"({"type": "assert-table-uuid", "uuid": "u"})",
    R"({"type": "assert-ref-snapshot-id", "ref": "main", "snapshot-id": 9007199254740993})",
    R"({"type": "assert-last-assigned-field-id", "last-assigned-field-id": 3})",
    R"({"type": "assert-current-schema-id", "current-schema-id": 3})",
    R"({"type": "assert-last-assigned-partition-id", "last-assigned-partition-id": 3})",
    R"({"type": "assert-default-spec-id", "default-spec-id": 3})",
    R"({"type": "assert-default-sort-order-id", "default-sort-order-id": 3})",
};

TEST(TableRequirementJson, EveryRequirementGoesThereAndBack) {
  EXPECT_EQ(std::size(kRequirements), std::variant_size_v<TableRequirement>);
  for (size_t i = 0; i < std::size(kRequirements); ++i) {
    SCOPED_TRACE(kRequirements[i]);
    const auto requirement = TableRequirementFromJson(json::parse(kRequirements[i]));
    ASSERT_TRUE(requirement.ok()) << requirement.status();
    EXPECT_EQ(requirement->index(), i);
    EXPECT_EQ(TableRequirementToJson(*requirement), json::parse(kRequirements[i]));
  }
}

TEST(TableRequirementJson, Trap31_RefIsCalledRefAndNullMeansMissing) {
  const json written =
      TableRequirementToJson(require::AssertRefSnapshotId{"main", std::nullopt});
  EXPECT_EQ(
      written,
      json::parse(
          R"({"type": "assert-ref-snapshot-id", "ref": "main", "snapshot-id": null})"));
  const auto read = TableRequirementFromJson(written);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_FALSE(std::get<require::AssertRefSnapshotId>(*read).snapshot_id.has_value());
}

TEST(TableRequirementJson, RefusesWhatItCannotRead) {
  for (const char* text :
       {R"({"type": "assert-luck"})", R"({"type": "create"})", R"({})",
        R"("assert-create")", R"({"type": "assert-ref-snapshot-id", "snapshot-id": 1})",
        R"({"type": "assert-default-spec-id"})",
        R"({"type": "assert-default-spec-id", "default-spec-id": "1"})"}) {
    EXPECT_FALSE(TableRequirementFromJson(json::parse(text)).ok()) << text;
  }
}

}  // namespace
}  // namespace tarn::iceberg
