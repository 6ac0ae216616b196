"""Public buildings of every venue family, and the free WiFi in and beside some of them."""

from typing import Any

from shapely.geometry import Point

from infra_registry.assets.kinds import Kind, Status
from infra_registry.demo import classes
from infra_registry.demo.ground import Ground
from infra_registry.demo.plan import Deal, Holding, Planned, day, planned
from infra_registry.demo.samples import names

ZONE_IN_BUILDING = 0.72
DRAWN_AS_AREA = 0.3


def buildings(ground: Ground, count: int) -> list[Planned]:
    """Public buildings with their roofs; some withheld with a reason and a review date."""
    families = names()["venue"]
    result = []
    for number in range(1, count + 1):
        # The first of a district go round the families, so that each occurs; then by share.
        family = families[(number - 1) % len(families)]
        if number > len(families):
            family = ground.rng.choices(families, [item["share"] for item in families])[0]
        result.append(_building(ground, number, family))
    return result


def _building(ground: Ground, number: int, family: dict[str, Any]) -> Planned:
    zh, en = ground.rng.choice(family["names"])
    spot = ground.in_town(1.1)
    width, depth = ground.rng.randint(25, 90), ground.rng.randint(18, 60)
    roof = round(width * depth * 0.6)
    withheld = family["controller"] == "state_organ" and ground.chance(0.14)
    building = planned(
        ground,
        Kind.PUBLIC_BUILDING,
        number,
        ground.block(spot, width, depth) if ground.chance(DRAWN_AS_AREA) else Point(spot),
        stem={"zh": zh, "en": en},
        status=ground.rng.choices(
            (Status.IN_USE, Status.BUILDING, Status.PLANNED, Status.IDLE), (93, 3, 2, 2)
        )[0],
        owner=family["owner"],
        controller=family["owner"],
        access_class="P4" if withheld else None,
        **(classes.withheld() if withheld else {}),
        fields={
            "form": "building",
            "venue": family["code"],
            "controller_type": family["controller"],
            "funding": "private"
            if family["controller"] == "private"
            else ground.rng.choice(("government", "government", "mixed")),
            "height_m": ground.rng.randint(8, 70),
            "roof_area_m2": roof,
            "roof_type": ground.rng.choices(("flat", "pitched"), (85, 15))[0],
            "fibre_entry": ground.chance(0.7),
            "surveyed_on": day(ground, 2023, 2025),
        },
        units=("roof_area", 1, float(roof)),
    )
    if building.draft.status is Status.IN_USE and not withheld and ground.chance(0.22):
        _let_roof(ground, building, roof)
    return building


def _let_roof(ground: Ground, building: Planned, roof: int) -> None:
    first = ground.operator()
    since = day(ground, 2018, 2025)
    building.holdings.append(
        Holding(0, "used", since, first.key, quantity_m2=float(min(roof, ground.rng.randint(12, 40))))
    )
    assert building.owner is not None
    exclusive = ground.rng.choices((False, None, True), (6, 3, 2))[0]
    kind = "exclusive_access" if exclusive else "lease"
    basis = names()["basis"]["exclusive" if exclusive else "agreement"]
    building.deals.append(
        Deal(building.owner, first.key, kind, exclusive, basis, since, ground.rng.choice((3, 5, 8)))
    )


def zones(ground: Ground, count: int, hosts: list[Planned]) -> list[Planned]:
    """WiFi zones: most in a public building, the others in the street; some not free, some without a record."""
    open_hosts = [
        host for host in hosts if host.draft.status is Status.IN_USE and host.draft.access_class != "P4"
    ]
    ground.rng.shuffle(open_hosts)
    result = []
    for number in range(1, count + 1):
        host = open_hosts.pop() if open_hosts and ground.chance(ZONE_IN_BUILDING) else None
        result.append(_zone(ground, number, host))
    return result


def _zone(ground: Ground, number: int, host: Planned | None) -> Planned:
    spot = ground.in_town()
    if host is not None:
        centre = host.draft.geometry.centroid
        spot = ground.shifted((centre.x, centre.y), ground.rng.uniform(0, 6.28), ground.rng.uniform(0, 15))
    operator = ground.operator().key
    recorded, logs = ground.chance(0.78), names()["logs"]
    fields: dict[str, Any] = {
        "ssid": f"sample-free-{ground.district.name_en.lower()}"[:32],
        "free": ground.chance(0.84),
        "setting": "indoor" if host else "outdoor",
        "login_manner": ground.rng.choices(("phone_code", "portal", "real_name", "none"), (60, 20, 12, 8))[0],
        "login_limit_min": ground.rng.choice((0, 60, 120, 240)),
        "reach_m": ground.rng.choice((50, 80, 100, 150)),
        "security_measures": recorded,
        "log_days": (ground.rng.choices(logs["days"], logs["shares"])[0] or None) if recorded else None,
        "security_filing": f"SAMPLE-{ground.district.code}-W{number:04d}" if recorded else None,
        "responsible": names()["basis"]["responsible"] if recorded and ground.chance(0.8) else None,
    }
    if ground.chance(0.6):
        fields |= {
            "measured_down_mbps": round(ground.rng.uniform(2, 120), 1),
            "measured_up_mbps": round(ground.rng.uniform(1, 40), 1),
            "measured_latency_ms": round(ground.rng.uniform(8, 90)),
            "measured_on": day(ground, 2025, 2026),
        }
    area = host is None and ground.chance(0.35)
    return planned(
        ground,
        Kind.WIFI_ZONE,
        number,
        ground.block(spot, 120, 70) if area else Point(spot),
        owner=operator,
        operator=operator,
        host=host.ref if host else None,
        status=ground.rng.choices((Status.IN_USE, Status.PLANNED, Status.IDLE), (93, 4, 3))[0],
        fields=fields,
    )
