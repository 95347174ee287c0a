"""Pages made by JavaScript: one Chromium for all of them, within its limits, and gone when it should be."""
import json
import os
import pathlib
import shutil
import signal
import tempfile
import threading
import time

import pytest

from rude_server import RudeServer
from scrape_api import Api


@pytest.fixture
def rude():
    assert shutil.which("chromium"), "the tests need chromium (tools/install_deps.sh --test)"
    running = RudeServer()
    yield running
    running.close()


@pytest.fixture
def temporary():
    """A short path: a browser has sockets below it."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="t-") as folder:
        yield pathlib.Path(folder)


@pytest.fixture
def open_api(serve, temporary):
    """An Api whose server has its browser's profiles in `api.temporary`."""
    def start(**settings):
        api = Api(serve(settings={"web.private_addresses": "127.0.0.1", "web.bytes_max": "4MiB", "web.timeout": "60s", **settings},
                        env={"TMPDIR": str(temporary)}))
        api.temporary = temporary
        return api
    return start


@pytest.fixture
def api(open_api):
    return open_api()


def processes_below(pid):
    """Ids and command lines of all that `pid` started, and of what those did."""
    parents, lines = {}, {}
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            lines[int(folder.name)] = (folder / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
        except OSError:
            pass
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return {child: lines[child] for child in found - {pid}}


def is_alive(pid):
    """Of a zombie nothing is left but its number."""
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except OSError:
        return False


def browser_of(api):
    """The id of the one browser of a server."""
    (browser,) = [pid for pid, line in processes_below(api.server.process.pid).items()
                  if "--remote-debugging-pipe" in line and "--type=" not in line and not line.startswith("/bin/sh")]
    return browser


def wait_until(holds, seconds=15):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def job_of(api, **body):
    status, job = api.call("POST", "/scrape", {"interval_ms": 0, "async": True, **body})
    assert status == 202, job
    return job["id"]


def end_of(api, job):
    while (now := api.call("GET", f"/jobs/{job}")[1])["state"] not in ("succeeded", "failed", "cancelled"):
        time.sleep(0.05)
    return now


def texts(api, table):
    return sorted(row["text"] for row in api.rows(table))


def test_scripts_run_once_and_a_page_is_asked_for_once(api, rude, serve, tmp_path, tarn_at):
    api.ok("/scrape", url=rude.url + "/scripted", selector="li", table_name="w.scripted", render=True)
    assert texts(api, "w.scripted") == ["one", "three", "two"]
    assert rude.counts["/scripted"] == 1
    assert "nothing matches" in api.fails("/scrape", 400, url=rude.url + "/scripted", selector="li", table_name="w.plain")
    none = Api(serve(home=tarn_at(tmp_path / "other"),
                     settings={"web.private_addresses": "127.0.0.1", "web.chromium": str(tmp_path / "nothing")}))
    assert "web.chromium" in none.fails("/scrape", 406, url=rude.url + "/scripted", table_name="w.x", render=True)
    wrong = Api(serve(home=tarn_at(tmp_path / "wrong"),
                      settings={"web.private_addresses": "127.0.0.1", "web.chromium": "/bin/false"}))
    begin = time.monotonic()
    assert "does not start" in wrong.fails("/scrape", 500, url=rude.url + "/scripted", table_name="w.x", render=True)
    assert time.monotonic() - begin < 10
    assert processes_below(wrong.server.process.pid) == {}


def test_pages_by_link_and_by_number(api, rude):
    wanted = [f"row {n}{i}" for n in (1, 2, 3) for i in range(3)]
    body = {"url": rude.url + "/spa", "selector": ".data-row", "render": True}
    answer = api.ok("/scrape", **body, table_name="w.linked", next_selector="a.next")
    assert answer["pages"] == 3 and texts(api, "w.linked") == wanted
    browser = browser_of(api)
    answer = api.ok("/scrape", **body, tableName="counted", namespace="w", pagination={"type": "page", "from": 1, "to": 3})
    assert answer["pages"] == 3 and texts(api, "w.counted") == wanted
    assert [row["page_number"] for row in api.rows("w.counted", order="page_number")] == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert browser_of(api) == browser


def test_headers_and_sessions_go_to_the_own_host_only(api, rude):
    elsewhere = RudeServer()
    try:
        body = {"url": f"{rude.url}/inner?other={elsewhere.url}", "selector": "li", "render": True}
        api.ok("/scrape", **body, table_name="w.bearer", auth={"type": "bearer", "token": "tok-5"},
               headers={"X-Token": "tok-6", "Cookie": "mine=c-8"})
        assert "200 for members" in texts(api, "w.bearer")
        assert "/array" in elsewhere.paths() and "/elsewhere" in elsewhere.paths()
        for secret in ("tok-5", "tok-6", "c-8"):
            assert secret not in json.dumps([headers for _, _, headers, _ in elsewhere.seen])
        seen = {path: headers for _, path, headers, _ in rude.seen}
        assert seen["/secret"]["X-Token"] == "tok-6" and "mine=c-8" in seen["/secret"]["Cookie"]
        # Without them, and in a context that knows nothing of the one before.
        api.ok("/scrape", **body, table_name="w.nobody")
        assert "401 who are you" in texts(api, "w.nobody")
        api.ok("/scrape", **body, table_name="w.member", login={"url": rude.url + "/login", "form": {"user": "ada", "pw": "s3cr&t"}})
        assert "200 for members" in texts(api, "w.member")
        assert "s9" not in json.dumps([headers for _, _, headers, _ in elsewhere.seen])
        for pid, line in processes_below(api.server.process.pid).items():
            assert not any(secret in line for secret in ("tok-", "c-8", "s3cr", "s9")), pid
    finally:
        elsewhere.close()
    # What is fetched first is no page: it needs no browser.
    assert api.ok("/scrape", url=rude.url + "/array", table_name="w.json", render=True)["rows"] == 2


def test_scripts_lead_to_other_pages(api, rude):
    api.ok("/scrape", url=rude.url + "/gate", selector="li", table_name="w.gate", render=True)
    assert texts(api, "w.gate") == ["inside"]
    rude.page = "<p>no<script>location.href = '/list';</script>"
    rude.robots = "User-agent: *\nDisallow: /list\n"
    assert "robots.txt" in api.fails("/scrape", 403, url=rude.url + "/own", selector="li", table_name="w.x", render=True)
    assert "/list" not in rude.paths()
    rude.page = "<p>no<script>location.href = '/own?' + Math.random();</script>"
    assert "from page to page" in api.fails("/scrape", 400, url=rude.url + "/own", selector="li", table_name="w.x", render=True)
    api.ok("/scrape", url=rude.url + "/alert", selector="li", table_name="w.alert", render=True, typed=False)
    assert texts(api, "w.alert") == ["false"]


def test_waits(open_api, rude):
    api = open_api(**{"web.timeout": "8s"})
    body = {"url": rude.url + "/late", "selector": "li.late", "render": True}
    begin = time.monotonic()
    api.ok("/scrape", **body, waitFor="li.late", table_name="w.late")
    assert time.monotonic() - begin < 8
    assert texts(api, "w.late") == ["late"]
    assert "wait_for: li.never" in api.fails("/scrape", 504, **body, wait_for="li.never", table_name="w.x")
    assert "wait_for: li[" in api.fails("/scrape", 400, **body, wait_for="li[", table_name="w.x")
    assert "render" in api.fails("/scrape", 400, url=rude.url + "/late", wait_for="li", table_name="w.x")
    # A page that never comes to rest is taken as it is after a while.
    api.ok("/scrape", url=rude.url + "/late", selector="#out", table_name="w.restless", render=True, fields={"t": "."})


def test_limits(open_api, rude):
    api = open_api(**{"web.timeout": "10s"})
    body = {"selector": "p", "table_name": "w.x", "render": True}
    assert "do not end" in api.fails("/scrape", 504, url=rude.url + "/endless", **body)
    browser = browser_of(api)
    assert "16777216 bytes" in api.fails("/scrape", 429, url=rude.url + "/greedy", **body)
    assert "4194304 bytes" in api.fails("/scrape", 429, url=rude.url + "/grown", **body)
    assert "404" in api.fails("/scrape", 404, url=rude.url + "/nothing", **body)
    assert browser_of(api) == browser
    # No page is left in it, not even the one whose script does not end.
    wait_until(lambda: not any("--type=renderer" in line and "extension" not in line
                               for line in processes_below(api.server.process.pid).values()))


def test_large_pages_come_whole(open_api, rude):
    api = open_api(**{"web.bytes_max": "64MiB"})
    api.ok("/scrape", url=rude.url + "/large", selector="p.n", table_name="w.large", render=True, typed=False)
    rows = [row["text"] for row in api.rows("w.large", "text, length(text) AS l", order="l")]
    assert sorted(rows) == sorted(f"{i} " + "\U0001F600 " * 19 + f"\U0001F600{i}" for i in range(30000))


def test_many_pages_at_once_in_one_browser(open_api, rude):
    api = open_api(**{"web.browser_pages": 2})
    answers = []
    threads = [threading.Thread(target=lambda i=i: answers.append(
        api.ok("/scrape", url=f"{rude.url}/spa?n={i}", selector=".data-row", table_name=f"w.t{i}", render=True)))
        for i in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer["rows"] for answer in answers] == [3] * 5
    browser_of(api)


def test_a_browser_that_dies_is_started_again(api, rude):
    body = {"url": rude.url + "/late", "selector": "li", "render": True, "wait_for": "li.late"}
    first = job_of(api, **body, table_name="w.first")
    wait_until(lambda: "/slow" in rude.paths())
    browser = browser_of(api)
    os.kill(browser, signal.SIGKILL)
    assert end_of(api, first)["state"] == "succeeded"
    assert browser_of(api) != browser
    # One that dies while nobody uses it, too.
    os.kill(browser_of(api), signal.SIGKILL)
    wait_until(lambda: processes_below(api.server.process.pid) == {})
    wait_until(lambda: list(api.temporary.iterdir()) == [])
    api.ok("/scrape", **body, table_name="w.second")
    # Twice in one page is told to the caller.
    rude.page = "<script>fetch('/slow?again')</script>"
    job = job_of(api, url=rude.url + "/own", selector="li", table_name="w.x", render=True)
    for number in (1, 2):
        wait_until(lambda: rude.paths().count("/slow?again") == number)
        os.kill(browser_of(api), signal.SIGKILL)
    now = end_of(api, job)
    assert now["state"] == "failed" and "ended twice" in json.dumps(now)


def test_cancelled_while_rendering(api, rude):
    rude.page = "<script>fetch('/slow?x')</script>"
    job = job_of(api, url=rude.url + "/own", selector="li", table_name="w.x", render=True, wait_for="li")
    wait_until(lambda: "/slow?x" in rude.paths())
    assert api.call("POST", f"/jobs/{job}/cancel")[0] in (200, 202)
    assert end_of(api, job)["state"] == "cancelled"


def test_it_ends_when_idle_and_with_the_server(open_api, rude):
    api = open_api(**{"web.browser_idle": "1s"})
    left = api.temporary / "tarn-browser-left"
    left.mkdir()
    api.ok("/scrape", url=rude.url + "/scripted", selector="li", table_name="w.x", render=True)
    assert not left.exists()
    wait_until(lambda: processes_below(api.server.process.pid) == {})
    assert list(api.temporary.iterdir()) == []
    api.ok("/scrape", url=rude.url + "/scripted", selector="li", table_name="w.x", render=True)
    started = processes_below(api.server.process.pid)
    assert api.server.stop() == 0
    assert not any(is_alive(pid) for pid in started)
    assert list(api.temporary.iterdir()) == []


def test_nothing_is_left_of_it_when_the_server_is_killed(api, rude):
    api.ok("/scrape", url=rude.url + "/scripted", selector="li", table_name="w.x", render=True)
    job_of(api, url=rude.url + "/late", selector="li", table_name="w.y", render=True)
    wait_until(lambda: "/slow" in rude.paths())
    started = processes_below(api.server.process.pid)
    assert len(started) > 3
    api.server.process.kill()
    api.server.process.wait()
    wait_until(lambda: not any(is_alive(pid) for pid in started))
    wait_until(lambda: list(api.temporary.iterdir()) == [])


def test_no_private_address_is_reached(serve, rude, tarn_at, tmp_path):
    # The page is on an address that is allowed, and asks for one that is not, unless the settings say so.
    inside = RudeServer("0.0.0.0")
    try:
        rude.page = (f"<body><p>start</p><script>fetch('http://127.0.0.2:{inside.port}/array', {{mode: 'no-cors'}});"
                     "setTimeout(() => { document.body.innerHTML += '<p>end</p>'; }, 500);</script>")
        for allowed, reached in (("127.0.0.1", False), ("127.0.0.1, 127.0.0.2", True)):
            api = Api(serve(home=tarn_at(tmp_path / f"home{allowed[-1]}"),
                            settings={"web.private_addresses": allowed, "web.timeout": "30s"}))
            api.ok("/scrape", url=rude.url + "/own", selector="p", table_name="w.own", render=True)
            assert texts(api, "w.own") == ["end", "start"]
            assert ("/array" in inside.paths()) == reached
        # Where scripts lead to is no way in either.
        rude.page = f"<p>no<script>location.href = 'http://127.0.0.3:{inside.port}/list';</script>"
        assert "127.0.0.3" in api.fails("/scrape", 403, url=rude.url + "/own", selector="li", table_name="w.x", render=True)
        assert "/list" not in inside.paths()
    finally:
        inside.close()


def test_command(tarn, rude, temporary):
    done = tarn.run("scrape", rude.url + "/spa", "--select", ".data-row", "--render", "--next", "a.next", "--into", "w.spa",
                    "--interval-ms", "0", "--header", "X-Token=tok-6", "--json", env={"TMPDIR": str(temporary)})
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"] == 9
    shown = tarn.json("scrape", rude.url + "/spa", "--select", ".data-row", "--render", "--wait-for", ".data-row", "--dry-run",
                      "--interval-ms", "0", env={"TMPDIR": str(temporary)})
    assert shown["rows"] == 3
    assert list(temporary.iterdir()) == []
