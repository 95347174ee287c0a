"""Whatever way Tarn can write files, others read them: codecs, encodings, pages, bloom filters, orders and partitions.

Every pair of choices is in some table (written_cases.py). Rows are compared with PyIceberg, DuckDB and Spark; the files
themselves are looked into with Arrow's and DuckDB's Parquet readers.
"""
import datetime
import functools
import math
import re

import pyarrow.parquet as pq
import pytest
from pyiceberg.transforms import VoidTransform

from lake import arrow_rows, rows, spark_rows
from written_cases import FACTORS, cases, columns, create_table, source_rows

NAMESPACE = "written"
CASES = cases()
NAMES = [f"t{n}" for n in range(len(CASES))]
CODECS = {"none": "UNCOMPRESSED", "lz4": "LZ4"}
ENCODINGS = {"delta": {"DELTA_BINARY_PACKED", "DELTA_BYTE_ARRAY"}, "delta-length": {"DELTA_LENGTH_BYTE_ARRAY"},
             "byte-stream-split": {"BYTE_STREAM_SPLIT"}}
each_table = pytest.mark.parametrize("name, case", list(zip(NAMES, CASES)), ids=NAMES)


@pytest.fixture(scope="module")
def source():
    return source_rows()


@pytest.fixture(scope="module")
def written(started_lake, source):
    """Makes all tables in one process. Rows come through Tarn's loader of Parquet files."""
    path = started_lake.home / "source.parquet"
    pq.write_table(source, path)
    statements = [f"CREATE SCHEMA IF NOT EXISTS iceberg.{NAMESPACE}"]
    for name, case in zip(NAMES, CASES):
        listed = ", ".join(column for column, *_ in columns(case))
        statements += [create_table(f"iceberg.{NAMESPACE}.{name}", case),
                       f"INSERT INTO iceberg.{NAMESPACE}.{name} SELECT {listed} FROM read_parquet('{path}')"]
    started_lake.sql(*statements)
    return started_lake


@functools.cache
def expected_rows(names):
    return rows(source_rows().select(list(names)).to_pylist())


def expected(case, without=()):
    return expected_rows(tuple(name for name, *_ in columns(case) if name not in without))


def test_every_pair_is_there():
    for a in FACTORS:
        for b in FACTORS:
            if a < b:
                found = {(repr(case[a]), repr(case[b])) for case in CASES}
                assert len(found) == len(FACTORS[a]) * len(FACTORS[b]), (a, b)


@each_table
def test_tarn_reads_its_rows(name, case, written):
    assert arrow_rows(written.arrow(f"SELECT * FROM iceberg.{NAMESPACE}.{name}")) == expected(case)


@each_table
def test_pyiceberg_reads_the_rows(name, case, written, pyiceberg):
    assert arrow_rows(pyiceberg.load_table(f"{NAMESPACE}.{name}").scan().to_arrow()) == expected(case)


@each_table
def test_duckdb_reads_the_rows(name, case, written, duck):
    path = written.metadata_location(f"{NAMESPACE}.{name}").removeprefix("file://")
    assert arrow_rows(duck.execute(f"SELECT * FROM iceberg_scan('{path}')").to_arrow_table()) == expected(case)


@pytest.mark.parametrize("name, case", [(n, c) for n, c in zip(NAMES, CASES) if c["columns"] == "usual"])
def test_spark_reads_the_rows(name, case, written, spark, source):
    frame = spark.table(f"iceberg.{NAMESPACE}.{name}")
    if "brotli" in (case["codec"], *case["column codecs"].values()):
        with pytest.raises(Exception, match="Brotli"):  # it has no library for it
            frame.toArrow()
        return
    assert spark_rows(frame) == expected(case)
    if case["bloom"]:  # filters that leave out too much would lose rows; one of a value that no row has would be of no use
        for row in range(0, source.num_rows, 250):
            value = source["s"][row].as_py()
            if value is not None:
                assert frame.where(frame.s == value).count() == source["s"].to_pylist().count(value)


def data_files(pyiceberg, name):
    """(DataFile, its Parquet file) of a table."""
    for task in pyiceberg.load_table(f"{NAMESPACE}.{name}").scan().plan_files():
        yield task.file, pq.ParquetFile(re.sub("^file:/*", "/", task.file.file_path))


def chunks(file):
    for group in range(file.metadata.num_row_groups):
        for column in range(file.metadata.num_columns):
            chunk = file.metadata.row_group(group).column(column)
            yield parquet_name(chunk.path_in_schema), chunk


def parquet_name(path):
    """As Iceberg writes it: "m.value", "ar.element"."""
    return path.replace(".key_value.", ".").replace(".list.", ".")


def test_codecs_encodings_and_pages(written, pyiceberg):
    for name, case in zip(NAMES, CASES):
        for _, file in data_files(pyiceberg, name):
            for column, chunk in chunks(file):
                codec = case["column codecs"].get(column, case["codec"])
                assert chunk.compression == CODECS.get(codec, codec.upper()), (name, column)
                wanted = ENCODINGS.get(case["encodings"].get(column))
                used = set(chunk.encodings)
                if case["dictionary"] == "off":
                    assert not chunk.has_dictionary_page, (name, column)
                if wanted and case["dictionary"] == "off":
                    assert wanted & used, (name, column, used)
                assert chunk.has_offset_index, (name, column)
                assert chunk.is_stats_set, (name, column)


def test_pages_are_as_small_and_of_the_version_wanted(written, pyiceberg, spark):
    """Java's Parquet reader tells how many there are."""
    jvm, conf = spark._jvm, spark.sparkContext._jsc.hadoopConfiguration()
    parquet = jvm.org.apache.parquet.hadoop
    seen = set()
    for name, case in zip(NAMES, CASES):
        if case["pages"] in seen:
            continue
        seen.add(case["pages"])
        for info, _ in data_files(pyiceberg, name):
            reader = parquet.ParquetFileReader.open(
                parquet.util.HadoopInputFile.fromPath(jvm.org.apache.hadoop.fs.Path(info.file_path), conf))
            for block in reader.getFooter().getBlocks():
                for chunk in block.getColumns():
                    pages = reader.readOffsetIndex(chunk).getPageCount()
                    least = math.ceil(block.getRowCount() / 50) if "small" in case["pages"] else 1
                    assert pages >= least, (name, chunk.toString())
            reader.close()
        for info, file in data_files(pyiceberg, name):
            with open(re.sub("^file:/*", "/", info.file_path), "rb") as raw:
                for column, chunk in chunks(file):  # page headers begin with their type, 0 or 3, as Thrift writes it
                    raw.seek(chunk.data_page_offset)
                    assert raw.read(2) == (b"\x15\x06" if "v2" in case["pages"] else b"\x15\x00"), (name, column)
    assert seen == set(FACTORS["pages"])


def test_bloom_filters_are_there_and_right(written, pyiceberg, duck):
    checked = excluded = 0
    for name, case in zip(NAMES, CASES):
        if not case["bloom"]:
            continue
        for info, file in data_files(pyiceberg, name):
            path = re.sub("^file:/*", "/", info.file_path)
            for column, chunk in chunks(file):
                assert (chunk.bloom_filter_offset is not None) == (column in case["bloom"]), (name, column)
            for column, absent in (("i", "12345678"), ("s", "'no such text'"), ("l", "7"), ("k", "'black'")):
                if column not in case["bloom"]:
                    continue
                present = {value for value in file.read([column])[column].to_pylist() if value is not None}
                for value in sorted(present)[:3]:
                    literal = "'" + value.replace("'", "''") + "'" if isinstance(value, str) else f"{value}"
                    probe = f"SELECT bool_and(bloom_filter_excludes) FROM parquet_bloom_probe('{path}', '{column}', {literal})"
                    assert duck.execute(probe).fetchone() == (False,), (name, column, value)
                probe = f"SELECT bool_or(bloom_filter_excludes) FROM parquet_bloom_probe('{path}', '{column}', {absent})"
                checked += 1
                excluded += duck.execute(probe).fetchone()[0]
    assert checked > 50
    assert excluded >= 0.95 * checked  # one in a hundred may be wrong


def order_key(value, descending, nulls_first):
    """Sorts as Iceberg says: NaN is the largest number, text by code points, bytes unsigned."""
    null_rank = 0 if nulls_first else 2
    if value is None:
        return (null_rank, 0)
    return (1, Ordered(value, descending))


@functools.total_ordering
class Ordered:
    def __init__(self, value, descending):
        nan = isinstance(value, float) and math.isnan(value)
        self.key = (nan, 0.0 if nan else value.encode() if isinstance(value, str) else value)
        self.descending = descending

    def __eq__(self, other):
        return self.key == other.key

    def __lt__(self, other):
        return other.key < self.key if self.descending else self.key < other.key


def internal(value):
    """A value as PyIceberg's transforms take it."""
    from pyiceberg.utils import datetime as of

    if isinstance(value, datetime.datetime):
        return of.datetime_to_micros(value if value.tzinfo is None else value.astimezone(datetime.timezone.utc).replace(tzinfo=None))
    if isinstance(value, datetime.date):
        return of.date_to_days(value)
    return value


def transformed(schema, field, records):
    kind = schema.find_field(field.source_id).field_type
    apply = field.transform.transform(kind)
    column = schema.find_column_name(field.source_id)
    return [apply(internal(record[column])) for record in records]


def test_files_are_sorted_and_say_so(written, pyiceberg):
    sorted_files = 0
    for name, case in zip(NAMES, CASES):
        table = pyiceberg.load_table(f"{NAMESPACE}.{name}")
        order = table.sort_order()
        assert len(order.fields) == len(case["sort"]), name
        for info, file in data_files(pyiceberg, name):
            if not case["sort"]:
                assert not info.sort_order_id, name
                continue
            assert info.sort_order_id == order.order_id, name
            records = file.read().to_pylist()
            keys = [[order_key(value, field.direction.name == "DESC", field.null_order.name == "NULLS_FIRST")
                     for value in transformed(table.schema(), field, records)] for field in order.fields]
            keys = list(zip(*keys))
            assert keys == sorted(keys), f"{name} is not sorted by {case['sort']}"
            sorted_files += 1
    assert sorted_files > 100


def test_files_of_a_partition_follow_one_another(written, pyiceberg):
    """With an order, the files of one partition do not overlap in the first term."""
    pairs = 0
    for name, case in zip(NAMES, CASES):
        if not case["sort"] or case["files"] == "one":
            continue
        table = pyiceberg.load_table(f"{NAMESPACE}.{name}")
        field = table.sort_order().fields[0]
        by_partition = {}
        for info, file in data_files(pyiceberg, name):
            values = transformed(table.schema(), field, file.read().to_pylist())
            keys = [order_key(v, field.direction.name == "DESC", field.null_order.name == "NULLS_FIRST") for v in values]
            by_partition.setdefault(repr(info.partition), []).append((min(keys), max(keys)))
        for ranges in by_partition.values():
            ranges.sort()
            for before, after in zip(ranges, ranges[1:]):
                assert before[1] <= after[0], name
                pairs += 1
    assert pairs > 10


def test_rows_are_in_their_partitions(written, pyiceberg):
    several = 0
    for name, case in zip(NAMES, CASES):
        table = pyiceberg.load_table(f"{NAMESPACE}.{name}")
        schema, spec = table.schema(), table.spec()
        assert len(spec.fields) == (1 if case["partition"] else 0), name
        found = set()
        for info, file in data_files(pyiceberg, name):
            records = file.read().to_pylist()
            for at, field in enumerate(spec.fields):
                values = {None} if isinstance(field.transform, VoidTransform) else set(transformed(schema, field, records))
                assert values == {info.partition[at]}, (name, case["partition"])
                found |= values
        several += len(found) > 1
    assert several > 40


def test_several_files_where_they_are_small(written, pyiceberg):
    for name, case in zip(NAMES, CASES):
        sizes = [info.file_size_in_bytes for info, _ in data_files(pyiceberg, name)]
        if case["partition"] in ("", "void(k)"):
            assert (len(sizes) > 1) == (case["files"] == "several"), (name, sizes)
