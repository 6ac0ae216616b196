"""How a file of measurements is read: mappings kept as data in ``data/coverage/measurements``.

A mapping names the parts of a file by patterns, for each field the headers to look under (compared without case,
accents, line breaks and punctuation), code words, constants, and a second table whose rows take their place and day
from the first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from infra_registry.errors import NotFound, RegistryError
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


def readings() -> dict[str, Reading]:
    """Every mapping that can be used, by name, the register's own first."""
    return _all(MAPPINGS)[0]


def faulty() -> dict[str, RegistryError]:
    """Why files of the folder cannot be used, by name: ``claims.bad_mapping``."""
    return _all(MAPPINGS)[1]


@cache
def _all(folder: Path) -> tuple[dict[str, Reading], dict[str, RegistryError]]:
    sound: dict[str, Reading] = {}
    wrong: dict[str, RegistryError] = {}
    for path in sorted(folder.glob("*.toml"), key=lambda path: (path.stem != DEFAULT, path.stem)):
        try:
            sound[path.stem] = _read(path)
        except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
            wrong[path.stem] = RegistryError("claims.bad_mapping", file=path.name, value=str(error)[:200])
    return sound, wrong


def named(name: str) -> Reading:
    """A mapping by its name. Raises NotFound ``claims.no_mapping``, RegistryError for a faulty one."""
    if name in faulty():
        raise RegistryError("claims.bad_mapping", **faulty()[name].params)
    reading = readings().get(name)
    if reading is None:
        raise NotFound("claims.no_mapping", name=name[:40], expected=" | ".join(readings()))
    return reading


def _read(path: Path) -> Reading:
    table = tables(path)
    detail = table.get("detail")
    return Reading(
        path.stem,
        {language: str(table["title"][language]) for language in ("zh", "en")},
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
