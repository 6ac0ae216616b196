"""Shape, hue and fill hold for every kind, operator and state, and can be told apart."""

import json
import re
from itertools import combinations
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree

import pytest

from infra_registry.assets.kinds import KINDS, Kind, Status
from infra_registry.duties.tables import OPENING_STATES
from infra_registry.publish import asset_layers, state_layers, style, symbols
from infra_registry.publish.symbols import BOX, FILL_OF, MARKS, STATE_MARKS, STROKE, Fill, Mark, Theme, circle
from infra_registry.rules.engine import Kept

STATIC = Path(__file__).resolve().parents[2] / "web" / "static"
OPERATORS = [("CM", "中国移动"), ("CT", "中国电信"), ("CU", "中国联通")]


def test_every_kind_has_its_own_shape() -> None:
    assert set(symbols.MARKS) == set(Kind)
    assert len(set(symbols.MARKS.values())) == len(Kind)


def test_every_status_has_its_own_fill() -> None:
    assert set(symbols.FILL_OF) == set(Status)
    assert len(set(symbols.FILL_OF.values())) == len(Status)


@pytest.mark.parametrize("theme", get_args(Theme))
def test_outlines_stand_three_to_one_against_the_paper(theme: Theme) -> None:
    for index in [*range(len(symbols.HUES)), None]:
        line = symbols.hue_of(index, theme).line
        assert symbols.contrast(line, symbols.PAPER[theme]) >= symbols.GRAPHIC_CONTRAST


@pytest.mark.parametrize("theme", get_args(Theme))
def test_operators_keep_different_lines(theme: Theme) -> None:
    lines = [symbols.hue_of(index, theme).line for index in range(len(symbols.HUES))]
    assert all(one != other for one, other in combinations(lines, 2))


def test_contrast_is_that_of_the_guideline() -> None:
    assert symbols.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert symbols.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_the_eighth_operator_is_not_stated_rather_than_a_repeated_hue() -> None:
    assert symbols.hue_of(7, "light") == symbols.hue_of(None, "light")


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("status", Status)
def test_symbols_are_well_formed(kind: Kind, status: Status) -> None:
    text = symbols.kind_svg(kind, status, symbols.hue_of(0, "light"))
    assert ElementTree.fromstring(text).tag.endswith("svg")


def _page_symbol(name: str, mark: Mark, fill: Fill) -> str:
    """A ``<symbol>`` for use in pages: takes the colour of the text around it."""
    outline_d = f"{mark.body}{mark.frame}"
    dash = ' stroke-dasharray="3 2"' if fill is Fill.DASHED else ""
    parts = [
        f'<path d="{outline_d}" fill="none" stroke="currentColor" stroke-width="{STROKE}" '
        f'stroke-linejoin="round"{dash}/>'
    ]
    if fill is Fill.SOLID:
        parts.append(f'<path d="{mark.body}" fill="currentColor"/>')
    if fill is Fill.HALF:
        parts.append(
            f'<clipPath id="{name}-clip"><path d="M0 12.5H24V24H0Z"/></clipPath>'
            f'<path d="{mark.body}" fill="currentColor" clip-path="url(#{name}-clip)"/>'
        )
    if fill is Fill.DOT:
        parts.append('<path d="M12 8.5a3.5 3.5 0 1 0 .01 0Z" fill="currentColor"/>')
    if fill is Fill.CROSSED:
        parts.append(f'<path d="M4 20L20 4" stroke="currentColor" stroke-width="{STROKE}"/>')
    return f'<symbol id="{name}" viewBox="0 0 {BOX} {BOX}">{"".join(parts)}</symbol>'


def sprite_sheet() -> str:
    """All symbols that pages use, in one file: ``kind-*``, ``status-*`` and ``state-*``."""
    symbols = [_page_symbol(f"kind-{kind}", MARKS[kind], Fill.SOLID) for kind in KINDS]
    disc = Mark(circle(8))
    symbols += [_page_symbol(f"status-{status}", disc, FILL_OF[status]) for status in Status]
    symbols += [_page_symbol(f"state-{name}", Mark(body), fill) for name, (fill, body) in STATE_MARKS.items()]
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def test_the_sprite_sheet_of_the_pages_is_the_one_made_here() -> None:
    assert (STATIC / "img" / "symbols.svg").read_text("utf-8") == sprite_sheet()


def test_the_style_asks_no_foreign_host_for_anything() -> None:
    document = style.map_style(locale="zh-Hans", operators=OPERATORS, run="R-1", cases=True)
    assert "glyphs" not in document
    assert "sprite" not in document
    text = json.dumps(document).replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://", text)
    assert all(
        tile.startswith("/tiles/") for source in document["sources"].values() for tile in source["tiles"]
    )


def test_layers_name_known_sources_and_no_id_twice() -> None:
    document = style.map_style(locale="en", theme="dark", operators=OPERATORS, run="R-1", cases=True)
    ids = [layer["id"] for layer in document["layers"]]
    assert len(ids) == len(set(ids))
    used = {layer["source"] for layer in document["layers"] if "source" in layer}
    assert used == set(document["sources"])


def test_without_a_run_or_cases_their_layers_are_absent() -> None:
    document = style.map_style(locale="en")
    assert set(document["sources"]) == {"assets", "areas", "openings"}


def test_hues_follow_the_order_of_the_operators() -> None:
    expression = json.dumps(asset_layers.icon_image([code for code, _ in OPERATORS]))
    assert '"CM", "0", "CT", "1", "CU", "2", "none"' in expression
    assert asset_layers.icon_image([])[-1] == "none"


@pytest.mark.parametrize("locale", ["zh-Hans", "en"])
def test_the_legend_names_everything(locale: str) -> None:
    legend = style.legend(locale, "light", OPERATORS)
    assert [item["key"] for item in legend["kinds"]] == [kind.value for kind in Kind]
    assert not [item for item in legend["kinds"] + legend["statuses"] if "." in item["label"]]
    assert legend["operators"][1] == {
        "code": "CT",
        "name": "中国电信",
        "fill": "#56b4e9",
        "line": symbols.hue_of(1, "light").line,
    }
    assert set(legend["svg"]["tower"]) == {status.value for status in Status}


def test_the_ledger_of_opening_is_a_layer_one_switches_on() -> None:
    layers = [one for one in style.map_style(locale="en")["layers"] if one.get("source") == "openings"]
    assert {one["id"] for one in layers} == {"openings-hover", "openings", "openings-counts"}
    assert {one["layout"]["visibility"] for one in layers} == {"none"}


@pytest.mark.parametrize("layer", state_layers.STATES)
def test_the_map_beside_a_list_of_states_has_no_assets(layer: str) -> None:
    document = style.map_style(locale="en", only=layer)
    assert set(document["sources"]) == {"areas", layer}
    shown = [one for one in document["layers"] if one.get("source") == layer]
    assert {one["layout"]["visibility"] for one in shown} == {"visible"}
    marks = document["metadata"]["registry"]["svg"][layer]
    assert len(set(marks.values())) == len(marks)  # a state is told by its shape, never by colour alone


def test_every_state_has_a_mark() -> None:
    assert set(state_layers.STATES["openings"]) == set(OPENING_STATES)
    assert set(state_layers.STATES["duties"]) == {word.value for word in Kept}
