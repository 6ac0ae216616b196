"""Which sets of inhabited places count in an area, by the rule of demand (``demand.people.chosen``)."""

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

    def for_summary(self) -> dict[str, Any]:
        """The sets for the summary of a run, without numbers of people: those depend on the reader."""
        sets = [
            {
                "area": counted.area_code,
                "source": counted.title or counted.source,
                "places": counted.items,
                "above": counted.step > 0,
            }
            for counted in self.sets
        ]
        return {"sets": sets, "aside": self.aside, "other": self.other}


def people_sets(connection: Connection, area_id: int) -> PeopleSets:
    """The sets of places that count in an area: those that demand takes when there are only places."""
    candidates = [item for item in store.sets(connection, area_id) if item.kind in POPULATION]
    sets = tuple(chosen(candidates, (POINTS,)))
    points = sum(item.kind == POINTS for item in candidates)
    return PeopleSets(sets, points - len(sets), len(candidates) - points)
