"""Our metadata tables against those of Spark and PyIceberg on the same tables: columns, types, every row."""
import pytest

from lake import TarnError, canonical, rows

ONE_SNAPSHOT = ["files", "data_files", "delete_files", "entries", "manifests", "partitions", "position_deletes"]
ALL = ["snapshots", "history", "refs", "metadata_log_entries", "all_files", "all_data_files", "all_delete_files",
       "all_entries", "all_manifests"] + ONE_SNAPSHOT
TABLES = ["evolved", "vectors", "empty", "dropped_source", "ours"]


@pytest.fixture(scope="module")
def inspected(started_lake, spark):
    """Partitions and columns that changed, deletes of both kinds, refs; a table without snapshots; one of ours."""
    started_lake.sql("CREATE SCHEMA IF NOT EXISTS iceberg.inspected")
    name = "iceberg.inspected."
    spark.sql(f"""CREATE TABLE {name}evolved (id bigint, name string, d double, b boolean, dt date, ts timestamp,
        dc decimal(9,2), bin binary, st struct<x:int,y:string>, arr array<int>, m map<string,int>) USING iceberg
        PARTITIONED BY (name, days(ts))
        TBLPROPERTIES ('format-version'='2', 'write.delete.mode'='merge-on-read')""")
    def values(ids, extra=""):
        return ", ".join(
            f"({i}, '{'ab'[i % 2]}', {i}.5, true, DATE'2024-01-0{1 + i % 3}', TIMESTAMP'2024-01-0{1 + i % 3} 01:02:03', "
            f"1.25, X'00ff', named_struct('x', {i}, 'y', 'q'), array(1, 2), map('k', 1){extra})" for i in ids)
    spark.sql(f"INSERT INTO {name}evolved VALUES {values(range(12))}")
    spark.sql(f"DELETE FROM {name}evolved WHERE id IN (3, 4)")
    for change in ["DROP PARTITION FIELD days(ts)", "ADD PARTITION FIELD bucket(4, id)", "ADD COLUMN extra string",
                   "RENAME COLUMN d TO dd", "DROP COLUMN b", "CREATE TAG t1 RETAIN 10 DAYS"]:
        spark.sql(f"ALTER TABLE {name}evolved {change}")
    spark.sql(f"INSERT INTO {name}evolved VALUES {values(range(100, 105), ', NULL').replace(' true,', '')}")
    spark.sql(f"ALTER TABLE {name}evolved CREATE BRANCH b1 WITH SNAPSHOT RETENTION 3 SNAPSHOTS 2 DAYS")
    spark.sql(f"CREATE TABLE {name}vectors (id bigint, f float) USING iceberg "
              "TBLPROPERTIES ('format-version'='3', 'write.delete.mode'='merge-on-read')")
    spark.sql(f"INSERT INTO {name}vectors SELECT /*+ COALESCE(1) */ id, cast(id AS float) FROM range(20)")
    spark.sql(f"DELETE FROM {name}vectors WHERE id IN (3, 5)")
    spark.sql(f"DELETE FROM {name}vectors WHERE id = 7")
    spark.sql(f"CREATE TABLE {name}empty (id bigint) USING iceberg")
    spark.sql(f"CREATE TABLE {name}dropped_source (id bigint, p string) USING iceberg PARTITIONED BY (p)")
    spark.sql(f"INSERT INTO {name}dropped_source VALUES (1, 'x'), (2, 'y')")
    spark.sql(f"ALTER TABLE {name}dropped_source DROP PARTITION FIELD p")
    spark.sql(f"ALTER TABLE {name}dropped_source ADD PARTITION FIELD bucket(2, id)")
    spark.sql(f"INSERT INTO {name}dropped_source VALUES (3, 'z')")
    spark.sql(f"ALTER TABLE {name}dropped_source DROP COLUMN p")
    started_lake.sql(f"CREATE TABLE {name}ours (id integer, region varchar) WITH (partitioning = ARRAY['region'])",
                     f"INSERT INTO {name}ours VALUES (1, 'eu'), (2, 'us')", f"INSERT INTO {name}ours VALUES (3, 'eu')",
                     f"DELETE FROM {name}ours WHERE id = 3")
    return started_lake


def without_empty_counts(record):
    """Without an empty map of NaN counts, which the format need not tell from none, and without the text "null", which
    Spark shows for bounds of a dropped column."""
    if isinstance(record, list):
        return [without_empty_counts(r) for r in record]
    if isinstance(record, dict):
        return {k: None if (k == "nan_value_counts" and not v) or v == "null" else without_empty_counts(v)
                for k, v in record.items()}
    return record


def comparable(table):
    return rows(without_empty_counts(record) for record in table.to_pylist())


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("table", TABLES)
def test_same_as_spark(inspected, spark, table, kind):
    theirs = spark.table(f"iceberg.inspected.{table}.{kind}")
    ours = inspected.arrow(f"SELECT * FROM iceberg.inspected.{table}.{kind}")
    assert ours.schema.names == theirs.columns
    assert comparable(ours) == comparable(theirs.toArrow())


# Types by Spark's names; ours by DuckDB's.
TYPES = {"boolean": "BOOLEAN", "int": "INTEGER", "bigint": "BIGINT", "float": "FLOAT", "double": "DOUBLE",
         "string": "VARCHAR", "binary": "BLOB", "date": "DATE", "timestamp": "TIMESTAMP WITH TIME ZONE",
         "timestamp_ntz": "TIMESTAMP"}


def duck_type(spark_type):
    from pyspark.sql import types as t

    if isinstance(spark_type, t.StructType):
        fields = ", ".join(f'"{f.name}" {duck_type(f.dataType)}' for f in spark_type.fields)
        return f"STRUCT({fields})"
    if isinstance(spark_type, t.ArrayType):
        return duck_type(spark_type.elementType) + "[]"
    if isinstance(spark_type, t.MapType):
        return f"MAP({duck_type(spark_type.keyType)}, {duck_type(spark_type.valueType)})"
    if isinstance(spark_type, t.DecimalType):
        return f"DECIMAL({spark_type.precision},{spark_type.scale})"
    return TYPES[spark_type.simpleString()]


@pytest.mark.parametrize("table", ["evolved", "vectors"])
def test_same_types_as_spark(inspected, spark, table):
    for kind in ALL:
        columns = inspected.sql("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM "
                                f"iceberg.inspected.{table}.{kind})")
        ours = {c["column_name"]: c["column_type"].replace('"', "") for c in columns}
        theirs = {f.name: duck_type(f.dataType).replace('"', "")
                  for f in spark.table(f"iceberg.inspected.{table}.{kind}").schema.fields}
        assert ours == theirs, kind


@pytest.mark.parametrize("kind", ONE_SNAPSHOT)
def test_old_snapshots_as_spark(inspected, spark, kind):
    ids = [r.snapshot_id for r in spark.table("iceberg.inspected.evolved.snapshots").collect()]
    assert len(ids) == 3
    for snapshot in ids:
        query = f"SELECT * FROM iceberg.inspected.evolved.{kind} VERSION AS OF {snapshot}"
        assert comparable(inspected.arrow(query)) == comparable(spark.sql(query).toArrow()), snapshot


# PyIceberg 0.12 has fewer columns; these it has and counts differently or not at all.
PYICEBERG_DIFFERS = {
    "manifests": {"partition_summaries"},
    "all_manifests": {"partition_summaries"},
    "files": {"readable_metrics", "partition"}, "data_files": {"readable_metrics", "partition"},
    "delete_files": {"readable_metrics", "partition"}, "all_files": {"readable_metrics", "partition"},
    "all_data_files": {"readable_metrics", "partition"}, "all_delete_files": {"readable_metrics", "partition"},
    "entries": {"readable_metrics", "data_file"},
}


@pytest.mark.parametrize("kind", ["snapshots", "history", "refs", "metadata_log_entries", "files", "data_files",
                                  "delete_files", "entries", "manifests", "partitions", "all_files", "all_manifests"])
def test_same_as_pyiceberg(inspected, pyiceberg, kind):
    theirs = getattr(pyiceberg.load_table("inspected.ours").inspect, kind)()
    ours = inspected.arrow(f"SELECT * FROM iceberg.inspected.ours.{kind}")
    shared = [n for n in ours.schema.names if n in theirs.schema.names and n not in PYICEBERG_DIFFERS.get(kind, ())]
    assert len(shared) >= 3
    def pick(table):
        return sorted(str({k: utc(without_empty_counts(canonical(r[k]))) for k in shared}) for r in table.to_pylist())
    assert pick(ours) == pick(theirs)


def utc(value):
    """PyIceberg's times have no zone and milliseconds; maps may be empty or null."""
    if isinstance(value, str) and value[4:5] == "-" and "T" in value:
        return value.removesuffix("+00:00").rstrip("0")
    return value or None


def test_a_branch_of_ours_in_spark_and_of_spark_here(inspected, spark):
    name = "iceberg.inspected.branched"
    inspected.sql(f"CREATE TABLE {name} (id integer)", f"INSERT INTO {name} VALUES (1), (2)",
                  f"ALTER TABLE {name} CREATE BRANCH ours", f"INSERT INTO {name}.branch_ours VALUES (3)",
                  f"DELETE FROM {name}.branch_ours WHERE id = 1")
    spark.sql(f"ALTER TABLE {name} CREATE BRANCH theirs")
    spark.sql(f"INSERT INTO {name}.branch_theirs VALUES (4)")
    heads = {r.name: r.snapshot_id for r in spark.table(f"{name}.refs").collect()}
    spark.sql(f"ALTER TABLE {name} CREATE TAG both AS OF VERSION {heads['theirs']}")
    expected = {"branch_ours": [2, 3], "branch_theirs": [1, 2, 4], "tag_both": [1, 2, 4], "branch_main": [1, 2]}
    for ref, ids in expected.items():
        assert sorted(r["id"] for r in inspected.sql(f"SELECT id FROM {name}.{ref}")) == ids, ref
        assert sorted(r.id for r in spark.table(f"{name}.{ref}").collect()) == ids, ref


def test_a_view_of_spark(inspected, spark):
    inspected.sql("CREATE TABLE iceberg.inspected.seen (id integer)", "INSERT INTO iceberg.inspected.seen VALUES (1), (2)")
    spark.sql("USE iceberg.inspected")
    spark.sql("CREATE VIEW iceberg.inspected.spark_view AS SELECT count(*) AS `n of rows` FROM `seen` VERSION AS OF 'main'")
    assert inspected.sql("SELECT * FROM iceberg.inspected.spark_view") == [{"n of rows": 2}]
    with pytest.raises(TarnError, match="spark"):
        inspected.sql("CREATE OR REPLACE VIEW iceberg.inspected.spark_view AS SELECT 1 AS n")
    assert spark.table("iceberg.inspected.spark_view").collect()[0][0] == 2
