"""The law as it comes with the product, read once per process and without a database.

Each function raises Invalid ``law.faulty`` whose faults name file, line, key and value when a file is wrong.
"""

from functools import cache
from pathlib import Path

from infra_registry.duties.inforce.law_file import topics
from infra_registry.duties.inforce.loading import decoded, shipped_files
from infra_registry.resources import DATA
from infra_registry.rules import calendar as calendars
from infra_registry.rules import procedure_reading, reading
from infra_registry.rules.calendar import Calendar
from infra_registry.rules.model import Rulebook
from infra_registry.rules.procedures import Procedures, combine

VOCABULARY, GENERAL_RULE = "vocabulary.toml", "cn-statutory.toml"
__all__ = ["calendar", "procedures", "read_calendar", "read_procedures", "rulebooks", "topics"]


@cache
def rulebooks() -> tuple[Rulebook, ...]:
    """Every rulebook, by the name of its file."""
    keys = frozenset(topic.key for topic in topics())
    paths = [path for kind, _, path in shipped_files() if kind == "rulebook"]
    return tuple(reading.read(path.name, _text(path), keys) for path in paths)


@cache
def procedures() -> Procedures:
    """Every rule set of deadlines."""
    return read_procedures(DATA / "procedures")


@cache
def calendar() -> Calendar:
    """The years whose notices are held, and the general rule for the others."""
    return read_calendar(DATA / "calendars")


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


def _text(path: Path) -> str:
    return decoded(path.name, path.read_bytes())
