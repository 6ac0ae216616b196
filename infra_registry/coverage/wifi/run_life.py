"""Free-WiFi gaps of an area: venues, inhabited places and listed key public areas that no free zone reaches.

A gap is a lead, never a finding: who must act is for the rulebook to say, and where it says nothing, nothing
follows. Which families are looked at the law of the place lists, or data where it is silent. A result is as
confidential as its strictest input, so only venues and zones whose exact place is public are looked at, and how many
were left out is told.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from infra_registry import codes
from infra_registry.access import Actor, Permission, PermissionSubject, allows, require
from infra_registry.areas import ground_store
from infra_registry.assets.kinds import VENUES
from infra_registry.config import today
from infra_registry.coverage.runs import store as run_store
from infra_registry.coverage.wifi import input_store, store
from infra_registry.coverage.wifi.defaults import wifi as defaults
from infra_registry.coverage.wifi.law_lookup import families
from infra_registry.coverage.wifi.people import people_sets
from infra_registry.coverage.wifi.reach import MODEL, Reached, reach
from infra_registry.coverage.wifi.summary import gap_rows, key_summary, summarise
from infra_registry.coverage.wifi.surface import surface
from infra_registry.errors import Conflict, Fault, Invalid

METHOD = "wifi_reach"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: an area by code, the reach (m) of zones that state none, the families; None: the defaults."""

    area_code: str
    reach_m: float | None = None
    families: Sequence[str] | None = None
    as_of: date | None = None


def silent(_: str, __: int, ___: int) -> None:
    """Nobody is watching."""


def begin(connection: Connection, actor: Actor, asked: Question, *, public: bool = False) -> str:
    """Write down a run that is about to be computed; its code.

    Raises Invalid for a reach or family out of bounds, NotFound for the area, Conflict when the area has no
    boundary, Forbidden for anyone but a regulator of its city. A ``public`` run is announced while it is computed and
    open to everyone as soon as it has ended.
    """
    faults = question_faults(asked)
    if faults:
        raise Invalid(faults)
    area = ground_store.area(connection, asked.area_code)
    require(actor, Permission.COVERAGE_RUN, PermissionSubject(city_id=area.city_id))
    on = asked.as_of or today()
    if area.city_id not in (area.id, area.parent_id):
        raise Invalid([Fault("area", area.code, "coverage.area_too_small", "")])
    if not ground_store.has_outline(connection, area.id, on):
        raise Conflict("coverage.no_boundary", area=area.code)
    code = codes.new("run")
    parameters = {
        "reach_m": asked.reach_m or defaults().default_reach_m,
        "families": list(asked.families or families(connection, area.id, on)),
    }
    run_store.add_run(
        connection,
        {
            "code": code,
            "method": METHOD,
            "area_id": area.id,
            "parameters": parameters,
            "model": MODEL,
            "as_of": on,
            "public": public,
        },
    )
    return code


def compute(connection: Connection, code: str, progress: Progress = silent) -> dict[str, Any]:
    """Compute a run that was begun, and write its gaps and summary; the summary. May be repeated."""
    begun = run_store.run(connection, code)
    area = ground_store.area(connection, begun["area_code"])
    families, on = begun["parameters"]["families"], begun["as_of"]
    progress("coverage.step.read", 0, 3)
    found_venues = input_store.venues(connection, area.id, families, on)
    venues = [item for item in found_venues if item.open]
    people = people_sets(connection, area.id)
    inhabited = input_store.inhabited(connection, area.id, people.sets, on)
    listed = input_store.key_areas(connection, area, on)
    zones = input_store.zones(connection, area.id, on)
    progress("coverage.step.reach", 1, 3)
    items = {item.place.code: item for item in (*venues, *inhabited, *(listed.areas if listed else ()))}
    reached = reach((item.place for item in items.values()), zones.free, begun["parameters"]["reach_m"])
    found = [(items[answer.code], answer) for answer in reached.answers]
    progress("coverage.step.write", 2, 3)
    districts = ground_store.districts(connection, area.id, on)
    plain = [pair for pair in found if pair[0].key_area_id is None]
    summary = summarise(plain, districts, families) | _basis(zones, reached, len(found_venues) - len(venues))
    keyed = [pair for pair in found if pair[0].key_area_id is not None]
    ground = surface(
        ground_store.outline(connection, area.id, on), zones.free, begun["parameters"]["reach_m"]
    )
    summary |= {"key_areas": key_summary(listed, keyed, districts), "people_basis": people.told()}
    summary |= {"surface": ground}
    store.replace_gaps(connection, begun["id"], gap_rows(found))
    run_store.end_run(connection, code, reached.digest, summary)
    progress("coverage.step.write", 3, 3)
    return summary


def run(connection: Connection, actor: Actor, asked: Question, progress: Progress = silent) -> str:
    """Begin and compute in one transaction; the run's code."""
    code = begin(connection, actor, asked)
    compute(connection, code, progress)
    return code


def publish(connection: Connection, actor: Actor, code: str, *, public: bool) -> None:
    """Open a run to the public, or shut it; Conflict ``coverage.not_ended`` before it is computed.

    Every input stood open to the public when the run was computed; what is withheld later leaves the list.
    """
    begun = run_store.run(connection, code)
    area = ground_store.area(connection, begun["area_code"])
    require(actor, Permission.COVERAGE_RUN, PermissionSubject(city_id=area.city_id))
    if begun["ended_at"] is None:
        raise Conflict("coverage.not_ended", run=code)
    run_store.set_run(connection, code, {"public": public})


def may_publish(connection: Connection, actor: Actor, begun: Mapping[str, Any]) -> bool:
    """True for a regulator of the run's city."""
    area = ground_store.area(connection, begun["area_code"])
    return allows(actor, Permission.COVERAGE_RUN, PermissionSubject(city_id=area.city_id))


def question_faults(asked: Question) -> list[Fault]:
    """What is wrong with a question before anything is read."""
    bounds, faults = defaults(), []
    reach_m = asked.reach_m
    if reach_m is not None and not bounds.least_reach_m <= reach_m <= bounds.most_reach_m:
        expected = f"{bounds.least_reach_m} … {bounds.most_reach_m}"
        faults.append(Fault("reach_m", reach_m, "field.out_of_range", expected))
    unknown = [family for family in asked.families or () if family not in VENUES]
    if unknown:
        faults.append(Fault("families", unknown[0][:40], "field.not_choice", " | ".join(VENUES)))
    if asked.families is not None and not asked.families:
        faults.append(Fault("families", None, "field.required", " | ".join(VENUES)))
    return faults


def _basis(zones: input_store.ZonesFound, reached: Reached, venues_left_out: int) -> dict[str, Any]:
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
