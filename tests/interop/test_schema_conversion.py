"""One Iceberg schema as a Parquet schema by Tarn, by PyIceberg and by Iceberg's Java library: the same, node by node.

Each of the three writes a file of the same table; the schemas are compared as the footers say them: names, repetition,
physical types and lengths, logical types, field ids. What may differ is listed in DIFFERENCES, with the reason.
"""
import re

import pyarrow.parquet as pq
import pytest
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.schema import Schema
from pyiceberg.types import (BinaryType, BooleanType, DateType, DecimalType, DoubleType, FixedType, FloatType, IntegerType,
                             ListType, LongType, MapType, NestedField, StringType, StructType, TimestampType,
                             TimestamptzType, TimeType, UUIDType)

# (who differs from Tarn, which node, what Tarn has, what the other has): why
DIFFERENCES = {
    ("java", "g", "(Geometry(crs=))", "(Geometry(crs=OGC:CRS84))"): "Parquet's default, which we leave out and Java says",
    ("java", "e", "(Geography(crs=, algorithm=spherical))", "(Geography(crs=OGC:CRS84, algorithm=spherical))"): "the same",
}

PRIMITIVES = [  # name, type, literal
    ("b", BooleanType(), "true"), ("i", IntegerType(), "1"), ("l", LongType(), "2"), ("f", FloatType(), "1.5"),
    ("d", DoubleType(), "2.5"), ("dec1", DecimalType(1, 0), "1"), ("dec9", DecimalType(9, 2), "1.25"),
    ("dec10", DecimalType(10, 2), "1.25"), ("dec18", DecimalType(18, 4), "1.25"), ("dec19", DecimalType(19, 4), "1.25"),
    ("dec38", DecimalType(38, 10), "1.25"), ("dt", DateType(), "DATE '2024-02-29'"), ("t", TimeType(), "TIME '12:00:00'"),
    ("ts", TimestampType(), "TIMESTAMP '2024-02-29 12:00:00'"),
    ("tz", TimestamptzType(), "TIMESTAMPTZ '2024-02-29 12:00:00+00:00'"), ("s", StringType(), "'x'"),
    ("u", UUIDType(), "'f79c3e09-677c-4bbd-a479-3f349cb785e7'"), ("fx", FixedType(3), "'abc'::BLOB"),
    ("bin", BinaryType(), "'\\x00'::BLOB"),
]


def optional_primitives():
    fields = [NestedField(n, name, kind, required=False) for n, (name, kind, _) in enumerate(PRIMITIVES, 1)]
    return Schema(*fields), ", ".join("NULL" for _ in PRIMITIVES)


def required_primitives():
    fields = [NestedField(n, name, kind, required=True) for n, (name, kind, _) in enumerate(PRIMITIVES, 1)]
    return Schema(*fields), ", ".join(literal for *_, literal in PRIMITIVES)


def nested():
    inner = StructType(NestedField(20, "x", IntegerType(), required=True), NestedField(21, "y", DecimalType(9, 2), required=False),
                       NestedField(22, "u", UUIDType(), required=False))
    return Schema(
        NestedField(1, "st", inner, required=False), NestedField(2, "rs", StructType(NestedField(23, "a", StringType(), required=True)),
                                                                  required=True),
        NestedField(3, "li", ListType(30, IntegerType(), element_required=False), required=False),
        NestedField(4, "lr", ListType(31, LongType(), element_required=True), required=True),
        NestedField(5, "ls", ListType(32, StructType(NestedField(24, "q", TimestamptzType(), required=False)), element_required=False),
                    required=False),
        NestedField(6, "ll", ListType(33, ListType(34, StringType(), element_required=True), element_required=False), required=False),
        NestedField(7, "mo", MapType(40, StringType(), 41, DoubleType(), value_required=False), required=False),
        NestedField(8, "mr", MapType(42, IntegerType(), 43, DateType(), value_required=True), required=True),
        NestedField(9, "mm", MapType(44, StringType(), 45, MapType(46, LongType(), 47, ListType(48, BinaryType(), element_required=False),
                                                                    value_required=False), value_required=False), required=False),
    ), ("NULL, {'a': 'x'}, [1, NULL], [1], [{'q': NULL}], NULL, NULL, MAP {1: DATE '2024-02-29'}, NULL")


PLAIN = {"optional primitives": optional_primitives, "required primitives": required_primitives, "nested": nested}
V3 = {  # columns as Tarn is told, a row, which of the others have the types
    "nanoseconds": ("t timestamp_ns, z timestamptz_ns, l array(timestamp_ns)", "NULL, NULL, NULL", ("pyiceberg", "java")),
    "unknown": ("id bigint, k unknown", "1, NULL", ("java",)),
    "variant": ("id bigint, v variant", "1, NULL", ("java",)),
    "geo": ("id bigint, g geometry, e geography", "1, NULL, NULL", ("java",)),
}
LINE = re.compile(r"(?P<repetition>required|optional|repeated) (?P<physical>\S+) field_id=(?P<id>-?\d+) (?P<name>\w+)"
                  r"(?: \((?P<logical>.*)\))?(?: \{|;)?$")


def nodes(path):
    """{path of a node: (repetition, physical type, logical type, field id)}, without the root."""
    found, above = {}, []
    for line in str(pq.ParquetFile(path).schema).splitlines()[1:]:
        line = line.strip()
        if line == "}":
            above.pop()
            continue
        match = LINE.match(line)
        if match is None:
            continue
        above.append(match["name"])
        if len(above) > 1:
            logical = f"({match['logical']})" if match["logical"] else ""
            # Whether a logical type was read from its old form says nothing about its meaning.
            logical = re.sub(r", (is_from_converted_type|force_set_converted_type)=\w+", "", logical)
            found[".".join(above[1:])] = (match["repetition"], match["physical"], logical, int(match["id"]))
        if not line.endswith("{"):
            above.pop()
    return found


def of_pyiceberg(table, folder):
    path = folder / "pyiceberg.parquet"
    schema = schema_to_pyarrow(table.schema())
    with pq.ParquetWriter(path, schema, store_decimal_as_integer=True):  # as PyIceberg's write_file has it
        pass
    return nodes(path)


def of_java(spark, name, folder):
    """The table's rows, read and written by Iceberg's own library, which asks ParquetSchemaUtil.convert."""
    iceberg = spark._jvm.org.apache.iceberg
    table = iceberg.spark.Spark3Util.loadIcebergTable(spark._jsparkSession, name)
    path = folder / "java.parquet"
    output = iceberg.encryption.EncryptedFiles.plainAsEncryptedOutput(table.io().newOutputFile(f"file:{path}"))
    factory = getattr(iceberg.data, "GenericFileWriterFactory$Builder")(table).build()
    writer = factory.newDataWriter(output, table.spec(), None)
    rows = iceberg.data.IcebergGenerics.read(table).build().iterator()
    while rows.hasNext():
        writer.write(rows.next())
    writer.close()
    return nodes(path)


def files_of(table):
    return [task.file.file_path.removeprefix("file://") for task in table.scan().plan_files()]


def of_tarn(table):
    [file] = files_of(table)
    return nodes(file)


def is_listed(who, path, ours, theirs):
    return (who, path, ours[2], theirs[2]) in DIFFERENCES and ours[:2] + ours[3:] == theirs[:2] + theirs[3:]


def assert_same(who, ours, theirs):
    assert list(ours) == list(theirs), f"{who} has other nodes, or in another order"
    differing = {path: (ours[path], theirs[path]) for path in ours
                 if ours[path] != theirs[path] and not is_listed(who, path, ours[path], theirs[path])}
    assert not differing, f"Tarn's against those of {who}"


@pytest.fixture(scope="module", autouse=True)
def namespace(started_lake):
    started_lake.sql("CREATE SCHEMA IF NOT EXISTS iceberg.conversion")


@pytest.mark.parametrize("case", list(PLAIN))
@pytest.mark.parametrize("version", [1, 2])
def test_plain_types(started_lake, pyiceberg, spark, tmp_path, case, version):
    schema, row = PLAIN[case]()
    name = f"conversion.{case.replace(' ', '_')}_v{version}"
    pyiceberg.create_table(name, schema, properties={"format-version": str(version)})
    started_lake.sql(f"INSERT INTO iceberg.{name} VALUES ({row})")
    table = pyiceberg.load_table(name)
    ours = of_tarn(table)
    ids = {path: node[3] for path, node in ours.items() if node[3] >= 0}
    assert sorted(ids.values()) == sorted(table.schema()._lazy_id_to_field), "each field once, by its id"
    assert_same("pyiceberg", ours, of_pyiceberg(table, tmp_path))
    assert_same("java", ours, of_java(spark, f"iceberg.{name}", tmp_path))


@pytest.mark.parametrize("case", list(V3))
def test_types_of_version_3(started_lake, pyiceberg, spark, tmp_path, case):
    columns, row, others = V3[case]
    name = f"conversion.{case}"
    started_lake.sql(f"CREATE TABLE iceberg.{name} ({columns}) WITH (format_version = 3)",
                     f"INSERT INTO iceberg.{name} VALUES ({row})")
    files = [r["file_path"] for r in started_lake.sql(f'SELECT file_path FROM iceberg.conversion."{case}$files"')]
    ours = nodes(files[0].removeprefix("file://"))
    if "pyiceberg" in others:
        assert_same("pyiceberg", ours, of_pyiceberg(pyiceberg.load_table(name), tmp_path))
    assert_same("java", ours, of_java(spark, f"iceberg.{name}", tmp_path))


@pytest.mark.parametrize("case", list(PLAIN))
def test_arrow_types_that_pyiceberg_gives(started_lake, pyiceberg, case):
    """Rows in the Arrow types of PyIceberg's own conversion come through Tarn's reader and writer unchanged."""
    name = f"conversion.{case.replace(' ', '_')}_v2"
    table = pyiceberg.load_table(name)
    before = table.scan().to_arrow()
    table.append(before)
    assert len(files_of(pyiceberg.load_table(name))) == 2
    ours = started_lake.arrow(f"SELECT * FROM iceberg.{name}")
    assert ours.num_rows == 2
    assert ours.slice(0, 1).to_pylist() == ours.slice(1, 1).to_pylist()
