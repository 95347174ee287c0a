"""Settings of tarn.yaml and table properties, seen in the files that are written; tarn table advise."""
import shlex

import pyarrow.parquet as pq
import pytest

ROWS = "SELECT n AS id, 'customer-' || (n % 4000) AS name, n / 7 AS price, TIMESTAMP '2024-01-01' + to_seconds(n::INT) AS at"


def write(tarn, table, count=20_000, properties="", env=None):
    with_properties = f" TBLPROPERTIES ({properties})" if properties else ""
    tarn.ok("sql", "--dialect", "duckdb", "-e", f"CREATE SCHEMA IF NOT EXISTS iceberg.w; CREATE TABLE iceberg.w.{table} "
            f"(id bigint, name varchar, price double, at timestamp){with_properties}; "
            f"INSERT INTO iceberg.w.{table} {ROWS} FROM range({count}) AS r(n)", env=env)
    return [pq.read_metadata(file["path"].removeprefix("file://")) for file in tarn.json("table", "files", f"w.{table}")]


def codecs(footer):
    group = footer.row_group(0)
    return {group.column(i).path_in_schema: group.column(i).compression for i in range(group.num_columns)}


def settings(tarn, text):
    tarn.home.mkdir(parents=True, exist_ok=True)
    (tarn.home / "tarn.yaml").write_text(text)


def test_codecs_by_class_and_name(tarn):
    settings(tarn, "storage:\n  parquet:\n    compression:\n      default: zstd:3\n"
                   "      column_overrides: { text: gzip, numeric: brotli:4, at: none }\n")
    (footer,) = write(tarn, "a")
    assert codecs(footer) == {"id": "BROTLI", "name": "GZIP", "price": "ZSTD", "at": "UNCOMPRESSED"}
    # The table is above the settings, for the whole table and for a column.
    (footer,) = write(tarn, "b", properties="'write.parquet.compression-codec' = 'snappy'")
    assert set(codecs(footer).values()) == {"SNAPPY"}
    (footer,) = write(tarn, "c", properties="'write.parquet.compression-codec.column.id' = 'lz4'")
    assert codecs(footer) == {"id": "LZ4", "name": "GZIP", "price": "ZSTD", "at": "UNCOMPRESSED"}


def test_a_variable_is_above_the_file(tarn):
    settings(tarn, "storage.parquet.compression.default: gzip\n")
    (footer,) = write(tarn, "a", env={"TARN_STORAGE_PARQUET_COMPRESSION_COLUMN_OVERRIDES": "name=none, float=zstd"})
    assert codecs(footer) == {"id": "GZIP", "name": "UNCOMPRESSED", "price": "ZSTD", "at": "GZIP"}


def test_loads_follow_the_settings(tarn, tmp_path):
    settings(tarn, "storage.parquet.compression.default: zstd\n")
    (tmp_path / "t.csv").write_text("id,name\n1,a\n2,b\n")
    loaded = tarn.json("load", tmp_path / "t.csv", "--into", "w.t")
    assert loaded["compression_ratio"] > 0 and loaded["encoding_ms"] >= 0
    (footer,) = (pq.read_metadata(path) for path in tarn.data_files())
    assert set(codecs(footer).values()) == {"ZSTD"}


def test_maintenance_follows_the_settings(tarn):
    write(tarn, "t", count=1000)
    settings(tarn, "storage.parquet.compression.default: gzip\n")
    tarn.ok("maintain", "compact", "w.t", "--rewrite-all")
    (file,) = tarn.json("table", "files", "w.t")
    assert set(codecs(pq.read_metadata(file["path"].removeprefix("file://"))).values()) == {"GZIP"}


def test_file_size_row_groups_and_pages(tarn):
    settings(tarn, "storage:\n  parquet:\n    max_file_size: 1MiB\n    compression: { default: none }\n")
    footers = write(tarn, "small", count=400_000)
    assert len(footers) > 4
    settings(tarn, "storage:\n  parquet:\n    row_group_size: 256KiB\n")
    (footer,) = write(tarn, "groups", count=100_000)
    assert footer.num_row_groups > 1
    settings(tarn, "storage:\n  parquet:\n    page_size: 2KiB\n")
    (paged,) = write(tarn, "paged", count=20_000, properties="'write.parquet.dict-encoding-enabled.column.id' = 'false'")
    settings(tarn, "")
    (usual,) = write(tarn, "usual", count=20_000, properties="'write.parquet.dict-encoding-enabled.column.id' = 'false'")
    # Small pages cost headers and compress apart.
    assert paged.row_group(0).column(0).total_compressed_size > usual.row_group(0).column(0).total_compressed_size


@pytest.mark.parametrize("text, said", [
    ("storage.parquet.compression.default: lzo\n", "none, snappy, gzip, zstd, brotli or lz4, got: lzo"),
    ("storage.parquet.compression.default: zstd:99\n", "from 1 to 22, got: 99"),
    ("storage:\n  parquet:\n    compression:\n      column_overrides: { text: fast }\n",
     "storage.parquet.compression.column_overrides.text: A compression codec is"),
    ("storage:\n  parquet:\n    compression:\n      column_overrides: text\n", "a map, or text like a=x, b=y"),
    ("storage.parquet.memory.max_usage: 1MB\n", "from 16 MiB to 1 TiB, got: 1MB"),
    ("storage.parquet.memory.pool_size: lots\n", "a size like 50GB"),
    ("storage.parquet.rotation_timeout: 1ms\n", "got: 1ms"),
    ("storage.parquet.batch_size: 0\n", "a number from 1 to 10000000, got: 0"),
    ("storage.parquet.rotation_time: 1m\n", "did you mean storage.parquet.rotation_timeout?"),
])
def test_senseless_settings_are_refused(tarn, text, said):
    settings(tarn, text)
    assert said in tarn.fails("sql", "-e", "SELECT 1")


def test_senseless_properties_are_refused_by_the_write(tarn):
    message = tarn.fails("sql", "-e", "CREATE SCHEMA iceberg.w; CREATE TABLE iceberg.w.t (id bigint) TBLPROPERTIES "
                         "('write.parquet.encoding.column.id' = 'delta-length'); INSERT INTO iceberg.w.t VALUES (1)")
    assert "write.parquet.encoding.column.id must be one of plain, delta for column id of type long" in message
    assert tarn.data_files() == []


def test_advise_shrinks_the_sample_and_the_table(tarn):
    write(tarn, "t", count=60_000)
    before = sum(file["bytes"] for file in tarn.json("table", "files", "w.t"))
    advice = tarn.json("table", "advise", "w.t")
    assert (advice["files"], advice["files_sampled"], advice["rows_sampled"]) == (1, 1, 60_000)
    assert advice["sample_bytes_advised"] < advice["sample_bytes_today"]
    assert [column["name"] for column in advice["columns"]] == ["id", "name", "price", "at"]
    assert advice["today"]["ratio"] > 1 and all(len(column["trials"]) > 8 for column in advice["columns"])
    assert advice["properties"]["write.parquet.encoding.column.id"] == "delta"
    # The command it gives is run as it stands.
    words = shlex.split(advice["command"])
    assert words[:4] == ["tarn", "table", "set", "w.t"]
    tarn.ok(*words[1:])
    tarn.ok("maintain", "compact", "w.t", "--rewrite-all")
    after = sum(file["bytes"] for file in tarn.json("table", "files", "w.t"))
    assert after < before * 0.8
    assert list(tarn.sql("SELECT count(*) AS n, sum(id) AS ids FROM iceberg.w.t")[0].values()) == [60_000, sum(range(60_000))]


def test_advise_in_sql_and_text(tarn):
    write(tarn, "t", count=60_000)
    advice = tarn.json("table", "advise", "w.t", "--sample", "1MiB")
    assert 0 < advice["rows_sampled"] < 60_000
    for statement in advice["sql"]:
        tarn.ok("sql", "-e", "USE iceberg; " + statement)
    shown = tarn.json("table", "show", "w.t")["properties"]
    assert all(shown[key] == value for key, value in advice["properties"].items())
    text = tarn.ok("table", "advise", "w.t")
    assert "The files compress" in text and "price" in text
    tarn.ok("sql", "-e", "CREATE TABLE iceberg.w.empty (a bigint)")
    assert "no rows to try on" in tarn.ok("table", "advise", "w.empty")
    assert "from 64 KiB to 4 GiB, got: 1" in tarn.fails("table", "advise", "w.t", "--sample", "1", code=2)
    assert "w.none" in tarn.fails("table", "advise", "w.none")
