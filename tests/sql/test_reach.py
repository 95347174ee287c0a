"""What a signed-in user's SQL reaches: tables. Every function, setting and kind of statement is tried over Trino's protocol,
in both dialects, with the path of a file that holds a word and the address of a socket: nobody may see the word, and
nobody may connect."""
import base64
import json
import socket
import threading
import urllib.error
import urllib.request

import pytest

WORD = "CANARYWORD"


class Listener:
    """Counts who connects."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.guests = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                self.socket.accept()[0].close()
            except OSError:
                return
            self.guests += 1

    def close(self):
        self.socket.close()


class Client:
    """A user of a server, in one dialect; remembers all that it was answered."""

    heard = []

    def __init__(self, server, user, dialect, **headers):
        self.server = server
        credentials = base64.b64encode(f"{user['client_id']}:{user['client_secret']}".encode()).decode()
        self.headers = {"Authorization": f"Basic {credentials}", "X-Trino-Session": f"dialect={dialect}", **headers}

    def _call(self, url, body=None):
        request = urllib.request.Request(url, data=body, headers=self.headers, method="POST" if body is not None else "GET")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read().decode()
        except urllib.error.HTTPError as error:
            text = error.read().decode()
            self.heard.append(text)
            return {"error": {"errorName": f"HTTP {error.code}", "message": text}}
        self.heard.append(text)
        return json.loads(text)

    def run(self, sql):
        """(rows, None) or (None, error)."""
        answer = self._call(f"{self.server.uri}/v1/statement", sql.encode())
        rows = []
        while True:
            if "error" in answer:
                return None, answer["error"]
            rows += answer.get("data") or []
            if "nextUri" not in answer:
                return rows, None
            answer = self._call(answer["nextUri"])

    def rows(self, sql):
        rows, error = self.run(sql)
        assert error is None, (sql, error)
        return rows

    def error(self, sql):
        rows, error = self.run(sql)
        assert rows is None, (sql, rows)
        return error


class Place:
    def __init__(self, folder, programs, **settings):
        tarn_at, serve = programs
        self.tarn = tarn_at(folder / "home")
        self.users = {name: self.tarn.json("user", "add", name, *flags) for name, flags in
                      [("ada", ["--admin"]), ("bob", [])]}
        self.tarn.ok("sql", "-e", "CREATE SCHEMA iceberg.ns; CREATE TABLE iceberg.ns.t AS SELECT 1 AS id, 'a' AS name")
        (self.tarn.home / "tarn.yaml").write_text(json.dumps({"auth.enabled": True, **settings}))
        self.server = serve(self.tarn)
        self.file = folder / "canary.csv"
        self.file.write_text(f"word\n{WORD}\n")
        self.listener = Listener()

    def client(self, name="bob", dialect="duckdb", **headers):
        return Client(self.server, self.users[name], dialect, **headers)

    def close(self):
        self.listener.close()
        assert self.server.stop() == 0, self.server.log()


@pytest.fixture(scope="module")
def place(programs, tmp_path_factory):
    made = Place(tmp_path_factory.mktemp("reach"), programs, **{"sql.users": "all"})
    yield made
    made.close()


@pytest.fixture(scope="module")
def names(place):
    """Names of DuckDB's functions by kind, and of its settings, from a session that reaches them."""
    functions = place.tarn.sql("SELECT DISTINCT function_type AS kind, function_name AS name FROM duckdb_functions() "
                               "WHERE schema_name = 'main' AND regexp_matches(function_name, '^[a-zA-Z_0-9]+$')", "duckdb")
    settings = [row["name"] for row in place.tarn.sql("SELECT name FROM duckdb_settings()", "duckdb")]
    kinds = {}
    for row in functions:
        kinds.setdefault(row["kind"], []).append(row["name"])
    assert len(kinds["scalar"]) > 400 and len(kinds["table"]) > 80 and len(settings) > 100
    return kinds, settings


@pytest.fixture
def clients(place):
    """The user's, and the proof that nothing came out."""
    heard = Client.heard
    heard.clear()
    yield [place.client(dialect=dialect) for dialect in ("duckdb", "trino")]
    shown = [text for text in heard if WORD in text]
    assert heard and not shown, shown[:3]
    assert place.listener.guests == 0


def targets(place):
    return [f"'{place.file}'", f"'http://127.0.0.1:{place.listener.port}/x.csv'"]


TABLE_FUNCTIONS_OF_VALUES = 33


def test_table_functions(place, names, clients):
    duckdb, trino = clients
    allowed = set()
    for name in names[0]["table"]:
        refusals = 0
        for given in ["", "1", "'SELECT 1'", *targets(place), f"{targets(place)[0]}, 'x'", f"{targets(place)[0]}, 'x', 1"]:
            rows, error = duckdb.run(f"SELECT * FROM {name}({given})")
            refusals += error is not None and error["errorName"] == "PERMISSION_DENIED"
            trino.run(f"SELECT * FROM TABLE({name}({given}))")
        if refusals == 0 and not name.startswith(("arrow_scan", "seq_scan")):
            allowed.add(name)
    assert len(allowed) <= TABLE_FUNCTIONS_OF_VALUES, allowed
    assert not [name for name in allowed if "read" in name or "file" in name or "parquet" in name or "secret" in name]


def test_scalar_functions(place, names, clients):
    path = targets(place)[0]
    for client in clients:
        for name in names[0]["scalar"] + names[0]["aggregate"] + names[0]["macro"]:
            client.run(f"SELECT {name}({path})")


def test_settings(place, names, clients):
    duckdb, trino = clients
    kept = {"calendar", "default_collation", "default_null_order", "default_order", "explain_output",
            "ieee_floating_point_ops", "integer_division", "lambda_syntax", "null_order", "old_implicit_casting",
            "order_by_non_integer_literal",
            "max_recursion_depth", "scalar_subquery_error_on_multiple_rows", "schema", "search_path", "timezone",
            "expire_snapshots_min_retention", "remove_orphan_files_min_retention", "use_materialized_views"}
    for name in names[1]:
        for sql in [f"SET {name} = '{place.file}'", f"SET GLOBAL {name} = '1'", f"RESET {name}", f"PRAGMA {name} = '1'",
                    f"SELECT current_setting('{name}')"]:
            rows, error = duckdb.run(sql)
            if name.lower() not in kept or "GLOBAL" in sql:
                assert error is not None and error["errorName"] == "PERMISSION_DENIED", (sql, rows, error)
            trino.run(sql)


STATEMENTS = [
    "FROM read_csv({file})", "SELECT * FROM {file}", 'SELECT * FROM "{path}"', "DESCRIBE {file}", "SUMMARIZE {file}",
    "SELECT * FROM s3.\"bucket/x.parquet\"", "SELECT * FROM read_csv({url})", "SELECT * FROM {url}",
    "COPY iceberg.ns.t TO '{path}.out'", "COPY (SELECT 1) TO '{path}.out'", "COPY iceberg.ns.t FROM {file}",
    "COPY FROM DATABASE iceberg TO memory", "EXPLAIN ANALYZE COPY (SELECT 1) TO '{path}.out'",
    "PREPARE p AS COPY (SELECT 1) TO '{path}.out'", "EXPORT DATABASE '{path}.out'", "IMPORT DATABASE '{path}.out'",
    "ATTACH '{path}.out' AS other", "ATTACH '' AS other (TYPE rest, URI {url})", "ATTACH ':memory:' AS other",
    "ATTACH 'host=127.0.0.1' AS other (TYPE postgres)", "DETACH iceberg", "INSTALL httpfs", "LOAD httpfs", "LOAD '{path}'",
    "UPDATE EXTENSIONS", "CREATE TEMP TABLE x (a int)", "CREATE TABLE memory.main.x (a int)",
    "CREATE TEMP VIEW x AS SELECT 1 AS a",
    "CREATE MACRO f(a) AS a + 1", "CREATE TYPE memory.main.m AS ENUM ('a')", "CREATE SEQUENCE memory.main.s",
    "CREATE SECRET s (TYPE s3)", "DROP SECRET s", "CHECKPOINT", "VACUUM", "CALL enable_logging()", "CALL read_text({file})",
    "PRAGMA enable_profiling", "PRAGMA database_size", "PRAGMA json_execute_serialized_sql('x')",
    "CREATE TABLE iceberg.ns.x AS FROM read_text({file})",
    "INSERT INTO iceberg.ns.t SELECT 1, content FROM read_text({file})",
    "CREATE VIEW iceberg.ns.x AS FROM read_text({file})", "SET VARIABLE x = (SELECT content FROM read_text({file}))",
    "CREATE CATALOG c USING postgresql WITH (\"connection-url\" = 'jdbc:postgresql://127.0.0.1:{port}/x')",
    "DROP CATALOG iceberg", "CREATE TABLE iceberg.ns.x (a int) WITH (location = 'file://{path}.out')",
    "CREATE SCHEMA iceberg.x WITH (location = 'file://{path}.out')",
    "ALTER TABLE iceberg.ns.t SET PROPERTIES extra_properties = MAP(ARRAY['write.data.path'], ARRAY['file://{path}.out'])",
    "CALL iceberg.system.register_table(schema_name => 'ns', table_name => 'x', table_location => 'file://{path}')",
    "CALL iceberg.system.add_files(table => 'ns.t', source_table => '`parquet`.`{path}`')",
]


def test_statements(place, clients):
    for client in clients:
        for pattern in STATEMENTS:
            sql = pattern.format(file=f"'{place.file}'", path=place.file, url=targets(place)[1], port=place.listener.port)
            error = client.error(sql)
            assert error["errorName"] != "GENERIC_INTERNAL_ERROR", (sql, error)
    duckdb, trino = clients
    assert duckdb.error(f"FROM read_csv('{place.file}')")["errorName"] == "PERMISSION_DENIED"
    assert "reaches tables" in duckdb.error("LOAD httpfs")["message"]
    assert trino.error(STATEMENTS[-7].format(port=1))["errorName"] == "PERMISSION_DENIED"
    assert not list(place.file.parent.glob("*.out*"))


def test_what_an_administrator_made_does_not_lead_to_files(place, clients):
    place.tarn.ok("sql", "--dialect", "duckdb", "-e", f"CREATE VIEW iceberg.ns.peek AS SELECT * FROM read_csv('{place.file}')")
    duckdb, trino = clients
    for client in clients:
        assert client.error("SELECT * FROM iceberg.ns.peek")["errorName"] == "PERMISSION_DENIED"
        assert client.error("SELECT count(*) FROM iceberg.ns.t WHERE name IN (SELECT word FROM iceberg.ns.peek)")


def test_tables_are_reached(place, clients):
    duckdb, trino = clients
    for client, schema in zip(clients, ["one", "two"]):
        client.rows(f"CREATE SCHEMA iceberg.{schema}")
        client.rows(f"CREATE TABLE iceberg.{schema}.x AS SELECT * FROM iceberg.ns.t")
        client.rows(f"INSERT INTO iceberg.{schema}.x VALUES (2, 'b')")
        client.rows(f"UPDATE iceberg.{schema}.x SET name = upper(name) WHERE id = 1")
        assert client.rows(f"SELECT id, name FROM iceberg.{schema}.x ORDER BY id") == [[1, "A"], [2, "b"]]
        client.rows(f"DELETE FROM iceberg.{schema}.x WHERE id = 2")
        assert client.rows(f"SELECT count(*) FROM iceberg.{schema}.\"x$snapshots\"")[0][0] >= 3
        client.rows(f"CREATE VIEW iceberg.{schema}.v AS SELECT id FROM iceberg.{schema}.x")
        assert client.rows(f"SELECT * FROM iceberg.{schema}.v") == [[1]]
        client.rows(f"DROP VIEW iceberg.{schema}.v")
        client.rows(f"DROP TABLE iceberg.{schema}.x")
        client.rows(f"DROP SCHEMA iceberg.{schema}")
    assert trino.rows("SHOW CATALOGS") and trino.rows("SHOW SCHEMAS FROM iceberg")
    assert ["t"] in duckdb.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'ns'")


def test_who_a_user_may_be(place):
    assert place.client().rows("SELECT 1") == [[1]]
    assert "impersonate" in place.client(**{"X-Trino-User": "ada"}).error("SELECT 1")["message"]
    # Administrators reach the server only where the settings say so.
    assert place.client("ada").error(f"FROM read_csv('{place.file}')")["errorName"] == "PERMISSION_DENIED"


def test_settings_decide(programs, tmp_path):
    place = Place(tmp_path, programs, **{"sql.server_access": "administrators", "sql.file_roots": str(tmp_path / "open")})
    try:
        assert "administrators" in place.client("bob").error("SELECT 1")["message"]
        assert place.client("ada").rows(f"FROM read_csv('{place.file}')") == [[WORD]]
    finally:
        place.close()


def test_roots_are_read(programs, tmp_path):
    (tmp_path / "open").mkdir()
    place = Place(tmp_path, programs, **{"sql.users": "all", "sql.file_roots": str(tmp_path / "open")})
    try:
        (tmp_path / "open/shown.csv").write_text("word\nshown\n")
        (tmp_path / "open/link.csv").symlink_to(place.file)
        client = place.client()
        for source in [f"read_csv('{tmp_path}/open/shown.csv')", f"'{tmp_path}/open/shown.csv'"]:
            assert client.rows(f"SELECT word FROM {source}") == [["shown"]]
        for path in [place.file, f"{tmp_path}/open/link.csv", f"{tmp_path}/open/../canary.csv", f"{tmp_path}/*.csv",
                     f"{tmp_path}/open/*.csv", "/etc/passwd"]:
            assert client.error(f"SELECT * FROM read_csv('{path}')")["errorName"] == "PERMISSION_DENIED", path
    finally:
        place.close()
