"""packaging/: the image, the compose file and the manifests are well formed, and what they say works with real servers."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import urllib.request

import jsonschema
import pytest
import referencing
import yaml

from page_blocks import TOP

sys.path.insert(0, str(TOP / "tests/interop"))

from store_servers import S3_KEY, S3_SECRET, free_port, running, s3_server, servers_directory  # noqa: E402

PACKAGING = TOP / "packaging"
CONTAINER = PACKAGING / "container"
COMPOSE = yaml.safe_load((PACKAGING / "compose/compose.yaml").read_text())
MANIFESTS = [document for path in sorted((PACKAGING / "kubernetes").glob("*.yaml")) if path.name != "kustomization.yaml"
             for document in yaml.safe_load_all(path.read_text())]
UNITS = {"Gi": 2**30, "Mi": 2**20, "GB": 10**9, "g": 2**30}


def schemas(deps):
    found = sorted(deps.glob("packaging-schemas-*"))
    assert found, "run tools/install_deps.sh --test"
    return found[-1]


def of_kind(kind, name=None):
    return next(document for document in MANIFESTS if document["kind"] == kind and name in (None, document["metadata"]["name"]))


def size(text):
    number, unit = re.fullmatch(r"(\d+)(\w+)", text).groups()
    return int(number) * UNITS[unit]


# --- the compose file ---

def test_the_compose_file_keeps_to_the_specification(deps):
    schema = json.loads((schemas(deps) / "compose_spec.json").read_text())
    validator = jsonschema.Draft7Validator({**schema, "$schema": "http://json-schema.org/draft-07/schema#"})
    assert [error.message for error in validator.iter_errors(COMPOSE)] == []
    wrong = {**COMPOSE, "services": {"tarn": {"imagee": "tarn"}}}
    assert list(validator.iter_errors(wrong)), "the schema would find a wrong name"


def test_the_compose_file_fits_together():
    services, volumes = COMPOSE["services"], set(COMPOSE["volumes"])
    for service in services.values():
        assert {volume.split(":")[0] for volume in service.get("volumes", [])} <= volumes
        assert set(service.get("depends_on", {})) <= set(services)
    variables = set(re.findall(r"\$\{(\w+)", (PACKAGING / "compose/compose.yaml").read_text()))
    example = dict(line.split("=", 1) for line in (PACKAGING / "compose/example.env").read_text().splitlines() if line[:1] != "#")
    assert variables == set(example)
    built = services["tarn"]["build"]
    assert (PACKAGING / "compose" / built["context"] / built["dockerfile"]).exists()
    environment = services["tarn"]["environment"]
    assert size(environment["TARN_ENGINE_MEMORY_LIMIT"]) < size(services["tarn"]["mem_limit"])
    tag = services["s3"]["image"].split(":")[1]
    assert f"TARN_VERSITYGW_VERSION={tag}\n" in (TOP / "versions.env").read_text(), "the S3 server that the tests run"


def ask(uri, path):
    with urllib.request.urlopen(uri + path, timeout=30) as answer:
        return answer.read().decode()


def works_for_its_administrator(server):
    """The first start made a user; its secret loads and counts rows."""
    text = (server.tarn.home / "admin-credentials").read_text()
    secret = re.search(r"tarn_[\w-]+", text)[0]
    environment = {"TARN_CLIENT_CREDENTIAL": f"admin:{secret}"}
    run = subprocess.run([server.tarn.command()[0], "sql", "--server", server.uri, "-e", "CREATE SCHEMA s; CREATE TABLE s.t AS SELECT 7 AS x; SELECT * FROM s.t"],
                         env={**os.environ, **environment}, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0 and "7" in run.stdout, run.stderr + server.log()


@contextlib.contextmanager
def serving(programs, home, *arguments, env):
    """A server of this home that ends well, and ends whatever happens."""
    tarn_class, server_class = programs
    tarn = tarn_class(home)
    tarn.home.mkdir()
    server = server_class(tarn, *arguments, env=env)
    try:
        yield server
        assert server.stop() == 0, server.log()
    finally:
        if server.process.poll() is None:
            server.stop()


def on_loopback(arguments):
    """The arguments of a container for a server of a test."""
    return [re.sub(r"^0\.0\.0\.0:\d+$", "127.0.0.1:0", word) for word in arguments]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with s3_server(tmp_path_factory.mktemp("store") / "s3", buckets=("lake",)) as endpoint:
        yield endpoint


def test_the_compose_file_runs(postgres, tmp_path, programs):
    """Its S3 server with its own arguments, its PostgreSQL by another, and Tarn with its variables and arguments."""
    services = COMPOSE["services"]
    for path in ("/sidecar", *services["bucket"]["entrypoint"][2:]):
        (tmp_path / path.lstrip("/")).mkdir(parents=True)
    port = free_port()
    places = {"/files": str(tmp_path / "files"), "/sidecar": str(tmp_path / "sidecar"), ":7070": f"127.0.0.1:{port}"}
    command = [str(servers_directory() / "bin/versitygw"), *(places.get(word, word) for word in services["s3"]["command"])]
    keys = {name: re.sub(r"\$\{.*\}", "secret-of-the-store", value) for name, value in services["s3"]["environment"].items()}
    with running(command, port, tmp_path / "s3.log", keys):
        postgres.sql("postgres", "CREATE ROLE compose LOGIN SUPERUSER")
        postgres.sql("postgres", "CREATE DATABASE compose OWNER compose")
        environment = {name: re.sub(r"\$\{.*\}", "secret-of-the-store", str(value)) for name, value in services["tarn"]["environment"].items()}
        assert environment["TARN_CATALOG_URI"] == "postgresql://tarn@postgres/lake" and environment["TARN_S3_ENDPOINT"] == "http://s3:7070"
        environment |= {"TARN_CATALOG_URI": f"postgresql://compose@127.0.0.1:{postgres.port}/compose", "TARN_S3_ENDPOINT": f"http://127.0.0.1:{port}"}
        command = on_loopback(services["tarn"]["command"])
        listen = command.index("--listen")  # which every server of a test has
        arguments = command[1:listen] + command[listen + 2:]
        with serving(programs, tmp_path / "home", *arguments, env=environment) as server:
            works_for_its_administrator(server)
        assert list((tmp_path / "files/lake/warehouse").rglob("*.parquet"))


# --- Kubernetes ---

def test_the_manifests_keep_to_the_schemas(deps):
    folder = schemas(deps) / "kubernetes"
    definitions = json.loads((folder / "_definitions.json").read_text())
    registry = referencing.Registry().with_resource("/api/_definitions.json", referencing.Resource.from_contents(
        definitions, default_specification=referencing.jsonschema.DRAFT202012))

    def problems(document):
        group, _, version = document["apiVersion"].rpartition("/")
        name = "-".join(filter(None, (document["kind"].lower(), group.split(".")[0], version)))
        schema = json.loads((folder / f"{name}.json").read_text())
        return [error.message for error in jsonschema.Draft202012Validator(schema, registry=registry).iter_errors(document)]

    assert {document["kind"] for document in MANIFESTS} == {"ConfigMap", "Secret", "Service", "PodDisruptionBudget", "StatefulSet"}
    for document in MANIFESTS:
        assert problems(document) == [], document["kind"]
    wrong = json.loads(json.dumps(of_kind("StatefulSet")))
    wrong["spec"]["template"]["spec"]["containers"][0]["readinessProb"] = {}
    assert problems(wrong), "the schemas would find a wrong name"
    listed = yaml.safe_load((PACKAGING / "kubernetes/kustomization.yaml").read_text())["resources"]
    assert sorted(listed + ["kustomization.yaml"]) == sorted(path.name for path in (PACKAGING / "kubernetes").iterdir())


def test_the_manifests_fit_together():
    servers = of_kind("StatefulSet")["spec"]
    pod = servers["template"]["spec"]
    container = pod["containers"][0]
    labels = servers["template"]["metadata"]["labels"].items()
    assert servers["selector"]["matchLabels"].items() <= labels
    for service in (of_kind("Service", "tarn"), of_kind("Service", servers["serviceName"])):
        assert service["spec"]["selector"].items() <= labels
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= {port["name"] for port in container["ports"]}
    assert of_kind("PodDisruptionBudget")["spec"]["selector"]["matchLabels"].items() <= labels
    assert of_kind("Secret", container["envFrom"][0]["secretRef"]["name"])
    given = {volume["name"] for volume in pod["volumes"]} | {claim["metadata"]["name"] for claim in servers["volumeClaimTemplates"]}
    for one in (container, *pod["initContainers"]):
        assert {mount["name"] for mount in one["volumeMounts"]} <= given
    for volume in pod["volumes"]:
        if "secret" in volume or "configMap" in volume:
            assert of_kind("Secret" if "secret" in volume else "ConfigMap", (volume.get("secret") or {}).get("secretName") or volume["configMap"]["name"])
    settings = yaml.safe_load(of_kind("ConfigMap")["data"]["tarn.yaml"])
    held = size(settings["engine.memory_limit"]) + size(settings["storage.parquet.memory.max_usage"])
    assert held < size(container["resources"]["limits"]["memory"])
    assert pod["terminationGracePeriodSeconds"] > int(settings["serve.shutdown_delay"].rstrip("s")) + 30
    assert f"USER {pod['securityContext']['runAsUser']}:" in (CONTAINER / "Containerfile").read_text()


def test_the_manifests_run(postgres, store, tmp_path, programs):
    """A server with the settings, variables and arguments of the pods, whose probes it answers."""
    container = of_kind("StatefulSet")["spec"]["template"]["spec"]["containers"][0]
    text = of_kind("ConfigMap")["data"]["tarn.yaml"]
    postgres.sql("postgres", "CREATE DATABASE pods")
    for shown, used in (("postgresql://tarn@postgres/lake", f"postgresql://postgres@127.0.0.1:{postgres.port}/pods"), ("http://s3:7070", store),
                        ("serve.listen: 0.0.0.0:8080", "serve.listen: 127.0.0.1:0"), ("flight.listen: 0.0.0.0:32010", "flight.listen: 127.0.0.1:0"),
                        ("serve.shutdown_delay: 10s", "serve.shutdown_delay: 100ms"), ("serve.public_url: https://lake.example.org\n", "")):
        assert shown in text
        text = text.replace(shown, used)
    (tmp_path / "tarn.yaml").write_text(text)
    variables = of_kind("Secret", "tarn")["stringData"] | {"TARN_S3_ACCESS_KEY_ID": S3_KEY, "TARN_S3_SECRET_ACCESS_KEY": S3_SECRET}
    assert set(variables) == set(of_kind("Secret", "tarn")["stringData"])
    arguments = [word.replace("/etc/tarn/tarn.yaml", str(tmp_path / "tarn.yaml")) for word in container["args"]]
    assert arguments[0] == "serve"
    with serving(programs, tmp_path / "home", *arguments[1:], env=variables) as server:
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            ask(server.uri, container[probe]["httpGet"]["path"])
        works_for_its_administrator(server)


def test_the_key_of_the_pods_is_taken(tmp_path, tarn):
    """What the init container copies is a key that Tarn takes, with the mode that it asks for."""
    command = of_kind("StatefulSet")["spec"]["template"]["spec"]["initContainers"][0]["command"]
    (tmp_path / "connections.key").write_text(subprocess.run(["openssl", "rand", "-hex", "32"], capture_output=True, text=True, check=True).stdout.strip())
    tarn.home.mkdir()
    places = {"/keys/connections.key": tmp_path / "connections.key", "/var/lib/tarn/connections.key": tarn.home / "connections.key"}
    subprocess.run([places.get(word, word) for word in command], check=True)
    tarn.ok("connection", "add", "shop", "postgres", "host=db.example.com", "database=shop", "user=reader", "--secret", "password=SHOP", env={"SHOP": "x"})
    assert (tarn.home / "connections.key").read_text().strip() == (tmp_path / "connections.key").read_text().strip()


# --- the image ---

def instructions():
    text = re.sub(r"^#.*\n", "", (CONTAINER / "Containerfile").read_text(), flags=re.M)
    return [line.split(" ", 1) for line in text.splitlines() if line]


def test_the_containerfile_names_what_is_there():
    known = {"FROM", "COPY", "WORKDIR", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"}
    for word, rest in instructions():
        assert word in known
        if word == "FROM":
            assert re.fullmatch(r"debian:\d+(-slim)?( AS \w+)?", rest), "a plain name, which any registry has"
        if word == "COPY" and not rest.startswith("--from="):
            for source in rest.split()[:-1]:
                assert (TOP / source).exists()
        if word == "RUN":
            script = json.loads(rest)[0]
            assert os.access(CONTAINER / pathlib.Path(script).name, os.X_OK)
    last = dict(instructions())
    assert last["USER"] == "10001:10001" and "useradd --uid 10001" in (CONTAINER / "prepare.sh").read_text()
    for script in CONTAINER.glob("*.sh"):
        subprocess.run(["bash", "-n", script], check=True)


def libraries(program):
    said = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return re.findall(r"(/\S+) \(0x", said)


def copy_into(root, path):
    """A file of this machine with the libraries that it needs, at its own place below `root`."""
    for one in (str(path), *libraries(path)):
        to = root / one.lstrip("/")
        to.parent.mkdir(parents=True, exist_ok=True)
        if not to.exists():
            shutil.copy(one, to)


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """A root directory like that of the last stage: the installed program, the base's C and C++ libraries, a shell."""
    root = tmp_path_factory.mktemp("image")
    build = pathlib.Path(os.environ.get("TARN_BIN", TOP / "build/release/bin/tarn")).parents[1]
    subprocess.run(["cmake", "--install", build, "--prefix", root / "opt/tarn"], check=True, capture_output=True, timeout=300)
    for name in ("bin", "lib", "lib64"):
        (root / "usr" / name).mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(f"usr/{name}")
    copy_into(root, pathlib.Path("/usr/bin/bash"))
    copy_into(root, pathlib.Path("/usr/bin/env"))
    for library in ("libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libresolv.so.2", "libnss_files.so.2"):
        for folder in ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"):
            if pathlib.Path(folder, library).exists():
                copy_into(root, pathlib.Path(folder, library))
    shutil.copytree(CONTAINER, root / "opt/tarn/container")
    for name in ("tmp", "var/lib/tarn", "dev", "etc"):
        (root / name).mkdir(parents=True, exist_ok=True)
    shutil.copytree("/usr/share/zoneinfo/Etc", root / "usr/share/zoneinfo/Etc")
    (root / "dev/null").touch()
    (root / "dev/urandom").write_bytes(os.urandom(1 << 16))
    yield root
    shutil.rmtree(root)


def inside(root, *command, **options):
    """Runs a command with the image's environment and nothing of this machine's file system."""
    last = dict(instructions())
    user = ["unshare", "--user", "--map-root-user"] if os.geteuid() != 0 else []
    environment = dict(pair.split("=", 1) for pair in last["ENV"].split())
    environment["LD_ORIGIN_PATH"] = "/opt/tarn/bin"  # which the loader knows from /proc, where that is mounted
    return subprocess.Popen([*user, shutil.which("chroot") or "/usr/sbin/chroot", root, *command], env=environment, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, **options)


def test_the_image_has_all_that_the_program_needs(image):
    said, _ = inside(image, "/opt/tarn/bin/tarn", "version").communicate(timeout=60)
    assert "DuckDB" in said, said
    said, _ = inside(image, "/opt/tarn/bin/tarn", "load", "--sample").communicate(timeout=60)
    assert "created" in said, said


def test_the_health_check_of_the_image(image):
    last = dict(instructions())
    entry, command = json.loads(last["ENTRYPOINT"]), on_loopback(json.loads(last["CMD"]))
    check = json.loads(re.search(r"CMD (\[.*\])", last["HEALTHCHECK"])[1])
    server = inside(image, *entry, *command)
    try:
        said = ""
        while not (found := re.search(r"http://127\.0\.0\.1:(\d+)", said)):
            line = server.stdout.readline()
            assert line, said
            said += line
        healthy = inside(image, *check, found[1])
        assert healthy.wait(timeout=30) == 0, healthy.stdout.read()
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=60) == 0, server.stdout.read()
    gone = inside(image, *check, found[1])
    assert gone.wait(timeout=30) != 0
