"""One run of a job, handed to its task: the database, the actor, progress and the wish to cancel."""

from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from sqlalchemy import Connection

from infra_registry.access import SERVICE, Actor
from infra_registry.db import Database
from infra_registry.errors import RegistryError
from infra_registry.jobs import store

REPORT_EVERY_S = 0.3


class Cancelled(RegistryError):
    """The one who asked for the work no longer wants it; nothing of the open transaction is kept."""


@dataclass(slots=True)
class Run:
    """Handed to a task. Work in transactions of ``database.use_case(run.actor)``.

    ``finish`` inside the task's last transaction commits work and job together, so that a worker
    killed a moment later never does it twice; after it no more progress may be reported.
    """

    code: str
    database: Database
    actor: Actor
    _reported: float = field(default=0.0)
    _step: str | None = field(default=None)

    def progress(self, done: int, total: int | None = None, step: str | None = None) -> None:
        """Report how far the work is. Raises Cancelled when that was asked for.

        Cheap to call often: within a step and before its end it writes once in ``REPORT_EVERY_S``.
        """
        now = monotonic()
        same_step = step is None or step == self._step
        if same_step and done != total and now - self._reported < REPORT_EVERY_S:
            return
        self._reported, self._step = now, step or self._step
        with self.database.use_case(SERVICE) as connection:
            if store.report(connection, self.code, (done, total, step)):
                raise Cancelled("job.cancelled", code=self.code)

    def cancelled(self) -> bool:
        """True when the one who asked no longer wants it."""
        with self.database.use_case(SERVICE) as connection:
            return store.cancel_asked(connection, self.code)

    def finish(self, connection: Connection, **result: Any) -> None:
        """Mark the job done in the task's own transaction."""
        store.finish(connection, self.code, result)
