"""What people show about a subject that the register cannot know by itself: a fact, true or not, its basis, its day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from infra_registry.access import Actor, Permission, require
from infra_registry.areas.ground_store import day_of
from infra_registry.duties.answers import evidence_store as store
from infra_registry.errors import Conflict, Fault, Invalid, NotFound
from infra_registry.rules.facts import FACTS
from infra_registry.rules.model import SubjectKind

BASIS = (4, 1000)
FIRST_YEAR = 1990


@dataclass(frozen=True, slots=True)
class Shown:
    """One fact of a subject as somebody shows it: it holds or it does not, known from where, since when."""

    fact: str
    holds: bool
    basis: str
    known_on: date | None = None


def facts_for(kind: SubjectKind) -> tuple[str, ...]:
    """Facts a person may show about a kind of subject."""
    return tuple(name for name, spec in FACTS.items() if spec.evidence and kind in spec.subjects)


def show(
    connection: Connection, actor: Actor, kind: SubjectKind, code: str, shown: Sequence[Shown]
) -> list[int]:
    """Record evidence about one subject, all of it or none.

    Raises NotFound, Forbidden, or Invalid naming each fact that may not be shown, basis or day that will not do.
    """
    subject = _writable(connection, actor, kind, code)
    today = day_of(connection, subject.city_id)
    shown = [replace(item, known_on=item.known_on or today) for item in shown]
    faults = [fault for item in shown for fault in _faults(kind, item, today)]
    if not shown:
        faults.append(Fault("fact", "", "field.required", " | ".join(facts_for(kind))))
    if faults:
        raise Invalid(faults)
    return store.add(connection, [_row(kind, subject, item, holds=item.holds) for item in shown])


def take_back(
    connection: Connection, actor: Actor, kind: SubjectKind, code: str, *, fact: str, basis: str
) -> int:
    """Take back what was shown about a fact: from today on it is not shown again.

    Raises NotFound, Forbidden, Invalid, or Conflict ``evidence.nothing`` when nothing stands.
    """
    subject = _writable(connection, actor, kind, code)
    today = day_of(connection, subject.city_id)
    item = Shown(fact, holds=False, basis=basis, known_on=today)
    faults = _faults(kind, item, today)
    if faults:
        raise Invalid(faults)
    if fact not in standing(connection, kind, subject.id):
        raise Conflict("evidence.nothing", fact=fact)
    return store.add(connection, [_row(kind, subject, item, holds=None)])[0]


def standing(connection: Connection, kind: SubjectKind, key: int) -> Mapping[str, Any]:
    """The last word on each fact, where it was not taken back."""
    return {
        row.fact: row for row in store.shown(connection, kind, key) if row.stands and row.holds is not None
    }


def _writable(connection: Connection, actor: Actor, kind: SubjectKind, code: str) -> Any:
    if kind not in store.COLUMNS:
        raise NotFound("evidence.no_subject", code=code[:40])
    subject = store.subject(connection, kind, code)
    if subject is None:
        raise NotFound("evidence.no_subject", code=code[:40])
    require(actor, Permission.EVIDENCE_SHOW, subject)
    return subject


def _faults(kind: SubjectKind, item: Shown, today: date) -> list[Fault]:
    faults = []
    allowed = facts_for(kind)
    if item.fact not in allowed:
        faults.append(Fault("fact", item.fact[:40], "field.not_choice", " | ".join(allowed)))
    basis = item.basis.strip()
    if not BASIS[0] <= len(basis) <= BASIS[1] or not basis.replace("\n", "").replace("\r", "").isprintable():
        faults.append(Fault("basis", basis[:60], "opening.need_evidence", f"{BASIS[0]} … {BASIS[1]}"))
    day = item.known_on or today
    if not date(FIRST_YEAR, 1, 1) <= day <= today:
        faults.append(Fault("known_on", day, "opening.day", f"{FIRST_YEAR}-01-01 … {today}"))
    return faults


def _row(kind: SubjectKind, subject: Any, item: Shown, *, holds: bool | None) -> dict[str, Any]:
    return {
        store.COLUMNS[kind]: subject.id,
        "fact": item.fact,
        "holds": holds,
        "basis": item.basis.strip(),
        "known_on": item.known_on,
    }
