"""Deadlines as dated data: rule sets, what starts, lengthens and stops a clock, and what is known but not held.

The rule set follows the date of the case. A value nobody has read is never invented: it stands among ``open``.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from infra_registry.errors import Fault, Invalid
from infra_registry.rules.model import Mark, Text

LONGEST = 3660  # in any unit; a longer period in a file or a decision is a slip of the pen


class Unit(StrEnum):
    """What a period is counted in."""

    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    MONTH = "month"
    YEAR = "year"


class End(StrEnum):
    """What happens when the last day is not a working day."""

    NEXT_WORKING_DAY = "next_working_day"
    AS_IT_FALLS = "as_it_falls"


@dataclass(frozen=True, slots=True)
class Counting:
    """The general rule of counting: day one is the day after the event; how a period ends."""

    end: End
    basis: Text
    mark: Mark


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What procedures may refer to, by key and with names: start events, pauses, conditions; the rule of counting."""

    counting: Counting
    events: Mapping[str, Text]
    pauses: Mapping[str, Text]
    conditions: Mapping[str, Text]
    digest: str


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One version of a procedure, for cases of the days from ``valid_from`` to ``valid_to`` (both included)."""

    key: str
    name: Text
    instrument: Text
    valid_from: date
    valid_to: date | None
    mark: Mark
    note: Text | None
    digest: str

    def holds(self, on: date) -> bool:
        """Whether a case of that day goes by this rule set."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Extension:
    """How a period may be lengthened. ``n`` None: the decision that lengthens it fixes the length."""

    key: str
    name: Text
    n: int | None
    unit: Unit
    needs: Text | None
    mark: Mark


@dataclass(frozen=True, slots=True)
class Late:
    """A late charge: percent per unit of time, up to a cap."""

    rate_percent: int
    per: str
    cap: str
    basis: Text
    mark: Mark


@dataclass(frozen=True, slots=True)
class Deadline:
    """A period: from which event, how long, how it ends, what lengthens or stops it, on what it rests."""

    id: str
    name: Text
    event: str
    event_name: Text
    n: int
    unit: Unit
    end: End
    end_basis: Text
    end_mark: Mark
    basis: Text
    mark: Mark
    rule_set: RuleSet
    counting: Counting
    extensions: tuple[Extension, ...] = ()
    pauses: Mapping[str, Text] = field(default_factory=dict)
    condition: str = ""
    condition_name: Text | None = None
    late: Late | None = None
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """A period the procedure has, or may have, and whose value is not held."""

    id: str
    name: Text
    reason: Text
    rule_set: RuleSet


@dataclass(frozen=True, slots=True)
class Procedure:
    """One rule set with its deadlines and what is open in it."""

    rule_set: RuleSet
    deadlines: tuple[Deadline, ...]
    open: tuple[Open, ...]


class DeadlineState(StrEnum):
    """Whether a deadline is held for the day of a case, and why not."""

    HELD = "held"
    NOT_HELD = "not_held"  # the rule set is known, this value of it is not
    TOO_EARLY = "too_early"  # before the first rule set that is held
    NO_RULE = "no_rule"  # after the last one, or between two
    UNKNOWN = "unknown"  # no rule set knows that id


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rule a case of that day goes by: a deadline, or why there is none. ``since``: the first day held."""

    state: DeadlineState
    case_date: date
    deadline: Deadline | None = None
    open: Open | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Procedures:
    """Every rule set that is held. ``digest`` is of all files."""

    items: tuple[Procedure, ...]
    vocabulary: Vocabulary
    digest: str

    def ids(self) -> tuple[str, ...]:
        """The ids of all deadlines, held or open, once each, in the order of the files."""
        every = [
            *(deadline.id for item in self.items for deadline in item.deadlines),
            *(gap.id for item in self.items for gap in item.open),
        ]
        return tuple(dict.fromkeys(every))


def choose(procedures: Procedures, deadline_id: str, case_date: date) -> Choice:
    """The deadline a case of that day goes by; always an answer, also before any rule set and for an open value."""
    candidates: list[Deadline | Open] = [
        *(deadline for item in procedures.items for deadline in item.deadlines if deadline.id == deadline_id),
        *(gap for item in procedures.items for gap in item.open if gap.id == deadline_id),
    ]
    if not candidates:
        return Choice(DeadlineState.UNKNOWN, case_date)
    since = min(candidate.rule_set.valid_from for candidate in candidates)
    for candidate in candidates:
        if candidate.rule_set.holds(case_date):
            if isinstance(candidate, Open):
                return Choice(DeadlineState.NOT_HELD, case_date, open=candidate, since=since)
            return Choice(DeadlineState.HELD, case_date, deadline=candidate, since=since)
    return Choice(
        DeadlineState.TOO_EARLY if case_date < since else DeadlineState.NO_RULE, case_date, since=since
    )


def combine(vocabulary: Vocabulary, items: Iterable[Procedure]) -> Procedures:
    """All procedures together. Raises Invalid ``law.faulty`` where two rule sets claim one deadline on one day."""
    in_order = tuple(sorted(items, key=lambda item: (item.rule_set.valid_from, item.rule_set.key)))
    faults: list[Fault] = []
    claims: dict[str, list[RuleSet]] = {}
    for item in in_order:
        for name in (*(entry.id for entry in item.deadlines), *(entry.id for entry in item.open)):
            before = claims.setdefault(name, [])
            faults += [
                Fault(f"{item.rule_set.key} {name}", name, "law.twice", other.key)
                for other in before
                if other.holds(item.rule_set.valid_from)
            ]
            before.append(item.rule_set)
    if faults:
        raise Invalid(faults, "law.faulty")
    digests = [vocabulary.digest, *(item.rule_set.digest for item in in_order)]
    digest = hashlib.sha256("\n".join(digests).encode()).hexdigest()
    return Procedures(in_order, vocabulary, digest)
