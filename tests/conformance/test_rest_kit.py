"""Iceberg's own REST Compatibility Kit against `tarn serve`: every test that a server can pass."""

import os
import pathlib
import re
import subprocess
import xml.etree.ElementTree as ET

import pytest

HERE = pathlib.Path(__file__).parent / "rest_kit"
# What the Java client refuses before it asks a server (the nameless namespace), and a test that the kit itself disables.
NOT_RUN = {
    "createAndDropEmptyNamespace",
    "createTableInUniqueLocation",
    "listNamespacesWithEmptyNamespace",
    "listTablesInEmptyNamespace",
    "namespacePropertiesOnEmptyNamespace",
    "listViewsInEmptyNamespace",
}


@pytest.fixture(scope="module")
def class_path(deps, tmp_path_factory):
    pom = subprocess.run(["cksum"], input=(HERE / "pom.xml").read_bytes(), capture_output=True, check=True).stdout.split()[0]
    jars = deps / f"rest-kit-{pom.decode()}"
    assert jars.is_dir(), f"{jars} is not there: run tools/install_deps.sh --test"
    classes = tmp_path_factory.mktemp("rest-kit-classes")
    path = f"{classes}:{jars}/*"
    subprocess.run(["javac", "-nowarn", "-proc:none", "-d", str(classes), "-cp", path, str(HERE / "EveryAbility.java")],
                   check=True, timeout=120)
    return path


@pytest.fixture(params=["sqlite", "postgres"])
def any_server(request, tarn, serve):
    """A server on each of the stores."""
    if request.param == "sqlite":
        return serve()
    return serve(env={"TARN_CATALOG_URI": request.getfixturevalue("postgres").new_database()})


def test_every_test_of_the_kit_passes(any_server, class_path, tmp_path):
    server = any_server
    properties = {
        "rck.local": "false",
        "rck.requires-namespace-create": "true",
        "rck.supports-serverside-retry": "true",
        "uri": server.catalog_uri,
        "warehouse": "iceberg",
    }
    options = []
    for key, value in properties.items():
        options += [f"-D{key}={value}"] + ([] if key.startswith("rck.") else [f"-Drck.{key}={value}"])
    command = ["java", "-Xmx1g", f"-Djava.io.tmpdir={tmp_path}", "-Dorg.slf4j.simpleLogger.defaultLogLevel=off", *options,
               "-cp", class_path, "org.junit.platform.console.ConsoleLauncher", "execute",
               "--select-class", "org.apache.iceberg.rest.EveryAbility$Tables",
               "--select-class", "org.apache.iceberg.rest.EveryAbility$Views",
               "--details=none", "--disable-banner", "--reports-dir", str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=600, env=os.environ)
    passed, skipped, failed = 0, set(), {}
    for report in tmp_path.glob("TEST-*.xml"):
        for case in ET.parse(report).getroot().iter("testcase"):
            name = re.sub(r"\(.*?\)", "", case.get("name"))
            problem = case.find("failure") if case.find("failure") is not None else case.find("error")
            if problem is not None:
                failed[name] = (problem.get("message") or "")[:300]
            elif case.find("skipped") is not None:
                skipped.add(name)
            else:
                passed += 1
    assert failed == {}, ran.stdout[-2000:]
    assert skipped == NOT_RUN
    assert passed == 151, ran.stdout[-2000:] + ran.stderr[-2000:]
