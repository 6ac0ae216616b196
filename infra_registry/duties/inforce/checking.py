"""Whether the files that ship are whole: every row of the manifest in exactly one place, every file without fault."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from infra_registry.duties.inforce import loading
from infra_registry.duties.inforce.law_file import read_vocabulary
from infra_registry.errors import Fault, Invalid
from infra_registry.resources import DATA
from infra_registry.rules.calendar import Calendar, GeneralRule, YearTable
from infra_registry.rules.model import Mark, Rulebook, Text
from infra_registry.rules.node import opened
from infra_registry.rules.procedures import Procedure, combine


@dataclass(frozen=True, slots=True)
class BookChecked:
    """One instrument: how many clauses, how many of them verified, which rows it models or leaves out and why."""

    key: str
    title: Text
    force: str
    clauses: int
    verified: int
    modelled: tuple[str, ...]
    not_modelled: tuple[tuple[str, Text], ...]
    not_held: tuple[tuple[str, Text], ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. ``missing`` rows stand nowhere, ``twice`` in two books, ``unknown`` not in the manifest."""

    rows: tuple[str, ...]
    books: tuple[BookChecked, ...]
    faults: tuple[Fault, ...]
    missing: tuple[str, ...]
    twice: tuple[tuple[str, tuple[str, ...]], ...]
    unknown: tuple[tuple[str, str], ...]

    @property
    def accounted(self) -> int:
        """Number of rows of the manifest that a rulebook models or leaves out."""
        return len(self.rows) - len(self.missing)

    @property
    def whole(self) -> bool:
        """True without faults and with every row in exactly one place."""
        return not (self.faults or self.missing or self.twice or self.unknown)


def check(data: Path = DATA) -> Checked:
    """Read every shipped file and account for every row of the manifest."""
    books, faults = _read_all(data)
    try:
        rows = manifest()
    except Invalid as error:
        return Checked((), books, (*faults, *error.faults), (), (), ())
    places: dict[str, list[str]] = defaultdict(list)
    for book in books:
        for row in book.modelled:
            places[row].append(book.key)
        for row, _ in book.not_modelled:
            places[row].append(f"{book.key} (not_modelled)")
    return Checked(
        rows=rows,
        books=books,
        faults=faults,
        missing=tuple(row for row in rows if row not in places),
        twice=tuple((row, tuple(where)) for row, where in places.items() if len(where) > 1),
        unknown=tuple((row, where[0]) for row, where in places.items() if row not in rows),
    )


def manifest() -> tuple[str, ...]:
    """The rows of the five city instruments that have to stand in a rulebook or among what it leaves out, in order.

    Raises Invalid ``law.faulty`` when the file is wrong or names a row twice.
    """
    path = DATA / "rulebooks" / "manifest.toml"
    root = opened(path.name, path.read_text("utf-8"))
    rows = root.strings("rows")
    for row in {row for row in rows if rows.count(row) > 1}:
        root.wrong("rows", row, "law.twice")
    root.close()
    return rows


def _read_all(data: Path) -> tuple[tuple[BookChecked, ...], tuple[Fault, ...]]:
    books: list[BookChecked] = []
    faults: list[Fault] = []
    contents = []
    for kind, name, path in loading.shipped_files(data):
        try:
            file, _ = loading.read_shipped(kind, name, path)
        except Invalid as error:
            faults += error.faults
            continue
        contents.append(file.content)
        if isinstance(file.content, Rulebook):
            books.append(_of(file.content))
    try:
        Calendar(
            [content for content in contents if isinstance(content, YearTable)],
            next((content for content in contents if isinstance(content, GeneralRule)), None),
        )
        words = data / "procedures" / "vocabulary.toml"
        if words.exists():
            vocabulary = read_vocabulary(f"procedures/{words.name}", words.read_text("utf-8"))
            combine(vocabulary, [content for content in contents if isinstance(content, Procedure)])
    except Invalid as error:
        faults += [fault for fault in error.faults if fault not in faults]
    return tuple(books), tuple(faults)


def _of(book: Rulebook) -> BookChecked:
    """The check result of a book; a row that several clauses share is listed once."""
    modelled = tuple(dict.fromkeys(row for clause in book.clauses for row in clause.rows))
    return BookChecked(
        key=book.key,
        title=book.instrument.title,
        force=book.instrument.force.value,
        clauses=len(book.clauses),
        verified=sum(clause.mark is Mark.VERIFIED for clause in book.clauses),
        modelled=modelled,
        not_modelled=tuple((left.row, left.reason) for left in book.not_modelled),
        not_held=tuple((part.articles, part.reason) for part in book.not_held),
    )
