"""An installation as the doctor looks at it, and what a check finds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from infra_registry import config
from infra_registry.access import SERVICE
from infra_registry.cases import keys, renewal
from infra_registry.cli.db import revision
from infra_registry.cluster import Addresses, addresses
from infra_registry.db import Database
from infra_registry.db.migrate import head
from infra_registry.db.state import State, read_state
from infra_registry.demo import production
from infra_registry.errors import RegistryError
from infra_registry.parties import factors, users


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. ``code`` is the message below ``doctor.<check>``."""

    level: Literal["ok", "warn", "problem"]
    code: str
    params: dict[str, Any] = field(default_factory=dict)


class NotLookedAt(RegistryError):
    """What a check is about cannot be read: no database, or an older schema."""


class Installation:
    """The installation the checks are about; each fact is read once."""

    def __init__(self, settings: config.Settings) -> None:
        self.settings = settings

    @cached_property
    def target(self) -> Addresses:
        """The log-ins in use."""
        return addresses(self.settings)

    @cached_property
    def schema(self) -> str | None:
        """The schema's revision; None also where the database cannot be reached."""
        try:
            return revision(self.target.owner)
        except RegistryError:
            return None

    @cached_property
    def samples(self) -> dict[str, int]:
        """Rows of sample data by table."""
        with self._opened() as database:
            return production.left(database)

    @cached_property
    def roles_apart(self) -> list[str]:
        """Accounts with roles that exclude each other, without an exception."""
        with self._opened() as database, database.use_case(SERVICE) as connection:
            return users.breaking(connection)

    @cached_property
    def without_factor(self) -> int:
        """Accounts that lack the second factor their roles need in production."""
        with self._opened() as database:
            return factors.lacking(database)

    @cached_property
    def case_keys(self) -> renewal.Condition:
        """How the keys of cases stand."""
        owner = Database(self.target.owner, pool_size=1)
        try:
            return renewal.condition(owner, keys.load(self.settings))
        finally:
            owner.dispose()

    @contextmanager
    def _opened(self) -> Iterator[Database]:
        if self.schema != head():
            raise NotLookedAt("doctor.not_migrated" if self.schema else "doctor.no_database")
        database = Database(self.target.app, pool_size=1)
        try:
            yield database
        finally:
            database.dispose()

    @cached_property
    def state(self) -> State:
        """The state of the database. Raises NotLookedAt where it cannot be reached or was never migrated."""
        if self.schema is None:
            raise NotLookedAt("doctor.no_database")
        database = Database(self.target.owner, pool_size=1)
        try:
            with database.engine.connect() as connection:
                return read_state(connection)
        finally:
            database.dispose()
