"""Dropped tables: for as long as catalog.undrop_retention says they come back, then they go."""

import time
import urllib.request

import pytest

KEPT = {"TARN_CATALOG_UNDROP_RETENTION": "1s"}
FOR_GOOD = {"TARN_CATALOG_UNDROP_RETENTION": "0s"}


@pytest.fixture
def loaded(tarn):
    tarn.ok("sql", "-e", "CREATE SCHEMA w; CREATE TABLE w.t AS SELECT id FROM UNNEST(sequence(0, 9)) s(id)")
    return tarn


def count(tarn, name="w.t"):
    return tarn.value(f"SELECT count(*) FROM {name}")


def test_drop_and_undrop(loaded):
    said = loaded.ok("table", "drop", "w.t")
    assert "tarn table undrop w.t" in said and "its files stay in" in said
    dropped, = loaded.json("table", "dropped")
    assert dropped["table"] == "w.t" and not dropped["purge"]
    assert loaded.json("table", "dropped", "other") == []
    assert "Brought back table w.t" in loaded.ok("table", "undrop", "w.t")
    assert count(loaded) == 10 and loaded.json("table", "dropped") == []
    assert "tarn table dropped" in loaded.fails("table", "undrop", "w.t")


def test_the_newest_of_a_name_comes_first_and_each_has_an_id(loaded):
    loaded.ok("table", "drop", "w.t")
    loaded.ok("sql", "-e", "CREATE TABLE w.t AS SELECT id FROM UNNEST(sequence(0, 2)) s(id)")
    loaded.ok("sql", "-e", "DROP TABLE w.t")
    first, second = loaded.json("table", "dropped")
    assert first["dropped_at"] >= second["dropped_at"]
    loaded.ok("table", "undrop", "w.t")
    assert count(loaded) == 3
    assert "already exists" in loaded.fails("table", "undrop", second["id"])
    assert loaded.json("table", "undrop", second["id"], "--as", "w.old")["table"] == "w.old"
    assert count(loaded, "w.old") == 10
    assert "w.old" in loaded.tables()


def test_a_purge_waits_until_the_time_is_over(loaded):
    files = loaded.data_files()
    assert "then its files go" in loaded.ok("table", "drop", "w.t", "--purge", env=KEPT)
    assert loaded.json("table", "dropped", env=KEPT)[0]["purge"] and loaded.data_files() == files
    while loaded.json("table", "dropped", env=KEPT):
        pass
    preview = loaded.json("maintain", "dropped", "--dry-run")
    assert preview["tables"][0]["deleted_files_count"] > 1 and loaded.data_files() == files
    done, = loaded.json("maintain", "dropped")["tables"]
    assert done["forgotten"] and done["deleted_files_count"] == preview["tables"][0]["deleted_files_count"]
    assert loaded.data_files() == []
    assert "No dropped table" in loaded.ok("maintain", "dropped")


def test_now_is_for_good(loaded):
    files = loaded.data_files()
    loaded.ok("table", "drop", "w.t", "--now")
    assert loaded.json("table", "dropped") == [] and loaded.data_files() == files
    loaded.ok("sql", "-e", "CREATE TABLE w.u AS SELECT id FROM UNNEST(sequence(0, 9)) s(id)")
    assert loaded.json("table", "drop", "w.u", "--purge", "--now")["deleted_files_count"] > 1
    assert loaded.data_files() == files and loaded.json("table", "dropped") == []


def test_retention_can_be_off(loaded):
    said = loaded.ok("table", "drop", "w.t", env=FOR_GOOD)
    assert "undrop" not in said and loaded.json("table", "dropped") == []
    loaded.ok("sql", "-e", "CREATE TABLE w.u AS SELECT id FROM UNNEST(sequence(0, 9)) s(id)")
    assert loaded.json("table", "drop", "w.u", "--purge", env=FOR_GOOD)["undrop_until"] is None


def test_views_are_dropped_for_good(loaded):
    loaded.ok("sql", "-e", "CREATE VIEW w.v AS SELECT 1 AS one")
    assert loaded.json("table", "drop", "w.v")["type"] == "view"
    assert loaded.json("table", "dropped") == []


def test_the_store_may_be_postgresql(tarn, postgres):
    uri = postgres.new_database()
    env = {"TARN_CATALOG_URI": uri.replace("postgres@", "postgres:hunter2@")}
    tarn.ok("sql", "-e", "CREATE SCHEMA w; CREATE TABLE w.t AS SELECT id FROM UNNEST(sequence(0, 9)) s(id)", env=env)
    assert not (tarn.home / "catalog.db").exists()
    tarn.ok("table", "drop", "w.t", env=env)
    tarn.ok("table", "undrop", "w.t", env=env)
    assert postgres.sql(uri.rpartition("/")[2], "SELECT table_namespace, table_name FROM iceberg_tables") == ["w|t"]
    doctor = tarn.run("doctor", env=env)
    assert "1 namespace in postgresql://127.0.0.1" in doctor.stdout and "hunter2" not in doctor.stdout + doctor.stderr
    wrong = tarn.fails("table", "list", env={"TARN_CATALOG_URI": "postgresql://u:hunter2@127.0.0.1:1/none"})
    assert "hunter2" not in wrong and "127.0.0.1:1/none" in wrong


def test_a_server_purges_by_itself(loaded, serve):
    files = loaded.data_files()
    loaded.ok("sql", "-e", "CREATE TABLE w.stays AS SELECT id FROM UNNEST(sequence(0, 4)) s(id)")
    server = serve(env={**KEPT, "TARN_CATALOG_PURGE_INTERVAL": "200ms"})
    url = f"{server.catalog_uri}/v1/namespaces/w/tables/t?purgeRequested=true"
    urllib.request.urlopen(urllib.request.Request(url, method="DELETE")).close()
    assert loaded.json("table", "dropped", env=KEPT)[0]["purge"] and set(files) <= set(loaded.data_files())
    deadline = time.monotonic() + 30
    while set(files) & set(loaded.data_files()):
        assert time.monotonic() < deadline, server.log()
        time.sleep(0.1)
    assert count(loaded, "w.stays") == 5
    while "can no longer be brought back" not in server.log():
        assert time.monotonic() < deadline, server.log()
        time.sleep(0.1)
