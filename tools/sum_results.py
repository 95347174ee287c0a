#!/usr/bin/env python3
"""Adds up the results of all runners and prints `N passed, N failed` as its last line; exit 1 when one failed.

    tools/sum_results.py RESULTS_DIR [--ctest CTEST_JUNIT --gtest-dir DIR]... [--runner NAME=EXIT_CODE]...

RESULTS_DIR holds JUnit files (pytest, check_house.py). For ctest the cases inside each GoogleTest program count, from
DIR/<program>.xml; a program that ended badly without a failed case (a crash, a leak, a time limit) counts as one
failure, and so does a runner that failed without leaving a failed case.
"""

import argparse
import os
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter


def count_file(path):
    """Counts the cases of one JUnit or GoogleTest file; also returns the names of those that failed."""
    counts, failed = Counter(), []
    try:
        root = ElementTree.parse(path).getroot()
    except (ElementTree.ParseError, OSError):
        return Counter(failed=1), [f"{path}: cannot be read"]
    for case in root.iter("testcase"):
        name = f"{case.get('classname', '')}.{case.get('name', '')}".lstrip(".")
        if case.find("failure") is not None or case.find("error") is not None:
            counts["failed"] += 1
            failed.append(name)
        elif case.find("skipped") is not None or case.get("result") == "skipped":
            counts["skipped"] += 1
        elif case.get("status") == "notrun" or case.get("result") == "suppressed":
            counts["disabled"] += 1
        else:
            counts["passed"] += 1
    return counts, failed


def count_ctest(junit, gtest_dir):
    """Counts what ctest ran, looking inside the GoogleTest programs."""
    counts, failed = Counter(), []
    try:
        root = ElementTree.parse(junit).getroot()
    except (ElementTree.ParseError, OSError):
        return Counter(failed=1), [f"{junit}: cannot be read"]
    for case in root.iter("testcase"):
        name = case.get("name", "")
        bad = case.get("status") != "run" or case.find("failure") is not None
        inside = os.path.join(gtest_dir, name + ".xml")
        if os.path.exists(inside):
            inner, inner_failed = count_file(inside)
            counts += inner
            failed += inner_failed
            if bad and not inner["failed"]:
                counts["failed"] += 1
                failed.append(f"{name}: ended badly")
        elif bad:
            counts["failed"] += 1
            failed.append(name)
        else:
            counts["passed"] += 1
    return counts, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("results")
    parser.add_argument("--ctest", action="append", default=[])
    parser.add_argument("--gtest-dir", action="append", default=[])
    parser.add_argument("--runner", action="append", default=[], metavar="NAME=EXIT_CODE")
    args = parser.parse_args()

    rows = []
    for name in sorted(os.listdir(args.results)):
        if name.endswith(".xml"):
            rows.append((name[:-len(".xml")], *count_file(os.path.join(args.results, name))))
    for junit, gtest_dir in zip(args.ctest, args.gtest_dir, strict=True):
        rows.append(("unit", *count_ctest(junit, gtest_dir)))
    names_with_failures = {name for name, counts, _ in rows if counts["failed"]}
    for runner in args.runner:
        name, _, code = runner.rpartition("=")
        if code != "0" and name not in names_with_failures:
            rows.append((name, Counter(failed=1), [f"{name}: exit code {code}"]))

    total = Counter()
    print()
    for name, counts, failed in rows:
        total += counts
        also = "".join(f", {counts[kind]} {kind}" for kind in ("skipped", "disabled") if counts[kind])
        print(f"{name:24} {counts['passed']:6} passed {counts['failed']:4} failed{also}")
        for case in failed[:50]:
            print(f"    failed: {case}")
    if total["passed"] == 0:
        total["failed"] += 1
        print("no test passed: nothing ran")
    print(f"{total['passed']} passed, {total['failed']} failed")
    return 1 if total["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
