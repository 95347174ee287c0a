"""Catalogs of real PostgreSQL and MariaDB servers: joins, types, what is pushed down and what must not be, CREATE CATALOG,
and that no password is shown."""
import json
import os
import urllib.request

import pytest

from mariadb_server import MariaDbServer

PASSWORD = "geheimes wort"


class Statements:
    """Trino's protocol without a client."""

    def __init__(self, server):
        self.uri = server.uri

    def run(self, sql):
        answer = urllib.request.Request(f"{self.uri}/v1/statement", data=sql.encode(), headers={"X-Trino-User": "ada"})
        rows = []
        while True:
            with urllib.request.urlopen(answer, timeout=60) as response:
                page = json.loads(response.read())
            if "error" in page:
                return None, page["error"]["message"]
            rows += page.get("data") or []
            if "nextUri" not in page:
                return rows, None
            answer = urllib.request.Request(page["nextUri"], headers={"X-Trino-User": "ada"})

    def rows(self, sql):
        rows, error = self.run(sql)
        assert error is None, (sql, error)
        return rows

    def error(self, sql):
        rows, error = self.run(sql)
        assert rows is None, (sql, rows)
        return error


@pytest.fixture(scope="module")
def shop(postgres):
    """The name of a database with customers, which `reader` may read."""
    database = postgres.new_database().rsplit("/", 1)[1]
    postgres.sql(database, "CREATE TABLE customers (id int PRIMARY KEY, name text, born date, balance numeric(12,2), "
                           "tags text[], seen timestamptz, key uuid, note json)")
    postgres.sql(database, "INSERT INTO customers SELECT i, 'n' || i, date '2000-01-01' + i, i * 1.5, ARRAY['a', 'b'], "
                           "'2024-01-01 00:00:00+02', '00000000-0000-0000-0000-000000000001', '{\"a\": 1}' "
                           "FROM generate_series(1, 1000) i")
    postgres.sql(database, "CREATE SCHEMA other; CREATE TABLE other.t (x int); INSERT INTO other.t VALUES (7)")
    if not postgres.sql("postgres", "SELECT 1 FROM pg_roles WHERE rolname = 'reader'"):
        postgres.sql("postgres", f"CREATE USER reader PASSWORD '{PASSWORD}'")
    postgres.sql(database, "GRANT USAGE ON SCHEMA other TO reader; GRANT SELECT ON customers, other.t TO reader")
    return database


@pytest.fixture(scope="module")
def mariadb():
    running = MariaDbServer()
    running.sql("CREATE TABLE items (id int PRIMARY KEY, name varchar(20), price decimal(10,2), big bigint unsigned, "
                "at datetime)", "shop")
    running.sql("INSERT INTO items VALUES (1, 'B', 1.5, 18446744073709551615, '2020-01-01 10:00:00'), "
                "(2, 'a', 2.5, 2, NULL), (3, 'A', 3.5, 3, NULL), (4, 'b ', 4.5, 4, NULL), (5, 'b', 5.5, 5, NULL)", "shop")
    yield running
    running.close()


def settings_of(postgres, shop, mariadb):
    return {"catalogs": {
        "pg": {"type": "postgresql", "connection-url": f"jdbc:postgresql://127.0.0.1:{postgres.port}/{shop}",
               "connection-user": "reader", "connection-password": "${env:SHOP_PASSWORD}"},
        "my": {"type": "mysql", "host": "127.0.0.1", "port": str(mariadb.port), "user": "reader",
               "password": "${env:SHOP_PASSWORD}"},
        "down": {"type": "postgresql", "host": "127.0.0.1", "port": "1", "database": "x", "user": "u",
                 "password": PASSWORD}}}


@pytest.fixture(scope="module")
def secret():
    """In the environment of what is started."""
    os.environ["SHOP_PASSWORD"] = PASSWORD
    yield
    del os.environ["SHOP_PASSWORD"]


@pytest.fixture(scope="module")
def home(programs, tmp_path_factory, postgres, shop, mariadb, secret):
    tarn_at, _ = programs
    tarn = tarn_at(tmp_path_factory.mktemp("federation") / "home")
    tarn.home.mkdir()
    (tarn.home / "tarn.yaml").write_text(json.dumps(settings_of(postgres, shop, mariadb)))
    return tarn


@pytest.fixture(scope="module")
def lake(programs, home):
    """Statements of a server, which loads the extensions once."""
    _, make_server = programs
    server = make_server(home)
    yield Statements(server)
    assert server.stop() == 0, server.log()


def plan(lake, sql):
    return "\n".join(row[0] for row in lake.rows(f"EXPLAIN {sql}"))


def test_tables_of_other_servers_are_read_and_joined(lake):
    lake.rows("CREATE SCHEMA iceberg.s")
    lake.rows("CREATE TABLE iceberg.s.orders AS SELECT * FROM (VALUES (7, 3), (8, 1)) t(customer, item)")
    assert lake.rows("SELECT c.name, i.name FROM iceberg.s.orders o JOIN pg.public.customers c ON c.id = o.customer "
                     "JOIN my.shop.items i ON i.id = o.item ORDER BY 1") == [["n7", "A"], ["n8", "B"]]
    assert lake.rows("SELECT count(*), max(id) FROM pg.public.customers WHERE id > 990") == [[10, 1000]]
    assert lake.rows("SELECT CAST(sum(balance) AS double) FROM pg.public.customers") == [[750750.0]]
    assert lake.rows("SELECT x FROM pg.other.t") == [[7]]
    assert lake.rows("SELECT CAST(big AS varchar) FROM my.shop.items WHERE id = 1") == [["18446744073709551615"]]
    lake.rows("CREATE TABLE iceberg.s.copy AS SELECT id, name, born, balance FROM pg.public.customers")
    assert lake.rows("SELECT count(*) FROM iceberg.s.copy") == [[1000]]


def test_filters_are_pushed_down(lake):
    shown = plan(lake, "SELECT name FROM pg.public.customers WHERE id BETWEEN 5 AND 7 AND name > 'n5'")
    scan = shown[shown.index("POSTGRES_SCAN"):]
    assert "id>=5" in scan and "name>'n5'" in scan and "FILTER " not in shown
    shown = plan(lake, "SELECT id FROM my.shop.items WHERE price > 2")
    assert "price>2" in shown[shown.index("MYSQL_SCAN"):].replace(" ", "")


def test_texts_are_compared_as_here_not_as_the_server_does(lake):
    """MySQL takes 'a' and 'A', 'b' and 'b ' for the same text."""
    for condition, ids in [("name = 'a'", [2]), ("name = 'b'", [5]), ("name < 'a'", [1, 3]), ("name LIKE 'B%'", [1]),
                           ("name IN ('a', 'b')", [2, 5]), ("name <> 'a'", [1, 3, 4, 5]), ("name = 'a' AND price > 2", [2]),
                           ("name BETWEEN 'A' AND 'Z' AND id < 3", [1])]:
        found = lake.rows(f"SELECT id FROM my.shop.items WHERE {condition} ORDER BY id")
        assert [row[0] for row in found] == ids, condition
    assert lake.rows("SELECT name FROM my.shop.items ORDER BY name LIMIT 2") == [["A"], ["B"]]
    assert lake.rows("SELECT count(DISTINCT name) FROM my.shop.items") == [[5]]
    assert lake.rows("SELECT count(*) FROM (SELECT name FROM my.shop.items GROUP BY name) t") == [[5]]
    joined = lake.rows("SELECT i.id FROM my.shop.items i JOIN (VALUES ('a'), ('B')) v(w) ON v.w = i.name ORDER BY 1")
    assert joined == [[1], [2]]


def test_they_are_read_only_unless_said(lake):
    for name in ["pg.public.customers", "my.shop.items"]:
        assert "read-only" in lake.error(f"DELETE FROM {name}")
    assert lake.rows("SELECT count(*) FROM pg.public.customers") == [[1000]]


def test_a_server_that_is_down_disturbs_nobody(lake):
    said = lake.error("SELECT * FROM down.public.t")
    assert "Catalog down" in said and "127.0.0.1:1/x" in said and PASSWORD not in said
    assert lake.rows("SELECT count(*) FROM pg.other.t") == [[1]]
    assert PASSWORD not in lake.error("SELECT * FROM pg.public.nothing")


def test_a_wrong_password_is_told_without_it(home, monkeypatch):
    monkeypatch.setenv("SHOP_PASSWORD", "nicht dieses")
    said = home.fails("sql", "-e", "SELECT * FROM my.shop.items")
    assert "Catalog my" in said and "nicht dieses" not in said


def test_no_password_is_shown(home):
    shown = home.ok("sql", "-e", "SELECT count(*) FROM pg.public.customers; SELECT count(*) FROM my.shop.items; "
                    "FROM duckdb_databases(); FROM duckdb_secrets(); FROM duckdb_settings(); SHOW CATALOGS; "
                    "FROM duckdb_logs()")
    assert "1000" in shown and PASSWORD not in shown and PASSWORD.split()[0] not in shown
    assert "CREATE CATALOG" in home.fails("sql", "-e", f"ATTACH 'host=x password={PASSWORD}' AS y (TYPE postgres)")


def test_catalogs_are_created_kept_and_dropped(tarn, serve, postgres, shop, secret):
    server = serve()
    lake_sql = Statements(server)
    url = f"jdbc:postgresql://127.0.0.1:{postgres.port}/{shop}"
    create = (f"CREATE CATALOG made USING postgresql WITH (\"connection-url\" = '{url}', \"connection-user\" = 'reader', "
              "\"connection-password\" = '%s')")
    assert "reference" in lake_sql.error(create % PASSWORD) or "${ENV" in lake_sql.error(create % PASSWORD)
    lake_sql.rows(create % "${ENV:SHOP_PASSWORD}")
    assert lake_sql.rows("SELECT count(*) FROM made.public.customers WHERE id <= 3") == [[3]]
    assert "already exists" in lake_sql.error(create % "${ENV:SHOP_PASSWORD}")
    assert ["made"] in lake_sql.rows("SHOW CATALOGS")
    assert ["other"] in lake_sql.rows("SHOW SCHEMAS FROM made")
    assert "factory" in lake_sql.error("CREATE CATALOG x USING oracle")
    assert "not made by CREATE CATALOG" in lake_sql.error("DROP CATALOG iceberg")
    assert server.stop() == 0
    lake_sql = Statements(serve())
    assert lake_sql.rows("SELECT count(*) FROM made.public.customers WHERE id <= 3") == [[3]]
    lake_sql.rows("DROP CATALOG made")
    assert ["made"] not in lake_sql.rows("SHOW CATALOGS")
    assert "not found" in lake_sql.error("DROP CATALOG made")
    kept = b"".join(path.read_bytes() for path in tarn.home.glob("catalog.db*"))
    assert PASSWORD.encode() not in kept


def test_another_rest_catalog_is_created(programs, serve, tarn, tmp_path):
    make_tarn, make_server = programs
    other = make_tarn(tmp_path / "elsewhere")
    other.ok("sql", "-e", "CREATE SCHEMA iceberg.s; CREATE TABLE iceberg.s.t AS SELECT 5 AS x")
    far = make_server(other)
    try:
        near = Statements(serve())
        near.rows("CREATE CATALOG far USING iceberg WITH (\"iceberg.catalog.type\" = 'rest', "
                  f"\"iceberg.rest-catalog.uri\" = '{far.catalog_uri}')")
        assert near.rows("SELECT x FROM far.s.t") == [[5]]
        near.rows("DROP CATALOG far")
        assert near.error("SELECT x FROM far.s.t")
    finally:
        assert far.stop() == 0


def test_extensions_are_not_loaded_for_nothing(home):
    """Nobody is asked, and no extension is loaded, by statements that name none of the servers."""
    assert home.sql("SELECT extension_name FROM duckdb_extensions() WHERE loaded AND extension_name LIKE '%scanner'") == []


def test_files_are_tables(tarn, tmp_path):
    path = tmp_path / "Words.csv"
    path.write_text("word\none\n")
    for dialect in ["duckdb", "trino"]:
        shown = tarn.ok("sql", "--format", "csv", "-e", f"SET SESSION dialect = '{dialect}'", "-e",
                        f'SELECT word FROM "{path}"')
        assert "one" in shown
