"""Layers of the map's style that draw assets: shape, hue and fill as MapLibre expressions."""

from collections.abc import Mapping, Sequence
from typing import Any

from infra_registry.assets.kinds import KINDS, Kind, Status
from infra_registry.publish import symbols
from infra_registry.publish.symbols import Theme

Expression = list[Any]
Layer = dict[str, Any]

FONTS = ["Noto Sans SC", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "sans-serif"]
COUNTS_TO = 11  # below this zoom the tiles carry counts, from it on single assets
NAMES_FROM = 15
GREYS: dict[Theme, dict[str, str]] = {
    "light": {"ground": "#f1f3f4", "line": "#b4bec4", "strong": "#7d8a92", "text": "#4a5a63"},
    "dark": {"ground": "#10171a", "line": "#3a4950", "strong": "#6f7f87", "text": "#abb8be"},
}
# Pixels per metre of radius on 512-pixel tiles at 30° north: 2^zoom * 512 / (40 075 017 * cos 30°).
PIXELS_PER_METRE_Z0 = 512 / (40_075_016.686 * 0.866)


def _hue(codes: Sequence[str], values: Sequence[Any], unstated: Any) -> Any:
    """The value that goes with a feature's operator."""
    known = list(zip(codes, values, strict=False))
    if not known:
        return unstated
    pairs = [part for code, value in known for part in (code, value)]
    return ["match", ["coalesce", ["get", "operator"], ""], *pairs, unstated]


def _line_colour(codes: Sequence[str], theme: Theme) -> Any:
    hues = symbols.operator_hues(codes, theme)
    lines = [hues[code].line for code in codes]
    return _hue(codes, lines, symbols.hue_of(None, theme).line)


def icon_image(codes: Sequence[str]) -> Expression:
    """Name of a feature's symbol: ``kind|status|hue`` with hue an operator's index or ``none``."""
    hue = _hue(codes, [str(index) for index in range(len(codes))], "none")
    return ["concat", ["get", "kind"], "|", ["coalesce", ["get", "status"], "in_use"], "|", hue]


def hovered(on: Any, off: Any) -> Expression:
    """One value for the feature that is pointed at, another for the rest."""
    return ["case", ["boolean", ["feature-state", "hover"], False], on, off]


def layer(name: str, kind: str, source: str, inside: str = "", **parts: Any) -> Layer:
    """A style layer of type ``kind`` that draws the tile layer ``inside`` a source, by default the one of its name."""
    return {"id": name, "type": kind, "source": source, "source-layer": inside or source, **parts}


def vector(address: str, key: str = "code") -> dict[str, Any]:
    """A source of vector tiles whose features are identified by the property ``key``."""
    return {"type": "vector", "tiles": [address], "minzoom": 0, "maxzoom": 16, "promoteId": key}


def raster(address: str) -> dict[str, Any]:
    """A source of picture tiles."""
    return {"type": "raster", "tiles": [address], "tileSize": 256, "minzoom": 3, "maxzoom": 16}


def halo(theme: Theme, width: float = 1.6) -> dict[str, Any]:
    """The paint of text: ink on a halo of paper, ``width`` in pixels."""
    ink, paper = symbols.INK[theme], symbols.PAPER[theme]
    return {"text-color": ink, "text-halo-color": paper, "text-halo-width": width}


def name_in(locale: str) -> Expression:
    """A feature's name in the reader's language."""
    return ["coalesce", ["get", "name_en"], ["get", "name"]] if locale == "en" else ["get", "name"]


def _assets(name: str, kind: str, condition: Expression, **parts: Any) -> Layer:
    return layer(name, kind, "assets", filter=condition, **parts)


def area_assets(codes: Sequence[str], theme: Theme) -> list[Layer]:
    """Places known only as cells, and the outlines of buildings, estates and zones."""
    polygon: Expression = ["==", ["geometry-type"], "Polygon"]
    exact: Expression = ["==", ["get", "level"], "exact"]
    ink, grey = symbols.INK[theme], GREYS[theme]
    colour = _line_colour(codes, theme)
    return [
        _assets(
            "cells-fill",
            "fill",
            ["all", polygon, ["!", exact]],
            paint={"fill-color": ink, "fill-opacity": hovered(0.22, 0)},
        ),
        _assets(
            "cells-line",
            "line",
            ["all", polygon, ["!", exact]],
            paint={"line-color": grey["strong"], "line-width": 1, "line-dasharray": [3, 3]},
        ),
        _assets(
            "shapes-fill",
            "fill",
            ["all", polygon, exact],
            paint={"fill-color": colour, "fill-opacity": hovered(0.4, 0.18)},
        ),
        _assets(
            "shapes-line", "line", ["all", polygon, exact], paint={"line-color": colour, "line-width": 1.5}
        ),
    ]


def named(values: dict[str, Any]) -> dict[str, Any]:
    """Keyword arguments as style properties: ``line_color`` is ``line-color``."""
    return {name.replace("_", "-"): value for name, value in values.items()}


def _line(name: str, condition: Expression, **paint: Any) -> Layer:
    ends = {"line-cap": "butt", "line-join": "round"}
    return _assets(name, "line", condition, layout=ends, paint=named(paint))


def line_assets(codes: Sequence[str], theme: Theme) -> list[Layer]:
    """Ducts as tubes, cables as dashes; what is not yet built broken, what stands idle hollow."""
    line: Expression = ["==", ["geometry-type"], "LineString"]
    duct: Expression = ["==", ["get", "kind"], Kind.DUCT.value]
    unbuilt: Expression = [
        "in",
        ["get", "status"],
        ["literal", [Status.PLANNED.value, Status.BUILDING.value]],
    ]
    hollow: Expression = ["in", ["get", "status"], ["literal", [Status.IDLE.value, Status.RETIRED.value]]]
    colour, paper, ink = _line_colour(codes, theme), symbols.PAPER[theme], symbols.INK[theme]
    wide, thin = symbols.LINE_WIDTH[Kind.DUCT], symbols.LINE_WIDTH[Kind.CABLE]
    dashes = list(symbols.LINE_DASH[Kind.CABLE])
    built: Expression = ["all", line, duct, ["!", unbuilt]]
    planned: Expression = ["all", line, duct, unbuilt]
    cable: Expression = ["all", line, ["!", duct]]
    return [
        _line("lines-hover", line, line_color=ink, line_width=12, line_opacity=hovered(0.35, 0)),
        _line("lines-paper", line, line_color=paper, line_width=wide + 2),
        _line("ducts", built, line_color=colour, line_width=wide),
        _line("ducts-planned", planned, line_color=colour, line_width=wide, line_dasharray=[1, 0.6]),
        _line("ducts-hollow", ["all", line, duct, hollow], line_color=paper, line_width=wide - 2),
        _line("cables", cable, line_color=colour, line_width=thin, line_dasharray=dashes),
    ]


def _precision_radius() -> Expression:
    """Half the precision as pixels, doubling with every zoom."""
    half = ["/", ["coalesce", ["get", "precision_m"], 0], 2]
    stops = [part for zoom in (8, 20) for part in (zoom, ["*", half, PIXELS_PER_METRE_Z0 * 2**zoom])]
    return ["interpolate", ["exponential", 2], ["zoom"], *stops]


def point_assets(codes: Sequence[str], theme: Theme) -> list[Layer]:
    """Symbols of places and shapes, how exact a place is, and names from close by."""
    point: Expression = ["==", ["geometry-type"], "Point"]
    exact: Expression = ["==", ["get", "level"], "exact"]
    shape: Expression = ["all", ["==", ["geometry-type"], "Polygon"], exact]
    size = ["interpolate", ["linear"], ["zoom"], 11, 0.6, 14, 0.85, 17, 1.1]
    symbol = {"icon-image": icon_image(codes), "icon-size": size}
    always = {"icon-allow-overlap": True, "icon-ignore-placement": True}
    return [
        *_circles(theme),
        # A shape cut by tiles would carry a symbol in each: those that come close give way to one another.
        _assets("shapes", "symbol", shape, layout={**symbol, "icon-padding": 12}),
        _assets("points", "symbol", point, layout={**symbol, **always}),
        _names(["all", ["any", point, shape], ["has", "name"]], theme),
    ]


def _circles(theme: Theme) -> list[Layer]:
    """How exact a place is, and the mark of the one that is pointed at."""
    point: Expression = ["==", ["geometry-type"], "Point"]
    blurred: Expression = ["all", point, ["!=", ["get", "level"], "exact"]]
    ink = symbols.INK[theme]
    ring = {"circle_stroke_color": GREYS[theme]["line"], "circle_stroke_width": 1}
    mark = {"circle_stroke_color": ink, "circle_stroke_width": 2, "circle_stroke_opacity": hovered(1, 0)}
    precision = named({"circle_radius": _precision_radius(), "circle_opacity": 0, **ring})
    hover = named({"circle_radius": 17, "circle_color": ink, "circle_opacity": hovered(0.25, 0), **mark})
    return [
        _assets("points-precision", "circle", blurred, paint=precision),
        _assets("points-hover", "circle", point, paint=hover),
    ]


def _names(condition: Expression, theme: Theme) -> Layer:
    beside = {"text_anchor": "left", "text_offset": [1.1, 0], "text_max_width": 12, "text_padding": 3}
    layout = named({"text_field": ["get", "name"], "text_font": FONTS, "text_size": 12, **beside})
    return _assets(
        "points-name", "symbol", condition, minzoom=NAMES_FROM, layout=layout, paint=halo(theme, 1.5)
    )


def counts(theme: Theme) -> Layer:
    """Numbers per kind for a whole region; each kind has its own place around the region's point."""
    places = {kind.value: ((index % 2) * 62 - 50, (index // 2) * 26 - 52) for index, kind in enumerate(KINDS)}
    image = ["concat", ["get", "kind"], "|", Status.IN_USE.value, "|ink"]
    layout = {"icon-image": image, "icon-size": 0.7, **count_layout("kind", places)}
    return layer("counts", "symbol", "assets", "counts", maxzoom=COUNTS_TO, layout=layout, paint=halo(theme))


def count_layout(key: str, places: Mapping[str, tuple[int, int]]) -> dict[str, Any]:
    """Layout of numbers by the property ``key``: the offset of each value's symbol, its number to the right of it.

    ``places`` are in pixels of the symbol before it is scaled; offsets of text are in ems.
    """
    icons: list[Any] = []
    numbers: list[Any] = []
    for value, (across, down) in places.items():
        icons += [value, ["literal", [across, down]]]
        numbers += [value, ["literal", [round(across * 0.7 / 13 + 0.85, 2), round(down * 0.7 / 13, 2)]]]
    return {
        "icon-offset": ["match", ["get", key], *icons, ["literal", [0, 0]]],
        "text-field": ["number-format", ["get", "n"], {}],
        "text-font": FONTS,
        "text-size": 13,
        "text-anchor": "left",
        "text-offset": ["match", ["get", key], *numbers, ["literal", [0, 0]]],
        "symbol-sort-key": ["-", 0, ["get", "n"]],
    }
