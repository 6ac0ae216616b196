"""No law in the program: cities, articles and amounts stand in data/, which is read, replaced and dated apart.

Docstrings and comments of Python may cite what a rule rests on; templates' own comments are not shown either. The demo
takes its cities from data/samples.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests import shipped

ROOT = Path(__file__).resolve().parents[2]
ENDINGS = frozenset({".py", ".html", ".js", ".toml", ".css", ".svg", ".txt", ".sql"})
ELSEWHERE = frozenset({"node_modules", "vendor", "demo", "__pycache__"})
CITIES = (
    "济宁",
    "鹰潭",
    "成都",
    "吉林",
    "银川",
    "四川",
    "Jining",
    "Yingtan",
    "Chengdu",
    "Jilin",
    "Yinchuan",
    "Sichuan",
)
CITY = re.compile("|".join(CITIES), re.IGNORECASE)
NUMERAL = r"[0-9０-９零〇一二三四五六七八九十百千]+"
ARTICLE = re.compile(rf"第\s*{NUMERAL}\s*条|\barticles?\s+\d|\barts?\.\s*\d", re.IGNORECASE)
AMOUNT = re.compile(
    rf"{NUMERAL}\s*[万亿]?\s*元(?!素)|[0-9][0-9,_]*\s*(?:yuan|CNY|RMB)\b|(?:\bCNY|\bRMB|[¥￥])\s*[0-9]",
    re.IGNORECASE,
)
WHAT = {"city": CITY, "article": ARTICLE, "amount": AMOUNT}
# (file, kind): why it may stand there.
ALLOWED: dict[tuple[str, str], str] = {}


@cache
def texts() -> tuple[tuple[str, int, str], ...]:
    """File, line and text of everything that is shipped and not a docstring or comment of Python."""
    return tuple(_lines())


def _lines() -> Iterator[tuple[str, int, str]]:
    for top in ("infra_registry", "web"):
        for path in sorted((ROOT / top).rglob("*")):
            name = path.relative_to(ROOT)
            if path.suffix not in ENDINGS or ELSEWHERE & set(name.parts):
                continue
            text = path.read_text("utf-8")
            for number, line in enumerate(shown(path.suffix, text).splitlines(), 1):
                yield str(name), number, line


def shown(suffix: str, text: str) -> str:
    """A text without what only explains it, line by line as before."""
    if suffix == ".html":
        return re.sub(r"{#.*?#}", lambda found: "\n" * found[0].count("\n"), text, flags=re.DOTALL)
    if suffix != ".py":
        return text
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        first = node.body[0] if node.body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and first.end_lineno:
            lines[first.lineno - 1 : first.end_lineno] = [""] * (first.end_lineno - first.lineno + 1)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            line, column = token.start
            lines[line - 1] = lines[line - 1][:column]
    return "\n".join(lines)


def found(what: str) -> list[tuple[str, int, str]]:
    return [one for one in texts() if WHAT[what].search(one[2])]


@pytest.mark.parametrize("what", sorted(WHAT))
def test_no_law_stands_in_the_program(what: str) -> None:
    wrong = [
        f"{name}:{line}: {text.strip()}" for name, line, text in found(what) if (name, what) not in ALLOWED
    ]
    assert not wrong, "\n".join(wrong)


def test_what_is_allowed_is_still_there_and_says_why() -> None:
    for (name, what), why in ALLOWED.items():
        assert why, name
        assert any(one[0] == name for one in found(what)), f"{name} holds no {what} any more"


def test_no_fine_of_the_law_stands_in_the_program() -> None:
    """Nor as bare numbers: no line of the program holds the least and the most of a fine together."""
    bounds = {
        (fine.least, fine.most)
        for book in shipped.rulebooks()
        for clause in book.clauses
        for fine in (clause.consequence.fines if clause.consequence else ())
        if fine.least and fine.most
    }
    assert (50000, 200000) in bounds
    for name in sorted({name for name, _, _ in texts() if name.endswith(".py")}):
        lines: dict[int, set[int]] = {}
        for node in ast.walk(ast.parse((ROOT / name).read_text("utf-8"))):
            if isinstance(node, ast.Constant) and type(node.value) is int:
                lines.setdefault(node.lineno, set()).add(node.value)
        wrong = [(line, pair) for line, numbers in lines.items() for pair in bounds if set(pair) <= numbers]
        assert not wrong, f"{name}: {wrong}"


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("city", "济宁市"),
        ("city", "a town in Yinchuan"),
        ("article", "依照第二十条"),
        ("article", "第20条第2款"),
        ("article", "article 20, second paragraph"),
        ("article", "see art. 69"),
        ("amount", "五万元至二十万元"),
        ("amount", "20万元"),
        ("amount", "50,000 yuan"),
        ("amount", "CNY 50,000"),
    ],
)
def test_the_search_finds_what_it_looks_for(what: str, text: str) -> None:
    assert WHAT[what].search(text)


@pytest.mark.parametrize(
    "text", ["第3行", "第{n}条记录", "元数据", "20元素", "article {article}", "start. 3", "3条记录"]
)
def test_the_search_leaves_the_rest_alone(text: str) -> None:
    assert not any(pattern.search(text) for pattern in WHAT.values())
