"""Reports as PDF, set by typst: figures, maps drawn as SVG, tables. No network, equal input gives equal bytes."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra_registry.documents.model import LegendEntry, Meta, Table
from infra_registry.documents.parts import standing_notes
from infra_registry.errors import RegistryError
from infra_registry.words import say

if TYPE_CHECKING:
    import typst

FONT = "Noto Sans CJK SC"
TEMPLATE = Path(__file__).parent / "static" / "report.typ"
LONG_WORD = 10  # longer ones may break
LAST_NARROW = 0x2E7F  # letters beyond are as wide as high


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn map (an SVG document of ours) with its caption and what its signs mean."""

    svg: str
    caption: str
    legend: tuple[LegendEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with text, points, a map and tables below it, in this order."""

    title: str
    paragraphs: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    picture: Picture | None = None
    tables: tuple[Table, ...] = ()


def report_pdf(title: str, sections: tuple[Section, ...], locale: str, meta: Meta, *, footer: str) -> bytes:
    """The report as PDF; ``footer`` stands on every page (code, date, digest).

    Raises RegistryError ``documents.no_font`` when the font for Chinese is not installed: without it typst would
    print empty boxes and only warn.
    """
    import typst

    pdf = typst.compile(
        TEMPLATE.read_bytes(),
        format="pdf",
        sys_inputs=_inputs(title, sections, locale, meta, footer),
        font_paths=_fonts(),
        timestamp=datetime.combine(meta.as_of, time(), tzinfo=UTC),
    )
    assert isinstance(pdf, bytes)
    return pdf


@cache
def _fonts() -> "typst.Fonts":
    import typst

    fonts = typst.Fonts()
    if FONT not in fonts.families():
        raise RegistryError("documents.no_font", font=FONT, package="fonts-noto-cjk")
    return fonts


def _inputs(
    title: str, sections: tuple[Section, ...], locale: str, meta: Meta, footer: str
) -> dict[str, str]:
    data = {
        "title": title,
        "lang": locale.split("-")[0].split("_")[0],
        "banner": say(locale, "documents.sample") if meta.sample else None,
        "notes": [*standing_notes(meta, locale), *meta.notes],
        "footer": footer,
        "sections": [_section(section, locale) for section in sections],
    }
    return {"data": json.dumps(data, ensure_ascii=False)}


def _section(section: Section, locale: str) -> dict[str, Any]:
    picture = section.picture
    return {
        "title": section.title,
        "paragraphs": list(section.paragraphs),
        "points": list(section.points),
        "picture": picture
        and {
            "svg": picture.svg,
            "caption": picture.caption,
            "legend": [{"svg": entry.svg, "label": _labelled(entry)} for entry in picture.legend],
        },
        "tables": [_table(table, locale) for table in section.tables],
    }


def _labelled(entry: LegendEntry) -> str:
    return entry.label if entry.count is None else f"{entry.label} {entry.count:,}"


def _table(table: Table, locale: str) -> dict[str, Any]:
    return {
        "title": table.title,
        "columns": list(table.columns),
        "rows": [[_shown(value, locale) for value in row] for row in table.rows],
        "numeric": [bool(table.rows) and number for number in table.numeric],
        "widths": [_width(table, column) for column in range(len(table.columns))],
        "note": table.note,
    }


def _width(table: Table, column: int) -> int:
    """Share of the page's width a column of text takes: as its texts are long, within bounds."""
    texts = [str(row[column] or "") for row in table.rows]
    lengths = [_ems(text) for text in texts] or [0]
    longest = max(_ems(word) for text in (table.columns[column], *texts, "-") for word in text.split())
    usual = sum(lengths) // len(lengths)
    return max(int(min(longest, LONG_WORD) * 2.2) + 8, min(usual, 40 + usual // 8, 70))


def _ems(text: str) -> int:
    """How wide a text is, in halves of a Chinese character."""
    return sum(2 if ord(letter) > LAST_NARROW else 1 for letter in text)


def _shown(value: str | int | float | None, locale: str) -> str:
    if value is None:
        return say(locale, "documents.none")
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else value
