"""What clients do to a table of orders, whatever kind of catalog leads them to it."""
import pyarrow as pa
import pytest
from pyiceberg.exceptions import CommitFailedException, NamespaceAlreadyExistsError
from pyiceberg.expressions import EqualTo
from pyiceberg.types import StringType


def rows(first, count):
    return pa.table({"id": pa.array(range(first, first + count), pa.int64()),
                     "name": pa.array([f"n{i}" for i in range(first, first + count)])})


def pyiceberg_makes_orders(catalog, tarn):
    """A new table shop.orders that PyIceberg fills, evolves and deletes from; Tarn reads it and adds the order 100."""
    catalog.create_namespace("shop", {"owner": "me"})
    with pytest.raises(NamespaceAlreadyExistsError):
        catalog.create_namespace("shop")
    table = catalog.create_table("shop.orders", rows(0, 1).schema)
    table.append(rows(0, 10))
    with table.update_schema() as update:
        update.add_column("note", StringType())
    table.delete(EqualTo("id", 3))
    with table.transaction() as transaction:
        transaction.set_properties({"comment": "by PyIceberg"})
        transaction.append(rows(10, 5).append_column("note", pa.array(["x"] * 5)))
    assert sorted(table.scan().to_arrow()["id"].to_pylist()) == [0, 1, 2, *range(4, 15)]
    assert tarn.value("SELECT count(*) FROM shop.orders WHERE note IS NULL") == 9
    tarn.ok("sql", "-e", "INSERT INTO shop.orders VALUES (100, 'tarn', NULL)")
    assert table.refresh().scan(row_filter=EqualTo("id", 100)).to_arrow()["name"].to_pylist() == ["tarn"]
    return table


def a_stale_writer_is_told(catalog):
    catalog.create_namespace("shop")
    table = catalog.create_table("shop.orders", rows(0, 1).schema)
    stale = catalog.load_table("shop.orders")
    with table.update_schema() as update:
        update.add_column("note", StringType())
    with pytest.raises(CommitFailedException, match="Requirement failed: current schema"):
        with stale.update_schema() as update:
            update.add_column("other", StringType())


def add_spark_catalog(spark, name, **settings):
    """A catalog of Spark's session, once for each name; a setting's `_` is written as `-`."""
    settings = {"cache-enabled": "false"} | {key.replace("_", "-"): value for key, value in settings.items()}
    spark.conf.set(f"spark.sql.catalog.{name}", "org.apache.iceberg.spark.SparkCatalog")
    for key, value in settings.items():
        spark.conf.set(f"spark.sql.catalog.{name}.{key}", value)


def spark_makes_orders(spark, catalog, tarn):
    """A new table shop.orders of 28 rows that Spark fills, evolves, deletes from and merges into; Tarn deletes nine."""
    spark.sql(f"CREATE TABLE {catalog}.shop.orders (id BIGINT, day DATE) USING iceberg PARTITIONED BY (days(day)) "
              "TBLPROPERTIES ('format-version'='2', 'write.delete.mode'='merge-on-read', "
              "'write.merge.mode'='merge-on-read')")
    spark.sql(f"INSERT INTO {catalog}.shop.orders "
              "SELECT id, date_add(DATE'2026-01-01', CAST(id % 3 AS INT)) FROM range(30)")
    spark.sql(f"DELETE FROM {catalog}.shop.orders WHERE id % 10 = 0")
    spark.sql(f"ALTER TABLE {catalog}.shop.orders ADD COLUMN note STRING AFTER id")
    spark.sql(f"MERGE INTO {catalog}.shop.orders t USING (SELECT 1L AS id UNION ALL SELECT 99L) s ON t.id = s.id "
              "WHEN MATCHED THEN UPDATE SET note = 'seen' "
              "WHEN NOT MATCHED THEN INSERT (id, note, day) VALUES (s.id, 'new', DATE'2026-02-01')")
    assert tarn.sql("SELECT count(*) AS n, count(note) AS notes FROM shop.orders") == [{"n": 28, "notes": 2}]
    assert tarn.data_files() != []  # in Tarn's warehouse
    tarn.ok("sql", "-e", "DELETE FROM shop.orders WHERE id < 10")
    assert spark.sql(f"SELECT count(*), min(id) FROM {catalog}.shop.orders").collect()[0] == (19, 11)
