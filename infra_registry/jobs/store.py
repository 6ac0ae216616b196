"""SQL of job rows: what was asked, how far it is, how it ended."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from infra_registry.db.aliases import current
from infra_registry.errors import NotFound
from infra_registry.jobs.tables import job

ENDED = ("done", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Progress:
    """A job as its asker sees it. ``step`` and ``problem`` are message keys; ``total`` None: not known yet."""

    code: str
    task: str
    state: str
    step: str | None
    done: int
    total: int | None
    cancel_asked: bool
    problem: str | None
    problem_params: dict[str, Any] | None
    result: dict[str, Any] | None
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def ended(self) -> bool:
        """True when nothing more will happen."""
        return self.state in ENDED

    @property
    def share(self) -> int | None:
        """Whole per cent done; None when the total is not known."""
        if self.state == "done":
            return 100
        return None if not self.total else min(100, 100 * self.done // self.total)


_SHOWN = tuple(job.c[name] for name in Progress.__dataclass_fields__)


def add(connection: Connection, code: str, task: str, user_id: int | None) -> None:
    """A new waiting job."""
    connection.execute(insert(job).values(code=code, task=task, user_id=user_id))


def read(connection: Connection, code: str) -> Progress:
    """The job this actor may see; NotFound ``job.not_found`` otherwise."""
    today = current(connection, code, "job")
    row = connection.execute(select(*_SHOWN).where(job.c.code == today)).one_or_none()
    if row is None:
        raise NotFound("job.not_found", code=code)
    return Progress(*row)


def live(connection: Connection, limit: int = 50) -> list[Progress]:
    """Jobs this actor may see that still wait or run, newest first."""
    query = select(*_SHOWN).where(job.c.state.in_(("waiting", "running"))).order_by(job.c.id.desc())
    return [Progress(*row) for row in connection.execute(query.limit(limit))]


def recent(connection: Connection, *, state: str = "", limit: int = 200) -> list[Progress]:
    """Jobs this actor may see, in one state or all, newest first."""
    query = select(*_SHOWN).order_by(job.c.id.desc()).limit(limit)
    if state:
        query = query.where(job.c.state == state)
    return [Progress(*row) for row in connection.execute(query)]


def unended(connection: Connection) -> list[str]:
    """Codes of the jobs that wait or run."""
    return list(connection.scalars(select(job.c.code).where(job.c.state.in_(("waiting", "running")))))


def cancel(connection: Connection, code: str) -> None:
    """Ask for the end of a job; one that only waits is cancelled at once, one that has ended stays as it is."""
    code = read(connection, code).code
    connection.execute(
        update(job)
        .where(job.c.code == code, job.c.state == "waiting")
        .values(state="cancelled", ended_at=func.now())
    )
    connection.execute(
        update(job).where(job.c.code == code, job.c.state == "running").values(cancel_asked=True)
    )


def take(connection: Connection, code: str) -> tuple[str, int | None] | None:
    """Begin a job that has not ended: its task and user; None when there is nothing left to do."""
    row = connection.execute(
        update(job)
        .where(job.c.code == code, job.c.state.in_(("waiting", "running")), ~job.c.cancel_asked)
        .values(state="running", started_at=func.coalesce(job.c.started_at, func.now()), done=0)
        .returning(job.c.task, job.c.user_id)
    ).one_or_none()
    if row is None:
        end(connection, code, "cancelled")
        return None
    return row.task, row.user_id


def report(connection: Connection, code: str, progress: tuple[int, int | None, str | None]) -> bool:
    """Note progress (done, total, step); True when the job should stop."""
    done, total, step = progress
    values: dict[str, Any] = {"done": done, "total": total}
    if step is not None:
        values["step"] = step
    asked = update(job).where(job.c.code == code).values(**values).returning(job.c.cancel_asked)
    return bool(connection.scalar(asked))


def cancel_asked(connection: Connection, code: str) -> bool:
    """True when somebody asked for the end of the job."""
    return bool(connection.scalar(select(job.c.cancel_asked).where(job.c.code == code)))


def finish(connection: Connection, code: str, result: dict[str, Any]) -> None:
    """The job is done, with codes and counts as its result."""
    end(connection, code, "done", result=result, done=func.coalesce(job.c.total, job.c.done))


def end(connection: Connection, code: str, state: str, **values: Any) -> None:
    """Move a job that has not ended to one of the ended states."""
    connection.execute(
        update(job)
        .where(job.c.code == code, job.c.state.in_(("waiting", "running")))
        .values(state=state, ended_at=func.now(), **values)
    )
