"""Map layers of evidence over a run: pictures of cells for its regulators, published quad cells for everyone."""

from typing import Any

from infra_registry.publish.asset_layers import FONTS, Layer, halo, layer, raster
from infra_registry.publish.symbols import Theme

SOURCE = "evidence"
SERVED, NOT_SERVED, UNKNOWN = "#0072b2", "#b84a00", "#5f696f"
SIGNS = {1: "+", 0: "×", -1: "?"}
OPACITY = {"low": 0.35, "medium": 0.6, "high": 0.85}
LEAST_ZOOM, SIGNS_FROM = 3, 13


def source(address: str, *, pictures: bool) -> dict[str, Any]:
    """The source of the layer by name."""
    if pictures:
        return {SOURCE: raster(address)}
    return {SOURCE: {"type": "vector", "tiles": [address], "minzoom": LEAST_ZOOM, "maxzoom": 15}}


def layers(theme: Theme, *, pictures: bool) -> list[Layer]:
    """The layers, from the ground up: colour by service, clear by confidence, hatched where sources differ."""
    if pictures:
        paint = {"raster-resampling": "nearest", "raster-fade-duration": 0}
        return [{"id": SOURCE, "type": "raster", "source": SOURCE, "paint": paint}]
    colour = ["match", ["get", "served"], 1, SERVED, 0, NOT_SERVED, UNKNOWN]
    clear: list[Any] = ["match", ["get", "confidence"]]
    for name, opacity in OPACITY.items():
        clear += [name, opacity]
    fill = {"fill-color": colour, "fill-opacity": [*clear, 0.15], "fill-antialias": False}
    differs = ["!=", ["get", "disagreement"], "none"]
    sign = ["match", ["get", "served"], 1, SIGNS[1], 0, SIGNS[0], SIGNS[-1]]
    layout = {"text-field": sign, "text-font": FONTS, "text-size": 14}
    return [
        layer(SOURCE, "fill", SOURCE, paint=fill),
        layer("evidence-differs", "fill", SOURCE, paint={"fill-pattern": "hatch"}, filter=differs),
        layer("evidence-sign", "symbol", SOURCE, minzoom=SIGNS_FROM, layout=layout, paint=halo(theme, 1.5)),
    ]
