"""A warehouse on a real S3 server behind a proxy that fails: passing faults are outlived, lasting ones are said, and the
table is whole in any case. PyIceberg reads the truth past the proxy."""
import collections
import random
import re
import subprocess
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.catalog.sql import SqlCatalog

from fault_proxy import Fault, FaultProxy
from lake import TARN, Lake, TarnError
from store_servers import S3_KEY, S3_SECRET, s3_request, s3_server

PASSING = [Fault.INTERNAL_ERROR, Fault.SLOW_DOWN, Fault.RESET, Fault.LOST_ANSWER, Fault.CUT_ANSWER]
ROWS = 600_000  # some 20 MB of numbers without a pattern: more than one part


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with s3_server(tmp_path_factory.mktemp("s3") / "server", buckets=("lake",)) as endpoint, FaultProxy(endpoint) as proxy:
        yield endpoint, proxy


@pytest.fixture(scope="module")
def rows_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("in") / "rows.parquet"
    numbers = random.Random(1)
    pq.write_table(pa.table({"id": range(ROWS), "a": [numbers.getrandbits(62) for _ in range(ROWS)],
                             "b": [numbers.random() for _ in range(ROWS)],
                             "c": [numbers.getrandbits(62) for _ in range(ROWS)]}), path)
    return path


class Store:
    """A lake in a folder of its own on the server; what it does goes through the proxy."""

    def __init__(self, server, home):
        self.endpoint, self.proxy = server
        self.warehouse = f"s3://lake/{home.name}"
        self.settings = {"s3.endpoint": self.proxy.endpoint, "s3.access-key-id": S3_KEY, "s3.secret-access-key": S3_SECRET,
                         "s3.retry.min-wait-ms": 5, "s3.retry.max-wait-ms": 20, "s3.request-timeout": "5s",
                         "warehouse.location": self.warehouse}
        home.mkdir()
        self.lake = Lake(home)
        self.configure({})

    def configure(self, more):
        settings = self.settings | more
        (self.lake.home / "tarn.yaml").write_text("".join(f'{key}: "{value}"\n' for key, value in settings.items()))

    def catalog(self):
        return SqlCatalog("iceberg", uri=f"sqlite:///{self.lake.home}/catalog.db", warehouse=self.warehouse,
                          **{"s3.endpoint": self.endpoint, "s3.access-key-id": S3_KEY, "s3.secret-access-key": S3_SECRET,
                             "s3.region": "us-east-1"})

    def truth(self, table):
        """Ids in the table, as PyIceberg reads every byte of every file of it, past the proxy."""
        return sorted(self.catalog().load_table(table).scan().to_arrow()["id"].to_pylist())

    def files(self):
        return re.findall(r"<Key>([^<]*)</Key>", self.listing("list-type=2&max-keys=1000&prefix=" + self.lake.home.name))

    def uploads(self):
        """Multipart uploads of this lake that are neither completed nor aborted."""
        return [key for key in re.findall(r"<Key>([^<]*)</Key>", self.listing("uploads="))
                if key.startswith(self.lake.home.name + "/")]

    def listing(self, query):
        return s3_request(self.endpoint, "GET", "/lake", query.replace("/", "%2F")).decode()


@pytest.fixture
def store(server, tmp_path, request):
    name = re.sub("[^a-z0-9]+", "-", request.node.name.lower())
    store = Store(server, tmp_path / name)
    store.lake.sql("CREATE SCHEMA iceberg.s", "CREATE TABLE iceberg.s.t (id bigint, text varchar)",
                   "INSERT INTO iceberg.s.t SELECT i, 'row ' || i FROM range(1000) r(i)")
    yield store
    store.proxy.plan(None)


@pytest.mark.parametrize("fault", [*PASSING, Fault.SLOW], ids=lambda fault: fault.name)
def test_each_passing_fault_is_outlived(store, fault):
    """Every kind of request fails once."""
    seen = collections.Counter()

    def once_each(request):
        seen[request.kind] += 1
        return fault if seen[request.kind] == 1 else None

    store.proxy.plan(once_each)
    store.lake.sql("INSERT INTO iceberg.s.t SELECT i, 'row ' || i FROM range(1000, 2000) r(i)",
                   "DELETE FROM iceberg.s.t WHERE id % 10 = 3")
    assert store.lake.sql("SELECT count(*) n, count(DISTINCT text) t FROM iceberg.s.t") == [{"n": 1800, "t": 1800}]
    assert len(store.proxy.faults()) >= 3, store.proxy.log
    assert store.truth("s.t") == [i for i in range(2000) if i % 10 != 3]
    assert store.uploads() == []


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: fault.name)
def test_parts_are_sent_again(store, rows_file, fault):
    store.proxy.plan(lambda request: fault if request.kind == "UploadPart" and request.number % 2 == 0 else None)
    store.lake.run("load", str(rows_file), "--into", "s.big")
    kinds = collections.Counter(kind for kind, _ in store.proxy.log)
    assert kinds["UploadPart"] >= 2 and kinds["CompleteMultipartUpload"] >= 1, kinds
    assert store.truth("s.big") == list(range(ROWS))
    assert store.uploads() == []


@pytest.mark.parametrize("seed", range(4))
def test_a_bad_day(store, rows_file, seed):
    """One request in eight fails in some way; whatever comes of each statement, the table says the same."""
    chance = random.Random(seed)
    store.proxy.plan(lambda request: chance.choice(PASSING) if chance.random() < 0.125 else None)
    expected = set(range(1000))
    for step in range(4):
        low = 1000 + 500 * step
        try:
            store.lake.sql(f"INSERT INTO iceberg.s.t SELECT i, 'row ' || i FROM range({low}, {low + 500}) r(i)")
            expected |= set(range(low, low + 500))
            store.lake.sql(f"DELETE FROM iceberg.s.t WHERE id >= {low} AND id < {low + 50}")
            expected -= set(range(low, low + 50))
        except TarnError as error:
            pytest.fail(f"a passing fault was not outlived: {error}")
    store.lake.run("load", str(rows_file), "--into", "s.big")
    assert store.lake.sql("SELECT count(*) n FROM iceberg.s.big") == [{"n": ROWS}]
    assert len(store.proxy.faults()) > 5
    assert store.truth("s.t") == sorted(expected)
    assert store.truth("s.big") == list(range(ROWS))


@pytest.mark.parametrize("kind", ["PutObject", "HeadObject"])
@pytest.mark.parametrize("fault", [Fault.INTERNAL_ERROR, Fault.RESET, Fault.FORBIDDEN], ids=lambda fault: fault.name)
def test_a_lasting_fault_is_said(store, kind, fault):
    store.proxy.plan(lambda request: fault if request.kind == kind else None)
    start = time.monotonic()
    with pytest.raises(TarnError) as error:
        store.lake.sql("INSERT INTO iceberg.s.t VALUES (5000, 'lost')")
    assert time.monotonic() - start < 30
    assert "s3://lake/" in str(error.value) and S3_SECRET not in str(error.value)
    tries = len(store.proxy.faults())
    assert tries <= 30, "tries end"
    if fault is Fault.FORBIDDEN:
        assert tries <= 4, "what no second try can change is not tried again"
    store.proxy.plan(None)
    assert store.truth("s.t") == list(range(1000))
    assert store.lake.sql("SELECT count(*) n FROM iceberg.s.t") == [{"n": 1000}]


def test_a_failed_upload_is_aborted(store, rows_file):
    """The second part never arrives: no object, and no parts that somebody pays for."""
    before = set(store.files())
    store.proxy.plan(lambda request: Fault.SLOW_DOWN
                     if request.kind == "UploadPart" and request.query["partNumber"] == ["1"] else None)
    with pytest.raises(TarnError) as error:
        store.lake.run("load", str(rows_file), "--into", "s.big")
    assert "s3://lake/" in str(error.value)
    assert "AbortMultipartUpload" in [kind for kind, _ in store.proxy.log]
    store.proxy.plan(None)
    assert store.uploads() == []
    assert [key for key in set(store.files()) - before if key.endswith(".parquet")] == []
    assert store.truth("s.t") == list(range(1000))


def test_a_killed_upload_leaves_no_object(store, rows_file):
    before = set(store.files())
    store.proxy.plan(lambda request: Fault.SLOW if request.kind == "UploadPart" else None)
    process = subprocess.Popen([TARN, "load", rows_file, "--into", "s.big", "--home", store.lake.home],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while not any(kind == "UploadPart" for kind, _ in list(store.proxy.log)):
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.01)
    process.kill()
    process.wait()
    store.proxy.plan(None)
    assert [key for key in set(store.files()) - before if key.endswith(".parquet")] == []
    assert store.truth("s.t") == list(range(1000))
    store.lake.sql("INSERT INTO iceberg.s.t VALUES (1000, 'after')")
    assert store.truth("s.t") == list(range(1001))


def test_what_is_left_over_is_listed(store):
    """The commit fails, and so does the clean-up: the data file stays, and is found."""
    store.proxy.plan(lambda request: Fault.FORBIDDEN if request.kind == "DeleteObject" or (
        request.method == "PUT" and "/metadata/" in request.path) else None)
    with pytest.raises(TarnError):
        store.lake.sql("INSERT INTO iceberg.s.t VALUES (5000, 'lost')")
    store.proxy.plan(None)
    left = [key for key in store.files() if key.endswith(".parquet")]
    assert len(left) == 2
    assert store.truth("s.t") == list(range(1000))
    listed = store.lake.run("table", "orphans", "s.t", "--older-than", "0s").stdout
    assert sum(key in listed for key in left) == 1, listed


@pytest.mark.parametrize("retries", [0, 2])
def test_tries_are_as_many_as_set(store, retries):
    store.configure({"s3.retry.num-retries": retries})
    store.proxy.plan(lambda request: Fault.SLOW_DOWN)
    with pytest.raises(TarnError) as error:
        store.lake.sql("SELECT count(*) FROM iceberg.s.t")
    assert "s3://lake/" in str(error.value)
    assert [fault for _, fault in store.proxy.log] == [Fault.SLOW_DOWN] * (retries + 1), store.proxy.log
