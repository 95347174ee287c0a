"""Encrypted tables between Tarn and Iceberg's Java library, both ways; and that nothing of them lies in clear."""
import datetime
import pathlib
import re
import subprocess

import duckdb
import pytest

from lake import TARN, Lake, TarnError, arrow_rows, spark_rows

KEYS = {"short": "00112233445566778899aabbccddeeff", "middle": "00112233445566778899aabbccddeeff0011223344556677",
        "long": "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"}
DATA_KEY_BYTES = {"short": 16, "middle": 24, "long": 32}
MARK = "Geheimnis"  # in every text value and every partition; must not be found in any file
COLUMNS_TARN = "id bigint, name varchar, tags array(varchar), price decimal(12,2), day date, at timestamp(6) with time zone"
COLUMNS_SPARK = "id bigint, name string, tags array<string>, price decimal(12,2), day date, at timestamp"


def rows_sql(first, last, engine):
    """Rows first … last - 1 as a query in the dialect of `engine`."""
    source, array = (f"range({first}, {last}) r(i)", "[{}]") if engine == "Tarn" else (f"range({first}, {last}) r(i)", "array({})")
    name = f"concat('{MARK} ', i)"
    tags = array.format(f"'{MARK}-tag', concat('t', i % 7)")
    return (f"SELECT i, {name}, {tags}, CAST(i AS DECIMAL(12,2)) / 4, DATE '2024-01-01' + CAST(i % 60 AS INTEGER), "
            f"TIMESTAMP '2024-01-01 00:00:00+00:00' + INTERVAL '1' SECOND * i FROM {source}")


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    """A lake whose catalog is called `sealed` and that has a key file."""
    home = tmp_path_factory.mktemp("sealed") / "home"
    home.mkdir()
    keys = home.parent / "keys"
    keys.write_text("# an id and a key\n" + "".join(f"{name} {key}\n" for name, key in KEYS.items()))
    keys.chmod(0o600)
    (home / "tarn.yaml").write_text(f"catalog.name: sealed\nencryption.key-file: {keys}\n")
    lake = Lake(home)
    lake.sql("CREATE SCHEMA sealed.s")
    return lake


def add_catalog(spark, name, home, implementation, **properties):
    conf = {"": "org.apache.iceberg.spark.SparkCatalog", ".catalog-impl": implementation,
            ".uri": f"jdbc:sqlite:{home}/catalog.db", ".jdbc.schema-version": "V1", ".warehouse": f"file:{home}/warehouse",
            ".cache-enabled": "false", **{f".{key}": value for key, value in properties.items()}}
    for key, value in conf.items():
        spark.conf.set(f"spark.sql.catalog.{name}{key}", value)
    return spark


@pytest.fixture(scope="module")
def java(spark, sealed):
    """Spark, with the keys: its catalog `sealed` is Tarn's."""
    return add_catalog(spark, "sealed", sealed.home, "tarn.interop.EncryptingCatalog",
                       **{"encryption.kms-impl": "tarn.interop.KeyFile", "key-file": str(sealed.home.parent / "keys")})


def same_rows(sealed, java, table, count):
    """Both see the same rows, and as many as there should be."""
    ours = arrow_rows(sealed.arrow(f"SELECT * FROM {table}"))
    assert ours == spark_rows(java.table(table))
    assert len(ours) == count
    return ours


def stored_files(sealed, table):
    """Every file of the table but the metadata JSON, and the check sums of Hadoop's local files."""
    folder = pathlib.Path(re.sub("^file:/*", "/", sealed.metadata_location(table.removeprefix("sealed.")))).parents[1]
    files = [file for file in folder.rglob("*") if file.is_file() and not file.name.endswith((".metadata.json", ".crc"))]
    assert files
    return files


def nothing_in_clear(sealed, table, least):
    """At least `least` files; each is an encrypted Parquet file or an AES GCM stream, and none tells of the rows."""
    files = stored_files(sealed, table)
    assert len(files) >= least
    for file in files:
        data = file.read_bytes()
        assert data[:4] in (b"PARE", b"AGS1"), f"{file.name} begins with {data[:4]}"
        for text in (MARK, "price", "tags", "iceberg.schema", "manifest_path", "data_file", "blob-metadata"):
            assert text.encode() not in data, f"{text} is in {file.name}"
    for file in sealed.home.rglob("*"):  # metadata JSON, catalog, what a query may have spilled
        assert not file.is_file() or MARK.encode() not in file.read_bytes(), f"{MARK} is in {file}"
    return {file.suffix for file in files}


@pytest.mark.parametrize("key", KEYS)
def test_java_reads_what_tarn_encrypts(sealed, java, key):
    table = f"sealed.s.tarn_{key}"
    sealed.sql(
        f"CREATE TABLE {table} ({COLUMNS_TARN}) WITH (partitioning = ARRAY['month(day)'], "
        f"'encryption.key-id' = '{key}', 'encryption.data-key-length' = '{DATA_KEY_BYTES[key]}', "
        f"'write.parquet.page-version' = '{'v2' if key == 'long' else 'v1'}')",
        f"INSERT INTO {table} {rows_sql(0, 5000, 'Tarn')}",
        f"INSERT INTO {table} VALUES (NULL, NULL, NULL, NULL, NULL, NULL)")
    same_rows(sealed, java, table, 5001)
    found = java.sql(f"SELECT id, name, tags, price, day FROM {table} WHERE name = '{MARK} 4321'").collect()
    assert [tuple(row) for row in found] == [
        (4321, f"{MARK} 4321", [f"{MARK}-tag", "t2"], found[0].price, datetime.date(2024, 1, 2))]
    assert str(found[0].price) == "1080.25"
    # Deletion vectors, twice in the same files, and changed rows.
    sealed.run("table", "set", table.removeprefix("sealed."), "write.delete.mode=merge-on-read")
    sealed.sql(f"DELETE FROM {table} WHERE id % 5 = 0", f"DELETE FROM {table} WHERE id % 7 = 0",
               f"UPDATE {table} SET name = '{MARK} changed' WHERE id < 10")
    left = sum(1 for i in range(5000) if i % 5 and i % 7) + 1
    rows = same_rows(sealed, java, table, left)
    assert sum(f"{MARK} changed" in row for row in rows) == 7
    assert {".parquet", ".puffin", ".avro"} <= nothing_in_clear(sealed, table, 9)


def test_tarn_reads_what_java_encrypts(sealed, java):
    table = "sealed.s.java"
    java.sql(f"CREATE TABLE {table} ({COLUMNS_SPARK}) USING iceberg PARTITIONED BY (months(day)) TBLPROPERTIES "
             "('format-version'='3', 'encryption.key-id'='long', 'encryption.data-key-length'='32', "
             "'write.parquet.bloom-filter-enabled.column.name'='true', 'write.delete.mode'='merge-on-read')")
    java.sql(f"INSERT INTO {table} {rows_sql(0, 5000, 'Spark')}")
    same_rows(sealed, java, table, 5000)
    for i in range(0, 5000, 777):  # a Bloom filter that is read wrongly would lose them
        assert sealed.sql(f"SELECT id FROM {table} WHERE name = '{MARK} {i}'") == [{"id": i}]
    java.sql(f"DELETE FROM {table} WHERE id % 3 = 0")
    same_rows(sealed, java, table, 3333)
    assert sealed.sql(f"SELECT count(*) n, min(name) a FROM {table} WHERE day = DATE '2024-01-02'") == [
        {"n": 84, "a": f"{MARK} 1"}]
    nothing_in_clear(sealed, table, 5)


def test_both_write_one_table(sealed, java):
    table = "sealed.s.shared"
    sealed.sql(f"CREATE TABLE {table} ({COLUMNS_TARN}) WITH ('encryption.key-id' = 'short')",
               f"INSERT INTO {table} {rows_sql(0, 100, 'Tarn')}")
    java.sql(f"INSERT INTO {table} {rows_sql(100, 200, 'Spark')}")
    sealed.sql(f"INSERT INTO {table} {rows_sql(200, 300, 'Tarn')}", f"DELETE FROM {table} WHERE id IN (1, 150)")
    java.sql(f"ALTER TABLE {table} SET TBLPROPERTIES ('write.delete.mode'='merge-on-read')")
    java.sql(f"DELETE FROM {table} WHERE id IN (2, 151, 250)")  # a vector merged with Tarn's
    java.sql(f"ALTER TABLE {table} ADD COLUMN note string")
    sealed.sql(f"INSERT INTO {table} SELECT *, '{MARK} note' FROM ({rows_sql(300, 310, 'Tarn')})")
    rows = same_rows(sealed, java, table, 305)
    assert sum(f"{MARK} note" in row for row in rows) == 10
    nothing_in_clear(sealed, table, 12)


def test_equality_deletes(sealed, java):
    table = "sealed.s.equal"
    sealed.sql(f"CREATE TABLE {table} ({COLUMNS_TARN}) WITH ('encryption.key-id' = 'middle')",
               f"INSERT INTO {table} {rows_sql(0, 100, 'Tarn')}")
    sealed.delete_equal("s.equal", "name", [f"{MARK} 7", f"{MARK} 8", "nobody"])
    same_rows(sealed, java, table, 98)
    nothing_in_clear(sealed, table, 6)


def test_maintenance_leaves_nothing_in_clear(sealed, java):
    table = "sealed.s.kept"
    sealed.sql(f"CREATE TABLE {table} ({COLUMNS_TARN}) WITH ('encryption.key-id' = 'long')")
    for i in range(4):
        sealed.sql(f"INSERT INTO {table} {rows_sql(i * 50, i * 50 + 50, 'Tarn')}")
    sealed.sql(f"DELETE FROM {table} WHERE id % 10 = 3")
    for action in (["compact", "s.kept", "--rewrite-all"], ["manifests", "s.kept"], ["deletes", "s.kept"]):
        sealed.run("maintain", *action)
        same_rows(sealed, java, table, 180)
    nothing_in_clear(sealed, table, 15)
    sealed.run("maintain", "expire", "s.kept", "--older-than", "0s", "--retain-last", "1")
    same_rows(sealed, java, table, 180)
    nothing_in_clear(sealed, table, 3)
    for action in ("stats", "partition-stats"):
        with pytest.raises(TarnError, match="in clear"):
            sealed.run("maintain", action, "s.kept")
    nothing_in_clear(sealed, table, 3)


def test_another_key_is_another_table(sealed, java):
    table = "sealed.s.first"
    sealed.sql(f"CREATE TABLE {table} ({COLUMNS_TARN}) WITH ('encryption.key-id' = 'short')",
               f"INSERT INTO {table} {rows_sql(0, 10, 'Tarn')}")
    for change in ("encryption.key-id=long", "encryption.key-id"):
        with pytest.raises(TarnError, match="cannot change"):
            sealed.run("table", "set", "s.first", change)
    copied = "sealed.s.second"
    sealed.sql(f"CREATE TABLE {copied} WITH ('encryption.key-id' = 'long') AS SELECT * FROM {table}")
    assert same_rows(sealed, java, copied, 10) == same_rows(sealed, java, table, 10)
    nothing_in_clear(sealed, copied, 3)


@pytest.mark.parametrize("settings, words", [
    ("", "configure encryption.key-file"),
    ("other 00112233445566778899aabbccddeeff\n", "Key short, which encrypts the table, is not in the key file"),
    ("short 10112233445566778899aabbccddeeff\n", "key is another one")])
def test_without_the_key(sealed, tmp_path, settings, words):
    table = "sealed.s.refused"
    if not sealed.sql("SELECT 1 FROM duckdb_tables() WHERE table_name = 'refused'"):
        sealed.sql(f"CREATE TABLE {table} ({COLUMNS_TARN}) WITH ('encryption.key-id' = 'short')",
                   f"INSERT INTO {table} {rows_sql(0, 10, 'Tarn')}")
    keys = tmp_path / "keys"
    keys.write_text(settings)
    environment = {"TARN_ENCRYPTION_KEY_FILE": str(keys) if settings else "", "PATH": "/usr/bin:/bin"}
    before = sorted(stored_files(sealed, table))
    for statement in (f"SELECT * FROM {table}", f"SELECT count(*) FROM {table}", f"INSERT INTO {table} (id) VALUES (1)",
                      f"DELETE FROM {table} WHERE id = 1", f"SELECT * FROM {table}.files"):
        done = subprocess.run([TARN, "sql", "-e", statement, "--home", str(sealed.home)], env=environment,
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and words in done.stderr, f"{statement}: {done.stdout}{done.stderr}"
        assert MARK not in done.stdout + done.stderr
    assert sorted(stored_files(sealed, table)) == before


def test_others_without_keys_see_nothing(sealed, duck):
    """PyIceberg and DuckDB know no encryption: they fail, and show no row."""
    from pyiceberg.catalog.sql import SqlCatalog

    table = "sealed.s.unseen"
    sealed.sql(f"CREATE TABLE {table} ({COLUMNS_TARN}) WITH ('encryption.key-id' = 'short')",
               f"INSERT INTO {table} {rows_sql(0, 10, 'Tarn')}")
    catalog = SqlCatalog("sealed", uri=f"sqlite:///{sealed.home}/catalog.db", warehouse=f"file://{sealed.home}/warehouse")
    with pytest.raises(Exception, match="Avro|magic|header") as error:
        catalog.load_table("s.unseen").scan().to_arrow()
    assert MARK not in str(error.value)
    path = sealed.metadata_location("s.unseen").removeprefix("file://")
    with pytest.raises(duckdb.Error) as error:
        duck.execute(f"SELECT * FROM iceberg_scan('{path}')").fetchall()
    assert MARK not in str(error.value)
