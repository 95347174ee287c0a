"""Statements that go to a real Trino on the same catalog: Trino's own client speaks to Tarn, and sees the same anyhow."""
import json
import re
import threading
import time
import urllib.request

import pytest
import trino as driver
from trino.exceptions import TrinoConnectionError, TrinoExternalError, TrinoQueryError, TrinoUserError

# Four times the rows of `big` squared: long enough to be caught at work.
LONG = "SELECT count(*) FROM big a, big b, big c WHERE (a.id + b.id + c.id) % 7 = 3"


@pytest.fixture(scope="module")
def place(programs, trino, tmp_path_factory):
    """(Tarn's server, Trino): Trino has Tarn's catalog under the name `lake`."""
    tarn_class, server_class = programs
    tarn = tarn_class(tmp_path_factory.mktemp("outgrowing") / "home")
    tarn.home.mkdir()
    (tarn.home / "tarn.yaml").write_text(json.dumps({
        "log.level": "debug", "sql.route.url": trino.uri, "sql.route.catalogs": {"iceberg": "lake"},
        "sql.route.rules": {"1": {"user": "robot", "to": "local"}, "2": {"bytes": "100kB", "writes": "false"},
                            "10": {"table": "large.*"}}}))
    tarn.ok("sql", "-e", "CREATE SCHEMA s; CREATE SCHEMA large; CREATE TABLE s.small AS SELECT 1 AS id, 'one' AS name; "
                         "CREATE TABLE s.big AS SELECT CAST(i AS bigint) AS id, md5(CAST(i AS varchar)) AS text "
                         "FROM range(20000) r(i); CREATE TABLE large.t AS SELECT 1 AS id")
    server = server_class(tarn)
    with trino.attached_iceberg("lake", {"iceberg.catalog.type": "rest", "iceberg.rest-catalog.uri": server.catalog_uri}):
        yield server, trino
    assert server.stop() == 0, server.log()


def connect(server, user="ann", **options):
    port = int(server.uri.rsplit(":", 1)[1])
    return driver.dbapi.connect(host="127.0.0.1", port=port, user=user, catalog="iceberg", schema="s", **options)


def info(server, query_id):
    request = urllib.request.Request(f"{server.uri}/v1/query/{query_id}", headers={"X-Trino-User": "ann"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def ask(server, text, route=None, user="ann", parameters=None, **options):
    """(rows, where they were made)"""
    if route:
        options["session_properties"] = {"route": route}
    cursor = connect(server, user, **options).cursor()
    cursor.execute(text, parameters)
    rows = cursor.fetchall()
    return rows, info(server, cursor.query_id)["route"]


def test_where_statements_run(place):
    server, _ = place
    who = "SELECT node_version FROM system.runtime.nodes"
    assert ask(server, who, "trino") == ([["476"]], "trino")
    for text, options, where in [
            ("SELECT id FROM small", {}, "local"), ("SELECT count(text) FROM big", {}, "trino"),
            ("SELECT count(text) FROM big", {"user": "robot"}, "local"),
            ("SELECT count(text) FROM big", {"route": "local"}, "local"),
            ("SELECT id FROM small", {"route": "trino"}, "trino"), ("/*+ route(trino) */ SELECT id FROM small", {}, "trino"),
            ("/*+ route(local) */ SELECT id FROM small", {"route": "trino"}, "local"),
            ("SELECT id FROM iceberg.large.t", {}, "trino"), ("SELECT a.id FROM small a, iceberg.large.t b", {}, "trino"),
            ("SELECT count(*) FROM big WHERE id < 0", {}, "local")]:
        assert ask(server, text, **options)[1] == where, (text, options)


@pytest.mark.parametrize("text", [
    "SELECT * FROM small", "SELECT id, text FROM big ORDER BY id LIMIT 3", "SELECT count(*), max(text) FROM iceberg.s.big",
    "SELECT iceberg.s.small.name FROM iceberg.s.small", "SELECT name AS \"A name\", 1.50 AS d, NULL AS n FROM small",
    "SELECT TIMESTAMP '2020-06-10 15:55:23.383345', DATE '2024-02-29', ARRAY[1, NULL], ROW(1, 'x'), 1E300 FROM small",
    "SELECT nan(), infinity(), X'00ff', MAP(ARRAY['k'], ARRAY[1]) FROM small", "SELECT id FROM small WHERE false"])
def test_rows_and_types_are_the_same(place, text):
    server, _ = place

    def answer(route):
        cursor = connect(server, session_properties={"route": route}).cursor()
        cursor.execute(text)
        rows = [list(map(str, row)) for row in cursor.fetchall()]
        # Tarn tells the lengths of texts at the top of a query only, not inside of other types.
        return rows, [(c[0], re.sub(r"(?<=.)varchar\(\d+\)", "varchar", c[1])) for c in cursor.description]

    assert answer("trino") == answer("local")


def test_many_pages_and_encodings(place):
    server, _ = place
    for encoding in (None, "json+zstd", "json"):
        cursor = connect(server, session_properties={"route": "trino"}, encoding=encoding).cursor()
        cursor.execute("SELECT b.id * 10 + n, b.text FROM big b, UNNEST(sequence(0, 9)) AS u(n)")
        rows = cursor.fetchall()
        assert len(rows) == 200_000 and sum(row[0] for row in rows) == 200_000 * 199_999 // 2


def test_writes_by_trino(place):
    server, _ = place
    cursor = connect(server, session_properties={"route": "trino"}).cursor()
    cursor.execute("CREATE TABLE made (id bigint, name varchar)").fetchall()
    assert cursor.update_type == "CREATE TABLE"
    assert cursor.execute("INSERT INTO iceberg.s.made SELECT id, name FROM small").fetchall() == [[1]]
    assert (cursor.update_type, cursor.rowcount) == ("INSERT", 1)
    cursor.execute("UPDATE made SET name = 'changed'").fetchall()
    assert cursor.rowcount == 1
    assert ask(server, "SELECT * FROM made", "local") == ([[1, "changed"]], "local")
    ask(server, "INSERT INTO made VALUES (2, 'here')", "local")
    assert ask(server, "SELECT count(*) FROM made", "trino") == ([[2]], "trino")
    assert info(server, cursor.query_id)["route"] == "trino"


def test_parameters_and_session(place):
    server, _ = place
    assert ask(server, "SELECT id FROM small WHERE name = ?", "trino", parameters=("one",)) == ([[1]], "trino")
    legacy = {"legacy_prepared_statements": True}
    assert ask(server, "SELECT id FROM small WHERE name = ?", "trino", parameters=("one",), **legacy) == ([[1]], "trino")
    rows, _ = ask(server, "SELECT current_timezone(), current_user FROM small", "trino", timezone="Asia/Tokyo")
    assert rows == [["Asia/Tokyo", "ann"]]
    with pytest.raises(TrinoUserError) as raised:
        ask(server, "SELECT 1", "nowhere")
    assert raised.value.error_name == "INVALID_SESSION_PROPERTY"


def test_errors_are_trinos(place):
    server, trino = place
    for text, name in [("SELECT nope FROM small", "COLUMN_NOT_FOUND"), ("SELECT * FROM nosuch", "TABLE_NOT_FOUND"),
                       ("SELECT 1 / (id - 1) FROM small", "DIVISION_BY_ZERO")]:
        with pytest.raises(TrinoQueryError) as raised:
            ask(server, text, "trino")
        assert raised.value.error_name == name
    connection = connect(server, isolation_level=driver.transaction.IsolationLevel.READ_COMMITTED,
                         session_properties={"route": "trino"})
    with pytest.raises(TrinoQueryError, match="transaction"):
        with connection:
            connection.cursor().execute("SELECT id FROM small").fetchall()


def running(trino):
    return [row[0] for row in trino.sql("SELECT query_id FROM system.runtime.queries WHERE state = 'RUNNING' "
                                        "AND query LIKE '%a.id + b.id + c.id%' AND query NOT LIKE '%runtime%'")]


def wait_for(condition):
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_cancelled_query_ends_there_too(place):
    server, trino = place
    cursor = connect(server, session_properties={"route": "trino"}).cursor()
    failed = []

    def run():
        try:
            cursor.execute(LONG)
            cursor.fetchall()
        except TrinoQueryError as error:
            failed.append(error.error_name)

    thread = threading.Thread(target=run)
    thread.start()
    wait_for(lambda: running(trino))
    listed = urllib.request.Request(f"{server.uri}/v1/query", headers={"X-Trino-User": "ann"})
    with urllib.request.urlopen(listed, timeout=30) as answer:
        found = [q for q in json.load(answer) if q["state"] == "RUNNING" and q["query"] == LONG]
    assert [q["remoteQueryId"] for q in found] == running(trino)
    kill = urllib.request.Request(f"{server.uri}/v1/query/{found[0]['queryId']}", method="DELETE",
                                  headers={"X-Trino-User": "ann"})
    urllib.request.urlopen(kill, timeout=30).close()
    thread.join(30)
    assert failed == ["USER_CANCELED"]
    wait_for(lambda: not running(trino))


@pytest.mark.parametrize("falls_back", [False, True])
def test_a_trino_that_is_not_there(programs, tmp_path, falls_back):
    tarn_class, server_class = programs
    tarn = tarn_class(tmp_path / "home")
    tarn.home.mkdir()
    secret = tmp_path / "secret"
    secret.write_text("open-sesame\n")
    (tarn.home / "tarn.yaml").write_text(json.dumps({
        "log.level": "debug", "sql.route.url": "http://127.0.0.1:1", "sql.route.user": "svc",
        "sql.route.password": f"${{file:{secret}}}",
        "sql.route.default": "trino", "sql.route.fallback": falls_back}))
    server = server_class(tarn)
    try:
        if falls_back:
            assert connect(server).cursor().execute("SELECT 1").fetchall() == [[1]]
        else:
            with pytest.raises((TrinoQueryError, TrinoExternalError, TrinoConnectionError), match="127.0.0.1:1"):
                connect(server).cursor().execute("SELECT 1").fetchall()
        assert connect(server, session_properties={"route": "local"}).cursor().execute("SELECT 2").fetchall() == [[2]]
    finally:
        assert server.stop() == 0, server.log()
    assert "open-sesame" not in server.log()
