"""Documents of what the caller hands over: self-contained offline maps (folium), PDF (typst), in either language.

Nothing here reads the database or the network. Symbols, features and tables come in as values; the browser
library's folder is passed in, because pages and documents share one copy of it.
"""

from infra_registry.documents.drawing import Drawn, Pin, Underlay, map_svg
from infra_registry.documents.maps import map_html
from infra_registry.documents.model import (
    MAX_FEATURES,
    Backdrop,
    Feature,
    Layer,
    LegendEntry,
    LegendGroup,
    Meta,
    Outline,
    Symbol,
    Table,
)
from infra_registry.documents.pdf import Picture, Section, report_pdf

__all__ = [
    "MAX_FEATURES",
    "Backdrop",
    "Drawn",
    "Feature",
    "Layer",
    "LegendEntry",
    "LegendGroup",
    "Meta",
    "Outline",
    "Picture",
    "Pin",
    "Section",
    "Symbol",
    "Table",
    "Underlay",
    "map_html",
    "map_svg",
    "report_pdf",
]
