"""kill -9 while a job of SQL runs: the next server finds out which statements were committed, and does those that are left once."""
import json
import pathlib
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "interop"))
from test_data_api import Api  # noqa: E402

POINTS = 6
# Each statement adds rows that say which one it was; a second time would show.
STEPS = 6
STATEMENTS = ";".join(
    ["USE iceberg.work"] +
    [f"INSERT INTO log SELECT {step} AS step, count(*) AS n FROM range(400000) a, range({40 + step}) b WHERE a.range % 7 = b.range % 5"
     for step in range(STEPS)] +
    ["SELECT count(*) FROM log"])


def kill(server):
    server.process.kill()
    server.process.wait()


def prepare(tarn):
    tarn.ok("sql", "-e", "CREATE SCHEMA work; CREATE TABLE work.log (step BIGINT, n BIGINT)")


def test_no_statement_is_lost_or_done_twice(serve, tarn):
    prepare(tarn)
    order = {"statements": STATEMENTS, "dialect": "duckdb"}
    server = serve()
    began = time.monotonic()
    assert Api(server).post("/sql", order).status == 200
    seconds = time.monotonic() - began
    tarn_rows = lambda: [row["n"] for row in tarn.sql("SELECT count(*) AS n FROM work.log GROUP BY step ORDER BY step")]  # noqa: E731
    assert tarn_rows() == [1] * STEPS
    gone_on = 0
    for point in range(POINTS):
        api = Api(server)
        job = api.start("/sql", order)
        api.until(job, "running")
        time.sleep(seconds * (point + 0.5) / POINTS)
        kill(server)
        server = serve()
        ended = Api(server).until(job, seconds=120)
        assert ended["state"] == "succeeded", ended
        assert tarn_rows() == [2 + point] * STEPS, f"point {point}: a statement was lost or done twice"
        assert len(ended["result"]["statements"]) == STEPS + 2
        gone_on += any(one.get("done_before") for one in ended["result"]["statements"])
    assert gone_on >= 2, "no job was killed between its statements"
    summaries = tarn.sql("SELECT summary FROM work.\"log$snapshots\"")
    assert sum("tarn.job-id" in json.dumps(row) and "tarn.job-statement" in json.dumps(row) for row in summaries) == STEPS * (POINTS + 1)


def test_a_transaction_is_done_as_one(serve, tarn):
    prepare(tarn)
    slow = "SELECT {0}, count(*) FROM range(3000000) a, range(60) b WHERE a.range % 7 = b.range % 5"
    order = {"statements": f"USE iceberg.work; BEGIN; INSERT INTO log VALUES (1, 1); INSERT INTO log {slow.format(2)}; COMMIT",
             "dialect": "duckdb"}
    server = serve()
    job = Api(server).start("/sql", order)
    Api(server).until(job, "running")
    time.sleep(0.3)
    kill(server)
    ended = Api(serve()).until(job, seconds=120)
    assert ended["state"] == "succeeded", ended
    assert [row["step"] for row in tarn.sql("SELECT step FROM work.log ORDER BY 1")] == [1, 2]


def test_a_new_table_is_made_once(serve, tarn):
    prepare(tarn)
    order = {"statements": "CREATE TABLE iceberg.work.made AS SELECT a.range AS id FROM range(3000000) a;"
                           "SELECT count(*) FROM range(100000000) a, range(20) b WHERE a.range % 7 = b.range", "dialect": "duckdb"}
    server = serve()
    api = Api(server)
    job = api.start("/sql", order)
    while "statement 2" not in api.get(f"/jobs/{job}").json["step"]:
        time.sleep(0.02)
    kill(server)
    ended = Api(serve()).until(job, seconds=120)
    assert ended["state"] == "succeeded" and ended["result"]["statements"][0]["done_before"] is True, ended
    assert tarn.value("SELECT count(*) FROM work.made") == 3_000_000


def test_a_server_that_stops_does_not_do_statements_twice(serve, tarn):
    prepare(tarn)
    order = {"statements": "INSERT INTO iceberg.work.log VALUES (1, 1);"
                           "SELECT count(*) FROM range(400000000) a, range(20) b WHERE a.range % 7 = b.range;"
                           "INSERT INTO iceberg.work.log VALUES (2, 2)", "dialect": "duckdb"}
    server = serve(settings={"serve.shutdown_grace": "1s"})
    api = Api(server)
    job = api.start("/sql", order)
    while "statement 2" not in api.get(f"/jobs/{job}").json["step"]:
        time.sleep(0.02)
    assert server.stop() == 0
    ended = Api(serve()).until(job, seconds=120)
    assert ended["state"] == "succeeded" and ended["attempts"] == 1, ended
    assert [row["step"] for row in tarn.sql("SELECT step FROM work.log ORDER BY 1")] == [1, 2]


@pytest.mark.parametrize("statement", ["COPY ({0}) TO '{1}/x.csv'"])
def test_what_leaves_no_trace_is_not_done_again(serve, tarn, tmp_path, statement):
    prepare(tarn)
    endless = "SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a.range + b.range = 7"
    order = {"statements": "INSERT INTO iceberg.work.log VALUES (1, 1);" + statement.format(endless, tmp_path), "dialect": "duckdb"}
    server = serve()
    api = Api(server)
    job = api.start("/sql", order)
    while "statement 2" not in api.get(f"/jobs/{job}").json["step"]:
        time.sleep(0.02)
    kill(server)
    ended = Api(serve()).until(job, seconds=60)
    assert ended["state"] == "failed" and ended["error"]["code"] == "UNAVAILABLE", ended
    assert "statement 2 of 2" in ended["error"]["message"]
    assert tarn.value("SELECT count(*) FROM work.log") == 1
