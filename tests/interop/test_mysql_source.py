"""Tables and queries of a real MariaDB into the lake: /load/mysql, `tarn load mysql://…`, stored connections, cursors."""
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.parse

import pytest

from mariadb_server import MariaDbServer
from test_data_loads import Api

PASSWORD = urllib.parse.quote(MariaDbServer.password)

TYPES = """
SET NAMES utf8mb4;
CREATE TABLE types (
  id bigint PRIMARY KEY, yes tinyint(1), tiny tinyint, utiny tinyint unsigned, small smallint, medium mediumint, whole int,
  uwhole int unsigned, big bigint, ubig bigint unsigned, four float, eight double, exact decimal(12,3), wide decimal(65,30),
  day date, at time(6), stamp datetime(6), instant timestamp(6) NULL, born year, one bit(1), bits bit(20), all_bits bit(64),
  feel enum('sad','fine'), marks set('a','b','c'), doc json, name varchar(50), old varchar(50) CHARACTER SET latin1,
  fixed char(4), bytes varbinary(10), body blob, words text, big_words longtext, place point) DEFAULT CHARSET utf8mb4;
SET time_zone = '+02:00';
INSERT INTO types VALUES
 (1, 1, -128, 255, -32768, -8388608, -2147483648, 4294967295, -9223372036854775808, 18446744073709551615, 1.1, 0.1,
  -123456789.125, 1.000000000000000000000000000001, '2024-02-29', '23:59:59.999999', '1000-01-01 00:00:00.000001',
  '2024-02-29 12:00:00.5', 2155, b'1', b'11', 18446744073709551615, 'fine', 'a,c', '{"a": [1]}', 'grün 😀', 'grün', 'ab',
  x'00ff', x'00ff00', 'text', repeat('ü', 100000), ST_GeomFromText('POINT(1 2)')),
 (2, %s);
"""


@pytest.fixture(scope="module")
def maria():
    keys = pathlib.Path(tempfile.mkdtemp(prefix="tarn-keys-"))  # where the server's user reaches it
    keys.chmod(0o755)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=shop.example",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", keys / "key.pem", "-out", keys / "cert.pem"],
                   check=True, capture_output=True)
    (keys / "key.pem").chmod(0o644)
    server = MariaDbServer([f"--ssl-cert={keys / 'cert.pem'}", f"--ssl-key={keys / 'key.pem'}", "--sql-mode="])
    server.certificate = keys / "cert.pem"
    server.sql("GRANT LOCK TABLES ON shop.* TO reader@'%'")
    server.sql(TYPES % ", ".join(["NULL"] * 32), "shop")
    yield server
    server.close()
    shutil.rmtree(keys)


@pytest.fixture
def uri(maria):
    return f"mysql://reader:{PASSWORD}@127.0.0.1:{maria.port}/shop"


@pytest.fixture
def login(maria):
    return {"host": "127.0.0.1", "port": maria.port, "database": "shop", "user": "reader", "password": maria.password}


@pytest.fixture
def api(server):
    return Api(server)


def words_of(options):
    return [word for key, value in options.items() for word in ("--option", f"{key}={value}")]


def load(tarn, uri, into, **options):
    return tarn.json("load", uri, "--into", into, *words_of(options))


def test_every_type_comes_as_it_is(tarn, uri):
    done = load(tarn, uri, "my.types", table="types")
    assert done["rows_loaded"] == 2 and done["format"] == "mysql"
    one, two = tarn.sql("SELECT * FROM iceberg.my.types ORDER BY id")
    assert {key for key, value in two.items() if value is not None} == {"id"}
    assert (one["yes"], one["tiny"], one["utiny"], one["small"], one["medium"]) == (True, -128, 255, -32768, -8388608)
    assert (one["whole"], one["uwhole"], one["big"]) == (-2147483648, 4294967295, -9223372036854775808)
    assert (one["four"], one["eight"], float(one["exact"])) == (pytest.approx(1.1, abs=1e-7), 0.1, -123456789.125)
    assert one["wide"] == "1.000000000000000000000000000001"
    assert (one["day"], one["at"], one["born"]) == ("2024-02-29", "23:59:59.999999", 2155)
    assert one["stamp"].startswith("1000-01-01T00:00:00.000001") and one["instant"].startswith("2024-02-29T10:00:00.5")
    assert (one["one"], one["bits"], one["feel"], one["marks"], one["doc"]) == (True, 3, "fine", "a,c", '{"a": [1]}')
    assert (one["name"], one["old"], one["fixed"], one["words"]) == ("grün 😀", "grün", "ab", "text")
    assert one["big_words"] == "ü" * 100_000
    columns = {row["Column"]: row["Type"] for row in tarn.sql("DESCRIBE iceberg.my.types")}
    assert columns["ubig"] == "decimal(20,0)" and columns["all_bits"] == "decimal(20,0)" and columns["wide"] == "varchar"
    assert columns["exact"] == "decimal(12,3)" and columns["yes"] == "boolean" and columns["uwhole"] == "bigint"
    assert columns["stamp"] == "timestamp(6)" and columns["instant"] == "timestamp(6) with time zone"
    for column in ("ubig", "all_bits"):
        assert tarn.value(f"SELECT CAST({column} AS VARCHAR) FROM iceberg.my.types WHERE id = 1") == "18446744073709551615"
    assert tarn.sql("SELECT hex(bytes) AS a, hex(body) AS b, hex(place) AS c FROM iceberg.my.types WHERE id = 1") == [
        {"a": "00FF", "b": "00FF00", "c": "000000000101000000000000000000F03F0000000000000040"}]


def test_what_a_table_cannot_hold(tarn, maria, uri):
    maria.sql("CREATE TABLE odd (id int, flag tinyint(1), d date, t time, s datetime); INSERT INTO odd VALUES "
              "(1, 1, '2024-01-01', '10:00:00', '2024-01-01'), (2, 5, '0000-00-00', '-838:59:59', '2024-00-10 10:00:00')", "shop")
    for column, message in (("flag", "tinyint1=integer"), ("d", "0000-00-00 is no date"), ("s", "2024-00-10 is no date"),
                            ("t", "-838:59:59 is no time of a day")):
        error = tarn.fails("load", uri, "--into", "my.odd", "--option", f"query=SELECT id, {column} FROM odd ORDER BY id")
        assert f"Column {column}, row 2" in error and message in error
    load(tarn, uri, "my.odd", table="shop.odd", unheld="null", tinyint1="integer", time="text")
    assert tarn.sql("SELECT * FROM iceberg.my.odd ORDER BY id")[1] == {"id": 2, "flag": 5, "d": None, "t": "-838:59:59", "s": None}
    load(tarn, uri, "my.odd_times", query="SELECT t FROM odd", unheld="null")
    assert [row["t"] for row in tarn.sql("SELECT t FROM iceberg.my.odd_times ORDER BY t NULLS LAST")] == ["10:00:00", None]


def test_a_query_and_its_errors(tarn, uri):
    assert load(tarn, uri, "my.q", query="SELECT id, upper(feel) AS feel FROM types WHERE id = 1;")["rows_loaded"] == 1
    assert tarn.sql("SELECT * FROM iceberg.my.q") == [{"id": 1, "feel": "FINE"}]
    for options, message in (
            ({"table": "nowhere"}, "'shop.nowhere' doesn't exist"),
            ({"table": "a.b.c"}, "no name of a table"),
            ({"query": "SELECT nothing FROM types"}, "Unknown column 'nothing'"),
            ({"query": "SELEC 1"}, "error in your SQL syntax"),
            ({"query": "SELECT 1 AS a, 2 AS a"}, "two columns of one name, rename one: a"),
            ({"query": "DELETE FROM types"}, "denied"),
            ({"query": "SET @a = 1"}, "gives no rows"),
            ({"query": "SELECT 1; DROP TABLE types"}, "error in your SQL syntax"),
            ({}, "needs the option table=database.name"),
            ({"table": "types", "speed": "9"}, "not speed"),
            ({"table": "types", "connections": "0"}, "number from 1 to 32")):
        assert message in tarn.fails("load", uri, "--into", "my.bad", *words_of(options)), options
    assert "my.bad" not in tarn.tables()


def test_nobody_there_and_wrong_passwords(tarn, maria):
    def error(uri):
        text = tarn.fails("load", uri, "--into", "my.x", "--option", "table=types")
        assert "geheim" not in text and "falsch" not in text
        return text

    assert "127.0.0.1:1" in error("mysql://ada:geheim@127.0.0.1:1/shop")
    assert "check the host's name" in error("mysql://ada:geheim@nobody.invalid/shop")
    assert "Access denied" in error(f"mysql://reader:falsch@127.0.0.1:{maria.port}/shop")
    assert "Access denied" in error(f"mysql://nobody:falsch@127.0.0.1:{maria.port}/shop")
    assert "Unknown database" in error(f"mysql://reader:{PASSWORD}@127.0.0.1:{maria.port}/nowhere")
    assert "no address of a MySQL" in error("mysql://%zz:geheim@h/db")
    assert "does not know this part" in error("mysql://ada:geheim@h/db?application_name=x")


def test_tls(tarn, maria, uri):
    """The server's certificate is its own: it is good for who has it, and for who does not ask."""
    def ciphers(into, mode):
        load(tarn, f"{uri}?{mode}", into, query="SHOW STATUS LIKE 'Ssl_cipher'")
        return tarn.sql(f"SELECT * FROM iceberg.{into}")[0]["Value"]

    assert ciphers("tls.prefer", "sslmode=prefer") and ciphers("tls.required", "sslmode=require")
    assert ciphers("tls.off", "sslmode=disable") == ""
    assert ciphers("tls.full", f"sslmode=verify-full&sslrootcert={maria.certificate}")
    other_name = uri.replace("127.0.0.1", "localhost")  # which is not in the certificate
    assert ciphers("tls.chain", f"sslmode=verify-ca&sslrootcert={maria.certificate}")
    for bad in (f"{uri}?sslmode=verify-full", f"{uri}?sslmode=verify-ca",
                f"{other_name}?sslmode=verify-full&sslrootcert={maria.certificate}"):
        error = tarn.fails("load", bad, "--into", "tls.bad", "--option", "query=SELECT 1 AS one")
        assert "check " in error and PASSWORD not in error
    other = MariaDbServer()
    try:
        plain = f"mysql://reader:{PASSWORD}@127.0.0.1:{other.port}/shop"
        assert load(tarn, plain, "tls.none", query="SELECT 1 AS one")["rows_loaded"] == 1
        error = tarn.fails("load", f"{plain}?sslmode=require", "--into", "tls.bad", "--option", "query=SELECT 1 AS one")
        assert "the server has no TLS" in error
    finally:
        other.close()


def test_a_large_table_is_read_in_parts_of_one_moment(tarn, maria, uri):
    """While it is read, rows come, move and go."""
    maria.sql("CREATE TABLE accounts (id bigint unsigned PRIMARY KEY, balance int, filler varchar(400)) AS "
              "SELECT seq AS id, 100 AS balance, repeat('x', 400) AS filler FROM seq_1_to_300000; ANALYZE TABLE accounts", "shop")
    stop = threading.Event()

    def move():
        while not stop.is_set():
            maria.sql("START TRANSACTION; UPDATE accounts SET balance = balance - 5 WHERE id = 7; "
                      "UPDATE accounts SET balance = balance + 5 WHERE id = 299000; COMMIT", "shop")

    mover = threading.Thread(target=move)
    mover.start()
    try:
        done = load(tarn, uri, "my.accounts", table="shop.accounts")
        assert done["rows_loaded"] == 300_000 and done["note"] == ""
    finally:
        stop.set()
        mover.join()
    whole = {"n": 300_000, "ids": 300_000, "total": 30_000_000}
    totals = "SELECT count(*) AS n, count(DISTINCT id) AS ids, sum(balance) AS total FROM iceberg.my."
    assert tarn.sql(totals + "accounts") == [whole]
    maria.sql("REVOKE LOCK TABLES ON shop.* FROM reader@'%'")
    try:
        done = load(tarn, uri, "my.accounts_alone", table="accounts")
    finally:
        maria.sql("GRANT LOCK TABLES ON shop.* TO reader@'%'")
    assert "LOCK TABLES" in done["note"] and tarn.sql(totals + "accounts_alone") == [whole]


def test_the_api_and_stored_connections(api, tarn, maria, login):
    answer = api.ok("/load/mysql", sourceTable="types", tableName="types", namespace="staging", **login)
    assert answer["rows"] == 2 and answer["format"] == "mysql" and answer["message"] == "Data loaded from MySQL"
    assert answer["source"] == f"mysql://127.0.0.1:{maria.port}/shop"
    assert tarn.value("SELECT source_system FROM staging.types WHERE id = 1") == "mysql"
    assert "nowhere" in api.fails("/load/mysql", 404, query="SELECT * FROM nowhere", table="staging.x", **login)
    assert "Which database" in api.fails("/load/mysql", 400, query="SELECT 1 AS one", table="staging.x")
    message = api.fails("/load/mysql", 503, query="SELECT 1 AS one", table="staging.x", **{**login, "port": 1})
    assert maria.password not in message
    status, answer = api.post("/load/mysql", query="SELECT 1 AS one", table="staging.x", **{**login, "password": "falsches wort"})
    assert status in (401, 403, 502) and "Access denied" in answer["message"] and "falsches" not in str(answer)
    assert api.post("/connections", name="shop", type="mariadb", **login)[0] == 201
    status, answer = api.post("/connections/shop/test")
    assert status == 200 and "MariaDB" in answer["message"]
    assert maria.password not in str(api.call("GET", "/connections/shop"))
    assert api.ok("/load/mysql", connection="shop", query="SELECT id FROM types", table="staging.ids")["rows"] == 2
    assert "type mysql" in api.fails("/load/postgres", 400, connection="shop", query="SELECT 1", table="staging.x")


def test_a_password_stays_out_of_everything(api, tarn, maria, login, server):
    api.ok("/load/mysql", query="SELECT 1 AS one", table="q.t", **login)
    tarn.ok("load", f"mysql://reader:{PASSWORD}@127.0.0.1:{maria.port}/shop", "--into", "q.u", "--option", "query=SELECT 1 AS one")
    for path in [path for path in tarn.home.rglob("*") if path.is_file()] + [server.log_file]:
        content = path.read_bytes()
        assert maria.password.encode() not in content and PASSWORD.encode() not in content, path
    assert tarn.value("SELECT summary FROM iceberg.q.u.snapshots")["tarn.source"] == f"mysql://127.0.0.1:{maria.port}/shop"


def test_timeouts(api, login):
    begin = time.monotonic()
    message = api.fails("/load/mysql", 504, query="SELECT sleep(30) AS s", table="t.x", timeout=1, **login)
    assert "max_statement_time" in message and time.monotonic() - begin < 20


def test_cancel_leaves_nothing_behind(api, tarn, maria, login):
    status, job = api.post("/load/mysql", table="c.t", query="SELECT seq, sleep(0.001) AS s FROM seq_1_to_1000000",
                           **login, **{"async": True})
    assert status == 202, job
    api.wait(job["id"], "running")
    time.sleep(1)
    assert api.call("POST", f"/jobs/{job['id']}/cancel")[0] in (200, 202)
    assert api.wait(job["id"])["state"] == "cancelled"
    assert tarn.tables() == [] and tarn.data_files() == []
    running = "SELECT count(*) FROM information_schema.processlist WHERE user = 'reader' AND command NOT IN ('Sleep', 'Killed')"
    deadline = time.monotonic() + 20
    while maria.sql(running) != ["0"]:
        assert time.monotonic() < deadline, maria.sql("SHOW FULL PROCESSLIST")
        time.sleep(0.2)


def test_a_server_that_dies_leaves_nothing(tarn, maria, uri):
    process = tarn.start("load", uri, "--into", "my.slow", "--option",
                         "query=SELECT seq, repeat('y', 200) AS filler, sleep(if(seq = 150000, 30, 0)) AS s FROM seq_1_to_200000")
    time.sleep(2)
    maria.stop(signal.SIGKILL)
    try:
        _, error = process.communicate(timeout=60)
    finally:
        maria.start()
    assert process.returncode == 1 and "lost" in error, error
    assert "my.slow" not in tarn.tables() and not tarn.data_files()


@pytest.mark.parametrize("by_query", [False, True])
def test_a_cursor_takes_rows_of_an_equal_value_once(api, maria, login, by_query):
    name = f"events{int(by_query)}"
    maria.sql(f"CREATE TABLE {name} (id bigint unsigned PRIMARY KEY, at datetime(3), what text); INSERT INTO {name} "
              "SELECT seq, '2024-01-01' + INTERVAL floor(seq / 10) SECOND, 'old' FROM seq_1_to_100", "shop")
    source = {"query": f"SELECT id, at FROM {name}"} if by_query else {"source_table": f"shop.{name}"}
    body = {**login, **source, "table": f"s.{name}", "cursor": "at"}
    first = api.ok("/load/mysql", **body)
    assert first["rows"] == 100 and first["cursor"] == {"column": "at", "after": None, "up_to": "2024-01-01 00:00:10.000"}
    assert api.ok("/load/mysql", **body)["rows"] == 0
    maria.sql(f"INSERT INTO {name} VALUES (101, '2024-01-01 00:00:10', 'late'), (102, '2024-01-01 00:00:10', 'late'); "
              f"UPDATE {name} SET what = 'changed' WHERE id = 100", "shop")
    assert api.ok("/load/mysql", **body)["rows"] == 2
    assert api.ok("/load/mysql", **body)["rows"] == 0
    maria.sql(f"INSERT INTO {name} VALUES (103, '2024-01-01 00:00:10', 'late'), (104, '2024-01-01 00:00:11', 'new')", "shop")
    assert api.ok("/load/mysql", **body)["rows"] == 2
    assert api.ok("/sql", statements=f"SELECT count(*), count(DISTINCT id) FROM s.{name}")["statements"][0]["rows"] == [[104, 104]]


def test_a_cursor_of_large_numbers(api, maria, login):
    """Numbers in quotes would be compared as doubles, which do not tell these apart."""
    maria.sql("CREATE TABLE large (id bigint unsigned PRIMARY KEY); INSERT INTO large VALUES (18446744073709551610)", "shop")
    body = {**login, "source_table": "large", "table": "s.large", "cursor": "id"}
    assert api.ok("/load/mysql", **body)["rows"] == 1
    for last in (18446744073709551611, 18446744073709551612):
        maria.sql(f"INSERT INTO large VALUES ({last})", "shop")
        answer = api.ok("/load/mysql", **body)
        assert answer["rows"] == 1 and answer["cursor"]["up_to"] == str(last)


def test_on_a_server_by_its_address(tarn, server, uri):
    answer = tarn.json("load", uri, "--into", "far.types", "--option", "table=types", "--option", "connections=2", "--server",
                       server.uri, "--on-server")
    assert answer["rows"] == 2 and answer["format"] == "mysql"
