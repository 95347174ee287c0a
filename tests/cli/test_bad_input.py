"""Input that is truncated, corrupt or in the way: one clear line, exit code 1, nothing half made."""
import contextlib
import json
import os
import pathlib
import random
import subprocess
import tempfile

import pyarrow as pa
import pyarrow.feather
import pyarrow.orc
import pyarrow.parquet as pq
import pytest
from test_load import write_avro

BIG = pa.table({"id": pa.array(range(20_000), pa.int64()), "s": pa.array([f"text {i}" for i in range(20_000)])})


def expect_nothing_left(tarn):
    assert tarn.data_files() == []
    if tarn.home.exists():
        assert tarn.json("table", "list") == []


def write_big_avro(path):
    write_avro(path, rows=[(i, f"text {i}") for i in range(5000)], codec="deflate")


WRITERS = {
    "parquet": lambda path: pq.write_table(BIG, path, row_group_size=5000),
    "orc": lambda path: pa.orc.write_table(BIG, str(path)),
    "arrow": lambda path: pa.feather.write_feather(BIG, str(path), compression="uncompressed"),
    "avro": write_big_avro,
}


@pytest.mark.parametrize("format", WRITERS)
@pytest.mark.parametrize("part", [0.01, 0.3, 0.7, 0.999])
def test_truncated(tarn, tmp_path, format, part):
    path = tmp_path / f"t.{format}"
    WRITERS[format](path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * part)])
    message = tarn.fails("load", path, "--into", "b.t")
    assert path.name in message
    expect_nothing_left(tarn)


@pytest.mark.parametrize("format", WRITERS)
def test_corrupt_bytes_never_crash(tarn, tmp_path, format):
    path = tmp_path / f"t.{format}"
    WRITERS[format](path)
    whole = path.read_bytes()
    chance = random.Random(7)
    for round in range(12):
        broken = bytearray(whole)
        for _ in range(1 + round):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        path.write_bytes(broken)
        done = tarn.run("load", path, "--into", "b.t", "--mode", "replace")
        assert done.returncode in (0, 1), f"round {round}: {done.returncode} {done.stderr}"
        if done.returncode == 1:
            assert len(done.stderr.splitlines()) == 1 and path.name in done.stderr
    for table in tarn.tables():
        assert tarn.json("table", "orphans", table)["count"] == 0


@pytest.mark.parametrize("name, text, hints", [
    ("t.csv", "a,b\n1,2\n" * 3000 + "1,2,3,4\n", ["t.csv", "6001"]),
    ("t.csv", 'a,b\n' + '1,"x, y"\n' * 50 + '2,"never closed\n' + "2,3\n" * 50, ["t.csv"]),
    ("t.csv", "a,b\n1,\xff\xfe\n", ["t.csv"]),
    ("t.json", '{"a": 1}\n{"a": \n', ["t.json"]),
    ("t.json", '[{"a": 1}, {"a": 2}', ["t.json"]),
    ("t.json", '{"a": 1}\n' * 3000 + "{oops}\n", ["t.json", "line 300"]),
    ("t.json", "not json at all", ["t.json"]),
    ("t.parquet", "PAR1 is not enough PAR1", ["t.parquet"]),
    ("t.avro", "a,b\n1,2\n", ["t.avro"]),
    ("t.orc", "a,b\n1,2\n", ["t.orc"]),
    ("t.arrow", "a,b\n1,2\n", ["t.arrow"]),
    ("t.csv.gz", "this is not gzip", ["t.csv.gz"]),
])
def test_text_that_does_not_parse(tarn, tmp_path, name, text, hints):
    (tmp_path / name).write_bytes(text.encode("latin-1"))
    message = tarn.fails("load", tmp_path / name, "--into", "b.t")
    for hint in hints:
        assert hint in message, message
    expect_nothing_left(tarn)


def test_empty_and_missing(tarn, tmp_path):
    (tmp_path / "t.csv").write_text("")
    assert "empty" in tarn.fails("load", tmp_path / "t.csv", "--into", "b.t")
    assert "none.csv" in tarn.fails("load", tmp_path / "none.csv", "--into", "b.t")
    (tmp_path / "dir").mkdir()
    assert "dir" in tarn.fails("load", tmp_path / "dir", "--into", "b.t")
    (tmp_path / "noise").write_bytes(bytes(range(256)))
    assert "--format" in tarn.fails("load", tmp_path / "noise", "--into", "b.t")
    expect_nothing_left(tarn)


def test_a_truncated_file_does_not_harm_the_table_it_goes_to(tarn, tmp_path):
    good, bad = tmp_path / "good.parquet", tmp_path / "bad.parquet"
    pq.write_table(BIG, good, row_group_size=1000)
    whole = bytearray(good.read_bytes())
    middle = len(whole) // 2
    whole[middle:middle + 2000] = os.urandom(2000)  # the footer is fine, pages are not
    bad.write_bytes(whole)
    tarn.ok("load", good, "--into", "b.t")
    for mode in ("append", "overwrite", "replace"):
        tarn.fails("load", bad, "--into", "b.t", "--mode", mode)
        assert tarn.value("SELECT count(*) FROM b.t") == 20_000
        assert tarn.json("table", "orphans", "b.t")["count"] == 0
    assert len(tarn.json("table", "snapshots", "b.t")) == 1


@contextlib.contextmanager
def mounted(size, options=""):
    """A small file system of its own; needs root."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}{options}", "tarn-test", folder],
                              capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"cannot mount: {done.stderr.strip()}")
        try:
            yield pathlib.Path(folder)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


def test_full_disk(tarn_at, tmp_path):
    noise = random.Random(1)
    table = pa.table({"s": pa.array([noise.randbytes(60).hex() for _ in range(100_000)])})
    pq.write_table(table, tmp_path / "t.parquet")
    with mounted("4m") as folder:
        tarn = tarn_at(folder / "home")
        (tmp_path / "small.csv").write_text("s\nx\n")
        tarn.ok("load", tmp_path / "small.csv", "--into", "b.t")
        for args in (["load", tmp_path / "t.parquet", "--into", "b.t", "--mode", "append"],
                     ["load", tmp_path / "t.parquet", "--into", "b.u"],
                     ["sql", "--dialect", "duckdb", "-e", f"INSERT INTO b.t SELECT * FROM read_parquet('{tmp_path}/t.parquet')"]):
            assert "space" in tarn.fails(*args).lower()
            assert tarn.value("SELECT count(*) FROM b.t") == 1
            assert tarn.tables() == ["b.t"]
            assert tarn.json("table", "orphans", "b.t")["count"] == 0
        tarn.ok("load", tmp_path / "small.csv", "--into", "b.t", "--mode", "append")
        assert tarn.value("SELECT count(*) FROM b.t") == 2


def test_read_only_home(tarn_at, tmp_path):
    (tmp_path / "t.csv").write_text("a\n1\n")
    with mounted("20m") as folder:
        tarn = tarn_at(folder / "home")
        tarn.ok("load", tmp_path / "t.csv", "--into", "b.t")
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        tarn.fails("load", tmp_path / "t.csv", "--into", "b.t", "--mode", "append")
        tarn.fails("load", tmp_path / "t.csv", "--into", "b.u")
        tarn.fails("sql", "-e", "INSERT INTO b.t VALUES (1)")
        assert str(folder) in tarn_at(folder / "other").fails("load", "--sample")
        subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=True)
        assert tarn.tables() == ["b.t"] and tarn.value("SELECT count(*) FROM b.t") == 1
        assert tarn.json("table", "orphans", "b.t")["count"] == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere; test_read_only_home covers it")
def test_home_without_permission(tarn_at, tmp_path):
    tmp_path.chmod(0o555)
    try:
        assert str(tmp_path) in tarn_at(tmp_path / "home").fails("load", "--sample")
    finally:
        tmp_path.chmod(0o755)


def test_two_processes_create_one_table(tarn, tmp_path):
    pq.write_table(BIG, tmp_path / "t.parquet")
    tarn.ok("load", "--sample")
    for round in range(5):
        both = [tarn.start("load", tmp_path / "t.parquet", "--into", f"race{round}.t") for _ in range(3)]
        errors = [process.communicate(timeout=60)[1] for process in both]
        codes = sorted(process.returncode for process in both)
        assert codes == [0, 1, 1], errors
        for error in errors:
            assert error == "" or "exist" in error
        assert tarn.value(f"SELECT count(*) FROM race{round}.t") == 20_000
        files = [f for f in tarn.data_files() if f"race{round}" in str(f)]
        assert len(files) == 1, "the losers' files must be gone"


def test_many_processes_append(tarn, tmp_path):
    (tmp_path / "t.csv").write_text("a\n1\n")
    tarn.ok("load", tmp_path / "t.csv", "--into", "b.t")
    writers = [tarn.start("load", tmp_path / "t.csv", "--into", "b.t", "--mode", "append") for _ in range(8)]
    errors = [process.communicate(timeout=120)[1] for process in writers]
    assert [process.returncode for process in writers] == [0] * 8, errors
    assert tarn.value("SELECT count(*) FROM b.t") == 9
    assert tarn.json("table", "orphans", "b.t")["count"] == 0


def test_errors_as_json_too(tarn, tmp_path):
    (tmp_path / "t.json").write_text("{oops")
    done = tarn.run("load", tmp_path / "t.json", "--into", "b.t", "--json")
    assert done.returncode == 1 and done.stdout == ""
    error = json.loads(done.stderr)["error"]
    assert error["code"] == "INVALID_DATA" and "t.json" in error["message"]

