"""The console in headless Chromium, on a real server: every page, at desktop and phone width, in both themes."""
import json
import re
import urllib.request

import pytest
from playwright.sync_api import expect

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 780}

EVENTS = "/ui/catalog/iceberg/shop/tables/events"
# Each page, and what it must show.
PAGES = {
    "home": ("/ui/", ["Commits per second", "Recent commits", "shop.events", "RestCatalog"]),
    "warehouse": ("/ui/catalog/iceberg", ["Namespaces", "customers", "warehouse"]),
    "namespace": ("/ui/catalog/iceberg/shop", ["events", "empty", "north", "archive", "day(happened), region"]),
    "table": (EVENTS, ["Everything that happened in the shop", "decimal(9, 2)", "zip", "day(happened)",
                       "id ASC NULLS FIRST", "counts from 1"]),
    "data": (EVENTS + "/data", ["Sample rows", "Main ", "Statistics of columns"]),
    "snapshots": (EVENTS + "/snapshots", ["8 snapshots", "audited", "trial", "overwrite", "delete"]),
    "files": (EVENTS + "/files", ["Files by size", "small files", "tarn maintain compact shop.events", "position deletes"]),
    "partitions": (EVENTS + "/partitions", ["happened_day=", "2026-03-01", "north"]),
    "properties": (EVENTS + "/properties", ["Properties", "comment"]),
    "metadata": (EVENTS + "/metadata", ["UUID", "Statistics files", "Earlier metadata files", "Distinct values"]),
    "connect": (EVENTS + "/connect", ["load_table((\"shop\", \"events\"))"]),
    "view": ("/ui/catalog/iceberg/shop/views/north", ["SELECT", "duckdb", "Versions", "happened"]),
    "empty table": ("/ui/catalog/iceberg/shop/tables/empty/snapshots", ["No snapshots yet"]),
    "no such table": ("/ui/catalog/iceberg/shop/tables/none", ["It is not there", "Table does not exist: shop.none"]),
    "no such page": ("/ui/nothing", ["Nothing is at this address"]),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page(watch, name, size, scheme):
    path, texts = PAGES[name]
    viewer = watch(viewport=size, color_scheme=scheme)
    if name == "no such table":
        viewer.expected = ("404",)  # the browser notes the server's answer
    page = viewer.open(path)
    for text in texts:
        expect(page.locator("main")).to_contain_text(text)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (max(map(int, re.findall(r"\d+", ground)[:3])) < 80) == (scheme == "dark")
    assert viewer.serious_findings() == []


def test_the_page_is_small_and_kept(lake_server):
    def get(path, **headers):
        with urllib.request.urlopen(urllib.request.Request(lake_server.uri + path, headers=headers)) as answer:
            return answer.headers, answer.read()

    headers, html = get("/")  # leads to /ui/
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assets = re.findall(r'(?:src|href)="(/ui/assets/[^"]+)"', html.decode())
    assert len(assets) == 2
    sent = 0
    for asset in assets:
        headers, body = get(asset, **{"Accept-Encoding": "br"})
        assert headers["Content-Encoding"] == "br" and "immutable" in headers["Cache-Control"]
        sent += len(body)
    assert sent < 60_000, "the console has become large"


def test_names_of_any_kind_have_addresses(watch):
    viewer = watch(viewport=DESKTOP)
    page = viewer.open("/ui/catalog/iceberg/shop")
    page.get_by_role("main").get_by_role("link", name="odd name.with/all ~").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("odd name.with/all ~")
    page.get_by_role("tab", name="Files").click()
    expect(page.locator("main")).to_contain_text("Files by size")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("odd name.with/all ~")


def test_back_and_forward(watch):
    page = watch(viewport=DESKTOP).open(EVENTS)
    page.get_by_role("tab", name="Files").click()
    page.get_by_label("Order").select_option("-bytes")
    expect(page).to_have_url(re.compile(r"/files\?.*order=-bytes"))
    page.get_by_role("tab", name="Partitions").click()
    page.go_back()
    expect(page.get_by_label("Order")).to_have_value("-bytes")
    page.go_back()
    expect(page.get_by_role("tab", name="Overview")).to_have_attribute("aria-selected", "true")
    page.go_forward()
    expect(page.get_by_role("tab", name="Files")).to_have_attribute("aria-selected", "true")


def test_search_by_keys_alone(watch):
    viewer = watch(viewport=DESKTOP)
    page = viewer.open("/ui/")
    page.keyboard.press("/")
    box = page.get_by_role("combobox")
    expect(box).to_be_focused()
    box.type("ORDER")
    expect(page.get_by_role("option")).to_have_count(3)  # two tables and a view of the samples
    assert viewer.serious_findings() == []
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option").nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("order"))
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_tree_by_keys_alone(watch):
    page = watch(viewport=DESKTOP).open("/ui/")
    tree = page.get_by_role("navigation", name="Warehouses")
    tree.get_by_role("link", name="shop", exact=True).focus()
    page.keyboard.press("ArrowRight")
    expect(tree.get_by_role("link", name="events", exact=True)).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(tree.get_by_role("link", name="events", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("events")
    page.keyboard.press("ArrowLeft")
    expect(tree.get_by_role("link", name="shop", exact=True)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(tree.get_by_role("link", name="events", exact=True)).to_have_count(0)


def test_keys_are_listed_and_themes_last(watch):
    viewer = watch(viewport=DESKTOP, color_scheme="light")
    page = viewer.open("/ui/")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("search")
    assert viewer.serious_findings() == []
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    page.keyboard.press("t")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_snapshots_open_and_compare(watch):
    viewer = watch(viewport=DESKTOP)
    page = viewer.open(EVENTS + "/snapshots")
    heads = page.locator(".moment-head")
    heads.first.focus()
    page.keyboard.press("ArrowDown")
    expect(heads.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".moment").nth(1)).to_contain_text("added-position-deletes")
    page.get_by_role("checkbox").nth(0).check()
    page.get_by_role("checkbox").nth(7).check()
    comparison = page.get_by_role("region", name="Comparison of two snapshots")
    row = comparison.get_by_role("row").filter(has_text="total-records")
    expect(row).to_contain_text("300")
    expect(row).to_contain_text("1,617")
    expect(row).to_contain_text("+1,317")
    assert viewer.serious_findings() == []
    page.locator(".moment").nth(1).get_by_role("link", name="Files at this snapshot").click()
    expect(page.locator("main")).to_contain_text("As of snapshot")
    page.get_by_role("button", name="Show the current one").click()
    expect(page.locator("main")).not_to_contain_text("As of snapshot")


def test_partitions_lead_to_their_files(watch):
    page = watch(viewport=DESKTOP).open(EVENTS + "/partitions")
    row = page.get_by_role("region", name="Partitions").get_by_role("row").filter(has_text="north").first
    files, deletes = (int(row.get_by_role("cell").nth(cell).inner_text()) for cell in (3, 5))
    row.get_by_role("link").click()
    expect(page.get_by_role("region", name="Files").locator("tbody tr")).to_have_count(files + deletes)
    page.get_by_label("Show").select_option("deletes")
    expect(page.get_by_role("region", name="Files").locator("tbody tr")).to_have_count(deletes)
    page.get_by_title("Show all partitions").click()
    expect(page).not_to_have_url(re.compile("partition="))


def test_long_ids_are_whole(watch, lake_server):
    """JavaScript's numbers have 53 bits, snapshot ids 63."""
    page = watch(viewport=DESKTOP).open(EVENTS + "/snapshots")
    ids = {str(row["snapshot_id"]) for row in lake_server.tarn.json("table", "snapshots", "shop.events")}
    shown = set(page.locator(".moment-tools code").all_inner_texts())
    assert shown == ids


def test_snippets_can_be_copied(watch, lake_server):
    viewer = watch(viewport=DESKTOP)
    viewer.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = viewer.open(EVENTS + "/connect")
    for client, part in {"Spark": "spark.sql.catalog.tarn.uri", "Trino": "iceberg.rest-catalog.uri", "DuckDB": "ATTACH"}.items():
        page.get_by_text(client, exact=True).click()
        page.get_by_role("button", name=f"Copy for {client}").click()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert part in copied and lake_server.catalog_uri in copied and "events" in copied


def test_the_python_snippet_runs(watch, lake_server):
    page = watch(viewport=DESKTOP).open(EVENTS + "/connect")
    code = page.locator(".snippet code").inner_text().replace(".to_pandas()", ".to_arrow().num_rows")
    printed = []
    exec(code, {"print": printed.append})
    assert printed == [10]


def test_commits_appear_while_one_looks(watch, lake_server):
    from pyiceberg.catalog.rest import RestCatalog
    import pyarrow as pa

    page = watch(viewport=DESKTOP).open("/ui/")
    chart = page.get_by_role("img", name="Commits per second")
    expect(chart).to_have_count(1)
    table = RestCatalog("tarn", uri=lake_server.catalog_uri).load_table("shop.live")
    for _ in range(3):
        table.append(pa.table({"id": [1]}))
    expect(page.get_by_role("region", name="Recent commits").locator("tbody tr").first).to_contain_text("shop.live")
    expect(chart).not_to_have_accessible_name(re.compile(": 0 in all"))
    stats = json.load(urllib.request.urlopen(lake_server.uri + "/api/v1/stats"))
    assert sum(stats["commits_per_second"]) == stats["commits"] >= 3


def test_a_server_that_goes_is_noticed(watch, programs, tmp_path):
    Tarn, Server = programs
    server = Server(Tarn(tmp_path / "home"))
    viewer = watch(origin=server.uri, viewport=DESKTOP)
    page = viewer.open("/ui/catalog/iceberg")
    expect(page.locator("main")).to_contain_text("No namespaces yet")
    viewer.expected = ("Failed to load resource", "ERR_CONNECTION_REFUSED")
    assert server.stop() == 0
    page.get_by_role("link", name="Home").click()
    expect(page.get_by_role("alert").first).to_contain_text("The server cannot be reached")
    viewer.page.close()


def test_signing_in(watch, programs, tmp_path):
    Tarn, Server = programs
    tarn = Tarn(tmp_path / "home")
    tarn.ok("sql", "-e", "CREATE SCHEMA shop; CREATE TABLE shop.orders (id BIGINT)")
    secret = re.search(r"client secret:?\s+(tarn_\S+)", tarn.ok("user", "add", "ada", "--admin")).group(1)
    server = Server(tarn, "--auth")
    viewer = watch(origin=server.uri, viewport=PHONE)
    viewer.expected = ("401", "status of 4")
    page = viewer.open("/ui/catalog/iceberg/shop")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to Tarn")
    assert viewer.serious_findings() == []
    page.get_by_label("Client id", exact=True).fill("ada")
    page.get_by_label("Client secret").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).not_to_be_empty()
    page.get_by_label("Client secret").fill(secret)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("region", name="Tables").first).to_contain_text("orders")  # where the address led
    assert page.evaluate("localStorage.length") == 0
    token = page.evaluate("JSON.parse(sessionStorage['tarn.session']).token")
    page.evaluate("localStorage['tarn.sql.draft'] = localStorage['tarn.sql.history'] = 'SELECT 1'")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to Tarn")
    assert page.evaluate("sessionStorage.length + localStorage.length") == 0
    page.get_by_text("Token", exact=True).click()
    page.get_by_label("Bearer token").fill(token)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("region", name="Tables").first).to_contain_text("orders")
    page.get_by_role("main").get_by_role("link", name="orders").click()
    page.get_by_role("tab", name="Connect").click()
    expect(page.locator(".snippet code")).to_contain_text("<client id>")
    viewer.page.close()
    assert server.stop() == 0
    assert secret not in server.log() and token not in server.log()
