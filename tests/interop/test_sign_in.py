"""Engines on Tarn's catalog with authentication on: credentials, tokens, refusals."""
import pyarrow as pa
import pytest
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import OAuthError, UnauthorizedError

from orders import add_spark_catalog

ROWS = pa.table({"id": pa.array([1, 2, 3], pa.int64())})


@pytest.fixture
def spark_user(tarn):
    return tarn.json("user", "add", "spark", "--service")


@pytest.fixture
def guarded(tarn, spark_user, serve):
    """A server that asks who calls; tokens end after three seconds."""
    tarn.home.joinpath("tarn.yaml").write_text("auth: {enabled: true, token_lifetime: 3s}\n")
    return serve()


def credential(user):
    return f'{user["client_id"]}:{user["client_secret"]}'


def test_pyiceberg_signs_in(guarded, spark_user):
    catalog = RestCatalog("tarn", uri=guarded.catalog_uri, credential=credential(spark_user))
    catalog.create_namespace("shop")
    catalog.create_table("shop.orders", ROWS.schema).append(ROWS)
    assert catalog.load_table("shop.orders").scan().to_arrow().num_rows == 3


def test_pyiceberg_goes_on_after_its_token_has_expired(guarded, spark_user):
    import time

    catalog = RestCatalog("tarn", uri=guarded.catalog_uri, credential=credential(spark_user))
    catalog.create_namespace("shop")
    time.sleep(4.5)
    assert catalog.list_namespaces() == [("shop",)]


def test_pyiceberg_with_a_token(guarded, spark_user):
    import requests

    answer = requests.post(guarded.catalog_uri + "/v1/oauth/tokens", timeout=30,
                           data={"grant_type": "client_credentials", "client_id": "spark",
                                 "client_secret": spark_user["client_secret"]}).json()
    catalog = RestCatalog("tarn", uri=guarded.catalog_uri, token=answer["access_token"])
    catalog.create_namespace("shop")
    assert catalog.list_namespaces() == [("shop",)]


def test_pyiceberg_with_basic_and_oauth2_managers(guarded, spark_user):
    secret = spark_user["client_secret"]
    managers = [{"type": "basic", "basic": {"username": "spark", "password": secret}},
                {"type": "oauth2", "oauth2": {"client_id": "spark", "client_secret": secret,
                                              "token_url": guarded.catalog_uri + "/v1/oauth/tokens",
                                              "refresh_margin": 0}}]
    for auth in managers:
        assert RestCatalog("tarn", uri=guarded.catalog_uri, auth=auth).list_namespaces() == []


def test_pyiceberg_is_refused(guarded, spark_user):
    with pytest.raises(OAuthError, match="invalid_client"):
        RestCatalog("tarn", uri=guarded.catalog_uri, credential="spark:wrong")
    with pytest.raises(UnauthorizedError):
        RestCatalog("tarn", uri=guarded.catalog_uri, token="made.up.token")
    with pytest.raises(UnauthorizedError):
        RestCatalog("tarn", uri=guarded.catalog_uri)


def test_spark_signs_in_and_renews_its_token(guarded, spark_user, spark):
    import time

    name = f"guarded{guarded.uri.rsplit(':', 1)[1]}"
    add_spark_catalog(spark, name, type="rest", uri=guarded.catalog_uri, credential=credential(spark_user),
                      oauth2_server_uri=guarded.catalog_uri + "/v1/oauth/tokens")
    spark.sql(f"CREATE NAMESPACE {name}.shop")
    spark.sql(f"CREATE TABLE {name}.shop.orders USING iceberg AS SELECT id FROM range(10)")
    time.sleep(8)  # several lives of a token
    spark.sql(f"INSERT INTO {name}.shop.orders VALUES (10)")
    assert spark.sql(f"SELECT count(*) FROM {name}.shop.orders").collect()[0][0] == 11
    assert "principal=spark" in guarded.log()
    assert spark_user["client_secret"] not in guarded.log()


def test_duckdb_signs_in(guarded, spark_user, duck, tarn):
    tarn.ok("sql", "-e", "CREATE SCHEMA shop; CREATE TABLE shop.t AS SELECT 1 AS x")
    duck.execute(f"CREATE SECRET tarn_secret (TYPE iceberg, CLIENT_ID 'spark', "
                 f"CLIENT_SECRET '{spark_user['client_secret']}', "
                 f"OAUTH2_SERVER_URI '{guarded.catalog_uri}/v1/oauth/tokens')")
    try:
        duck.execute(f"ATTACH 'iceberg' AS guarded (TYPE iceberg, ENDPOINT '{guarded.catalog_uri}', SECRET tarn_secret)")
        duck.execute("INSERT INTO guarded.shop.t VALUES (2)")
        assert duck.execute("SELECT x FROM guarded.shop.t ORDER BY x").fetchall() == [(1,), (2,)]
        duck.execute("DETACH guarded")
    finally:
        duck.execute("DROP SECRET tarn_secret")
