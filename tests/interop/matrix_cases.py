"""The interop matrix: what is written (cases), by whom (writers), in which format version, and what must be read.

A writer makes one table for a case and returns what readers must find there: {ref: rows}, "main" and, for the case of
branches, the others. It raises Cannot, with the reason in words, where the case does not exist for it.
"""
import datetime
import decimal

import pyarrow as pa

CASES = ["append", "copy-on-write delete", "position deletes", "deletion vectors", "equality deletes",
         "schema evolution", "partition evolution", "branches", "all types", "v3 types"]
VERSIONS = [1, 2, 3]
NAMESPACE = "matrix"


class Cannot(Exception):
    """This cell does not exist: the message says why."""


def check_version(case, version):
    if case in ("position deletes", "equality deletes") and version == 1:
        raise Cannot("v1 has no row-level deletes")
    if case == "position deletes" and version == 3:
        raise Cannot("v3 writes deletion vectors instead")
    if case == "deletion vectors" and version != 3:
        raise Cannot("deletion vectors begin with v3")
    if case == "v3 types" and version != 3:
        raise Cannot("these types begin with v3")


def table_name(writer, case, version):
    return f"{writer}_{case}_v{version}".replace(" ", "_").replace("-", "_")


def people(*ids):
    """Rows of the tables that deletes and partitions are shown on."""
    names = {1: "Ann", 2: "Bob", 3: None, 4: "Dörte", 5: "Eve", 6: "Ann", 7: "Zoë 🎉", 8: ""}
    return [{"id": i, "name": names[i], "day": datetime.date(2024, 1 + i % 3, i)} for i in ids]


GONE = ["Bob", "Dörte", None, "nobody"]  # the names that equality deletes take away: of 2, 4 and 3


def values(rows):
    """Rows of `people` as SQL."""
    def text(value):
        if value is None:
            return "NULL"
        return f"DATE '{value}'" if isinstance(value, datetime.date) else repr(value)
    return ", ".join("(" + ", ".join(text(v) for v in row.values()) + ")" for row in rows)


EVOLVED = [  # what the tables of "schema evolution" hold in the end
    {"key": 1, "total": 1.5, "place": {"town": "Ulm", "zip": None}, "note": None},
    {"key": 2, "total": 2.5, "place": {"town": "Bonn", "zip": None}, "note": None},
    {"key": 5_000_000_000, "total": 1e300, "place": {"town": "Köln", "zip": "50667"}, "note": "late"},
]

TYPES_SPARK = ("b boolean, i int, l bigint, f float, d double, dec decimal(20,4), dt date, ts timestamp_ntz, tz timestamp, "
               "s string, bin binary, st struct<a:int,b:string>, ar array<int>, m map<string,double>")
TYPES_TARN = ("b boolean, i integer, l bigint, f real, d double, dec decimal(20,4), dt date, ts timestamp(6), "
              "tz timestamp(6) with time zone, s varchar, bin varbinary, st row(a integer, b varchar), ar array(integer), "
              "m map(varchar, double)")
UTC = datetime.timezone.utc
TYPES_ROWS = [
    {"b": True, "i": -2**31, "l": 2**63 - 1, "f": 1.5, "d": -2.25, "dec": "1234567890123456.7891",
     "dt": datetime.date(1969, 12, 31), "ts": datetime.datetime(1969, 12, 31, 23, 59, 59, 999999),
     "tz": datetime.datetime(2024, 2, 29, 12, 0, 0, 1, tzinfo=UTC), "s": "héllo 🎉", "bin": b"\x00\xff",
     "st": {"a": 1, "b": "x"}, "ar": [1, None, 3], "m": {"k": 1.25, "n": None}},
    {name: None for name in "b i l f d dec dt ts tz s bin st ar m".split()},
]


def types_table():
    """TYPES_ROWS as Arrow, with the types of Iceberg."""
    schema = pa.schema([
        ("b", pa.bool_()), ("i", pa.int32()), ("l", pa.int64()), ("f", pa.float32()), ("d", pa.float64()),
        ("dec", pa.decimal128(20, 4)), ("dt", pa.date32()), ("ts", pa.timestamp("us")), ("tz", pa.timestamp("us", "UTC")),
        ("s", pa.string()), ("bin", pa.binary()), ("st", pa.struct([("a", pa.int32()), ("b", pa.string())])),
        ("ar", pa.list_(pa.int32())), ("m", pa.map_(pa.string(), pa.float64()))])
    rows = [{k: decimal.Decimal(v) if k == "dec" and v else list(v.items()) if k == "m" and v else v
             for k, v in row.items()} for row in TYPES_ROWS]
    return pa.Table.from_pylist(rows, schema)


TYPES_SQL_SPARK = [
    "true, -2147483648, 9223372036854775807L, float('1.5'), double('-2.25'), 1234567890123456.7891BD, DATE '1969-12-31', "
    "TIMESTAMP_NTZ '1969-12-31 23:59:59.999999', TIMESTAMP '2024-02-29 12:00:00.000001+00:00', 'héllo 🎉', X'00FF', "
    "named_struct('a', 1, 'b', 'x'), array(1, NULL, 3), map('k', 1.25D, 'n', CAST(NULL AS DOUBLE))",
    ", ".join(["NULL"] * 14)]
TYPES_SQL_TARN = [
    "true, -2147483648, 9223372036854775807, 1.5, -2.25, 1234567890123456.7891, DATE '1969-12-31', "
    "TIMESTAMP '1969-12-31 23:59:59.999999', TIMESTAMPTZ '2024-02-29 12:00:00.000001+00:00', 'héllo 🎉', '\\x00\\xFF'::BLOB, "
    "{'a': 1, 'b': 'x'}, [1, NULL, 3], MAP {'k': 1.25, 'n': NULL}",
    ", ".join(["NULL"] * 14)]
