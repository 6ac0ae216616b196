"""Chosen sets in words: the aim of a set, whom it serves, its proven bound and the gap to that bound."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra_registry import words
from infra_registry.reports.radio.remedy_sentences import reason
from infra_registry.words import say

ROUNDING = 1e-6  # of a target, that the sum of people may fall short by


@dataclass(frozen=True, slots=True)
class ChosenSet:
    """A set for a reader: ``share`` and ``gap`` (how far the better figure may lie above the worse) in per cent.

    ``gap`` is None where the target is not met. ``chosen`` holds remedies by ordinal, each with why it was taken.
    """

    aim: str
    lifted: bool
    sites: int
    served: str
    share: float | None
    bound: str
    gap: float | None
    unit: str
    method: str
    chosen: Sequence[tuple[int, str]]

    @property
    def met(self) -> bool:
        """Whether the set reaches its aim."""
        return self.gap is not None


def chosen_sets(rows: Sequence[Mapping[str, Any]], facts: Mapping[str, Any], locale: str) -> list[ChosenSet]:
    """Each set of a run; ``facts`` are those of its remedies, with the total the sets are weighed by."""
    unit = "m²" if facts.get("weighed_by") == "area" else say(locale, "radio_page.unit.people")
    total = float(facts.get("total") or 0)
    return [_set(row, total, unit, locale) for row in rows]


def aim(row: Mapping[str, Any], locale: str) -> str:
    """The aim of a set: a budget of sites, or a share of people."""
    number = row["wanted"]
    params = {"count": f"{number:.0f}"} if row["aim"] == "budget" else {"share": f"{100 * number:g}"}
    return say(locale, f"remedy.set.{row['aim']}", **params)


def compared(facts: Mapping[str, Any], locale: str) -> list[str]:
    """What the bounds hold for, and how many sites were not compared."""
    lines = [say(locale, "radio_page.bound_note")]
    if facts.get("left_out"):
        counts = {name: f"{facts[name]:,}" for name in ("candidates", "left_out")}
        lines.append(say(locale, "radio_page.sets_compared", **counts))
    return lines


def _set(row: Mapping[str, Any], total: float, unit: str, locale: str) -> ChosenSet:
    size, budget = len(row["chosen"]), row["aim"] == "budget"
    less, more = (row["people"], row["bound"]) if budget else (row["bound"], size)
    met = budget or row["people"] >= row["wanted"] * total * (1 - ROUNDING)
    sites = say(locale, "radio_page.sites_unit")
    return ChosenSet(
        aim=aim(row, locale),
        lifted=row["lifted"],
        sites=size,
        served=f"{row['people']:,.0f} {unit}",
        share=100 * row["people"] / total if total else None,
        bound=f"≤ {row['bound']:,.0f} {unit}" if budget else f"≥ {row['bound']:,.0f} {sites}",
        gap=(max(0.0, 100 * (more - less) / more) if more else 0.0) if met else None,
        unit=unit,
        method=_method(row["method"], locale),
        chosen=[
            (ordinal, reason(item, locale))
            for ordinal, item in zip(row["chosen"], row["reasons"], strict=False)
        ],
    )


def _method(written: str, locale: str) -> str:
    """What proved the bound; what ended by the clock is proven by the same means."""
    key = "radio_page.method." + written.partition("@")[0].replace("+", "_")
    return say(locale, key if words.has(key) else "radio_page.method.other")
