"""Estates and office buildings with one carrier or with four, and equipment rooms."""

from shapely.geometry import Point

from infra_registry.assets.kinds import Kind, Status
from infra_registry.demo.ground import Ground
from infra_registry.demo.plan import OCCUPIABLE, Deal, Holding, Planned, ServedBy, day, planned, status
from infra_registry.demo.samples import names, people

TYPES = ("residential", "commercial", "industrial_park", "mixed")
CARRIERS = (1, 2, 3, 4)
CARRIER_SHARES = (26, 22, 20, 32)


def premises(ground: Ground, count: int) -> list[Planned]:
    """Premises with the carriers seen there; where one is alone, some agreements say so."""
    return [_premises(ground, number) for number in range(1, count + 1)]


def _premises(ground: Ground, number: int) -> Planned:
    use = ground.rng.choices(TYPES, (68, 17, 8, 7))[0]
    spot, building_count = ground.in_town(1.2), ground.rng.randint(1, 24)
    households = building_count * ground.rng.randint(30, 110) if use in ("residential", "mixed") else 0
    premises = planned(
        ground,
        Kind.PREMISES,
        number,
        ground.block(spot, 60 + building_count * 9, 50 + building_count * 7)
        if ground.chance(0.6)
        else Point(spot),
        stem=names()["kind"][use],
        owner="committee" if use == "residential" and ground.chance(0.4) else "developer",
        controller="estates",
        status=ground.rng.choices((Status.IN_USE, Status.BUILDING, Status.PLANNED), (93, 5, 2))[0],
        fields={
            "premises_type": use,
            "household_count": households,
            "floor_count": ground.rng.randint(5, 33),
            "building_count": building_count,
            "network_owner": ground.rng.choice(
                ("developer", "owners", "carrier", "property_manager", "not_stated")
            ),
            "network_accepted_on": day(ground, 2008, 2024),
            "built_on": day(ground, 2002, 2023),
        },
    )
    if premises.draft.status is Status.IN_USE:
        _serve(ground, premises)
    return premises


def _serve(ground: Ground, premises: Planned) -> None:
    operators = list(people().operators)
    carrier = ground.rng.choices(CARRIERS, CARRIER_SHARES)[0]
    ground.rng.shuffle(operators)
    there = sorted(operators, key=lambda item: -item.share * ground.rng.random())[:carrier]
    for operator in there:
        premises.served_by.append(ServedBy(operator.key, "broadband", day(ground, 2024, 2026)))
        if ground.chance(0.5):
            premises.served_by.append(ServedBy(operator.key, "mobile", day(ground, 2024, 2026)))
    basis = names()["basis"]
    if carrier == 1 and ground.chance(0.45):
        kind = ground.rng.choice(("exclusive_access", "exclusive_revenue", "exclusive_marketing"))
        premises.deals.append(
            Deal("estates", there[0].key, kind, True, basis["exclusive"], day(ground, 2015, 2025), 10)
        )
    elif ground.chance(0.3):
        stated = ground.rng.choice((False, None))
        premises.deals.append(
            Deal("estates", there[0].key, "access", stated, basis["agreement"], day(ground, 2017, 2025), 5)
        )


def rooms(ground: Ground, count: int) -> list[Planned]:
    """Equipment rooms with racks, some of them free."""
    result = []
    for number in range(1, count + 1):
        owner = ground.rng.choices(
            ("tower", *(item.key for item in people().operators)), (30, 30, 15, 20, 5)
        )[0]
        racks = ground.rng.randint(2, 12)
        room = planned(
            ground,
            Kind.ROOM,
            number,
            Point(ground.in_town()),
            owner=owner,
            status=status(ground),
            fields={
                "floor_area_m2": ground.rng.randint(12, 120),
                "rack_count": racks,
                "power_kva": ground.rng.choice((10, 20, 40, 80)),
                "backup_power": ground.chance(0.75),
                "built_on": day(ground, 2005, 2024),
            },
            units=("rack", racks, None),
        )
        if room.draft.status in OCCUPIABLE:
            used = ground.rng.randint(0, racks)
            room.holdings = [Holding(i, "used", day(ground, 2015, 2025), owner) for i in range(used)]
        result.append(room)
    return result
