"""The 22 queries of TPC-H in Trino's dialect, against DuckDB on the same rows."""
import decimal
import json

import duckdb
import pytest

TABLES = ["customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier"]
NUMBERS = range(1, 23)


@pytest.fixture(scope="module")
def tpch(tmp_path_factory, deps):
    folder = tmp_path_factory.mktemp("tpch")
    oracle = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    oracle.execute(f"LOAD '{deps}/duckdb-extensions-{duckdb.__version__}/tpch.duckdb_extension'")
    oracle.execute("CALL dbgen(sf = 0.01)")
    for table in TABLES:
        oracle.execute(f"COPY {table} TO '{folder}/{table}.parquet' (FORMAT parquet)")
    return folder, oracle


@pytest.fixture(scope="module")
def answers(tpch, programs, tmp_path_factory):
    """Of all queries, from one process."""
    folder, oracle = tpch
    tarn_at, _ = programs
    tarn = tarn_at(tmp_path_factory.mktemp("home"))
    for table in TABLES:
        tarn.ok("load", folder / f"{table}.parquet", "--into", f"tpch.{table}")
    queries = [text for (text,) in oracle.execute("SELECT query FROM tpch_queries() ORDER BY query_nr").fetchall()]
    script = folder / "queries.sql"
    script.write_text("".join(f"{text.strip().rstrip(';')};\n" for text in
                              ["USE iceberg.tpch", *queries]))
    reader, results = json.JSONDecoder(parse_float=decimal.Decimal), []
    text = tarn.ok("sql", "--format", "json", "-f", script).strip()
    while text:
        rows, end = reader.raw_decode(text)
        results.append([list(row.values()) for row in rows])
        text = text[end:].strip()
    assert len(results) == len(queries)
    return dict(zip(NUMBERS, zip(queries, results)))


def is_same(ours, theirs):
    """Trino's averages and quotients of decimals are rounded to their scale, where DuckDB's are doubles: half of our last
    digit is allowed, and a billionth."""
    if not isinstance(theirs, (int, float, decimal.Decimal)):
        return ours == (None if theirs is None else str(theirs))
    number, expected = decimal.Decimal(ours), decimal.Decimal(str(theirs))
    digit = decimal.Decimal(1).scaleb(number.as_tuple().exponent)
    return abs(number - expected) <= max(digit / 2, abs(expected) / 10**9)


@pytest.mark.parametrize("number", NUMBERS)
def test_answer(number, tpch, answers):
    _, oracle = tpch
    query, ours = answers[number]
    theirs = oracle.execute(query).fetchall()
    assert len(ours) == len(theirs)
    for row, expected in zip(ours, theirs):
        assert len(row) == len(expected)
        assert all(map(is_same, row, expected)), (row, expected)
