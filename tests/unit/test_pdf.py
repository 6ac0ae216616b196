"""PDF reports: text comes out as it went in, nothing is read as markup, equal input gives equal bytes."""

import io
from datetime import date

import pytest
import typst
from pypdf import PdfReader
from shapely.geometry import box

from infra_registry.documents import (
    Drawn,
    LegendEntry,
    Meta,
    Picture,
    Pin,
    Section,
    Table,
    map_svg,
    report_pdf,
)
from infra_registry.documents import pdf as module
from infra_registry.errors import RegistryError

HOSTILE = '#read("/etc/passwd") $x$ *b* _i_ @ref <label> // \\ `code`'
DOT = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="10" height="10" fill="#ffe945"/></svg>'


def report(title: str, locale: str = "zh-Hans") -> tuple[object, ...]:
    drawn = (Drawn(box(116.5, 35.4, 116.6, 35.5), "#1b2a33", "#ffe945", hatched=True),)
    picture = Picture(
        map_svg((116.4, 35.3, 116.7, 35.6), drawn=drawn, pins=(Pin(116.55, 35.45, 12),)),
        "图一" if locale == "zh-Hans" else "Figure",
        (LegendEntry(DOT, "好", 3),),
    )
    table = Table("表", ("名称", "人口"), ((HOSTILE, 1234), ("乙", None)), note="注")
    sections = (Section("覆盖", ("正文",), ("要点",), picture, (table,)), Section("空"))
    return title, sections, locale, Meta(date(2026, 11, 22), sample=True, notes=("假设一",))


def text_of(content: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).replace("\n", "")


def test_a_report_says_what_it_was_given_and_reads_no_markup() -> None:
    content = report_pdf(*report("任城区覆盖"), footer="N-ABC 2026-11-22")  # type: ignore[arg-type]
    text = text_of(content)
    for wanted in ("任城区覆盖", "正文", "要点", "1,234", "无数据", "假设一", "N-ABC", "示意图", "虚构"):
        assert wanted in text
    squeezed = text.replace(" ", "")
    assert '#read("/etc/passwd")$x$*b*' in squeezed
    assert "root:" not in text


def test_equal_input_gives_equal_bytes() -> None:
    one = report_pdf(*report("A", "en"), footer="x")  # type: ignore[arg-type]
    assert one == report_pdf(*report("A", "en"), footer="x")  # type: ignore[arg-type]
    assert "made up" in text_of(one)


def test_pages_can_be_looked_at() -> None:
    values = module._inputs(*report("A"), "x")  # type: ignore[arg-type, call-arg]
    template = module.TEMPLATE.read_bytes()
    compiled = typst.compile(template, format="png", sys_inputs=values, font_paths=module._fonts())
    pages = compiled if isinstance(compiled, list) else [compiled]
    assert pages[0].startswith(b"\x89PNG")


def test_a_missing_font_is_said_before_anything_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    module._fonts.cache_clear()
    monkeypatch.setattr(module, "FONT", "No Such Font")
    with pytest.raises(RegistryError, match=r"documents\.no_font"):
        report_pdf(*report("A"), footer="x")  # type: ignore[arg-type]
    monkeypatch.undo()
    module._fonts.cache_clear()
