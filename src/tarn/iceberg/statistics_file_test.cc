#include "tarn/iceberg/statistics_file.h"

#include <gtest/gtest.h>

#include "tarn/iceberg/puffin.h"

namespace tarn::iceberg {
namespace {

StatisticsBlob Theta(std::vector<FieldId> fields, const std::string& ndv) {
  return {.type = kThetaSketchBlob,
          .fields = std::move(fields),
          .properties = {{"ndv", ndv}}};
}

TEST(StatisticsFile, DistinctValuesAreTheSketchsOfThatColumnAlone) {
  StatisticsFile file;
  file.blobs = {Theta({1, 2}, "3"),
                Theta({1}, "9007199254740993"),
                {.type = "some-other-blob", .fields = {3}, .properties = {{"ndv", "5"}}},
                {.type = kThetaSketchBlob, .fields = {4}},
                Theta({5}, "many"),
                Theta({6}, "-1"),
                Theta({7}, "1.0"),
                Theta({8}, "")};
  EXPECT_EQ(DistinctValues(file, 1), 9007199254740993);
  for (const FieldId id : {2, 3, 4, 5, 6, 7, 8, 9}) {
    EXPECT_EQ(DistinctValues(file, id), std::nullopt) << id;
  }
}

}  // namespace
}  // namespace tarn::iceberg
