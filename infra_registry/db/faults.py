"""What the database's refusals mean to the one who asked: codes of the catalogue, never the driver's words."""

import re

import psycopg
from psycopg import errors as pg
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from infra_registry.errors import Conflict, Fault, Forbidden, Invalid, NoRoom, RegistryError


class Unavailable(RegistryError):
    """The database cannot answer now; ``retry_after_s`` says when to ask again."""

    status = 503


def explain(error: BaseException) -> RegistryError | None:
    """The expected failure behind a database error; None when it is a mistake of ours."""
    if isinstance(error, PoolTimeout):
        return Unavailable("db.busy", retry_after_s=2)
    if not isinstance(error, DBAPIError | psycopg.Error):
        return None
    cause = error.orig if isinstance(error, DBAPIError) else error
    explanation = _refused(cause) or _unavailable(cause)
    if explanation is None and isinstance(
        error, OperationalError | InterfaceError | psycopg.OperationalError
    ):
        return Unavailable("db.lost", retry_after_s=2)
    return explanation


def _unavailable(cause: BaseException | None) -> RegistryError | None:
    if isinstance(cause, pg.SerializationFailure | pg.DeadlockDetected | pg.LockNotAvailable):
        return Unavailable("db.contended", retry_after_s=1)
    if isinstance(cause, pg.ReadOnlySqlTransaction):
        return Unavailable("db.replica", retry_after_s=60)
    if isinstance(cause, pg.DiskFull):
        return NoRoom("db.no_room")
    if isinstance(cause, pg.QueryCanceled):
        return Unavailable("db.timeout", retry_after_s=5)
    if isinstance(cause, pg.UndefinedTable | pg.UndefinedColumn | pg.UndefinedFunction):
        return Unavailable("db.not_migrated", retry_after_s=30)
    return None


def _refused(cause: BaseException | None) -> RegistryError | None:
    if not isinstance(cause, psycopg.Error):
        return None
    name, table = cause.diag.constraint_name or "", cause.diag.table_name or ""
    if isinstance(cause, pg.ExclusionViolation):
        return Conflict("db.overlap", constraint=name)
    if isinstance(cause, pg.UniqueViolation):
        return Conflict("db.exists", field=_column(name, table))
    if isinstance(cause, pg.ForeignKeyViolation):
        return Conflict("db.referenced", field=_column(name, table))
    if isinstance(cause, pg.CheckViolation):
        return Invalid([Fault(_column(name, table), None, "db.check", name)])
    if isinstance(cause, pg.NotNullViolation):
        return Invalid([Fault(cause.diag.column_name or table, None, "db.required")])
    if isinstance(cause, pg.InsufficientPrivilege):
        return Forbidden("db.forbidden")
    if isinstance(cause, pg.DataError):
        return Invalid([Fault(cause.diag.column_name or "", None, "db.value")])
    return None


def _column(constraint: str, table: str) -> str:
    """The part of a constraint's name that says what it is about (``ck_party_uscc`` → ``uscc``)."""
    stripped = re.sub(r"^(ck|uq|fk|ex|pk)_", "", constraint)
    return stripped.removeprefix(f"{table}_") or constraint
