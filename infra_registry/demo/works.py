"""Works under way, with the acts done so far; and where people live."""

from dataclasses import dataclass
from datetime import date, timedelta

from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from infra_registry.demo.ground import Ground, line
from infra_registry.demo.samples import names
from infra_registry.demo.scenes import Takes, WorksScene

IN_TOWN = 0.7


@dataclass(frozen=True, slots=True)
class PlannedWorks:
    """Works before they are written; ``builder`` is a party key, acts are (act, day)."""

    ref: str
    name: str
    name_en: str
    work_kind: str
    geometry: BaseGeometry
    builder: str
    funding: str
    designated: bool | None
    starts_on: date
    ends_on: date
    acts: tuple[tuple[str, date], ...]
    setting: str | None = None
    builds: tuple[str, ...] | None = None
    in_town: bool | None = None
    takes: Takes | None = None


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
    acts = tuple((act, min(first + timedelta(days=40 * i), ground.city.as_of)) for i, act in enumerate(done))
    mark, district = names()["mark"], ground.district
    return PlannedWorks(
        ref=f"{ground.city.code}/{district.code}/project/{number}",
        name=f"{mark['zh']}{district.short}{zh}工程{number:02d}",
        name_en=f"{mark['en']} {district.name_en} {en} {number:02d}",
        work_kind=kind["kind"],
        geometry=geometry,
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


def scene(ground: Ground, item: WorksScene) -> PlannedWorks:
    """Works the data file tells of."""
    mark, (zh, en) = names()["mark"], item.names
    road = item.kind == "road_works"
    return PlannedWorks(
        ref=f"{ground.city.code}/{ground.district.code}/project/{item.key}",
        name=f"{mark['zh']}{ground.district.short}{zh}",
        name_en=f"{mark['en']} {ground.district.name_en} {en}",
        work_kind=item.kind,
        geometry=line(ground.street(9, 90)) if road else ground.block(ground.in_town(), 140, 90),
        builder=item.builder,
        funding=item.funding,
        designated=item.designated,
        starts_on=item.starts_on,
        ends_on=item.ends_on,
        acts=tuple(item.acts.items()),
        setting=item.setting,
        builds=item.builds,
        in_town=item.in_town,
        takes=item.takes,
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
