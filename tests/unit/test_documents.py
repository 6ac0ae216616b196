"""Offline maps: everything inside, hostile text stays text, what must be said is said."""

import json
import re
from datetime import date
from pathlib import Path

import pytest

from infra_registry.documents import (
    Feature,
    Layer,
    LegendEntry,
    LegendGroup,
    Meta,
    Outline,
    Symbol,
    Table,
    map_html,
)
from infra_registry.documents.layers import script_json
from infra_registry.documents.offline import self_contained
from infra_registry.errors import RegistryError

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="M12 3L21 20H3Z"/></svg>'
SYMBOL = Symbol(SVG, "#1b2a33", "#e69f00")
HOSTILE = (
    "</script><script>alert(1)</script>",
    "\"'`<img src=x onerror=alert(1)>",
    "a\u2028b\u2029c",
    "{{ 7*7 }}{% if %}{#",
)
META = Meta(as_of=date(2026, 11, 22), sample=True, outlines=(Outline("任城区", {"type": "Polygon", "coordinates": [
    [[116, 35], [117, 35], [117, 36], [116, 35]]]}),))  # fmt: skip


@pytest.fixture
def vendor(tmp_path: Path) -> Path:
    """A stand-in for the browser libraries: the page is examined as text here."""
    for name, text in {
        "leaflet/leaflet.js": "/* leaflet */ var x = '</script>';\n//# sourceMappingURL=leaflet.js.map\n",
        "leaflet/leaflet.css": ".a { background: url(images/layers.png) }",
        "leaflet.markercluster/leaflet.markercluster.js": "/* cluster */",
        "leaflet.markercluster/MarkerCluster.css": ".b {}",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "leaflet/images").mkdir()
    (tmp_path / "leaflet/images/layers.png").write_bytes(b"\x89PNG")
    return tmp_path


def layer(*labels: str) -> Layer:
    point = {"type": "Point", "coordinates": [116.5, 35.5]}
    features = tuple(Feature(label, point, SYMBOL, (label, "x")) for label in labels)
    return Layer("铁塔<b>", ("编号", "状态"), features)


def without_code(page: str) -> str:
    return re.sub(r"<(script|style)>.*?</\1>", "", page, flags=re.DOTALL)


def test_page_asks_for_nothing(vendor: Path) -> None:
    page = map_html("图", (layer("甲"),), "zh-Hans", META, vendor=vendor)
    markup = without_code(page)
    assert "<link" not in markup
    assert "<script src" not in page
    assert "sourceMappingURL" not in page
    assert "url(images" not in page
    assert "default-src 'none'" in markup
    assert not re.findall(r'(?:src|href)="(?!data:|#)[^"]*"', markup)


def test_texts_never_become_markup(vendor: Path) -> None:
    page = map_html(HOSTILE[0], (layer(*HOSTILE),), "en", META, vendor=vendor)
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "\u2028" not in re.sub(r"<td>[^<]*</td>|<span>[^<]*</span>", "", page)
    assert without_code(page).count("&lt;/script&gt;&lt;script&gt;alert(1)") >= 3
    assert "&#123;&#123; 7*7 }}&#123;% if %}&#123;#" in without_code(page)


def test_json_in_a_script_reads_back_the_same() -> None:
    shown = script_json(list(HOSTILE))
    assert not set("<>&\u2028\u2029") & set(shown)
    assert json.loads(shown) == list(HOSTILE)


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("zh-Hans", ("示意图，未经地图审核", "数据截至2026-11-22", "含示例数据")),
        ("en", ("not an approved map", "as of 2026-11-22", "sample data")),
    ],
)
def test_what_no_map_may_be_without(vendor: Path, locale: str, said: tuple[str, ...]) -> None:
    page = map_html("图", (layer("甲"),), locale, META, vendor=vendor)
    assert f'<html lang="{locale}">' in page
    for text in said:
        assert text in page


def test_approval_number_takes_the_place_of_the_warning(vendor: Path) -> None:
    page = map_html("图", (layer("甲"),), "en", Meta(META.as_of, map_approval="GS(2026)1"), vendor=vendor)
    assert "GS(2026)1" in page
    assert "not an approved map" not in page
    assert "sample data" not in page


def test_list_has_every_feature_once(vendor: Path) -> None:
    page = map_html("图", (layer("甲", "乙"), layer("丙")), "zh-Hans", META, vendor=vendor)
    assert re.findall(r'<tr id="f(\d+)"', page) == ["1", "2", "3"]
    assert "（3项）" in page


def test_empty_map_says_so(vendor: Path) -> None:
    page = map_html("图", (), "en", Meta(META.as_of), vendor=vendor)
    assert "Nothing matches" in page


def test_report_has_its_figures_before_the_list(vendor: Path) -> None:
    table = Table("各区缺口", ("区", "缺口数"), (("任城区", 1234), ("兖州区", None)), note="按区统计")
    legend = LegendGroup("图例", (LegendEntry(SVG, "缺口", 1234),))
    meta = Meta(META.as_of, legend=(legend,))
    page = map_html("缺口", (layer("甲"),), "zh-Hans", meta, vendor=vendor, tables=(table,))
    assert '<td class="number">1,234</td>' in page
    assert "无数据" in page
    assert page.index("各区缺口") < page.index('id="list"')
    assert page.index("folium-map") < page.index("各区缺口")


def test_too_many_features_are_refused(vendor: Path) -> None:
    many = Layer("x", (), layer("甲").features * 10_001)
    with pytest.raises(RegistryError, match=r"documents\.too_many"):
        map_html("图", (many,), "en", META, vendor=vendor)


def test_missing_libraries_are_named(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=r"documents\.no_vendor"):
        map_html("图", (), "en", META, vendor=tmp_path)


@pytest.mark.parametrize(
    "more",
    [
        '<script src="https://example.org/x.js"></script>',
        '<link rel="stylesheet" href="x.css"/>',
        '<img src="a.png">',
    ],
)
def test_a_page_that_would_load_more_is_refused(vendor: Path, more: str) -> None:
    with pytest.raises(ValueError, match="from outside"):
        self_contained(f"<html><head>{more}</head></html>", vendor)
