"""The disk of `tarn serve` fills up, again and again: what was acknowledged is there once, what was refused is not, the
server lives on, and works when there is room again.

A disk that is full can be had for certain only from the limit of a file's size (RLIMIT_FSIZE), which the test sets and
lifts on the running server: whoever may start a process may do that, where mounting a small file system takes root, or user
namespaces that containers seldom allow. Beyond the limit a write is cut short or fails, as on a disk with some blocks left.
TARN_TEST_SMALL_DISK=DIRECTORY takes that (small) file system instead and fills it with a file of the test's own."""
import collections
import http.client
import json
import multiprocessing
import os
import pathlib
import random
import resource
import shutil
import sys
import time
import urllib.request
import uuid

import pytest

from conftest import Tarn

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from append_writer import SCHEMA, AppendWriter, Client  # noqa: E402

WRITERS = 8
FILLS = int(os.environ.get("DISK_FILLS", "10"))
ROWS = 3
LOST = (OSError, http.client.HTTPException, json.JSONDecodeError)
NO_LIMIT = resource.RLIM_INFINITY
TABLE = {"name": "t", "schema": SCHEMA}
VIEW = {"name": "v", "schema": SCHEMA, "properties": {}, "view-version": {
    "version-id": 1, "schema-id": 0, "timestamp-ms": 1, "summary": {}, "default-namespace": ["ns"],
    "representations": [{"type": "sql", "sql": "SELECT 1", "dialect": "spark"}]}}


class FileSizes:
    """No file of the server may grow beyond so many bytes."""

    def fill(self, server, room):
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (room, NO_LIMIT))

    def free(self, server):
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (NO_LIMIT, NO_LIMIT))


class SmallDisk:
    """A file of the test's own takes what is left on a small file system but so many bytes."""

    def __init__(self, directory):
        self.filler = pathlib.Path(directory) / f"filler-{uuid.uuid4()}"

    def fill(self, server, room):
        with open(self.filler, "ab") as filler:
            left = os.statvfs(self.filler.parent)
            size = left.f_bavail * left.f_frsize - room
            while size > 0:
                try:
                    size -= os.write(filler.fileno(), bytes(min(size, 65536)))
                except OSError:
                    break

    def free(self, server):
        self.filler.unlink(missing_ok=True)


@pytest.fixture
def disk():
    small = os.environ.get("TARN_TEST_SMALL_DISK")
    return FileSizes() if small is None else SmallDisk(small)


@pytest.fixture
def lake(tmp_path):
    """A home on the disk that will be full."""
    small = os.environ.get("TARN_TEST_SMALL_DISK")
    home = tmp_path / "home" if small is None else pathlib.Path(small) / f"home-{uuid.uuid4()}"
    home.mkdir()
    tarn = Tarn(home)
    yield tarn
    shutil.rmtree(home)


@pytest.fixture(params=["sqlite", "postgresql"])
def server(lake, serve, request):
    """With its store on the same disk, or in another process that has room."""
    settings = {}
    if request.param == "postgresql":
        settings["catalog.uri"] = request.getfixturevalue("postgres").new_database()
    return serve(home=lake, settings=settings)


def status_of(server, path):
    try:
        with urllib.request.urlopen(server.uri + path, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


MUTATIONS = {
    "create a table": ("POST", "/namespaces/ns/tables", {**TABLE, "name": "made"}, "/namespaces/ns/tables/made"),
    "create a view": ("POST", "/namespaces/ns/views", {**VIEW, "name": "made_view"}, "/namespaces/ns/views/made_view"),
    "set a property": ("POST", "/namespaces/ns/tables/t",
                       {"requirements": [], "updates": [{"action": "set-properties", "updates": {"k": "changed"}}]}, None),
    "commit to two tables": ("POST", "/transactions/commit", {"table-changes": [
        {"identifier": {"namespace": ["ns"], "name": name}, "requirements": [],
         "updates": [{"action": "set-properties", "updates": {"k": "changed"}}]} for name in ("t", "other")]}, None),
}
# These write to the store alone: on PostgreSQL a full disk of Tarn is nothing to them.
STORE_MUTATIONS = {
    "create a namespace": ("POST", "/namespaces", {"namespace": ["made"]}, "/namespaces/made"),
    "rename": ("POST", "/tables/rename", {"source": {"namespace": ["ns"], "name": "other"},
                                          "destination": {"namespace": ["ns"], "name": "renamed"}},
               "/namespaces/ns/tables/renamed"),
    "drop": ("DELETE", "/namespaces/ns/tables/t", None, None),
}


def test_calls_on_a_full_disk(server, disk, request):
    client = Client(server.catalog_uri)
    assert client.call("POST", "/namespaces", {"namespace": ["ns"]})[0] == 200
    for name in ("t", "other"):
        assert client.call("POST", "/namespaces/ns/tables", {**TABLE, "name": name})[0] == 200
    before = client.call("GET", "/namespaces/ns/tables/t")
    disk.fill(server, 0)
    refused = {**MUTATIONS, **(STORE_MUTATIONS if request.node.callspec.params["server"] == "sqlite" else {})}
    for what, (method, path, body, made) in refused.items():
        status, answer = client.call(method, path, body)
        assert status == 503 and answer["error"]["code"] == 503, f"{what}: {status} {answer}"
        assert answer["error"]["type"] == "ServiceUnavailableException" and answer["error"]["message"], f"{what}: {answer}"
        assert made is None or client.call("GET", made)[0] == 404, f"{what}: refused and there"
    assert client.call("GET", "/namespaces/ns/tables/t") == before, "refused and there"
    assert client.call("GET", "/namespaces/ns/tables/other")[0] == 200
    assert len(client.call("GET", "/namespaces/ns/tables")[1]["identifiers"]) == 2
    assert status_of(server, "/health/live") == 200 and status_of(server, "/metrics") == 200
    disk.free(server)
    for what, (method, path, body, _) in {**MUTATIONS, **STORE_MUTATIONS}.items():
        status, answer = client.call(method, path, body)
        assert status in (200, 204), f"{what}, with room again: {status} {answer}"
    assert status_of(server, "/health/ready") == 200
    assert server.stop() == 0, server.log()


def write(number, uri, stop, beliefs):
    """Notes for each append its rows, its snapshot and what came of it. Every second writer sends what was refused again
    until it is acknowledged, as engines do when they are told 503."""
    noted = open(beliefs / f"{number}.jsonl", "w", buffering=1)
    writer = None
    count = 0
    while not stop.is_set():
        try:
            if writer is None:
                writer = AppendWriter(uri, "ns", "t", f"w{number}")
                writer.load()
            ids = [number * 1_000_000 + count * ROWS + i for i in range(ROWS)]
            count += 1
            body, snapshot = writer.append(ids)
        except OSError:  # no room for the writer's own files
            time.sleep(0.02)
            continue
        while True:
            try:
                status, answer = writer.send(body)
                belief = "acknowledged" if status == 200 else "unknown" if (
                    answer["error"]["type"] == "CommitStateUnknownException") else f"refused ({status} {answer})"
            except LOST as error:
                belief = f"unknown ({error!r})"
            if belief == "acknowledged" or stop.is_set() or number % 2 == 1:
                break
            time.sleep(0.02)
        noted.write(json.dumps({"ids": ids, "snapshot": snapshot, "belief": belief}) + "\n")
        if status != 200:
            time.sleep(0.01)


def check_beliefs(noted, metadata):
    """The rows that must be there, and how often each kind of answer was given."""
    snapshots = {snapshot["snapshot-id"]: snapshot for snapshot in metadata["snapshots"]}
    history, head = set(), metadata.get("current-snapshot-id")
    while head is not None:
        history.add(head)
        head = snapshots[head].get("parent-snapshot-id")
    assert history == set(snapshots), "snapshots beside the branch"
    expected, kinds = collections.Counter(), collections.Counter()
    for note in noted:
        kind = note["belief"].split()[0]
        kinds[kind] += 1
        assert kind != "acknowledged" or note["snapshot"] in history, f"acknowledged and lost: {note}"
        assert kind != "refused" or note["snapshot"] not in history, f"refused and there: {note}"
        if note["snapshot"] in history:
            expected.update(note["ids"])
    assert set(expected.values()) == {1}
    return expected, kinds


def test_writers_while_the_disk_fills_up_again_and_again(server, lake, disk, tmp_path):
    client = Client(server.catalog_uri)
    assert client.call("POST", "/namespaces", {"namespace": ["ns"]})[0] == 200
    assert client.call("POST", "/namespaces/ns/tables", TABLE)[0] == 200
    beliefs = tmp_path / "beliefs"
    beliefs.mkdir()
    context = multiprocessing.get_context("fork")
    stop = context.Event()
    writers = [context.Process(target=write, args=(n, server.catalog_uri, stop, beliefs), daemon=True)
               for n in range(WRITERS)]
    for writer in writers:
        writer.start()
    chooser = random.Random(7)
    for fill in range(FILLS):
        time.sleep(0.3)
        # Nothing at all, a page of the store, some metadata: each time the bytes end somewhere else.
        disk.fill(server, (0, chooser.randrange(6000), chooser.randrange(100_000))[fill % 3])
        time.sleep(0.3)
        assert status_of(server, "/health/live") == 200
        disk.free(server)
    time.sleep(0.5)
    stop.set()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0, f"a writer ended with {writer.exitcode}"

    last = AppendWriter(server.catalog_uri, "ns", "t", "last")
    last.load()
    body, _ = last.append([-1])
    status, answer = last.send(body)
    assert status == 200, answer
    noted = [json.loads(line) for file in beliefs.glob("*.jsonl") for line in file.read_text().splitlines()]
    metadata = client.call("GET", "/namespaces/ns/tables/t")[1]["metadata"]
    expected, kinds = check_beliefs(noted, metadata)
    assert kinds["acknowledged"] > 20 and kinds["refused"] > 5, kinds
    assert server.stop() == 0, server.log()
    found = collections.Counter(row["id"] for row in lake.sql("SELECT id FROM ns.t"))
    assert found == expected + collections.Counter([-1])
    print(f"{FILLS} times full, {dict(kinds)}, {len(expected)} rows")
