"""The MapLibre style of the live map: layers and colours as data, built from the one symbology.

No glyphs and no sprite address: labels are drawn with the reader's own fonts, symbols are drawn from the
SVG texts in ``metadata`` when a tile asks for them.
"""

from collections.abc import Sequence
from typing import Any

from infra_registry.assets.kinds import KINDS, Kind, Shape, Status
from infra_registry.publish import symbols
from infra_registry.publish.symbols import Hue, Theme
from infra_registry.words import say

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


def map_style(
    *,
    locale: str,
    theme: Theme = "light",
    operators: Sequence[tuple[str, str]] = (),
    tiles: str = "/tiles",
    run: str | None = None,
    cases: bool = False,
) -> dict[str, Any]:
    """The style document. ``operators`` are (code, name) in the order of their hues; ``tiles`` is the path
    below which the layers lie; ``run`` adds the gaps of a coverage run, ``cases`` the handler's cases.
    """
    sources = {name: _source(f"{tiles}/{name}/{{z}}/{{x}}/{{y}}.mvt") for name in ("assets", "areas")}
    if run:
        sources["gaps"] = _source(f"{tiles}/gaps/{{z}}/{{x}}/{{y}}.mvt?run={run}")
    if cases:
        sources["cases"] = _source(f"{tiles}/cases/{{z}}/{{x}}/{{y}}.mvt")
    layers = [_background(theme), *_area_lines(theme)]
    layers += _gap_layers(theme) if run else []
    codes = [code for code, _ in operators]
    layers += [*_area_assets(codes, theme), *_line_assets(codes, theme), *_point_assets(codes, theme)]
    layers += [_counts(theme), *_area_labels(locale, theme)]
    layers += [_cases(theme)] if cases else []
    return {
        "version": 8,
        "name": "registry",
        "metadata": {"registry": legend(locale, theme, operators)},
        "sources": sources,
        "layers": layers,
    }


def legend(locale: str, theme: Theme, operators: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """What scripts need to draw symbols and name them: SVG texts with the places of the two colours open."""
    blank = Hue("{fill}", "{line}")
    shared, unstated = symbols.shared_hue(theme), symbols.hue_of(None, theme)
    return {
        "theme": theme,
        "kinds": [
            {
                "key": kind.value,
                "label": say(locale, f"kind.{kind}"),
                "plural": say(locale, f"kinds.{kind}"),
                "line": spec.shape is Shape.LINE,
            }
            for kind, spec in KINDS.items()
        ],
        "statuses": [{"key": status.value, "label": say(locale, f"status.{status}")} for status in Status],
        "operators": symbols.palette(operators, theme),
        "shared": {"fill": shared.fill, "line": shared.line},
        "unstated": {"fill": unstated.fill, "line": unstated.line},
        "svg": {
            kind.value: {status.value: symbols.kind_svg(kind, status, blank, theme) for status in Status}
            for kind in KINDS
        },
        "paper": symbols.PAPER[theme],
        "ink": symbols.INK[theme],
    }


def _source(address: str) -> dict[str, Any]:
    return {"type": "vector", "tiles": [address], "minzoom": 0, "maxzoom": 16, "promoteId": "code"}


def _background(theme: Theme) -> Layer:
    return {"id": "ground", "type": "background", "paint": {"background-color": GREYS[theme]["ground"]}}


def _area_lines(theme: Theme) -> list[Layer]:
    grey = GREYS[theme]
    wide = ["match", ["get", "level"], "province", 2.2, "city", 1.8, "district", 1.0, 1.2]
    return [
        {
            "id": "areas-line",
            "type": "line",
            "source": "areas",
            "source-layer": "areas",
            "filter": ["!=", ["get", "level"], "zone"],
            "paint": {"line-color": grey["line"], "line-width": wide},
        },
        {
            "id": "zones-line",
            "type": "line",
            "source": "areas",
            "source-layer": "areas",
            "filter": ["==", ["get", "level"], "zone"],
            "paint": {"line-color": grey["strong"], "line-width": 1.2, "line-dasharray": [4, 3]},
        },
    ]


def _area_labels(locale: str, theme: Theme) -> list[Layer]:
    name = ["coalesce", ["get", "name_en"], ["get", "name"]] if locale == "en" else ["get", "name"]
    size = ["match", ["get", "level"], "province", 17, "city", 15, 13]
    return [
        {
            "id": "areas-label",
            "type": "symbol",
            "source": "areas",
            "source-layer": "area_labels",
            "filter": [
                "any",
                [">=", ["zoom"], 7],
                ["in", ["get", "level"], ["literal", ["province", "city"]]],
            ],
            "layout": {
                "text-field": name,
                "text-size": size,
                "text-font": FONTS,
                "text-padding": 6,
                "text-max-width": 8,
            },
            "paint": {
                "text-color": GREYS[theme]["text"],
                "text-halo-color": GREYS[theme]["ground"],
                "text-halo-width": 1.6,
            },
        }
    ]


def _gap_layers(theme: Theme) -> list[Layer]:
    return [
        {
            "id": "gaps-fill",
            "type": "fill",
            "source": "gaps",
            "source-layer": "gaps",
            "paint": {"fill-pattern": "hatch"},
        },
        {
            "id": "gaps-line",
            "type": "line",
            "source": "gaps",
            "source-layer": "gaps",
            "paint": {"line-color": symbols.INK[theme], "line-width": 1.5},
        },
    ]


def _hue(codes: Sequence[str], values: Sequence[Any], shared: Any, unstated: Any) -> Expression:
    """The value that goes with a feature's operator; hosts of several operators get the shared one."""
    known = list(zip(codes, values, strict=False))
    single: Any = unstated
    if known:
        pairs = [part for code, value in known for part in (code, value)]
        single = ["match", ["coalesce", ["get", "operator"], ""], *pairs, unstated]
    return ["case", [">", ["coalesce", ["get", "operators"], 0], 1], shared, single]


def _line_colour(codes: Sequence[str], theme: Theme) -> Expression:
    hues = symbols.operator_hues(codes, theme)
    lines = [hues[code].line for code in codes]
    return _hue(codes, lines, symbols.shared_hue(theme).line, symbols.hue_of(None, theme).line)


def icon_image(codes: Sequence[str]) -> Expression:
    """Name of a feature's symbol: ``kind|status|hue`` with hue an operator's index, ``shared`` or ``none``."""
    hue = _hue(codes, [str(index) for index in range(len(codes))], "shared", "none")
    return ["concat", ["get", "kind"], "|", ["coalesce", ["get", "status"], "in_use"], "|", hue]


def _hover(on: Any, off: Any) -> Expression:
    return ["case", ["boolean", ["feature-state", "hover"], False], on, off]


def _assets(name: str, kind: str, condition: Expression, **parts: Any) -> Layer:
    return {
        "id": name,
        "type": kind,
        "source": "assets",
        "source-layer": "assets",
        "filter": condition,
        **parts,
    }


def _area_assets(codes: Sequence[str], theme: Theme) -> list[Layer]:
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
            paint={"fill-color": ink, "fill-opacity": _hover(0.22, 0)},
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
            paint={"fill-color": colour, "fill-opacity": _hover(0.4, 0.18)},
        ),
        _assets(
            "shapes-line", "line", ["all", polygon, exact], paint={"line-color": colour, "line-width": 1.5}
        ),
    ]


def _line_assets(codes: Sequence[str], theme: Theme) -> list[Layer]:
    """Ducts as tubes, cables as dashes; what is not yet built broken, what stands idle hollow."""
    line: Expression = ["==", ["geometry-type"], "LineString"]
    duct: Expression = ["==", ["get", "kind"], Kind.DUCT.value]
    unbuilt: Expression = [
        "in",
        ["get", "status"],
        ["literal", [Status.PLANNED.value, Status.BUILDING.value]],
    ]
    hollow: Expression = ["in", ["get", "status"], ["literal", [Status.IDLE.value, Status.RETIRED.value]]]
    colour, paper = _line_colour(codes, theme), symbols.PAPER[theme]
    wide = symbols.LINE_WIDTH[Kind.DUCT]
    ends = {"line-cap": "butt", "line-join": "round"}
    return [
        _assets(
            "lines-hover",
            "line",
            line,
            layout=ends,
            paint={"line-color": symbols.INK[theme], "line-width": 12, "line-opacity": _hover(0.35, 0)},
        ),
        _assets(
            "lines-paper", "line", line, layout=ends, paint={"line-color": paper, "line-width": wide + 2}
        ),
        _assets(
            "ducts",
            "line",
            ["all", line, duct, ["!", unbuilt]],
            layout=ends,
            paint={"line-color": colour, "line-width": wide},
        ),
        _assets(
            "ducts-planned",
            "line",
            ["all", line, duct, unbuilt],
            layout=ends,
            paint={"line-color": colour, "line-width": wide, "line-dasharray": [1, 0.6]},
        ),
        _assets(
            "ducts-hollow",
            "line",
            ["all", line, duct, hollow],
            layout=ends,
            paint={"line-color": paper, "line-width": wide - 2},
        ),
        _assets(
            "cables",
            "line",
            ["all", line, ["!", duct]],
            layout=ends,
            paint={
                "line-color": colour,
                "line-width": symbols.LINE_WIDTH[Kind.CABLE],
                "line-dasharray": list(symbols.LINE_DASH[Kind.CABLE]),
            },
        ),
    ]


def _precision_radius() -> Expression:
    """Half the precision as pixels, doubling with every zoom."""
    half = ["/", ["coalesce", ["get", "precision_m"], 0], 2]
    stops = [part for zoom in (8, 20) for part in (zoom, ["*", half, PIXELS_PER_METRE_Z0 * 2**zoom])]
    return ["interpolate", ["exponential", 2], ["zoom"], *stops]


def _point_assets(codes: Sequence[str], theme: Theme) -> list[Layer]:
    point: Expression = ["==", ["geometry-type"], "Point"]
    exact: Expression = ["==", ["get", "level"], "exact"]
    shape: Expression = ["all", ["==", ["geometry-type"], "Polygon"], exact]
    drawn: Expression = ["any", point, shape]
    ink, paper = symbols.INK[theme], symbols.PAPER[theme]
    size = ["interpolate", ["linear"], ["zoom"], 11, 0.6, 14, 0.85, 17, 1.1]
    return [
        _assets(
            "points-precision",
            "circle",
            ["all", point, ["!", exact]],
            paint={
                "circle-radius": _precision_radius(),
                "circle-opacity": 0,
                "circle-stroke-color": GREYS[theme]["line"],
                "circle-stroke-width": 1,
            },
        ),
        _assets(
            "points-hover",
            "circle",
            point,
            paint={
                "circle-radius": 17,
                "circle-color": ink,
                "circle-opacity": _hover(0.25, 0),
                "circle-stroke-color": ink,
                "circle-stroke-width": 2,
                "circle-stroke-opacity": _hover(1, 0),
            },
        ),
        # A shape cut by tiles would carry a symbol in each: those that come close give way to one another.
        _assets(
            "shapes",
            "symbol",
            shape,
            layout={"icon-image": icon_image(codes), "icon-size": size, "icon-padding": 12},
        ),
        _assets(
            "points",
            "symbol",
            point,
            layout={
                "icon-image": icon_image(codes),
                "icon-size": size,
                "icon-allow-overlap": True,
                "icon-ignore-placement": True,
            },
        ),
        _assets(
            "points-name",
            "symbol",
            ["all", drawn, ["has", "name"]],
            minzoom=NAMES_FROM,
            layout={
                "text-field": ["get", "name"],
                "text-font": FONTS,
                "text-size": 12,
                "text-anchor": "left",
                "text-offset": [1.1, 0],
                "text-max-width": 12,
                "text-padding": 3,
            },
            paint={"text-color": ink, "text-halo-color": paper, "text-halo-width": 1.5},
        ),
    ]


def _counts(theme: Theme) -> Layer:
    """Numbers per kind for a whole region; each kind has its own place around the region's point."""
    offsets: list[Any] = []
    for index, kind in enumerate(KINDS):
        offsets += [kind.value, ["literal", [(index % 2) * 62 - 50, (index // 2) * 26 - 52]]]
    image = ["concat", ["get", "kind"], "|", Status.IN_USE.value, "|ink"]
    places = ["match", ["get", "kind"], *offsets, ["literal", [0, 0]]]
    return {
        "id": "counts",
        "type": "symbol",
        "source": "assets",
        "source-layer": "counts",
        "maxzoom": COUNTS_TO,
        "layout": {
            "icon-image": image,
            "icon-size": 0.7,
            "icon-offset": places,
            "text-field": ["number-format", ["get", "n"], {}],
            "text-font": FONTS,
            "text-size": 13,
            "text-anchor": "left",
            "text-offset": _text_offsets(offsets),
            "symbol-sort-key": ["-", 0, ["get", "n"]],
        },
        "paint": {
            "text-color": symbols.INK[theme],
            "text-halo-color": symbols.PAPER[theme],
            "text-halo-width": 1.6,
        },
    }


def _text_offsets(offsets: list[Any]) -> Expression:
    """The same places for the numbers, in ems of the text and to the right of the symbol."""
    moved: list[Any] = []
    for kind, (_, (across, down)) in zip(offsets[::2], offsets[1::2], strict=True):
        moved += [kind, ["literal", [round(across * 0.7 / 13 + 0.85, 2), round(down * 0.7 / 13, 2)]]]
    return ["match", ["get", "kind"], *moved, ["literal", [0, 0]]]


def _cases(theme: Theme) -> Layer:
    return {
        "id": "cases",
        "type": "symbol",
        "source": "cases",
        "source-layer": "cases",
        "layout": {"icon-image": "case", "icon-allow-overlap": True, "icon-offset": [0, -16]},
        "paint": {"icon-halo-color": symbols.PAPER[theme]},
    }
