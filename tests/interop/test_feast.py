"""Feast's own offline store for Trino on Tarn: features as of a time, kept data sets, and what goes online."""
import json
import os
import subprocess

import pytest
import trino

from conftest import DEPS, versions

EXPECTED = [[1001, "2026-11-19 12:00:00", 0.5, 3], [1001, "2026-11-20 12:00:00", 0.7, 5], [1002, "2026-11-20 12:00:00", 0.9, 7],
            [1003, "2026-11-20 12:00:00", None, None]]  # the one row of 1003 is older than two days


@pytest.fixture(scope="module")
def sql(programs, tmp_path_factory):
    tarn_class, server_class = programs
    server = server_class(tarn_class(tmp_path_factory.mktemp("feast") / "home"))

    def run(text):
        connection = trino.dbapi.connect(host="127.0.0.1", port=int(server.uri.rsplit(":", 1)[1]), user="tester", catalog="iceberg")
        return connection.cursor().execute(text).fetchall()

    run.port = server.uri.rsplit(":", 1)[1]
    run("CREATE SCHEMA features")
    run("CREATE TABLE features.driver_stats (driver_id bigint, conv_rate double, avg_daily_trips bigint, "
        "event_timestamp timestamp(6) with time zone, created timestamp(6) with time zone)")
    run("INSERT INTO features.driver_stats SELECT id, rate, trips, CAST(at AS timestamp(6) with time zone), CAST(made AS timestamp(6) with time zone) "
        "FROM (VALUES (1001, 0.5e0, 3, TIMESTAMP '2026-11-19 00:00:00 UTC', TIMESTAMP '2026-11-19 01:00:00 UTC'), "
        "(1001, 0.6e0, 4, TIMESTAMP '2026-11-20 00:00:00 UTC', TIMESTAMP '2026-11-20 01:00:00 UTC'), "
        "(1001, 0.7e0, 5, TIMESTAMP '2026-11-20 00:00:00 UTC', TIMESTAMP '2026-11-20 02:00:00 UTC'), "
        "(1001, 0.8e0, 6, TIMESTAMP '2026-11-21 00:00:00 UTC', TIMESTAMP '2026-11-21 01:00:00 UTC'), "
        "(1002, 0.9e0, 7, TIMESTAMP '2026-11-19 00:00:00 UTC', TIMESTAMP '2026-11-19 01:00:00 UTC'), "
        "(1003, 0.1e0, 8, TIMESTAMP '2026-11-18 00:00:00 UTC', TIMESTAMP '2026-11-18 01:00:00 UTC')) t(id, rate, trips, at, made)")
    run("CREATE TABLE features.asked AS SELECT id AS driver_id, CAST(at AS timestamp(6) with time zone) AS event_timestamp FROM (VALUES "
        "(1001, TIMESTAMP '2026-11-19 12:00:00 UTC'), (1001, TIMESTAMP '2026-11-20 12:00:00 UTC'), "
        "(1002, TIMESTAMP '2026-11-20 12:00:00 UTC'), (1003, TIMESTAMP '2026-11-20 12:00:00 UTC')) t(id, at)")
    yield run
    assert server.stop() == 0, server.log()


def test_feature_store(sql, tmp_path):
    version = versions()["TARN_PIP_FEAST"].split("==")[1]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "FEAST_USAGE": "False", "IS_TEST": "True"}
    done = subprocess.run([DEPS / f"feast-{version}" / "bin/python", "feast_features.py", "127.0.0.1", sql.port, tmp_path],
                          cwd=os.path.dirname(__file__), env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["frame"] == EXPECTED and found["query"] == EXPECTED and found["arrow"] == 4
    assert found["online"] == [[0.8, 0.1], [6, 8]]
    assert sql("SELECT count(*), count(conv_rate) FROM features.kept") == [[4, 3]]
    left = [name for (name,) in sql("SHOW TABLES FROM features")]
    assert sorted(left) == ["asked", "driver_stats", "kept"], "temporary tables were dropped"
