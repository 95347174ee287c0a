// A table with a bit of everything, for tests of its evolution.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tarn/iceberg/metadata_change.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/iceberg/table_update.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {

/// id, note, rank (sorted by), ratio, day (partitioned by identity), when (by day),
/// point<x, y>, tags: list<struct<label, weight>>,
/// props: map<struct<k>, struct<n, list: list<struct<deep, deep2>>>>, single<only>.
inline std::vector<Field> EvolvingFields() {
  const Type point =
      Type::Struct({{.id = 21, .name = "x", .type = Type::Int(), .required = true},
                    {.id = 22, .name = "y", .type = Type::Int()}});
  const Type tag = Type::Struct({{.id = 31, .name = "label", .type = Type::String()},
                                 {.id = 32, .name = "weight", .type = Type::Float()}});
  const Type deep = Type::Struct({{.id = 41, .name = "deep", .type = Type::Int()},
                                  {.id = 42, .name = "deep2", .type = Type::Date()}});
  const Type value =
      Type::Struct({{.id = 43, .name = "n", .type = Type::Int(), .required = true},
                    {.id = 44, .name = "list", .type = Type::List(45, deep, false)}});
  const Type key =
      Type::Struct({{.id = 46, .name = "k", .type = Type::Int(), .required = true}});
  const Type single = Type::Struct({{.id = 51, .name = "only", .type = Type::Int()}});
  return {
      {.id = 1, .name = "id", .type = Type::Long(), .required = true},
      {.id = 2, .name = "note", .type = Type::String()},
      {.id = 3, .name = "rank", .type = Type::Int(), .required = true},
      {.id = 4, .name = "ratio", .type = Type::Double(), .required = true},
      {.id = 5, .name = "day", .type = Type::Date()},
      {.id = 6, .name = "when", .type = Type::Date()},
      {.id = 7, .name = "point", .type = point},
      {.id = 8, .name = "tags", .type = Type::List(33, tag, false)},
      {.id = 9, .name = "props", .type = Type::Map(47, key, 48, value, true)},
      {.id = 10, .name = "single", .type = single},
  };
}

inline std::shared_ptr<const TableMetadata> EvolvingTable(
    const std::string& format_version = "2",
    std::map<std::string, std::string> properties = {}) {
  NewTable table;
  table.fields = EvolvingFields();
  table.spec.fields = {{.source_ids = {5}, .name = "day", .transform = Identity{}},
                       {.source_ids = {6}, .name = "when_month", .transform = Month{}}};
  table.sort_order.fields = {{.source_ids = {3}}};
  table.location = "/w/ns/t";
  table.table_uuid = "9c12d441-03fe-4693-9a96-a0705ddf69c1";
  table.properties = std::move(properties);
  table.properties["format-version"] = format_version;
  return MakeTableMetadata(table).ValueOrDie();
}

/// `table` after `change`, as a catalog makes it.
inline std::shared_ptr<const TableMetadata> Commit(const TableMetadata& table,
                                                   const Result<MetadataChange>& change) {
  EXPECT_OK(change);
  EXPECT_OK(CheckRequirements(change->requirements, &table));
  auto changed =
      ApplyUpdates(table, "/w/ns/t/metadata/00000-x.metadata.json", change->updates,
                   table.last_updated + std::chrono::milliseconds(1));
  EXPECT_OK(changed);
  return changed.ok() ? *changed : nullptr;
}

inline std::vector<std::string> FieldNames(const Type& type) {
  std::vector<std::string> names;
  for (const Field& field : type.fields()) {
    names.push_back(field.name);
  }
  return names;
}

}  // namespace tarn::iceberg
