"""Access to tables' files that the catalog gives: vended credentials and remote signing, with real clients and stores.

Clients have no keys of their own. Between them and the catalog, and between them and the store, is a proxy that keeps
all that was said: so it shows which keys were used, and that Tarn's own secret was never sent."""
import base64
import contextlib
import dataclasses
import hashlib
import json
import os
import re
import urllib.error
import urllib.parse
import urllib.request

import pytest
from moto.server import ThreadedMotoServer
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import SignError
from pyiceberg.expressions import EqualTo
from pyiceberg.types import StringType

from fault_proxy import FaultProxy
from orders import add_spark_catalog, rows
from store_servers import (AZURE_ACCOUNT, AZURE_KEY, OPENER, S3_KEY, S3_SECRET, azure_server, gcs_server,
                           make_azure_container, s3_request, s3_server)

GIVEN_KEY, GIVEN_SECRET = "given", "given-secret-for-clients"
DELEGATION = "header.X-Iceberg-Access-Delegation"


@dataclasses.dataclass
class Exchange:
    method: str
    path: str
    request_headers: dict
    request_body: bytes
    status: int
    headers: dict
    body: bytes

    def everything_received(self):
        return json.dumps(self.headers).encode() + self.body

    def key_id(self):
        """Whose signature the request has."""
        found = re.search("Credential=([^/]+)/", self.request_header("authorization"))
        return found and found.group(1)

    def request_header(self, name):
        return {key.lower(): value for key, value in self.request_headers.items()}.get(name, "")


class RecordingProxy(FaultProxy):
    def __init__(self, endpoint):
        super().__init__(endpoint)
        self.exchanges = []

    def _forward(self, handler, body):
        status, headers, content = super()._forward(handler, body)
        self.exchanges.append(Exchange(handler.command, handler.path, dict(handler.headers), body, status, dict(headers),
                                       content))
        return status, headers, content

    def keys_used(self):
        return {exchange.key_id() for exchange in self.exchanges}


@pytest.fixture(autouse=True)
def no_keys_of_ones_own(monkeypatch):
    for name in list(os.environ):
        if name.startswith(("AWS_", "AZURE_", "GOOGLE_", "STORAGE_")) or name.lower() in ("http_proxy", "https_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def own_s3fs(monkeypatch):
    """An s3fs client for each table and thread of PyIceberg. Usually s3fs keeps one for the process, and each thread that
    begins to read a table takes the signer out of it and puts its own in: what others send in between is not signed."""
    import s3fs

    monkeypatch.setattr(s3fs.S3FileSystem, "cachable", False)


@pytest.fixture(scope="module")
def versity(tmp_path_factory):
    """An S3 store with a user for clients, who may work below wh/ of the bucket `lake` only."""
    with s3_server(tmp_path_factory.mktemp("versity") / "s3", buckets=("lake",), users=[(GIVEN_KEY, GIVEN_SECRET)]) as endpoint:
        import boto3

        store = boto3.client("s3", endpoint_url=endpoint, aws_access_key_id=S3_KEY, aws_secret_access_key=S3_SECRET,
                             region_name="us-east-1")
        store.put_bucket_policy(Bucket="lake", Policy=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": GIVEN_KEY, "Action": "s3:*", "Resource": "arn:aws:s3:::lake/wh/*"}]}))
        store.put_object(Bucket="lake", Key="secret/plan.txt", Body=b"not for tables")
        yield endpoint


@pytest.fixture
def store(versity):
    with RecordingProxy(versity) as proxy:
        yield proxy


def s3_settings(store, **more):
    return {"warehouse.location": "s3://lake/wh", "s3.endpoint": f"http://{store.target}", "s3.region": "us-east-1",
            "s3.access-key-id": S3_KEY, "s3.secret-access-key": S3_SECRET, "vend.s3.client-endpoint": store.endpoint,
            "log.level": "info"} | {key.replace("__", ".").replace("_", "-"): value for key, value in more.items()}


@pytest.fixture
def proxied(serve):
    """A server with these settings, and the proxy in front of it; nobody who came through it got a secret."""
    proxies = []

    def start(settings):
        server = serve(settings=settings)
        proxy = RecordingProxy(server.uri)
        proxy.__enter__()
        proxies.append(proxy)
        return server, proxy

    yield start
    for proxy in proxies:
        proxy.__exit__()
        assert proxy.exchanges, "nobody asked the catalog through the proxy"
        for exchange in proxy.exchanges:
            for secret in (S3_SECRET, AZURE_KEY):
                assert secret.encode() not in exchange.everything_received(), exchange.path


def pyiceberg_works(catalog, tarn):
    """Creates, writes, deletes, evolves and reads a table."""
    catalog.create_namespace("shop")
    table = catalog.create_table("shop.orders", rows(0, 1).schema)
    table.append(rows(0, 10))
    table.append(rows(10, 5))
    table.delete(EqualTo("id", 3))
    with table.update_schema() as update:
        update.add_column("note", StringType())
    found = catalog.load_table("shop.orders").scan().to_arrow()
    assert sorted(found["id"].to_pylist()) == [0, 1, 2, *range(4, 15)]
    assert tarn.value("SELECT count(*) FROM shop.orders WHERE note IS NULL") == 14
    with catalog.create_table_transaction("shop.staged", rows(0, 1).schema) as transaction:
        transaction.append(rows(0, 7))  # into a table that no catalog knows yet
    assert catalog.load_table("shop.staged").scan().to_arrow().num_rows == 7
    return catalog.load_table("shop.orders")


def spark_works(spark, name, uri, tarn, mechanism):
    # Else Spark deletes files itself after the drop, when nothing is signed for the table any more.
    add_spark_catalog(spark, name, type="rest", uri=uri, warehouse="iceberg", rest_catalog_purge="true",
                      **{DELEGATION: mechanism})
    spark.sql(f"CREATE NAMESPACE {name}.shop")
    spark.sql(f"CREATE TABLE {name}.shop.orders (id BIGINT, day DATE) USING iceberg PARTITIONED BY (days(day)) TBLPROPERTIES "
              "('format-version'='2', 'write.delete.mode'='merge-on-read', 'write.object-storage.enabled'='true', "
              "'write.data.path'='s3://lake/wh/elsewhere/orders', 'write.metadata.path'='s3://lake/wh/meta/orders')")
    spark.sql(f"INSERT INTO {name}.shop.orders SELECT id, date_add(DATE'2026-01-01', CAST(id % 3 AS INT)) FROM range(30)")
    spark.sql(f"DELETE FROM {name}.shop.orders WHERE id % 10 = 0")
    spark.sql(f"ALTER TABLE {name}.shop.orders ADD COLUMN note STRING AFTER id")
    assert spark.sql(f"SELECT count(*), min(id) FROM {name}.shop.orders").collect()[0] == (27, 1)
    assert tarn.value("SELECT count(*) FROM shop.orders") == 27
    # The table is staged while its rows are written.
    spark.sql(f"CREATE TABLE {name}.shop.copy USING iceberg AS SELECT * FROM {name}.shop.orders")
    assert spark.sql(f"SELECT count(*) FROM {name}.shop.copy").collect()[0] == (27,)
    spark.sql(f"DROP TABLE {name}.shop.copy PURGE")


def sign(proxy, table, uri, method="GET", headers=None, **more):
    """The catalog's answer to a request to sign: its status and its body."""
    body = {"region": "us-east-1", "uri": uri, "method": method, "headers": headers or {}} | more
    request = urllib.request.Request(f"{proxy.endpoint}/catalog/v1/iceberg/namespaces/shop/tables/{table}/sign", method="POST",
                                     data=json.dumps(body).encode(), headers={"Content-Type": "application/json"})
    try:
        with OPENER.open(request, timeout=20) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def fetch_signed(signed, method="GET", more=None):
    """What the store answers to a signed request."""
    headers = {name: ", ".join(values) for name, values in signed["headers"].items()} | (more or {})
    try:
        with OPENER.open(urllib.request.Request(signed["uri"], method=method, headers=headers), timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_without_access_a_client_gets_nowhere(proxied, store):
    _, proxy = proxied(s3_settings(store))
    catalog = RestCatalog("tarn", uri=f"{proxy.endpoint}/catalog", **{"s3.connect-timeout": "2", "s3.request-timeout": "2"})
    catalog.create_namespace("shop")
    table = catalog.create_table("shop.orders", rows(0, 1).schema)
    assert table.io.properties["s3.endpoint"] == store.endpoint  # which is no secret
    with pytest.raises(OSError):
        table.append(rows(0, 1))


def test_static_keys(proxied, store):
    server, proxy = proxied(s3_settings(store, vend__s3__mode="static-keys", vend__s3__access_key_id=GIVEN_KEY,
                                      vend__s3__secret_access_key=GIVEN_SECRET))
    table = pyiceberg_works(RestCatalog("tarn", uri=f"{proxy.endpoint}/catalog"), server.tarn)
    assert store.keys_used() == {GIVEN_KEY}
    assert {exchange.status // 100 for exchange in store.exchanges if exchange.method == "PUT"} == {2}
    with pytest.raises(OSError, match="(?i)forbidden|access.?denied"):
        table.io.new_input("s3://lake/secret/plan.txt").open().read()


def test_remote_signing_with_pyiceberg(proxied, store, own_s3fs):
    server, proxy = proxied(s3_settings(store))
    catalog = RestCatalog("tarn", uri=f"{proxy.endpoint}/catalog", **{DELEGATION: "remote-signing"})
    table = pyiceberg_works(catalog, server.tarn)
    signed = [exchange for exchange in proxy.exchanges if "/sign" in exchange.path]
    assert len(signed) > 5 and {exchange.status for exchange in signed} == {200}
    assert store.keys_used() == {S3_KEY}  # its id is in each signature; its secret only made it
    with pytest.raises((SignError, OSError)):
        table.io.new_input("s3://lake/secret/plan.txt").open().read()
    assert proxy.exchanges[-1].status == 403 or any(e.status == 403 for e in proxy.exchanges)
    assert not any("secret/plan" in exchange.path for exchange in store.exchanges)
    assert "A request was not signed" in server.log()


def test_what_is_signed_the_store_takes_and_nothing_else(proxied, store, own_s3fs):
    _, proxy = proxied(s3_settings(store))
    catalog = RestCatalog("tarn", uri=f"{proxy.endpoint}/catalog", **{DELEGATION: "remote-signing"})
    catalog.create_namespace("shop")
    table = catalog.create_table("shop.signed", rows(0, 1).schema)
    table.append(rows(0, 3))
    key = table.location().removeprefix("s3://")
    base = f"{store.endpoint}/{key}"

    status, signed = sign(proxy, "signed", f"{base}/data/odd%20name%2Bplus%3D.bin", "PUT")
    assert status == 200
    assert fetch_signed(signed, "PUT", {"Content-Length": "0"})[0] == 200
    status, signed = sign(proxy, "signed", f"{base}/data/odd%20name%2Bplus%3D.bin")
    assert (status, fetch_signed(signed)[0]) == (200, 200)
    prefix = urllib.parse.quote(key.removeprefix("lake/") + "/", safe="")
    status, signed = sign(proxy, "signed", f"{store.endpoint}/lake?list-type=2&prefix={prefix}")
    status, listed = fetch_signed(signed)
    assert status == 200 and b"odd name+plus=.bin" in listed

    # A signature is for what was checked: another key, or another body, has none.
    status, signed = sign(proxy, "signed", f"{base}/data/x")
    assert fetch_signed(signed | {"uri": f"{store.endpoint}/lake/secret/plan.txt"})[0] == 403
    # The store refuses headers of its own that are not signed: signing relies on it.
    status, signed = sign(proxy, "signed", f"{base}/data/copy", "PUT")
    assert fetch_signed(signed, "PUT", {"x-amz-copy-source": "lake/secret/plan.txt", "Content-Length": "0"})[0] in (400, 403)
    body = f"<Delete><Object><Key>{key.removeprefix('lake/')}/data/odd name+plus=.bin</Key></Object></Delete>"
    md5 = base64.b64encode(hashlib.md5(body.encode()).digest()).decode()
    status, signed = sign(proxy, "signed", f"{store.endpoint}/lake?delete", "POST", {"Content-MD5": [md5]}, body=body)
    assert status == 200
    evil = b"<Delete><Object><Key>secret/plan.txt</Key></Object></Delete>"
    headers = {name: ", ".join(values) for name, values in signed["headers"].items()}
    with pytest.raises(urllib.error.HTTPError) as refused:
        OPENER.open(urllib.request.Request(signed["uri"], method="POST", data=evil, headers=headers), timeout=20)
    assert refused.value.code in (400, 403)
    OPENER.open(urllib.request.Request(signed["uri"], method="POST", data=body.encode(), headers=headers), timeout=20).close()
    assert s3_request(f"http://{store.target}", "GET", "/lake/secret/plan.txt") == b"not for tables"
    status, signed = sign(proxy, "signed", f"{base}/data/odd%20name%2Bplus%3D.bin")
    assert fetch_signed(signed)[0] == 404

    outside = [("GET", f"{store.endpoint}/lake/secret/plan.txt", {}, 403),
               ("GET", f"{store.endpoint}/lake/wh/other/f", {}, 403),
               ("GET", base.replace("/wh/", "//wh/", 1) + "/f", {}, 403),
               ("GET", f"{base}/../../secret/plan.txt", {}, 400),
               ("GET", f"{base}/%2e%2e/%2e%2e/secret/plan.txt", {}, 400),
               ("GET", f"{store.endpoint}/lake?list-type=2&prefix=", {}, 403),
               ("GET", f"{base}/f?acl", {}, 403),
               ("PUT", f"{base}/f", {"x-amz-copy-source": ["lake/secret/plan.txt"]}, 403),
               ("PUT", f"{base}/f", {"x-amz-acl": ["public-read"]}, 403),
               ("GET", f"http://{store.target}.example/{key}/f", {}, 403),
               ("POST", f"{store.endpoint}/lake?delete", {}, 400)]
    for method, uri, headers, expected in outside:
        status, answer = sign(proxy, "signed", uri, method, headers)
        assert (status, answer["error"]["code"]) == (expected, expected), uri


def test_remote_signing_with_spark(proxied, store, spark):
    server, proxy = proxied(s3_settings(store))
    spark_works(spark, f"sign{proxy.endpoint.rsplit(':', 1)[1]}", f"{proxy.endpoint}/catalog", server.tarn, "remote-signing")
    assert store.keys_used() == {S3_KEY}
    assert {e.status for e in proxy.exchanges if "/sign" in e.path} == {200}
    assert any(urllib.parse.unquote(e.path).startswith("/lake/wh/elsewhere/orders/") for e in store.exchanges)


@contextlib.contextmanager
def moto_server():
    """S3 and STS of moto; the proxy is in front of both."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    OPENER.open(urllib.request.Request(f"http://127.0.0.1:{port}/lake", method="PUT"), timeout=10).close()
    with RecordingProxy(f"http://127.0.0.1:{port}") as proxy:
        yield proxy
    server.stop()


@pytest.fixture
def moto():
    with moto_server() as proxy:
        yield proxy


def sts_settings(moto):
    return s3_settings(moto, vend__s3__mode="sts", vend__s3__sts_endpoint=moto.endpoint,
                       vend__s3__role_arn="arn:aws:iam::123456789012:role/tables", vend__s3__external_id="tarn")


def sessions_of(moto):
    """(parameters, key id) of each session that STS gave."""
    return [(dict(urllib.parse.parse_qsl(e.request_body.decode())), re.search(b"<AccessKeyId>([^<]+)", e.body).group(1).decode())
            for e in moto.exchanges if b"Action=AssumeRole" in e.request_body]


def test_sessions_of_sts_with_pyiceberg(proxied, moto):
    server, proxy = proxied(sts_settings(moto))
    catalog = RestCatalog("tarn", uri=f"{proxy.endpoint}/catalog")
    table = pyiceberg_works(catalog, server.tarn)
    sessions = sessions_of(moto)
    assert len(sessions) == 2  # one for each table, however often it was loaded
    used = {e.key_id() for e in moto.exchanges if e.path.startswith("/lake")}
    assert used == {key for _, key in sessions}
    for parameters, _ in sessions:
        assert (parameters["ExternalId"], parameters["DurationSeconds"]) == ("tarn", "3600")
        assert parameters["RoleSessionName"] == "tarn-anonymous"
    policy = json.loads(sessions[0][0]["Policy"])
    assert policy["Statement"][0]["Resource"] == [f"arn:aws:s3:::{table.location().removeprefix('s3://')}/*"]

    config = table.config
    assert int(config["s3.session-token-expires-at-ms"]) > 0
    url = f"{proxy.endpoint}/catalog/{config['client.refresh-credentials-endpoint']}"
    fresh = json.loads(OPENER.open(url, timeout=20).read())["storage-credentials"]
    assert [c["prefix"] for c in fresh] == [table.location()]
    assert fresh[0]["config"]["s3.session-token"] == config["s3.session-token"]
    assert catalog.load_credentials("shop.orders", table.metadata_location)["s3.access-key-id"] == sessions[0][1]


def test_sessions_of_sts_with_spark(proxied, moto, spark):
    server, proxy = proxied(sts_settings(moto))
    spark_works(spark, f"sts{proxy.endpoint.rsplit(':', 1)[1]}", f"{proxy.endpoint}/catalog", server.tarn,
                "vended-credentials")
    sessions = {key for _, key in sessions_of(moto)}
    assert {e.key_id() for e in moto.exchanges if e.path.startswith("/lake")} <= sessions
    policies = "".join(parameters["Policy"] for parameters, _ in sessions_of(moto))
    assert "lake/wh/elsewhere/orders/*" in policies and "lake/wh/meta/orders/*" in policies


def test_an_sts_that_is_away_fails_no_load(proxied, store):
    server, proxy = proxied(s3_settings(store, vend__s3__mode="sts", vend__s3__sts_endpoint="http://127.0.0.1:1",
                                      vend__s3__role_arn="arn:aws:iam::123456789012:role/tables"))
    catalog = RestCatalog("tarn", uri=f"{proxy.endpoint}/catalog")
    catalog.create_namespace("shop")
    table = catalog.create_table("shop.orders", rows(0, 1).schema)
    assert "s3.access-key-id" not in table.config
    assert "Cannot make credentials for a table" in server.log()


def test_shared_access_signatures_of_azure(proxied, tmp_path):
    with azure_server(tmp_path / "azurite", containers=("lake", "other")) as endpoint, RecordingProxy(endpoint) as store:
        authority = store.endpoint.split("://")[1]
        server, proxy = proxied({"warehouse.location": "abfss://lake/wh", "adls.account-name": AZURE_ACCOUNT,
                               "adls.account-key": AZURE_KEY, "adls.blob-storage-authority": authority,
                               "adls.dfs-storage-authority": authority, "adls.blob-storage-scheme": "http",
                               "adls.dfs-storage-scheme": "http", "vend.adls.scope": "container"})
        catalog = RestCatalog("tarn", uri=f"{proxy.endpoint}/catalog", **{"py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO"})
        table = pyiceberg_works(catalog, server.tarn)
        config = table.io.properties
        assert f"adls.sas-token.{AZURE_ACCOUNT}" in config and "adls.account-key" not in config
        assert int(config[f"adls.sas-token-expires-at-ms.{AZURE_ACCOUNT}"]) > 0
        assert "adls.refresh-credentials-endpoint" in config
        by_client = [e for e in store.exchanges if "sig=" in e.path]
        assert by_client and all("sr=c" in e.path for e in by_client)
        with pytest.raises(OSError):
            table.io.new_output("abfss://other/x").create().close()


def test_tokens_of_google_cloud_storage(proxied, tmp_path):
    with gcs_server(tmp_path / "gcs", buckets=("lake",)) as endpoint:
        server, proxy = proxied({"warehouse.location": "gs://lake/wh", "gcs.service.host": endpoint,
                               "gcs.oauth2.token": "a-token", "gcs.oauth2.token-expires-at": "4000000000000",
                               "vend.gcs.mode": "own-token"})
        catalog = RestCatalog("tarn", uri=f"{proxy.endpoint}/catalog")
        table = pyiceberg_works(catalog, server.tarn)
        assert table.config["gcs.oauth2.token"] == "a-token"
        assert table.config["gcs.oauth2.token-expires-at"] == "4000000000000"


def test_a_service_account_signs_for_its_token(proxied, tmp_path):
    """The claim that Google's token endpoint gets, checked with the account's public key."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    seen = []
    with TokenEndpoint(seen) as google:
        account = tmp_path / "account.json"
        account.write_text(json.dumps({
            "client_email": "tarn@tables", "private_key_id": "k1", "token_uri": f"{google}/token",
            "private_key": key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                             serialization.NoEncryption()).decode()}))
        # No store is asked: the table's metadata is local, its place for data is not.
        _, proxy = proxied({"gcs.no-auth": "true", "vend.gcs.mode": "downscoped", "vend.gcs.service-account-file": account,
                          "vend.gcs.exchange-endpoint": f"{google}/exchange", "vend.locations": "gs://lake/data"})
        catalog = RestCatalog("tarn", uri=f"{proxy.endpoint}/catalog")
        catalog.create_namespace("shop")
        catalog.create_table("shop.orders", rows(0, 1).schema, properties={"write.data.path": "gs://lake/data/orders"})
        url = f"{proxy.endpoint}/catalog/v1/namespaces/shop/tables/orders/credentials"
        credentials = json.loads(OPENER.open(url, timeout=20).read())["storage-credentials"]
    assert [(c["prefix"], c["config"]["gcs.oauth2.token"]) for c in credentials] == [("gs://lake/data/orders", "small")]
    (_, claim), (_, exchange) = seen
    signed, _, signature = claim["assertion"].rpartition(".")

    def decoded(part):
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))

    key.public_key().verify(decoded(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    header, claims = (json.loads(decoded(part)) for part in signed.split("."))
    assert (header["alg"], header["kid"]) == ("RS256", "k1")
    assert (claims["iss"], claims["aud"]) == ("tarn@tables", f"{google}/token")
    assert claims["exp"] - claims["iat"] == 3600
    assert exchange["subject_token"] == "large"
    rule = json.loads(exchange["options"])["accessBoundary"]["accessBoundaryRules"][0]
    assert "projects/_/buckets/lake/objects/data/orders/" in rule["availabilityCondition"]["expression"]


class TokenEndpoint:
    """Google's two: a large token for a claim, a small one for the large one."""

    def __init__(self, seen):
        import http.server

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                seen.append((self.path, dict(urllib.parse.parse_qsl(body))))
                token = "large" if self.path == "/token" else "small"
                answer = json.dumps({"access_token": token, "expires_in": 3600}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self):
        import threading

        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


def test_plans_come_with_the_credentials_of_their_table(proxied, store):
    """PyIceberg 0.12 reads them and goes on with those that it loaded the table with."""
    from pyiceberg.catalog.rest.scan_planning import PlanCompleted

    _, proxy = proxied(s3_settings(store, vend__s3__mode="static-keys", vend__s3__access_key_id=GIVEN_KEY,
                                   vend__s3__secret_access_key=GIVEN_SECRET))
    for mechanism, given in (("vended-credentials", True), ("remote-signing", False)):
        catalog = RestCatalog("tarn", uri=f"{proxy.endpoint}/catalog", **{"scan-planning-mode": "server", DELEGATION: mechanism})
        if given:
            catalog.create_namespace("shop")
            catalog.create_table("shop.orders", rows(0, 1).schema).append(rows(0, 10))
            assert catalog.load_table("shop.orders").scan().to_arrow().num_rows == 10
        else:
            list(catalog.load_table("shop.orders").scan().plan_files())
        planned = [exchange for exchange in proxy.exchanges if exchange.path.endswith("/plan")][-1]
        plan = PlanCompleted.model_validate_json(planned.body)
        assert len(plan.file_scan_tasks) == 1
        if given:
            credential, = plan.storage_credentials
            assert plan.file_scan_tasks[0].data_file.file_path.startswith(credential.prefix)
            assert credential.config["s3.access-key-id"] == GIVEN_KEY
        else:
            assert plan.storage_credentials is None


def test_each_warehouse_gives_access_in_its_own_way(proxied, store):
    given = {"location": "s3://lake/wh/given", "vend.s3.mode": "static-keys", "vend.s3.access-key-id": GIVEN_KEY,
             "vend.s3.secret-access-key": GIVEN_SECRET}
    server, proxy = proxied(s3_settings(store) | {"warehouses": {
        "given": given, "signed": "s3://lake/wh/signed", "shut": {"location": "s3://lake/wh/shut", "vend.s3.remote-signing": "false"}}})
    found = {}
    for name in ("given", "signed", "shut"):
        catalog = RestCatalog("tarn", uri=f"{proxy.endpoint}/catalog", warehouse=name,
                              **{DELEGATION: "vended-credentials,remote-signing"})
        catalog.create_namespace("shop")
        properties = catalog.create_table("shop.orders", rows(0, 1).schema).io.properties
        found[name] = properties.get("s3.access-key-id"), properties.get("s3.remote-signing-enabled")
    assert found == {"given": (GIVEN_KEY, None), "signed": (None, "true"), "shut": (None, None)}
    assert GIVEN_SECRET not in server.log()
