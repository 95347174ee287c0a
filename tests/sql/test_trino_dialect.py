"""Trino's dialect against Trino 476's recorded answers: names and types of columns, values and names of errors are equal but for
a list of differences, each with its reason. An entry that is a difference no more fails the test."""
import json
import pathlib

import pytest

from trino_cases import CASES, answer_of, difference

DIFFERENCES = {
    entry["sql"]: entry["why"]
    for entry in map(json.loads, (pathlib.Path(__file__).parent / "trino/differences.jsonl").read_text().splitlines())
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory, programs):
    tarn_at, server_of = programs
    home = tmp_path_factory.mktemp("dialect") / "home"
    home.mkdir()
    server = server_of(tarn_at(home))
    yield {case["sql"]: answer_of(server.uri, case["sql"]) for case in CASES}
    assert server.stop() == 0, server.log()


def test_answers_are_those_of_trino(answers):
    wrong = []
    for case in CASES:
        ours = difference(case, answers[case["sql"]])
        if ours is not None and case["sql"] not in DIFFERENCES:
            theirs = case.get("rows", f"{case.get('error')}: {case.get('message')}")
            wrong.append(f"{case['sql']}\n    Trino: {theirs} {case.get('types')}\n    here:  {ours}")
    assert not wrong, "\n".join(wrong)


def test_the_list_of_differences_is_true(answers):
    cases = {case["sql"]: case for case in CASES}
    assert DIFFERENCES.keys() <= cases.keys()
    equal = [sql for sql in DIFFERENCES if difference(cases[sql], answers[sql]) is None]
    assert not equal, f"no differences any more, take them off the list: {equal}"


def test_no_statement_breaks_the_engine(answers):
    broken = {sql: answer for sql, answer in answers.items() if answer.get("type", "USER_ERROR") != "USER_ERROR"}
    assert not broken
