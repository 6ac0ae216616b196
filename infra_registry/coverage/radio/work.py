"""Radio runs as jobs: queued, computed by a worker as the one who asked, seen while they run, cancelled at any tile."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from infra_registry import jobs
from infra_registry.access import Actor
from infra_registry.coverage.radio import run as radio_run
from infra_registry.coverage.radio.question import Question
from infra_registry.coverage.runs import store as run_store

TASK = "coverage.radio"


def ask(connection: Connection, actor: Actor, asked: Question, *, public: bool = False) -> tuple[str, str]:
    """Write a run down and queue its computing, in the caller's transaction; the codes of run and job.

    A ``public`` run is open to everyone from its last transaction on.
    """
    code = radio_run.begin(connection, actor, asked, public=public)
    job = jobs.ask(connection, TASK, actor, run_code=code)
    run_store.set_run(connection, code, {"job_id": run_store.job_id(connection, job)})
    return code, job


@jobs.task(TASK)
def compute(run: jobs.Run, *, run_code: str) -> dict[str, Any]:
    """Compute a run; its result and the end of the job are one transaction."""
    said: list[str] = []

    def progress(step: str, done: int, total: int) -> None:
        new = said[-1:] != [step]
        said[:] = [step]
        run.progress(done, total, step if new else None)

    def finish(connection: Connection, result: Mapping[str, Any]) -> None:
        run.finish(connection, **result)

    return radio_run.compute(run.database, run.actor, run_code, progress=progress, finish=finish)
