"""DuckDB, PyIceberg and Spark read every codec, encoding and page version that Tarn writes.

Each case is a table with one set of properties and the same rows. Files are looked into with PyArrow, so that a property that
does nothing does not pass for one that is read well.
"""
import json

import pyarrow.parquet as pq
import pytest

from lake import arrow_rows, spark_rows

PARQUET = "write.parquet."
TYPES = ("i int, l bigint, f real, d double, dec_int decimal(9, 2), dec_long decimal(18, 3), dec_bytes decimal(38, 4), "
         "day date, ts timestamp, ts_tz timestamptz, s varchar, b blob, flag boolean, "
         "nested struct(x bigint, y varchar), list bigint[], map map(varchar, double)")
ROWS = """
SELECT CASE WHEN n % 11 = 0 THEN NULL ELSE (n * 37 % 1000)::INT END, CASE WHEN n % 13 = 0 THEN NULL ELSE n * 1000003 END,
 (n / 8)::REAL, n / 7, (n % 1000)::DECIMAL(9, 2), n::DECIMAL(18, 3), (n * 12345678901234::HUGEINT)::DECIMAL(38, 4),
 DATE '2020-01-01' + (n % 900)::INT, TIMESTAMP '2024-01-01' + to_seconds(n::INT),
 TIMESTAMPTZ '2024-01-01 00:00:00+00' + to_milliseconds(n), CASE WHEN n % 7 = 0 THEN NULL ELSE 'path/to/object-' || (n // 3) END,
 CASE WHEN n % 5 = 0 THEN NULL ELSE encode('blob' || n) END, n % 3 = 0,
 CASE WHEN n % 17 = 0 THEN NULL ELSE {'x': n, 'y': 'y' || (n % 50)} END,
 CASE WHEN n % 19 = 0 THEN NULL ELSE [n, NULL, n + 1] END, CASE WHEN n % 23 = 0 THEN NULL ELSE MAP {'k' || (n % 3): n / 4} END
FROM range(3000) AS r(n)"""
INTEGERS = ("i", "l", "dec_int", "dec_long", "day", "ts", "ts_tz", "nested.x", "list.element")
TEXTS = ("s", "b", "nested.y", "map.key")
FLOATS = ("f", "d", "map.value")


def encoded(encoding, columns):
    return {f"{PARQUET}encoding.column.{column}": encoding for column in columns}


CASES = {
    "defaults": {},
    **{f"codec-{codec}": {PARQUET + "compression-codec": codec} for codec in ("none", "snappy", "gzip", "zstd", "lz4", "brotli")},
    "levels": {PARQUET + "compression-codec": "zstd", PARQUET + "compression-level": "15",
               PARQUET + "compression-codec.column.s": "gzip", PARQUET + "compression-level.column.s": "9",
               PARQUET + "compression-codec.column.nested": "none"},
    "v2-pages": {PARQUET + "page-version": "v2"},
    "small-pages": {PARQUET + "page-size-bytes": "2000", PARQUET + "page-row-limit": "100", PARQUET + "dict-size-bytes": "500"},
    "plain": encoded("plain", INTEGERS + TEXTS + FLOATS + ("dec_bytes",)),
    "delta-integers": encoded("delta", INTEGERS),
    "delta-texts": encoded("delta", TEXTS),
    "delta-length": encoded("delta-length", TEXTS),
    "split-floats": encoded("byte-stream-split", FLOATS),
    "delta-v2": {PARQUET + "page-version": "v2", PARQUET + "compression-codec": "zstd", **encoded("delta", INTEGERS + TEXTS)},
    "blooms": {f"{PARQUET}bloom-filter-enabled.column.{column}": "true" for column in ("i", "l", "d", "s", "dec_bytes", "day",
                                                                                      "nested.x")},
    "no-statistics": {f"{PARQUET}stats-enabled.column.{column}": "false" for column in ("l", "s", "nested", "list")},
}
# Spark's Parquet has no Brotli of its own.
NOT_IN_SPARK = {"codec-brotli"}


@pytest.fixture(scope="module", params=list(CASES))
def written(request, started_lake):
    name = "opt_" + request.param.replace("-", "_")
    properties = ", ".join(f"'{key}' = '{value}'" for key, value in CASES[request.param].items())
    table_properties = f" TBLPROPERTIES ({properties})" if properties else ""
    started_lake.sql("SET TimeZone = 'UTC'",
                     f"CREATE TABLE iceberg.interop.{name} ({TYPES}){table_properties}",
                     f"INSERT INTO iceberg.interop.{name} {ROWS}")
    return request.param, name


def expected(lake, name):
    return arrow_rows(lake.arrow(f"SELECT * FROM iceberg.interop.{name}"))


def footers(lake, name):
    files = json.loads(lake.run("table", "files", f"interop.{name}", "--json").stdout)
    return [pq.read_metadata(file["path"].removeprefix("file://")) for file in files]


def chunks(lake, name):
    """Column chunks of the first row group by Parquet's path."""
    group = footers(lake, name)[0].row_group(0)
    return {group.column(i).path_in_schema: group.column(i) for i in range(group.num_columns)}


def test_rows_are_all_there(written, started_lake):
    _, name = written
    seen = started_lake.sql(f"SELECT count(*) AS n, sum(l) AS l, count(s) AS s FROM iceberg.interop.{name}")
    assert seen == [{"n": 3000, "l": sum(n * 1000003 for n in range(3000) if n % 13), "s": 3000 - 429}]


def test_the_file_is_what_was_asked_for(written, started_lake):
    case, name = written
    columns = chunks(started_lake, name)
    encodings = {path: set(chunk.encodings) for path, chunk in columns.items()}
    codecs = {path: chunk.compression for path, chunk in columns.items()}
    if case.startswith("codec-"):
        want = {"none": "UNCOMPRESSED", "lz4": "LZ4"}.get(case.removeprefix("codec-"), case.removeprefix("codec-").upper())
        assert set(codecs.values()) == {want}
    if case == "levels":
        assert (codecs["i"], codecs["s"], codecs["nested.x"], codecs["nested.y"]) == ("ZSTD", "GZIP", "UNCOMPRESSED", "UNCOMPRESSED")
    if case in ("delta-integers", "delta-v2"):
        assert all("DELTA_BINARY_PACKED" in encodings[path] for path in ("i", "l", "dec_int", "day", "ts_tz", "nested.x",
                                                                       "list.list.element"))
    if case in ("delta-texts", "delta-v2"):
        assert all("DELTA_BYTE_ARRAY" in encodings[path] for path in ("s", "b", "nested.y", "map.key_value.key"))
    if case == "delta-length":
        assert all("DELTA_LENGTH_BYTE_ARRAY" in encodings[path] for path in ("s", "b", "nested.y"))
    if case == "split-floats":
        assert all("BYTE_STREAM_SPLIT" in encodings[path] for path in ("f", "d", "map.key_value.value"))
    if case == "plain":
        assert all("RLE_DICTIONARY" not in seen for seen in encodings.values())
    if case == "no-statistics":
        assert not columns["l"].is_stats_set and not columns["nested.y"].is_stats_set and columns["i"].is_stats_set
    if case == "defaults":
        assert set(codecs.values()) == {"SNAPPY"} and "RLE_DICTIONARY" in encodings["s"]


def test_pyiceberg_reads(written, started_lake, pyiceberg):
    _, name = written
    table = pyiceberg.load_table(f"interop.{name}")
    assert arrow_rows(table.scan().to_arrow()) == expected(started_lake, name)
    assert len(table.scan(row_filter="i == 37").to_arrow()) == 2


def test_duckdb_reads(written, started_lake, duck):
    _, name = written
    location = started_lake.metadata_location(f"interop.{name}")
    table = duck.execute(f"SELECT * FROM iceberg_scan('{location}')").to_arrow_table()
    assert arrow_rows(table) == expected(started_lake, name)
    assert duck.execute(f"SELECT count(*) FROM iceberg_scan('{location}') WHERE i = 37 AND s >= 'path'").fetchone()[0] >= 1


def test_spark_reads(written, started_lake, spark):
    case, name = written
    if case in NOT_IN_SPARK:
        pytest.skip("Spark comes without this codec")
    frame = spark.table(f"iceberg.interop.{name}")
    assert spark_rows(frame) == expected(started_lake, name)
    assert frame.where("i = 37").count() == 2


def test_bloom_filters_are_used(started_lake, duck):
    """DuckDB's own look into the file: every value asked for is found, and one that is absent is ruled out."""
    name = "opt_bloom_probe"
    started_lake.sql(f"CREATE TABLE iceberg.interop.{name} (v bigint) TBLPROPERTIES "
                     f"('{PARQUET}bloom-filter-enabled.column.v' = 'true')",
                     f"INSERT INTO iceberg.interop.{name} SELECT n * 2 FROM range(20000) AS r(n)")
    (file,) = json.loads(started_lake.run("table", "files", f"interop.{name}", "--json").stdout)
    path = file["path"].removeprefix("file://")
    probe = "SELECT bool_or(NOT bloom_filter_excludes) FROM parquet_bloom_probe(?, 'v', ?)"
    assert all(duck.execute(probe, [path, value]).fetchone()[0] for value in range(0, 40000, 998))
    excluded = sum(not duck.execute(probe, [path, value]).fetchone()[0] for value in range(1, 2000, 20))
    assert excluded > 90
