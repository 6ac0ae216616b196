"""The database: one metadata, one engine per log-in, one transaction per use case."""

from sqlalchemy import Connection

from infra_registry.db.connection import Database, Principal, become, first_row, holding
from infra_registry.db.migrate import migrate
from infra_registry.db.schema import metadata

__all__ = ["Connection", "Database", "Principal", "become", "first_row", "holding", "metadata", "migrate"]
