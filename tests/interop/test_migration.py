"""Tables moved: their rows, their history, from another catalog, by command and through the API; what is damaged is found."""
import json
import pathlib
import time
import urllib.error
import urllib.request

import pytest
from pyiceberg.catalog.sql import SqlCatalog

from lake import Lake, arrow_rows


@pytest.fixture
def orders(tarn):
    """Three snapshots: two loads and an update."""
    tarn.ok("sql", "-e", """
        CREATE SCHEMA src;
        CREATE TABLE src.orders (id BIGINT NOT NULL, day DATE, who VARCHAR, total DECIMAL(10, 2),
            place STRUCT(city VARCHAR, tags VARCHAR[]), attributes MAP(VARCHAR, INTEGER))
            WITH (partitioning = ARRAY['month(day)'], format_version = 2);
        COMMENT ON TABLE src.orders IS 'what was sold';
        INSERT INTO src.orders SELECT i, DATE '2024-01-01' + (i % 90)::INT, 'who ' || i, i / 7,
            {'city': 'c' || i % 5, 'tags': ['a', NULL]}, MAP {'k': i} FROM range(500) t(i);
        INSERT INTO src.orders SELECT i, NULL, NULL, NULL, NULL, NULL FROM range(500, 520) t(i);
        DELETE FROM src.orders WHERE id % 10 = 3;""")
    return "src.orders"


def rows(tarn, table):
    return arrow_rows(Lake(tarn.home).arrow(f"SELECT * FROM {table}"))


def only(result):
    return result["tables"][0] if "tables" in result else result


def migrated(tarn, *args):
    return tarn.json("migrate", *args)


def test_rows_and_what_describes_them(tarn, orders):
    result = migrated(tarn, orders, "dst.orders")
    assert result["status"] == "success" and result["mode"] == "create"
    assert result["checksum_match"] is True and result["row_count_match"] is True
    assert result["rows_migrated"] == tarn.value(f"SELECT count(*) FROM {orders}") == 468
    assert result["sample_rows_compared"] == 20
    assert rows(tarn, "dst.orders") == rows(tarn, orders)
    before, after = tarn.json("table", "show", orders), tarn.json("table", "show", "dst.orders")
    for member in ("partition_spec", "sort_order", "format_version"):
        assert before.get(member) == after.get(member), member
    snapshot, = tarn.json("table", "snapshots", "dst.orders")
    assert snapshot["snapshot_id"] == result["snapshot_id"]
    record, = tarn.json("migrate", "list")
    assert record["migration_id"] == result["migration_id"] and record["owner"] == "local"
    assert "already" in tarn.fails("migrate", orders, "dst.orders")


@pytest.mark.parametrize("version", [2, 3])
def test_deleted_rows_stay_behind(tarn, version):
    tarn.ok("sql", "-e", f"""
        CREATE SCHEMA s;
        CREATE TABLE s.t (id BIGINT, name VARCHAR) WITH (format_version = {version});
        INSERT INTO s.t SELECT i, 'n' || i FROM range(1000) t(i);
        DELETE FROM s.t WHERE id % 3 = 0;
        UPDATE s.t SET name = 'new' WHERE id = 1;""")
    assert sum(f["deletes"] for f in tarn.json("table", "files", "s.t")) > 0, "the test needs delete files"
    if version == 2:
        Lake(tarn.home).delete_equal("s.t", "name", ["n2", "n4"])
    assert migrated(tarn, "s.t", "s.copy")["checksum_match"] is True
    assert rows(tarn, "s.copy") == rows(tarn, "s.t")
    assert sum(f["deletes"] for f in tarn.json("table", "files", "s.copy")) == 0


def test_tables_that_were_evolved(tarn):
    tarn.ok("sql", "-e", """
        CREATE SCHEMA s;
        CREATE TABLE s.t (id INTEGER, gone VARCHAR, day DATE);
        INSERT INTO s.t VALUES (1, 'x', DATE '2024-01-31'), (2, 'y', DATE '2024-02-01');
        ALTER TABLE s.t DROP COLUMN gone;
        ALTER TABLE s.t ADD COLUMN note VARCHAR;
        ALTER TABLE s.t RENAME COLUMN id TO number;
        ALTER TABLE s.t ALTER COLUMN number SET DATA TYPE BIGINT;
        ALTER TABLE s.t SET PROPERTIES partitioning = ARRAY['day(day)'];
        INSERT INTO s.t VALUES (5000000000, DATE '2024-03-03', 'late');""")
    assert migrated(tarn, "s.t", "s.copy")["checksum_match"] is True
    assert rows(tarn, "s.copy") == rows(tarn, "s.t")
    assert {f["partition"] for f in tarn.json("table", "files", "s.copy")} != {""}


def test_transforms(tarn, orders):
    result = migrated(tarn, orders, "dst.few", "--columns", "id, upper(who) AS who, day", "--where", "id < 10")
    assert result["rows_migrated"] == 9 and result["checksum_match"] is True
    assert tarn.value("SELECT max(who) FROM dst.few") == "WHO 9"
    assert "month" in json.dumps(tarn.json("table", "show", "dst.few")), "the partitions stay where their column does"
    result = migrated(tarn, orders, "dst.sums", "--transform", "SELECT day, count(*) AS n, sum(total) AS sum FROM source GROUP BY ALL")
    assert result["rows_migrated"] == 82
    assert tarn.value("SELECT sum(n) FROM dst.sums") == 468
    assert "nothing" in tarn.fails("migrate", orders, "dst.bad", "--where", "nothing = 1")
    assert "dst.bad" not in tarn.tables()


def test_modes(tarn, orders):
    migrated(tarn, orders, "dst.t")
    assert migrated(tarn, orders, "dst.t", "--mode", "append")["checksum_match"] is True
    assert tarn.value("SELECT count(*) FROM dst.t") == 936
    assert migrated(tarn, orders, "dst.t", "--mode", "overwrite", "--where", "id < 20")["rows_migrated"] == 18
    assert tarn.value("SELECT count(*) FROM dst.t") == 18
    tarn.ok("sql", "-e", "CREATE TABLE src.other (a VARCHAR, b DATE); INSERT INTO src.other VALUES ('x', DATE '2024-01-01')")
    assert "no column" in tarn.fails("migrate", "src.other", "dst.t", "--mode", "append")
    assert migrated(tarn, "src.other", "dst.t", "--mode", "replace")["rows_migrated"] == 1
    assert tarn.sql("SELECT * FROM dst.t") == [{"a": "x", "b": "2024-01-01"}]
    assert len(tarn.json("table", "snapshots", "dst.t")) == 4, "snapshots before stay readable"


def test_history_is_kept(tarn, orders):
    snapshots = tarn.json("table", "snapshots", orders)
    result = migrated(tarn, orders, "dst.orders", "--history", "copy")
    assert result["mode"] == "copy" and result["snapshots"] == 3 and result["checksum_match"] is True
    copied = tarn.json("table", "snapshots", "dst.orders")
    assert [s["snapshot_id"] for s in copied] == [s["snapshot_id"] for s in snapshots]
    for snapshot in snapshots:
        at = f"AT (VERSION => {snapshot['snapshot_id']})"
        assert rows(tarn, f"dst.orders {at}") == rows(tarn, f"{orders} {at}")
    location = tarn.json("table", "show", "dst.orders")["location"]
    files = tarn.json("table", "files", "dst.orders")
    assert files and all(f["path"].startswith(location) for f in files)
    assert not [f for f in tarn.home.glob("warehouse/**/staging-*/**/*") if f.is_file()], "nothing staged is left"
    # Others read it, old rows too.
    catalog = SqlCatalog("iceberg", uri=f"sqlite:///{tarn.home}/catalog.db", warehouse=f"file://{tarn.home}/warehouse")
    table = catalog.load_table("dst.orders")
    assert table.scan().to_arrow().num_rows == 468
    assert table.scan(snapshot_id=snapshots[0]["snapshot_id"]).to_arrow().num_rows in (500, 468)
    # The copy lives alone.
    tarn.ok("sql", "-e", "INSERT INTO dst.orders (id) VALUES (9999)")
    tarn.ok("table", "drop", orders, "--purge")
    assert tarn.value("SELECT count(*) FROM dst.orders") == 469
    assert tarn.json("migrate", "validate", "dst.orders", "--checksum")["valid"] is True


def test_incremental(tarn):
    tarn.ok("sql", "-e", "CREATE SCHEMA s; CREATE TABLE s.t AS SELECT i AS id FROM range(100) t(i)")
    copy = ("s.t", "s.copy", "--incremental")
    assert migrated(tarn, *copy)["rows_migrated"] == 100
    assert migrated(tarn, *copy)["status"] == "up_to_date"
    tarn.ok("sql", "-e", "INSERT INTO s.t SELECT i FROM range(100, 130) t(i); INSERT INTO s.t VALUES (130)")
    second = migrated(tarn, *copy)
    assert second["rows_migrated"] == 31 and second["mode"] == "append" and second["checksum_match"] is True
    tarn.ok("maintain", "compact", "s.t")
    tarn.ok("sql", "-e", "INSERT INTO s.t VALUES (131)")
    assert migrated(tarn, *copy)["rows_migrated"] == 1, "compaction brings no rows"
    assert rows(tarn, "s.copy") == rows(tarn, "s.t")
    tarn.ok("sql", "-e", "DELETE FROM s.t WHERE id < 10")
    third = migrated(tarn, *copy)
    assert third["rows_migrated"] == 122 and third["mode"] == "overwrite" and "all rows" in third["note"]
    assert rows(tarn, "s.copy") == rows(tarn, "s.t")
    tarn.ok("sql", "-e", "INSERT INTO s.copy VALUES (-1); DELETE FROM s.t WHERE id = 50")
    assert "others wrote" in tarn.fails("migrate", *copy)
    assert tarn.value("SELECT count(*) FROM s.copy") == 123


def other_warehouse(tarn, folder):
    tarn.home.mkdir(exist_ok=True)
    (tarn.home / "tarn.yaml").write_text(f"warehouses:\n  old: {folder}/old\n")


def test_namespaces_and_warehouses(tarn, tmp_path):
    other_warehouse(tarn, tmp_path)
    tarn.ok("sql", "-e", "CREATE SCHEMA a; CREATE SCHEMA a2;" + "".join(
        f"CREATE TABLE a.t{i} AS SELECT x AS id FROM range({i * 100}) t(x);" for i in range(4)))
    report = tmp_path / "report.html"
    result = migrated(tarn, "a", "b", "--all-tables", "--report", report)
    assert result["status"] == "success" and result["tables_migrated"] == 4 and result["rows_migrated"] == 600
    html = report.read_text()
    assert "b.t3" in html and "http" not in html.replace(result["migration_id"], ""), "it loads nothing"
    again = migrated(tarn, "a", "b", "--all-tables")
    assert {t["status"] for t in again["tables"]} == {"already_migrated"}
    # One that is in the way does not stop the others, and the next run goes on.
    tarn.ok("sql", "-e", "CREATE SCHEMA c; CREATE TABLE c.t2 (x INTEGER)")
    done = tarn.run("migrate", "a", "c", "--all-tables", "--json")
    assert done.returncode == 1
    result = json.loads(done.stdout)
    assert result["status"] == "partial" and result["tables_failed"] == 1 and result["tables_migrated"] == 3
    assert [t["error"]["code"] for t in result["tables"] if t["status"] == "error"] == ["ALREADY_EXISTS"]
    tarn.ok("table", "drop", "c.t2")
    result = migrated(tarn, "a", "c", "--all-tables")
    assert sorted(t["status"] for t in result["tables"]) == ["already_migrated"] * 3 + ["success"]
    # A whole warehouse, and back.
    result = migrated(tarn, ":", "old:", "--all-tables")
    assert result["status"] == "success" and result["tables_migrated"] == 12
    result = migrated(tarn, "old:a.t3", "back.t3")
    assert result["source"] == "old:a.t3" and tarn.value("SELECT count(*) FROM back.t3") == 300
    assert tarn.json("migrate", "validate", "old:", "--checksum", "--all-tables")["tables_checked"] == 12
    tables = tmp_path / "tables.json"
    tables.write_text(json.dumps([{"source": "a.t1", "destination": "d.one"}, {"source": "a.t2", "destination": "d.two"}]))
    assert migrated(tarn, "--bulk", tables)["rows_migrated"] == 300


VIEWS = """
    CREATE SCHEMA shop;
    CREATE TABLE shop.orders AS SELECT i AS id, i % 3 AS kind FROM range(30) t(i);
    CREATE SCHEMA other;
    CREATE TABLE other.kinds AS SELECT i AS kind, 'k' || i AS name FROM range(3) t(i);
    CREATE VIEW shop.small AS SELECT o.id, o.kind FROM shop.orders o WHERE o.id < 10;
    CREATE VIEW shop.named AS SELECT s.id, k.name FROM iceberg.shop.small s JOIN other.kinds k ON s.kind = k.kind;"""


def test_views_come_along(tarn, tmp_path):
    """They read the copies of what moved with them, and what did not move where it is."""
    other_warehouse(tarn, tmp_path)
    tarn.ok("sql", "-e", VIEWS)
    report = tmp_path / "report.html"
    result = migrated(tarn, "shop", "near", "--all-tables", "--report", report)
    assert (result["tables_migrated"], result["views_migrated"], result["views_failed"]) == (1, 2, 0)
    assert [v["destination"] for v in result["views"]] == ["near.named", "near.small"]
    assert all(v["definition_match"] is True and v["names_rewritten"] == 1 and "note" not in v for v in result["views"]), result["views"]
    assert "near.named" in report.read_text()
    tarn.ok("sql", "-e", "DELETE FROM shop.orders WHERE id < 5")
    assert tarn.value("SELECT count(*) FROM near.named") == 10, "it reads near.orders"
    assert tarn.value("SELECT count(*) FROM shop.named") == 5
    assert {v["status"] for v in migrated(tarn, "shop", "near", "--all-tables", "--mode", "overwrite")["views"]} == {"already_migrated"}
    valid = tarn.json("migrate", "validate", "shop.named", "near.named")
    assert valid["valid"] is True and valid["differences"] == []
    assert "say the same" in tarn.ok("migrate", "validate", "shop.named", "near.named")
    assert tarn.json("migrate", "validate", "near", "--all-tables")["views_checked"] == 2
    tarn.ok("sql", "-e", "CREATE OR REPLACE VIEW near.named AS SELECT 1 AS id, 'x' AS name")
    differs = tarn.run("migrate", "validate", "shop.named", "near.named", "--json")
    assert differs.returncode == 1 and json.loads(differs.stdout)["valid"] is False
    # One that is in the way does not stop the others.
    taken = tarn.run("migrate", "shop", "near", "--all-tables", "--json", "--mode", "append")
    assert taken.returncode == 1
    assert [v["error"]["code"] for v in json.loads(taken.stdout)["views"] if v["status"] == "error"] == ["ALREADY_EXISTS"]


def test_a_view_by_its_name(tarn, tmp_path):
    other_warehouse(tarn, tmp_path)
    tarn.ok("sql", "-e", VIEWS)
    one = migrated(tarn, "shop.small", "near.few")
    assert one["view"] == "near.few" and one["message"] == "Migrated the view from shop.small to near.few"
    assert tarn.value("SELECT count(*) FROM near.few") == 10, "it reads shop.orders, which stayed"
    # To another warehouse: what is not there is told.
    far = migrated(tarn, "shop.small", "old:shop.small")
    assert "not migrated" in far["note"] and "shop.orders" in far["note"], far
    assert "shop.small" in tarn.fails("migrate", "shop.small", "near.none", "--no-views")
    listed = tmp_path / "list.json"
    listed.write_text(json.dumps([{"source": "shop.orders", "destination": "d.sold"}, {"source": "shop.small", "destination": "d.small"}]))
    result = migrated(tarn, "--bulk", listed)
    assert result["views"][0]["names_rewritten"] == 1 and result["message"] == "1 of 1 tables and 1 of 1 views migrated"
    tarn.ok("sql", "-e", "DELETE FROM d.sold WHERE id < 4")
    assert tarn.value("SELECT count(*) FROM d.small") == 6
    assert "views" not in migrated(tarn, "shop.orders", "d.alone")


def test_from_another_server(tarn, tarn_at, serve, tmp_path):
    there = tarn_at(tmp_path / "there")
    there.ok("sql", "-e", "CREATE SCHEMA far; CREATE TABLE far.t AS SELECT i AS id FROM range(50) t(i)")
    server = serve(home=there)
    result = migrated(tarn, "far.t", "near.t", "--from-uri", server.catalog_uri)
    assert result["rows_migrated"] == 50 and tarn.value("SELECT count(*) FROM near.t") == 50
    (tarn.home / "tarn.yaml").write_text(f"catalogs:\n  far:\n    uri: {server.catalog_uri}\n")
    assert migrated(tarn, "far:far.t", "near.half", "--where", "id < 25")["rows_migrated"] == 25
    assert migrated(tarn, "far:far.t", "near.kept", "--history", "copy")["rows_migrated"] == 50
    assert "nowhere" in tarn.fails("migrate", "nowhere:far.t", "near.u")
    assert "${env" in tarn.fails("migrate", "far.t", "near.v", "--from-uri", server.catalog_uri, "--from-token", "hush", code=2)


def test_damage_is_found(tarn, orders):
    migrated(tarn, orders, "dst.orders")
    validate = ("migrate", "validate", "dst.orders")
    assert tarn.json(*validate, "--checksum")["tables"][0]["checksum_match"] is True
    assert tarn.json("migrate", "validate", orders, "dst.orders")["valid"] is True
    # A value changed behind everybody's back: the file is whole, its bytes are others.
    path = pathlib.Path(max(tarn.json("table", "files", "dst.orders"), key=lambda f: f["bytes"])["path"]
                        .removeprefix("file://"))
    good = path.read_bytes()
    middle = len(good) // 3
    path.write_bytes(good[:middle] + bytes([good[middle] ^ 0xFF]) * 64 + good[middle + 64:])
    damaged = tarn.run(*validate, "--checksum", "--json")
    assert damaged.returncode == 1
    problems = json.loads(damaged.stdout)["tables"][0]["problems"]
    assert problems and (path.name in problems[0]["file"] or "checksum" in problems[0]["problem"])
    path.write_bytes(good[:-100])
    cut = json.loads(tarn.run(*validate, "--json").stdout)["tables"][0]["problems"]
    assert [p["problem"] for p in cut if path.name in p["file"]], cut
    path.unlink()
    gone = json.loads(tarn.run("migrate", "validate", "--json").stdout)
    assert gone["status"] == "damaged" and gone["tables_checked"] == 2
    assert "does not exist" in json.dumps(gone)
    path.write_bytes(good)
    assert tarn.json("migrate", "validate", "--checksum")["valid"] is True


def test_rows_that_differ_are_shown(tarn, orders):
    migrated(tarn, orders, "dst.orders")
    tarn.ok("sql", "-e", "UPDATE dst.orders SET who = 'somebody else' WHERE id = 7")
    done = tarn.run("migrate", "validate", orders, "dst.orders", "--json")
    assert done.returncode == 1
    result = json.loads(done.stdout)
    assert result["status"] == "mismatch" and result["row_count_match"] is True and result["checksum_match"] is False
    shown = {d["only_in"]: json.loads(d["row"]) for d in result["differences"]}
    assert shown["source"]["who"] == "who 7" and shown["destination"]["who"] == "somebody else"


def call(server, method, path, body=None, headers=()):
    request = urllib.request.Request(server.uri + "/api/v1" + path, method=method,
                                     data=None if body is None else json.dumps(body).encode(),
                                     headers={"Content-Type": "application/json", **dict(headers)})
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, json.loads(answer.read()) if "json" in answer.headers["Content-Type"] else None
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


@pytest.mark.parametrize("body", [
    {"sourceNamespace": "src", "sourceTable": "orders", "destNamespace": "production", "destTable": "orders", "validate": True},
    {"source_namespace": "src", "source_table": "orders", "dest_namespace": "production", "dest_table": "orders"},
], ids=["camelCase", "snake_case"])
def test_the_call_of_both_dialects(tarn, orders, serve, body):
    server = serve()
    status, answer = call(server, "POST", "/migrate", body)
    assert status == 200, answer
    assert answer["status"] == "success" and answer["source"] == "src.orders" and answer["destination"] == "production.orders"
    assert answer["rows_migrated"] == 468 and answer["checksum_match"] is True and answer["duration_seconds"] >= 0
    status, record = call(server, "GET", f"/migrations/{answer['migration_id']}")
    assert status == 200 and record["tables"][0]["destination_checksum"] == answer["destination_checksum"]
    status, page = call(server, "GET", "/migrations?limit=1")
    assert status == 200 and page["migrations"][0]["migration_id"] == answer["migration_id"]
    with urllib.request.urlopen(f"{server.uri}/api/v1/migrations/{answer['migration_id']}?format=html") as html:
        assert "text/html" in html.headers["Content-Type"] and "production.orders" in html.read().decode()
    status, error = call(server, "POST", "/migrate", body)
    assert status == 409 and error["code"] == "ALREADY_EXISTS" and "production.orders" in error["message"]


def test_calls_that_cannot_be(tarn, orders, serve):
    server = serve()
    table = {"source_namespace": "src", "source_table": "orders", "dest_namespace": "d", "dest_table": "t"}
    for wrong, code in [({"mode": "sometimes"}, 400), ({"validate": "much"}, 400), ({"history": True, "incremental": True}, 400),
                        ({"source_table": "none"}, 404), ({"snapshot_id": 5}, 400), ({"source_warehouse": "none"}, 404),
                        ({"dest_namespace": "src", "dest_table": "orders"}, 400), ({"transform": 7}, 400)]:
        status, answer = call(server, "POST", "/migrate", table | wrong)
        assert status == code and answer["status"] == "error", (wrong, answer)
    assert call(server, "POST", "/migrate/bulk", {"tables": []})[0] == 400
    assert call(server, "POST", "/migrate/bulk", {"source_namespace": "src"})[0] == 400
    assert call(server, "GET", "/migrations/none")[0] == 404
    assert "d.t" not in tarn.tables()


def test_bulk_and_validate_calls(tarn, orders, serve):
    tarn.ok("sql", "-e", "CREATE TABLE src.more AS SELECT i AS id FROM range(10) t(i)")
    server = serve()
    status, answer = call(server, "POST", "/migrate/bulk", {"sourceNamespace": "src", "destNamespace": "all"})
    assert status == 200 and answer["status"] == "success" and answer["tables_migrated"] == 2, answer
    status, answer = call(server, "POST", "/migrate/bulk", {"tables": ["more", {"source_table": "orders", "dest_table": "o"}],
                                                            "source_namespace": "src", "dest_namespace": "some"})
    assert status == 200 and {t["destination"] for t in answer["tables"]} == {"some.more", "some.o"}, answer
    status, answer = call(server, "POST", "/validate", {"source_namespace": "src", "source_table": "more",
                                                        "dest_namespace": "some", "dest_table": "more"})
    assert status == 200 and answer["valid"] is True and answer["source_rows"] == 10, answer
    status, answer = call(server, "POST", "/validate", {"namespace": "all", "checksum": True})
    assert status == 200 and answer["tables_checked"] == 2 and answer["valid"] is True, answer
    status, job = call(server, "POST", "/migrate", {"source_namespace": "src", "source_table": "more", "dest_namespace": "later",
                                                    "dest_table": "more", "async": True})
    assert status == 202
    deadline = time.monotonic() + 60
    while (record := call(server, "GET", f"/migrations/{job['id']}")[1])["status"] not in ("success", "error"):
        assert time.monotonic() < deadline, record
        time.sleep(0.05)
    assert record["rows_migrated"] == 10
    result = json.loads(tarn.ok("migrate", "src.more", "cli.more", "--server", server.uri, "--json"))
    assert result["rows_migrated"] == 10 and result["status"] == "success"
    shown = json.loads(tarn.ok("migrate", "show", result["migration_id"], "--server", server.uri, "--json"))
    assert shown["tables"][0]["destination"] == "cli.more"
