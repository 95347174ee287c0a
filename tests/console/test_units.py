"""What the console's own tools say of its sources: types, style, unit tests."""
import pathlib
import shutil
import subprocess

import pytest

CONSOLE = pathlib.Path(__file__).parents[2] / "console"


@pytest.fixture(scope="module")
def sources(tmp_path_factory, console_packages):
    """A copy of console/ beside its packages."""
    copy = tmp_path_factory.mktemp("sources") / "console"
    shutil.copytree(CONSOLE, copy, ignore=shutil.ignore_patterns("node_modules", "dist"))
    (copy / "node_modules").symlink_to(console_packages / "node_modules")
    return copy


@pytest.mark.parametrize("program, arguments", [
    ("tsc", ["--noEmit"]),
    ("biome", ["check", "--error-on-warnings", "--vcs-enabled=false"]),
    ("vitest", ["run"]),
])
def test_they_pass(sources, program, arguments):
    done = subprocess.run(["node_modules/.bin/" + program, *arguments], cwd=sources, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_lock_file_names_no_host_and_exact_versions():
    import json

    lock = (CONSOLE / "package-lock.json").read_text()
    assert "://" not in lock
    package = json.loads((CONSOLE / "package.json").read_text())
    locked = json.loads(lock)["packages"]
    for name, version in {**package["dependencies"], **package["devDependencies"]}.items():
        assert version[0].isdigit() and locked[f"node_modules/{name}"]["version"] == version
    # What is installed where Tarn is built is checked by its hash.
    for name, entry in locked.items():
        if name and set(entry.get("os", ["linux"])) == {"linux"} and "libc" not in entry:
            if set(entry.get("cpu", ["x64"])) <= {"x64", "arm64"}:
                assert entry.get("integrity", "").startswith("sha512-"), name
