"""Chosen sets in words: what was asked, what the set serves, what is proven of it and how far that may lie off."""

from collections.abc import Mapping, Sequence
from typing import Any

from infra_registry import words
from infra_registry.coverage.remedies import sentences
from web.site.context import locale, t


def sets_in_words(rows: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each set with its aim, its sites with reasons, the proven bound and the proven gap in per cent."""
    by_area = facts.get("weighed_by") == "area"
    total = float(facts.get("total") or 0)
    return [_set(row, total, by_area=by_area) for row in rows]


def _set(row: Mapping[str, Any], total: float, *, by_area: bool) -> dict[str, Any]:
    budget = row["aim"] == "budget"
    wanted = {"count": f"{row['wanted']:.0f}"} if budget else {"share": f"{100 * row['wanted']:g}"}
    size = len(row["chosen"])
    reached = budget or row["people"] >= row["wanted"] * total * (1 - 1e-6)
    return {
        "aim": t(f"remedy.set.{row['aim']}", **wanted),
        "budget": budget,
        "lifted": row["lifted"],
        "sites": size,
        "served": row["people"],
        "share": 100 * row["people"] / total if total else None,
        "bound": row["bound"],
        "gap": _gap(row["people"], row["bound"]) if budget else _gap(row["bound"], size),
        "met": reached,
        "unit": "m²" if by_area else t("radio_page.unit.people"),
        "method": _method(row["method"]),
        "chosen": [
            (ordinal, sentences.reason(reason, locale()))
            for ordinal, reason in zip(row["chosen"], row["reasons"], strict=False)
        ],
    }


def _method(written: str) -> str:
    """What proved the bound; what ended by the clock is proven by the same means."""
    key = "radio_page.method." + written.partition("@")[0].replace("+", "_")
    return t(key if words.has(key) else "radio_page.method.other")


def _gap(less: float, more: float) -> float:
    """How far the better figure may lie above the worse one, in per cent of the better."""
    return max(0.0, 100 * (more - less) / more) if more else 0.0
