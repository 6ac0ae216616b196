"""docs/asvs.md answers every requirement of its chapters and names tests that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "asvs.md").read_text("utf-8")
# Requirements of each section of OWASP ASVS 5.0, in order.
SECTIONS = {
    6: (3, 12, 8, 6, 8, 4, 2, 4),
    7: (3, 4, 2, 5, 3, 2),
    8: (4, 4, 3, 2),
    9: (3, 4),
    10: (2, 3, 5, 16, 5, 2, 3),
}
ROW = re.compile(
    r"^\| ([\d.]+)(?: – ([\d.]+))? \| [^|]+ \| [^|]+ \| (yes|open|not used) \|([^|]*)\|$", re.MULTILINE
)


def answered() -> list[str]:
    """Numbers of the rows; a row of several stands for each."""
    numbers = []
    for first, last, _, _ in ROW.findall(TEXT):
        section, _, start = first.rpartition(".")
        end = (last or first).rpartition(".")[2]
        numbers += [f"{section}.{number}" for number in range(int(start), int(end) + 1)]
    return numbers


def test_every_requirement_is_answered_once() -> None:
    assert answered() == [
        f"{chapter}.{section}.{number}"
        for chapter, sizes in SECTIONS.items()
        for section, size in enumerate(sizes, 1)
        for number in range(1, size + 1)
    ]


def test_what_is_met_or_open_says_by_what_or_why() -> None:
    assert [
        number for number, _, state, reason in ROW.findall(TEXT) if state != "not used" and not reason.strip()
    ] == []


def test_named_tests_and_files_exist() -> None:
    sources = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    named = set(re.findall(r"`(test_\w+)`", TEXT))
    assert {name for name in named if f"def {name}(" not in sources} == set()
    paths = set(re.findall(r"`((?:tests|data|infra_registry)/[\w./]+|[A-Z]+\.md)`", TEXT))
    assert {path for path in paths if not (ROOT / path).exists()} == set()
    assert len(named) > 20
