#!/usr/bin/env python3
"""Makes the eight TPC-H tables as Parquet with DuckDB's tpch extension: tpch_data.py SCALE_FACTOR DIRECTORY."""
import os
import pathlib
import sys

import duckdb

TABLES = ["lineitem", "orders", "customer", "part", "partsupp", "supplier", "nation", "region"]


def extension(name):
    deps = pathlib.Path(os.environ.get("TARN_DEPS") or pathlib.Path(
        os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "tarn" / "deps")
    return str(deps / f"duckdb-extensions-{duckdb.__version__}" / f"{name}.duckdb_extension")


def make(scale_factor, directory):
    """Writes <directory>/<table>.parquet; a directory that is complete is left as it is."""
    directory = pathlib.Path(directory)
    done = directory / "complete"
    if done.exists():
        return directory
    directory.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect()
    connection.execute(f"LOAD '{extension('tpch')}'")
    connection.execute(f"CALL dbgen(sf = {scale_factor})")
    for table in TABLES:
        connection.execute(f"COPY {table} TO '{directory / table}.parquet' (FORMAT parquet)")
    done.touch()
    return directory


def queries():
    connection = duckdb.connect()
    connection.execute(f"LOAD '{extension('tpch')}'")
    return [text for (text,) in connection.execute("SELECT query FROM tpch_queries() ORDER BY query_nr").fetchall()]


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    make(float(sys.argv[1]), sys.argv[2])
