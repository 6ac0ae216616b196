"""Clocks of a case: started with what was told then, stopped by the step they wait for, read with their reckoning."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from infra_registry.duties.dates import clock_store
from infra_registry.duties.dates.clock_words import as_data, explain
from infra_registry.duties.inforce.law import law
from infra_registry.errors import RegistryError
from infra_registry.rules.calendar import DAY, Calendar
from infra_registry.rules.clock import due
from infra_registry.rules.model import Mark
from infra_registry.rules.procedures import DeadlineState, choose


@dataclass(frozen=True, slots=True)
class DueDate:
    """A due date as it was told and as it stands; ``left`` in working days, None when it has ended."""

    name_zh: str
    name_en: str
    told_on: date
    due_on: date
    ended_on: date | None
    provisional: bool
    verified: bool
    left: int | None
    explanation: dict[str, Any]

    def name(self, locale: str) -> str:
        """Name of the deadline in the reader's language."""
        return self.name_en if locale == "en" else self.name_zh

    def lines(self, locale: str) -> list[str]:
        """The reckoning in sentences."""
        return explain(self.explanation, locale)


def start(connection: Connection, deadline: str, on: date, *, case_id: int) -> bool:
    """Start a clock of a case by the procedure that holds on that day; False where none is held."""
    in_force = law(connection)
    if in_force.procedures is None:
        return False
    choice = choose(in_force.procedures, deadline, on)
    if choice.state is not DeadlineState.HELD or choice.deadline is None:
        return False
    try:
        reckoned = due(choice.deadline, on, in_force.calendar)
    except RegistryError:
        return False
    clock_store.add(
        connection,
        {
            "case_id": case_id,
            "deadline": deadline,
            "rule_set": reckoned.deadline.rule_set.key,
            "started_on": on,
            "told_on": reckoned.due_on,
            "due_on": reckoned.due_on,
            "provisional": reckoned.provisional,
            "explanation": as_data(reckoned),
            "digest": reckoned.digest,
        },
    )
    return True


def of_case(connection: Connection, case_id: int, today: date) -> tuple[DueDate, ...]:
    """The clocks of a case as the reader's day sees them."""
    calendar = law(connection).calendar
    return tuple(
        DueDate(
            name_zh=row.explanation["name"]["zh"],
            name_en=row.explanation["name"]["en"],
            told_on=row.told_on,
            due_on=row.due_on,
            ended_on=row.ended_on,
            provisional=row.provisional,
            verified=row.explanation["mark"] == Mark.VERIFIED.value,
            left=working_days(calendar, today, row.due_on) if row.ended_on is None else None,
            explanation=row.explanation,
        )
        for row in clock_store.of_case(connection, case_id)
    )


def working_days(calendar: Calendar, today: date, until: date) -> int:
    """Working days from tomorrow to the day; negative when it has passed."""
    first, last, sign = (today, until, 1) if today <= until else (until, today, -1)
    count, on = 0, first
    while on < last:
        on += DAY
        count += calendar.is_working(on)
    return sign * count
