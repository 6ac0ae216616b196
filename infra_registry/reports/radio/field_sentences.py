"""Predicted beside measured fields in words: rows, what they say, what they rest on, which sites are left out."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from infra_registry import words
from infra_registry.coverage.evidence.comparing_fields import Compared, Figures
from infra_registry.coverage.propagation.defaults import radio

FAIR = 0.5


def heading(row: Figures, locale: str) -> str:
    """What a row compares."""
    name = words.say(locale, f"claims.environment.{row.name}") if row.part == "environment" else row.name
    return words.say(locale, f"fields.part.{row.part}", name=name)


def cells(row: Figures, locale: str) -> tuple[str, ...]:
    """A row as it is printed: what, sites, bias and deviation (dB), ranked, rank ± chance, medians (V/m)."""
    rank = "–" if row.rank is None or row.chance is None else f"{row.rank:+.2f} ± {row.chance:.2f}"
    return (
        heading(row, locale),
        str(row.sites),
        "–" if row.bias_db is None else f"{row.bias_db:+.1f}",
        "–" if row.sd_db is None else f"{row.sd_db:.1f}",
        str(row.ranked),
        rank,
        "–" if row.measured is None else f"{row.measured:.2f}",
        "–" if row.predicted is None else f"{row.predicted:.2f}",
    )


def verdict(comparison: Compared, locale: str) -> str | None:
    """What the rank correlation of the mobile bands together says; None where there is none."""
    row = comparison.figures[0]
    if row.rank is None or row.chance is None:
        return None
    says = "nothing" if row.rank <= 2 * row.chance else "weak" if row.rank < FAIR else "fair"
    return words.say(locale, f"fields.says.{says}", rank=f"{row.rank:.2f}", twice=f"{2 * row.chance:.2f}")


def left_out(comparison: Compared, locale: str) -> list[str]:
    """Sites that are not compared, counted by reason."""
    counts = Counter((site.part, site.reason) for site in comparison.dropped)
    return [
        words.say(
            locale,
            "fields.dropped_line",
            part=words.say(locale, f"fields.part.{part}", name=""),
            count=count,
            reason=words.say(locale, reason),
        )
        for (part, reason), count in sorted(counts.items())
    ]


def rests(comparison: Compared, locale: str) -> list[str]:
    """The assumptions, the EIRP defaults first."""
    sentences = [_eirp(technology, ends, locale) for technology, ends in comparison.eirp_dbm.items()]
    sentences += [
        words.say(
            locale,
            "fields.rests.filled",
            carriers=comparison.carriers,
            count=count,
            field=words.say(locale, f"fields.filled.{name}"),
        )
        for name, count in comparison.filled.items()
    ]
    assumptions: tuple[tuple[str, Mapping[str, Any]], ...] = (
        ("one_carrier", {}),
        ("stations", {"later": comparison.later}),
        ("receiver", {"height": f"{radio().receiver_height_m:g}"}),
        ("pattern", {"degrees": f"{radio().vertical_deg:g}"}),
        ("loss", {}),
    )
    return [
        *sentences,
        *(words.say(locale, f"fields.rests.{name}", **params) for name, params in assumptions),
    ]


def _eirp(technology: str, ends: tuple[float, float], locale: str) -> str:
    basis = next(row.basis for row in radio().eirp if row.technology == technology)
    name = words.say(locale, f"choice.technology.{technology}")
    params = {"low": f"{ends[0]:g}", "high": f"{ends[1]:g}", "basis": basis.of(locale)}
    return words.say(locale, "fields.rests.eirp", technology=name, **params)
