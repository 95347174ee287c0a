"""Catalogs of other servers on the command line: settings, names, and what is said when one cannot be reached."""
import pytest

NOBODY = "http://127.0.0.1:1"


def settings(tarn, text):
    tarn.home.mkdir(exist_ok=True)
    (tarn.home / "tarn.yaml").write_text(text)
    return tarn


def test_a_server_that_is_down_disturbs_nothing_else(tarn):
    settings(tarn, f"catalogs: {{gone: {{uri: '{NOBODY}', credential: '${{env:NOT_SET_ANYWHERE}}'}}}}\n")
    assert tarn.value("SELECT 1") == 1
    assert {"Catalog": "gone"} in tarn.sql("SHOW CATALOGS")
    assert "NOT_SET_ANYWHERE" in tarn.fails("sql", "-e", "SELECT * FROM gone.a.b")
    said = tarn.fails("sql", "-e", "SELECT * FROM gone.a.b", env={"NOT_SET_ANYWHERE": "id:s3cret"})
    assert "Cannot get a token for catalog gone" in said and "s3cret" not in said
    assert "Cannot connect to catalog iceberg" in tarn.fails("table", "list", "--server", NOBODY)


@pytest.mark.parametrize("text, expected", [
    ("catalogs: {iceberg: {uri: 'http://h'}}", 'cannot be called "iceberg"'),
    ("catalogs: {system: {uri: 'http://h'}}", 'cannot be called "system"'),
    ("catalogs: {a: {type: glue}}", "must be of type rest"),
    ("catalogs: {a: x}", "names with properties below them"),
])
def test_settings_that_make_no_sense(tarn, text, expected):
    assert expected in settings(tarn, text).fails("sql", "-e", "SELECT 1")


@pytest.mark.parametrize("properties, expected", [
    ({"warehouse": "w"}, "needs a uri"),
    ({"uri": "ftp://h"}, "uri must be an http or https URL"),
    ({"uri": NOBODY, "rest.auth.type": "kerberos"}, "none, oauth2, basic or sigv4"),
    ({"uri": NOBODY, "rest.auth.type": "basic"}, "rest.auth.basic.username"),
    ({"uri": NOBODY, "rest.sigv4-enabled": "yes"}, "rest.sigv4-enabled must be true or false"),
    ({"uri": NOBODY, "rest.client.max-retries": "-1"}, "rest.client.max-retries must be a number from 0 to 100"),
    ({"uri": NOBODY, "token": "${file:/nowhere/at/all}"}, "/nowhere/at/all"),
])
def test_properties_that_make_no_sense(tarn, properties, expected):
    lines = "".join(f'    {key}: "{value}"\n' for key, value in properties.items())
    assert expected in settings(tarn, "catalogs:\n  a:\n" + lines).fails("sql", "-e", "SELECT * FROM a.b.c")


def test_tables_are_found_in_their_catalog(tarn, server):
    server.tarn.ok("sql", "-e", "CREATE SCHEMA s; CREATE TABLE s.t AS SELECT 1 AS a")
    client = settings(type(tarn)(tarn.home.parent / "client"), f"catalogs: {{lake: {{uri: '{server.catalog_uri}'}}}}\n")
    client.ok("sql", "-e", "SELECT 1")
    assert client.json("table", "show", "lake.s.t")["location"] == tarn.json("table", "show", "s.t")["location"]
    assert [t["name"] for t in client.json("table", "list", "--catalog", "lake")] == ["t"]
    assert "below `catalogs`" in client.fails("table", "list", "--catalog", "other", code=2)
    assert "--now is for the home's own tables" in client.fails("table", "drop", "lake.s.t", "--now", code=2)
    assert "then its files go" in client.ok("table", "drop", "lake.s.t", "--purge")
    assert tarn.tables() == []


def test_attach_says_what_it_does_not_understand(tarn):
    tarn.ok("sql", "-e", "SELECT 1")
    for options, expected in [
        (f"ENDPOINT '{NOBODY}'", "Cannot connect to catalog a"),
        (f"ENDPONT '{NOBODY}'", "did you mean endpoint?"),
        (f"ENDPOINT '{NOBODY}', CLIENT_ID 'x'", "CLIENT_ID and CLIENT_SECRET together"),
        (f"ENDPOINT '{NOBODY}', PASSPHRASE 's3cret'", "passphrase"),
    ]:
        said = tarn.fails("sql", "-e", f"ATTACH 'w' AS a (TYPE rest, {options})")
        assert expected in said and "s3cret" not in said, options
    assert "under a name" in tarn.fails("sql", "-e", f"ATTACH 'w' (TYPE rest, ENDPOINT '{NOBODY}')")
    assert "cannot be detached" in tarn.fails("sql", "-e", "DETACH iceberg")
