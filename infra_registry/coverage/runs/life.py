"""The life of a coverage run, the same for every method: begun and planned, queued, computed, finished, published.

A method says how its question is checked and planned, and how a run is read and computed. Rows, rights, jobs and
transactions are the same for all and stand here. The area is read once by whoever begins a run and once by whoever
computes it, which is another process on perhaps another day, and is handed on as one ``AreaOnDay``.
"""

import ctypes
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from infra_registry import codes, jobs
from infra_registry.access import Actor, Permission, PermissionSubject, allows, require
from infra_registry.areas import ground_store
from infra_registry.areas.ground_store import AreaOnDay
from infra_registry.coverage.runs import store
from infra_registry.db import Database
from infra_registry.errors import Conflict

TIMEOUT_MS = 1_800_000
M_MMAP_THRESHOLD = -3  # malloc.h
Progress = Callable[[str, int, int], None]
Finish = Callable[[Connection, Mapping[str, Any]], None]


def unfinished(_: Connection, __: Mapping[str, Any]) -> None:
    """An end that no job waits for."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is written of a run when it begins: its filled parameters, what computes it, the run it is compared with."""

    parameters: Mapping[str, Any]
    model: str
    compared_with_id: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Begun:
    """A run that was begun, with its area as it stands on the day of the run."""

    row: Mapping[str, Any]
    ground: AreaOnDay


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """Where a run is computed: the register as the asker sees it, and who is told how far it is."""

    database: Database
    actor: Actor
    progress: Progress


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a run came to. ``write`` puts its results (connection, id of the run) in place of any it had."""

    digest: str
    summary: Mapping[str, Any]
    gaps: int
    write: Callable[[Connection, int], None]


@dataclass(frozen=True, slots=True)
class Method:
    """A way to compute coverage: its name in the register and of its job, and what is its own of a run's life.

    ``check`` raises for a question that is wrong before anything is read, ``plan`` for one that may not be computed
    over its area. ``read`` takes all that decides a run, in one transaction; ``compute`` needs none. ``digest_of``
    what was read finds a run with equal inputs, whose results count for both; None where none are ever shared.
    """

    name: str
    task: str
    check: Callable[[Actor, Any], None]
    plan: Callable[[Connection, Any, AreaOnDay], Plan]
    read: Callable[[Connection, Begun, Progress], Any]
    compute: Callable[[Any, Bench], Outcome]
    digest_of: Callable[[Any], str] | None = None


def register(method: Method) -> Method:
    """Let workers compute the queued runs of a method; the result and the end of the job are one transaction."""

    def work(job: jobs.Run, *, run_code: str) -> dict[str, Any]:
        def progress(step: str, done: int, total: int) -> None:
            job.progress(done, total, step)

        def finish(connection: Connection, result: Mapping[str, Any]) -> None:
            job.finish(connection, **result)

        return compute(method, Bench(job.database, job.actor, progress), run_code, finish=finish)

    jobs.task(method.task)(work)
    return method


def ground_of(connection: Connection, actor: Actor, method: Method, question: Any) -> AreaOnDay:
    """The area of a sound question on its day. Raises what ``begin`` raises before it plans."""
    method.check(actor, question)
    area = ground_store.area(connection, question.area_code)
    require(actor, Permission.COVERAGE_RUN, PermissionSubject(city_id=area.city_id))
    return ground_store.on_day(connection, area, question.as_of)


def begin(
    connection: Connection, actor: Actor, method: Method, question: Any, *, public: bool = False
) -> str:
    """Write down a run that is about to be computed; its code.

    ``question``: one of the method, with ``area_code`` and ``as_of`` (None: today). Raises what the method raises,
    NotFound for the area, Forbidden for anyone but a regulator of its city. A ``public`` run is announced while it is
    computed and open to everyone as soon as it has ended.
    """
    ground = ground_of(connection, actor, method, question)
    plan = method.plan(connection, question, ground)
    code = codes.new("run")
    store.add_run(
        connection,
        {
            "code": code,
            "method": method.name,
            "area_id": ground.area.id,
            "parameters": plan.parameters,
            "model": plan.model,
            "as_of": ground.on,
            "public": public,
            "compared_with_id": plan.compared_with_id,
        },
    )
    return code


def ask(
    connection: Connection, actor: Actor, method: Method, question: Any, *, public: bool = False
) -> tuple[str, str]:
    """Begin a run and queue its computing, in the caller's transaction; the codes of run and job."""
    code = begin(connection, actor, method, question, public=public)
    job = jobs.ask(connection, method.task, actor, run_code=code)
    store.set_run(connection, code, {"job_id": store.job_id(connection, job)})
    return code, job


def _give_back() -> None:
    """Let arrays of a megabyte and more go back to the system when they are freed.

    glibc keeps more and more of them for itself otherwise, up to 32 MiB each: a third of what a run takes.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 1 << 20)


def compute(method: Method, bench: Bench, code: str, *, finish: Finish = unfinished) -> dict[str, Any]:
    """Compute a run that was begun and write it whole; code, gaps, and the run it equals. May be repeated.

    What ``progress`` raises ends it with nothing written. ``finish`` is called in the transaction that writes.
    """
    _give_back()
    with bench.database.use_case(bench.actor, timeout_ms=TIMEOUT_MS) as connection:
        row = store.run(connection, code)
        if row["ended_at"] is not None:
            return _result(row)
        area = ground_store.area_with(connection, row["area_id"])
        begun = Begun(row, ground_store.on_day(connection, area, row["as_of"]))
        inputs = method.read(connection, begun, bench.progress)
        equal = store.same(connection, row, method.digest_of(inputs)) if method.digest_of else None
        # Nobody's decision to keep a run inside is undone by another who asks the same in public.
        opens = row["public"] and not (equal and equal["public"])
        if equal is not None and (not opens or equal["user_id"] == row["user_id"]):
            return _share(connection, row, equal, finish)
    outcome = method.compute(inputs, bench)
    with bench.database.use_case(bench.actor, timeout_ms=TIMEOUT_MS) as connection:
        outcome.write(connection, row["id"])
        store.end_run(connection, row["code"], outcome.digest, outcome.summary)
        result = _result(row, gaps=outcome.gaps)
        finish(connection, result)
    return result


def publish(connection: Connection, actor: Actor, code: str, *, public: bool) -> None:
    """Open what is public of a run to everyone, or shut it.

    Conflict ``coverage.not_ended`` before it is computed, ``radio.publish_same`` for one that only names another.
    """
    row = store.run(connection, code)
    area = ground_store.area_with(connection, row["area_id"])
    require(actor, Permission.COVERAGE_RUN, PermissionSubject(city_id=area.city_id))
    if row["ended_at"] is None:
        raise Conflict("coverage.not_ended", run=code)
    if row["same_as_id"] is not None:
        raise Conflict("radio.publish_same", run=store.code_of(connection, row["same_as_id"]) or code)
    store.set_run(connection, code, {"public": public})


def may_publish(connection: Connection, actor: Actor, row: Mapping[str, Any]) -> bool:
    """True for a regulator of the run's city."""
    area = ground_store.area_with(connection, row["area_id"])
    return allows(actor, Permission.COVERAGE_RUN, PermissionSubject(city_id=area.city_id))


def _share(
    connection: Connection, row: Mapping[str, Any], equal: Mapping[str, Any], finish: Finish
) -> dict[str, Any]:
    """End a run with the results of one whose inputs are equal; a public one opens the other."""
    store.end_run(connection, row["code"], equal["inputs_digest"], equal["summary"], same_as_id=equal["id"])
    if row["public"]:
        store.set_run(connection, equal["code"], {"public": True})
    result = _result(row, same_as=equal["code"])
    finish(connection, result)
    return result


def _result(row: Mapping[str, Any], *, gaps: int = 0, same_as: str | None = None) -> dict[str, Any]:
    return {"run": row["code"], "gaps": gaps, "same_as": same_as}
