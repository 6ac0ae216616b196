"""Layers of the map's style for the state of openings and of duties: shape says the state, text names it."""

from typing import Any

from infra_registry.publish import symbols
from infra_registry.publish.asset_layers import (
    FONTS,
    Layer,
    count_layout,
    halo,
    hovered,
    layer,
    name_in,
    named,
)
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


def state_layers(source: str, theme: Theme, locale: str, *, beside: bool, shown: bool) -> list[Layer]:
    """Symbols, the mark under the pointer, names and numbers of one source of ``STATES``.

    ``beside``: drawn at the shoulder of the asset's own symbol, on the map that shows both. ``shown`` off: there,
    and hidden until the reader switches it on.
    """
    visibility = {"visibility": "visible" if shown else "none"}
    ink = symbols.INK[theme]
    image = ["concat", source, "|", ["get", "state"], "|ink"]
    size = ["interpolate", ["linear"], ["zoom"], 7, 0.4, 11, 0.62, 15, 0.9]
    offset = [15, -15] if beside else [0, 0]
    under = {
        "text-field": name_in(locale),
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
    places = {
        state: ((index % 2) * 66 - 46, (index // 2) * 26 - 40) for index, state in enumerate(STATES[source])
    }
    counts = {"icon-image": image, "icon-size": 0.65, **count_layout("state", places), **visibility}
    names = layer(f"{source}-name", "symbol", source, layout=under | visibility, paint=halo(theme))
    return [
        layer(f"{source}-hover", "circle", source, layout=visibility, paint=mark),
        layer(source, "symbol", source, layout=symbol | visibility),
        *(() if beside else (names,)),
        layer(f"{source}-counts", "symbol", source, f"{source}_counts", layout=counts, paint=halo(theme)),
    ]
