"""Trino's statements over its protocol, against Trino 476's recorded answers: names and types of columns, rows, what was
done, headers; of a failed statement name, message and place of its error (long messages were recorded cut). They are equal
but for a list of differences, each with its reason; an entry that is a difference no more fails the test. Lengths of texts
in the types of listings (varchar(73)) are those of Trino's longest value, and not compared."""
import json
import pathlib
import re

import pytest

from trino_protocol import TrinoSession

FOLDER = pathlib.Path(__file__).parent / "trino"


def cases_of(name):
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text().splitlines()]


FILES = ("statements", "errors", "types")
CASES = [(file, number, case) for file in FILES for number, case in enumerate(cases_of(file))]
DIFFERENCES = {entry["sql"]: entry["why"] for entry in cases_of("statement_differences")}
NATIONS = """ALGERIA ARGENTINA BRAZIL CANADA EGYPT ETHIOPIA FRANCE GERMANY INDIA INDONESIA IRAN IRAQ JAPAN JORDAN KENYA
    MOROCCO MOZAMBIQUE PERU CHINA ROMANIA SAUDI_ARABIA VIETNAM RUSSIA UNITED_KINGDOM UNITED_STATES""".split()
REGIONS = "AFRICA AMERICA ASIA EUROPE MIDDLE_EAST".split()


def prepare(session):
    nations = ", ".join(f"({i}, '{name}', {i % 5}, '')" for i, name in enumerate(NATIONS))
    regions = ", ".join(f"({i}, '{name}', '')" for i, name in enumerate(REGIONS))
    for statement in (
            "CREATE SCHEMA iceberg.tpch",
            "CREATE TABLE iceberg.tpch.nation (nationkey bigint, name varchar, regionkey bigint, comment varchar)",
            f"INSERT INTO iceberg.tpch.nation VALUES {nations}",
            "CREATE TABLE iceberg.tpch.region (regionkey bigint, name varchar, comment varchar)",
            f"INSERT INTO iceberg.tpch.region VALUES {regions}"):
        assert "error" not in session.ask(statement), statement


@pytest.fixture(scope="module")
def answers(programs, tmp_path_factory):
    tarn_at, server_at = programs
    server = server_at(tarn_at(tmp_path_factory.mktemp("statements") / "home"))
    prepare(TrinoSession(server.uri))
    session, answers = TrinoSession(server.uri), {}
    for file, number, case in CASES:
        if number == 0:
            catalog, schema = session.catalog, session.schema
            session = TrinoSession(server.uri)
            if file == "types":
                session.catalog, session.schema = catalog, schema
        answers[file, number] = session.ask(case["sql"])
    assert server.stop() == 0, server.log()
    return answers


def difference(case, answer):
    """What differs, or an empty text."""
    is_listing = case["sql"].startswith(("SHOW", "DESCRIBE", "EXPLAIN"))
    found = []
    for part in ("error",) if "error" in case else ("columns", "rows", "updateType", "headers", "error"):
        theirs, ours = case.get(part), answer.get(part)
        if part == "rows" and "rows" not in case:
            continue
        if part == "headers":
            theirs, ours = theirs or {}, dict(ours)
            ours |= {"Started-Transaction-Id": "*"} if "Started-Transaction-Id" in ours else {}
        if part == "error" and theirs and ours and ours["message"].startswith(theirs["message"]):
            ours = {**ours, "message": theirs["message"]}
        if part == "columns" and is_listing:
            theirs, ours = ([[name, re.sub(r"varchar\(\d+\)", "varchar", kind)] for name, kind in columns or []]
                            for columns in (theirs, ours))
        if part == "rows":
            theirs, ours = (sorted(json.dumps(plain(row), sort_keys=True) for row in rows or []) for rows in (theirs, ours))
        if theirs != ours:
            found.append(f"{part}:\n      Trino: {theirs}\n      here:  {ours}")
    return "\n    ".join(found)


def plain(row):
    return [re.sub(r"location = '[^']*'", "location = '*'", cell) if isinstance(cell, str) else cell for cell in row]


def test_answers_are_those_of_trino(answers):
    wrong = [f"{file}: {case['sql']}\n    {found}" for file, number, case in CASES
             if case["sql"] not in DIFFERENCES and (found := difference(case, answers[file, number]))]
    assert not wrong, "\n".join(wrong)


def test_the_list_of_differences_is_true(answers):
    assert DIFFERENCES.keys() <= {case["sql"] for _, _, case in CASES}
    differ = {case["sql"] for file, number, case in CASES if difference(case, answers[file, number])}
    equal = DIFFERENCES.keys() - differ
    assert not equal, f"no differences any more, take them off the list: {equal}"


def test_nothing_is_an_internal_error(answers):
    broken = {case: answer["error"] for case, answer in answers.items()
              if answer.get("error", {}).get("name") in ("GENERIC_INTERNAL_ERROR", "INTERNAL_ERROR")}
    assert not broken
