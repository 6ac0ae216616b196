"""Whether anything is held of the law that could oblige hosts of an area to open."""

from datetime import date

from sqlalchemy import Connection

from infra_registry.coverage.remedies.candidate_store import BEARING
from infra_registry.duties.inforce.law import law
from infra_registry.duties.judging.area_law import area_codes, speaking


def held(connection: Connection, area_id: int, on: date) -> bool:
    """True when a rulebook of the area is held, or one of the whole country speaks of opening there on that day.

    False says that no duty is known, which is neither that there is none nor that one was broken.
    """
    said = speaking(law(connection), area_codes(connection, area_id), BEARING, on)
    return bool(said.clauses or said.local or said.not_held)
