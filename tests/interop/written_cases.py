"""What test_written_files.py has Tarn write: factors of a table, combined so that every pair of values occurs once at least."""
import datetime
import decimal
import itertools
import random
import uuid

import pyarrow as pa

ROWS = 600
UTC = datetime.timezone.utc

COLUMNS = [  # name, type as Tarn is told, Arrow type
    ("i", "integer", pa.int32()), ("l", "bigint", pa.int64()), ("f", "real", pa.float32()), ("d", "double", pa.float64()),
    ("b", "boolean", pa.bool_()), ("dec9", "decimal(9,2)", pa.decimal128(9, 2)), ("dec18", "decimal(18,4)", pa.decimal128(18, 4)),
    ("dec38", "decimal(38,10)", pa.decimal128(38, 10)), ("dt", "date", pa.date32()), ("ts", "timestamp(6)", pa.timestamp("us")),
    ("tz", "timestamp(6) with time zone", pa.timestamp("us", "UTC")), ("s", "varchar", pa.string()), ("k", "varchar", pa.string()),
    ("bin", "varbinary", pa.binary()), ("st", "row(a integer, s varchar)", pa.struct([("a", pa.int32()), ("s", pa.string())])),
    ("ar", "array(bigint)", pa.list_(pa.int64())), ("m", "map(varchar, double)", pa.map_(pa.string(), pa.float64()))]
# Spark has no time: tables with these are not shown to it.
MORE_COLUMNS = [("t", "time", pa.time64("us")), ("u", "uuid", pa.uuid())]

FACTORS = {
    "version": [1, 2, 3],
    "codec": ["none", "snappy", "gzip", "zstd", "brotli", "lz4"],
    "column codecs": [{}, {"s": "zstd", "l": "brotli"}, {"st.s": "none", "d": "gzip"}],
    "encodings": [
        {}, {"i": "delta", "l": "delta", "dt": "delta", "ts": "delta", "s": "delta", "dec9": "delta"},
        {"s": "delta-length", "bin": "delta-length", "k": "delta-length", "st.s": "delta"},
        {"f": "byte-stream-split", "d": "byte-stream-split", "m.value": "byte-stream-split", "s": "plain", "ar": "delta"}],
    "dictionary": ["on", "off", "tiny"],
    "pages": ["usual", "small", "v2", "small v2"],
    "bloom": [(), ("i", "s"), ("l", "k", "dec38", "bin", "st.a")],
    "sort": [(), ("l ASC NULLS FIRST",), ("s DESC NULLS LAST",), ("d ASC NULLS LAST", "i DESC NULLS FIRST"),
             ("bucket(i, 4) ASC NULLS LAST", "tz DESC NULLS FIRST"), ("month(ts) DESC NULLS FIRST", "truncate(s, 3) ASC NULLS LAST"),
             ("dec38 DESC NULLS LAST", "dt ASC NULLS FIRST")],
    "partition": ["", "k", "bucket(i, 3)", "truncate(s, 1)", "year(ts)", "month(dt)", "day(tz)", "hour(ts)", "void(k)"],
    "files": ["one", "several"],
    "columns": ["usual", "more"],
}


def pairs_of(case):
    return set(itertools.combinations(sorted((name, FACTORS[name].index(value)) for name, value in case.items()), 2))


def cases():
    """Few cases with all pairs: each begins with a pair that is missing, the rest is the best of some random choices."""
    chance = random.Random(5)
    missing = {pair for a, b in itertools.combinations(sorted(FACTORS), 2)
               for pair in (((a, i), (b, j)) for i in range(len(FACTORS[a])) for j in range(len(FACTORS[b])))}
    chosen = []
    while missing:
        fixed = dict(min(missing))
        tries = [{name: values[fixed[name] if name in fixed else chance.randrange(len(values))]
                  for name, values in FACTORS.items()} for _ in range(60)]
        best = max(tries, key=lambda case: len(pairs_of(case) & missing))
        missing -= pairs_of(best)
        chosen.append(best)
    return chosen


def properties(case):
    """Table properties of a case."""
    found = {"write.parquet.compression-codec": case["codec"]}
    found |= {f"write.parquet.compression-codec.column.{name}": codec for name, codec in case["column codecs"].items()}
    for name, encoding in case["encodings"].items():
        found[f"write.parquet.encoding.column.{name}"] = encoding
    if case["dictionary"] == "off":
        found |= {f"write.parquet.dict-encoding-enabled.column.{name}": "false" for name, *_ in columns(case)}
    if case["dictionary"] == "tiny":
        found["write.parquet.dict-size-bytes"] = "100"
    if "small" in case["pages"]:
        found |= {"write.parquet.page-size-bytes": "512", "write.parquet.page-row-limit": "50"}
    if "v2" in case["pages"]:
        found["write.parquet.page-version"] = "v2"
    for name in case["bloom"]:
        found[f"write.parquet.bloom-filter-enabled.column.{name}"] = "true"
    if case["files"] == "several":
        found |= {"write.target-file-size-bytes": "20000", "write.parquet.row-group-size-bytes": "10000"}
    return found


def columns(case):
    return COLUMNS + (MORE_COLUMNS if case["columns"] == "more" else [])


def create_table(name, case):
    listed = ", ".join(f"{column} {kind}" for column, kind, _ in columns(case))
    options = [f"format_version = {case['version']}"]
    options += [f"'{key}' = '{value}'" for key, value in properties(case).items()]
    if case["partition"]:
        options.append(f"partitioning = ARRAY['{case['partition']}']")
    if case["sort"]:
        options.append("sorted_by = ARRAY[" + ", ".join(f"'{term}'" for term in case["sort"]) + "]")
    return f"CREATE TABLE {name} ({listed}) WITH ({', '.join(options)})"


def value_of(name, n, chance):
    """A value of a column; every value of a type's rim comes with the first rows."""
    rim = {"i": [-2**31, 2**31 - 1, 0, -1], "l": [-2**63, 2**63 - 1, 0, -1],
           "f": [float("nan"), float("inf"), float("-inf"), 0.0], "d": [float("nan"), float("inf"), float("-inf"), 0.0],
           "s": ["", "héllo 🎉", "a", "\U0010ffff"], "bin": [b"", b"\x00\xff", b"\xff" * 40, b"a"],
           "dec9": [decimal.Decimal("-9999999.99"), decimal.Decimal("9999999.99"), decimal.Decimal(0)],
           "dec38": [decimal.Decimal("-9" * 1 + "9" * 27 + ".9999999999"), decimal.Decimal("0E-10")],
           "dt": [datetime.date(1969, 12, 31), datetime.date(1900, 1, 1)],
           "ts": [datetime.datetime(1969, 12, 31, 23, 59, 59, 999999)], "ar": [[], [None], [1, None, -3]],
           "m": [[], [("k", None)], [("a", 1.5), ("b", float("inf"))]], "st": [{"a": None, "s": None}]}.get(name, [])
    if n < len(rim):
        return rim[n]
    if chance.random() < 0.1:
        return None
    day = datetime.timedelta(days=chance.randrange(100))
    return {
        "i": lambda: chance.randrange(-1000, 1000), "l": lambda: chance.randrange(-10**12, 10**12),
        "f": lambda: chance.randrange(-1000, 1000) / 8, "d": lambda: chance.gauss(0, 1e6), "b": lambda: chance.random() < 0.5,
        "dec9": lambda: decimal.Decimal(chance.randrange(-10**8, 10**8)).scaleb(-2),
        "dec18": lambda: decimal.Decimal(chance.randrange(-10**17, 10**17)).scaleb(-4),
        "dec38": lambda: decimal.Decimal(chance.randrange(-10**30, 10**30)).scaleb(-10),
        "dt": lambda: datetime.date(2024, 1, 1) + day,
        "ts": lambda: datetime.datetime(2023, 12, 30) + datetime.timedelta(days=chance.randrange(4), hours=chance.randrange(24), microseconds=n),
        "tz": lambda: datetime.datetime(2024, 2, 28 + chance.randrange(2), chance.randrange(24), 0, 0, n, UTC),
        "s": lambda: f"{chance.choice('abcdef')}ext {chance.randrange(300)}", "k": lambda: chance.choice(["red", "green", "blue"]),
        "bin": lambda: chance.randbytes(chance.randrange(20)),
        "st": lambda: {"a": chance.randrange(50), "s": f"s{chance.randrange(9)}"},
        "ar": lambda: [chance.randrange(9) for _ in range(chance.randrange(4))],
        "m": lambda: [(f"k{j}", j / 4) for j in range(chance.randrange(3))],
        "t": lambda: datetime.time(chance.randrange(24), chance.randrange(60), 0, n),
        "u": lambda: uuid.UUID(int=chance.getrandbits(128)).bytes}[name]()


def source_rows():
    """The rows of all tables, with all columns."""
    chance = random.Random(7)
    every = COLUMNS + MORE_COLUMNS
    arrays = []
    for name, _, kind in every:
        found = [value_of(name, n, chance) for n in range(ROWS)]
        chance.shuffle(found)
        array = pa.array(found, pa.binary(16) if kind == pa.uuid() else kind)
        arrays.append(pa.ExtensionArray.from_storage(kind, array) if kind == pa.uuid() else array)
    return pa.table(arrays, [name for name, *_ in every])
