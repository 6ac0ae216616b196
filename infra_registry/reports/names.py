"""Names of areas, districts, parties and sites in the reader's language."""

from collections.abc import Mapping
from typing import Any

from infra_registry.words import name_of, say

ENGLISH = "en"


def named(row: Mapping[str, Any], name: str, locale: str) -> str | None:
    """A column in the reader's language; None where it holds nothing."""
    return name_of(row, locale, name) or None


def area_name(run: Mapping[str, Any], locale: str) -> str:
    """The area of a run, by its code where it has no name."""
    return named(run, "area_name", locale) or str(run["area_code"])


def district(row: Mapping[str, Any], locale: str, column: str = "district_name") -> str:
    """The district of a row, or that it lies in none."""
    return named(row, column, locale) or say(locale, "coverage.no_district")


def in_language(texts: Mapping[str, str], locale: str) -> str:
    """A text that is stored in both languages (``zh``, ``en``)."""
    return texts["en" if locale == ENGLISH else "zh"]
