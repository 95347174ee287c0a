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
        "spender": {"user": "spender", "user_time_limit": "300ms", "user_time_period": "1h"},
        "small": {"user": "small", "query_memory_limit": "40MiB"},
        "thrifty": {"user": "thrifty", "query_cpu_limit": "500ms"},
        "shared": {"user": "shared*", "soft_memory_limit": "10MiB", "hard_memory_limit": "60MiB"}}},
}
# A list that does not spill, of 20 bytes and more for each of so many million rows; hashes, sorted rows and pairs that do.
LIST = "SELECT cardinality(array_agg(a.id * b.id * c.id)) FROM big a, big b, (SELECT id FROM big WHERE id < {}) c"
NUMBERS = "(SELECT a.id * 1000 + b.id + c.id * 1000000 AS x FROM big a, big b, (SELECT id FROM big WHERE id < {}) c)"
GROUPS = f"SELECT count(*), sum(n) FROM (SELECT x, count(*) AS n FROM {NUMBERS.format(4)} GROUP BY x)"
SORTED = f"SELECT x FROM {NUMBERS.format(4)} ORDER BY x % 99991, x OFFSET 3999990 ROWS"
PAIRS = f"SELECT count(*), sum(l.x) FROM {NUMBERS.format(4)} l JOIN {NUMBERS.format(3)} r ON l.x * 3 = r.x * 3 + 3"


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

    def __init__(self, server, text=ENDLESS, **options):
        self.server, self.error = server, None
        self.text = f"{text} /* {id(self)} */"
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


def failure(server, text, **options):
    """Name and message."""
    with pytest.raises(TrinoQueryError) as raised:
        rows(server, text, **options)
    return raised.value.error_name, raised.value.message


def test_time(server):
    assert error_of(server, ENDLESS, user="hasty") == ("EXCEEDED_TIME_LIMIT", "INSUFFICIENT_RESOURCES")
    for name, kind in (("query_max_run_time", "run"), ("query_max_execution_time", "execution")):
        told = failure(server, ENDLESS, session_properties={name: "1s"})
        assert told == ("EXCEEDED_TIME_LIMIT", f"Query exceeded the maximum {kind} time limit of 1.00s")
    assert rows(server, "SELECT 1", user="hasty") == [[1]]


def test_time_of_processors(server):
    told = failure(server, ENDLESS, session_properties={"query_max_cpu_time": "300ms"})
    assert told == ("EXCEEDED_CPU_LIMIT", "Exceeded CPU limit of 300.00ms")
    assert failure(server, ENDLESS, user="thrifty") == ("EXCEEDED_CPU_LIMIT", "Exceeded CPU limit of 500.00ms")
    assert rows(server, "SELECT 1", user="thrifty") == [[1]]


@pytest.fixture
def others(server):
    """Somebody else's short queries, which are answered all the time."""
    stopped, wrong, count = threading.Event(), [], [0]

    def ask():
        while not stopped.is_set():
            try:
                if rows(server, "SELECT count(*) FROM big WHERE id < 10", user="other") != [[10]]:
                    wrong.append("rows")
            except Exception as error:  # noqa: BLE001
                wrong.append(str(error))
            count[0] += 1

    thread = threading.Thread(target=ask)
    thread.start()
    yield count
    stopped.set()
    thread.join(timeout=30)
    assert wrong == [] and count[0] > 0


def test_memory_of_a_query(server, others):
    text = LIST.format(20)
    told = failure(server, text, session_properties={"query_max_memory": "40MB"})
    assert told == ("EXCEEDED_GLOBAL_MEMORY_LIMIT", "Query exceeded distributed user memory limit of 40MB")
    told = failure(server, text, session_properties={"query_max_memory": "1GB", "query_max_memory_per_node": "30MB"})
    assert told == ("EXCEEDED_LOCAL_MEMORY_LIMIT", "Query exceeded per-node memory limit of 30MB")
    told = failure(server, text, user="small", session_properties={"query_max_memory": "1TB"})
    assert told == ("EXCEEDED_GLOBAL_MEMORY_LIMIT", "Query exceeded distributed user memory limit of 40MB")
    assert rows(server, LIST.format(1), user="small") == [[1_000_000]]
    assert failure(server, "SELECT 1", session_properties={"query_max_memory": "much"})[0] == "INVALID_SESSION_PROPERTY"


@pytest.mark.parametrize("text", [GROUPS, SORTED, PAIRS], ids=["groups", "sorted", "pairs"])
def test_what_can_spill_keeps_to_its_memory(server, others, text):
    limit = 60 << 20
    mark = f"/* {time.monotonic()} */"
    limited = rows(server, f"{text} {mark}", session_properties={"query_max_memory": "60MB", "result_cache": "false"})
    figures = rows(server, "SELECT peak_memory_bytes, memory_bytes, cpu_time_ms FROM system.runtime.queries "
                           f"WHERE query LIKE '%{mark}' AND query NOT LIKE '%runtime%'")[0]
    assert 1 << 20 < figures[0] <= limit + (4 << 20) and figures[1] == 0 and figures[2] > 0, figures
    assert limited == rows(server, text, session_properties={"result_cache": "false"})


def test_memory_of_a_group(server, others):
    text = LIST.format(20)
    name, message = failure(server, text, user="shared-one")
    assert (name, message) == ("EXCEEDED_GLOBAL_MEMORY_LIMIT", 'Query exceeded the memory that is left of resource group "shared", which '
                                                               "has a hard limit of 60MB")
    # Its memory is above the soft limit while it goes on.
    first = Running(server, user="shared-one",
                    text="SELECT count(*) FROM (SELECT a.id * 1000 + b.id AS x FROM big a, big b WHERE a.id < 500) k JOIN "
                         "(SELECT a.id + b.id * c.id * d.id AS y FROM big a, big b, big c, big d) p ON k.x = p.y")
    first.row("RUNNING")
    held = "SELECT sum(memory_bytes) FROM system.runtime.queries WHERE resource_group_id[1] = 'shared' AND state = 'RUNNING'"
    end = time.monotonic() + 30
    while rows(server, held)[0][0] < 10 << 20 and time.monotonic() < end:
        time.sleep(0.05)
    assert rows(server, held)[0][0] >= 10 << 20
    second = Running(server, user="shared-two")
    second.row("QUEUED")
    first.kill()
    second.row("RUNNING")
    second.kill()


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


def test_disk_and_what_a_killed_server_spilled(programs, tmp_path):
    tarn_class, server_class = programs
    tarn = tarn_class(tmp_path / "home")
    tarn.home.mkdir()
    tarn.ok("sql", "-e", "CREATE SCHEMA shop; CREATE TABLE shop.big AS SELECT CAST(i AS bigint) AS id FROM range(1000) r(i)")
    settings = {"engine": {"memory_limit": "60MB", "threads": 2, "spill_limit": "20MB"}}
    (tarn.home / "tarn.yaml").write_text(json.dumps(settings))
    text = SORTED.replace("id < 4", "id < 20")
    spill = tarn.home / "spill"
    first = server_class(tarn)
    assert error_of(first, text) == ("EXCEEDED_SPILL_LIMIT", "INSUFFICIENT_RESOURCES")
    assert rows(first, "SELECT count(*) FROM big") == [[1000]]
    assert first.stop() == 0, first.log()
    assert list(spill.iterdir()) == []

    settings["engine"]["spill_limit"] = "0"
    (tarn.home / "tarn.yaml").write_text(json.dumps(settings))
    second = server_class(tarn)
    thread = threading.Thread(target=lambda: pytest.raises(Exception, rows, second, text))
    thread.start()
    end = time.monotonic() + 30
    while not [f for f in spill.rglob("*.tmp") if f.stat().st_size > 0] and time.monotonic() < end:
        time.sleep(0.05)
    second.process.kill()
    second.process.wait(timeout=30)
    thread.join(timeout=30)
    left = {entry.name for entry in spill.iterdir()}
    assert left
    third = server_class(tarn)
    assert rows(third, "SELECT count(*) FROM big") == [[1000]]
    assert not left & {entry.name for entry in spill.iterdir()}
    assert third.stop() == 0, third.log()
