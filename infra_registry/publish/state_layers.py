"""Layers of the map's style for the state of openings and of duties: shape says the state, text names it."""

from typing import Any

from infra_registry.publish import symbols
from infra_registry.publish.asset_layers import FONTS, Layer, hovered, named, text_offsets
from infra_registry.publish.state_tiles import WORST_FIRST
from infra_registry.publish.symbols import STATE_MARKS, Hue, Mark, Theme
from infra_registry.words import say

# Layer → its states in the order of legends, and the words of a state.
STATES: dict[str, tuple[str, ...]] = {
    "openings": ("open", "offered", "asked", "no_answer", "refused", "declined", "exempt", "not_asked"),
    "duties": WORST_FIRST,
}
WORDS = {"openings": "opening.state.", "duties": "law.kept."}


def state_svg(state: str, hue: Hue, theme: Theme) -> str:
    """The mark of a state as it is drawn everywhere."""
    fill, body = STATE_MARKS[state]
    return symbols.svg(Mark(body), fill, hue, theme)


def legend(locale: str, theme: Theme) -> dict[str, Any]:
    """What scripts need: the marks by layer and state, and their words."""
    blank = Hue("{fill}", "{line}")
    return {
        "svg": {
            layer: {state: state_svg(state, blank, theme) for state in states}
            for layer, states in STATES.items()
        },
        "states": {
            layer: [{"key": state, "label": say(locale, WORDS[layer] + state)} for state in states]
            for layer, states in STATES.items()
        },
    }


def state_layers(layer: str, theme: Theme, locale: str, *, beside: bool, shown: bool) -> list[Layer]:
    """Symbols, the mark of what is pointed at, names and numbers of one layer.

    ``beside``: drawn at the shoulder of the asset's own symbol, on the map that shows both. ``shown`` off: there,
    and hidden until the reader switches it on.
    """
    visibility = {"visibility": "visible" if shown else "none"}
    ink, paper = symbols.INK[theme], symbols.PAPER[theme]
    image = ["concat", layer, "|", ["get", "state"], "|ink"]
    size = ["interpolate", ["linear"], ["zoom"], 7, 0.4, 11, 0.62, 15, 0.9]
    offset = [15, -15] if beside else [0, 0]
    source = {"source": layer, "source-layer": layer}
    halo = named({"text_color": ink, "text_halo_color": paper, "text_halo_width": 1.6})
    name = ["coalesce", ["get", "name_en"], ["get", "name"]] if locale == "en" else ["get", "name"]
    under = {
        "text-field": name,
        "text-font": FONTS,
        "text-size": 12,
        "text-anchor": "top",
        "text-offset": [0, 1],
    }
    ring = {"circle_stroke_color": ink, "circle_stroke_width": 2, "circle_stroke_opacity": hovered(1, 0)}
    mark = named({"circle_radius": 15, "circle_color": ink, "circle_opacity": hovered(0.25, 0), **ring})
    symbol = {
        "icon-image": image,
        "icon-size": size,
        "icon-offset": offset,
        "icon-allow-overlap": True,
        "icon-ignore-placement": True,
    }
    names = (
        [] if beside else [_layer(f"{layer}-name", "symbol", source, layout=under | visibility, paint=halo)]
    )
    return [
        _layer(f"{layer}-hover", "circle", source, layout=visibility, paint=mark),
        _layer(layer, "symbol", source, layout=symbol | visibility),
        *names,
        _numbers(layer, image, visibility, halo),
    ]


def _numbers(layer: str, image: Any, visibility: dict[str, Any], halo: dict[str, Any]) -> Layer:
    offsets: list[Any] = []
    for index, state in enumerate(STATES[layer]):
        offsets += [state, ["literal", [(index % 2) * 66 - 46, (index // 2) * 26 - 40]]]
    layout = {
        "icon-image": image,
        "icon-size": 0.65,
        "icon-offset": ["match", ["get", "state"], *offsets, ["literal", [0, 0]]],
        "text-field": ["number-format", ["get", "n"], {}],
        "text-font": FONTS,
        "text-size": 13,
        "text-anchor": "left",
        "text-offset": ["match", ["get", "state"], *text_offsets(offsets)[2:]],
        "symbol-sort-key": ["-", 0, ["get", "n"]],
    }
    source = {"source": layer, "source-layer": f"{layer}_counts"}
    return _layer(f"{layer}-counts", "symbol", source, layout=layout | visibility, paint=halo)


def _layer(name: str, kind: str, source: dict[str, str], **parts: Any) -> Layer:
    return {"id": name, "type": kind, **source, **parts}
