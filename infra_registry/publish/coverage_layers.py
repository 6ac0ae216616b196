"""Map layers of a run of mobile coverage: classes in cividis, gaps hatched, remedies as numbered pins."""

from dataclasses import dataclass
from typing import Any

from infra_registry.publish import symbols
from infra_registry.publish.asset_layers import FONTS, Layer, hovered, layer, raster, vector
from infra_registry.publish.symbols import SIGNAL_CLASSES, Theme
from infra_registry.words import say

NO_SIGNAL = "#8c959b"  # class 0 inside the area: grey, so that it is told from what lies outside
CLASS_OPACITY = 0.72
NO_SIGNAL_OPACITY = 0.25
PIN_KINDS = ("host", "project", "new_site")


def _rgba(colour: str, alpha: int) -> tuple[int, int, int, int]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue, alpha


# Of picture tiles, classes 0 … 5; how clear they lie on the map is said by the layer, for none by the colour.
CLASS_COLOURS = (_rgba(NO_SIGNAL, 90), *(_rgba(colour, 255) for colour in SIGNAL_CLASSES))
_SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="24" height="24">{}</svg>'


@dataclass(frozen=True, slots=True)
class Coverage:
    """Where the layers of a run lie for one reader: classes as pictures (PNG) or as vectors, gaps, remedies.

    ``shown`` off: hidden until the reader switches them on. ``page`` is what the legend leads to.
    """

    classes: str | None
    gaps: str
    remedies: str | None = None
    pictures: bool = False
    shown: bool = True
    page: str = ""


def sources(coverage: Coverage) -> dict[str, Any]:
    """Sources of the layers by name."""
    result = {"coverage-gaps": vector(coverage.gaps, "ordinal")}
    if coverage.classes:
        pictures = coverage.pictures
        result["coverage-classes"] = (
            raster(coverage.classes) if pictures else vector(coverage.classes, "ordinal")
        )
    if coverage.remedies:
        result["remedies"] = vector(coverage.remedies, "ordinal")
    return result


def layers(coverage: Coverage, theme: Theme) -> list[Layer]:
    """The layers, from the ground up."""
    drawn = [_pictures() if coverage.pictures else _classes()] if coverage.classes else []
    drawn += _gaps(theme)
    drawn += _remedies(theme) if coverage.remedies else []
    for item in drawn if not coverage.shown else ():
        item["layout"] = {**item.get("layout", {}), "visibility": "none"}
    return drawn


def legend(coverage: Coverage, locale: str) -> dict[str, Any]:
    """What the legend of the live map says: classes best first, the gap, and where to read on."""
    return {
        "title": say(locale, "radio_page.map_layer"),
        "classes": [
            {"key": key, "label": say(locale, f"radio_page.class.{key}")} for key in range(5, -1, -1)
        ],
        "gap": say(locale, "radio_page.gap_outline"),
        "open": say(locale, "radio_page.to_list"),
        "href": coverage.page,
    }


def pins(theme: Theme) -> dict[str, dict[str, str]]:
    """SVG texts of the pins by kind, as scripts draw them: a host is full, works are square, a new site is hollow."""
    ink, paper = symbols.INK[theme], symbols.PAPER[theme]
    frame = f'stroke="{paper}" stroke-width="1.5"'
    bodies = {
        "host": f'<circle cx="12" cy="12" r="10.5" fill="{ink}" {frame}/>',
        "project": f'<rect x="1.5" y="1.5" width="21" height="21" rx="3" fill="{ink}" {frame}/>',
        "new_site": f'<circle cx="12" cy="12" r="10" fill="{paper}" stroke="{ink}" stroke-width="2"/>',
    }
    return {kind: {"pin": _SVG.format(bodies[kind])} for kind in PIN_KINDS}


def _pictures() -> Layer:
    paint = {"raster-opacity": CLASS_OPACITY, "raster-resampling": "nearest", "raster-fade-duration": 0}
    return {"id": "coverage-classes", "type": "raster", "source": "coverage-classes", "paint": paint}


def _classes() -> Layer:
    steps: list[Any] = ["match", ["get", "class"]]
    for number, colour in enumerate(SIGNAL_CLASSES, start=1):
        steps += [number, colour]
    opacity = ["case", ["==", ["get", "class"], 0], NO_SIGNAL_OPACITY, CLASS_OPACITY]
    paint = {"fill-color": [*steps, NO_SIGNAL], "fill-opacity": opacity, "fill-antialias": False}
    return layer("coverage-classes", "fill", "coverage-classes", "classes", paint=paint)


def _gaps(theme: Theme) -> list[Layer]:
    line = {"line-color": symbols.INK[theme], "line-width": hovered(4, 1.4)}
    under = {"line-color": symbols.PAPER[theme], "line-width": hovered(7, 3), "line-opacity": 0.8}
    hatch = {"fill-pattern": "hatch", "fill-opacity": 0.6}
    return [
        layer("coverage-gaps", "fill", "coverage-gaps", "gaps", paint=hatch),
        layer("coverage-gaps-under", "line", "coverage-gaps", "gaps", paint=under),
        layer("coverage-gaps-line", "line", "coverage-gaps", "gaps", paint=line),
    ]


def _remedies(theme: Theme) -> list[Layer]:
    ink, paper = symbols.INK[theme], symbols.PAPER[theme]
    mark = {
        "circle-radius": hovered(17, 3.5),
        "circle-color": ink,
        "circle-opacity": hovered(0.25, 0.9),
        "circle-stroke-color": hovered(ink, paper),
        "circle-stroke-width": hovered(2.5, 1),
    }
    number = {"text-color": ["case", ["==", ["get", "kind"], "new_site"], ink, paper]}
    pin = {
        "icon-image": ["concat", ["get", "kind"], "|pin|ink"],
        "text-field": ["to-string", ["get", "ordinal"]],
        "text-font": FONTS,
        "text-size": ["step", ["get", "ordinal"], 11, 1000, 9],
        "symbol-sort-key": ["get", "ordinal"],
    }
    return [
        layer("remedies-mark", "circle", "remedies", paint=mark),
        layer("remedies-pin", "symbol", "remedies", layout=pin, paint=number),
    ]
