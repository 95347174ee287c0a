"""The command line itself: help, versions, wrong usage, exit codes, homes."""
import json
import re
import subprocess

import pytest
from conftest import TARN_BIN

COMMANDS = ["load", "sql", "table", "doctor", "version"]


def run(*args, **options):
    return subprocess.run([TARN_BIN, *args], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, **options)


def test_help_lists_every_command():
    done = run("--help")
    assert done.returncode == 0
    for command in COMMANDS:
        assert f"\n  {command} " in done.stdout
    assert "Examples:" in done.stdout


@pytest.mark.parametrize("command", [["load"], ["sql"], ["table"], ["table", "plan"], ["doctor"], ["version"]])
def test_every_command_has_help(command):
    done = run(*command, "--help")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) > 3


def test_version():
    text = run("version").stdout
    assert text.startswith("tarn ") and "DuckDB" in text and "Arrow" in text
    answer = json.loads(run("version", "--json").stdout)
    assert re.fullmatch(r"v\d+\.\d+\.\d+", answer["duckdb"]) and answer["arrow"].startswith("26.")
    assert run("--version").stdout.strip() == text.splitlines()[0]


@pytest.mark.parametrize("args, hints", [
    (["lod"], ["lod", "load"]),
    (["tabl", "list"], ["tabl", "table"]),
    (["table", "lst"], ["lst", "list"]),
    (["load", "x.csv", "--itno", "a.b"], ["--itno", "--into"]),
    (["sql", "--fromat=csv"], ["--fromat", "--format"]),
    ([], ["tarn --help"]),
    (["table"], ["tarn table --help"]),
    (["table", "show"], ["TABLE"]),
    (["load"], ["SOURCE"]),
    (["load", "x.csv"], ["--into"]),
    (["load", "x.csv", "--into", "nodot"], ["namespace.table", "nodot"]),
    (["load", "x.csv", "--into", "a.b", "--mode", "update"], ["update", "upsert"]),
    (["load", "x.csv", "--into", "a.b", "--format", "xls"], ["xls", "parquet"]),
    (["load", "x.csv", "--into", "a.b", "--option", "novalue"], ["novalue", "NAME=VALUE"]),
    (["load", "--sample", "--into", "a.b"], ["--sample"]),
    (["sql", "-e", "SELECT 1", "--format", "xml"], ["xml", "csv"]),
    (["sql", "-e", "SELECT 1", "-f", "x.sql"], ["-e", "-f"]),
    (["table", "orphans", "a.b", "--older-than", "soon"], ["--older-than"]),
    (["doctor", "now"], ["now"]),
])
def test_wrong_usage_is_one_line_and_exit_code_2(args, hints, tmp_path):
    done = run(*args, cwd=tmp_path, env={"TARN_HOME": str(tmp_path / "home"), "PATH": "/usr/bin"})
    if args[:2] == ["table", "orphans"]:
        assert done.returncode in (1, 2)  # the missing home may be noticed first
        return
    assert done.returncode == 2, done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    for hint in hints:
        assert hint in lines[0]
    assert not (tmp_path / "home").exists(), "wrong usage must make nothing"


def test_errors_as_json(tarn):
    done = tarn.run("table", "show", "a.b", "--json")
    assert done.returncode == 1
    error = json.loads(done.stderr)["error"]
    assert error["code"] == "NO_SUCH_FILE" and "home" in error["message"]
    done = run("table", "lst", "--json")
    assert done.returncode == 2
    assert json.loads(done.stderr)["error"]["code"] == "USAGE"


@pytest.mark.parametrize("args", [["list"], ["show", "a.b"], ["files", "a.b"], ["plan", "a.b"], ["drop", "a.b"]])
def test_reading_a_missing_home_says_so_and_makes_none(tarn, args):
    assert str(tarn.home) in tarn.fails("table", *args)
    assert not tarn.home.exists()


def test_home_from_the_environment_and_by_default(tmp_path):
    env = {"TARN_HOME": str(tmp_path / "env-home"), "PATH": "/usr/bin"}
    assert run("load", "--sample", env=env, cwd=tmp_path).returncode == 0
    assert (tmp_path / "env-home" / "catalog.db").exists()
    assert run("load", "--sample", env={"PATH": "/usr/bin"}, cwd=tmp_path).returncode == 0
    assert (tmp_path / "tarn-home" / "tarn.yaml").exists()
    assert run("table", "list", env={"PATH": "/usr/bin"}, cwd=tmp_path).stdout.count("table") >= 6


def test_configuration_errors_name_the_key(tarn):
    tarn.ok("load", "--sample")
    config = tarn.home / "tarn.yaml"
    config.write_text("log.levle: debug\n")
    assert "log.level" in tarn.fails("table", "list")
    config.write_text("log.level: [oops\n")
    assert "tarn.yaml" in tarn.fails("table", "list")
    config.write_text("")
    assert "TARN_ENGINE_THREADS" in tarn.fails("table", "list", env={"TARN_ENGINE_THREADS": "many"})


def test_a_file_is_no_home(tarn):
    tarn.home.write_text("not a directory")
    assert str(tarn.home) in tarn.fails("load", "--sample")


def test_closing_the_pipe_is_no_error(tarn):
    done = subprocess.run(["bash", "-c", '"$@" | head -n 1', "-", *tarn.command("sql", "--dialect", "duckdb", "--format", "csv",
                           "-e", "SELECT * FROM range(3000000) r(i)")], capture_output=True, text=True, timeout=60)
    assert done.stdout == "i\n"
    assert done.stderr == ""


def test_a_full_output_is_an_error(tarn):
    with open("/dev/full", "w") as full:
        done = subprocess.run(tarn.command("sql", "-e", "SELECT 1"), stdout=full, stderr=subprocess.PIPE, text=True,
                              stdin=subprocess.DEVNULL, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("tarn: ")
