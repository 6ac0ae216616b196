"""What the page of an asset says about opening, evidence, and steps that wait for something."""

from typing import Any

from infra_registry.access import Permission, allows
from infra_registry.areas.ground_store import day_of
from infra_registry.assets.kinds import TRANSITIONS, Kind, Status
from infra_registry.db import Connection
from infra_registry.duties.answers import (
    evidence,
    evidence_store,
    ledger_store,
    opening,
    opening_rule,
    opening_store,
)
from infra_registry.duties.answers.opening_checks import OPENABLE
from infra_registry.duties.inforce.law import law
from infra_registry.duties.steps import gates, gates_store
from infra_registry.duties.steps.gates import Gate
from infra_registry.publish.record import Record
from infra_registry.rules.model import SubjectKind
from web.site.context import current_actor


def steps(connection: Connection, asset: Record) -> dict[str, tuple[Gate, ...]]:
    """The gates of each lawful move of status that are not plainly open, by the status it leads to."""
    now = Status(asset.item.values["status"])
    in_force, code = law(connection), asset.item.values["code"]
    on = day_of(connection, asset.city_id)
    gates_by_step = {}
    for to in TRANSITIONS[now]:
        action = gates.MOVES.get(to)
        if action is not None and not (now is Status.PLANNED and to is Status.RETIRED):
            gates_by_step[to.value] = gates.gates(connection, in_force, action, asset=code, on=on)
    return gates_by_step


def of_asset(connection: Connection, asset: Record) -> dict[str, Any]:
    """Opening and evidence of an asset as far as this reader may know of them, and what he may do."""
    actor, code = current_actor(), asset.item.values["code"]
    subject = opening_store.subjects(connection, [code]).get(code)
    exact = bool(subject and subject.exact)
    own = (subject.owner_id, subject.controller_id) if subject else ()
    rulebooks, day = law(connection), day_of(connection, asset.city_id)
    answers = exact and allows(actor, Permission.OPENING_ANSWER, subject)
    exempts = exact and allows(actor, Permission.OPENING_EXEMPT, subject)
    opening_shown = exact and (
        answers or exempts or opening_rule.may_be_shown(connection, rulebooks, asset.id, day, asset.sight)
    )
    rule = opening_rule.rules(connection, rulebooks, [asset.id], day).get(asset.id) if opening_shown else None
    kept = exact and allows(actor, Permission.EVIDENCE_SHOW, subject)
    return {
        "opening": ledger_store.by_asset(connection, asset.id) if exact else None,
        "opening_rule": rule,
        "opening_closed": not opening_shown,
        "opening_openable": exact and (asset.kind.value in OPENABLE or rule is not None),
        "opening_events": opening_store.events(connection, asset.id)
        if exact and actor.is_authenticated
        else [],
        "opening_waiting": opening.unanswered(connection, asset.id)
        if exact and actor.is_authenticated
        else [],
        "may_answer": answers,
        "may_exempt": exempts,
        "may_ask": exact and allows(actor, Permission.OPENING_ASK) and actor.party_id not in own,
        "evidence": evidence_store.shown(connection, SubjectKind.ASSET, asset.id) if kept else [],
        "evidence_facts": _facts(asset.kind) if kept else (),
        "done": gates_store.acts_of(connection, asset.id) if kept else [],
    }


def _facts(kind: Kind) -> tuple[str, ...]:
    """Facts worth offering for a kind of asset; every other one can be shown over the interface."""
    places = {"safety", "environment", "landscape", "normal_use", "state_security", "secrecy", "obstructed"}
    premises = {"existing_building", "network_works", "equal_access", "open_to_all", "obstructed"}
    lines = {"shared_duct", "co_built", "feasible", "needed_for_city_works"}
    offered = premises if kind is Kind.PREMISES else places if kind.value in OPENABLE else lines
    if kind is Kind.POLE:
        offered = offered | lines
    return tuple(name for name in evidence.facts_for(SubjectKind.ASSET) if name in offered)
