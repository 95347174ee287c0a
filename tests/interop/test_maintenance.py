"""Tables of Spark that Tarn maintains, and the other way round: Spark and PyIceberg read the same rows before and after."""
import json
import pathlib

import pyarrow.parquet as pq
import pytest

from lake import arrow_rows, spark_rows

ACTIONS = [["deletes"], ["compact"], ["manifests"], ["stats"], ["partition-stats"],
           ["expire", "--older-than", "0s", "--clean-metadata"], ["orphans", "--older-than", "0s", "--yes"]]


def maintain(lake, *args):
    return json.loads(lake.run("maintain", *map(str, args), "--json").stdout)


def metadata_of(lake, table):
    return json.loads(pathlib.Path(lake.metadata_location(table).removeprefix("file:").replace("///", "/")).read_text())


def write_with_spark(spark, name, version, rows=200):
    """Five files in each of two partitions, then rows deleted (merge on read) and updated."""
    spark.sql(f"DROP TABLE IF EXISTS iceberg.interop.{name} PURGE")
    spark.sql(f"CREATE TABLE iceberg.interop.{name} (id BIGINT, part STRING, v DOUBLE) USING iceberg PARTITIONED BY (part) "
              f"TBLPROPERTIES ('format-version'='{version}', 'write.delete.mode'='merge-on-read', "
              f"'write.update.mode'='merge-on-read', 'write.distribution-mode'='hash')")
    for batch in range(5):
        spark.sql(f"INSERT INTO iceberg.interop.{name} SELECT id, if(id % 2 = 0, 'even', 'odd'), id / 7 "
                  f"FROM range({batch * rows}, {(batch + 1) * rows})")
    spark.sql(f"DELETE FROM iceberg.interop.{name} WHERE id % 10 = 3")
    spark.sql(f"DELETE FROM iceberg.interop.{name} WHERE id % 50 = 7")
    spark.sql(f"UPDATE iceberg.interop.{name} SET v = -1 WHERE id % 100 = 4")


@pytest.mark.parametrize("version", [2, 3])
def test_every_action_on_a_table_of_spark(started_lake, spark, pyiceberg, version):
    name = f"kept_v{version}"
    write_with_spark(spark, name, version)
    expected = spark_rows(spark.table(f"iceberg.interop.{name}"))
    assert len(expected) == 1000 - 100 - 20
    lineage = None
    if version == 3:
        lineage = spark_rows(spark.sql(f"SELECT id, _row_id, _last_updated_sequence_number FROM iceberg.interop.{name}"))
    for action, *options in ACTIONS:
        report = maintain(started_lake, action, f"interop.{name}", *options)
        if action == "compact":
            assert report["rewritten_data_files_count"] >= 10 and report["added_data_files_count"] == 2
        if action == "expire":
            assert report["deleted_data_files_count"] >= 10
        spark.sql(f"REFRESH TABLE iceberg.interop.{name}")
        assert spark_rows(spark.table(f"iceberg.interop.{name}")) == expected, action
        assert arrow_rows(pyiceberg.load_table(f"interop.{name}").scan().to_arrow()) == expected, action
        assert arrow_rows(started_lake.arrow(f"SELECT * FROM iceberg.interop.{name}")) == expected, action
        if lineage:
            assert spark_rows(spark.sql(
                f"SELECT id, _row_id, _last_updated_sequence_number FROM iceberg.interop.{name}")) == lineage, action
    files = spark.sql(f"SELECT content FROM iceberg.interop.{name}.files").collect()
    assert [f.content for f in files] == [0, 0]  # no delete file is left
    # Spark's own maintenance finds a table that it can work on.
    spark.sql(f"INSERT INTO iceberg.interop.{name} VALUES (5000, 'even', 0.5)")
    spark.sql(f"CALL iceberg.system.rewrite_data_files(table => 'interop.{name}', options => map('rewrite-all','true'))")
    spark.sql(f"CALL iceberg.system.rewrite_manifests('interop.{name}')")
    assert len(spark_rows(spark.table(f"iceberg.interop.{name}"))) == len(expected) + 1


@pytest.mark.parametrize("version", [2, 3])
def test_equality_deletes_become_what_others_read(started_lake, spark, pyiceberg, version):
    name = f"converted_v{version}"
    spark.sql(f"DROP TABLE IF EXISTS iceberg.interop.{name} PURGE")
    spark.sql(f"CREATE TABLE iceberg.interop.{name} (id BIGINT, v STRING) USING iceberg TBLPROPERTIES ('format-version'='{version}')")
    spark.sql(f"INSERT INTO iceberg.interop.{name} SELECT id, concat('v', id) FROM range(100)")
    started_lake.delete_equal(f"interop.{name}", "id", [1, 50, 99, 1000])
    expected = spark_rows(spark.sql(f"SELECT id, concat('v', id) AS v FROM range(100) WHERE id NOT IN (1, 50, 99)"))
    report = maintain(started_lake, "deletes", f"interop.{name}")
    assert report["converted_equality_delete_files_count"] == 1
    assert report["added_delete_files_count"] == 2  # one for each of the two data files
    spark.sql(f"REFRESH TABLE iceberg.interop.{name}")
    assert spark_rows(spark.table(f"iceberg.interop.{name}")) == expected
    assert arrow_rows(pyiceberg.load_table(f"interop.{name}").scan().to_arrow()) == expected


def distinct_values(metadata):
    (file,) = metadata["statistics"]
    return {tuple(b["fields"]): int(b["properties"]["ndv"]) for b in file["blob-metadata"]}


def test_distinct_values_agree_with_spark(started_lake, spark):
    name = "sketched"
    spark.sql(f"DROP TABLE IF EXISTS iceberg.interop.{name} PURGE")
    spark.sql(f"CREATE TABLE iceberg.interop.{name} (l BIGINT, i INT, s STRING, d DECIMAL(12,2), t TIMESTAMP, b BOOLEAN, f DOUBLE, day DATE) "
              "USING iceberg")
    spark.sql(f"INSERT INTO iceberg.interop.{name} SELECT id, cast(id % 3000 AS INT), concat('s', id % 20000), "
              "cast((id % 500) - 250 AS DECIMAL(12,2)) / 4, timestamp_micros(id * 1000), id % 2 = 0, (id % 900) / 7, "
              "date_add(DATE '1969-06-01', cast(id % 1000 AS INT)) FROM range(50000)")
    ours = maintain(started_lake, "stats", f"interop.{name}")["distinct_values"]
    before = distinct_values(metadata_of(started_lake, f"interop.{name}"))
    spark.sql(f"CALL iceberg.system.compute_table_stats('interop.{name}')").collect()
    theirs = distinct_values(metadata_of(started_lake, f"interop.{name}"))
    assert before.keys() == theirs.keys() and len(theirs) == 8
    for column in theirs:
        # Exact where the sketch holds all values; else two estimates of the same kind.
        assert before[column] == theirs[column] if theirs[column] < 4000 else abs(before[column] / theirs[column] - 1) < 0.06
    assert ours["i"] == 3000 and ours["b"] == 2 and ours["day"] == 1000


def partition_stats(metadata):
    (file,) = [f for f in metadata["partition-statistics"] if f["snapshot-id"] == metadata["current-snapshot-id"]]
    table = pq.read_table(file["statistics-path"].removeprefix("file:").replace("///", "/"))
    return {r["partition"]["part"]: r for r in table.to_pylist()}


@pytest.mark.parametrize("version", [2, 3])
def test_spark_goes_on_from_our_partition_statistics(started_lake, spark, version):
    name = f"summed_v{version}"
    write_with_spark(spark, name, version)
    assert maintain(started_lake, "partition-stats", f"interop.{name}")["partitions_count"] == 2
    ours = partition_stats(metadata_of(started_lake, f"interop.{name}"))
    spark.sql(f"REFRESH TABLE iceberg.interop.{name}")
    spark.sql(f"INSERT INTO iceberg.interop.{name} VALUES (7000, 'even', 0), (7001, 'new', 0)")
    spark.sql(f"CALL iceberg.system.compute_partition_stats('interop.{name}')").collect()  # incremental: reads ours
    theirs = partition_stats(metadata_of(started_lake, f"interop.{name}"))
    assert theirs.keys() == {"even", "odd", "new"}
    assert theirs["even"]["data_record_count"] == ours["even"]["data_record_count"] + 1
    assert theirs["new"]["data_record_count"] == 1
    for column in ours["odd"]:
        if column not in ("total_record_count", "last_updated_at", "last_updated_snapshot_id"):
            assert theirs["odd"][column] == ours["odd"][column], column
    # And both from nothing agree.
    maintain(started_lake, "partition-stats", f"interop.{name}")
    again = partition_stats(metadata_of(started_lake, f"interop.{name}"))
    for part, row in theirs.items():
        for column in row:
            if column != "total_record_count":
                assert again[part][column] == row[column], (part, column)
