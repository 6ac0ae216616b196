"""The law as it comes with the product: every file of data/ read once per process, without a database.

Each function raises Invalid ``law.faulty`` whose faults name file, line, key and value when a file is wrong.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from infra_registry.duties.inforce import law_file
from infra_registry.errors import Fault, Invalid
from infra_registry.resources import DATA
from infra_registry.rules import calendar as calendars
from infra_registry.rules import procedure_reading, reading
from infra_registry.rules.calendar import Calendar
from infra_registry.rules.comparison import Topic
from infra_registry.rules.model import Rulebook
from infra_registry.rules.node import Node, Source, parse
from infra_registry.rules.procedures import Procedures, combine

NO_RULEBOOKS = frozenset({"topics.toml", "manifest.toml", "penalty_paths.toml"})
VOCABULARY, GENERAL_RULE = "vocabulary.toml", "cn-statutory.toml"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The rows of the five city instruments the register answers for, in order."""

    rows: tuple[str, ...]
    digest: str


@cache
def rulebooks() -> tuple[Rulebook, ...]:
    """Every rulebook, by the name of its file."""
    keys = frozenset(topic.key for topic in topics())
    return tuple(
        reading.read(name, text, keys) for name, text in _files("rulebooks") if name not in NO_RULEBOOKS
    )


@cache
def procedures() -> Procedures:
    """Every rule set of deadlines."""
    return read_procedures(DATA / "procedures")


@cache
def calendar() -> Calendar:
    """The years whose notices are held, and the general rule for the others."""
    return read_calendar(DATA / "calendars")


def topics() -> tuple[Topic, ...]:
    """The topics of the comparison, in the order they are shown."""
    return law_file.topics()


@cache
def manifest() -> Manifest:
    """The rows that have to stand in a rulebook or among what it leaves out."""
    path = DATA / "rulebooks" / "manifest.toml"
    text = _text(path)
    source = Source(path.name, text)
    root = Node(source, parse(path.name, text))
    rows = root.strings("rows")
    root.end()
    for row in {row for row in rows if rows.count(row) > 1}:
        source.wrong(("rows",), row, "law.twice", "")
    source.finish()
    return Manifest(rows, hashlib.sha256(text.encode()).hexdigest())


def read_procedures(folder: Path) -> Procedures:
    """The rule sets of a folder, written in the words of its vocabulary file."""
    vocabulary = procedure_reading.read_vocabulary(VOCABULARY, _text(folder / VOCABULARY))
    return combine(
        vocabulary,
        [
            procedure_reading.read(path.name, _text(path), vocabulary)
            for path in sorted(folder.glob("*.toml"))
            if path.name != VOCABULARY
        ],
    )


def read_calendar(folder: Path) -> Calendar:
    """The calendar of a folder: a table for each year and, where it lies there, the general rule."""
    rule = folder / GENERAL_RULE
    return Calendar(
        [
            calendars.read_year(path.name, _text(path))
            for path in sorted(folder.glob("*.toml"))
            if path.name != GENERAL_RULE
        ],
        calendars.read_rule(rule.name, _text(rule)) if rule.exists() else None,
    )


def _files(folder: str) -> Iterator[tuple[str, str]]:
    for path in sorted((DATA / folder).glob("*.toml")):
        yield path.name, _text(path)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise Invalid([Fault(path.name, error.start, "law.no_toml", "UTF-8")], "law.faulty") from error
