"""The package of python/ against real servers: each group of methods, errors, sign-in, and how it is packed."""
import contextlib
import http.server
import io
import os
import pathlib
import re
import runpy
import shutil
import subprocess
import sys
import threading
import time
import types

import pyarrow as pa
import pytest

from mariadb_server import MariaDbServer
from rude_server import RudeServer
from store_servers import BUCKET, S3_KEY, S3_SECRET, free_port, s3_server

TOP = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(TOP / "python/src"))

import tarn as tarn_package  # noqa: E402
from tarn import errors, query  # noqa: E402

# Runs until somebody ends it.
ENDLESS = "SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a.range + b.range = 7"
CSV = b"id,city\n1,Oslo\n2,Rome\n"


@pytest.fixture(scope="module")
def running(programs, tmp_path_factory):
    """A server with the sample data and Flight SQL."""
    tarn_class, server_class = programs
    tarn = tarn_class(tmp_path_factory.mktemp("python-package") / "home")
    tarn.ok("load", "--sample")
    (tarn.home / "tarn.yaml").write_text('{"web.private_addresses": "127.0.0.1"}')
    server = server_class(tarn, "--flight-listen", "127.0.0.1:0")
    server.flight_uri = server.hear(r"grpc://127\.0\.0\.1:\d+").group()
    yield server
    assert server.stop() == 0, server.log()


@pytest.fixture
def lake(running):
    return tarn_package.connect(running.uri)


def refused(error, call, *args, **members):
    with pytest.raises(error) as caught:
        call(*args, **members)
    return caught.value


def test_what_is_there(lake):
    assert lake.health() and lake.warehouses()[0]["name"] == "iceberg"
    assert lake.tables("products") == ["catalog", "reviews"]
    assert lake.count("sales.orders") == lake.metadata("sales.orders", warehouse="iceberg")["rows"] == 1500


def test_loads_and_uploads(lake, tmp_path):
    path = tmp_path / "cities.csv"
    path.write_bytes(CSV)
    heard = []
    job = lake.load_file(path, "raw.cities", partition_by="city", progress=lambda job: heard.append(job.state))
    assert job.result["rows_loaded"] == job.rows == 2 and job.snapshot_id == lake.metadata("raw.cities")["current_snapshot_id"]
    assert heard[-1] == "succeeded" and "PARTITION BY city" in lake.metadata("raw.cities")["partition_spec"]
    sent = lake.upload(path)
    assert lake.load_file(sent, "raw.cities").state == "succeeded" and lake.count("raw.cities") == 4
    lake.remove_upload(sent)
    assert refused(tarn_package.NotFoundError, lake.load_file, sent, "raw.cities").code == "NO_SUCH_FILE"
    opened = io.BytesIO(b"skipped" + CSV)
    opened.seek(7)
    lake.load_file(lake.upload(opened, "x y.csv"), "raw.opened", lineage=False)
    assert lake.rows("SELECT * FROM raw.opened ORDER BY id") == [{"id": 1, "city": "Oslo"}, {"id": 2, "city": "Rome"}]
    bad = lake.upload(io.BytesIO(CSV + b"many,Bari\n" * 3), "bad.csv")
    job = lake.load_file(bad, "raw.opened", rejects="table", mode="append", options={"header": True})
    assert job.result["rows_rejected"] == lake.count("raw.opened__rejects") == 3


def test_s3(lake, tmp_path):
    with s3_server(tmp_path) as endpoint:
        lake.connections.add("store", "s3", endpoint=endpoint, access_key=S3_KEY, secret_key=S3_SECRET, path_style=True)
        put = lake.upload_s3(lake.upload(io.BytesIO(CSV), "c.csv"), BUCKET, "in/c.csv", connection="store")
        assert put.result["s3_location"] == f"s3://{BUCKET}/in/c.csv"
        assert lake.load_s3(f"s3a://{BUCKET}/in/", "raw.objects", connection="store", format="csv").rows == 2
        lake.connections.remove("store")


def test_mysql_and_odbc(lake):
    server = MariaDbServer()
    try:
        server.sql("CREATE TABLE t (id int PRIMARY KEY, yes tinyint(1)); INSERT INTO t VALUES (1, 0), (2, 1)", "shop")
        where = {"host": "127.0.0.1", "port": server.port, "database": "shop", "user": "reader", "password": server.password}
        assert lake.load_mysql("my.t", source_table="t", tinyint1="integer", **where).rows == 2
        text = (f"Driver={{MariaDB Unicode}};Server=127.0.0.1;Port={server.port};Database=shop;UID=reader;"
                f"PWD={{{server.password}}}")
        assert lake.load_odbc("my.o", connection_string=text, query="SELECT id FROM t WHERE yes").rows == 1
    finally:
        server.close()


def test_postgres_and_connections(lake, postgres):
    database = postgres.new_database().rsplit("/", 1)[1]
    postgres.sql(database, "CREATE TABLE t (id int PRIMARY KEY, name text); INSERT INTO t VALUES (1, 'a'), (2, 'b')")
    where = {"host": "127.0.0.1", "port": postgres.port, "database": database, "user": "postgres"}
    assert lake.load_postgres("pg.chosen", query="SELECT * FROM t WHERE id > 1", **where).rows == 1
    stored = lake.connections.add("shop", "postgres", password="not asked for", description="d", **where)
    assert stored["settings"]["host"] == "127.0.0.1" and "not asked for" not in str(stored)
    assert lake.connections.test("shop")["status"] == "success"
    loads = [lake.load_postgres("pg.t", connection="shop", source_table="public.t", cursor={"column": "id"}).rows for _ in "ab"]
    assert loads == [2, 0]
    lake.connections.replace("shop", "postgres", **{**where, "port": 1})
    assert lake.connections.get("shop")["settings"]["port"] in (1, "1")
    assert refused(tarn_package.TarnError, lake.connections.test, "shop").message
    assert [kept["name"] for kept in lake.connections.list()] == ["shop"]
    lake.connections.remove("shop")
    assert refused(tarn_package.NotFoundError, lake.connections.get, "shop").code == "NO_SUCH_CONNECTION"


def test_the_web(lake):
    rude = RudeServer()
    with contextlib.closing(rude):
        job = lake.scrape(rude.url + "/countries", "web.countries", selector="table.wikitable", interval_ms=0)
        assert job.rows == 3 and "country" in job.result["columns"]
        job = lake.scrape_api(rude.url + "/items", "web.items", selector="data.items", interval_ms=0, params={"limit": 50},
                              pagination={"type": "offset", "from": 0}, total_pages=2, typed=False)
        assert job.result["pages"] == 2 and lake.count("web.items") == 100
        assert refused(tarn_package.TarnError, lake.scrape, rude.url + "/countries", "web.x", selector="#none").status == 400


def test_migration(lake):
    heard = []
    job = lake.migrate("sales.orders", "copy.orders", progress=heard.append)
    assert job.result["checksum_match"] and job.result["rows_migrated"] == 1500 and heard
    assert refused(tarn_package.ConflictError, lake.migrate, "sales.orders", "copy.orders").code == "ALREADY_EXISTS"
    assert lake.migrate("sales.orders", "copy.some", transform=["order_id"], validate="count").rows == 1500
    assert lake.compare("sales.orders", "copy.orders").result["valid"] is True
    assert lake.validate(table="copy.orders", checksum=True).result["valid"] is True
    assert lake.validate(namespace="copy").result["tables_checked"] == 2
    every = lake.migrate_all(source_namespace="customers", dest_namespace="copy2", parallel=2).result
    assert every["tables_migrated"] == 2
    reports = lake.migrations(limit=2)
    assert len(reports) == 2 and lake.migration(reports[0]["migration_id"])["tables_migrated"] == 2


def test_statements_and_maintenance(lake):
    assert lake.sql("SELECT 1 AS a; SELECT 2 AS b").result["statements"][1]["rows"] == [[2]]
    assert lake.rows("SELECT length('abc') AS a, DATE '2024-02-29' AS d", dialect="duckdb") == [{"a": 3, "d": "2024-02-29"}]
    assert lake.rows("SELECT count(*) AS n FROM orders", schema="sales") == [{"n": 1500}]
    assert len(lake.rows("SELECT order_id FROM sales.orders")) == 1500
    with pytest.raises(ValueError, match="10,000"):
        lake.rows("SELECT i FROM range(10001) t(i)", dialect="duckdb")
    done = lake.maintain(["compact", "stats"], table="sales.order_items").result
    assert done["tables_count"] == 1 and "compact" in done["tables"][0]
    assert lake.maintain("expire", namespace="sales", older_than="7d", dry_run=True).result["dry_run"] is True
    failed = refused(tarn_package.TarnError, lake.sql, "SELECT * FROM nowhere.t")
    assert lake.job(failed.job_id).state == "failed"


def test_jobs(lake):
    job = lake.sql(ENDLESS, dialect="duckdb", wait=False)
    assert not job.ended and job.error is None
    with pytest.raises(ValueError, match="wait"):
        job.result
    with pytest.raises(TimeoutError):
        job.wait(timeout=0.05)
    states = []
    for told in job.events():
        states.append(told.state)
        if told.state == "running" and states.count("running") == 1:
            told.cancel()
    assert states[-1] == "cancelled" and job.record["ended_at"]
    stopped = refused(tarn_package.CancelledError, job.wait)
    assert (stopped.code, stopped.status, stopped.job_id) == ("CANCELLED", 499, job.id)
    again = job.retry()
    assert again.record["retry_of"] == job.id and again.id != job.id
    again.cancel()
    assert refused(tarn_package.CancelledError, again.wait).job_id == again.id
    assert [found.id for found in lake.jobs(state="cancelled", limit=2)] == [again.id, job.id]
    assert len({found.id for found in lake.jobs(kind="sql")}) >= 2


def test_many_jobs_are_gone_through_page_by_page(serve, tarn):
    lake = tarn_package.connect(serve().uri)
    made = [lake.sql("SELECT 1", wait=False).id for _ in range(105)]
    assert sorted(job.id for job in lake.jobs()) == sorted(made) and len(list(lake.jobs(limit=103))) == 103


def test_an_interrupted_wait_cancels_the_job(lake, running):
    program = ("import signal, tarn\n"
               "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # what starts the tests may have it ignored
               f"tarn.connect({running.uri!r}).sql({ENDLESS!r}, dialect='duckdb',\n"
               "    progress=lambda job: print(job.id, job.state, flush=True))")
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env={**os.environ, "PYTHONPATH": str(TOP / "python/src")})
    for line in process.stdout:
        if line.endswith("running\n"):
            process.send_signal(2)
            break
    assert "KeyboardInterrupt" in process.communicate(timeout=60)[1]
    refused(tarn_package.CancelledError, lake.job(line.split()[0]).wait, timeout=30)


def test_a_wait_outlives_a_restart_of_the_server(serve, tarn):
    address = f"127.0.0.1:{free_port()}"
    first = serve(listen=address, settings={"serve.shutdown_grace": "1s"})
    job = tarn_package.connect(first.uri).sql(ENDLESS, dialect="duckdb", wait=False)
    caught = []
    waiting = threading.Thread(target=lambda: caught.append(refused(tarn_package.CancelledError, job.wait)))
    waiting.start()
    assert first.stop() == 0
    second = tarn_package.connect(serve(listen=address).uri)
    second.job(job.id).cancel()
    waiting.join(timeout=60)
    assert caught[0].job_id == job.id


def test_schedules(lake):
    made = lake.schedules.add("tick", "/sql", {"statements": "SELECT 1"}, cron="0 3 * * *", time_zone="Europe/Berlin",
                              overlap="queue")
    assert made["state"] == "active" and len(made["next_runs"]) == 5
    assert len(lake.schedules.preview(every="15m")) == 5
    assert lake.schedules.change("tick", description="for the night")["description"] == "for the night"
    assert lake.schedules.pause("tick")["state"] == "paused" and lake.schedules.resume("tick")["state"] == "active"
    job = lake.schedules.run("tick").wait(timeout=60)
    assert job.kind == "sql" and lake.schedules.history("tick")[0]["job_id"] == job.id
    assert [kept["name"] for kept in lake.schedules.list()] == ["tick"] and lake.schedules.get("tick")["cron"] == "0 3 * * *"
    lake.schedules.remove("tick")
    assert refused(tarn_package.NotFoundError, lake.schedules.get, "tick").code == "NO_SUCH_SCHEDULE"


EVERY_TYPE = """SELECT true AS a, 1 AS b, BIGINT '2' AS c, REAL '1.5' AS d, 2.5e0 AS e, DECIMAL '1.50' AS f, 'x' AS g,
    X'00FF' AS h, DATE '2024-02-29' AS i, TIMESTAMP '2024-02-29 01:02:03.123456' AS j, TIMESTAMP '2024-02-29 01:02:03.123456 UTC' AS k,
    TIME '10:11:12.000000' AS l, ARRAY[1, NULL] AS m, MAP(ARRAY['k'], ARRAY[ARRAY['v']]) AS n,
    CAST(ROW(1, 'x') AS ROW(p integer, "q, r" varchar)) AS o, CAST(NULL AS varchar) AS s,
    UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59' AS t"""


def test_arrow_is_the_same_by_both_protocols(lake, running):
    by_trino = lake.arrow(EVERY_TYPE)
    by_flight = tarn_package.connect(running.uri, flight_url=running.flight_uri).arrow(EVERY_TYPE)
    assert by_trino.to_pylist() == by_flight.to_pylist() and by_trino.schema.names == by_flight.schema.names
    assert by_trino.schema.field("f").type == pa.decimal128(3, 2) and by_trino.schema.field("i").type == pa.date32()
    assert by_trino.schema.field("n").type == pa.map_(pa.string(), pa.list_(pa.string()))
    assert by_trino.to_pylist()[0]["o"] == {"p": 1, "q, r": "x"}


@pytest.mark.parametrize("flight", [True, False])
def test_sql_as_data_frames(running, flight):
    lake = tarn_package.connect(running.uri, flight_url=running.flight_uri if flight else "off")
    frame = lake.pandas("SELECT region, approx_distinct(customer_id) AS n FROM sales.orders WHERE order_id < ? GROUP BY 1",
                        [500])
    assert len(frame) == 4 and frame["n"].sum() > 0
    assert lake.arrow("SELECT [1, 2] AS a", dialect="duckdb").to_pylist() == [{"a": [1, 2]}]
    assert lake.arrow("SELECT order_id FROM sales.orders WHERE false").num_rows == 0
    table = f"sales.made_{'flight' if flight else 'trino'}"
    lake.arrow(f"CREATE TABLE {table} AS SELECT 1 AS one")
    assert lake.count(table) == 1
    assert refused(tarn_package.ConflictError, lake.arrow, f"CREATE TABLE {table} AS SELECT 1 AS one").status == 409
    assert "nowhere" in refused(tarn_package.NotFoundError, lake.arrow, "SELECT * FROM nowhere.t").message
    assert refused(tarn_package.TarnError, lake.arrow, "SELEC 1").status == 400
    lake.sql(f"DROP TABLE {table}")


@pytest.mark.parametrize("flight", [True, False])
def test_sql_as_frames_of_polars(running, flight):
    import polars as pl

    lake = tarn_package.connect(running.uri, flight_url=running.flight_uri if flight else "off")
    frame = lake.polars("SELECT region, sum(total_amount) AS revenue, min(order_date) AS first FROM sales.orders WHERE order_id < ? "
                        "GROUP BY region ORDER BY region", [500])
    assert isinstance(frame, pl.DataFrame) and frame.columns == ["region", "revenue", "first"] and frame.height == 4
    assert frame.schema["region"] == pl.String and frame.schema["first"] == pl.Date and isinstance(frame.schema["revenue"], pl.Decimal)
    assert frame.filter(pl.col("region") == "Europe")["revenue"][0] > 0
    assert lake.polars("SELECT order_id FROM sales.orders WHERE false").height == 0
    every = lake.polars(EVERY_TYPE)
    assert every.height == 1 and every.columns == lake.arrow(EVERY_TYPE).column_names


def test_polars_is_asked_for_by_name(lake, monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ImportError, match=r"tarn\[polars\]"):
        lake.polars("SELECT 1")


def test_dbapi_and_catalog(lake):
    with lake.dbapi(schema="sales") as connection:
        cursor = connection.cursor()
        assert cursor.execute("SELECT order_id FROM orders WHERE order_id = ?", (7,)).fetchall() == [[7]]
    catalog = lake.catalog()
    assert ("sales", "orders") in catalog.list_tables("sales")
    assert catalog.load_table("sales.orders").scan().to_arrow().num_rows == 1500


@pytest.mark.parametrize("text, wanted", [
    ("decimal(38, 10)", pa.decimal128(38, 10)), ("char(3)", pa.string()), ("json", pa.string()), ("unknown", pa.null()),
    ("time(6)", pa.time64("us")), ("timestamp(3) with time zone", pa.timestamp("us", "UTC")), ("varchar", pa.string()),
    ("map(varchar, array(timestamp(6) with time zone))", pa.map_(pa.string(), pa.list_(pa.timestamp("us", "UTC")))),
    ('row("a ""b"", c" array(row(x decimal(3, 1), y bigint)), d date)',
     pa.struct([('a "b", c', pa.list_(pa.struct([("x", pa.decimal128(3, 1)), ("y", pa.int64())]))), ("d", pa.date32())])),
    ("row(integer, array(varchar))", pa.struct([("field0", pa.int32()), ("field1", pa.list_(pa.string()))])),
])
def test_types_of_trino(text, wanted):
    assert query._TrinoType(pa, text).read() == wanted


def test_signing_in(serve, tarn):
    user = tarn.json("user", "add", "ada", "--admin")
    server = serve("--flight-listen", "127.0.0.1:0", settings={"auth": {"enabled": True, "token_lifetime": "3s"}})
    flight = server.hear(r"grpc://127\.0\.0\.1:\d+").group()
    assert refused(tarn_package.AccessError, tarn_package.connect(server.uri).tables, "x").status == 401
    impostor = tarn_package.connect(server.uri, client_id="ada", client_secret="wrong")
    wrong = refused(tarn_package.AccessError, impostor.health)
    assert wrong.status == 401 and "wrong" not in str(wrong)
    who = {"client_id": user["client_id"], "client_secret": user["client_secret"]}
    lake = tarn_package.connect(server.uri, **who)
    lake.sql("CREATE SCHEMA s; CREATE TABLE s.t AS SELECT 1 AS x")
    connection = lake.dbapi()
    begin = time.monotonic()
    while time.monotonic() - begin < 3.5:  # longer than a token lives
        assert lake.count("s.t") == 1
        time.sleep(0.5)
    assert connection.cursor().execute("SELECT x FROM s.t").fetchall() == [[1]]
    for url in ("off", flight):
        assert tarn_package.connect(server.uri, flight_url=url, **who).arrow("SELECT x FROM s.t").num_rows == 1
    assert lake.catalog().list_tables("s") == [("s", "t")]
    assert lake.load_file(lake.upload(io.BytesIO(CSV), "c.csv"), "s.c").record["owner"] == "ada"
    with_token = tarn_package.connect(server.uri, token=lake._transport.token())
    assert with_token.tables("s") == ["c", "t"] and with_token.catalog().list_tables("s")
    assert user["client_secret"] not in server.log() + repr(lake)


def test_a_certificate_of_ones_own(serve, tarn, tmp_path, monkeypatch):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # for the library requests these come before what PyIceberg says
        monkeypatch.delenv(name, raising=False)
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "cert.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    user = tarn.json("user", "add", "ada", "--admin")
    server = serve("--auth", "--flight-listen", "127.0.0.1:0", "--tls-certificate", certificate, "--tls-key", key)
    flight = server.hear(r"grpc\+tls://127\.0\.0\.1:\d+").group()
    who = {"client_id": user["client_id"], "client_secret": user["client_secret"]}
    assert "certificate" in str(refused(tarn_package.UnreachableError, tarn_package.connect(server.uri, **who).health)).lower()
    for url in ("off", flight):
        lake = tarn_package.connect(server.uri, flight_url=url, ca_file=certificate, **who)
        assert lake.health() and lake.arrow("SELECT 1 AS one").to_pylist() == [{"one": 1}]
    assert lake.catalog().list_namespaces() == []


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """Answers as no Tarn does, and notes what it was sent."""
    seen = []

    def do_GET(self):
        self.seen.append((self.path, self.headers.get("Authorization")))
        kind = {"/moved": 302}.get(self.path.rpartition("/api")[0], 200)
        self.send_response(kind)
        self.send_header("Location", "/elsewhere")
        body = b"<html>hello</html>"
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_what_is_not_a_tarn_server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{other.server_port}"
        assert "Tarn server" in str(refused(tarn_package.UnreachableError, tarn_package.connect(url).health))
        moved = refused(tarn_package.TarnError, tarn_package.connect(url + "/moved", token="secret").health)
        assert (moved.code, moved.status) == ("HTTP_302", 302)
        assert [path for path, _ in Elsewhere.seen] == ["/api/v1/health", "/moved/api/v1/health"], "no redirect is followed"
        other.shutdown()
    away = refused(tarn_package.UnreachableError, tarn_package.connect(url).health)
    assert away.code == "UNREACHABLE" and away.hint


@pytest.mark.parametrize("url, more", [
    ("lake:8080", {}), ("ftp://lake", {}), ("http://ada:pw@lake", {}), ("http://lake/?a=b", {}),
    ("http://lake", {"client_id": "a"}), ("http://lake", {"token": "t", "client_id": "a", "client_secret": "b"})])
def test_addresses_and_credentials_that_make_no_sense(url, more):
    with pytest.raises(ValueError):
        tarn_package.connect(url, **more)
    with pytest.raises(ValueError, match="sales.orders"):
        tarn_package.connect("http://lake").count("orders")


def test_the_server_is_named_by_the_environment(monkeypatch):
    monkeypatch.delenv("TARN_URL", raising=False)
    assert tarn_package.connect().url == "http://127.0.0.1:8080"
    monkeypatch.setenv("TARN_URL", "https://lake.example.org/")
    assert tarn_package.connect().url == "https://lake.example.org"


class Airflow:
    """In the place of Airflow's decorators and variables: a task runs where it is called, a DAG is its function."""

    def __init__(self, variables):
        self.variables, self.tasks = variables, {}

    def modules(self):
        decorators, models = types.ModuleType("airflow.decorators"), types.ModuleType("airflow.models")
        decorators.dag = lambda **_: lambda function: function
        decorators.task = self.task
        models.Variable = types.SimpleNamespace(get=lambda name, default_var=None: self.variables.get(name, default_var))
        return {"airflow": types.ModuleType("airflow"), "airflow.decorators": decorators, "airflow.models": models}

    def task(self, function):
        def run(*args):
            self.tasks[function.__name__] = function(*args)
            return self.tasks[function.__name__]
        return run


def test_the_dag_calls_the_api_as_it_is(lake, postgres, monkeypatch):
    """Airflow itself is not here: what the tasks send is what is tested, against a real server and database."""
    database = postgres.new_database().rsplit("/", 1)[1]
    postgres.sql(database, "CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric(9, 2), ordered_at timestamp);"
                           "INSERT INTO orders SELECT i, i, timestamp '2026-01-01' + i * interval '1 hour' FROM generate_series(1, 48) i")
    lake.connections.add("nightly", "postgres", host="127.0.0.1", port=postgres.port, database=database, user="postgres")
    airflow = Airflow({"tarn_url": lake.url, "tarn_connection": "nightly"})
    for name, module in airflow.modules().items():
        monkeypatch.setitem(sys.modules, name, module)
    runpy.run_path(str(TOP / "examples/airflow/tarn_load.py"))
    assert airflow.tasks == {"load_orders": 48, "sum_up": 3, "compact": 1} and lake.count("marts.daily") == 3
    runpy.run_path(str(TOP / "examples/airflow/tarn_load.py"))
    assert airflow.tasks["load_orders"] == 0 and lake.count("staging.orders") == 48, "again loads nothing twice"
    lake.connections.remove("nightly")
    with pytest.raises(RuntimeError, match="nightly"):
        runpy.run_path(str(TOP / "examples/airflow/tarn_load.py"))


def test_codes_have_the_statuses_of_the_guide():
    table = (TOP / "docs/user/data-service.md").read_text()
    listed = {code: int(status) for status, codes in re.findall(r"^\| (\d{3}) \| (`[A-Z_`, ]+) \|", table, re.M)
              for code in re.findall(r"`(\w+)`", codes) if (status, code) != ("413", "RESOURCE_LIMIT")}
    assert listed == dict(errors.STATUS_OF)


def test_it_is_packed_with_its_types(tmp_path):
    shutil.copytree(TOP / "python", tmp_path / "python", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build"))
    done = subprocess.run([sys.executable, "-c", "from setuptools import setup; setup()", "-q", "build", "--build-lib",
                           tmp_path / "out"], cwd=tmp_path / "python", capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    packed = {path.name for path in (tmp_path / "out/tarn").iterdir()}
    assert packed == {path.name for path in (TOP / "python/src/tarn").iterdir() if path.is_file()} and "py.typed" in packed
    program = f"import sys; sys.path.append({str(tmp_path / 'out')!r}); import tarn; print(tarn.__version__)"
    alone = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, timeout=60)
    assert alone.returncode == 0, alone.stderr
    assert f'version = "{alone.stdout.strip()}"' in (TOP / "python/pyproject.toml").read_text()
