"""What the guides say of the program is so: settings, metrics, functions, texts of errors, links, diagrams."""
import csv
import io
import re

import pytest

from page_blocks import PAGES, TOP, all_blocks

SOURCES = sorted((TOP / "src/tarn").rglob("*.cc")) + sorted((TOP / "src/tarn").rglob("*.h"))
SECTIONS = ("adls api auth catalog encryption engine flight gcs hive jobs log s3 serve sql storage table tls uploads vend warehouse web").split()
# Names that look like settings and are none.
NO_SETTINGS = {"catalog.db", "catalog.schema.table", "table.wikitable", "encryption.key-id", "encryption.data-key-length"}


def text_of(page):
    return (TOP / page).read_text()


def literals():
    """All texts of the program; those that continue on the next line are one."""
    joined = []
    for path in SOURCES:
        if not path.name.endswith("_test.cc"):
            joined += [re.sub(r'"\s*"', "", run) for run in re.findall(r'"(?:[^"\\\n]|\\.)*"(?:\s*"(?:[^"\\\n]|\\.)*")*', path.read_text())]
    return "\n".join(joined)


@pytest.fixture(scope="module")
def program_texts():
    return literals()


def test_settings_exist(tarn):
    tarn.ok("table", "list") if tarn.home.exists() else tarn.ok("sql", "-e", "SELECT 1")
    known = re.findall(r"^# ([a-z][\w.-]+):", (tarn.home / "tarn.yaml").read_text(), re.M)
    assert len(known) > 80
    for page in PAGES:
        for name in re.findall(rf"`((?:{'|'.join(SECTIONS)})\.[a-z][a-z0-9_.-]*[a-z0-9])(?:: [^`]*)?`", text_of(page)):
            if name in NO_SETTINGS or name.startswith(("s3.", "gcs.", "adls.")):
                continue  # the latter are also properties of clients
            assert name in known or any(other.startswith(f"{name}.") for other in known), f"{page}: no setting {name}"


def test_metrics_exist(program_texts):
    for page in PAGES:
        for name in set(re.findall(r"\btarn_[a-z_]+(?:_total|_seconds|_bytes|_queued|_running|_queries|_locks|_connections|_progress)(?![a-z_])", text_of(page))):
            stem = re.sub(r"_(bucket|sum|count)$", "", name)
            assert f'"{stem}"' in program_texts, f"{page}: no metric {name}"


def test_every_function_is_listed(tarn):
    rows = list(csv.DictReader(io.StringIO(tarn.ok("sql", "--dialect", "trino", "--format", "csv", "-e", "SHOW FUNCTIONS"))))
    section = re.search(r"\n## Functions\n(.*?)\n## ", text_of("docs/user/sql.md"), re.S)[1]
    listed = [name for row in re.findall(r"^\| [^|]+ \| (`.*`) \|$", section, re.M) for name in re.findall(r"`(\w+)`", row)]
    assert len(listed) == len(set(listed)), "a function is listed twice"
    shown = {row["Function"] for row in rows}
    assert shown <= set(listed), shown - set(listed)
    assert set(listed) - shown <= set(NOT_SHOWN) <= set(listed), (set(listed) - shown) ^ set(NOT_SHOWN)


# Functions that SHOW FUNCTIONS leaves out, each with a call of it.
NOT_SHOWN = {
    "cast": "CAST('1' AS integer)", "try_cast": "TRY_CAST('x' AS integer)", "try": "TRY(1 / 0)", "if": "IF(true, 1, 2)", "coalesce": "coalesce(1, 2)",
    "nullif": "nullif(1, 2)", "extract": "EXTRACT(year FROM DATE '2026-01-01')", "json_array": "json_array(1)", "json_object": "json_object('a' : 1)",
    "json_exists": "json_exists('{}', 'lax $.a')", "json_query": "json_query('{}', 'lax $')", "json_value": "json_value('1', 'lax $')",
    "current_date": "current_date", "current_timestamp": "current_timestamp", "current_user": "current_user", "current_catalog": "current_catalog",
    "current_schema": "current_schema", "localtimestamp": "localtimestamp", "localtime": "localtime",
    "grouping": "(SELECT grouping(a) FROM (VALUES 1) AS t (a) GROUP BY a)",
}


def test_functions_that_are_not_shown_are_there(tarn):
    """All in one statement; by their own results another suite checks them (tests/sql/trino)."""
    tarn.ok("sql", "--dialect", "trino", "-e", "SELECT " + ", ".join(NOT_SHOWN.values()))
    hours = "SET TIME ZONE 'Asia/Tokyo'; SELECT hour(localtime) = hour(localtimestamp) AS same, hour(localtime) = hour(current_timestamp) AS zone"
    assert tarn.ok("sql", "--dialect", "trino", "--format", "csv", "-e", hours).splitlines()[-1] == "true,true"


def test_every_command_has_a_section(tarn):
    said = tarn.run("--help").stdout
    commands = re.findall(r"^  (\w+)  ", said.split("Subcommands:")[1].split("Examples:")[0], re.M)
    assert len(commands) > 10
    sections = re.findall(r"^## tarn (\w+)$", text_of("docs/user/cli.md"), re.M)
    assert set(sections) == set(commands), set(sections) ^ set(commands)


def quoted_errors():
    """Texts of errors in the first column of the tables of the page on troubleshooting; `…` parts a text."""
    page = text_of("docs/user/troubleshooting.md")
    for first in re.findall(r"^\| ([^|]+) \|", page.replace(r"\|", "∣"), re.M):
        for quote in re.findall(r"`([^`]+)`", first):
            yield [part.strip(" '") for part in quote.split("…") if part.strip(" '.:")]


def test_quoted_errors_are_those_of_the_program(program_texts):
    quotes = list(quoted_errors())
    assert len(quotes) > 30
    from_libraries = {"Couldn't connect to server", "Could not connect to server", "AWS Error NETWORK_CONNECTION"}
    for parts in quotes:
        for part in parts:
            words = part.rstrip(".")
            assert words in program_texts or words in from_libraries, f"no error says: {words}"


# Commands that fail, and what the page on troubleshooting says they print; their order matters.
FAILURES = [
    (["serve", "--listen", "0.0.0.0:0"], "Without authentication Tarn listens on loopback only"),
    (["load", "nofile.csv", "--into", "a.b"], "No such file"),
    (["load", "ok.csv", "--into", "a.t"], "Table exists already; append, overwrite, replace and upsert are the modes for it"),
    (["load", "bad.csv", "--into", "a.t", "--mode", "append"], "Row refused at"),
    (["jobs", "list", "--server", "http://127.0.0.1:1"], "Couldn't connect to server"),
    (["connection", "test", "nosuch"], "There is no such stored connection, or it is not yours"),
    (["sql", "--dialect", "trino", "-e", "SELECT * FROM a.nosuch"], "Table '"),
    (["sql", "--dialect", "trino", "-e", "SELECT nosuch FROM a.t"], "Column 'nosuch' cannot be resolved"),
    (["sql", "--dialect", "trino", "-e", "SELECT nosuch(1)"], "Function 'nosuch' not registered"),
    (["sql", "--dialect", "trino", "-e", "SELECT id FROM a.t WHERE id = 'x'"], "Cannot apply operator: "),
    (["sql", "--dialect", "trino", "-e", "SELECT id FROM"], "mismatched input '"),
    (["sql", "--dialect", "trino", "-e", "DROP SCHEMA a"], "Cannot drop non-empty schema '"),
    (["table", "rollback", "a.t", "--to", "99"], "has no branch, tag or snapshot "),
    (["table", "undrop", "a.nosuch"], "No dropped table of this name or id can be brought back"),
    (["maintain", "orphans", "a.t", "--older-than", "1h"], "Orphan files younger than 24 hours may belong to writers that are at work"),
    (["serve", "--listen", "127.0.0.1:0", "--tls-certificate", "ok.csv", "--tls-key", "ok.csv"], "Cannot use "),
]


def test_errors_are_printed(tarn, tmp_path):
    page = text_of("docs/user/troubleshooting.md")
    (tmp_path / "ok.csv").write_text("id,n\n1,2\n")
    (tmp_path / "bad.csv").write_text("id,n\n1,2\n2,x\n")
    tarn.ok("load", "ok.csv", "--into", "a.t", cwd=tmp_path)
    for command, words in FAILURES:
        assert words in page.replace("…", "nosuch") or words in page, words
        done = tarn.run(*command, cwd=tmp_path)
        assert done.returncode in (1, 2) and words in done.stderr, command
    for settings, words in (("log.levl: info", "unknown setting"), ("engine.memory_limit: lots", "a size like 50GB"),
                            ("catalog.uri: postgresql://nobody@127.0.0.1:1/x", "Cannot open catalog"),
                            ("sql.route.password: ${file:/nowhere}\nsql.route.url: http://127.0.0.1:1", "Cannot read the file of a secret")):
        (tarn.home / "tarn.yaml").write_text(settings)
        assert words in page and words in tarn.fails("serve", "--listen", "127.0.0.1:0"), settings


def test_a_port_that_is_taken(server, tarn):
    said = tarn.fails("serve", "--listen", server.uri.removeprefix("http://"))
    assert "another program has the port; stop it or choose another port" in said


def anchor(title):
    """As GitHub makes it of a title."""
    return re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).lower()).replace(" ", "-")


def test_links_lead_to_a_place_in_the_page():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
            if "://" in target:
                continue
            name, _, place = target.partition("#")
            there = (TOP / page).parent / name if name else TOP / page
            assert there.exists(), f"{page} links to {target}"
            if place:
                titles = re.findall(r"^#+ (.*)$", there.read_text(), re.M)
                assert place in {anchor(title) for title in titles}, f"{page} links to {target}"


def test_every_guide_is_in_the_index():
    index = text_of("docs/user/README.md")
    for page in PAGES:
        name = page.removeprefix("docs/user/")
        assert page in ("README.md", "docs/user/README.md") or f"]({name})" in index, f"the index has no {name}"


def statements_of(diagram):
    return [line.strip() for line in diagram.splitlines() if line.strip()]


def check_flowchart(lines):
    """Subgraphs end, each line is a node or an arrow, and each node at an arrow has a text somewhere."""
    node = r"(\w+)(?:\[\([^()\[\]]+\)\]|\[[^()\[\]]+\])?"
    depth, named, used = 0, set(), set()
    for line in lines:
        named |= set(re.findall(r"\b(\w+)\[", line))
        if line.startswith("subgraph "):
            assert re.fullmatch(r"subgraph \w+ \[[^\[\]]+\]", line), line
            depth += 1
        elif line == "end":
            depth -= 1
        else:
            found = re.fullmatch(rf"{node}(?: (?:-->|-\. [\w ]+ \.->) {node})?", line)
            assert found, line
            used |= set(filter(None, found.groups()))
    assert depth == 0 and used and used <= named, used - named


def check_sequence(lines):
    known = {re.fullmatch(r"participant (\w+) as \w+", line)[1] for line in lines if line.startswith("participant")}
    for line in lines:
        if not line.startswith("participant"):
            found = re.fullmatch(r"(\w+)--?>>(\w+): [^;]+", line)
            assert found and set(found.groups()) <= known, line


def test_diagrams_are_drawn():
    diagrams = [block for block in all_blocks() if block.language == "mermaid"]
    assert len(diagrams) >= 3
    for block in diagrams:
        first, *lines = statements_of(block.text)
        {"flowchart LR": check_flowchart, "flowchart TD": check_flowchart, "sequenceDiagram": check_sequence}[first](lines)
