"""The only writer of an asset's status after its registration, and of its relocation and alteration.

A lawful step is refused while a gate of it is shut (Conflict ``gate.shut``: citation, missing evidence, remedy). What
has happened in spite of it is recorded ``as_fact`` with its reason, keeps the gates that were shut, and is listed for
the regulator by ``gates.unshown``.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from infra_registry.access import Actor
from infra_registry.areas.ground_store import day_of
from infra_registry.assets import edit
from infra_registry.assets.edit import Change
from infra_registry.assets.kinds import Status
from infra_registry.assets.store import Move
from infra_registry.config import today
from infra_registry.duties.inforce.law import law
from infra_registry.duties.steps import gates, gates_store
from infra_registry.errors import Fault, Invalid
from infra_registry.rules.model import Action

REASON = 4
FIRST_DAY = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Step:
    """A step on an asset: its day (None: today where it lies), why, under which works, whether it is told as a fact."""

    on: date | None = None
    reason: str = ""
    works: str = ""
    as_fact: bool = False

    @property
    def day(self) -> date:
        """The day of the step; when it is not given the register's own, until a use case puts that of the asset."""
        return self.on or today()


def move(
    connection: Connection, actor: Actor, code: str, version: int, to: Status, step: Step | None = None
) -> int:
    """Move the status along a declared transition; the new version.

    Raises NotFound, Forbidden, Conflict ``asset.stale``, ``asset.no_transition`` or ``gate.shut``, or Invalid.
    """
    row = edit.movable(connection, actor, code, version, to)
    dated_step = _dated(connection, row, step or Step())
    action = gates.MOVES.get(to)
    if row.status == Status.PLANNED and to is Status.RETIRED:
        action = None  # a plan is given up: nothing is removed
    moved_on = gates_store.moved_on(connection, row.id)
    if moved_on and dated_step.day < moved_on and not dated_step.as_fact:
        # A step dated before the last one would be judged by the law of a day on which it did not happen.
        span = f"{moved_on} … {day_of(connection, row.city_id)}"
        raise Invalid([Fault("on", dated_step.day, "opening.day", span)])
    shut = _shut(connection, action, row, dated_step)
    return edit.transition(connection, row, to, Move(dated_step.day, dated_step.reason.strip() or None, shut))


def relocate(
    connection: Connection, actor: Actor, code: str, version: int, geometry: BaseGeometry, step: Step
) -> int:
    """Move plant to another place. Correcting a wrong coordinate is no relocation: that is ``assets.edit``."""
    row = edit.writable(connection, actor, code, version)
    step = _dated(connection, row, step)
    shut = _acted(connection, row, Action.RELOCATE, step)
    _record(connection, row.id, "relocated", step, shut)
    return edit.edit(connection, actor, code, version, Change(geometry=geometry, valid_from=step.day))


def alter(connection: Connection, actor: Actor, code: str, version: int, change: Change, step: Step) -> int:
    """Alter plant: what it is made of or carries, not what the register wrongly said of it."""
    row = edit.writable(connection, actor, code, version)
    step = _dated(connection, row, step)
    shut = _acted(connection, row, Action.ALTER, step)
    _record(connection, row.id, "altered", step, shut)
    return edit.edit(connection, actor, code, version, change)


def _dated(connection: Connection, row: Any, step: Step) -> Step:
    return replace(step, on=step.on or day_of(connection, row.city_id))


def _acted(connection: Connection, row: Any, action: Action, step: Step) -> tuple[str, ...]:
    if len(step.reason.strip()) < REASON:
        raise Invalid([Fault("reason", step.reason[:60], "gate.need_reason", f"{REASON} … 500")])
    return _shut(connection, action, row, step)


def _shut(connection: Connection, action: Action | None, row: Any, step: Step) -> tuple[str, ...]:
    """Gates that are shut, as names, when the step is told as a fact; Conflict when it is not."""
    faults, today = [], day_of(connection, row.city_id)
    if step.day < FIRST_DAY or (step.as_fact and step.day > today):
        faults.append(Fault("on", step.day, "opening.day", f"{FIRST_DAY} … {today}"))
    if len(step.reason) > 500:
        faults.append(Fault("reason", step.reason[:60], "field.too_long", "0 … 500"))
    if step.works and gates_store.project_id(connection, step.works) is None:
        faults.append(Fault("works", step.works[:40], "works.unknown", "S-7K2M9QX4TA"))
    if faults:
        raise Invalid(faults)
    if action is None:
        return ()
    shut = gates.check(connection, law(connection), action, asset=row.code, project=step.works, on=step.day)
    if not step.as_fact:
        gates.refuse(shut)
    elif shut and len(step.reason.strip()) < REASON:
        raise Invalid([Fault("reason", step.reason[:60], "gate.need_reason", f"{REASON} … 500")])
    return tuple(gate.name for gate in shut)


def _record(connection: Connection, asset_id: int, act: str, step: Step, shut: tuple[str, ...]) -> None:
    works = gates_store.project_id(connection, step.works) if step.works else None
    values = {"asset_id": asset_id, "act": act, "done_on": step.day, "project_id": works}
    gates_store.add_act(
        connection, values | {"reason": step.reason.strip(), "shut_gates": list(shut) or None}
    )
