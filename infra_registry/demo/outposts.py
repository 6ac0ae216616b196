"""Villages far from any mast, as a city's file tells them: people, and the one building that could carry a site."""

from dataclasses import dataclass
from math import pi

from shapely.geometry import Point

from infra_registry.assets.kinds import Kind, Status
from infra_registry.demo.ground import Ground
from infra_registry.demo.plan import Deal, Planned, planned
from infra_registry.demo.samples import names
from infra_registry.demo.scenes import OutpostScene
from infra_registry.demo.works import Dwellers

FIRST_NUMBER = 900  # numbers of these buildings follow those of the district's own
DWELLINGS_M = 260.0


@dataclass(frozen=True, slots=True)
class Outpost:
    """A village before it is written."""

    scene: OutpostScene
    building: Planned
    dwellers: tuple[Dwellers, ...]


def outpost(ground: Ground, scene: OutpostScene, number: int) -> Outpost:
    """A village at its place, its people around its building."""
    spot = ground.shifted(ground.shifted(ground.seat, 0, scene.north_m), pi / 2, scene.east_m)
    building = _building(ground, scene, number, spot)
    if scene.deal is not None:
        deal = scene.deal
        basis = names()["basis"]["exclusive" if deal.exclusive else "agreement"]
        building.deals.append(
            Deal(scene.owner, deal.grantee, deal.deal_type, deal.exclusive, basis, deal.since, deal.years)
        )
    turn = 2 * pi / len(scene.people)
    dwellers = tuple(
        Dwellers(
            ground.district.code,
            f"{ground.district.code}-{scene.key}-{i + 1}",
            people,
            Point(ground.shifted(spot, i * turn, DWELLINGS_M)),
        )
        for i, people in enumerate(scene.people)
    )
    return Outpost(scene, building, dwellers)


def _building(ground: Ground, scene: OutpostScene, number: int, spot: tuple[float, float]) -> Planned:
    zh, en = scene.names
    return planned(
        ground,
        Kind.PUBLIC_BUILDING,
        FIRST_NUMBER + number,
        Point(spot),
        stem={"zh": zh, "en": en},
        status=Status.IN_USE,
        owner=scene.owner,
        controller=scene.owner,
        fields={
            "form": "building",
            "venue": scene.venue,
            "controller_type": scene.controller_type,
            "funding": "government",
            "height_m": scene.height_m,
            "roof_area_m2": scene.roof_m2,
            "roof_type": "flat",
            "surveyed_on": scene.surveyed_on,
        },
        units=("roof_area", 1, float(scene.roof_m2)),
    )
