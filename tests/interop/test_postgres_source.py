"""Tables and queries of a real PostgreSQL into the lake, by binary COPY."""

import signal
import threading
import time

import pytest

TYPES = """
CREATE TYPE mood AS ENUM ('sad', 'fine');
CREATE TYPE pair AS (n integer, label text);
CREATE DOMAIN price AS numeric(9, 2);
CREATE TABLE types (
  id bigint NOT NULL, yes boolean, small smallint, whole integer, big bigint, four real, eight double precision,
  exact numeric(12, 3), loose numeric, cost price, name varchar(10), fixed char(4), doc json, docb jsonb, bytes bytea,
  day date, at time, stamp timestamp, instant timestamptz, key uuid, feel mood, span int4range, wait interval,
  address inet, bits bit(3), cash money, numbers integer[], words text[], spans int4range[], two pair, twos pair[]);
INSERT INTO types VALUES
 (1, true, -1, 2147483647, -9223372036854775808, 1.5, 0.1, 123456789.125, 1.000000000000000001, 9.99, 'grün', 'ab',
  '{"a": [1]}', '{"b":2}', '\\x00ff', '1900-02-28', '23:59:59.999999', '2024-02-29 12:00:00.5',
  '2024-02-29 12:00:00+02', '6a8f5c1e-0000-4000-8000-00000000000a', 'fine', '[1,5)', '1 day 2 hours', '10.0.0.1/8',
  B'101', 12.34, '{1,NULL,3}', '{"a","b c"}', '{"[1,2)"}', (7, 'x'), ARRAY[(1, 'y')::pair]),
 (2, %s);
"""


@pytest.fixture(scope="module")
def database(postgres):
    uri = postgres.new_database()
    name = uri.rsplit("/", 1)[1]
    postgres.sql(name, TYPES % ", ".join(["NULL"] * 30))
    return postgres, name, uri


def load(tarn, uri, into, **options):
    words = [word for key, value in options.items() for word in ("--option", f"{key}={value}")]
    return tarn.json("load", uri, "--into", into, *words)


def test_every_type_comes_as_it_is(tarn, database):
    _, _, uri = database
    assert load(tarn, uri, "pg.types", table="types")["rows_loaded"] == 2
    one, two = tarn.sql("SELECT * FROM iceberg.pg.types ORDER BY id")
    assert {key for key, value in two.items() if value is not None} == {"id"}
    assert (one["yes"], one["small"], one["whole"], one["big"]) == (True, -1, 2147483647, -9223372036854775808)
    assert (one["four"], one["eight"], float(one["exact"]), float(one["cost"])) == (1.5, 0.1, 123456789.125, 9.99)
    assert (one["name"], one["fixed"], one["doc"], one["docb"]) == ("grün", "ab  ", '{"a": [1]}', '{"b": 2}')
    assert (one["day"], one["at"]) == ("1900-02-28", "23:59:59.999999")
    assert one["stamp"].startswith("2024-02-29T12:00:00.5") and one["instant"].startswith("2024-02-29T10:00:00")
    assert one["key"] == "6a8f5c1e-0000-4000-8000-00000000000a"
    assert (one["feel"], one["span"], one["wait"], one["address"], one["bits"]) == (
        "fine", "[1,5)", "P1DT2H", "10.0.0.1/8", "101")
    assert (float(one["cash"]), one["numbers"], one["words"], one["spans"]) == (12.34, [1, None, 3], ["a", "b c"], ["[1,2)"])
    assert (one["two"], one["twos"]) == ({"n": 7, "label": "x"}, [{"n": 1, "label": "y"}])
    columns = {row["Column"]: row["Type"] for row in tarn.sql("DESCRIBE iceberg.pg.types")}
    assert columns["loose"] == "decimal(38,18)" and columns["cost"] == "decimal(9,2)" and columns["key"] == "uuid"
    assert tarn.value("SELECT CAST(loose AS VARCHAR) FROM iceberg.pg.types WHERE id = 1") == "1.000000000000000001"
    assert tarn.value("SELECT hex(bytes) FROM iceberg.pg.types WHERE id = 1") == "00FF"


def test_a_query_and_its_errors(tarn, database):
    _, _, uri = database
    assert load(tarn, uri, "pg.q", query="SELECT id, upper(name) AS name FROM types WHERE id = 1;")["rows_loaded"] == 1
    assert tarn.sql("SELECT * FROM iceberg.pg.q") == [{"id": 1, "name": "GRÜN"}]
    for options, message in (
            ({"table": "nowhere"}, "no such table: nowhere"),
            ({"query": "SELECT nothing FROM types"}, 'column "nothing" does not exist'),
            ({"query": "SELEC 1"}, "syntax error"),
            ({"query": "SELECT 1 AS a, 2 AS a"}, "two columns of one name, rename one: a"),
            ({"query": "DELETE FROM types RETURNING id"}, "syntax error"),
            ({"query": "SELECT 1; DROP TABLE types"}, "syntax error"),
            ({"query": "SELECT setval('s', 1) FROM (SELECT nextval('s')) t"}, "does not exist"),
            ({}, "needs the option table=schema.name"),
            ({"table": "types", "speed": "9"}, "not speed"),
            ({"table": "types", "connections": "0"}, "number from 1 to 32")):
        words = [word for key, value in options.items() for word in ("--option", f"{key}={value}")]
        assert message in tarn.fails("load", uri, "--into", "pg.bad", *words), options
    assert "pg.bad" not in tarn.tables()


def test_what_a_table_cannot_hold(tarn, database):
    server, name, uri = database
    server.sql(name, "CREATE TABLE odd AS SELECT 'infinity'::timestamp AS t, 'NaN'::numeric(5, 1) AS n")
    assert "Column t, row 1: A date or time that is infinite" in tarn.fails(
        "load", uri, "--into", "pg.odd", "--option", "table=odd")
    load(tarn, uri, "pg.odd", table="odd", unheld="null")
    assert tarn.sql("SELECT * FROM iceberg.pg.odd") == [{"t": None, "n": None}]
    server.sql(name, "CREATE TABLE wide AS SELECT 1e30::numeric AS n")
    assert "does not fit into decimal(38, 18)" in tarn.fails("load", uri, "--into", "pg.wide", "--option", "table=wide")
    load(tarn, uri, "pg.wide", table="wide", numeric="double")
    assert tarn.value("SELECT n FROM iceberg.pg.wide") == 1e30


def test_a_large_table_is_read_in_parts_of_one_moment(tarn, database):
    """While it is read, rows come, move and go."""
    server, name, uri = database
    server.sql(name, "CREATE TABLE accounts AS SELECT i AS id, 100 AS balance, repeat('x', 400) AS filler "
                     "FROM generate_series(1, 300000) AS i")
    stop = threading.Event()

    def move():
        while not stop.is_set():
            server.sql(name, "BEGIN; UPDATE accounts SET balance = balance - 5 WHERE id = 7; "
                             "UPDATE accounts SET balance = balance + 5 WHERE id = 299000; COMMIT")

    mover = threading.Thread(target=move)
    mover.start()
    try:
        assert load(tarn, uri, "pg.accounts", table="public.accounts")["rows_loaded"] == 300000
    finally:
        stop.set()
        mover.join()
    assert tarn.sql("SELECT count(*) AS n, count(DISTINCT id) AS ids, sum(balance) AS total FROM iceberg.pg.accounts") == [
        {"n": 300000, "ids": 300000, "total": 30000000}]


def test_partitions_and_views(tarn, database):
    server, name, uri = database
    server.sql(name, "CREATE TABLE parts (id int, k int) PARTITION BY LIST (k); "
                     "CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1); "
                     "CREATE TABLE parts_2 PARTITION OF parts FOR VALUES IN (2); "
                     "INSERT INTO parts SELECT i, 1 + i % 2 FROM generate_series(1, 1000) i; "
                     "CREATE VIEW \"Odd view\" AS SELECT * FROM parts WHERE k = 2")
    assert load(tarn, uri, "pg.parts", table="parts")["rows_loaded"] == 1000
    assert load(tarn, uri, "pg.odd_view", table='"Odd view"')["rows_loaded"] == 500


def test_nobody_there_and_wrong_passwords(tarn):
    error = tarn.fails("load", "postgresql://ada:geheim@127.0.0.1:1/db", "--into", "pg.x", "--option", "table=t")
    assert "127.0.0.1:1" in error and "geheim" not in error
    error = tarn.fails("load", "postgresql://ada:geheim@127.0.0.1:1/db?sslmode=odd", "--into", "pg.x", "--option", "table=t")
    assert "geheim" not in error
    error = tarn.fails("load", "postgresql://%zz:geheim@h/db", "--into", "pg.x", "--option", "table=t")
    assert "no address of a PostgreSQL" in error and "geheim" not in error


def test_a_password_stays_out_of_the_table(tarn, database):
    _, _, uri = database
    load(tarn, uri.replace("postgres@", "postgres:geheim@"), "pg.quiet", query="SELECT 1 AS one")
    written = [path.read_bytes() for path in tarn.home.rglob("*") if path.is_file()]
    assert written and not any(b"geheim" in content for content in written)
    summary = tarn.value("SELECT summary FROM iceberg.pg.quiet.snapshots")
    assert summary["tarn.source-format"] == "postgresql" and summary["tarn.source"].startswith("postgresql://127.0.0.1")


def test_a_server_that_dies_leaves_nothing(tarn, database):
    server, name, uri = database
    server.sql(name, "CREATE TABLE slow AS SELECT i AS id, repeat('y', 200) AS filler FROM generate_series(1, 200000) i")
    process = tarn.start("load", uri, "--into", "pg.slow", "--option",
                         "query=SELECT id, filler, pg_sleep(CASE WHEN id = 150000 THEN 30 ELSE 0 END)::text AS s FROM slow")
    time.sleep(2)
    server.stop(signal.SIGQUIT)
    try:
        _, error = process.communicate(timeout=60)
    finally:
        server.start()
    assert process.returncode == 1 and "lost" in error, error
    assert "pg.slow" not in tarn.tables() and not tarn.data_files()
