"""Layers of an offline map as folium elements: the data goes in once as JSON, a small script draws it."""

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import folium
from branca.element import MacroElement
from folium.template import Template

from infra_registry.documents.markup import data_uri, markup, svg_uri
from infra_registry.documents.model import Backdrop, Layer, Symbol

_OPENING = re.compile(r"\{(?=[{%#])")


def script_json(value: Any) -> str:
    """JSON that stays data inside a script: no tag, entity or line separator in it can end the script.

    branca reads what it is given as a template, so no brace of a text may open an expression either; the
    braces of JSON itself never stand before another one, a per cent or a hash sign.
    """
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    text = _OPENING.sub(r"\\u007b", text)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


class FeatureLayer(folium.map.Layer):
    """A layer of features with popups; ``first`` is the number of its first row in the list."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = registryLayer({{ this.data }});
        {% endmacro %}
        """
    )

    def __init__(self, layer: Layer, first: int) -> None:
        # Leaflet writes the name into the control as HTML.
        super().__init__(name=markup(f"{layer.name} ({len(layer.features)})"), overlay=True, show=layer.shown)
        self._name = "RegistryLayer"
        symbols: dict[Symbol, int] = {}
        rows = [
            [first + i, symbols.setdefault(item.symbol, len(symbols)), item.geometry, item.label, item.values]
            for i, item in enumerate(layer.features)
        ]
        self.data = script_json(
            {
                "name": layer.name,
                "columns": layer.columns,
                "clustered": layer.clustered,
                "symbols": [_drawn(symbol) for symbol in symbols],
                "features": rows,
            }
        )


class BackdropLayer(folium.map.Layer):
    """A picture under the features; of several the control shows one at a time."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = registryBackdrop({{ this._parent.get_name() }}, {{ this.data }});
        {% endmacro %}
        """
    )

    def __init__(self, backdrop: Backdrop, *, shown: bool) -> None:
        super().__init__(name=markup(backdrop.name), overlay=False, show=shown)
        self._name = "Backdrop"
        west, south, east, north = backdrop.box
        uri = data_uri(backdrop.png, Path("backdrop.png"))
        self.data = script_json([uri, [[south, west], [north, east]], backdrop.name])


class Call(MacroElement):
    """A call of a function of ``map.js`` with the map and a value."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            {{ this.function }}({{ this._parent.get_name() }}, {{ this.data }});
        {% endmacro %}
        """
    )

    def __init__(self, function: str, value: Any) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Call"
        self.function = function
        self.data = script_json(value)


class Below(MacroElement):
    """HTML that stands under the map."""

    _template = Template("{% macro html(this, kwargs) %}{{ this.content }}{% endmacro %}")

    def __init__(self, content: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Below"
        self.content = content


def _drawn(symbol: Symbol) -> dict[str, Any]:
    values = asdict(symbol)
    return {"icon": svg_uri(values.pop("svg")), **values}
