"""The ways a challenge may go: states and moves as data. Pure.

The operator concedes or disputes, the regulator upholds or rejects, who filed it withdraws. A challenge that was
conceded can still be settled, so that it counts as verified; one that was withdrawn, upheld or rejected is over.
"""

from dataclasses import dataclass

from infra_registry.access import Permission
from infra_registry.errors import Conflict, Fault, Invalid

FIRST = "open"
OVER = frozenset({"upheld", "rejected", "withdrawn"})
MAX_NOTE = 2000


@dataclass(frozen=True, slots=True)
class Move:
    """One way on: from any of ``starts`` to ``end``; ``noted``: it has to say why."""

    name: str
    starts: tuple[str, ...]
    end: str
    permission: Permission
    noted: bool = False


MOVES = (
    Move("concede", ("open", "disputed"), "conceded", Permission.CHALLENGE_ANSWER),
    Move("dispute", ("open",), "disputed", Permission.CHALLENGE_ANSWER, noted=True),
    Move("uphold", ("open", "conceded", "disputed"), "upheld", Permission.CHALLENGE_SETTLE, noted=True),
    Move("reject", ("open", "disputed"), "rejected", Permission.CHALLENGE_SETTLE, noted=True),
    Move("withdraw", ("open", "conceded", "disputed"), "withdrawn", Permission.CHALLENGE_FILE),
)


def open_moves(state: str) -> tuple[Move, ...]:
    """The moves a challenge in this state may make, in the order of the work."""
    return tuple(move for move in MOVES if state in move.starts)


def plan(state: str, name: str, note: str = "") -> Move:
    """The move, if the challenge may make it.

    Raises Conflict ``claims.move_shut`` naming the moves that are open, Invalid where the reason is missing or
    longer than 2,000 characters.
    """
    move = next((candidate for candidate in open_moves(state) if candidate.name == name), None)
    if move is None:
        allowed = ", ".join(candidate.name for candidate in open_moves(state)) or "–"
        raise Conflict("claims.move_shut", move=name[:40], state=state, allowed=allowed)
    note_text = note.strip()
    if len(note_text) > MAX_NOTE:
        raise Invalid([Fault("note", f"{note_text[:20]}…", "claims.note_long", str(MAX_NOTE))])
    if move.noted and not note_text:
        raise Invalid([Fault("note", "", "claims.note_missing")])
    return move
