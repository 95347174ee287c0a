#!/usr/bin/env python3
"""Chooses the inputs of fuzz targets that are worth keeping in tests/fuzz/corpus (tests/fuzz/README.md says which).

    tools/fuzz_corpus.py [--found] NAME...

Needs build/fuzz/fuzz/<NAME>_fuzz. --found: also out of build/fuzz/corpus/<NAME>, where the fuzzer leaves what it found.
"""
import argparse
import heapq
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[1]
MIN_NEW_EDGES = 3
FEW_FILES = 30
MAX_BYTES = 8192


def choose(edges, sizes, given):
    """Out of `edges` (name → set of edges): `given`, then always the one that adds most edges to what is chosen, of equal
    ones the smallest, as long as it adds MIN_NEW_EDGES; of FEW_FILES, as long as it adds any."""
    seen = set().union(*(edges[name] for name in given))
    chosen = list(given)
    waiting = [(-len(found - seen), sizes[name], name) for name, found in edges.items()
               if name not in given and sizes[name] <= MAX_BYTES]
    heapq.heapify(waiting)
    while waiting:
        was, size, name = heapq.heappop(waiting)
        adds = len(edges[name] - seen)
        if adds != -was:  # others were chosen since
            heapq.heappush(waiting, (-adds, size, name))
        elif adds < (MIN_NEW_EDGES if len(chosen) >= FEW_FILES else 1):
            break
        else:
            seen |= edges[name]
            chosen.append(name)
    return chosen


def parse_control_file(text):
    """What libFuzzer notes while it merges: path → set of edges."""
    lines = text.splitlines()
    count = int(lines[0])
    paths = lines[2:2 + count]
    edges = {}
    for line in lines[2 + count:]:
        kind, number, *rest = line.split()
        if kind == "FT":
            edges[pathlib.Path(paths[int(number)])] = set(map(int, rest))
    return edges


def edges_of(program, folders):
    with tempfile.TemporaryDirectory() as work:
        empty, control = pathlib.Path(work, "empty"), pathlib.Path(work, "control")
        empty.mkdir()
        crashes = TOP / "build/fuzz/crashes"
        crashes.mkdir(exist_ok=True)
        # Without counters an input is what it reaches, not how often.
        done = subprocess.run([program, "-set_cover_merge=1", "-use_counters=0", "-timeout=10", "-rss_limit_mb=2048",
                               f"-merge_control_file={control}", f"-artifact_prefix={crashes}/{program.name}-",
                               empty, *folders],
                              text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.returncode != 0:
            sys.exit(f"fuzz_corpus.py: {program.name} does not merge:\n{done.stderr[-2000:]}")
        return parse_control_file(control.read_text())


def is_made_by_hand(path):
    return re.fullmatch("[0-9a-f]{40}", path.name) is None


def minimise(name, with_found):
    kept, found = TOP / "tests/fuzz/corpus" / name, TOP / "build/fuzz/corpus" / name
    program = TOP / f"build/fuzz/fuzz/{name}_fuzz"
    if not program.exists():
        sys.exit(f"fuzz_corpus.py: no {program.relative_to(TOP)}: cmake --preset fuzz && ninja -C build/fuzz fuzzers")
    edges = edges_of(program, [kept, *([found] if with_found and found.is_dir() else [])])
    before = {path for path in kept.iterdir() if path.is_file()}
    by_hand = [path for path in edges if path.parent == kept and is_made_by_hand(path)]
    chosen = choose(edges, {path: path.stat().st_size for path in edges}, by_hand)
    for path in before - set(chosen):
        # An input made by hand stays, also if this program ends on it: that is what a newer one is tested with.
        if not is_made_by_hand(path):
            path.unlink()
    for path in chosen:
        if path.parent != kept:
            shutil.copy(path, kept / path.name)
    reached = set().union(*(edges[path] for path in chosen))
    everything = set().union(*edges.values())
    print(f"{name}: {len(before)} files, now {sum(1 for _ in kept.iterdir())}; "
          f"edges {len(reached)} of {len(everything)} ({100 * len(reached) / len(everything):.1f} %)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--found", action="store_true")
    parser.add_argument("names", nargs="+", metavar="NAME")
    options = parser.parse_args()
    for name in options.names:
        minimise(name, options.found)


if __name__ == "__main__":
    main()
