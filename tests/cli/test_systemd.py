"""The systemd unit: installed with its program's path, and right in systemd's eyes where there is one."""
import configparser
import os
import pathlib
import shutil
import subprocess

import pytest

from conftest import TARN_BIN

BUILD = pathlib.Path(TARN_BIN).parents[1]


@pytest.fixture
def prefix(tmp_path):
    if not (BUILD / "cmake_install.cmake").exists():
        pytest.skip("TARN_BIN is in no build tree")
    subprocess.run(["cmake", "--install", str(BUILD), "--component", "systemd", "--prefix", str(tmp_path)], check=True,
                   capture_output=True)
    return tmp_path


def test_the_unit_is_installed(prefix):
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str
    unit.read(prefix / "lib/systemd/system/tarn.service")
    service = unit["Service"]
    assert service["ExecStart"] == f"{prefix}/bin/tarn serve --home /var/lib/tarn"
    assert service["Type"] == "notify" and service["User"] == "tarn"
    for option in ("NoNewPrivileges", "PrivateTmp", "ProtectHome"):
        assert service[option] == "yes"
    assert "u tarn " in (prefix / "lib/sysusers.d/tarn.conf").read_text()


def test_systemd_accepts_the_unit(prefix):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd here")
    (prefix / "bin").mkdir()
    (prefix / "bin/tarn").symlink_to(TARN_BIN)
    done = subprocess.run(["systemd-analyze", "verify", str(prefix / "lib/systemd/system/tarn.service")],
                          capture_output=True, text=True, env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning"})
    complaints = [line for line in done.stderr.splitlines() if "tarn.service" in line]
    assert complaints == []
