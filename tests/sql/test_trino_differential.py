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

REASONS = [json.loads(line) for line in
           (pathlib.Path(__file__).parent / "trino/differential_reasons.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def differences(tmp_path_factory, programs):
    """What is answered here by statement, where it is not what Trino answers."""
    tarn_at, server_of = programs
    home = tmp_path_factory.mktemp("differential") / "home"
    home.mkdir()
    server = server_of(tarn_at(home))
    found = {}
    for sql, case in recorded_answers().items():
        ours = answer_of(server.uri, sql)
        case.setdefault("names", [f"_col{i}" for i in range(len(case.get("types", [])))])
        wrong = difference(case, ours)
        if ours.get("type", "USER_ERROR") != "USER_ERROR":
            wrong = f"BROKEN {ours['error']}: {ours['message']}"
        if wrong is not None:
            found[sql] = (" ".join(wrong.split()), case.get("error") or f"{case['rows']} {case['types']}")
    yield found
    assert server.stop() == 0, server.log()


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
