"""Two `tarn serve` on one PostgreSQL behind a balancer that sends each request to the next one: no sticky sessions."""

import http.client
import itertools
import signal
import threading
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pyarrow as pa
import pytest
from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import CommitFailedException, NoSuchTableError
from pyiceberg.types import LongType

ROWS = 10


class Balancer:
    """Forwards every request to the next of `uris`."""

    def __init__(self, uris):
        turns = itertools.cycle([urllib.parse.urlsplit(uri) for uri in uris])
        lock = threading.Lock()
        self.counts = {uri: 0 for uri in uris}
        counts = self.counts

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def forward(self):
                with lock:
                    server = next(turns)
                    counts[f"{server.scheme}://{server.netloc}"] += 1
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                connection = http.client.HTTPConnection(server.hostname, server.port, timeout=60)
                headers = {key: value for key, value in self.headers.items() if key.lower() not in ("host", "connection")}
                connection.request(self.command, self.path, body, headers)
                answer = connection.getresponse()
                content = answer.read()
                self.send_response(answer.status)
                for key, value in answer.getheaders():
                    if key.lower() not in ("transfer-encoding", "connection", "content-length"):
                        self.send_header(key, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)
                connection.close()

            do_GET = do_POST = do_DELETE = do_HEAD = do_PUT = forward

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.uri = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def pair(tarn_at, serve, postgres, tmp_path):
    """Two servers, each with a home of its own, on one database and one warehouse."""
    environment = {"TARN_CATALOG_URI": postgres.new_database(), "TARN_WAREHOUSE_LOCATION": str(tmp_path / "warehouse")}
    servers = [serve(home=tarn_at(tmp_path / name), env=environment) for name in ("left", "right")]
    return servers


@pytest.fixture
def balancer(pair):
    running = Balancer([server.uri for server in pair])
    yield running
    running.close()


def catalog_at(uri):
    return load_catalog("tarn", type="rest", uri=f"{uri}/catalog")


def rows(first):
    return pa.table({"id": pa.array(range(first, first + ROWS), pa.int64())})


def test_a_client_never_notices_that_there_are_two(balancer):
    catalog = catalog_at(balancer.uri)
    catalog.create_namespace("w", {"owner": "me"})
    assert catalog.load_namespace_properties("w")["owner"] == "me"
    table = catalog.create_table("w.t", rows(0).schema)
    for i in range(5):
        table.append(rows(i * ROWS))
    with table.update_schema() as update:
        update.add_column("extra", LongType())
    table = catalog.load_table("w.t")
    assert "extra" in table.schema().column_names
    table.delete("id < 10")
    assert catalog.load_table("w.t").scan().to_arrow().num_rows == 4 * ROWS
    catalog.rename_table("w.t", "w.renamed")
    assert catalog.list_tables("w") == [("w", "renamed")]
    with pytest.raises(NoSuchTableError):
        catalog.load_table("w.t")
    catalog.drop_table("w.renamed")
    catalog.drop_namespace("w")
    assert catalog.list_namespaces() == []
    counts = balancer.counts.values()
    assert max(counts) - min(counts) <= 1 and min(counts) > 10


def append_until_there(uri, first):
    """One writer's append, tried again where the answer says that it was not applied."""
    while True:
        try:
            catalog_at(uri).load_table("w.t").append(rows(first))
            return first
        except CommitFailedException:
            continue


def test_writers_on_both_lose_nothing(pair, balancer, postgres):
    catalog = catalog_at(balancer.uri)
    catalog.create_namespace("w")
    catalog.create_table("w.t", rows(0).schema)
    firsts = [i * ROWS for i in range(24)]
    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda first: append_until_there(balancer.uri, first), firsts))
    assert done == firsts
    for server in pair:
        table = catalog_at(server.uri).load_table("w.t")
        assert sorted(table.scan().to_arrow()["id"].to_pylist()) == list(range(24 * ROWS))
        assert len(table.snapshots()) == 24


def test_one_dies_and_the_database_restarts(pair, balancer, postgres):
    left, right = pair
    catalog_at(left.uri).create_namespace("w")
    catalog_at(left.uri).create_table("w.t", rows(0).schema)
    catalog_at(right.uri).load_table("w.t").append(rows(0))
    left.process.send_signal(signal.SIGKILL)
    left.process.wait(timeout=30)
    catalog_at(right.uri).load_table("w.t").append(rows(ROWS))
    for how in (signal.SIGINT, signal.SIGQUIT):
        postgres.stop(how)
        postgres.start()
        catalog_at(right.uri).load_table("w.t").append(rows(2 * ROWS))
    table = catalog_at(right.uri).load_table("w.t")
    assert table.scan().to_arrow().num_rows == 4 * ROWS
    assert len(table.snapshots()) == 4
