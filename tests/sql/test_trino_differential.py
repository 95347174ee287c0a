"""Some seven thousand expressions and small queries against Trino 476's recorded answers (`record_trino_answers.py`): names, types
(without lengths of text), values and names of errors. Differences have a reason each in `trino/differential_reasons.jsonl`: a
pattern of the statement and one of what is answered here. A reason that explains nothing any more fails the test."""
import collections
import json
import pathlib
import re

import pytest

from differential_cases import answers as recorded_answers
from trino_cases import answer_of, difference
from trino_protocol import TrinoSession

REASONS = [json.loads(line) for line in
           (pathlib.Path(__file__).parent / "trino/differential_reasons.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def server(tmp_path_factory, programs):
    tarn_at, server_of = programs
    home = tmp_path_factory.mktemp("differential") / "home"
    home.mkdir()
    running = server_of(tarn_at(home))
    yield running
    assert running.stop() == 0, running.log()


@pytest.fixture(scope="module")
def differences(server):
    """What is answered here by statement, where it is not what Trino answers."""
    found = {}
    for sql, case in recorded_answers().items():
        ours = answer_of(server.uri, sql)
        case.setdefault("names", [f"_col{i}" for i in range(len(case.get("types", [])))])
        wrong = difference(case, ours)
        if ours.get("type", "USER_ERROR") != "USER_ERROR":
            wrong = f"BROKEN {ours['error']}: {ours['message']}"
        if wrong is not None:
            found[sql] = (" ".join(wrong.split()), case.get("error") or f"{case['rows']} {case['types']}")
    return found


def reason_of(sql, ours, theirs):
    """The index of the first reason that fits."""
    for i, reason in enumerate(REASONS):
        if re.search(reason["sql"], sql) and re.search(reason["here"], ours) and re.search(reason.get("trino", ""), theirs):
            return i
    return None


def test_every_difference_has_a_reason(differences):
    wrong = [f"{sql}\n    Trino: {theirs}\n    here:  {ours}" for sql, (ours, theirs) in differences.items()
             if reason_of(sql, ours, theirs) is None]
    assert not wrong, "\n".join(wrong)


def test_every_reason_explains_something(differences):
    used = collections.Counter(reason_of(sql, ours, theirs) for sql, (ours, theirs) in differences.items())
    unused = [reason["why"] for i, reason in enumerate(REASONS) if i not in used]
    assert not unused, f"no such differences any more, take them off the list: {unused}"


def test_no_statement_breaks_the_engine(differences):
    assert not {sql: ours for sql, (ours, _) in differences.items() if ours.startswith("BROKEN")}


COUNTING = "WITH RECURSIVE t(n) AS (VALUES 1 UNION ALL SELECT n + 1 FROM t WHERE n < 500) SELECT max(n) FROM t"


def test_recursion_takes_as_many_steps_as_the_session_allows(server):
    session = TrinoSession(server.uri)
    limit = "Recursion depth limit exceeded (10). Use 'max_recursion_depth' session property to modify the limit."
    assert session.ask(COUNTING)["error"] == {"name": "NOT_SUPPORTED", "message": limit}
    assert "error" not in session.ask("SET SESSION max_recursion_depth = 499")
    assert session.ask(COUNTING)["rows"] == [[500]]
    session.ask("SET SESSION max_recursion_depth = 498")
    assert session.ask(COUNTING)["error"]["message"] == limit.replace("10", "498")
    refused = session.ask("SET SESSION max_recursion_depth = 0")["error"]
    assert refused["name"] == "INVALID_SESSION_PROPERTY" and "positive" in refused["message"]


# Word for word Trino 476's, but for the place in front.
MESSAGES = {
    "SELECT CASE WHEN true THEN 1 ELSE 'a' END":
        "All CASE results must be the same type or coercible to a common type. Cannot find common type between integer and "
        "varchar(1), all types (without duplicates): [integer, varchar(1)]",
    "SELECT if(true, 1, 'a')": "Result types for IF must be the same: integer vs varchar(1)",
    "SELECT ARRAY[1, 'a']":
        "All ARRAY elements must be the same type or coercible to a common type. Cannot find common type between integer and "
        "varchar(1), all types (without duplicates): [integer, varchar(1)]",
    "SELECT CASE WHEN 1 THEN 2 END": "CASE WHEN clause must evaluate to a boolean (actual: integer)",
    "SELECT if(1, 2)": "IF condition must evaluate to a boolean (actual: integer)",
    "SELECT 1 AND true": "Logical expression term must evaluate to a boolean (actual: integer)",
    "SELECT NOT 1": "Value of logical NOT expression must evaluate to a boolean (actual: integer)",
    "SELECT 1 WHERE 'a'": "WHERE clause must evaluate to a boolean: actual type varchar(1)",
    "SELECT * FROM (VALUES 1) t(x) JOIN (VALUES 1) u(y) ON x": "JOIN ON clause must evaluate to a boolean: actual type integer",
    "SELECT sum(1) FILTER (WHERE 1)": "Filter expression must evaluate to a boolean (actual: integer)",
    "SELECT 1, 2 EXCEPT SELECT 1, true": "column 2 in EXCEPT query has incompatible types: integer, boolean",
    "SELECT EXTRACT(HOUR FROM DATE '2024-01-01')": "Cannot extract HOUR from date",
}


@pytest.mark.parametrize("sql", MESSAGES)
def test_types_that_do_not_meet_are_told_as_trino_tells_them(server, sql):
    error = answer_of(server.uri, sql)
    assert error["error"] == "TYPE_MISMATCH" and error["message"].endswith(MESSAGES[sql]), error
