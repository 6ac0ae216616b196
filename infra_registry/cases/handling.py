"""A handler at work: read a case, see who reported, move it on, and erase what must go."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from infra_registry import audit
from infra_registry.access import Actor, Permission, require
from infra_registry.areas.ground_store import day_of
from infra_registry.cases import moves, recusal, store
from infra_registry.cases.erasure_store import WISH
from infra_registry.cases.keys import Keys, identity_key, seal, unseal
from infra_registry.cases.points import Point, open_point
from infra_registry.cases.tracking import ReporterStep, words_of
from infra_registry.duties.dates import clock_store, clocks
from infra_registry.errors import Conflict, Forbidden, NotFound

_KEPT_BACK = frozenset(("id", "secret_hash", "form_digest", "sealed", "sealed_point", "wrapped_key", "geom"))


@dataclass(frozen=True, slots=True)
class Accused:
    """One the report is about; ``code`` where he is registered."""

    part: str
    name: str
    name_en: str | None
    code: str | None


@dataclass(frozen=True, slots=True)
class Step(ReporterStep):
    """One event of a case as its handler reads it; ``mine``: recorded by the reading handler."""

    actor_kind: str
    mine: bool


@dataclass(frozen=True, slots=True)
class Case:
    """A case as its handler reads it. ``facts`` are the row's codes and places; ``story`` what was written,
    empty after erasure; ``point`` longitude and latitude, None after it and where none was given."""

    facts: Mapping[str, Any]
    story: Mapping[str, str]
    point: Point | None
    accused: tuple[Accused, ...]
    steps: tuple[Step, ...]
    offers: tuple[moves.Offer, ...]
    clocks: tuple[clocks.DueDate, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """Name and contact the reporter gave; either may be empty."""

    name: str
    contact: str


@dataclass(frozen=True, slots=True)
class MoveRequest:
    """A move asked for by a handler, against the version of the case that was read."""

    move: str
    version: int
    reason: str = ""
    words: str = ""


def read_case(connection: Connection, keys: Keys, actor: Actor, number: str) -> Case:
    """The case with its story opened; the reading is audited.

    Raises NotFound, or Forbidden ``cases.own_party`` to a handler tied to an accused.
    """
    row = _row(connection, keys, actor, number)
    audit.note(connection, "read", "case_file", ref=row.number)
    key = keys.unwrap(row.number, row.wrapped_key) if row.wrapped_key else None
    story = unseal(key, row.sealed, bound_to=f"story:{row.number}") if key else {"accused": {}}
    written = story.pop("accused")
    point = open_point(key, row.number, row.sealed_point) if key else None
    accused = tuple(
        Accused(party.part, party.name or written.get(str(party.ord), ""), party.name_en, party.code)
        for party in store.accused_of(connection, row.id)
    )
    steps = tuple(
        Step(
            e.at,
            e.move,
            e.new_state,
            e.reason,
            words_of(key, row.number, e),
            e.actor_kind,
            e.actor_id == actor.user_id,
        )
        for e in store.events_of(connection, row.id)
    )
    facts = {name: value for name, value in row._mapping.items() if name not in _KEPT_BACK}  # noqa: SLF001
    offered = moves.offers(row.state) if row.erased_at is None else ()
    clock_states = clocks.of_case(connection, row.id, day_of(connection, row.city_id))
    return Case(facts, story, point, accused, steps, offered, clock_states)


def read_identity(connection: Connection, keys: Keys, actor: Actor, number: str) -> Identity | None:
    """Who reported; None when he gave nothing. Each reading is audited, also one that finds nothing."""
    require(actor, Permission.CASE_IDENTITY)
    row = _row(connection, keys, actor, number)
    audit.note(connection, "read", "case_identity", ref=row.number)
    identity = store.identity_of(connection, row.id)
    if identity is None:
        return None
    key = identity_key(keys, row.number, identity.wrapped_key, row.wrapped_key)
    return Identity(**unseal(key, identity.sealed, bound_to=f"identity:{row.number}"))


def move_case(connection: Connection, keys: Keys, actor: Actor, number: str, request: MoveRequest) -> str:
    """Move the case on; its new state. State, event and audit commit together.

    Raises Conflict ``cases.move_shut`` naming what is open or ``cases.stale`` when somebody was quicker,
    Invalid for a missing reason or words, and what ``read_case`` raises.
    """
    row = _row(connection, keys, actor, number)
    if row.erased_at is not None:
        raise Conflict("cases.erased")
    if row.version != request.version:
        raise Conflict("cases.stale", number=row.number)
    move = moves.plan(row.state, request.move, request.reason, request.words)
    require(actor, move.permission)
    wish = row.erasure_rule if row.erasure_rule == WISH else None  # a rule ends: the case is at work again
    change = {
        "state": move.end,
        "assigned_to": actor.user_id or None,
        "erasure_rule": wish,
        "erasure_by": None,
    }
    case_id = store.change_state(connection, row.number, request.version, change)
    if case_id is None:
        raise Conflict("cases.stale", number=row.number)
    text = request.words.strip()
    key = keys.unwrap(row.number, row.wrapped_key)
    event = {
        "case_id": case_id,
        "move": move.name,
        "old_state": row.state,
        "new_state": move.end,
        "reason": request.reason or None,
        "said": seal(key, {"said": text}, bound_to=f"said:{row.number}") if text else None,
        "actor_kind": "handler",
        "actor_id": actor.user_id or None,
    }
    store.add_event(connection, event)
    if move.end in moves.CHECKED:
        clock_store.end(connection, case_id=case_id, on=day_of(connection, row.city_id))
    return move.end


def erase_case(connection: Connection, number: str) -> None:
    """As the service: destroy the case's key and every text of it; codes and dates stay for the statistics.

    Copies in backups stay readable for the holder of the operator's key until the backup ages out.
    Raises NotFound when there is no such case or it is erased already.
    """
    if not store.erase(connection, number):
        raise NotFound("cases.missing", number=number)


def _row(connection: Connection, keys: Keys, actor: Actor, number: str) -> Any:
    require(actor, Permission.CASE_READ)
    row = store.read(connection, number[:40])
    if row is None:
        if store.conflicted(connection, number[:40]):
            raise Forbidden("cases.own_party")
        raise NotFound("cases.missing", number=number[:40])
    recusal.refuse_tied(connection, keys, row)
    return row
