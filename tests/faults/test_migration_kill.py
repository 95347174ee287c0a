"""kill -9 at many points of migrations: a destination is whole or not there, and the next run goes on with what is missing."""
import json
import os
import pathlib
import signal
import time

import pytest

os.environ["TARN_SQL_DIALECT"] = "duckdb"  # of statements that tests give to `tarn sql`

TABLES = 6
ROWS = 60_000
POINTS = 8


@pytest.fixture
def source(tarn):
    tarn.ok("sql", "-e", "CREATE SCHEMA src;" + "".join(
        f"CREATE TABLE src.t{t} AS SELECT i AS id, 'text ' || i AS text FROM range({ROWS}) t(i);" for t in range(TABLES)))
    return tarn


def whole_tables(tarn, namespace):
    """Names of the tables of the namespace, each of which must have all rows."""
    names = [name for name in tarn.tables() if name.startswith(namespace + ".")]
    for name in names:
        assert tarn.value(f"SELECT count(*) FROM {name}") == ROWS, name
    return names


def files_of_no_table(tarn, namespace):
    """Files in the namespace's folder that lie in no table's, but for copies that were whole: the catalog may have been asked to
    name these, so that only the removal of orphans may take them."""
    places = {pathlib.Path(tarn.json("table", "show", name)["location"].removeprefix("file://"))
              for name in tarn.tables() if name.startswith(namespace + ".")}
    folder = next(iter(places)).parent
    whole = {file.parent.parent for file in folder.rglob("*.metadata.json") if "tarn.migration-id" in file.read_text()}
    return [str(file) for file in folder.rglob("*") if file.is_file() and not any(place in file.parents for place in places | whole)]


@pytest.mark.parametrize("options", [["--parallel", "2"], ["--parallel", "2", "--history", "copy"]], ids=["rows", "history"])
def test_kill_and_go_on(source, options):
    tarn = source
    command = ["migrate", "src", "warm", "--all-tables", "--json", *options]
    begin = time.monotonic()
    tarn.ok(*command)
    seconds = time.monotonic() - begin
    killed, gone_on = 0, 0
    for point in range(POINTS):
        namespace = f"d{point}"
        command[2] = namespace
        process = tarn.start(*command)
        time.sleep(seconds * (point + 1) / (POINTS + 1))
        process.kill()
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        there = whole_tables(tarn, namespace)
        result = json.loads(tarn.ok(*command))
        assert result["status"] == "success" and result["tables_migrated"] == TABLES
        done_before = [t["table"] for t in result["tables"] if t["status"] == "already_migrated"]
        assert sorted(done_before) == sorted(there)
        assert len(whole_tables(tarn, namespace)) == TABLES
        if "--history" in options:
            assert files_of_no_table(tarn, namespace) == [], "what the killed run had copied is still there"
        gone_on += 0 < len(there) < TABLES
    assert killed >= POINTS // 2, "too few runs were killed on their way"
    assert gone_on >= 1, "no run was killed between its tables"
    assert tarn.json("migrate", "validate", "--checksum")["valid"] is True
