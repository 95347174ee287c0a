"""Every procedure of Trino's and Spark's on real tables: what it does, and what it answers."""
import datetime
import json
import os
import pathlib
import re
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

WEEK_AGO = time.time() - 7 * 86400


class Tables:
    """A home whose statements run in one session, in Trino's dialect unless said."""

    def __init__(self, tarn):
        self.tarn = tarn

    def run(self, *statements, dialect="trino"):
        """The rows of the last statement; a process of its own for each call."""
        args = ["sql", "--format", "json", "-e", f"SET SESSION dialect = '{dialect}'"]
        for statement in statements:
            args += ["-e", statement]
        out = self.tarn.ok(*args)
        decoder, at, results = json.JSONDecoder(), 0, []
        while (start := out.find("[", at)) >= 0:
            rows, at = decoder.raw_decode(out, start)
            results.append(rows)
        return results[-1] if results else []

    def one(self, *statements, **options):
        rows = self.run(*statements, **options)
        assert len(rows) == 1, rows
        return rows[0]

    def error(self, *statements, dialect="trino"):
        args = ["sql", "-e", f"SET SESSION dialect = '{dialect}'"]
        for statement in statements:
            args += ["-e", statement]
        return self.tarn.fails(*args)

    def make(self, name, appends=3, **properties):
        """A table s.<name> (id, v) of some snapshots with one row each."""
        settings = "".join(f", {key} = {value}" for key, value in properties.items())
        statements = ["CREATE SCHEMA IF NOT EXISTS s",
                      f"CREATE TABLE s.{name} (id bigint, v varchar) WITH (format = 'PARQUET'{settings})"]
        statements += [f"INSERT INTO s.{name} VALUES ({i}, 'v{i}')" for i in range(1, appends + 1)]
        self.run(*statements)
        return f"s.{name}"

    def ids(self, table):
        """Snapshot ids, oldest first."""
        rows = self.run(f"SELECT snapshot_id FROM \"{table.split('.')[0]}\".\"{table.split('.')[1]}$snapshots\" ORDER BY committed_at")
        return [row["snapshot_id"] for row in rows]

    def rows(self, table):
        return [(row["id"], row["v"]) for row in self.run(f"SELECT id, v FROM {table} ORDER BY 1, 2")]

    def directory(self, table):
        location = self.tarn.json("table", "show", table)["location"]
        return pathlib.Path(re.sub("^file:/*", "/", location))


@pytest.fixture
def tables(tarn):
    return Tables(tarn)


def age(directory, days=30):
    """Makes all files below look old."""
    then = time.time() - days * 86400
    for path in directory.rglob("*"):
        os.utime(path, (then, then))


# ---- Snapshots

def test_rollback_and_set_current_snapshot(tables):
    t = tables.make("t")
    first, second, third = tables.ids(t)
    assert tables.one(f"CALL system.rollback_to_snapshot('{t}', {second})") == {
        "previous_snapshot_id": third, "current_snapshot_id": second}
    assert len(tables.rows(t)) == 2
    assert tables.run(f"CALL iceberg.system.rollback_to_snapshot('s', 't', {first})") == []  # Trino's
    assert len(tables.rows(t)) == 1
    assert "ancestor" in tables.error(f"ALTER TABLE {t} EXECUTE rollback_to_snapshot({third})")
    assert tables.one(f"CALL system.set_current_snapshot(table => '{t}', snapshot_id => '{third}')") == {
        "previous_snapshot_id": first, "current_snapshot_id": third}
    tables.run(f"ALTER TABLE {t} EXECUTE rollback_to_snapshot({second})")
    assert len(tables.rows(t)) == 2
    tables.run(f"ALTER TABLE {t} CREATE TAG kept AS OF VERSION {third}", dialect="duckdb")
    assert tables.one(f"CALL system.set_current_snapshot('{t}', ref => 'kept')")["current_snapshot_id"] == third
    error = tables.error(f"CALL system.set_current_snapshot('{t}', {first}, 'kept')")
    assert "Either snapshot_id or ref must be provided" in error
    rows = tables.run(f"CALL system.ancestors_of('{t}')")
    assert [row["snapshot_id"] for row in rows] == [third, second, first]
    assert rows[0]["timestamp"] >= rows[1]["timestamp"] > 1_600_000_000_000
    assert len(tables.run(f"CALL system.ancestors_of(snapshot_id => {second}, table => '{t}')")) == 2


def test_rollback_to_timestamp(tables):
    t = tables.make("t", appends=1)
    first = tables.ids(t)[0]
    time.sleep(0.05)
    between = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f")
    time.sleep(0.05)
    tables.run(f"INSERT INTO {t} VALUES (2, 'v2')")
    answer = tables.one(f"CALL system.rollback_to_timestamp('{t}', TIMESTAMP '{between}')")
    assert answer["current_snapshot_id"] == first
    assert tables.rows(t) == [(1, "v1")]


def test_branches_are_picked_and_forwarded(tables):
    t = tables.make("t", appends=1)
    first = tables.ids(t)[0]
    tables.run(f"ALTER TABLE {t} CREATE BRANCH audit", f"INSERT INTO {t}.branch_audit VALUES (7, 'new')", dialect="duckdb")
    staged = tables.ids(t)[-1]
    assert tables.rows(t) == [(1, "v1")]
    assert tables.one(f"CALL system.fast_forward('{t}', 'main', 'audit')") == {
        "branch_updated": "main", "previous_ref": first, "updated_ref": staged}
    tables.run(f"INSERT INTO {t}.branch_audit VALUES (8, 'more')", f"INSERT INTO {t} VALUES (9, 'main')", dialect="duckdb")
    picked = tables.run(f"SELECT snapshot_id FROM s.\"t$refs\" WHERE name = 'audit'")[0]["snapshot_id"]
    answer = tables.one(f"CALL system.cherrypick_snapshot('{t}', {picked})")
    assert answer["source_snapshot_id"] == picked != answer["current_snapshot_id"]
    assert tables.rows(t) == [(1, "v1"), (7, "new"), (8, "more"), (9, "main")]
    assert "wap" in tables.error(f"CALL system.publish_changes('{t}', 'nobody')").lower()


# ---- Rewriting

def test_rewrite_data_files(tables):
    t = tables.make("t", appends=5)
    answer = tables.one(f"CALL iceberg.system.rewrite_data_files(table => '{t}', strategy => 'binpack')")
    assert list(answer) == ["rewritten_data_files_count", "added_data_files_count", "rewritten_bytes_count",
                            "failed_data_files_count", "removed_delete_files_count"]
    assert (answer["rewritten_data_files_count"], answer["added_data_files_count"]) == (5, 1)
    assert answer["rewritten_bytes_count"] > 1000 and len(tables.rows(t)) == 5
    answer = tables.one(f"CALL system.rewrite_data_files('{t}')")
    assert answer["rewritten_data_files_count"] == 0
    tables.run(f"INSERT INTO {t} VALUES (0, 'z')")
    rewrite = f"CALL system.rewrite_data_files(table => '{t}', strategy => 'sort', "
    for order in ("id DESC NULLS LAST, v", "zorder(id, v)", "hilbert(id,v)"):
        answer = tables.one(rewrite + f"sort_order => '{order}', options => map('rewrite-all', 'true', 'min-input-files', '1'))")
        assert answer["added_data_files_count"] == 1
        if order.startswith("id"):
            answered = tables.run(f"SELECT id FROM {t}")
            assert [row["id"] for row in answered] == [5, 4, 3, 2, 1, 0]
    assert len(tables.rows(t)) == 6
    assert "there are: " in tables.error(f"CALL system.rewrite_data_files('{t}', options => map('min-files', '1'))")
    assert "min-input-files must be an integer" in tables.error(
        f"CALL system.rewrite_data_files('{t}', options => map('min-input-files', 'many'))")
    assert "must set only one" in tables.error(f"CALL system.rewrite_data_files('{t}', 'binpack', 'id')")
    assert "kept" in tables.error(f"CALL system.rewrite_data_files('{t}', branch => 'kept')")


def test_rewriting_where(tables):
    tables.run("CREATE SCHEMA s", "CREATE TABLE s.t (id bigint, part varchar) WITH (partitioning = ARRAY['part'])",
               *(f"INSERT INTO s.t VALUES ({i}, 'a'), ({i}, 'b')" for i in range(3)))
    call = "CALL system.rewrite_data_files(table => 's.t', options => map(ARRAY['min-input-files'], ARRAY[2]), where => "
    assert tables.one(call + "'part = \"a\" and id >= 0')")["rewritten_data_files_count"] == 3
    assert tables.one(call + "'part = ''c''')")["rewritten_data_files_count"] == 0
    metrics = {row["metric_name"]: row["metric_value"] for row in tables.run("ALTER TABLE s.t EXECUTE optimize WHERE part IN ('b', 'c')")}
    assert metrics == {"rewritten_data_files_count": 3, "removed_delete_files_count": 0, "added_data_files_count": 1}
    assert tables.run("SELECT count(*) AS n FROM s.t")[0]["n"] == 6
    assert "WHERE must compare columns with literals" in tables.error("ALTER TABLE s.t EXECUTE optimize WHERE length(part) = 1")
    assert "WHERE not supported for procedure optimize_manifests" in tables.error(
        "ALTER TABLE s.t EXECUTE optimize_manifests WHERE part = 'a'")


def test_optimize_in_both_spellings(tables):
    t = tables.make("t", appends=5)
    metrics = tables.run(f"ALTER TABLE {t} EXECUTE optimize(file_size_threshold => '128MB')")
    assert metrics[0] == {"metric_name": "rewritten_data_files_count", "metric_value": 5}
    tables.run(*(f"INSERT INTO {t} VALUES ({i}, 'x')" for i in range(5)))
    # The seeds': the first argument by position, the others by name.
    answer = tables.one(f"CALL iceberg.system.optimize('{t}', options => map('min-input-files', '5'))")
    assert answer["rewritten_data_files_count"] == 6
    tables.run(f"DELETE FROM {t} WHERE id = 1")
    metrics = {row["metric_name"]: row["metric_value"] for row in tables.run(f"ALTER TABLE {t} EXECUTE optimize")}
    assert metrics["added_data_files_count"] <= 1
    assert len(tables.rows(t)) == 8
    assert tables.run(f"SELECT count(*) AS n FROM s.\"t$files\" WHERE content > 0")[0]["n"] == 0
    assert "a size such as '128MB'" in tables.error(f"ALTER TABLE {t} EXECUTE optimize('much')")


def test_rewrite_manifests(tables):
    t = tables.make("t", appends=4)
    assert tables.one(f"CALL system.rewrite_manifests('{t}')") == {"rewritten_manifests_count": 4, "added_manifests_count": 1}
    assert tables.one(f"CALL system.rewrite_manifests(table => '{t}', use_caching => false, spec_id => 0)") == {
        "rewritten_manifests_count": 0, "added_manifests_count": 0}
    tables.run(f"INSERT INTO {t} VALUES (9, 'x')")
    metrics = {row["metric_name"]: row["metric_value"] for row in tables.run(f"ALTER TABLE {t} EXECUTE optimize_manifests")}
    assert metrics == {"rewritten_manifests_count": 2, "added_manifests_count": 1, "processed_manifest_entries_count": 5}
    assert "no partition spec with id 5" in tables.error(f"CALL system.rewrite_manifests('{t}', spec_id => 5)")
    assert len(tables.rows(t)) == 5


def test_rewrite_position_delete_files(tables):
    t = tables.make("t", appends=1)
    tables.run(f"ALTER TABLE {t} SET TBLPROPERTIES ('write.delete.mode' = 'merge-on-read')",
               f"INSERT INTO {t} SELECT i, 'x' FROM range(10, 30) t(i)",
               f"DELETE FROM {t} WHERE id = 11", f"DELETE FROM {t} WHERE id = 12", f"DELETE FROM {t} WHERE id = 13", dialect="duckdb")
    answer = tables.one(f"CALL system.rewrite_position_delete_files('{t}', options => map('min-input-files', '2'))")
    assert list(answer) == ["rewritten_delete_files_count", "added_delete_files_count", "rewritten_bytes_count", "added_bytes_count"]
    assert (answer["rewritten_delete_files_count"], answer["added_delete_files_count"]) == (3, 1)
    assert len(tables.rows(t)) == 18


# ---- Cleaning up

def test_expire_snapshots(tables):
    t = tables.make("t", appends=4)
    tables.run(f"CALL system.rewrite_data_files('{t}', options => map('min-input-files', '2'))")
    counters = ["deleted_data_files_count", "deleted_position_delete_files_count", "deleted_equality_delete_files_count",
                "deleted_manifest_files_count", "deleted_manifest_lists_count", "deleted_statistics_files_count"]
    nothing = tables.one(f"CALL system.expire_snapshots('{t}')")
    assert nothing == dict.fromkeys(counters, 0)
    assert tables.one(f"CALL system.expire_snapshots(table => '{t}', older_than => 604800000)") == nothing
    first = tables.ids(t)[0]
    assert tables.one(f"CALL system.expire_snapshots('{t}', snapshot_ids => ARRAY[{first}])")["deleted_manifest_lists_count"] == 1
    answer = tables.one(f"CALL system.expire_snapshots(table => '{t}', older_than => current_timestamp + INTERVAL '1' DAY, retain_last => 1, "
                        "max_concurrent_deletes => 2, stream_results => true, clean_expired_metadata => true)")
    assert answer["deleted_data_files_count"] == 4 and answer["deleted_manifest_lists_count"] == 3
    assert len(tables.ids(t)) == 1 and len(tables.rows(t)) == 4
    assert "at least 1" in tables.error(f"CALL system.expire_snapshots('{t}', retain_last => 0)")
    assert "max_concurrent_deletes" in tables.error(f"CALL system.expire_snapshots('{t}', max_concurrent_deletes => 0)")


def test_trinos_floor_of_retention(tables):
    t = tables.make("t")
    error = tables.error(f"ALTER TABLE iceberg.{t} EXECUTE expire_snapshots(retention_threshold => '1d')")
    assert error.endswith("INVALID_PROCEDURE_ARGUMENT: Retention specified (1.00d) is shorter than the minimum retention configured in "
                          "the system (7.00d). Minimum retention can be changed with iceberg.expire-snapshots.min-retention "
                          "configuration property or iceberg.expire_snapshots_min_retention session property")
    assert "remove_orphan_files_min_retention" in tables.error(f"ALTER TABLE {t} EXECUTE remove_orphan_files('6d')")
    metrics = tables.run(f"ALTER TABLE {t} EXECUTE expire_snapshots(retention_threshold => '7d')")
    assert {row["metric_value"] for row in metrics} == {0}
    lowered = "SET SESSION iceberg.expire_snapshots_min_retention = '0s'"
    metrics = tables.run(lowered, f"ALTER TABLE {t} EXECUTE expire_snapshots('0s')")
    assert metrics[0] == {"metric_name": "expired_snapshots_count", "metric_value": 2}


def test_remove_orphan_files(tables):
    t = tables.make("t")
    directory = tables.directory(t)
    orphans = [directory / "data" / f"orphan{i}.parquet" for i in range(3)]
    for orphan in orphans:
        orphan.write_bytes(b"left behind")
    age(directory)
    fresh = directory / "data" / "fresh.parquet"
    fresh.write_bytes(b"being written")
    call = f"CALL iceberg.system.remove_orphan_files(table => '{t}'"
    found = tables.run(call + ", dry_run => true)")
    assert sorted(pathlib.Path(re.sub("^file:/*", "/", row["orphan_file_location"])).name for row in found) == [
        "orphan0.parquet", "orphan1.parquet", "orphan2.parquet"]
    assert all(orphan.exists() for orphan in orphans)
    # Only what a list names is looked at.
    listed = tables.run("CREATE TEMP TABLE listed AS SELECT "
                        f"'{orphans[0]}' AS file_path, TIMESTAMP '2020-01-01 00:00:00' AS last_modified",
                        call + ", file_list_view => 'listed')", dialect="duckdb")
    assert len(listed) == 1 and not orphans[0].exists() and orphans[1].exists()
    # The seeds' spelling: an age in milliseconds.
    assert len(tables.run(call + ", older_than => 604800000)")) == 2
    assert not orphans[1].exists() and fresh.exists() and len(tables.rows(t)) == 3
    assert "24 hours" in tables.error(call + ", older_than => '1h')")
    assert "prefix_mismatch_mode is ERROR, IGNORE or DELETE" in tables.error(call + ", prefix_mismatch_mode => 'guess')")
    assert tables.run(call + ", equal_schemes => map('s3a,s3n', 's3'), equal_authorities => map('a', 'b'), "
                      "prefix_mismatch_mode => 'ignore', prefix_listing => true)") == []
    orphans[0].write_bytes(b"left behind")
    age(directory)
    assert tables.run(f"ALTER TABLE {t} EXECUTE remove_orphan_files(retention_threshold => '7d')") == [
        {"metric_name": "deleted_files_count", "metric_value": 2}]
    assert len(tables.rows(t)) == 3


# ---- Statistics

def test_statistics(tables):
    tables.run("CREATE SCHEMA s", "CREATE TABLE s.t (id bigint, part varchar) WITH (partitioning = ARRAY['part'])",
               "INSERT INTO s.t VALUES (1, 'a'), (2, 'b')")
    path = tables.one("CALL system.compute_table_stats(table => 's.t', columns => ARRAY['id'])")["statistics_file"]
    assert pathlib.Path(re.sub("^file:/*", "/", path)).exists()
    path = tables.one("CALL system.compute_partition_stats('s.t')")["partition_statistics_file"]
    assert path.endswith(".parquet")
    metadata = tables.tarn.json("table", "show", "s.t")["metadata_location"]
    read = lambda: json.loads(pathlib.Path(re.sub("^file:/*", "/", tables.tarn.json("table", "show", "s.t")["metadata_location"])).read_text())
    assert len(read()["statistics"]) == 1 and metadata
    tables.run("ALTER TABLE s.t EXECUTE drop_extended_stats")
    assert not read().get("statistics")
    assert "snapshot" in tables.error("CALL system.compute_table_stats('s.t', snapshot_id => 5)")


# ---- Tables that come and go

def test_register_and_unregister(tables):
    t = tables.make("t", appends=2)
    metadata = tables.tarn.json("table", "show", t)["metadata_location"]
    location = tables.tarn.json("table", "show", t)["location"]
    tables.run("CALL system.unregister_table('s', 't')")
    assert tables.tarn.tables() == []
    answer = tables.one(f"CALL system.register_table(table => 's.again', metadata_file => '{metadata}')")
    assert (answer["total_records_count"], answer["total_data_files_count"]) == (2, 2)
    assert tables.rows("s.again") == [(1, "v1"), (2, "v2")]
    tables.run("CALL system.unregister_table('s.again')",
               f"CALL system.register_table(schema_name => 's', table_name => 'third', table_location => '{location}')")
    assert len(tables.rows("s.third")) == 2
    assert "already exists" in tables.error(f"CALL system.register_table('s.third', '{metadata}')").lower()
    assert "No versioned metadata file" in tables.error("CALL system.register_table('s', 'none', '/nowhere')")


def test_rewrite_table_path(tables):
    t = tables.make("t", appends=2)
    location = tables.tarn.json("table", "show", t)["location"]
    answer = tables.one(f"CALL system.rewrite_table_path(table => '{t}', source_prefix => '{location}', target_prefix => '/elsewhere/t')")
    assert list(answer) == ["latest_version", "file_list_location", "rewritten_manifest_file_paths_count", "rewritten_delete_file_paths_count"]
    assert answer["latest_version"].endswith(".metadata.json") and answer["rewritten_manifest_file_paths_count"] == 2
    assert tables.one(f"CALL system.rewrite_table_path('{t}', '{location}', '/elsewhere/t', create_file_list => false)")[
        "file_list_location"] == "N/A"


def test_add_files(tables, tmp_path):
    source = tmp_path / "source"
    for part in ("a", "b"):
        (source / f"part={part}").mkdir(parents=True)
        pq.write_table(pa.table({"id": [1, 2, 3]}), source / f"part={part}" / "f.parquet")
    tables.run("CREATE SCHEMA s", "CREATE TABLE s.t (id bigint, part varchar) WITH (partitioning = ARRAY['part'])")
    call = f"CALL system.add_files(table => 's.t', source_table => '`parquet`.`{source}`'"
    assert tables.one(call + ", partition_filter => map('part', 'a'))") == {"added_files_count": 1, "changed_partition_count": 1}
    assert "already" in tables.error(call + ")")
    assert tables.one(call + ", partition_filter => map('part', 'b'))") == {"added_files_count": 1, "changed_partition_count": 1}
    rows = tables.run("SELECT id, part FROM s.t WHERE part = 'b' ORDER BY id")
    assert rows == [{"id": i, "part": "b"} for i in (1, 2, 3)]
    tables.run("CREATE TABLE s.u (id bigint, extra varchar)")
    flat = tmp_path / "flat"
    flat.mkdir()
    pq.write_table(pa.table({"id": [9]}), flat / "f.parquet")
    (flat / "_SUCCESS").write_text("x")
    assert tables.run(f"ALTER TABLE s.u EXECUTE add_files(location => '{flat}', format => 'PARQUET')") == []
    assert tables.run("SELECT id, extra FROM s.u") == [{"id": 9, "extra": None}]
    (flat / "deeper").mkdir()
    pq.write_table(pa.table({"id": [10]}), flat / "deeper" / "f.parquet")
    tables.run("CREATE TABLE s.w (id bigint)")
    execute = f"ALTER TABLE s.w EXECUTE add_files(location => '{flat}', format => 'PARQUET'"
    assert "recursion is not allowed" in tables.error(execute + ")")
    tables.run(execute + ", recursive_directory => 'TRUE')")
    assert [row["id"] for row in tables.run("SELECT id FROM s.w ORDER BY id")] == [9, 10]
    assert "Only Parquet files" in tables.error(f"ALTER TABLE s.w EXECUTE add_files('{flat}', 'ORC')")
    assert "There are no files to add" in tables.error("ALTER TABLE s.w EXECUTE add_files('/nowhere/at/all', 'PARQUET')")
    # A file that does not fit leaves nothing behind.
    pq.write_table(pa.table({"id": ["text"]}), flat / "wrong.parquet")
    tables.run("CREATE TABLE s.x (id bigint)")
    tables.error(f"CALL system.add_files('s.x', '`parquet`.`{flat}`')")
    assert tables.run("SELECT count(*) AS n FROM s.x")[0]["n"] == 0


def test_snapshot_of_a_directory(tables, tmp_path):
    source = tmp_path / "source"
    for year in (2023, 2024):
        (source / f"year={year}").mkdir(parents=True)
        pq.write_table(pa.table({"id": [year], "name": ["n"]}), source / f"year={year}" / "f.parquet")
    tables.run("CREATE SCHEMA s")
    assert tables.one(f"CALL system.snapshot('`parquet`.`{source}`', 's.t', properties => map('owner', 'me'))") == {"imported_files_count": 2}
    assert tables.run("SELECT * FROM s.t ORDER BY id") == [{"id": y, "name": "n", "year": y} for y in (2023, 2024)]
    assert "gc.enabled" in tables.error("CALL system.expire_snapshots('s.t')")
    assert "none to migrate" in tables.error("CALL system.migrate('s.t')")
    assert "no Hive or Spark tables" in tables.error("CALL system.add_files('s.t', 'db.hive_table')")
    # What fails in the middle leaves no table.
    (source / "year=2025").mkdir()
    (source / "year=2025" / "f.parquet").write_bytes(b"no Parquet file")
    tables.error(f"CALL system.snapshot('`parquet`.`{source}`', 's.half')")
    assert tables.tarn.tables() == ["s.t"]


# ---- Changes

def changes_of(tables, *statements, order="_change_ordinal, _change_type, id"):
    rows = tables.run(*statements, f"SELECT * FROM t_changes ORDER BY {order}")
    return [(row["_change_ordinal"], row["_change_type"], row["id"], row["v"]) for row in rows]


@pytest.mark.parametrize("mode", ["copy-on-write", "merge-on-read"])
def test_changelog_views(tables, mode):
    t = tables.make("t", appends=0)
    tables.run(f"ALTER TABLE {t} SET TBLPROPERTIES ('write.delete.mode' = '{mode}', 'write.update.mode' = '{mode}')", dialect="duckdb")
    tables.run(f"INSERT INTO {t} VALUES (1, 'a'), (2, 'b'), (3, NULL)", f"DELETE FROM {t} WHERE id = 2",
               f"UPDATE {t} SET v = 'A' WHERE id = 1", f"INSERT INTO {t} VALUES (2, 'b')")
    tables.run(f"CALL system.rewrite_data_files('{t}', options => map('rewrite-all', 'true'))")
    call = f"CALL system.create_changelog_view(table => '{t}'"
    every = [(0, "INSERT", 1, "a"), (0, "INSERT", 2, "b"), (0, "INSERT", 3, None), (1, "DELETE", 2, "b"),
             (2, "DELETE", 1, "a"), (2, "INSERT", 1, "A"), (3, "INSERT", 2, "b")]
    assert changes_of(tables, call + ")") == every
    assert tables.one(call + ")") == {"changelog_view": "t_changes"}
    updated = [(2, "UPDATE_AFTER", 1, "A"), (2, "UPDATE_BEFORE", 1, "a")]
    assert changes_of(tables, call + ", identifier_columns => ARRAY['id'])") == every[:4] + updated + every[6:]
    # The net changes are the table's rows.
    net = changes_of(tables, call + ", net_changes => true)", order="id")
    assert [(id, v) for _, kind, id, v in net] == tables.rows(t) and {row[1] for row in net} == {"INSERT"}
    ids = tables.ids(t)
    part = changes_of(tables, call + f", options => map('start-snapshot-id', '{ids[0]}', 'end-snapshot-id', '{ids[2]}'))")
    assert part == [(o - 1, kind, id, v) for o, kind, id, v in every[3:6]]
    stamps = [row["m"] for row in tables.run("SELECT to_unixtime(committed_at) * 1000 AS m FROM s.\"t$snapshots\" ORDER BY 1")]
    timed = changes_of(tables, call + f", options => map('end-timestamp', '{int(stamps[0])}'))")
    assert timed == every[:3]
    assert changes_of(tables, call + ", options => map('end-timestamp', '5'))") == []
    mine = tables.run(call + ", changelog_view => 'mine')", "SELECT count(*) AS n FROM mine")
    assert mine == [{"n": 7}]
    assert "net changes with update images" in tables.error(call + ", net_changes => true, identifier_columns => ARRAY['id'])")
    assert "identifier columns are not set" in tables.error(call + ", compute_updates => true)")
    assert "has no schema" in tables.error(call + ", changelog_view => 's.v')")


def test_changes_are_told_in_todays_columns(tables):
    t = tables.make("t", appends=0)
    tables.run(f"INSERT INTO {t} VALUES (1, 'a'), (2, 'b')", f"ALTER TABLE {t} RENAME COLUMN v TO w", f"ALTER TABLE {t} ADD COLUMN v bigint",
               f"UPDATE {t} SET v = 5 WHERE id = 1")
    rows = tables.run(f"CALL system.create_changelog_view('{t}')", "SELECT * FROM t_changes ORDER BY _change_ordinal, _change_type, id")
    assert [(r["id"], r["w"], r["v"], r["_change_type"]) for r in rows] == [
        (1, "a", None, "INSERT"), (2, "b", None, "INSERT"), (1, "a", None, "DELETE"), (1, "a", 5, "INSERT")]


def test_doubled_identifiers_are_an_error(tables):
    t = tables.make("t", appends=0)
    tables.run(f"INSERT INTO {t} VALUES (1, 'a'), (1, 'b')", f"DELETE FROM {t} WHERE id = 1")
    error = tables.error(f"CALL system.create_changelog_view('{t}', identifier_columns => ARRAY['id'])", "SELECT * FROM t_changes")
    assert "multiple rows with the same identifier fields([id])" in error


def test_table_changes_of_trino(tables):
    t = tables.make("t", appends=2)
    first, second = tables.ids(t)
    tables.run(f"DELETE FROM {t} WHERE id = 1")
    third = tables.ids(t)[-1]
    query = f"SELECT * FROM TABLE(iceberg.system.table_changes('s', 't', {first}, {third})) ORDER BY _change_ordinal"
    rows = tables.run(query)
    assert list(rows[0]) == ["id", "v", "_change_type", "_change_version_id", "_change_timestamp", "_change_ordinal"]
    assert [(r["id"], r["_change_type"], r["_change_version_id"]) for r in rows] == [(2, "insert", second), (1, "delete", third)]
    named = tables.run("SELECT count(*) AS n FROM TABLE(system.table_changes(end_snapshot_id => "
                       f"{second}, schema_name => 's', table_name => 't', start_snapshot_id => {first}))")
    assert named == [{"n": 1}]
    assert "MISSING_ARGUMENT" in tables.error("SELECT * FROM TABLE(system.table_changes('s', 't', 5))")


# ---- How they are called

@pytest.mark.parametrize("dialect", ["trino", "duckdb"])
def test_calls_are_the_same_in_both_dialects(tables, dialect):
    t = tables.make("t")
    assert len(tables.run(f"CALL system.ancestors_of('{t}')", dialect=dialect)) == 3
    assert len(tables.run("USE iceberg.s", "CALL iceberg.system.ancestors_of('t')", dialect=dialect)) == 3
    assert len(tables.run(f"CALL system.ancestors_of('\"iceberg\".`s`.t')", dialect=dialect)) == 3
    tables.run(f"ALTER TABLE {t} EXECUTE optimize", dialect=dialect)
    assert "PROCEDURE_NOT_FOUND" in tables.error("CALL iceberg.system.no_such('x')", dialect=dialect)


REFUSED = [
    ("CALL system.rollback_to_snapshot('s.t')", "line 1:6: INVALID_PROCEDURE_ARGUMENT: Required procedure argument 'snapshot_id' is missing"),
    ("CALL system.rollback_to_snapshot(table => 's.t', table => 's.t', snapshot_id => 1)", "Duplicate procedure argument: table"),
    ("CALL system.rollback_to_snapshot(tabel => 's.t')", "Unknown argument name: tabel"),
    ("CALL system.rollback_to_snapshot('s.t', 'one')", "line 1:41: INVALID_PROCEDURE_ARGUMENT: Argument snapshot_id: expected bigint, not 'one'"),
    ("CALL system.rollback_to_snapshot(\"s.t\", 1)", "texts stand in single quotes"),
    ("CALL system.rollback_to_snapshot('s.t', 1 / 0)", "Not a constant expression"),
    ("CALL system.nothing()", "PROCEDURE_NOT_FOUND: Procedure not registered"),
    ("CALL nowhere.system.optimize('s.t')", "CATALOG_NOT_FOUND: Catalog 'nowhere' not found"),
    ("CALL iceberg.other.optimize('s.t')", "PROCEDURE_NOT_FOUND: Procedure not registered: iceberg.other.optimize"),
    ("ALTER TABLE s.t EXECUTE nothing", "PROCEDURE_NOT_FOUND: Table procedure not registered: nothing"),
    ("ALTER TABLE s.t EXECUTE optimize(size => '1MB')", "Unknown argument name: size"),
    ("ALTER TABLE s.none EXECUTE optimize", "Table does not exist: s.none"),
    ("CALL system.optimize('s.none')", "Table does not exist: s.none"),
    ("CALL system.optimize('none.t')", "Schema does not exist: none"),
    ("CALL system.optimize('s.v')", "Not a table but a view: s.v"),
    ("CALL system.optimize('')", "Not a name of a table"),
]


def test_refusals(tables):
    tables.make("t", appends=1)
    tables.run("CREATE VIEW s.v AS SELECT 1 AS x")
    for statement, expected in REFUSED:
        assert expected in tables.error(statement), statement
    assert "cannot be part of a transaction" in tables.error("START TRANSACTION", "CALL system.optimize('s.t')")
    assert "cannot be part of a transaction" in tables.error("START TRANSACTION", "ALTER TABLE s.t EXECUTE optimize")
