"""POST /scrape and /scrape-api, and `tarn scrape`, against a web server that misbehaves on purpose."""
import json
import subprocess
import time

import pytest

from rude_server import RudeServer, bomb
from scrape_api import Api

@pytest.fixture
def rude():
    running = RudeServer()
    yield running
    running.close()


@pytest.fixture
def api(serve):
    return Api(serve(settings={"web.private_addresses": "127.0.0.1", "web.bytes_max": "4MiB", "web.timeout": "3s"}))


def test_table_as_the_requirements_call_it(api, rude):
    answer = api.ok("/scrape", url=rude.url + "/countries", selector="table.wikitable", table_name="countries_gdp",
                    namespace="web_data")
    assert answer["table"] == "web_data.countries_gdp"
    assert answer["rows_scraped"] == answer["rows"] == 3
    assert answer["columns"] == ["country", "gdp_us_million_forecast", "gdp_us_million_share_percent", "date"]
    assert answer["source_url"] == rude.url + "/countries"
    assert answer["lineage_columns"] == ["source_url", "scraped_at", "page_number", "load_id"]
    rows = api.rows("web_data.countries_gdp", order="gdp_us_million_forecast DESC")
    assert rows[0]["country"] == "United States" and rows[0]["gdp_us_million_forecast"] == 30337162
    assert rows[0]["gdp_us_million_share_percent"] == 26.1 and rows[0]["date"] == "2024-03-01"
    assert rows[1]["country"] == "Germany"
    assert rows[2]["date"] is None and rows[2]["page_number"] == 1
    assert rows[0]["source_url"] == rude.url + "/countries" and rows[0]["load_id"] == answer["job_id"]
    # Again, in the other dialect: rows are appended.
    api.ok("/scrape", url=rude.url + "/countries", selector="table.wikitable", tableName="countries_gdp",
           namespace="web_data")
    assert api.server.tarn.value("SELECT count(*) FROM web_data.countries_gdp") == 6
    summary = api.server.tarn.sql("SELECT summary FROM web_data.\"countries_gdp$snapshots\"")
    assert rude.url + "/countries" in json.dumps(summary)


def test_lists_blocks_pages(api, rude):
    answer = api.ok("/scrape", url=rude.url + "/list", selector="ul li", table_name="w.words")
    assert [row["text"] for row in api.rows("w.words")] == ["caf\u00e9", "na\u00efve"]
    answer = api.ok("/scrape", url=rude.url + "/blocks", selector=".data-row", table_name="w.blocks",
                    next_selector="a.next")
    assert answer["pages"] == 3 and answer["rows"] == 9
    rows = api.rows("w.blocks")
    assert [row["data_id"] for row in rows] == [10, 11, 12, 20, 21, 22, 30, 31, 32]
    assert rows[0] | {"scraped_at": 0, "load_id": 0, "source_url": 0} == {
        "data_id": 10, "title": "T0", "title_href": rude.url + "/item/0", "price": rows[0]["price"],
        "price_currency": "$", "scraped_at": 0, "load_id": 0, "source_url": 0, "page_number": 1}
    assert float(rows[0]["price"]) == 1000.5
    answer = api.ok("/scrape", url=rude.url + "/blocks", selector="[data-id]", table_name="w.chosen",
                    fields=[{"name": "link", "select": "a@href"}, {"name": "cost", "select": ".price"}],
                    pagination={"type": "page", "from": 2, "to": 3})
    assert answer["columns"] == ["link", "cost", "cost_currency"] and answer["rows"] == 6
    answer = api.ok("/scrape", url=rude.url + "/looping", selector="li", table_name="w.looping", next_selector="a.next")
    assert answer["pages"] == 1 and "read before" in answer["note"]


def test_json_and_feeds(api, rude):
    answer = api.ok("/scrape", url=rude.url + "/items", selector="data.items", table_name="j.items")
    assert answer["rows"] == 50
    row = api.rows("j.items", order="id")[1]
    assert row["name"] == "n1" and row["owner_login"] == "ada" and json.loads(row["owner_plan"]) == {"n": 1}
    assert row["score"] == 0.25 and json.loads(row["tags"]) == ["a", "b"] and row["at"].startswith("2024-03-01T12:00:00")
    answer = api.ok("/scrape", url=rude.url + "/feed", table_name="j.feed")
    assert answer["columns"] == ["title", "link", "pub_date"]
    rows = api.rows("j.feed", order="link")
    assert [row["title"] for row in rows] == ["Caf\u00e9 & more", "<b>Two</b>"]
    assert rows[1]["pub_date"].startswith("2024-03-02T11:00:00")
    assert "an array of 2" in api.fails("/scrape", 400, url=rude.url + "/array", selector="data.issues", table_name="j.x")
    assert api.ok("/scrape-api", url=rude.url + "/array", table_name="j.array")["records"] == 2


@pytest.mark.parametrize("how", [
    {"params": {"limit": 50, "offset": 0}, "pagination": "offset"},
    {"params": {"limit": 50, "offset": 0}, "total_pages": 50},
    {"params": {"limit": 50, "page": 1}, "total_pages": 9},
    {"params": {"limit": 50}, "pagination": {"type": "cursor", "next": "next"}},
    {"params": {"limit": 50}, "pagination": "link"},
])
def test_pages_of_an_api(api, rude, how):
    answer = api.ok("/scrape-api", url=rude.url + "/items", selector="data.items", table_name="items", namespace="api", **how)
    assert answer["records"] == 115 and answer["table"] == "api.items"
    assert api.server.tarn.value("SELECT count(DISTINCT id) FROM api.items") == 115
    assert api.server.tarn.value("SELECT max(page_number) FROM api.items") == 3


def test_pages_are_limited(api, rude):
    answer = api.ok("/scrape-api", url=rude.url + "/items", selector="data.items", table_name="api.some", total_pages=2,
                    params={"limit": 10, "offset": 0})
    assert answer["records"] == 20 and "more pages" in answer["note"]
    answer = api.ok("/scrape-api", url=rude.url + "/items", selector="data.items", table_name="api.few", pagination="offset",
                    params={"limit": 10}, max_rows=25)
    assert answer["records"] == 30


def test_private_addresses_are_refused(serve, rude):
    api = Api(serve())
    port = rude.url.rsplit(":", 1)[1]
    for host in ("127.0.0.1", "localhost", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "2130706433"):
        message = api.fails("/scrape", 403, url=f"http://{host}:{port}/countries", table_name="w.x")
        assert "web.private_addresses" in message
    assert "web.private_addresses" in api.fails("/scrape", 403, url="http://169.254.169.254/latest/meta-data/", table_name="w.x")
    assert rude.seen == []
    assert api.server.tarn.tables() == []


def test_redirects(serve, rude):
    # A name that is allowed may not lead to an address that is not.
    api = Api(serve(settings={"web.private_addresses": "localhost"}))
    local = rude.url.replace("127.0.0.1", "localhost")
    assert api.ok("/scrape", url=local + "/redirect?to=/countries", table_name="w.ok")["rows"] == 3
    assert "127.0.0.1" in api.fails("/scrape", 403, url=f"{local}/redirect?to={rude.url}/countries", table_name="w.x")
    assert "169.254.169.254" in api.fails("/scrape", 403, url=local + "/redirect?to=http://169.254.169.254/", table_name="w.x")
    assert "neither http" in api.fails("/scrape", 400, url=local + "/redirect?to=file:///etc/passwd", table_name="w.x")
    assert "more than 10" in api.fails("/scrape", 400, url=local + "/loop", table_name="w.x")


def test_it_comes_back_after_failures(api, rude):
    answer = api.ok("/scrape", url=rude.url + "/flaky", selector="li", table_name="w.flaky")
    assert answer["rows"] == 1
    times = [at for _, path, _, at in rude.seen if path == "/flaky"]
    assert len(times) == 5 and times[4] - times[3] >= 0.95
    assert [row["text"] for row in api.rows("w.flaky")] == ["whole"]


def test_it_gives_up_with_a_reason(api, rude):
    assert "86400" in api.fails("/scrape", 503, url=rude.url + "/never", table_name="w.x")
    assert "404" in api.fails("/scrape", 404, url=rude.url + "/nothing", table_name="w.x")
    assert "4194304 bytes" in api.fails("/scrape", 429, url=rude.url + "/huge", table_name="w.x")
    assert "4194304 bytes" in api.fails("/scrape", 429, url=rude.url + "/bomb", table_name="w.x")
    assert "deep" in api.fails("/scrape", 429, url=rude.url + "/deep", table_name="w.x")
    assert "klingon" in api.fails("/scrape", 406, url=rude.url + "/unknown-charset", table_name="w.x")
    assert "nothing matches" in api.fails("/scrape", 400, url=rude.url + "/list", selector="table.none", table_name="w.x")
    assert "CSS selector" in api.fails("/scrape", 400, url=rude.url + "/list", selector="li:nope", table_name="w.x")
    assert "url" in api.fails("/scrape", 400, table_name="w.x")
    assert "http" in api.fails("/scrape", 400, url="file:///etc/passwd", table_name="w.x")
    assert api.server.tarn.tables() == []


MISBEHAVIOURS = {
    "/reset": "GET", "/cut": "partial file", "/garbage": "GET", "/no-gzip": "bad HTTP Content", "/drip": "GET", "/slow": "GET",
    "/huge": "4194304 bytes", "/bomb": "4194304 bytes", "/never": "86400", "/broken": "500", "/loop": "more than 10",
    "/nowhere": "without a place", "/nothing": "404", "/unknown-charset": "klingon",
    "/redirect?to=http://169.254.169.254/latest": "169.254.169.254", "/redirect?to=http://10.0.0.1/": "10.0.0.1",
    "/redirect?to=file:///etc/passwd": "neither http"}


@pytest.mark.parametrize("path", ["/scrape", "/scrape-api"])
def test_every_misbehaviour_has_its_message(serve, rude, path):
    api = Api(serve(settings={"web.private_addresses": "127.0.0.1", "web.bytes_max": "4MiB", "web.timeout": "1s",
                              "jobs.running_max": 20}))
    bomb()
    jobs = {}
    for page in MISBEHAVIOURS:
        status, job = api.call("POST", path, {"url": rude.url + page, "table_name": "w.x", "interval_ms": 0, "async": True})
        assert status == 202, job
        jobs[page] = job["id"]
    end = time.monotonic() + 100
    for page, job in jobs.items():
        while (now := api.call("GET", f"/jobs/{job}")[1])["state"] not in ("cancelled", "failed", "succeeded"):
            assert time.monotonic() < end, page
            time.sleep(0.05)
        assert now["state"] == "failed" and MISBEHAVIOURS[page] in json.dumps(now), (page, now)
    for page in ("/reset", "/cut", "/drip", "/slow", "/broken"):
        assert rude.counts[page] >= 5, page  # a kept connection that ends is tried on another one at once
    assert api.server.tarn.tables() == []
    # Of what comes late but right nothing is lost.
    assert api.ok(path, url=rude.url + "/dated", table_name="w.dated")["rows"] == 1
    times = [at for _, seen, _, at in rude.seen if seen == "/dated"]
    assert len(times) == 2 and times[1] - times[0] >= 0.9


@pytest.mark.parametrize("path", ["/scrape", "/scrape-api"])
def test_secrets_stay_with_their_host(api, rude, path):
    elsewhere = RudeServer()
    try:
        api.ok(path, url=f"{rude.url}/redirect?to={elsewhere.url}/array", table_name="w.far", headers={"X-Token": "tok-6"},
               auth={"type": "basic", "username": "ada", "password": "tok-7"})
        assert "/array" in elsewhere.paths()
        assert all("tok-" not in json.dumps(headers) and "Authorization" not in headers for _, _, headers, _ in elsewhere.seen)
        assert any("Authorization" in headers for _, _, headers, _ in rude.seen)
    finally:
        elsewhere.close()


def by_curl(api, path, body):
    done = subprocess.run(["curl", "-sS", "--noproxy", "*", "-X", "POST", api.uri + path, "-H", "Content-Type: application/json",
                           "-d", json.dumps(body)], capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", ["table_name", "tableName"])
def test_calls_of_the_requirements_by_curl(serve, rude, name):
    api = Api(serve(settings={"web.private_addresses": "127.0.0.1", "web.request_interval": "0s"}))
    answer = by_curl(api, "/scrape", {"url": rude.url + "/pricing", "selector": "table", name: "competitor_prices",
                                      "namespace": "market_data"})
    assert answer["status"] == "success" and answer["table"] == "market_data.competitor_prices", answer
    assert answer["rows_scraped"] == 2 and answer["source_url"] == rude.url + "/pricing"
    assert answer["columns"] == ["product", "list_price", "list_price_currency", "change_percent", "since", "units"]
    rows = api.rows("market_data.competitor_prices", order="units")
    assert [(row["product"], float(row["list_price"]), row["list_price_currency"], row["change_percent"], row["since"], row["units"])
            for row in rows] == [("Beta", 89.9, "\u20ac", -0.5, "2024-04-02", 980),
                                 ("Alpha", 1299.0, "\u20ac", 3.5, "2024-03-01", 12500)]
    assert {row["source_url"] for row in rows} == {rude.url + "/pricing"} and rows[0]["scraped_at"] and rows[0]["page_number"] == 1
    types = api.server.tarn.sql("SELECT typeof(list_price) AS p, typeof(change_percent) AS c, typeof(since) AS s, "
                                "typeof(units) AS u FROM market_data.competitor_prices LIMIT 1")[0]
    assert types["p"].startswith("DECIMAL") and (types["c"], types["s"], types["u"]) == ("DOUBLE", "DATE", "BIGINT")
    for number, (selector, count) in enumerate({".table": 2, "ol li": 2, ".data-row": 1, "tr[data-id]": 2}.items()):
        answer = by_curl(api, "/scrape", {"url": rude.url + "/pricing", "selector": selector, name: f"shape{number}", "namespace": "w"})
        assert answer.get("rows_scraped") == count, (selector, answer)
    answer = by_curl(api, "/scrape", {"url": rude.url + "/wrapped", "selector": "data", name: "competitor_data",
                                      "namespace": "market_intel"})
    assert answer["rows_scraped"] == 2 and answer["table"] == "market_intel.competitor_data", answer
    answer = by_curl(api, "/scrape-api", {"url": rude.url + "/issues", name: "github_issues", "namespace": "api_data",
                                          "params": {"state": "closed", "per_page": 100}})
    assert answer["records"] == 100 and answer["table"] == "api_data.github_issues", answer
    answer = by_curl(api, "/scrape-api", {"url": rude.url + "/issues", name: "all_issues", "namespace": "api_data",
                                          "params": {"state": "closed", "per_page": 100}, "pagination": "link"})
    assert answer["records"] == 250 and answer["pages"] == 3, answer
    total = "total_pages" if name == "table_name" else "totalPages"
    answer = by_curl(api, "/scrape-api", {"url": rude.url + "/items", "selector": "data.items", name: "api_items",
                                          "namespace": "external", "params": {"limit": 50, "offset": 0}, total: 50})
    assert answer["records"] == 115, answer
    assert api.server.tarn.value("SELECT max(page_number) FROM external.api_items") == 3


def test_stored_connections(api, rude):
    def connect(status=201, **body):
        got, answer = api.call("POST", "/connections", {"type": "http", **body})
        assert got == status, answer
        return answer
    made = connect(name="shop", url=rude.url + "/v1", token="tok-5", headers={"X-Shop": "tok-6"})
    assert made["secrets"] == ["headers", "token"] and made["settings"] == {"url": rude.url + "/v1"}
    assert api.call("POST", "/connections/shop/test", {})[0] == 503  # /v1 itself is 404
    answer = api.ok("/scrape-api", connection="shop", url="/private", table_name="w.private")
    assert answer["source_url"] == rude.url + "/private" and answer["records"] == 1
    assert api.rows("w.private")[0]["source_url"] == rude.url + "/private"
    headers = next(headers for _, path, headers, _ in rude.seen if path == "/private")
    assert headers["Authorization"] == "Bearer tok-5" and headers["X-Shop"] == "tok-6"
    assert "/v1/private.json" in api.fails("/scrape", 404, connection="shop", url="private.json", table_name="w.x")
    assert "/v1:" in api.fails("/scrape", 404, connection="shop", table_name="w.x")
    assert api.ok("/scrape", connection="shop", url=rude.url + "/array", tableName="w.whole")["rows"] == 2
    # Nowhere else, and by nobody who does not know it.
    elsewhere = RudeServer()
    try:
        for url in (elsewhere.url + "/array", f"//127.0.0.1:{elsewhere.port}/array"):
            assert "not of the connection's own server" in api.fails("/scrape", 400, connection="shop", url=url, table_name="w.x")
        api.ok("/scrape", connection="shop", url=f"/redirect?to={elsewhere.url}/array", table_name="w.far")
        assert "tok-" not in json.dumps([headers for _, _, headers, _ in elsewhere.seen])
    finally:
        elsewhere.close()
    assert "no such" in api.fails("/scrape", 404, connection="nobody", url="/array", table_name="w.x")
    assert "url" in api.fails("/scrape", 400, table_name="w.x")
    api.call("POST", "/connections", {"name": "db", "type": "postgres", "host": "h", "database": "d", "user": "u"})
    assert "type http" in api.fails("/scrape", 400, connection="db", url="/array", table_name="w.x")
    assert "object of texts" in connect(400, name="bad", url=rude.url, headers={"X": {"Y": "tok-9"}})["message"]
    tarn = api.server.tarn
    done = tarn.json("scrape", "/array", "--connection", "shop", "--into", "w.command", "--server", api.server.uri)
    assert done["rows"] == 2
    assert "--server" in tarn.fails("scrape", "/array", "--connection", "shop", "--into", "w.x", code=2)
    # A page that is made by scripts, with a login form of the same server.
    connect(name="forms", url=rude.url, headers={"X-Shop": "tok-6"})
    api.ok("/scrape", connection="forms", url="/member", selector="li", table_name="w.member",
           login={"url": "/login", "form": {"user": "ada", "pw": "s3cr&t"}})
    api.ok("/scrape", connection="shop", url="/inner", selector="li", table_name="w.rendered", render=True, waitFor="li:nth-child(3)")
    assert "200 for members" in [row["text"] for row in api.rows("w.rendered", order="text")]
    # A schedule holds its name only.
    status, schedule = api.call("POST", "/schedules", {
        "name": "daily", "call": "/scrape-api", "cron": "0 0 * * *",
        "request": {"connection": "shop", "url": "/private", "table_name": "w.private", "interval_ms": 0}})
    assert status == 201, schedule
    everything = json.dumps([api.call("GET", "/jobs?limit=100"), api.call("GET", "/connections"), api.call("GET", "/schedules")])
    store = b"".join(path.read_bytes() for path in api.server.tarn.home.glob("catalog.db*"))
    for secret in ("tok-5", "tok-6", "tok-9", "s3cr&t"):
        assert secret not in everything and secret.encode() not in store and secret not in api.server.log()


def test_broken_and_slow_servers(api, rude):
    begin = time.monotonic()
    assert "500" in api.fails("/scrape", 503, url=rude.url + "/broken", table_name="w.x")
    assert rude.counts["/broken"] == 5
    status, job = api.call("POST", "/scrape", {"url": rude.url + "/slow", "table_name": "w.x", "async": True, "robots": "ignore"})
    assert status == 202
    while "/slow" not in rude.paths():
        time.sleep(0.02)
    assert api.call("POST", f"/jobs/{job['id']}/cancel")[0] in (200, 202)
    while (now := api.call("GET", f"/jobs/{job['id']}")[1])["state"] not in ("cancelled", "failed", "succeeded"):
        assert time.monotonic() < begin + 50
        time.sleep(0.05)
    assert now["state"] == "cancelled"
    assert api.server.tarn.tables() == []


def test_robots_and_pauses(api, rude):
    rude.robots = "User-agent: *\nDisallow: /countries\nCrawl-delay: 0.3\n"
    assert "robots.txt" in api.fails("/scrape", 403, url=rude.url + "/countries", table_name="w.x")
    assert "/countries" not in rude.paths()
    assert api.ok("/scrape", url=rude.url + "/countries", table_name="w.x", robots="ignore")["rows"] == 3
    api.ok("/scrape", url=rude.url + "/blocks", selector=".data-row", table_name="w.blocks", next_selector="a.next")
    times = [at for _, path, _, at in rude.seen if path.startswith("/blocks")]
    assert len(times) == 3
    assert all(later - earlier >= 0.29 for earlier, later in zip(times, times[1:]))


def test_signing_in_and_secrets(api, rude):
    body = {"url": rude.url + "/member", "selector": "li", "table_name": "w.member"}
    assert "403" in api.fails("/scrape", 403, **body)
    api.ok("/scrape", **body, login={"url": rude.url + "/login", "form": {"user": "ada", "pw": "s3cr&t"}})
    assert api.rows("w.member")[0]["text"] == "secret list"
    api.ok("/scrape-api", url=rude.url + "/private", table_name="w.bearer", auth={"type": "bearer", "token": "tok-5"})
    answer = api.ok("/scrape-api", url=rude.url + "/private", table_name="w.key", secretParams={"key": "k-7"})
    assert api.rows("w.key")[0]["source_url"] == answer["source_url"] == rude.url + "/private"
    # Nobody else gets what was for one host, and no record has it.
    elsewhere = RudeServer()
    try:
        api.ok("/scrape-api", url=f"{rude.url}/redirect?to={elsewhere.url}/array", table_name="w.far",
               headers={"X-Token": "tok-6"}, auth={"type": "bearer", "token": "tok-5"})
        assert all("tok-" not in json.dumps(headers) for _, _, headers, _ in elsewhere.seen)
        assert any("tok-6" in json.dumps(headers) for _, _, headers, _ in rude.seen)
    finally:
        elsewhere.close()
    jobs = json.dumps(api.call("GET", "/jobs?limit=100")[1])
    store = b"".join(path.read_bytes() for path in api.server.tarn.home.glob("catalog.db*"))
    for secret in ("s3cr&t", "tok-5", "tok-6", "k-7"):
        assert secret not in jobs and secret.encode() not in store and secret not in api.server.log()


def test_command(tarn, rude, serve):
    shown = tarn.json("scrape", rude.url + "/countries", "--select", "table.wikitable", "--dry-run", "--interval-ms", "0")
    assert shown["rows"] == 3 and shown["columns"][1] == {"name": "gdp_us_million_forecast", "type": "int64"}
    assert "United States" in tarn.ok("scrape", rude.url + "/countries", "--dry-run", "--interval-ms", "0")
    done = tarn.json("scrape", rude.url + "/blocks", "--select", ".data-row", "--next", "a.next", "--into", "w.blocks",
                     "--interval-ms", "0")
    assert done["rows"] == 9 and done["pages"] == 3
    assert tarn.value("SELECT count(*) FROM w.blocks") == 9
    env = {"TOKEN_OF_TEST": "tok-5"}
    tarn.ok("scrape", rude.url + "/private", "--bearer", "${env:TOKEN_OF_TEST}", "--into", "w.private", "--interval-ms", "0",
            env=env)
    assert "401" in tarn.fails("scrape", rude.url + "/private", "--into", "w.private", "--interval-ms", "0")
    assert "--into" in tarn.fails("scrape", rude.url + "/list", code=2)
    assert "CSS selector" in tarn.fails("scrape", rude.url + "/list", "--select", "li:nope", "--dry-run")
    server = serve(settings={"web.private_addresses": "127.0.0.1"})
    done = tarn.json("scrape", rude.url + "/list", "--select", "li", "--into", "w.words", "--interval-ms", "0",
                     "--server", server.uri)
    assert done["rows"] == 2 and done["table"] == "w.words"
