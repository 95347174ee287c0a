"""The console's pages for work: jobs, SQL, loads and schedules, in headless Chromium on a real server."""
import csv
import json
import re
import urllib.request

import pytest
import sample_lake
from playwright.sync_api import expect

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 780}
# Goes on until it is cancelled.
ENDLESS = "SELECT count(*) FROM range(100000000) a, range(100000000) b WHERE a.range * 7 + b.range = -1"


def call(server, path, body=None, method=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{server.uri}/api/v1{path}", data=data, method=method,
                                     headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def begin(server, statements):
    """A job of SQL that goes on."""
    return call(server, "/sql", {"statements": statements, "dialect": "duckdb", "async": True})["id"]


@pytest.fixture(scope="module")
def work(tmp_path_factory, programs):
    """A server with a job that went well and one that did not, and a schedule."""
    Tarn, Server = programs
    tarn = Tarn(tmp_path_factory.mktemp("work") / "home")
    tarn.ok("sql", "-e", sample_lake.EVENTS + sample_lake.ROWS.format(price="price", days=6, first=1, last=301))
    server = Server(tarn)
    server.good = call(server, "/sql", {"statements": "SELECT 1 AS one", "async": True})["id"]
    server.bad = call(server, "/sql", {"statements": "SELECT * FROM shop.nothing", "async": True})["id"]
    call(server, "/schedules", {"name": "night.ly", "cron": "30 2 * * mon-fri", "time_zone": "Europe/Berlin", "call": "/sql",
                                "request": {"statements": "SELECT 42 AS answer"}})
    yield server
    assert server.stop() == 0, server.log()


@pytest.fixture
def look(watch, work):
    """Opens a page of that server, and tells the watch over it."""
    def open_page(path, size=DESKTOP, **context):
        viewer = watch(origin=work.uri, viewport=size, **context)
        viewer.open(path)
        return viewer
    return open_page


def pages(work):
    return {
        "jobs": ("/ui/jobs", ["succeeded", "failed", "shop.nothing", "SELECT 1 AS one"]),
        "failed job": (f"/ui/jobs/{work.bad}", ["NO_SUCH_TABLE", "shop.nothing", "Request", "anonymous", "Retry"]),
        "good job": (f"/ui/jobs/{work.good}", ["succeeded", "Result", '"one"']),
        "sql": ("/ui/sql", ["Dialect", "Explain"]),
        "load": ("/ui/load", ["A file from here", "Into table"]),
        "schedules": ("/ui/schedules", ["night.ly", "active", "30 2 * * mon-fri Europe/Berlin", "/sql"]),
        "schedule": ("/ui/schedules/night~.ly", ["Next runs", "SELECT 42 AS answer", "skip"]),
        "no such job": ("/ui/jobs/nothing", ["It is not there"]),
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", ["jobs", "failed job", "good job", "sql", "load", "schedules", "schedule", "no such job"])
def test_every_page(look, watch, work, name, size, scheme):
    path, texts = pages(work)[name]
    viewer = watch(origin=work.uri, viewport=size, color_scheme=scheme)
    if name == "no such job":
        viewer.expected = ("404",)  # the browser notes the server's answer
    page = viewer.open(path)
    for text in texts:
        expect(page.locator("main")).to_contain_text(text)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"
    assert viewer.serious_findings() == []


def test_a_job_as_it_begins_and_is_cancelled(look, work):
    page = look("/ui/jobs").page
    expect(page.locator("main")).to_contain_text("live")
    job = begin(work, ENDLESS)
    row = page.get_by_role("region", name="Jobs").get_by_role("row").filter(has=page.get_by_title(job))
    expect(row).to_contain_text("running")
    page.get_by_label("Show").select_option("running")
    expect(page).to_have_url(re.compile("state=running"))
    expect(page.get_by_role("region", name="Jobs").locator("tbody tr")).to_have_count(1)
    page.get_by_role("button", name=f"Cancel {job}").click()
    expect(page.locator("main")).to_contain_text("No job is running")
    page.get_by_label("Show").select_option("cancelled")
    expect(row).to_contain_text("cancelled")
    assert call(work, f"/jobs/{job}")["state"] == "cancelled"


def test_a_job_of_its_own_and_again(look, work):
    job = begin(work, ENDLESS)
    page = look(f"/ui/jobs/{job}").page
    expect(page.locator(".job-line")).to_contain_text("running")
    page.get_by_role("button", name=f"Cancel {job}").click()
    expect(page.locator(".job-line")).to_contain_text("cancelled")
    page.get_by_role("button", name=f"Retry {job}").click()
    expect(page).not_to_have_url(re.compile(job))
    expect(page.get_by_role("region", name="About this job")).to_contain_text(job)  # what it does again
    expect(page.locator(".job-line")).to_contain_text("running")
    page.get_by_role("button", name=re.compile("^Cancel")).click()
    expect(page.locator(".job-line")).to_contain_text("cancelled")


def test_the_home_page_shows_what_runs(look, work):
    job = begin(work, ENDLESS)
    page = look("/ui/").page
    running = page.get_by_role("region", name="Running jobs")
    expect(running).to_contain_text("range(100000000)")
    call(work, f"/jobs/{job}/cancel", {})
    expect(running).to_have_count(0)


def test_jobs_are_asked_for_where_there_is_no_stream(look, work, watch):
    viewer = watch(origin=work.uri, viewport=DESKTOP)
    viewer.expected = ("429",)
    viewer.context.route("**/api/v1/jobs/events", lambda route: route.fulfill(status=429, json={"message": "no place"}))
    page = viewer.open("/ui/jobs")
    expect(page.locator("main")).to_contain_text("every 2 s")
    job = begin(work, "SELECT 7 AS seven")
    row = page.get_by_role("region", name="Jobs").get_by_role("row").filter(has=page.get_by_title(job))
    expect(row).to_contain_text("succeeded")


def editor(page, text):
    box = page.get_by_role("combobox", name="SQL")
    box.fill(text)
    box.focus()
    return box


def test_a_statement_and_its_rows(look):
    viewer = look("/ui/sql")
    page = viewer.page
    editor(page, "SELECT 'not this';\nSELECT id, region, price FROM shop.events ORDER BY id;\n")
    page.keyboard.press("Control+Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Control+Enter")
    result = page.get_by_role("region", name="Result", exact=True).last
    expect(page.locator("main")).to_contain_text("300 rows")
    expect(result.locator("tbody tr").nth(0)).to_contain_text("1")
    assert result.locator("tbody tr").count() < 100  # of 300: the others are drawn when they come in sight
    page.locator(".result-grid").evaluate("(grid) => { grid.scrollTop = grid.scrollHeight; }")
    expect(page.locator(".result-grid")).to_contain_text("300")
    assert viewer.serious_findings() == []
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    with open(download.value.path(), newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["id", "region", "price"] and len(rows) == 301
    assert rows[1][0] == "1" and rows[3][0] == "3" and "" in {row[1] for row in rows}


def test_a_selection_is_all_its_statements(look):
    page = look("/ui/sql").page
    editor(page, "SELECT 1 AS a; SELECT 2 AS b; SELECT 3 AS c")
    page.get_by_role("combobox", name="SQL").evaluate("(box) => box.setSelectionRange(0, 29)")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".result-grid thead")).to_contain_text("b")
    expect(page.locator(".sql-history li")).to_have_count(2)


def test_errors_have_places(look):
    viewer = look("/ui/sql")
    page = viewer.page
    editor(page, "SELECT 1;\n\nSELECT id,\n  nothing FROM shop.events")
    page.keyboard.press("Control+End")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("COLUMN_NOT_FOUND")
    expect(page.locator(".sql-fault")).to_have_text("nothing")
    assert viewer.serious_findings() == []
    page.get_by_role("button", name="Line 4, column 3").click()
    box = page.get_by_role("combobox", name="SQL")
    assert box.evaluate("(box) => box.value.slice(box.selectionStart)") == "nothing FROM shop.events"
    editor(page, "SELECT 1;\n\n SELEC id")
    page.get_by_role("button", name="Explain").click()  # without the word that was sent before it
    expect(page.get_by_role("button", name="Line 3, column 2")).to_be_visible()


def test_names_are_completed(look):
    viewer = look("/ui/sql")
    page = viewer.page
    box = editor(page, "SELECT  FROM shop.events")
    box.evaluate("(box) => box.setSelectionRange(7, 7)")
    page.keyboard.type("reg")
    page.keyboard.press("Control+Space")
    offers = page.get_by_role("listbox", name="Completions").get_by_role("option")
    expect(offers).to_have_count(1)
    page.keyboard.press("Escape")
    expect(offers).to_have_count(0)
    page.keyboard.press("Tab")
    expect(box).to_have_value("SELECT region FROM shop.events")
    box.fill("SELECT * FROM shop.")
    page.keyboard.press("Control+Space")
    expect(offers).to_have_count(1)
    assert viewer.serious_findings() == []
    page.keyboard.press("Enter")
    expect(box).to_have_value("SELECT * FROM shop.events")
    box.fill("SELECT * FROM shop.events e WHERE e.")
    expect(page.locator(".sql-keyword")).to_have_count(3)
    page.keyboard.press("Control+Space")
    expect(offers).to_have_count(7)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(box).to_have_value("SELECT * FROM shop.events e WHERE e.counts")
    box.fill("SELECT 1 ")
    page.keyboard.press("Tab")  # behind no word it goes on
    expect(box).not_to_be_focused()


def test_dialects_plans_and_history(look):
    page = look("/ui/sql").page
    editor(page, "SELECT [1, 2].len() AS n")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("SYNTAX_ERROR")
    page.get_by_label("Dialect").select_option("duckdb")
    page.get_by_role("button", name="Run").click()
    expect(page.locator(".result-grid tbody")).to_contain_text("2")
    page.get_by_label("Dialect").select_option("trino")
    editor(page, "SELECT count(*) FROM shop.events")
    page.get_by_role("button", name="Explain").click()
    expect(page.get_by_role("region", name="Plan")).to_contain_text("SCAN")
    page.reload()
    expect(page.get_by_role("combobox", name="SQL")).to_have_value("SELECT count(*) FROM shop.events")
    page.locator(".sql-history button").filter(has_text="len()").first.click()
    expect(page.get_by_role("combobox", name="SQL")).to_have_value("SELECT [1, 2].len() AS n")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".sql-history")).to_have_count(0)


def test_a_chart_of_the_result(look):
    viewer = look("/ui/sql")
    page = viewer.page
    editor(page, "SELECT coalesce(region, '-') AS region, sum(price) AS total, count(*) AS n FROM shop.events GROUP BY 1")
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Chart").click()
    expect(page.get_by_role("img", name="total by region: 3 values")).to_be_visible()
    page.get_by_label("Up").select_option(label="n")
    expect(page.get_by_role("img", name="n by region: 3 values")).to_be_visible()
    assert viewer.serious_findings() == []
    editor(page, "SELECT happened, count(*) AS n FROM shop.events GROUP BY 1 ORDER BY 1")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("img", name="n by happened: 6 values").locator("path.line")).to_have_count(1)


def test_a_query_is_cancelled(look, work):
    page = look("/ui/sql").page
    page.get_by_label("Dialect").select_option("duckdb")
    editor(page, ENDLESS)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".sql-progress")).to_contain_text("running")
    page.keyboard.press("Escape")
    expect(page.locator("main")).to_contain_text("Cancelled after")

    def running():
        request = urllib.request.Request(work.uri + "/v1/query", headers={"X-Trino-User": "console"})
        with urllib.request.urlopen(request) as answer:
            return [one for one in json.load(answer) if one["state"] in ("QUEUED", "RUNNING") and one["query"] == ENDLESS]
    for _ in range(100):
        if not running():
            break
        page.wait_for_timeout(100)
    assert running() == []


def test_many_rows_are_cut(look):
    page = look("/ui/sql").page
    editor(page, "SELECT * FROM UNNEST(sequence(1, 150)) AS a(x) CROSS JOIN UNNEST(sequence(1, 1000)) AS b(y)")
    page.keyboard.press("Control+Enter")
    expect(page.locator("main")).to_contain_text("the first 100,000 rows are kept")
    page.locator(".result-grid").evaluate("(grid) => { grid.scrollTop = grid.scrollHeight; }")
    expect(page.locator(".result-grid tbody tr").last).to_contain_text("100000")


def test_a_file_is_loaded(look, work, tmp_path):
    (tmp_path / "cities.csv").write_text("city,visits\nOslo,3\nRome,5\n")
    page = look("/ui/load", size=PHONE).page
    page.get_by_label("File", exact=True).set_input_files(tmp_path / "cities.csv")
    page.get_by_label("Into table").fill("travel.cities")
    page.get_by_role("button", name="Load", exact=True).click()
    expect(page.locator(".job-line")).to_contain_text("succeeded")
    expect(page.locator(".tile").filter(has_text="Rows")).to_contain_text("2")
    page.get_by_role("link", name="travel.cities").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("cities")
    expect(page.locator("main")).to_contain_text("visits")


def test_a_load_from_postgres_fails_with_its_words(look, tmp_path):
    page = look("/ui/load").page
    page.get_by_text("PostgreSQL", exact=True).click()
    for label, value in {"Host": "127.0.0.1", "Port": "1", "Database": "d", "User": "u", "Password": "secret-of-u",
                         "Table there": "public.t", "Into table": "a.t"}.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Load", exact=True).click()
    expect(page.locator("main")).to_contain_text("failed")
    expect(page.get_by_role("alert").filter(has_text="127.0.0.1")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("secret-of-u")


def test_a_schedule_is_paused_run_and_resumed(look, work):
    page = look("/ui/schedules").page
    page.get_by_role("button", name="Pause night.ly").click()
    row = page.get_by_role("row").filter(has_text="night.ly")
    expect(row).to_contain_text("paused")
    page.get_by_role("button", name="Run now: night.ly").click()
    expect(row).to_contain_text("succeeded")
    page.get_by_role("button", name="Resume night.ly").click()
    expect(row).to_contain_text("active")
    page.get_by_role("link", name="night.ly").click()
    history = page.get_by_role("region", name="History").last
    expect(history).to_contain_text("hand")
    history.get_by_role("link", name="succeeded").click()
    expect(page.locator(".job-line")).to_contain_text("succeeded")
    expect(page.get_by_role("region", name="About this job")).to_contain_text("night.ly")


def test_keys_lead_to_sql_and_jobs(look):
    page = look("/ui/").page
    page.keyboard.press("j")
    expect(page.get_by_role("heading", level=1)).to_have_text("Jobs")
    page.keyboard.press("s")
    expect(page.get_by_role("heading", level=1)).to_have_text("SQL")
    page.keyboard.press("l")
    expect(page.get_by_role("heading", level=1)).to_have_text("Load")
    page.get_by_role("navigation", name="Warehouses").get_by_role("link", name="Schedules").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Schedules")
