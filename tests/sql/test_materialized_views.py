"""Materialised views: rows that are kept, fresh or as stale as they may be, and refreshed by what has changed."""
import json
import random
import threading

import pytest
import trino
from trino.exceptions import TrinoQueryError


@pytest.fixture(scope="module")
def lake(programs, tmp_path_factory):
    tarn_class, server_class = programs
    tarn = tarn_class(tmp_path_factory.mktemp("materialized") / "home")
    tarn.ok("sql", "-e", "CREATE SCHEMA s")
    server = server_class(tarn)
    yield server
    assert server.stop() == 0, server.log()


def run(server, *texts, **properties):
    """The rows of the last statement."""
    port = int(server.uri.rsplit(":", 1)[1])
    connection = trino.dbapi.connect(host="127.0.0.1", port=port, user="ann", catalog="iceberg", schema="s",
                                     session_properties=properties or None)
    rows = None
    for text in texts:
        rows = connection.cursor().execute(text).fetchall()
    return rows


def storage(server, view):
    tables = run(server, "SELECT storage_table FROM system.metadata.materialized_views WHERE catalog_name = 'iceberg' "
                         f"AND schema_name = 's' AND name = '{view}'")
    assert len(tables) == 1, tables
    return tables[0][0]


def snapshots(server, view):
    return run(server, f'SELECT operation FROM "{storage(server, view)}$snapshots" ORDER BY committed_at')


def same(server, view, query):
    """What the view's rows are, and what they must be."""
    rows = run(server, query)
    columns = ", ".join(str(i + 1) for i in range(len(rows[0]))) if rows else "1"
    stored = run(server, f"SELECT * FROM {storage(server, view)} ORDER BY {columns}")
    assert stored == run(server, f"SELECT * FROM ({query}) ORDER BY {columns}", use_materialized_views="false")
    return stored


def test_from_create_to_drop(lake):
    run(lake, "CREATE TABLE orders AS SELECT * FROM (VALUES (1, 'a', 10), (2, 'b', 20), (3, 'a', 30)) "
              "AS v(id, kind, amount)",
        "CREATE MATERIALIZED VIEW totals COMMENT 'by kind' AS SELECT kind, sum(amount) AS total FROM orders GROUP BY kind")
    # Before the first refresh its query answers.
    assert run(lake, "SELECT * FROM totals ORDER BY 1") == [["a", 40], ["b", 20]]
    assert run(lake, "REFRESH MATERIALIZED VIEW totals") == [[2]]
    assert run(lake, f"SELECT * FROM {storage(lake, 'totals')} ORDER BY 1") == [["a", 40], ["b", 20]]
    assert storage(lake, "totals") in str(run(lake, "EXPLAIN SELECT * FROM totals"))
    assert run(lake, "REFRESH MATERIALIZED VIEW totals") == [[0]]  # it is fresh
    shown = run(lake, "SHOW CREATE MATERIALIZED VIEW totals")[0][0]
    assert shown.startswith("CREATE MATERIALIZED VIEW iceberg.s.totals\nCOMMENT 'by kind'\nAS SELECT"), shown
    for text, name in [("CREATE MATERIALIZED VIEW totals AS SELECT 1 AS x", "ALREADY_EXISTS"),
                       ("DROP VIEW totals", "GENERIC_USER_ERROR"),
                       ("REFRESH MATERIALIZED VIEW orders", "GENERIC_USER_ERROR"),
                       ("DROP MATERIALIZED VIEW nosuch", None)]:
        with pytest.raises(TrinoQueryError) as raised:
            run(lake, text)
        assert name in (None, raised.value.error_name) or "exists" in raised.value.message, raised.value
    run(lake, "CREATE MATERIALIZED VIEW IF NOT EXISTS totals AS SELECT 1 AS x")
    run(lake, "ALTER MATERIALIZED VIEW totals RENAME TO sums")
    assert run(lake, "SELECT * FROM sums ORDER BY 1") == [["a", 40], ["b", 20]]
    run(lake, "CREATE OR REPLACE MATERIALIZED VIEW sums AS SELECT count(*) AS n FROM orders")
    assert run(lake, "SELECT * FROM sums") == [[3]]
    assert not [name for (name,) in run(lake, "SHOW TABLES") if name.startswith("st_totals")]
    run(lake, "DROP MATERIALIZED VIEW sums", "DROP MATERIALIZED VIEW IF EXISTS sums")
    assert not [name for (name,) in run(lake, "SHOW TABLES") if name.startswith("st_")]


@pytest.mark.parametrize("clauses, stale", [
    ("", [[2]]), ("GRACE PERIOD INTERVAL '0' SECOND", [[3]]), ("GRACE PERIOD INTERVAL '1' HOUR", [[2]]),
    ("GRACE PERIOD INTERVAL '0' SECOND WHEN STALE FAIL", None)])
def test_how_stale_it_may_be(lake, clauses, stale):
    run(lake, "DROP TABLE IF EXISTS base", "CREATE TABLE base AS SELECT * FROM (VALUES 1, 2) AS v(id)",
        f"CREATE OR REPLACE MATERIALIZED VIEW m {clauses} AS SELECT count(*) AS n FROM base", "REFRESH MATERIALIZED VIEW m")
    assert run(lake, "SELECT n FROM m") == [[2]]
    run(lake, "INSERT INTO base VALUES 3")
    if stale is None:
        with pytest.raises(TrinoQueryError, match="stale"):
            run(lake, "SELECT n FROM m")
    else:
        assert run(lake, "SELECT n FROM m") == stale
    run(lake, "REFRESH MATERIALIZED VIEW m")
    assert run(lake, "SELECT n FROM m") == [[3]]
    # Compaction changes no rows: it is fresh still.
    run(lake, "ALTER TABLE base EXECUTE optimize")
    assert run(lake, "SELECT n FROM m") == [[3]]
    assert run(lake, "REFRESH MATERIALIZED VIEW m") == [[0]]


QUERIES = {
    "projection": "SELECT id, kind, amount * 2 AS twice FROM facts WHERE amount > 20",
    "aggregate": "SELECT kind, count(*) AS n, count(amount) AS known, sum(amount) AS total, min(amount) AS low, "
                 "max(id) AS high FROM facts GROUP BY kind",
    "total": "SELECT count(*) AS n, sum(amount) AS total, max(kind) AS last FROM facts",
    "join": "SELECT f.id, d.name FROM facts f JOIN kinds d ON f.kind = d.kind WHERE f.amount IS NOT NULL",
    "joined_aggregate": "SELECT d.name AS name, sum(f.amount) AS total FROM facts f, kinds d WHERE f.kind = d.kind "
                        "GROUP BY d.name",
    "self_join": "SELECT a.id AS one, b.id AS other FROM facts a JOIN facts b ON a.id = b.id + 1",
}


@pytest.mark.parametrize("kind", QUERIES)
def test_what_was_appended_is_added(lake, kind):
    query = QUERIES[kind]
    run(lake, "DROP TABLE IF EXISTS facts", "DROP TABLE IF EXISTS kinds", f"DROP MATERIALIZED VIEW IF EXISTS m_{kind}",
        "CREATE TABLE facts (id bigint, kind varchar, amount bigint)", "CREATE TABLE kinds (kind varchar, name varchar)",
        "INSERT INTO facts VALUES (1, 'a', 10), (2, 'b', NULL), (3, NULL, 30), (4, 'a', 40)",
        "INSERT INTO kinds VALUES ('a', 'first'), ('b', 'second')", f"CREATE MATERIALIZED VIEW m_{kind} AS {query}")
    chance = random.Random(kind)
    fact = 4
    for step in range(10):
        change = chance.choice(["facts", "facts", "kinds", "both", "compact", "delete", "nothing"]) if step else "first"
        if change in ("facts", "both"):
            rows = ", ".join(f"({fact + i + 1}, {chance.choice(['NULL', repr('a'), repr('b'), repr('c')])}, "
                             f"{chance.choice(['NULL', chance.randrange(100)])})" for i in range(3))
            fact += 3
            run(lake, f"INSERT INTO facts VALUES {rows}")
        if change in ("kinds", "both"):
            run(lake, f"INSERT INTO kinds VALUES ('{chance.choice('abc')}', 'n{step}')")
        if change == "compact":
            run(lake, "ALTER TABLE facts EXECUTE optimize")
        if change == "delete":
            run(lake, f"DELETE FROM facts WHERE id = {chance.randrange(fact)}")
        before = len(snapshots(lake, f"m_{kind}")) if step else 0
        run(lake, f"REFRESH MATERIALIZED VIEW m_{kind}")
        same(lake, f"m_{kind}", query)
        assert len(snapshots(lake, f"m_{kind}")) <= before + 1


def test_appends_write_no_more_than_they_must(lake):
    run(lake, "CREATE TABLE log (id bigint, note varchar)", "INSERT INTO log VALUES (1, 'x'), (2, 'y')",
        "CREATE MATERIALIZED VIEW seen AS SELECT id FROM log WHERE note <> 'skip'", "REFRESH MATERIALIZED VIEW seen")
    run(lake, "INSERT INTO log VALUES (3, 'z')")
    assert run(lake, "REFRESH MATERIALIZED VIEW seen") == [[1]]
    assert [o for (o,) in snapshots(lake, "seen")] == ["append", "append"]
    run(lake, "INSERT INTO log VALUES (4, 'skip')")
    assert run(lake, "REFRESH MATERIALIZED VIEW seen") == [[0]]
    assert len(snapshots(lake, "seen")) == 2 and run(lake, "REFRESH MATERIALIZED VIEW seen") == [[0]]
    run(lake, "DELETE FROM log WHERE id = 1")
    assert run(lake, "REFRESH MATERIALIZED VIEW seen") == [[2]]
    same(lake, "seen", "SELECT id FROM log WHERE note <> 'skip'")


def test_somebody_else_writes_into_its_table(lake):
    run(lake, "CREATE TABLE mine AS SELECT 1 AS id", "CREATE MATERIALIZED VIEW v AS SELECT id FROM mine",
        "REFRESH MATERIALIZED VIEW v")
    run(lake, f"INSERT INTO {storage(lake, 'v')} VALUES 99")
    assert run(lake, "SELECT id FROM v") == [[1]]
    run(lake, "REFRESH MATERIALIZED VIEW v")
    assert run(lake, f"SELECT id FROM {storage(lake, 'v')}") == [[1]]


def test_other_tables_of_the_same_name(lake):
    run(lake, "CREATE TABLE again AS SELECT 1 AS id", "CREATE MATERIALIZED VIEW w AS SELECT id FROM again",
        "REFRESH MATERIALIZED VIEW w")
    run(lake, "DROP TABLE again", "CREATE TABLE again AS SELECT 2 AS id", "REFRESH MATERIALIZED VIEW w")
    assert run(lake, "SELECT id FROM w") == [[2]]


def test_refreshes_at_the_same_time(lake):
    """One wins, or they come one after the other: no row is there twice."""
    query = "SELECT id % 3 AS bucket, count(*) AS n FROM many GROUP BY id % 3"
    run(lake, "CREATE TABLE many AS SELECT id FROM UNNEST(sequence(1, 100)) AS u(id)",
        f"CREATE MATERIALIZED VIEW busy AS {query}", "CREATE MATERIALIZED VIEW copy AS SELECT id FROM many WHERE id > 0")
    for turn in range(4):
        outcomes = []

        def refresh(view):
            try:
                run(lake, f"REFRESH MATERIALIZED VIEW {view}")
                outcomes.append("done")
            except TrinoQueryError as error:
                outcomes.append(error.error_name)

        threads = [threading.Thread(target=refresh, args=[view]) for view in ("busy", "copy") * 3]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert "done" in outcomes and len(outcomes) == 6
        for view, text in (("busy", query), ("copy", "SELECT id FROM many WHERE id > 0")):
            same(lake, view, text)
        run(lake, f"INSERT INTO many SELECT id FROM UNNEST(sequence({1000 * turn}, {1000 * turn + 20})) AS u(id)")


def test_results_are_kept_while_it_is_fresh(lake):
    run(lake, "CREATE TABLE under AS SELECT 1 AS id",
        "CREATE MATERIALIZED VIEW top GRACE PERIOD INTERVAL '0' SECOND AS SELECT count(*) AS n FROM under",
        "REFRESH MATERIALIZED VIEW top")
    assert [run(lake, "SELECT n FROM top") for _ in range(3)] == [[[1]]] * 3
    run(lake, "INSERT INTO under VALUES 2")
    assert run(lake, "SELECT n FROM top") == [[2]]


def test_the_definition_survives(lake, programs):
    """What a view is, is in the catalog: a server that starts anew knows it."""
    run(lake, "CREATE TABLE t AS SELECT 1 AS id", "CREATE MATERIALIZED VIEW kept AS SELECT id FROM t",
        "REFRESH MATERIALIZED VIEW kept")
    table = storage(lake, "kept")
    rows = json.loads(lake.tarn.ok("sql", "--format", "json", "-e", "SELECT * FROM s.kept"))
    plan = lake.tarn.ok("sql", "-e", "EXPLAIN SELECT * FROM s.kept")
    assert rows == [{"id": 1}] and table in plan


def test_storage_tables_are_not_listed(lake):
    """As Trino hides them: they are where system.metadata.materialized_views says, and other tables stay."""
    run(lake, "CREATE TABLE listed AS SELECT 1 AS id", "CREATE MATERIALIZED VIEW hides AS SELECT id FROM listed",
        "REFRESH MATERIALIZED VIEW hides", "CREATE TABLE st_hides_0123abcd AS SELECT 1 AS id", "CREATE TABLE st_other AS SELECT 1 AS id")
    table = storage(lake, "hides")
    listings = ["SHOW TABLES", "SELECT table_name FROM information_schema.tables WHERE table_schema = 's'",
                f"SELECT table_name FROM information_schema.tables WHERE table_schema = 's' AND table_name IN ('{table}', 'listed', "
                "'hides', 'st_other', 'st_hides_0123abcd')",
                "SELECT DISTINCT table_name FROM information_schema.columns WHERE table_schema = 's'",
                "SELECT table_name FROM system.jdbc.tables WHERE table_cat = 'iceberg' AND table_schem = 's'"]
    for text in listings:
        names = {name for (name,) in run(lake, text)}
        assert table not in names and {"listed", "hides", "st_other", "st_hides_0123abcd"} <= names, text
    with pytest.raises(TrinoQueryError, match="does not exist") as refused:
        run(lake, f"SHOW STATS FOR {table}")
    assert refused.value.error_name == "TABLE_NOT_FOUND"
    assert run(lake, "SHOW STATS FOR st_hides_0123abcd") and run(lake, "SHOW STATS FOR hides")
    run(lake, "ALTER MATERIALIZED VIEW hides RENAME TO hides_now")
    assert table not in {name for (name,) in run(lake, "SHOW TABLES")}
    run(lake, "DROP MATERIALIZED VIEW hides_now", "DROP TABLE st_hides_0123abcd", "DROP TABLE st_other")
    assert {"hides_now", table}.isdisjoint(name for (name,) in run(lake, "SHOW TABLES"))


def test_properties_are_those_of_its_table(lake):
    run(lake, "CREATE TABLE plenty AS SELECT 1 AS id, 'a' AS kind", "CREATE MATERIALIZED VIEW spread WITH (format_version = 2) AS "
              "SELECT kind, count(*) AS n FROM plenty GROUP BY kind", "REFRESH MATERIALIZED VIEW spread",
        "ALTER MATERIALIZED VIEW spread SET PROPERTIES partitioning = ARRAY['kind'], format_version = 3")
    shown = run(lake, "SHOW CREATE MATERIALIZED VIEW spread")[0][0]
    assert "partitioning = ARRAY['kind']" in shown and "format_version = 3" in shown and "format_version = 2" not in shown
    table = run(lake, f"SHOW CREATE TABLE {storage(lake, 'spread')}")[0][0]
    assert "partitioning = ARRAY['kind']" in table and "format_version = 3" in table
    assert run(lake, "REFRESH MATERIALIZED VIEW spread") == [[0]]  # it is fresh: no row has changed
    run(lake, "INSERT INTO plenty VALUES (2, 'b')", "REFRESH MATERIALIZED VIEW spread")
    assert run(lake, "SELECT * FROM spread ORDER BY 1") == [["a", 1], ["b", 1]]
    run(lake, "ALTER MATERIALIZED VIEW spread SET PROPERTIES partitioning = DEFAULT")
    assert "partitioning" not in run(lake, "SHOW CREATE MATERIALIZED VIEW spread")[0][0]
    for text, name in [("ALTER MATERIALIZED VIEW spread SET PROPERTIES nonsense = 1", "INVALID_TABLE_PROPERTY"),
                       ("ALTER MATERIALIZED VIEW none SET PROPERTIES format_version = 3", "TABLE_NOT_FOUND"),
                       ("ALTER MATERIALIZED VIEW plenty SET PROPERTIES format_version = 3", "GENERIC_USER_ERROR")]:
        with pytest.raises(TrinoQueryError) as refused:
            run(lake, text)
        assert refused.value.error_name == name, text
