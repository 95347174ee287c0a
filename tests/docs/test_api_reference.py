"""docs/user/api.md says what a server says of itself. TARN_WRITE_DOCS=1 writes the page anew."""
import json
import os
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


def test_it_has_every_call_and_every_code(server):
    page = PAGE.read_text()
    calls = list(operations(description_of(server)))
    assert len(calls) > 70
    for method, path, _ in calls:
        assert f"`{method.upper()} {path}`" in page
    for _, code, _, _ in error_rows():
        assert f"`{code}`" in page
