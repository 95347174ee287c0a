#include "tarn/iceberg/manifest_columns.h"

#include <fstream>
#include <iterator>
#include <limits>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "tarn/iceberg/manifest_filter.h"
#include "tarn/iceberg/metrics_evaluator.h"
#include "tarn/iceberg/projection.h"
#include "tarn/iceberg/value.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

/// Both readers on the same bytes give the same entries, in full.
void ExpectSameEntries(std::string_view avro, const ManifestFile& listed) {
  ManifestReader reader;
  const Result<Manifest> manifest = ReadManifest(avro, listed);
  for (int pass = 0; pass < 2; ++pass) {  // the second with the header known
    const auto columns = reader.Read(avro, listed);
    ASSERT_EQ(manifest.ok(), columns.ok()) << columns.status().ToString();
    if (!manifest.ok()) {
      EXPECT_EQ(CodeOf(manifest.status()), CodeOf(columns.status()));
      return;
    }
    ASSERT_EQ((*columns)->size(), manifest->entries.size());
    EXPECT_EQ((*columns)->header().spec, manifest->header.spec);
    EXPECT_EQ((*columns)->header().content, manifest->header.content);
    size_t live = 0;
    for (size_t row = 0; row < manifest->entries.size(); ++row) {
      const ManifestEntry& expected = manifest->entries[row];
      ASSERT_EQ((*columns)->EntryAt(row), expected) << "row " << row;
      EXPECT_EQ((*columns)->file_path(row), expected.file.file_path);
      EXPECT_EQ((*columns)->sequence_number(row), expected.sequence_number);
      live += expected.is_live() ? 1 : 0;
    }
    EXPECT_EQ((*columns)->num_live(), live);
    EXPECT_GT((*columns)->memory_bytes(), manifest->entries.size() * 8);
  }
}

constexpr SpecId kSpecId{{4}};

std::shared_ptr<const Schema> TestSchema() {
  const auto optional = [](FieldId id, const char* name, Type type) {
    return Field{.id = id, .name = name, .type = std::move(type)};
  };
  return Schema::Make(
             SchemaId{{0}},
             {optional(1, "b", Type::Boolean()), optional(2, "i", Type::Int()),
              optional(3, "l", Type::Long()), optional(4, "f", Type::Float()),
              optional(5, "d", Type::Double()), optional(6, "dec", Type::Decimal(12, 2)),
              optional(7, "day", Type::Date()), optional(8, "ts", Type::Timestamp()),
              optional(9, "tz", Type::TimestampTz()),
              optional(10, "ns", Type::TimestampNs()), optional(11, "s", Type::String()),
              optional(12, "u", Type::Uuid()), optional(13, "bin", Type::Binary()),
              optional(14, "time", Type::Time()),
              optional(15, "list", Type::List(16, Type::Long(), false))})
      .ValueOrDie();
}

PartitionSpec TestSpec() {
  return {.id = kSpecId,
          .fields = {{{7}, 1000, "day_p", Identity{}}, {{11}, 1001, "s_p", Truncate{2}}}};
}

class Randomly {
 public:
  explicit Randomly(uint32_t seed) : engine_(seed) {}

  int64_t Below(int64_t end) {
    return std::uniform_int_distribution<int64_t>(0, end - 1)(engine_);
  }
  bool OneIn(int64_t n) { return Below(n) == 0; }

  /// A value of `type`; few different ones, so that bounds and literals meet.
  Value Of(const Type& type) {
    const int64_t n = Below(9) - 4;
    switch (type.id()) {
      case TypeId::kBoolean:
        return n > 0;
      case TypeId::kInt:
      case TypeId::kDate:
        return OneIn(20) ? std::numeric_limits<int32_t>::min() : static_cast<int32_t>(n);
      case TypeId::kFloat:
        return n == 4 ? -0.0F : static_cast<float>(n) / 2;
      case TypeId::kDouble:
        return n == 4 ? -0.0 : static_cast<double>(n) / 2;
      case TypeId::kDecimal:
        return int128_t{n * 1000};
      case TypeId::kUuid:
        return std::string(16, static_cast<char>(n));
      case TypeId::kString:
      case TypeId::kBinary:
        return Text(n);
      case TypeId::kTimestamp:
        return n * 86'400'000'000;
      case TypeId::kTimestampNs:
        return n * 86'400'000'000'000;
      default:
        return OneIn(20) ? std::numeric_limits<int64_t>::max() : n;
    }
  }

  /// Bytes of a bound of `type`: mostly right, at times of a promoted or broken file.
  std::string Bound(const Type& type) {
    if (OneIn(12)) {
      return std::string(static_cast<size_t>(Below(10)), static_cast<char>(Below(256)));
    }
    const bool has_date_past =
        type.id() == TypeId::kTimestamp || type.id() == TypeId::kTimestampNs;
    if (OneIn(4) && has_date_past) {
      return ValueToBytes(Type::Date(), Of(Type::Date()));
    }
    if (OneIn(4) && type.id() == TypeId::kLong) {
      return ValueToBytes(Type::Int(), Of(Type::Int()));
    }
    if (OneIn(4) && type.id() == TypeId::kInt) {
      return ValueToBytes(Type::Long(), Of(Type::Long()));
    }
    if (OneIn(4) && type.id() == TypeId::kDouble) {
      return ValueToBytes(Type::Float(), Of(Type::Float()));
    }
    if (OneIn(10) && type.id() == TypeId::kFloat) {
      return ValueToBytes(type, std::numeric_limits<float>::quiet_NaN());
    }
    return ValueToBytes(type, Of(type));
  }

  std::optional<int64_t> Count(int64_t records) {
    return OneIn(4) ? std::nullopt : std::optional(OneIn(3) ? Below(records + 1) : 0);
  }

 private:
  static std::string Text(int64_t n) {
    return n < 0 ? std::string(static_cast<size_t>(-n), 'a')
                 : std::string(static_cast<size_t>(3 * n), 'b') + "\xC3\xA9";
  }

  std::mt19937 engine_;
};

ManifestEntry RandomEntry(Randomly& random, const Schema& schema, int number) {
  ManifestEntry entry;
  entry.status = static_cast<EntryStatus>(random.Below(3));
  if (entry.status != EntryStatus::kAdded) {
    entry.snapshot_id = SnapshotId{{random.Below(5)}};
    entry.sequence_number = SequenceNumber{{random.Below(5)}};
    entry.file_sequence_number = SequenceNumber{{random.Below(5)}};
  }
  DataFile& file = entry.file;
  file.file_path = "s3://b/" + std::string(static_cast<size_t>(random.Below(30)), 'p') +
                   std::to_string(number);
  file.spec_id = kSpecId;
  const auto maybe = [&](Value value) { return random.OneIn(4) ? Value() : value; };
  file.partition = {maybe(random.Of(Type::Date())),
                    maybe(std::string(random.OneIn(2) ? "aa" : "bb"))};
  file.record_count = random.OneIn(8) ? 0 : random.Below(6) + 1;
  file.file_size_bytes = random.Below(1 << 30);
  for (const Field& field : schema.fields()) {
    if (random.OneIn(4)) {
      continue;
    }
    ColumnStats stats{.field_id = field.id};
    stats.column_size = random.OneIn(9) ? int64_t{1} << 33 : random.Below(1000);
    stats.value_count = random.Count(file.record_count);
    stats.null_count = random.Count(file.record_count);
    stats.nan_count = random.Count(file.record_count);
    if (field.type.is_primitive() && !random.OneIn(5)) {
      stats.lower_bound = random.Bound(field.type);
    }
    if (field.type.is_primitive() && !random.OneIn(5)) {
      stats.upper_bound = random.Bound(field.type);
    }
    file.columns.push_back(std::move(stats));
  }
  if (random.OneIn(3)) {
    file.split_offsets = {4, random.Below(1000) + 5};
  }
  if (random.OneIn(5)) {
    file.key_metadata = std::string(static_cast<size_t>(random.Below(20)), 'k');
  }
  if (random.OneIn(3)) {
    file.sort_order_id = SortOrderId{{static_cast<int32_t>(random.Below(3))}};
  }
  return entry;
}

struct Written {
  std::string avro;
  ManifestFile listed;
};

Written RandomManifest(Randomly& random, const std::shared_ptr<const Schema>& schema,
                       int32_t version) {
  ManifestWriter writer(
      {.format_version = version,
       .content = ManifestContent::kData,
       .snapshot_id = SnapshotId{{9}},
       .compression = random.OneIn(2) ? AvroCompression::kNone : AvroCompression::kZstd},
      schema, TestSpec());
  const int64_t rows = random.Below(40);
  for (int i = 0; i < rows; ++i) {
    EXPECT_OK(writer.Add(RandomEntry(random, *schema, i)));
  }
  auto finished = writer.Finish().ValueOrDie();
  finished.manifest.path = "m";
  finished.manifest.sequence_number = SequenceNumber{{random.Below(4)}};
  finished.manifest.added_snapshot_id = SnapshotId{{9}};
  if (version == 3 && random.OneIn(2)) {
    finished.manifest.first_row_id = 1000;
  }
  if (random.OneIn(4)) {  // counts that are wrong are only a guess
    finished.manifest.added_files_count = 3;
    finished.manifest.existing_files_count = 0;
    finished.manifest.deleted_files_count = std::nullopt;
  }
  return {std::move(finished.avro), std::move(finished.manifest)};
}

Expression RandomFilter(Randomly& random, const Schema& schema, int depth) {
  if (depth > 0 && random.OneIn(2)) {
    Expression left = RandomFilter(random, schema, depth - 1);
    Expression right = RandomFilter(random, schema, depth - 1);
    if (random.OneIn(4)) {
      return Not(std::move(left));
    }
    return random.OneIn(2) ? And(std::move(left), std::move(right))
                           : Or(std::move(left), std::move(right));
  }
  const Field& field = schema.fields()[static_cast<size_t>(random.Below(15))];
  const auto op =
      static_cast<Operation>(static_cast<int64_t>(Operation::kIsNull) + random.Below(14));
  const bool nan_test = op == Operation::kIsNaN || op == Operation::kNotNaN;
  const bool floating =
      field.type.id() == TypeId::kFloat || field.type.id() == TypeId::kDouble;
  if (!field.type.is_primitive() || (nan_test && !floating)) {
    return Unary(random.OneIn(2) ? Operation::kIsNull : Operation::kNotNull, field.name);
  }
  if (op <= Operation::kNotNaN) {
    return Unary(op, field.name);
  }
  const bool prefix = op == Operation::kStartsWith || op == Operation::kNotStartsWith;
  if (prefix && field.type.id() != TypeId::kString) {
    return Predicate(Operation::kEqual, field.name, field.type, {random.Of(field.type)});
  }
  std::vector<Value> literals = {random.Of(field.type)};
  if (op == Operation::kIn || op == Operation::kNotIn) {
    literals.push_back(random.Of(field.type));
    literals.push_back(random.Of(field.type));
  }
  return Predicate(op, field.name, field.type, std::move(literals));
}

TEST(ManifestColumns, HoldWhatReadManifestReads) {
  const auto schema = TestSchema();
  Randomly random(1);
  for (int i = 0; i < 60; ++i) {
    SCOPED_TRACE(i);
    const Written written = RandomManifest(random, schema, 2 + i % 2);
    ExpectSameEntries(written.avro, written.listed);
  }
}

TEST(ManifestColumns, FilterAsMayMatchAndPartitionMatchesDo) {
  const auto schema = TestSchema();
  const PartitionSpec spec = TestSpec();
  const std::vector<Type> types = PartitionTypes(spec, *schema);
  Randomly random(2);
  ManifestReader reader;
  int64_t selected = 0;
  int64_t pruned = 0;
  for (int i = 0; i < 40; ++i) {
    const Written written = RandomManifest(random, schema, 2);
    ASSERT_OK_AND_ASSIGN(const auto columns, reader.Read(written.avro, written.listed));
    ASSERT_OK_AND_ASSIGN(const Manifest manifest,
                         ReadManifest(written.avro, written.listed));
    for (int f = 0; f < 100; ++f) {
      const Expression filter = RandomFilter(random, *schema, 3);
      SCOPED_TRACE(ExpressionToString(filter));
      ASSERT_OK_AND_ASSIGN(const Expression bound, Bind(filter, *schema));
      const Expression projected = ProjectInclusive(bound, spec, *schema);
      std::vector<uint32_t> expected;
      for (uint32_t row = 0; row < manifest.entries.size(); ++row) {
        const DataFile& file = manifest.entries[row].file;
        if (manifest.entries[row].is_live() &&
            PartitionMatches(projected, spec, file.partition) &&
            MayMatch(bound, *schema, file)) {
          expected.push_back(row);
        }
      }
      const ManifestFilter one{&bound, schema.get(), &projected, &spec};
      ASSERT_EQ(SelectRows(*columns, one, columns->partitions()), expected);
      selected += static_cast<int64_t>(expected.size());
      pruned += static_cast<int64_t>(columns->num_live() - expected.size());
    }
  }
  EXPECT_GT(selected, 1000);  // the filters are neither empty nor all
  EXPECT_GT(pruned, 1000);
}

std::string Fixture(const std::string& name) {
  std::ifstream file("src/tarn/iceberg/testdata/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

TEST(ManifestColumns, Trap47_48_ReadWhatOthersWrote) {
  for (const char* name :
       {"pyiceberg-v1-0.avro", "pyiceberg-v1-1.avro", "pyiceberg-v2-0.avro",
        "pyiceberg-v2-2.avro", "pyiceberg-unpartitioned-0.avro", "fastavro-v1.avro",
        "fastavro-odd-null.avro", "fastavro-odd-deflate.avro", "fastavro-odd-snappy.avro",
        "fastavro-odd-zstandard.avro"}) {
    SCOPED_TRACE(name);
    const std::string avro = Fixture(name);
    ManifestFile listed;
    listed.sequence_number = SequenceNumber{{12}};
    listed.added_snapshot_id = SnapshotId{{5}};
    listed.spec_id = SpecId{{3}};
    listed.first_row_id = 7;
    ExpectSameEntries(avro, listed);
    for (size_t size = 0; size < avro.size(); size += 101) {
      ExpectSameEntries(std::string_view(avro).substr(0, size), listed);
    }
  }
}

TEST(ManifestColumns, FlippedBytesAreReadAlikeOrRefused) {
  for (const char* name : {"fastavro-v1.avro", "fastavro-odd-null.avro"}) {
    const std::string avro = Fixture(name);
    for (size_t at = 0; at < avro.size(); at += 7) {
      SCOPED_TRACE(std::string(name) + " " + std::to_string(at));
      std::string changed = avro;
      changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
      ExpectSameEntries(changed, ManifestFile{});
    }
  }
}

TEST(ManifestColumns, Trap18_28_SequenceAndRowIdsComeFromTheListAtHand) {
  const auto schema = TestSchema();
  ManifestWriter writer({.format_version = 3, .snapshot_id = SnapshotId{{9}}}, schema,
                        TestSpec());
  Randomly random(3);
  for (int i = 0; i < 3; ++i) {
    ManifestEntry entry = RandomEntry(random, *schema, i);
    entry.status = EntryStatus::kAdded;
    entry.snapshot_id.reset();
    entry.sequence_number.reset();
    entry.file_sequence_number.reset();
    entry.file.record_count = 10;
    ASSERT_OK(writer.Add(entry));
  }
  const std::string avro = writer.Finish().ValueOrDie().avro;
  ManifestReader reader;
  ManifestFile listed;
  listed.sequence_number = SequenceNumber{{3}};
  listed.added_snapshot_id = SnapshotId{{9}};
  ASSERT_OK_AND_ASSIGN(const auto before, reader.Read(avro, listed));
  EXPECT_EQ(before->first_row_id(1), std::nullopt);
  listed.first_row_id = 100;  // the table was upgraded to v3
  ASSERT_OK_AND_ASSIGN(const auto after, reader.Read(avro, listed));
  EXPECT_EQ(after->first_row_id(0), 100);
  EXPECT_EQ(after->first_row_id(2), 120);
  EXPECT_EQ(after->sequence_number(1), SequenceNumber{{3}});
}

TEST(ManifestColumns, WhatAllRowsShareIsKeptOnce) {
  const auto schema = TestSchema();
  ManifestWriter writer({.format_version = 2, .snapshot_id = SnapshotId{{9}}}, schema,
                        TestSpec());
  constexpr int64_t kRows = 10'000;
  for (int64_t i = 0; i < kRows; ++i) {
    ManifestEntry entry;
    entry.file.file_path = "/data/" + std::to_string(i);
    entry.file.spec_id = kSpecId;
    entry.file.partition = {int32_t{1}, std::string("aa")};
    entry.file.record_count = 5;
    entry.file.columns = {
        {.field_id = 3, .value_count = 5, .null_count = 0, .lower_bound = "12345678"}};
    ASSERT_OK(writer.Add(entry));
  }
  auto finished = writer.Finish().ValueOrDie();
  ASSERT_OK_AND_ASSIGN(const auto columns,
                       ManifestReader().Read(finished.avro, finished.manifest));
  EXPECT_EQ(columns->partitions().size(), 1u);
  EXPECT_LT(columns->memory_bytes(), kRows * 20);  // little more than the paths
}

}  // namespace
}  // namespace tarn::iceberg
