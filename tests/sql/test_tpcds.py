"""The 99 queries of TPC-DS in Trino's dialect, against DuckDB on the same rows."""
import json
import decimal

import duckdb
import pytest

from tpcds_texts import NUMBERS, generate, trino_text
from test_tpch import is_same

# Queries without rows at this size still prove that they are understood; bench/tpc_bench.py runs them where they have some.
SCALE_FACTOR = 0.01


@pytest.fixture(scope="module")
def tpcds(tmp_path_factory, deps):
    folder = tmp_path_factory.mktemp("tpcds")
    oracle = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    generate(oracle, deps, SCALE_FACTOR, folder)
    queries = dict(oracle.execute("SELECT query_nr, query FROM tpcds_queries()").fetchall())
    assert queries.keys() == set(NUMBERS)
    return folder, oracle, queries


@pytest.fixture(scope="module")
def answers(tpcds, programs, tmp_path_factory):
    """Of all queries, from one process."""
    folder, _, queries = tpcds
    tarn_at, _ = programs
    tarn = tarn_at(tmp_path_factory.mktemp("home"))
    # One statement for all tables: 24 loads would start 24 processes.
    statements = ["SET SESSION dialect = 'duckdb'", "CREATE SCHEMA iceberg.tpcds", "USE iceberg.tpcds"]
    statements += [f"CREATE TABLE {file.stem} AS FROM '{file}'" for file in sorted(folder.glob("*.parquet"))]
    statements += ["SET SESSION dialect = 'trino'"]
    script = folder / "queries.sql"
    script.write_text("".join(f"{text};\n" for text in statements + [trino_text(n, queries[n]) for n in NUMBERS]))
    reader, results = json.JSONDecoder(parse_float=decimal.Decimal), []
    text = tarn.ok("sql", "--format", "json", "-f", script).strip()
    while text:
        rows, end = reader.raw_decode(text)
        results.append([list(row.values()) for row in rows])
        text = text[end:].strip()
    return dict(zip(NUMBERS, results[-len(NUMBERS):]))


@pytest.mark.parametrize("number", NUMBERS)
def test_answer(number, tpcds, answers):
    _, oracle, queries = tpcds
    theirs = oracle.execute(queries[number]).fetchall()
    ours = answers[number]
    assert len(ours) == len(theirs)
    for row, expected in zip(ours, theirs):
        assert len(row) == len(expected)
        assert all(map(is_same, row, expected)), (row, expected)
