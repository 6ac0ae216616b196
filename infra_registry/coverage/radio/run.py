"""What a radio run has of its own in the life of a run: its question checked and priced, read, and computed.

Until the last transaction nothing of a result stands in the database; rasters lie in the file store before it, named by
their content, so that one nobody refers to is only a file.
"""

import gc
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from infra_registry import config
from infra_registry.access import Actor
from infra_registry.areas.ground_store import AreaOnDay
from infra_registry.coverage.grids.caps import KERNEL
from infra_registry.coverage.grids.engine import engine_named
from infra_registry.coverage.radio import (
    costs,
    digests,
    editions,
    inputs,
    rasters,
    summary,
    terrain_inputs,
    writing_store,
)
from infra_registry.coverage.radio.editions import INTERNAL, PUBLIC, Computed
from infra_registry.coverage.radio.inputs import Inputs
from infra_registry.coverage.radio.layers import Levels
from infra_registry.coverage.radio.question import (
    METHOD,
    TERRAIN,
    Question,
    parameters,
    question_faults,
    stored_question,
)
from infra_registry.coverage.remedies.host_state import Remedies
from infra_registry.coverage.runs import store as run_store
from infra_registry.coverage.runs.life import (
    TIMEOUT_MS,
    Begun,
    Bench,
    Method,
    Outcome,
    Plan,
    Progress,
    register,
)
from infra_registry.errors import Fault, Invalid

LOCAL = "local"


def model(question: Question) -> str:
    """What computes: kernel, models, data; the public edition is always by the statistical model."""
    statistical = f"TR 38.901; kernel {KERNEL}; data {digests.data_digest()[:12]}"
    return f"ITM 1.2.2 (public edition: {statistical})" if question.model == TERRAIN else statistical


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    row: Mapping[str, Any]
    inputs: Inputs
    earlier: Mapping[str, Any]


def _check(actor: Actor, question: Question) -> None:
    """Raises Invalid with faults by field.

    Only the product itself, that is its command line, may name an engine other than ``local``: nobody else makes this
    machine connect anywhere.
    """
    faults = question_faults(question)
    if faults:
        raise Invalid(faults)
    inputs.check_technologies(question)
    if question.engine != LOCAL and not actor.service:
        raise Invalid([Fault("engine", question.engine[:80], "field.not_choice", LOCAL)])
    engine_named(question.engine)


def _plan(connection: Connection, question: Question, ground: AreaOnDay) -> Plan:
    """Price the grid; Invalid where its cost is above the caps or the earlier run is of something else."""
    full = question.filled()
    price = costs.priced(connection, full, ground)
    terrain_inputs.check(connection, price)
    costs.check(price)
    earlier = (
        _compared(connection, question.compared_with, ground.area.id) if question.compared_with else None
    )
    return Plan(parameters(full), model(full), earlier)


def _read(connection: Connection, begun: Begun, progress: Progress) -> _Task:
    progress("radio.step.read", 0, 1)
    question = stored_question(begun.ground.area.code, begun.ground.on, begun.row["parameters"])
    task_inputs = terrain_inputs.grounded(connection, inputs.read(connection, question, begun.ground))
    return _Task(begun.row, task_inputs, _earlier(connection, begun.row))


def _compute(task: _Task, bench: Bench) -> Outcome:
    """Both editions, their remedies and rasters; levels lie in a folder of the run until it ends."""
    folder = config.load().files_dir / "work" / task.row["code"]
    shutil.rmtree(folder, ignore_errors=True)  # of a worker that was killed
    try:
        return _computed(task, bench, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _computed(task: _Task, bench: Bench, folder: Path) -> Outcome:
    given, progress = task.inputs, bench.progress
    engine = engine_named(given.question.engine)
    internal_levels = Levels(folder / INTERNAL, given.frame.shape, given.internal.names)
    filling, step = terrain_inputs.engine_of(given, engine), _step(progress, "radio.step.internal")
    layers, lacks = editions.swept(internal_levels, given.internal, given, filling, step)
    progress("radio.step.gaps", 0, 2)
    internal = editions.internal(layers, lacks, given, task.earlier[INTERNAL])
    public_levels = Levels(folder / PUBLIC, given.frame.shape, given.public.names)
    layers, lacks = editions.swept(
        public_levels, given.public, given, engine, _step(progress, "radio.step.public")
    )
    progress("radio.step.gaps", 1, 2)
    public = editions.public(layers, lacks, given, task.earlier[PUBLIC])
    shutil.rmtree(folder / PUBLIC, ignore_errors=True)
    now, remedies = _remedies(given, bench, (internal, public))
    kept = rasters.keep_all(
        internal_levels, internal, now, task.row["model"], _step(progress, "radio.step.rasters")
    )
    written = summary.editions_of((internal, public), remedies, now, kept)
    progress("radio.step.write", 0, 1)
    return Outcome(
        now.digest,
        {edition.name: dict(edition.summary) for edition in written},
        len(written[0].gaps),
        lambda connection, run_id: writing_store.replace(connection, run_id, written),
    )


def _remedies(
    given: Inputs, bench: Bench, computed: tuple[Computed, ...]
) -> tuple[Inputs, dict[str, Remedies]]:
    """What could serve the gaps, per edition, as the asker and as the public see hosts; inputs as they then stood."""
    from infra_registry.coverage.remedies import site_search

    remedies: dict[str, Remedies] = {}
    if not given.question.remedies:
        return given, remedies
    with bench.database.use_case(bench.actor, timeout_ms=TIMEOUT_MS) as connection:
        now = inputs.renewed(connection, given)
        for number, edition in enumerate(computed):
            bench.progress("radio.step.remedies", number, len(computed))
            situation = editions.situation(edition, given)
            if any(lack.any() for lack in situation.bad.values()):
                remedies[edition.name] = site_search.find(connection, situation, config.load().files_dir)
            del situation
            gc.collect()  # large arrays hang on few objects in cycles, which wait long for their turn
    return now, remedies


def _earlier(connection: Connection, begun: Mapping[str, Any]) -> dict[str, Any]:
    if begun["compared_with_id"] is None:
        return {INTERNAL: None, PUBLIC: None}
    return {
        edition: writing_store.earlier_gaps(connection, begun["compared_with_id"], edition)
        for edition in (INTERNAL, PUBLIC)
    }


def _compared(connection: Connection, code: str, area_id: int) -> int:
    """The id of the earlier run, which is of this method and area and has ended."""
    earlier = run_store.run(connection, code)
    if earlier["method"] != METHOD or earlier["area_id"] != area_id or earlier["ended_at"] is None:
        raise Invalid([Fault("compared_with", code[:20], "radio.compare_other")])
    return int(earlier["id"])


def _step(progress: Progress, key: str) -> Callable[[int, int], None]:
    return lambda done, total: progress(key, done, total)


RADIO = register(
    Method(METHOD, "coverage.radio", _check, _plan, _read, _compute, lambda task: str(task.inputs.digest))
)
