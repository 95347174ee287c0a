"""Trino's dialect against Trino 476's recorded answers: names of columns, types and values are equal but for a list of
differences, each with its reason. An entry that is a difference no more fails the test."""
import json
import pathlib

import pytest

from trino_cases import CASES, is_same_answer, run_all

DIFFERENCES = {
    entry["sql"]: entry["why"]
    for entry in map(json.loads, (pathlib.Path(__file__).parent / "trino/differences.jsonl").read_text().splitlines())
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory, programs):
    tarn_at, _ = programs
    statements = [case["sql"] for case in CASES]
    return dict(zip(statements, run_all(tarn_at(tmp_path_factory.mktemp("home")), statements)))


def test_answers_are_those_of_trino(answers):
    wrong = []
    for case in CASES:
        same, ours = is_same_answer(case, *answers[case["sql"]])
        if not same and case["sql"] not in DIFFERENCES:
            wrong.append(f"{case['sql']}\n    Trino: {case.get('rows', case.get('message'))}\n    here:  {ours}")
    assert not wrong, "\n".join(wrong)


def test_the_list_of_differences_is_true(answers):
    cases = {case["sql"]: case for case in CASES}
    assert DIFFERENCES.keys() <= cases.keys()
    equal = [sql for sql in DIFFERENCES if is_same_answer(cases[sql], *answers[sql])[0]]
    assert not equal, f"no differences any more, take them off the list: {equal}"


def test_no_statement_breaks_the_engine(answers):
    broken = {sql: error for sql, (_, error) in answers.items() if error and ("invalidated" in error or "INTERNAL" in error)}
    assert not broken
