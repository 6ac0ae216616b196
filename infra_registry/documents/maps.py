"""Offline maps as one HTML file: map, legend, notes and the list of everything on it."""

from pathlib import Path

import folium
from branca.element import Element
from folium.utilities import JsCode
from shapely.geometry import shape

from infra_registry.documents import parts
from infra_registry.documents.layers import BackdropLayer, Below, FeatureLayer, Outlines, Ready
from infra_registry.documents.model import MAX_FEATURES, Layer, Meta, Table
from infra_registry.documents.offline import figure, new_map, self_contained
from infra_registry.errors import RegistryError
from infra_registry.words import say

STATIC = Path(__file__).parent / "static"
FOLIUM_VIEWPORT = "initial-scale=1.0, maximum-scale=1.0, user-scalable=no"


def map_html(
    title: str,
    layers: tuple[Layer, ...],
    locale: str,
    meta: Meta,
    *,
    vendor: Path,
    tables: tuple[Table, ...] = (),
) -> str:
    """One HTML file that opens from disk without a network: a folium map and the list of its features.

    ``vendor`` is the folder of the browser libraries (leaflet, leaflet.markercluster). Raises RegistryError
    ``documents.too_many`` above 10,000 features, ``documents.no_vendor`` when the libraries are missing.
    """
    total = sum(len(layer.features) for layer in layers)
    if total > MAX_FEATURES:
        raise RegistryError("documents.too_many", count=total, expected=MAX_FEATURES)
    if not (vendor / "leaflet" / "leaflet.js").is_file():
        raise RegistryError("documents.no_vendor")
    page = new_map(title)
    root = figure(page)
    root.html.add_child(Element(parts.head(title, meta, locale)))
    root.html.add_child(Element(f"<noscript><p>{say(locale, 'documents.no_script')}</p></noscript>"))
    page.add_child(Outlines(meta.outlines))
    for number, backdrop in enumerate(meta.backdrops):
        page.add_child(BackdropLayer(backdrop, shown=number == 0))
    first = 1
    for layer in layers:
        page.add_child(FeatureLayer(layer, first))
        first += len(layer.features)
    narrow = JsCode("window.innerWidth < 700")
    page.add_child(folium.LayerControl(collapsed=narrow))  # type: ignore[arg-type]
    page.add_child(Ready(meta.box or _extent(layers, meta)))
    below = parts.legend(meta.legend, locale) + parts.tables(tables, locale) + parts.lists(layers, locale)
    page.add_child(Below(below))
    return self_contained(_finished(root.render(), locale), vendor)


def _finished(text: str, locale: str) -> str:
    # Behind the libraries, and behind folium's own style, which ours overrides.
    ours = f"<script>{_static('map.js')}</script><style>{_static('map.css')}</style></head>"
    text = text.replace("</head>", ours, 1)
    text = text.replace("<html>", f'<html lang="{locale}">', 1)
    return text.replace(FOLIUM_VIEWPORT, "initial-scale=1.0", 1)


def gap_report_html(
    title: str,
    layers: tuple[Layer, ...],
    tables: tuple[Table, ...],
    locale: str,
    meta: Meta,
    *,
    vendor: Path,
) -> str:
    """A report of gaps: the map of gaps and zones, the figures by district, then every gap."""
    return map_html(title, layers, locale, meta, vendor=vendor, tables=tables)


def _static(name: str) -> str:
    return (STATIC / name).read_text("utf-8")


def _extent(layers: tuple[Layer, ...], meta: Meta) -> tuple[float, float, float, float] | None:
    features = [item.geometry for layer in layers for item in layer.features]
    boxes = [shape(geometry).bounds for geometry in [item.geometry for item in meta.outlines] or features]
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)
