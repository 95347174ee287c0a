"""Thousands of kept connections with mixed calls against `tarn serve` as it is after the installation: no error.

bench/soak_bench.py is the same for ten minutes."""
import http.client
import os
import pathlib
import resource
import socket
import sys

import pytest

from conftest import TARN_BIN, Tarn

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[2] / "bench")]
from append_writer import SCHEMA, Client  # noqa: E402
from soak_bench import soak  # noqa: E402

SECONDS = float(os.environ.get("SOAK_SECONDS", "20"))


@pytest.fixture
def open_files():
    """The soak changes this process's limit."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_mixed_calls_on_two_thousand_connections(open_files):
    report = soak(TARN_BIN, connections=2000, seconds=SECONDS, rate=200)
    assert report["errors"] == 0, report["first_errors"]
    assert report["busy_503"] == 0
    assert report["open_files_most"] > 2000
    assert report["tables_lost"] == 0 and report["tables_too_many"] == 0
    assert set(report["calls_ms"]) >= {"load", "304", "commit", "list", "create", "drop", "HEAD", "config", "plan"}


class LimitedTarn(Tarn):
    """May have 400 open files and no more."""

    def command(self, *args):
        return ["sh", "-c", 'ulimit -n 400; exec "$@"', "sh", *super().command(*args)]


def test_connections_leave_files_for_commits_where_few_may_be_open(serve, tmp_path):
    """Clients may have half of the files: more of them are told 503, and those that are in can commit."""
    server = serve(home=LimitedTarn(tmp_path / "home"))
    host, port = server.uri.removeprefix("http://").split(":")
    client = Client(server.catalog_uri)
    assert client.call("POST", "/namespaces", {"namespace": ["ns"]})[0] == 200
    idle = [socket.create_connection((host, int(port)), timeout=20) for _ in range(230)]
    late = http.client.HTTPConnection(host, int(port), timeout=20)
    late.request("GET", "/catalog/v1/config")
    answer = late.getresponse()
    assert answer.status == 503 and answer.headers["Retry-After"], answer.status
    for number in range(5):
        status, answer = client.call("POST", "/namespaces/ns/tables", {"name": f"t{number}", "schema": SCHEMA})
        assert status == 200, answer
    for one in idle:
        one.close()
    assert server.stop() == 0
    assert "room for fewer connections" in server.log()
