"""The ways a case may go: states and moves as data, and what is wrong with a move. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from infra_registry.access import Permission
from infra_registry.cases.codes import NOT_ACCEPTED
from infra_registry.errors import Conflict, Fault, Invalid

STATES = ("received", "checking", "accepted", "not_accepted")
FIRST = "received"
CHECKED = frozenset({"accepted", "not_accepted"})  # the check of a report is over
MAX_SAID = 2000
MIN_SAID = 10


@dataclass(frozen=True, slots=True)
class Move:
    """One way from a state to the next. ``message`` is the message key of what the reporter always hears;
    ``reasons`` the codes to choose from; ``said_required`` asks the handler for own words besides."""

    name: str
    start: str
    end: str
    permission: Permission
    message: str
    reasons: tuple[str, ...] = ()
    said_required: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """A move as a handler sees it: open, or shut with the states it starts from."""

    move: Move
    open: bool


MOVES = (
    Move("check", "received", "checking", Permission.CASE_MOVE, "cases.told.check"),
    Move("accept", "checking", "accepted", Permission.CASE_MOVE, "cases.told.accept"),
    Move(
        "not_accept",
        "checking",
        "not_accepted",
        Permission.CASE_MOVE,
        "cases.told.not_accept",
        reasons=NOT_ACCEPTED,
        said_required=True,
    ),
)


def offers(state: str) -> tuple[Offer, ...]:
    """Every move, open or shut, in the order of the work."""
    return tuple(Offer(move, move.start == state) for move in MOVES)


def plan(state: str, name: str, reason: str = "", note: str = "") -> Move:
    """The move, if the case may make it.

    Raises Conflict ``cases.move_shut`` naming the moves that are open, Invalid where a reason or words for
    the reporter are missing, too long or unknown.
    """
    move = next(
        (candidate for candidate in MOVES if candidate.name == name and candidate.start == state), None
    )
    if move is None:
        allowed = [offer.move.name for offer in offers(state) if offer.open]
        raise Conflict("cases.move_shut", move=name[:40], state=state, allowed=allowed)
    faults = list(_faults(move, reason, note.strip()))
    if faults:
        raise Invalid(faults)
    return move


def _faults(move: Move, reason: str, note: str) -> Iterator[Fault]:
    if move.reasons and reason not in move.reasons:
        yield Fault("reason", reason[:40], "cases.fault.reason", ", ".join(move.reasons))
    if not move.reasons and reason:
        yield Fault("reason", reason[:40], "cases.fault.no_reason")
    if len(note) > MAX_SAID:
        yield Fault("said", f"{note[:20]}…", "cases.fault.said_long", str(MAX_SAID))
    elif move.said_required and len(note) < MIN_SAID:
        yield Fault("said", note, "cases.fault.said_required", str(MIN_SAID))
