"""The queue below the job rows: procrastinate's tables in the same database.

A queued row carries the job's code and arguments. The job row, not the queued row, says whether work is
still to be done, so a row that is delivered twice does nothing the second time.
"""

from typing import Any

from procrastinate import App, SyncPsycopgConnector
from psycopg.types.json import Jsonb
from sqlalchemy import Connection, text

from infra_registry import codes
from infra_registry.access import Actor
from infra_registry.jobs import store

MAX_DELIVERIES = 3
LOCK_SPACE = 7305102
_APP = App(connector=SyncPsycopgConnector())

# Jobs that nobody works on: not ended, not queued, and the lock a running worker holds is free.
_LOST = text("""
SELECT j.code, q.task_name, q.args, q.deliveries FROM job j JOIN LATERAL (
  SELECT p.task_name, p.args, count(*) OVER () AS deliveries,
         bool_or(p.status = 'todo') OVER () AS queued, max(p.id) OVER () AS newest, p.id
  FROM procrastinate_jobs p WHERE p.args ->> 'code' = j.code) AS q ON q.id = q.newest
WHERE j.state IN ('waiting', 'running') AND NOT q.queued
  AND pg_try_advisory_xact_lock(:space, hashtext(j.code))
""")


def ask(connection: Connection, task_name: str, actor: Actor, **arguments: Any) -> str:
    """Ask for a task in the caller's transaction; the code of the job.

    ``arguments`` are JSON values: codes and numbers, never personal data.
    """
    code = codes.new("job")
    store.add(connection, code, task_name, actor.user_id or None)
    put(connection, task_name, {**arguments, "code": code})
    return code


def put(connection: Connection, task_name: str, arguments: dict[str, Any]) -> None:
    """Queue a delivery in the caller's transaction."""
    _APP.configure_task(
        task_name,
        allow_unknown=True,
        queueing_lock=arguments["code"],
        connection=connection.connection.driver_connection,
    ).defer(**arguments)


def recover(connection: Connection) -> int:
    """Queue again what a killed worker left behind; give up, saying so, after three deliveries. How many."""
    lost = connection.execute(_LOST, {"space": LOCK_SPACE}).all()
    for row in lost:
        connection.execute(
            text(
                "UPDATE procrastinate_jobs SET status = 'failed' "
                "WHERE args ->> 'code' = :code AND status = 'doing'"
            ),
            {"code": row.code},
        )
        if row.deliveries >= MAX_DELIVERIES:
            store.end(connection, row.code, "failed", problem="job.lost_worker")
        else:
            put(connection, row.task_name, row.args)
    return len(lost)


def arguments_of(connection: Connection, code: str) -> dict[str, Any]:
    """The arguments a job was asked with."""
    found = connection.scalar(
        text("SELECT args FROM procrastinate_jobs WHERE args @> :code ORDER BY id DESC LIMIT 1"),
        {"code": Jsonb({"code": code})},
    )
    return {name: value for name, value in (found or {}).items() if name != "code"}


def withdraw(connection: Connection, code: str) -> None:
    """Take a job off the queue that has been done otherwise."""
    connection.execute(
        text("DELETE FROM procrastinate_jobs WHERE args ->> 'code' = :code AND status = 'todo'"),
        {"code": code},
    )
