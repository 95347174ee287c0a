"""Schedules, stored connections and loads of what is new, against servers that run."""
import concurrent.futures
import json
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
PATIENCE = 30
PASSWORD = "tr0ub4dor-and-3"


class Api:
    def __init__(self, server, token=None):
        self.uri = f"{server.uri}/api/v1"
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def call(self, method, path, body=None):
        """Status and answer."""
        data = None if body is None else json.dumps(body).encode()
        headers = {**self.headers, **({"Content-Type": "application/json"} if data else {})}
        request = urllib.request.Request(self.uri + path, data=data, method=method, headers=headers)
        try:
            with OPENER.open(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read() or "{}")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or "{}")

    def ok(self, method, path, body=None):
        status, answer = self.call(method, path, body)
        assert status in (200, 201, 202), answer
        return answer

    def fails(self, status, method, path, body=None):
        """The message."""
        got, answer = self.call(method, path, body)
        assert got == status, answer
        assert answer["status"] == "error"
        return answer["message"]

    def sql(self, statements, **options):
        return self.ok("POST", "/sql", {"statements": statements, **options})

    def rows(self, table):
        return self.sql(f"SELECT count(*) FROM {table}")["statements"][0]["rows"][0][0]

    def history(self, name):
        return self.ok("GET", f"/schedules/{name}/history")["runs"]

    def add(self, name, statements, **rules):
        return self.ok("POST", "/schedules", {"name": name, "call": "/sql", "request": {"statements": statements}, **rules})


@pytest.fixture
def api(server):
    return Api(server)


def until(what, patience=PATIENCE):
    """What `what` gives, as soon as it gives something."""
    deadline = time.monotonic() + patience
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.1)
    return found


def succeeded(runs):
    return [run for run in runs if run["outcome"] == "succeeded"]


def test_a_schedule_runs_and_tells_what_came_of_it(api):
    api.sql("CREATE SCHEMA iceberg.s; CREATE TABLE iceberg.s.ticks (at timestamp(6))")
    made = api.add("ticks", "INSERT INTO s.ticks SELECT localtimestamp(6)", every="1s")
    assert made["state"] == "active" and len(made["next_runs"]) == 5 and made["call"] == "/sql"
    until(lambda: len(succeeded(api.history("ticks"))) >= 3)
    assert api.ok("POST", "/schedules/ticks/pause")["state"] == "paused"
    until(lambda: api.ok("GET", "/schedules/ticks")["current_job_id"] is None)
    runs = api.history("ticks")
    assert api.rows("s.ticks") == len(succeeded(runs))
    assert len({run["due_at"] for run in runs}) == len(runs)
    job = api.ok("GET", f"/jobs/{succeeded(runs)[0]['job_id']}")
    assert job["kind"] == "sql" and job["result"]["rows_changed"] == 1
    # By hand, also while it is paused.
    job_id = api.ok("POST", "/schedules/ticks/run")["job_id"]
    until(lambda: api.ok("GET", f"/jobs/{job_id}")["state"] == "succeeded")
    assert api.rows("s.ticks") == len(succeeded(runs)) + 1
    assert api.history("ticks")[0]["by_hand"]
    assert api.ok("POST", "/schedules/ticks/resume")["state"] == "active"
    assert api.ok("DELETE", "/schedules/ticks")["removed"]
    assert api.ok("GET", "/schedules")["schedules"] == []


def test_both_dialects_and_what_is_refused(api):
    request = {"statements": "SELECT 1"}
    made = api.ok("POST", "/schedules", {"name": "a", "cron": "30 2 * * mon-fri", "timeZone": "Europe/Berlin", "call": "sql",
                                         "request": request, "catchUp": "all", "catchUpMax": 3, "jitterSeconds": 5,
                                         "pauseAfterFailures": 2, "start": "2030-01-01T00:00:00+01:00"})
    assert made["catch_up"] == "all" and made["catch_up_max"] == 3 and made["jitter_seconds"] == 5
    assert made["start"] == "2029-12-31T23:00:00.000Z" and made["next_runs"][0] == "2030-01-01T01:30:00.000Z"
    changed = api.ok("PUT", "/schedules/a", {"cron": "@daily", "start": None, "overlap": "queue"})
    assert changed["cron"] == "@daily" and changed["start"] is None and changed["overlap"] == "queue"
    assert changed["catch_up"] == "all" and changed["request"]["statements"] == "SELECT 1"
    preview = api.ok("POST", "/schedules/preview", {"cron": "0 12 29 2 *", "count": 2})
    assert len(preview["next_runs"]) == 2 and all("-02-29T12:00" in at for at in preview["next_runs"])

    def refused(status=400, **body):
        return api.fails(status, "POST", "/schedules", {"name": "b", "every": "1h", "call": "/sql", "request": request, **body})

    assert "already" in refused(409, name="a")
    assert "letters" in refused(name="no spaces")
    assert "5 fields" in refused(every=None, cron="* *")
    assert "either" in refused(cron="@daily")
    assert "no such time zone" in refused(time_zone="Mars/Olympus")
    assert "one of" in refused(call="/nowhere")
    assert "statements holds" in refused(request={"statements": " "})
    assert "skip, queue, cancel" in refused(overlap="maybe")
    assert "/connections" in refused(call="/load/postgres", request={
        "host": "db", "database": "d", "user": "u", "password": PASSWORD, "query": "SELECT 1", "table": "s.t"})
    assert "no such schedule" in api.fails(404, "GET", "/schedules/b")


def test_failures_pause_it_if_asked(api):
    api.add("broken", "SELECT * FROM s.nowhere", every="1s", pause_after_failures=2)
    paused = until(lambda: (found := api.ok("GET", "/schedules/broken"))["state"] == "paused" and found)
    assert paused["pause_reason"] == "2 failures one after the other"
    runs = [run for run in api.history("broken") if run["outcome"] == "failed"]
    assert len(runs) == 2 and "does not exist" in runs[0]["message"]


def test_two_servers_start_each_run_once(serve):
    one, two = Api(serve()), Api(serve())
    one.sql("CREATE SCHEMA iceberg.s; CREATE TABLE iceberg.s.t (i integer)")
    one.add("both", "INSERT INTO s.t VALUES (1)", every="1s", overlap="queue")
    until(lambda: len(succeeded(two.history("both"))) >= 6)
    two.ok("POST", "/schedules/both/pause")
    until(lambda: one.ok("GET", "/schedules/both")["current_job_id"] is None)
    runs = one.history("both")
    assert one.rows("s.t") == len(succeeded(runs)) == len({run["due_at"] for run in runs})


def test_maintenance_on_a_schedule(api):
    api.sql("CREATE SCHEMA iceberg.s; CREATE TABLE iceberg.s.t (i integer)")
    for i in range(6):
        api.sql(f"INSERT INTO s.t VALUES ({i})")
    api.ok("POST", "/schedules", {"name": "tidy", "cron": "@yearly", "call": "/maintain",
                                  "request": {"namespace": "s", "actions": ["compact", "expire"], "retainLast": 1}})
    job_id = api.ok("POST", "/schedules/tidy/run")["job_id"]
    job = until(lambda: (found := api.ok("GET", f"/jobs/{job_id}"))["state"] == "succeeded" and found)
    table = job["result"]["tables"][0]
    assert table["table"] == "s.t" and table["compact"]["rewritten_data_files_count"] == 6
    assert api.rows("s.t") == 6
    assert "no such action" in api.fails(400, "POST", "/maintain", {"table": "s.t", "actions": "shred"}).lower()
    assert "24h" in api.fails(400, "POST", "/maintain", {"table": "s.t", "actions": "orphans", "orphansOlderThan": "1h"})
    assert "s.none" in api.fails(404, "POST", "/maintain", {"table": "s.none", "action": "compact"})


def test_commands_on_a_home_and_on_a_server(tarn, server):
    for where in ([], ["--server", server.uri]):
        added = tarn.json("schedule", "add", "hello", "--cron", "@monthly", "--sql", "SELECT 42 AS answer", *where)
        assert added["name"] == "hello" and added["owner"] == "anonymous"
        job = tarn.json("schedule", "run", "hello", *where)
        assert job["state"] == "succeeded" and job["result"]["statements"][0]["rows"] == [[42]]
        assert [s["name"] for s in tarn.json("schedule", "list", *where)] == ["hello"]
        assert tarn.json("schedule", "pause", "hello", *where)["state"] == "paused"
        assert "hello" in tarn.ok("schedule", "show", "hello", *where)
        assert tarn.json("schedule", "resume", "hello", *where)["state"] == "active"
        history = tarn.json("schedule", "history", "hello", *where)
        assert len(history) == 1 and history[0]["by_hand"]
        assert "Removed" in tarn.ok("schedule", "remove", "hello", *where)
        assert "no such schedule" in tarn.fails("schedule", "show", "hello", *where).lower()
    assert "--sql" in tarn.fails("schedule", "add", "x", "--cron", "@daily", code=2)
    assert "must be 0 to 59" in tarn.fails("schedule", "add", "x", "--cron", "61 * * * *", "--sql", "SELECT 1")


@pytest.fixture
def shop(postgres):
    """A database with a password in front, and what connects to it."""
    uri = urllib.parse.urlsplit(postgres.new_database())
    name = uri.path[1:]
    postgres.sql(name, "CREATE TABLE events AS SELECT i AS id, 'e' || i AS what FROM generate_series(1, 100) i")
    members = {"type": "postgres", "host": uri.hostname, "port": uri.port, "database": name, "user": "postgres",
               "password": PASSWORD}
    return name, members


def test_a_stored_connection_is_used_and_not_shown(api, tarn, shop):
    name, members = shop
    made = api.ok("POST", "/connections", {"name": "shop", **members})
    assert made["secrets"] == ["password"] and made["settings"]["database"] == name
    tested = api.ok("POST", "/connections/shop/test")
    assert tested["reachable"] and "PostgreSQL" in tested["message"]
    loaded = api.ok("POST", "/load/postgres", {"connection": "shop", "source_table": "events", "table": "s.events"})
    assert loaded["rows_loaded"] == 100
    api.ok("POST", "/schedules", {"name": "events", "cron": "@daily", "call": "/load/postgres", "request": {
        "connection": "shop", "source_table": "events", "table": "s.events"}})
    job_id = api.ok("POST", "/schedules/events/run")["job_id"]
    until(lambda: api.ok("GET", f"/jobs/{job_id}")["state"] == "succeeded")
    assert api.rows("s.events") == 200
    shown = [api.ok("GET", "/connections"), api.ok("GET", "/connections/shop"), api.ok("GET", "/schedules"),
             api.ok("GET", "/jobs"), made, tested]
    assert PASSWORD not in json.dumps(shown)
    assert PASSWORD.encode() not in b"".join(
        path.read_bytes() for path in tarn.home.iterdir() if path.is_file())
    assert (tarn.home / "connections.key").stat().st_mode & 0o777 == 0o600
    api.ok("PUT", "/connections/shop", {**members, "port": 1})
    assert PASSWORD not in api.fails(503, "POST", "/connections/shop/test")
    assert "no member" in api.fails(400, "PUT", "/connections/shop", {**members, "pasword": PASSWORD})
    api.ok("DELETE", "/connections/shop")
    assert "shop" in api.fails(404, "POST", "/load/postgres", {"connection": "shop", "source_table": "e", "table": "s.e"})


def test_whose_they_are(serve, tarn, shop):
    _, members = shop
    secrets = {name: tarn.json("user", "add", name, *flags)["client_secret"]
               for name, flags in (("root", ["--admin"]), ("ada", []), ("bob", []))}
    server = serve("--auth", settings={"sql": {"users": "all", "server_access": "administrators"}})

    def sign_in(name):
        form = f"grant_type=client_credentials&client_id={name}&client_secret={secrets[name]}".encode()
        with OPENER.open(server.uri + "/catalog/v1/oauth/tokens", form) as answer:
            return Api(server, json.load(answer)["access_token"])

    root, ada, bob = (sign_in(name) for name in ("root", "ada", "bob"))
    assert ada.add("hers", "SELECT current_user", cron="@yearly")["owner"] == "ada"
    assert "no such schedule" in bob.fails(404, "GET", "/schedules/hers")
    assert "no such schedule" in bob.fails(404, "POST", "/schedules/hers/run")
    assert bob.ok("GET", "/schedules")["count"] == 0 and root.ok("GET", "/schedules")["count"] == 1
    # Whoever starts it: it is ada's, and done as her.
    job_id = root.ok("POST", "/schedules/hers/run")["job_id"]
    job = until(lambda: (found := ada.ok("GET", f"/jobs/{job_id}"))["state"] == "succeeded" and found)
    assert job["result"]["statements"][0]["rows"] == [["ada"]] and job["schedule"] == "hers"

    root.ok("POST", "/connections", {"name": "shop", "shared": True, **members})
    seen = bob.ok("GET", "/connections")["connections"]
    assert [c["name"] for c in seen] == ["shop"] and seen[0]["settings"] == {} and seen[0]["secrets"] == []
    for method, path in ("GET", ""), ("PUT", ""), ("DELETE", ""):
        bob.fails(404, method, f"/connections/shop{path}", {**members} if method == "PUT" else None)
    body = {"connection": "shop", "source_table": "events", "table": "s.events"}
    assert bob.ok("POST", "/load/postgres", body)["rows_loaded"] == 100
    # What bob stores himself reaches no private address, nor variables of the server.
    bob.ok("POST", "/connections", {"name": "mine", **members})
    assert "private address" in bob.fails(403, "POST", "/connections/mine/test")
    assert "private address" in bob.fails(403, "POST", "/load/postgres", {**body, "connection": "mine"})
    assert "${" in bob.fails(403, "POST", "/connections", {"name": "env", **members, "password": "${env:HOME}"})
    assert "reach the server" in bob.fails(403, "POST", "/connections", {
        "name": "s3", "type": "s3", "endpoint": "http://127.0.0.1:1", "access_key": "a", "secret_key": "b"})
    # Nothing is done for who may not sign in any more.
    tarn.ok("user", "disable", "ada")
    last = root.ok("POST", "/schedules/hers/run")["last_run"]
    assert last["outcome"] == "refused" and "ada" in last["message"]


def test_commands_of_connections(tarn, shop):
    _, members = shop
    given = [f"{key}={members[key]}" for key in ("host", "port", "database", "user")]
    secret = {"SHOP_PASSWORD": PASSWORD}
    tarn.ok("connection", "add", "shop", "postgres", *given, "--secret", "password=SHOP_PASSWORD", env=secret)
    assert "PostgreSQL" in tarn.ok("connection", "test", "shop")
    listed = tarn.json("connection", "list")
    assert listed[0]["name"] == "shop" and listed[0]["secrets"] == ["password"]
    assert PASSWORD not in tarn.ok("connection", "list")
    refused = tarn.fails("connection", "add", "b", "postgres", *given, f"password={PASSWORD}", code=2)
    assert "--secret" in refused and PASSWORD not in refused
    tarn.ok("connection", "remove", "shop")
    assert tarn.json("connection", "list") == []


def test_a_cursor_takes_only_what_is_new(api, postgres, shop):
    name, members = shop
    api.ok("POST", "/connections", {"name": "shop", **members})
    body = {"connection": "shop", "source_table": "events", "table": "s.events", "cursor": {"column": "id", "start": 11}}

    def load():
        return api.ok("POST", "/load/postgres", body)

    first = load()
    assert first["rows_loaded"] == 90 and first["cursor"] == {"column": "id", "after": None, "up_to": "100"}
    assert load()["rows_loaded"] == 0
    postgres.sql(name, "INSERT INTO events SELECT i, 'new' FROM generate_series(101, 130) i")
    second = load()
    assert second["rows_loaded"] == 30 and second["cursor"] == {"column": "id", "after": "100", "up_to": "130"}
    # Compacted, and all snapshots of loads expired: where it was is known all the same.
    api.ok("POST", "/maintain", {"table": "s.events", "actions": ["compact"], "rewriteAll": True})
    api.ok("POST", "/maintain", {"table": "s.events", "actions": ["expire"], "olderThan": "0s", "retainLast": 1})
    postgres.sql(name, "INSERT INTO events SELECT i, 'newer' FROM generate_series(131, 140) i")
    assert load()["rows_loaded"] == 10
    counts = api.sql("SELECT count(*), count(DISTINCT id), min(id), max(id) FROM s.events")["statements"][0]["rows"][0]
    assert counts == [130, 130, 11, 140]
    assert "mode is auto, append or upsert" in api.fails(400, "POST", "/load/postgres", {**body, "mode": "replace"})
    assert "nothing_like_it" in api.fails(400, "POST", "/load/postgres", {**body, "cursor": "nothing_like_it"})


def test_loads_of_the_same_at_once_take_it_once(api, postgres, shop):
    name, members = shop
    api.ok("POST", "/connections", {"name": "shop", **members})
    body = {"connection": "shop", "query": "SELECT id, what FROM events;", "table": "s.events", "cursor": "id"}
    for last in (100, 200):
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: api.ok("POST", "/load/postgres", body), range(4)))
        assert sum(answer["rows_loaded"] for answer in answers) == 100
        assert api.rows("s.events") == last
        postgres.sql(name, "INSERT INTO events SELECT i, 'new' FROM generate_series(101, 200) i")


def test_a_rollback_takes_the_cursor_back(api, postgres, shop):
    name, members = shop
    api.ok("POST", "/connections", {"name": "shop", **members})
    body = {"connection": "shop", "source_table": "events", "table": "s.events", "cursor": "id"}
    first = api.ok("POST", "/load/postgres", body)
    postgres.sql(name, "INSERT INTO events SELECT i, 'new' FROM generate_series(101, 150) i")
    assert api.ok("POST", "/load/postgres", body)["rows_loaded"] == 50
    api.sql(f"CALL iceberg.system.rollback_to_snapshot('s', 'events', {first['snapshot_id']})")
    assert api.rows("s.events") == 100
    assert api.ok("POST", "/load/postgres", body)["rows_loaded"] == 50
    assert api.rows("s.events") == 150


@pytest.mark.parametrize("source", [{"source_table": "moments"}, {"query": "SELECT id, at FROM moments"}])
def test_rows_of_an_equal_value_are_neither_lost_nor_doubled(api, postgres, shop, source):
    name, members = shop
    api.ok("POST", "/connections", {"name": "shop", **members})
    postgres.sql(name, "DROP TABLE IF EXISTS moments; CREATE TABLE moments (id int PRIMARY KEY, at timestamptz, what text); "
                       "GRANT SELECT ON moments TO PUBLIC; "
                       "INSERT INTO moments SELECT i, '2024-01-01'::date + i / 10, 'old' FROM generate_series(1, 100) i")
    body = {"connection": "shop", **source, "table": "s.moments", "cursor": "at"}

    def load():
        return api.ok("POST", "/load/postgres", body)["rows_loaded"]

    assert load() == 100 and load() == 0
    postgres.sql(name, "INSERT INTO moments VALUES (101, '2024-01-11', 'late'); UPDATE moments SET what = 'changed' WHERE id = 100")
    assert load() == 1 and load() == 0
    # Also when the snapshot is gone that knew which rows were taken.
    api.ok("POST", "/maintain", {"table": "s.moments", "actions": ["compact"], "rewriteAll": True})
    api.ok("POST", "/maintain", {"table": "s.moments", "actions": ["expire"], "olderThan": "0s", "retainLast": 1})
    postgres.sql(name, "INSERT INTO moments VALUES (102, '2024-01-11', 'late'), (103, '2024-01-12', 'new')")
    assert load() == 2 and load() == 0
    # One goes and one comes: it is taken with the next that has a greater value.
    postgres.sql(name, "DELETE FROM moments WHERE id = 103; INSERT INTO moments VALUES (104, '2024-01-12', 'late')")
    assert load() == 0
    postgres.sql(name, "INSERT INTO moments VALUES (105, '2024-01-13', 'new')")
    assert load() == 2
    assert api.sql("SELECT count(*), count(DISTINCT id) FROM s.moments")["statements"][0]["rows"][0] == [105, 105]


def test_too_many_rows_of_the_greatest_value_wait(api, postgres, shop):
    """More than can be known one by one: they are taken once there is a greater value."""
    name, members = shop
    api.ok("POST", "/connections", {"name": "shop", **members})
    postgres.sql(name, "DROP TABLE IF EXISTS days; CREATE TABLE days (id int, day date); GRANT SELECT ON days TO PUBLIC; "
                       "INSERT INTO days SELECT i, '2024-01-01'::date + i / 1000 FROM generate_series(0, 1999) i")
    body = {"connection": "shop", "source_table": "days", "table": "s.days", "cursor": "day"}
    first = api.ok("POST", "/load/postgres", body)
    assert first["rows_loaded"] == 1000 and first["cursor"]["held_back"] == 1000
    postgres.sql(name, "INSERT INTO days VALUES (2000, '2024-01-02')")
    second = api.ok("POST", "/load/postgres", body)
    assert second["rows_loaded"] == 0 and second["cursor"]["held_back"] == 1001
    postgres.sql(name, "INSERT INTO days VALUES (2001, '2024-01-03')")
    third = api.ok("POST", "/load/postgres", body)
    assert third["rows_loaded"] == 1002 and "held_back" not in third["cursor"]
    assert api.sql("SELECT count(*), count(DISTINCT id) FROM s.days")["statements"][0]["rows"][0] == [2002, 2002]
