#!/usr/bin/env python3
"""Checks the rules of the house that a compiler cannot: who may include whom, who owns which library, words that may
not appear, sizes, names, stray files.

    tools/check_house.py [--junit FILE] [--root DIR]    run every check; exit 1 when one finds something
    tools/check_house.py --lower-ratchet                note sizes that have shrunk (never one that has grown)
    tools/check_house.py --raise-ratchet FILE...        accept the present size of FILE; say why in the commit

A check is a function that takes the Tree and yields Findings. tools/check_house_test.py shows that each can fail.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

# --- the tables --------------------------------------------------------------------------------------------------

_ENGINE_AND_BELOW = "base net iceberg io storage governance sql catalog table engine"

# Which modules a module may include. `cli` may include all, `testing` is included by tests only.
LAYERS = {
    "base": "",
    "iceberg": "base",
    "io": "base",
    "net": "base",
    "storage": "base iceberg io",
    "governance": "base net iceberg",
    "sql": "base iceberg",
    "catalog": "base net iceberg io governance",
    "table": "base iceberg io storage catalog",
    "engine": "base iceberg io storage governance sql catalog table",
    "ingest": "base net iceberg io storage catalog table engine",
    "service": "base net iceberg io storage governance sql catalog table engine ingest",
    "gateway": "base net iceberg io storage governance sql catalog table engine ingest service",
    "sentiment": "base net iceberg io storage governance sql catalog table engine ingest service",
    "console": "base net",
    "cli": _ENGINE_AND_BELOW + " ingest service gateway sentiment console",
    "testing": _ENGINE_AND_BELOW,
}
LAYERS = {module: set(allowed.split()) for module, allowed in LAYERS.items()}

# Third-party headers that only some modules may include: (what it is, pattern of the include's path, modules).
OWNED_HEADERS = [
    ("DuckDB", r"duckdb(\.hpp|\.h|_extension\.h|/.*)", "engine"),
    ("DuckDB's Parquet extension", r"(parquet_\w+|column_(reader|writer)|thrift_tools|(reader|writer|decoder)/.*)\.hpp",
     "engine"),
    ("Parquet", r"parquet/.*", "storage"),
    ("Arrow file systems", r"arrow/filesystem/.*", "io"),
    ("Arrow datasets and readers", r"arrow/((dataset|csv|adapters)/.*|json/(?!from_string\.h).*)", "ingest"),
    ("Arrow Flight", r"arrow/flight/.*", "gateway"),
    ("HTTP", r"(boost/(beast|asio)|restinio|curl)/.*", "net"),
    ("crypto", r"(openssl|jwt-cpp|sodium)(/.*|\.h)", "base governance net"),
    ("SQLite", r"sqlite3(ext)?\.h", "catalog"),
    ("libpq", r"libpq(-fe\.h|/.*)", "catalog ingest"),
    ("MariaDB", r"mariadb/.*", "ingest"),
    ("ODBC", r"sql(ext|types)?\.h", "ingest"),
    ("Kafka", r"(librdkafka|cppkafka)/.*", "ingest"),
    ("HTML", r"(gumbo\.h|modest/.*|myhtml/.*|mycss/.*)", "ingest"),
    ("time zones", r"date/.*", "service"),
    ("XML", r"libxml/.*", "ingest"),
    ("archives", r"archive(_entry)?\.h", "ingest"),
    ("Redis", r"(hiredis|sw/redis\+\+)/.*", "service"),
    ("Thrift", r"thrift/.*", "gateway"),
    ("YAML", r"yaml-cpp/.*", "base"),
    ("spdlog", r"spdlog/.*", "base"),
    ("simdjson", r"simdjson\.h", "base iceberg"),
    ("roaring", r"roaring/.*", "iceberg"),
    ("compression", r"(zlib|libdeflate|zstd|snappy|lz4|lz4frame)\.h", "iceberg net"),
    ("CLI11", r"CLI/.*", "cli"),
    ("GoogleTest", r"(gtest|gmock)/.*", "testing"),
]
OWNED_HEADERS = [(name, re.compile(pattern), set(owners.split())) for name, pattern, owners in OWNED_HEADERS]

# Words that may not appear in code (comments and strings aside): (name, pattern, where it is allowed, what instead).
BANNED_CODE = [
    ("duckdb::", r"\bduckdb::", r"^src/tarn/engine/", "DuckDB stays in engine"),
    ("std::cout", r"\bstd::(cout|cerr|clog)\b|(?<![\w:])(std::)?printf\s*\(", r"^src/tarn/cli/", "log, or print in cli"),
    ("naked delete", r"(?<![=\w])\s*\bdelete\b\s*(\[\s*\]\s*)?[A-Za-z_*(]", None, "own it with a unique_ptr"),
    ("using namespace", r"\busing\s+namespace\s+(?!std::(chrono_|string_|string_view_|)literals|std::chrono_literals)", None,
     "name what is used"),
    ("wall clock", r"\bsystem_clock::now\b|(?<![\w:.>])(std::)?time\s*\(\s*(nullptr|NULL|0)\s*\)",
     r"^src/tarn/base/", "take a Clock"),
    ("random source", r"\brandom_device\b|(?<![\w:.>])(std::)?s?rand\s*\(", r"^src/tarn/base/", "take a random source"),
]
BANNED_CODE = [(n, re.compile(p), re.compile(w) if w else None, why) for n, p, w, why in BANNED_CODE]

# Spelled so that this file does not hold what it looks for.
BANNED_WORDS = re.compile(r"\b(" + "|".join(["FIX" + "ME", "TO" + "DO", "XX" + "X", "HA" + "CK"]) + r")\b")

# Never in a tracked file: registries' hosts, paths of one machine, secrets.
LEAKS = [
    ("host of a package registry",
     r"pypi\.org|pythonhosted\.org|registry\.npmjs|npmjs\.org|deb\.debian\.org|security\.debian\.org|snapshot\.debian\.org"
     r"|archive\.ubuntu|repo1?\.maven|maven\.org/maven2|crates\.io[/-]|rubygems\.org|proxy\.golang"),
    ("path of one machine", r"(?<![\w.$}*-])/(root|work|home/\w+)/[\w.]"),
    ("secret", r"AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY|gh[pousr]_[A-Za-z0-9]{30,}|xox[bp]-[0-9A-Za-z-]{20,}"),
    ("a path out of the checkout", r"\.\./shared/|/tmp/bash_jobs"),
]
LEAKS = [(name, re.compile(pattern)) for name, pattern in LEAKS]

VAGUE_NAMES = re.compile(r"(^|[_-])(utils?|helpers?|common|misc)([_.-]|$)", re.I)

LINES_MAX = {".cc": 600, ".h": 300}
FUNCTION_LINES_MAX = 70
FILE_BYTES_MAX = 1 << 20
FINDINGS_SHOWN = 30  # of each check
RATCHET = "tools/house_ratchet.json"


class Finding(NamedTuple):
    path: str
    line: int  # 0 when it concerns the file as a whole
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text}" if self.line else f"{self.path}: {self.text}"


# --- reading -----------------------------------------------------------------------------------------------------

_TOKENS = re.compile(
    r'(?P<comment>//[^\n]*|/\*.*?\*/)'
    r'|(?P<raw>R"(?P<delim>[^()\s\\]{0,16})\(.*?\)(?P=delim)")'
    r'|(?P<string>"(?:\\.|[^"\\\n])*")'
    r"|(?P<char>(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+')",
    re.S)


def split_code_and_comments(text):
    """Returns the text twice, line for line: once without comments and the insides of literals, once only comments."""
    code, comments, at = [], [], 0
    for match in _TOKENS.finditer(text):
        between = text[at:match.start()]
        code.append(between)
        comments.append(re.sub(r"[^\n]", " ", between))
        token = match.group()
        newlines = "\n" * token.count("\n")
        if match.lastgroup == "comment" or match.group("comment"):
            code.append(newlines)
            comments.append(token)
        else:
            code.append('""' + newlines)
            comments.append(newlines)
        at = match.end()
    code.append(text[at:])
    comments.append(re.sub(r"[^\n]", " ", text[at:]))
    return "".join(code), "".join(comments)


class Tree:
    """The files of the checkout: those git tracks or would track, or all of them where there is no git."""

    def __init__(self, root):
        self.root = root
        self._text = {}
        self._split = {}
        listed = subprocess.run(["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                                capture_output=True)
        if listed.returncode == 0 and os.path.exists(os.path.join(root, ".git")):
            names = [name for name in listed.stdout.decode().split("\0") if name]
        else:
            names = [os.path.relpath(os.path.join(folder, name), root)
                     for folder, _, files in os.walk(root) for name in files]
        self.files = sorted({name for name in names if os.path.isfile(os.path.join(root, name))})

    def size(self, path):
        return os.path.getsize(os.path.join(self.root, path))

    def text(self, path):
        """The file's text, or None when it is not text."""
        if path not in self._text:
            with open(os.path.join(self.root, path), "rb") as file:
                data = file.read()
            try:
                self._text[path] = None if b"\0" in data[:8192] else data.decode()
            except UnicodeDecodeError:
                self._text[path] = None
        return self._text[path]

    def code_and_comments(self, path):
        if path not in self._split:
            self._split[path] = split_code_and_comments(self.text(path) or "")
        return self._split[path]

    def sources(self, *prefixes):
        prefixes = prefixes or ("src/",)
        return [path for path in self.files if path.startswith(prefixes) and path.endswith((".h", ".cc"))]

    def includes(self, path):
        """Yields (line number, opening delimiter, included path)."""
        for number, line in enumerate((self.text(path) or "").split("\n"), 1):
            match = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
            if match:
                yield number, match[1], match[2]


def module_of(path):
    """The module of a file in src/tarn, else None."""
    parts = path.split("/")
    return parts[2] if path.startswith("src/tarn/") and len(parts) > 3 else None


def is_test(path):
    return bool(re.search(r"_(test|fuzz)\.(cc|h)$", path)) or path.startswith(("tests/", "bench/", "src/tarn/testing/"))


# --- checks ------------------------------------------------------------------------------------------------------


def check_layers(tree):
    """A module includes only the modules below it, and never another one's internal/ folder."""
    for path in tree.sources():
        module = module_of(path)
        if module is None:
            continue
        for number, _, included in tree.includes(path):
            target = module_of("src/" + included)
            if target is None or target == module:
                continue
            if target == "testing":
                if not is_test(path):
                    yield Finding(path, number, f"{included}: only tests include testing")
            elif target not in LAYERS.get(module, set()):
                yield Finding(path, number, f"{included}: {module} may not include {target}")
            if "/internal/" in included:
                yield Finding(path, number, f"{included}: closed to other modules")


def check_module_names(tree):
    """Every folder in src/tarn is a module of the table, with a CMakeLists.txt and a README.md."""
    have = set(tree.files)
    for module in sorted({module_of(path) for path in tree.files} - {None}):
        folder = f"src/tarn/{module}"
        if module not in LAYERS:
            yield Finding(folder, 0, "not a module of the table in tools/check_house.py")
        for name in ("CMakeLists.txt", "README.md"):
            if f"{folder}/{name}" not in have:
                yield Finding(folder, 0, f"has no {name}")


def check_cmake_layers(tree):
    """The DEPS that a module gives CMake are modules it may include."""
    for path in tree.files:
        module = module_of(path)
        if module is None or not path.endswith("/CMakeLists.txt") or module == "testing":
            continue
        text = re.sub(r"#[^\n]*", "", tree.text(path))
        for call in re.finditer(r"tarn_module\(([^)]*)\)", text):
            words = call[1].split()
            deps, keyword = [], None
            for word in words[1:]:
                if word.isupper():
                    keyword = word
                elif keyword == "DEPS":
                    deps.append(word)
            for dep in deps:
                if dep not in LAYERS.get(module, set()):
                    yield Finding(path, 0, f"{module} may not depend on {dep}")


def check_owned_headers(tree):
    """A third-party library's headers stay in the modules that own it."""
    for path in tree.sources():
        module = module_of(path)
        for number, _, included in tree.includes(path):
            for name, pattern, owners in OWNED_HEADERS:
                if not pattern.fullmatch(included) or module in owners:
                    continue
                if is_test(path) and (name == "GoogleTest" or module == "testing"):
                    continue
                yield Finding(path, number, f"<{included}>: {name} belongs to {', '.join(sorted(owners))}")


def check_includes_resolve(tree):
    """Our headers are included by their full path, and exist."""
    have = set(tree.files)
    for path in tree.sources("src/", "tests/", "bench/"):
        for number, opening, included in tree.includes(path):
            if included.startswith("tarn/"):
                if f"src/{included}" not in have:
                    yield Finding(path, number, f"{included}: no such file")
                if opening == "<":
                    yield Finding(path, number, f'{included}: write "{included}"')
            elif opening == '"' and os.path.normpath(os.path.join(os.path.dirname(path), included)) in have:
                yield Finding(path, number, f"{included}: write the full path, from tarn/ on")


def check_pragma_once(tree):
    """A header begins with #pragma once."""
    for path in tree.sources("src/", "tests/", "bench/"):
        if path.endswith(".h") and not re.match(r"\s*#pragma once\n", tree.code_and_comments(path)[0]):
            yield Finding(path, 1, "does not begin with #pragma once")


def check_banned_code(tree):
    """Words that may not appear in code."""
    for path in tree.sources():
        if is_test(path):
            continue
        for number, line in enumerate(tree.code_and_comments(path)[0].split("\n"), 1):
            for name, pattern, allowed, why in BANNED_CODE:
                if pattern.search(line) and not (allowed and allowed.match(path)):
                    yield Finding(path, number, f"{name}: {why}")


_OWNED_NEW = re.compile(r"(_ptr<.*>|\breset|_ptr)\s*(\w+\s*)?[({]\s*$|\bstatic\b.*=\s*\*?\s*$|\bstatic\b.*\*\s*(const\s*)?\w+\s*=\s*$")


def check_naked_new(tree):
    """`new` only where a smart pointer takes the object at once, for a static that is never destroyed, or in place."""
    for path in tree.sources():
        code = tree.code_and_comments(path)[0]
        for match in re.finditer(r"\bnew\b(?=\s*[A-Za-z_:])", code):
            before = code[:match.start()]
            if before.rstrip().endswith("operator"):
                continue
            statement = re.split(r"[;{}]", before)[-1] if not before.rstrip().endswith("{") else before[-120:]
            if not _OWNED_NEW.search(" ".join(statement.split()) + ("" if statement.endswith("(") else " ")):
                yield Finding(path, before.count("\n") + 1, "naked new: make_unique, or into a smart pointer at once")


def check_catch_all(tree):
    """`catch (...)` only at a wall that says so: a comment `// wall: what stops here` on its line or the one before."""
    for path in tree.sources():
        if is_test(path):
            continue
        code, comments = tree.code_and_comments(path)
        comment_lines = comments.split("\n")
        for number, line in enumerate(code.split("\n"), 1):
            if re.search(r"\bcatch\s*\(\s*\.\.\.\s*\)", line):
                near = comment_lines[max(0, number - 2):number + 1]
                if not any(re.search(r"//\s*wall: \S", comment) for comment in near):
                    yield Finding(path, number, "catch (...) away from a wall (comment `// wall: what stops here`)")


def check_unfinished(tree):
    """No notes to do something later: finish it, or file an issue."""
    for path in tree.files:
        if path.endswith((".h", ".cc", ".py", ".sh", ".cmake", ".txt", ".md", ".yaml", ".yml", ".sql", ".test")):
            for number, line in enumerate((tree.text(path) or "").split("\n"), 1):
                match = BANNED_WORDS.search(line)
                if match:
                    yield Finding(path, number, f"{match[0]}: finish it or file an issue")


def function_lengths(code):
    """Yields (first line, number of lines, head) of each function body in stripped code."""
    stack, head_start = [], 0
    for match in re.finditer(r"[{};]|^[ \t]*#[^\n]*(?:\\\n[^\n]*)*", code, re.M):
        token = match.group()
        if token.lstrip().startswith("#"):
            if not stack or stack[-1][0] == "scope":
                head_start = match.end()
            continue
        if token == "{":
            inside = not stack or stack[-1][0] == "scope"
            head = code[head_start:match.start()]
            flat = " ".join(head.split())
            if not inside:
                kind = "block"
            elif re.search(r"\b(namespace|extern)\b[^()]*$", flat) or (
                    re.search(r"\b(class|struct|union|enum)\b", flat) and not re.search(r"\)\s*(const|noexcept)?\s*$", flat)):
                kind = "scope"
            elif "(" in flat and not re.search(r"=\s*$", flat):
                kind = "function"
            else:
                kind = "block"
            lead = len(head) - len(head.lstrip())
            stack.append((kind, head_start + lead, flat))
            head_start = match.end()
        elif token == "}":
            if stack:
                kind, start, flat = stack.pop()
                if kind == "function":
                    first = code.count("\n", 0, start) + 1
                    yield first, code.count("\n", 0, match.start()) + 2 - first, flat
            head_start = match.end()
        else:
            head_start = match.end()


def measure_sizes(tree):
    """Yields (key in the ratchet, path, line, size, limit, what) for everything over its limit."""
    for path in tree.sources("src/"):
        if path.endswith(("_test.cc", "_test.h")):
            continue
        num_lines = (tree.text(path) or "").count("\n")
        limit = LINES_MAX[os.path.splitext(path)[1]]
        if num_lines > limit:
            yield path, path, 0, num_lines, limit, "lines in the file"
        longest = max(function_lengths(tree.code_and_comments(path)[0]), key=lambda item: item[1], default=None)
        if longest and longest[1] > FUNCTION_LINES_MAX:
            yield f"{path}#function", path, longest[0], longest[1], FUNCTION_LINES_MAX, "lines in one function"


def read_ratchet(tree):
    return json.loads(tree.text(RATCHET)) if RATCHET in tree.files else {}


def check_sizes(tree):
    """Files and functions stay small; what is larger is in the ratchet file and may only shrink."""
    ratchet = read_ratchet(tree)
    over = {}
    for key, path, line, size, limit, what in measure_sizes(tree):
        over[key] = size
        if key not in ratchet:
            yield Finding(path, line, f"{size} {what}, at most {limit}: does it hold two ideas?")
        elif size > ratchet[key]:
            yield Finding(path, line, f"{size} {what}, was {ratchet[key]}: it may only shrink")
    for key, size in ratchet.items():
        if over.get(key, 0) < size:
            yield Finding(RATCHET, 0, f"{key} has shrunk to {over.get(key, 'its limit')}: run tools/check_house.py --lower-ratchet")


def check_stray_files(tree):
    """Every source is in a target, every header is used, every test is run."""
    have = set(tree.files)
    cmake = "\n".join(tree.text(path) or "" for path in tree.files if path.endswith(("CMakeLists.txt", ".cmake")))
    used = {included for path in tree.sources("src/", "tests/", "bench/") for _, _, included in tree.includes(path)}
    for path in tree.files:
        name = os.path.basename(path)
        if path.startswith("src/"):
            module = module_of(path)
            if path.endswith((".cc", ".h")) and (module is None or f"src/tarn/{module}/CMakeLists.txt" not in have):
                yield Finding(path, 0, "is in no target")
            if path.endswith(".h") and path[4:] not in used and name not in ("pch.h", "type_fwd.h"):
                yield Finding(path, 0, "nothing includes it")
            if path.endswith((".cpp", ".cxx", ".c", ".hpp", ".hh")):
                yield Finding(path, 0, "our sources end in .cc and .h")
        elif path.startswith(("tests/", "bench/", "cmake/")):
            if path.endswith(".cc") and name not in cmake:
                folder = os.path.dirname(path)
                if f"{folder}/CMakeLists.txt" not in have or "GLOB" not in tree.text(f"{folder}/CMakeLists.txt"):
                    yield Finding(path, 0, "is in no target")
            if path.startswith("tests/") and path.endswith("_test.py"):
                yield Finding(path, 0, "pytest looks for test_*.py")


def check_fuzz_corpus(tree):
    """A fuzz target has kept inputs."""
    for path in tree.files:
        if path.startswith("src/") and path.endswith("_fuzz.cc"):
            corpus = "tests/fuzz/corpus/" + os.path.basename(path)[:-len("_fuzz.cc")] + "/"
            if not any(name.startswith(corpus) for name in tree.files):
                yield Finding(path, 0, f"no inputs in {corpus}")


def check_error_codes(tree):
    """An error code that a comment names exists in base's table."""
    table = "\n".join(tree.text(path) for path in tree.files if re.match(r"src/tarn/base/error\w*\.h$", path))
    match = re.search(r"enum class ErrorCode[^{]*\{(.*?)\};", split_code_and_comments(table)[0], re.S)
    if not match:
        return
    codes = set(re.findall(r"\bk[A-Z]\w*", match[1]))
    for path in tree.sources("src/"):
        in_list = False
        for number, line in enumerate(tree.code_and_comments(path)[1].split("\n"), 1):
            comment = line.strip()
            if not comment:
                in_list = False
                continue
            named = set(re.findall(r"ErrorCode::(k[A-Z]\w*)", comment))
            start = re.search(r"\bErrors?:", comment)
            if start:
                in_list = True
            if in_list:
                rest = comment[start.end():] if start else comment
                sentence = re.split(r"\.(?:\s|$)", rest, maxsplit=1)
                named |= set(re.findall(r"(?<![\w:])k[A-Z]\w*", re.sub(r"\([^)]*\)", "", sentence[0])))
                in_list = len(sentence) == 1
            for code in sorted(named - codes):
                yield Finding(path, number, f"{code}: no such error code")


def check_vague_names(tree):
    """No file or folder is named after a drawer: utils, helpers, common, misc."""
    for path in tree.files:
        for part in path.split("/"):
            if VAGUE_NAMES.search(part):
                yield Finding(path, 0, f"'{part}' says nothing about what is inside")


def check_leaks(tree):
    """No registry host, machine path or secret in a tracked file."""
    for path in tree.files:
        if path in ("tools/check_house.py", "tools/check_house_test.py"):
            continue  # hold the patterns and their examples
        for number, line in enumerate((tree.text(path) or "").split("\n"), 1):
            for name, pattern in LEAKS:
                match = pattern.search(line)
                if match:
                    yield Finding(path, number, f"{name}: {match[0]}")


def check_versions_once(tree):
    """A version that versions.env pins is written nowhere else in code or scripts."""
    if "versions.env" not in tree.files:
        yield Finding("versions.env", 0, "is missing")
        return
    pinned = re.findall(r"^TARN_(?:PYARROW|DUCKDB|DUCKDB_NODE)_VERSION=(\S+)$", tree.text("versions.env"), re.M)
    for path in tree.files:
        if path.endswith("package-lock.json"):
            continue  # pins what npm installs, whose versions may be the same by chance
        if path.endswith((".cc", ".h", ".py", ".sh", ".cmake", "CMakeLists.txt", ".json")):
            cxx = path.endswith((".cc", ".h"))
            comments = tree.code_and_comments(path)[1].split("\n") if cxx else []
            for number, line in enumerate((tree.text(path) or "").split("\n"), 1):
                for version in pinned:
                    if cxx and version in comments[number - 1]:
                        continue
                    if re.search(rf"(?<![\d.]){re.escape(version)}(?![\d.])", line):
                        yield Finding(path, number, f"{version} is pinned in versions.env: read it from there")


def check_big_files(tree):
    """Nothing large is tracked."""
    for path in tree.files:
        if tree.size(path) > FILE_BYTES_MAX:
            yield Finding(path, 0, f"{tree.size(path)} bytes, at most {FILE_BYTES_MAX}")


def check_scripts(tree):
    """Scripts parse and can be run, JSON is JSON."""
    for path in tree.files:
        full = os.path.join(tree.root, path)
        text = tree.text(path)
        if text is None:
            continue
        if path.endswith(".json") and not path.startswith("tests/fuzz/") and "/fixtures/" not in path:
            try:
                json.loads(text)
            except ValueError as error:
                yield Finding(path, 0, f"not JSON: {error}")
        if path.endswith(".py"):
            try:
                compile(text, path, "exec")
            except SyntaxError as error:
                yield Finding(path, error.lineno or 0, f"not Python: {error.msg}")
        first = text.split("\n", 1)[0]
        if first.startswith("#!") and ("sh" in first or "python" in first):
            if not os.access(full, os.X_OK):
                yield Finding(path, 1, "begins with #! but is not executable")
            if re.search(r"\b(ba)?sh\b", first):
                parsed = subprocess.run(["bash", "-n", full], capture_output=True, text=True)
                if parsed.returncode:
                    yield Finding(path, 0, parsed.stderr.strip().split("\n")[0])


CHECKS = [check_layers, check_cmake_layers, check_owned_headers, check_sizes, check_banned_code,
          check_naked_new, check_catch_all, check_unfinished, check_stray_files, check_error_codes, check_includes_resolve,
          check_pragma_once, check_module_names, check_vague_names, check_fuzz_corpus, check_leaks, check_versions_once,
          check_big_files, check_scripts]


# --- the run -----------------------------------------------------------------------------------------------------


def write_junit(path, results):
    failures = sum(1 for _, findings, _ in results if findings)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'<testsuite name="house" tests="{len(results)}" failures="{failures}" errors="0">\n')
        for name, findings, seconds in results:
            file.write(f'  <testcase classname="house" name={quoteattr(name)} time="{seconds:.3f}"')
            if findings:
                message = quoteattr("\n".join(map(str, findings[:20])))
                file.write(f"><failure message={message}/></testcase>\n")
            else:
                file.write("/>\n")
        file.write("</testsuite>\n")


def change_ratchet(tree, raise_paths):
    ratchet = read_ratchet(tree)
    over = {key: (path, size) for key, path, _, size, _, _ in measure_sizes(tree)}
    kept = {key: min(size, over[key][1]) for key, size in ratchet.items() if key in over}
    for key, (path, size) in over.items():
        if path in raise_paths:
            kept[key] = size
    with open(os.path.join(tree.root, RATCHET), "w", encoding="utf-8") as file:
        json.dump(kept, file, indent=2, sort_keys=True)
        file.write("\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--root", default=os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    parser.add_argument("--junit", metavar="FILE")
    parser.add_argument("--lower-ratchet", action="store_true")
    parser.add_argument("--raise-ratchet", nargs="+", metavar="FILE", default=[])
    args = parser.parse_args()
    tree = Tree(args.root)
    if args.lower_ratchet or args.raise_ratchet:
        change_ratchet(tree, set(args.raise_ratchet))
        return 0

    results = []
    for check in CHECKS:
        start = time.monotonic()
        findings = list(check(tree))
        results.append((check.__name__[len("check_"):], findings, time.monotonic() - start))
        for finding in findings[:FINDINGS_SHOWN]:
            print(f"{finding}  [{results[-1][0]}]")
        if len(findings) > FINDINGS_SHOWN:
            print(f"… and {len(findings) - FINDINGS_SHOWN} more  [{results[-1][0]}]")
    if args.junit:
        write_junit(args.junit, results)
    failed = sum(1 for _, findings, _ in results if findings)
    print(f"house: {len(results) - failed} checks passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
