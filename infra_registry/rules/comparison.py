"""Cities side by side, topic by topic, made from the rulebooks alone: what each says, in what words, or nothing.

A city without a cell is silent on the topic, and silence is neither a breach nor a permission.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from infra_registry.rules.model import Clause, Force, Modality, NotHeld, Rulebook, Text, TopicPlace
from infra_registry.rules.node import opened

EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of the comparison: its key in the rulebooks and its name."""

    key: str
    name: Text


@dataclass(frozen=True, slots=True)
class Entry:
    """One clause in a cell: how it is cited, what kind of sentence it is, the gist of it for this topic."""

    clause: Clause
    place: TopicPlace

    @property
    def article(self) -> str:
        """Article with paragraph, as the instrument numbers them: 18.1."""
        return self.clause.key

    @property
    def modality(self) -> Modality:
        """What kind of sentence it is."""
        return self.clause.modality

    @property
    def brief(self) -> Text:
        """The gist for this topic; the clause's title where none is written."""
        return self.place.brief or self.clause.title


@dataclass(frozen=True, slots=True)
class Cell:
    """What one book says about one topic; no entries: it is silent."""

    book: Rulebook
    entries: tuple[Entry, ...]

    @property
    def silent(self) -> bool:
        """True where the text that is held says nothing on the topic."""
        return not self.entries

    @property
    def strong(self) -> bool:
        """True where the topic turns on this cell."""
        return any(entry.place.strong for entry in self.entries)

    @property
    def articles(self) -> tuple[str, ...]:
        """The articles that speak, in the order of the book."""
        return tuple(entry.article for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Row:
    """One topic across the books, in the order of the columns."""

    topic: Topic
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Topics by books; drafts and books whose text is partly not held are marked by their force and ``not_held``."""

    books: tuple[Rulebook, ...]
    rows: tuple[Row, ...]

    @property
    def drafts(self) -> tuple[Rulebook, ...]:
        """Columns that bind nobody."""
        return tuple(book for book in self.books if book.instrument.force is Force.DRAFT)

    @property
    def not_held(self) -> tuple[tuple[Rulebook, NotHeld], ...]:
        """Parts of the columns whose text is not held: there a silent cell says nothing about the law."""
        return tuple((book, part) for book in self.books for part in book.not_held)


def compare(books: Iterable[Rulebook], topics: Sequence[Topic]) -> Comparison:
    """Every book that holds in one place alone beside the others, for every topic in the given order."""
    columns = tuple(book for book in books if is_local(book))
    rows = tuple(Row(topic, tuple(_cell(book, topic.key) for book in columns)) for topic in topics)
    return Comparison(columns, rows)


def is_local(book: Rulebook) -> bool:
    """True for an instrument with a column of its own: it holds in named places and stands under a topic."""
    placed = any(clause.places for clause in book.clauses)
    return EVERYWHERE not in book.instrument.areas and placed


def _cell(book: Rulebook, topic: str) -> Cell:
    entries = tuple(
        Entry(clause, place) for clause in book.clauses for place in clause.places if place.topic == topic
    )
    return Cell(book, entries)


def read_topics(name: str, text: str) -> tuple[Topic, ...]:
    """Read the list of topics. Raises Invalid ``law.faulty`` whose faults name file, line, key and value."""
    root = opened(name, text)
    topics = root.each("topic", lambda node: Topic(node.string("key", needed=True), node.both("name")))
    if len({topic.key for topic in topics}) < len(topics):
        root.wrong("topic", "key", "law.twice")
    root.close()
    return topics
