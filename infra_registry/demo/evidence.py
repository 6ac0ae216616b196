"""Evidence of a sample city: claims, a drive test, disputes in several states; equal seeds give equal rows."""

from hashlib import sha256
from math import pi, radians
from random import Random

import shapely
from shapely.geometry import MultiPolygon, Polygon
from sqlalchemy import Connection

from infra_registry.access import SERVICE
from infra_registry.coverage.evidence import challenge_store, challenges, claims, measurements
from infra_registry.coverage.evidence.claim_reading import Shape
from infra_registry.coverage.evidence.measurement_reading import VALUES, Rows
from infra_registry.demo.ground import Ground
from infra_registry.demo.plan import sample_code
from infra_registry.demo.samples import City
from infra_registry.demo.scenes import ChallengeScene, ClaimScene

CORNERS = 48
FEW_M = 120.0  # weak measurements lie about so far around a disputed place


def write(connection: Connection, city: City, grounds: dict[str, Ground]) -> None:
    """Claims, then measurements, then what is disputed; nothing where the city's file tells none."""
    scenes = city.scenes
    claims = {}
    for scene in scenes.claims:
        claims[scene.operator, scene.values["technology"]] = _claim(connection, city, scene, grounds)
    if scenes.drive_test:
        rows = _drive_test(city, grounds)
        digest = sha256(repr(rows.good).encode()).hexdigest()
        measurements.load(connection, SERVICE, rows, digest, sample=True)
    for number, dispute in enumerate(scenes.challenges, start=1):
        _dispute(connection, claims[dispute.operator, dispute.technology], dispute, (city, grounds, number))


def _party(key: str) -> str:
    return f"SAMPLE-{key.upper()}"


def _claim(connection: Connection, city: City, scene: ClaimScene, grounds: dict[str, Ground]) -> str:
    discs = [_disc(ground, ground.district.radius_m * scene.reach) for ground in grounds.values()]
    merged = shapely.union_all(discs)
    whole = merged if isinstance(merged, MultiPolygon) else MultiPolygon([merged])
    shape = Shape(whole, int(shapely.get_num_coordinates(whole)))
    ref = f"{city.code}/claim/{scene.operator}/{scene.values['technology']}/{scene.values['environment']}"
    values = {**scene.values, "operator": _party(scene.operator), "area": city.code}
    digest = sha256(shapely.to_wkb(whole)).hexdigest()
    sent = claims.Sent(values, shape, digest, sample=True, code=sample_code("claim", ref))
    return claims.add(connection, SERVICE, sent).code


def _disc(ground: Ground, radius_m: float) -> Polygon:
    return Polygon([ground.shifted(ground.seat, 2 * pi * n / CORNERS, radius_m) for n in range(CORNERS)])


def _drive_test(city: City, grounds: dict[str, Ground]) -> Rows:
    """Levels fall from the seat outwards; around disputed places they are too low for service."""
    test = city.scenes.drive_test
    rows = Rows()
    if test is None:
        return rows
    draw = Random(f"{city.seed}/drive_test")  # noqa: S311  sample values, no secrets
    reaches = {s.operator: s.reach for s in city.scenes.claims if s.values["technology"] == test.technology}
    for operator, reach in sorted(reaches.items()):
        for ground in grounds.values():
            for _ in range(test.per_district):
                share = draw.random() ** 0.5
                spot = ground.shifted(
                    ground.seat, draw.uniform(0, 2 * pi), share * reach * ground.district.radius_m
                )
                _add(rows, city, operator, (spot, round(-72 - 30 * share + draw.gauss(0, 3), 1)))
        for scene in city.scenes.challenges:
            for _ in range(test.weak if scene.operator == operator else 0):
                centre = _place(scene, grounds[scene.district])
                spot = grounds[scene.district].shifted(
                    centre, draw.uniform(0, 2 * pi), draw.uniform(0, FEW_M)
                )
                _add(rows, city, operator, (spot, round(draw.uniform(-124, -115), 1)))
    rows.read = len(rows.good)
    return rows


def _add(rows: Rows, city: City, operator: str, seen: tuple[tuple[float, float], float]) -> None:
    test, (spot, level) = city.scenes.drive_test, seen
    if test is None:
        return
    number = len(rows.good) + 1
    values = dict.fromkeys((*VALUES, "service_stated", "band_low_mhz", "band_high_mhz"))
    columns = {
        "operator": _party(operator),
        "technology": test.technology,
        "method": "drive_test",
        "environment": "outdoor",
        "measured_on": test.on,
        "lon": spot[0],
        "lat": spot[1],
        "level_dbm": level,
        "ref": f"{city.code}/{number}",
    }
    rows.good.append(("drive_test", number, {**values, **columns}))


def _place(scene: ChallengeScene, ground: Ground) -> tuple[float, float]:
    return ground.shifted(ground.seat, radians(scene.bearing_deg), scene.metres)


def _dispute(
    connection: Connection, claim: str, scene: ChallengeScene, setting: tuple[City, dict[str, Ground], int]
) -> None:
    city, grounds, number = setting
    lon, lat = _place(scene, grounds[scene.district])
    raw = {"reason": scene.reason, "detail": scene.detail, "seen_on": scene.seen_on, "lon": lon, "lat": lat}
    code = sample_code("challenge", f"{city.code}/challenge/{number}")
    challenges.file(connection, SERVICE, claim, raw, sample=True, code=code)
    for name, note in scene.moves:
        version = challenge_store.challenge(connection, code)["version"]
        challenges.move(connection, SERVICE, code, name, version=version, note=note)
