"""SQL of due dates: those that still run, and what they become when a calendar or a procedure has changed."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from infra_registry.duties.tables import clock, opening_event


@dataclass(frozen=True, slots=True)
class Running:
    """A clock that has not ended. ``code`` is that of the request about opening; a case's clock has none here."""

    id: int
    deadline: str
    started_on: date
    told_on: date
    due_on: date
    provisional: bool
    explanation: dict[str, Any]
    digest: str
    code: str | None


def running(connection: Connection) -> list[Running]:
    """Every clock that has not ended."""
    rows: Any = connection.execute(
        select(
            clock.c.id,
            clock.c.deadline,
            clock.c.started_on,
            clock.c.told_on,
            clock.c.due_on,
            clock.c.provisional,
            clock.c.explanation,
            clock.c.digest,
            opening_event.c.code,
        )
        .outerjoin(opening_event, opening_event.c.id == clock.c.opening_event_id)
        .where(clock.c.ended_on.is_(None))
        .order_by(clock.c.id)
    )
    return [Running(*row) for row in rows]


def move(connection: Connection, key: int, values: dict[str, Any]) -> None:
    """Write a due date counted anew; the date once told stays."""
    connection.execute(update(clock).where(clock.c.id == key).values(**values, recorded_at=func.now()))


def add(connection: Connection, values: dict[str, Any]) -> None:
    """Start a clock."""
    connection.execute(insert(clock).values(**values))


def end(connection: Connection, *, case_id: int, on: date) -> None:
    """Stop the clocks of a case that still run."""
    connection.execute(
        update(clock).where(clock.c.case_id == case_id, clock.c.ended_on.is_(None)).values(ended_on=on)
    )


def of_case(connection: Connection, case_id: int) -> list[Any]:
    """Every clock of a case, oldest first."""
    return list(connection.execute(select(clock).where(clock.c.case_id == case_id).order_by(clock.c.id)))
