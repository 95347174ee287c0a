"""Statements with Trino 476's recorded answers, and what a Tarn server answers to them over Trino's protocol."""
import json
import pathlib
import re
import urllib.request

CASES = [json.loads(line) for line in (pathlib.Path(__file__).parent / "trino/dialect.jsonl").read_text().splitlines()]
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
# With the capability, moments come with all their digits.
HEADERS = {"X-Trino-User": "test", "X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME", "X-Trino-Time-Zone": "UTC"}


def page_of(url, body=None):
    request = urllib.request.Request(url, data=body, headers=HEADERS)
    with OPENER.open(request, timeout=60) as answer:
        return json.loads(answer.read())


def answer_of(uri, statement):
    """{"names", "types", "rows"}, or {"error", "message", "type", "place"}."""
    page = page_of(f"{uri}/v1/statement", statement.encode("utf-8", "replace"))
    columns, rows = [], []
    while "error" not in page:
        columns = page.get("columns") or columns
        rows += page.get("data") or []
        if "nextUri" not in page:
            return {"names": [c["name"] for c in columns], "types": [c["type"] for c in columns], "rows": rows}
        page = page_of(page["nextUri"])
    error = page["error"]
    return {"error": error["errorName"], "message": error["message"], "type": error["errorType"], "place": error.get("errorLocation")}


def difference(case, ours):
    """What of the answer is not Trino's; None if nothing is."""
    if "error" in case or "error" in ours:
        same = case.get("error") == ours.get("error")
        return None if same else f"{ours.get('error')}: {ours.get('message', ours.get('rows'))}"
    if case["names"] != ours["names"]:
        return f"names: {ours['names']}"
    if list(map(plain_type, case["types"])) != list(map(plain_type, ours["types"])):
        return f"types: {ours['types']}"
    return None if same_rows(case["rows"], ours["rows"], "ORDER BY" in case["sql"]) else f"rows: {ours['rows']}"


def plain_type(text):
    """Lengths of text are known for literals and casts only, and the elements of an empty array are taken for integers."""
    return re.sub(r"\b(varchar|char)\(\d+\)", "varchar", text).replace("unknown", "integer").replace("char", "varchar").replace(
        "varvarchar", "varchar")


def same_rows(theirs, ours, ordered):
    def key(row):
        return json.dumps(row, sort_keys=True)
    return theirs == ours if ordered else sorted(theirs, key=key) == sorted(ours, key=key)
