"""Signs of a radio run in documents: swatches of classes, hatched gaps, numbered pins by kind of site."""

from collections.abc import Sequence
from functools import cache

from infra_registry.coverage.radio.result.class_tiles import Colour
from infra_registry.documents import LegendEntry, Symbol
from infra_registry.reports.radio import wording
from infra_registry.words import say

INK, PAPER, CHOSEN = "#1b2a33", "#ffffff", "#0b5d66"
_SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="24" height="24">{}</svg>'
_HATCH = '<path d="M6 18L18 6M4 14L14 4M10 20L20 10" stroke="#1b2a33" stroke-width="1.4"/>'
_FRAME = '<rect x="3" y="3" width="18" height="18" fill="{}" stroke="#8a949b" stroke-width="1"/>'
GAP = Symbol(_SVG.format(_FRAME.format("none") + _HATCH), INK, PAPER, weight=1.4, shade=0.0, hatched=True)


@cache
def pin(kind: str, number: int, *, chosen: bool = False) -> Symbol:
    """A numbered pin: a host full, works square, a new site hollow; chosen ones in the colour of the set."""
    line = CHOSEN if chosen else INK
    text = PAPER
    if kind == "project":
        body = f'<rect x="1.5" y="1.5" width="21" height="21" rx="3" fill="{line}" stroke="#fff" stroke-width="1.5"/>'
    elif kind == "new_site":
        body = f'<circle cx="12" cy="12" r="10" fill="#fff" stroke="{line}" stroke-width="2.4"/>'
        text = line
    else:
        body = f'<circle cx="12" cy="12" r="10.5" fill="{line}" stroke="#fff" stroke-width="1.5"/>'
    size = 11 if number < 100 else 9 if number < 1000 else 7
    label = (
        f'<text x="12" y="{12 + size * 0.36:.1f}" font-size="{size}" text-anchor="middle" '
        f'font-family="Noto Sans CJK SC, sans-serif" fill="{text}">{int(number)}</text>'
    )
    return Symbol(_SVG.format(body + label), line, PAPER)


def class_legend(colours: Sequence[Colour], locale: str) -> tuple[LegendEntry, ...]:
    """Classes, best first, each with its colour and word."""
    return tuple(
        LegendEntry(swatch(colours[number]), say(locale, f"radio_page.class.{number}"))
        for number in wording.CLASSES
    )


def mark_legend(locale: str, *, chosen: bool = True) -> tuple[LegendEntry, ...]:
    """Gaps and pins."""
    pins = (
        LegendEntry(pin(kind, 1, chosen=chosen).svg, say(locale, f"remedy.kind.{kind}"))
        for kind in ("host", "project", "new_site")
    )
    return LegendEntry(GAP.svg, say(locale, "radio_page.gap_outline")), *pins


def swatch(colour: Colour) -> str:
    """A square in a colour, with a fine edge so that light ones are seen on paper."""
    red, green, blue, alpha = colour
    fill = f"#{red:02x}{green:02x}{blue:02x}"
    body = _FRAME.format(fill).replace("stroke=", f'fill-opacity="{alpha / 255:.2f}" stroke=', 1)
    return _SVG.format(body)
