"""Bring a database to the newest schema: roles and extensions, revisions, then the SQL tree run whole."""

from functools import cache
from urllib.parse import unquote, urlsplit

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import create_engine

from infra_registry.db.connection import sqlalchemy_url
from infra_registry.resources import MIGRATIONS

EXTENSIONS = ("postgis", "pg_trgm", "btree_gist")
GROUPS = ("registry_public", "registry_member", "registry_service")


def migrate(
    owner_url: str,
    superuser_url: str | None = None,
    *,
    app_user: str = "registry_app",
    revision: str = "head",
    app_password: str | None = None,
) -> None:
    """Create what only a superuser can (when one is given), then upgrade to ``revision`` as the owner."""
    if superuser_url:
        prepare(owner_url, superuser_url, app_user=app_user, app_password=app_password)
    command.upgrade(configuration(owner_url), revision)


def configuration(owner_url: str) -> Config:
    """Alembic's configuration for this database."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = sqlalchemy_url(owner_url)
    return config


@cache
def head() -> str:
    """The newest revision in the tree."""
    return ScriptDirectory.from_config(configuration("postgresql://")).get_current_head() or ""


def current(url: str) -> str | None:
    """The revision the database stands at; None when it has never been migrated."""
    engine = create_engine(sqlalchemy_url(url))
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def prepare(owner_url: str, superuser_url: str, *, app_user: str, app_password: str | None = None) -> None:
    """As superuser: log-ins, group roles, the database, its extensions, the leakproof mark. Idempotent."""
    owner, database = urlsplit(owner_url), urlsplit(owner_url).path.lstrip("/")
    owner_name = owner.username or "registry_owner"
    with psycopg.connect(superuser_url, dbname="postgres", autocommit=True) as connection:
        _role(connection, owner_name, "LOGIN", owner.password)
        _role(connection, app_user, "LOGIN NOINHERIT", app_password)
        for group in GROUPS:
            _role(connection, group, "NOLOGIN")
            connection.execute(
                sql.SQL("GRANT {} TO {}").format(sql.Identifier(group), sql.Identifier(app_user))
            )
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(
                    sql.Identifier(database), sql.Identifier(owner_name)
                )
            )
    with psycopg.connect(superuser_url, dbname=database, autocommit=True) as connection:
        for extension in EXTENSIONS:
            connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        connection.execute(
            sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database))
        )
        connection.execute(sql.SQL("GRANT ALL ON SCHEMA public TO {}").format(sql.Identifier(owner_name)))
        mark_leakproof(connection)


def mark_leakproof(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Let row security use the spatial index: ``&&`` compares boxes only and raises nothing about the data.

    A dump or an upgrade loses the mark, so it is set again after a restore and checked at start.
    """
    connection.execute("ALTER FUNCTION geometry_overlaps(geometry, geometry) LEAKPROOF")


def _role(
    connection: psycopg.Connection[tuple[object, ...]], name: str, options: str, password: str | None = None
) -> None:
    exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    verb = "ALTER" if exists else "CREATE"
    clause = sql.SQL(" PASSWORD {}").format(sql.Literal(unquote(password))) if password else sql.SQL("")
    connection.execute(sql.SQL(verb + " ROLE {} " + options).format(sql.Identifier(name)) + clause)
