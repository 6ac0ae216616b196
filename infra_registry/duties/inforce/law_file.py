"""One file of the law from its text: a rulebook, a procedure or the words procedures use, a calendar or its rule."""

import re
from dataclasses import dataclass
from functools import cache

from infra_registry.errors import Fault, Invalid
from infra_registry.resources import DATA
from infra_registry.rules import calendar, comparison, procedure_reading, reading
from infra_registry.rules.calendar import GeneralRule, YearTable
from infra_registry.rules.model import Rulebook
from infra_registry.rules.node import parse
from infra_registry.rules.procedures import Procedure, Vocabulary

KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}")
MAX_CHARACTERS = 500_000
VOCABULARY = "vocabulary"
TOPICS = DATA / "rulebooks" / "topics.toml"
Content = Rulebook | Procedure | Vocabulary | YearTable | GeneralRule


@dataclass(frozen=True, slots=True)
class Read:
    """A file that could be read: what it is, the key it stands under, and what it says."""

    kind: str
    key: str
    digest: str
    content: Content


@cache
def topics() -> tuple[comparison.Topic, ...]:
    """The topics of the comparison, in the order they are shown."""
    return comparison.read_topics(TOPICS.name, TOPICS.read_text("utf-8"))


def kind_of(name: str, text: str) -> str:
    """What kind of file a text is, from its first keys. Raises Invalid ``law.faulty`` when it is no TOML."""
    tables = _tables(name, text)
    if "instrument" in tables:
        return "rulebook"
    return "calendar" if {"year", "fixed", "moving"} & tables.keys() else "procedure"


def read_vocabulary(name: str, text: str) -> Vocabulary:
    """Read the words procedures may use. Raises Invalid ``law.faulty``."""
    _tables(name, text)
    return procedure_reading.read_vocabulary(name, text)


def read(kind: str, name: str, text: str, vocabulary: Vocabulary | None) -> Read:
    """Read a file of the law; a procedure against the words in force.

    Raises Invalid ``law.faulty`` whose faults name file, line, key and value.
    """
    tables = _tables(name, text)
    try:
        file = _content(kind, name, text, tables, vocabulary)
    except RecursionError:
        raise _no_toml(name) from None
    if not KEY.fullmatch(file.key):
        raise Invalid([Fault(f"{name}:1 key", file.key, "law.unknown_value", "a-z 0-9 _ -")], "law.faulty")
    return file


def _content(
    kind: str, name: str, text: str, tables: dict[str, object], vocabulary: Vocabulary | None
) -> Read:
    if kind == "rulebook":
        book = reading.read(name, text, frozenset(topic.key for topic in topics()))
        return Read(kind, book.key, book.digest, book)
    if kind == "calendar" and "year" in tables:
        table = calendar.read_year(name, text)
        return Read(kind, f"cn-{table.year}", table.digest, table)
    if kind == "calendar":
        rule = calendar.read_rule(name, text)
        return Read(kind, rule.key, rule.digest, rule)
    if "counting" in tables:
        words = procedure_reading.read_vocabulary(name, text)
        return Read(kind, VOCABULARY, words.digest, words)
    if vocabulary is None:
        raise Invalid([Fault(f"{name}:1 {VOCABULARY}", None, "law.missing", VOCABULARY)], "law.faulty")
    procedure = procedure_reading.read(name, text, vocabulary)
    return Read(kind, procedure.rule_set.key, procedure.rule_set.digest, procedure)


def _tables(name: str, text: str) -> dict[str, object]:
    if len(text) > MAX_CHARACTERS:
        raise Invalid([Fault(name, len(text), "law.too_long", str(MAX_CHARACTERS))], "law.faulty")
    try:
        return parse(name, text)
    except RecursionError:
        raise _no_toml(name) from None


def _no_toml(name: str) -> Invalid:
    return Invalid([Fault(name, None, "law.no_toml", "TOML 1.0")], "law.faulty")
