"""Whether the register has any law that could oblige hosts of an area to open."""

from datetime import date

from sqlalchemy import Connection

from infra_registry.coverage.remedies.candidate_store import BEARING
from infra_registry.duties.inforce.law import law
from infra_registry.duties.judging.area_law import area_codes, speaking


def has_law(connection: Connection, area_id: int, on: date) -> bool:
    """True when the register has a rulebook of the area, or one of the whole country on opening there on that day.

    False says that no duty is known, which is neither that there is none nor that one was broken.
    """
    area_law = speaking(law(connection), area_codes(connection, area_id), BEARING, on)
    return bool(area_law.clauses or area_law.local or area_law.not_held)
