"""Scans planned by `tarn serve` for engines that ask it to: PyIceberg and Spark read the same rows as without."""
import datetime
import decimal
import json
import os
import urllib.error
import urllib.request

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.expressions import And, EqualTo, GreaterThan, GreaterThanOrEqual, In, IsNull, LessThan, Not, NotEqualTo, NotIn, Or, StartsWith

from orders import add_spark_catalog

MODE = {"scan-planning-mode": "server"}
DAY = datetime.date(2026, 1, 1)


def call(server, method, path, body=None, headers=None):
    """Status and JSON of one call of the protocol."""
    request = urllib.request.Request(server.catalog_uri + "/v1" + path, method=method,
                                     data=None if body is None else json.dumps(body).encode(),
                                     headers={"Content-Type": "application/json", **(headers or {})})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        text = error.read()
        return error.code, json.loads(text) if text else None


@pytest.fixture
def planning(server):
    catalog = RestCatalog("planning", uri=server.catalog_uri, **MODE)
    assert catalog.supports_server_side_planning()
    return catalog


@pytest.fixture
def plain(server):
    return RestCatalog("plain", uri=server.catalog_uri)


def rows(first, count):
    numbers = range(first, first + count)
    return pa.table({
        "id": pa.array(numbers, pa.int64()),
        "name": pa.array([None if i % 5 == 0 else f"n{i % 7}" for i in numbers], pa.string()),
        "day": pa.array([DAY + datetime.timedelta(days=i % 4) for i in numbers], pa.date32()),
        "at": pa.array([datetime.datetime(2026, 1, 1, i % 24, tzinfo=datetime.timezone.utc) for i in numbers],
                       pa.timestamp("us", tz="UTC")),
        "price": pa.array([decimal.Decimal(i) / 4 for i in numbers], pa.decimal128(9, 2)),
        "x": pa.array([i / 3 for i in numbers], pa.float64()),
    })


FILTERS = [
    EqualTo("id", 17),
    And(GreaterThan("id", 5), LessThan("id", 45)),
    Or(EqualTo("name", "n3"), IsNull("name")),
    Not(EqualTo("name", "n3")),
    NotEqualTo("name", "n3"),
    NotIn("name", {"n1", "n2"}),
    In("day", {DAY, datetime.date(2026, 1, 3)}),
    EqualTo("day", "2026-01-02"),
    GreaterThanOrEqual("at", "2026-01-01T12:00:00+00:00"),
    LessThan("at", datetime.datetime(2026, 1, 1, 6, tzinfo=datetime.timezone.utc)),
    EqualTo("price", decimal.Decimal("4.25")),
    LessThan("x", 3.5),
    StartsWith("name", "n"),
    Not(And(GreaterThan("id", 5), StartsWith("name", "n"))),
]


@pytest.mark.parametrize("version", ["2", "3"])
def test_pyiceberg_reads_the_same_rows(server, plain, planning, version, tmp_path):
    plain.create_namespace("shop")
    server.tarn.ok("sql", "-e", f"""
        CREATE TABLE shop.orders (id BIGINT, name VARCHAR, day DATE, at TIMESTAMP(6) WITH TIME ZONE, price DECIMAL(9, 2), x DOUBLE)
        WITH (partitioning = ARRAY['day'], format_version = {version})""")
    for first in range(0, 60, 20):  # PyIceberg does not write version 3
        pq.write_table(rows(first, 20), tmp_path / f"{first}.parquet")
        server.tarn.ok("load", tmp_path / f"{first}.parquet", "--into", "shop.orders", "--mode", "append")
    # Deletes of both kinds of the version: position delete files, or deletion vectors.
    server.tarn.ok("sql", "-e", "DELETE FROM shop.orders WHERE id % 10 = 3")
    mine, theirs = planning.load_table("shop.orders"), plain.load_table("shop.orders")
    assert mine.scan().count() == 54
    assert any(task.delete_files for task in mine.scan().plan_files())
    for row_filter in FILTERS:
        got, wanted = (t.scan(row_filter=row_filter) for t in (mine, theirs))
        assert sorted(got.to_arrow()["id"].to_pylist()) == sorted(wanted.to_arrow()["id"].to_pylist()), row_filter
        assert got.count() == wanted.count(), row_filter
        assert {f.file.file_path for f in got.plan_files()} == {f.file.file_path for f in wanted.plan_files()}, row_filter
    first = theirs.history()[0].snapshot_id
    assert mine.scan(snapshot_id=first).to_arrow().num_rows == 20
    assert mine.scan(row_filter=EqualTo("ID", 17), case_sensitive=False).to_arrow().num_rows == 1


def test_large_plans_come_in_pages(server, plain, planning):
    plain.create_namespace("shop")
    table = plain.create_table("shop.files", rows(0, 1).select(["id"]).schema)
    path = f"{server.tarn.home}/many"
    os.makedirs(path)
    files = []
    for i in range(2300):
        files.append(f"{path}/{i}.parquet")
        if i == 0:
            pq.write_table(rows(0, 1).select(["id"]), files[0])
        else:
            os.link(files[0], files[-1])
    table.add_files([f"file://{f}" for f in files], check_duplicate_files=False)
    tasks = list(planning.load_table("shop.files").scan().plan_files())
    assert sorted(t.file.file_path for t in tasks) == sorted(f"file://{f}" for f in files)
    status, plan = call(server, "POST", "/namespaces/shop/tables/files/plan", {})
    assert (status, len(plan["plan-tasks"]), len(plan["file-scan-tasks"])) == (200, 2, 1000)
    assert call(server, "DELETE", f"/namespaces/shop/tables/files/plan/{plan['plan-id']}")[0] == 204
    status, gone = call(server, "POST", "/namespaces/shop/tables/files/tasks", {"plan-task": plan["plan-tasks"][0]})
    assert (status, gone["error"]["type"]) == (404, "NoSuchPlanTaskException")


def test_incremental_plans_hold_what_was_appended(server, plain):
    plain.create_namespace("shop")
    table = plain.create_table("shop.orders", rows(0, 1).schema)
    for first in (0, 10, 20):
        table.append(rows(first, 10))
    ids = [entry.snapshot_id for entry in table.history()]
    for start, end, files in ((0, 1, 1), (0, 2, 2), (1, 2, 1)):
        status, plan = call(server, "POST", "/namespaces/shop/tables/orders/plan",
                            {"start-snapshot-id": ids[start], "end-snapshot-id": ids[end]})
        assert (status, plan["status"], len(plan["file-scan-tasks"])) == (200, "completed", files)
    status, refused = call(server, "POST", "/namespaces/shop/tables/orders/plan", {"start-snapshot-id": ids[0]})
    assert (status, refused["error"]["type"]) == (400, "BadRequestException")


def use_catalog(spark, server, mode):
    name = f"{mode}{server.uri.rsplit(':', 1)[1]}"  # a catalog is set up once in a session
    add_spark_catalog(spark, name, type="rest", uri=server.catalog_uri, warehouse="iceberg", scan_planning_mode=mode)
    return name


@pytest.mark.parametrize("version", [2, 3])
def test_spark_reads_the_same_rows(server, spark, version):
    asks, plans = use_catalog(spark, server, "server"), use_catalog(spark, server, "client")
    spark.sql(f"CREATE NAMESPACE {plans}.shop")
    spark.sql(f"CREATE TABLE {plans}.shop.orders (id BIGINT, name STRING, day DATE, at TIMESTAMP, price DECIMAL(9,2), bin BINARY) "
              f"USING iceberg PARTITIONED BY (days(at), bucket(4, id)) TBLPROPERTIES ('format-version'='{version}', "
              "'write.delete.mode'='merge-on-read', 'write.update.mode'='merge-on-read')")
    for first in (0, 100):
        spark.sql(f"INSERT INTO {plans}.shop.orders SELECT id, IF(id % 5 = 0, NULL, concat('n', id % 7)), "
                  "date_add(DATE'2026-01-01', CAST(id % 9 AS INT)), "
                  "TIMESTAMP'2026-01-01 00:00:00' + make_interval(0, 0, 0, CAST(id % 3 AS INT), CAST(id % 24 AS INT)), "
                  f"CAST(id AS DECIMAL(9,2)) / 4, CAST(CAST(id % 4 AS STRING) AS BINARY) FROM range({first}, {first + 100})")
    spark.sql(f"DELETE FROM {plans}.shop.orders WHERE id % 10 = 3")
    spark.sql(f"UPDATE {plans}.shop.orders SET name = 'seen' WHERE id % 50 = 7")
    for where in ("true", "id = 17", "id > 150 AND name IS NOT NULL", "NOT (name = 'n3')", "name <> 'n3' OR name IS NULL",
                  "day = DATE'2026-01-04'", "day IN (DATE'2026-01-01', DATE'2026-01-05')", "at >= TIMESTAMP'2026-01-02 06:00:00'",
                  "at < TIMESTAMP'2026-01-01 12:00:00' AND id < 90", "price = 4.25", "name LIKE 'n%'", "name = 'seen'",
                  "bin = X'32'", "id IN (1, 2, 3, 33, 144)", "year(at) = 2026 AND id = 5"):
        got, wanted = (spark.sql(f"SELECT id, name, day, at, price FROM {name}.shop.orders WHERE {where} ORDER BY id").collect()
                       for name in (asks, plans))
        assert got == wanted, where
        assert where != "true" or len(got) == 180
    first = spark.sql(f"SELECT snapshot_id FROM {plans}.shop.orders.snapshots ORDER BY committed_at").collect()[0].snapshot_id
    assert spark.sql(f"SELECT count(*) FROM {asks}.shop.orders VERSION AS OF {first}").collect()[0][0] == 100
    spark.sql(f"ALTER TABLE {plans}.shop.orders RENAME COLUMN name TO title")
    assert spark.sql(f"SELECT count(*) FROM {asks}.shop.orders WHERE title = 'seen'").collect()[0][0] == 4
    # Spark tells the server what it did.
    status, counted = 200, urllib.request.urlopen(server.uri + "/metrics", timeout=30).read().decode()
    assert 'tarn_catalog_metrics_reports_total{type="commit-report"}' in counted


def test_equality_deletes_are_referred_to(server, plain):
    """Flink and others write them; PyIceberg cannot read them, but must be told."""
    server.tarn.ok("sql", "-e", "CREATE SCHEMA shop; CREATE TABLE shop.t (id BIGINT)")
    status, plan = call(server, "POST", "/namespaces/shop/tables/t/plan", {})
    assert (status, plan["file-scan-tasks"], plan["delete-files"]) == (200, [], [])
