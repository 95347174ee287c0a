"""The SQL of the documents runs: each ```sql block of a page, after what it takes for given."""
import json
import os
import pathlib
import re
import subprocess
import typing

import pytest

TOP = pathlib.Path(__file__).parents[2]
TARN = pathlib.Path(os.environ.get("TARN_BIN", TOP / "build/release/bin/tarn"))

# Blocks whose statements name other servers; they run where those are.
ELSEWHERE = {
    "ATTACH 'iceberg' AS tarn": "tests/interop/test_rest_catalog.py",
    "CREATE SECRET lake": "tests/interop/test_sign_in.py",
    "SHOW CATALOGS;\nSELECT o.id": "tests/interop/test_other_catalogs.py",
    "ATTACH 'production'": "tests/interop/test_other_catalogs.py",
    "SELECT c.name, sum(o.amount)": "tests/interop/test_federation.py",
    "CREATE CATALOG shop": "tests/interop/test_federation.py",
    "SELECT count(*) FROM \"/data": "tests/sql/test_reach.py",
    "SELECT table_name, table_type FROM iceberg.information_schema": "tests/interop/test_trino_jdbc_metadata.py",
}


class Scene(typing.NamedTuple):
    """What a block begins with takes for given."""
    page: str
    begins: str
    setup: str
    dialect: str = "trino"


ORDERS = """CREATE SCHEMA sales; CREATE TABLE sales.orders (id bigint, day date, status varchar, region varchar, customer bigint, amount double);
INSERT INTO sales.orders VALUES (1, DATE '2019-05-01', 'new', 'eu', 7, 10.0), (42, DATE '2026-11-02', 'new', 'us', 8, 5.0);"""
VIEWED = ORDERS.replace("amount double", "amount decimal(12,2)") + """CREATE MATERIALIZED VIEW sales.by_day AS
SELECT day, count(*) AS orders, sum(amount) AS turnover FROM sales.orders GROUP BY day; REFRESH MATERIALIZED VIEW sales.by_day;"""

SCENES = [
    Scene("catalog-server", "ALTER TABLE shop.events", "CREATE SCHEMA shop; CREATE TABLE shop.events (id bigint); CREATE TABLE shop.people (id bigint);"),
    Scene("changing-rows", "DELETE FROM sales.orders WHERE status", ORDERS, "duckdb"),
    Scene("changing-rows", "DELETE FROM sales.orders WHERE day", ORDERS + "USE sales; CREATE TABLE updates AS SELECT 42 AS id, false AS gone, 'sent' AS status;", "duckdb"),
    Scene("changing-tables", "ALTER TABLE s.t ADD COLUMN note", "CREATE SCHEMA s; CREATE SCHEMA other; CREATE TABLE s.t (id integer NOT NULL, "
          "point struct(x integer) NOT NULL) WITH ('format-version' = '3');", "duckdb"),
    Scene("changing-tables", "ALTER TABLE s.t ADD PARTITION", "CREATE SCHEMA s; CREATE TABLE s.t (id bigint, ts timestamp, region varchar); "
          "ALTER TABLE s.t ADD PARTITION FIELD days(ts);", "duckdb"),
    Scene("changing-tables", "ALTER TABLE s.t SET PROPERTIES format", "CREATE SCHEMA s; CREATE TABLE s.t (id bigint, note varchar); "
          "INSERT INTO s.t VALUES (1, 'a');", "duckdb"),
    Scene("materialized-views", "CREATE MATERIALIZED VIEW", ORDERS),
    Scene("materialized-views", "SELECT count(*), sum(amount)", VIEWED),
    Scene("performance", "CREATE TABLE sales.events", "CREATE SCHEMA sales;"),
    Scene("performance", "ALTER TABLE sales.events SET", "CREATE SCHEMA sales; CREATE TABLE sales.events (at timestamp(6), customer bigint);"),
    Scene("procedures", "CALL iceberg.system.rewrite", ORDERS),
    Scene("procedures", "CALL system.create_changelog_view", ORDERS + "UPDATE sales.orders SET amount = 6 WHERE id = 42;"),
    Scene("sql", "CREATE TABLE visits_by_day", "CREATE SCHEMA web; USE web; CREATE TABLE visits AS SELECT day, visitor, seconds FROM "
          "(VALUES (DATE '2026-11-02', 'ada', 2e0), (DATE '2026-11-02', 'bob', 9e0)) AS t (day, visitor, seconds);"),
    Scene("sql", "SELECT json_object", "CREATE SCHEMA s; USE s; CREATE TABLE orders AS SELECT 1 AS id, 'n' AS name, 'c' AS comment, 3 AS customer, "
          "TIMESTAMP '2026-01-01 00:00:00' AS ts; CREATE TABLE customers AS SELECT 'Ada' AS name; CREATE TABLE events AS SELECT '{\"amount\": 3}' AS payload;"),
    Scene("sql", "CREATE TABLE orders", "CREATE SCHEMA s; USE s;"),
    Scene("sql", "START TRANSACTION", "CREATE SCHEMA bank; CREATE TABLE bank.a AS SELECT 1 AS id, 100 AS balance; "
          "CREATE TABLE bank.b AS SELECT 7 AS id, 0 AS balance; CREATE TABLE bank.ledger (a integer, b integer, amount integer);"),
    Scene("sql", "INSERT OVERWRITE sales.daily SELECT", ORDERS + "CREATE TABLE sales.daily (day date, amount double) WITH (partitioning = ARRAY['day']);"),
    Scene("sql", "INSERT OVERWRITE sales.daily PARTITION", ORDERS + "CREATE TABLE sales.daily (day date, amount double) WITH (partitioning = ARRAY['day']);"),
]


def blocks(page):
    return re.findall(r"```sql\n(.*?)```", page.read_text(), re.S)


def tarn(home, *arguments, text=None):
    return subprocess.run([TARN, *arguments, "--home", home], input=text, text=True, capture_output=True, timeout=60)


def snapshots(home, table):
    run = tarn(home, "table", "history", table, "--json")
    return [row["snapshot_id"] for row in json.loads(run.stdout)] if run.returncode == 0 else []


def with_snapshots(text, home):
    """The page's snapshot ids replaced by those that are there, in their order."""
    shown = list(dict.fromkeys(re.findall(r"\b(?:4219|\d{19})\b", text)))
    tables = re.findall(r"\b(s\.t|sales\.orders)\b", text)
    there = snapshots(home, tables[0]) if shown and tables else []
    for i, number in enumerate(shown):
        text = text.replace(number, str(there[min(i, len(there) - 1)]))
    return text


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: f"{scene.page}: {scene.begins}")
def test_a_block_runs(scene, tmp_path):
    page = TOP / f"docs/user/{scene.page}.md"
    found = [block for block in blocks(page) if block.startswith(scene.begins)]
    assert len(found) == 1, f"{page.name} has {len(found)} blocks that begin with {scene.begins}"
    before = tarn(tmp_path, "sql", "--dialect", scene.dialect, text=scene.setup)
    assert before.returncode == 0, before.stderr
    used = re.findall(r"\bUSE \w+;", scene.setup)
    run = tarn(tmp_path, "sql", "--dialect", scene.dialect, text="".join(used[-1:]) + with_snapshots(found[0], tmp_path))
    assert run.returncode == 0, run.stderr


def test_a_query_reads_the_view_that_the_page_says(tmp_path):
    found = [block for block in blocks(TOP / "docs/user/materialized-views.md") if block.startswith("SELECT count(*), sum(amount)")]
    assert tarn(tmp_path, "sql", "--dialect", "trino", text=VIEWED).returncode == 0
    plan = tarn(tmp_path, "sql", "--dialect", "trino", text=f"EXPLAIN {found[0]}")
    assert plan.returncode == 0 and "st_by_day_" in plan.stdout, plan.stdout + plan.stderr


def test_every_block_has_a_scene():
    for page in sorted((TOP / "docs/user").glob("*.md")):
        for block in blocks(page):
            places = [place for begins, place in ELSEWHERE.items() if block.startswith(begins)]
            has_scene = any(scene.page == page.stem and block.startswith(scene.begins) for scene in SCENES)
            assert has_scene or places, f"{page.name}: nothing runs\n{block}"
            for place in places:
                assert (TOP / place).exists(), place
