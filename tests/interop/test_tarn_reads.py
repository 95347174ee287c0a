"""Tarn reads what PyIceberg and Spark wrote: v1 and v2, each transform, evolved schemas and specs. What it cannot
apply it refuses; it never answers with wrong rows."""
import datetime
import decimal

import pyarrow as pa
import pytest
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import (BucketTransform, DayTransform, HourTransform, IdentityTransform, MonthTransform,
                                  TruncateTransform, YearTransform)
from pyiceberg.types import (BinaryType, BooleanType, DateType, DecimalType, DoubleType, FixedType, FloatType,
                             IntegerType, ListType, LongType, MapType, NestedField, StringType, StructType,
                             TimestampType, TimestamptzType, TimeType, UUIDType)

from lake import Lake, arrow_rows, spark_rows

UTC = datetime.timezone.utc


@pytest.fixture(scope="module", autouse=True)
def namespace(pyiceberg):
    pyiceberg.create_namespace_if_not_exists("theirs")


EVENTS = pa.table({
    "i": pa.array([1, -1, 34, -11, 10, None], pa.int32()),
    "s": ["alpha", "beta", "", "a b/c=d%é", "🎉🎉🎉", None],
    "ts": pa.array([datetime.datetime(2024, 1, 1), datetime.datetime(1969, 12, 31, 23, 59, 59, 999999),
                    datetime.datetime(1970, 1, 1), datetime.datetime(2024, 2, 29, 23, 30),
                    datetime.datetime(1900, 6, 15, 1), None], pa.timestamp("us")),
    "dec": pa.array([decimal.Decimal(v) if v else None for v in ("14.20", "-1.28", "0.00", "-0.01", "99.99", None)],
                    pa.decimal128(9, 2)),
})
EVENTS_SCHEMA = Schema(NestedField(1, "i", IntegerType()), NestedField(2, "s", StringType()),
                       NestedField(3, "ts", TimestampType()), NestedField(4, "dec", DecimalType(9, 2)))
SPECS = {
    "identity_s": (2, IdentityTransform()), "identity_ts": (3, IdentityTransform()), "identity_dec": (4, IdentityTransform()),
    "bucket_i": (1, BucketTransform(8)), "bucket_s": (2, BucketTransform(4)), "bucket_dec": (4, BucketTransform(16)),
    "truncate_s": (2, TruncateTransform(2)), "truncate_i": (1, TruncateTransform(10)),
    "truncate_dec": (4, TruncateTransform(50)), "year": (3, YearTransform()), "month": (3, MonthTransform()),
    "day": (3, DayTransform()), "hour": (3, HourTransform()),
}
FILTERS = ["i = 34", "i < 0", "i IS NULL", "s = 'beta'", "s = ''", "s > 'a'", "ts < TIMESTAMP '1970-01-01'",
           "ts = TIMESTAMP '2024-02-29 23:30:00'", "dec = -1.28", "dec >= 14.20", "s LIKE 'a%'"]


def same_filter(events, condition):
    """The rows of EVENTS under `condition`, by a plain DuckDB over the Arrow table."""
    import duckdb

    return arrow_rows(duckdb.connect().execute(f"SELECT * FROM events WHERE {condition}").to_arrow_table())


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("spec", list(SPECS))
def test_pyiceberg_partitions(started_lake, pyiceberg, spec, version):
    source, transform = SPECS[spec]
    name = f"theirs.{spec}_v{version}"
    table = pyiceberg.create_table(name, EVENTS_SCHEMA, properties={"format-version": version},
                                   partition_spec=PartitionSpec(PartitionField(source, 1000, transform, f"{spec}_p")))
    table.append(EVENTS)
    table.append(EVENTS.slice(0, 2))
    everything = pa.concat_tables([EVENTS, EVENTS.slice(0, 2)])
    assert arrow_rows(started_lake.arrow(f"SELECT * FROM iceberg.{name}")) == arrow_rows(everything)
    for condition in FILTERS:
        ours = arrow_rows(started_lake.arrow(f"SELECT * FROM iceberg.{name} WHERE {condition}"))
        assert ours == same_filter(everything, condition), condition


def test_pyiceberg_all_types(started_lake, pyiceberg):
    schema = Schema(
        NestedField(1, "b", BooleanType()), NestedField(2, "i", IntegerType(), required=True),
        NestedField(3, "l", LongType()), NestedField(4, "f", FloatType()), NestedField(5, "d", DoubleType()),
        NestedField(6, "dec", DecimalType(38, 10)), NestedField(7, "dt", DateType()), NestedField(8, "t", TimeType()),
        NestedField(9, "ts", TimestampType()), NestedField(10, "tstz", TimestamptzType()),
        NestedField(11, "s", StringType()), NestedField(12, "u", UUIDType()), NestedField(13, "fx", FixedType(4)),
        NestedField(14, "bin", BinaryType()),
        NestedField(15, "r", StructType(NestedField(16, "x", IntegerType()), NestedField(17, "y", StringType()))),
        NestedField(18, "arr", ListType(19, IntegerType(), element_required=False)),
        NestedField(20, "m", MapType(21, StringType(), 22, LongType(), value_required=False)))
    table = pyiceberg.create_table("theirs.all_types", schema)
    record = {
        "b": True, "i": 7, "l": 2**62, "f": 1.5, "d": -2.5, "dec": decimal.Decimal("-1.0000000001"),
        "dt": datetime.date(1969, 12, 31), "t": datetime.time(1, 2, 3, 4), "ts": datetime.datetime(1969, 1, 1, 1),
        "tstz": datetime.datetime(2024, 1, 1, tzinfo=UTC), "s": "ü", "u": b"\xf7\x9c>\tg|K\xbd\xa4y?4\x9c\xb7\x85\xe7",
        "fx": b"abcd", "bin": b"\x00\x01", "r": {"x": 1, "y": None}, "arr": [1, None], "m": [("k", 1), ("n", None)]}
    empty = dict.fromkeys(record) | {"i": 0}
    table.append(pa.Table.from_pylist([record, empty], schema=table.schema().as_arrow()))
    ours = started_lake.sql("SELECT i, \"dec\"::VARCHAR AS \"dec\", dt::VARCHAR AS dt, t::VARCHAR AS t, u::VARCHAR AS u, "
                            "fx, r, arr, m FROM iceberg.theirs.all_types ORDER BY i DESC")
    assert ours[0]["dec"] == "-1.0000000001" and ours[0]["dt"] == "1969-12-31" and ours[0]["t"] == "01:02:03.000004"
    assert ours[0]["u"] == "f79c3e09-677c-4bbd-a479-3f349cb785e7"
    assert ours[0]["r"] == {"x": 1, "y": None} and ours[0]["arr"] == [1, None]
    assert ours[1] == {"i": 0, "dec": None, "dt": None, "t": None, "u": None, "fx": None, "r": None, "arr": None, "m": None}


@pytest.mark.parametrize("version", ["1", "2"])
def test_evolved_schema_from_pyiceberg(started_lake, pyiceberg, version):
    name = f"theirs.evolved_v{version}"
    table = pyiceberg.create_table(name, Schema(NestedField(1, "a", IntegerType()), NestedField(2, "b", StringType()),
                                                NestedField(3, "r", StructType(NestedField(4, "x", IntegerType()))),
                                                NestedField(5, "f", FloatType())),
                                   properties={"format-version": version})
    inner = pa.struct([("x", pa.int32())])
    table.append(pa.table({"a": pa.array([1], pa.int32()), "b": ["old"], "r": pa.array([{"x": 5}], inner),
                           "f": pa.array([0.1], pa.float32())}))
    with table.update_schema() as update:
        update.update_column("a", LongType())
        update.update_column("f", DoubleType())
        update.rename_column("b", "c")
        update.add_column(("r", "z"), StringType())
    with table.update_schema() as update:
        update.add_column("b", LongType())  # a new column with the old one's name
        update.rename_column(("r", "x"), "xx")
        update.move_first("c")
    table.append(pa.table({"c": ["new"], "a": pa.array([2**40], pa.int64()),
                           "r": pa.array([{"xx": 6, "z": "zz"}], pa.struct([("xx", pa.int32()), ("z", pa.string())])),
                           "f": pa.array([2.5], pa.float64()), "b": pa.array([9], pa.int64())}))
    ours = started_lake.sql(f"SELECT * FROM iceberg.{name} ORDER BY a")
    assert ours == [{"c": "old", "a": 1, "r": {"xx": 5, "z": None}, "f": 0.10000000149011612, "b": None},
                    {"c": "new", "a": 2**40, "r": {"xx": 6, "z": "zz"}, "f": 2.5, "b": 9}]
    assert started_lake.sql(f"SELECT a FROM iceberg.{name} WHERE b IS NULL") == [{"a": 1}]
    assert started_lake.sql(f"SELECT a FROM iceberg.{name} WHERE a > 1") == [{"a": 2**40}]
    assert started_lake.sql(f"SELECT c FROM iceberg.{name} WHERE r.xx = 5") == [{"c": "old"}]
    # 0.1 as a float is more than 0.1 as a double: the filter must compare as the table's type, not the file's.
    assert started_lake.sql(f"SELECT a FROM iceberg.{name} WHERE f = 0.1::DOUBLE") == []
    assert started_lake.sql(f"SELECT a FROM iceberg.{name} WHERE f > 0.1::DOUBLE AND f < 1") == [{"a": 1}]


@pytest.mark.parametrize("version", ["1", "2"])
def test_evolved_spec_and_schema_from_spark(started_lake, spark, version):
    name = f"iceberg.theirs.spark_evolved_v{version}"
    spark.sql(f"CREATE TABLE {name} (id bigint, ts timestamp, s string, dropme int) USING iceberg "
              f"PARTITIONED BY (days(ts)) TBLPROPERTIES ('format-version'='{version}')")
    spark.sql(f"INSERT INTO {name} VALUES (1, timestamp'1969-12-31 23:00:00Z', 'a', 1), "
              f"(2, timestamp'2024-01-01 00:00:00Z', 'b', 2)")
    spark.sql(f"ALTER TABLE {name} ADD PARTITION FIELD bucket(4, id)")
    spark.sql(f"ALTER TABLE {name} DROP PARTITION FIELD days(ts)")
    spark.sql(f"ALTER TABLE {name} DROP COLUMN dropme")
    spark.sql(f"ALTER TABLE {name} ADD COLUMN extra double")
    spark.sql(f"INSERT INTO {name} VALUES (3, timestamp'2024-01-02 00:00:00Z', 'c', 2.5), (4, NULL, NULL, NULL)")
    expected = spark_rows(spark.table(name))
    assert arrow_rows(started_lake.arrow(f"SELECT * FROM {name}")) == expected
    for condition in ("id = 3", "ts < TIMESTAMPTZ '1970-01-01 00:00:00+00:00'", "extra IS NULL", "s = 'b'", "id IN (1, 4)"):
        theirs = condition.replace("TIMESTAMPTZ '", "TIMESTAMP '")
        assert arrow_rows(started_lake.arrow(f"SELECT * FROM {name} WHERE {condition}")) == spark_rows(spark.sql(f"SELECT * FROM {name} WHERE {theirs}")), condition


def test_spark_transforms_prune_without_losing_rows(started_lake, spark):
    name = "iceberg.theirs.spark_transforms"
    spark.sql(f"CREATE TABLE {name} (id bigint, ts timestamp_ntz, s string, dec decimal(9,2), b binary) USING iceberg "
              "PARTITIONED BY (hours(ts), bucket(3, s), truncate(1, dec), bucket(5, b))")
    spark.sql(f"INSERT INTO {name} SELECT id, timestamp_ntz'1969-12-30 00:00:00' + make_dt_interval(0, id * 7), "
              "concat('s', id % 5), cast(id - 10 AS decimal(9,2)) / 4, cast(concat('b', id) AS binary) FROM range(20)")
    assert started_lake.sql(f"SELECT count(*) n, sum(id) s FROM {name}") == [{"n": 20, "s": 190}]
    for n in range(20):
        for condition in (f"id = {n}", f"b = 'b{n}'::BLOB",
                          f"ts = TIMESTAMP '1969-12-30 00:00:00' + INTERVAL {7 * n} HOUR"):
            assert started_lake.sql(f"SELECT id FROM {name} WHERE {condition}") == [{"id": n}], condition
        assert started_lake.sql(f"SELECT count(*) n FROM {name} WHERE s = 's{n % 5}'") == [{"n": 4}]


def test_position_deletes_from_spark(started_lake, spark):
    name = "iceberg.theirs.merge_on_read"
    spark.sql(f"CREATE TABLE {name} (id bigint) USING iceberg TBLPROPERTIES ('format-version'='2', "
              "'write.delete.mode'='merge-on-read')")
    spark.sql(f"INSERT INTO {name} SELECT id FROM range(100)")
    spark.sql(f"DELETE FROM {name} WHERE id % 2 = 0")
    delete_files = spark.sql(f"SELECT count(*) n FROM {name}.delete_files").collect()[0].n
    assert delete_files >= 1
    assert started_lake.sql(f"SELECT count(*) n, min(id) lo, max(id) hi FROM {name}") == [{"n": 50, "lo": 1, "hi": 99}]


def test_copy_on_write_delete_from_spark(started_lake, spark):
    name = "iceberg.theirs.copy_on_write"
    spark.sql(f"CREATE TABLE {name} (id bigint) USING iceberg TBLPROPERTIES ('write.delete.mode'='copy-on-write')")
    spark.sql(f"INSERT INTO {name} SELECT id FROM range(100)")
    spark.sql(f"DELETE FROM {name} WHERE id % 2 = 0")
    assert started_lake.sql(f"SELECT count(*) n, min(id) lo, max(id) hi FROM {name}") == [{"n": 50, "lo": 1, "hi": 99}]


def test_a_home_that_pyiceberg_made(tmp_path):
    """`--home` also opens a directory whose catalog.db PyIceberg made, before Tarn ever saw it."""
    from pyiceberg.catalog.sql import SqlCatalog

    home = tmp_path / "made-by-pyiceberg"
    (home / "warehouse").mkdir(parents=True)
    catalog = SqlCatalog("iceberg", uri=f"sqlite:///{home}/catalog.db", warehouse=f"file://{home}/warehouse")
    catalog.create_namespace("ns")
    catalog.create_table("ns.t", Schema(NestedField(1, "n", LongType()))).append(pa.table({"n": [1, 2, 3]}))
    lake = Lake(home)
    assert lake.sql("SELECT sum(n) s FROM iceberg.ns.t") == [{"s": 6}]
    lake.sql("INSERT INTO iceberg.ns.t VALUES (4)")
    assert catalog.load_table("ns.t").scan().to_arrow().num_rows == 4


def test_hidden_partition_filter_prunes(started_lake, pyiceberg):
    table = pyiceberg.create_table("theirs.prune", Schema(NestedField(1, "i", IntegerType()), NestedField(2, "ts", TimestampType())),
                                   partition_spec=PartitionSpec(PartitionField(2, 1000, DayTransform(), "day")))
    for day in range(1, 11):
        table.append(pa.table({"i": pa.array([day], pa.int32()),
                               "ts": pa.array([datetime.datetime(2024, 1, day)], pa.timestamp("us"))}))
    import json

    plan = json.loads(started_lake.run("table", "plan", "theirs.prune", "--where",
                                       "ts >= TIMESTAMP '2024-01-09 00:00:00'", "--json").stdout)
    assert plan["files"] == 2 and plan["manifests"] == 10 and plan["manifests_skipped"] == 8


def test_files_without_field_ids_by_name_mapping(started_lake, pyiceberg, tmp_path):
    """Trap 51: files that were registered as they were have no field ids; the table's name mapping gives them."""
    import pyarrow.parquet as pq

    inner = pa.struct([("x", pa.int32()), ("y", pa.list_(pa.string()))])
    rows_written = pa.table({
        "id": pa.array([1, 2], pa.int64()), "r": pa.array([{"x": 5, "y": ["a", None]}, None], inner),
        "m": pa.array([[("k", 1)], []], pa.map_(pa.string(), pa.int64())), "l": pa.array([[1, None], None], pa.list_(pa.int32()))})
    path = tmp_path / "registered.parquet"
    pq.write_table(rows_written, path)
    table = pyiceberg.create_table("theirs.registered", rows_written.schema)
    table.add_files([f"file://{path}"])
    assert "schema.name-mapping.default" in table.properties
    ours = started_lake.arrow("SELECT * FROM iceberg.theirs.registered")
    assert arrow_rows(ours) == arrow_rows(rows_written)
    with table.update_schema() as update:
        update.rename_column("id", "key")
        update.add_column("extra", StringType())
    assert started_lake.sql("SELECT key, extra FROM iceberg.theirs.registered WHERE key = 2") == [
        {"key": 2, "extra": None}]
