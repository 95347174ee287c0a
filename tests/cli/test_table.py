"""tarn table and tarn doctor."""
import json
import os
import socket

import pytest


@pytest.fixture
def loaded(tarn, tmp_path):
    for day, mode in ((1, ["--partition-by", "day"]), (2, ["--mode", "append"])):
        (tmp_path / "t.csv").write_text("id,day\n" + "".join(f"{i},2024-01-0{day}\n" for i in range(10)))
        tarn.ok("load", tmp_path / "t.csv", "--into", "w.t", *mode)
    return tarn


def test_list(loaded):
    text = loaded.ok("table", "list")
    assert "w" in text and "20" in text
    (table,) = loaded.json("table", "list")
    assert (table["namespace"], table["name"], table["type"], table["rows"]) == ("w", "t", "table", 20)
    assert table["bytes"] > 0
    assert loaded.json("table", "list", "w")[0]["name"] == "t"
    assert "nowhere" in loaded.fails("table", "list", "nowhere")


def test_show(loaded):
    shown = loaded.json("table", "show", "w.t")
    assert shown["row_count"] == 20 and shown["format_version"] == 2 and shown["snapshots"] == 2
    assert [(c["name"], c["type"], c["id"]) for c in shown["schema"]] == [("id", "long", 1), ("day", "date", 2)]
    assert shown["partition_spec"] == [{"name": "day", "transform": "identity", "source": "day", "field_id": 1000}]
    assert os.path.exists(shown["metadata_location"].removeprefix("file://"))
    text = loaded.ok("table", "show", "w.t")
    assert "Iceberg v2" in text and "Partitions" in text
    assert loaded.json("table", "show", "iceberg.w.t")["name"] == "w.t"
    assert "w.none" in loaded.fails("table", "show", "w.none")


def test_snapshots_history_files_plan(loaded):
    first, second = loaded.json("table", "snapshots", "w.t")
    assert second["parent_id"] == first["snapshot_id"] and second["refs"] == "main"
    assert [h["snapshot_id"] for h in loaded.json("table", "history", "w.t")] == [first["snapshot_id"], second["snapshot_id"]]
    assert all(h["is_current_ancestor"] for h in loaded.json("table", "history", "w.t"))
    assert len(loaded.json("table", "files", "w.t")) == 2
    assert len(loaded.json("table", "files", "w.t", "--snapshot", first["snapshot_id"])) == 1
    assert "12345" in loaded.fails("table", "files", "w.t", "--snapshot", "12345")
    plan = loaded.json("table", "plan", "w.t")
    assert plan["files"] == 2 and plan["manifests"] == 2 and plan["deletes"] == 0
    pruned = loaded.json("table", "plan", "w.t", "--where", "day = DATE '2024-01-01' AND id < 5")
    assert pruned["files"] == 1 and pruned["manifests_skipped"] == 1
    assert loaded.json("table", "plan", "w.t", "--where", "id > 1000")["files"] == 0
    assert "--where" in loaded.fails("table", "plan", "w.t", "--where", "day ===")
    assert "colour" in loaded.fails("table", "plan", "w.t", "--where", "colour = 'red'")
    for report in ("snapshots", "history", "files", "plan", "orphans"):
        assert loaded.ok("table", report, "w.t").count("\n") >= 1


def test_orphans(loaded):
    assert loaded.json("table", "orphans", "w.t") == {"files": [], "count": 0, "bytes": 0}
    stray = loaded.data_files()[0].parent / "stray.parquet"
    stray.write_bytes(b"PAR1")
    found = loaded.json("table", "orphans", "w.t")
    assert [os.path.basename(f["path"]) for f in found["files"]] == ["stray.parquet"]
    assert loaded.json("table", "orphans", "w.t", "--older-than", "1h")["count"] == 0
    assert stray.exists(), "listed, never deleted"


def test_drop(loaded):
    files = loaded.data_files()
    assert "files stay" in loaded.ok("table", "drop", "w.t")
    assert loaded.tables() == [] and loaded.data_files() == files
    assert "w.t" in loaded.fails("table", "drop", "w.t")


def test_damaged_metadata_is_named_and_the_rest_still_works(loaded, tmp_path):
    loaded.ok("load", tmp_path / "t.csv", "--into", "w.good")
    metadata = loaded.json("table", "show", "w.t")["metadata_location"].removeprefix("file://")
    whole = open(metadata).read()
    for damage in (whole[:100], "", "[]", "{\"format-version\": 99}", whole.replace('"schemas"', '"chemas"')):
        with open(metadata, "w") as out:
            out.write(damage)
        message = loaded.fails("table", "show", "w.t")
        assert os.path.basename(metadata) in message or "w.t" in message
        loaded.fails("sql", "-e", "SELECT * FROM w.t")
        loaded.fails("load", tmp_path / "t.csv", "--into", "w.t", "--mode", "append")
        assert loaded.value("SELECT count(*) FROM w.good") == 10
        listed = {t["name"]: t for t in loaded.json("table", "list")}
        assert "error" in listed["t"] and listed["good"]["rows"] == 10
    os.remove(metadata)
    loaded.fails("table", "show", "w.t")
    with open(metadata, "w") as out:
        out.write(whole)
    assert loaded.value("SELECT count(*) FROM w.t") == 20


def test_damaged_manifests_are_named(loaded):
    snapshot = loaded.json("table", "snapshots", "w.t")[-1]
    path = snapshot["manifest_list"].removeprefix("file://")
    whole = open(path, "rb").read()
    for damage in (whole[: len(whole) // 2], b"", b"Obj\x01garbage"):
        with open(path, "wb") as out:
            out.write(damage)
        assert os.path.basename(path) in loaded.fails("table", "files", "w.t")
        loaded.fails("sql", "-e", "SELECT count(id) FROM w.t")


def test_a_damaged_catalog_is_named(loaded):
    (loaded.home / "catalog.db").write_bytes(b"this is no database, but long enough to be taken for one" * 100)
    assert "catalog.db" in loaded.fails("table", "list")


def test_doctor(tarn):
    answer = tarn.json("doctor")
    checks = {c["check"]: c for c in answer["checks"]}
    assert {"libraries", "home", "configuration", "catalog", "disk space", "memory", "open files", "port 8080"} <= checks.keys()
    assert all(c["status"] == "ok" or c["fix"] for c in answer["checks"])
    assert checks["libraries"]["status"] == "ok"
    assert not tarn.home.exists(), "doctor changes nothing"
    assert "libraries" in tarn.ok("doctor")


def test_doctor_sees_a_taken_port(tarn):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 8080))
        except OSError:
            pytest.skip("port 8080 is taken by another program")
        taken.listen()
        check = next(c for c in tarn.json("doctor")["checks"] if c["check"] == "port 8080")
        assert check["status"] == "warning" and check["fix"]


def test_doctor_fails_on_a_broken_home(loaded):
    (loaded.home / "catalog.db").write_bytes(b"no database" * 1000)
    (loaded.home / "tarn.yaml").write_text("nonsense: 1\n")
    done = loaded.run("doctor", "--json")
    assert done.returncode == 1
    failed = {c["check"] for c in json.loads(done.stdout)["checks"] if c["status"] == "failed"}
    assert "configuration" in failed
    (loaded.home / "tarn.yaml").write_text("")
    done = loaded.run("doctor", "--json")
    failed = {c["check"] for c in json.loads(done.stdout)["checks"] if c["status"] == "failed"}
    assert done.returncode == 1 and failed == {"catalog"}


def test_doctor_says_when_the_object_store_does_not_answer(loaded):
    env = {"TARN_S3_ENDPOINT": "http://127.0.0.1:1", "TARN_S3_ACCESS_KEY_ID": "a", "TARN_S3_SECRET_ACCESS_KEY": "b",
           "TARN_S3_REGION": "us-east-1"}
    done = loaded.run("doctor", "--json", env=env, timeout=120)
    check = next(c for c in json.loads(done.stdout)["checks"] if c["check"] == "object store")
    assert check["status"] == "failed" and check["fix"] and done.returncode == 1
