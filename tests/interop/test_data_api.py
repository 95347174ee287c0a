"""The data service's frame over HTTP: jobs, tables, errors, both dialects of names, its description, and `tarn jobs`."""
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import pytest
from openapi_spec_validator import validate

SECONDS = int(os.environ.get("TARN_SCHEMATHESIS_SECONDS", "20"))
# Runs until somebody ends it.
ENDLESS = {"statements": "SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a.range + b.range = 7",
           "dialect": "duckdb"}


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.text = status, headers, body
        self.json = json.loads(body) if body and "json" in headers.get("Content-Type", "") else {}


class Api:
    """Calls below /api/v1; a token or a credential signs in."""

    def __init__(self, server, authorization=None):
        self.uri = server.uri + "/api/v1"
        self.authorization = authorization

    def open(self, method, path, body=None, headers=None, timeout=120):
        request = urllib.request.Request(self.uri + path, method=method, headers=dict(headers or {}),
                                         data=None if body is None else json.dumps(body).encode())
        if body is not None and not request.has_header("Content-type"):
            request.add_header("Content-Type", "application/json")
        if self.authorization:
            request.add_header("Authorization", self.authorization)
        return urllib.request.urlopen(request, timeout=timeout)

    def call(self, method, path, body=None, headers=None):
        try:
            with self.open(method, path, body, headers) as answer:
                return Answer(answer.status, answer.headers, answer.read().decode())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read().decode())

    def get(self, path):
        return self.call("GET", path)

    def post(self, path, body=None, headers=None):
        return self.call("POST", path, body, headers)

    def start(self, path, body):
        answer = self.post(path, {**body, "async": True})
        assert answer.status == 202, answer.text
        return answer.json["id"]

    def until(self, job, *states, seconds=60):
        """The job once it is in one of the states; any end if none is given."""
        states = states or ("succeeded", "failed", "cancelled")
        deadline = time.monotonic() + seconds
        while (found := self.get(f"/jobs/{job}").json)["state"] not in states:
            assert time.monotonic() < deadline, found
            time.sleep(0.05)
        return found


def csv_file(folder, rows, name="orders.csv"):
    path = folder / name
    with open(path, "w") as file:
        file.write("order_id,amount,city\n")
        for first in range(0, rows, 10_000):
            file.writelines(f"{i},{i % 997}.50,Paris\n" for i in range(first, min(rows, first + 10_000)))
    return path


def load_of(path, table, **more):
    return {"filePath": str(path), "format": "csv", "tableName": table, "namespace": "sales", **more}


@pytest.fixture
def api(server):
    return Api(server)


def test_both_dialects_load_and_the_answer_has_the_members_of_both(api, tmp_path):
    path = csv_file(tmp_path, 100)
    camel = api.post("/load/file", load_of(path, "a"))
    snake = api.post("/load/file", {"file_path": str(path), "format": "csv", "table_name": "b", "namespace": "sales"})
    for answer, table in (camel, "a"), (snake, "b"):
        assert answer.status == 200, answer.text
        assert answer.json["status"] == "success" and answer.json["table"] == f"sales.{table}"
        assert answer.json["rows_loaded"] == answer.json["rows"] == 100
        job = api.get(f"/jobs/{answer.json['job_id']}").json
        assert job["state"] == "succeeded" and job["rows"] == 100 and job["kind"] == "load" and job["owner"] == "anonymous"
        assert job["snapshot_id"] and job["error"] is None and job["ended_at"] >= job["started_at"]
    twice = api.post("/load/file", {**load_of(path, "c"), "table_name": "c"})
    assert twice.status == 400 and "tableName" in twice.json["message"]


def test_tables_are_shown_as_clients_expect(api, tmp_path, server):
    assert api.post("/load/file", load_of(csv_file(tmp_path, 1000), "orders", lineage=False)).status == 200
    assert api.get("/tables/sales").json == {"status": "success", "namespace": "sales", "tables": ["orders"], "count": 1}
    count = api.get("/tables/sales/orders/count").json
    assert (count["status"], count["table"], count["row_count"]) == ("success", "sales.orders", 1000)
    metadata = api.get("/tables/sales/orders/metadata").json
    assert metadata["table_name"] == "orders" and metadata["namespace"] == "sales" and metadata["row_count"] == "1000"
    assert metadata["schema"].startswith("order_id BIGINT, amount ") and metadata["schema"].endswith(", city VARCHAR")
    assert metadata["partition_spec"] == metadata["partitions"] == "" and "/sales/orders" in metadata["location"]
    assert metadata["current_snapshot"] == metadata["current_snapshot_id"] and metadata["snapshots"] == 1
    # Deleted rows do not count, wherever they are marked.
    server.tarn.ok("sql", "-e", "DELETE FROM sales.orders WHERE order_id % 10 = 3; DELETE FROM sales.orders WHERE order_id < 100")
    rows = server.tarn.value("SELECT count(*) FROM sales.orders")
    assert rows == 810 and api.get("/tables/sales/orders/count").json["row_count"] == 810
    server.tarn.ok("sql", "-e", "CREATE TABLE sales.days (ts TIMESTAMP, id BIGINT) WITH (partitioning = ARRAY['day(ts)', 'bucket(id, 16)'])")
    metadata = api.get("/tables/sales/days/metadata").json
    assert metadata["partition_spec"] == "PARTITION BY day(ts), bucket(id, 16)" and metadata["current_snapshot"] is None


@pytest.mark.parametrize("method, path, body, status, code", [
    ("GET", "/nothing", None, 404, "NO_SUCH_ENDPOINT"),
    ("GET", "/load/file", None, 405, "METHOD_NOT_ALLOWED"),
    ("GET", "/jobs/none", None, 404, "NO_SUCH_JOB"),
    ("POST", "/jobs/none/cancel", None, 404, "NO_SUCH_JOB"),
    ("GET", "/jobs?state=odd", None, 400, "INVALID_ARGUMENT"),
    ("GET", "/jobs?limit=0", None, 400, "INVALID_ARGUMENT"),
    ("GET", "/tables/none", None, 404, "NO_SUCH_NAMESPACE"),
    ("GET", "/tables/none/t/count", None, 404, "NO_SUCH_TABLE"),
    ("GET", "/tables/none?warehouse=other", None, 404, "NO_SUCH_WAREHOUSE"),
    ("POST", "/load/file", [], 400, "INVALID_ARGUMENT"),
    ("POST", "/load/file", {}, 400, "INVALID_ARGUMENT"),
    ("POST", "/load/file", {"path": "/no/such.csv", "table": "a.b", "async": 1}, 400, "INVALID_ARGUMENT"),
    ("POST", "/load/file", {"path": "/no/such.csv", "format": "csv", "table": "t", "namespace": "a"}, 404, "NO_SUCH_FILE"),
])
def test_errors_have_a_code_and_say_what_to_do(api, method, path, body, status, code):
    answer = api.call(method, path, body)
    assert (answer.status, answer.json["code"]) == (status, code), answer.text
    assert answer.json["status"] == "error" and answer.json["message"] == answer.json["error"] == answer.json["detail"]
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]


def test_only_json_from_this_site_changes_anything(api):
    for headers, status in ({"Content-Type": "text/plain"}, 415), ({"Sec-Fetch-Site": "cross-site"}, 403):
        assert api.post("/sql", {"statements": "SELECT 1"}, headers).status == status
    assert api.get("/jobs").json["jobs"] == []


def test_jobs_run_apart_from_the_call_and_are_cancelled(api):
    by_header = api.post("/sql", ENDLESS, {"Prefer": "respond-async"})
    assert by_header.status == 202 and by_header.headers["Location"] == f"/api/v1/jobs/{by_header.json['id']}"
    jobs = [by_header.json["id"], api.start("/sql", ENDLESS)]
    for job in jobs:
        api.until(job, "running")
    assert {job["id"] for job in api.get("/jobs?state=running").json["jobs"]} == set(jobs)
    assert api.get("/jobs?kind=load").json["count"] == 0
    assert api.post(f"/jobs/{jobs[0]}/cancel").status in (200, 202)
    assert api.call("DELETE", f"/jobs/{jobs[1]}").status in (200, 202)
    for job in jobs:
        assert api.until(job)["state"] == "cancelled"
    again = api.post(f"/jobs/{jobs[0]}/retry")
    assert again.status == 202 and again.json["retry_of"] == jobs[0]
    api.post(f"/jobs/{again.json['id']}/cancel")
    first = api.get("/jobs?limit=2").json
    second = api.get(f"/jobs?limit=2&before={first['next_before']}").json
    assert [job["id"] for job in first["jobs"] + second["jobs"]] == [again.json["id"], jobs[1], jobs[0]]
    waited = api.post("/sql", ENDLESS, {"Prefer": "wait=0"})
    assert waited.status == 202
    api.post(f"/jobs/{waited.json['id']}/cancel")


def events_of(stream):
    """(id, event, data) of each event, until the stream ends."""
    fields = {}
    for line in stream:
        text = line.decode().rstrip("\n")
        if not text:
            if "data" in fields:
                yield fields["id"], fields["event"], json.loads(fields["data"])
            fields = {}
        elif not text.startswith(":"):
            name, _, value = text.partition(": ")
            fields[name] = value


def test_events_tell_a_job_until_its_end(api):
    job = api.start("/sql", ENDLESS)
    api.until(job, "running")
    with api.open("GET", f"/jobs/{job}/events") as one, api.open("GET", "/jobs/events") as all_of_them:
        assert one.headers["Content-Type"] == "text/event-stream"
        told = events_of(one)
        assert next(told)[1:][0] == "progress"
        assert next(events_of(all_of_them))[2]["id"] == job
        api.post(f"/jobs/{job}/cancel")
        last, event, data = list(told)[-1]
        assert event == "ended" and data["state"] == "cancelled"
    assert api.call("GET", f"/jobs/{job}/events", headers={"Last-Event-ID": last}).status == 204


def test_principals_see_their_own_jobs(serve, tarn):
    secrets = {name: tarn.json("user", "add", name, *flags)["client_secret"]
               for name, flags in (("root", ["--admin"]), ("ada", []), ("bob", []))}
    server = serve("--auth")

    def sign_in(name):
        form = f"grant_type=client_credentials&client_id={name}&client_secret={secrets[name]}".encode()
        with urllib.request.urlopen(server.uri + "/catalog/v1/oauth/tokens", form) as answer:
            return Api(server, "Bearer " + json.load(answer)["access_token"])

    nobody = Api(server).get("/jobs")
    assert nobody.status == 401 and nobody.headers["WWW-Authenticate"].startswith("Bearer")
    root, ada, bob = (sign_in(name) for name in ("root", "ada", "bob"))
    job = root.start("/sql", ENDLESS)
    assert ada.post("/sql", ENDLESS).status == 403
    for other in (ada, bob):
        for method, path in ("GET", ""), ("POST", "/cancel"), ("DELETE", ""), ("POST", "/retry"), ("GET", "/events"):
            assert other.call(method, f"/jobs/{job}{path}").json["code"] == "NO_SUCH_JOB"
        assert other.get("/jobs").json["count"] == 0
    assert bob.get("/jobs?owner=root").status == 403
    assert root.get("/jobs?owner=root").json["jobs"][0]["id"] == job
    root.post(f"/jobs/{job}/cancel")
    assert root.until(job)["state"] == "cancelled"


def test_a_load_whose_server_is_killed_ends_in_a_true_state(serve, tarn, tmp_path):
    path = csv_file(tmp_path, 2_000_000)
    first = serve()
    api = Api(first)
    job = api.start("/load/file", load_of(path, "big"))
    api.until(job, "running")
    time.sleep(0.3)
    first.process.kill()
    first.process.wait()
    second = Api(serve())
    ended = second.until(job)
    assert ended["state"] == "succeeded", ended
    assert ended["result"]["rows"] == 2_000_000 and 1 <= ended["attempts"] <= 2
    assert second.get("/tables/sales/big/count").json["row_count"] == 2_000_000
    assert second.get("/tables/sales/big/metadata").json["snapshots"] == 1


def test_what_nobody_can_look_up_is_not_done_twice(serve, tarn, tmp_path):
    first = serve()
    job = Api(first).start("/sql", {**ENDLESS, "statements": f"COPY ({ENDLESS['statements']}) TO '{tmp_path}/x.csv'"})
    Api(first).until(job, "running")
    deadline = time.monotonic() + 30
    while not list(tmp_path.glob("*x.csv*")):  # a statement that has not begun is begun by the next server
        assert time.monotonic() < deadline
        time.sleep(0.01)
    first.process.kill()
    first.process.wait()
    ended = Api(serve()).until(job)
    assert ended["state"] == "failed" and "server ended" in ended["error"]["message"]


def test_a_server_that_stops_hands_its_jobs_on(serve):
    first = serve(settings={"serve.shutdown_grace": "1s"})
    api = Api(first)
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(api.post("/sql", ENDLESS)))
    waiting.start()
    while not api.get("/jobs?state=running").json["jobs"]:
        time.sleep(0.05)
    job = api.get("/jobs?state=running").json["jobs"][0]["id"]
    stream = api.open("GET", f"/jobs/{job}/events")
    began = time.monotonic()
    assert first.stop() == 0
    assert time.monotonic() - began < 20
    assert len(list(events_of(stream))) >= 1
    waiting.join()
    assert answers[0].status == 202, answers[0].text
    second = Api(serve())
    assert second.until(job, "running")["attempts"] == 1
    second.post(f"/jobs/{job}/cancel")
    assert second.until(job)["state"] == "cancelled"


@pytest.mark.parametrize("where", ["server", "catalog", "home"])
def test_the_command_shows_and_ends_jobs(api, server, tmp_path, where):
    to = {"server": ["--server", server.uri], "catalog": ["--server", server.catalog_uri], "home": []}[where]
    tarn = server.tarn
    loaded = api.post("/load/file", load_of(csv_file(tmp_path, 10), "orders")).json["job_id"]
    failed = api.start("/load/file", load_of(csv_file(tmp_path, 10), "orders", mode="create"))
    api.until(failed, "failed")
    assert [job["id"] for job in tarn.json("jobs", "list", *to)] == [failed, loaded]
    assert [job["id"] for job in tarn.json("jobs", "list", "--state", "failed", *to)] == [failed]
    assert failed in tarn.ok("jobs", "list", *to)
    assert tarn.json("jobs", "show", loaded, *to)["rows"] == 10
    assert loaded in tarn.ok("jobs", "watch", loaded, *to)
    watched = tarn.run("jobs", "watch", failed, *to)
    assert watched.returncode == 1 and "exists already" in watched.stderr
    assert "There is no such job: none" in tarn.fails("jobs", "show", "none", *to)
    running = api.start("/sql", ENDLESS)
    api.until(running, "running")
    assert "Will be cancelled" in tarn.ok("jobs", "cancel", running, *to)
    assert api.until(running)["state"] == "cancelled"
    assert "Has ended (cancelled)" in tarn.ok("jobs", "cancel", running, *to)
    again = tarn.json("jobs", "retry", loaded, *to)
    assert again["state"] == "succeeded" and again["retry_of"] == loaded and again["owner"] == "anonymous"


def test_the_command_takes_the_url_of_a_server(tarn):
    assert "--server" in tarn.fails("jobs", "list", "--server", "nowhere", code=2)


def test_metrics_count_jobs(api, server, tmp_path):
    api.post("/load/file", load_of(csv_file(tmp_path, 10), "orders"))
    deadline = time.monotonic() + 20
    text = ""
    while "tarn_jobs_running 0\n" not in text:  # its worker is free a moment after the answer
        assert time.monotonic() < deadline, text
        with urllib.request.urlopen(server.uri + "/metrics") as answer:
            text = answer.read().decode()
    assert re.search(r'^tarn_jobs_total\{kind="load",state="succeeded"\} 1$', text, re.M)
    assert re.search(r'^tarn_job_seconds_count\{kind="load"\} 1$', text, re.M)
    assert re.search(r"^tarn_jobs_queued 0$", text, re.M)


def test_the_description_is_valid_and_complete(server):
    with urllib.request.urlopen(server.uri + "/openapi.json") as answer:
        document = json.load(answer)
    validate(document)
    paths = {path.removeprefix("/api/v1"): methods for path, methods in document["paths"].items()}
    for path in ("/load/file", "/load/s3", "/load/postgres", "/migrate", "/jobs/{id}/retry", "/tables/{namespace}/{table}/count"):
        assert path in paths, path
    ids = [operation["operationId"] for methods in paths.values() for operation in methods.values()]
    assert len(ids) == len(set(ids))
    body = paths["/load/file"]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert {"tableName", "table_name", "filePath", "file_path", "async"} <= set(body)


def test_the_page_for_people_needs_nothing_else(server):
    with urllib.request.urlopen(server.uri + "/docs") as answer:
        page, policy = answer.read().decode(), answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "<script" not in page
    assert "/api/v1/load/file" in page and "/api/v1/jobs/{id}/events" in page
    assert not re.search(r"""(src|href)=["']?https?:""", page)


def test_requests_of_a_fuzzer_are_refused_or_done_never_failed(server, api, tmp_path):
    api.post("/load/file", load_of(csv_file(tmp_path, 10), "a"))
    command = [str(pathlib.Path(sys.executable).parent / "schemathesis"), "run", server.uri + "/openapi.json",
               "--include-path-regex", r"^/api/v1/(jobs|tables|load/file|validate|migrations|sql|maintain)",
               "--exclude-path-regex", "events", "--checks", "not_a_server_error,content_type_conformance,response_schema_conformance",
               "--phases", "coverage,fuzzing", "--max-time", str(SECONDS), "--max-examples", "40", "--no-color", "--no-shrink",
               "--suppress-health-check", "all", "--continue-on-failure", "--warnings", "off", "--generation-database", "none"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS + 120, cwd=tmp_path)
    tried = re.search(r"(\d+) generated, (\d+) passed\n", ran.stdout)
    assert tried and tried[1] == tried[2] and int(tried[1]) > 50, ran.stdout[-6000:] + ran.stderr[-1000:]
    assert server.process.poll() is None
