"""A free-WiFi run in tables and cells, for page, paper and terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from infra_registry.documents import Table
from infra_registry.reports.names import district, named
from infra_registry.words import say

COUNTS = ("venues", "venues_without", "inhabited", "inhabited_without", "people", "people_without")
KEY_COUNTS = ("areas", "without", "partly")


def by_district(summary: Mapping[str, Any], locale: str) -> tuple[Table, ...]:
    """Venues and people of each district, and its key public areas where a list holds; totals last."""
    heads = [say(locale, f"coverage.{name}") for name in COUNTS]
    tables = [_table("coverage.by_district", heads, summary, COUNTS, locale)]
    if keyed := summary.get("key_areas"):
        heads = [say(locale, f"coverage.key_areas.{name}") for name in KEY_COUNTS]
        tables.append(_table("coverage.by_key_area", heads, keyed, KEY_COUNTS, locale))
    return tuple(tables)


def gap_label(gap: Mapping[str, Any], locale: str) -> str:
    """What a gap is called: the venue or key area, or its kind and number."""
    kind = say(locale, f"coverage.kind.{gap['gap_kind']}")
    return str(named(gap, "asset_name", locale) or gap["key_area_name"] or f"{kind} {gap['ordinal']}")


def gap_cell(gap: Mapping[str, Any], column: str, locale: str) -> str:
    """A value of a gap in words."""
    value = gap[column]
    if column in ("venue", "gap_kind"):
        key = "choice.venue" if column == "venue" else "coverage.kind"
        return say(locale, f"{key}.{value}") if value else ""
    if column == "nearest_m":
        return say(locale, "coverage.nearest_none") if value is None else f"{value:,.0f}"
    if column == "share":
        return "–" if value is None else f"{100 * value:.1f} %"
    if column == "people":
        return say(locale, "coverage.few") if value is None else f"{value:,}"
    if column == "district_name":
        return named(gap, column, locale) or ""
    return f"{value:,}" if column == "zones_in_reach" else str(value or "")


def gap_line(gap: Mapping[str, Any], locale: str) -> str:
    """A gap for the terminal: number, kind, name, place, nearest free zone, and how much of it is reached."""
    metres = "" if gap["nearest_m"] is None else " m"
    place = f"{gap['lon']:.5f}, {gap['lat']:.5f}"
    parts = [
        f"{gap['ordinal']:>6}",
        gap_cell(gap, "gap_kind", locale),
        gap_label(gap, locale) if gap["asset_name"] or gap["key_area_name"] else place,
        gap_cell(gap, "nearest_m", locale) + metres,
    ]
    return "  ".join(parts if gap["share"] is None else [*parts, gap_cell(gap, "share", locale)])


def _table(
    title: str, heads: Sequence[str], figures: Mapping[str, Any], names: Sequence[str], locale: str
) -> Table:
    rows = [(district(row, locale, "name"), *(row[name] for name in names)) for row in figures["districts"]]
    rows.append((say(locale, "coverage.all"), *(figures["total"][name] for name in names)))
    return Table(say(locale, title), (say(locale, "coverage.district"), *heads), tuple(rows))
