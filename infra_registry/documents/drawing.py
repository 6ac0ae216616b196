"""Maps drawn as SVG from our own data: for paper, where no browser runs. No text of users ever enters a drawing."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Any

import shapely
from shapely.geometry import shape

WIDTH = 720.0
MOST_HEIGHT, LEAST_HEIGHT = 580.0, 240.0
PIN_RADIUS = 9.0
_HATCH = (
    '<pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<line x1="0" y1="0" x2="0" y2="7" stroke="#1b2a33" stroke-width="1.3"/></pattern>'
)

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A geometry in EPSG:4326: ``fill`` None leaves it open, ``hatched`` lays hatching over it."""

    geometry: Any
    line: str | None = None
    fill: str | None = None
    hatched: bool = False
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Pin:
    """A numbered mark at a place."""

    lon: float
    lat: float
    number: int


@dataclass(frozen=True, slots=True)
class Underlay:
    """A picture (PNG) stretched over a box of EPSG:4326, north up: classes of a grid, for instance."""

    png: bytes
    box: Box


def bounds(geometries: Sequence[Mapping[str, Any]]) -> Box | None:
    """West, south, east and north of GeoJSON geometries together; None without any."""
    if not geometries:
        return None
    west, south, east, north = shapely.total_bounds([shape(geometry) for geometry in geometries]).tolist()
    return west, south, east, north


def map_svg(
    box: Box, *, under: Underlay | None = None, drawn: tuple[Drawn, ...] = (), pins: tuple[Pin, ...] = ()
) -> str:
    """A map of ``box`` (west, south, east, north in degrees) as an SVG document, lengths true at its middle."""
    sheet = _Sheet(box)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {sheet.height:g}" '
        f'width="{WIDTH:g}" height="{sheet.height:g}"><defs>{_HATCH}'
        f'<clipPath id="sheet"><rect width="{WIDTH:g}" height="{sheet.height:g}"/></clipPath></defs>'
        f'<rect width="{WIDTH:g}" height="{sheet.height:g}" fill="#f4f5f6"/><g clip-path="url(#sheet)">'
    ]
    if under is not None:
        parts.append(_image(sheet, under))
    for item in drawn:
        parts += _paths(sheet, item)
    parts += [_pin(sheet, pin) for pin in pins]
    return "".join(parts) + "</g></svg>"


class _Sheet:
    """Degrees to sheet units: plate carrée with the scale of the middle latitude, a little air around."""

    def __init__(self, box: Box) -> None:
        west, south, east, north = box
        self.shrink = max(0.05, cos(radians((south + north) / 2)))
        wide = max((east - west) * self.shrink, 1e-6)
        high = max(north - south, 1e-6)
        self.scale = min(WIDTH / wide, MOST_HEIGHT / high) * 0.96
        self.height = max(LEAST_HEIGHT, min(MOST_HEIGHT, high * self.scale / 0.96))
        self.west = west - (WIDTH / self.scale - wide) / 2 / self.shrink
        self.north = north + (self.height / self.scale - high) / 2

    def place(self, lon: float, lat: float) -> tuple[float, float]:
        return (lon - self.west) * self.shrink * self.scale, (self.north - lat) * self.scale


def _image(sheet: _Sheet, under: Underlay) -> str:
    west, south, east, north = under.box
    left, top = sheet.place(west, north)
    right, bottom = sheet.place(east, south)
    data = base64.b64encode(under.png).decode("ascii")
    return (
        f'<image x="{left:.2f}" y="{top:.2f}" width="{right - left:.2f}" height="{bottom - top:.2f}" '
        f'preserveAspectRatio="none" image-rendering="optimizeSpeed" href="data:image/png;base64,{data}"/>'
    )


def _paths(sheet: _Sheet, item: Drawn) -> list[str]:
    line = f'stroke="{item.line}" stroke-width="{item.weight:g}"' if item.line else 'stroke="none"'
    fills = [item.fill or "none"] + (["url(#hatch)"] if item.hatched else [])
    path = "".join(_rings(sheet, item.geometry))
    return [f'<path d="{path}" fill="{fill}" fill-rule="evenodd" {line}/>' for fill in fills] if path else []


def _rings(sheet: _Sheet, geometry: Any) -> Iterator[str]:
    for part in shapely.get_parts(geometry):
        if part.geom_type == "Polygon":
            rings = [(part.exterior, True), *((ring, True) for ring in part.interiors)]
        elif part.geom_type in ("LineString", "LinearRing"):
            rings = [(part, False)]
        else:
            continue
        for ring, closed in rings:
            spots = [sheet.place(x, y) for x, y in shapely.get_coordinates(ring)]
            path = "L".join(f"{x:.1f},{y:.1f}" for x, y in spots)
            yield f"M{path}{'Z' if closed else ''}"


def _pin(sheet: _Sheet, pin: Pin) -> str:
    x, y = sheet.place(pin.lon, pin.lat)
    size = 11 if pin.number < 100 else 8
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{PIN_RADIUS:g}" fill="#ffffff" stroke="#0b5d66" stroke-width="2"/>'
        f'<text x="{x:.1f}" y="{y + size * 0.36:.1f}" font-size="{size}" text-anchor="middle" '
        f'font-family="Noto Sans CJK SC" fill="#1b2a33">{int(pin.number)}</text>'
    )
