"""Trino's own clients on Tarn's SQL endpoint, unmodified: the Python driver, the command line, the JDBC driver.

Statements are of the kind that DuckDB's dialect and Trino's read alike: what the language means is tested elsewhere.
"""
import datetime
import json
import pathlib
import subprocess
import threading
import time
import urllib.error
import urllib.request
import zoneinfo

import pytest
import requests
import trino
from trino.exceptions import TrinoQueryError, TrinoUserError

from conftest import DEPS, versions

SCHEMA = "shop"
CLIENTS = DEPS / f"trino-clients-{versions()['TARN_TRINO_VERSION']}"
# Long enough to be caught at work, and quick to stop.
ENDLESS = "SELECT count(*) FROM big a, big b, big c, big d, big e"


@pytest.fixture(scope="module")
def sql(programs, tmp_path_factory):
    """A server with the schema `shop` and the numbers 0 to 999 in `big`."""
    tarn_class, server_class = programs
    tarn = tarn_class(tmp_path_factory.mktemp("trino-clients") / "home")
    tarn.home.mkdir()
    tarn.ok("sql", "-e", f"CREATE SCHEMA {SCHEMA}; "
                         f"CREATE TABLE {SCHEMA}.big AS SELECT CAST(i AS bigint) AS id, 'n' || CAST(i AS varchar) AS name, "
                         "CAST(i AS double) / 2 AS half, DATE '2024-02-29' AS day FROM range(1000) r(i)")
    server = server_class(tarn)
    yield server
    assert server.stop() == 0, server.log()


def connect(server, **options):
    port = int(server.uri.rsplit(":", 1)[1])
    return trino.dbapi.connect(host="127.0.0.1", port=port, user="tester", catalog="iceberg", schema=SCHEMA, **options)


def query(server, text, *parameters, **options):
    cursor = connect(server, **options).cursor()
    cursor.execute(text, parameters or None)
    return cursor.fetchall()


def ask(url, body=None, method=None, **headers):
    """(status, headers, body) of a bare call."""
    named = {"X-Trino-" + key.replace("_", "-"): value for key, value in headers.items()}
    request = urllib.request.Request(url, data=body and body.encode(), method=method, headers=named)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


def test_values_and_types(sql):
    cursor = connect(sql).cursor()
    cursor.execute("SELECT 1 AS a, CAST(2.50 AS decimal(5, 2)) AS b, 'x' AS c, true AS d, CAST(NULL AS varchar) AS e, "
                   "DATE '2024-02-29' AS f, CAST(1.5 AS double) AS g")
    row = cursor.fetchone()
    assert [str(value) for value in row] == ["1", "2.50", "x", "True", "None", "2024-02-29", "1.5"]
    assert [(c[0], c[1].split("(")[0]) for c in cursor.description] == [
        ("a", "integer"), ("b", "decimal"), ("c", "varchar"), ("d", "boolean"), ("e", "varchar"), ("f", "date"), ("g", "double")]


def test_changes(sql):
    cursor = connect(sql).cursor()
    assert cursor.execute("CREATE TABLE changed (id bigint, ts timestamp(6))").fetchall() == []
    assert cursor.update_type == "CREATE TABLE"
    assert cursor.execute("INSERT INTO changed VALUES (1, TIMESTAMP '2020-06-10 15:55:23.383345'), (2, NULL)").fetchall() == [[2]]
    assert (cursor.update_type, cursor.rowcount) == ("INSERT", 2)
    assert str(query(sql, "SELECT ts FROM changed WHERE id = 1")[0][0]) == "2020-06-10 15:55:23.383345"
    assert cursor.execute("UPDATE changed SET id = 5 WHERE id = 2").fetchall() == [[1]]
    assert cursor.execute("DELETE FROM changed WHERE id = 1").fetchall() == [[1]]
    assert query(sql, "SELECT id FROM changed") == [[5]]
    cursor.execute("DROP TABLE changed").fetchall()


def test_parameters(sql):
    assert query(sql, "SELECT ? + 1, ?, ?", 41, "it's", None) == [[42, "it's", None]]
    assert query(sql, "SELECT count(*) FROM big WHERE id < ? AND name <> ?", 10, "n3") == [[9]]
    connection = connect(sql, legacy_prepared_statements=True)
    cursor = connection.cursor()
    cursor.execute("SELECT id FROM big WHERE id = ?", (7,))
    assert cursor.fetchall() == [[7]]
    with pytest.raises(TrinoUserError, match="Incorrect number of parameters"):
        query(sql, "SELECT ?, ?", 1)


def test_types_of_parameters(sql):
    """A value that stands for a ? is of the type, and shown in the zone, that it has as a literal."""
    zone = datetime.timezone(-datetime.timedelta(hours=5, minutes=30))
    moments = [datetime.datetime(2020, 1, 1, 16, 43, 22, 320000, tzinfo=zone),
               datetime.datetime(2002, 10, 27, 1, 30, tzinfo=zoneinfo.ZoneInfo("America/Los_Angeles"), fold=0)]
    for legacy in (False, True):
        cursor = connect(sql, legacy_prepared_statements=legacy).cursor()
        cursor.execute("SELECT ?, ?, ?, ?, ?", (None, "four", -5_000_000_000, *moments))
        row = cursor.fetchone()
        assert row[:3] == [None, "four", -5_000_000_000]
        assert [(at, at.utcoffset()) for at in row[3:]] == [(at, at.utcoffset()) for at in moments]
        assert [c[1] for c in cursor.description[:3]] == ["unknown", "varchar(4)", "bigint"]


def test_description_of_a_prepared_query(sql):
    cursor = connect(sql).cursor()
    described = cursor.describe("SELECT id AS a, DECIMAL '1.0' AS b, day FROM big")
    assert [(c.name, c.type, c.type_size) for c in described] == [("a", "bigint", 8), ("b", "decimal(2,1)", 8), ("day", "date", 4)]


def test_names_of_system_tables(sql):
    assert query(sql, "SHOW TABLES FROM information_schema LIKE 'view%'") == [["views"]]
    assert ["queries"] in query(sql, "SHOW TABLES FROM system.runtime")
    assert query(sql, "SELECT system.runtime.nodes.coordinator FROM system.runtime.nodes") == [[True]]
    # No schema of a catalog has functions: tools drop what they find in one.
    assert query(sql, f"SHOW FUNCTIONS FROM iceberg.{SCHEMA}") == []
    assert ["bigint"] in [row[1:2] for row in query(sql, "SHOW FUNCTIONS LIKE 'abs'")]
    assert query(sql, "SHOW FUNCTIONS FROM system.builtin LIKE 'abs'") == query(sql, "SHOW FUNCTIONS LIKE 'abs'")


def test_comments_on_columns_of_views(sql):
    query(sql, "CREATE VIEW commented AS SELECT id AS number, name FROM big")
    query(sql, "COMMENT ON COLUMN commented.number IS 'counts'")
    query(sql, "COMMENT ON VIEW commented IS 'of big'")
    listed = "SELECT column_name, comment FROM information_schema.columns WHERE table_name = 'commented' ORDER BY ordinal_position"
    assert query(sql, listed) == [["number", "counts"], ["name", None]]
    assert [row[3] for row in query(sql, "DESCRIBE commented")] == ["counts", ""]
    assert query(sql, "SELECT max(number) FROM commented") == [[999]]
    query(sql, "COMMENT ON COLUMN commented.number IS NULL")
    assert query(sql, listed) == [["number", None], ["name", None]]
    with pytest.raises(TrinoUserError, match="Column does not exist: nosuch") as refused:
        query(sql, "COMMENT ON COLUMN commented.nosuch IS 'x'")
    assert refused.value.error_name == "COLUMN_NOT_FOUND"


@pytest.mark.parametrize("encoding", [None, "json+zstd", "json+lz4", "json"])
def test_many_pages(sql, encoding):
    cursor = connect(sql, encoding=encoding).cursor()
    cursor.execute("SELECT a.id * 1000 + b.id, a.name FROM big a, big b WHERE a.id < 150")
    rows = cursor.fetchmany(10)
    while more := cursor.fetchmany(40_000):
        rows += more
    assert len(rows) == 150_000 and len({row[0] for row in rows}) == 150_000
    assert sum(row[0] for row in rows) == 150_000 * 149_999 // 2


def test_errors(sql):
    for text, name in [("SELEC 1", "SYNTAX_ERROR"), ("SELECT * FROM nosuch", "TABLE_NOT_FOUND"),
                       ("SELECT nope FROM big", "COLUMN_NOT_FOUND"), ("USE nosuch.x", "CATALOG_NOT_FOUND"),
                       ("USE iceberg.nosuch", "SCHEMA_NOT_FOUND"), ("SET SESSION nosuch = 1", "INVALID_SESSION_PROPERTY"),
                       ("EXECUTE nosuch", "NOT_FOUND"), ("CALL system.runtime.kill_query('x', 'y')", "NOT_FOUND"),
                       ("ROLLBACK", "NOT_IN_TRANSACTION"), ("DROP SCHEMA shop", "SCHEMA_NOT_EMPTY")]:
        with pytest.raises(TrinoQueryError) as raised:
            query(sql, text)
        assert (raised.value.error_name, raised.value.error_type) == (name, "USER_ERROR"), text


def test_transactions(sql):
    query(sql, "CREATE TABLE ledger (id bigint)")
    level = trino.transaction.IsolationLevel.READ_COMMITTED
    with connect(sql, isolation_level=level) as connection:
        cursor = connection.cursor()
        assert cursor.execute("SELECT count(*) FROM ledger").fetchall() == [[0]]
        cursor.execute("INSERT INTO ledger VALUES (1)").fetchall()
        assert query(sql, "SELECT count(*) FROM ledger") == [[0]]
    assert query(sql, "SELECT count(*) FROM ledger") == [[1]]
    with connect(sql, isolation_level=level) as connection:
        connection.cursor().execute("INSERT INTO ledger VALUES (2)").fetchall()
        connection.rollback()
    assert query(sql, "SELECT count(*) FROM ledger") == [[1]]


def test_session_state(sql):
    cursor = connect(sql).cursor()
    cursor.execute("CREATE SCHEMA other").fetchall()
    cursor.execute("USE iceberg.other").fetchall()
    cursor.execute("CREATE TABLE here (x bigint)").fetchall()
    assert query(sql, "SELECT count(*) FROM other.here") == [[0]]
    cursor.execute("SET SESSION query_max_run_time = '1h'").fetchall()
    cursor.execute("SET TIME ZONE 'Asia/Tokyo'").fetchall()
    assert cursor.execute("SELECT CAST(TIMESTAMP '2020-01-01 00:00:00 UTC' AS date) = DATE '2020-01-01'").fetchall() == [[True]]
    with pytest.raises(TrinoUserError, match="[Tt]ime zone"):
        cursor.execute("SET TIME ZONE 'Mars/Base'").fetchall()


def test_cancel_and_kill(sql):
    cursor = connect(sql).cursor()
    failures = []

    def run():
        try:
            cursor.execute(ENDLESS).fetchall()
        except TrinoQueryError as error:
            failures.append(error.error_name)

    for stop in (lambda found: cursor.cancel(),
                 lambda found: query(sql, f"CALL system.runtime.kill_query(query_id => '{found}', message => 'enough')")):
        worker = threading.Thread(target=run)
        worker.start()
        end = time.monotonic() + 30
        running = []
        while not running and time.monotonic() < end:
            listed = json.loads(ask(f"{sql.uri}/v1/query", User="tester")[2])
            running = [q["queryId"] for q in listed if q["query"] == ENDLESS and q["state"] == "RUNNING"]
        time.sleep(0.5)  # the client has its answer's address
        stop(running[0])
        worker.join(timeout=60)
        assert not worker.is_alive()
        state = json.loads(ask(f"{sql.uri}/v1/query/{running[0]}", User="tester")[2])
        assert state["state"] == "FAILED", state
    assert "ADMINISTRATIVELY_KILLED" in failures


def test_protocol_rules(sql):
    statement = f"{sql.uri}/v1/statement"
    assert ask(statement, "SELECT 1")[0] == 401
    assert ask(statement, " ", User="me")[0] == 400
    assert ask(statement, method="HEAD")[0] == 200
    assert json.loads(ask(f"{sql.uri}/v1/info")[2])["starting"] is False
    status, headers, body = ask(statement, "SELECT a.id FROM big a, big b", User="me", Catalog="iceberg",
                                Schema=SCHEMA, Query_Data_Encoding="json+zstd,json")
    page = json.loads(body)
    assert status == 200 and "nextUri" in page
    status, headers, body = ask(page["nextUri"])
    second = json.loads(body)
    assert second["data"]["encoding"] == "json+zstd" and headers["X-Trino-Query-Data-Encoding"] == "json+zstd"
    assert ask(page["nextUri"])[2] == body, "the same token, the same page"
    assert ask(second["nextUri"], method="HEAD")[0] == 200
    assert ask(second["nextUri"])[0] == 200
    assert ask(page["nextUri"])[0] == 410
    assert ask(second["nextUri"].rsplit("/", 1)[0] + "/99")[0] == 404
    assert ask(second["nextUri"].replace("/y", "/x"))[0] == 404
    assert ask(second["nextUri"], method="DELETE")[0] == 204
    assert ask(statement, "SELECT 1 AS a", User="me")[2].count(b'"nextUri"') == 0


def test_signing_in(serve, tarn):
    server = serve("--auth")
    lines = (tarn.home / "admin-credentials").read_text().splitlines()
    admin = dict(line.split(": ", 1) for line in lines if not line.startswith("#"))
    other = tarn.json("user", "add", "ordinary")

    def select(name, secret):
        port = int(server.uri.rsplit(":", 1)[1])
        session = requests.Session()
        session.auth = (name, secret)
        connection = trino.dbapi.connect(host="127.0.0.1", port=port, user=name, http_session=session)
        return connection.cursor().execute("SELECT 1").fetchall()

    assert ask(f"{server.uri}/v1/statement", "SELECT 1", User="admin")[0] == 401
    assert ask(f"{server.uri}/v1/statement", method="HEAD")[0] == 401
    assert select(admin["client_id"], admin["client_secret"]) == [[1]]
    for name, secret in ((admin["client_id"], "wrong"), (other["client_id"], other["client_secret"])):
        with pytest.raises(trino.exceptions.HttpError):
            select(name, secret)


def java(*arguments):
    done = subprocess.run([DEPS / f"jdk-{versions()['TARN_JDK_VERSION']}" / "bin/java", *map(str, arguments)],
                          capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr


def test_command_line(sql):
    jar = next(CLIENTS.glob("trino-cli-*.jar"))
    text = "SELECT id, name FROM big WHERE id < 2 ORDER BY id; CREATE TABLE c AS SELECT 1 AS x; SELECT x FROM c; SELECT * FROM nosuch"
    code, out, err = java("--enable-native-access=ALL-UNNAMED", "-jar", jar, "--server", sql.uri, "--user", "me",
                          "--catalog", "iceberg", "--schema", SCHEMA, "--execute", text)
    assert out.splitlines() == ['"0","n0"', '"1","n1"', '"1"'], err
    assert code == 1 and "CREATE TABLE: 1 row" in err and "nosuch" in err


def test_jdbc(sql, tmp_path):
    source = pathlib.Path(__file__).parent / "jdbc" / "TrinoJdbc.java"
    jar = next(CLIENTS.glob("trino-jdbc-*.jar"))
    done = subprocess.run(["javac", "-Xlint:all", "-Werror", "-d", tmp_path, source], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    done = subprocess.run(["java", "-cp", f"{tmp_path}:{jar}", "TrinoJdbc", f"jdbc:trino://{sql.uri.split('//')[1]}/iceberg/{SCHEMA}"],
                          capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    assert done.stdout.splitlines() == [
        "valid true", "values 1 x 2024-02-29 null integer date", "changes false 2", "parameters -8 b false", "batch 3",
        f"rows 1000000 {499_500 ** 2}", "transaction 6 100", "error 46", "error 1"], done.stderr
