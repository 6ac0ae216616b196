"""The record of hosts: free units, opening, the duty with its citation, exclusive agreements, parties present."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection

from infra_registry.coverage.remedies import candidate_store as store
from infra_registry.coverage.remedies.host_state import Situation
from infra_registry.coverage.remedies.obstacles import Exclusive, Ledger
from infra_registry.coverage.remedies.standard_site import Standard
from infra_registry.duties.inforce.law import Law, cite, law
from infra_registry.duties.judging.area_law import area_codes, speaking
from infra_registry.errors import NotFound

LANGUAGES = {"zh": "zh-Hans", "en": "en"}
OPENING = ("state", "ground", "since", "asked_on")
DUTY = ("rulebook", "clause", "effect", "modality", "standing", "kept")


def ledgers(
    connection: Connection, ids: Sequence[int], situation: Situation, taken: Standard, *, public: bool
) -> dict[int, Ledger]:
    """What this reader may know about hosts, by id."""
    if not ids:
        return {}
    on, area_id = situation.as_of, situation.area_id
    units = store.free_units(connection, ids, on, area_id=area_id, public=public)
    openings, duties = store.openings(connection, ids), store.duties(connection, ids)
    deals = store.exclusives(connection, ids, on)
    present = store.present(connection, ids, on, area_id=area_id, public=public)
    in_force = law(connection)
    records = {}
    for key in ids:
        opening, duty = openings.get(key), duties.get(key)
        records[key] = Ledger(
            **_units(units.get(key), taken),
            **({name: getattr(opening, name) for name in OPENING} if opening else {}),
            **(_duty(in_force, duty) if duty else {}),
            exclusives=tuple(_exclusive(row) for row in deals.get(key, ())),
            present=present.get(key, ()),
        )
    return records


def _units(row: Any, taken: Standard) -> dict[str, Any]:
    """Free units: countable ones as they are, a roof by how many standard sites still fit."""
    if row is None or not row.shown:
        return {"shown": False}
    if not row.units:
        return {"shown": True}
    if row.free_m2 is None:
        return {"free": row.free, "units": row.units}
    return {"free": max(0, int(row.free_m2 // taken.roof_m2)), "units": row.units, "free_m2": row.free_m2}


def _duty(in_force: Law, row: Any) -> dict[str, Any]:
    """The duty and the words of its grounds; neither while the projection is behind the law for a moment."""
    try:
        book, clause = in_force.book(row.rulebook), in_force.clause(row.rulebook, row.clause)
    except NotFound:
        return {}
    grounds = {
        part.key: {name: part.text.of(locale) for name, locale in LANGUAGES.items()}
        for part in (*clause.conditions, *clause.exceptions)
    }
    citation = {name: cite(book, clause, locale) for name, locale in LANGUAGES.items()}
    duty = {name: getattr(row, name) for name in DUTY}
    return {"duty": {**duty, "citation": citation}, "grounds": grounds}


def _exclusive(row: Any) -> Exclusive:
    name = {"zh": row.party_name, "en": row.party_name_en or row.party_name} if row.party else None
    return Exclusive(row.code, row.deal_type, row.exclusive, row.party, name, row.until)


def has_law(connection: Connection, area_id: int, on: date) -> bool:
    """True when the register has a rulebook of the area, or one of the whole country on opening there on that day.

    False says that no duty is known, which is neither that there is none nor that one was broken.
    """
    area_law = speaking(law(connection), area_codes(connection, area_id), store.BEARING, on)
    return bool(area_law.clauses or area_law.local or area_law.not_held)
