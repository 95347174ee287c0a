#include "tarn/storage/internal/metrics_config.h"

#include <gmock/gmock.h>

#include "tarn/storage/table_writer_fixture_test.h"

namespace tarn::storage {
namespace {

using Kind = MetricsMode::Kind;

TEST(MetricsMode, FromText) {
  const std::pair<const char*, MetricsMode> good[] = {
      {"none", {Kind::kNone, 0}},
      {"Counts", {Kind::kCounts, 0}},
      {"FULL", {Kind::kFull, 0}},
      {"truncate(1)", {Kind::kTruncate, 1}},
      {"TRUNCATE(2147483647)", {Kind::kTruncate, 2147483647}},
  };
  for (const auto& [text, mode] : good) {
    SCOPED_TRACE(text);
    ASSERT_OK_AND_ASSIGN(const MetricsMode read, MetricsModeFromString(text));
    EXPECT_EQ(read, mode);
  }
  for (const char* text : {"", "some", "truncate", "truncate()", "truncate(0)",
                           "truncate(-1)", "truncate(16", "truncate(99999999999)"}) {
    SCOPED_TRACE(text);
    EXPECT_ERROR(MetricsModeFromString(text), ErrorCode::kInvalidArgument, "");
  }
}

class MetricsModesTest : public TableWriterTest {
 protected:
  /// id, nested {x, inner {y}, z}, list, map and last: the ids are given breadth first.
  void MakeWith(Properties properties, iceberg::SortOrder order = {}) {
    Field inner = Column(0, "inner", Type::Struct({Column(0, "y", Type::Int())}));
    MakeTable({Column(1, "id", Type::Long()),
               Column(2, "nested",
                      Type::Struct({Column(0, "x", Type::Int()), inner,
                                    Column(0, "z", Type::Int())})),
               Column(3, "list", Type::List(0, Type::Int(), false)),
               Column(4, "map", Type::Map(0, Type::String(), 0, Type::Int(), false)),
               Column(5, "last", Type::String())},
              {}, std::move(properties));
    if (!order.fields.empty()) {
      auto changed = std::make_shared<iceberg::TableMetadata>(*metadata_);
      order.id = iceberg::SortOrderId{1};
      changed->sort_orders = {order};
      changed->default_sort_order_id = order.id;
      metadata_ = changed;
    }
  }

  /// "id=truncate(16) last=none": the columns whose mode is not `otherwise`.
  std::string Modes() {
    const auto modes = MetricsModesOf(*metadata_);
    EXPECT_TRUE(modes.ok()) << modes.status().ToString();
    std::map<std::string, std::string> sorted;
    for (const auto& [id, mode] : *modes) {
      constexpr std::array<const char*, 4> kNames = {"none", "counts", "truncate",
                                                     "full"};
      std::string text = kNames.at(static_cast<size_t>(mode.kind));
      if (mode.kind == Kind::kTruncate) {
        text += "(" + std::to_string(mode.width) + ")";
      }
      sorted[metadata_->schema().NameOf(id)] = text;
    }
    std::string all;
    for (const auto& [name, text] : sorted) {
      all += (all.empty() ? "" : " ") + name + "=" + text;
    }
    return all;
  }
};

TEST_F(MetricsModesTest, TheFirstColumnsAreChosenOuterOnesFirst) {
  // Java's MetricsConfig.limitFieldIds: the struct's own columns, then those inside.
  const std::pair<const char*, const char*> cases[] = {
      {"0",
       "id=none last=none list.element=none map.key=none map.value=none "
       "nested.inner.y=none nested.x=none nested.z=none"},
      {"3",
       "id=truncate(16) last=truncate(16) list.element=none map.key=none "
       "map.value=none nested.inner.y=none nested.x=truncate(16) nested.z=none"},
      {"4",
       "id=truncate(16) last=truncate(16) list.element=none map.key=none "
       "map.value=none nested.inner.y=none nested.x=truncate(16) "
       "nested.z=truncate(16)"},
      {"5",
       "id=truncate(16) last=truncate(16) list.element=none map.key=none "
       "map.value=none nested.inner.y=truncate(16) nested.x=truncate(16) "
       "nested.z=truncate(16)"},
      {"7",
       "id=truncate(16) last=truncate(16) list.element=truncate(16) "
       "map.key=truncate(16) map.value=none nested.inner.y=truncate(16) "
       "nested.x=truncate(16) nested.z=truncate(16)"},
  };
  for (const auto& [limit, modes] : cases) {
    SCOPED_TRACE(limit);
    MakeWith({{"write.metadata.metrics.max-inferred-column-defaults", limit}});
    EXPECT_EQ(Modes(), modes);
  }
  // A default that is given holds for all columns.
  MakeWith({{"write.metadata.metrics.max-inferred-column-defaults", "0"},
            {"write.metadata.metrics.default", "counts"}});
  EXPECT_EQ(Modes(),
            "id=counts last=counts list.element=counts map.key=counts map.value=counts "
            "nested.inner.y=counts nested.x=counts nested.z=counts");
}

TEST_F(MetricsModesTest, ColumnsOfTheSortOrderHaveBounds) {
  const auto sorted_by = [](iceberg::FieldId id, iceberg::Transform transform) {
    return iceberg::SortField{.source_ids = {id}, .transform = std::move(transform)};
  };
  MakeWith({});
  const iceberg::FieldId x = metadata_->schema().FindByName("nested.x")->id;
  const iceberg::FieldId z = metadata_->schema().FindByName("nested.z")->id;
  const iceberg::SortOrder order{
      .id = {},
      .fields = {sorted_by(1, iceberg::Bucket{16}), sorted_by(5, iceberg::Truncate{4}),
                 sorted_by(x, iceberg::Identity{}), sorted_by(z, iceberg::Identity{})}};
  MakeWith({{"write.metadata.metrics.default", "counts"},
            {"write.metadata.metrics.column.nested.z", "none"}},
           order);
  // Bounds of id say nothing about the order of its buckets; nested.z has said its own.
  EXPECT_EQ(Modes(),
            "id=counts last=truncate(16) list.element=counts map.key=counts "
            "map.value=counts nested.inner.y=counts nested.x=truncate(16) "
            "nested.z=none");
  MakeWith({{"write.metadata.metrics.default", "full"}}, order);
  EXPECT_EQ(Modes(),
            "id=full last=full list.element=full map.key=full map.value=full "
            "nested.inner.y=full nested.x=full nested.z=full");
}

TEST_F(MetricsModesTest, BadModesNameTheProperty) {
  const std::pair<const char*, const char*> bad[] = {
      {"write.metadata.metrics.default", "most"},
      {"write.metadata.metrics.column.nested.x", "truncate(x)"},
      {"write.metadata.metrics.max-inferred-column-defaults", "-1"},
  };
  for (const auto& [key, value] : bad) {
    SCOPED_TRACE(key);
    MakeWith({{key, value}});
    EXPECT_ERROR(MetricsModesOf(*metadata_), ErrorCode::kInvalidArgument, key);
  }
  MakeWith({{"write.metadata.metrics.column.gone", "most"}});
  EXPECT_OK(MetricsModesOf(*metadata_).status());
}

}  // namespace
}  // namespace tarn::storage
