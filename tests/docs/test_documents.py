"""The documents run as written: each `$` line of a console block, with the output below it."""
import os
import pathlib
import re
import subprocess

import pytest

import page_blocks
from page_blocks import TOP, blocks_of

TARN = pathlib.Path(os.environ.get("TARN_BIN", TOP / "build/release/bin/tarn"))


def blocks(page, language):
    return [block.text for block in blocks_of(page) if block.language == language]


PAGES = [page for page in page_blocks.PAGES if blocks(page, "console")]


def steps(page):
    """(command, expected output) for each `$` line, in order."""
    for block in blocks(page, "console"):
        for step in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, output = step.partition("\n")
            yield command, output


def without_times(text):
    """Lines without trailing blanks; what a clock says is the same for all."""
    return "\n".join(re.sub(r"\d+\.\d+ s$", "… s", line.rstrip()) for line in text.rstrip("\n").splitlines())


def walk(page, folder):
    """Runs the page's commands in `folder`, one after the other."""
    environment = {k: v for k, v in os.environ.items() if k != "TARN_HOME"}
    environment["PATH"] = f"{TARN.parent}:{environment['PATH']}"
    for command, expected in steps(page):
        run = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=folder, env=environment, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        yield command, expected, run


@pytest.fixture(scope="module", params=PAGES)
def tour(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tour")
    return request.param, folder, list(walk(request.param, folder))


def test_each_command_prints_what_the_page_shows(tour):
    page, _, done = tour
    assert len(done) >= 2, f"no commands in {page}"
    for command, expected, run in done:
        assert run.returncode == 0, f"$ {command}\n{run.stdout}"
        assert without_times(run.stdout) == without_times(expected), f"$ {command}"


def test_python_examples(tour):
    page, folder, _ = tour
    for code in blocks(page, "python"):
        check_python(code, folder)


def check_python(code, folder):
    """Runs an example; each `print(…)  # text` says what it prints."""
    run = subprocess.run(["python", "-c", code], cwd=folder, text=True, capture_output=True, timeout=60,
                         env={**os.environ, "PATH": f"{pathlib.Path(os.sys.executable).parent}:{os.environ['PATH']}"})
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines() == re.findall(r"^print\(.*\)\s+# (.*)$", code, re.M)


def test_the_guide_to_python_runs(tarn, serve, tmp_path, monkeypatch):
    """All of its blocks, one after the other in one program, against a server."""
    (tmp_path / "orders.csv").write_text("id,city,amount\n1,Oslo,1\n2,Rome,7\n3,Oslo,4\n")
    monkeypatch.setenv("TARN_URL", serve().uri)
    monkeypatch.setenv("PYTHONPATH", str(TOP / "python/src"))
    monkeypatch.delenv("TARN_FLIGHT_URL", raising=False)
    code = "\n".join(blocks("docs/user/python.md", "python"))
    assert code.count("print(") >= 10
    check_python(code, tmp_path)


def test_links_lead_somewhere():
    """Of developers' pages; those of users are looked at in test_facts.py."""
    for page in [TOP / "README.md", TOP / "ARCHITECTURE.md", TOP / "CONTRIBUTING.md", *(TOP / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.relative_to(TOP)} links to {target}"
