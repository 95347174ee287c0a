"""A server under more SQL than it wants: resource groups, time, memory, spilling; the list of queries and their end."""
import json
import threading
import time

import pytest
import trino
from trino.exceptions import TrinoQueryError

# Long enough to be caught at work, and quick to stop.
ENDLESS = "SELECT count(*) FROM big a, big b, big c, big d, big e"
SETTINGS = {
    "engine": {"memory_limit": "200MB", "threads": 2},
    "sql": {"resource_groups": {
        "hasty": {"user": "hasty", "query_time_limit": "1s"},
        "one": {"source": "one*", "hard_concurrency_limit": 1, "max_queued": 1},
        "spender": {"user": "spender", "user_time_limit": "300ms", "user_time_period": "1h"}}},
}


@pytest.fixture(scope="module")
def server(programs, tmp_path_factory):
    """Has the numbers 0 to 999 in shop.big."""
    tarn_class, server_class = programs
    tarn = tarn_class(tmp_path_factory.mktemp("limits") / "home")
    tarn.home.mkdir()
    tarn.ok("sql", "-e", "CREATE SCHEMA shop; CREATE TABLE shop.big AS SELECT CAST(i AS bigint) AS id FROM range(1000) r(i)")
    (tarn.home / "tarn.yaml").write_text(json.dumps(SETTINGS))
    running = server_class(tarn)
    yield running
    assert running.stop() == 0, running.log()


def rows(server, text, user="tester", **options):
    host, port = server.uri.split("//")[1].rsplit(":", 1)
    cursor = trino.dbapi.connect(host=host, port=int(port), user=user, catalog="iceberg", schema="shop", **options).cursor()
    cursor.execute(text)
    return cursor.fetchall()


def error_of(server, text, **options):
    with pytest.raises(TrinoQueryError) as raised:
        rows(server, text, **options)
    return raised.value.error_name, raised.value.error_type


class Running:
    """A query that does not end, in a thread; `error` is what it ended with."""

    def __init__(self, server, **options):
        self.server, self.error = server, None
        self.text = f"{ENDLESS} /* {id(self)} */"
        self.thread = threading.Thread(target=self.run, args=(options,))
        self.thread.start()

    def run(self, options):
        try:
            rows(self.server, self.text, **options)
        except TrinoQueryError as error:
            self.error = error.error_name

    def row(self, *states):
        """Of system.runtime.queries, once the query is in one of `states`."""
        end = time.monotonic() + 30
        while time.monotonic() < end:
            found = rows(self.server, "SELECT query_id, state, resource_group_id[1], error_code FROM system.runtime.queries "
                                      f"WHERE query = '{self.text}'")
            if found and found[0][1] in states:
                return found[0]
        raise AssertionError(f"{states}: {found}")

    def kill(self):
        name = self.row("RUNNING", "QUEUED")[0]
        rows(self.server, f"CALL system.runtime.kill_query(query_id => '{name}', message => 'enough')")
        self.thread.join(timeout=30)
        assert not self.thread.is_alive() and self.error == "ADMINISTRATIVELY_KILLED"


def test_queue_of_a_group(server):
    first = Running(server, source="one")
    assert first.row("RUNNING")[2] == "one"
    second = Running(server, source="one-more")
    assert second.row("QUEUED")[2] == "one"
    assert error_of(server, "SELECT 1", source="one") == ("QUERY_QUEUE_FULL", "INSUFFICIENT_RESOURCES")
    assert rows(server, "SELECT 1") == [[1]], "others have their turns"
    first.kill()
    second.row("RUNNING")
    second.kill()
    assert second.row("FAILED")[3] == "ADMINISTRATIVELY_KILLED"
    assert rows(server, "SELECT 1", source="one") == [[1]]


def test_time(server):
    assert error_of(server, ENDLESS, user="hasty") == ("EXCEEDED_TIME_LIMIT", "INSUFFICIENT_RESOURCES")
    assert error_of(server, ENDLESS, session_properties={"query_max_run_time": "1s"})[0] == "EXCEEDED_TIME_LIMIT"
    assert rows(server, "SELECT 1", user="hasty") == [[1]]


def test_time_of_a_user(server):
    assert error_of(server, ENDLESS, user="spender", session_properties={"query_max_run_time": "1s"})[0] == "EXCEEDED_TIME_LIMIT"
    assert error_of(server, "SELECT 1", user="spender")[0] == "EXCEEDED_TIME_LIMIT"
    assert rows(server, "SELECT 1") == [[1]]


def test_memory(server):
    # A list does not spill.
    name = error_of(server, "SELECT cardinality(array_agg(a.id * b.id * c.id)) FROM big a, big b, (SELECT id FROM big WHERE id < 100) c")
    assert name == ("EXCEEDED_LOCAL_MEMORY_LIMIT", "INSUFFICIENT_RESOURCES")
    assert rows(server, "SELECT count(*) FROM big") == [[1000]]


def test_spilling(server):
    # 20 M numbers are 160 MB and more of keys: the sort goes over the disk.
    text = ("SELECT sum(x) FROM (SELECT x, row_number() OVER (ORDER BY y, x) AS place FROM (SELECT a.id * 1000 + b.id AS x, "
            "(a.id * 7919 + b.id * 104729 + c.id) % 1000003 AS y FROM big a, big b, (SELECT id FROM big WHERE id < 20) c)) "
            "WHERE place % 1000000 = 0")
    assert len(rows(server, text)) == 1
    assert rows(server, "SELECT 1") == [[1]]


def test_this_server(server):
    nodes = rows(server, "SELECT node_id, http_uri, coordinator, state FROM system.runtime.nodes")
    assert nodes == [["tarn", server.uri, True, "active"]]
    own = "SELECT state, \"user\", source, query FROM system.runtime.queries WHERE state = 'RUNNING'"
    assert rows(server, own, user="me", source="here") == [["RUNNING", "me", "here", own]]
    assert rows(server, "SELECT count(*) FROM system.runtime.transactions") == [[0]]
