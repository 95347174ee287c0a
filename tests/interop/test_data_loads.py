"""POST /load/file, /load/s3, /load/postgres and /upload, as the requirements' users call them."""
import base64
import concurrent.futures
import json
import os
import signal
import time
import urllib.error
import urllib.parse
import urllib.request

import pyarrow as pa
import pyarrow.orc
import pyarrow.parquet as pq
import pytest

from store_servers import BUCKET, S3_KEY, S3_SECRET, s3_server

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
ROWS = pa.table({"id": pa.array([1, 2, 3], pa.int64()), "name": ["a", None, "c"]})


class Api:
    def __init__(self, server, authorization=None):
        self.uri = server.uri
        self.authorization = authorization

    def call(self, method, url, /, body=None, data=None, headers=None):
        """Status and answer."""
        headers = dict(headers or {})
        if self.authorization:
            headers["Authorization"] = self.authorization
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(f"{self.uri}/api/v1{url}", data=data, method=method, headers=headers)
        try:
            with OPENER.open(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read() or "{}")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or "{}")

    def post(self, url, /, **body):
        return self.call("POST", url, body)

    def ok(self, url, /, **body):
        status, answer = self.post(url, **body)
        assert status == 200, answer
        assert answer["status"] == "success"
        return answer

    def fails(self, url, status, /, **body):
        """The message."""
        got, answer = self.post(url, **body)
        assert got == status, answer
        assert answer["status"] == "error"
        return answer["message"]

    def upload(self, name, data):
        status, answer = self.call("POST", f"/upload?name={urllib.parse.quote(name)}", data=data)
        assert status == 201, answer
        return answer

    def job(self, id):
        return self.call("GET", f"/jobs/{id}")[1]

    def wait(self, id, *states, seconds=30):
        end = time.monotonic() + seconds
        while (job := self.job(id))["state"] not in (states or ("succeeded", "failed", "cancelled")):
            assert time.monotonic() < end, job
            time.sleep(0.02)
        return job


@pytest.fixture
def api(server):
    return Api(server)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """An S3 server, with a file in its bucket, and the properties by which Tarn reaches it."""
    with s3_server(tmp_path_factory.mktemp("s3")) as endpoint:
        yield endpoint


def test_file_in_both_dialects(api, tarn, tmp_path):
    (tmp_path / "customers.csv").write_text("customer_id,name\n1,Ada\n2,Bob\n")
    answer = api.ok("/load/file", filePath=str(tmp_path / "customers.csv"), format="csv", tableName="customers", namespace="raw")
    assert (answer["table"], answer["rows"], answer["rows_loaded"], answer["columns"]) == (
        "raw.customers", 2, 2, ["customer_id", "name"])
    assert answer["mode"] == "create" and answer["message"] == "Data loaded from file"
    answer = api.ok("/load/file", file_path=str(tmp_path / "customers.csv"), format="csv", table_name="customers", namespace="raw")
    assert answer["mode"] == "append" and answer["rows"] == 2, "the same call again adds to the table"
    rows = tarn.sql("SELECT DISTINCT source_system, source_file, load_id FROM raw.customers")
    assert len(rows) == 2 and {row["source_file"] for row in rows} == {str(tmp_path / "customers.csv")}
    assert {row["source_system"] for row in rows} == {"file"} and answer["job_id"] in {row["load_id"] for row in rows}
    assert tarn.value("SELECT count(*) FROM raw.customers WHERE loaded_at > now() - INTERVAL 1 HOUR") == 4
    snapshot = tarn.json("table", "history", "raw.customers")
    assert answer["snapshot_id"] and str(answer["snapshot_id"]) in json.dumps(snapshot)


def test_formats_modes_and_options(api, tarn, tmp_path):
    pq.write_table(ROWS, tmp_path / "t.parquet")
    pa.orc.write_table(ROWS, str(tmp_path / "t.orc"))
    (tmp_path / "t.json").write_text('{"id": 1, "name": "a"}\n{"id": 2}\n{"id": 3, "name": "c"}\n')
    (tmp_path / "t.txt").write_text("1;a\n2;\n3;c\n")
    for format in ("parquet", "orc", "json"):
        answer = api.ok("/load/file", path=str(tmp_path / f"t.{format}"), format=format, table=f"f.{format}", lineage=False)
        assert answer["columns"] == ["id", "name"] and answer["lineage_columns"] == [] and answer["rows"] == 3
        assert tarn.sql(f"SELECT * FROM f.{format} ORDER BY id")[0] == {"id": 1, "name": "a"}
    api.ok("/load/file", path=str(tmp_path / "t.txt"), format="CSV", table="f.txt", partition_by=["bucket(id, 2)"],
           options={"delimiter": ";", "header": False, "names": "['id','name']"}, properties={"owner": "tests"})
    assert tarn.value("SELECT count(*) FROM f.txt WHERE name IS NULL") == 1
    parquet = {"path": str(tmp_path / "t.parquet"), "table": "f.parquet"}
    assert "exists already" in api.fails("/load/file", 409, mode="create", **parquet)
    api.ok("/load/file", mode="overwrite", **parquet)
    assert tarn.value("SELECT count(*) FROM f.parquet") == 3
    api.ok("/load/file", mode="append", **parquet)
    assert tarn.value("SELECT count(*) FROM f.parquet") == 6
    answer = api.ok("/load/file", mode="replace", **parquet)
    assert answer["lineage_columns"] and tarn.value("SELECT count(*) FROM f.parquet") == 3
    pattern = api.ok("/load/file", path=str(tmp_path / "*.parquet"), table="f.pattern")
    assert pattern["rows"] == 3


@pytest.mark.parametrize("body, status, message", [
    ({"path": "/nowhere/x.csv", "table": "f.t"}, 404, "No such file: /nowhere/x.csv"),
    ({"table": "f.t"}, 400, "Give file_path"),
    ({"path": "/x.csv"}, 400, "Give table_name"),
    ({"path": "/x.csv", "table": "t"}, 400, "namespace is missing"),
    ({"path": "/x.csv", "table": "f.t", "mode": "merge"}, 400, "not merge"),
    ({"path": "/x.csv", "table": "f.t", "format": "xls"}, 400, "xls"),
    ({"path": "/x.csv", "table": "f.t", "rejects": 1}, 400, '"rejects" must be a text'),
    ({"path": "/x.csv", "table": "f.t", "rejects": "yes"}, 400, "table or fail"),
    ({"path": "/x.csv", "table": "f.t", "options": {"a": []}}, 400, "An option is"),
    ({"path": "/x.csv", "table": "f.t", "partition_by": [1]}, 400, "list of texts"),
    ({"path": "/x.csv", "table": "f.t", "mode": "upsert", "keys": 1}, 400, "list of texts"),
    ({"path": "/x.csv", "table": "f.t", "warehouse": "other"}, 404, "Warehouse does not exist"),
    ({"path": "/x.csv", "table": "f.t", "branch": "dev"}, 406, "branch main"),
    ({"path": "upload://nothing/x.csv", "table": "f.t"}, 400, "Not the path of an upload"),
    ({"path": "upload://01ARZ3NDEKTSV4RRFFQ69G5FAV/x.csv", "table": "f.t"}, 404, "no such upload of yours"),
    ({"path": "upload://01ARZ3NDEKTSV4RRFFQ69G5FAV/../x.csv", "table": "f.t"}, 404, "no such upload of yours"),
    ({"path": "/x.csv", "table": "f.t", "register": True}, 406, "only Parquet"),
])
def test_what_is_refused(api, tarn, body, status, message):
    assert message in api.fails("/load/file", status, **body)
    assert tarn.tables() == []


def test_rejected_rows(api, tarn, tmp_path):
    (tmp_path / "t.csv").write_text("id,v\n" + "".join(f"{i},x\n" for i in range(25_000)) + "oops,y\n7,z\n")
    load = {"path": str(tmp_path / "t.csv"), "table": "r.t", "options": {"sample_size": 100}}
    message = api.fails("/load/file", 400, **load)
    assert "oops" in message and '"rejects": "table"' in message and "r.t" not in tarn.tables()
    answer = api.ok("/load/file", rejects="table", **load)
    assert (answer["rows"], answer["rows_read"], answer["rows_rejected"], answer["rejects_table"]) == (
        25_001, 25_002, 1, "r.t__rejects")
    [row] = tarn.sql("SELECT load_id, source, line, column_name, value, reason FROM r.t__rejects")
    assert (row["load_id"], row["source"], row["line"]) == (answer["job_id"], str(tmp_path / "t.csv"), 25_002)
    assert "oops" in row["value"] and row["reason"]
    api.ok("/load/file", rejects="table", **load)
    assert tarn.value("SELECT count(DISTINCT load_id) FROM r.t__rejects") == 2


def test_registered_in_place(api, tarn, tmp_path):
    folder = tmp_path / "events"
    folder.mkdir()
    pq.write_table(ROWS, folder / "a.parquet")
    answer = api.ok("/load/file", path=str(folder), format="parquet", table="p.events", register=True)
    assert (answer["rows"], answer["columns"], answer["lineage_columns"]) == (3, ["id", "name"], [])
    assert tarn.value("SELECT count(*) FROM p.events") == 3
    assert not [path for path in tarn.data_files() if "events" in str(path)], "nothing was copied"
    pq.write_table(pa.table({"id": ["text"], "name": ["d"]}), tmp_path / "other.parquet")
    message = api.fails("/load/file", 400, path=str(tmp_path / "other.parquet"), table="p.events", register=True)
    assert "id" in message and tarn.value("SELECT count(*) FROM p.events") == 3


def test_uploads(api, tarn, tmp_path):
    sent = api.upload("orders é.csv", b"id,v\n1,a\n2,b\n")
    assert (sent["file"], sent["bytes"], sent["status"]) == ("orders é.csv", 13, "success")
    answer = api.ok("/load/file", path=sent["path"], table="u.orders")
    assert answer["rows"] == 2 and str(tarn.home) not in json.dumps(answer)
    assert tarn.value("SELECT any_value(source_file) FROM u.orders") == sent["path"]
    form = (b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n'
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="C:\\\\dir\\\\two.csv"\r\n\r\nid,v\n3,c\n\r\n--b--\r\n')
    status, answer = api.call("POST", "/upload", data=form, headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert status == 201 and answer["file"] == "two.csv" and answer["bytes"] == 9
    assert api.ok("/load/file", path=answer["file_path"], table="u.orders")["mode"] == "append"
    assert api.call("DELETE", "/upload/" + answer["path"].removeprefix("upload://"))[0] == 200
    assert "no such upload" in api.fails("/load/file", 404, path=answer["path"], table="u.orders")
    for name in ("", ".hidden", "a" * 201):
        status, answer = api.call("POST", f"/upload?name={name}", data=b"x")
        assert status == 400 and "name" in answer["message"], answer
    status, answer = api.call("POST", "/upload", data=form[:60], headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert status == 400, answer
    files = [path.name for path in (tarn.home / "work/uploads").rglob("*") if path.is_file()]
    assert files == ["orders é.csv"], "nothing half sent is kept"
    broken = api.upload("broken.parquet", b"PAR1 nothing PAR1")
    message = api.fails("/load/file", 400, path=broken["path"], table="u.broken")
    assert str(tarn.home) not in message and "broken.parquet" in message


def test_uploads_are_limited(serve, tarn):
    api = Api(serve(settings={"uploads": {"bytes_max": 1000, "age_max": "1s"}}))
    assert api.upload("a.csv", b"x" * 900)["bytes"] == 900
    status, answer = api.call("POST", "/upload?name=b.csv", data=b"x" * 200)
    assert status == answer["status_code"] == 413 and answer["code"] == "RESOURCE_LIMIT"
    assert "uploads.bytes_max" in answer["message"] and "DELETE /api/v1/upload" in answer["hint"]
    [old] = [path for path in (tarn.home / "work/uploads").glob("*/*")]
    os.utime(old, (0, 0))
    assert api.upload("b.csv", b"x" * 200)["bytes"] == 200
    assert not old.exists()


def test_postgres_as_the_guide_has_it(api, tarn, postgres):
    uri = urllib.parse.urlsplit(postgres.new_database())
    name = uri.path[1:]
    postgres.sql(name, "CREATE TABLE orders AS SELECT i AS order_id, i * 1.5 AS amount FROM generate_series(1, 1000) i")
    login = {"host": uri.hostname, "port": uri.port, "database": name, "user": uri.username or "postgres", "password": "pw"}
    answer = api.ok("/load/postgres", query="SELECT * FROM orders WHERE order_id <= 100", tableName="orders",
                    namespace="staging", **login)
    assert (answer["table"], answer["rows_loaded"], answer["message"], answer["columns"]) == (
        "staging.orders", 100, "Data loaded from PostgreSQL", ["order_id", "amount"])
    assert answer["lineage_columns"] == ["source_system", "source_url", "load_id", "scraped_at", "loaded_at"]
    [row] = tarn.sql("SELECT DISTINCT source_system, source_url FROM staging.orders WHERE scraped_at IS NOT NULL")
    assert row == {"source_system": "postgresql", "source_url": f"postgresql://{uri.hostname}:{uri.port}/{name}"}
    assert api.ok("/load/postgres", source_table="public.orders", table="staging.all", **login)["rows"] == 1000
    assert "nowhere" in api.fails("/load/postgres", 404, query="SELECT * FROM nowhere", table="staging.x", **login)
    assert "Give query" in api.fails("/load/postgres", 400, table="staging.x", **login)
    assert "Which database" in api.fails("/load/postgres", 400, query="SELECT 1", table="staging.x")
    message = api.fails("/load/postgres", 503, query="SELECT 1", table="staging.x", **{**login, "port": 1})
    assert uri.hostname in message
    assert "staging.x" not in tarn.tables()


def test_a_wrong_password_is_in_no_message(api, tarn, postgres):
    uri = urllib.parse.urlsplit(postgres.new_database())
    secret = "not-the-password-4711"
    status, answer = api.post("/load/postgres", host=uri.hostname, port=uri.port, database="nowhere", user="nobody-here",
                              password=secret, query="SELECT 1", table="s.t")
    assert status >= 400 and secret not in json.dumps(answer)
    jobs = json.dumps(api.call("GET", "/jobs")[1])
    assert "nobody-here" in jobs and secret not in jobs
    assert secret not in (tarn.home / "catalog.db").read_bytes().decode("latin-1")


def test_s3_in_both_dialects(api, tarn, store, tmp_path):
    keys = {"endpoint": store, "accessKey": S3_KEY, "secretKey": S3_SECRET, "region": "us-east-1"}
    pq.write_table(ROWS, tmp_path / "products.parquet")
    (tmp_path / "sales.csv").write_text("id,amount\n1,2.5\n2,3.5\n")
    for name in ("products.parquet", "sales.csv"):
        answer = api.ok("/upload/s3", file_path=str(tmp_path / name), bucket=BUCKET, key=f"input/{name}", **keys)
        assert answer["s3_location"] == f"s3://{BUCKET}/input/{name}" and answer["file"] == str(tmp_path / name)
    answer = api.ok("/load/s3", s3Path=f"s3a://{BUCKET}/input/products.parquet", format="parquet", tableName="products",
                    namespace="raw", **keys)
    assert (answer["table"], answer["rows"], answer["s3_path"], answer["s3_source"]) == (
        "raw.products", 3, f"s3a://{BUCKET}/input/products.parquet", f"s3://{BUCKET}/input/products.parquet")
    snake = {"endpoint": store, "access_key": S3_KEY, "secret_key": S3_SECRET}
    answer = api.ok("/load/s3", bucket=BUCKET, key="input/sales.csv", format="csv", table_name="sales", namespace="raw", **snake)
    assert answer["rows_loaded"] == 2 and answer["columns"] == ["id", "amount"]
    assert tarn.sql("SELECT DISTINCT source_system, source_bucket, source_key FROM raw.sales") == [
        {"source_system": "s3", "source_bucket": BUCKET, "source_key": "input/sales.csv"}]
    assert api.ok("/load/s3", bucket=BUCKET, key="input/*.csv", table="raw.more", **snake)["rows"] == 2
    assert api.post("/load/s3", bucket="no-such-bucket", key="a.csv", table="raw.x", **snake)[0] in (403, 404)
    status, answer = api.post("/load/s3", bucket=BUCKET, key="input/sales.csv", table="raw.x", endpoint=store,
                              access_key=S3_KEY, secret_key="wrong-secret-0815")
    assert status >= 400 and "wrong-secret-0815" not in json.dumps(answer)
    for body, message in (({"bucket": BUCKET}, "bucket and key"), ({"s3_path": "/etc/passwd"}, "s3://"),
                          ({"bucket": BUCKET, "key": "a", "endpoint": store}, "own keys are not sent"),
                          ({"bucket": BUCKET, "key": "a", "access_key": "k"}, "together")):
        assert message in api.fails("/load/s3", 400, table="raw.x", **body)
    jobs = json.dumps(api.call("GET", "/jobs?limit=100")[1])
    assert S3_SECRET not in jobs and "wrong-secret-0815" not in jobs
    assert S3_SECRET not in (tarn.home / "catalog.db").read_bytes().decode("latin-1")


def test_a_stored_connection_to_a_store(api, tarn, store):
    status, answer = api.post("/connections", name="lake", type="s3", endpoint=store, access_key=S3_KEY, secret_key=S3_SECRET,
                              path_style=True)
    assert status in (200, 201), answer
    sent = api.upload("t.csv", b"id\n1\n2\n")
    place = {"bucket": BUCKET, "key": "by/connection.csv", "connection": "lake"}
    assert api.ok("/upload/s3", file_path=sent["path"], **place)["bytes"] == 7
    assert api.ok("/load/s3", table="raw.kept", **place)["rows"] == 2
    assert "give one of" in api.fails("/load/s3", 400, table="raw.kept", endpoint=store, **place)
    assert "nowhere" in api.fails("/load/s3", 404, table="raw.kept", **{**place, "connection": "nowhere"})


def test_eight_loads_at_once(api, tarn, tmp_path):
    (tmp_path / "t.csv").write_text("id,v\n" + "".join(f"{i},x\n" for i in range(20_000)))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda i: api.ok("/load/file", path=str(tmp_path / "t.csv"), table=f"e.{'one' if i % 2 else 'two'}"),
                             range(8)))
    assert [answer["rows"] for answer in done] == [20_000] * 8
    for table in ("one", "two"):
        rows = tarn.sql(f"SELECT load_id, count(*) AS n FROM e.{table} GROUP BY load_id")
        assert [row["n"] for row in rows] == [20_000] * 4, "each load once, and none lost"


def test_cancel_leaves_nothing_behind(api, tarn, postgres):
    uri = urllib.parse.urlsplit(postgres.new_database())
    status, job = api.post("/load/postgres", host=uri.hostname, port=uri.port, database=uri.path[1:],
                           user=uri.username or "postgres", table="c.t",
                           query="SELECT i, pg_sleep(0.0005) IS NULL AS x FROM generate_series(1, 1000000) i", **{"async": True})
    assert status == 202, job
    api.wait(job["id"], "running")
    assert api.call("POST", f"/jobs/{job['id']}/cancel")[0] in (200, 202)
    assert api.wait(job["id"])["state"] == "cancelled"
    assert tarn.tables() == [] and tarn.data_files() == []
    assert tarn.sql("SHOW SCHEMAS FROM iceberg") is not None


def test_a_killed_load_is_done_once(serve, tarn, postgres, tmp_path):
    """kill -9 in the middle of a load and just after the commit of another."""
    (tmp_path / "t.csv").write_text("id,v\n" + "".join(f"{i},some more text to write {i}\n" for i in range(1_500_000)))
    (tmp_path / "small.csv").write_text("id,v\n1,a\n")
    server = serve()
    api = Api(server)
    small = api.ok("/load/file", path=str(tmp_path / "small.csv"), table="k.small")
    status, job = api.post("/load/file", path=str(tmp_path / "t.csv"), table="k.t", **{"async": True})
    assert status == 202
    api.wait(job["id"], "running")
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    api = Api(serve())
    done = api.wait(job["id"], seconds=60)
    assert done["state"] == "succeeded", done
    assert done["result"]["rows"] == 1_500_000
    assert tarn.value("SELECT count(*) FROM k.t") == 1_500_000
    assert tarn.value("SELECT count(DISTINCT load_id) FROM k.t") == 1
    assert tarn.value("SELECT count(*) FROM k.small") == 1 and api.job(small["job_id"])["state"] == "succeeded"


@pytest.mark.parametrize("round", range(3))
def test_a_load_is_not_done_twice_after_its_commit(serve, tarn, tmp_path, round):
    """kill -9 as soon as the table's metadata is there: the job's record still says that it runs."""
    (tmp_path / "t.csv").write_text("id,v\n" + "".join(f"{i},x\n" for i in range(1000)))
    server = serve()
    status, job = Api(server).post("/load/file", path=str(tmp_path / "t.csv"), table="k.t", **{"async": True})
    assert status == 202
    end = time.monotonic() + 30
    while not list(tarn.home.glob("warehouse/**/*.metadata.json")):
        assert time.monotonic() < end
    time.sleep(round * 0.01)  # before, about at, and after the commit in the catalog
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    done = Api(serve()).wait(job["id"])
    assert done["state"] == "succeeded", done
    assert (done["result"]["rows"], done["result"]["table"], done["result"]["columns"]) == (1000, "k.t", ["id", "v"])
    assert tarn.value("SELECT count(*) FROM k.t") == 1000
    assert done["result"]["snapshot_id"] == tarn.value("SELECT snapshot_id FROM iceberg.k.\"t$snapshots\"")


def test_who_may_read_what(serve, tarn, tmp_path):
    """Somebody who signed in and does not reach the server."""
    roots = tmp_path / "shared"
    roots.mkdir()
    (roots / "ok.csv").write_text("id\n1\n")
    (roots / "link.csv").symlink_to("/etc/passwd")
    server = serve(settings={"auth": {"enabled": True}, "sql": {"file_roots": str(roots)}})
    users = {}
    for name in ("ada", "bob"):
        users[name] = tarn.json("user", "add", name)
    ada, bob = (Api(server, basic(users[name])) for name in ("ada", "bob"))
    assert Api(server).post("/load/file", path="/x.csv", table="a.t")[0] == 401
    status, answer = Api(server).call("POST", "/upload?name=a.csv", data=b"x" * 100_000)
    assert status == 401, answer
    assert ada.ok("/load/file", path=str(roots / "ok.csv"), table="a.t")["rows"] == 1
    for path in ("/etc/passwd", str(roots / "link.csv"), f"{roots}/../x.csv", str(tarn.home / "catalog.db"), "s3://b/k.csv",
                 "http://127.0.0.1:1/x.csv"):
        message = ada.fails("/load/file", 403, path=path, format="csv", table="a.x")
        assert "/api/v1/upload" in message
    assert "name one file" in ada.fails("/load/file", 403, path=f"{roots}/*.csv", table="a.x")
    sent = ada.upload("mine.csv", b"id\n1\n2\n")
    assert ada.ok("/load/file", path=sent["path"], table="a.mine")["rows"] == 2
    assert "no such upload of yours" in bob.fails("/load/file", 404, path=sent["path"], table="a.theirs")
    assert "private address" in ada.fails("/load/postgres", 403, host="127.0.0.1", user="u", password="p", database="d",
                                          query="SELECT 1", table="a.x")
    assert "sql.server_access" in ada.fails("/load/s3", 403, bucket="b", key="k.csv", endpoint="http://127.0.0.1:1",
                                            access_key="k", secret_key="s", table="a.x")
    assert "server's own keys" in ada.fails("/upload/s3", 403, file_path=sent["path"], bucket="b", key="k")


def basic(user):
    return "Basic " + base64.b64encode(f"{user['client_id']}:{user['client_secret']}".encode()).decode()


def test_the_command_loads_on_the_server(server, tarn, tarn_at, tmp_path, postgres):
    client = tarn_at(tmp_path / "client")
    (tmp_path / "a b.csv").write_text("id,v\n1,x\n2,y\n")
    answer = client.json("load", tmp_path / "a b.csv", "--into", "o.t", "--server", server.uri, "--on-server")
    assert answer["rows"] == 2 and answer["table"] == "o.t" and answer["lineage_columns"] == []
    out = client.ok("load", tmp_path / "a b.csv", "--into", "o.u", "--server", server.uri, "--on-server", "--lineage")
    assert "Loaded 2 rows into o.u: 1 file" in out
    assert tarn.value("SELECT any_value(source_system) FROM o.u") == "upload"
    assert not [path for path in (tarn.home / "work/uploads").rglob("*") if path.is_file()], "what was sent is gone"
    uri = postgres.new_database()
    answer = client.json("load", uri, "--into", "o.pg", "--server", server.uri, "--on-server", "--option",
                         "query=SELECT 1 AS one")
    assert answer["rows"] == 1
    assert "exists already" in client.fails("load", tmp_path / "a b.csv", "--into", "o.t", "--server", server.uri, "--on-server")
    assert "Cannot read" in client.fails("load", tmp_path / "none.csv", "--into", "o.x", "--server", server.uri, "--on-server")
    assert "needs --server" in client.fails("load", tmp_path / "a b.csv", "--into", "o.x", "--on-server", code=2)


def test_lineage_of_the_command(tarn, tmp_path):
    (tmp_path / "t.csv").write_text("id,loaded_at\n1,before\n")
    answer = tarn.json("load", tmp_path / "t.csv", "--into", "l.t", "--lineage")
    names = [column["name"] for column in answer["columns"]]
    assert names == ["id", "loaded_at", "source_system", "source_file", "load_id"], "a column of the file stays as it is"
    assert tarn.value("SELECT loaded_at FROM l.t") == "before"


def test_upsert_replaces_rows_with_equal_keys(api, tarn, tmp_path):
    def csv(text):
        (tmp_path / "rows.csv").write_text(text)
        return {"path": str(tmp_path / "rows.csv"), "format": "csv", "table": "u.t"}

    assert api.fails("/load/file", 404, **csv("shop,id,name\na,1,x\n"), mode="upsert", keys=["shop", "id"])
    api.ok("/load/file", **csv("shop,id,name,n\na,1,one,1\na,2,two,2\nb,1,other,3\n"), lineage=False, partition_by="shop")
    done = api.ok("/load/file", **csv("ID,shop,name\n1,a,uno\n9,c,new\n"), mode="upsert", keys=["shop", "id"])
    assert (done["mode"], done["rows_loaded"], done["lineage_columns"]) == ("upsert", 2, []) and done["files_written"] == 2
    assert [tuple(row.values()) for row in tarn.sql("SELECT shop, id, name, n FROM u.t ORDER BY shop, id")] == [
        ("a", 1, "uno", None), ("a", 2, "two", 2), ("b", 1, "other", 3), ("c", 9, "new", None)]
    assert done["snapshot_id"] == tarn.value('SELECT snapshot_id FROM u."t$snapshots" ORDER BY committed_at DESC LIMIT 1')
    assert tarn.value('SELECT count(*) FROM u."t$snapshots"') == 2, "one commit"

    # What is wrong is named, and nothing is changed.
    message = api.fails("/load/file", 400, **csv("shop,id,name\na,2,x\nz,5,y\nz,5,z\n"), mode="upsert", keys=["shop", "id"])
    assert "several rows of the source have the key shop = z, id = 5" in message.lower() and "nothing was loaded" in message
    message = api.fails("/load/file", 400, **csv("shop,id,name\na,2,x\n,5,y\n"), mode="upsert", keys=["shop", "id"])
    assert "no value in key column shop" in message
    assert "needs keys" in api.fails("/load/file", 400, **csv("shop,id\na,1\n"), mode="upsert")
    assert "no column" in api.fails("/load/file", 400, **csv("shop,id\na,1\n"), mode="upsert", keys=["nothing"]).lower()
    assert "mode upsert" in api.fails("/load/file", 400, **csv("shop,id\na,1\n"), mode="append", keys=["id"])
    assert "register" in api.fails("/load/file", 400, **csv("shop,id\na,1\n"), mode="upsert", keys=["id"], register=True)
    assert "upsert" in api.fails("/scrape-api", 400, url="http://127.0.0.1:1/", table="u.s", mode="upsert")
    assert tarn.value('SELECT count(*) FROM u."t$snapshots"') == 2
    spilled = [path for path in (tarn.home / "spill").rglob("*") if path.is_file() and path.suffix != ".lock"]
    assert not spilled, "staged rows go with their load"

    # Rejected rows are kept, the others are merged; the command line takes the same.
    done = api.ok("/load/file", **csv("shop,id,name,n\na,1,eins,5\na,two,zwei,6\n"), mode="upsert", keys="id,shop".split(","), rejects="table")
    assert (done["rows_loaded"], done["rows_rejected"]) == (1, 1)
    csv("shop,id,name\nb,1,andere\n")
    tarn.ok("load", str(tmp_path / "rows.csv"), "--into", "u.t", "--mode", "upsert", "--keys", "id, shop")
    assert [tuple(row.values()) for row in tarn.sql("SELECT shop, name FROM u.t WHERE id = 1 ORDER BY shop")] == [
        ("a", "eins"), ("b", "andere")]


def test_upsert_by_a_schedule(api, tarn, tmp_path):
    (tmp_path / "rows.csv").write_text("id,name\n1,a\n2,b\n")
    request = {"path": str(tmp_path / "rows.csv"), "format": "csv", "table": "u.s"}
    api.ok("/load/file", **request)
    status, _ = api.call("POST", "/schedules", {"name": "s", "cron": "@yearly", "call": "/load/file",
                                                "request": {**request, "mode": "upsert", "keys": ["id"]}})
    assert status in (200, 201)
    (tmp_path / "rows.csv").write_text("id,name\n2,B\n3,C\n")
    job = api.wait(api.call("POST", "/schedules/s/run")[1]["job_id"])
    assert job["state"] == "succeeded" and job["result"]["mode"] == "upsert", job
    assert [row["name"] for row in tarn.sql("SELECT name FROM u.s ORDER BY id")] == ["a", "B", "C"]
    assert tarn.value("SELECT count(DISTINCT load_id) FROM u.s") == 2, "rows say which load they are of"
