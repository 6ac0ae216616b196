"""Symbology, the one place: kinds by shape, operators by hue, state by fill.

Pure data and arithmetic. The live map, the offline documents, the legend and the icons on pages all draw
from here, so a mast looks the same wherever it is seen.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from infra_registry.assets.kinds import Kind, Status

Theme = Literal["light", "dark"]

BOX = 24  # every symbol is drawn in a square of 24 units
STROKE = 2  # and with one stroke width

PAPER: dict[Theme, str] = {"light": "#ffffff", "dark": "#1a2226"}
INK: dict[Theme, str] = {"light": "#1b2a33", "dark": "#e6edf0"}

# Okabe and Ito's order without black, which is the ink of everything that is not an operator.
HUES = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7")
UNSTATED: dict[Theme, str] = {"light": "#66747c", "dark": "#9aa7ae"}
GRAPHIC_CONTRAST = 3.0

# Cividis in five steps, weakest signal first; readable with every common colour vision.
SIGNAL_CLASSES = ("#00204d", "#414d6b", "#7c7b78", "#bcae6c", "#ffea46")


class Fill(StrEnum):
    """How the inside of a shape says the state."""

    DASHED = "dashed"  # hollow, outline broken
    HALF = "half"  # lower half filled
    DOT = "dot"  # hollow with a dot
    SOLID = "solid"
    HOLLOW = "hollow"
    CROSSED = "crossed"  # hollow, struck through


FILL_OF: dict[Status, Fill] = {
    Status.PLANNED: Fill.DASHED,
    Status.BUILDING: Fill.HALF,
    Status.ACCEPTED: Fill.DOT,
    Status.IN_USE: Fill.SOLID,
    Status.IDLE: Fill.HOLLOW,
    Status.RETIRED: Fill.CROSSED,
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A shape: ``body`` takes the state's fill, ``frame`` is only ever a line."""

    body: str
    frame: str = ""


def circle(radius: float) -> str:
    """A circle around the centre of the box, as path data."""
    start = BOX / 2 - radius
    return f"M{start:g} 12a{radius:g} {radius:g} 0 1 0 {2 * radius:g} 0a{radius:g} {radius:g} 0 1 0 {-2 * radius:g} 0Z"


MARKS: dict[Kind, Mark] = {
    Kind.TOWER: Mark("M12 3L21 20H3Z"),
    Kind.BASE_STATION: Mark("M12 20.5L3.5 8.5A11.5 11.5 0 0 1 20.5 8.5Z"),
    Kind.DUCT: Mark("M2 9H22V15H2Z"),
    Kind.CHAMBER: Mark("M7 7H17V17H7Z"),
    Kind.CABLE: Mark("M2 11H7V13H2ZM9.5 11H14.5V13H9.5ZM17 11H22V13H17Z"),
    Kind.POLE: Mark("M9.5 2.5H14.5V21.5H9.5Z"),
    Kind.ROOM: Mark("M3.5 3.5H20.5V20.5H3.5Z"),
    Kind.WIFI_ZONE: Mark(circle(5), circle(10)),
    Kind.PUBLIC_BUILDING: Mark("M2.5 11.5L12 3L21.5 11.5H19V21H5V11.5Z"),
    Kind.PREMISES: Mark("M8 8H16V16H8Z", "M3 3H21V21H3Z"),
}

# Line kinds: width in pixels at street scale, dashes in widths.
LINE_WIDTH: dict[Kind, float] = {Kind.DUCT: 4.0, Kind.CABLE: 1.8}
LINE_DASH: dict[Kind, tuple[float, ...]] = {Kind.CABLE: (3.0, 2.0)}

# States of a duty and of a countable unit, drawn in the same box.
STATE_MARKS: dict[str, tuple[Fill, str]] = {
    "open": (Fill.SOLID, circle(8)),
    "offered": (Fill.DOT, circle(8)),
    "asked": (Fill.HALF, circle(8)),
    "refused": (Fill.SOLID, "M5 7L7 5L12 10L17 5L19 7L14 12L19 17L17 19L12 14L7 19L5 17L10 12Z"),
    "exempt": (Fill.HOLLOW, "M12 3L21 12L12 21L3 12Z"),
    "no_answer": (Fill.HOLLOW, circle(8)),
    "declined": (Fill.SOLID, "M3 9.5H21V14.5H3Z"),
    "not_asked": (Fill.DASHED, circle(8)),
    "kept": (Fill.SOLID, circle(8)),
    "broken": (Fill.SOLID, "M5 7L7 5L12 10L17 5L19 7L14 12L19 17L17 19L12 14L7 19L5 17L10 12Z"),
    "not_shown": (Fill.HALF, circle(8)),
    "untested": (Fill.HOLLOW, circle(5)),
    "fails": (Fill.CROSSED, circle(8)),
    "closed_to_you": (Fill.DASHED, "M4 4H20V20H4Z"),
    "free": (Fill.HOLLOW, "M4 4H20V20H4Z"),
    "reserved": (Fill.HALF, "M4 4H20V20H4Z"),
    "used": (Fill.SOLID, "M4 4H20V20H4Z"),
    "blocked": (Fill.CROSSED, "M4 4H20V20H4Z"),
    "future_need": (Fill.DOT, "M4 4H20V20H4Z"),
    "not_stated": (Fill.DASHED, "M4 4H20V20H4Z"),
    "warning": (Fill.SOLID, "M12 3L22 20H2Z"),
    "done": (Fill.SOLID, "M3 12.5L5.5 10L10 14.5L18.5 6L21 8.5L10 19.5Z"),
}


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luminance(colour: str) -> float:
    """Relative luminance of a ``#rrggbb`` colour as WCAG defines it."""

    def linear(value: int) -> float:
        share = value / 255
        return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(value) for value in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio of two colours, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def outline(hue: str, theme: Theme) -> str:
    """The hue, moved towards the ink just far enough to stand 3 : 1 against the paper."""
    ink, paper = _channels(INK[theme]), PAPER[theme]
    start = _channels(hue)
    for step in range(21):
        share = step / 20
        mixed = (round(a + (b - a) * share) for a, b in zip(start, ink, strict=True))
        colour = "#{:02x}{:02x}{:02x}".format(*mixed)
        if contrast(colour, paper) >= GRAPHIC_CONTRAST:
            return colour
    return INK[theme]


@dataclass(frozen=True, slots=True)
class Hue:
    """An operator's colours: ``fill`` inside, ``line`` for outlines and lines."""

    fill: str
    line: str


def hue_of(index: int | None, theme: Theme) -> Hue:
    """Colours of the operator at this place of the operators' order; beyond the seventh or None: not stated."""
    colour = HUES[index] if index is not None and 0 <= index < len(HUES) else UNSTATED[theme]
    return Hue(colour, outline(colour, theme))


def operator_hues(operators: Iterable[str], theme: Theme) -> dict[str, Hue]:
    """Colours by operator code, in the order given."""
    return {code: hue_of(index, theme) for index, code in enumerate(operators)}


def _inside(body: str, fill: Fill, hue: Hue, paper: str) -> str:
    """The body's fill, without its outline."""
    if fill is Fill.SOLID:
        return f'<path d="{body}" fill="{hue.fill}"/>'
    base = f'<path d="{body}" fill="{paper}"/>'
    if fill is Fill.HALF:
        lower = '<clipPath id="lower"><path d="M0 12.5H24V24H0Z"/></clipPath>'
        return f'{base}{lower}<path d="{body}" fill="{hue.line}" clip-path="url(#lower)"/>'
    if fill is Fill.DOT:
        return f'{base}<path d="M12 10.5a2.5 2.5 0 1 0 .01 0Z" fill="{hue.line}"/>'
    return base


def svg(mark: Mark, fill: Fill, hue: Hue, theme: Theme, size: int = BOX) -> str:
    """One symbol as a whole SVG document, with a paper-coloured halo so that it stands off any ground."""
    paper = PAPER[theme]
    outline_d = f"{mark.body}{mark.frame}"
    dash = ' stroke-dasharray="3 2"' if fill is Fill.DASHED else ""
    cross = (
        f'<path d="M3 21L21 3" stroke="{hue.line}" stroke-width="{STROKE}"/>' if fill is Fill.CROSSED else ""
    )
    frame = f'<path d="{mark.frame}" fill="{paper}" fill-opacity="0.75"/>' if mark.frame else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 -1 26 26" width="{size}" height="{size}">'
        f'<path d="{outline_d}" fill="none" stroke="{paper}" stroke-width="{STROKE + 2}" stroke-linejoin="round"/>'
        f"{frame}{_inside(mark.body, fill, hue, paper)}"
        f'<path d="{outline_d}" fill="none" stroke="{hue.line}" stroke-width="{STROKE}" stroke-linejoin="round"{dash}/>'
        f"{cross}</svg>"
    )


def kind_svg(kind: Kind, status: Status, hue: Hue, theme: Theme = "light", size: int = BOX) -> str:
    """The symbol of an asset."""
    return svg(MARKS[kind], FILL_OF[status], hue, theme, size)


def palette(operators: Sequence[tuple[str, str]], theme: Theme) -> list[dict[str, str]]:
    """Operators with their colours, for legends: code, name, fill, line."""
    hues = operator_hues((code for code, _ in operators), theme)
    return [
        {"code": code, "name": name, "fill": hues[code].fill, "line": hues[code].line}
        for code, name in operators
    ]
