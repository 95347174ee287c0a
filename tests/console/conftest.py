"""A server with sample data, and headless Chromium to look at it."""
import hashlib
import os
import pathlib
import shutil

import pytest
import sample_lake
from playwright.sync_api import expect, sync_playwright

os.environ["TARN_SQL_DIALECT"] = "duckdb"  # of statements that tests give to `tarn sql`

# Machines that run tests are busy.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"


@pytest.fixture(scope="session")
def lake_server(tmp_path_factory, programs):
    """A server on a lake that sample_lake.py filled. Tests add to `shop.live` only."""
    Tarn, Server = programs
    tarn = Tarn(tmp_path_factory.mktemp("console") / "home")
    sample_lake.fill(tarn)
    server = Server(tarn)
    yield server
    assert server.stop() == 0, server.log()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        # As root, as continuous integration runs it, Chromium has no sandbox.
        started = playwright.chromium.launch(executable_path=CHROMIUM,
                                             args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield started
        started.close()


class Watch:
    """A page, and all that went wrong on it."""

    def __init__(self, browser, origin, axe, **context):
        self.origin = origin
        self._axe = axe
        self.problems = []
        self.expected = ()  # parts of messages of the console that are none
        self.context = browser.new_context(base_url=origin, reduced_motion="reduce", **context)
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        self.page.on("request", self._on_request)

    def _on_console(self, message):
        if message.type in ("error", "warning") and not any(part in message.text for part in self.expected):
            self.problems.append(f"{message.type}: {message.text}")

    def _on_request(self, request):
        if not request.url.startswith(self.origin + "/"):
            self.problems.append(f"request leaves the origin: {request.url}")

    def open(self, path):
        self.page.goto(path)
        self.settle()
        return self.page

    def settle(self):
        """Until the page shows what it is about to show."""
        self.page.locator("main h1, form h1").first.wait_for(state="attached")
        expect(self.page.locator("main .skeleton")).to_have_count(0)

    def serious_findings(self):
        """What axe calls serious or critical, as lines."""
        # The script runs from outside of the page, so its content security policy is not in the way.
        self.page.evaluate(self._axe)
        found = self.page.evaluate(
            "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
            ".filter((v) => ['serious', 'critical'].includes(v.impact))"
            ".flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}: ${n.failureSummary}`))")
        return found

    def close(self):
        self.context.close()


@pytest.fixture(scope="session")
def axe(console_packages):
    return (console_packages / "node_modules/axe-core/axe.min.js").read_text()


@pytest.fixture(scope="session")
def console_packages(deps):
    """What console/package-lock.json names, as tools/install_deps.sh --test installed it."""
    lock = pathlib.Path(__file__).parents[2] / "console/package-lock.json"
    folder = deps / f"console-tests-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    assert folder.is_dir(), f"no {folder}: run tools/install_deps.sh --test"
    return folder


@pytest.fixture
def watch(browser, lake_server, axe):
    """Makes watched pages; at the end nothing may have gone wrong on any."""
    made = []

    def make(origin=lake_server.uri, **context):
        made.append(Watch(browser, origin, axe, **context))
        return made[-1]

    yield make
    problems = [problem for one in made for problem in one.problems]
    for one in made:
        one.close()
    assert problems == []
