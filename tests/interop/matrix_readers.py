"""The readers of the interop matrix. Each gives the rows of one ref of a table as an Arrow table."""
import json
import pathlib
import re
import sqlite3
import subprocess

import pyarrow as pa

from lake import Lake
from matrix_cases import NAMESPACE, Cannot


class Tarn:
    name = "Tarn"

    def __init__(self, lake: Lake):
        self.lake = lake

    def read(self, table, ref, columns="*"):
        at = "" if ref == "main" else f" FOR VERSION AS OF '{ref}'"
        return self.lake.arrow(f"SELECT {columns} FROM iceberg.{NAMESPACE}.{table}{at}")


class Spark:
    name = "Spark"

    def __init__(self, spark):
        self.spark = spark

    def read(self, table, ref, columns="*"):
        at = "" if ref == "main" else f" VERSION AS OF '{ref}'"
        return self.spark.sql(f"SELECT {columns} FROM iceberg.{NAMESPACE}.{table}{at}").toArrow()


class PyIceberg:
    name = "PyIceberg"

    def __init__(self, catalog):
        self.catalog = catalog

    def read(self, table, ref, columns="*"):
        loaded = self.catalog.load_table(f"{NAMESPACE}.{table}")
        snapshot = None if ref == "main" else loaded.snapshot_by_name(ref).snapshot_id
        return loaded.scan(snapshot_id=snapshot).to_arrow()


class ByLocation:
    """Readers that are given the metadata file; its path is in the catalog's database."""

    def __init__(self, lake: Lake):
        self.database = lake.home / "catalog.db"

    def location(self, table):
        with sqlite3.connect(self.database) as connection:
            row = connection.execute("SELECT metadata_location FROM iceberg_tables WHERE table_namespace = ? AND table_name = ?",
                                     (NAMESPACE, table)).fetchone()
        return row[0]

    def path(self, table):
        return re.sub("^file:(//)?", "", self.location(table))

    def snapshot(self, table, ref):
        return json.loads(pathlib.Path(self.path(table)).read_text())["refs"][ref]["snapshot-id"]


class DuckDb(ByLocation):
    name = "DuckDB"

    def __init__(self, lake, duck):
        super().__init__(lake)
        self.duck = duck

    def read(self, table, ref, columns="*"):
        at = "" if ref == "main" else f", snapshot_from_id = {self.snapshot(table, ref)}"
        return self.duck.execute(f"SELECT {columns} FROM iceberg_scan('{self.path(table)}'{at})").to_arrow_table()


class Rust(ByLocation):
    name = "iceberg-rust"

    def read(self, table, ref, columns="*"):
        import datafusion
        from pyiceberg_core.datafusion import IcebergDataFusionTable
        if ref != "main":
            raise Cannot("its DataFusion table has no time travel")
        context = datafusion.SessionContext()
        context.register_table("t", IcebergDataFusionTable(
            identifier=(NAMESPACE, table), metadata_location=self.location(table), file_io_properties={}))
        return context.sql("SELECT * FROM t").to_arrow_table()


class Go(ByLocation):
    name = "iceberg-go"

    def __init__(self, lake, program):
        super().__init__(lake)
        self.program = program

    def read(self, table, ref, columns="*"):
        if columns != "*":
            raise Cannot("it gives variants as their bytes, which are not compared here")
        arguments = [str(self.program), self.path(table)]
        if ref != "main":
            arguments.append(str(self.snapshot(table, ref)))
        done = subprocess.run(arguments, capture_output=True, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.decode().strip().splitlines()[-1])
        return pa.ipc.open_stream(done.stdout).read_all()
