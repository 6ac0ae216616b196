"""Offline maps as one HTML file."""

from pathlib import Path

from infra_registry.documents.model import MAX_FEATURES, Layer, Meta, Table
from infra_registry.errors import RegistryError


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
    from infra_registry.documents.folium_page import page_html  # folium loads pandas

    return page_html(title, layers, locale, meta, vendor=vendor, tables=tables)
