"""When a period ends, and why: a due date carries everything that was counted, skipped, added and moved.

Days are local legal days. Day one is the day after the event. Months and years end on the day of the same number, or
on the last day of a shorter month. Extensions lengthen the period before the end rule is applied, once, at the end.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from infra_registry.errors import RegistryError
from infra_registry.rules.calendar import DAY, Calendar, CalendarBasis, Day, Why
from infra_registry.rules.model import Mark, Text
from infra_registry.rules.procedures import LONGEST, Deadline, End, Extension, Unit

MONTHS = {Unit.MONTH: 1, Unit.YEAR: 12}


@dataclass(frozen=True, slots=True)
class Granted:
    """An extension that was granted; ``n`` where the decision and not the rule fixes the length."""

    key: str
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Days that are not counted, both included. One that still runs is given up to the day of asking."""

    kind: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Extended:
    """An extension as it was applied."""

    rule: Extension
    n: int


@dataclass(frozen=True, slots=True)
class YearUsed:
    """A year the answer rests on: how well it is known, by which notice or rule."""

    year: int
    ground: CalendarBasis
    title: Text | None
    number: str
    mark: Mark | None


@dataclass(frozen=True, slots=True)
class Due:
    """A due date with its whole reckoning.

    ``period_end`` is the last day before the end rule; ``moved_over`` the days off it was moved over. ``paused`` are
    the days of pauses that fell into the period. ``provisional``: it rests on a day of a year without a notice.
    """

    deadline: Deadline
    start: date
    first_day: date
    period_end: date
    due_on: date
    provisional: bool
    skipped: tuple[Day, ...]
    made_up: tuple[Day, ...]
    paused: tuple[date, ...]
    moved_over: tuple[Day, ...]
    extensions: tuple[Extended, ...]
    pauses: tuple[Pause, ...]
    years: tuple[YearUsed, ...]
    digest: str


@dataclass(slots=True)
class _Count:
    """State of a count: days consulted so far, and those skipped, made up or paused."""

    calendar: Calendar
    paused_days: frozenset[date]
    consulted: list[Day] = field(default_factory=list)
    skipped: list[Day] = field(default_factory=list)
    made_up: list[Day] = field(default_factory=list)
    paused: list[date] = field(default_factory=list)

    def ask(self, on: date) -> Day:
        day = self.calendar.day(on)
        self.consulted.append(day)
        return day

    def days(self, start: date, n: int, *, working: bool) -> date:
        """The n-th day after start that counts."""
        on = start
        while n:
            on += DAY
            if on in self.paused_days:
                self.paused.append(on)
                continue
            if working:
                day = self.ask(on)
                if not day.working:
                    self.skipped.append(day)
                    continue
                if day.why is Why.MADE_UP:
                    self.made_up.append(day)
            n -= 1
        return on

    def months(self, start: date, months: int) -> date:
        """The end of so many months after start, later by the days of pauses that fall into them."""
        end = base = add_months(start, months)
        while (inside := sorted(day for day in self.paused_days if start < day <= end)) and end != base + len(
            inside
        ) * DAY:
            end = base + len(inside) * DAY
        self.paused += inside
        return end

    def move(self, end: date) -> tuple[date, tuple[Day, ...]]:
        """The first working day from end on, and the days off before it."""
        over: list[Day] = []
        while not (day := self.ask(end)).working:
            over.append(day)
            end += DAY
        return end, tuple(over)


def due(
    deadline: Deadline,
    start: date,
    calendar: Calendar,
    *,
    extensions: Sequence[Granted] = (),
    pauses: Sequence[Pause] = (),
) -> Due:
    """When a period that started with an event of a day ends.

    Raises RegistryError ``clock.*`` for an extension or a pause the deadline does not know, a length that is missing
    or wrong, and a date beyond the calendar's last year.
    """
    granted = tuple(_extended(deadline, extensions))
    count = _Count(calendar, _paused_days(deadline, pauses))
    try:
        end = _period_end(deadline, start, granted, count)
        due_on, over = count.move(end) if deadline.end is End.NEXT_WORKING_DAY else (end, ())
        first_day = start + DAY
    except (OverflowError, ValueError) as error:
        raise RegistryError("clock.out_of_range", start=start.isoformat(), n=deadline.n) from error
    return Due(
        deadline=deadline,
        start=start,
        first_day=first_day,
        period_end=end,
        due_on=due_on,
        provisional=any(day.provisional for day in count.consulted),
        skipped=tuple(count.skipped),
        made_up=tuple(count.made_up),
        paused=tuple(count.paused),
        moved_over=over,
        extensions=granted,
        pauses=tuple(pauses),
        years=_years(calendar, count.consulted),
        digest=hashlib.sha256(f"{deadline.rule_set.digest}\n{calendar.digest}".encode()).hexdigest(),
    )


def add_months(start: date, months: int) -> date:
    """The day of the same number so many months on, or the last day of that month. ValueError beyond year 9999."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    for day in range(start.day, 27, -1):
        try:
            return date(year, month + 1, day)
        except ValueError:
            continue
    return date(year, month + 1, min(start.day, 28))


def _period_end(deadline: Deadline, start: date, granted: Iterable[Extended], count: _Count) -> date:
    periods = [(deadline.n, deadline.unit), *((extension.n, extension.rule.unit) for extension in granted)]
    end = start
    # Months on end are added up before the calendar is asked: 31 January and two months is 31 March.
    for monthly, group in groupby(periods, key=lambda period: period[1] in MONTHS):
        if monthly:
            end = count.months(end, sum(n * MONTHS[unit] for n, unit in group))
            continue
        for n, unit in group:
            end = count.days(end, n, working=unit is Unit.WORKING_DAY)
    return end


def _extended(deadline: Deadline, extensions: Sequence[Granted]) -> Iterable[Extended]:
    """The granted extensions, in the order of the rule."""
    rules = {rule.key: rule for rule in deadline.extensions}
    granted: dict[str, Granted] = {}
    for extension in extensions:
        if extension.key not in rules or extension.key in granted:
            raise RegistryError("clock.extension", value=extension.key, expected=" | ".join(rules) or "—")
        granted[extension.key] = extension
    for key, rule in rules.items():
        if key not in granted:
            continue
        n = rule.n if rule.n is not None else granted[key].n
        fixed_by_rule = rule.n is not None and granted[key].n not in (None, rule.n)
        if n is None or fixed_by_rule or not 1 <= n <= LONGEST:
            raise RegistryError(
                "clock.extension_length", value=granted[key].n, expected=rule.n or f"1 … {LONGEST}"
            )
        yield Extended(rule, n)


def _paused_days(deadline: Deadline, pauses: Sequence[Pause]) -> frozenset[date]:
    days: set[date] = set()
    for pause in pauses:
        if pause.kind not in deadline.pauses:
            raise RegistryError("clock.pause", value=pause.kind, expected=" | ".join(deadline.pauses) or "—")
        length = (pause.last - pause.first).days + 1
        if not 1 <= length <= LONGEST:
            raise RegistryError(
                "clock.pause_days", first=pause.first.isoformat(), last=pause.last.isoformat()
            )
        days.update(pause.first + step * DAY for step in range(length))
    return frozenset(days)


def _years(calendar: Calendar, consulted: Iterable[Day]) -> tuple[YearUsed, ...]:
    years, rule = [], calendar.rule
    for year in sorted({day.on.year for day in consulted}):
        ground = calendar.ground(year)
        table = calendar.tables.get(year)
        if table:
            years.append(YearUsed(year, ground, table.title, table.number, table.mark))
        elif rule and ground is not CalendarBasis.WEEKENDS:
            years.append(YearUsed(year, ground, rule.title, rule.number, rule.mark))
        else:
            years.append(YearUsed(year, ground, None, "", None))
    return tuple(years)
