"""A day of a lake in a minute: eight loads at once again and again, schedules that fire every second, and the server killed
and started again twice. In the end every job has ended in a state that is true, and every table has exactly the rows that its
jobs report.

DAY_OF_LIFE_SECONDS makes it longer (300 is the day in five minutes)."""
import collections
import concurrent.futures
import http.client
import json
import os
import time
import urllib.error
import urllib.request

SECONDS = float(os.environ.get("DAY_OF_LIFE_SECONDS", "24"))
LIVES = 3  # of the server: killed after all but the last
ROWS = 2_000
PATIENCE = 90
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
# What a job of SQL says of itself whose server died while it ran: its table may have its rows.
UNKNOWN = "nothing shows that it did its work"


class Gone(Exception):
    """The server died over the call."""


class Api:
    def __init__(self, server):
        self.uri = f"{server.uri}/api/v1"

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.uri + path, data=data, method=method,
                                         headers={"Content-Type": "application/json"} if data else {})
        try:
            with OPENER.open(request, timeout=60) as answer:
                return json.loads(answer.read() or "{}")
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code}: {error.read().decode()}") from error
        except (OSError, http.client.HTTPException) as error:
            raise Gone from error

    def jobs(self):
        found, before = [], ""
        while before is not None:
            page = self.call("GET", f"/jobs?limit=500&before={before}")
            found += page["jobs"]
            before = page["next_before"]
        return found

    def count(self, table):
        result = self.call("POST", "/sql", {"statements": f"SELECT count(*) FROM {table}"})
        return result["statements"][0]["rows"][0][0]


def load(api, path, table):
    return api.call("POST", "/load/file", {"path": str(path), "table": table, "format": "csv", "mode": "append", "async": True})


def live(api, path, seconds):
    """Keeps eight loads going for so long, or until the server is gone."""
    end = time.monotonic() + seconds

    def one_after_the_other(number):
        try:
            while time.monotonic() < end:
                job = load(api, path, f"day.loaded_{number % 4}")
                while job["state"] in ("queued", "running") and time.monotonic() < end:
                    time.sleep(0.05)
                    job = api.call("GET", f"/jobs/{job['id']}")
        except Gone:
            return

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(one_after_the_other, range(8)))


def set_up(api, path):
    tables = [f"day.loaded_{i}" for i in range(4)] + ["day.scheduled", "day.inserted"]
    for table in tables:
        columns = "(i bigint)" if table == "day.inserted" else "(id bigint, name varchar)"
        ddl = f"CREATE SCHEMA IF NOT EXISTS iceberg.day; CREATE TABLE iceberg.{table} {columns}"
        api.call("POST", "/sql", {"statements": ddl})
    api.call("POST", "/schedules", {"name": "load", "every": "1s", "call": "/load/file", "overlap": "queue", "catch_up": "all",
                                    "request": {"path": str(path), "table": "day.scheduled", "format": "csv",
                                                "mode": "append"}})
    api.call("POST", "/schedules", {"name": "insert", "every": "1s", "call": "/sql",
                                    "request": {"statements": "INSERT INTO day.inserted VALUES (1), (2)"}})
    return tables


def settle(api):
    """All jobs, once none waits or runs any more."""
    for name in ("load", "insert"):
        api.call("POST", f"/schedules/{name}/pause")
    deadline = time.monotonic() + PATIENCE
    while True:
        jobs = api.jobs()
        left = [job for job in jobs if job["state"] in ("queued", "running")]
        if not left:
            return jobs
        assert time.monotonic() < deadline, left
        time.sleep(0.2)


def check_schedule(api, name, jobs):
    """Its history and its jobs tell the same, and no run was started twice."""
    by_id = {job["id"]: job for job in jobs}
    deadline = time.monotonic() + PATIENCE
    while api.call("GET", f"/schedules/{name}")["current_job_id"] is not None:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    runs = [run for run in api.call("GET", f"/schedules/{name}/history")["runs"] if run["job_id"]]
    assert len(runs) >= 3
    assert len({run["due_at"] for run in runs}) == len({run["job_id"] for run in runs}) == len(runs)
    for run in runs:
        assert run["outcome"] == by_id[run["job_id"]]["state"]


def test_every_job_and_every_table_tell_the_same(serve, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("id,name\n" + "".join(f"{i},n{i}\n" for i in range(ROWS)))
    server = serve()
    tables = set_up(Api(server), path)
    for life in range(LIVES):
        api = Api(server)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            # The loads go on over the kill.
            living = pool.submit(live, api, path, SECONDS / LIVES + (5 if life < LIVES - 1 else 0))
            if life < LIVES - 1:
                time.sleep(SECONDS / LIVES)
                server.process.kill()
                server.process.wait()
            living.result()
        if life < LIVES - 1:
            server = serve()
    jobs = settle(api)

    states = collections.Counter(job["state"] for job in jobs)
    assert states["succeeded"] >= 20, states
    reported, doubtful = collections.Counter(), 0
    for job in jobs:
        if job["kind"] == "load":
            # Whatever the server died over was done again or had been done: nothing else fails here.
            assert job["state"] == "succeeded", job
            assert job["result"]["rows_loaded"] == ROWS
            reported[job["result"]["table"]] += ROWS
        elif "INSERT" in job["request"]["statements"]:
            if job["state"] == "succeeded":
                reported["day.inserted"] += job["result"]["rows_changed"]
            else:
                assert job["state"] == "failed" and UNKNOWN in job["error"]["message"], job
                doubtful += 2
    counted = {table: api.count(table) for table in tables}
    inserted = counted.pop("day.inserted")
    assert reported["day.inserted"] <= inserted <= reported["day.inserted"] + doubtful
    assert {table: reported[table] for table in counted} == counted
    for name in ("load", "insert"):
        check_schedule(api, name, jobs)
