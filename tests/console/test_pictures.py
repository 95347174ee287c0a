"""A picture of every page, at desktop and phone width. TARN_PICTURES=1 keeps them in docs/user/images."""
import os
import pathlib
import re
import shutil

import pytest
from playwright.sync_api import expect
from test_wizard import compute, editor, new_schedule, plan, preview_of
from test_work import DESKTOP, PHONE, call

IMAGES = pathlib.Path(__file__).parents[2] / "docs/user/images"
GUIDE = IMAGES.parent / "console.md"
EVENTS = "/ui/catalog/iceberg/shop/tables/events"
BYTES_MAX = 200_000
CITIES = "city,country,zip,visits,first_visit\n" + "".join(
    f"{city},{country},{zip},{visits},2026-0{month}-14\n" for city, country, zip, visits, month in (
        ("Oslo", "Norway", "0150", 312, 1), ("Rome", "Italy", "00187", 505, 2), ("Ulm", "Germany", "89073", 77, 3),
        ("Bari", "Italy", "70121", 41, 4), ("Lyon", "France", "69001", 268, 5)))


def rows(page):
    editor(page, "SELECT region, count(*) AS events, sum(amount) AS total\nFROM shop.events\nGROUP BY region\nORDER BY total DESC")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".result-grid tbody")).to_contain_text("north")


def chart(page):
    rows(page)
    page.get_by_role("button", name="Chart").click()


def compare(page):
    page.get_by_role("checkbox").nth(0).check()
    page.get_by_role("checkbox").nth(7).check()
    expect(page.get_by_role("region", name="Comparison of two snapshots")).to_be_visible()


def rollback(page):
    page.locator(".moment").nth(3).get_by_role("button", name=re.compile("^Roll back")).click()
    expect(page.get_by_role("dialog")).to_be_visible()


def events_plan(page):
    page.get_by_label("Dialect").select_option("trino")
    plan(page)


# Address, and what is done there first.
PAGES = {
    "home": ("/ui/", None),
    "warehouse": ("/ui/catalog/iceberg", None),
    "namespace": ("/ui/catalog/iceberg/shop", None),
    "view": ("/ui/catalog/iceberg/shop/views/north", None),
    "table": (EVENTS, None),
    "data": (EVENTS + "/data", compute),
    "snapshots": (EVENTS + "/snapshots", None),
    "compare": (EVENTS + "/snapshots", compare),
    "rollback": (EVENTS + "/snapshots", rollback),
    "files": (EVENTS + "/files", None),
    "partitions": (EVENTS + "/partitions", None),
    "metadata": (EVENTS + "/metadata", None),
    "connect": (EVENTS + "/connect", None),
    "sql": ("/ui/sql", rows),
    "chart": ("/ui/sql", chart),
    "plan": ("/ui/sql", events_plan),
    "load": ("/ui/load", "load"),
    "jobs": ("/ui/jobs", None),
    "job": ("job", None),
    "schedules": ("/ui/schedules", None),
    "schedule": ("/ui/schedules/nightly", None),
    "new-schedule": ("/ui/schedules?new=1", new_schedule),
}


@pytest.fixture(scope="module")
def work_done(lake_server):
    """The id of a job on that server; beside it a schedule."""
    call(lake_server, "/schedules", {"name": "nightly", "cron": "30 2 * * mon-fri", "time_zone": "Europe/Berlin", "call": "/sql",
                                     "request": {"statements": "SELECT count(*) FROM shop.events"}})
    call(lake_server, "/schedules/nightly/run", {})
    return call(lake_server, "/sql", {"statements": "SELECT region, count(*) FROM shop.events GROUP BY 1"})["job_id"]


@pytest.mark.parametrize("width", ["desktop", "phone"])
@pytest.mark.parametrize("name", PAGES)
def test_pictures_for_the_guide(watch, work_done, tmp_path, name, width):
    path, act = PAGES[name]
    # Both colour schemes are shown at both widths.
    is_dark = (list(PAGES).index(name) % 3 == 2) == (width == "desktop")
    viewer = watch(viewport=DESKTOP if width == "desktop" else PHONE, color_scheme="dark" if is_dark else "light")
    page = viewer.open(f"/ui/jobs/{work_done}" if path == "job" else path)
    if act == "load":
        (tmp_path / "cities.csv").write_text(CITIES)
        act = preview_of(tmp_path / "cities.csv")
    if act is not None:
        act(page)
    if name in ("data", "plan", "chart", "files", "partitions", "load"):
        # What the page is about may be below the fold.
        about = {"data": ".profile-plot", "plan": ".plan", "chart": ".chart", "files": ".map-legend", "partitions": ".map-legend",
                 "load": ".load-form table"}[name]
        page.locator(about).last.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    file = f"console-{name}.png" if width == "desktop" else f"console-{name}-phone.png"
    page.screenshot(path=tmp_path / file)
    assert 5_000 < (tmp_path / file).stat().st_size < BYTES_MAX
    if os.environ.get("TARN_PICTURES"):
        shutil.copy(tmp_path / file, IMAGES)
    assert (IMAGES / file).stat().st_size < BYTES_MAX


def test_the_guide_shows_each(work_done):
    text = GUIDE.read_text()
    for name in PAGES:
        for file in (f"console-{name}.png", f"console-{name}-phone.png"):
            assert f"images/{file}" in text, f"{file} is in no page of the guide"
    shown = set(re.findall(r"images/(console-[\w-]+\.png)", text))
    assert {path.name for path in IMAGES.glob("console-*.png")} == shown
