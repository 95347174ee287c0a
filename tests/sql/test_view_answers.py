"""Queries that fresh materialised views answer: the same rows, names and types as from the tables, or the tables are read."""
import random

import pytest
import trino

OFF = {"use_materialized_views": "false"}


class Lake:
    def __init__(self, server):
        self.server = server

    def connect(self, isolation_level=trino.transaction.IsolationLevel.AUTOCOMMIT, **properties):
        port = int(self.server.uri.rsplit(":", 1)[1])
        return trino.dbapi.connect(host="127.0.0.1", port=port, user="ann", catalog="iceberg", schema="s",
                                   isolation_level=isolation_level, session_properties={"result_cache": "false", **properties})

    def run(self, text, connection=None, **properties):
        """Columns as clients see them, and rows."""
        cursor = (connection or self.connect(**properties)).cursor()
        rows = cursor.execute(text).fetchall()
        return [(column[0], column[1]) for column in cursor.description or ()], rows

    def view_of(self, text, connection=None, **properties):
        """The name of the materialised view that answers; None if none does."""
        plan = str(self.run("EXPLAIN " + text, connection, **properties)[1])
        used = [name for name in ("by_day", "paid", "joined") if f"st_{name}_" in plan]
        assert len(used) < 2
        return used[0] if used else None

    def same(self, text):
        """Whether a view answers, and what; the tables say the same."""
        columns, rows = self.run(text)
        plain_columns, plain_rows = self.run(text, **OFF)
        assert self.view_of(text, **OFF) is None
        assert columns == plain_columns, text
        assert sorted(map(repr, rows)) == sorted(map(repr, plain_rows)), text
        return self.view_of(text)


VIEWS = {
    "by_day": "SELECT day, region, count(*) AS n, count(note) AS noted, sum(amount) AS total, min(amount) AS least, "
              "max(price) AS dearest, avg(price) AS mean FROM orders GROUP BY day, region",
    "paid": "SELECT id, day, region, amount * 2 AS twice, upper(note) AS shouted FROM orders WHERE state = 'paid'",
    "joined": "SELECT o.id, o.amount, c.name FROM orders o JOIN s.customers c ON o.customer = c.id",
}


@pytest.fixture(scope="module")
def lake(programs, tmp_path_factory):
    tarn_class, server_class = programs
    tarn = tarn_class(tmp_path_factory.mktemp("view-answers") / "home")
    tarn.ok("sql", "-e", """
      CREATE SCHEMA s; USE iceberg.s;
      CREATE TABLE customers AS SELECT id, 'c' || CAST(id AS varchar) AS name FROM UNNEST(sequence(1, 20)) t(id);
      CREATE TABLE orders AS SELECT id, id % 20 + 1 AS customer, DATE '2026-01-01' + INTERVAL '1' DAY * (id % 30) AS day,
        CASE id % 3 WHEN 0 THEN 'eu' WHEN 1 THEN 'us' END AS region, CAST(id % 17 AS decimal(9, 2)) AS amount,
        CAST(id % 13 AS double) / 7 AS price, IF(id % 5 = 0, NULL, 'n' || CAST(id % 4 AS varchar)) AS note,
        IF(id % 4 = 0, 'open', 'paid') AS state FROM UNNEST(sequence(1, 2000)) t(id)""")
    for name, query in VIEWS.items():
        tarn.ok("sql", "-e", f"USE iceberg.s; CREATE MATERIALIZED VIEW {name} AS {query}; REFRESH MATERIALIZED VIEW {name}")
    server = server_class(tarn)
    yield Lake(server)
    assert server.stop() == 0, server.log()


@pytest.mark.parametrize("text, view", [
    (VIEWS["by_day"], "by_day"),
    ("SELECT region, sum(amount), count(*) FROM s.orders GROUP BY region", "by_day"),
    ("SELECT count(*) FROM orders WHERE day > DATE '2099-01-01'", "by_day"),  # of no row: 0
    ("SELECT sum(amount) AS s, min(amount), max(price) FROM orders WHERE day > DATE '2099-01-01'", "by_day"),
    ("SELECT x.day, sum(amount) / count(*) r FROM iceberg.s.orders x GROUP BY 1 HAVING count(*) > 60 ORDER BY r LIMIT 5",
     "by_day"),
    ("SELECT day, region, avg(price) FROM orders WHERE region = 'eu' GROUP BY 1, 2", "by_day"),
    ("SELECT region, avg(price) FROM orders GROUP BY region", None),  # no average of averages
    ("SELECT region, count(note), count(DISTINCT day) FROM orders GROUP BY region", "by_day"),
    ("SELECT region, count(DISTINCT note) FROM orders GROUP BY region", None),
    ("SELECT id, twice FROM (SELECT id, amount * 2 AS twice FROM orders WHERE state = 'paid') t WHERE id < 50", "paid"),
    ("SELECT UPPER(note) FROM orders WHERE region = 'us' AND 'paid' = 'paid' AND state = 'paid'", None),
    ("SELECT UPPER(note) FROM orders WHERE region = 'us' AND state = 'paid'", "paid"),
    ("SELECT note FROM orders WHERE state = 'paid'", None),
    ("SELECT c.name, sum(o.amount) FROM customers c, orders o WHERE o.customer = c.id AND o.id > 9 GROUP BY c.name", "joined"),
    ("SELECT c.name FROM orders o LEFT JOIN customers c ON o.customer = c.id", None),
    ("SELECT region, sum(amount) FROM orders FOR TIMESTAMP AS OF current_timestamp GROUP BY region", None),
    ("WITH orders AS (SELECT 1 AS amount, 'eu' AS region) SELECT region, sum(amount) FROM orders GROUP BY region", None),
    ("WITH t AS (SELECT region, sum(amount) AS s FROM orders GROUP BY region) SELECT a.s FROM t a JOIN t b ON a.region = b.region",
     "by_day"),
    ("SELECT region, sum(amount) FROM orders WHERE region IN (SELECT region FROM orders) GROUP BY region", None),
])
def test_answers(lake, text, view):
    assert lake.same(text) == view


def test_random_queries(lake):
    """Several hundred queries of the views' tables, each with and without the views."""
    chance, used = random.Random(7), 0
    keys = ["day", "region", "state", "upper(note)", "date_trunc('week', day)"]
    calls = ["count(*)", "sum(amount)", "min(amount)", "max(price)", "count(note)", "avg(amount)", "max(day)", "sum(amount * 2)",
             "count(DISTINCT region)", "sum(amount) / count(*)", "coalesce(sum(amount), 0) + 1"]
    conditions = ["state = 'paid'", "day > DATE '2026-01-11'", "region = 'eu'", "region IS NULL", "amount > 5",
                  "day BETWEEN DATE '2026-01-03' AND DATE '2026-01-20'"]
    for _ in range(300):
        group = chance.sample(keys, chance.randint(0, 2))
        items = group + [f"{call} AS a{i}" for i, call in enumerate(chance.sample(calls, chance.randint(1, 3)))]
        where = chance.sample(conditions, chance.randint(0, 2))
        text = f"SELECT {', '.join(items)} FROM orders"
        text += f" WHERE {' AND '.join(where)}" if where else ""
        text += f" GROUP BY {', '.join(group)}" if group else ""
        text += " HAVING count(*) > 20" if chance.random() < 0.2 else ""
        used += lake.same(text) is not None
    assert 60 < used < 290, used


def test_only_while_it_is_fresh(lake):
    text = "SELECT region, count(*) AS n FROM orders WHERE region = 'us' GROUP BY region"
    lake.run("REFRESH MATERIALIZED VIEW by_day")
    assert lake.same(text) == "by_day"
    lake.run("INSERT INTO orders (id, region, day) VALUES (9001, 'us', DATE '2026-01-01')")
    assert lake.same(text) is None  # also within the grace period, which is for ever
    lake.run("ALTER TABLE orders EXECUTE optimize")
    lake.run("REFRESH MATERIALIZED VIEW by_day")
    assert lake.same(text) == "by_day"
    lake.run("ALTER TABLE orders EXECUTE optimize")
    assert lake.same(text) == "by_day"  # compaction changes no row
    lake.run("DELETE FROM orders WHERE id = 9001")
    assert lake.same(text) is None
    lake.run("REFRESH MATERIALIZED VIEW by_day")
    connection = lake.connect(trino.transaction.IsolationLevel.REPEATABLE_READ)
    assert lake.view_of(text, connection) == "by_day"
    before = lake.run(text, connection)[1]
    lake.run("INSERT INTO orders (id, region, day) VALUES (9002, 'us', DATE '2026-01-01')", connection)
    assert lake.run(text, connection)[1] == [["us", before[0][1] + 1]]
    assert lake.view_of(text, connection) is None
    connection.rollback()
    assert lake.same(text) == "by_day"


def test_a_broken_view_breaks_no_query(lake):
    text = "SELECT region, count(*) AS n FROM orders GROUP BY region"
    lake.run("REFRESH MATERIALIZED VIEW by_day")
    storage = lake.run("SELECT storage_table FROM system.metadata.materialized_views WHERE name = 'by_day'")[1][0][0]
    assert lake.same(text) == "by_day"
    lake.run(f"ALTER TABLE {storage} RENAME TO st_by_day_gone")
    assert lake.same(text) is None
    lake.run(f"ALTER TABLE st_by_day_gone RENAME TO {storage}")
    lake.run(f"INSERT INTO {storage} (day, n) VALUES (DATE '2026-01-01', 5)")  # nobody knows what its rows are
    assert lake.same(text) is None
    lake.run("REFRESH MATERIALIZED VIEW by_day")
    assert lake.same(text) == "by_day"


def test_a_renamed_view_goes_on_answering(lake):
    """Its storage table keeps the name of the first one."""
    text = "SELECT region, count(*) AS n FROM orders GROUP BY region"
    lake.run("REFRESH MATERIALIZED VIEW by_day")
    assert lake.same(text) == "by_day"
    lake.run("ALTER MATERIALIZED VIEW by_day RENAME TO each_day")
    assert lake.same(text) == "by_day"  # by the name of its storage table
    assert '"each_day$fresh"' not in str(lake.run("SHOW TABLES")[1])
    lake.run("ALTER MATERIALIZED VIEW each_day RENAME TO daily")
    assert lake.same(text) == "by_day"
    lake.run("INSERT INTO orders (id, region, day) VALUES (9003, 'us', DATE '2026-01-01')")
    assert lake.same(text) is None
    lake.run("REFRESH MATERIALIZED VIEW daily")
    assert lake.same(text) == "by_day"
    lake.run("ALTER MATERIALIZED VIEW daily RENAME TO by_day")
    assert lake.same(text) == "by_day"
