"""A town with a gap and everything that could close it: the ground of tests on remedies."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from shapely.geometry import Point, box
from sqlalchemy import Connection, text

from infra_registry.access import SERVICE
from infra_registry.assets import agreements, capacity
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import Kind, Status
from infra_registry.assets.register import register
from infra_registry.coverage.grids.frame import Frame, frame_of
from infra_registry.coverage.remedies.host_state import GapCells, Parameters, Situation
from infra_registry.db import Database
from infra_registry.duties.answers import opening
from infra_registry.duties.answers.opening_checks import Act
from infra_registry.duties.inforce.law import law
from infra_registry.duties.judging import projection
from tests.integration.law_towns import SOUTH, TOWNS, Towns, building, settle, works

TOWN = "yingtan"
WEST = TOWNS[TOWN][1] + 0.05
NORTH_EDGE = SOUTH + 0.1
ON = date(2026, 11, 22)
PEOPLE = 4.0
NEAR = (WEST + 0.02, SOUTH + 0.075)
# For tests of what is listed and said, not of what is chosen: one set is enough.
ONE_SET = Parameters(budgets=(1,), targets=())
SETS = Parameters(budgets=(1, 3), targets=(0.5,))


@dataclass(frozen=True)
class Town:
    """Who and what there is: hosts by name with their code and id."""

    towns: Towns
    codes: dict[str, str]
    ids: dict[str, int]

    @property
    def area_id(self) -> int:
        return self.towns.cities[TOWN]


def remedy_town(database: Database) -> Town:
    """The town in an empty register."""
    with database.use_case(SERVICE) as connection:
        return make(connection)


def make(connection: Connection) -> Town:
    """Halls that refused, that are let to one alone, that opened; masts; a pole; works."""
    towns = settle(connection)
    codes = {
        "refused": building(connection, towns, TOWN, 1, geometry=spot(0.004, 0), fields={"height_m": 20}),
        "exclusive": building(connection, towns, TOWN, 2, geometry=spot(-0.004, 0), fields={"height_m": 20}),
        "open": building(connection, towns, TOWN, 3, geometry=spot(0, 0.004), fields={"height_m": 12}),
        "full": mast(connection, towns, "full", spot(0, -0.004)),
        "hidden": mast(connection, towns, "hidden", spot(0.002, 0.002), access_class="P3"),
        "coming": mast(connection, towns, "coming", spot(0.01, 0.01), status=Status.PLANNED),
        "pole": mast(connection, towns, "pole", spot(0.006, 0.006), kind=Kind.POLE),
        "far": mast(connection, towns, "far", Point(TOWNS[TOWN][1] + 0.45, SOUTH + 0.45)),
    }
    _, codes["works"] = works(
        connection, towns, TOWN, ("designated",), designated=True, builds=("base_station",),
        geometry=spot(-0.01, 0.01).buffer(0.0005),
    )  # fmt: skip
    ids = {row.code: row.id for row in connection.execute(text("SELECT code, id FROM asset"))}
    found = {name: ids[code] for name, code in codes.items() if code in ids}
    _ledgers(connection, towns, found)
    _answers(connection, codes)
    return Town(towns, codes, found)


def mast(connection: Connection, towns: Towns, name: str, place: Point, *, kind=Kind.TOWER, **values) -> str:
    """A tower or pole of the rival; its code."""
    own: dict[str, Any] = {
        "owner_id": towns.parties["rival"],
        "access_class": "P1",
        "fields": {"height_m": 35},
    }
    if kind is Kind.POLE:
        own["fields"] = {"height_m": 9, "use": "street_light"}
    return register(connection, [Draft(kind, name, place, **(own | values))])[0].code


def spot(east: float, north: float) -> Point:
    """A place near the middle of the gap."""
    return Point(NEAR[0] + east, NEAR[1] + north)


def _ledgers(connection: Connection, towns: Towns, ids: dict[str, int]) -> None:
    for name in ("refused", "exclusive", "open"):
        capacity.add_units(connection, ids[name], "roof_area", quantity_m2=100.0)
    (only,) = capacity.add_units(connection, ids["full"], "platform")
    capacity.add_units(connection, ids["hidden"], "platform", 3)
    carrier = towns.parties["carrier"]
    taken = capacity.Allocation(only, "used", date(2020, 1, 1), holder_id=carrier)
    capacity.allocate(connection, SERVICE, taken)
    deal = agreements.Agreement(
        ids["exclusive"], "exclusive_access", "合同复印件", grantor_id=towns.parties["holder"],
        grantee_id=carrier, exclusive=True, since=date(2024, 1, 1), until=date(2028, 1, 1), code="A-ONLY",
    )  # fmt: skip
    agreements.add(connection, [deal])


def _answers(connection: Connection, codes: dict[str, str]) -> None:
    held = law(connection)
    told = {"evidence": "结构鉴定书2026-14", "person": "后勤处张主任"}
    request = Act(codes["refused"], "asked", date(2026, 6, 1), "屋面小站", asker="carrier")
    opening.record(connection, held, SERVICE, [request])
    acts = [
        Act(codes["refused"], "refused", date(2026, 6, 20), ground="safety", **told),
        Act(codes["open"], "opened", date(2026, 7, 1)),
    ]
    opening.record(connection, held, SERVICE, acts)
    while projection.catch_up(connection, held) is not None:
        pass


def frame() -> Frame:
    """The grid around the gap, cells of 50 m."""
    return frame_of(box(WEST, SOUTH + 0.055, WEST + 0.04, SOUTH + 0.095), 50)


def situation(
    town: Town, *, edition: str = "internal", operators: Iterable[str] = ("any",), **values
) -> Situation:
    """4G lacks in a square of about 3 km around the middle; four people in each of its cells."""
    grid = frame()
    bad = grid.mask(box(NEAR[0] - 0.015, NEAR[1] - 0.015, NEAR[0] + 0.015, NEAR[1] + 0.015))
    cells = np.flatnonzero(bad).astype(np.int32)
    gaps = tuple(GapCells(70 + n, operator, "4g", cells) for n, operator in enumerate(operators))
    made = Situation(
        grid, town.area_id, {"4g": bad}, {"4g": -105.0}, (bad * PEOPLE).astype(np.float32), gaps, edition, ON,
        SETS,
    )  # fmt: skip
    return replace(made, **values)
