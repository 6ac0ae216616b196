"""Answering a letter: its link is opened once by a person, then one table answers for many buildings.

A link is claimed by sending a form, so that a mail scanner that only fetches it uses nothing up. The form asks for the
letter's number, which stands on the paper and in no address: a link read in a log opens nothing. The claim begins a
short session for that letter alone and shows a code once, with which, beside the letter's number, one comes back; the
link itself opens nothing any more. A new link from the office ends link, session and code before it. All of this runs
as the product itself: the letter answers for its owner.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from infra_registry import codes
from infra_registry.duties.letters import answer_store as store
from infra_registry.duties.letters.link import (
    digest,
    new_return_code,
    new_session,
    session_digest,
)
from infra_registry.errors import Fault, Invalid

SESSION = timedelta(hours=2)


class LinkState(StrEnum):
    """State of a link: ready, unknown, used, past its end, or of a closed campaign."""

    READY = "ready"
    UNKNOWN = "unknown"  # never was one, or a newer one took its place: the two look the same
    USED = "used"
    ENDED = "ended"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Looked:
    """A link as it stands; ``letter`` None where nothing is known of it."""

    state: LinkState
    letter: Any | None


@dataclass(frozen=True, slots=True, repr=False)
class Claimed:
    """What who opened a link takes away: the session for his browser, the code for himself."""

    letter: Any
    session: str
    return_code: str


def look(connection: Connection, link: str, *, lock: bool = False) -> Looked:
    """The state of a link and its letter, without using the link up."""
    letter = store.letter(connection, "link", digest("link", link), lock=lock)
    if letter is None:
        return Looked(LinkState.UNKNOWN, None)
    if letter.closed_at is not None:
        return Looked(LinkState.CLOSED, letter)
    if letter.token_used_at is not None:
        return Looked(LinkState.USED, letter)
    if letter.token_ends_at <= datetime.now(UTC):
        return Looked(LinkState.ENDED, letter)
    return Looked(LinkState.READY, letter)


def claim(connection: Connection, link: str, number: str) -> Claimed | Looked:
    """Open a letter by its link and number, once; otherwise how the link stands. Of two at the same time one gets it.

    Raises Invalid ``answer.number_wrong`` for another number; callers limit tries.
    """
    looked = look(connection, link, lock=True)
    if looked.state is not LinkState.READY or looked.letter is None:
        return looked
    if codes.read("letter", number) != looked.letter.code:
        raise Invalid([Fault("number", number[:40], "answer.number_wrong")])
    session, code = new_session(), new_return_code()
    letter = looked.letter
    store.claim(
        connection,
        letter.id,
        session=session_digest(session),
        ends=_until(letter),
        code=digest(f"return:{letter.code}", code),
    )
    return Claimed(letter, session, code)


def come_back(connection: Connection, number: str, code: str) -> str | None:
    """A new session by the letter's number and the code shown when its link was opened; None when they do not fit.

    Callers limit tries. Ends the session before it.
    """
    letter = store.letter(connection, "number", codes.read("letter", number), lock=True)
    if letter is None or letter.return_digest is None or not _alive(letter):
        return None
    if digest(f"return:{letter.code}", code) != letter.return_digest:
        return None
    session = new_session()
    store.begin_session(connection, letter.id, session=session_digest(session), ends=_until(letter))
    return session


def letter_of(connection: Connection, session: str, *, writing: bool = False) -> Any | None:
    """The letter this session is bound to; None when it ended. Writing locks the letter and keeps the session alive."""
    if not session:
        return None
    letter = store.letter(connection, "session", session_digest(session), lock=writing)
    if letter is None or not _alive(letter) or letter.session_ends_at <= datetime.now(UTC):
        return None
    if writing:
        store.prolong(connection, letter.id, _until(letter))
    return letter


def leave(connection: Connection, letter: Any) -> None:
    """End the session; number and code open a new one."""
    store.end_session(connection, letter.id)


def _alive(letter: Any) -> bool:
    return letter.closed_at is None and letter.token_ends_at > datetime.now(UTC)


def _until(letter: Any) -> datetime:
    """End of a session: two hours from now, but not after the end of the link's validity."""
    ends: datetime = letter.token_ends_at
    return min(datetime.now(UTC) + SESSION, ends)
