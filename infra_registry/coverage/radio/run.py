"""A radio run from question to result: begun and priced, computed, written in one transaction, published.

Until the last transaction nothing of a result stands in the database; rasters lie in the file store before it, named by
their content, so that one nobody refers to is only a file.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from infra_registry import codes, config
from infra_registry.access import Actor, Permission, PermissionSubject, allows, require
from infra_registry.areas import ground_store
from infra_registry.config import today
from infra_registry.coverage.grids.caps import KERNEL
from infra_registry.coverage.grids.engine import engine_named
from infra_registry.coverage.radio import (
    digests,
    editions,
    inputs,
    rasters,
    summary,
    terrain_inputs,
    writing_store,
)
from infra_registry.coverage.radio.costs import check_cost, check_model
from infra_registry.coverage.radio.editions import INTERNAL, PUBLIC, Computed
from infra_registry.coverage.radio.inputs import Inputs
from infra_registry.coverage.radio.layers import Levels
from infra_registry.coverage.radio.question import (
    METHOD,
    TERRAIN,
    Question,
    asked_of,
    parameters,
    question_faults,
)
from infra_registry.coverage.radio.results import Edition
from infra_registry.coverage.remedies.host_state import Found
from infra_registry.coverage.runs import store as run_store
from infra_registry.db import Database
from infra_registry.errors import Conflict, Fault, Invalid

TIMEOUT_MS = 1_800_000
LOCAL = "local"
Progress = Callable[[str, int, int], None]
Finish = Callable[[Connection, Mapping[str, Any]], None]


def silent(_: str, __: int, ___: int) -> None:
    """Nobody is watching."""


def unfinished(_: Connection, __: Mapping[str, Any]) -> None:
    """Nobody waits for the end."""


def model(asked: Question) -> str:
    """What computes: kernel, models, data; the public edition is always by the statistical model."""
    statistical = f"TR 38.901; kernel {KERNEL}; data {digests.data_digest()[:12]}"
    return f"ITM 1.2.2 (public edition: {statistical})" if asked.model == TERRAIN else statistical


def begin(connection: Connection, actor: Actor, asked: Question, *, public: bool = False) -> str:
    """Write down a run that is about to be computed; its code.

    Raises Invalid with faults by field, also for a grid whose cost is above the caps; NotFound for the area; Conflict
    when it has no boundary; Forbidden for anyone but a regulator of its city. Only the product itself, that is its
    command line, may name an engine other than ``local``: nobody else makes this machine connect anywhere.
    A ``public`` run is announced while it is computed and open to everyone as soon as it has ended.
    """
    faults = question_faults(asked)
    if faults:
        raise Invalid(faults)
    inputs.check_technologies(asked)
    _check_engine(actor, asked.engine)
    area = ground_store.area(connection, asked.area_code)
    require(actor, Permission.COVERAGE_RUN, PermissionSubject(city_id=area.city_id))
    on = asked.as_of or today()
    full = asked.filled()
    check_model(connection, area.id, full, on)
    check_cost(connection, area.id, full, on)
    if asked.compared_with:
        _check_earlier(connection, asked.compared_with, area.id)
    code = codes.new("run")
    run_store.add_run(
        connection,
        {
            "code": code,
            "method": METHOD,
            "area_id": area.id,
            "parameters": parameters(full),
            "model": model(full),
            "as_of": on,
            "public": public,
            "compared_with_id": run_store.run(connection, asked.compared_with)["id"]
            if asked.compared_with
            else None,
        },
    )
    return code


def compute(
    database: Database,
    actor: Actor,
    code: str,
    *,
    progress: Progress = silent,
    finish: Finish = unfinished,
) -> dict[str, Any]:
    """Compute a run that was begun and write it whole; code, gaps, and the run it equals. May be repeated.

    What ``progress`` raises ends it with nothing written. ``finish`` is called in the transaction that writes.
    """
    with database.use_case(actor, timeout_ms=TIMEOUT_MS) as connection:
        begun = run_store.run(connection, code)
        if begun["ended_at"] is not None:
            return _result(begun["code"], 0, None)
        progress("radio.step.read", 0, 1)
        asked = asked_of(begun["area_code"], begun["as_of"], begun["parameters"])
        found = inputs.read(connection, begun["area_id"], asked, begun["as_of"])
        found = terrain_inputs.grounded(connection, found)
        same = run_store.same(connection, begun, found.digest)
        if same is not None:
            return _equal(connection, begun, same, finish)
        earlier = _earlier(connection, begun)
    folder = config.load().files_dir / "work" / code
    shutil.rmtree(folder, ignore_errors=True)  # of a worker that was killed
    try:
        return _compute(database, actor, _Task(begun, found, earlier, folder, progress, finish))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(connection: Connection, actor: Actor, code: str, *, public: bool) -> None:
    """Open the public edition of a run to everyone, or shut it.

    Conflict ``coverage.not_ended`` before it is computed, ``radio.publish_same`` for one that only names another.
    """
    begun = run_store.run(connection, code)
    area = ground_store.area(connection, begun["area_code"])
    require(actor, Permission.COVERAGE_RUN, PermissionSubject(city_id=area.city_id))
    if begun["ended_at"] is None:
        raise Conflict("coverage.not_ended", run=code)
    if begun["same_as_id"] is not None:
        raise Conflict("radio.publish_same", run=run_store.code_of(connection, begun["same_as_id"]) or code)
    run_store.set_run(connection, code, {"public": public})


def may_publish(connection: Connection, actor: Actor, begun: Mapping[str, Any]) -> bool:
    """True for a regulator of the run's city."""
    area = ground_store.area(connection, begun["area_code"])
    return allows(actor, Permission.COVERAGE_RUN, PermissionSubject(city_id=area.city_id))


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    begun: Mapping[str, Any]
    inputs: Inputs
    earlier: Mapping[str, Any]
    folder: Path
    progress: Progress
    finish: Finish


def _compute(database: Database, actor: Actor, task: _Task) -> dict[str, Any]:
    found, progress = task.inputs, task.progress
    engine = engine_named(found.asked.engine)
    internal_levels = Levels(task.folder / INTERNAL, found.frame.shape, found.internal.names)
    filling, step = terrain_inputs.engine_of(found, engine), _step(progress, "radio.step.internal")
    layers, lacks = editions.swept(internal_levels, found.internal, found, filling, step)
    progress("radio.step.gaps", 0, 2)
    internal = editions.internal(layers, lacks, found, task.earlier[INTERNAL])
    public_levels = Levels(task.folder / PUBLIC, found.frame.shape, found.public.names)
    layers, lacks = editions.swept(
        public_levels, found.public, found, engine, _step(progress, "radio.step.public")
    )
    progress("radio.step.gaps", 1, 2)
    public = editions.public(layers, lacks, found, task.earlier[PUBLIC])
    shutil.rmtree(task.folder / PUBLIC, ignore_errors=True)
    found, remedies = _remedies(database, actor, task, (internal, public))
    kept = rasters.keep_all(
        internal_levels, internal, found, task.begun["model"], _step(progress, "radio.step.rasters")
    )
    written = summary.editions_of((internal, public), remedies, found, kept)
    progress("radio.step.write", 0, 1)
    with database.use_case(actor, timeout_ms=TIMEOUT_MS) as connection:
        return _write(connection, replace(task, inputs=found), written)


def _write(connection: Connection, task: _Task, written: tuple[Edition, ...]) -> dict[str, Any]:
    code = task.begun["code"]
    writing_store.replace(connection, task.begun["id"], written)
    told = {edition.name: dict(edition.summary) for edition in written}
    writing_store.end(connection, code, {"digest": task.inputs.digest, "summary": told})
    result = _result(code, len(written[0].gaps), None)
    task.finish(connection, result)
    return result


def _remedies(
    database: Database, actor: Actor, task: _Task, computed: tuple[Computed, ...]
) -> tuple[Inputs, dict[str, Found]]:
    """What could serve the gaps, per edition, as the asker and as the public see hosts; inputs as they then stood."""
    from infra_registry.coverage.remedies import site_search

    found: dict[str, Found] = {}
    if not task.inputs.asked.remedies:
        return task.inputs, found
    with database.use_case(actor, timeout_ms=TIMEOUT_MS) as connection:
        now = inputs.renewed(connection, task.inputs)
        for number, edition in enumerate(computed):
            task.progress("radio.step.remedies", number, len(computed))
            asked = editions.situation(edition, task.inputs)
            if any(lack.any() for lack in asked.bad.values()):
                found[edition.name] = site_search.find(connection, asked, config.load().files_dir)
    return now, found


def _equal(
    connection: Connection, begun: Mapping[str, Any], same: Mapping[str, Any], finish: Finish
) -> dict[str, Any]:
    code = begun["code"]
    ended = {"digest": same["inputs_digest"], "summary": same["summary"], "same": same["id"]}
    writing_store.end(connection, code, ended)
    if begun["public"]:
        run_store.set_run(connection, same["code"], {"public": True})
    result = _result(code, 0, same["code"])
    finish(connection, result)
    return result


def _result(code: str, gaps: int, same: str | None) -> dict[str, Any]:
    return {"run": code, "gaps": gaps, "same_as": same}


def _earlier(connection: Connection, begun: Mapping[str, Any]) -> dict[str, Any]:
    if begun["compared_with_id"] is None:
        return {INTERNAL: None, PUBLIC: None}
    return {
        edition: writing_store.earlier_gaps(connection, begun["compared_with_id"], edition)
        for edition in (INTERNAL, PUBLIC)
    }


def _check_earlier(connection: Connection, code: str, area_id: int) -> None:
    earlier = run_store.run(connection, code)
    if earlier["method"] != METHOD or earlier["area_id"] != area_id or earlier["ended_at"] is None:
        raise Invalid([Fault("compared_with", code[:20], "radio.compare_other")])


def _check_engine(actor: Actor, name: str) -> None:
    if name != LOCAL and not actor.service:
        raise Invalid([Fault("engine", name[:80], "field.not_choice", LOCAL)])
    engine_named(name)


def _step(progress: Progress, key: str) -> Callable[[int, int], None]:
    return lambda done, total: progress(key, done, total)
