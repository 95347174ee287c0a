"""Loads from real object stores and from web servers, of which some misbehave."""
import base64
import bz2
import datetime
import gzip
import hmac
import http.server
import io
import json
import socket
import threading
import urllib.parse

import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet as pq
import pytest

from store_servers import AZURE_KEY, S3_KEY, S3_SECRET, azure_server, gcs_server, s3_server
from test_data_loads import Api
from test_file_formats import sales, zip_of
from test_object_stores import documented

CSV = b"id,name\n1,a\n2,b\n"
OUT = io.BytesIO()
pq.write_table(pa.table({"id": [5, 6], "name": ["e", "f"]}), OUT)
PARQUET = OUT.getvalue()


class Store:
    def __init__(self, settings, files, root, schemes):
        self.settings = settings
        self.files = files
        self.roots = [f"{scheme}{root}" for scheme in schemes]

    def put(self, name, data):
        with self.files.open_output_stream(f"lake/{name}") as out:
            out.write(data)


@pytest.fixture(scope="module", params=["s3", "azurite", "fake-gcs"])
def store(request, tmp_path_factory):
    """A store with files of all kinds below in/, and the ways to spell its address."""
    home = tmp_path_factory.mktemp("store") / "server"
    if request.param == "s3":
        with s3_server(home, buckets=("lake",)) as endpoint:
            files = pyarrow.fs.S3FileSystem(access_key=S3_KEY, secret_key=S3_SECRET, endpoint_override=endpoint, region="us-east-1")
            settings = documented("s3", s3_endpoint=endpoint, s3_access_key_id=S3_KEY, s3_secret_access_key=S3_SECRET)
            yield filled(Store(settings, files, "lake", ["s3://", "s3a://", "s3n://"]), home)
    elif request.param == "azurite":
        with azure_server(home, containers=("lake",)) as endpoint:
            authority = endpoint.split("/")[2]
            files = pyarrow.fs.AzureFileSystem("devstoreaccount1", account_key=AZURE_KEY, blob_storage_authority=authority,
                                               blob_storage_scheme="http", dfs_storage_authority=authority, dfs_storage_scheme="http")
            settings = documented("azurite", adls_blob_storage_authority=authority, adls_account_key=AZURE_KEY)
            host = settings["warehouse.location"].split("://")[1].split("/")[0]
            yield filled(Store(settings, files, host, ["abfss://", "abfs://"]), home)
    else:
        with gcs_server(home, buckets=("lake",)) as endpoint:
            files = pyarrow.fs.GcsFileSystem(anonymous=True, endpoint_override=endpoint.split("://")[1], scheme="http")
            settings = documented("fake-gcs", gcs_service_host=endpoint)
            yield filled(Store(settings, files, "lake", ["gs://"]), home)


def filled(store, home):
    store.put("in/a.csv", CSV)
    store.put("in/2024/b.csv", b"id,name\n3,c\n")
    store.put("in/2024/_SUCCESS", b"")
    store.put("in/p/one.parquet", PARQUET)
    store.put("in/t.csv.bz2", bz2.compress(CSV))
    store.put("in/t.csv.gz", gzip.compress(CSV))
    store.put("in/t.zip", zip_of({"d/a.csv": CSV, "d/b.csv": b"id,name\n3,c\n"}))
    store.put("in/t.xml", b"<r><x id='1'><name>a</name></x><x id='2'><name>b</name></x></r>")
    store.put("in/t.json", b'{"data": {"rows": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]}}')
    store.put("in/latin.csv", "id,name\n1,ä\n".encode("latin-1"))
    sales(home.parent / "sales.xlsx")
    store.put("in/sales.xlsx", (home.parent / "sales.xlsx").read_bytes())
    return store


FILES = [("a.csv", 2, {}), ("*.csv", 3, {"encoding": "latin1"}), ("**/b.csv", 1, {}), ("2024/", 1, {}), ("p/one.parquet", 2, {}),
         ("t.csv.bz2", 2, {}), ("t.csv.gz", 2, {}), ("t.zip", 3, {}), ("t.xml", 2, {"row_element": "x"}),
         ("t.json", 2, {"json_path": "data.rows"}), ("sales.xlsx", 3, {}), ("latin.csv", 1, {"encoding": "latin1"})]


def with_settings(tarn, settings):
    tarn.home.mkdir()
    own = {name: value for name, value in settings.items() if not name.startswith("warehouse.")}
    (tarn.home / "tarn.yaml").write_text("".join(f'{name}: "{value}"\n' for name, value in own.items()))


def test_the_command_loads_from_a_store(tarn, store):
    with_settings(tarn, store.settings)
    for name, rows, options in FILES:
        pairs = [part for pair in options.items() for part in ("--option", "=".join(pair))]
        answer = tarn.json("load", f"{store.roots[0]}/in/{name}", "--into", "s.t", "--mode", "create", *pairs)
        assert answer["rows_loaded"] == rows, name
        tarn.ok("sql", "-e", "DROP TABLE s.t")
    for root in store.roots[1:]:
        assert tarn.json("load", f"{root}/in/a.csv", "--into", "s.t")["rows_loaded"] == 2
        tarn.ok("sql", "-e", "DROP TABLE s.t")
    message = tarn.fails("load", f"{store.roots[0]}/in/none.csv", "--into", "s.t")
    assert "none.csv" in message
    message = tarn.fails("load", f"{store.roots[0]}/in/t.xml", "--into", "s.t", "--row-element", "y")
    assert f"{store.roots[0]}/in/t.xml" in message


def test_the_api_loads_from_a_store(tarn, serve, store):
    with_settings(tarn, store.settings)
    api = Api(serve(home=tarn))
    for number, root in enumerate(store.roots):
        answer = api.ok("/load/s3", s3Path=f"{root}/in/t.zip", tableName=f"t{number}", namespace="s")
        assert answer["rows"] == 3 and answer["s3_path"] == f"{root}/in/t.zip"
    system = store.settings["warehouse.location"].split("://")[0]
    assert tarn.sql("SELECT DISTINCT source_system, source_key FROM s.t0") == [{"source_system": system, "source_key": "in/t.zip"}]
    root = store.roots[0]
    answer = api.ok("/load/s3", s3_path=f"{root}/in/t.xml", table="s.xml", row_element="x", lineage=False)
    assert answer["columns"] == ["id", "name"] and answer["format"] == "xml"
    assert api.ok("/load/file", file_path=f"{root}/in/t.json", table="s.json", json_path="data.rows")["rows"] == 2
    assert api.post("/load/s3", s3_path=f"{root}/in/none.csv", table="s.none")[0] == 404


# ---- web servers

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    counts = {}

    def log_message(self, *_):
        pass

    def send(self, body, status=200, length=None, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def reset(self):
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.connection.close()
        self.close_connection = True

    def do_GET(self):
        path = self.path.split("?")[0]
        first, _, name = path.strip("/").partition("/")
        count = self.counts[path] = self.counts.get(path, 0) + 1
        if first == "redirect":
            self.send(b"", 302, Location=f"/plain/{name}")
        elif first == "round":
            self.send(b"", 302, Location=path)
        elif first == "short":  # fewer bytes than it says, always
            self.send(CSV[:10], length=len(CSV) * 100)
            self.close_connection = True
        elif first == "reset" or (first == "once" and count == 1):
            self.send(CSV[:10], length=len(CSV))
            self.reset()
        elif first == "busy" and count == 1:
            self.send(b"", 503, Retry_After="0")
        elif first == "chunked":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for at in range(0, len(CSV), 5):
                part = CSV[at:at + 5]
                self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")
        elif first == "coded":
            self.send(gzip.compress(CSV), Content_Encoding="gzip")
        elif first == "odd":  # ranges are answered with the whole file
            self.send(PARQUET)
        else:
            self.send({"a.csv": CSV, "t.zip": zip_of({"a.csv": CSV}), "t.csv.bz2": bz2.compress(CSV), "one.parquet": PARQUET,
                       "t.xml": b"<r><x><id>1</id></x></r>"}.get(name, b"nothing"), 200 if "." in name else 404)


@pytest.fixture
def web():
    Handler.counts = {}
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.mark.parametrize("path, rows", [
    ("plain/a.csv", 2), ("plain/t.zip", 2), ("plain/t.csv.bz2", 2), ("plain/one.parquet", 2), ("plain/t.xml", 1),
    ("redirect/a.csv", 2), ("redirect/t.zip", 2), ("chunked/a.csv", 2), ("coded/a.csv", 2), ("odd/one.parquet", 2),
    ("once/a.csv", 2), ("busy/a.csv", 2)])
def test_files_of_web_servers(tarn, web, path, rows):
    answer = tarn.json("load", f"{web}/{path}?token=s3cret", "--into", "w.t")
    assert answer["rows_loaded"] == rows


@pytest.mark.parametrize("path", ["short/a.csv", "reset/a.csv", "round/a.csv", "plain/none"])
def test_answers_that_are_cut_off_are_not_loaded(tarn, web, path):
    message = tarn.fails("load", f"{web}/{path}?token=s3cret", "--into", "w.t", timeout=120)
    assert path in message and "s3cret" not in message and "/tarn-" not in message
    assert "w.t" not in tarn.tables()


def test_the_api_does_not_load_them_either(tarn, serve, web):
    api = Api(serve(home=tarn))
    assert api.ok("/load/file", url=f"{web}/redirect/t.zip", table="w.t", lineage=False)["rows"] == 2
    status, answer = api.post("/load/file", url=f"{web}/short/a.csv?token=s3cret", table="w.u")
    assert status >= 400 and "s3cret" not in json.dumps(answer)
    assert "w.u" not in tarn.tables()


@pytest.mark.parametrize("store", ["s3"], indirect=True)
def test_keys_of_the_caller_reach_packed_files_too(tarn, server, store):
    """What is unpacked on the way is read by the engine that has the caller's keys and no others."""
    keys = {"endpoint": store.settings["s3.endpoint"], "accessKey": S3_KEY, "secretKey": S3_SECRET}
    api = Api(server)
    assert api.ok("/load/s3", bucket="lake", key="in/t.zip", tableName="s.k", **keys)["rows"] == 3
    assert api.ok("/load/s3", bucket="lake", key="in/t.csv.gz", tableName="s.k", **keys)["rows"] == 2
    assert api.ok("/load/s3", bucket="lake", key="in/sales.xlsx", tableName="s.x", sheet="Sales", **keys)["rows"] == 3
    assert api.ok("/load/s3", bucket="lake", key="in/t.xml", tableName="s.y", rowElement="x", **keys)["rows"] == 2
    assert api.fails("/load/s3", 400, bucket="lake", key="in/t.xml", tableName="s.y", rowElement="q", **keys)


@pytest.mark.parametrize("store", ["azurite", "fake-gcs"], indirect=True)
def test_keys_of_azure_and_google_in_the_request(tarn, serve, store):
    """The caller's keys and no others; they are kept nowhere."""
    places = {name: value for name, value in store.settings.items() if "authority" in name or "scheme" in name or "host" in name}
    with_settings(tarn, places)
    server = serve(home=tarn)
    api, root = Api(server), store.roots[0]
    if root.startswith("abfs"):
        account = root.split("@")[1].split(".")[0]
        sas = sas_token_of(account)
        keys, wrong = {"accountKey": AZURE_KEY}, {"accountKey": "d3Jvbmc="}
        assert api.ok("/load/s3", s3Path=f"{root}/in/a.csv", tableName="s.sas", sasToken=sas)["rows"] == 2
        assert api.ok("/load/s3", s3Path=f"{root}/in/a.csv", tableName="s.sas", accountName=account, **keys)["rows"] == 2
        assert "another account" in api.fails("/load/s3", 400, s3Path=f"{root}/in/a.csv", tableName="s.k", accountName="other", **keys)
        assert "one of account_key" in api.fails("/load/s3", 400, s3Path=f"{root}/in/a.csv", tableName="s.k", sasToken=sas, **keys)
        status, answer = api.post("/load/s3", s3Path=f"{root}/in/a.csv", tableName="s.k", **wrong)
        assert status >= 400 and "d3Jvbmc" not in json.dumps(answer)
    else:
        keys, sas = {"gcsToken": "ya29.very-secret"}, "none"
    for name, rows in (("a.csv", 2), ("t.zip", 3), ("p/one.parquet", 2)):
        assert api.ok("/load/s3", s3Path=f"{root}/in/{name}", tableName="s.k", mode="replace", **keys)["rows"] == rows, name
    # Keys of one store open no other one.
    assert "s3://" in api.fails("/load/s3", 400, s3Path=f"{root}/in/a.csv", tableName="s.k", accessKey="a", secretKey="b")
    assert root.split("://")[0][:2] in api.fails("/load/s3", 400, s3Path="s3://lake/in/a.csv", tableName="s.k", **keys)
    secrets = [value.encode() for value in keys.values()] + [sas.split("sig=")[-1].encode()] * (sas != "none")
    assert all(not any(secret in json.dumps(job).encode() for secret in secrets) for job in api.call("GET", "/jobs")[1]["jobs"])
    kept = b"".join(path.read_bytes() for path in tarn.home.rglob("*") if path.is_file()) + server.log().encode()
    assert not any(secret in kept for secret in secrets)


def sas_token_of(account):
    """Reads and lists everything of the account for an hour."""
    now = datetime.datetime.now(datetime.timezone.utc)
    start, end = ((now + datetime.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ") for minutes in (-5, 60))
    parts = {"sv": "2020-08-04", "ss": "b", "srt": "sco", "sp": "rl", "st": start, "se": end, "spr": "https,http"}
    text = "\n".join([account, parts["sp"], parts["ss"], parts["srt"], start, end, "", parts["spr"], parts["sv"], ""])
    signature = hmac.digest(base64.b64decode(AZURE_KEY), text.encode(), "sha256")
    return urllib.parse.urlencode({**parts, "sig": base64.b64encode(signature).decode()})
