"""The same five places in each of the five cities, as a table: ``python -m tests.unit.five_buildings [zh|en]``."""

import sys
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from infra_registry.duties.inforce.law import cite
from infra_registry.rules.engine import Answer, Duty, DutySubject, ask
from infra_registry.rules.model import SubjectKind
from tests import shipped

TABLE = Path(__file__).with_suffix(".toml")
STANDINGS = {
    "binds": ("有义务", "binds"),
    "conditions_not_shown": ("条件未证明", "conditions not shown"),
    "scope_not_shown": ("是否适用未证明", "whether it is meant is not shown"),
    "encouraged": ("鼓励", "encouraged"),
    "draft": ("草案", "draft"),
    "exempt": ("除外，适用其他法律", "exempt, other law prevails"),
}
KEPT = {
    "kept": ("已履行", "kept"),
    "broken": ("未履行", "broken"),
    "not_shown": ("履行与否未证明", "kept or not is not shown"),
    "untested": ("", ""),
}
SILENT, NOT_HELD = ("没有规定", "silent"), ("法律文本未收录", "law not held")
ARTICLES = ("第{}条", "arts. {}")


def table() -> dict[str, Any]:
    """Cities, places and what is expected, as written."""
    return tomllib.loads(TABLE.read_text("utf-8"))


def answers() -> dict[str, list[Answer]]:
    """What the shipped law answers: by city, for each place in order."""
    read = table()
    on: date = read["on"]
    return {
        city["key"]: [
            ask(
                shipped.rulebooks(),
                DutySubject(SubjectKind(one["subject"]), frozenset(city["areas"]), one["facts"]),
                on,
            )
            for one in read["building"]
        ]
        for city in read["city"]
    }


def short(answer: Answer) -> list[str]:
    """An answer as the table expects it: book/clause standing kept."""
    return sorted(f"{'/'.join(duty.citation)} {duty.standing} {duty.kept}" for duty in answer.duties)


def lines(locale: str) -> list[str]:
    """The table as Markdown, one row for each place."""
    read, found, at = table(), answers(), int(locale == "en")
    head = ["地点" if locale == "zh" else "Place", *(city["name"][locale] for city in read["city"])]
    rows = [head, ["---"] * len(head)]
    for i, place in enumerate(read["building"]):
        cells = [_cell(found[city["key"]][i], locale, at) for city in read["city"]]
        rows.append([place["name"][locale], *cells])
    return ["| " + " | ".join(row) + " |" for row in rows]


def _cell(answer: Answer, locale: str, at: int) -> str:
    said = [_duty(duty, locale, at) for duty in answer.duties]
    gap = " " if at else ""
    missing = [
        f"{NOT_HELD[at]}{':' if at else '：'}{gap}{book.instrument.short.of(locale)}{gap}"
        + ARTICLES[at].format(part.articles)
        for book, part in answer.not_held
    ]
    return "<br>".join([*(said or [SILENT[at]] if not missing else said), *missing])


def _duty(duty: Duty, locale: str, at: int) -> str:
    words = [STANDINGS[duty.standing][at], KEPT[duty.kept][at]]
    between, after = (", ", ": ") if at else ("，", "：")
    return cite(duty.book, duty.clause, locale) + after + between.join(word for word in words if word)


if __name__ == "__main__":
    for chosen in sys.argv[1:] or ["zh", "en"]:
        print("\n".join(lines(chosen)), end="\n\n")
