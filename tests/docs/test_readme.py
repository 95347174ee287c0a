"""The tour of the README runs as written: each `$` line of a console block, with the output below it."""
import os
import pathlib
import re
import subprocess

import pytest

TOP = pathlib.Path(__file__).parents[2]
TARN = pathlib.Path(os.environ.get("TARN_BIN", TOP / "build/release/bin/tarn"))


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", (TOP / "README.md").read_text(), re.S)


def steps():
    """(command, expected output) for each `$` line, in order."""
    for block in blocks("console"):
        for step in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, output = step.partition("\n")
            yield command, output


@pytest.fixture(scope="module")
def tour(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tour")
    environment = {k: v for k, v in os.environ.items() if k != "TARN_HOME"}
    environment["PATH"] = f"{TARN.parent}:{environment['PATH']}"
    done = []
    for command, expected in steps():
        run = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=folder, env=environment, text=True,
                             capture_output=True, timeout=60)
        done.append((command, expected, run))
    return folder, done


def test_there_is_a_tour():
    assert len(list(steps())) >= 7


def test_each_command_prints_what_the_readme_shows(tour):
    for command, expected, run in tour[1]:
        assert run.returncode == 0, f"$ {command}\n{run.stderr}"
        shown = "\n".join(line.rstrip() for line in run.stdout.splitlines())
        assert shown == expected.rstrip("\n"), f"$ {command}"


def test_the_python_example(tour):
    (code,) = blocks("python")
    run = subprocess.run(["python", "-c", code], cwd=tour[0], text=True, capture_output=True, timeout=60,
                         env={**os.environ, "PATH": f"{pathlib.Path(os.sys.executable).parent}:{os.environ['PATH']}"})
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "4"


def test_links_lead_somewhere():
    for page in [TOP / "README.md", TOP / "ARCHITECTURE.md", TOP / "CONTRIBUTING.md", *(TOP / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.relative_to(TOP)} links to {target}"
