"""Where the commands of one page run: a folder with a home, a server, and the programs that pages call."""
import json
import os
import pathlib
import re
import subprocess
import sys
import textwrap

import pexpect

from page_blocks import blocks_of

# The address that pages show, and the id of a job and the secrets in them.
SERVER = "http://127.0.0.1:8080"
JOB = "01K9ZQ6F4E8T3W5R7Y9B1D3F5H"
PRELUDES = {"RestCatalog(": "from pyiceberg.catalog.rest import RestCatalog", "dbapi.connect(": "from adbc_driver_flightsql import dbapi"}

# `tarn serve` of a page runs until it is ready and has answered, on free ports of loopback; every other command as it is.
TARN = """\
    import os, re, signal, subprocess, sys, urllib.request, ssl
    arguments = sys.argv[1:]
    if arguments[:1] != ["serve"]:
        os.execv({tarn!r}, [{tarn!r}, *arguments])
    if "--listen" not in arguments:
        arguments += ["--listen", "127.0.0.1:8080"]
    for at, word in enumerate(arguments):
        if word.endswith("listen") and arguments[at + 1] != "off":
            arguments[at + 1] = "127.0.0.1:0"
    server = subprocess.Popen([{tarn!r}, *arguments], stdout=subprocess.PIPE, text=True)
    said = ""
    while not (found := re.search("https?://[^ ]+/catalog", said)):
        line = server.stdout.readline()
        if not line:
            sys.exit(server.wait() or 1)
        said += line
    open_tls = ssl.create_default_context()
    open_tls.check_hostname, open_tls.verify_mode = False, ssl.CERT_NONE
    with urllib.request.urlopen(found[0].removesuffix("catalog") + "health/ready", context=open_tls, timeout=30) as answer:
        answer.read()
    server.send_signal(signal.SIGTERM)
    sys.exit(server.wait(timeout=60))
    """
# Spark starts once for all pages: what it was asked for is kept, and done by the test.
SPARK = """\
    import json, sys
    with open({folder!r} + "/spark-sql.calls", "a") as calls:
        print(json.dumps(sys.argv[1:]), file=calls)
    """
TRINO = """\
    import os, sys
    os.execv({java!r}, [{java!r}, "--enable-native-access=ALL-UNNAMED", "-jar", {jar!r}, *sys.argv[1:], "--execute", "SHOW TABLES"])
    """
# An answer that is an error fails the command; progress is left out.
CURL = """\
    import os, sys
    os.execv("/usr/bin/curl", ["curl", "--fail-with-body", "-sS", *sys.argv[1:]])
    """
# The package is built into a folder as pip would, without asking the registry for what it needs; extras are looked up.
PIP = """\
    import re, shutil, subprocess, sys, tomllib
    verb, what = sys.argv[1:]
    folder, extras = re.fullmatch(r"([./\\w]+?)(?:\\[(.*)\\])?", what).groups()
    with open(folder + "/pyproject.toml", "rb") as project:
        known = tomllib.load(project)["project"]["optional-dependencies"]
    missing = set(filter(None, (extras or "").split(","))) - set(known)
    assert verb == "install" and not missing, missing
    built = shutil.copytree(folder, {folder!r} + "/built", dirs_exist_ok=True)
    sys.exit(subprocess.call([sys.executable, "-c", "from setuptools import setup; setup()", "-q", "build", "--build-lib",
                              {folder!r} + "/packages"], cwd=built))
    """

# `! COMMAND  # words`: a command that must fail, and say so.
REFUSED = r"""if \1 2> refused; then echo 'This must fail.'; exit 1; fi
grep -F '\2' refused || { cat refused; exit 1; }"""


class Stage:
    """`put` says what stands for what in a page: pairs of a page's text and what is used here."""

    def __init__(self, page, folder, programs, deps):
        self.page, self.folder, self.deps = page, folder, deps
        self.tarn_class, self.server_class = programs
        self.tarn = self.tarn_class(folder / "tarn-home")
        self.tarn.home.mkdir()
        self.put, self.typed, self.servers = [], {}, []
        self.before = {}  # what a block begins with, and what is done before it
        self.answers = ""
        self.refusal_shown = False
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("TARN_", "AWS_", "PG"))}
        self.environment |= {"PATH": f"{folder}/bin:/usr/bin:/bin", "TARN_HOME": str(self.tarn.home), "HOME": str(folder),
                             "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_EC2_METADATA_DISABLED": "true"}
        (folder / "bin").mkdir()
        java = next(iter(sorted(deps.glob("jdk-*/bin/java"))), "java")
        jar = next(iter(sorted(deps.glob("trino-clients-*/trino-cli-*.jar"))), "")
        names = {"tarn": str(self.tarn.command()[0]), "folder": str(folder), "java": str(java), "jar": str(jar)}
        for name, text in (("tarn", TARN), ("spark-sql", SPARK), ("trino", TRINO), ("curl", CURL), ("pip", PIP)):
            text = textwrap.dedent(text)
            for key, value in names.items():
                text = text.replace("{" + key + "!r}", repr(value))
            self.program(name, f"#!{sys.executable}\n{text}")
        self.program("python", f'#!/bin/sh\nexec {sys.executable} "$@"\n')

    def program(self, name, text):
        path = self.folder / "bin" / name
        path.write_text(text)
        path.chmod(0o755)

    def file(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def serve(self, *options, home=None, env=None):
        """A server that runs until the page is done."""
        self.servers.append(self.server_class(home or self.tarn, *options, env={**self.environment, **(env or {})}))
        return self.servers[-1]

    def serve_page(self, *options, settings=None, env=None):
        """The server that stands for the address in the page."""
        if settings:
            self.file("tarn-home/tarn.yaml", json.dumps(settings))
        running = self.serve(*options, env=env)
        self.put += [(SERVER, running.uri), ("http://localhost:8080", running.uri)]
        return running

    def sql(self, text):
        """What a page takes for given; in Trino's dialect."""
        self.tarn.ok("sql", "--dialect", "trino", input=text, env=self.environment)

    def here(self, text):
        for shown, used in self.put:
            text = text.replace(shown, str(used))
        return text

    def run_sh(self, block):
        text = re.sub(r"^! (.*?) +# (.*)$", REFUSED, self.here(block.text), flags=re.M)
        for command, lines in self.typed.items():
            if block.text.strip() == command:
                return self.type_in(text.strip(), lines)
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=self.folder, env=self.environment, text=True,
                              capture_output=True, timeout=120, stdin=subprocess.DEVNULL)
        assert (done.returncode == 0) != self.refusal_shown, f"{block}ran as\n{text}{done.stdout[-3000:]}{done.stderr[-3000:]}\n{self.logs()}"
        self.answers = done.stdout
        return None

    def type_in(self, command, lines):
        """Runs a command on a terminal: pairs of what is waited for and what is typed then."""
        child = pexpect.spawn("bash", ["-c", command], cwd=self.folder, env={**self.environment, "TERM": "xterm"}, timeout=30,
                              encoding="utf-8")
        for expected, line in lines:
            child.expect(expected)
            child.sendline(line)
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0, f"{command}: {child.before}"

    def run_python(self, block):
        text = self.here(block.text)
        prelude = [line for call, line in PRELUDES.items() if call in text and line.split(" import ")[0] not in text]
        done = subprocess.run([sys.executable, "-c", "\n".join([*prelude, text])], cwd=self.folder, env=self.environment, text=True,
                              capture_output=True, timeout=120)
        assert done.returncode == 0, f"{block}{done.stderr}{self.logs()}"
        shown = re.findall(r"^print\(.*\)\s+# (.*)$", text, re.M)
        assert not shown or done.stdout.splitlines() == shown, block

    def run_yaml(self, block):
        """A server starts with these settings; a wrong name, unit or value would stop it."""
        home = self.folder / f"settings-{block.line}"
        home.mkdir()
        (home / "tarn.yaml").write_text(self.here(block.text))
        running = self.serve(home=self.tarn_class(home))
        assert running.stop() == 0, running.log()

    def run_json(self, block):
        """An answer: the command before it gave all members that the page shows."""
        shown, given = json.loads(block.text), last_document(self.answers)
        assert set(shown) <= set(given), f"{block}the answer has {sorted(given)}"

    def logs(self):
        return "\n".join(server.log()[-2000:] for server in self.servers)

    def walk(self, runs_elsewhere):
        """Runs the page's blocks in their order, but for those that run elsewhere."""
        blocks = blocks_of(self.page)
        for block, after in zip(blocks, [*blocks[1:], None]):
            self.refusal_shown = after is not None and after.language == "json" and '"status": "error"' in after.text
            run = {"sh": self.run_sh, "python": self.run_python, "yaml": self.run_yaml, "json": self.run_json}.get(block.language)
            for begins, prepare in self.before.items():
                if block.text.startswith(begins):
                    prepare()
            if run and not runs_elsewhere(block):
                run(block)

    def close(self):
        for server in self.servers:
            if server.process.poll() is None:
                server.stop()

    def spark_calls(self):
        calls = pathlib.Path(self.folder / "spark-sql.calls")
        return [json.loads(line) for line in calls.read_text().splitlines()] if calls.exists() else []


def last_document(text):
    """The last of several documents in JSON that follow each other."""
    text = text.strip()
    while text:
        document, end = json.JSONDecoder().raw_decode(text)
        text = text[end:].strip()
    return document
