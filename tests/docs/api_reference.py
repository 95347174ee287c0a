"""docs/user/api.md out of what a server says of itself (/openapi.json) and the table of errors in the program."""
import json
import re

from page_blocks import TOP

HEAD = """# HTTP API reference

Every call of a server, with what it takes and what it answers. The page is made from the server's own description (`/openapi.json`), and a test compares the two.
`/docs` of a server is the same for reading in a browser. How calls become jobs, both spellings of names (`table_name`, `tableName`) and what to do about each error:
[the data service](data-service.md).

| address | what answers there |
| --- | --- |
| `/api/v1/…` | the data service: [below](#calls-of-the-data-service) |
| `/api/v1/warehouses/…`, `/api/v1/stats` | figures for the [console](console.md#for-scripts) and scripts |
| `/catalog/v1/…` | the [Iceberg REST catalog](catalog-server.md): [below](#calls-of-the-catalog) |
| `/catalog/v1/oauth/tokens` | [tokens](catalog-server.md#users-and-authentication) for client id and secret, by OAuth2's `client_credentials` |
| `/v1/statement`, `/v1/query`, `/v1/info` | SQL by [Trino's protocol](sql.md#trinos-clients) |
| `/health/live`, `/health/ready`, `/api/v1/health`, `/metrics` | [health and metrics](catalog-server.md#health-metrics-and-the-log) |
| `/ui/` | the [console](console.md) |
| `/docs`, `/openapi.json` | this reference, for people and for programs |

A member or parameter with `*` must be there. `?` names parameters of the query. Where callers sign in, every call but the token endpoint and `/health/…` needs
[a token or a secret](catalog-server.md#users-and-authentication).
"""

ERRORS = """
## Errors

The data service answers an error with the members {members}. The catalog answers `{{"error": {{"message", "type", "code"}}}}`, as its protocol says. Each error has one
name, whoever asks:

| status | code | type in the catalog's answers | name in Trino's clients |
| --- | --- | --- | --- |
{rows}

The server's own limits answer 405 (`METHOD_NOT_ALLOWED`), 408, 413, 415 (`UNSUPPORTED_MEDIA_TYPE`), 431 and 503: [limits](catalog-server.md#limits). A path that does not exist is
404 (`NO_SUCH_ENDPOINT`).
"""


def resolve(description, schema):
    while "$ref" in schema:
        kind, name = schema["$ref"].split("/")[-2:]
        schema = description["components"][kind][name]
    return schema


def type_of(description, schema):
    schema = resolve(description, schema)
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    kinds = schema.get("type", "any value")
    kinds = " or ".join(kinds) if isinstance(kinds, list) else kinds
    return f"list of {type_of(description, schema['items'])}" if kinds == "array" and schema.get("items") else kinds


def needed(schema):
    """Names that must be there, in the spelling with underscores."""
    names = set(schema.get("required", []))
    for part in schema.get("allOf", []):
        names |= set(part.get("required", []))
        names |= {option["required"][0] for option in part.get("anyOf", [])[:1] if "required" in option}
    return names


def members(description, schema):
    """(name, type, text) of each member; the second spelling of a name is left out."""
    schema = resolve(description, schema)
    for name, member in schema.get("properties", {}).items():
        if not member.get("description", "").startswith("The same as ") or name in needed(schema) or "detail" == name:
            star = " *" if name in needed(schema) else ""
            yield f"`{name}`{star}", type_of(description, member), member.get("description", "")


def cell(text):
    return re.sub(r"\s+", " ", text).replace("|", "\\|")


def answer_line(description, operation):
    """What the call answers, on one line."""
    said = []
    for status, answer in sorted(operation["responses"].items()):
        if status == "default":
            continue
        content = answer.get("content", {})
        schema = resolve(description, next(iter(content.values()))["schema"]) if content else {}
        names = ", ".join(f"`{name}`" for name in schema.get("properties", {}))
        kind = "" if not content or "application/json" in content else f" ({', '.join(content)})"
        said.append(f"{status}{kind}" + (f": {names}" if names else ""))
    return "Answers " + "; ".join(said) + "."


def call_text(description, method, path, operation):
    title = f"\n### `{method.upper()} {path}`\n\n"
    words = [operation.get("summary", ""), operation.get("description", "")]
    text = title + " ".join(f"{word.rstrip('.')}." for word in words if word) + "\n"
    rows = [(("?" if parameter["in"] == "query" else "") + f"`{parameter['name']}`" + (" *" if parameter.get("required") else ""),
             type_of(description, parameter["schema"]), parameter.get("description") or parameter["schema"].get("description", ""))
            for parameter in map(lambda p: resolve(description, p), operation.get("parameters", [])) if parameter["in"] != "path"]
    bodies = operation.get("requestBody", {}).get("content", {})
    for kind, body in bodies.items():
        rows += members(description, body["schema"])
    if rows:
        text += "\n| member | type | |\n| --- | --- | --- |\n" + "".join(f"| {' | '.join(map(cell, row))} |\n" for row in rows)
    other = [kind for kind in bodies if kind != "application/json"]
    if other:
        text += f"\nThe body is {' or '.join(f'`{kind}`' for kind in other)}.\n"
    example = bodies.get("application/json", {}).get("example")
    if example is not None:
        text += f"\nFor instance `{json.dumps(example)}`.\n"
    return f"{text}\n{answer_line(description, operation)}\n"


def catalog_row(description, method, path, operation):
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    query = " ".join(f"`?{p['name']}`" for p in map(lambda p: resolve(description, p), operation.get("parameters", [])) if p["in"] == "query")
    takes = ", ".join(name for name, _, _ in members(description, body)) if body else ""
    answers = ", ".join(sorted(status for status in operation["responses"] if status != "default"))
    return f"| `{method.upper()} {path}` | {operation['operationId']} | {' '.join(filter(None, (takes, query)))} | {answers} |\n"


def operations(description):
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            if method != "parameters":
                yield method, path, operation


def error_rows():
    """Of the program's one table, by status and code."""
    text = (TOP / "src/tarn/base/error.cc").read_text()
    entry = r'\{ErrorCode::k\w+,\s*"(\w+)",\s*(\d+),\s*"(\w+)",\s*"(\w+)"'
    found = sorted((int(status), code, kind, name) for code, status, kind, name in re.findall(entry, text))
    assert len(found) == int(re.search(r"std::array<ErrorInfo, (\d+)>", text)[1])
    return [row for row in found if row[1] != "USAGE"]  # of the command line


def render(description):
    text = HEAD + "\n## Calls of the data service\n"
    calls = list(operations(description))
    tags = dict.fromkeys(operation["tags"][0] for _, _, operation in calls if operation.get("tags"))
    for tag in tags:
        text += f"\n## {tag}\n"
        for method, path, operation in calls:
            if operation.get("tags") == [tag]:
                text += call_text(description, method, path, operation)
    for title, start in (("Calls of the catalog", "/catalog/"), ("Labels, functions and reports", "/api/")):
        text += f"\n## {title}\n\n| call | operation | takes | answers |\n| --- | --- | --- | --- |\n"
        text += "".join(catalog_row(description, *call) for call in calls if call[1].startswith(start) and not call[2].get("tags"))
    names = ", ".join(f"`{name}`" for name in description["components"]["schemas"]["ApiError"]["properties"])
    rows = "\n".join(f"| {status} | `{code}` | `{kind}` | `{name}` |" for status, code, kind, name in error_rows())
    return text + ERRORS.format(members=names, rows=rows)
