#include "tarn/table/internal/delete_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/testing/status_matchers.h"

namespace tarn::table::internal {
namespace {

using iceberg::DataFile;
using iceberg::FileContent;
using iceberg::FileFormat;
using iceberg::PartitionSpec;
using iceberg::PartitionTuple;
using iceberg::SequenceNumber;
using iceberg::SpecId;

constexpr iceberg::FieldId kFilePathFieldId = 2147483546;

PartitionSpec Spec(int32_t id) {
  return {SpecId{{id}},
          {{.source_ids = {1},
            .field_id = 1000,
            .name = "p",
            .transform = iceberg::Identity{}}}};
}

DataFile Data(const std::string& path, int32_t spec_id, PartitionTuple partition) {
  DataFile file;
  file.file_path = path;
  file.spec_id = SpecId{{spec_id}};
  file.partition = std::move(partition);
  return file;
}

DeleteEntry Delete(const std::string& path, FileContent content, int64_t sequence,
                   int32_t spec_id, PartitionTuple partition) {
  iceberg::ManifestEntry entry;
  entry.sequence_number = SequenceNumber{{sequence}};
  entry.file = Data(path, spec_id, std::move(partition));
  entry.file.content = content;
  return std::make_shared<const iceberg::ManifestEntry>(std::move(entry));
}

DeleteEntry Changed(const DeleteEntry& entry,
                    const std::function<void(DataFile&)>& change) {
  auto copy = std::make_shared<iceberg::ManifestEntry>(*entry);
  change(copy->file);
  return copy;
}

std::vector<std::string> Names(const DeleteIndex& index, const DataFile& file,
                               int64_t sequence) {
  std::vector<std::string> names;
  for (const DeleteEntry& entry : index.For(file, SequenceNumber{{sequence}})) {
    names.push_back(entry->file.file_path);
  }
  return names;
}

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST(DeleteIndex, Trap19_SequenceNumbersDecide) {
  DeleteIndex index;
  const PartitionTuple a = {int32_t{1}};
  ASSERT_OK(index.Add(Delete("pos", FileContent::kPositionDeletes, 5, 0, a), Spec(0)));
  ASSERT_OK(index.Add(Delete("eq", FileContent::kEqualityDeletes, 5, 0, a), Spec(0)));
  EXPECT_THAT(Names(index, Data("f", 0, a), 4), UnorderedElementsAre("pos", "eq"));
  EXPECT_THAT(Names(index, Data("f", 0, a), 5),
              ElementsAre("pos"));  // of the same commit
  EXPECT_THAT(Names(index, Data("f", 0, a), 6), IsEmpty());
}

TEST(DeleteIndex, Trap20_PartitionAndSpecLimitTheScope) {
  DeleteIndex index;
  const PartitionTuple a = {int32_t{1}};
  const PartitionTuple b = {int32_t{2}};
  const PartitionTuple null = {iceberg::Value()};
  const PartitionSpec unpartitioned{SpecId{{2}}, {}};
  PartitionSpec voided = Spec(3);
  voided.fields.front().transform = iceberg::Void{};
  ASSERT_OK(index.Add(Delete("pos-a", FileContent::kPositionDeletes, 5, 0, a), Spec(0)));
  ASSERT_OK(index.Add(Delete("eq-a", FileContent::kEqualityDeletes, 5, 0, a), Spec(0)));
  ASSERT_OK(
      index.Add(Delete("eq-null", FileContent::kEqualityDeletes, 5, 0, null), Spec(0)));
  ASSERT_OK(index.Add(Delete("eq-global", FileContent::kEqualityDeletes, 5, 2, {}),
                      unpartitioned));
  ASSERT_OK(
      index.Add(Delete("eq-void", FileContent::kEqualityDeletes, 5, 3, null), voided));
  EXPECT_THAT(Names(index, Data("f", 0, a), 1),
              UnorderedElementsAre("pos-a", "eq-a", "eq-global", "eq-void"));
  EXPECT_THAT(Names(index, Data("f", 0, b), 1),
              UnorderedElementsAre("eq-global", "eq-void"));
  EXPECT_THAT(Names(index, Data("f", 1, a), 1),
              UnorderedElementsAre("eq-global", "eq-void"));
  EXPECT_THAT(Names(index, Data("f", 0, null), 1),
              UnorderedElementsAre("eq-null", "eq-global", "eq-void"));
  EXPECT_EQ(index.size(), 5);
}

TEST(DeleteIndex, Trap22_PositionDeletesNameTheirDataFiles) {
  DeleteIndex index;
  const PartitionTuple a = {int32_t{1}};
  const std::string path = "/warehouse/table/data/file-1.parquet";
  const DeleteEntry any = Delete("any", FileContent::kPositionDeletes, 5, 0, a);
  const auto bounds = [](const std::string& lower, const std::string& upper) {
    return [=](DataFile& file) {
      file.columns = {
          {.field_id = kFilePathFieldId, .lower_bound = lower, .upper_bound = upper}};
    };
  };
  ASSERT_OK(index.Add(any, Spec(0)));
  ASSERT_OK(index.Add(Changed(any,
                              [&](DataFile& file) {
                                file.file_path = "referenced";
                                file.referenced_data_file = path;
                              }),
                      Spec(0)));
  ASSERT_OK(index.Add(Changed(any,
                              [&](DataFile& file) {
                                bounds(path, path)(file);
                                file.file_path = "one";
                              }),
                      Spec(0)));
  ASSERT_OK(index.Add(Changed(any,
                              [&](DataFile& file) {
                                bounds("/warehouse/a", "/warehouse/u")(file);
                                file.file_path = "range";
                              }),
                      Spec(0)));
  ASSERT_OK(index.Add(Changed(any,
                              [&](DataFile& file) {
                                bounds("/warehouse/tabl", "/warehouse/tabl")(file);
                                file.file_path = "cut";
                              }),
                      Spec(0)));
  EXPECT_THAT(Names(index, Data(path, 0, a), 1),
              UnorderedElementsAre("any", "referenced", "one", "range", "cut"));
  EXPECT_THAT(Names(index, Data("/warehouse/b", 0, a), 1),
              UnorderedElementsAre("any", "range"));
  EXPECT_THAT(Names(index, Data("/z", 0, a), 1), ElementsAre("any"));
}

TEST(DeleteIndex, Trap25_OneDeletionVectorForADataFile) {
  DeleteIndex index;
  const PartitionTuple a = {int32_t{1}};
  const auto vector = [&](const std::string& data_file, int64_t offset) {
    return Changed(Delete("shared.puffin", FileContent::kPositionDeletes, 6, 0, a),
                   [&](DataFile& file) {
                     file.format = FileFormat::kPuffin;
                     file.referenced_data_file = data_file;
                     file.content_offset = offset;
                   });
  };
  ASSERT_OK(index.Add(vector("f", 4), Spec(0)));
  ASSERT_OK(index.Add(vector("g", 44), Spec(0)));  // several share one file
  EXPECT_ERROR(index.Add(vector("f", 84), Spec(0)), ErrorCode::kInvalidData, "f");
  EXPECT_EQ(index.For(Data("g", 0, a), SequenceNumber{{6}}).front()->file.content_offset,
            44);
  EXPECT_ERROR(
      index.Add(Changed(vector("x", 1),
                        [](DataFile& file) { file.referenced_data_file.reset(); }),
                Spec(0)),
      ErrorCode::kInvalidData, "shared.puffin");
}

TEST(DeleteIndex, Trap26_ADeletionVectorTakesOverPositionDeletes) {
  DeleteIndex index;
  const PartitionTuple a = {int32_t{1}};
  ASSERT_OK(index.Add(Delete("pos", FileContent::kPositionDeletes, 5, 0, a), Spec(0)));
  ASSERT_OK(index.Add(Changed(Delete("dv", FileContent::kPositionDeletes, 6, 0, a),
                              [](DataFile& file) {
                                file.format = FileFormat::kPuffin;
                                file.referenced_data_file = "f";
                              }),
                      Spec(0)));
  EXPECT_THAT(Names(index, Data("f", 0, a), 1), ElementsAre("dv"));
  EXPECT_THAT(Names(index, Data("g", 0, a), 1), ElementsAre("pos"));
}

}  // namespace
}  // namespace tarn::table::internal
