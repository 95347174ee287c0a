"""Tarn as a client of other REST catalogs: Iceberg's reference server, another Tarn, and what stands between them."""
import datetime
import os
import subprocess

import pytest
from pyiceberg.catalog.rest import RestCatalog

from conftest import DEPS
from fault_proxy import Fault, FaultProxy
from store_servers import S3_KEY, S3_SECRET, free_port, running, s3_server

GIVEN_KEY, GIVEN_SECRET = "given", "given-secret-for-clients"


@pytest.fixture(autouse=True)
def no_keys_of_ones_own(monkeypatch):
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower() in ("http_proxy", "https_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def client(tmp_path, tarn_at):
    """A home with these catalogs beside its warehouse."""

    def make(settings="", **catalogs):
        home = tmp_path / "client"
        home.mkdir(exist_ok=True)
        lines = [settings, "catalogs:"]
        for name, properties in catalogs.items():
            lines += [f"  {name}:"] + [f'    {key}: "{value}"' for key, value in properties.items()]
        (home / "tarn.yaml").write_text("\n".join(lines) + "\n")
        return tarn_at(home)

    return make


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """Iceberg's own server over SQLite and a directory."""
    jars = max(DEPS.glob("rest-kit-*"), key=os.path.getmtime, default=None)
    sqlite = max(DEPS.glob("spark-jars-*/sqlite-jdbc-*.jar"), key=os.path.getmtime, default=None)
    assert jars and sqlite, "run tools/install_deps.sh --test"
    directory = tmp_path_factory.mktemp("reference")
    port = free_port()
    command = ["java", "-Xmx512m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=off", "-cp", f"{jars}/*:{sqlite}",
               "org.apache.iceberg.rest.RESTCatalogServer"]
    environment = {"CATALOG_REST_PORT": str(port), "CATALOG_URI": f"jdbc:sqlite:{directory}/catalog.db",
                   "CATALOG_WAREHOUSE": f"file://{directory}/warehouse"}
    with running(command, port, directory / "server.log", environment, seconds=60):
        yield f"http://127.0.0.1:{port}"


def test_everything_on_icebergs_reference_server(client, reference, duck):
    tarn = client(lake={"uri": reference})
    tarn.ok("sql", "-e", """
        CREATE SCHEMA lake.shop;
        CREATE TABLE lake.shop.orders (id BIGINT, day DATE, note VARCHAR) WITH (partitioning = ARRAY['month(day)']);
        INSERT INTO lake.shop.orders SELECT i, DATE '2026-01-01' + CAST(i AS INTEGER), 'n' || i FROM range(100) r(i);
        UPDATE lake.shop.orders SET note = 'changed' WHERE id < 10;
        DELETE FROM lake.shop.orders WHERE id >= 90;
        ALTER TABLE lake.shop.orders ADD COLUMN price DECIMAL(10, 2);
        CREATE TABLE lake.shop.copy AS SELECT * FROM lake.shop.orders WHERE id < 5;
        MERGE INTO lake.shop.orders o USING (SELECT 1 AS id UNION ALL SELECT 500) s ON o.id = s.id
          WHEN MATCHED THEN UPDATE SET price = 1.5 WHEN NOT MATCHED THEN INSERT (id, price) VALUES (s.id, 2.5);
        CREATE VIEW lake.shop.cheap AS SELECT id FROM lake.shop.orders WHERE price < 2;
        CREATE OR REPLACE VIEW lake.shop.cheap AS SELECT id, price FROM lake.shop.orders WHERE price < 2;
        ALTER TABLE lake.shop.copy RENAME TO lake.shop.second""")
    assert tarn.sql("SELECT count(*) AS n, count(price) AS prices, sum(id) AS s FROM lake.shop.orders") == [
        {"n": 91, "prices": 2, "s": 4505}]
    assert tarn.sql("SELECT id FROM lake.shop.cheap") == [{"id": 1}]
    assert {row["Table"] for row in tarn.sql("SHOW TABLES FROM lake.shop")} == {"cheap", "orders", "second"}
    # The same rows to others, and theirs to us.
    theirs = RestCatalog("reference", uri=reference)
    orders = theirs.load_table("shop.orders")
    assert sorted(orders.scan().to_arrow()["id"].to_pylist()) == [*range(90), 500]
    theirs.load_table("shop.second").append(theirs.load_table("shop.second").scan(limit=1).to_arrow())
    assert tarn.value("SELECT count(*) FROM lake.shop.second") == 6
    duck.execute(f"ATTACH '' AS reference (TYPE iceberg, ENDPOINT '{reference}', AUTHORIZATION_TYPE 'none')")
    try:
        assert duck.execute("SELECT count(*), sum(id) FROM reference.shop.orders").fetchone() == (91, 4505)
    finally:
        duck.execute("DETACH reference")
    # Joined with the warehouse, maintained, and dropped.
    tarn.ok("sql", "-e", "CREATE SCHEMA here; CREATE TABLE here.names AS SELECT id, note FROM lake.shop.orders WHERE id < 3")
    assert tarn.value("SELECT count(DISTINCT n.id) FROM here.names n JOIN lake.shop.second s ON n.id = s.id") == 3
    tarn.ok("maintain", "compact", "shop.orders", "--catalog", "lake")
    assert tarn.value("SELECT count(*) FROM lake.shop.orders") == 91
    tarn.ok("sql", "-e", "DROP VIEW lake.shop.cheap; DROP TABLE lake.shop.orders; DROP TABLE lake.shop.second; "
                         "DROP SCHEMA lake.shop")
    assert tarn.sql("SHOW SCHEMAS FROM lake") == []


def test_two_catalogs_are_joined_and_attached_by_sql(client, server, reference):
    server.tarn.ok("sql", "-e", "CREATE SCHEMA a; CREATE TABLE a.left AS SELECT i AS id FROM range(10) r(i)")
    tarn = client(other={"uri": reference})
    tarn.ok("sql", "-e", "CREATE SCHEMA other.b; CREATE TABLE other.b.right AS SELECT i * 2 AS id FROM range(10) r(i)")
    attach = f"ATTACH 'iceberg' AS one (TYPE rest, ENDPOINT '{server.catalog_uri}')"
    said = tarn.ok("sql", "--format", "csv", "-e", f"{attach}; SHOW CATALOGS; SELECT count(*) AS n FROM one.a.left l "
                   "JOIN other.b.right r ON l.id = r.id; DETACH one; SHOW CATALOGS")
    assert said.split() == ["Catalog", "iceberg", "memory", "one", "other", "n", "5", "Catalog", "iceberg", "memory", "other"]
    assert "single attached database" in tarn.fails(
        "sql", "-e", f"{attach}; BEGIN; INSERT INTO one.a.left VALUES (1); INSERT INTO other.b.right VALUES (1)")
    tarn.ok("sql", "-e", "DROP TABLE other.b.right; DROP SCHEMA other.b")


def test_a_server_takes_the_homes_place(tarn, server, tmp_path):
    (tmp_path / "rows.csv").write_text("id,name\n1,a\n2,b\n")
    away = {"XDG_STATE_HOME": str(tmp_path / "state"), "TARN_HOME": str(tmp_path / "none")}

    def run(*args):
        done = subprocess.run([*tarn.command(*args)[:-2], "--server", server.uri], capture_output=True, text=True,
                              timeout=60, env=os.environ | away)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("load", tmp_path / "rows.csv", "--into", "shop.people")
    run("load", tmp_path / "rows.csv", "--into", "shop.people", "--mode", "append")
    assert run("sql", "--format", "csv", "-e", "SELECT count(*) AS n FROM iceberg.shop.people").split() == ["n", "4"]
    assert "people" in run("table", "list") and "append" in run("table", "snapshots", "shop.people")
    run("maintain", "compact", "shop.people")
    assert not (tmp_path / "none").exists()
    assert server.tarn.value("SELECT count(*) FROM shop.people") == 4


def test_signing_in_with_a_credential_that_expires(tarn, client, serve):
    user = tarn.json("user", "add", "engine", "--service")
    tarn.home.joinpath("tarn.yaml").write_text("auth: {enabled: true, token_lifetime: 2s}\n")
    server = serve()
    secret = user["client_secret"]
    with_secret = {"uri": server.catalog_uri, "credential": "${env:LAKE_ID}:${env:LAKE_SECRET}"}
    home = client(lake=with_secret)
    assert "LAKE_ID" in home.fails("sql", "-e", "SHOW SCHEMAS FROM lake")
    environment = {"LAKE_ID": user["client_id"], "LAKE_SECRET": secret}
    home.ok("sql", "-e", "CREATE SCHEMA lake.s; CREATE TABLE lake.s.t AS SELECT 1 AS a", env=environment)
    # One session over several lives of a token.
    slow = home.ok("sql", "--format", "csv", env=environment,
                   input="".join(f"INSERT INTO lake.s.t VALUES ({i});\nSELECT count(*) AS n FROM range(30000000) a(i) "
                                 "WHERE i % 3 = 5;\n" for i in range(20)) + "SELECT count(*) AS n FROM lake.s.t;\n")
    assert slow.split()[-1] == "21"
    wrong = home.fails("sql", "-e", "SHOW SCHEMAS FROM lake", env=environment | {"LAKE_SECRET": "wr0ng-secret"})
    assert "invalid_client" in wrong and "wr0ng-secret" not in wrong
    assert "credential or token" in client(lake={"uri": server.catalog_uri}).fails("sql", "-e", "SHOW SCHEMAS FROM lake")
    said = home.ok("sql", "--server", server.catalog_uri, "-e", "SELECT count(*) FROM s.t", env={"TARN_CLIENT_CREDENTIAL":
                   f"{user['client_id']}:{secret}"})
    assert "21" in said


def test_files_are_reached_with_vended_credentials_only(tarn, client, serve, tmp_path):
    with s3_server(tmp_path / "s3", buckets=("lake",), users=[(GIVEN_KEY, GIVEN_SECRET)]) as store:
        import boto3

        boto3.client("s3", endpoint_url=store, aws_access_key_id=S3_KEY, aws_secret_access_key=S3_SECRET,
                     region_name="us-east-1").put_bucket_policy(Bucket="lake", Policy=(
                         '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "%s", "Action": "s3:*", '
                         '"Resource": ["arn:aws:s3:::lake/wh/*", "arn:aws:s3:::lake"]}]}' % GIVEN_KEY))
        server = serve(settings={
            "warehouse.location": "s3://lake/wh", "s3.endpoint": store, "s3.region": "us-east-1",
            "s3.access-key-id": S3_KEY, "s3.secret-access-key": S3_SECRET, "vend.s3.client-endpoint": store,
            "vend.s3.mode": "static-keys", "vend.s3.access-key-id": GIVEN_KEY, "vend.s3.secret-access-key": GIVEN_SECRET})
        home = client(lake={"uri": server.catalog_uri})
        home.ok("sql", "-e", """
            CREATE SCHEMA lake.s; CREATE TABLE lake.s.t AS SELECT i AS id, i % 7 AS k FROM range(50000) r(i);
            INSERT INTO lake.s.t SELECT i, 0 FROM range(10) r(i); DELETE FROM lake.s.t WHERE k = 3;
            CREATE TABLE lake.s.u (id BIGINT); INSERT INTO lake.s.u VALUES (1), (2)""")
        assert home.value("SELECT count(*) FROM lake.s.t JOIN lake.s.u USING (id)") == 4
        assert home.sql("SELECT count(*) AS n FROM lake.s.t WHERE k = 0") == [{"n": 7153}]
        assert home.value('SELECT count(*) FROM lake.s."t$files"') > 0
        plain = RestCatalog("tarn", uri=server.catalog_uri)
        assert plain.load_table("s.u").scan().to_arrow()["id"].to_pylist() == [1, 2]
        refused = client(lake={"uri": server.catalog_uri, "header.X-Iceberg-Access-Delegation": ""}).fails(
            "sql", "-e", "SELECT count(*) FROM lake.s.t WHERE id > 5")
        assert S3_SECRET not in refused and GIVEN_SECRET not in refused


class SigningProxy(FaultProxy):
    """Passes on what is signed as AWS's own library would have signed it; 403 for the rest."""

    def __init__(self, endpoint, service):
        super().__init__(endpoint)
        self.service, self.seen, self.refused = service, 0, 0

    def _forward(self, handler, body):
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        self.seen += 1
        given = handler.headers.get("Authorization", "")
        named = given.split("SignedHeaders=")[-1].split(",")[0].split(";")
        request = AWSRequest(handler.command, self.endpoint + handler.path, data=body,
                             headers={name: handler.headers[name] for name in named if name != "host"})
        signer = SigV4Auth(Credentials("AK", "the/secret"), self.service, "eu-west-1")
        request.context["timestamp"] = handler.headers.get("X-Amz-Date", "")
        canonical = signer.canonical_request(request)
        signature = signer.signature(signer.string_to_sign(request, canonical), request)
        if f"Signature={signature}" not in given or "Credential=AK/" not in given:
            self.refused += 1
            answer = b'{"error": {"message": "bad signature", "type": "ForbiddenException", "code": 403}}'
            return 403, [("Content-Length", str(len(answer)))], answer
        return super()._forward(handler, body)


@pytest.mark.parametrize("service", ["glue", "s3tables", "execute-api"])
def test_requests_are_signed_as_aws_wants_it(client, server, service):
    with SigningProxy(server.uri, service) as proxy:
        signed = {"uri": f"{proxy.endpoint}/catalog", "rest.sigv4-enabled": "true", "rest.signing-name": service,
                  "rest.signing-region": "eu-west-1", "client.access-key-id": "AK", "client.secret-access-key": "the/secret"}
        home = client(aws=signed)
        home.ok("sql", "-e", 'CREATE SCHEMA aws."odd name/ü"; CREATE TABLE aws."odd name/ü".t (a INTEGER); '
                             'INSERT INTO aws."odd name/ü".t VALUES (1)')
        assert home.value('SELECT a FROM aws."odd name/ü".t') == 1
        assert proxy.seen > 8 and proxy.refused == 0
        if service != "execute-api":  # neither makes a table with rows in one step
            assert "CREATE it without rows first" in home.fails(
                "sql", "-e", 'CREATE TABLE aws."odd name/ü".u AS SELECT 1 AS a')
        wrong = client(aws=signed | {"client.secret-access-key": "another"}).fails("sql", "-e", "SHOW SCHEMAS FROM aws")
        assert "bad signature" in wrong and "another" not in wrong


def test_lost_answers_lose_and_repeat_nothing(client, server):
    """Every answer to a commit gets lost once on its way back, after the server has acted."""
    with FaultProxy(server.uri) as proxy:
        home = client(lake={"uri": f"{proxy.endpoint}/catalog"})
        home.ok("sql", "-e", "CREATE SCHEMA lake.s; CREATE TABLE lake.s.t (i BIGINT)")
        lost = set()

        def lose_first(request):
            if request.method == "POST" and request.path.endswith("/tables/t") and request.number not in lost:
                lost.add(request.number)
                return Fault.LOST_ANSWER if len(lost) % 2 else Fault.CUT_ANSWER
            return None

        proxy.plan(lose_first)
        for i in range(4):
            home.ok("sql", "-e", f"INSERT INTO lake.s.t VALUES ({i})")
        assert len(proxy.faults()) >= 4
        proxy.plan(None)
        assert home.sql("SELECT i FROM lake.s.t ORDER BY i") == [{"i": i} for i in range(4)]
        assert home.value('SELECT count(*) FROM lake.s."t$snapshots"') == 4


def test_what_arrow_writes_there_others_read(client, reference):
    """Types over the wire: made by Tarn, read by PyIceberg."""
    tarn = client(lake={"uri": reference})
    tarn.ok("sql", "-e", "CREATE SCHEMA lake.types; CREATE TABLE lake.types.t AS SELECT 1::INTEGER AS i, 2.5::DOUBLE AS d, "
                         "'x' AS s, DATE '2026-02-03' AS day, TIMESTAMP '2026-02-03 04:05:06' AS at, [1, 2] AS list, "
                         "{'a': 1, 'b': 'y'} AS st")
    found = RestCatalog("reference", uri=reference).load_table("types.t").scan().to_arrow().to_pylist()
    assert found == [{"i": 1, "d": 2.5, "s": "x", "day": datetime.date(2026, 2, 3),
                      "at": datetime.datetime(2026, 2, 3, 4, 5, 6), "list": [1, 2], "st": {"a": 1, "b": "y"}}]
    tarn.ok("sql", "-e", "DROP TABLE lake.types.t; DROP SCHEMA lake.types")
