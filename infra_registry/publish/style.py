"""The MapLibre style of the live map: layers and colours as data, built from the one symbology.

No glyphs and no sprite address: labels are drawn with the reader's own fonts, symbols are drawn from the
SVG texts in ``metadata`` when a tile asks for them.
"""

from collections.abc import Sequence
from typing import Any

from infra_registry.assets.kinds import KINDS, Shape, Status
from infra_registry.publish import coverage_layers, evidence_layers, state_layers, symbols
from infra_registry.publish.asset_layers import (
    FONTS,
    GREYS,
    Layer,
    area_assets,
    counts,
    layer,
    line_assets,
    name_in,
    point_assets,
    vector,
)
from infra_registry.publish.coverage_layers import Coverage
from infra_registry.publish.symbols import Hue, Theme
from infra_registry.words import say


def map_style(
    *,
    locale: str,
    theme: Theme = "light",
    operators: Sequence[tuple[str, str]] = (),
    tiles: str = "/tiles",
    run: str | None = None,
    cases: bool = False,
    only: str | None = None,
    coverage: Coverage | None = None,
) -> dict[str, Any]:
    """The style document of the live map.

    ``operators`` are (code, name) in the order of their hues; ``tiles`` is the path of the tiles; ``run`` adds the gaps
    of a free-WiFi run, ``cases`` the handler's cases. ``only`` names a layer of states that is drawn without the
    assets; otherwise the ledger of opening is a hidden layer. ``coverage`` adds a mobile run below the assets.
    """
    sources = {name: vector(f"{tiles}/{name}/{{z}}/{{x}}/{{y}}.mvt") for name in ("assets", "areas")}
    if run:
        sources["gaps"] = vector(f"{tiles}/gaps/{{z}}/{{x}}/{{y}}.mvt?run={run}")
    if cases:
        sources["cases"] = vector(f"{tiles}/cases/{{z}}/{{x}}/{{y}}.mvt")
    if only:
        del sources["assets"]
    states = only or "openings"
    sources[states] = vector(f"{tiles}/{states}/{{z}}/{{x}}/{{y}}.mvt")
    sources |= coverage_layers.sources(coverage) if coverage else {}
    layers = [_background(theme), *(coverage_layers.layers(coverage, theme) if coverage else ())]
    layers += _area_lines(theme)
    layers += _gap_layers(theme) if run else []
    if not only:
        codes = [code for code, _ in operators]
        layers += [*area_assets(codes, theme), *line_assets(codes, theme), *point_assets(codes, theme)]
        layers.append(counts(theme))
    layers.append(_area_labels(locale, theme))
    layers += state_layers.state_layers(states, theme, locale, beside=not only, shown=bool(only))
    layers += [_cases(theme)] if cases else []
    shown = legend(locale, theme, operators)
    shown |= {"coverage": coverage_layers.legend(coverage, locale)} if coverage else {}
    return _document(sources, layers, shown)


def _document(sources: dict[str, Any], layers: list[Layer], shown: dict[str, Any]) -> dict[str, Any]:
    return {
        "version": 8,
        "name": "registry",
        "metadata": {"registry": shown},
        "sources": sources,
        "layers": layers,
    }


def _beside(
    sources: dict[str, Any], lowest: Layer, above: Sequence[Layer], locale: str, theme: Theme
) -> dict[str, Any]:
    """A map without the assets: the boundaries lie over the layer ``lowest`` and below those ``above``."""
    layers = [_background(theme), lowest, *_area_lines(theme), _area_labels(locale, theme), *above]
    sources = {"areas": vector("/tiles/areas/{z}/{x}/{y}.mvt"), **sources}
    return _document(sources, layers, legend(locale, theme, ()))


def coverage_style(coverage: Coverage, *, locale: str, theme: Theme = "light") -> dict[str, Any]:
    """The map beside a run of mobile coverage: its layers and the boundaries, without the assets."""
    lowest, *above = coverage_layers.layers(coverage, theme)
    return _beside(coverage_layers.sources(coverage), lowest, above, locale, theme)


def evidence_style(address: str, *, pictures: bool, locale: str, theme: Theme = "light") -> dict[str, Any]:
    """The map beside the evidence over a run: its one layer (tiles at ``address``) and the boundaries."""
    lowest, *above = evidence_layers.layers(theme, pictures=pictures)
    return _beside(evidence_layers.source(address, pictures=pictures), lowest, above, locale, theme)


def legend(locale: str, theme: Theme, operators: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Symbols and their names for scripts: SVG texts with ``{fill}`` and ``{line}`` in place of the two colours."""
    blank = Hue("{fill}", "{line}")
    unstated, states = symbols.hue_of(None, theme), state_layers.legend(locale, theme)
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
        "unstated": {"fill": unstated.fill, "line": unstated.line},
        "svg": {
            kind.value: {status.value: symbols.kind_svg(kind, status, blank, theme) for status in Status}
            for kind in KINDS
        }
        | states["svg"]
        | coverage_layers.pins(theme),
        "states": states["states"],
        "paper": symbols.PAPER[theme],
        "ink": symbols.INK[theme],
    }


def _background(theme: Theme) -> Layer:
    return {"id": "ground", "type": "background", "paint": {"background-color": GREYS[theme]["ground"]}}


def _area_lines(theme: Theme) -> list[Layer]:
    grey = GREYS[theme]
    wide = ["match", ["get", "level"], "province", 2.2, "city", 1.8, "district", 1.0, 1.2]
    zone = ["get", "level"], "zone"
    areas = {"line-color": grey["line"], "line-width": wide}
    zones = {"line-color": grey["strong"], "line-width": 1.2, "line-dasharray": [4, 3]}
    return [
        layer("areas-line", "line", "areas", filter=["!=", *zone], paint=areas),
        layer("zones-line", "line", "areas", filter=["==", *zone], paint=zones),
    ]


def _area_labels(locale: str, theme: Theme) -> Layer:
    large = ["in", ["get", "level"], ["literal", ["province", "city"]]]
    layout = {
        "text-field": name_in(locale),
        "text-size": ["match", ["get", "level"], "province", 17, "city", 15, 13],
        "text-font": FONTS,
        "text-padding": 6,
        "text-max-width": 8,
    }
    paint = {
        "text-color": GREYS[theme]["text"],
        "text-halo-color": GREYS[theme]["ground"],
        "text-halo-width": 1.6,
    }
    from_zoom = ["any", [">=", ["zoom"], 7], large]
    return layer(
        "areas-label", "symbol", "areas", "area_labels", filter=from_zoom, layout=layout, paint=paint
    )


def _gap_layers(theme: Theme) -> list[Layer]:
    venue = ["==", ["get", "kind"], "venue"]
    far, near = ["case", venue, 2.5, 3.5], ["case", venue, 7, 11]
    # A gap that is one place: a hollow ring, never a filled spot; wider where people live than at a venue.
    ring = {
        "circle-color": symbols.PAPER[theme],
        "circle-opacity": 0.55,
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 8, far, 15, near],
        "circle-stroke-color": symbols.INK[theme],
        "circle-stroke-width": 2,
    }
    line = {"line-color": symbols.INK[theme], "line-width": 1.5}
    return [
        layer("gaps-fill", "fill", "gaps", paint={"fill-pattern": "hatch"}),
        layer("gaps-line", "line", "gaps", paint=line),
        layer("gaps-place", "circle", "gaps", filter=["==", ["geometry-type"], "Point"], paint=ring),
    ]


def _cases(theme: Theme) -> Layer:
    layout = {"icon-image": "case", "icon-allow-overlap": True, "icon-offset": [0, -16]}
    return layer("cases", "symbol", "cases", layout=layout, paint={"icon-halo-color": symbols.PAPER[theme]})
