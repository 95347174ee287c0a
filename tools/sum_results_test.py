#!/usr/bin/env python3
"""Tests of sum_results.py: what counts as passed and what as failed."""

import os
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sum_results.py")
PYTEST = '<testsuites><testsuite><testcase name="a"/><testcase name="b">{}</testcase></testsuite></testsuites>'
GTEST = ('<testsuites><testsuite name="S"><testcase name="a" status="run" result="completed"/>'
         '<testcase name="c" status="notrun" result="suppressed"/>'
         '<testcase name="b" status="run" result="completed">{}</testcase></testsuite></testsuites>')
CTEST = '<testsuite><testcase name="tarn_x_test" status="{}"/><testcase name="fuzz_replay.x" status="run"/></testsuite>'


class SumResults(unittest.TestCase):

    def run_on(self, files, *args):
        with tempfile.TemporaryDirectory() as root:
            os.makedirs(os.path.join(root, "results"))
            os.makedirs(os.path.join(root, "dev", "test-results"))
            for path, text in files.items():
                with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                    file.write(text)
            done = subprocess.run([sys.executable, PROGRAM, "results", *args], cwd=root, capture_output=True, text=True)
            return done.stdout.rstrip("\n").split("\n")[-1], done.returncode

    def ctest(self, ctest, gtest):
        files = {"dev/ctest.xml": ctest}
        if gtest is not None:
            files["dev/test-results/tarn_x_test.xml"] = gtest
        return self.run_on(files, "--ctest", "dev/ctest.xml", "--gtest-dir", "dev/test-results")

    def test_all_pass(self):
        self.assertEqual(self.run_on({"results/a.xml": PYTEST.format("")}), ("2 passed, 0 failed", 0))

    def test_failure_error_and_skip(self):
        self.assertEqual(self.run_on({"results/a.xml": PYTEST.format("<failure/>")}), ("1 passed, 1 failed", 1))
        self.assertEqual(self.run_on({"results/a.xml": PYTEST.format("<error/>")}), ("1 passed, 1 failed", 1))
        self.assertEqual(self.run_on({"results/a.xml": PYTEST.format("<skipped/>")}), ("1 passed, 0 failed", 0))

    def test_nothing_ran_is_a_failure(self):
        self.assertEqual(self.run_on({}), ("0 passed, 1 failed", 1))

    def test_unreadable_file_is_a_failure(self):
        self.assertEqual(self.run_on({"results/a.xml": PYTEST.format(""), "results/b.xml": "<"}), ("2 passed, 1 failed", 1))

    def test_ctest_counts_cases_inside(self):
        self.assertEqual(self.ctest(CTEST.format("run"), GTEST.format("")), ("3 passed, 0 failed", 0))
        self.assertEqual(self.ctest(CTEST.format("fail"), GTEST.format("<failure/>")), ("2 passed, 1 failed", 1))

    def test_crash_counts_once(self):
        self.assertEqual(self.ctest(CTEST.format("fail"), None), ("1 passed, 1 failed", 1))
        self.assertEqual(self.ctest(CTEST.format("fail"), GTEST.format("")), ("3 passed, 1 failed", 1))

    def test_program_that_was_not_built_is_a_failure(self):
        self.assertEqual(self.ctest(CTEST.format("notrun"), None), ("1 passed, 1 failed", 1))

    def test_runner_that_failed_silently_is_a_failure(self):
        files = {"results/interop.xml": PYTEST.format("")}
        self.assertEqual(self.run_on(files, "--runner", "interop=2"), ("2 passed, 1 failed", 1))
        self.assertEqual(self.run_on(files, "--runner", "interop=0"), ("2 passed, 0 failed", 0))


if __name__ == "__main__":
    unittest.main()
