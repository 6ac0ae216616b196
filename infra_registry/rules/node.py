"""A table of a TOML file being read: takes its keys one by one, and says of every wrong one where it stands and why."""

import hashlib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from infra_registry.errors import Fault, Invalid
from infra_registry.rules.model import Text

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")
Path = tuple[str | int, ...]
HEADER = re.compile(r"^\s*\[+\s*([\w.\-]+)\s*\]+")
# A key of many parts costs the square of them to read, and each fault a walk through the file.
MOST_DOTS, MOST_FAULTS = 50, 100


def parse(name: str, text: str) -> dict[str, Any]:
    """The tables of a TOML text; Invalid with the line when it is no TOML, or has a line no honest file has."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") > MOST_DOTS:
            raise Invalid([Fault(f"{name}:{number}", line[:60], "law.no_toml", "TOML 1.0")], "law.faulty")
    try:
        return tomllib.loads(text)
    except ValueError as error:  # also a number of more digits than are ever read
        raise Invalid([Fault(f"{name}: {error}", None, "law.no_toml", "TOML 1.0")], "law.faulty") from error


def line_of(text: str, path: Path) -> int:
    """The line (from 1) on which a key stands: the nearest table or top-level key on the way to it."""
    lines = text.splitlines()
    at = 0
    seen: list[str] = []
    for step in path:
        if isinstance(step, int):
            at = _nth(lines, ".".join(seen), step, at)
            continue
        seen.append(step)
        at = _key(lines, step, at)
    return at + 1


def _nth(lines: list[str], table: str, number: int, at: int) -> int:
    heading = table.rsplit(".", maxsplit=1)[-1]
    headings = [
        i
        for i, line in enumerate(lines)
        if i >= at
        and line.lstrip().startswith("[[")
        and (m := HEADER.match(line))
        and m[1].split(".")[-1] == heading
    ]
    return headings[number] if number < len(headings) else at


def _key(lines: list[str], name: str, at: int) -> int:
    key = re.compile(rf"^\s*{re.escape(name)}\s*[=.]|^\s*\[{re.escape(name)}\]")
    for i in range(at, len(lines)):
        if key.match(lines[i]):
            return i
        if i > at and lines[i].lstrip().startswith("[["):
            break
    return at


@dataclass(slots=True)
class Source:
    """The file being read: its name, its text and what was found wrong so far."""

    name: str
    text: str
    faults: list[Fault] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def wrong(self, path: Path, value: Any, code: str, expected: str = "") -> None:
        """Keep a fault: file, line, key, value, what would be right; beyond a hundred nobody reads them."""
        if len(self.faults) >= MOST_FAULTS:
            return
        keys = ".".join(str(step + 1) if isinstance(step, int) else step for step in path)
        place = f"{self.name}:{line_of(self.text, path)} {keys}"
        self.faults.append(Fault(place, value, code, expected))

    def finish(self) -> None:
        """Raise Invalid ``law.faulty`` with every fault found."""
        if self.faults:
            raise Invalid(self.faults, "law.faulty")


@dataclass(slots=True)
class Node:
    """One table, taken key by key; ``end`` complains of keys nobody asked for."""

    source: Source
    values: Mapping[str, Any]
    path: Path = ()
    taken: set[str] = field(default_factory=set)

    def take(self, name: str, kinds: type | tuple[type, ...], expected: str, *, needed: bool = False) -> Any:
        """The value of a key when it is of a kind; None and, if needed, a fault otherwise."""
        self.taken.add(name)
        value = self.values.get(name)
        if value is None:
            if needed:
                self.source.wrong(self.path, name, "law.missing", name)
            return None
        if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is int):
            self.wrong(name, value, "law.wrong_type", expected)
            return None
        return value

    def string(self, name: str, *, needed: bool = False, default: str = "") -> str:
        """A text in one language: keys, article numbers."""
        return str(self.take(name, str, "text", needed=needed) or default)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """True or false."""
        value = self.take(name, bool, "true | false")
        return default if value is None else bool(value)

    def number(self, name: str, *, needed: bool = False) -> int | None:
        """A whole number."""
        value = self.take(name, int, "whole number", needed=needed)
        return None if value is None else int(value)

    def day(self, name: str, *, needed: bool = False) -> date | None:
        """A date without a time."""
        value: date | None = self.take(name, date, "2026-11-22", needed=needed)
        if value is not None and type(value) is not date:  # a datetime is a date too
            self.wrong(name, value, "law.wrong_type", "2026-11-22")
            return None
        return value

    def strings(
        self, name: str, allowed: Mapping[str, Any] | frozenset[str] | None = None
    ) -> tuple[str, ...]:
        """A list of texts, each one of the allowed when they are given."""
        values = self.take(name, list, '["…", "…"]') or []
        for value in values:
            if not isinstance(value, str):
                self.wrong(name, value, "law.wrong_type", '["…"]')
            elif allowed is not None and value not in allowed:
                self.wrong(name, value, "law.unknown_reference", " | ".join(sorted(allowed)))
        return tuple(str(value) for value in values)

    def one_of(self, name: str, kind: type[E], *, default: E | None = None) -> E:
        """A value of an enumeration; a default is used when the key is missing, else that is a fault."""
        value = self.take(name, str, "text", needed=default is None)
        members = list(kind)
        if value is None:
            return default or members[0]
        try:
            return kind(value)
        except ValueError:
            self.wrong(name, value, "law.unknown_value", " | ".join(members))
            return default or members[0]

    def words(self, name: str, *, needed: bool = False) -> Text | None:
        """A statement in both languages."""
        table = self.take(name, dict, '{ zh = "…", en = "…" }', needed=needed)
        if table is None:
            return None
        inner = Node(self.source, table, (*self.path, name))
        text = Text(inner.string("zh", needed=True), inner.string("en", needed=True))
        inner.end()
        return text

    def both(self, name: str) -> Text:
        """A statement in both languages that has to be there."""
        return self.words(name, needed=True) or Text("", "")

    def part(self, name: str, read: Callable[["Node"], T]) -> T | None:
        """A table of its own, when there."""
        table = self.take(name, dict, "{ … }")
        if table is None:
            return None
        inner = Node(self.source, table, (*self.path, name))
        value = read(inner)
        inner.end()
        return value

    def each(self, name: str, read: Callable[["Node"], T]) -> tuple[T, ...]:
        """A list of tables."""
        items = []
        for i, table in enumerate(self.take(name, list, "[[…]]") or []):
            path = (*self.path, name, i)
            if not isinstance(table, dict):
                self.source.wrong(path, table, "law.wrong_type", "{ … }")
                continue
            inner = Node(self.source, table, path)
            items.append(read(inner))
            inner.end()
        return tuple(items)

    def wrong(self, name: str, value: Any, code: str, expected: str = "") -> None:
        """Keep a fault of the key ``name`` of this table."""
        self.source.wrong((*self.path, name), value, code, expected)

    def close(self) -> None:
        """End the reading of a file. Raises Invalid ``law.faulty`` with every fault found in it."""
        self.end()
        self.source.finish()

    def end(self) -> None:
        """Complain of every key that nobody asked for."""
        for name in self.values:
            if name not in self.taken:
                self.wrong(name, name, "law.unknown_key", " | ".join(sorted(self.taken)))


def opened(name: str, text: str) -> Node:
    """The root table of a file. Raises Invalid as ``parse`` does."""
    return Node(Source(name, text), parse(name, text))
