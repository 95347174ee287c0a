"""Arrow Flight SQL: ADBC's driver as it is, and raw Flight for what no driver sends."""
import socket
import statistics
import subprocess
import threading
import time

import adbc_driver_flightsql
import adbc_driver_manager
import pyarrow as pa
import pyarrow.flight as flight
import pytest
from adbc_driver_flightsql import dbapi

from flight_messages import any_of, field_bytes


class FlightServer:
    """A `tarn serve` with Flight SQL on a port that the system gave."""

    def __init__(self, running):
        self.running = running
        self.uri = running.hear(r"grpc(\+tls)?://127\.0\.0\.1:\d+").group()

    def connect(self, *, autocommit=True, **options):
        return dbapi.connect(self.uri, autocommit=autocommit, **options)


@pytest.fixture
def server(tarn, serve):
    return FlightServer(serve("--flight-listen", "127.0.0.1:0"))


@pytest.fixture
def connection(server):
    with server.connect() as connection:
        yield connection


@pytest.fixture
def cursor(connection):
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA sales")
        cursor.execute("CREATE TABLE sales.orders (id BIGINT, item VARCHAR, price DECIMAL(9, 2))")
        cursor.execute("INSERT INTO sales.orders VALUES (1, 'tea', 2.50), (2, 'it''s', 3.75), (3, NULL, NULL)")
        yield cursor


def ask(cursor, sql, parameters=None):
    cursor.execute(sql, parameters)
    return cursor.fetchall()


def snapshots(server, table):
    return server.running.tarn.json("table", "snapshots", table, "--json")


def test_queries_and_types(cursor):
    assert ask(cursor, "SELECT id, item FROM sales.orders ORDER BY id") == [(1, "tea"), (2, "it's"), (3, None)]
    cursor.execute("SELECT 1::INTEGER AS a, 'x' AS b, DATE '2024-02-29' AS c, 1.5::DOUBLE AS d, [1, 2] AS e")
    table = cursor.fetch_arrow_table()
    assert table.schema.names == ["a", "b", "c", "d", "e"]
    assert table.schema.types[:2] == [pa.int32(), pa.string()]
    assert table.schema.field("c").type == pa.date32()
    assert table.to_pylist()[0]["e"] == [1, 2]


def test_parameters(cursor):
    import datetime
    import decimal

    assert ask(cursor, "SELECT item FROM sales.orders WHERE id = ? OR item = ? ORDER BY id", (1, "it's")) == [
        ("tea",), ("it's",)]
    now = datetime.datetime(2024, 2, 29, 12, 30, 45, 123456)
    values = (7, 1.25, True, None, "a'?\\", b"\x00\xff", decimal.Decimal("12.30"), now.date(), now)
    assert ask(cursor, "SELECT ?, ?, ?, ?, ?, ?, ?, ?, ? -- and ? not here", values) == [values]
    assert ask(cursor, "SELECT '?', $1, \"?\" FROM (SELECT 5 AS \"?\")", (4,)) == [("?", 4, 5)]
    with pytest.raises(adbc_driver_manager.ProgrammingError, match="2 parameters, not 1"):
        cursor.execute("SELECT ?, ?", (1,))


def test_updates(server, cursor):
    before = len(snapshots(server, "sales.orders"))
    cursor.executemany("INSERT INTO sales.orders VALUES (?, ?, ?)", [(10, "a", 1), (11, "b", 2), (12, "c", None)])
    assert cursor.rowcount == 3
    assert len(snapshots(server, "sales.orders")) == before + 1, "all rows of parameters are one commit"
    cursor.adbc_statement.set_sql_query("DELETE FROM sales.orders WHERE id >= 11")
    assert cursor.adbc_statement.execute_update() == 2
    assert ask(cursor, "SELECT count(*) FROM sales.orders") == [(4,)]


def test_ingest(server, cursor):
    rows = pa.table({"id": pa.array([1, 2], pa.int64()), "name": ["x", "y"]})
    assert cursor.adbc_ingest("people", rows, mode="create", db_schema_name="sales") == 2
    with pytest.raises(adbc_driver_manager.Error, match="already exists"):
        cursor.adbc_ingest("people", rows, mode="create", db_schema_name="sales")
    assert cursor.adbc_ingest("people", rows, mode="append", db_schema_name="sales") == 2
    assert ask(cursor, "SELECT count(*), sum(id) FROM sales.people") == [(4, 6)]
    assert len(snapshots(server, "sales.people")) == 2
    other = pa.table({"id": pa.array([9], pa.int64()), "age": pa.array([40], pa.int32())})
    assert cursor.adbc_ingest("people", other, mode="replace", db_schema_name="sales") == 1
    assert ask(cursor, "SELECT * FROM sales.people") == [(9, 40)]
    assert cursor.adbc_ingest("people", other, mode="create_append", db_schema_name="sales") == 1
    assert cursor.adbc_ingest("fresh", other, mode="create_append", db_schema_name="sales") == 1
    with pytest.raises(adbc_driver_manager.Error, match="does not exist"):
        cursor.adbc_ingest("missing", other, mode="append", db_schema_name="sales")


def test_metadata(connection, cursor):
    cursor.execute("CREATE VIEW sales.cheap AS SELECT * FROM sales.orders WHERE price < 3")
    assert connection.adbc_get_table_types() == ["BASE TABLE", "VIEW"]
    objects = connection.adbc_get_objects(depth="all", catalog_filter="iceberg").read_all().to_pylist()
    assert [row["catalog_name"] for row in objects] == ["iceberg"]
    tables = {table["table_name"]: table for schema in objects[0]["catalog_db_schemas"]
              for table in schema["db_schema_tables"]}
    assert {name: table["table_type"] for name, table in tables.items()} == {"orders": "BASE TABLE", "cheap": "VIEW"}
    assert [column["column_name"] for column in tables["orders"]["table_columns"]] == ["id", "item", "price"]
    schema = connection.adbc_get_table_schema("orders", db_schema_filter="sales")
    assert schema.names == ["id", "item", "price"] and schema.field("price").type == pa.decimal128(9, 2)
    info = connection.adbc_get_info()
    assert info["vendor_name"] == "Tarn" and info["vendor_version"] and info["vendor_arrow_version"]


def test_transactions(server, cursor):
    with server.connect(autocommit=False) as connection, connection.cursor() as inside:
        inside.execute("INSERT INTO sales.orders VALUES (20, 'new', 1)")
        assert ask(cursor, "SELECT count(*) FROM sales.orders") == [(3,)], "others do not see it yet"
        connection.rollback()
        assert ask(inside, "SELECT count(*) FROM sales.orders") == [(3,)]
        inside.execute("INSERT INTO sales.orders VALUES (21, 'kept', 1)")
        inside.execute("SELECT range FROM range(100000)")
        assert inside.fetchone() == (0,), "a result that is not read to its end does no harm"
        connection.commit()
    assert ask(cursor, "SELECT item FROM sales.orders WHERE id > 3") == [("kept",)]


def test_errors(server, cursor):
    for sql, message in [("SELEC 1", "line 1:1"), ("SELECT * FROM sales.nothing", "nothing"),
                         ("SELECT 'a'::INTEGER", "Could not convert")]:
        with pytest.raises(adbc_driver_manager.Error, match=message):
            ask(cursor, sql)
    assert ask(cursor, "SELECT 1") == [(1,)]


def test_cancel(cursor):
    threading.Timer(0.5, cursor.adbc_cancel).start()
    began = time.monotonic()
    with pytest.raises(adbc_driver_manager.Error, match="(?i)cancel"):
        ask(cursor, "SELECT sum(a.i * b.i) FROM range(3000000) a(i), range(3000000) b(i)")
    assert time.monotonic() - began < 10
    assert ask(cursor, "SELECT 1") == [(1,)]


def test_a_client_that_leaves_ends_its_query(server, cursor):
    client = flight.connect(server.uri)
    info = client.get_flight_info(query("SELECT range FROM range(10000000000)"))
    reader = client.do_get(info.endpoints[0].ticket)
    reader.read_chunk()
    reader.cancel()
    with pytest.raises(KeyError, match="no such result"):
        client.do_get(info.endpoints[0].ticket).read_all()
    client.close()
    assert ask(cursor, "SELECT 1") == [(1,)]


def test_a_large_result_and_small_ones(cursor, record_property):
    sql = "SELECT range AS a, range * 2 AS b, range / 3 AS c, 'name ' || range AS d FROM range(500000)"
    took = []
    for _ in range(3):
        began = time.perf_counter()
        cursor.execute(sql)
        assert cursor.fetch_arrow_table().num_rows == 500_000
        took.append(time.perf_counter() - began)
    small = []
    for _ in range(100):
        began = time.perf_counter()
        assert ask(cursor, "SELECT 1") == [(1,)]
        small.append(time.perf_counter() - began)
    record_property("large_s", min(took))
    record_property("select_1_ms", statistics.median(small) * 1000)
    print(f"500 K x 4: {min(took):.3f} s; SELECT 1: {statistics.median(small) * 1000:.2f} ms")
    assert min(took) < 5 and statistics.median(small) < 0.25  # loaded machines; the figures are in the report


def query(sql):
    return flight.FlightDescriptor.for_command(any_of("CommandStatementQuery", field_bytes(1, sql.encode())))


def test_odd_messages(server):
    client = flight.connect(server.uri)
    for command in (b"", b"garbage", b"\xff" * 40, any_of("CommandStatementQuery", b"\x0a\xff\xff\xff\xff\x0f")):
        with pytest.raises(pa.ArrowInvalid):
            client.get_flight_info(flight.FlightDescriptor.for_command(command))
    with pytest.raises(pa.ArrowInvalid):
        client.get_flight_info(flight.FlightDescriptor.for_path("a", "b"))
    with pytest.raises((NotImplementedError, pa.ArrowNotImplementedError)):
        client.get_flight_info(flight.FlightDescriptor.for_command(any_of("CommandStatementSubstraitPlan", b"")))
    with pytest.raises(KeyError, match="no such result"):
        client.do_get(flight.Ticket(any_of("TicketStatementQuery", field_bytes(1, b"nobody's")))).read_all()
    with pytest.raises((NotImplementedError, pa.ArrowNotImplementedError)):
        list(client.do_action(flight.Action("Dance", b"")))
    assert {action.type for action in client.list_actions()} >= {"CreatePreparedStatement", "BeginTransaction"}
    info = client.get_flight_info(query("SELECT 42 AS answer"))
    assert client.do_get(info.endpoints[0].ticket).read_all().to_pylist() == [{"answer": 42}]
    assert client.get_schema(query("SELECT 42 AS answer")).schema.names == ["answer"]


def test_bytes_that_are_no_http2(server):
    host, port = server.uri.rsplit("/", 1)[1].split(":")
    with socket.create_connection((host, int(port)), timeout=10) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        raw.shutdown(socket.SHUT_WR)
        while raw.recv(4096):
            pass
    with server.connect() as connection, connection.cursor() as cursor:
        assert ask(cursor, "SELECT 1") == [(1,)]


def test_signing_in(tarn, serve):
    running = serve("--auth", "--flight-listen", "127.0.0.1:0")
    server = FlightServer(running)
    lines = (tarn.home / "admin-credentials").read_text().splitlines()
    admin = dict(line.split(": ", 1) for line in lines if not line.startswith("#"))
    name, secret = admin["client_id"], admin["client_secret"]
    other = tarn.json("user", "add", "ordinary")
    names = adbc_driver_flightsql.DatabaseOptions
    manager = adbc_driver_manager
    with server.connect(db_kwargs={"username": name, "password": secret}) as connection:
        with connection.cursor() as cursor:
            assert ask(cursor, "SELECT 1") == [(1,)]
    with pytest.raises(manager.Error, match="(?i)unauthenticated"):
        with server.connect(db_kwargs={"username": name, "password": "wrong"}) as connection:
            connection.cursor().execute("SELECT 1")
    with pytest.raises(manager.Error, match="(?i)unauthenticated"):
        with server.connect() as connection:
            connection.cursor().execute("SELECT 1")
    with pytest.raises(manager.Error, match="administrators"):
        with server.connect(db_kwargs={"username": other["client_id"], "password": other["client_secret"]}) as connection:
            connection.cursor().execute("SELECT 1")
    client = flight.connect(server.uri)
    _, token = client.authenticate_basic_token(name, secret)
    header = {names.AUTHORIZATION_HEADER.value: token.decode()}
    with server.connect(db_kwargs=header) as connection, connection.cursor() as cursor:
        assert ask(cursor, "SELECT 2") == [(2,)]
    assert secret not in running.log() and token.decode() not in running.log()


def test_tls(tarn, serve, tmp_path):
    certificate, key = tmp_path / "lake.pem", tmp_path / "lake.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key,
                    "-out", certificate], check=True, capture_output=True)
    server = FlightServer(serve("--flight-listen", "127.0.0.1:0", "--tls-certificate", certificate, "--tls-key", key))
    assert server.uri.startswith("grpc+tls://")
    trusted = {adbc_driver_flightsql.DatabaseOptions.TLS_ROOT_CERTS.value: certificate.read_text()}
    with server.connect(db_kwargs=trusted) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT range AS a FROM range(300000)")
        assert cursor.fetch_arrow_table().num_rows == 300_000
    with pytest.raises(adbc_driver_manager.Error):
        with server.connect() as connection:
            connection.cursor().execute("SELECT 1")
    with pytest.raises(adbc_driver_manager.Error):
        with dbapi.connect(server.uri.replace("+tls", ""), autocommit=True) as connection:
            connection.cursor().execute("SELECT 1")


def test_the_port_is_taken(tarn, server):
    port = server.uri.rsplit(":", 1)[1]
    done = tarn.run("serve", "--listen", "127.0.0.1:0", "--flight-listen", f"127.0.0.1:{port}")
    assert done.returncode == 1 and "--flight-listen" in done.stderr, done.stderr


def test_off_unless_asked_for(serve):
    assert "Flight" not in serve().said
