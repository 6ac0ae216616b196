"""From declared coordinates to EPSG:4326, and what cannot be meant as declared."""

import pytest
from shapely.geometry import LineString, Point

from infra_registry.formats import FormatError
from infra_registry.formats.crs import known, to_wgs84


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("EPSG:2154", "EPSG:2154"),
        ("2154", "EPSG:2154"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"),
        ("urn:ogc:def:crs:EPSG::4490", "EPSG:4490"),
    ],
)
def test_names_of_systems(name: str, expected: str) -> None:
    assert known(name) == expected


@pytest.mark.parametrize("name", ["99999999", "EPSG:", "gcj02", "EPSG:5773", "'; DROP TABLE asset"])
def test_unknown_systems_are_refused(name: str) -> None:
    with pytest.raises(FormatError) as refused:
        known(name)
    assert refused.value.code == "crs.unknown"


def test_lambert_becomes_degrees() -> None:
    placed = to_wgs84([Point(770999.84, 6278801.522), None], "EPSG:2154")
    assert placed[0].geometry is not None
    assert placed[0].geometry.distance(Point(3.878, 43.605)) < 0.01
    assert placed[1].geometry is None
    assert placed[1].fault is None


@pytest.mark.parametrize(
    ("sent", "declared", "doubt"),
    [
        (Point(770999, 6278801), "EPSG:4326", "crs.metres_as_degrees"),
        (Point(35.41, 116.59), "EPSG:4326", "crs.swapped"),
        (Point(3.87, 43.6), "EPSG:2154", "crs.degrees_as_metres"),
        (Point(6278801, 770999), "EPSG:2154", "crs.swapped"),
        (Point(39_000_000, 900_000), "EPSG:2154", "crs.outside"),
        (Point(float("inf"), 1), "EPSG:4326", "geometry.not_finite"),
        (Point(200, 10), "EPSG:4326", "geometry.range"),
        (LineString([(116.5, 35.4), (770999, 6278801)]), "EPSG:4490", "crs.metres_as_degrees"),
    ],
)
def test_doubts(sent: Point, declared: str, doubt: str) -> None:
    found = to_wgs84([sent], declared)[0]
    assert found.geometry is None
    assert found.fault is not None
    assert found.fault.code == doubt
