#!/usr/bin/env python3
"""Shows that each check of check_house.py can fail, and that a clean tree passes all."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check_house  # noqa: E402

CLEAN = {
    "versions.env": "TARN_DUCKDB_VERSION=9.8.7\n",
    "src/tarn/base/CMakeLists.txt": "tarn_module(base LIBS fmt::fmt)\n",
    "src/tarn/base/README.md": "# base\n",
    "src/tarn/base/error.h": "// Codes.\n#pragma once\nenum class ErrorCode : int {\n  kInvalidData,  // bytes\n  kIoFailed,\n};\n",
    "src/tarn/base/error.cc": '#include "tarn/base/error.h"\n',
    "src/tarn/iceberg/CMakeLists.txt": "tarn_module(iceberg\n  DEPS base\n  LIBS ZLIB::ZLIB)\n",
    "src/tarn/iceberg/README.md": "# iceberg\n",
    "src/tarn/iceberg/schema.h": '#pragma once\n#include "tarn/base/error.h"\n'
                                 "/// Reads. Errors: kInvalidData, kIoFailed. kOther is a constant.\n"
                                 "struct Schema {\n  int Field(int id) const { return id; }\n};\n",
    "src/tarn/iceberg/schema.cc": '#include "tarn/iceberg/schema.h"\n#include <zlib.h>\n'
                                  'const char* kText = "duckdb:: new std::cout";  // never new Thing\n'
                                  "Schema& Empty() {\n  static Schema* empty = new Schema;\n  return *empty;\n}\n"
                                  "struct NoCopy {\n  NoCopy(const NoCopy&) = delete;\n};\n"
                                  "std::unique_ptr<NoCopy> Make() { return std::unique_ptr<NoCopy>(new NoCopy(1)); }\n",
    "src/tarn/iceberg/schema_test.cc": '#include "tarn/iceberg/schema.h"\n#include <gtest/gtest.h>\n#include "tarn/testing/lake.h"\n',
    "src/tarn/testing/CMakeLists.txt": "tarn_module(testing)\n",
    "src/tarn/testing/README.md": "# testing\n",
    "src/tarn/testing/lake.h": '#pragma once\n#include <gmock/gmock.h>\n#include "tarn/iceberg/schema.h"\n',
    "tools/run.sh": "#!/bin/sh\necho $HOME/.cache/tarn/deps\n",
}


def findings_of(check, changes):
    """Runs one check on the clean tree with `changes` ({path: text, or None to take it away})."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in {**CLEAN, **changes}.items():
            if text is None:
                continue
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "wb") as file:
                file.write(text if isinstance(text, bytes) else text.encode())
            if path.endswith(".sh"):
                os.chmod(full, 0o755)
        return [str(finding) for finding in check(check_house.Tree(root))]


# For each check: changes to the clean tree, and what must then be found ("" for: nothing).
BODY = "  int x = 0;\n"
CASES = {
    "layers": [
        ({"src/tarn/base/error.cc": '#include "tarn/iceberg/schema.h"\n'}, "base may not include iceberg"),
        ({"src/tarn/iceberg/schema.cc": '#include "tarn/testing/lake.h"\n'}, "only tests include testing"),
        ({"src/tarn/iceberg/schema.cc": '#include "tarn/base/internal/x.h"\n'}, "closed to other modules"),
        ({"src/tarn/iceberg/schema_test.cc": '#include "tarn/engine/engine.h"\n'}, "iceberg may not include engine"),
    ],
    "cmake_layers": [
        ({"src/tarn/base/CMakeLists.txt": "tarn_module(base\n  LIBS fmt::fmt\n  DEPS iceberg)\n"}, "base may not depend on iceberg"),
    ],
    "owned_headers": [
        ({"src/tarn/iceberg/schema.cc": '#include "duckdb/main/connection.hpp"\n'}, "DuckDB belongs to engine"),
        ({"src/tarn/iceberg/schema.cc": "#include <duckdb.hpp>\n"}, "DuckDB belongs to engine"),
        ({"src/tarn/iceberg/schema.cc": "#include <parquet/arrow/writer.h>\n"}, "Parquet belongs to storage"),
        ({"src/tarn/iceberg/schema.cc": "#include <arrow/filesystem/s3fs.h>\n"}, "Arrow file systems belongs to io"),
        ({"src/tarn/iceberg/schema.cc": "#include <gtest/gtest.h>\n"}, "GoogleTest belongs to testing"),
        ({"src/tarn/base/error.cc": "#include <sqlite3.h>\n"}, "SQLite belongs to catalog"),
    ],
    "sizes": [
        ({"src/tarn/base/error.cc": "int x;\n" * 601}, "601 lines in the file"),
        ({"src/tarn/base/error.h": "#pragma once\n" + "int x;\n" * 300}, "301 lines in the file"),
        ({"src/tarn/base/error.cc": "namespace tarn {\nint F(\n    int a) {\n" + BODY * 70 + "}\n}\n"}, "error.cc:2: 73 lines in one function"),
        ({"src/tarn/base/error.cc": "int kTable[] = {\n" + "  1,\n" * 80 + "};\nint F() {\n  return 0;\n}\n"}, ""),
        ({"src/tarn/base/error.cc": "int x;\n" * 610, "tools/house_ratchet.json": '{"src/tarn/base/error.cc": 605}'}, "it may only shrink"),
        ({"src/tarn/base/error.cc": "int x;\n" * 605, "tools/house_ratchet.json": '{"src/tarn/base/error.cc": 605}'}, ""),
        ({"src/tarn/base/error.cc": "int x;\n" * 603, "tools/house_ratchet.json": '{"src/tarn/base/error.cc": 605}'}, "--lower-ratchet"),
    ],
    "banned_code": [
        ({"src/tarn/base/error.cc": "duckdb::Connection c;\n"}, "duckdb::"),
        ({"src/tarn/base/error.cc": "void F() { std::cout << 1; }\n"}, "std::cout"),
        ({"src/tarn/base/error.cc": 'void F() { printf("x"); }\n'}, "std::cout"),
        ({"src/tarn/base/error.cc": "void F(int* p) { delete p; }\n"}, "naked delete"),
        ({"src/tarn/base/error.cc": "void F(int* p) { delete[] p; }\n"}, "naked delete"),
        ({"src/tarn/base/error.cc": "using namespace std;\n"}, "using namespace"),
        ({"src/tarn/iceberg/schema.cc": "auto t = std::chrono::system_clock::now();\n"}, "wall clock"),
        ({"src/tarn/iceberg/schema.cc": "std::random_device d;\n"}, "random source"),
        ({"src/tarn/iceberg/schema.cc": "auto s = fmt::sprintf(x); int t = file.time(0);\n"}, ""),
    ],
    "naked_new": [
        ({"src/tarn/base/error.cc": "void F() {\n  int* p = new int(3);\n}\n"}, "error.cc:2: naked new"),
        ({"src/tarn/base/error.cc": "auto F() { return new Thing(); }\n"}, "naked new"),
        ({"src/tarn/base/error.cc": "void F() { p.reset(new Thing()); }\n"}, ""),
    ],
    "catch_all": [
        ({"src/tarn/base/error.cc": "void F() {\n  try {\n  } catch (...) {\n  }\n}\n"}, "away from a wall"),
        ({"src/tarn/base/error.cc": "void F() {\n  try {\n    // wall: anything a plug-in throws\n  } catch (...) {\n  }\n}\n"}, ""),
    ],
    "unfinished": [
        ({"src/tarn/base/error.cc": "// TO" + "DO: later\n"}, "finish it or file an issue"),
        ({"tools/x.py": "# FIX" + "ME\n"}, "finish it or file an issue"),
    ],
    "stray_files": [
        ({"src/tarn/loose.cc": "\n"}, "is in no target"),
        ({"src/tarn/iceberg/CMakeLists.txt": None}, "is in no target"),
        ({"src/tarn/iceberg/unused.h": "#pragma once\n"}, "nothing includes it"),
        ({"src/tarn/iceberg/x.cpp": "\n"}, "end in .cc and .h"),
        ({"tests/faults/kill.cc": "\n"}, "is in no target"),
        ({"tests/interop/spark_test.py": "\n"}, "test_*.py"),
    ],
    "error_codes": [
        ({"src/tarn/iceberg/schema.h": "#pragma once\n/// Errors: kInvalidData,\n/// kGone.\n"}, "schema.h:3: kGone"),
        ({"src/tarn/iceberg/schema.h": "#pragma once\n// Gives ErrorCode::kLost.\n"}, "kLost"),
        ({"src/tarn/iceberg/schema.h": "#pragma once\n/// Errors: kInvalidData (mode kExisting).\n"}, ""),
    ],
    "includes_resolve": [
        ({"src/tarn/base/error.cc": '#include "tarn/base/gone.h"\n'}, "no such file"),
        ({"src/tarn/base/error.cc": '#include "error.h"\n'}, "write the full path"),
        ({"src/tarn/base/error.cc": "#include <tarn/base/error.h>\n"}, 'write "tarn/base/error.h"'),
    ],
    "pragma_once": [({"src/tarn/base/error.h": "#ifndef X\n#define X\n#endif\n"}, "#pragma once")],
    "module_names": [
        ({"src/tarn/extras/x.cc": "\n"}, "not a module of the table"),
        ({"src/tarn/base/README.md": None}, "has no README.md"),
    ],
    "vague_names": [
        ({"src/tarn/base/string_utils.h": "#pragma once\n"}, "'string_utils.h' says nothing"),
        ({"src/tarn/iceberg/common/x.h": "#pragma once\n"}, "'common' says nothing"),
        ({"src/tarn/base/commonality.h": "#pragma once\n"}, ""),
    ],
    "fuzz_corpus": [
        ({"src/tarn/iceberg/avro_fuzz.cc": "\n"}, "no inputs in tests/fuzz/corpus/avro/"),
        ({"src/tarn/iceberg/avro_fuzz.cc": "\n", "tests/fuzz/corpus/avro/one": "x"}, ""),
    ],
    "leaks": [
        ({"tools/run.sh": "pip install --index-url https://pypi.org/simple x\n"}, "host of a package registry"),
        ({"docs/x.md": "cd /root/checkout\n"}, "path of one machine"),
        ({"docs/x.md": "key AKIA" + "ABCDEFGHIJKLMNOP\n"}, "secret"),
    ],
    "versions_once": [
        ({"tools/run.sh": "#!/bin/sh\npip download duckdb==9.8.7\n"}, "9.8.7 is pinned"),
        ({"tools/run.sh": "#!/bin/sh\necho 19.8.7 9.8.71\n"}, ""),
        ({"src/tarn/base/error.cc": 'const char* kVersion = "9.8.7";\n'}, "9.8.7 is pinned"),
        ({"src/tarn/base/error.cc": "const char* Version();  // as in 9.8.7\n"}, ""),
    ],
    "big_files": [({"docs/dump.bin": b"\0" * ((1 << 20) + 1)}, "at most 1048576")],
    "scripts": [
        ({"tools/run.sh": "#!/bin/bash\nif true; then\n"}, "syntax error"),
        ({"CMakePresets.json": "{,}\n"}, "not JSON"),
        ({"tools/x.py": "def f(:\n"}, "not Python"),
        ({"tools/plain": "#!/usr/bin/env python3\n"}, "not executable"),
    ],
}


class CheckHouse(unittest.TestCase):

    def test_every_check_has_cases(self):
        names = {check.__name__[len("check_"):] for check in check_house.CHECKS}
        self.assertEqual(names, set(CASES))
        for name, cases in CASES.items():
            self.assertTrue(any(expected for _, expected in cases), f"{name} is never shown to fail")

    def test_clean_tree_passes(self):
        for check in check_house.CHECKS:
            with self.subTest(check.__name__):
                self.assertEqual(findings_of(check, {}), [])

    def test_cases(self):
        for name, cases in CASES.items():
            check = getattr(check_house, "check_" + name)
            for changes, expected in cases:
                with self.subTest(name, expected=expected, paths=list(changes)):
                    found = findings_of(check, changes)
                    if expected:
                        self.assertTrue(any(expected in text for text in found), found)
                    else:
                        self.assertEqual(found, [])

    def test_comments_and_literals_are_told_apart(self):
        code, comments = check_house.split_code_and_comments(
            'int a = 1\'000;  // one\nauto s = R"x(new "\n)x"; /* two\n */ char c = \'"\'; f("//no");\n')
        self.assertEqual(code.count("\n"), comments.count("\n"))
        self.assertNotIn("new", code)
        self.assertNotIn("no", code)
        self.assertIn("one", comments)
        self.assertIn("two", comments)
        self.assertIn("char c", code)


if __name__ == "__main__":
    unittest.main()
