"""What crashes and broken disks leave behind: kills at many points of a write, a full disk, a directory that becomes
read-only. The table is never damaged, no committed file is lost, what is left over is listed and can be removed."""
import ctypes
import os
import pathlib
import random
import resource
import signal
import subprocess
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

os.environ["TARN_SQL_DIALECT"] = "duckdb"  # of statements that tests give to `tarn sql`

ROWS = 200_000
SMALL_ROW_GROUPS = ["--property", "write.parquet.row-group-size-bytes=1048576"]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """About 10 MB as Parquet, in many row groups when it is loaded."""
    path = tmp_path_factory.mktemp("source") / "rows.parquet"
    noise = random.Random(11)
    pq.write_table(pa.table({
        "id": pa.array(range(ROWS), pa.int64()),
        "part": pa.array([f"p{i % 3}" for i in range(ROWS)]),
        "text": pa.array([noise.randbytes(24).hex() for _ in range(ROWS)]),
    }), path, row_group_size=20_000)
    return path


def local(path):
    return path.removeprefix("file://")


def written_files(tarn):
    """Data files, manifests and unfinished parts of them in the warehouse."""
    found = {str(path) for path in tarn.home.glob("warehouse/**/*.parquet")}
    found |= {str(path) for path in tarn.home.glob("warehouse/**/data/**/.tarn-tmp-*")}
    return found | {str(path) for path in tarn.home.glob("warehouse/**/*.avro")}


def referenced_files(tarn, table):
    used = set()
    for snapshot in tarn.json("table", "snapshots", table):
        rows = tarn.json("table", "files", table, "--snapshot", snapshot["snapshot_id"])
        used |= {local(row["path"]) for row in rows}
        used.add(local(snapshot["manifest_list"])) if "manifest_list" in snapshot else None
    return used


def data_files(paths):
    return {path for path in paths if not path.endswith(".avro")}


def check_and_clean(tarn, table, rows):
    """The table has `rows` rows, what is left over is listed, removable, and gone then."""
    assert tarn.value(f"SELECT count(*) FROM {table}") == rows
    assert tarn.value(f"SELECT count(DISTINCT id) FROM {table}") == min(rows, ROWS)
    used = referenced_files(tarn, table)
    for path in data_files(used):
        assert pathlib.Path(path).exists(), f"a committed file is gone: {path}"
    report = tarn.json("maintain", "leftovers", "--dry-run", "--older-than", "0s")
    assert report["in_hand"] == []
    listed = {local(file["stored_as"]) for file in report["left_over"] if file["stored_as"]}
    left = data_files(written_files(tarn)) - used
    assert left <= listed, f"left over and not listed: {left - listed}"
    for file in report["left_over"]:
        is_used = local(file["path"]) in used
        assert not is_used or file["fate"] == "committed", file
    # As long as it is young it stays.
    tarn.ok("maintain", "leftovers")
    assert left <= written_files(tarn)
    removed = tarn.json("maintain", "leftovers", "--older-than", "0s", "--yes")
    assert removed["failed_files_count"] == 0, removed
    assert data_files(written_files(tarn)) == data_files(used)
    again = tarn.json("maintain", "leftovers", "--dry-run", "--older-than", "0s")
    assert again["left_over"] == []
    assert tarn.value(f"SELECT count(*) FROM {table}") == rows
    return len(left)


COMMANDS = {
    "load": (["--mode", "append"], []),
    "load partitioned": (["--mode", "append"], ["--partition-by", "part"]),
    "insert": (None, []),
}


def write_command(source, name):
    options, _ = COMMANDS[name]
    if options is None:
        return ["sql", "-e", f"INSERT INTO k.t SELECT * FROM read_parquet('{source}')"]
    return ["load", source, "--into", "k.t", *options]


@pytest.mark.parametrize("name", COMMANDS)
def test_kill_at_many_points(tarn, source, name):
    tarn.ok("load", source, "--into", "k.t", *SMALL_ROW_GROUPS, *COMMANDS[name][1])
    command = write_command(source, name)
    begin = time.monotonic()
    tarn.ok(*command)
    seconds = time.monotonic() - begin
    rows = 2 * ROWS
    killed = left = 0
    points = 16
    for point in range(points):
        process = tarn.start(*command)
        time.sleep(seconds * (0.2 + 0.9 * point / points))
        process.kill()
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        now = tarn.value("SELECT count(*) FROM k.t")
        assert now in (rows, rows + ROWS), f"point {point}"
        rows = now
        if point % 5 == 4:
            left += check_and_clean(tarn, "k.t", rows)
    left += check_and_clean(tarn, "k.t", rows)
    assert killed >= points // 4, "too few runs were killed for the test to mean something"
    assert left > 0, "no run left a file: the points miss the writes"
    tarn.ok(*command)
    assert tarn.value("SELECT count(*) FROM k.t") == rows + ROWS


def limit_file_size(nbytes):
    """Writing past `nbytes` of any file ends the process by SIGXFSZ, at exactly that byte."""
    def limit():
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (nbytes, nbytes))
    return limit


@pytest.mark.parametrize("name", ["load", "load partitioned"])
def test_kill_at_chosen_bytes(tarn, source, name):
    """By an INSERT: `tarn load` itself tells of the limit (below)."""
    tarn.ok("load", source, "--into", "k.t", *SMALL_ROW_GROUPS, *COMMANDS[name][1])
    killed = left = 0
    largest = max(path.stat().st_size for path in tarn.data_files())
    for share in (0.15, 0.35, 0.55, 0.75, 0.95):
        process = tarn.start(*write_command(source, "insert"), preexec_fn=limit_file_size(int(share * largest)))
        _, err = process.communicate(timeout=120)
        assert process.returncode != 0, err
        killed += process.returncode == -signal.SIGXFSZ
        assert tarn.value("SELECT count(*) FROM k.t") == ROWS
    left = check_and_clean(tarn, "k.t", ROWS)
    assert killed > 0 and left > 0
    tarn.ok(*write_command(source, "insert"))
    assert tarn.value("SELECT count(*) FROM k.t") == 2 * ROWS


@pytest.mark.parametrize("name", ["load", "load partitioned"])
def test_a_load_that_may_not_write_on(tarn, source, name):
    tarn.ok("load", source, "--into", "k.t", *SMALL_ROW_GROUPS, *COMMANDS[name][1])
    largest = max(path.stat().st_size for path in tarn.data_files())
    files = written_files(tarn)
    for share in (0.15, 0.55, 0.95):
        process = tarn.start(*write_command(source, name), preexec_fn=limit_file_size(int(share * largest)))
        _, err = process.communicate(timeout=120)
        assert process.returncode == 1 and "File too large" in err, err
        assert tarn.value("SELECT count(*) FROM k.t") == ROWS
    assert written_files(tarn) == files
    tarn.ok(*write_command(source, name))
    assert tarn.value("SELECT count(*) FROM k.t") == 2 * ROWS


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 32 MB, if this user may mount one."""
    directory = tmp_path / "disk"
    directory.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", directory], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"cannot mount a small disk: {mounted.stderr.strip()}")
    yield directory
    subprocess.run(["umount", "-l", directory], check=True)


def test_disk_full(tarn_at, small_disk, source):
    tarn = tarn_at(small_disk / "home")
    tarn.ok("load", source, "--into", "k.t", *SMALL_ROW_GROUPS)
    append = ["load", source, "--into", "k.t", "--mode", "append"]
    rows = ROWS
    for _ in range(8):
        done = tarn.run(*append)
        if done.returncode != 0:
            break
        rows += ROWS
    assert done.returncode != 0, "the disk did not become full"
    assert "space" in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr
    for room in (0, 64 << 10, 512 << 10, 2 << 20):
        # Less and more room than the files, the manifests and the catalog need.
        filler = small_disk / "filler"
        stat = os.statvfs(small_disk)
        with open(filler, "wb") as out:
            for _ in range(max(0, stat.f_bavail * stat.f_frsize - room) // 4096):
                out.write(bytes(4096))
        done = tarn.run(*append)
        assert done.returncode != 0 and len(done.stderr.splitlines()) == 1, done.stderr
        filler.unlink()
        assert tarn.value("SELECT count(*) FROM k.t") == rows
    check_and_clean(tarn, "k.t", rows)
    # With room for it again the next write goes through.
    tarn.ok("sql", "-e", "INSERT INTO k.t VALUES (-1, 'p', 'x')")
    assert tarn.value("SELECT count(*) FROM k.t") == rows + 1


def obey_permissions():
    """Root without the capabilities that let it pass over permissions."""
    set_capability = 24  # PR_CAPBSET_DROP
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        ctypes.CDLL(None).prctl(set_capability, capability, 0, 0, 0)


def set_modes(directory, mode):
    for path in [directory, *(p for p in directory.rglob("*") if p.is_dir())]:
        path.chmod(mode)


@pytest.mark.parametrize("name", ["load", "load partitioned"])
def test_permission_lost(tarn, source, name):
    tarn.ok("load", source, "--into", "k.t", *SMALL_ROW_GROUPS, *COMMANDS[name][1])
    location = pathlib.Path(local(tarn.json("table", "show", "k.t")["location"]))
    failed = 0
    rows = ROWS
    for delay in (0.0, 0.02, 0.05, 0.1, 0.2):
        process = tarn.start(*write_command(source, name), preexec_fn=obey_permissions)
        while process.poll() is None and not list(location.glob("data/**/.tarn-tmp-*")):
            time.sleep(0.002)
        time.sleep(delay)
        set_modes(location / "data", 0o555)
        _, err = process.communicate(timeout=120)
        set_modes(location / "data", 0o755)
        assert process.returncode in (0, 1), err
        if process.returncode == 1:
            failed += 1
            assert "ermission" in err and len(err.splitlines()) == 1, err
        else:
            rows += ROWS
        assert tarn.value("SELECT count(*) FROM k.t") == rows
    assert failed > 0, "no run lost its permission"
    check_and_clean(tarn, "k.t", rows)
    tarn.ok(*write_command(source, name))
    assert tarn.value("SELECT count(*) FROM k.t") == rows + ROWS


def test_files_in_hand_are_shown_and_left_alone(tarn, source):
    tarn.ok("load", source, "--into", "k.t", *SMALL_ROW_GROUPS)
    process = tarn.start(*write_command(source, "load"))
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            process.send_signal(signal.SIGSTOP)
            report = tarn.json("maintain", "leftovers", "--older-than", "0s", "--yes")
            if report["in_hand"] or process.poll() is not None:
                break
            process.send_signal(signal.SIGCONT)
            time.sleep(0.01)
        assert report["in_hand"], "the load was over before its files were seen"
        file = report["in_hand"][0]
        assert file["process"] == process.pid and file["state"] in ("open", "closing", "closed")
        assert report["left_over"] == []
        assert "in hand" in tarn.ok("maintain", "leftovers", "--dry-run")
        process.send_signal(signal.SIGCONT)
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    assert tarn.value("SELECT count(*) FROM k.t") == 2 * ROWS
    assert tarn.json("maintain", "leftovers", "--dry-run")["in_hand"] == []


def test_young_files_need_a_promise(tarn):
    tarn.ok("load", "--sample")
    assert "--yes" in tarn.fails("maintain", "leftovers", "--older-than", "1m", code=2)
    report = tarn.json("maintain", "leftovers", "--older-than", "10m")
    assert report["in_hand"] == [] and report["left_over"] == []
