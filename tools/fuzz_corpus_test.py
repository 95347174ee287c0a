import pytest

import fuzz_corpus
from fuzz_corpus import choose, parse_control_file


@pytest.fixture(autouse=True)
def none_are_few(monkeypatch):
    monkeypatch.setattr(fuzz_corpus, "FEW_FILES", 0)


def test_what_adds_most_is_chosen_first_and_what_adds_little_is_not():
    edges = {"by hand": {1}, "most": set(range(10)), "same, larger": set(range(10)), "other": {20, 21, 22}, "two": {30, 31, 1}}
    sizes = {"by hand": 9, "most": 50, "same, larger": 60, "other": 5, "two": 1}
    assert choose(edges, sizes, ["by hand"]) == ["by hand", "most", "other"]


def test_what_overlaps_is_counted_again():
    edges = {"a": set(range(10)), "b": set(range(3, 12)), "c": {12, 13, 14}}
    assert choose(edges, dict.fromkeys(edges, 1), []) == ["a", "c"]


def test_of_few_files_each_that_adds_anything_stays(monkeypatch):
    monkeypatch.setattr(fuzz_corpus, "FEW_FILES", 2)
    assert choose({"a": {1}, "b": {2}, "c": {3}, "d": {1}}, dict.fromkeys("abcd", 1), []) == ["a", "b"]


def test_large_inputs_stay_away():
    assert choose({"large": set(range(99))}, {"large": 8193}, []) == []


def test_the_control_file_of_libfuzzer():
    text = "2\n1\na/one\nb/two\nSTARTED 0 12\nFT 0 8 16\nCOV 0 3\nSTARTED 1 5\nFT 1\nCOV 1\n"
    assert {str(path): edges for path, edges in parse_control_file(text).items()} == {"a/one": {8, 16}, "b/two": set()}
