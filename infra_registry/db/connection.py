"""Connections and the transaction of a use case.

``use_case`` is the only way in: it opens one transaction, takes the actor's database role and
settings for that transaction alone, and commits or rolls back as a whole. Stores never commit.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Protocol

import psycopg
from sqlalchemy import Connection, Dialect, Engine, create_engine, event, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DisconnectionError

from infra_registry.db.watch import Watch

STATEMENT_TIMEOUT_MS = 30_000
PUBLIC_TIMEOUT_MS = 10_000
FRESH_S = 2.0
CONNECT_TIMEOUT_S = 2  # the least that psycopg takes
_DIALECT: Dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]
ROLES = frozenset({"registry_public", "registry_member", "registry_service"})


class Principal(Protocol):
    """Who a transaction runs as."""

    @property
    def database_role(self) -> str:
        """One of ``ROLES``."""

    def settings(self) -> Mapping[str, str]:
        """Values of the ``registry.*`` settings."""


def holding(words: str) -> str:
    """The pattern of LIKE for texts that hold ``words``, whose own wildcards stand for themselves."""
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def sqlalchemy_url(url: str) -> str:
    """The same address for SQLAlchemy with psycopg 3."""
    return "postgresql+psycopg://" + url.split("://", 1)[1]


class Database:
    """One engine on the application's log-in, which owns nothing."""

    def __init__(self, url: str, *, pool_size: int = 8, watched: bool = False) -> None:
        """``watched`` for who must not be kept waiting by a server that stands still (``watch``)."""
        self.url = url
        self.engine: Engine = create_engine(
            sqlalchemy_url(url),
            pool_size=pool_size,
            max_overflow=4,
            pool_pre_ping=True,
            hide_parameters=True,  # values may be personal; an error message goes to the log
            pool_timeout=5,
            connect_args={"connect_timeout": CONNECT_TIMEOUT_S},
        )
        event.listen(self.engine, "connect", _prepare)
        self._public: Engine = create_engine(
            sqlalchemy_url(url),
            isolation_level="AUTOCOMMIT",
            pool_size=4,
            max_overflow=0,
            pool_reset_on_return=None,
            pool_use_lifo=True,  # the fewer connections at work, the warmer each server process
            pool_timeout=5,
            connect_args={"connect_timeout": CONNECT_TIMEOUT_S},
        )
        event.listen(self._public, "connect", _become_public)
        event.listen(self._public, "checkout", _check_alive)
        event.listen(self._public, "checkin", _note_return)
        if watched:
            watch = Watch(url)
            watch.over(self.engine)
            watch.over(self._public)

    @contextmanager
    def public(self) -> Iterator[Connection]:
        """A read-only connection whose role is the anonymous public's as long as it is pooled.

        Each statement stands alone, so nothing is set, begun or committed around it. For tiles: many and small.
        """
        with self._public.connect() as connection:
            yield connection

    @contextmanager
    def use_case(
        self, actor: Principal, *, timeout_ms: int = STATEMENT_TIMEOUT_MS, request: str = ""
    ) -> Iterator[Connection]:
        """One transaction as ``actor``; commits at the end, rolls back on any exception."""
        with self.engine.begin() as connection:
            become(connection, actor, timeout_ms=timeout_ms, request=request)
            yield connection

    def dispose(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()
        self._public.dispose()


def become(
    connection: Connection, actor: Principal, *, timeout_ms: int = STATEMENT_TIMEOUT_MS, request: str = ""
) -> None:
    """Take the actor's role and settings for the rest of the transaction, in one round trip."""
    role = actor.database_role
    if role not in ROLES:
        raise ValueError(f"not a database role of the registry: {role}")
    settings: dict[str, str] = {
        **actor.settings(),
        "registry.request": request,
        "statement_timeout": str(timeout_ms),
        "role": role,
    }
    _set(connection, settings)


@contextmanager
def acting_as(connection: Connection, actor: Principal) -> Iterator[None]:
    """Be somebody else for a part of the transaction, then who one was: for judging on facts the reader may not see.

    What is read so is for deciding, never for showing. Written so is only what the actor may decide and not write:
    an answer to a consent, and what it lets be registered.
    """
    names = [*actor.settings(), "role"]
    settings = ", ".join(f"current_setting(:n{i}, true)" for i in range(len(names)))
    bound = {f"n{i}": name for i, name in enumerate(names)}
    before = connection.execute(text(f"SELECT {settings}"), bound).one()
    _set(connection, {**actor.settings(), "role": actor.database_role})
    try:
        yield
    finally:
        if not connection.invalidated and not _aborted(connection):
            _set(connection, {name: value or "" for name, value in zip(names, before, strict=True)})


def _set(connection: Connection, settings: Mapping[str, str]) -> None:
    calls = ", ".join(f"set_config(:n{i}, :v{i}, true)" for i in range(len(settings)))
    values: dict[str, str] = {}
    for i, (name, value) in enumerate(settings.items()):
        values[f"n{i}"], values[f"v{i}"] = name, value
    connection.execute(text(f"SELECT {calls}"), values)


def _aborted(connection: Connection) -> bool:
    """True after a statement failed: nothing can run before the rollback, which also takes the role back."""
    raw = connection.connection.dbapi_connection
    status = getattr(getattr(raw, "info", None), "transaction_status", None)
    return status is psycopg.pq.TransactionStatus.INERROR


def first_row(connection: Connection, statement: str, values: Mapping[str, Any]) -> tuple[Any, ...]:
    """The first row of a statement that is asked all the time, with ``:name`` for bound values.

    It goes to the driver directly, in the same transaction: prepared on the server from the first time, and
    answered in binary, which saves encoding a tile as hexadecimal text. Raises the driver's own errors.
    """
    driver: Any = connection.connection.driver_connection
    with driver.cursor(binary=True) as cursor:
        row: tuple[Any, ...] = cursor.execute(_driver_sql(statement), values, prepare=True).fetchone()
    return row


@lru_cache(maxsize=256)
def _driver_sql(statement: str) -> str:
    return str(text(statement).compile(dialect=_DIALECT))


def _become_public(dbapi_connection: Any, _: Any) -> None:
    """The role cannot be given back by what runs here: statements are the product's own, with bound values."""
    dbapi_connection.prepare_threshold = 5
    dbapi_connection.autocommit = True
    with dbapi_connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('timezone', 'UTC', false), set_config('default_transaction_read_only', 'on', false), "
            "set_config('max_parallel_workers_per_gather', '0', false), "
            "set_config('statement_timeout', %s, false), set_config('role', 'registry_public', false)",
            [str(PUBLIC_TIMEOUT_MS)],
        )


def _check_alive(dbapi_connection: Any, record: Any, _: Any) -> None:
    """Test a pooled connection with a statement, unless it was returned less than ``FRESH_S`` seconds ago.

    Raises DisconnectionError for a dead one, so that the pool opens another.
    """
    if dbapi_connection.closed:
        raise DisconnectionError
    if time.monotonic() - record.info.get("returned_at", 0.0) < FRESH_S:
        return
    try:
        dbapi_connection.execute("SELECT 1")
    except psycopg.OperationalError as error:
        raise DisconnectionError from error


def _note_return(_: Any, record: Any) -> None:
    record.info["returned_at"] = time.monotonic()


def _prepare(dbapi_connection: Any, _: Any) -> None:
    dbapi_connection.prepare_threshold = 5
    with dbapi_connection.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'UTC'")
        # Starting a parallel worker takes longer than most of our queries.
        cursor.execute("SET max_parallel_workers_per_gather = 0")
    dbapi_connection.commit()
