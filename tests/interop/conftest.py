"""Other engines on the same tables. All of them are real: PyIceberg, DuckDB's iceberg extension, Spark."""
import os
import pathlib
import shutil
import subprocess
import sys

import duckdb
import pytest
from pyiceberg.catalog.sql import SqlCatalog

from lake import Lake
from trino_server import trino_server

os.environ["TARN_SQL_DIALECT"] = "duckdb"  # of statements that tests give to `tarn sql`

DEPS = pathlib.Path(os.environ["TARN_DEPS"]) if "TARN_DEPS" in os.environ else (
    pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "tarn" / "deps")


def versions():
    text = (pathlib.Path(__file__).parents[2] / "versions.env").read_text()
    pairs = (line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))
    return {key: value.strip('"') for key, value in pairs}


@pytest.fixture(scope="session")
def lake(tmp_path_factory):
    return Lake(tmp_path_factory.mktemp("lake") / "home")


@pytest.fixture(scope="session")
def started_lake(lake):
    """The lake with its catalog database made, so that others can open it first."""
    lake.sql("CREATE SCHEMA IF NOT EXISTS iceberg.interop")
    return lake


@pytest.fixture(scope="session")
def pyiceberg(started_lake):
    return SqlCatalog("iceberg", uri=f"sqlite:///{started_lake.home}/catalog.db",
                      warehouse=f"file://{started_lake.home}/warehouse")


@pytest.fixture(scope="session")
def duck():
    folder = DEPS / f"duckdb-extensions-{versions()['TARN_DUCKDB_VERSION']}"
    connection = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    for name in ("httpfs", "avro", "iceberg"):
        connection.execute(f"LOAD '{folder}/{name}.duckdb_extension'")
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def compile_java(jars, folder):
    """The classes of tests/interop/java as a jar in `folder`."""
    import pyspark

    sources = sorted(map(str, (pathlib.Path(__file__).parent / "java").rglob("*.java")))
    path = ":".join([*jars, str(pathlib.Path(pyspark.__file__).parent / "jars" / "*")])
    done = subprocess.run(["javac", "-proc:none", "-Xlint:all,-path,-serial", "-Werror", "-cp", path, "-d", folder, *sources],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return shutil.move(shutil.make_archive(str(folder), "zip", folder), f"{folder}.jar")


@pytest.fixture(scope="session")
def spark(started_lake, tmp_path_factory):
    from pyspark.sql import SparkSession

    wanted = [":".join(a.split(":")[1:]).replace(":", "-") for a in versions()["TARN_SPARK_JARS"].split()]
    jars = [str(jar) for name in wanted for jar in sorted(DEPS.glob(f"spark-jars-*/{name}.jar"))[:1]]
    assert len(jars) == len(wanted), f"of {wanted} only {jars} are there: run tools/install_deps.sh --test"
    jars.append(compile_java(jars, tmp_path_factory.mktemp("java")))
    home = started_lake.home
    catalog = "spark.sql.catalog.iceberg"
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (SparkSession.builder.master("local[2]").appName("tarn-interop")
               .config("spark.jars", ",".join(jars)).config("spark.driver.memory", "2g")
               .config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1")
               .config("spark.ui.enabled", "false").config("spark.sql.session.timeZone", "UTC")
               .config("spark.sql.shuffle.partitions", "2").config("spark.sql.timestampType", "TIMESTAMP_LTZ")
               # Called as where nobody chooses, which the Hive endpoint knows.
               .config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("spark") / "spark-warehouse"))
               .config("spark.sql.extensions",
                       "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
               .config(catalog, "org.apache.iceberg.spark.SparkCatalog")
               .config(f"{catalog}.catalog-impl", "org.apache.iceberg.jdbc.JdbcCatalog")
               .config(f"{catalog}.uri", f"jdbc:sqlite:{home}/catalog.db")
               .config(f"{catalog}.jdbc.schema-version", "V1")
               .config(f"{catalog}.warehouse", f"file:{home}/warehouse")
               .config(f"{catalog}.cache-enabled", "false")
               .getOrCreate())
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def trino(tmp_path_factory):
    """A Trino server without catalogs."""
    with trino_server(tmp_path_factory.mktemp("trino")) as running:
        yield running
