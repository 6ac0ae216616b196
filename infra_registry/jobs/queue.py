"""The queue below the job rows: procrastinate's, in the same database, by its own interface alone.

A queued row carries the job's code and arguments and has the code as its queueing lock. The job row, not the queued
row, says whether work is still to be done, so a row that is delivered twice does nothing the second time.

The library has no interface that tells when a worker last gave a sign; ``db/state.py`` alone reads that.
"""

from datetime import UTC, datetime
from typing import Any

import structlog
from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from sqlalchemy import Connection, text

from infra_registry import codes
from infra_registry.access import Actor
from infra_registry.jobs import store

MAX_DELIVERIES = 3
LOCK_SPACE = 7305102
_log = structlog.get_logger("jobs")


class _InTransaction(SyncPsycopgConnector):
    """The library's connector on the caller's connection: all it does belongs to the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._caller: Any = connection.connection.driver_connection

    def execute_query(self, query: Any, **arguments: Any) -> None:
        self.execute_query_all_with_connection(self._caller, query, **arguments)

    def execute_query_one(self, query: Any, **arguments: Any) -> dict[str, Any]:
        return self.execute_query_one_with_connection(self._caller, query, **arguments)

    def execute_query_all(self, query: Any, **arguments: Any) -> list[dict[str, Any]]:
        return self.execute_query_all_with_connection(self._caller, query, **arguments)


def _app(connection: Connection) -> App:
    return App(connector=_InTransaction(connection))


def ask(connection: Connection, task_name: str, actor: Actor, **arguments: Any) -> str:
    """Ask for a task in the caller's transaction; the code of the job.

    ``arguments`` are JSON values: codes and numbers, never personal data.
    """
    code = codes.new("job")
    store.add(connection, code, task_name, actor.user_id or None)
    task = _app(connection).configure_task(task_name, allow_unknown=True, queueing_lock=code)
    task.defer(**arguments, code=code)
    return code


def recover(connection: Connection) -> int:
    """Queue again what a killed worker left behind; give up, saying so, after three deliveries. How many.

    A job that the queue refuses stays as it is, for the next turn, and keeps no other from being queued.
    """
    count = 0
    for code in store.unended(connection):
        try:
            with connection.begin_nested():
                count += _recover_job(connection, code)
        except ConnectorException:
            _log.exception("job not queued again", job=code)
    return count


def _recover_job(connection: Connection, code: str) -> bool:
    """Queue one job again, or give it up; False where it is queued, held by a worker or not on the queue at all."""
    rows = _rows(connection, code)
    if not rows or any(row.status == Status.TODO.value for row in rows) or not _lost(connection, code):
        return False
    newest, manager = rows[-1], _app(connection).job_manager
    cut_off = newest.status == Status.DOING.value
    # A delivery that ended, however, has counted itself; one that was cut off has not.
    given_up = sum(row.attempts for row in rows) + cut_off >= MAX_DELIVERIES
    if cut_off:  # this counts the delivery
        manager.retry_job_by_id(newest.id, datetime.now(UTC))
    elif not given_up:  # the library would count an ended delivery twice, and refuses some ends
        task = _app(connection).configure_task(newest.task_name, allow_unknown=True, queueing_lock=code)
        task.defer(**newest.task_kwargs)
    if given_up:
        manager.cancel_job_by_id(newest.id, delete_job=True)
        store.end(connection, code, "failed", problem="job.lost_worker")
    return True


def arguments_of(connection: Connection, code: str) -> dict[str, Any]:
    """The arguments a job was asked with."""
    row = _newest(connection, code)
    return {name: value for name, value in (row.task_kwargs if row else {}).items() if name != "code"}


def withdraw(connection: Connection, code: str) -> None:
    """Take a job off the queue that has been done otherwise."""
    manager = _app(connection).job_manager
    for row in _rows(connection, code):
        if row.status == Status.TODO.value:
            manager.cancel_job_by_id(row.id, delete_job=True)


def _rows(connection: Connection, code: str) -> list[Any]:
    """What the queue has of a job, oldest first."""
    return list(_app(connection).job_manager.list_jobs(queueing_lock=code))


def _newest(connection: Connection, code: str) -> Any | None:
    rows = _rows(connection, code)
    return rows[-1] if rows else None


def _lost(connection: Connection, code: str) -> bool:
    """Whether nobody works on a job that has not ended: a running worker holds its lock."""
    locked = text("SELECT pg_try_advisory_xact_lock(:space, hashtext(:code))")
    free = connection.scalar(locked, {"space": LOCK_SPACE, "code": code})
    return bool(free) and not store.read(connection, code).ended
