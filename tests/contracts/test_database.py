"""Row security everywhere, migrations equal to the models, up-down-up on a filled register."""

import re
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from geoalchemy2 import alembic_helpers
from sqlalchemy import CheckConstraint, create_engine, inspect

from infra_registry.cluster import Addresses
from infra_registry.db import Database
from infra_registry.db.connection import sqlalchemy_url
from infra_registry.db.migrate import configuration, current, head, migrate
from infra_registry.db.schema import metadata
from infra_registry.resources import MIGRATIONS
from tests.integration.register_fixtures import fill

# Tables without row security, each with its reason.
OPEN = {
    "alembic_version": "the revision; no data",
    "spatial_ref_sys": "PostGIS's table of reference systems",
}


def test_every_table_has_row_security(addresses: Addresses) -> None:
    with psycopg.connect(addresses.owner) as connection:
        rows = connection.execute("""
            SELECT c.relname, c.relrowsecurity FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname IN ('public', 'history') AND c.relkind IN ('r', 'p') AND NOT c.relispartition""").fetchall()
    bare = {name for name, secured in rows if not secured and not name.startswith("procrastinate_")}
    assert bare == set(OPEN)


def test_partitions_are_not_readable_past_the_policy(addresses: Addresses) -> None:
    with psycopg.connect(addresses.owner) as connection:
        granted = connection.execute("""
            SELECT count(*) FROM information_schema.role_table_grants
            WHERE table_name LIKE 'asset\\_place\\_%' AND grantee LIKE 'registry\\_%' AND grantee <> 'registry_owner'
            """).fetchone()
    assert granted == (0,)


def test_no_exact_geometry_outside_places(addresses: Addresses) -> None:
    """Places, areas, grants, demand, works, gaps, sites in no register, evidence, cases; nothing else holds any."""
    with psycopg.connect(addresses.owner) as connection:
        tables = {
            row[0]
            for row in connection.execute(
                "SELECT f_table_name FROM geometry_columns WHERE f_table_schema = 'public'"
            )
        }
    assert tables == {
        "asset_place",
        "asset_place_exact",
        "asset_place_hundred",
        "asset_place_cell",
        "area_boundary",
        "inhabited",
        "place_grant",
        "project",
        "key_area",
        "coverage_gap",
        "radio_gap",
        "remedy",
        "population_zone",
        "road",
        "raster_source",
        "coverage_claim",
        "coverage_measurement",
        "coverage_challenge",
        "case_file",
    }


def test_application_may_not_become_owner(addresses: Addresses) -> None:
    with psycopg.connect(addresses.app) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SET ROLE registry_owner")


def test_application_sees_nothing_without_a_role(addresses: Addresses) -> None:
    with psycopg.connect(addresses.app) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT * FROM asset")


def test_migrations_are_numbered_and_linear() -> None:
    tree = ScriptDirectory.from_config(configuration("postgresql://"))
    revisions = [script.revision for script in tree.walk_revisions()][::-1]
    assert revisions == [f"{i:04d}" for i in range(1, len(revisions) + 1)]
    files = sorted(path.name for path in (MIGRATIONS / "versions").glob("*.py"))
    assert [name[:4] for name in files] == revisions


def test_migrated_database_equals_the_models(addresses: Addresses) -> None:
    engine = create_engine(sqlalchemy_url(addresses.owner))

    def include(obj: object, name: str | None, kind: str, reflected: bool, compared: object) -> bool:
        if kind == "table" and name and name.startswith(("asset_place_", "procrastinate_")):
            return False
        return bool(alembic_helpers.include_object(obj, name, kind, reflected, compared))

    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": include, "compare_type": True, "target_metadata": metadata}
        )
        assert compare_metadata(context, metadata) == []
        checks = {
            name: {check["name"] for check in inspect(connection).get_check_constraints(name)}
            for name in metadata.tables
        }
    engine.dispose()
    for name, table in metadata.tables.items():
        declared = {str(c.name) for c in table.constraints if type(c).__name__ == "CheckConstraint"}
        named = {c if c.startswith("ck_") else f"ck_{name}_{c}" for c in declared}
        assert named == checks[name], name


def test_up_down_up_on_a_filled_register(addresses: Addresses) -> None:
    database = Database(addresses.app)
    fill(database)
    database.dispose()
    command.downgrade(configuration(addresses.owner), "base")
    assert current(addresses.owner) is None
    with psycopg.connect(addresses.owner) as connection:
        left = connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname IN ('public', 'history') "
            "AND tablename NOT IN ('spatial_ref_sys', 'alembic_version')"
        ).fetchone()
    assert left == (0,)
    migrate(addresses.owner, addresses.superuser)
    assert current(addresses.owner) == head()


def test_sql_tree_runs_twice(addresses: Addresses) -> None:
    migrate(addresses.owner, addresses.superuser)
    assert current(addresses.owner) == head()


def test_every_check_refuses_nan() -> None:
    """A BETWEEN refuses NaN, which PostgreSQL sorts above every number."""
    for name, table in metadata.tables.items():
        doubles = {column.name for column in table.columns if str(column.type) == "DOUBLE"}
        checks = " ".join(str(c.sqltext) for c in table.constraints if isinstance(c, CheckConstraint))
        unchecked = {column for column in doubles if not re.search(rf"\b{column}\b", checks)}
        assert unchecked <= {"error_m", "nearest_m"}, name


def test_views_run_with_the_rights_of_the_reader() -> None:
    for path in Path(MIGRATIONS / "sql").glob("*.sql"):
        for view in re.findall(r"CREATE (?:OR REPLACE )?VIEW[^;]+;", path.read_text("utf-8"), re.I):
            assert "security_invoker" in view, path.name
