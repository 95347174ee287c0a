"""A feature store on Tarn, run by test_feast.py in Feast's environment: `feast_features.py HOST PORT FOLDER` prints what it read as JSON."""
import datetime
import json
import sys

import pandas
from feast import Entity, FeatureStore, FeatureView, Field, RepoConfig
from feast.infra.offline_stores.contrib.trino_offline_store.trino_source import SavedDatasetTrinoStorage, TrinoSource
from feast.types import Float64, Int64

FEATURES = ["driver_stats:conv_rate", "driver_stats:avg_daily_trips"]


def day(number, hour=0):
    return datetime.datetime(2026, 11, number, hour, tzinfo=datetime.timezone.utc)


def rows(frame):
    frame = frame.sort_values(["driver_id", "event_timestamp"])
    return [[row.driver_id, str(row.event_timestamp)[:19], *(None if pandas.isna(v) else v for v in (row.conv_rate, row.avg_daily_trips))]
            for row in frame.itertuples()]


def main(host, port, folder):
    store = FeatureStore(config=RepoConfig(
        project="interop", provider="local", registry=f"{folder}/registry.db", entity_key_serialization_version=3,
        offline_store={"type": "trino", "host": host, "port": int(port), "catalog": "iceberg", "user": "feast", "dataset": "features",
                       "http-scheme": "http", "connector": {"type": "iceberg", "file_format": "parquet"}},
        online_store={"type": "sqlite", "path": f"{folder}/online.db"}))
    driver = Entity(name="driver", join_keys=["driver_id"])
    source = TrinoSource(name="stats", table="iceberg.features.driver_stats", timestamp_field="event_timestamp",
                         created_timestamp_column="created")
    stats = FeatureView(name="driver_stats", entities=[driver], ttl=datetime.timedelta(days=2), source=source, online=True,
                        schema=[Field(name="conv_rate", dtype=Float64), Field(name="avg_daily_trips", dtype=Int64)])
    store.apply([driver, stats])

    asked = pandas.DataFrame({"driver_id": [1001, 1001, 1002, 1003], "event_timestamp": [day(19, 12), day(20, 12), day(20, 12), day(20, 12)]})
    by_frame = store.get_historical_features(entity_df=asked, features=FEATURES)
    by_query = store.get_historical_features(
        entity_df="SELECT driver_id, event_timestamp FROM iceberg.features.asked", features=FEATURES)
    found = {"frame": rows(by_frame.to_df()), "query": rows(by_query.to_df()), "arrow": by_query.to_arrow().num_rows}
    by_query.persist(SavedDatasetTrinoStorage(table="iceberg.features.kept"))

    store.materialize(day(18), day(21))
    online = store.get_online_features(features=FEATURES, entity_rows=[{"driver_id": 1001}, {"driver_id": 1003}]).to_dict()
    found["online"] = [online["conv_rate"], online["avg_daily_trips"]]
    print(json.dumps(found))


main(*sys.argv[1:])
