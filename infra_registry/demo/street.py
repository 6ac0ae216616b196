"""Street furniture: poles along streets, some with a small station on them."""

from shapely.geometry import Point

from infra_registry.assets.kinds import Kind
from infra_registry.demo.ground import Ground
from infra_registry.demo.hosts import station
from infra_registry.demo.plan import OCCUPIABLE, Holding, Planned, day, planned, status
from infra_registry.demo.samples import names

USES = ("street_light", "traffic_signal", "cctv", "telecom", "smart")
USE_SHARES = (66, 9, 13, 5, 7)
HEIGHTS_M = {
    "street_light": (8, 12),
    "traffic_signal": (6, 7),
    "cctv": (5, 8),
    "telecom": (9, 12),
    "smart": (10, 13),
}
SLOTS = {"street_light": 1, "traffic_signal": 1, "cctv": 2, "telecom": 2, "smart": 4}
OWNERS = {"telecom": "cable"}
FIRST_STATION_NUMBER = 5000  # numbers of stations on poles follow those on towers


def poles(ground: Ground, count: int, stations: int) -> list[Planned]:
    """Poles along streets; the first ones in use that have a slot carry the small stations."""
    result: list[Planned] = []
    while len(result) < count:
        street = ground.street(min(ground.rng.randint(8, 22), count - len(result)), 38)
        result += [
            _pole(ground, len(result) + i + 1, spot) for i, spot in enumerate(street[: count - len(result)])
        ]
    small: list[Planned] = []
    for pole in result[::7]:
        if len(small) == stations:
            break
        if pole.draft.status not in OCCUPIABLE or pole.holdings:
            continue
        operator = ground.operator()
        small.append(station(ground, FIRST_STATION_NUMBER + len(small) + 1, operator, host=pole))
        pole.holdings.append(Holding(0, "used", day(ground, 2020, 2025), operator.key, tenant=small[-1].ref))
    return result + small


def _pole(ground: Ground, number: int, spot: tuple[float, float]) -> Planned:
    use = ground.rng.choices(USES, USE_SHARES)[0]
    low, high = HEIGHTS_M[use]
    slots = SLOTS[use]
    pole = planned(
        ground,
        Kind.POLE,
        number,
        Point(spot),
        stem=names()["kind"][use],
        status=status(ground),
        owner=OWNERS.get(use, "urban"),
        fields={
            "use": use,
            "height_m": ground.rng.randint(low, high),
            "material": ground.rng.choices(("steel", "concrete", "aluminium"), (80, 12, 8))[0],
            "slot_count": slots,
            "remaining_load_dan": ground.rng.randrange(0, 400, 10),
            "power_available": use != "telecom",
        },
        units=("slot", slots, None),
    )
    if ground.chance(0.12):
        pole.holdings.append(
            Holding(
                slots - 1,
                ground.rng.choice(("blocked", "future_need", "reserved")),
                day(ground, 2023, 2025),
                "urban",
            )
        )
    return pole
