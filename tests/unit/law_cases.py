"""Cases of the law as tables: what is known, on which day, and what the law is expected to ask. Strictly read."""

import tomllib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from infra_registry.rules.facts import FACTS
from infra_registry.rules.model import SubjectKind

CASES = Path(__file__).resolve().parents[1] / "cases"
TRAPS = "traps.toml"
KEYS = {
    "case": {"key", "title", "why", "traps", "subject", "areas", "on", "facts", "books", "about", "silent",
             "not_held", "in_force", "duty", "clause", "clock"},
    "duty": {"cite", "standing", "kept", "missing", "by_reference", "addressee", "orders", "order_mandatory",
             "fines", "authority", "stated", "gate"},
    "clause": {"cite", "on", "modality", "addressee", "not_addressee", "counterparty", "orders", "order_mandatory",
               "fines", "authority", "authority_in_text", "level", "stated", "grounds", "exceptions", "gate",
               "subject", "mark", "number"},
    "clock": {"deadline", "case_date", "found", "start", "due", "n", "unit", "event", "condition", "provisional",
              "rule_set", "extensions", "mark"},
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One table: ``about`` narrows what is compared to some clauses, otherwise the answer of ``books`` is whole."""

    key: str
    file: str
    title: dict[str, str]
    why: dict[str, str]
    traps: tuple[str, ...]
    on: date | None
    subject: SubjectKind | None
    areas: frozenset[str]
    facts: dict[str, Any]
    books: tuple[str, ...]
    about: tuple[str, ...]
    silent: tuple[str, ...]
    not_held: tuple[str, ...] | None
    in_force: tuple[str, ...] | None
    duties: tuple[dict[str, Any], ...] = ()
    clauses: tuple[dict[str, Any], ...] = ()
    clocks: tuple[dict[str, Any], ...] = field(default=())


def load() -> list[Case]:
    """Every case of the folder; AssertionError names the file and the key that is wrong."""
    return [
        _case(path.name, table)
        for path in sorted(CASES.glob("*.toml"))
        if path.name != TRAPS
        for table in tomllib.loads(path.read_text("utf-8"))["case"]
    ]


def traps() -> dict[str, dict[str, str]]:
    """Every trap with its words."""
    groups = tomllib.loads((CASES / TRAPS).read_text("utf-8"))
    return {name: words for group in groups.values() for name, words in group.items()}


def _case(file: str, table: dict[str, Any]) -> Case:
    where = f"{file}: {table.get('key')}"
    _known(where, "case", table)
    for part in ("duty", "clause", "clock"):
        for one in table.get(part, ()):
            _known(where, part, one)
    for words in (table["title"], table["why"]):
        assert set(words) == {"zh", "en"}, where
    facts = {name: tuple(v) if isinstance(v, list) else v for name, v in table.get("facts", {}).items()}
    subject = SubjectKind(table["subject"]) if "subject" in table else None
    for name, value in facts.items():
        spec = FACTS[name]
        assert subject in spec.subjects, f"{where}: {name} is no fact of {subject}"
        values = value if isinstance(value, tuple) else (value,)
        assert not spec.choices or set(values) <= set(spec.choices), f"{where}: {name} = {value}"
    return Case(
        key=table["key"],
        file=file,
        title=table["title"],
        why=table["why"],
        traps=tuple(table.get("traps", ())),
        on=table.get("on"),
        subject=subject,
        areas=frozenset(table.get("areas", ())),
        facts=facts,
        books=tuple(table.get("books", ())),
        about=tuple(table.get("about", ())),
        silent=tuple(table.get("silent", ())),
        not_held=tuple(table["not_held"]) if "not_held" in table else None,
        in_force=tuple(table["in_force"]) if "in_force" in table else None,
        duties=tuple(table.get("duty", ())),
        clauses=tuple(table.get("clause", ())),
        clocks=tuple(table.get("clock", ())),
    )


def _known(where: str, part: str, table: dict[str, Any]) -> None:
    wrong = set(table) - KEYS[part]
    assert not wrong, f"{where}: {part} has unknown {sorted(wrong)}"
