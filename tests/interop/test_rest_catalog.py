"""Engines on Tarn's tables through its Iceberg REST catalog, and Tarn on theirs."""
import pathlib
import re
import subprocess
import sys

import pytest
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import CommitFailedException, NoSuchTableError

from orders import a_stale_writer_is_told, add_spark_catalog, pyiceberg_makes_orders, rows, spark_makes_orders


@pytest.fixture
def rest(server):
    return RestCatalog("tarn", uri=server.catalog_uri)


def test_pyiceberg_works_on_tables(rest, server):
    pyiceberg_makes_orders(rest, server.tarn)
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
    rest = RestCatalog("tarn", uri=serve(env={"TARN_CATALOG_UNDROP_RETENTION": "0s"}).catalog_uri)
    rest.create_namespace("shop")
    rest.create_table("shop.orders", rows(0, 1).schema).append(rows(0, 10))
    assert tarn.data_files() != []
    rest.drop_table("shop.orders", purge_requested=True)
    assert tarn.data_files() == [] and tarn.json("table", "dropped") == []


def test_a_stale_writer_of_pyiceberg_is_told(rest):
    a_stale_writer_is_told(rest)


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
    add_spark_catalog(spark, name, type="rest", uri=server.catalog_uri, warehouse="iceberg")
    spark.sql(f"CREATE NAMESPACE {name}.shop")
    spark_makes_orders(spark, name, server.tarn)
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
