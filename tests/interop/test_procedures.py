"""The same CALL in Spark and in Tarn, on tables that Spark made alike: the answers have the same columns and counters,
and the tables the same rows after it."""
import datetime
import json

import pytest

from lake import arrow_rows, spark_rows


def make(spark, name, version, batches=5, rows=100):
    spark.sql(f"DROP TABLE IF EXISTS iceberg.interop.{name} PURGE")
    spark.sql(f"CREATE TABLE iceberg.interop.{name} (id BIGINT, part STRING, v STRING) USING iceberg PARTITIONED BY (part) "
              f"TBLPROPERTIES ('format-version'='{version}', 'write.delete.mode'='merge-on-read', "
              "'write.update.mode'='copy-on-write', 'write.distribution-mode'='hash')")
    for batch in range(batches):
        spark.sql(f"INSERT INTO iceberg.interop.{name} SELECT id, if(id % 2 = 0, 'even', 'odd'), concat('v', id) "
                  f"FROM range({batch * rows}, {(batch + 1) * rows})")


def by_spark(spark, statement):
    return [row.asDict() for row in spark.sql(statement).collect()]


def by_tarn(lake, statement):
    done = lake.run("sql", "--format", "json", "-e", statement)
    return json.loads(done.stdout) if done.stdout.strip() else []


class Pair:
    """Two tables alike: one for each engine to work on."""

    def __init__(self, lake, spark, name, version):
        self.lake, self.spark = lake, spark
        self.tables = {"spark": f"{name}_spark", "tarn": f"{name}_tarn"}
        for table in self.tables.values():
            make(spark, table, version)

    def by_spark_on_both(self, statement):
        for table in self.tables.values():
            self.spark.sql(statement.replace("TABLE_NAME", f"iceberg.interop.{table}"))

    def call(self, statement, compared=None):
        """Both answers, but for sizes and names of files."""
        texts = {engine: statement.replace("TABLE_NAME", f"interop.{table}") for engine, table in self.tables.items()}
        for engine, table in self.tables.items():
            for word in ("FIRST", "SECOND"):
                if word in texts[engine]:
                    texts[engine] = texts[engine].replace(word, str(self.snapshots(table)[("FIRST", "SECOND").index(word)]))
        spark, tarn = by_spark(self.spark, texts["spark"]), by_tarn(self.lake, texts["tarn"])
        assert len(spark) == len(tarn), (statement, spark, tarn)
        assert [list(row) for row in spark] == [list(row) for row in tarn], (statement, spark, tarn)
        for theirs, ours in zip(spark, tarn):
            for column in compared if compared is not None else theirs:
                if "bytes" in column:
                    assert (theirs[column] > 0) == (ours[column] > 0), (statement, spark, tarn)
                else:
                    assert theirs[column] == ours[column], (statement, spark, tarn)
        self.check_rows()
        return tarn

    def snapshots(self, table):
        return [row.snapshot_id for row in self.spark.sql(f"SELECT snapshot_id FROM iceberg.interop.{table}.snapshots ORDER BY committed_at").collect()]

    def check_rows(self):
        rows = [spark_rows(self.spark.table(f"iceberg.interop.{table}")) for table in self.tables.values()]
        assert rows[0] == rows[1]
        assert arrow_rows(self.lake.arrow(f"SELECT * FROM iceberg.interop.{self.tables['tarn']}")) == rows[0]


@pytest.mark.parametrize("version", [2, 3])
def test_counters_are_those_of_spark(started_lake, spark, version):
    pair = Pair(started_lake, spark, f"called_v{version}", version)
    pair.by_spark_on_both("DELETE FROM TABLE_NAME WHERE id % 10 = 3")
    pair.call("CALL iceberg.system.rewrite_manifests('TABLE_NAME')")
    # Files of position deletes that are about one data file go with it, here at once, in Spark with remove-dangling-deletes.
    counted = ["rewritten_data_files_count", "added_data_files_count", "rewritten_bytes_count", "failed_data_files_count"]
    pair.call("CALL iceberg.system.rewrite_data_files(table => 'TABLE_NAME', options => map('min-input-files', '2'), where => 'part = \"odd\"')",
              compared=counted if version == 2 else None)
    if version == 2:
        return
    pair.call("CALL iceberg.system.rewrite_data_files(table => 'TABLE_NAME', strategy => 'sort', sort_order => 'id DESC NULLS LAST', "
              "options => map('rewrite-all', 'true', 'remove-dangling-deletes', 'true'))")
    pair.call("CALL iceberg.system.rewrite_data_files('TABLE_NAME')")
    pair.call("CALL iceberg.system.ancestors_of('TABLE_NAME')", compared=[])
    pair.call("CALL iceberg.system.expire_snapshots(table => 'TABLE_NAME', snapshot_ids => ARRAY(FIRST))".replace("ARRAY(", "array("))
    future = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S")
    pair.call(f"CALL iceberg.system.expire_snapshots('TABLE_NAME', TIMESTAMP '{future}', 1)")
    pair.call("CALL iceberg.system.remove_orphan_files(table => 'TABLE_NAME', dry_run => true)")


def test_moves_of_the_head_are_those_of_spark(started_lake, spark):
    pair = Pair(started_lake, spark, "moved", 2)
    pair.call("CALL iceberg.system.rollback_to_snapshot('TABLE_NAME', SECOND)", compared=[])
    pair.by_spark_on_both("ALTER TABLE TABLE_NAME CREATE BRANCH audit")
    pair.by_spark_on_both("INSERT INTO TABLE_NAME.branch_audit VALUES (7777, 'odd', 'new')")
    pair.call("CALL iceberg.system.fast_forward('TABLE_NAME', 'main', 'audit')", compared=["branch_updated"])
    pair.call("CALL iceberg.system.set_current_snapshot(table => 'TABLE_NAME', snapshot_id => FIRST)", compared=[])
    pair.call("CALL iceberg.system.compute_table_stats('TABLE_NAME')", compared=[])
    pair.call("CALL iceberg.system.compute_partition_stats('TABLE_NAME')", compared=[])


def test_changes_are_those_of_spark(started_lake, spark):
    """On one table: copy-on-write only, as Spark tells no changes of delete files."""
    make(spark, "changing", 2, batches=2, rows=10)
    table = "interop.changing"
    spark.sql(f"ALTER TABLE iceberg.{table} SET TBLPROPERTIES ('write.delete.mode'='copy-on-write')")
    spark.sql(f"DELETE FROM iceberg.{table} WHERE id = 3")
    spark.sql(f"UPDATE iceberg.{table} SET v = 'new' WHERE id IN (4, 5)")
    spark.sql(f"INSERT INTO iceberg.{table} VALUES (3, 'odd', 'v3')")
    for options in ("", ", net_changes => true", ", identifier_columns => array('id')"):
        call = f"CALL iceberg.system.create_changelog_view(table => '{table}', changelog_view => 'seen'{options})"
        query = "SELECT id, part, v, _change_type, _change_ordinal, _commit_snapshot_id FROM seen ORDER BY 5, 1, 4"
        assert by_spark(spark, call) == [{"changelog_view": "`seen`"}] or by_spark(spark, call) == [{"changelog_view": "seen"}]
        theirs = by_spark(spark, query)
        done = started_lake.run("sql", "--format", "json", "-e", call, "-e", query)
        ours = json.loads(done.stdout[done.stdout.index("\n[") if "\n[" in done.stdout else done.stdout.rindex("[{"):])
        assert ours == theirs, options


def test_files_are_added_as_by_spark(started_lake, spark, tmp_path):
    source = str(tmp_path / "files")
    spark.sql("SELECT id, concat('v', id) AS v, if(id % 2 = 0, 'even', 'odd') AS part FROM range(20)").repartition(1).write.partitionBy(
        "part").parquet(source)
    pair = Pair(started_lake, spark, "grown", 2)
    pair.call(f"CALL iceberg.system.add_files(table => 'TABLE_NAME', source_table => '`parquet`.`{source}`', "
              "partition_filter => map('part', 'even'))", compared=["added_files_count"])
    pair.call(f"CALL iceberg.system.add_files(table => 'TABLE_NAME', source_table => '`parquet`.`{source}`', "
              "partition_filter => map('part', 'odd'))", compared=["added_files_count"])
