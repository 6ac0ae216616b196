"""Works and what is done about them: registered, changed, and act by act through the gates of the law."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from infra_registry.access import Actor, Permission, PermissionSubject, require
from infra_registry.areas.ground_store import day_of
from infra_registry.assets import projects
from infra_registry.assets import store as asset_store
from infra_registry.assets.edit import Change, edit
from infra_registry.assets.kinds import FUNDING, Kind
from infra_registry.assets.ledger_tables import ACTS, SETTINGS
from infra_registry.assets.projects import Project
from infra_registry.duties.inforce.law import law
from infra_registry.duties.steps import gates
from infra_registry.duties.steps import works_store as store
from infra_registry.duties.steps.works_store import Filters
from infra_registry.errors import Conflict, Fault, Invalid, NotFound
from infra_registry.rules.facts import WORK_KINDS

FIRST_DAY = date(1990, 1, 1)
BASIS, NAME, BY = (2, 500), (2, 200), 200
CHOICES: Mapping[str, Sequence[str]] = {"work_kind": WORK_KINDS, "funding": FUNDING, "setting": SETTINGS}


@dataclass(frozen=True, slots=True)
class Done:
    """An act to be recorded: what, on which day, by whom, known from where; ``as_fact``: although a gate is shut."""

    act: str
    on: date
    by: str
    basis: str
    as_fact: bool = False


def record_act(connection: Connection, actor: Actor, code: str, done: Done) -> int:
    """Record an act of works; the id.

    Raises NotFound, Forbidden, Invalid, or Conflict ``gate.shut`` when a gate of the step is shut and it is not told
    as a fact.
    """
    row = _writable(connection, actor, code)
    faults = _done_faults(done, day_of(connection, row.city_id))
    if any(act.act == done.act and act.taken_back_on is None and act.done_on == done.on
           for act in store.acts(connection, row.id)):  # fmt: skip
        faults.append(Fault("act", done.act, "works.twice", done.on.isoformat()))
    if faults:
        raise Invalid(faults)
    action = gates.ACT_GATES.get(done.act)
    shut = gates.check(connection, law(connection), action, project=row.code, on=done.on) if action else ()
    if not done.as_fact:
        gates.refuse(shut)
    return store.add_act(
        connection,
        {
            "project_id": row.id,
            "act": done.act,
            "done_on": done.on,
            "by_whom": done.by.strip() or None,
            "basis": done.basis.strip(),
            "shut_gates": [gate.name for gate in shut] or None,
        },
    )


def take_back(connection: Connection, actor: Actor, code: str, act_id: int, *, reason: str) -> int:
    """Take an act back: a row beside it says so and why, and neither counts any more.

    Raises NotFound ``works.no_act``, Forbidden, Invalid, or Conflict ``works.taken_back``.
    """
    row = _writable(connection, actor, code)
    act = next((event for event in store.acts(connection, row.id) if event.id == act_id), None)
    if act is None:
        raise NotFound("works.no_act", code=code)
    if act.taken_back_on is not None:
        raise Conflict("works.taken_back", act=act.act)
    if not BASIS[0] <= len(reason.strip()) <= BASIS[1]:
        raise Invalid([Fault("reason", reason[:60], "works.need_basis", f"{BASIS[0]} … {BASIS[1]}")])
    values = {
        "project_id": row.id,
        "act": act.act,
        "done_on": day_of(connection, row.city_id),
        "basis": reason.strip(),
    }
    return store.add_act(connection, values | {"takes_back_id": act.id})


def create(connection: Connection, actor: Actor, works: Project) -> str:
    """Register works; their code. Raises Forbidden or Invalid."""
    city = asset_store.cities_of(connection, [works.geometry])[0]
    require(actor, Permission.ASSET_CREATE, PermissionSubject(works.builder_id, city_id=city))
    faults = _faults({name: getattr(works, name) for name in _PLAIN})
    if faults:
        raise Invalid(faults)
    return store.code_of(connection, projects.add(connection, works))


def change(
    connection: Connection,
    actor: Actor,
    code: str,
    version: int,
    values: Mapping[str, Any],
    geometry: BaseGeometry | None = None,
) -> int:
    """Change works against the version that was read; the new version."""
    row = _writable(connection, actor, code)
    if row.version != version:
        raise Conflict("asset.stale", code=code, sent=version, now=row.version)
    faults = [Fault(name, None, "field.unknown", " | ".join(_PLAIN)) for name in values if name not in _PLAIN]
    faults += _faults({name: getattr(row, name) for name in _PLAIN} | dict(values))
    if faults:
        raise Invalid(faults)
    store.change(connection, row.id, values, geometry)
    return int(row.version) + 1


def attach(connection: Connection, actor: Actor, code: str, asset_code: str, version: int) -> int:
    """Say that an asset belongs to these works; the asset's new version."""
    row = by_code(connection, code)
    return edit(connection, actor, asset_code, version, Change(columns={"project_id": row.id}))


def by_code(connection: Connection, code: str) -> Any:
    """Works by code; NotFound ``works.not_found``."""
    row = store.by_code(connection, code)
    if row is None:
        raise NotFound("works.not_found", code=code[:40])
    return row


def listed(connection: Connection, filters: Filters) -> tuple[Sequence[Any], int]:
    """A page of works and the number of all that match."""
    rows = store.rows(connection, filters)
    return rows, int(rows[0].total) if rows else 0


_PLAIN = (
    "name",
    "name_en",
    "builder_id",
    "work_kind",
    "funding",
    "designated",
    "setting",
    "builds",
    "in_town",
    "starts_on",
    "ends_on",
)


def _writable(connection: Connection, actor: Actor, code: str) -> Any:
    row = by_code(connection, code)
    require(actor, Permission.ASSET_EDIT, row)
    return store.by_code(connection, code, lock=True)


def _done_faults(done: Done, today: date) -> list[Fault]:
    faults = []
    if done.act not in ACTS:
        faults.append(Fault("act", done.act[:40], "field.not_choice", " | ".join(ACTS)))
    if not FIRST_DAY <= done.on <= today:
        faults.append(Fault("on", done.on, "opening.day", f"{FIRST_DAY} … {today}"))
    if not BASIS[0] <= len(done.basis.strip()) <= BASIS[1]:
        faults.append(Fault("basis", done.basis[:60], "works.need_basis", f"{BASIS[0]} … {BASIS[1]}"))
    if len(done.by.strip()) > BY:
        faults.append(Fault("by", done.by[:60], "field.too_long", f"0 … {BY}"))
    return faults


def _faults(values: Mapping[str, Any]) -> list[Fault]:
    faults = []
    if not NAME[0] <= len((values["name"] or "").strip()) <= NAME[1]:
        faults.append(Fault("name", (values["name"] or "")[:60], "field.required", f"{NAME[0]} … {NAME[1]}"))
    if len(values["name_en"] or "") > NAME[1]:
        faults.append(Fault("name_en", values["name_en"][:60], "field.too_long", f"0 … {NAME[1]}"))
    for name, allowed in CHOICES.items():
        if values[name] not in allowed and not (name == "setting" and values[name] is None):
            faults.append(Fault(name, str(values[name])[:40], "field.not_choice", " | ".join(allowed)))
    kinds = tuple(Kind)
    faults += [
        Fault("builds", str(kind)[:40], "field.not_choice", " | ".join(kinds))
        for kind in values["builds"] or ()
        if kind not in kinds
    ]
    start, end = values["starts_on"], values["ends_on"]
    if start and end and end < start:
        faults.append(Fault("ends_on", end, "works.period", f"≥ {start}"))
    return faults
