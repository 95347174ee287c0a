"""The console's load wizard, forms of schedules, statistics, map of files, rollback and plans, in headless Chromium."""
import io
import json
import re
import sqlite3
import urllib.request

import pyarrow.parquet as pq
import pytest
from mariadb_server import MariaDbServer
from playwright.sync_api import expect
from test_work import DESKTOP, ENDLESS, PHONE, call, editor, look, work  # noqa: F401

EVENTS = "/ui/catalog/iceberg/shop/tables/events"
CITIES = "City,zip,visits,born\nOslo,0150,3,2020-01-02\nRome,00187,5,2021-02-03\n"


@pytest.fixture
def cities(tmp_path):
    path = tmp_path / "cities.csv"
    path.write_text(CITIES)
    return path


def sql(server, statement, **headers):
    """Rows of a small query."""
    request = urllib.request.Request(server.uri + "/v1/statement", data=statement.encode(), method="POST",
                                     headers={"X-Trino-User": "console", "X-Trino-Catalog": "iceberg", **headers})
    rows = []
    while True:
        with urllib.request.urlopen(request) as response:
            answer = json.load(response)
        assert "error" not in answer, answer
        rows += answer.get("data", [])
        if "nextUri" not in answer:
            return rows
        request = answer["nextUri"]


def compute(page):
    page.get_by_role("button", name="Compute").click()
    expect(page.get_by_role("button", name="Compute again")).to_be_visible()


def preview_of(path):
    def act(page):
        page.get_by_text("Path or URL", exact=True).click()
        page.get_by_label("Path on the server, or URL").fill(str(path))
        page.get_by_role("button", name="Preview").click()
        expect(page.get_by_role("region", name="Columns of the load")).to_be_visible()
    return act


def plan(page):
    editor(page, "SELECT region, count(*) FROM shop.events GROUP BY 1")
    page.get_by_role("button", name="Analyze").click()
    expect(page.get_by_role("region", name="Plan")).to_be_visible()


def new_schedule(page):
    page.get_by_label("Cron expression").fill("30 2 * * mon-fri")
    expect(page.locator(".schedule-next")).to_contain_text("At 02:30, on Monday to Friday")


STATES = {
    "data": (EVENTS + "/data", compute, ["Sample rows", "Statistics of columns", "33 %", "north"]),
    "map of files": (EVENTS + "/files", None, ["Map of files", "small files"]),
    "map of partitions": (EVENTS + "/partitions", None, ["Map of files", "A tile is a file"]),
    "preview": ("/ui/load", "preview", ["First rows", "In the source", "0150"]),
    "new schedule": ("/ui/schedules?new=1", new_schedule, ["What is done", "While the run before goes on"]),
    "plan": ("/ui/sql", plan, ["in all", "rows"]),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", STATES)
def test_every_page(look, name, size, scheme, cities):
    path, act, texts = STATES[name]
    viewer = look(path, size=size, color_scheme=scheme)
    page = viewer.page
    if act is not None:
        (preview_of(cities) if act == "preview" else act)(page)
    for text in texts:
        expect(page.locator("main")).to_contain_text(text)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"
    assert viewer.serious_findings() == []


def test_a_load_with_an_edited_schema(look, work, cities):
    page = look("/ui/load").page
    preview_of(cities)(page)
    page.get_by_label("Name of zip").fill("postcode")
    page.get_by_label("Type of visits").select_option("double")
    page.get_by_label("Comment on City").fill("where they were")
    page.get_by_label("Take born").uncheck()
    page.get_by_role("button", name="Preview again").click()
    expect(page.locator(".result-grid thead")).to_contain_text("postcode")
    expect(page.locator(".result-grid thead")).not_to_contain_text("born")
    expect(page.get_by_label("Name of zip")).to_have_value("postcode")
    page.get_by_label("Into table").fill("geo.edited")
    page.get_by_label("Partitions of a new table").fill("truncate(postcode, 2)")
    page.get_by_label("Columns on where rows come from").select_option("no")
    page.get_by_role("button", name="Load", exact=True).click()
    expect(page.locator(".job-line")).to_contain_text("succeeded")
    assert sql(work, "SELECT * FROM geo.edited ORDER BY postcode") == [["Rome", "00187", 5.0], ["Oslo", "0150", 3.0]]
    about = sql(work, "SHOW CREATE TABLE geo.edited")[0][0]
    assert "where they were" in about and "truncate(postcode, 2)" in about


def test_a_file_from_here_is_sent_once(look, cities):
    viewer = look("/ui/load", size=PHONE)
    page = viewer.page
    sent = []
    page.on("request", lambda request: sent.append(request.url) if "/upload?" in request.url else None)
    page.get_by_label("File", exact=True).set_input_files(cities)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("region", name="Columns of the load")).to_contain_text("visits")
    page.get_by_label("Into table").fill("geo.sent")
    page.get_by_role("button", name="Load", exact=True).click()
    expect(page.locator(".job-line")).to_contain_text("succeeded")
    assert len(sent) == 1


def test_what_a_preview_says_of_rows_and_columns(look, cities):
    viewer = look("/ui/load")
    viewer.expected = ("400", "404", "503")  # the browser notes the server's answers
    page = viewer.page
    preview_of(cities)(page)
    page.get_by_label("Type of City").select_option("int")
    page.get_by_role("button", name="Preview again").click()
    expect(page.get_by_role("alert").filter(has_text="Some rows do not parse")).to_contain_text("Oslo")
    page.get_by_label("Path on the server, or URL").fill("/nowhere/x.csv")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("alert").filter(has_text="No such file")).to_be_visible()
    page.get_by_text("PostgreSQL", exact=True).click()
    for label, value in {"Host": "127.0.0.1", "Port": "1", "Database": "d", "User": "u", "Password": "secret-of-u",
                         "Table there": "public.t"}.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("alert").filter(has_text="127.0.0.1")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("secret-of-u")
    page.get_by_text("S3, Azure, GCS", exact=True).click()
    page.get_by_label("Path", exact=True).fill("s3://b/k.csv")
    page.get_by_label("Endpoint").fill("http://127.0.0.1:1")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("alert").filter(has_text="give access_key and secret_key")).to_be_visible()


@pytest.fixture(scope="module")
def maria():
    server = MariaDbServer()
    server.sql("CREATE TABLE towns (id INT PRIMARY KEY, town VARCHAR(20)); INSERT INTO towns VALUES (1, 'Oslo'), (2, 'Rome'), (3, 'Bari')",
               database="shop")
    yield server
    server.close()


def fill_and_preview(page, source, values):
    page.get_by_text(source, exact=True).click()
    for label, value in values.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("region", name="Columns of the load")).to_be_visible(timeout=20_000)


def load_into(page, table):
    page.get_by_label("Into table").fill(table)
    page.get_by_role("button", name="Load", exact=True).click()
    expect(page.locator(".job-line")).to_contain_text("succeeded", timeout=20_000)


def test_a_load_from_mysql(look, work, maria):
    page = look("/ui/load").page
    fill_and_preview(page, "MySQL", {"Host": "127.0.0.1", "Port": str(maria.port), "Database": "shop", "User": "reader",
                                     "Password": maria.password, "Table there": "towns"})
    expect(page.locator(".result-grid")).to_contain_text("Oslo")
    expect(page.locator("main")).not_to_contain_text(maria.password)
    page.get_by_label("Name of town").fill("place")
    load_into(page, "geo.of_mysql")
    assert sql(work, "SELECT id, place FROM geo.of_mysql ORDER BY id") == [[1, "Oslo"], [2, "Rome"], [3, "Bari"]]
    assert maria.password not in json.dumps(call(work, "/jobs"))


def test_a_load_by_odbc(look, work, tmp_path):
    file = tmp_path / "towns.db"
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE towns (id INTEGER PRIMARY KEY, town VARCHAR(20))")
        database.executemany("INSERT INTO towns VALUES (?, ?)", [(1, "Oslo"), (2, "Rome")])
    page = look("/ui/load").page
    fill_and_preview(page, "ODBC", {"Connection string": f"Driver={{SQLite3}};Database={file}", "Table there": "towns"})
    expect(page.locator(".result-grid")).to_contain_text("Rome")
    load_into(page, "geo.by_odbc")
    assert sql(work, "SELECT id, town FROM geo.by_odbc ORDER BY id") == [[1, "Oslo"], [2, "Rome"]]


def test_every_source_has_its_fields(look, work):
    call(work, "/connections", {"name": "store", "type": "s3", "access_key": "k", "secret_key": "s", "bucket": "b"})
    page = look("/ui/load").page
    ways = call(work, "/preview")["calls"]
    for name, path, label in (("S3, Azure, GCS", "/load/s3", "Access key"), ("PostgreSQL", "/load/postgres", "Host"),
                              ("MySQL", "/load/mysql", "Host"), ("ODBC", "/load/odbc", "Connection string"),
                              ("Web page", "/scrape", "What of it"), ("Web API", "/scrape-api", "Path to the records")):
        offered = page.get_by_text(name, exact=True)
        expect(offered).to_have_count(1 if path in ways else 0)
        if path in ways:
            offered.click()
            expect(page.get_by_label(label, exact=True)).to_be_visible()
    page.get_by_text("S3, Azure, GCS", exact=True).click()
    page.get_by_label("Connection").select_option("store")
    expect(page.get_by_label("Access key")).to_have_count(0)


def test_a_schedule_is_made_edited_and_deleted(look, work):
    page = look("/ui/schedules").page
    page.get_by_role("link", name="New schedule").click()
    page.get_by_label("Name", exact=True).fill("counts")
    page.get_by_label("Statements").fill("SELECT count(*) FROM shop.events")
    page.get_by_label("Time zone").fill("America/New_York")
    page.get_by_label("Cron expression").fill("15 9 * * fri#2")
    said = page.locator(".schedule-next")
    expect(said).to_contain_text("At 09:15, on the 2nd Friday of the month")
    expect(said.locator("li")).to_have_count(5)
    expect(said.locator("li").first).to_have_text(re.compile(r"^Fri \d{4}-\d\d-\d\d 09:15:00$"))
    page.get_by_label("While the run before goes on").select_option("queue")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("counts")
    made = call(work, "/schedules/counts")
    assert (made["cron"], made["time_zone"], made["overlap"]) == ("15 9 * * fri#2", "America/New_York", "queue")
    assert made["request"]["statements"] == "SELECT count(*) FROM shop.events"
    page.get_by_role("button", name="Edit").click()
    expect(page.get_by_label("While the run before goes on")).to_have_value("queue")
    page.get_by_text("At an interval", exact=True).click()
    page.get_by_label("Every", exact=True).fill("90m")
    page.get_by_label("What was due while no server was there").select_option("all")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("region", name="About this schedule")).to_contain_text("every 90m")
    changed = call(work, "/schedules/counts")
    assert (changed["cron"], changed["every"], changed["catch_up"]) == (None, "90m", "all")
    assert changed["request"] == made["request"]
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog")).to_contain_text("its history goes")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("region", name="Schedules")).not_to_contain_text("counts")
    assert "counts" not in [one["name"] for one in call(work, "/schedules")["schedules"]]


def test_wrong_schedules_are_told(look):
    viewer = look("/ui/schedules?new=1")
    viewer.expected = ("400",)
    page = viewer.page
    page.get_by_label("Cron expression").fill("99 * * * *")
    expect(page.locator(".schedule-next .form-error")).to_contain_text("99")
    page.get_by_label("Name", exact=True).fill("wrong")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("alert").filter(has_text=re.compile("statements"))).to_be_visible()


def test_maintenance_and_a_load_are_scheduled(look, work, cities):
    page = look("/ui/schedules?new=1").page
    page.get_by_label("What is done").select_option("/maintain")
    page.get_by_label("compact", exact=True).check()
    page.get_by_label("expire", exact=True).check()
    page.get_by_label("Table", exact=True).fill("shop.events")
    page.get_by_label("Name", exact=True).fill("tidy")
    page.get_by_text("At an interval", exact=True).click()
    page.get_by_label("Every", exact=True).fill("1d")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("tidy")
    assert call(work, "/schedules/tidy")["request"]["actions"] == ["compact", "expire"]
    page.goto("/ui/load")
    page.get_by_text("Path or URL", exact=True).click()
    page.get_by_label("Path on the server, or URL").fill(str(cities))
    page.get_by_label("Into table").fill("geo.again")
    page.get_by_role("button", name="Schedule…").click()
    expect(page.get_by_label(re.compile("^Request, as JSON"))).to_have_value(re.compile("geo.again"))
    page.get_by_label("Name", exact=True).fill("again")
    page.get_by_label("Cron expression").fill("@daily")
    page.get_by_role("button", name="Make it").click()
    page.get_by_role("button", name="Run now: again").click()
    expect(page.get_by_role("region", name="History").last).to_contain_text("succeeded")
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Cron expression").fill("@hourly")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("region", name="About this schedule")).to_contain_text("@hourly")
    assert call(work, "/schedules/again")["request"]["location"].endswith("cities.csv"), "what is done stays"


def test_rolling_back_and_forth(look, work):
    sql(work, "CREATE SCHEMA IF NOT EXISTS back")
    sql(work, 'CREATE TABLE back."Odd t" (id bigint)')
    for i in range(3):
        sql(work, f'INSERT INTO back."Odd t" VALUES ({i})')
    rows = 'SELECT count(*) FROM back."Odd t"'
    viewer = look("/ui/catalog/iceberg/back/tables/odd t/snapshots")
    page = viewer.page
    moments = page.locator(".moment")
    moments.nth(2).get_by_role("button", name=re.compile("^Roll back")).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("What 2 commits after it did is not seen any more")
    expect(dialog).to_contain_text("3 now, 1 then")
    assert viewer.serious_findings() == []
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    assert sql(work, rows) == [[3]]
    moments.nth(2).get_by_role("button", name=re.compile("^Roll back")).click()
    dialog.get_by_role("button", name="Roll back").click()
    expect(dialog).to_have_count(0)
    expect(moments.nth(2)).to_contain_text("current")
    assert sql(work, rows) == [[1]]
    expect(moments.nth(0)).to_contain_text("aside")
    moments.nth(0).get_by_role("button", name=re.compile("^Roll back")).click()
    dialog.get_by_role("button", name="Roll back").click()
    expect(moments.nth(0).locator(".now")).to_have_count(1)
    assert sql(work, rows) == [[3]]


def test_rows_that_differ(look, work):
    sql(work, "CREATE SCHEMA IF NOT EXISTS diff")
    sql(work, "CREATE TABLE diff.t (id bigint, name varchar)")
    sql(work, "INSERT INTO diff.t VALUES (1, 'one'), (2, 'two')")
    sql(work, "ALTER TABLE diff.t RENAME COLUMN name TO word")
    sql(work, "ALTER TABLE diff.t ADD COLUMN more bigint")
    sql(work, "UPDATE diff.t SET word = 'deux' WHERE id = 2")
    viewer = look("/ui/catalog/iceberg/diff/tables/t/snapshots")
    page = viewer.page
    boxes = page.get_by_role("checkbox")
    for i in range(2):
        boxes.nth(i).check()
    page.get_by_role("button", name="Rows that differ").click()
    newer, older = page.locator(".row-diff").nth(0), page.locator(".row-diff").nth(1)
    expect(newer).to_contain_text("Only in the newer: 1 row")
    expect(newer.locator("tbody")).to_contain_text("deux")
    expect(newer.locator("thead")).to_contain_text("word")
    expect(older.locator("tbody")).to_contain_text("two")
    expect(older.locator("thead")).to_contain_text("name")
    assert viewer.serious_findings() == []


def test_the_map_leads_to_files(look):
    page = look(EVENTS + "/partitions").page
    expect(page.get_by_role("img", name="6 data files in 6 partitions; 6 are small")).to_be_visible()
    expect(page.locator(".map-tile.small-4")).to_have_count(6 + 1)  # and one in the legend
    page.locator(".map-field").first.click()
    expect(page).to_have_url(re.compile("/files\\?.*partition="))
    expect(page.get_by_role("region", name="Files").locator("tbody tr")).to_have_count(1)


def test_statistics_of_columns(look):
    page = look(EVENTS + "/data").page
    expect(page.locator(".result-grid tbody")).to_contain_text("Main")
    compute(page)
    statistics = page.get_by_role("region", name="Statistics of columns").last
    row = statistics.get_by_role("row").filter(has_text="region")
    expect(row).to_contain_text("33 %")
    expect(row.get_by_role("img").first).to_have_accessible_name(re.compile(r"north: 100.*south: 100"))
    row = statistics.get_by_role("row").filter(has_text="price")
    expect(row).to_contain_text("0.50")
    expect(row).to_contain_text("99.50")
    assert row.locator(".profile-bar").count() == 20
    expect(page.get_by_text("Of 300 rows.")).to_be_visible()


def test_all_rows_as_parquet(look):
    viewer = look("/ui/sql")
    page = viewer.page
    page.get_by_label("Dialect").select_option("duckdb")
    editor(page, "SELECT range AS n FROM range(120000)")
    page.keyboard.press("Control+Enter")
    expect(page.locator("main")).to_contain_text("the first 100,000 rows are kept")
    with page.expect_download() as download:
        page.get_by_role("button", name="Parquet").click()
    assert pq.read_table(io.BytesIO(open(download.value.path(), "rb").read())).num_rows == 120000
    viewer.expected = ("400",)
    editor(page, "DESCRIBE shop.events")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".result-grid")).to_contain_text("region")
    page.get_by_role("button", name="Parquet").click()
    expect(page.get_by_role("alert")).to_contain_text("statement is one query")


@pytest.mark.parametrize("dialect", ["trino", "duckdb"])
def test_plans_are_trees(look, dialect):
    page = look("/ui/sql").page
    page.get_by_label("Dialect").select_option(dialect)
    editor(page, "SELECT region, count(*) FROM shop.events GROUP BY 1")
    page.get_by_role("button", name="Explain").click()
    tree = page.get_by_role("region", name="Plan")
    expect(tree).to_contain_text("ICEBERG_SCAN")
    expect(tree).to_contain_text("iceberg.shop.events")
    expect(tree).not_to_contain_text("in all")
    page.get_by_role("button", name="Analyze").click()
    expect(tree).to_contain_text("in all")
    expect(tree.get_by_role("img", name=re.compile("% of the work")).first).to_be_visible()
    expect(tree).to_contain_text("300 rows")


def test_home_shows_queries_that_run(look, work):
    viewer = look("/ui/")
    page = viewer.page
    expect(page.locator("main")).to_contain_text("No job and no query is running")
    request = urllib.request.Request(work.uri + "/v1/statement", data=ENDLESS.encode(), method="POST",
                                     headers={"X-Trino-User": "eve", "X-Trino-Session": "dialect=duckdb"})
    with urllib.request.urlopen(request) as answer:
        started = json.load(answer)
    running = page.get_by_role("region", name="Running queries")
    expect(running).to_contain_text("range(100000000)")
    expect(running).to_contain_text("eve")
    assert viewer.serious_findings() == []
    running.get_by_role("button", name=f"Cancel {started['id']}").click()
    expect(running).to_have_count(0)
