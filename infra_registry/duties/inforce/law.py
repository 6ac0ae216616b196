"""The law in force in this register: its files parsed once per digest and process, and how a clause is cited."""

import re
from dataclasses import dataclass
from datetime import date

import structlog
from sqlalchemy import Connection

from infra_registry.duties.inforce import document_store as store
from infra_registry.duties.inforce.document_store import Stamp
from infra_registry.duties.inforce.law_file import VOCABULARY, Read, read, read_vocabulary, topics
from infra_registry.errors import Fault, Invalid, NotFound
from infra_registry.rules import procedures
from infra_registry.rules.calendar import Calendar, GeneralRule, YearTable
from infra_registry.rules.comparison import Topic
from infra_registry.rules.model import Clause, InstrumentKind, Rulebook
from infra_registry.rules.procedures import Procedure, Procedures

LAWS_KEPT, FILES_KEPT = 8, 400
EVERYWHERE = "*"
RANKS = tuple(InstrumentKind)
Source = tuple[str, str]  # a file's name and its text

UNKNOWN = "?"
ARTICLE = re.compile(r"(\d+(?:\.\d+)*(?:–\d+)?)(?:\((\d+)\))?")
FULL_WIDTH = str.maketrans("()–", "（）—")

_log = structlog.get_logger("law")


@dataclass(frozen=True, slots=True)
class Law:
    """Everything in force: rulebooks, topics, procedures, the calendar, and which files they came from.

    ``unreadable``: files in force that this version of the product cannot read; they speak no more and are shown so.
    """

    books: tuple[Rulebook, ...]
    topics: tuple[Topic, ...]
    procedures: Procedures | None
    calendar: Calendar
    sources: dict[Stamp, Source]
    unreadable: tuple[tuple[Stamp, tuple[Fault, ...]], ...] = ()

    def book(self, key: str) -> Rulebook:
        """The rulebook of a key. Raises NotFound ``law.no_book``."""
        for book in self.books:
            if book.key == key:
                return book
        raise NotFound("law.no_book", book=key)

    def clause(self, book: str, clause: str) -> Clause:
        """A clause by its citation. Raises NotFound ``law.no_book`` or ``law.no_clause``."""
        rulebook = self.book(book)
        try:
            return rulebook.clause(clause)
        except KeyError:
            raise NotFound("law.no_clause", book=rulebook.instrument.short.zh, clause=clause) from None

    def citation(self, book: str, clause: str, locale: str) -> str:
        """Instrument and article of a clause; its keys where the law in force no longer has it."""
        try:
            return cite(self.book(book), self.clause(book, clause), locale)
        except NotFound:
            return f"{book} {clause}"

    def with_file(self, kind: str, name: str, text: str) -> tuple["Law", Read]:
        """This law with one file in the place of the one under its key.

        Raises Invalid ``law.faulty`` when the file, or another because of it, could no longer be read.
        """
        file = read(kind, name, text, self.procedures.vocabulary if self.procedures else None)
        others = {s: source for s, source in self.sources.items() if (s.kind, s.key) != (kind, file.key)}
        sources = {**others, Stamp(kind, file.key, file.digest): (name, text)}
        law = assemble(sources)
        before = {stamp for stamp, _ in self.unreadable}
        faults = [fault for stamp, wrong in law.unreadable if stamp not in before for fault in wrong]
        if faults:
            raise Invalid(faults, "law.faulty")
        return law, file


def cite(book: Rulebook, clause: Clause, locale: str) -> str:
    """Short name and article: the one form of a citation in words."""
    gap = " " if locale == "en" else ""
    return book.instrument.short.of(locale) + gap + article_words(clause.article, clause.paragraph, locale)


def article_words(article: str, paragraph: str, locale: str) -> str:
    """Article and paragraph in words: 第18条第1款, art. 18(1). ``?``: the number of the article is not known."""
    if article == UNKNOWN:
        return "(article not known)" if locale == "en" else "（条号未核实）"
    match = ARTICLE.fullmatch(article)
    number = match[1] if match else article
    behind = paragraph or (match[2] or "" if match else "")
    return _in_english(number, behind) if locale == "en" else _in_chinese(number, behind)


def _in_english(number: str, behind: str) -> str:
    return f"art. {number}" + (behind if behind.startswith("(") else f"({behind})" if behind else "")


def _in_chinese(number: str, behind: str) -> str:
    if behind.startswith("("):  # an item of a list
        return f"第{number}条第{behind.translate(FULL_WIDTH)}项"
    return f"第{number.replace('–', '—')}条" + (f"第{behind}款" if behind else "")


_LAWS: dict[tuple[Stamp, ...], Law] = {}
_READ: dict[tuple[Stamp, str], Read] = {}


def law(connection: Connection, on: date | None = None) -> Law:
    """What is in force in this register now, or (``on``) what was at the end of that day.

    The day is the register's own: which files it held then. What bound on a day is asked of ``engine.ask``.
    """
    stamps = store.stamps(connection, on)
    in_force = _LAWS.get(stamps)
    if in_force is None:
        sources = store.contents(connection, stamps)
        in_force = assemble({stamp: sources[stamp] for stamp in stamps if stamp in sources})
        while len(_LAWS) >= LAWS_KEPT:
            _LAWS.pop(next(iter(_LAWS)))
        _LAWS[stamps] = in_force
    return in_force


def assemble(sources: dict[Stamp, Source]) -> Law:
    """The law of these files; one that cannot be read is left out and named."""
    unreadable: list[tuple[Stamp, tuple[Fault, ...]]] = []
    files: list[Read] = []
    vocabulary = next(
        (read_vocabulary(*source) for stamp, source in sources.items() if stamp.key == VOCABULARY), None
    )
    mark = vocabulary.digest if vocabulary else ""
    for stamp, (name, text) in sources.items():
        try:
            if (stamp, mark) not in _READ:
                while len(_READ) >= FILES_KEPT:
                    _READ.pop(next(iter(_READ)))
                _READ[stamp, mark] = read(stamp.kind, name, text, vocabulary)
            files.append(_READ[stamp, mark])
        except Invalid as error:
            unreadable.append((stamp, tuple(error.faults)))
            _log.error("a file in force cannot be read", file=name, key=stamp.key, digest=stamp.digest)
    contents = [content.content for content in files]
    tables = [content for content in contents if isinstance(content, YearTable)]
    rules = [content for content in contents if isinstance(content, GeneralRule)]
    periods = [content for content in contents if isinstance(content, Procedure)]
    return Law(
        books=tuple(sorted((content for content in contents if isinstance(content, Rulebook)), key=_order)),
        topics=topics(),
        procedures=procedures.combine(vocabulary, periods) if vocabulary else None,
        calendar=Calendar(tables, rules[0] if rules else None),
        sources=sources,
        unreadable=tuple(unreadable),
    )


def _order(book: Rulebook) -> tuple[bool, str, int, str]:
    """Cities by their code, then what holds everywhere by rank."""
    areas = book.instrument.areas
    return EVERYWHERE in areas, areas[0], RANKS.index(book.instrument.kind), book.key
