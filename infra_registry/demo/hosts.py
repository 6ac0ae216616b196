"""Towers with one or several operators, their stations and cells."""

from collections.abc import Sequence
from typing import Any

from shapely.geometry import Point

from infra_registry.assets.kinds import Kind, Status
from infra_registry.demo.ground import Ground
from infra_registry.demo.plan import OCCUPIABLE, Deal, Holding, Planned, day, planned, status
from infra_registry.demo.samples import PartyRow, names, people

STRUCTURES = ("lattice", "monopole", "rooftop", "guyed", "mast_light")
STRUCTURE_SHARES = (30, 34, 24, 4, 8)
HEIGHTS_M = {
    "lattice": (30, 55),
    "monopole": (20, 40),
    "rooftop": (3, 12),
    "guyed": (25, 45),
    "mast_light": (15, 30),
}
RURAL_SHARE = 0.35
CARRIER_OWNED = 0.12
AZIMUTHS = (0, 120, 240)


def towers(ground: Ground, count: int) -> list[Planned]:
    """Towers and the stations on them; most belong to the tower company."""
    result: list[Planned] = []
    stations = 0
    for number in range(1, count + 1):
        tower = _tower(ground, number)
        result.append(tower)
        if tower.draft.status not in OCCUPIABLE:
            continue
        for slot, operator in enumerate(_tenants(ground, tower)):
            stations += 1
            result.append(station(ground, stations, operator, host=tower))
            since = day(ground, 2016, 2025)
            tower.holdings.append(Holding(slot, "used", since, operator.key, tenant=result[-1].ref))
            if tower.owner != operator.key and tower.owner is not None and ground.chance(0.5):
                basis = names()["basis"]["tower_access"]
                tower.deals.append(Deal(tower.owner, operator.key, "access", False, basis, since, 5))
    return result


def _tower(ground: Ground, number: int) -> Planned:
    spot = ground.anywhere() if ground.chance(RURAL_SHARE) else ground.in_town(1.6)
    structure = ground.rng.choices(STRUCTURES, STRUCTURE_SHARES)[0]
    low, high = HEIGHTS_M[structure]
    platforms = ground.rng.choices((1, 2, 3, 4, 5), (8, 20, 34, 26, 12))[0]
    owner = "tower"
    if ground.chance(CARRIER_OWNED):
        owner = ground.rng.choice(people().operators).key
    tower = planned(
        ground,
        Kind.TOWER,
        number,
        Point(spot),
        status=status(ground),
        owner=owner,
        fields={
            "structure_type": structure,
            "height_m": ground.rng.randint(low, high),
            "ground_elevation_m": ground.rng.randint(30, 90),
            "platform_count": platforms,
            "remaining_load_kn": round(ground.rng.uniform(0, 40), 1),
            "built_on": day(ground, 2004, 2024),
        },
        units=("platform", platforms, None),
    )
    if ground.chance(0.08):
        tower.holdings.append(Holding(platforms - 1, "blocked", day(ground, 2022, 2025)))
    return tower


def _tenants(ground: Ground, tower: Planned) -> list[PartyRow]:
    """Operators on a tower: chosen by their shares, no more than there are free platforms."""
    assert tower.units is not None
    free = tower.units[1] - len(tower.holdings)
    tenants = [operator for operator in people().operators if ground.chance(operator.share)]
    ground.rng.shuffle(tenants)
    if tower.owner != "tower":  # a carrier's own mast is mostly its own
        tenants = [operator for operator in tenants if operator.key == tower.owner or ground.chance(0.15)]
    return tenants[: max(0, free)]


def station(ground: Ground, number: int, operator: PartyRow, *, host: Planned) -> Planned:
    """A station of an operator on a host, with three cells for each of its systems."""
    new_station = planned(
        ground,
        Kind.BASE_STATION,
        number,
        host.draft.geometry.representative_point(),
        owner=operator.key,
        operator=operator.key,
        host=host.ref,
        status=Status.IN_USE,
        fields={
            "licence_number": f"SAMPLE-{ground.district.code}-{number:04d}",
            "licence_until": ground.city.as_of.replace(
                year=ground.city.as_of.year + ground.rng.randint(0, 3)
            ),
            "permitted_on": day(ground, 2012, 2023),
            "in_service_on": day(ground, 2014, 2025),
        },
    )
    top = float(host.draft.fields.get("height_m") or 20)
    new_station.cells.extend(_cells(ground, new_station.ref, top, names()["system"]))
    return new_station


def _cells(ground: Ground, ref: str, top_m: float, systems: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    turn = ground.rng.randrange(0, 120, 10)
    height = round(max(2.5, top_m - ground.rng.uniform(0.5, 4)), 1)
    rows: list[dict[str, Any]] = []
    for index, system in enumerate(systems):
        if not ground.chance(system["share"]):
            continue
        low, high = system["band_mhz"]
        rows += [
            {
                "cell_ref": f"{ref.rsplit('/', 1)[1]}-{index}-{sector}",
                "technology": system["technology"],
                "band_low_mhz": low,
                "band_high_mhz": high,
                "azimuth_deg": (azimuth + turn) % 360,
                "antenna_height_m": height,
                "tilt_deg": ground.rng.randint(2, 9),
                "eirp_dbm": system["eirp_dbm"],
                "directivity": "directional",
            }
            for sector, azimuth in enumerate(AZIMUTHS)
        ]
    return rows
