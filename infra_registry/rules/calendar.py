"""Working days: the yearly notices where they are held, what the law says in general where they are not.

A day always has an answer. How well it is founded is its ``Ground``; anything but a published notice is provisional.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property

from infra_registry.errors import Fault, Invalid
from infra_registry.rules.model import Mark, Text
from infra_registry.rules.node import Node, opened

SATURDAY = 5
DAY = timedelta(days=1)
LONGEST_HOLIDAY = 31  # days; a longer one in a file is a slip of the pen


class Why(StrEnum):
    """Why a day is worked or not."""

    WEEKDAY = "weekday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MADE_UP = "made_up"  # a weekend day worked in exchange for a longer holiday


class CalendarBasis(StrEnum):
    """What is known of a year, best first; all but the first are provisional."""

    PUBLISHED = "published"
    STATUTORY = "statutory"  # weekends and every holiday of the general rule
    FIXED = "fixed"  # weekends and holidays on a fixed date: the moving feasts of that year are not held
    WEEKENDS = "weekends"  # before the general rule that is held


@dataclass(frozen=True, slots=True)
class Day:
    """One day on the calendar: worked or not, why, the holiday's name, and how well that is founded."""

    on: date
    working: bool
    why: Why
    name: Text | None
    ground: CalendarBasis

    @property
    def provisional(self) -> bool:
        """True where no published notice covers the day's year."""
        return self.ground is not CalendarBasis.PUBLISHED


@dataclass(frozen=True, slots=True)
class Amendment:
    """A later notice that changed the year's arrangement."""

    number: str
    published: date
    what: Text


@dataclass(frozen=True, slots=True)
class YearTable:
    """A year's notice: days off, weekend days worked in exchange. Both may reach into the end of the year before."""

    year: int
    title: Text
    number: str
    published: date
    mark: Mark
    amended: tuple[Amendment, ...]
    off: Mapping[date, Text]
    work: Mapping[date, Text]
    digest: str


@dataclass(frozen=True, slots=True)
class Feast:
    """A holiday of the general rule: on a fixed month and day, or on listed dates with days before them."""

    name: Text
    days: int
    month_day: tuple[int, int] | None = None
    days_before: int = 0
    dates: tuple[date, ...] = ()

    def firsts(self, year: int) -> Iterator[date]:
        """The first days off of a year."""
        if self.month_day:
            yield date(year, *self.month_day)
        yield from (feast - self.days_before * DAY for feast in self.dates if feast.year == year)


@dataclass(frozen=True, slots=True)
class GeneralRule:
    """The holidays that hold by law without a yearly notice."""

    key: str
    title: Text
    number: str
    valid_from: date
    mark: Mark
    feasts: tuple[Feast, ...]
    digest: str

    def ground(self, year: int) -> CalendarBasis:
        """How well the rule covers a year; provisional in each case."""
        if year < self.valid_from.year:
            return CalendarBasis.WEEKENDS
        complete = all(any(True for _ in feast.firsts(year)) for feast in self.feasts)
        return CalendarBasis.STATUTORY if complete else CalendarBasis.FIXED

    def off(self, year: int) -> dict[date, Text]:
        """The days off of a year; the first feast named keeps a day two of them share."""
        days: dict[date, Text] = {}
        for feast in self.feasts:
            for first in feast.firsts(year):
                for step in range(feast.days):
                    days.setdefault(first + step * DAY, feast.name)
        return days


class Calendar:
    """Several years' notices and the general rule. Raises Invalid ``law.faulty`` when a year has two tables."""

    def __init__(self, tables: Iterable[YearTable], rule: GeneralRule | None = None) -> None:
        self.tables: dict[int, YearTable] = {}
        for table in tables:
            if table.year in self.tables:
                raise Invalid(
                    [Fault(f"{table.number} year", table.year, "law.twice", self.tables[table.year].number)],
                    "law.faulty",
                )
            self.tables[table.year] = table
        self.rule = rule
        self._off: dict[date, Text] = {}
        self._work: dict[date, Text] = {}
        for year in sorted(self.tables):
            self._off.update(self.tables[year].off)
            self._work.update(self.tables[year].work)
        self._by_rule: dict[int, dict[date, Text]] = {}

    @cached_property
    def digest(self) -> str:
        """Of everything that can move a date: all tables and the rule."""
        parts = [self.tables[year].digest for year in sorted(self.tables)]
        parts.append(self.rule.digest if self.rule else "")
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def ground(self, year: int) -> CalendarBasis:
        """How well a year is covered: by a notice, by the general rule, or by weekends alone."""
        if year in self.tables:
            return CalendarBasis.PUBLISHED
        return self.rule.ground(year) if self.rule else CalendarBasis.WEEKENDS

    def day(self, on: date) -> Day:
        """Whether a day is worked, and why; every day has an answer."""
        if on in self._work:
            return Day(on, True, Why.MADE_UP, self._work[on], CalendarBasis.PUBLISHED)
        if on in self._off:
            return Day(on, False, Why.HOLIDAY, self._off[on], CalendarBasis.PUBLISHED)
        ground = self.ground(on.year)
        holiday = self._statutory(on, ground)
        if holiday:
            return Day(on, False, Why.HOLIDAY, holiday, ground)
        weekend = on.weekday() >= SATURDAY
        return Day(on, not weekend, Why.WEEKEND if weekend else Why.WEEKDAY, None, ground)

    def is_working(self, on: date) -> bool:
        """Whether a day is worked."""
        return self.day(on).working

    def _statutory(self, on: date, ground: CalendarBasis) -> Text | None:
        if self.rule is None or ground in (CalendarBasis.PUBLISHED, CalendarBasis.WEEKENDS):
            return None
        if on.year not in self._by_rule:
            self._by_rule[on.year] = self.rule.off(on.year)
        return self._by_rule[on.year].get(on)


def read_year(name: str, text: str) -> YearTable:
    """Read a year's table. Raises Invalid ``law.faulty`` whose faults name file, line, key and value."""
    root = opened(name, text)
    year = root.number("year", needed=True) or 0
    title, number = root.both("title"), root.string("number", needed=True)
    published, mark = root.day("published", needed=True) or date.min, root.one_of("mark", Mark)
    amended = root.each("amended", _amendment)
    off: dict[date, Text] = {}
    work: dict[date, Text] = {}
    root.each("off", lambda node: _off(node, year, off))
    root.each("work", lambda node: _work(node, year, off, work))
    if not off:
        root.source.wrong((), "off", "law.missing", "[[off]]")
    root.close()
    return YearTable(year, title, number, published, mark, amended, off, work, root.source.digest)


def read_rule(name: str, text: str) -> GeneralRule:
    """Read the general rule. Raises Invalid ``law.faulty`` whose faults name file, line, key and value."""
    root = opened(name, text)
    key, title, number = root.string("key", needed=True), root.both("title"), root.string("number")
    valid_from = root.day("valid_from", needed=True) or date.min
    mark = root.one_of("mark", Mark)
    feasts = (*root.each("fixed", _fixed), *root.each("moving", _moving))
    root.close()
    return GeneralRule(key, title, number, valid_from, mark, feasts, root.source.digest)


def _amendment(node: Node) -> Amendment:
    return Amendment(
        node.string("number", needed=True), node.day("published", needed=True) or date.min, node.both("what")
    )


def _off(node: Node, year: int, off: dict[date, Text]) -> None:
    first, last = node.day("from", needed=True), node.day("to", needed=True)
    name = node.both("name")
    if first is None or last is None or not (_belongs(node, "from", year) and _belongs(node, "to", year)):
        return
    if not 0 <= (last - first).days < LONGEST_HOLIDAY:
        node.wrong("to", last, "law.wrong_type", f"{first} … {first + (LONGEST_HOLIDAY - 1) * DAY}")
        return
    for step in range((last - first).days + 1):
        if first + step * DAY in off:
            node.wrong("from", first + step * DAY, "law.twice")
        off[first + step * DAY] = name


def _work(node: Node, year: int, off: Mapping[date, Text], work: dict[date, Text]) -> None:
    on, name = node.day("day", needed=True), node.both("name")
    if on is None or not _belongs(node, "day", year):
        return
    if on in off or on in work:
        node.wrong("day", on, "law.twice")
    elif on.weekday() < SATURDAY:
        node.wrong("day", on, "clock.not_a_weekend")
    work[on] = name


def _belongs(node: Node, key: str, year: int) -> bool:
    """Whether a day lies in the year of the notice or in December before it; a fault otherwise."""
    on: date = node.values[key]
    if on.year == year or (on.year == year - 1 and on.month == 12):
        return True
    node.wrong(key, on, "clock.other_year", str(year))
    return False


def _days(node: Node) -> int:
    days = node.number("days", needed=True)
    if days is not None and not 1 <= days <= LONGEST_HOLIDAY:
        node.wrong("days", days, "law.wrong_type", f"1 … {LONGEST_HOLIDAY}")
    return days or 1


def _fixed(node: Node) -> Feast:
    month, day = node.number("month", needed=True) or 1, node.number("day", needed=True) or 1
    try:
        date(2001, month, day)  # a year without a leap day: a holiday comes every year
    except ValueError:
        node.wrong("day", f"{month}-{day}", "law.wrong_type", "1-1 … 12-31")
        month = day = 1
    return Feast(node.both("name"), _days(node), month_day=(month, day))


def _moving(node: Node) -> Feast:
    dates = node.take("dates", list, "[2027-02-06]", needed=True) or []
    for on in dates:
        if type(on) is not date:
            node.wrong("dates", on, "law.wrong_type", "2027-02-06")
    before = node.number("days_before") or 0
    if not 0 <= before <= LONGEST_HOLIDAY:
        node.wrong("days_before", before, "law.wrong_type", f"0 … {LONGEST_HOLIDAY}")
        before = 0
    return Feast(node.both("name"), _days(node), days_before=before, dates=tuple(dates))
