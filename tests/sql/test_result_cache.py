"""Kept results: the same question on the same data is answered without work, and never otherwise than by work."""
import concurrent.futures
import json
import re
import time
import urllib.request

import pytest
import trino


@pytest.fixture(scope="module")
def lake(programs, tmp_path_factory):
    tarn_class, server_class = programs
    tarn = tarn_class(tmp_path_factory.mktemp("result-cache") / "home")
    tarn.ok("sql", "-e", "CREATE SCHEMA s; CREATE SCHEMA other; CREATE TABLE s.t AS SELECT 1 AS id, 'one' AS name; "
                         "CREATE TABLE other.t AS SELECT 7 AS id, 'seven' AS name; "
                         "CREATE TABLE s.numbers AS SELECT CAST(i AS bigint) AS id FROM UNNEST(sequence(0, 999)) r(i)")
    server = server_class(tarn)
    yield server
    assert server.stop() == 0, server.log()


def ask(server, text, schema="s", user="ann", zone=None, **properties):
    """The rows, and whether they were kept from before."""
    port = int(server.uri.rsplit(":", 1)[1])
    connection = trino.dbapi.connect(host="127.0.0.1", port=port, user=user, catalog="iceberg", schema=schema,
                                     timezone=zone or "UTC", session_properties=properties or None)
    cursor = connection.cursor()
    cursor.execute(text)
    rows = cursor.fetchall()
    request = urllib.request.Request(f"{server.uri}/v1/query/{cursor.query_id}", headers={"X-Trino-User": user})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return rows, json.load(answer)["fromCache"]


def test_the_same_question_on_the_same_data(lake):
    query = "SELECT count(*) AS n, sum(id) AS ids FROM numbers WHERE id < 100"
    assert ask(lake, query) == ([[100, 4950]], False)
    assert ask(lake, query) == ([[100, 4950]], True)
    assert ask(lake, query, result_cache="false") == ([[100, 4950]], False)
    assert ask(lake, query, user="bob") == ([[100, 4950]], False)


def test_what_changes_the_answer(lake):
    query = "SELECT id, name FROM t ORDER BY id"
    ask(lake, query)
    assert ask(lake, query) == ([[1, "one"]], True)
    assert ask(lake, query, schema="other") == ([[7, "seven"]], False)
    first = ask(lake, 'SELECT snapshot_id FROM "t$snapshots"')[0][0][0]
    ask(lake, "INSERT INTO t VALUES (2, 'two')")
    assert ask(lake, query) == ([[1, "one"], [2, "two"]], False)
    assert ask(lake, query) == ([[1, "one"], [2, "two"]], True)
    old = f"SELECT id FROM t FOR VERSION AS OF {first} ORDER BY id"
    assert [ask(lake, old), ask(lake, old)] == [([[1]], False), ([[1]], True)]
    ask(lake, "DELETE FROM t WHERE id = 2")
    assert ask(lake, query) == ([[1, "one"]], False)
    # Of one name, and another table.
    ask(lake, "DROP TABLE t")
    ask(lake, "CREATE TABLE t AS SELECT 5 AS id, 'five' AS name")
    assert ask(lake, query) == ([[5, "five"]], False)


def test_views(lake):
    ask(lake, "CREATE TABLE under AS SELECT 1 AS a, 10 AS b")
    ask(lake, "CREATE VIEW over AS SELECT a FROM under")
    assert [ask(lake, "SELECT * FROM over") for _ in range(2)] == [([[1]], False), ([[1]], True)]
    ask(lake, "CREATE OR REPLACE VIEW over AS SELECT b AS a FROM under")
    assert [ask(lake, "SELECT * FROM over") for _ in range(2)] == [([[10]], False), ([[10]], True)]
    ask(lake, "CREATE VIEW changing AS SELECT a, random() AS r FROM under")
    assert ask(lake, "SELECT a FROM changing") == ask(lake, "SELECT a FROM changing") == ([[1]], False)


def test_zones(lake):
    ask(lake, "CREATE TABLE moments AS SELECT TIMESTAMP '2024-01-01 23:30:00 UTC' AS at")
    query = "SELECT hour(at), CAST(at AS varchar) FROM moments"
    utc, tokyo = ask(lake, query), ask(lake, query, zone="Asia/Tokyo")
    assert utc[0] != tokyo[0] and (utc[1], tokyo[1]) == (False, False)
    assert ask(lake, query) == (utc[0], True)
    assert ask(lake, query, zone="Asia/Tokyo") == (tokyo[0], True)


@pytest.mark.parametrize("text", [
    "SELECT id, random() FROM t", "SELECT id, uuid() FROM t", "SELECT id, current_date FROM t", "SELECT 1",
    "SELECT id FROM t WHERE current_timestamp > TIMESTAMP '2000-01-01 00:00:00 UTC'",
    "SELECT snapshot_id FROM \"t$snapshots\"", "SELECT id FROM t TABLESAMPLE BERNOULLI (100)",
    "SELECT count(*) FROM information_schema.tables", "SHOW TABLES", "EXPLAIN SELECT id FROM t"])
def test_what_is_never_kept(lake, text):
    assert [ask(lake, text)[1] for _ in range(2)] == [False, False]


def test_literals_of_other_types_are_other_questions(lake):
    decimal = ask(lake, "SELECT id / 2.0 FROM numbers WHERE id = 1")
    double = ask(lake, "SELECT id / 2E0 FROM numbers WHERE id = 1")
    values = decimal[0][0][0], double[0][0][0]
    assert list(map(str, values)) == ["0.5", "0.5"] and type(values[0]) is not type(values[1])
    assert (decimal[1], double[1]) == (False, False)


def test_a_transaction_sees_its_own_writes(lake):
    ask(lake, "CREATE TABLE own AS SELECT 1 AS id")
    query = "SELECT count(*) FROM own"
    ask(lake, query)
    port = int(lake.uri.rsplit(":", 1)[1])
    connection = trino.dbapi.connect(host="127.0.0.1", port=port, user="ann", catalog="iceberg", schema="s",
                                     isolation_level=trino.transaction.IsolationLevel.READ_COMMITTED)
    with connection:
        cursor = connection.cursor()
        cursor.execute("INSERT INTO own VALUES 2").fetchall()
        assert cursor.execute(query).fetchall() == [[2]]
        assert ask(lake, query) == ([[1]], True)
    assert ask(lake, query) == ([[2]], False)


def test_answers_while_rows_are_written(lake):
    """What a reader sees never goes back, and is never older than what was committed before it asked."""
    ask(lake, "CREATE TABLE growing AS SELECT 0 AS id")
    query = "SELECT count(*) AS n, max(id) AS top FROM growing"
    done = []

    def read():
        seen = 0
        kept = 0
        while len(done) < 12 or kept == 0:
            committed = len(done)
            ((count, top),), from_cache = ask(lake, query)
            assert count == top + 1 and top >= max(seen, committed), (count, top, seen, committed)
            seen = top
            kept += from_cache
        return kept

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        for i in range(1, 13):
            ask(lake, f"INSERT INTO growing VALUES {i}")
            done.append(i)
            time.sleep(0.02)
        assert all(reader.result() > 0 for reader in readers)


def test_metrics(lake):
    ask(lake, "SELECT max(id) FROM numbers")
    ask(lake, "SELECT max(id) FROM numbers")
    with urllib.request.urlopen(f"{lake.uri}/metrics", timeout=30) as answer:
        text = answer.read().decode()
    figures = dict(re.findall(r'tarn_cache_(\w+)\{cache="results"\} (\d+)', text))
    assert int(figures["hits_total"]) >= 1 and int(figures["misses_total"]) >= 1 and int(figures["bytes"]) > 0, figures
