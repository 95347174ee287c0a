"""kill -9 at many points of loads and inserts: the table is the old one or the new one, the next command works, and what
was left over is listed."""
import os
import pathlib
import random
import signal
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

os.environ["TARN_SQL_DIALECT"] = "duckdb"  # of statements that tests give to `tarn sql`

ROWS = 300_000
POINTS = 25


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("source") / "rows.parquet"
    noise = random.Random(3)
    pq.write_table(pa.table({
        "id": pa.array(range(ROWS), pa.int64()),
        "part": pa.array([f"p{i % 7}" for i in range(ROWS)]),
        "text": pa.array([noise.randbytes(12).hex() for _ in range(ROWS)]),
    }), path, row_group_size=20_000)
    return path


def whole_run(tarn, command):
    """Seconds that the command takes when nobody kills it."""
    begin = time.monotonic()
    tarn.ok(*command)
    return time.monotonic() - begin


def kill_after(tarn, command, seconds):
    """True if the command was killed before its end."""
    process = tarn.start(*command)
    time.sleep(seconds)
    process.kill()
    out, err = process.communicate()
    assert process.returncode in (0, -signal.SIGKILL), err + out
    return process.returncode != 0


def check_files(tarn, table):
    """Each data file is either read by the current snapshots or listed as unreferenced."""
    location = tarn.json("table", "show", table)["location"].removeprefix("file://")
    on_disk = {str(path) for path in pathlib.Path(location).rglob("*") if path.is_file()}
    orphans = {f["path"].removeprefix("file://") for f in tarn.json("table", "orphans", table)["files"]}
    used = set()
    for snapshot in tarn.json("table", "snapshots", table):
        files = tarn.json("table", "files", table, "--snapshot", snapshot["snapshot_id"])
        used |= {f["path"].removeprefix("file://") for f in files}
    assert used <= on_disk, "a snapshot refers to a file that is not there"
    assert not used & orphans, "a live file is listed as unreferenced"
    data = {path for path in on_disk if path.endswith(".parquet")}
    assert data - used <= orphans, "left-over files must be listed"


COMMANDS = {
    "load": lambda source: ["load", source, "--into", "k.t", "--mode", "append"],
    "load partitioned": lambda source: ["load", source, "--into", "k.p", "--mode", "append"],
    "overwrite": lambda source: ["load", source, "--into", "k.t", "--mode", "overwrite"],
    "replace": lambda source: ["load", source, "--into", "k.t", "--mode", "replace"],
    "upsert": lambda source: ["load", source, "--into", "k.t", "--mode", "upsert", "--keys", "id"],
    "insert": lambda source: ["sql", "-e", f"INSERT INTO k.t SELECT * FROM read_parquet('{source}')"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_kill_while_writing(tarn, source, name):
    command = COMMANDS[name](source)
    table = "k.p" if name == "load partitioned" else "k.t"
    partition = ["--partition-by", "part"] if table == "k.p" else []
    tarn.ok("load", source, "--into", table, *partition)
    seconds = whole_run(tarn, command)
    killed = 0
    points = POINTS // 2 if name == "upsert" else POINTS  # it takes longer
    for point in range(points):
        before = tarn.value(f"SELECT count(*) FROM {table}")
        after = before + ROWS if name in ("load", "load partitioned", "insert") else ROWS
        # Evenly over the run, and densely about its end, where the commit is.
        part = point / points if point % 2 == 0 else 0.8 + 0.4 * point / points
        killed += kill_after(tarn, command, seconds * part)
        now = tarn.sql(f"SELECT count(*) AS n, count(DISTINCT id) AS ids FROM {table}")[0]
        assert now["n"] in (before, after), f"point {point}: {now['n']} rows, neither {before} nor {after}"
        assert now["ids"] == ROWS
    assert killed >= points // 4, "too few runs were killed for the test to mean something"
    check_files(tarn, table)
    tarn.ok(*command)
    if name == "upsert":
        assert not list(tarn.home.glob("spill/*")), "what killed loads had staged goes with the next one"


def test_kill_in_a_transaction(tarn):
    """Statements that read and change what was written before them, staged in files of their own."""
    rows = 20_000
    tarn.ok("sql", "-e", f"CREATE SCHEMA k; CREATE TABLE k.t AS SELECT i AS id, 'x' AS text FROM range({rows}) r(i)")
    command = ["sql", "-e", f"BEGIN; INSERT INTO k.t SELECT i, 'y' FROM range({rows}, {2 * rows}) r(i); "
                            f"UPDATE k.t SET text = 'z', id = id + {rows} WHERE id % 2 = 0; SELECT count(*) FROM k.t; "
                            f"DELETE FROM k.t WHERE id < {rows}; COMMIT; DELETE FROM k.t; "
                            f"INSERT INTO k.t SELECT i, 'x' FROM range({rows}) r(i)"]
    seconds = whole_run(tarn, command)
    killed = 0
    for point in range(12):
        killed += kill_after(tarn, command, seconds * (0.1 + point / 12))
        count, distinct, changed = tarn.sql("SELECT count(*) AS n, count(DISTINCT id) AS ids, "
                                            "count(*) FILTER (text = 'z') AS z FROM k.t")[0].values()
        # As before, as after the transaction, or between the two statements behind it.
        assert (count, distinct, changed) in [(rows, rows, 0), (rows * 3 // 2, rows * 3 // 2, rows), (0, 0, 0)], point
        tarn.ok("sql", "-e", f"TRUNCATE k.t; INSERT INTO k.t SELECT i, 'x' FROM range({rows}) r(i)")
    assert killed >= 4, "too few runs were killed for the test to mean something"
    check_files(tarn, "k.t")


def test_kill_while_creating(tarn, source):
    tarn.ok("load", "--sample")
    seconds = whole_run(tarn, ["load", source, "--into", "whole.t"])
    for point in range(POINTS):
        kill_after(tarn, ["load", source, "--into", f"c{point}.t"], seconds * 1.1 * point / POINTS)
        if f"c{point}.t" in tarn.tables():
            assert tarn.value(f"SELECT count(*) FROM c{point}.t") == ROWS
        else:
            tarn.ok("load", source, "--into", f"c{point}.t")
            assert tarn.value(f"SELECT count(*) FROM c{point}.t") == ROWS


def test_kill_while_making_a_home(tarn_at, tmp_path):
    for point in range(15):
        tarn = tarn_at(tmp_path / f"home{point}")
        kill_after(tarn, ["load", "--sample"], 0.01 * point)
        tarn.ok("load", "--sample")
        assert len(tarn.tables()) == 6
        assert tarn.value("SELECT count(*) FROM sales.order_summary") > 0


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_load_with_nothing_left(tarn, source, stop):
    seconds = whole_run(tarn, ["load", source, "--into", "s.t"])
    stopped = 0
    for point in range(6):
        process = tarn.start("load", source, "--into", f"s{point}.t")
        time.sleep(seconds * (0.2 + 0.1 * point))
        process.send_signal(stop)
        _, err = process.communicate(timeout=30)
        # On a busy machine the signal may come before main() has begun to listen for it.
        assert process.returncode in (0, 1) or (process.returncode == -stop and err == ""), err
        if process.returncode == 0:
            continue
        if process.returncode == 1:
            stopped += 1
            assert err.startswith("tarn: ") and len(err.splitlines()) == 1
        assert f"s{point}.t" not in tarn.tables()
        assert not [f for f in tarn.data_files() if f"/s{point}/" in str(f)]
    assert stopped > 0
