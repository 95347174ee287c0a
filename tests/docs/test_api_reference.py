"""docs/user/api.md says what a server says of itself. TARN_WRITE_DOCS=1 writes the page anew."""
import json
import os
import re
import urllib.request

from api_reference import TOP, error_rows, operations, render

PAGE = TOP / "docs/user/api.md"


def description_of(server):
    with urllib.request.urlopen(server.uri + "/openapi.json", timeout=30) as answer:
        return json.load(answer)


def test_the_page_is_that_of_the_server(server):
    text = render(description_of(server))
    if os.environ.get("TARN_WRITE_DOCS"):
        PAGE.write_text(text)
    assert PAGE.read_text() == text, "TARN_WRITE_DOCS=1 writes the page anew"


def test_each_address_of_the_page_answers(server):
    table = re.search(r"\| address \|.*?\n\n", PAGE.read_text(), re.S)[0]
    shown = {path.removesuffix("…") for row in table.splitlines()[2:] if row for path in re.findall(r"`(/[^`]*)`", row.split("|")[1])}
    asked = {"/api/v1/": "/api/v1/jobs", "/api/v1/warehouses/": "/api/v1/warehouses", "/catalog/v1/": "/catalog/v1/config"}
    posted = {"/v1/statement": b"SELECT 1", "/catalog/v1/oauth/tokens": b"grant_type=client_credentials&client_id=a&client_secret=b"}
    assert len(shown) >= 14 and set(asked) | set(posted) <= shown
    for path in shown:
        request = urllib.request.Request(server.uri + asked.get(path, path), data=posted.get(path), headers={"X-Trino-User": "ada"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 200, path


def test_it_has_every_call_and_every_code(server):
    page = PAGE.read_text()
    calls = list(operations(description_of(server)))
    assert len(calls) > 70
    for method, path, _ in calls:
        assert f"`{method.upper()} {path}`" in page
    for _, code, _, _ in error_rows():
        assert f"`{code}`" in page
