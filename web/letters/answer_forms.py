"""What the table of a letter sends, as drafts by building, and its rows as pages."""

from collections.abc import Mapping, Sequence

from flask import request

from infra_registry.duties.letters.answer_table import FIELDS, Row

PER_PAGE = 40
SAME = "same"


def drafts() -> dict[str, dict[str, str]]:
    """The rows sent, by code: fields are named ``G-….wanted``."""
    rows: dict[str, dict[str, str]] = {}
    for name, value in request.form.items():
        code, _, field = name.partition(".")
        if field in FIELDS and code != SAME:
            rows.setdefault(code[:20], {})[field] = value
    return rows


def same() -> dict[str, str]:
    """The one answer for all."""
    return {name: request.form.get(f"{SAME}.{name}", "") for name in FIELDS}


def pages(rows: Sequence[Row]) -> int:
    """How many pages the rows fill."""
    return max(1, -(-len(rows) // PER_PAGE))


def page_of(rows: Sequence[Row]) -> Mapping[str, int]:
    """On which page each building stands."""
    return {row.code: place // PER_PAGE + 1 for place, row in enumerate(rows)}


def all_choices(rows: Sequence[Row]) -> list[str]:
    """Answers possible anywhere in the letter, in their usual order."""
    order = ("open", "offer", "refuse", "decline", "not_ours", "later")
    possible = {choice for row in rows for choice in row.choices}
    return [choice for choice in order if choice in possible]
