"""tarn maintain, and the commands of tarn table that change a table."""
import json
import os
import shutil

import pytest


@pytest.fixture
def small_files(tarn, tmp_path):
    """w.t: five loads of one day and one of another, one file each."""
    for part in range(6):
        day = 1 if part < 5 else 2
        rows = "".join(f"{part * 10 + i},2024-01-0{day}\n" for i in range(10))
        (tmp_path / "t.csv").write_text("id,day\n" + rows)
        mode = ["--partition-by", "day"] if part == 0 else ["--mode", "append"]
        tarn.ok("load", tmp_path / "t.csv", "--into", "w.t", *mode)
    return tarn


def count(tarn, table="w.t"):
    return tarn.value(f"SELECT count(*) FROM {table}"), tarn.value(f"SELECT sum(id) FROM {table}")


def test_compact(small_files):
    tarn = small_files
    rows = count(tarn)
    planned = tarn.json("maintain", "compact", "w.t", "--dry-run")
    assert planned["dry_run"] and planned["rewritten_data_files_count"] == 5 and planned["added_data_files_count"] == 1
    assert len(tarn.json("table", "files", "w.t")) == 6
    done = tarn.json("maintain", "compact", "w.t")
    assert (done["rewritten_data_files_count"], done["added_data_files_count"]) == (5, 1)
    assert done["rewritten_rows_count"] == 50 and len(done["snapshot_ids"]) == 1
    assert len(tarn.json("table", "files", "w.t")) == 2
    assert count(tarn) == rows
    assert "nothing to compact" in tarn.ok("maintain", "compact", "w.t")
    for strategy in (["sort", "--sort-by", "id DESC"], ["zorder", "--columns", "id,day"], ["hilbert", "--columns", "id"]):
        again = tarn.json("maintain", "compact", "w.t", "--rewrite-all", "--strategy", *strategy)
        assert again["rewritten_data_files_count"] == 2
        assert count(tarn) == rows
    where = tarn.json("maintain", "compact", "w.t", "--rewrite-all", "--where", "day = DATE '2024-01-02'")
    assert where["rewritten_data_files_count"] == 1


def test_wrong_options(small_files):
    tarn = small_files
    assert "--strategy" in tarn.fails("maintain", "compact", "w.t", "--strategy", "best", code=2)
    assert "sort order" in tarn.fails("maintain", "compact", "w.t", "--strategy", "sort")
    assert "colour" in tarn.fails("maintain", "compact", "w.t", "--strategy", "zorder", "--columns", "colour")
    assert "--target-size" in tarn.fails("maintain", "compact", "w.t", "--target-size", "big", code=2)
    assert "--where" in tarn.fails("maintain", "compact", "w.t", "--where", "day ===")
    assert "--older-than" in tarn.fails("maintain", "expire", "w.t", "--older-than", "soon", code=2)
    assert "--all" in tarn.fails("maintain", "expire", code=2)
    assert "--all" in tarn.fails("maintain", "expire", "w.t", "--all", code=2)
    assert "w.none" in tarn.fails("maintain", "expire", "w.none")


def test_expire(small_files):
    tarn = small_files
    rows = count(tarn)
    assert "nothing" in tarn.ok("maintain", "expire", "w.t")
    planned = tarn.json("maintain", "expire", "w.t", "--older-than", "0s", "--retain-last", "2", "--dry-run")
    assert len(planned["expired_snapshot_ids"]) == 4 and planned["deleted_manifest_lists_count"] == 4
    assert len(tarn.json("table", "snapshots", "w.t")) == 6
    done = tarn.json("maintain", "expire", "w.t", "--older-than", "0s", "--retain-last", "2")
    assert sorted(done["files"]) == sorted(planned["files"])
    assert len(tarn.json("table", "snapshots", "w.t")) == 2
    assert count(tarn) == rows
    kept = tarn.json("table", "snapshots", "w.t")
    assert "main" in tarn.fails("maintain", "expire", "w.t", "--snapshot", kept[1]["snapshot_id"])
    tarn.ok("maintain", "expire", "w.t", "--snapshot", kept[0]["snapshot_id"])
    assert [s["snapshot_id"] for s in tarn.json("table", "snapshots", "w.t")] == [kept[1]["snapshot_id"]]
    tarn.ok("maintain", "compact", "w.t")
    done = tarn.json("maintain", "expire", "w.t", "--older-than", "0s")
    assert done["deleted_data_files_count"] == 5
    assert len(tarn.data_files()) == 2 and count(tarn) == rows


def test_orphans(small_files):
    tarn = small_files
    rows = count(tarn)
    stray = tarn.data_files()[0].parent / "stray.parquet"
    stray.write_bytes(b"PAR1")
    assert tarn.json("maintain", "orphans", "w.t")["orphan_files_count"] == 0
    assert "24 hours" in tarn.fails("maintain", "orphans", "w.t", "--older-than", "0s")
    found = tarn.json("maintain", "orphans", "w.t", "--older-than", "0s", "--dry-run")
    assert [f["bytes"] for f in found["files"]] == [4] and stray.exists()
    assert "stray.parquet" in tarn.ok("maintain", "orphans", "w.t", "--older-than", "0s", "--yes")
    assert not stray.exists() and count(tarn) == rows


def test_manifests_and_statistics(small_files):
    tarn = small_files
    rows = count(tarn)
    done = tarn.json("maintain", "manifests", "w.t")
    assert (done["rewritten_manifests_count"], done["added_manifests_count"], done["entries_count"]) == (6, 1, 6)
    assert "no rewrite" in tarn.ok("maintain", "manifests", "w.t")
    stats = tarn.json("maintain", "stats", "w.t")
    assert stats["distinct_values"] == {"id": 60, "day": 2} and stats["rows_count"] == 60
    assert "id 60" in tarn.ok("maintain", "stats", "w.t", "--columns", "id")
    assert tarn.json("maintain", "partition-stats", "w.t")["partitions_count"] == 2
    assert "no rewrite" in tarn.ok("maintain", "deletes", "w.t")
    assert count(tarn) == rows


def test_all_of_all_tables(small_files, tmp_path):
    tarn = small_files
    rows = count(tarn)
    tarn.ok("load", tmp_path / "t.csv", "--into", "v.u")
    done = tarn.json("maintain", "all", "--all", "--older-than", "0s")
    assert [t["table"] for t in done] == ["v.u", "w.t"]
    assert [a["action"] for a in done[1]["actions"]] == [
        "compact", "deletes", "manifests", "stats", "partition-stats", "expire", "orphans"]
    assert count(tarn) == rows
    # Those of compaction and of the new manifests are younger than the command.
    assert len(tarn.json("table", "snapshots", "w.t")) == 2
    metadata = tarn.json("table", "show", "v.u")["metadata_location"].removeprefix("file://")
    with open(metadata, "w") as out:
        out.write("{}")
    run = tarn.run("maintain", "expire", "--all", "--json")
    assert run.returncode == 1 and "1 table of 2 failed" in run.stderr
    listed = {t["table"]: t for t in json.loads(run.stdout)}
    assert "error" in listed["v.u"] and listed["w.t"]["action"] == "expire"


def test_branches_and_tags(small_files):
    tarn = small_files
    ids = [s["snapshot_id"] for s in tarn.json("table", "snapshots", "w.t")]
    assert tarn.json("table", "tag", "w.t", "v1", "--snapshot", ids[0], "--max-ref-age", "30d")["refs"]["v1"] == ids[0]
    assert "v1" in tarn.fails("table", "tag", "w.t", "v1")
    assert str(ids[1]) in tarn.ok("table", "tag", "w.t", "v1", "--snapshot", ids[1], "--replace")
    assert tarn.json("table", "branch", "w.t", "audit", "--snapshot", "v1", "--min-snapshots", 2)["refs"]["audit"] == ids[1]
    assert tarn.json("table", "fast-forward", "w.t", "audit", "main")["refs"]["audit"] == ids[-1]
    assert "nothing" not in tarn.fails("table", "fast-forward", "w.t", "audit", "none")
    tarn.ok("maintain", "expire", "w.t", "--older-than", "0s")
    # The branch shares main's head and keeps two of its own.
    assert [s["snapshot_id"] for s in tarn.json("table", "snapshots", "w.t")] == [ids[1], ids[4], ids[5]]
    assert "audit" not in tarn.json("table", "drop-ref", "w.t", "audit")["refs"]
    assert "audit" in tarn.fails("table", "drop-ref", "w.t", "audit")
    tarn.ok("table", "drop-ref", "w.t", "audit", "--if-exists")


def test_rollback(small_files):
    tarn = small_files
    rows = count(tarn)
    snapshots = tarn.json("table", "snapshots", "w.t")
    assert tarn.json("table", "rollback", "w.t", "--to", snapshots[2]["snapshot_id"])["current_snapshot_id"] == snapshots[2]["snapshot_id"]
    assert count(tarn)[0] == 30
    assert str(snapshots[5]["snapshot_id"]) in tarn.fails("table", "rollback", "w.t", "--to", snapshots[5]["snapshot_id"])
    tarn.ok("table", "set-current", "w.t", snapshots[5]["snapshot_id"])
    assert count(tarn) == rows
    assert "--to" in tarn.fails("table", "rollback", "w.t", code=2)
    tarn.fails("table", "rollback", "w.t", "--to-time", "2001-01-01 00:00:00")


def test_set_and_upgrade(small_files):
    tarn = small_files
    assert "set 1 property" in tarn.ok("table", "set", "w.t", "history.expire.min-snapshots-to-keep=3")
    assert tarn.json("table", "show", "w.t")["properties"]["history.expire.min-snapshots-to-keep"] == "3"
    tarn.ok("maintain", "expire", "w.t", "--older-than", "0s")
    assert len(tarn.json("table", "snapshots", "w.t")) == 3
    tarn.ok("table", "set", "w.t", "history.expire.min-snapshots-to-keep")
    assert "history.expire.min-snapshots-to-keep" not in tarn.json("table", "show", "w.t")["properties"]
    assert tarn.json("table", "upgrade", "w.t", "--to", 3)["format_version"] == 3
    assert "2" in tarn.fails("table", "upgrade", "w.t", "--to", 2)
    rows = count(tarn)
    tarn.ok("maintain", "compact", "w.t")
    assert count(tarn) == rows


def test_a_copy_at_another_place(small_files, tmp_path):
    tarn = small_files
    rows = count(tarn)
    location = tarn.json("table", "show", "w.t")["location"]
    target = f"file://{tmp_path}/copy"
    assert "begin" in tarn.fails("table", "rewrite-path", "w.t", "--from", "/nowhere", "--to", target)
    plan = tarn.json("table", "rewrite-path", "w.t", "--from", location, "--to", target, "--staging", f"{tmp_path}/staging")
    assert plan["rewritten_manifests_count"] == 6 and plan["rewritten_metadata_files_count"] >= 6
    for line in open(plan["file_list_location"]):
        source, copy = (path.removeprefix("file://") for path in line.rstrip("\n").split(","))
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        shutil.copy(source, copy)
    shutil.rmtree(location.removeprefix("file://"))
    tarn.ok("table", "drop", "w.t")
    copied = tarn.json("table", "register", "w.copy", f"{target}/metadata/{plan['latest_version']}")
    assert copied["location"] == target
    assert count(tarn, "w.copy") == rows
    assert len(tarn.json("table", "snapshots", "w.copy")) == 6
    tarn.ok("maintain", "all", "w.copy")
    assert count(tarn, "w.copy") == rows
