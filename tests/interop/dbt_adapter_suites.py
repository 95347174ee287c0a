"""dbt's own tests for adapters (dbt-tests-adapter) with dbt-trino, on the server that TARN_HOST and TARN_PORT name.

Run by test_dbt_adapter_suite.py in dbt's environment. Left out are those whose fixtures are PostgreSQL's SQL (`::`, `text`, `timestamptz`,
`to_date`) or its manners (owners, primary keys that are enforced), and functions written in SQL, which Tarn does not have.
"""
import importlib
import os

import pytest
from dbt.tests.adapter.basic import files
from dbt.tests.adapter.basic.expected_catalog import base_expected_catalog, no_stats
from dbt.tests.adapter.basic.test_docs_generate import BaseDocsGenerate
from dbt.tests.adapter.basic.test_incremental import BaseIncrementalNotSchemaChange

# Module: classes in it. Each gets a subclass here.
SUITES = {
    "basic.test_adapter_methods": "BaseAdapterMethod",
    "basic.test_base": "BaseSimpleMaterializations",
    "basic.test_empty": "BaseEmpty",
    "basic.test_ephemeral": "BaseEphemeral",
    "basic.test_generic_tests": "BaseGenericTests",
    "basic.test_incremental": "BaseIncremental BaseIncrementalBadStrategy",
    "basic.test_singular_tests": "BaseSingularTests",
    "basic.test_singular_tests_ephemeral": "BaseSingularTestsEphemeral",
    "basic.test_snapshot_check_cols": "BaseSnapshotCheckCols",
    "basic.test_snapshot_timestamp": "BaseSnapshotTimestamp",
    "basic.test_table_materialization": "BaseTableMaterialization",
    "basic.test_validate_connection": "BaseValidateConnection",
    "caching.test_caching": "BaseCachingLowercaseModel",
    "concurrency.test_concurrency": "BaseConcurrency",
    "dbt_show.test_dbt_show": "BaseShowLimit",
    "empty.test_empty": "BaseTestEmpty",
    "incremental.test_incremental_merge_exclude_columns": "BaseMergeExcludeColumns",
    "incremental.test_incremental_microbatch": "BaseMicrobatch",
    "incremental.test_incremental_on_schema_change": "BaseIncrementalOnSchemaChange",
    "incremental.test_incremental_predicates": "BaseIncrementalPredicates",
    "persist_docs.test_persist_docs": "BasePersistDocs BasePersistDocsCommentOnQuotedColumn",
    "query_comment.test_query_comment": "BaseQueryComments",
    "relations.test_changing_relation_type": "BaseChangeRelationTypeValidator",
    "relations.test_dropping_schema_named": "BaseDropSchemaNamed",
    "unit_testing.test_case_insensitivity": "BaseUnitTestCaseInsensivity",
    "utils.test_any_value": "BaseAnyValue",
    "utils.test_date_trunc": "BaseDateTrunc",
    "utils.test_dateadd": "BaseDateAdd",
    "utils.test_hash": "BaseHash",
    "utils.test_last_day": "BaseLastDay",
    "utils.test_listagg": "BaseListagg",
    "utils.test_safe_cast": "BaseSafeCast",
    "utils.test_split_part": "BaseSplitPart",
}


@pytest.fixture(scope="class")
def dbt_profile_target():
    return {"type": "trino", "method": "none", "threads": 4, "host": os.environ["TARN_HOST"], "port": int(os.environ["TARN_PORT"]),
            "user": "tester", "catalog": "iceberg", "schema": "default", "timezone": "UTC"}


class TestDocsGenerate(BaseDocsGenerate):
    @pytest.fixture(scope="class")
    def expected_catalog(self, project):
        return base_expected_catalog(project, role=None, id_type="integer", text_type="varchar", time_type="timestamp(6)",
                                     view_type="VIEW", table_type="BASE TABLE", model_stats=no_stats())


class TestIncrementalNotSchemaChange(BaseIncrementalNotSchemaChange):
    """Trino joins texts only: what the fixture joins becomes one first."""
    @pytest.fixture(scope="class")
    def models(self):
        joined = "1 || '-' || current_timestamp"
        text = files.incremental_not_schema_change_sql
        assert joined in text
        return {"incremental_not_schema_change.sql": text.replace(joined, "'1-' || cast(current_timestamp as varchar)")}


for module_name, class_names in SUITES.items():
    module = importlib.import_module(f"dbt.tests.adapter.{module_name}")
    for class_name in class_names.split():
        globals()["Test" + class_name] = type("Test" + class_name, (getattr(module, class_name),), {"__module__": __name__})
