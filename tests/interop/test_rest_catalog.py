"""Engines on Tarn's tables through its Iceberg REST catalog, and Tarn on theirs."""
import pathlib
import re
import subprocess
import sys

import pyarrow as pa
import pytest
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import CommitFailedException, NamespaceAlreadyExistsError, NoSuchTableError
from pyiceberg.expressions import EqualTo
from pyiceberg.types import StringType


@pytest.fixture
def rest(server):
    return RestCatalog("tarn", uri=server.catalog_uri)


def rows(first, count):
    return pa.table({"id": pa.array(range(first, first + count), pa.int64()),
                     "name": pa.array([f"n{i}" for i in range(first, first + count)])})


def test_pyiceberg_works_on_tables(rest, server):
    rest.create_namespace("shop", {"owner": "me"})
    with pytest.raises(NamespaceAlreadyExistsError):
        rest.create_namespace("shop")
    table = rest.create_table("shop.orders", rows(0, 1).schema)
    table.append(rows(0, 10))
    with table.update_schema() as update:
        update.add_column("note", StringType())
    table.delete(EqualTo("id", 3))
    with table.transaction() as transaction:
        transaction.set_properties({"comment": "by PyIceberg"})
        transaction.append(rows(10, 5).append_column("note", pa.array(["x"] * 5)))
    assert sorted(table.scan().to_arrow()["id"].to_pylist()) == [0, 1, 2, *range(4, 15)]
    assert server.tarn.value("SELECT count(*) FROM shop.orders WHERE note IS NULL") == 9
    server.tarn.ok("sql", "-e", "INSERT INTO shop.orders VALUES (100, 'tarn', NULL)")
    assert table.refresh().scan(row_filter=EqualTo("id", 100)).to_arrow()["name"].to_pylist() == ["tarn"]
    rest.rename_table("shop.orders", "shop.sales")
    assert rest.list_tables("shop") == [("shop", "sales")]
    with pytest.raises(NoSuchTableError):
        rest.load_table("shop.orders")
    rest.drop_table("shop.sales", purge_requested=True)
    with pytest.raises(NoSuchTableError):
        rest.load_table("shop.sales")
    # Its files stay for as long as it can be brought back.
    dropped, = server.tarn.json("table", "dropped")
    assert dropped["table"] == "shop.sales" and dropped["purge"]
    server.tarn.ok("table", "undrop", "shop.sales")
    assert rest.load_table("shop.sales").scan().to_arrow().num_rows == 15


def test_a_purge_deletes_at_once_where_nothing_is_kept(tarn, serve):
    rest = RestCatalog("tarn", uri=serve(tarn, env={"TARN_CATALOG_UNDROP_RETENTION": "0s"}).catalog_uri)
    rest.create_namespace("shop")
    rest.create_table("shop.orders", rows(0, 1).schema).append(rows(0, 10))
    assert tarn.data_files() != []
    rest.drop_table("shop.orders", purge_requested=True)
    assert tarn.data_files() == [] and tarn.json("table", "dropped") == []


def test_a_stale_writer_of_pyiceberg_is_told(rest):
    rest.create_namespace("shop")
    table = rest.create_table("shop.orders", rows(0, 1).schema)
    stale = rest.load_table("shop.orders")
    with table.update_schema() as update:
        update.add_column("note", StringType())
    with pytest.raises(CommitFailedException, match="Requirement failed: current schema"):
        with stale.update_schema() as update:
            update.add_column("other", StringType())


def test_many_writers_of_pyiceberg_all_succeed(rest):
    from concurrent.futures import ThreadPoolExecutor

    rest.create_namespace("shop")
    rest.create_table("shop.events", rows(0, 1).schema, properties={"commit.retry.num-retries": "50"})

    def write(writer):
        done = 0
        while done < 5:
            try:
                rest.load_table("shop.events").append(rows(writer * 100 + done, 1))
                done += 1
            except CommitFailedException:
                pass  # PyIceberg does not try again by itself

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    found = sorted(rest.load_table("shop.events").scan().to_arrow()["id"].to_pylist())
    assert found == sorted(w * 100 + i for w in range(4) for i in range(5))


def test_spark_works_on_tables_and_views(server, spark):
    name = f"rest{server.uri.rsplit(':', 1)[1]}"  # a catalog is set up once in a session
    for key, value in {"": "org.apache.iceberg.spark.SparkCatalog", ".type": "rest", ".uri": server.catalog_uri,
                       ".warehouse": "iceberg", ".cache-enabled": "false"}.items():
        spark.conf.set(f"spark.sql.catalog.{name}{key}", value)
    spark.sql(f"CREATE NAMESPACE {name}.shop")
    spark.sql(f"CREATE TABLE {name}.shop.orders (id BIGINT, day DATE) USING iceberg PARTITIONED BY (days(day)) "
              "TBLPROPERTIES ('format-version'='2', 'write.delete.mode'='merge-on-read', "
              "'write.merge.mode'='merge-on-read')")
    spark.sql(f"INSERT INTO {name}.shop.orders SELECT id, date_add(DATE'2026-01-01', CAST(id % 3 AS INT)) FROM range(30)")
    spark.sql(f"DELETE FROM {name}.shop.orders WHERE id % 10 = 0")
    spark.sql(f"ALTER TABLE {name}.shop.orders ADD COLUMN note STRING AFTER id")
    spark.sql(f"MERGE INTO {name}.shop.orders t USING (SELECT 1L AS id UNION ALL SELECT 99L) s ON t.id = s.id "
              "WHEN MATCHED THEN UPDATE SET note = 'seen' "
              "WHEN NOT MATCHED THEN INSERT (id, note, day) VALUES (s.id, 'new', DATE'2026-02-01')")
    assert server.tarn.sql("SELECT count(*) AS n, count(note) AS notes FROM shop.orders") == [{"n": 28, "notes": 2}]
    server.tarn.ok("sql", "-e", "DELETE FROM shop.orders WHERE id < 10")
    assert spark.sql(f"SELECT count(*), min(id) FROM {name}.shop.orders").collect()[0] == (19, 11)
    spark.sql(f"CREATE VIEW {name}.shop.late AS SELECT id FROM {name}.shop.orders WHERE id > 90")
    assert [row.id for row in spark.sql(f"SELECT id FROM {name}.shop.late").collect()] == [99]
    spark.sql(f"CREATE TABLE {name}.shop.copy USING iceberg AS SELECT * FROM {name}.shop.orders")
    assert server.tarn.value("SELECT count(*) FROM shop.copy") == 19
    spark.sql(f"DROP VIEW {name}.shop.late")
    for table in ("orders", "copy"):
        spark.sql(f"DROP TABLE {name}.shop.{table} PURGE")
    spark.sql(f"DROP NAMESPACE {name}.shop")
    assert server.tarn.data_files() == []


def test_duckdb_works_on_tables(server, duck):
    server.tarn.ok("sql", "-e", "CREATE SCHEMA shop; CREATE TABLE shop.orders (id BIGINT, name VARCHAR); "
                                "INSERT INTO shop.orders VALUES (1, 'a'), (2, 'b')")
    duck.execute(f"ATTACH 'iceberg' AS lake (TYPE iceberg, ENDPOINT '{server.catalog_uri}', AUTHORIZATION_TYPE 'none')")
    try:
        assert duck.execute("SELECT count(*) FROM lake.shop.orders").fetchone() == (2,)
        duck.execute("INSERT INTO lake.shop.orders VALUES (3, 'c')")
        duck.execute("DELETE FROM lake.shop.orders WHERE id = 1")
        assert server.tarn.sql("SELECT id FROM shop.orders ORDER BY id") == [{"id": 2}, {"id": 3}]
    finally:
        duck.execute("DETACH lake")


def test_the_example_of_the_page_runs(server):
    page = (pathlib.Path(__file__).parents[2] / "docs/user/catalog-server.md").read_text()
    code = re.search(r"```python\n(.*?)```", page, re.S).group(1).replace("http://127.0.0.1:8080/catalog", server.catalog_uri)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == re.findall(r"^print\(.*\)  # (.*)$", code, re.M)
    assert server.tarn.value("SELECT count(*) FROM shop.orders") == 2
