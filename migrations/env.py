"""Alembic's environment: one transaction for revisions, the SQL tree and the reference data."""

from pathlib import Path

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import Connection, create_engine, text

from infra_registry.assets import reference
from infra_registry.db.schema import metadata
from infra_registry.duties.inforce import loading
from migrations import models  # noqa: F401  registers every table

SQL_TREE = Path(__file__).parent / "sql"
GENERATED = ("asset_place_",)


def include(obj: object, name: str | None, kind: str, reflected: bool, compared: object) -> bool:
    """Leave out partitions, which the initial revision makes, and tables of the job queue."""
    if kind == "table" and name and (name.startswith(("asset_place_", "procrastinate_"))):
        return False
    return bool(alembic_helpers.include_object(obj, name, kind, reflected, compared))


def drop_policies(connection: Connection) -> None:
    """Policies tie tables together; they are dropped before and made again after the revisions."""
    connection.execute(
        text("""DO $$ DECLARE p record; BEGIN
      FOR p IN SELECT schemaname, tablename, policyname FROM pg_policies LOOP
        EXECUTE format('DROP POLICY %I ON %I.%I', p.policyname, p.schemaname, p.tablename);
      END LOOP; END $$""")
    )


def run_tree(connection: Connection) -> None:
    """Run every file of the SQL tree in order; each can be run twice."""
    for path in sorted(SQL_TREE.glob("*.sql")):
        connection.exec_driver_sql(path.read_text("utf-8").replace("%", "%%"))


def run() -> None:
    """Upgrade or downgrade; at the newest revision put functions, triggers and policies back.

    The SQL tree names tables and columns of the newest revision. A register that went back has no policies, so shows
    nobody a row, until the release of its revision migrates it, which runs that release's own tree.
    """
    config = context.config
    engine = create_engine(config.attributes["url"])
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(7305100)"))
            drop_policies(connection)
            context.configure(
                connection=connection,
                target_metadata=metadata,
                include_object=include,
                compare_type=True,
                render_item=alembic_helpers.render_item,
            )
            context.run_migrations()
            if context.get_context().get_current_revision() == context.get_head_revision():
                run_tree(connection)
                reference.load(connection)
                loading.install(connection)
    finally:
        engine.dispose()


run()
