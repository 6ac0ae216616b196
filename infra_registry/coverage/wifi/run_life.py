"""Free-WiFi gaps of an area: venues, inhabited places and listed key public areas that no free zone reaches.

A gap names no one who must act: that follows from the rulebook alone. The families of venues are those that the law of
the area lists, or ``wifi.toml`` where it lists none. Only venues and zones whose exact place is public are taken, so
that a result discloses no place; the number left out is part of the result.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from infra_registry.access import Actor
from infra_registry.areas import ground_store
from infra_registry.areas.ground_store import AreaOnDay, District
from infra_registry.assets.kinds import VENUES
from infra_registry.coverage.demand import store as demand_store
from infra_registry.coverage.demand.people import chosen
from infra_registry.coverage.demand.store import POPULATION, DemandSet
from infra_registry.coverage.runs.life import Begun, Bench, Method, Outcome, Plan, Progress, register
from infra_registry.coverage.wifi import input_store, store
from infra_registry.coverage.wifi.defaults import wifi as defaults
from infra_registry.coverage.wifi.input_store import KeyList, Located, ZonesInReach
from infra_registry.coverage.wifi.law_lookup import families
from infra_registry.coverage.wifi.reach import MODEL, Reached, reach
from infra_registry.coverage.wifi.summary import gap_rows, key_summary, summarise
from infra_registry.coverage.wifi.surface import surface
from infra_registry.errors import Fault, Invalid

POINTS = "points"


@dataclass(frozen=True, slots=True)
class Question:
    """A question: an area by code, the reach (m) of zones that state none, the families; None: the defaults."""

    area_code: str
    reach_m: float | None = None
    families: Sequence[str] | None = None
    as_of: date | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Inputs:
    """Everything that decides a run; ``venues``: those whose exact place everybody may know."""

    begun: Begun
    venues: list[Located]
    venues_left_out: int
    people_basis: dict[str, Any]
    inhabited: list[Located]
    listed: KeyList | None
    zones: ZonesInReach
    districts: list[District]


def _check(_: Actor, question: Question) -> None:
    bounds, reach_m = defaults(), question.reach_m
    faults: list[Fault] = []
    if reach_m is not None and not bounds.least_reach_m <= reach_m <= bounds.most_reach_m:
        expected = f"{bounds.least_reach_m} … {bounds.most_reach_m}"
        faults.append(Fault("reach_m", reach_m, "field.out_of_range", expected))
    unknown = [family for family in question.families or () if family not in VENUES]
    if unknown:
        faults.append(Fault("families", unknown[0][:40], "field.not_choice", " | ".join(VENUES)))
    if question.families is not None and not question.families:
        faults.append(Fault("families", None, "field.required", " | ".join(VENUES)))
    if faults:
        raise Invalid(faults)


def _plan(connection: Connection, question: Question, ground: AreaOnDay) -> Plan:
    """Invalid for an area below a district, Conflict for one without a boundary."""
    area = ground.area
    if area.city_id not in (area.id, area.parent_id):
        raise Invalid([Fault("area", area.code, "coverage.area_too_small", "")])
    ground.bounded()
    parameters = {
        "reach_m": question.reach_m or defaults().default_reach_m,
        "families": list(question.families or families(connection, area.id, ground.on)),
    }
    return Plan(parameters, MODEL)


def _read(connection: Connection, begun: Begun, progress: Progress) -> _Inputs:
    area, on = begun.ground.area, begun.ground.on
    progress("coverage.step.read", 0, 3)
    venues = input_store.venues(connection, area.id, begun.row["parameters"]["families"], on)
    # Places count by the rule of demand, as if there were no zones and rasters of people.
    sets = [item for item in demand_store.sets(connection, area.id) if item.kind in POPULATION]
    counted = chosen(sets, (POINTS,))
    return _Inputs(
        begun,
        [venue for venue in venues if venue.open],
        sum(not venue.open for venue in venues),
        _people_basis(sets, counted),
        input_store.inhabited(connection, area.id, counted, on),
        input_store.key_areas(connection, area, on),
        input_store.zones(connection, area.id, on),
        ground_store.districts(connection, area.id, on),
    )


def _compute(given: _Inputs, bench: Bench) -> Outcome:
    reach_m, zones = given.begun.row["parameters"]["reach_m"], given.zones
    bench.progress("coverage.step.reach", 1, 3)
    key_areas = given.listed.areas if given.listed else ()
    items = {item.place.code: item for item in (*given.venues, *given.inhabited, *key_areas)}
    reached = reach((item.place for item in items.values()), zones.free, reach_m)
    pairs = [(items[answer.code], answer) for answer in reached.answers]
    plain = [pair for pair in pairs if pair[0].key_area_id is None]
    keyed = [pair for pair in pairs if pair[0].key_area_id is not None]
    summary = summarise(plain, given.districts, given.begun.row["parameters"]["families"])
    summary |= _basis(zones, reached, given.venues_left_out)
    summary |= {
        "key_areas": key_summary(given.listed, keyed, given.districts),
        "people_basis": given.people_basis,
        "surface": surface(given.begun.ground.outline, zones.free, reach_m),
    }
    rows = gap_rows(pairs)
    bench.progress("coverage.step.write", 2, 3)
    return Outcome(
        reached.digest,
        summary,
        len(rows),
        lambda connection, run_id: store.replace_gaps(connection, run_id, rows),
    )


def _basis(zones: ZonesInReach, reached: Reached, venues_left_out: int) -> dict[str, Any]:
    """What the result rests on, for the reader to judge it by."""
    return {
        "epsg": reached.epsg,
        "zones_in_area": zones.in_area,
        "zones_used": len(zones.free),
        "zones_not_stated": zones.not_stated,
        "zones_assumed_reach": reached.assumed_zones,
        "zones_as_drawn": reached.drawn_zones,
        "left_out": zones.withheld + venues_left_out,
    }


def _people_basis(sets: Sequence[DemandSet], counted: Sequence[DemandSet]) -> dict[str, Any]:
    """The sets that count, how many others of places are left aside, how many have people as zones or rasters.

    Without numbers of people: those depend on the reader.
    """
    points = sum(item.kind == POINTS for item in sets)
    return {
        "sets": [
            {
                "area": item.area_code,
                "source": item.title or item.source,
                "places": item.items,
                "above": item.step > 0,
            }
            for item in counted
        ],
        "aside": points - len(counted),
        "other": len(sets) - points,
    }


WIFI = register(Method("wifi_reach", "coverage.wifi", _check, _plan, _read, _compute))
