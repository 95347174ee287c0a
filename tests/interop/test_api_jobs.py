"""Jobs tell what the call that waits would have answered; retries bring their secrets; results of SQL are JSON."""
import decimal
import json

import pytest

from test_data_api import Api, csv_file, load_of


@pytest.fixture
def api(server):
    return Api(server)


def alike(job, waited):
    """The job's result has the members of the answer, and the same values where these do not tell the two runs apart."""
    result = job["result"]
    assert set(result) == set(waited)
    own = {"job_id", "snapshot_id", "duration_seconds", "migration_id", "table", "destination", "started_at", "ended_at", "bytes_written",
           "bytes", "checksum", "source_checksum", "destination_checksum", "message"}
    assert {k: v for k, v in result.items() if k not in own} == {k: v for k, v in waited.items() if k not in own}
    assert result["job_id"] == job["id"] and result["status"] == "success"


def test_a_jobs_result_is_the_answer_of_the_call_that_waits(api, tmp_path):
    path = csv_file(tmp_path, 100)
    waited = api.post("/load/file", load_of(path, "a")).json
    alike(api.until(api.start("/load/file", load_of(path, "b"))), waited)
    assert {"message", "rows_loaded", "columns"} <= set(waited)
    move = {"sourceNamespace": "sales", "sourceTable": "a", "destNamespace": "copy", "validate": True}
    waited = api.post("/migrate", {**move, "destTable": "x"}).json
    assert waited["checksum_match"] is True, waited
    alike(api.until(api.start("/migrate", {**move, "destTable": "y"})), waited)
    waited = api.post("/sql", {"statements": "SELECT count(*) AS n FROM sales.a"}).json
    alike(api.until(api.start("/sql", {"statements": "SELECT count(*) AS n FROM sales.a"})), waited)
    listed = {job["id"]: job for job in api.get("/jobs").json["jobs"]}
    for job in listed.values():
        assert job["result"] == api.get(f"/jobs/{job['id']}").json["result"] and job["call"].startswith("/")


def test_a_retry_brings_its_secrets_again(api, server, postgres):
    order = {"host": "127.0.0.1", "port": postgres.port, "database": "none_yet", "user": "postgres", "password": "first-secret",
             "query": "SELECT 1 AS id", "table_name": "t", "namespace": "a"}
    job = api.until(api.start("/load/postgres", order))
    assert job["state"] == "failed" and job["secrets"] == ["password"]
    path = f"/jobs/{job['id']}/retry"
    for body in (None, {}, {"secret_key": "x"}, {"password": "x", "secret_key": "y"}):
        refused = api.post(path, body)
        assert (refused.status, refused.json["code"]) == (400, "INVALID_ARGUMENT") and "password" in refused.json["message"]
    postgres.sql("postgres", "CREATE DATABASE none_yet")
    again = api.post(path, {"password": "other-secret"})
    assert again.status == 202 and again.json["retry_of"] == job["id"], again.text
    ended = api.until(again.json["id"])
    assert ended["state"] == "succeeded" and ended["result"]["rows_loaded"] == 1, ended
    everything = api.get("/jobs").text + server.log()
    assert "first-secret" not in everything and "other-secret" not in everything
    plain = api.until(api.start("/sql", {"statements": "SELECT 1"}))
    refused = api.post(f"/jobs/{plain['id']}/retry", {"password": "x"})
    assert refused.status == 400 and "no passwords" in refused.json["message"]


VALUES = """SELECT true AS b, 42 AS i, 9007199254740993 AS l, CAST(0.1 AS REAL) AS r, 0.1e0 AS d, nan() AS nan, -infinity() AS inf,
    DECIMAL '12345678901234567890.10' AS dec, 'tëxt "x"' AS s, DATE '2026-01-31' AS day, TIME '12:00:00.25' AS t,
    TIMESTAMP '2026-01-31 12:00:00.250' AS ts, TIMESTAMP '2026-01-31 12:00:00 Europe/Berlin' AS tz, X'00FF' AS bin,
    UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59' AS u, ARRAY[1, NULL, 3] AS list, ARRAY[ARRAY['a'], ARRAY[]] AS lists,
    CAST(ROW(1, 'x') AS ROW(a INTEGER, c VARCHAR)) AS s1, MAP(ARRAY['k', 'l'], ARRAY[1, NULL]) AS m,
    MAP(ARRAY[1], ARRAY[DECIMAL '1.50']) AS n, NULL AS nothing"""


def test_values_are_json(api):
    answer = api.post("/sql", {"statements": VALUES})
    assert answer.status == 200, answer.text
    one = answer.json["statements"][0]
    row = dict(zip((column["name"] for column in one["columns"]), one["rows"][0]))
    assert row == {
        "b": True, "i": 42, "l": 9007199254740993, "r": 0.1, "d": 0.1, "nan": "NaN", "inf": "-Infinity", "dec": "12345678901234567890.10",
        "s": 'tëxt "x"', "day": "2026-01-31", "t": row["t"], "ts": "2026-01-31T12:00:00.25", "tz": row["tz"], "bin": "AP8=",
        "u": "12151fd2-7586-11e9-8f9e-2a86e4085a59", "list": [1, None, 3], "lists": [["a"], []], "s1": {"a": 1, "c": "x"},
        "m": {"k": 1, "l": None}, "n": [{"key": 1, "value": "1.50"}], "nothing": None}
    assert row["t"].startswith("12:00:00.25") and row["tz"].startswith("2026-01-31T11:00:00") and row["tz"].endswith(("Z", "+00:00"))
    assert decimal.Decimal(row["dec"]) == decimal.Decimal("12345678901234567890.10")
    assert "9007199254740993" in json.dumps(answer.json["statements"])


def test_the_limit_of_rows_is_said(api):
    answer = api.post("/sql", {"statements": "SELECT * FROM UNNEST(sequence(1, 50)) t(i)", "rowsMax": 7}).json
    one = answer["statements"][0]
    assert answer["rows_max"] == 7 and one["truncated"] is True and one["rows"] == [[i] for i in range(1, 8)]
    whole = api.post("/sql", {"statements": "SELECT * FROM UNNEST(sequence(1, 50)) t(i)"}).json["statements"][0]
    assert whole["truncated"] is False and len(whole["rows"]) == 50
    large = api.post("/sql", {"statements": "SELECT rpad('x', 10000, 'ä') FROM UNNEST(sequence(1, 1000))", "rows_max": 1000}).json
    assert large["statements"][0]["truncated"] is True and 1 < len(large["statements"][0]["rows"]) < 1000
    assert large["truncated"] is True and large["statements"][0]["truncated_by"] == "bytes"
    assert one["truncated_by"] == "rows_max" and "application/x-ndjson" in one["note"] and "first 7 rows" in one["note"]
    many = api.post("/sql", {"statements": "SELECT * FROM UNNEST(sequence(1, 9999)) t(i)", "maxRows": 10000}).json
    assert len(many["statements"][0]["rows"]) == 9999 and many["truncated"] is False and many["rows_max"] == 10000
    beyond = api.post("/sql", {"statements": "SELECT 1", "rows_max": 10001})
    assert beyond.status == 400 and "0 to 10000" in beyond.json["message"]
