"""Statements that are not meant for Tarn, thrown at a server: each is answered or refused as the user's mistake, with its place if
the text cannot be read, and the server lives on. Statements of sqlglot's own tests (some thirty dialects, DuckDB's among them) and
mutations of what Trino takes."""
import ast
import json
import os
import pathlib
import random
import re

import pytest

from trino_cases import CASES, answer_of

SEED = 20261121
# Of sqlglot's 30 thousand texts every 60th, or all (1).
STEP = int(os.environ.get("TARN_BAD_INPUT_STEP", "60"))
MUTATIONS = 600
# They answer in time only what is no user's mistake: rows without end.
ENDLESS = re.compile(r"\b(generate_series|range|sequence|repeat|recursive)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def server(tmp_path_factory, programs):
    tarn_at, server_of = programs
    home = tmp_path_factory.mktemp("bad") / "home"
    home.mkdir()
    # Some of the texts would write files where the test runs.
    (home / "tarn.yaml").write_text("sql:\n  server_access: nobody\n")
    running = server_of(tarn_at(home))
    yield running
    assert running.stop() == 0, running.log()


def failures(server, statements):
    """What was answered other than with rows or as the user's mistake."""
    wrong = []
    for statement in filter(str.strip, statements):  # a statement of blanks is a bad request
        answer = answer_of(server.uri, statement)
        if "error" not in answer:
            continue
        no_place = answer["error"] == "SYNTAX_ERROR" and not answer["place"]
        if answer["type"] != "USER_ERROR" or no_place:
            wrong.append(f"{statement[:300]!r}: {answer['error']}: {answer['message'][:200]}")
    return wrong


def sqlglot_texts(folder):
    """Every text with a blank in its tests, and the lines of its fixtures."""
    texts = set()
    for file in sorted(folder.glob("tests/**/*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip():
                texts.add(node.value)
    for file in sorted(folder.glob("tests/fixtures/**/*.sql")):
        texts |= {line for line in file.read_text().splitlines() if " " in line.strip()}
    return sorted(text for text in texts
                  if len(text) < 4000 and not text.startswith("--") and not ENDLESS.search(text))


def test_statements_of_other_dialects(server, deps):
    texts = sqlglot_texts(deps / f"sqlglot-tests-{versions()['TARN_SQLGLOT_VERSION']}")
    assert len(texts) > 20_000
    wrong = failures(server, texts[::STEP])
    assert not wrong, "\n".join(wrong)


def versions():
    lines = (pathlib.Path(__file__).parents[2] / "versions.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


TOKEN = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\w+|[^\w\s]|\s+")


def mutated(texts, rng):
    """One text with a few tokens lost, doubled, swapped, or taken from another."""
    tokens = TOKEN.findall(rng.choice(texts))
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(tokens))
        kind = rng.randrange(5)
        if kind == 0 and len(tokens) > 1:
            del tokens[at]
        elif kind == 1:
            tokens.insert(at, tokens[at])
        elif kind == 2:
            tokens[at], tokens[-1 - at] = tokens[-1 - at], tokens[at]
        elif kind == 3:
            tokens[at] = rng.choice(TOKEN.findall(rng.choice(texts)))
        else:
            tokens[at] = rng.choice(["NULL", "''", "9223372036854775808", "1e999", "(", ")", "[", "->", "é", "\0", "?", "1.0.0"])
    return "".join(tokens)


def test_mutations_of_good_statements(server):
    accepted = (pathlib.Path(__file__).parent / "trino/accepted.txt").read_text().splitlines()
    texts = [case["sql"] for case in CASES] + [line for line in accepted if line and not line.startswith("#")]
    texts = [text for text in texts if not ENDLESS.search(text)]
    rng = random.Random(SEED)
    wrong = failures(server, [mutated(texts, rng) for _ in range(MUTATIONS)])
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("statement", [
    "SELECT " + "(" * 5_000,
    "SELECT " + "(" * 400 + "1" + ")" * 400,
    "SELECT " + "-" * 5_000 + "1",
    "SELECT " + "NOT " * 5_000 + "true",
    "SELECT " + " + ".join(["1"] * 20_000),
    "SELECT 1 IN (" + ", ".join(map(str, range(4_000))) + ")",
    "SELECT " + "ARRAY[" * 1_000 + "]" * 1_000,
    "SELECT * FROM " + "(SELECT * FROM " * 1_000 + "t" + ")" * 1_000,
    "SELECT 1" + " UNION SELECT 1" * 3_000,
    "SELECT CAST(1 AS " + "array(" * 2_000 + "integer" + ")" * 2_000 + ")",
    "SELECT '" + "x" * 900_000 + "'",
    "SELECT a" + ".b" * 5_000,
    "SELECT x -> " * 2_000 + "1",
    "WITH " + ", ".join(f"t{i} AS (SELECT 1)" for i in range(2_000)) + " SELECT 1",
    "SELECT CASE " + "WHEN true THEN 1 " * 5_000 + "END",
], ids=range(15))
def test_deep_and_long_statements(server, statement):
    assert not failures(server, [statement])


def test_the_server_answers_after_all_that(server):
    assert answer_of(server.uri, "SELECT 1")["rows"] == [[1]]
    assert json.dumps(answer_of(server.uri, "SELECT 'é' || U&'\\2603'")["rows"], ensure_ascii=False) == '[["é☃"]]'
