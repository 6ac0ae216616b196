"""Which sets of inhabited places count in an area, by the one rule of demand, and the words that say so."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from infra_registry.coverage.demand import store
from infra_registry.coverage.demand.people import chosen
from infra_registry.coverage.demand.store import POPULATION, DemandSet

POINTS = "points"


@dataclass(frozen=True, slots=True)
class PeopleSets:
    """The sets whose places count; ``aside``: other sets of places, ``other``: people as zones or rasters."""

    sets: tuple[DemandSet, ...]
    aside: int
    other: int

    def told(self) -> dict[str, Any]:
        """For the summary of a run: never how many people, which is told by the reader's level elsewhere."""
        sets = [
            {
                "area": one.area_code,
                "source": one.title or one.source,
                "places": one.items,
                "above": one.step > 0,
            }
            for one in self.sets
        ]
        return {"sets": sets, "aside": self.aside, "other": self.other}


def people_sets(connection: Connection, area_id: int) -> PeopleSets:
    """The sets of places that count in an area: those demand would take if there were only places."""
    found = [one for one in store.sets(connection, area_id) if one.kind in POPULATION]
    sets = tuple(chosen(found, (POINTS,)))
    points = sum(one.kind == POINTS for one in found)
    return PeopleSets(sets, points - len(sets), len(found) - points)
