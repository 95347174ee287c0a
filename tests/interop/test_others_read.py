"""PyIceberg, DuckDB's iceberg extension and Spark read what Tarn wrote, row for row and type for type."""
import pytest

import tables
from lake import arrow_rows, rows, spark_rows


@pytest.fixture(scope="module")
def all_types(started_lake):
    tables.make_all_types(started_lake)
    return started_lake


@pytest.fixture(scope="module", params=list(tables.TRANSFORMS))
def partitioned(request, started_lake):
    return request.param, tables.make_partitioned(started_lake, request.param)


def test_pyiceberg_reads_all_types(all_types, pyiceberg):
    table = pyiceberg.load_table("interop.all_types")
    for name, _, seen, _ in tables.ALL_TYPES_COLUMNS:
        if seen is not None:
            assert str(table.schema().find_type(name)) == seen, name
    seen = table.scan().to_arrow().to_pylist()
    ours = all_types.arrow("SELECT * FROM iceberg.interop.all_types").to_pylist()
    assert len(seen) == len(tables.ALL_TYPES_ROWS)
    # PyIceberg 0.12 gives a null list of structs as an empty list (from its own files too).
    assert rows(r | {"deep": r["deep"] or []} for r in seen) == rows(r | {"deep": r["deep"] or []} for r in ours)
    assert sum(r["deep"] is None for r in ours) == 1


def test_duckdb_reads_all_types(all_types, duck):
    location = all_types.metadata_location("interop.all_types")
    table = duck.execute(f"SELECT * FROM iceberg_scan('{location}')").to_arrow_table()
    assert arrow_rows(table) == arrow_rows(all_types.arrow("SELECT * FROM iceberg.interop.all_types"))


def test_spark_reads_all_types(all_types, spark):
    frame = spark.table("iceberg.interop.all_types")
    assert [(f.name, f.dataType.simpleString()) for f in frame.schema] == [
        (name, seen) for name, _, _, seen in tables.ALL_TYPES_COLUMNS]
    assert spark_rows(frame) == arrow_rows(
        all_types.arrow("SELECT * FROM iceberg.interop.all_types"))


def test_time_and_uuid(started_lake, pyiceberg, duck):
    started_lake.sql("CREATE TABLE iceberg.interop.time_uuid (t time, u uuid)",
                     "INSERT INTO iceberg.interop.time_uuid VALUES (TIME '23:59:59.999999', "
                     "'f79c3e09-677c-4bbd-a479-3f349cb785e7'), (TIME '00:00:00', NULL)")
    table = pyiceberg.load_table("interop.time_uuid")
    for name, _, seen in tables.TIME_AND_UUID_COLUMNS:
        assert str(table.schema().find_type(name)) == seen
    got = table.scan().to_arrow().to_pylist()
    assert sorted(str(r["t"]) for r in got) == ["00:00:00", "23:59:59.999999"]
    assert {str(r["u"]) for r in got} == {"None", "f79c3e09-677c-4bbd-a479-3f349cb785e7"}
    location = started_lake.metadata_location("interop.time_uuid")
    seen = duck.execute(f"SELECT t::VARCHAR, u::VARCHAR FROM iceberg_scan('{location}') ORDER BY t").fetchall()
    assert seen == [("00:00:00", None), ("23:59:59.999999", "f79c3e09-677c-4bbd-a479-3f349cb785e7")]


def test_each_partition_transform(partitioned, started_lake, pyiceberg, duck, spark):
    term, name = partitioned
    short = name.removeprefix("iceberg.")
    expected = arrow_rows(started_lake.arrow(f"SELECT * FROM {name}"))
    assert len(expected) == 6
    table = pyiceberg.load_table(short)
    assert [str(f.transform) for f in table.spec().fields] == [tables.TRANSFORMS[term]]
    assert arrow_rows(table.scan().to_arrow()) == expected
    location = started_lake.metadata_location(short)
    assert arrow_rows(duck.execute(f"SELECT * FROM iceberg_scan('{location}')").to_arrow_table()) == expected
    assert spark_rows(spark.table(name)) == expected


# Each filter keeps some of the rows; a reader that prunes by our partition values and bounds must keep the same.
FILTERS = ["i = 34", "i < 0", "s = 'beta'", "s = ''", "s = 'a b/c=d%é'", "ts >= TIMESTAMP '2024-01-01 00:00:00'",
           "ts < TIMESTAMP '1970-01-01 00:00:00'", "i IS NULL", "d = DATE '1969-12-31'", "s = '🎉🎉🎉'"]


def test_pruning_by_our_partitions_keeps_rows(partitioned, started_lake, duck, spark):
    _, name = partitioned
    location = started_lake.metadata_location(name.removeprefix("iceberg."))
    for condition in FILTERS:
        ours = arrow_rows(started_lake.arrow(f"SELECT * FROM {name} WHERE {condition}"))
        assert len(ours) >= 1, condition
        ntz = condition.replace("TIMESTAMP '", "TIMESTAMP_NTZ '")
        assert spark_rows(spark.sql(f"SELECT * FROM {name} WHERE {ntz}")) == ours, condition
        theirs = duck.execute(f"SELECT * FROM iceberg_scan('{location}') WHERE {condition}").to_arrow_table()
        assert arrow_rows(theirs) == ours, condition


def test_many_appends_and_totals(started_lake, pyiceberg, spark):
    started_lake.sql("CREATE TABLE iceberg.interop.appends (n bigint)",
                     *[f"INSERT INTO iceberg.interop.appends VALUES ({n})" for n in range(5)])
    table = pyiceberg.load_table("interop.appends")
    assert len(table.snapshots()) == 5
    assert table.current_snapshot().summary["total-records"] == "5"
    assert table.current_snapshot().summary["total-data-files"] == "5"
    history = spark.sql("SELECT operation FROM iceberg.interop.appends.snapshots").collect()
    assert [r.operation for r in history] == ["append"] * 5
    files = spark.sql("SELECT count(*) n, sum(record_count) r FROM iceberg.interop.appends.files").collect()[0]
    assert (files.n, files.r) == (5, 5)


def test_others_append_to_our_table_and_we_read_it(started_lake, pyiceberg, spark):
    import pyarrow as pa

    started_lake.sql("CREATE TABLE iceberg.interop.shared (n bigint, s varchar)",
                     "INSERT INTO iceberg.interop.shared VALUES (1, 'tarn')")
    pyiceberg.load_table("interop.shared").append(pa.table({"n": [2], "s": ["pyiceberg"]}))
    spark.sql("INSERT INTO iceberg.interop.shared VALUES (3, 'spark')")
    started_lake.sql("INSERT INTO iceberg.interop.shared VALUES (4, 'tarn')")
    ours = arrow_rows(started_lake.arrow("SELECT * FROM iceberg.interop.shared"))
    assert len(ours) == 4
    assert spark_rows(spark.table("iceberg.interop.shared")) == ours
    assert arrow_rows(pyiceberg.load_table("interop.shared").scan().to_arrow()) == ours
