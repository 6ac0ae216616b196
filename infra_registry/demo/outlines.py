"""Outlines of a sample city: from the boundaries package, or computed around the seats where it is missing."""

import shapely
from shapely.geometry import MultiPoint, Point
from shapely.ops import unary_union

from infra_registry.areas import SourceDraft, geocn
from infra_registry.areas.outlines import Outline
from infra_registry.demo.samples import City

REACH_DEGREES = 0.3


def of(city: City) -> tuple[list[Outline], SourceDraft]:
    """Province (where known), city and districts, with their source."""
    english = {district.code: district.name_en for district in city.districts}
    english |= {city.code: city.name_en, city.province["code"]: city.province["name_en"]}
    if not geocn.available():
        return rough(city), rough_source()
    return [
        Outline(item.code, item.name, item.level, item.geometry, english.get(item.code), item.parent_code)
        for item in geocn.read(city.code)
    ], geocn.source()


def rough_source() -> SourceDraft:
    """What the computed outlines are: no boundaries at all."""
    return SourceDraft(
        code="sample-outlines",
        title="Rough outlines around the seats of districts",
        provider="infra-registry",
        note="由驻地推算的示意轮廓，并非真实边界 / computed around seats, no real boundary, not an approved map",
        sample=True,
    )


def rough(city: City) -> list[Outline]:
    """Districts as the land nearest to their seat, at most 0.3 degrees away; the city is all of them."""
    seats = MultiPoint([district.seat for district in city.districts])
    land = unary_union([Point(seat).buffer(REACH_DEGREES, quad_segs=3) for seat in seats.geoms])
    cells = shapely.voronoi_polygons(seats, extend_to=land).geoms
    districts = []
    for district in city.districts:
        cell = next(cell for cell in cells if cell.covers(Point(district.seat)))
        shape = cell.intersection(land)
        districts.append(
            Outline(district.code, district.name, "district", shape, district.name_en, city.code)
        )
    return [Outline(city.code, city.name, "city", land, city.name_en), *districts]
