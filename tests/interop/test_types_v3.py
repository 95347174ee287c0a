"""Types and defaults of format version 3: what Tarn writes is read by those that have the type, and the other way round."""
import datetime
import json

import pytest

from lake import arrow_rows, spark_rows


@pytest.fixture(scope="module", autouse=True)
def namespace(started_lake):
    started_lake.sql("CREATE SCHEMA IF NOT EXISTS iceberg.v3")


def test_nanoseconds(started_lake, pyiceberg):
    name = "iceberg.v3.nanos"
    started_lake.sql(
        f"CREATE TABLE {name} (id bigint, t timestamp_ns, z timestamptz_ns) PARTITIONED BY (day(t))",
        f"INSERT INTO {name} VALUES (1, TIMESTAMP_NS '2024-01-31 10:00:00.123456789', TIMESTAMPTZ '2024-01-31 10:00:00.5+00'), "
        "(2, TIMESTAMP_NS '1969-12-31 23:59:59.999999999', NULL), (3, NULL, NULL)")
    table = pyiceberg.load_table(name.removeprefix("iceberg."))
    assert table.metadata.format_version == 3
    assert [str(f.field_type) for f in table.schema().fields] == ["long", "timestamp_ns", "timestamptz_ns"]
    ours = [str(row["t"]) for row in started_lake.arrow(f"SELECT t::VARCHAR t FROM {name} ORDER BY id").to_pylist()]
    assert ours == ["2024-01-31 10:00:00.123456789", "1969-12-31 23:59:59.999999999", "None"]
    # PyIceberg reads nanoseconds as such.
    import pyarrow.compute as pc
    theirs = table.scan().to_arrow().sort_by("id")
    assert [pc.cast(theirs["t"], "int64")[i].as_py() for i in range(2)] == [1706695200123456789, -1]
    assert started_lake.sql(f"SELECT id FROM {name} WHERE t > TIMESTAMP_NS '2024-01-31 10:00:00.123456788'") == [{"id": 1}]


def test_variant_between_tarn_and_spark(started_lake, spark):
    name = "iceberg.v3.variants"
    started_lake.sql(
        f"CREATE TABLE {name} (id bigint, v variant)",
        f"""INSERT INTO {name} VALUES (1, '{{"a": 1, "b": [true, null, "x"], "c": {{"d": 1.5}}}}'::JSON::VARIANT),
            (2, NULL), (3, 42::VARIANT), (4, 'text'::VARIANT), (5, (DATE '2024-01-31')::VARIANT), (6, 1.25::DECIMAL(9,2)::VARIANT),
            (7, TIMESTAMP '2024-01-31 10:00:00.5'::VARIANT), (8, [1, 2]::VARIANT), (9, true::VARIANT), (10, 2.5::DOUBLE::VARIANT)""")
    theirs = {row.id: row.v for row in spark.sql(f"SELECT id, to_json(v) v FROM {name}").collect()}
    assert json.loads(theirs[1]) == {"a": 1, "b": [True, None, "x"], "c": {"d": 1.5}}
    assert theirs[2] is None
    assert [theirs[i] for i in (3, 4, 5, 6, 8, 9, 10)] == ["42", '"text"', '"2024-01-31"', "1.25", "[1,2]", "true", "2.5"]
    assert theirs[7].startswith('"2024-01-31 10:00:00.5')
    kinds = {row.id: row.k for row in spark.sql(f"SELECT id, schema_of_variant(v) k FROM {name}").collect()}
    assert (kinds[5], kinds[6], kinds[7], kinds[10]) == ("DATE", "DECIMAL(3,2)", "TIMESTAMP_NTZ", "DOUBLE")

    spark.sql(f"INSERT INTO {name} SELECT 20 + id, parse_json(concat('{{\"n\": ', id, ', \"s\": \"t', id, '\"}}')) FROM range(5)")
    ours = started_lake.sql(f"SELECT id, v.n::INTEGER n, v.s::VARCHAR s FROM {name} WHERE id >= 20 ORDER BY id")
    assert ours == [{"id": 20 + i, "n": i, "s": f"t{i}"} for i in range(5)]
    assert started_lake.sql(f"SELECT id FROM {name} WHERE v.n::INTEGER = 3") == [{"id": 23}]


def test_shredded_variants_of_spark(started_lake, spark):
    name = "iceberg.v3.shredded"
    spark.sql(f"CREATE TABLE {name} (id bigint, v variant) USING iceberg TBLPROPERTIES ('format-version'='3', "
              "'write.parquet.shred-variants'='true', 'write.parquet.variant.shredding.enabled'='true')")
    spark.conf.set("spark.sql.iceberg.shred-variants", "true")
    spark.sql(f"INSERT INTO {name} SELECT id, parse_json(concat('{{\"n\": ', id, ', \"s\": \"t', id, '\", \"l\": [1,2]}}')) "
              "FROM range(100) UNION ALL SELECT 100, NULL UNION ALL SELECT 101, parse_json('7')")
    spark.conf.unset("spark.sql.iceberg.shred-variants")
    import pyarrow.parquet as pq
    files = [row.file_path for row in spark.sql(f"SELECT file_path FROM {name}.files").collect()]
    schemas = [str(pq.ParquetFile(file.removeprefix("file:")).schema) for file in files]
    assert any("typed_value" in schema for schema in schemas), "Spark did not shred"
    ours = started_lake.sql(f"SELECT id, v.n::INTEGER n, v.s::VARCHAR s FROM {name} WHERE id < 100 ORDER BY id")
    assert ours == [{"id": i, "n": i, "s": f"t{i}"} for i in range(100)]
    assert started_lake.sql(f"SELECT id, v::JSON::VARCHAR v FROM {name} WHERE id = 101") == [{"id": 101, "v": "7"}]
    assert started_lake.sql(f"SELECT id FROM {name} WHERE v IS NULL") == [{"id": 100}]


def test_unknown_between_tarn_and_others(started_lake, pyiceberg, spark):
    name = "iceberg.v3.unknowns"
    started_lake.sql(f"CREATE TABLE {name} (id bigint, u unknown)", f"INSERT INTO {name} VALUES (1, NULL), (2, NULL)")
    assert spark_rows(spark.table(name)) == arrow_rows(started_lake.arrow(f"SELECT id, u::INTEGER u FROM {name}"))
    table = pyiceberg.load_table(name.removeprefix("iceberg."))
    assert str(table.schema().find_field("u").field_type) == "unknown"
    assert table.scan().to_arrow().sort_by("id").to_pylist() == [{"id": 1, "u": None}, {"id": 2, "u": None}]


def test_defaults_between_tarn_and_others(started_lake, pyiceberg, spark):
    name = "iceberg.v3.defaults"
    started_lake.sql(f"CREATE TABLE {name} (id bigint) WITH (format_version = 3)", f"INSERT INTO {name} VALUES (1)",
                     f"ALTER TABLE {name} ADD COLUMN i integer DEFAULT 7", f"ALTER TABLE {name} ADD COLUMN s varchar DEFAULT 'x'",
                     f"ALTER TABLE {name} ADD COLUMN d date DEFAULT DATE '2024-01-31'",
                     f"ALTER TABLE {name} ADD COLUMN n decimal(9,2) DEFAULT 1.5",
                     f"ALTER TABLE {name} ALTER COLUMN i SET DEFAULT 8", f"INSERT INTO {name} (id) VALUES (2)")
    ours = arrow_rows(started_lake.arrow(f"SELECT * FROM {name}"))
    assert ours == spark_rows(spark.table(name))
    assert ours == arrow_rows(pyiceberg.load_table(name.removeprefix("iceberg.")).scan().to_arrow())
    assert [row.i for row in spark.sql(f"SELECT i FROM {name} ORDER BY id").collect()] == [7, 8]
    field = pyiceberg.load_table(name.removeprefix("iceberg.")).schema().find_field("i")
    assert (field.initial_default, field.write_default) == (7, 8)
    assert spark.sql(f"SELECT id FROM {name} WHERE i = 7").collect()[0].id == 1


def test_geometries(started_lake, pyiceberg):
    """PyIceberg has the types; their values are WKB. (It does not read the specification's text of their parameters.)"""
    name = "iceberg.v3.geo"
    started_lake.sql(f"CREATE TABLE {name} (id bigint, g geometry, e geography)",
                     f"INSERT INTO {name} VALUES (1, 'POINT (1 2)'::GEOMETRY, 'POINT (3 4)'::GEOMETRY), (2, NULL, NULL), "
                     "(3, 'LINESTRING (-5 0, 7.5 10)'::GEOMETRY, NULL)")
    table = pyiceberg.load_table(name.removeprefix("iceberg."))
    assert [str(f.field_type) for f in table.schema().fields][1].startswith("geometry")
    file = next(iter(table.scan().plan_files())).file
    import struct
    bounds = {id: struct.unpack("<dd", file.lower_bounds[id]) + struct.unpack("<dd", file.upper_bounds[id])
              for id in file.lower_bounds if id != 1}
    assert bounds == {2: (-5.0, 0.0, 7.5, 10.0)}, "a geography has no bounds"
    import pyarrow.parquet as pq
    schema = pq.ParquetFile(file.file_path.removeprefix("file://")).schema
    assert "Geometry" in str(schema.column(1).logical_type)
    assert "Geography" in str(schema.column(2).logical_type)
    assert started_lake.sql(f"SELECT g::VARCHAR g FROM {name} WHERE id = 3") == [{"g": "LINESTRING (-5 0, 7.5 10)"}]


def test_all_of_it_is_upgraded_to_when_asked(started_lake):
    name = "iceberg.v3.later"
    started_lake.sql(f"CREATE TABLE {name} (id bigint, made timestamp(6))",
                     f"INSERT INTO {name} VALUES (1, TIMESTAMP '2024-01-31 10:00:00')",
                     f"ALTER TABLE {name} SET PROPERTIES format_version = 3", f"ALTER TABLE {name} ADD COLUMN v variant",
                     f"ALTER TABLE {name} ADD COLUMN g geometry", f"ALTER TABLE {name} ADD COLUMN t timestamp_ns",
                     f"INSERT INTO {name} VALUES (2, NULL, 5::VARIANT, 'POINT (0 0)'::GEOMETRY, TIMESTAMP_NS '2024-01-31 00:00:00.000000001')")
    rows = started_lake.sql(f"SELECT id, v::JSON::VARCHAR v, g::VARCHAR g, t::VARCHAR t FROM {name} ORDER BY id")
    assert rows[0]["g"] is None and rows[0]["t"] is None
    assert rows[1] == {"id": 2, "v": "5", "g": "POINT (0 0)", "t": "2024-01-31 00:00:00.000000001"}
    assert datetime.datetime(2024, 1, 31, 10) == started_lake.arrow(f"SELECT made FROM {name} ORDER BY id").to_pylist()[0]["made"]
