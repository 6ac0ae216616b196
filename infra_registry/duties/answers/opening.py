"""What holders and those who ask do about opening: ask, offer, open, refuse, decline, exempt, take back.

Events are only ever added. A refusal is of a duty: it names a condition of the opening clause that binds here on
that day, with evidence and the office that decided; "other" is no ground anywhere. Where no instrument asks for
opening, a holder declines as he likes, and that is no refusal.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from infra_registry import codes
from infra_registry.access import Actor, Permission, require
from infra_registry.duties.answers import opening_rule
from infra_registry.duties.answers import opening_store as store
from infra_registry.duties.answers.opening_checks import (
    EVIDENCE,
    Act,
    Context,
    law_faults,
    only,
    plain_faults,
    text_faults,
    twice,
)
from infra_registry.duties.answers.opening_rule import Rule, rules
from infra_registry.duties.inforce.law import Law
from infra_registry.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from infra_registry.parties import store as parties

MOST = 5000


def record(connection: Connection, law: Law, actor: Actor, acts: Sequence[Act]) -> list[str]:
    """Record acts on one asset or many, all or none; codes of the events in the order given.

    Raises Invalid whose faults name the asset (``G-…​.ground``), Forbidden for a single asset of somebody else's,
    NotFound for a single one nobody knows.
    """
    if not 0 < len(acts) <= MOST:
        raise Invalid([Fault("assets", len(acts), "opening.how_many", f"1 … {MOST}")])
    subjects = store.subjects(connection, [act.asset for act in acts])
    if len(acts) == 1:
        only(actor, acts[0], subjects)
    acts = [
        replace(act, on=act.on or subjects[act.asset].today) if act.asset in subjects else act for act in acts
    ]
    faults = [fault for act in acts for fault in plain_faults(actor, act, subjects.get(act.asset))]
    faults += twice(acts)
    if faults:
        raise Invalid(faults)
    ids = [subjects[act.asset].id for act in acts]
    store.lock(connection, ids)
    speaking = _rules(connection, law, acts, subjects)
    requests = _requests(connection, ids)
    askers = parties.ids_of(connection, [act.asker for act in acts if act.asker])
    rows, wrong = [], []
    for act in acts:
        subject = subjects[act.asset]
        asker = (
            (askers.get(act.asker) if act.asker else actor.party_id or None) if act.act == "asked" else None
        )
        context = Context(subject, speaking.get((subject.id, act.day)), requests.get(subject.id, ()), asker)
        wrong += law_faults(act, context)
        rows.append(_row(act, context))
    if wrong:
        raise Invalid(wrong)
    codes = store.add(connection, rows)
    for day in {subject.today for subject in subjects.values()}:
        there = [subject.id for subject in subjects.values() if subject.today == day]
        opening_rule.note(connection, law, there, day)
    return codes


def withdraw(connection: Connection, actor: Actor, code: str, *, reason: str, on: date | None = None) -> str:
    """Take an event back: who asked his request, who holds the asset his answer, a regulator an exemption.

    Raises NotFound, Forbidden, Conflict ``opening.taken_back`` or Invalid.
    """
    event = store.event(connection, code)
    if event is None or event.act == "withdrawn":
        raise NotFound("opening.no_event", code=code[:40])
    store.lock(connection, [event.asset_id])
    event = store.event(connection, code) or event  # as whoever held the asset before left it
    if event.act == "asked":
        if not actor.service and (actor.party_id == 0 or event.asker_id != actor.party_id):
            raise Forbidden("opening.not_your_request", code=code)
    else:
        permission = Permission.OPENING_EXEMPT if event.act == "exempted" else Permission.OPENING_ANSWER
        require(actor, permission, event)
    day = on or event.today
    faults = text_faults(event.asset_code, "evidence", reason, EVIDENCE)
    if not event.done_on <= day <= event.today:
        faults.append(Fault(f"{event.asset_code}.on", day, "opening.day", f"{event.done_on} … {event.today}"))
    if faults:
        raise Invalid(faults)
    if event.taken_back:
        raise Conflict("opening.taken_back", code=code)
    row = _blank(event.asset_id, "withdrawn", day) | {"answers_id": event.id, "evidence": reason.strip()}
    return store.add(connection, [row | {"asker_id": event.asker_id, "sample": event.sample}])[0]


def unanswered(connection: Connection, asset_id: int) -> list[Any]:
    """Requests without an answer that this reader may know of, oldest first."""
    return [row for row in store.requests(connection, [asset_id]) if row.answered_on is None]


def _rules(
    connection: Connection, law: Law, acts: Sequence[Act], subjects: dict[str, Any]
) -> dict[tuple[int, date], Rule | None]:
    """The opening clause of each asset on the day of its act."""
    by_day: dict[tuple[int, date], Rule | None] = {}
    for day in {act.day for act in acts}:
        ids = [subjects[act.asset].id for act in acts if act.day == day]
        by_day |= {(key, day): rule for key, rule in rules(connection, law, ids, day).items()}
    return by_day


def _requests(connection: Connection, ids: Sequence[int]) -> dict[int, list[Any]]:
    by_asset: dict[int, list[Any]] = {}
    for row in store.requests(connection, ids):
        by_asset.setdefault(row.asset_id, []).append(row)
    return by_asset


def _row(act: Act, context: Context) -> dict[str, Any]:
    request = context.request(act.answers) if act.answers else None
    rule = context.rule if act.act != "asked" else None
    return _blank(context.subject.id, act.act, act.day) | {
        "asker_id": context.asker,
        "answers_id": request.id if request else None,
        "rulebook": rule.book if rule else None,
        "clause": rule.clause if rule else None,
        "digest": rule.digest if rule else None,
        "ground": act.ground if act.act in ("refused", "exempted") else None,
        "evidence": act.evidence.strip() or None,
        "person": act.person.strip() or None,
        "wanted": act.wanted.strip() or None,
        "sample": context.subject.sample,
    }


def _blank(asset_id: int, act: str, day: date) -> dict[str, Any]:
    code = codes.new("opening")
    return {"code": code, "asset_id": asset_id, "act": act, "done_on": day}
