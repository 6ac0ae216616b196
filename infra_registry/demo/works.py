"""Works under way, with the acts done so far; and where people live."""

from dataclasses import dataclass
from datetime import timedelta

from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from infra_registry.demo.ground import Ground, line
from infra_registry.demo.samples import names
from infra_registry.demo.scenes import WorksScene

IN_TOWN = 0.7


@dataclass(frozen=True, slots=True)
class PlannedWorks:
    """Works before they are written, named after their district."""

    ref: str
    name: str
    name_en: str
    geometry: BaseGeometry
    scene: WorksScene


@dataclass(frozen=True, slots=True)
class Dwellers:
    """People at a place of a district."""

    district: str
    ref: str
    people: int
    point: Point


ACTS = ("designated", "filed", "reviewed", "consulted", "permitted", "started")


def works(ground: Ground, count: int) -> list[PlannedWorks]:
    """Works that began within the last year or begin soon."""
    return [_works(ground, number) for number in range(1, count + 1)]


def _works(ground: Ground, number: int) -> PlannedWorks:
    kind = ground.rng.choice(names()["works"])
    zh, en = kind["names"]
    road = kind["kind"] == "road_works"
    geometry = line(ground.street(9, 90)) if road else ground.block(ground.in_town(), 140, 90)
    start = ground.city.as_of - timedelta(days=ground.rng.randint(-90, 300))
    done = ACTS[: ground.rng.randint(2, len(ACTS) if start <= ground.city.as_of else 4)]
    first = start - timedelta(days=45 * len(done))
    acts = {act: min(first + timedelta(days=40 * i), ground.city.as_of) for i, act in enumerate(done)}
    item = WorksScene(
        key=str(number),
        district=ground.district.code,
        names=(f"{zh}工程{number:02d}", f"{en} {number:02d}"),
        kind=kind["kind"],
        builder=kind["builder"],
        funding="private" if kind["builder"] == "developer" else "government",
        designated=ground.rng.choice((True, False, None)),
        starts_on=start,
        ends_on=start + timedelta(days=ground.rng.randint(120, 540)),
        acts=acts,
        setting=kind.get("setting"),
        builds=tuple(kind["builds"]) if "builds" in kind else None,
        in_town=True,
    )
    return _planned(ground, item, geometry)


def scene(ground: Ground, item: WorksScene) -> PlannedWorks:
    """Works that the data file describes, at a place drawn for them."""
    road = item.kind == "road_works"
    return _planned(
        ground, item, line(ground.street(9, 90)) if road else ground.block(ground.in_town(), 140, 90)
    )


def _planned(ground: Ground, item: WorksScene, geometry: BaseGeometry) -> PlannedWorks:
    mark, district, (zh, en) = names()["mark"], ground.district, item.names
    return PlannedWorks(
        f"{ground.city.code}/{district.code}/project/{item.key}",
        f"{mark['zh']}{district.short}{zh}",
        f"{mark['en']} {district.name_en} {en}",
        geometry,
        item,
    )


def dwellers(ground: Ground, count: int) -> list[Dwellers]:
    """Inhabited places: most in town with many people, the others villages."""
    result = []
    for number in range(1, count + 1):
        town = ground.chance(IN_TOWN)
        spot = ground.in_town(1.3) if town else ground.anywhere()
        low, high = (600, 3200) if town else (80, 900)
        ref = f"{ground.district.code}-{number:04d}"
        result.append(Dwellers(ground.district.code, ref, ground.rng.randint(low, high), Point(spot)))
    return result
