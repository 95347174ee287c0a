#!/usr/bin/env python3
"""Asks a Trino for the answers that `test_trino_differential.py` compares with, and writes them down.

    record_trino_answers.py URI [--missing]       URI as `tests/interop/trino_server.py` prints it

With --missing only statements that have no answer yet are asked.
"""
import concurrent.futures
import json
import sys

from differential_cases import ANSWERS, answers, statements
from trino_cases import answer_of


def recorded(uri, statement):
    answer = {"sql": statement} | answer_of(uri, statement)
    if "error" in answer:
        return {"sql": statement, "error": answer["error"]}
    if answer["names"] == [f"_col{i}" for i in range(len(answer["names"]))]:
        del answer["names"]
    return answer


def main(uri, only_missing):
    known = answers() if only_missing else {}
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        lines = list(threads.map(lambda statement: known.get(statement) or recorded(uri, statement), statements()))
    ANSWERS.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    print(f"{len(lines)} answers, {sum('error' in line for line in lines)} of them errors")


if __name__ == "__main__":
    main(sys.argv[1], "--missing" in sys.argv[2:])
