"""iceberg-rust on tables of `tarn serve`: makes, fills, changes and reads them on local files and on S3.

It is here and not in tests/interop because it takes minutes to build: `./test.sh --long` runs it."""
import pathlib
import subprocess
import sys

import pytest

sys.path.append(str(pathlib.Path(__file__).parents[1] / "interop"))
from store_servers import S3_KEY  # noqa: E402
from test_vending import (GIVEN_KEY, GIVEN_SECRET, no_keys_of_ones_own, s3_settings, store,  # noqa: E402, F401  fixtures
                          versity)

SOURCES = pathlib.Path(__file__).parents[1] / "interop/rustclient"
TABLE = "shop.people"


@pytest.fixture(scope="session")
def program(deps):
    """The program of tests/interop/rustclient that tools/install_deps.sh made of the sources as they are."""
    sources = b"".join((SOURCES / name).read_bytes() for name in ("src/main.rs", "Cargo.toml", "Cargo.lock.pinned"))
    done = subprocess.run(["cksum"], input=sources, capture_output=True, check=True)
    path = deps / f"rustclient-{done.stdout.split()[0].decode()}" / "rustclient"
    assert path.exists(), "run tools/install_deps.sh --test --rust"
    return path


@pytest.fixture
def rust(program):
    """Runs steps on a table; the rows that it prints."""

    def run(uri, *steps, delegation="vended-credentials"):
        done = subprocess.run([program, uri, delegation, TABLE, *steps], capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return sorted(tuple(line.split("\t")) for line in done.stdout.splitlines())

    return run


def rust_works(rust, uri, tarn):
    """Creates, writes, evolves and reads a table; deletes are Tarn's, because iceberg-rust has none."""
    assert rust(uri, "create", "append=0,5", "append=5,3", "rows") == [(str(i), f"n{i}") for i in range(8)]
    tarn.ok("sql", "-e", f"DELETE FROM {TABLE} WHERE id IN (2, 6)")
    changed = rust(uri, "add=note", "append=8,2", "set=owner,ada", "rows")
    assert changed == [(str(i), f"n{i}", "") for i in (0, 1, 3, 4, 5, 7)] + [("8", "n8", "rust"), ("9", "n9", "rust")]
    assert tarn.sql(f"SELECT * FROM {TABLE} ORDER BY id") == [
        {"id": int(id), "name": name, "note": note or None} for id, name, note in changed]
    # Its scans have the columns that there were when the last rows were written.
    left = rust(uri, "drop=name", "append=90,1", "rows")
    assert left == [(id, note) for id, _, note in changed] + [("90", "rust")]
    assert tarn.value(f"SELECT count(*) FROM {TABLE} WHERE note IS NULL") == 6
    rust(uri, "remove")
    assert tarn.json("table", "list") == []


def test_on_local_files(serve, rust):
    server = serve()
    rust_works(rust, server.catalog_uri, server.tarn)


def test_on_s3_with_keys_that_the_catalog_gives(serve, rust, store):  # noqa: F811
    server = serve(settings=s3_settings(store, vend__s3__mode="static-keys", vend__s3__access_key_id=GIVEN_KEY,
                                        vend__s3__secret_access_key=GIVEN_SECRET))
    rust_works(rust, server.catalog_uri, server.tarn)
    assert store.keys_used() == {GIVEN_KEY}


def test_it_signs_no_requests_remotely(serve, rust, store):  # noqa: F811
    uri = serve(settings=s3_settings(store)).catalog_uri
    with pytest.raises(RuntimeError, match="append=0,1"):
        rust(uri, "create", "append=0,1", delegation="remote-signing")
    assert store.keys_used() <= {None}
