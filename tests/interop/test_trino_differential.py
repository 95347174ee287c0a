"""The recorded answers that Tarn is compared with (`tests/sql/trino/differential_answers.jsonl`) are those of a real Trino, for every
statement that the lists make: a sample of them is asked again."""
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).parents[1] / "sql"))

import record_trino_answers  # noqa: E402
from differential_cases import answers, statements  # noqa: E402

STEP = 71


def test_recorded_answers_are_those_of_a_real_trino(trino):
    recorded = answers()
    assert list(recorded) == statements(), "run tests/sql/record_trino_answers.py"
    sample = list(recorded)[::STEP]
    assert len(sample) >= 100
    changed = [sql for sql in sample if record_trino_answers.recorded(trino.uri, sql) != recorded[sql]]
    assert not changed
