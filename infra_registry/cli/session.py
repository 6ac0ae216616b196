"""How a command reaches the database: settings, the private cluster when none is named, one engine."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from infra_registry import config
from infra_registry.access import SERVICE, Actor
from infra_registry.cluster import Addresses, addresses, embedded_cluster
from infra_registry.db import Database
from infra_registry.parties import login

TIMEOUT_MS = 900_000


def open_addresses() -> Addresses:
    """Addresses by setting; the private cluster is started when it is the one."""
    settings = config.load()
    target = addresses(settings)
    if target.embedded:
        embedded_cluster(settings).up()
    return target


def open_database() -> Database:
    """The register on the application's log-in."""
    return Database(open_addresses().app)


def actor_of(database: Database, login_name: str | None, default: Actor = SERVICE) -> Actor:
    """The user of a log-in, or ``default`` without one; raises RegistryError for an unknown log-in."""
    return login.actor_of(database, login_name) if login_name is not None else default


@contextmanager
def transaction(
    login_name: str | None = None, default: Actor = SERVICE
) -> Iterator[tuple[Connection, Actor]]:
    """One transaction of at most a quarter of an hour a statement, and whom it runs as: see ``actor_of``."""
    database = open_database()
    actor = actor_of(database, login_name, default)
    with database.use_case(actor, timeout_ms=TIMEOUT_MS) as connection:
        yield connection, actor
