"""Due dates counted anew under another calendar or procedure: the date once told is kept beside the new one."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from infra_registry.duties.dates import clock_store
from infra_registry.duties.dates.clock_store import Running
from infra_registry.duties.dates.clock_words import as_data
from infra_registry.duties.inforce.law import Law
from infra_registry.errors import RegistryError
from infra_registry.rules.clock import Due, Granted, Pause, due
from infra_registry.rules.procedures import DeadlineState, choose


@dataclass(frozen=True, slots=True)
class Move:
    """A running clock whose due date would be another; ``due_on`` None: the procedure would hold it no more."""

    clock: Running
    due_on: date | None
    due: Due | None = None

    def as_json(self) -> dict[str, Any]:
        """The move as JSON values, as a preview stores it."""
        return {
            "code": self.clock.code,
            "deadline": self.clock.deadline,
            "told": self.clock.told_on.isoformat(),
            "old": self.clock.due_on.isoformat(),
            "new": self.due_on.isoformat() if self.due_on else None,
        }


def moves(connection: Connection, law: Law) -> list[Move]:
    """The running clocks whose due date differs under a law."""
    recounted = (recount(clock, law) for clock in clock_store.running(connection))
    return [move for move in recounted if move.due_on != move.clock.due_on]


def recount(clock: Running, law: Law) -> Move:
    """One clock under a law, with the extensions and pauses it was told with."""
    if law.procedures is None:
        return Move(clock, None)
    choice = choose(law.procedures, clock.deadline, clock.started_on)
    if choice.state is not DeadlineState.HELD or choice.deadline is None:
        return Move(clock, None)
    explanation = clock.explanation
    try:
        reckoned = due(
            choice.deadline,
            clock.started_on,
            law.calendar,
            extensions=[Granted(item["key"], item.get("n")) for item in explanation.get("extensions", ())],
            pauses=[
                Pause(item["kind"], date.fromisoformat(item["first"]), date.fromisoformat(item["last"]))
                for item in explanation.get("pauses", ())
            ],
        )
    except RegistryError:
        return Move(clock, None)
    return Move(clock, reckoned.due_on, reckoned)


def apply(connection: Connection, law: Law) -> int:
    """Write every moved due date; what the procedure holds no more keeps its date. How many moved."""
    count = 0
    for clock in clock_store.running(connection):
        reckoned = recount(clock, law).due
        if reckoned is None or reckoned.digest == clock.digest:
            continue
        values = {
            "due_on": reckoned.due_on,
            "provisional": reckoned.provisional,
            "digest": reckoned.digest,
            "rule_set": reckoned.deadline.rule_set.key,
            "explanation": as_data(reckoned),
        }
        clock_store.move(connection, clock.id, values)
        count += reckoned.due_on != clock.due_on
    return count
