"""The HTML of an offline map, made with folium: map, legend, notes and the list of everything on it."""

from pathlib import Path

import folium
from branca.element import Element
from folium.utilities import JsCode

from infra_registry.documents import parts
from infra_registry.documents.drawing import Box, bounds
from infra_registry.documents.layers import BackdropLayer, Below, Call, FeatureLayer
from infra_registry.documents.model import Layer, Meta, Table
from infra_registry.documents.offline import figure, new_map, self_contained
from infra_registry.words import say

STATIC = Path(__file__).parent / "static"
FOLIUM_VIEWPORT = "initial-scale=1.0, maximum-scale=1.0, user-scalable=no"


def page_html(
    title: str,
    layers: tuple[Layer, ...],
    locale: str,
    meta: Meta,
    *,
    vendor: Path,
    tables: tuple[Table, ...],
) -> str:
    """The page of ``maps.map_html``, with the libraries of ``vendor`` inside."""
    page = new_map(title)
    root = figure(page)
    root.html.add_child(Element(parts.head(title, meta, locale)))
    root.html.add_child(Element(f"<noscript><p>{say(locale, 'documents.no_script')}</p></noscript>"))
    page.add_child(Call("registryOutlines", [[item.name, item.geometry] for item in meta.outlines]))
    for number, backdrop in enumerate(meta.backdrops):
        page.add_child(BackdropLayer(backdrop, shown=number == 0))
    first = 1
    for layer in layers:
        page.add_child(FeatureLayer(layer, first))
        first += len(layer.features)
    narrow = JsCode("window.innerWidth < 700")
    page.add_child(folium.LayerControl(collapsed=narrow))  # type: ignore[arg-type]
    box = meta.box or _extent(layers, meta)
    corners = [[box[1], box[0]], [box[3], box[2]]] if box else None
    # Last of the script: shows the whole extent and lets rows of the list find their features.
    page.add_child(Call("registryReady", corners))
    below = parts.legend(meta.legend, locale) + parts.tables(tables, locale) + parts.lists(layers, locale)
    page.add_child(Below(below))
    return self_contained(_finished(root.render(), locale), vendor)


def _finished(text: str, locale: str) -> str:
    # Behind the libraries, and behind folium's own style, which ours overrides.
    ours = f"<script>{_static('map.js')}</script><style>{_static('map.css')}</style></head>"
    text = text.replace("</head>", ours, 1)
    text = text.replace("<html>", f'<html lang="{locale}">', 1)
    return text.replace(FOLIUM_VIEWPORT, "initial-scale=1.0", 1)


def _static(name: str) -> str:
    return (STATIC / name).read_text("utf-8")


def _extent(layers: tuple[Layer, ...], meta: Meta) -> Box | None:
    features = [item.geometry for layer in layers for item in layer.features]
    return bounds([item.geometry for item in meta.outlines] or features)
