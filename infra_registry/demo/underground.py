"""Routes under the streets: chambers, the ducts between them with full and free bores, and the cables inside."""

from dataclasses import replace
from itertools import pairwise

from shapely.geometry import Point

from infra_registry.assets.kinds import Kind, Status
from infra_registry.demo.ground import Ground, line
from infra_registry.demo.plan import Holding, Planned, day, planned
from infra_registry.demo.samples import people

BORES = (4, 6, 9, 12)
STOPS = (6, 11)
STEP_M = 105
FULL, FREE = 0.25, 0.2
OVERHEAD_FROM = 9000  # numbers of lines that hang follow those of lines in ducts
OWNER_SHARES = (60, 16, 8, 12, 4)


def routes(ground: Ground, count: int) -> list[Planned]:
    """So many routes; a quarter is full, a fifth is empty, the rest between."""
    result: list[Planned] = []
    chambers = ducts = cables = 0
    for _ in range(count):
        owner = _owner(ground)
        stops = ground.street(ground.rng.randint(*STOPS), STEP_M)
        here = [_chamber(ground, chambers + i + 1, spot, owner) for i, spot in enumerate(stops)]
        chambers += len(here)
        bores = ground.rng.choice(BORES)
        built = day(ground, 2003, 2024)
        inside = [_cable(ground, cables + i + 1, stops) for i in range(_used(ground, bores))]
        cables += len(inside)
        for start, end in pairwise(here):
            ducts += 1
            duct = planned(
                ground,
                Kind.DUCT,
                ducts,
                line([start.draft.geometry.coords[0], end.draft.geometry.coords[0]]),
                owner=owner,
                ends=(start.ref, end.ref),
                fields={
                    "bore_count": bores,
                    "inner_diameter_mm": ground.rng.choice((90, 100, 110)),
                    "material": ground.rng.choice(("pvc", "pe", "cement")),
                    "cover_depth_m": round(ground.rng.uniform(0.6, 1.3), 2),
                    "position_class": ground.rng.choice(("a", "b", "c")),
                    "built_on": built,
                },
                units=("bore", bores, None),
            )
            duct.holdings = [
                Holding(i, "used", built, cable.owner, tenant=cable.ref) for i, cable in enumerate(inside)
            ]
            if len(inside) < bores and ground.chance(0.2):
                duct.holdings.append(Holding(len(inside), "blocked", built))
            result.append(duct)
        result += here + inside
    return result


def _owner(ground: Ground) -> str:
    keys = ("cable", *(item.key for item in people().operators))
    return ground.rng.choices(keys, OWNER_SHARES)[0]


def _used(ground: Ground, bores: int) -> int:
    draw = ground.rng.random()
    if draw < FULL:
        return bores
    return 0 if draw < FULL + FREE else ground.rng.randint(1, bores - 1)


def _chamber(ground: Ground, number: int, spot: tuple[float, float], owner: str) -> Planned:
    small = ground.chance(0.35)
    return planned(
        ground,
        Kind.CHAMBER,
        number,
        Point(spot),
        owner=owner,
        fields={
            "chamber_type": "handhole" if small else "manhole",
            "length_m": 0.9 if small else 1.8,
            "width_m": 0.6 if small else 1.2,
            "depth_m": 0.9 if small else 1.9,
            "lock": "sample-key",
        },
    )


def _cable(ground: Ground, number: int, stops: list[tuple[float, float]]) -> Planned:
    owner = ground.operator().key
    fibres = ground.rng.choice((24, 48, 96, 144, 288))
    return planned(
        ground,
        Kind.CABLE,
        number,
        line(stops),
        owner=owner,
        operator=owner,
        status=Status.IN_USE,
        fields={
            "laying": "in_duct",
            "medium": "fibre",
            "fibre_count": fibres,
            "fibres_free": ground.rng.randrange(0, fibres),
            "built_on": day(ground, 2008, 2025),
        },
    )


def overhead(ground: Ground, count: int) -> list[Planned]:
    """Lines that hang along the streets, as they did before there were ducts."""
    result = []
    for number in range(1, count + 1):
        cable = _cable(ground, OVERHEAD_FROM + number, ground.street(ground.rng.randint(*STOPS), STEP_M))
        fields = cable.draft.fields | {"laying": "overhead"}
        cable.draft = replace(cable.draft, fields=fields)
        result.append(cable)
    return result
