"""Every kind of change, in every format version, written by one engine and read by all, row for row.

The results are kept as docs/user/interop.md. TARN_WRITE_DOCS=1 writes the page anew; otherwise it must say what happened.
"""
import json
import os
import pathlib
import re

import pyarrow as pa
import pytest

import matrix_go
import matrix_readers
import matrix_writers
from lake import rows
from matrix_cases import CASES, NAMESPACE, VERSIONS, Cannot, check_version, table_name
from matrix_refusals import REFUSALS

PAGE = pathlib.Path(__file__).parents[2] / "docs/user/interop.md"
WRITERS = ["Tarn", "Spark", "PyIceberg", "iceberg-go"]
READERS = ["Tarn", "Spark", "PyIceberg", "DuckDB", "iceberg-rust", "iceberg-go"]
OK = "✓"
TRINO = [  # tests/interop/test_trino.py shows it
    "## Trino", "",
    "Trino 476 is not in the tables above: it works through `tarn serve`, which `tests/interop/test_trino.py` tries on this disk, on",
    "S3 and as a client of a Hive Metastore. It makes v1 and v2 tables, changes rows by position deletes, evolves schemas and",
    "partitions, makes views that Tarn reads, and maintains tables; Tarn reads and changes what it wrote, and the other way round.",
    "Branches and tags it reads, and does not make. Of v3 tables it reads and appends to those without deletion vectors, and",
    "refuses the others. Views of Tarn's, which are in DuckDB's dialect, it refuses.", ""]
results = {}  # (writer, case, version) → {reader: cell} or the reason why there is nothing to read


@pytest.fixture(scope="module")
def writers(started_lake, spark, pyiceberg):
    started_lake.sql(f"CREATE SCHEMA IF NOT EXISTS iceberg.{NAMESPACE}")
    return {w.name: w for w in (matrix_writers.Tarn(started_lake), matrix_writers.Spark(spark),
                                matrix_writers.PyIceberg(pyiceberg), matrix_go.Go(started_lake))}


@pytest.fixture(scope="module")
def readers(started_lake, spark, pyiceberg, duck):
    return [matrix_readers.Tarn(started_lake), matrix_readers.Spark(spark), matrix_readers.PyIceberg(pyiceberg),
            matrix_readers.DuckDb(started_lake, duck), matrix_readers.Rust(started_lake), matrix_readers.Go(started_lake, matrix_go.program())]


def comparable(table, expected):
    """The rows as a reader gives them, against those expected: decimals by value, columns by name."""
    records = table.to_pylist() if isinstance(table, pa.Table) else table
    return rows(records), rows([{k: decimal_like(k, v, records) for k, v in row.items()} for row in expected])


def decimal_like(name, value, records):
    return value if name != "dec" or value is None else str(value)


def outcome(reader, table, case, expected):
    for ref, wanted in expected.items():
        columns = "id, CASE WHEN v IS NOT NULL THEN CAST(v AS {}) END AS v" if case == "v3 types" else "*"
        columns = columns.format("STRING" if reader.name == "Spark" else "JSON")
        found, wanted_rows = comparable(reader.read(table, ref, columns), wanted)
        if found != wanted_rows:
            return f"WRONG ROWS of {ref}: {found} instead of {wanted_rows}"
    return OK


def refusal(reader, writer, case, version, error):
    """The words of the page for an error that we know; None for one that we do not."""
    for (who, by, what, versions), (pattern, words) in REFUSALS.items():
        if (who == reader and by in (writer, "*") and what in (case, "*") and version in versions
                and re.search(pattern, error)):
            return words
    return None


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("writer", WRITERS)
def test_written_by_one_read_by_all(writer, case, version, writers, readers):
    table = table_name(writer.lower(), case, version)
    try:
        check_version(case, version)
        expected = writers[writer].write(case, version, table)
    except Cannot as reason:
        results[writer, case, version] = str(reason)
        return
    cells, bad = {}, {}
    for reader in readers:
        try:
            cell = outcome(reader, table, case, expected)
        except Cannot as reason:
            cell = str(reason)
        except Exception as error:  # whatever another engine throws
            text = f"{type(error).__name__}: {error}"
            cell = refusal(reader.name, writer, case, version, text) or f"FAILED {text[:600]}"
        cells[reader.name] = cell
        if cell.startswith(("WRONG", "FAILED")):
            bad[reader.name] = cell
    results[writer, case, version] = cells
    assert not bad, json.dumps(bad, indent=1, ensure_ascii=False)


def test_rust_does_not_write(writers, started_lake):
    """The page says so; when it changes, the matrix gets another writer."""
    assert "not supported" in (matrix_go.rust_refuses_to_write(started_lake) or "it wrote")


def render():
    notes, out = [], []

    def note(text):
        if text not in notes:
            notes.append(text)
        return f"{notes.index(text) + 1}"

    for writer in WRITERS:
        out += [f"## Written by {writer}", "", "| change | version | " + " | ".join(READERS) + " |",
                "|---|---|" + "---|" * len(READERS)]
        for case in CASES:
            for version in VERSIONS:
                cells = results[writer, case, version]
                if isinstance(cells, str):
                    if not re.search("begin with|no row-level|instead", cells):
                        out.append(f"| {case} | v{version} | " + " | ".join([f"– [{note(cells)}]"] * len(READERS)) + " |")
                    continue
                out.append(f"| {case} | v{version} | " + " | ".join(
                    OK if cells[r] == OK else f"no [{note(cells[r])}]" for r in READERS) + " |")
        out.append("")
    head = ["# Who reads what", "",
            "Each table was written by one engine and read by all, row for row, by `tests/interop/test_matrix.py`, which also",
            "keeps this page. ✓: exactly the rows that were written. no: the reader refuses, for the reason below.",
            "DuckDB is its iceberg extension. iceberg-rust is the one in PyIceberg's `pyiceberg-core` behind DataFusion, and only",
            "reads: what that package has of it are a table of DataFusion that refuses INSERT, functions for transforms, and",
            "readers of manifests. DuckDB's extension writes only to REST catalogs and is no writer here. iceberg-go writes",
            "partitions whose names need percent signs to other directories than it says; its tables have none.", ""]
    reasons = ["## Reasons", ""] + [f"{i}. {text}" for i, text in enumerate(notes, 1)]
    return "\n".join(head + out + TRINO + reasons) + "\n"


def test_page():
    assert len(results) == len(WRITERS) * len(CASES) * len(VERSIONS), "run the whole file"
    if os.environ.get("TARN_WRITE_DOCS"):
        PAGE.write_text(render())
    assert PAGE.read_text() == render(), "TARN_WRITE_DOCS=1 writes the page anew"
