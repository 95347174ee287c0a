"""Every block of the documents is run by a test: here `sh`, `python`, `yaml` and answers in `json`, page by page and in order.

Each page has a function that sets up what the page takes for given: files, tables, and the servers behind the addresses it shows.
Only what is declared there is replaced in the page's text.
"""
import collections
import contextlib
import functools
import http.server
import json
import re
import shutil
import subprocess
import sys
import threading

import pytest

from mariadb_server import MariaDbServer
from page_blocks import PAGES, TOP, all_blocks, blocks_of
from stage import JOB, SERVER, Stage

sys.path.insert(0, str(TOP / "tests/interop"))

from store_servers import AZURE_KEY, S3_KEY, S3_SECRET, s3_server  # noqa: E402

ORDERS = "id,name,item,email,amount\n1,Ada,tea,ada@example.org,2.5\n2,Bob,jam,bob@example.org,4\n"
SALES = """CREATE SCHEMA IF NOT EXISTS sales;
CREATE TABLE sales.orders AS SELECT CAST(id AS bigint) AS id, DATE '2026-11-02' AS day, name, 'eu' AS region, amount
FROM (VALUES (1, 'Ada', 2.5e0), (2, 'Bob', 4e0)) AS t (id, name, amount);"""

# Blocks that run where their programs are, by language or by what they begin with; what of the block must stand there.
ELSEWHERE = {
    ("README.md", "./"): "tests/docs/test_quickstart.py",
    ("docs/user/python.md", "python"): "tests/docs/test_documents.py",
    ("README.md", "python"): "tests/docs/test_documents.py",
    ("docs/user/catalog-server.md", "go"): "tests/interop/goread/catalog.go",
    ("docs/user/catalog-server.md", "rust"): "tests/interop/rustclient/src/main.rs",
    ("docs/user/catalog-server.md", "properties"): "tests/interop/test_trino.py",
    ("docs/user/hive-metastore.md", "properties"): "tests/interop/test_trino.py",
    ("docs/user/sql.md", "offline_store:"): "tests/interop/feast_features.py",
}
# What runs the blocks of a language on all pages; each has a test of its own that none of them is left out.
BY_LANGUAGE = {"console": "tests/docs/test_documents.py", "sql": "tests/docs/test_sql_examples.py",
               "text": "test_usages_name_options_that_exist", "mermaid": "tests/docs/test_facts.py"}
# The names in a block that what it is run by must have.
NAMES = {"properties": r"^([\w.-]+)=", "go": r"\b\w*[A-Z_]\w+(?=\()", "rust": r"\b\w*[A-Z_]\w+(?=\()", "yaml": r"[\w-]+(?=: |:$)"}
STAGES = {}


def elsewhere(block):
    """Which test of ELSEWHERE runs it, or None."""
    found = [place for (page, what), place in ELSEWHERE.items() if page == block.page and (what == block.language or (
        block.language in ("", "yaml") and block.text.startswith(what)))]
    return found[0] if found else None


def stage_for(page):
    def register(function):
        STAGES[page if page.endswith(".md") else f"docs/user/{page}.md"] = function
        return function
    return register


class Machinery:
    """What several pages need, started when the first of them asks."""

    def __init__(self, folder, postgres):
        self.folder, self.postgres, self.stack = folder, postgres, contextlib.ExitStack()
        postgres.sql("postgres", "CREATE ROLE tarn LOGIN SUPERUSER")
        for role in ("reader", "admin"):
            postgres.sql("postgres", f"CREATE ROLE {role} LOGIN")
        postgres.sql("postgres", "CREATE DATABASE source_db")
        for schema in ("public", "sales"):
            postgres.sql("source_db", f"CREATE SCHEMA IF NOT EXISTS {schema}; CREATE TABLE {schema}.orders (id int, name text);"
                                      f"INSERT INTO {schema}.orders VALUES (1, 'Ada'), (1001, 'Bob');"
                                      f"GRANT USAGE ON SCHEMA {schema} TO reader, admin; GRANT SELECT ON {schema}.orders TO reader, admin")

    @functools.cached_property
    def s3(self):
        return self.stack.enter_context(s3_server(self.folder / "s3", buckets=("lake", "finance", "ops", "datalake", "bucket")))

    @functools.cached_property
    def s3_settings(self):
        return {"s3.endpoint": self.s3, "s3.access-key-id": S3_KEY, "s3.secret-access-key": S3_SECRET}

    @functools.cached_property
    def web(self):
        """A web server with a page like the one that the guide loads; its address."""
        page = b"<table class='wikitable'><tr><th>Country</th><th>GDP</th></tr><tr><td>Norway</td><td>485</td></tr></table>"

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                there = self.path.startswith("/wiki/")
                self.send_response(200 if there else 404)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(page if there else b"")

            def log_message(self, *args):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.stack.callback(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}"

    @functools.cached_property
    def maria(self):
        server = MariaDbServer()
        self.stack.callback(server.close)
        server.sql("CREATE DATABASE source_db; CREATE TABLE source_db.orders (id int PRIMARY KEY, name text); INSERT INTO source_db.orders "
                   "VALUES (1, 'Ada'), (1001, 'Bob'); CREATE USER admin@'%' IDENTIFIED BY 'admin123'; GRANT SELECT ON source_db.* TO admin@'%'")
        return server

    @functools.cached_property
    def certificate(self):
        key, certificate = self.folder / "lake.key", self.folder / "lake.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)
        return certificate, key


@pytest.fixture(scope="module")
def machinery(tmp_path_factory, postgres):
    made = Machinery(tmp_path_factory.mktemp("machinery"), postgres)
    with made.stack:
        yield made


def put_certificate(stage, machinery):
    for path in machinery.certificate:
        stage.file(path.name, path.read_text())


def signed_in(stage, name, *options):
    """A server whose callers sign in, and the secret of the principal `name`."""
    home = stage.tarn_class(stage.folder / "auth-home")
    made = json.loads(home.ok("user", "add", name, "--admin", "--json"))
    return stage.serve("--auth", *options, home=home), made["client_secret"]


def stored_shop(stage, machinery):
    """The connection `shop`."""
    stage.tarn.ok("connection", "add", "shop", "postgres", "host=127.0.0.1", f"port={machinery.postgres.port}", "database=source_db",
                  "user=reader", "--secret", "password=SHOP_SECRET", env={**stage.environment, "SHOP_SECRET": "tr0ub4dor"})


def object_store_by_variables(stage, machinery):
    stage.environment |= {f"TARN_{k.upper().replace('.', '_').replace('-', '_')}": v for k, v in machinery.s3_settings.items()}


def new_databases(machinery, *names):
    for name in names:
        machinery.postgres.sql("postgres", f"DROP DATABASE IF EXISTS {name}")
        machinery.postgres.sql("postgres", f"CREATE DATABASE {name}")


@stage_for("catalog-server")
def catalog_server(stage, machinery):
    put_certificate(stage, machinery)
    stage.environment |= {"PGHOST": "127.0.0.1", "PGPORT": str(machinery.postgres.port), "PGUSER": "postgres"}
    stage.sql(SALES + "DROP TABLE sales.orders;" + SALES)  # one was dropped before, and another has its name
    sys.path.insert(0, str(TOP / "tests/cli"))
    from test_labels_and_functions import FUNCTION
    stage.file("add_one.json", json.dumps(FUNCTION))
    stage.serve_page()
    auth, secret = signed_in(stage, "spark")
    database = [block.text for block in blocks_of(stage.page) if block.text.startswith("catalog.uri")][0]
    spark = [block.text for block in blocks_of(stage.page) if block.text.startswith("spark-sql --conf")][0]
    stage.put += [("https://lake.example.org", auth.uri), ("spark:tarn_…", f"spark:{secret}"),
                  ("db.example.org/lake?sslmode=verify-full", f"127.0.0.1:{machinery.postgres.port}/lake?sslmode=disable"),
                  ("PGPASSWORD=…", "PGPASSWORD=x"), ("spark-sql … ", stage.here(spark).strip() + " "), ("email --set", "item --set")]
    stage.file("server1/tarn.yaml", stage.here(database) + "".join(f"{k}: {v}\n" for k, v in machinery.s3_settings.items()))
    object_store_by_variables(stage, machinery)
    new_databases(machinery, "lake")  # the settings come before the page makes it
    stage.program("createdb", f"#!/bin/sh\n{machinery.postgres.bin}/dropdb lake; exec {machinery.postgres.bin}/createdb \"$@\"\n")


@stage_for("connections")
def connections(stage, machinery):
    stored_shop(stage, machinery)
    stage.serve_page()


@stage_for("console")
def console(stage, machinery):
    stage.sql(SALES)
    stage.serve_page()


@stage_for("data-service")
def data_service(stage, machinery):
    stage.sql(SALES)
    orders = stage.file("orders.csv", "id,name\n3,Cyd\n")
    stage.serve_page()
    job = subprocess.run([stage.folder / "bin/curl", "-X", "POST", stage.here(SERVER) + "/api/v1/load/file", "-H",
                          "Content-Type: application/json", "-d", json.dumps({"path": str(orders), "table": "sales.first"})],
                         capture_output=True, text=True, check=True)
    stage.put += [("/data/orders.csv", orders), (JOB, json.loads(job.stdout)["job_id"])]


@stage_for("flight-sql")
def flight_sql(stage, machinery):
    put_certificate(stage, machinery)
    stage.sql(SALES + "INSERT INTO sales.orders VALUES (7, DATE '2026-11-03', 'Cyd', 'us', 1e0);")
    running = stage.serve("--flight-listen", "127.0.0.1:0")
    auth, secret = signed_in(stage, "ada", "--flight-listen", "127.0.0.1:0")
    stage.put += [("grpc://127.0.0.1:32010", running.hear(r"grpc://127\.0\.0\.1:\d+").group()),
                  ("grpc+tls://lake.example.org:32010", auth.hear(r"grpc://127\.0\.0\.1:\d+").group()), ('"…"', f'"{secret}"')]


@stage_for("getting-started")
def getting_started(stage, machinery):
    stage.sql("CREATE SCHEMA travel; CREATE TABLE travel.visits AS SELECT 1 AS id, 'Oslo' AS city;")
    stage.serve_page()


@stage_for("hive-metastore")
def hive_metastore(stage, machinery):
    running = stage.serve("--hive-listen", "127.0.0.1:0")
    stage.put += [("thrift://127.0.0.1:9083", running.hear(r"thrift://127\.0\.0\.1:\d+").group())]


@stage_for("loading")
def loading(stage, machinery):
    orders = stage.file("orders.csv", ORDERS)
    customers = stage.file("customers.csv", "customer_id,name,zip\n1,Ada,0150\n2,Bob,00187\n3,Cyd,1010\n")
    port = machinery.postgres.port
    source = stage.file("odbc.ini", f"[shop]\nDriver=PostgreSQL Unicode\nServername=127.0.0.1\nPort={port}\nDatabase=source_db\n")
    stage.environment |= {"ODBCINI": str(source)}
    stage.sql("CREATE SCHEMA raw; CREATE TABLE raw.events (id bigint, name varchar, item varchar, email varchar, amount double);"
              "CREATE SCHEMA shop; CREATE TABLE shop.customers AS SELECT CAST(2 AS bigint) AS id, 'Bob' AS name;")
    stage.file("changed.csv", "id,name\n2,Bob\n3,Cyd\n")
    (stage.tarn.home / "tarn.yaml").write_text(json.dumps(machinery.s3_settings))
    stage.tarn.ok("sql", "--dialect", "duckdb", "-e", f"COPY (SELECT 1 AS id) TO '{stage.folder}/part.parquet'", env=stage.environment)
    stage.serve_page()
    for path, key in ((orders, "datalake/input/sales.csv"), (orders, "bucket/dir/events.csv"),
                      (stage.folder / "part.parquet", "datalake/data/part.parquet")):
        bucket, _, name = key.partition("/")
        request = json.dumps({"file_path": str(path), "bucket": bucket, "key": name})
        subprocess.run([stage.folder / "bin/curl", "-X", "POST", stage.here(SERVER) + "/api/v1/upload/s3", "-H",
                        "Content-Type: application/json", "-d", request], check=True, capture_output=True)
    stage.put += [("/data/customers.csv", customers), ("/data/analysis_results.csv", orders), ("http://localhost:4566", machinery.s3),
                  ('"accessKey": "test", "secretKey": "test"', f'"accessKey": "{S3_KEY}", "secretKey": "{S3_SECRET}"'),
                  ('"host": "postgres"', f'"host": "127.0.0.1", "port": {port}'),
                  ('"host": "mysql"', f'"host": "127.0.0.1", "port": {machinery.maria.port}'),
                  ("Server=db;Database=shop", f"Server=127.0.0.1;Port={port};Database=source_db")]


@stage_for("migration")
def migration(stage, machinery):
    stage.sql(SALES + "CREATE SCHEMA staging; CREATE TABLE staging.orders AS SELECT * FROM sales.orders;")
    stage.serve_page()


@stage_for("object-stores")
def object_stores(stage, machinery):
    """tests/interop/test_object_stores.py puts tables into those that run here; all settings are ones that a server takes."""
    stage.put += [("my-key", AZURE_KEY), ("http://127.0.0.1:9000", machinery.s3)]


@stage_for("other-catalogs")
def other_catalogs(stage, machinery):
    stage.file("orders.csv", "id,day,name,region,amount\n3,2026-11-02,Cyd,us,1\n")
    stage.sql(SALES)
    running = stage.serve_page()
    client = stage.file("client/tarn.yaml", json.dumps({"catalogs": {"lake": {"uri": running.catalog_uri}}}))
    stage.environment |= {"TARN_HOME": str(client.parent), "LAKE_ID": "id", "LAKE_SECRET": "secret"}
    stage.put += [("--into sales.orders --server", "--into sales.orders --mode append --server")]


@stage_for("outgrowing")
def outgrowing(stage, machinery):
    stage.put += [("/etc/tarn/trino-password", stage.file("trino-password", "secret\n"))]


@stage_for("performance")
def performance(stage, machinery):
    stage.tarn.ok("load", "--sample", env=stage.environment)
    stage.serve_page()


@stage_for("production")
def production(stage, machinery):
    port = machinery.postgres.port
    home, backup = stage.tarn.home, stage.folder / "backup"
    backup.mkdir()
    stage.sql(SALES)
    stored_shop(stage, machinery)
    object_store_by_variables(stage, machinery)
    new_databases(machinery, "lake", "restored")
    machinery.postgres.sql("postgres", "DROP DATABASE restored")
    for name in ("createdb", "pg_dump", "pg_restore"):
        stage.program(name, f'#!/bin/sh\nexec {machinery.postgres.bin}/{name} -p {port} "$@"\n')
    certificate, key = machinery.certificate
    auth, _ = signed_in(stage, "ada", "--tls-certificate", certificate, "--tls-key", key)
    stage.put += [("/var/lib/tarn", home), ("/backup", backup), ("https://lake.example.org:8443", auth.uri), ("/etc/tarn/lake.pem", certificate),
                  ("/etc/tarn/lake.key", key), ("/var/log/tarn", stage.folder), ("-h db.example.org", "-h 127.0.0.1"),
                  ("db.example.org/lake?sslmode=verify-full", f"127.0.0.1:{port}/lake?sslmode=disable")]

    def lose_everything():
        shutil.rmtree(home)
        home.mkdir()

    stage.before["cp -a /backup/catalog.db"] = lose_everything


@stage_for("python")
def python(stage, machinery):
    (stage.folder / "python").symlink_to(TOP / "python")


@stage_for("schedules")
def schedules(stage, machinery):
    stored_shop(stage, machinery)
    stage.serve_page()


@stage_for("scraping")
def scraping(stage, machinery):
    stage.serve_page(settings={"web.private_addresses": "127.0.0.1", "web.request_interval": "10ms"})
    stage.environment["TARN_WEB_REQUEST_INTERVAL"] = "10ms"
    stage.put += [("https://en.wikipedia.org", machinery.web)]


@stage_for("security")
def security(stage, machinery):
    auth, secret = signed_in(stage, "ada")
    stage.file("secret", secret).chmod(0o600)
    stage.put += [("https://lake.example.org", auth.uri)]


@stage_for("shell")
def shell(stage, machinery):
    stage.file("report.sql", "SELECT 1 AS one;")
    auth, secret = signed_in(stage, "ada")
    stage.put += [("https://lake.example.com", auth.uri)]
    stage.typed = {"tarn sql --server https://lake.example.com --user ada --password":
                   [("(?i)password", secret), (r"iceberg.*>|tarn.*>", "SELECT 6 * 7 AS answer;"), ("42", "\\q")]}


@stage_for("sql")
def sql(stage, machinery):
    stage.sql(SALES)
    running = stage.serve_page()
    stage.environment |= {"SHOP_PASSWORD": "secret"}
    stage.put += [("port=8080", f"port={running.uri.rsplit(':', 1)[1]}"), ("/run/secrets/crm", stage.file("crm", "secret\n"))]


@stage_for("troubleshooting")
def troubleshooting(stage, machinery):
    stage.serve_page()


@stage_for("writing")
def writing(stage, machinery):
    """Only settings."""


@pytest.mark.parametrize("page", STAGES)
def test_a_page_runs(page, tmp_path, programs, deps, machinery, spark):
    stage = Stage(page, tmp_path, programs, deps)
    try:
        STAGES[page](stage, machinery)
        stage.walk(elsewhere)
        for call in stage.spark_calls():
            spark(call)
    finally:
        stage.close()


@pytest.fixture(scope="module")
def spark(deps):
    """Does what `spark-sql --conf …` would: a session of its own with these settings lists and reads what there is."""
    started = []

    def run(arguments):
        if not started:
            started.append(start_spark(deps))
        session = started[0].newSession()
        assert set(arguments[::2]) == {"--conf"}, arguments
        for name, _, value in (setting.partition("=") for setting in arguments[1::2]):
            session.conf.set(name, value)
        catalog = re.search(r"spark\.sql\.catalog\.(\w+)=", " ".join(arguments))[1]
        names = [row[0] for row in session.sql(f"SHOW NAMESPACES IN {catalog}").collect()]
        if "shop" in names:
            assert session.sql(f"SELECT * FROM {catalog}.shop.orders").count() == 2

    yield run
    for session in started:
        session.stop()


def start_spark(deps):
    from pyspark.sql import SparkSession

    jars = sorted(deps.glob("spark-jars-*/iceberg-spark-runtime-*.jar"))
    assert jars, "run tools/install_deps.sh --test"
    session = (SparkSession.builder.master("local[1]").appName("tarn-docs").config("spark.jars", str(jars[0]))
               .config("spark.driver.memory", "1g").config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1")
               .config("spark.ui.enabled", "false").config("spark.sql.extensions",
                                                           "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions").getOrCreate())
    session.sparkContext.setLogLevel("ERROR")
    return session


def place_of(block):
    """Which test runs it, or None."""
    if elsewhere(block):
        return elsewhere(block)
    if block.language in ("sh", "yaml", "json", "python") and block.page in STAGES:
        return "test_a_page_runs"
    return BY_LANGUAGE.get(block.language)


def test_no_block_is_left_out():
    for block in all_blocks():
        place = place_of(block)
        assert place, f"nothing runs\n{block}"
        assert place in globals() or (TOP / place).exists(), place
    assert set(STAGES) <= set(PAGES)


def test_what_runs_elsewhere_is_there():
    """Names of settings and functions that a block shows stand in the test that it is said to be run by."""
    for block in all_blocks():
        place = place_of(block)
        if block.language not in NAMES or place == "test_a_page_runs":
            continue
        files = [TOP / place, *(TOP / "tests/interop").glob("trino_server.py")]
        text = "\n".join(path.read_text() for path in files)
        names = re.findall(NAMES[block.language], block.text, re.M)
        assert names, block
        for name in names:
            assert name in text or name == "connector.name", f"{place} has no {name}\n{block}"


def helps(tarn, *command):
    """What a command and those below it say of themselves."""
    said = subprocess.run([tarn.command()[0], *command, "--help"], capture_output=True, text=True, check=True).stdout
    below = re.search(r"^Subcommands:\n((?:  .*\n)+)", said, re.M)
    return said + "".join(helps(tarn, *command, name) for name in re.findall(r"^  (\S+)", below[1], re.M)) if below else said


def test_usages_name_options_that_exist(tarn):
    """Each option behind `tarn COMMAND` in a plain text is one of that command."""
    known = collections.defaultdict(str)
    for block in all_blocks():
        command = None
        for line in block.text.splitlines() if block.language == "text" else []:
            found = re.match(r"\s*tarn (\w+)", line)
            command = found[1] if found else command if line.startswith(" ") else None
            for option in re.findall(r"(?<!\S)\[?(--[a-z-]+)", line) if command else []:
                known[command] = known[command] or helps(tarn, command)
                assert option in known[command], f"tarn {command} has no {option}\n{block}"
    assert known
