"""The migrated schema stands, and the application's log-in owns nothing of it."""

from sqlalchemy import text

from infra_registry.access import ANONYMOUS, SERVICE
from infra_registry.db import Database


def test_publication_table_is_loaded(database: Database) -> None:
    with database.use_case(ANONYMOUS) as connection:
        count = connection.scalar(text("SELECT count(*) FROM publication"))
    assert count == 10


def test_application_owns_no_table(database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        owners = connection.scalars(
            text(
                "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public' "
                "AND tablename <> 'spatial_ref_sys'"
            )
        ).all()
    assert owners == ["registry_owner"]
