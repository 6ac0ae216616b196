"""How a file of measurements is read: mappings kept as data in ``data/coverage/measurements``.

A mapping names the parts of a file by patterns, for each field the headers to look under (compared without case,
accents, line breaks and punctuation), code words, constants, and a second table whose rows take their place and day
from the first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from infra_registry.errors import NotFound
from infra_registry.formats.headers import plain
from infra_registry.resources import COVERAGE_DATA, tables

MAPPINGS = COVERAGE_DATA / "measurements"
DEFAULT = "plain"
AS_SENT = "as_sent"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a field comes from: headers in order of preference, code words; ``other`` ``as_sent`` keeps the rest."""

    headers: tuple[str, ...]
    codes: Mapping[str, str] = field(default_factory=dict)
    other: str | None = None
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Detail:
    """A second table: its rows keep ``keeps`` of the row of the first table that has the same value under ``on``."""

    part: tuple[str, ...]
    on: str
    keeps: tuple[str, ...]
    fields: Mapping[str, Source]
    skip_empty: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole mapping."""

    name: str
    title: Mapping[str, str]
    crs: str
    part: tuple[str, ...]
    dates: tuple[str, ...]
    constants: Mapping[str, str]
    fields: Mapping[str, Source]
    detail: Detail | None


@cache
def readings() -> dict[str, Reading]:
    """Every mapping there is, by name, the register's own first."""
    names = sorted((path.stem for path in MAPPINGS.glob("*.toml")), key=lambda name: (name != DEFAULT, name))
    return {name: _read(name) for name in names}


def named(name: str) -> Reading:
    """A mapping by its name. Raises NotFound ``claims.no_mapping``."""
    reading = readings().get(name)
    if reading is None:
        raise NotFound("claims.no_mapping", name=name[:40], expected=" | ".join(readings()))
    return reading


def _read(name: str) -> Reading:
    table = tables(MAPPINGS / f"{name}.toml")
    detail = table.get("detail")
    return Reading(
        name,
        table["title"],
        table.get("crs", "EPSG:4326"),
        tuple(table["part"]),
        tuple(table.get("dates", ())),
        table.get("constants", {}),
        _sources(table["fields"]),
        None
        if detail is None
        else Detail(
            tuple(detail["part"]),
            detail["on"],
            tuple(detail["keeps"]),
            _sources(detail["fields"]),
            detail.get("without_level") == "skip",
        ),
    )


def _sources(table: Mapping[str, Any]) -> dict[str, Source]:
    return {
        name: Source(
            tuple(plain(header) for header in given["from"]),
            {plain(word): code for word, code in given.get("codes", {}).items()},
            given.get("other"),
            given.get("default"),
        )
        for name, given in table.items()
    }
