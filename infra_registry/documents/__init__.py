"""Documents made of what the caller hands over: self-contained offline maps (folium), in either language.

Nothing here reads the database or the network. Symbols, features and tables come in as values; the browser
library's folder is passed in, because pages and documents share one copy of it.
"""

from infra_registry.documents.maps import gap_report_html, map_html
from infra_registry.documents.model import (
    MAX_FEATURES,
    Feature,
    Layer,
    LegendEntry,
    LegendGroup,
    Meta,
    Outline,
    Symbol,
    Table,
)

__all__ = [
    "MAX_FEATURES",
    "Feature",
    "Layer",
    "LegendEntry",
    "LegendGroup",
    "Meta",
    "Outline",
    "Symbol",
    "Table",
    "gap_report_html",
    "map_html",
]
