"""Loads by real ODBC drivers of the system: SQLite's, PostgreSQL's and MariaDB's, through unixODBC."""
import os
import signal
import sqlite3
import time
import urllib.parse

import pytest

from mariadb_server import MariaDbServer
from test_data_loads import Api, basic

SECRET = "geheimes;wort}"
BRACED = "{" + SECRET.replace("}", "}}") + "}"

TYPES = """
CREATE TABLE types (
  id bigint PRIMARY KEY, yes boolean, small smallint, whole integer, four real, eight double precision, exact numeric(12, 3),
  name varchar(50), fixed char(4), words text, bytes bytea, day date, at time(6), stamp timestamp, key uuid);
INSERT INTO types VALUES
 (9223372036854775807, true, -1, 2147483647, 1.5, 0.1, -123456789.125, 'grün 😀', 'ab', repeat('ü', 100000), '\\x00ff',
  '1900-02-28', '23:59:59.999999', '2024-02-29 12:00:00.5', '6a8f5c1e-0000-4000-8000-00000000000a'),
 (2, %s);
"""


@pytest.fixture(scope="module")
def database(postgres):
    """A connection string of psqlodbc, and what it leads to."""
    uri = urllib.parse.urlsplit(postgres.new_database())
    name = uri.path[1:]
    postgres.sql(name, TYPES % ", ".join(["NULL"] * 14))
    text = (f"Driver={{PostgreSQL Unicode}};Server=127.0.0.1;Port={uri.port};Database={name};UID=postgres;PWD={BRACED};"
            "BoolsAsChar=0;UseDeclareFetch=1;MaxLongVarcharSize=0")
    return postgres, name, text


@pytest.fixture
def shop(tmp_path):
    """A file of SQLite, and its connection string."""
    file = tmp_path / "shop.db"
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, item VARCHAR(3), price DOUBLE, body BLOB, at TIMESTAMP)")
        database.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", [
            (1, "tea, which is longer than three", 2.5, b"\x00\xff", "2024-01-01 00:00:00"), (2, "grün", None, None, None)])
    database.close()
    return file, f"Driver={{SQLite3}};Database={file}"


@pytest.fixture
def api(server):
    return Api(server)


def load(tarn, text, into, **options):
    words = [word for key, value in options.items() for word in ("--option", f"{key}={value}")]
    return tarn.json("load", f"odbc:{text}", "--into", into, *words)


def test_every_type_of_postgres(tarn, database):
    _, _, text = database
    done = load(tarn, text, "o.types", table="types")
    assert done["rows_loaded"] == 2 and done["format"] == "odbc"
    one, two = tarn.sql("SELECT * FROM iceberg.o.types ORDER BY id DESC")
    assert {key for key, value in two.items() if value is not None} == {"id"}
    assert (one["id"], one["small"], one["whole"], one["four"], one["eight"]) == (9223372036854775807, -1, 2147483647, 1.5, 0.1)
    assert (one["yes"], float(one["exact"]), one["name"], one["fixed"]) == (True, -123456789.125, "grün 😀", "ab  ")
    assert one["words"] == "ü" * 100_000 and one["key"] == "6a8f5c1e-0000-4000-8000-00000000000a"
    assert one["day"] == "1900-02-28" and one["at"].startswith("23:59:59") and one["stamp"].startswith("2024-02-29T12:00:00.5")
    assert tarn.value("SELECT hex(bytes) FROM iceberg.o.types WHERE whole IS NOT NULL") == "00FF"
    columns = {row["Column"]: row["Type"] for row in tarn.sql("DESCRIBE iceberg.o.types")}
    assert columns["exact"] == "decimal(12,3)" and columns["key"] == "uuid" and columns["id"] == "bigint"


def test_many_rows_come_in_blocks(tarn, database):
    _, _, text = database
    query = ("SELECT i::int AS id, ('ü' || i)::varchar(20) AS name, (i * 0.5)::numeric(12,2) AS price, CASE WHEN i % 3 = 0 THEN "
             "i::bigint END AS third, date '2000-01-01' + i % 1000 AS day FROM generate_series(1, 100000) i")
    for into, fetch in (("o.blocks", "block"), ("o.values", "value")):
        assert load(tarn, text, into, query=query, fetch=fetch)["rows_loaded"] == 100_000
        assert tarn.sql(f"SELECT count(*) AS n, sum(id) AS ids, count(DISTINCT name) AS names, CAST(sum(price) AS DOUBLE) AS prices, "
                        f"count(third) AS thirds, count(DISTINCT day) AS days FROM iceberg.{into}") == [
            {"n": 100_000, "ids": 5_000_050_000, "names": 100_000, "prices": 2_500_025_000.0, "thirds": 33_333, "days": 1_000}]


def test_sqlite_whatever_it_declares(tarn, shop):
    _, text = shop
    assert load(tarn, text, "o.orders", table="orders")["rows_loaded"] == 2
    assert tarn.sql("SELECT id, item, price, hex(body) AS body FROM iceberg.o.orders ORDER BY id") == [
        {"id": 1, "item": "tea, which is longer than three", "price": 2.5, "body": "00FF"},
        {"id": 2, "item": "grün", "price": None, "body": None}]
    assert tarn.value("SELECT summary FROM iceberg.o.orders.snapshots")["tarn.source"].startswith("odbc:///")


def test_mariadbs_driver(tarn):
    server = MariaDbServer()
    try:
        server.sql("CREATE TABLE t (id bigint unsigned, name varchar(20), d decimal(10,2), at datetime(6)); INSERT INTO t VALUES "
                   "(18446744073709551615, 'grün', -1.25, '2024-02-29 01:02:03.000004'), (1, NULL, NULL, NULL)", "shop")
        text = f"Driver={{MariaDB Unicode}};Server=127.0.0.1;Port={server.port};Database=shop;UID=reader;PWD={{{server.password}}}"
        assert load(tarn, text, "o.maria", table="t")["rows_loaded"] == 2
        one = tarn.sql("SELECT CAST(id AS VARCHAR) AS id, name, CAST(d AS VARCHAR) AS d, CAST(\"at\" AS VARCHAR) AS moment "
                       "FROM iceberg.o.maria WHERE name IS NOT NULL")[0]
        assert one == {"id": "18446744073709551615", "name": "grün", "d": "-1.25", "moment": "2024-02-29 01:02:03.000004"}
        error = tarn.fails("load", f"odbc:{text}1", "--into", "o.x", "--option", "table=t")
        assert "no connection string" in error and server.password not in error
        error = tarn.fails("load", "odbc:" + text.replace(server.password, "falsch"), "--into", "o.x", "--option", "table=t")
        assert "Access denied" in error and "falsch" not in error
    finally:
        server.close()


def test_errors_say_what_to_do_and_no_secret(tarn, database, shop):
    _, _, text = database

    def error(text, **options):
        words = [word for key, value in (options or {"table": "types"}).items() for word in ("--option", f"{key}={value}")]
        said = tarn.fails("load", f"odbc:{text}", "--into", "o.bad", *words)
        assert SECRET not in said and "geheim" not in said
        return said

    assert "odbcinst -q" in error("DSN=nowhere;PWD=geheim")
    assert "odbcinst -q" in error("Driver={None Such};PWD=geheim")
    assert "no connection string" in error("geheim")
    assert "nowhere" in error(text, table="nowhere")
    assert "nothing" in error(text, query="SELECT nothing FROM types")
    assert "gives no rows" in error(shop[1], query="DELETE FROM orders")
    assert "two columns of one name" in error(text, query="SELECT 1 AS a, 2 AS a")
    assert "needs the option table=" in error(text, numeric="text")
    assert "not speed" in error(text, table="types", speed="1")
    assert "Cannot connect to odbc://127.0.0.1:1/d" in error(
        "Driver={PostgreSQL Unicode};Server=127.0.0.1;Port=1;Database=d;UID=u;PWD=geheim")
    assert "o.bad" not in tarn.tables()


def test_a_variable_holds_the_password(tarn, database):
    _, _, text = database
    hidden = text.replace(BRACED, "${env:SHOP_PASSWORD}")
    done = tarn.run("load", f"odbc:{hidden}", "--into", "o.env", "--option", "query=SELECT 1 AS one",
                    env={**os.environ, "SHOP_PASSWORD": BRACED})
    assert done.returncode == 0, done.stderr
    assert "SHOP_PASSWORD" in tarn.fails("load", f"odbc:{hidden}", "--into", "o.env2", "--option", "query=SELECT 1 AS one")


def test_the_api_and_stored_connections(api, tarn, database, server):
    _, _, text = database
    answer = api.ok("/load/odbc", connectionString=text, sourceTable="types", table="s.types")
    assert answer["rows"] == 2 and answer["format"] == "odbc" and answer["source"].startswith("odbc://127.0.0.1:")
    assert tarn.value("SELECT DISTINCT source_system FROM s.types") == "odbc"
    assert "nowhere" in api.fails("/load/odbc", 404, connection_string=text, query="SELECT * FROM nowhere", table="s.x")
    assert "Give one of" in api.fails("/load/odbc", 400, query="SELECT 1 AS one", table="s.x")
    assert "DSN" not in api.fails("/load/odbc", 400, dsn="nowhere", user="u", password="geheim", query="SELECT 1", table="s.x")
    assert api.post("/connections", name="pg", type="odbc", connection_string=text)[0] == 201
    status, answer = api.post("/connections/pg/test")
    assert status == 200 and "PostgreSQL" in answer["message"], answer
    assert api.ok("/load/odbc", connection="pg", query="SELECT id FROM types", table="s.ids")["rows"] == 2
    assert "not both" in api.post("/connections", name="b", type="odbc", connection_string=text, dsn="x")[1]["message"]
    assert "needs dsn" in api.post("/connections", name="b", type="odbc", user="x")[1]["message"]
    for path in [path for path in tarn.home.rglob("*") if path.is_file()] + [server.log_file]:
        content = path.read_bytes()
        assert SECRET.encode() not in content and BRACED.encode() not in content, path
    assert SECRET not in str(api.call("GET", "/connections/pg")) and SECRET not in str(api.call("GET", "/jobs"))


def test_drivers_are_for_who_reaches_the_server(serve, tarn, database, shop):
    server = serve(settings={"auth": {"enabled": True}})
    ada = Api(server, basic(tarn.json("user", "add", "ada")))
    assert "sql.server_access" in ada.fails("/load/odbc", 403, connection_string=shop[1], source_table="orders", table="a.x")
    assert "sql.server_access" in ada.fails("/load/odbc", 403, dsn="x", source_table="orders", table="a.x")
    status, answer = ada.post("/connections", name="mine", type="odbc", connection_string=shop[1])
    assert status == 403 and "sql.server_access" in answer["message"]


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_cursor_takes_rows_of_an_equal_value_once(api, database, shop, kind):
    server, name, text = database
    file, lite = shop

    def run(statement):
        if kind == "postgres":
            server.sql(name, statement)
            return
        with sqlite3.connect(file) as connection:
            connection.execute(statement)
        connection.close()

    run("CREATE TABLE events (id integer PRIMARY KEY, at timestamp)")
    run("INSERT INTO events VALUES (1, '2024-01-01 00:00:00'), (2, '2024-01-01 00:00:01')")
    body = {"connection_string": text if kind == "postgres" else lite, "source_table": "events", "table": f"c.{kind}",
            "cursor": {"column": "at", "key": ["id"]}}
    assert api.ok("/load/odbc", **body)["rows"] == 2
    assert api.ok("/load/odbc", **body)["rows"] == 0
    run("INSERT INTO events VALUES (3, '2024-01-01 00:00:01')")
    assert api.ok("/load/odbc", **body)["rows"] == 1
    run("INSERT INTO events VALUES (4, '2024-01-01 00:00:01'), (5, '2024-01-01 00:00:02')")
    assert api.ok("/load/odbc", **body)["rows"] == 2
    assert api.ok("/load/odbc", **body)["rows"] == 0
    assert api.ok("/sql", statements=f"SELECT count(*), count(DISTINCT id) FROM c.{kind}")["statements"][0]["rows"] == [[5, 5]]


def test_cancel_leaves_nothing_behind(api, tarn, database):
    _, _, text = database
    status, job = api.post("/load/odbc", connection_string=text, table="c.t", **{"async": True},
                           query="SELECT i, pg_sleep(0.0005) IS NULL AS x FROM generate_series(1, 1000000) i")
    assert status == 202, job
    api.wait(job["id"], "running")
    time.sleep(1)
    assert api.call("POST", f"/jobs/{job['id']}/cancel")[0] in (200, 202)
    assert api.wait(job["id"])["state"] == "cancelled"
    assert tarn.tables() == [] and tarn.data_files() == []


def test_a_server_that_dies_leaves_nothing(tarn, database):
    server, _, text = database
    process = tarn.start("load", f"odbc:{text}", "--into", "o.slow", "--option",
                         "query=SELECT i, pg_sleep(CASE WHEN i = 50000 THEN 30 ELSE 0 END) IS NULL AS s FROM generate_series(1, 60000) i")
    time.sleep(2)
    server.stop(signal.SIGQUIT)
    try:
        _, error = process.communicate(timeout=60)
    finally:
        server.start()
    assert process.returncode == 1 and "odbc://127.0.0.1" in error and SECRET not in error, error
    assert "o.slow" not in tarn.tables() and not tarn.data_files()
