"""Analyses as jobs: computed by a worker, as the one who asked."""

from typing import Any

from sqlalchemy import Connection

from infra_registry import jobs
from infra_registry.access import Actor
from infra_registry.coverage.runs import store as run_store
from infra_registry.coverage.wifi import run_life
from infra_registry.coverage.wifi.run_life import Question
from infra_registry.coverage.wifi.summary import gap_count

TASK = "coverage.wifi"


def ask(connection: Connection, actor: Actor, asked: Question, *, public: bool = False) -> tuple[str, str]:
    """Write a run down and queue its computing, in the caller's transaction; the codes of run and job.

    A ``public`` run is open to everyone from its last transaction on.
    """
    code = run_life.begin(connection, actor, asked, public=public)
    job = jobs.ask(connection, TASK, actor, run_code=code)
    run_store.set_run(connection, code, {"job_id": run_store.job_id(connection, job)})
    return code, job


@jobs.task(TASK)
def compute(run: jobs.Run, *, run_code: str) -> dict[str, Any]:
    """Compute a run; run and job are done in one transaction."""

    def progress(step: str, done: int, total: int) -> None:
        run.progress(done, total, step)

    with run.database.use_case(run.actor) as connection:
        summary = run_life.compute(connection, run_code, progress)
        result = {
            "run": run_code,
            "gaps": gap_count(summary),
        }
        run.finish(connection, **result)
    return result
