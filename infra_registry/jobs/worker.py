"""Doing jobs: in a worker process that outlives its database, or at once in this process."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from importlib import import_module
from time import monotonic, sleep
from typing import Any

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from psycopg import Error as PsycopgError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from infra_registry.access import SERVICE
from infra_registry.db import Database, faults
from infra_registry.errors import NoRoom, RegistryError
from infra_registry.jobs import queue, store
from infra_registry.jobs.registry import PERIODIC, TASKS, actor_for, periodic
from infra_registry.jobs.run import Cancelled, Run

CONCURRENCY = 2
LONGEST_WAIT_S = 30.0
_log = structlog.get_logger("jobs")


def perform(database: Database, code: str, task_name: str, **arguments: Any) -> None:
    """Do one job unless it has ended; whoever does it holds its lock, so two deliveries never run at once."""
    with database.engine.connect() as guard:
        guard.execute(
            text("SELECT pg_advisory_lock(:space, hashtext(:code))"),
            {"space": queue.LOCK_SPACE, "code": code},
        )
        guard.commit()
        try:
            _attempt(database, code, task_name, arguments)
        finally:
            with contextlib.suppress(DBAPIError):  # a lost connection has lost its locks as well
                guard.execute(text("SELECT pg_advisory_unlock_all()"))
                guard.commit()


def _attempt(database: Database, code: str, task_name: str, arguments: dict[str, Any]) -> None:
    try:
        with database.use_case(SERVICE) as connection:
            taken = store.take(connection, code)
            if taken is None:
                return
            actor = actor_for(connection, taken[1])
        result = TASKS[task_name](Run(code, database, actor), **arguments)
        _end(database, code, "done", result=result or {})
    except Cancelled:
        _end(database, code, "cancelled")
    except DBAPIError as error:
        explanation = faults.explain(error)
        if isinstance(explanation, faults.Unavailable):
            raise  # the database went away: the job stays running until recover() finds it lost
        _refuse(database, code, explanation or RegistryError("job.broken", code=code))
        if explanation is None:
            _log.exception("job broke", job=code, task=task_name)
    except RegistryError as error:
        _refuse(database, code, error)
    except Exception as error:  # noqa: BLE001  whatever broke, the asker is told and the worker lives on
        full = NoRoom("file.no_room") if NoRoom.explains(error) else None
        _refuse(database, code, full or RegistryError("job.broken", code=code))
        _log.exception("job broke", job=code, task=task_name)


def _end(database: Database, code: str, state: str, **values: Any) -> None:
    with database.use_case(SERVICE) as connection:
        store.end(connection, code, state, **values)


def _refuse(database: Database, code: str, error: RegistryError) -> None:
    _end(database, code, "failed", problem=error.code, problem_params=_plain(error.params))


def _plain(params: dict[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, int | float) else str(value) for name, value in params.items()}


def run_now(
    database: Database, code: str, *, watch: Callable[[store.Progress], None] | None = None
) -> store.Progress:
    """Do an asked job in this process and wait; ``watch`` hears of its progress.

    A job that a worker has already begun is waited for. KeyboardInterrupt cancels the job and is raised when it ended.
    """
    with database.use_case(SERVICE) as connection:
        state, arguments = store.read(connection, code), queue.arguments_of(connection, code)
        queue.withdraw(connection, code)
    with ThreadPoolExecutor(max_workers=1) as pool:
        future = pool.submit(perform, database, code, state.task, **arguments)
        try:
            while wait([future], timeout=0.1).not_done:
                if watch:
                    watch(_read(database, code))
        except KeyboardInterrupt:
            with database.use_case(SERVICE) as connection:
                store.cancel(connection, code)
            raise
        future.result()
    return _read(database, code)


def _read(database: Database, code: str) -> store.Progress:
    with database.use_case(SERVICE) as connection:
        return store.read(connection, code)


def run_worker(database_url: str, *, once: bool = False, modules: Iterable[str] = ()) -> None:
    """Work until stopped by a signal. ``modules`` register tasks when imported.

    When the database goes away the worker waits and comes back; jobs of killed workers are taken up again.
    """
    for name in modules:
        import_module(name)
    database = Database(database_url)
    wait_s = 0.5
    try:
        while True:
            began = monotonic()
            try:
                with database.use_case(SERVICE) as connection:
                    queue.recover(connection)
                return _work(database, once=once)
            except (ConnectorException, PsycopgError, DBAPIError, OSError) as error:
                wait_s = 0.5 if monotonic() - began > LONGEST_WAIT_S else min(LONGEST_WAIT_S, wait_s * 2)
                _log.warning("worker lost its database", wait_s=wait_s, said=str(error)[:200])
                sleep(wait_s)
    finally:
        database.dispose()


def _work(database: Database, *, once: bool) -> None:
    app = App(connector=PsycopgConnector(conninfo=database.url, min_size=1, max_size=4, timeout=5))
    for name in TASKS:
        app.task(name=name)(_delivery(database, name))
    if not once:
        for entry in PERIODIC.values():
            job = app.task(name=entry.name, queueing_lock=entry.name)(_turn(database, entry.function))
            app.periodic(cron=entry.cron)(job)

    async def work() -> None:
        async with app.open_async():
            await app.run_worker_async(
                wait=not once,
                concurrency=CONCURRENCY,
                delete_jobs="successful",
                install_signal_handlers=not once,
                listen_notify=not once,
            )

    asyncio.run(work())


def _delivery(database: Database, task_name: str) -> Callable[..., None]:
    def deliver(code: str, **arguments: Any) -> None:
        perform(database, code, task_name, **arguments)

    return deliver


def _turn(database: Database, function: Callable[[Database], Any]) -> Callable[[int], None]:
    def turn(timestamp: int) -> None:  # noqa: ARG001  the queue names when it was due
        function(database)

    return turn


@periodic("jobs.recover", "* * * * *")
def recover_lost(database: Database) -> None:
    """Take up again what killed workers left behind."""
    with database.use_case(SERVICE) as connection:
        queue.recover(connection)


@periodic("jobs.compact_counts", "*/3 * * * *")
def compact_counts(database: Database) -> None:
    """Sum the signed steps of low-zoom counts and layer versions, so that reading them stays cheap."""
    with database.use_case(SERVICE, timeout_ms=120_000) as connection:
        connection.execute(text("SELECT compact_counts()"))
