"""Every call of the data service, asked wrongly: each answer has a code, a message, a hint that says what to do, and the status that
fits; waiting and as a job, in both dialects of names."""
import http.client
import json
import pathlib
import re
import urllib.error
import urllib.parse
import urllib.request

import pytest

from test_data_api import Api

CAMEL = re.compile(r"_([a-z])")


def camel(body):
    return {CAMEL.sub(lambda m: m[1].upper(), name): value for name, value in body.items()}


def is_error(answer, status, code, *words):
    """What every error has."""
    body = answer.json
    assert (answer.status, body.get("code")) == (status, code), answer.text
    assert body["status"] == "error" and body["status_code"] == status
    assert body["message"] == body["error"] == body["detail"] != ""
    assert len(body["hint"]) > 15, "what to do is not said"
    assert body["request_id"] == answer.headers["X-Request-Id"]
    for word in words:
        assert word.lower() in (body["message"] + " " + body["hint"]).lower(), (word, body["message"])
    if status == 405:
        assert answer.headers["Allow"]
    if status in (429, 503):
        assert answer.headers["Retry-After"]
    return body


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("api-errors")


@pytest.fixture(scope="module")
def files(folder):
    (folder / "good.csv").write_text("id,name\n1,a\n2,b\n")
    (folder / "bad.parquet").write_bytes(b"PAR1 is not all of it")
    (folder / "empty").mkdir()
    return folder


@pytest.fixture(scope="module")
def api(files, programs):
    Tarn, Server = programs
    tarn = Tarn(files / "home")
    tarn.ok("sql", "-e", "CREATE SCHEMA sales; CREATE TABLE sales.there AS SELECT 1 AS id, 'x' AS name; "
                         "CREATE TABLE sales.other AS SELECT DATE '2026-01-01' AS d;")
    server = Server(tarn)
    yield Api(server)
    assert server.stop() == 0, server.log()


PG = {"host": "127.0.0.1", "port": 1, "database": "d", "user": "u", "password": "p", "query": "SELECT 1", "table_name": "t", "namespace": "a"}
S3 = {"bucket": "b", "key": "k.csv", "format": "csv", "table_name": "t", "namespace": "a", "endpoint": "http://127.0.0.1:1",
      "access_key": "x", "secret_key": "y"}
FILE = {"file_path": "FOLDER/good.csv", "format": "csv", "table_name": "t", "namespace": "a"}
SCRAPE = {"url": "http://127.0.0.1:1/page", "selector": "table", "table_name": "t", "namespace": "a", "interval_ms": 0}
MIGRATE = {"source_namespace": "sales", "source_table": "there", "dest_namespace": "b", "dest_table": "t"}
UPLOAD = {"file_path": "FOLDER/good.csv", "bucket": "b", "key": "k"}
SQL = {"statements": "SELECT 1"}
MAINTAIN = {"table": "sales.there", "actions": "stats"}


def without(body, *names):
    return {name: value for name, value in body.items() if name not in names}


# Refused before a job is made: path, body, status, code, words that message or hint must have.
REFUSED = [
    ("/load/file", {}, 400, "INVALID_ARGUMENT", ["table_name"]),
    ("/load/file", without(FILE, "table_name"), 400, "INVALID_ARGUMENT", ["table_name"]),
    ("/load/file", without(FILE, "file_path"), 400, "INVALID_ARGUMENT", ["path"]),
    ("/load/file", {**FILE, "table_name": 7}, 400, "INVALID_ARGUMENT", ["table_name"]),
    ("/load/file", {**FILE, "format": "doc"}, 400, "INVALID_ARGUMENT", ["format", "csv"]),
    ("/load/file", {**FILE, "mode": "odd"}, 400, "INVALID_ARGUMENT", ["mode", "append"]),
    ("/load/file", {**FILE, "options": 3}, 400, "INVALID_ARGUMENT", ["options"]),
    ("/load/file", {**FILE, "warehouse": "none"}, 404, "NO_SUCH_WAREHOUSE", ["none"]),
    ("/load/file", {**FILE, "branch": "dev"}, 406, "NOT_SUPPORTED", ["main"]),
    ("/load/file", {**FILE, "async": "yes"}, 400, "INVALID_ARGUMENT", ["async"]),
    ("/load/file", {**FILE, "tabel": "typing error"}, 400, "INVALID_ARGUMENT", ["tabel"]),
    ("/load/s3", without(S3, "bucket"), 400, "INVALID_ARGUMENT", ["bucket"]),
    ("/load/s3", without(S3, "key"), 400, "INVALID_ARGUMENT", ["key"]),
    ("/load/s3", {**without(S3, "bucket", "key"), "s3_path": "ftp://x/y"}, 400, "INVALID_ARGUMENT", ["s3://"]),
    ("/load/s3", without(S3, "secret_key"), 400, "INVALID_ARGUMENT", ["secret_key"]),
    ("/load/s3", {**S3, "bukket": "b"}, 400, "INVALID_ARGUMENT", ["bukket"]),
    ("/load/postgres", without(PG, "query"), 400, "INVALID_ARGUMENT", ["query"]),
    ("/load/postgres", without(PG, "host"), 400, "INVALID_ARGUMENT", ["host"]),
    ("/load/postgres", {**PG, "port": "many"}, 400, "INVALID_ARGUMENT", ["port"]),
    ("/load/postgres", {**PG, "port": 70000}, 400, "INVALID_ARGUMENT", ["port"]),
    ("/load/postgres", {**PG, "querry": "x"}, 400, "INVALID_ARGUMENT", ["querry"]),
    ("/scrape", without(SCRAPE, "url"), 400, "INVALID_ARGUMENT", ["url"]),
    ("/scrape", {**SCRAPE, "selektor": "ul"}, 400, "INVALID_ARGUMENT", ["selektor"]),
    ("/scrape-api", without(SCRAPE, "url", "selector"), 400, "INVALID_ARGUMENT", ["url"]),
    ("/scrape-api", {**SCRAPE, "pagination": "sideways"}, 400, "INVALID_ARGUMENT", ["pagination"]),
    ("/migrate", without(MIGRATE, "source_table"), 400, "INVALID_ARGUMENT", ["source"]),
    ("/migrate", without(MIGRATE, "dest_table"), 400, "INVALID_ARGUMENT", ["dest"]),
    ("/migrate", {**MIGRATE, "mode": "odd"}, 400, "INVALID_ARGUMENT", ["append"]),
    ("/migrate", {**MIGRATE, "validate": "much"}, 400, "INVALID_ARGUMENT", ["validat"]),
    ("/migrate", {**MIGRATE, "destTabel": "t"}, 400, "INVALID_ARGUMENT", ["dest_tabel"]),
    ("/migrate/bulk", {}, 400, "INVALID_ARGUMENT", []),
    ("/migrate/bulk", {"tables": "sales.there", "parallel": 99}, 400, "INVALID_ARGUMENT", []),
    ("/validate", {"checksum": "yes"}, 400, "INVALID_ARGUMENT", ["checksum"]),
    ("/upload/s3", without(UPLOAD, "bucket"), 400, "INVALID_ARGUMENT", ["bucket"]),
    ("/upload/s3", without(UPLOAD, "file_path"), 400, "INVALID_ARGUMENT", ["file_path"]),
    ("/sql", {}, 400, "INVALID_ARGUMENT", ["statements"]),
    ("/sql", {"statements": 3}, 400, "INVALID_ARGUMENT", ["statements"]),
    ("/sql", {**SQL, "dialect": "latin"}, 400, "INVALID_ARGUMENT", ["trino"]),
    ("/sql", {**SQL, "rows_max": -1}, 400, "INVALID_ARGUMENT", ["rows_max"]),
    ("/sql", {**SQL, "statment": "x"}, 400, "INVALID_ARGUMENT", ["statment"]),
    ("/maintain", {"table": "sales.there"}, 400, "INVALID_ARGUMENT", ["actions"]),
    ("/maintain", {**MAINTAIN, "actions": ["sweep"]}, 400, "INVALID_ARGUMENT", ["sweep", "compact"]),
    ("/maintain", {**MAINTAIN, "orphans_older_than": "1h"}, 400, "INVALID_ARGUMENT", ["24h"]),
    ("/maintain", {**MAINTAIN, "dryrun": True}, 400, "INVALID_ARGUMENT", ["dryrun"]),
]

# Refused by the job itself.
FAILED = [
    ("/load/file", {**FILE, "file_path": "FOLDER/none.csv"}, 404, "NO_SUCH_FILE", ["none.csv"]),
    ("/load/file", {**FILE, "file_path": "FOLDER/bad.parquet", "format": "parquet"}, 400, "INVALID_DATA", ["bad.parquet"]),
    ("/load/file", {**FILE, "table_name": "there", "namespace": "sales", "mode": "create"}, 409, "ALREADY_EXISTS", ["append"]),
    ("/load/file", {**FILE, "table_name": "other", "namespace": "sales", "mode": "append"}, 400, "NO_SUCH_COLUMN", ["id"]),
    ("/load/s3", S3, 503, "UNAVAILABLE", ["127.0.0.1:1"]),
    ("/load/postgres", PG, 503, "UNAVAILABLE", ["127.0.0.1"]),
    ("/scrape", SCRAPE, 403, "FORBIDDEN", ["web.private_addresses"]),
    ("/migrate", {**MIGRATE, "source_table": "none"}, 404, "NO_SUCH_TABLE", ["sales.none"]),
    ("/migrate", {**MIGRATE, "dest_namespace": "sales", "dest_table": "other"}, 409, "ALREADY_EXISTS", ["sales.other"]),
    ("/migrate", {**MIGRATE, "source_warehouse": "none"}, 404, "NO_SUCH_WAREHOUSE", ["none"]),
    ("/migrate", {**MIGRATE, "transform": "SELECT nothing FROM source"}, 400, "NO_SUCH_COLUMN", ["nothing"]),
    ("/sql", {"statements": "SELEC 1"}, 400, "SYNTAX_ERROR", ["SELEC"]),
    ("/sql", {"statements": "SELECT * FROM sales.none"}, 404, "NO_SUCH_TABLE", ["none"]),
    ("/sql", {"statements": "SELECT 1/0"}, 400, "INVALID_ARGUMENT", ["zero"]),
    ("/maintain", {**MAINTAIN, "table": "sales.none"}, 404, "NO_SUCH_TABLE", ["sales.none"]),
]


OURS = tuple("/api/v1/" + word for word in ("load", "scrape", "migrat", "validate", "upload", "sql", "maintain", "jobs", "schedules", "connections"))


def named(case):
    return f"{case[0]} {json.dumps(case[1])[:60]}"


def ready(body, files):
    return json.loads(json.dumps(body).replace("FOLDER", str(files)))


@pytest.mark.parametrize("dialect", [dict, camel], ids=["snake_case", "camelCase"])
@pytest.mark.parametrize("case", REFUSED, ids=named)
def test_a_wrong_request_makes_no_job(api, files, case, dialect):
    path, body, status, code, words = case
    body = dialect(ready(body, files))
    before = api.get("/jobs?limit=1").json["jobs"]
    if dialect is camel:  # the message names members in snake_case or as they came
        words = []
    is_error(api.post(path, body), status, code, *words)
    if "async" not in body:
        is_error(api.post(path, {**body, "async": True}), status, code, *words)
    is_error(api.post(path, body, {"Prefer": "respond-async"}), status, code, *words)
    assert api.get("/jobs?limit=1").json["jobs"] == before


@pytest.mark.parametrize("case", FAILED, ids=named)
def test_a_job_that_fails_has_the_error_of_the_call_that_waits(api, files, case):
    path, body, status, code, words = case
    waited = is_error(api.post(path, camel(ready(body, files))), status, code, *words)
    job = api.until(api.start(path, ready(body, files)))
    error = job["error"]
    assert job["state"] == "failed" and error["job_id"] == job["id"]
    assert waited["job_id"] != job["id"] and set(error) == set(waited)
    same = ("status", "status_code", "code", "hint")
    assert [error[name] for name in same] == [waited[name] for name in same]
    assert api.get(f"/jobs/{waited['job_id']}").json["error"] == waited


@pytest.mark.parametrize("path", ["/load/file", "/load/s3", "/load/postgres", "/scrape", "/scrape-api", "/migrate", "/migrate/bulk",
                                  "/validate", "/upload/s3", "/sql", "/maintain", "/schedules", "/connections"])
def test_bodies_that_are_none(api, path):
    for text, word in ((b'{"a": ', "JSON"), (b"[]", "object"), (b'"text"', "object"), (b"\xff\xfe", "JSON"), (b"{'a': 1}", "JSON"),
                       (b'{"a": 1, "a": 2}', "twice"), (b'{"a":' * 2000 + b"1" + b"}" * 2000, "nested")):
        is_error(raw(api, "POST", path, text), 400, "INVALID_ARGUMENT", word)
    is_error(raw(api, "POST", path, b"{}", {"Content-Type": "text/plain"}), 415, "UNSUPPORTED_MEDIA_TYPE", "application/json")
    is_error(raw(api, "POST", path, b"{}", {"Sec-Fetch-Site": "cross-site"}), 403, "FORBIDDEN")
    is_error(api.call("DELETE" if path != "/connections" else "PATCH", path), 405, "METHOD_NOT_ALLOWED", path)


def raw(api, method, path, data, headers=None):
    from test_data_api import Answer
    request = urllib.request.Request(api.uri + path, method=method, data=data,
                                     headers={"Content-Type": "application/json", **(headers or {})})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return Answer(answer.status, answer.headers, answer.read().decode())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read().decode())


@pytest.mark.parametrize("method, path, status, code", [
    ("GET", "/nothing", 404, "NO_SUCH_ENDPOINT"),
    ("GET", "/tables", 404, "NO_SUCH_ENDPOINT"),
    ("GET", "/tables/none", 404, "NO_SUCH_NAMESPACE"),
    ("GET", "/tables/sales/none/metadata", 404, "NO_SUCH_TABLE"),
    ("GET", "/tables/sales/none/count", 404, "NO_SUCH_TABLE"),
    ("GET", "/tables/sales?warehouse=none", 404, "NO_SUCH_WAREHOUSE"),
    ("POST", "/tables/sales", 405, "METHOD_NOT_ALLOWED"),
    ("GET", "/jobs/none", 404, "NO_SUCH_JOB"),
    ("POST", "/jobs/none/cancel", 404, "NO_SUCH_JOB"),
    ("POST", "/jobs/none/retry", 404, "NO_SUCH_JOB"),
    ("DELETE", "/jobs/none", 404, "NO_SUCH_JOB"),
    ("GET", "/jobs/none/events", 404, "NO_SUCH_JOB"),
    ("GET", "/jobs?state=odd", 400, "INVALID_ARGUMENT"),
    ("GET", "/jobs?limit=1e3", 400, "INVALID_ARGUMENT"),
    ("GET", "/migrations/none", 404, "NO_SUCH_JOB"),
    ("GET", "/migrations?limit=-1", 400, "INVALID_ARGUMENT"),
    ("GET", "/schedules/none", 404, "NO_SUCH_SCHEDULE"),
    ("POST", "/schedules/none/run", 404, "NO_SUCH_SCHEDULE"),
    ("GET", "/schedules/none/history", 404, "NO_SUCH_SCHEDULE"),
    ("DELETE", "/schedules/none", 404, "NO_SUCH_SCHEDULE"),
    ("GET", "/connections/none", 404, "NO_SUCH_CONNECTION"),
    ("DELETE", "/connections/none", 404, "NO_SUCH_CONNECTION"),
    ("DELETE", "/upload/none/none.csv", 400, "INVALID_ARGUMENT"),
    ("POST", "/health", 405, "METHOD_NOT_ALLOWED"),
])
def test_calls_without_a_body(api, method, path, status, code):
    is_error(api.call(method, path), status, code)


def test_health_and_description(api):
    assert api.get("/health").status == 200
    with urllib.request.urlopen(api.uri.removesuffix("/api/v1") + "/openapi.json") as answer:
        document = json.load(answer)
    for path, methods in document["paths"].items():
        if not path.startswith(OURS):
            continue
        for method, operation in methods.items():
            statuses = set(operation["responses"])
            assert "400" in statuses or method in ("get", "delete"), (path, method, statuses)
            assert {"401", "403", "500", "503"} <= statuses, (path, method, statuses)
            assert "404" in statuses or "{" not in path, (path, method)
    page = pathlib.Path(__file__).parents[2] / "docs/user/data-service.md"
    text = page.read_text()
    for _, _, _, code, *_ in [(*case[:2], None, case[3]) for case in REFUSED + FAILED]:
        assert f"`{code}`" in text, f"{code} is not in the guide"


def test_who_may_not_is_told_so(files, programs, tmp_path):
    Tarn, Server = programs
    tarn = Tarn(tmp_path / "home")
    tarn.ok("sql", "-e", "CREATE SCHEMA sales; CREATE TABLE sales.there AS SELECT 1 AS id")
    credential = tarn.json("user", "add", "ada")
    server = Server(tarn, "--auth")
    try:
        form = f"grant_type=client_credentials&client_id=ada&client_secret={credential['client_secret']}".encode()
        with urllib.request.urlopen(server.uri + "/catalog/v1/oauth/tokens", form) as answer:
            ada = Api(server, "Bearer " + json.load(answer)["access_token"])
        nobody = Api(server)
        for path, body in (("/load/file", FILE), ("/load/s3", S3), ("/load/postgres", PG), ("/scrape", SCRAPE), ("/scrape-api", SCRAPE),
                           ("/upload/s3", UPLOAD), ("/sql", SQL)):
            body = ready(body, files)
            assert is_error(nobody.post(path, body), 401, "UNAUTHENTICATED", "sign in")
            if not path.startswith("/scrape"):  # of public addresses anybody may
                is_error(ada.post(path, body), 403, "FORBIDDEN")
        # Whoever signed in may use the whole catalog; nobody else may use any of it.
        for path in ("/migrate", "/migrate/bulk", "/validate", "/maintain", "/upload", "/preview", "/sql/export", "/schedules",
                     "/connections", "/load/mysql", "/load/odbc"):
            is_error(nobody.post(path, {}), 401, "UNAUTHENTICATED", "sign in")
        for path in ("/tables/sales", "/tables/sales/there/metadata", "/tables/sales/there/count", "/jobs", "/schedules",
                     "/connections", "/preview"):
            is_error(nobody.get(path), 401, "UNAUTHENTICATED", "sign in")
        # A driver is a library of the server.
        odbc = {"connection_string": "Driver=x", "query": "SELECT 1", "table_name": "t", "namespace": "sales"}
        is_error(ada.post("/load/odbc", odbc), 403, "FORBIDDEN")
    finally:
        assert server.stop() == 0, server.log()


@pytest.mark.parametrize("path, bytes, said", [("/sql", 17 << 20, "POST /api/v1/upload"), ("/load/file", 17 << 20, "POST /api/v1/upload"),
                                               ("/upload?name=a.csv", 2 << 40, "object store")])
def test_a_body_that_is_too_large(api, path, bytes, said):
    """It is refused by its length, before it is sent."""
    host = urllib.parse.urlsplit(api.uri)
    connection = http.client.HTTPConnection(host.hostname, host.port, timeout=20)
    try:
        connection.putrequest("POST", host.path + path)
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(bytes))
        connection.endheaders()
        answer = connection.getresponse()
        body = json.loads(answer.read())
    finally:
        connection.close()
    assert (answer.status, body["code"], body["status_code"], body["status"]) == (413, "RESOURCE_LIMIT", 413, "error")
    assert "larger than the endpoint takes" in body["message"] and path.split("?")[0] in body["message"]
    assert said in body["hint"]
