"""Tables that Tarn evolves are read by Spark and PyIceberg row for row, and the other way round; the evolution itself
goes through the other engine's eyes: schemas, specs, orders, refs, identifier fields."""
import datetime

import pytest

from lake import arrow_rows, spark_rows

VERSIONS = ["1", "2", "3"]


@pytest.fixture(scope="module", autouse=True)
def namespace(started_lake):
    started_lake.sql("CREATE SCHEMA IF NOT EXISTS iceberg.evolved")


def same_rows(lake, spark, name, columns="*"):
    ours = arrow_rows(lake.arrow(f"SELECT {columns} FROM {name}"))
    assert ours == spark_rows(spark.sql(f"SELECT {columns} FROM {name}"))
    return ours


@pytest.mark.parametrize("version", VERSIONS)
def test_columns_that_tarn_evolves(started_lake, spark, pyiceberg, version):
    name = f"iceberg.evolved.ours_v{version}"
    started_lake.sql(
        f"CREATE TABLE {name} (id integer NOT NULL, name varchar, p row(x integer, y real), "
        f"l array(row(a integer)), m map(varchar, row(n integer))) WITH (format_version = {version})",
        f"INSERT INTO {name} VALUES (1, 'one', {{'x': 1, 'y': 0.5}}, [{{'a': 1}}], MAP {{'k': {{'n': 1}}}}), "
        "(2, NULL, NULL, NULL, NULL)")
    for change in ["ALTER COLUMN id TYPE bigint", "ALTER COLUMN p.y TYPE double", "RENAME COLUMN name TO title",
                   "RENAME COLUMN p.x TO xx", "ADD COLUMN p.z varchar AFTER xx", "ADD COLUMN l.element.b double",
                   "ADD COLUMN m.value.o varchar", "ADD COLUMN note varchar FIRST", "DROP COLUMN m.value.n",
                   "ALTER COLUMN id DROP NOT NULL", "ALTER COLUMN title COMMENT 'a title'"]:
        started_lake.sql(f"ALTER TABLE {name} {change}")
    started_lake.sql(
        f"INSERT INTO {name} (note, id, title, p, l, m) VALUES ('new', 5000000000, 'far', {{'xx': 3, 'z': 'zz', 'y': 2.5}}, "
        "[{'a': 2, 'b': 1.5}], MAP {'q': {'o': 'oo'}})")
    ours = same_rows(started_lake, spark, name)
    assert len(ours) == 3
    table = pyiceberg.load_table(name.removeprefix("iceberg."))
    # PyIceberg makes an empty list of a null one whose elements have evolved: those columns are left out.
    assert arrow_rows(table.scan(selected_fields=("id", "title", "p", "note")).to_arrow()) == arrow_rows(
        started_lake.arrow(f"SELECT note, id, p, title FROM {name}"))
    assert table.schema().find_field("title").doc == "a title"
    assert len(spark.sql(f"SELECT * FROM {name} WHERE p.xx = 1").collect()) == 1
    # A snapshot from before has the columns of before.
    first = spark.sql(f"SELECT snapshot_id FROM {name}.snapshots ORDER BY committed_at").collect()[0][0]
    then = spark.sql(f"SELECT * FROM {name} VERSION AS OF {first}")
    assert then.columns == ["id", "name", "p", "l", "m"]
    assert then.count() == 2
    # And Spark goes on with what we made of it.
    spark.sql(f"INSERT INTO {name} VALUES ('sparks', 7, 'seven', NULL, NULL, NULL)")
    same_rows(started_lake, spark, name)


@pytest.mark.parametrize("version", VERSIONS)
def test_columns_that_spark_evolves(started_lake, spark, version):
    name = f"iceberg.evolved.theirs_v{version}"
    spark.sql(f"CREATE TABLE {name} (id int NOT NULL, s struct<a: int, b: string>, l array<struct<x: int>>, d decimal(9,2)) "
              f"USING iceberg TBLPROPERTIES ('format-version'='{version}')")
    spark.sql(f"INSERT INTO {name} VALUES (1, named_struct('a', 1, 'b', 'x'), array(named_struct('x', 5)), 1.25)")
    for change in ["ALTER COLUMN id TYPE bigint", "ALTER COLUMN d TYPE decimal(18,2)", "ADD COLUMN s.c double",
                   "ADD COLUMN l.element.y string FIRST", "RENAME COLUMN s.a TO aa", "ALTER COLUMN d FIRST",
                   "DROP COLUMN s.b", "ADD COLUMN b string"]:
        spark.sql(f"ALTER TABLE {name} {change}")
    spark.sql(f"INSERT INTO {name} VALUES (99999999999.99, 2, named_struct('aa', 2, 'c', 2.5), "
              "array(named_struct('y', 'yy', 'x', 6)), 'bb')")
    same_rows(started_lake, spark, name)
    started_lake.sql(f"INSERT INTO {name} VALUES (0.01, 3, {{'aa': NULL, 'c': NULL}}, [], 'ours')")
    same_rows(started_lake, spark, name)
    assert started_lake.sql(f"SELECT id FROM {name} WHERE s.aa = 1") == [{"id": 1}]


@pytest.mark.parametrize("version", VERSIONS)
def test_partitions_that_tarn_evolves(started_lake, spark, pyiceberg, version):
    name = f"iceberg.evolved.parts_v{version}"
    started_lake.sql(
        f"CREATE TABLE {name} (id bigint, day date, ts timestamp(6) with time zone) PARTITIONED BY (day) "
        f"WITH (format_version = {version})",
        f"INSERT INTO {name} VALUES (1, DATE '2024-01-01', TIMESTAMPTZ '2024-01-01 10:00:00+00')",
        f"ALTER TABLE {name} ADD PARTITION FIELD bucket(4, id)",
        f"INSERT INTO {name} VALUES (2, DATE '2024-01-02', TIMESTAMPTZ '2024-01-02 10:00:00+00')",
        f"ALTER TABLE {name} DROP PARTITION FIELD day",
        f"ALTER TABLE {name} ADD PARTITION FIELD days(ts) AS the_day",
        f"INSERT INTO {name} VALUES (3, DATE '2024-01-03', TIMESTAMPTZ '2024-01-03 10:00:00+00'), (4, NULL, NULL)",
        f"ALTER TABLE {name} REPLACE PARTITION FIELD the_day WITH hours(ts)",
        f"INSERT INTO {name} VALUES (5, DATE '2024-01-05', TIMESTAMPTZ '2024-01-05 10:00:00+00')",
        f"ALTER TABLE {name} ADD PARTITION FIELD day",
        f"INSERT INTO {name} VALUES (6, DATE '2024-01-06', TIMESTAMPTZ '2024-01-06 10:00:00+00')")
    ours = same_rows(started_lake, spark, name)
    assert len(ours) == 6
    assert arrow_rows(pyiceberg.load_table(name.removeprefix("iceberg.")).scan().to_arrow()) == ours
    for day in range(1, 7):
        condition = f"day = DATE '2024-01-0{day}'"
        assert started_lake.sql(f"SELECT id FROM {name} WHERE {condition}") == [
            {"id": row.id} for row in spark.sql(f"SELECT id FROM {name} WHERE {condition}").collect()], condition
    partitions = spark.sql(f"SELECT count(*) FROM {name}.partitions").collect()[0][0]
    assert partitions == 6
    spark.sql(f"INSERT INTO {name} VALUES (7, DATE '2024-01-07', TIMESTAMP '2024-01-07 10:00:00Z')")
    spark.sql(f"DELETE FROM {name} WHERE day = DATE '2024-01-01'")
    assert len(same_rows(started_lake, spark, name)) == 6


def test_the_same_partition_field_keeps_its_id(started_lake, spark, pyiceberg):
    name = "iceberg.evolved.reused"
    spark.sql(f"CREATE TABLE {name} (id bigint, s string) USING iceberg PARTITIONED BY (bucket(4, id))")
    spark.sql(f"INSERT INTO {name} VALUES (1, 'a')")
    spark.sql(f"ALTER TABLE {name} DROP PARTITION FIELD bucket(4, id)")
    started_lake.sql(f"ALTER TABLE {name} ADD PARTITION FIELD truncate(s, 1)",
                     f"ALTER TABLE {name} ADD PARTITION FIELD bucket(4, id)", f"INSERT INTO {name} VALUES (2, 'b')")
    spec = pyiceberg.load_table(name.removeprefix("iceberg.")).spec()
    assert [(f.name, f.field_id) for f in spec.fields] == [("s_trunc_1", 1001), ("id_bucket", 1000)]
    same_rows(started_lake, spark, name)


def test_order_identifiers_and_properties(started_lake, spark, pyiceberg):
    name = "iceberg.evolved.ordered"
    started_lake.sql(
        f"CREATE TABLE {name} (id bigint NOT NULL, s varchar, ts timestamp(6)) WITH (sorted_by = ARRAY['s DESC'])",
        f"INSERT INTO {name} VALUES (1, 'a', NULL), (2, 'b', NULL)",
        f"ALTER TABLE {name} WRITE ORDERED BY id, days(ts) DESC NULLS FIRST",
        f"ALTER TABLE {name} SET IDENTIFIER FIELDS id",
        f"ALTER TABLE {name} SET TBLPROPERTIES ('write.metadata.metrics.column.s' = 'none')",
        f"ALTER TABLE {name} RENAME COLUMN s TO text")
    table = pyiceberg.load_table(name.removeprefix("iceberg."))
    assert [str(field) for field in table.sort_order().fields] == ["1 ASC NULLS FIRST", "day(3) DESC NULLS FIRST"] or [
        (f.source_id, str(f.transform), f.direction.value) for f in table.sort_order().fields] == [
            (1, "identity", "asc"), (3, "day", "desc")]
    assert table.schema().identifier_field_ids == [1]
    assert table.properties["write.metadata.metrics.column.text"] == "none"
    assert table.properties["write.distribution-mode"] == "range"
    spark.sql(f"INSERT INTO {name} VALUES (4, 'd', NULL), (3, 'c', NULL)")
    same_rows(started_lake, spark, name)
    spark.sql(f"ALTER TABLE {name} WRITE UNORDERED")
    started_lake.sql(f"ALTER TABLE {name} WRITE LOCALLY ORDERED BY id, days(ts) DESC NULLS FIRST")
    assert len(pyiceberg.load_table(name.removeprefix("iceberg.")).metadata.sort_orders) == 3


def test_branches_and_tags_of_either(started_lake, spark):
    name = "iceberg.evolved.refs"
    started_lake.sql(f"CREATE TABLE {name} (id bigint)", f"INSERT INTO {name} VALUES (1)",
                     f"ALTER TABLE {name} CREATE TAG first RETAIN 7 DAYS",
                     f"ALTER TABLE {name} CREATE BRANCH audit WITH SNAPSHOT RETENTION 3 SNAPSHOTS 2 DAYS",
                     f"INSERT INTO {name} VALUES (2)")
    refs = {row.name: row for row in spark.sql(f"SELECT * FROM {name}.refs").collect()}
    assert set(refs) == {"main", "first", "audit"}
    assert refs["first"].type == "TAG" and refs["first"].max_reference_age_in_ms == 7 * 86_400_000
    assert refs["audit"].min_snapshots_to_keep == 3 and refs["audit"].max_snapshot_age_in_ms == 2 * 86_400_000
    assert spark.sql(f"SELECT * FROM {name} VERSION AS OF 'first'").count() == 1
    spark.sql(f"ALTER TABLE {name} CREATE TAG theirs AS OF VERSION {refs['first'].snapshot_id}")
    started_lake.sql(f"ALTER TABLE {name} DROP TAG theirs", f"ALTER TABLE {name} DROP BRANCH audit",
                     f"ALTER TABLE {name} REPLACE TAG first")
    refs = {row.name: row for row in spark.sql(f"SELECT * FROM {name}.refs").collect()}
    assert set(refs) == {"main", "first"}
    assert refs["first"].snapshot_id == refs["main"].snapshot_id


@pytest.mark.parametrize("version", ["1", "2"])
def test_upgrades_in_place(started_lake, spark, pyiceberg, version):
    name = f"iceberg.evolved.upgraded_from_v{version}"
    spark.sql(f"CREATE TABLE {name} (id bigint, day date) USING iceberg PARTITIONED BY (day) "
              f"TBLPROPERTIES ('format-version'='{version}')")
    spark.sql(f"INSERT INTO {name} VALUES (1, DATE '2024-01-01'), (2, NULL)")
    for newer in range(int(version) + 1, 4):
        started_lake.sql(f"ALTER TABLE {name} SET PROPERTIES format_version = {newer}",
                         f"INSERT INTO {name} VALUES ({newer * 10}, DATE '2024-02-01')")
        assert pyiceberg.load_table(name.removeprefix("iceberg.")).metadata.format_version == newer
        same_rows(started_lake, spark, name)
        spark.sql(f"INSERT INTO {name} VALUES ({newer * 100}, DATE '2024-03-01')")
        same_rows(started_lake, spark, name)
        assert started_lake.sql(f"SELECT id FROM {name} WHERE day IS NULL") == [{"id": 2}]


def test_union_of_old_and_new_files_under_a_name_mapping(started_lake, spark, pyiceberg, tmp_path):
    """Files without field ids, added by name; then renames: the mapping keeps the old names."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    name = "iceberg.evolved.mapped"
    started_lake.sql(f"CREATE TABLE {name} (id bigint, text varchar)")
    file = tmp_path / "plain.parquet"
    pq.write_table(pa.table({"id": [1, 2], "text": ["a", None]}), file)
    table = pyiceberg.load_table(name.removeprefix("iceberg."))
    table.add_files([str(file)])  # sets schema.name-mapping.default
    started_lake.sql(f"ALTER TABLE {name} RENAME COLUMN text TO label", f"ALTER TABLE {name} ADD COLUMN more varchar",
                     f"INSERT INTO {name} VALUES (3, 'c', 'new')")
    expected = [{"id": 1, "label": "a", "more": None}, {"id": 2, "label": None, "more": None},
                {"id": 3, "label": "c", "more": "new"}]
    assert started_lake.sql(f"SELECT * FROM {name} ORDER BY id") == expected
    assert [row.asDict() for row in spark.sql(f"SELECT * FROM {name} ORDER BY id").collect()] == expected
    # A new column takes its name from an old one in the mapping, as in the reference implementation: all see the same.
    started_lake.sql(f"ALTER TABLE {name} ADD COLUMN text varchar")
    same_rows(started_lake, spark, name)


def test_date_becomes_timestamp_in_version_three(started_lake, pyiceberg):
    name = "iceberg.evolved.dates"
    started_lake.sql(f"CREATE TABLE {name} (id bigint, d date) WITH (format_version = 3)",
                     f"INSERT INTO {name} VALUES (1, DATE '2024-01-31'), (2, NULL), (3, DATE '1969-12-31')",
                     f"ALTER TABLE {name} ALTER COLUMN d SET DATA TYPE TIMESTAMP",
                     f"INSERT INTO {name} VALUES (4, TIMESTAMP '2024-01-31 12:00:00')")
    rows = started_lake.arrow(f"SELECT * FROM {name} ORDER BY id").to_pylist()
    assert [row["d"] for row in rows] == [datetime.datetime(2024, 1, 31), None, datetime.datetime(1969, 12, 31),
                                          datetime.datetime(2024, 1, 31, 12)]
    assert started_lake.sql(f"SELECT id FROM {name} WHERE d < TIMESTAMP '1970-01-01'") == [{"id": 3}]
    assert started_lake.sql(f"SELECT count(*) n FROM {name} WHERE d >= TIMESTAMP '2024-01-31'") == [{"n": 2}]
