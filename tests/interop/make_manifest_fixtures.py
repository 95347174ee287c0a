#!/usr/bin/env python3
"""Makes the manifest and manifest list fixtures in src/tarn/iceberg/testdata/.

    python3 -m venv venv && venv/bin/pip install 'pyiceberg[pyarrow,pyiceberg-core,sql-sqlite]==0.12.0' 'fastavro[snappy,zstandard]==1.13.1'
    venv/bin/python tests/interop/make_manifest_fixtures.py src/tarn/iceberg/testdata

PyIceberg writes what a real table holds; fastavro writes what PyIceberg cannot: format version 1,
foreign field orders, unions the other way round and other codecs. The files hold random ids and
times of the run, so a new run changes their bytes; manifest_fixtures_test.cc relies on nothing of
that kind.
"""

import datetime
import decimal
import pathlib
import shutil
import sys
import tempfile
import uuid

import fastavro
import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import BucketTransform, DayTransform, IdentityTransform
from pyiceberg.types import (DateType, DecimalType, DoubleType, FixedType, IntegerType, LongType, NestedField,
                             StringType, TimestampType, UUIDType)


def local_path(location: str) -> pathlib.Path:
    return pathlib.Path(location.removeprefix("file://"))


def keep_snapshot(table, out: pathlib.Path, name: str) -> None:
    """Copies the current manifest list as <name>-list.avro and its manifests as <name>-<i>.avro."""
    snapshot = table.current_snapshot()
    shutil.copy(local_path(snapshot.manifest_list), out / f"{name}-list.avro")
    for i, manifest in enumerate(snapshot.manifests(table.io)):
        shutil.copy(local_path(manifest.manifest_path), out / f"{name}-{i}.avro")


def pyiceberg_fixtures(out: pathlib.Path) -> None:
    warehouse = tempfile.mkdtemp(dir="/tmp", prefix="fixtures")
    catalog = SqlCatalog("c", uri="sqlite://", warehouse=f"file://{warehouse}")
    catalog.create_namespace("n")
    schema = Schema(
        NestedField(1, "id", LongType(), required=True),
        NestedField(2, "ts", TimestampType()),
        NestedField(3, "région 1", StringType()),
        NestedField(4, "amount", DecimalType(9, 2)),
        NestedField(5, "score", DoubleType()),
        NestedField(6, "day", DateType()),
    )
    spec = PartitionSpec(
        PartitionField(2, 1000, DayTransform(), "ts_day"),
        PartitionField(3, 1001, IdentityTransform(), "région 1"),
        PartitionField(1, 1002, BucketTransform(16), "id_bucket"),
        PartitionField(4, 1003, IdentityTransform(), "amount"),
        PartitionField(6, 1004, IdentityTransform(), "1st day"),
    )
    rows = pa.table({
        "id": pa.array([1, 2, 3], pa.int64()),
        "ts": pa.array([datetime.datetime(2024, 1, 31, 12), datetime.datetime(1969, 12, 31, 23, 59), None],
                       pa.timestamp("us")),
        "région 1": ["EU-west", None, "ASIA"],
        "amount": pa.array([decimal.Decimal("-1.28"), decimal.Decimal("12.50"), None], pa.decimal128(9, 2)),
        "score": [float("nan"), 1.5, -0.0],
        "day": pa.array([datetime.date(2024, 1, 31), None, datetime.date(1970, 1, 1)], pa.date32()),
    }, schema=pa.schema([
        pa.field("id", pa.int64(), nullable=False), ("ts", pa.timestamp("us")), ("région 1", pa.string()),
        ("amount", pa.decimal128(9, 2)), ("score", pa.float64()), ("day", pa.date32())]))
    for version, codec in (("1", "gzip"), ("2", "gzip")):
        table = catalog.create_table(f"n.t{version}", schema, partition_spec=spec, properties={
            "format-version": version, "write.avro.compression-codec": codec})
        table.append(rows)
        table.append(rows.slice(0, 1))
        table.delete("id = 2")
        keep_snapshot(table, out, f"pyiceberg-v{version}")
    plain = catalog.create_table("n.plain", Schema(NestedField(1, "a", IntegerType())))
    plain.append(pa.table({"a": pa.array([5, 7, None], pa.int32())}))
    keep_snapshot(plain, out, "pyiceberg-unpartitioned")


def pairs(name: str, value: str, value_first: bool = False) -> dict:
    """A map by field id without field ids, as an old or foreign writer may have it."""
    fields = [{"name": "key", "type": "int"}, {"name": "value", "type": value}]
    return {"type": "array", "logicalType": "map",
            "items": {"type": "record", "name": name, "fields": fields[::-1] if value_first else fields}}


def v1_manifest(out: pathlib.Path) -> None:
    """Format version 1 without field ids: block_size_in_bytes, day as plain int, millisecond times."""
    partition = {"type": "record", "name": "r102", "fields": [
        {"name": "ts_day", "type": ["null", "int"]},
        {"name": "ts_milli", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}]},
    ]}
    data_file = {"type": "record", "name": "r2", "fields": [
        {"name": "file_path", "type": "string"},
        {"name": "file_format", "type": "string"},
        {"name": "partition", "type": partition},
        {"name": "record_count", "type": "long"},
        {"name": "file_size_in_bytes", "type": "long"},
        {"name": "block_size_in_bytes", "type": "long"},
        {"name": "file_ordinal", "type": ["null", "int"]},
        {"name": "sort_columns", "type": ["null", {"type": "array", "items": "int"}]},
        {"name": "column_sizes", "type": ["null", pairs("k117_v118", "long")]},
        {"name": "lower_bounds", "type": ["null", pairs("k126_v127", "bytes")]},
    ]}
    schema = {"type": "record", "name": "manifest_entry", "fields": [
        {"name": "status", "type": "int"},
        {"name": "snapshot_id", "type": "long"},
        {"name": "data_file", "type": data_file},
    ]}
    table = ('{"type":"struct","fields":[{"id":1,"name":"ts","required":false,"type":"timestamp"},'
             '{"id":2,"name":"milli","required":false,"type":"timestamp"}]}')
    spec = ('[{"name":"ts_day","transform":"day","source-id":1},'
            '{"name":"ts_milli","transform":"identity","source-id":2}]')
    row = {"status": 1, "snapshot_id": 7, "data_file": {
        "file_path": "s3://b/old.parquet", "file_format": "parquet",
        "partition": {"ts_day": 19753, "ts_milli": datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)},
        "record_count": 11, "file_size_in_bytes": 1234, "block_size_in_bytes": 67108864, "file_ordinal": None,
        "sort_columns": [1, 2], "column_sizes": [{"key": 2, "value": 20}, {"key": 1, "value": 10}],
        "lower_bounds": [{"key": 1, "value": b"\x00" * 8}]}}
    with open(out / "fastavro-v1.avro", "wb") as file:
        fastavro.writer(file, schema, [row], codec="null", metadata={"schema": table, "partition-spec": spec})


def odd_manifest(out: pathlib.Path) -> None:
    """Version 3, valid but unusual: own names and order with field ids, [T, null], value before key,
    fields nobody knows (also recursive ones), uuid and fixed partitions, several codecs."""
    unknown = {"type": "record", "name": "tree", "fields": [
        {"name": "label", "type": {"type": "enum", "name": "color", "symbols": ["RED", "BLUE"]}},
        {"name": "children", "type": {"type": "array", "items": "tree"}},
        {"name": "more", "type": {"type": "map", "values": ["null", "double", "string", {
            "type": "fixed", "name": "four", "size": 4}]}},
    ]}
    partition = {"type": "record", "name": "P", "fields": [
        {"name": "b", "field-id": 1001, "type": [{"type": "fixed", "name": "f3", "size": 3}, "null"]},
        {"name": "gone", "field-id": 1009, "type": ["null", "string"]},
        {"name": "a", "field-id": 1000, "type": ["null", {
            "type": "fixed", "name": "u", "size": 16, "logicalType": "uuid"}]},
    ]}
    data_file = {"type": "record", "name": "F", "fields": [
        {"name": "x_unknown", "type": ["null", unknown]},
        {"name": "cnt", "field-id": 103, "type": "int"},
        {"name": "p", "field-id": 102, "type": partition},
        {"name": "what", "field-id": 134, "type": "int"},
        {"name": "uppers", "field-id": 128, "type": [pairs("ub", "bytes", value_first=True), "null"]},
        {"name": "eq", "field-id": 135, "type": [{"type": "array", "items": "long"}, "null"]},
        {"name": "size", "field-id": 104, "type": "long"},
        {"name": "fmt", "field-id": 101, "type": "string"},
        {"name": "path", "field-id": 100, "type": "string"},
        {"name": "nulls", "field-id": 110, "type": [pairs("nc", "int"), "null"]},
        {"name": "at", "field-id": 144, "type": ["long", "null"]},
        {"name": "long", "field-id": 145, "type": ["long", "null"]},
        {"name": "ref", "field-id": 143, "type": ["string", "null"]},
    ]}
    schema = {"type": "record", "name": "E", "fields": [
        {"name": "f", "field-id": 2, "type": data_file},
        {"name": "st", "field-id": 0, "type": "int"},
        {"name": "seq", "field-id": 3, "type": ["long", "null"]},
        {"name": "nothing", "field-id": 999, "type": "null"},
    ]}
    table = ('{"type":"struct","schema-id":4,"fields":[{"id":1,"name":"u","required":false,"type":"uuid"},'
             '{"id":2,"name":"f","required":false,"type":"fixed[3]"}]}')
    spec = ('[{"name":"a","transform":"identity","source-id":1,"field-id":1000},'
            '{"name":"b","transform":"identity","source-id":2,"field-id":1001}]')

    def row(i: int) -> dict:
        tree = {"label": "BLUE", "more": {"k": 1.5, "l": "t", "m": b"four", "n": None},
                "children": [{"label": "RED", "children": [], "more": {}}]}
        return {"st": 1, "seq": None if i % 2 else 5, "nothing": None, "f": {
            "x_unknown": tree if i % 3 == 0 else None, "cnt": i, "what": 1,
            "p": {"a": uuid.UUID(int=i).bytes, "b": b"abc" if i % 2 else None, "gone": "x"},
            "uppers": [{"value": b"z", "key": 9}, {"value": b"y", "key": 3}], "eq": [1, 2] if i % 2 else None,
            "size": 100 + i, "fmt": "PUFFIN", "path": f"s3://b/{i}.puffin",
            "nulls": [{"key": 3, "value": i}], "at": 4, "long": 40, "ref": f"s3://b/{i}.parquet"}}

    metadata = {"schema": table, "schema-id": "4", "partition-spec": spec, "partition-spec-id": "6",
                "format-version": "3", "content": "deletes"}
    for codec in ("null", "deflate", "snappy", "zstandard"):
        with open(out / f"fastavro-odd-{codec}.avro", "wb") as file:
            fastavro.writer(file, schema, [row(i) for i in range(40)], codec=codec, sync_interval=1000,
                            metadata=metadata)


def data_file(out: pathlib.Path) -> None:
    """An Avro data file with every kind and logical type, for the reader of any Avro file."""
    schema = {"type": "record", "name": "tarn.Row", "fields": [
        {"name": "b", "type": "boolean"},
        {"name": "i", "type": "int"},
        {"name": "l", "type": ["null", "long"]},
        {"name": "f", "type": "float"},
        {"name": "d", "type": "double"},
        {"name": "by", "type": "bytes"},
        {"name": "s", "type": "string"},
        {"name": "fx", "type": {"type": "fixed", "name": "Four", "size": 4}},
        {"name": "e", "type": {"type": "enum", "name": "Color", "symbols": ["RED", "GREEN"]}},
        {"name": "a", "type": {"type": "array", "items": "int"}},
        {"name": "m", "type": {"type": "map", "values": "long"}},
        {"name": "dec", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
        {"name": "day", "type": {"type": "int", "logicalType": "date"}},
        {"name": "t", "type": {"type": "long", "logicalType": "time-micros"}},
        {"name": "ts", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "u", "type": {"type": "string", "logicalType": "uuid"}},
        {"name": "next", "type": ["null", "Row"], "default": None},
    ]}

    def row(i: int, following: dict | None) -> dict:
        return {"b": i == 1, "i": -i, "l": None if i else 1 << 40, "f": 0.5, "d": -2.25, "by": b"\x00\xff", "s": "é",
                "fx": b"abcd", "e": "GREEN", "a": [1, 2, 3], "m": {"k": 7}, "dec": decimal.Decimal("-1.28"),
                "day": datetime.date(1969, 12, 31), "t": datetime.time(0, 0, 1),
                "ts": datetime.datetime(1970, 1, 1, 0, 0, 1, tzinfo=datetime.timezone.utc),
                "u": uuid.UUID(int=255), "next": following}

    with open(out / "fastavro-data.avro", "wb") as file:
        fastavro.writer(file, schema, [row(0, row(1, None)), row(1, None)], codec="deflate")


def main() -> None:
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    pyiceberg_fixtures(out)
    v1_manifest(out)
    odd_manifest(out)
    data_file(out)


if __name__ == "__main__":
    main()
